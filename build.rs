//! Compiles `openapi.yaml` into the client that `src/raw.rs` includes, or takes the copy of it that the
//! package carries: without the feature `generate`, or with `THORDATA_CDK_PREGENERATED=1`.

#[cfg(feature = "generate")]
#[path = "build/client.rs"]
mod client;
#[cfg(feature = "generate")]
#[path = "build/contract.rs"]
mod contract;
#[cfg(feature = "generate")]
#[path = "build/generate.rs"]
mod generate;
#[cfg(feature = "generate")]
#[path = "build/mocks.rs"]
mod mocks;
#[path = "build/pregenerated.rs"]
mod pregenerated;
#[cfg(feature = "generate")]
#[path = "build/steps.rs"]
mod steps;

use std::path::Path;
use std::process::ExitCode;

const PREGENERATED: &str = "THORDATA_CDK_PREGENERATED";

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=openapi.yaml");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-env-changed={PREGENERATED}");
    println!(
        "cargo::rustc-env=THORDATA_CDK_RUSTC={}",
        compiler().as_deref().unwrap_or("unknown")
    );
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            println!("cargo::error={}", problem.replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}

/// The compiler's version, for the user agent: `1.95.0`.
fn compiler() -> Option<String> {
    let rustc = std::env::var_os("RUSTC")?;
    let output = std::process::Command::new(rustc).arg("--version").output();
    let text = String::from_utf8(output.ok()?.stdout).ok()?;
    text.split_whitespace().nth(1).map(str::to_owned)
}

fn run() -> Result<(), String> {
    let variable = |name| std::env::var(name).map_err(|error| format!("{name}: {error}"));
    let root = variable("CARGO_MANIFEST_DIR")?;
    let out = variable("OUT_DIR")?;
    let read = |name: &str| {
        std::fs::read_to_string(Path::new(&root).join(name))
            .map_err(|error| format!("{name} cannot be read: {error}"))
    };
    let contract = read("openapi.yaml")?;
    let mut texts = vec![(pregenerated::CLIENT, "client.rs")];
    if cfg!(feature = "httpmock") {
        texts.push((pregenerated::MOCKS, "httpmock.rs"));
    }
    for (copy, name) in texts {
        let text = if copy_is_wanted() {
            println!("cargo::rerun-if-changed={copy}");
            pregenerated::checked(copy, &read(copy)?, &contract)?.to_owned()
        } else {
            generated(copy, &contract)?
        };
        std::fs::write(Path::new(&out).join(name), text)
            .map_err(|error| format!("the generated {name} cannot be written: {error}"))?;
    }
    Ok(())
}

fn copy_is_wanted() -> bool {
    let asked = std::env::var(PREGENERATED).is_ok_and(|value| !matches!(&*value, "" | "0"));
    asked || cfg!(not(feature = "generate"))
}

/// Not formatted: nobody reads it, and the formatter would be one more crate to compile. The copy in
/// the package is.
#[cfg(feature = "generate")]
fn generated(copy: &str, contract: &str) -> Result<String, String> {
    let file = match copy {
        pregenerated::MOCKS => generate::generate_mocks(contract),
        _ => generate::generate(contract),
    };
    let file = file.map_err(|problem| problem.to_string())?;
    Ok(quote::quote!(#file).to_string())
}

#[cfg(not(feature = "generate"))]
fn generated(_: &str, _: &str) -> Result<String, String> {
    Err("the feature `generate` is off".into())
}

//! Compiles `openapi.yaml` into the client that `src/raw.rs` includes, or takes the copy of it that the
//! package carries: without the feature `generate`, or with `THORDATA_CDK_PREGENERATED=1`.

#[cfg(feature = "generate")]
#[path = "build/contract.rs"]
mod contract;
#[cfg(feature = "generate")]
#[path = "build/generate.rs"]
mod generate;
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
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            println!("cargo::error={}", problem.replace('\n', " "));
            ExitCode::FAILURE
        }
    }
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
    let client = if copy_is_wanted() {
        println!("cargo::rerun-if-changed={}", pregenerated::PATH);
        pregenerated::checked(&read(pregenerated::PATH)?, &contract)?.to_owned()
    } else {
        generated(&contract)?
    };
    std::fs::write(Path::new(&out).join("client.rs"), client)
        .map_err(|error| format!("the generated client cannot be written: {error}"))
}

fn copy_is_wanted() -> bool {
    let asked = std::env::var(PREGENERATED).is_ok_and(|value| !matches!(&*value, "" | "0"));
    asked || cfg!(not(feature = "generate"))
}

/// Not formatted: nobody reads it, and the formatter would be one more crate to compile. The copy in
/// the package is.
#[cfg(feature = "generate")]
fn generated(contract: &str) -> Result<String, String> {
    let file = generate::generate(contract).map_err(|problem| problem.to_string())?;
    Ok(quote::quote!(#file).to_string())
}

#[cfg(not(feature = "generate"))]
fn generated(_: &str) -> Result<String, String> {
    Err("the feature `generate` is off".into())
}

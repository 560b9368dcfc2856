//! Compiles `openapi.yaml` into the client that `src/raw.rs` includes, or the contract that `THORDATA_CDK_OPENAPI`
//! names. Or takes the copy of it that the package carries: without the feature `generate`, or with
//! `THORDATA_CDK_PREGENERATED=1`.

#[cfg(feature = "generate")]
#[path = "build/client.rs"]
mod client;
#[cfg(feature = "generate")]
#[path = "build/contract.rs"]
mod contract;
#[cfg(feature = "generate")]
#[path = "build/culprit.rs"]
mod culprit;
#[cfg(feature = "generate")]
#[path = "build/generate.rs"]
mod generate;
#[cfg(feature = "generate")]
#[path = "build/mistakes.rs"]
mod mistakes;
#[cfg(feature = "generate")]
#[path = "build/mocks.rs"]
mod mocks;
#[cfg(feature = "generate")]
#[path = "build/needs.rs"]
mod needs;
#[path = "build/pregenerated.rs"]
mod pregenerated;
#[cfg(feature = "generate")]
#[path = "build/steps.rs"]
mod steps;
#[cfg(feature = "generate")]
#[path = "build/types.rs"]
mod types;

use std::path::Path;
use std::process::ExitCode;

const PREGENERATED: &str = "THORDATA_CDK_PREGENERATED";
const OWN_CONTRACT: &str = "THORDATA_CDK_OPENAPI";

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=openapi.yaml");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-env-changed={PREGENERATED}");
    println!("cargo::rerun-if-env-changed={OWN_CONTRACT}");
    println!(
        "cargo::rustc-env=THORDATA_CDK_RUSTC={}",
        compiler().as_deref().unwrap_or("unknown")
    );
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            // Cargo takes a message to end with its line.
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
    let ours = read("openapi.yaml")?;
    let own = own_contract()?;
    let contract = own.as_ref().map_or(&ours, |(_, text)| text);
    let write = |name: &str, text: &str| {
        std::fs::write(Path::new(&out).join(name), text)
            .map_err(|error| format!("{name} cannot be written: {error}"))
    };
    write("openapi.yaml", contract)?;
    let mut texts = vec![(pregenerated::CLIENT, "client.rs")];
    if cfg!(feature = "httpmock") {
        texts.push((pregenerated::MOCKS, "httpmock.rs"));
    }
    for (copy, name) in texts {
        if copy_is_wanted() {
            println!("cargo::rerun-if-changed={copy}");
            write(name, pregenerated::checked(copy, &read(copy)?, contract)?)?;
        } else {
            write(name, &generated(copy, &ours, own.as_ref())?)?;
        }
    }
    Ok(())
}

/// Where the contract of the user's own is, and its text.
type Own = (String, String);

fn own_contract() -> Result<Option<Own>, String> {
    let path = match std::env::var(OWN_CONTRACT) {
        Ok(path) if !path.is_empty() => path,
        Ok(_) | Err(std::env::VarError::NotPresent) => return Ok(None),
        Err(error) => return Err(format!("{OWN_CONTRACT}: {error}")),
    };
    // Cargo runs this in the crate's own folder, where a relative path leads nowhere.
    if !Path::new(&path).is_absolute() {
        return Err(format!(
            "{OWN_CONTRACT} is `{path}`, and not an absolute path. Fix: write in .cargo/config.toml of your \
             workspace, below `[env]`: {OWN_CONTRACT} = {{ value = \"{path}\", relative = true }}."
        ));
    }
    // The copy is compiled from this crate's contract, and would ignore the other.
    if copy_is_wanted() {
        return Err(format!(
            "{OWN_CONTRACT} is set, and the generator is off. Fix: switch the feature `generate` of thordata-cdk on, \
             and do not set {PREGENERATED}."
        ));
    }
    println!("cargo::rerun-if-changed={path}");
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("{path}, which {OWN_CONTRACT} names, cannot be read: {error}"))?;
    Ok(Some((path, text)))
}

fn copy_is_wanted() -> bool {
    let value = std::env::var(PREGENERATED).unwrap_or_default();
    pregenerated::means_yes(&value) || cfg!(not(feature = "generate"))
}

/// Not formatted: the formatter would be one more crate to compile. Each item still has a line of its own, so that the
/// compiler's messages name it. The copy in the package is formatted.
#[cfg(feature = "generate")]
fn generated(copy: &str, ours: &str, own: Option<&Own>) -> Result<String, String> {
    let source = generate::Source {
        text: own.map_or(ours, |(_, text)| text),
        ours: own.is_some().then_some(ours),
    };
    let file = match copy {
        pregenerated::MOCKS => generate::generate_mocks(source),
        _ => generate::generate(source),
    };
    let file = file.map_err(|problem| match own {
        Some((path, _)) => problem.in_file(path),
        None => problem.to_string(),
    })?;
    Ok(generate::item_by_item(&file))
}

#[cfg(not(feature = "generate"))]
fn generated(_: &str, _: &str, _: Option<&Own>) -> Result<String, String> {
    Err("the feature `generate` is off".into())
}

//! Compiles `openapi.yaml` into the client that `src/raw.rs` includes.

#[path = "build/contract.rs"]
mod contract;
#[path = "build/generate.rs"]
mod generate;
#[path = "build/steps.rs"]
mod steps;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=openapi.yaml");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            println!("cargo::error={}", problem.replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let root = std::env::var("CARGO_MANIFEST_DIR").map_err(|error| error.to_string())?;
    let out = std::env::var("OUT_DIR").map_err(|error| error.to_string())?;
    let schemars = std::env::var_os("CARGO_FEATURE_SCHEMARS").is_some();
    let text = std::fs::read_to_string(Path::new(&root).join("openapi.yaml"))
        .map_err(|error| format!("openapi.yaml cannot be read: {error}"))?;
    let client = generate::generate(&text, schemars).map_err(|problem| problem.to_string())?;
    std::fs::write(Path::new(&out).join("client.rs"), client)
        .map_err(|error| format!("the generated client cannot be written: {error}"))
}

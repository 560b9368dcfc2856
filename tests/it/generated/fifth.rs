//! A copy of the package with an optional field and a fifth operation in its contract, compiled.

use std::path::Path;
use std::process::Command;

use super::golden;

/// Does not compile unless the field and the method are there, and the method returns the envelope of its type.
const CALLER: &str = "\
#![allow(missing_docs)]
use thordata_cdk::raw::types::{RevokeCdkRequest, TransferredCdk};
use thordata_cdk::{CdkDetails, Client, Envelope};

pub async fn transfer(client: &Client, body: &RevokeCdkRequest) -> Envelope<TransferredCdk> {
    client.raw().transfer_cdk(body).await.unwrap().into_inner()
}

pub fn country(details: CdkDetails) -> Option<String> {
    details.use_country
}

fn main() {}
";

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        std::fs::copy(from, to).unwrap();
    }
}

#[test]
#[ignore = "compiles the package once more: cargo test --test it -- --ignored fifth"]
fn a_fifth_operation_compiles_and_returns_its_envelope() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(root).unwrap() {
        let name = entry.unwrap().file_name();
        if name != "target" && name != ".git" && name != "tests" {
            copy(&root.join(&name), &folder.path().join(&name));
        }
    }
    std::fs::write(folder.path().join("openapi.yaml"), golden::five()).unwrap();
    std::fs::write(folder.path().join("examples/fifth.rs"), CALLER).unwrap();

    // target/debug/deps/it-…: what is compiled already is used again.
    let test = std::env::current_exe().unwrap();
    let output = Command::new(env!("CARGO"))
        .args([
            "check",
            "--offline",
            "-p",
            "thordata-cdk",
            "--example",
            "fifth",
        ])
        .current_dir(folder.path())
        .env("CARGO_TARGET_DIR", test.ancestors().nth(3).unwrap())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

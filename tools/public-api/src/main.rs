//! The library's public API from rustdoc's JSON, one item a line, on standard output. Fails if a type of
//! another crate is in it without being agreed upon.
//!
//! The module `raw` is left out, which is outside the semver promise: `src/generated/client.rs` shows its
//! changes.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

/// Where another crate may be seen, and why.
const AGREED: [(&str, &str, &str); 13] = [
    ("reqwest", "pub use thordata_cdk::reqwest", "re-exported"),
    ("reqwest", "::http_client(self, ", "a caller's own client"),
    ("reqwest", "::configure(self, ", "a caller's settings"),
    (
        "reqwest",
        "::proxy(self, ",
        "a proxy with the caller's settings",
    ),
    ("serde_core", "serde_core::ser::Serialize", "its trait"),
    ("serde_core", "serde_core::de::Deserialize", "its trait"),
    (
        "schemars",
        "schemars::JsonSchema for ",
        "its trait, feature `schemars`",
    ),
    ("schemars", "::json_schema(", "the trait's method"),
    (
        "futures_core",
        "futures_core::stream::Stream for ",
        "streams",
    ),
    (
        "futures_core",
        "where S: futures_core::stream::Stream<",
        "a caller's stream",
    ),
    ("chrono", "", "conversions, feature `chrono`"),
    ("jiff", "", "conversions, feature `jiff`"),
    ("time", "", "conversions, feature `time`"),
];

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let json = std::env::args_os().nth(1).map(PathBuf::from);
    let api = public_api::Builder::from_rustdoc_json(json.ok_or("usage: public-api-listing FILE")?)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .build()?;
    let lines: BTreeSet<String> = api
        .items()
        .map(ToString::to_string)
        .filter(|line| !is_raw(line))
        .collect();
    let mut strangers = 0;
    for line in &lines {
        println!("{line}");
        for crate_name in crates_in(line) {
            if !AGREED
                .iter()
                .any(|(name, place, _)| *name == crate_name && line.contains(place))
            {
                eprintln!("a type of `{crate_name}` in the public API: {line}");
                strangers += 1;
            }
        }
    }
    if strangers > 0 {
        eprintln!(
            "A new major version of that crate would then be one of this. See AGREED in {}.",
            file!()
        );
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// Items of `raw` and implementations for its types.
fn is_raw(line: &str) -> bool {
    let subject = line.split(" for ").last().unwrap_or(line);
    let start = subject.find("thordata_cdk::").unwrap_or_default();
    subject[start..].starts_with("thordata_cdk::raw")
}

/// The first part of each path that is neither this crate's nor the standard library's.
fn crates_in(line: &str) -> BTreeSet<&str> {
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    line.split(|letter| !is_name(letter))
        .filter_map(|path| path.split_once("::").map(|(first, _)| first))
        .filter(|first| first.starts_with(|letter: char| letter.is_lowercase()))
        .chain(
            line.strip_prefix("pub use thordata_cdk::")
                .filter(|name| !name.contains("::")),
        )
        .filter(|first| !["thordata_cdk", "core", "alloc", "std", "i64"].contains(first))
        .collect()
}

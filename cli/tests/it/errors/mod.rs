//! `docs/errors.md`: every error that a person can meet, with its next step, as the tool prints it.
//!
//! `SNAPSHOTS=overwrite cargo test -p thordata-cdk-cli --test it errors` rewrites the page; read the difference.

mod cases;
mod input;
mod orders;
mod service;

use std::fmt::Write as _;
use std::path::Path;

use snapbox::{Assert, Data};

use self::cases::{Case, Section};
use crate::support::Shop;

/// Names of the library's calls, and words that the glossary does not have.
const FOREIGN: [&str; 15] = [
    "ClientBuilder",
    "`issue`",
    "`retry`",
    "`recover`",
    "`settle`",
    "`adopt`",
    "`acknowledge`",
    "acknowledge it",
    "intent",
    "batch",
    "panicked",
    "unwrap",
    "Some(",
    "Err(",
    "fits",
];

fn page() -> String {
    let mut page = "# Errors, and what to do\n\n\
        What `thordata-cdk` prints, for each error that a person can meet: what happened, why as far as it is known, and\n\
        the next step. Made by a test that runs each case; `SNAPSHOTS=overwrite cargo test -p thordata-cdk-cli --test it\n\
        errors` rewrites it.\n"
        .to_owned();
    for Section(title, cases) in [input::SECTIONS, service::SECTIONS, orders::SECTIONS]
        .into_iter()
        .flatten()
    {
        write!(
            page,
            "\n## {title}\n\n| command | exit | error | why | next |\n|---|---|---|---|---|\n"
        )
        .unwrap();
        for Case(name, meet) in *cases {
            let shop = Shop::with_three();
            let ended = meet(&shop);
            for foreign in FOREIGN {
                assert!(
                    !ended.err.contains(foreign),
                    "{name}: {foreign} in {ended:#?}"
                );
            }
            let error = without_places(&shop, &ended.err);
            write!(page, "| `{name}` | {} |", ended.exit.unwrap()).unwrap();
            let of = |tag: &str| {
                let lines = error
                    .lines()
                    .filter_map(|line| line.trim_start().strip_prefix(tag));
                lines
                    .map(|line| line.trim().replace('|', "\\|"))
                    .collect::<Vec<_>>()
                    .join("<br>")
            };
            let (what, next) = (of("error:"), of("next:"));
            assert_ne!(ended.exit, Some(0), "{name}: {ended:#?}");
            if !what.is_empty() {
                assert!(!next.is_empty(), "{name} has no next step: {ended:#?}");
            }
            writeln!(page, " {what} | {} | {next} |", of("why:")).unwrap();
        }
    }
    page
}

/// Without what differs from run to run: ports, folders, names that were made up.
fn without_places(shop: &Shop, text: &str) -> String {
    let folder = shop.path("").display().to_string();
    let address = shop.sandbox.base_url().trim_start_matches("http://");
    text.replace(folder.trim_end_matches('/'), "FOLDER")
        .replace(address, "HOST")
}

#[test]
fn every_error_has_a_next_step_and_the_page_shows_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md");
    Assert::new().action_env("SNAPSHOTS").eq(
        page(),
        Data::read_from(&path, Some(snapbox::data::DataFormat::Text)).raw(),
    );
}

/// What no test can bring about, or what another test shows.
const NOT_ON_THE_PAGE: [&str; 11] = [
    "there is no home folder",
    "is not valid UTF-8",
    "was not typed in",
    "was typed in",
    "cannot be looked up",
    "standard output cannot be written",
    "the results cannot be written any more",
    "--traffic and --count are needed",
    "a purchase of the order has not ended",
    "standard output cannot be looked at",
    "cannot be removed",
];

#[test]
fn the_page_has_every_text_of_the_source() {
    let page =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md"))
            .unwrap();
    let mut missing = Vec::new();
    let mut seen = 0;
    for file in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        for call in ["Failure::usage(", "Failure::error("] {
            for (at, _) in text.match_indices(call) {
                let Some(fixed) = fixed_part(&text[at + call.len()..]) else {
                    continue;
                };
                seen += 1;
                let elsewhere = NOT_ON_THE_PAGE
                    .iter()
                    .any(|text| fixed.contains(text) || text.contains(&fixed));
                if !elsewhere && !page.contains(&fixed.replace('|', "\\|")) {
                    missing.push(format!("{}: {fixed}", file.display()));
                }
            }
        }
    }
    assert!(seen > 40, "{seen}");
    assert!(
        missing.is_empty(),
        "not in docs/errors.md: {missing:#?}\nAdd a case to cli/tests/it/errors/ that meets each, then run \
         SNAPSHOTS=overwrite cargo test -p thordata-cdk-cli --test it errors"
    );
}

fn sources(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let all = entries.flat_map(|path| match path.is_dir() {
        true => sources(&path),
        false => vec![path],
    });
    all.filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .collect()
}

/// The longest part without a placeholder of the literal that an argument begins with.
fn fixed_part(argument: &str) -> Option<String> {
    let argument = argument.trim_start();
    let argument = argument
        .strip_prefix("format!(")
        .unwrap_or(argument)
        .trim_start();
    let literal = argument.strip_prefix('"')?;
    let end = literal.find('"')?;
    let literal = literal[..end].replace("\\\n", "");
    let parts = literal
        .split(['{', '}'])
        .step_by(2)
        .map(|part| part.trim().to_owned());
    parts.max_by_key(String::len).filter(|part| part.len() >= 6)
}

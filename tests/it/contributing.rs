//! The tree of `CONTRIBUTING.md`: what it names is there, and it names every folder of code.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const PAGE: &str = include_str!("../../CONTRIBUTING.md");

/// Files and folders below `room`, as the page may name them: without a path, and with `/` after a folder.
fn names_below(room: &Path, names: &mut BTreeSet<String>) {
    let Ok(entries) = std::fs::read_dir(room) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().into_string().unwrap_or_default();
        if entry.path().is_dir() {
            if name != "target" && name != "node_modules" {
                names.insert(format!("{name}/"));
                names_below(&entry.path(), names);
            }
        } else {
            names.insert(name);
        }
    }
}

fn tree() -> &'static str {
    let (_, after) = PAGE.split_once("```text\nopenapi.yaml").unwrap();
    after.split_once("\n```").unwrap().0
}

/// The file names and folders in the text: `client.rs`, `attempt/`.
fn named(text: &str) -> impl Iterator<Item = &str> {
    let words =
        text.split(|letter: char| !(letter.is_ascii_alphanumeric() || "_./".contains(letter)));
    words.filter(|word| word.ends_with('/') || [".rs", ".md"].iter().any(|end| word.ends_with(end)))
}

#[test]
fn the_tree_names_nothing_that_is_missing() {
    let mut room = PathBuf::new();
    for line in tree().lines() {
        if !line.starts_with(' ') {
            room = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join(line.split(['/', ' ', '.']).next().unwrap());
        }
        let mut below = BTreeSet::new();
        names_below(&room, &mut below);
        for name in named(line) {
            let from_root = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
            assert!(
                from_root.exists() || below.contains(name),
                "{name} in `{line}`"
            );
        }
    }
}

#[test]
fn the_tree_names_every_folder_of_code() {
    for room in [
        "src",
        "issuer/src",
        "issuer/src/store",
        "sandbox/src",
        "cli/src",
    ] {
        for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(room)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let is_folder = entry.path().is_dir();
            assert!(
                !is_folder || named(tree()).any(|word| word.contains(&format!("{name}/"))),
                "{room}/{name}"
            );
        }
    }
}

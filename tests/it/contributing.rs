//! The tree of `CONTRIBUTING.md`: what it names is there, and it names every folder of code. And the walks after it:
//! the files, names and recipes in them are there.

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

/// The walks of "Where does it go?", each a point of a list.
fn walks() -> impl Iterator<Item = &'static str> {
    let (_, after) = PAGE.split_once("## Where does it go?\n").unwrap();
    let section = after.split_once("\n## ").unwrap().0;
    section.strip_prefix("- ").unwrap().split("\n- ")
}

/// What the text has in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn is_path(word: &str) -> bool {
    word.contains('/') || word.ends_with(".rs") || word.ends_with(".yaml")
}

/// A walk leaves out the folder of the member that it is about.
fn find(path: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rooms = ["", "cli/src", "cli/tests", "sandbox/src"];
    rooms
        .iter()
        .map(|room| root.join(room).join(path))
        .find(|file| file.exists())
}

fn text_of(path: &Path) -> String {
    if !path.is_dir() {
        return std::fs::read_to_string(path).unwrap();
    }
    let entries = std::fs::read_dir(path).unwrap();
    entries
        .map(|entry| text_of(&entry.unwrap().path()))
        .collect()
}

#[test]
fn the_page_names_no_file_that_is_missing() {
    let mut inside_block = false;
    for line in PAGE.lines() {
        inside_block ^= line.starts_with("```");
        if inside_block || line.starts_with("```") {
            continue;
        }
        for path in quoted(line).filter(|word| is_path(word) && !word.contains(['(', ' '])) {
            assert!(find(path).is_some(), "{path} in `{line}`");
        }
    }
}

#[test]
fn there_are_four_walks_of_at_most_five_lines() {
    let lines: Vec<usize> = walks().map(|walk| walk.lines().count()).collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(lines.iter().all(|lines| *lines <= 5), "{lines:?}");
}

#[test]
fn the_walks_name_nothing_that_is_missing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let recipes: String = [
        "justfile",
        "tools/promises.just",
        "conformance/conformance.just",
    ]
    .map(|file| std::fs::read_to_string(root.join(file)).unwrap())
    .concat();
    for walk in walks() {
        let mut texts = String::new();
        for path in quoted(walk).filter(|word| is_path(word)) {
            let file = find(path).unwrap_or_else(|| panic!("{path} is missing: {walk}"));
            texts.push_str(&text_of(&file));
        }
        for word in quoted(walk).filter(|word| !is_path(word)) {
            if let Some(recipe) = word.strip_prefix("just ") {
                let is_there = recipes
                    .lines()
                    .any(|line| line.split([':', ' ']).next() == Some(recipe));
                assert!(is_there, "no recipe `{recipe}`: {walk}");
            } else if word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                let mut words = texts.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
                assert!(
                    words.any(|other| other == word),
                    "no file of the walk has `{word}`: {walk}"
                );
            }
        }
    }
}

//! A file of one code a line, and what it takes to have all of these in it once.
//!
//! Fuzzed, by way of a copy in `fuzz/`: imports nothing of this crate.

use std::collections::HashSet;

use thordata_cdk::CdkCode;

/// What settings, tables, scripts and data have in their lines, and no code that has been seen.
const FOREIGN: &[char] = &[
    '{', '}', '[', ']', '"', '\'', '<', '>', '#', ',', ';', ':', '=',
];

/// A file of codes has no first line that says what it is: other programs read it line by line. Instead, it holds
/// nothing but codes, and the store knows which order began it.
pub(super) fn may_be_code(line: &str) -> bool {
    let line = line.trim();
    // At its end `=` may belong to Base64.
    let body = line.trim_end_matches('=');
    line.is_empty() || (CdkCode::new(line).is_ok() && !body.contains(FOREIGN))
}

/// A change of a file: what is kept of it, and what is added.
#[derive(Debug)]
pub(super) struct Addition {
    /// So many bytes.
    pub(super) kept: usize,
    pub(super) text: String,
}

/// Adds those codes that the text does not hold yet. The last of them may be cut off, by a run that was killed: then it
/// is written anew.
pub(super) fn addition(before: &str, codes: &[CdkCode]) -> Addition {
    let mut held: HashSet<&str> = before.lines().map(str::trim).collect();
    let mut kept = before.len();
    let mut text = String::new();
    let last = before.lines().next_back().unwrap_or_default();
    if !before.is_empty() && !before.ends_with('\n') {
        let cut_off =
            |code: &CdkCode| code.as_str().len() > last.len() && code.as_str().starts_with(last);
        // One code may be the beginning of another one.
        let is_whole = codes.iter().any(|code| code.as_str() == last);
        if !is_whole && codes.iter().any(cut_off) {
            kept = before.len().saturating_sub(last.len());
            held = before
                .get(..kept)
                .unwrap_or_default()
                .lines()
                .map(str::trim)
                .collect();
        } else {
            // A whole code, or a line that is not ours to cut: only its end is missing.
            text.push('\n');
        }
    }
    for code in codes {
        if held.insert(code.as_str()) {
            text.push_str(code.as_str());
            text.push('\n');
        }
    }
    Addition { kept, text }
}

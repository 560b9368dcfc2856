//! CSV that a spreadsheet opens without running anything.

use std::borrow::Cow;
use std::io::{self, Write};

/// A spreadsheet takes a cell that begins with one of these for a formula; one in Japanese, those of full width too.
const STEERING: [char; 11] = [
    '=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}', '\u{2212}',
];

/// Where another cell begins, for a spreadsheet that separates cells by semicolons or tabs, as in much of Europe.
const SEPARATORS: [char; 4] = [';', '\t', '\n', '\r'];

/// An apostrophe before what a spreadsheet would run: user names are typed by customers. Also before what
/// looks as if it had one already, so that every cell comes back as it was.
pub(super) fn escaped(cell: String) -> String {
    if !cell.contains(STEERING) {
        return cell;
    }
    let mut safe = String::with_capacity(cell.len().saturating_add(2));
    for part in cell.split_inclusive(SEPARATORS) {
        if is_steering(part) {
            safe.push('\'');
        }
        safe.push_str(part);
    }
    safe
}

/// The cell as it was before it was escaped.
pub(crate) fn unescaped(cell: &str) -> Cow<'_, str> {
    if !cell.contains('\'') {
        return Cow::Borrowed(cell);
    }
    let parts = cell.split_inclusive(SEPARATORS);
    Cow::Owned(parts.map(part_unescaped).collect())
}

fn part_unescaped(part: &str) -> &str {
    match part.strip_prefix('\'') {
        Some(rest) if is_steering(rest) => rest,
        _ => part,
    }
}

/// Blanks before a formula are passed over by some spreadsheets. Here apostrophes are, too, so that one more of them
/// changes nothing.
fn is_steering(part: &str) -> bool {
    let is_blank = |letter: char| letter.is_whitespace() && !SEPARATORS.contains(&letter);
    part.trim_start_matches(|letter| letter == '\'' || is_blank(letter))
        .starts_with(STEERING)
}

pub(super) fn write_line(
    out: &mut dyn Write,
    cells: impl IntoIterator<Item = String>,
) -> io::Result<()> {
    let mut line = csv::WriterBuilder::new()
        // The usual 8 KiB would be allocated for each line.
        .buffer_capacity(512)
        .from_writer(Vec::new());
    line.write_record(cells)?;
    let bytes = line
        .into_inner()
        .map_err(|error| io::Error::other(error.to_string()))?;
    out.write_all(&bytes)
}

//! CSV that a spreadsheet opens without running anything.

use std::io::{self, Write};

/// A spreadsheet takes a cell that begins with one of these for a formula.
const STEERING: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// An apostrophe before what a spreadsheet would run: user names are typed by customers. Also before what
/// looks as if it had one already, so that every cell comes back as it was.
pub(super) fn escaped(cell: String) -> String {
    if is_steering(&cell) {
        format!("'{cell}")
    } else {
        cell
    }
}

/// The cell as it was before it was escaped.
pub(crate) fn unescaped(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_steering(rest) => rest,
        _ => cell,
    }
}

fn is_steering(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(STEERING)
}

pub(super) fn write_line(
    out: &mut dyn Write,
    cells: impl IntoIterator<Item = String>,
) -> io::Result<()> {
    let mut line = csv::WriterBuilder::new()
        .buffer_capacity(512)
        .from_writer(Vec::new());
    line.write_record(cells)?;
    let bytes = line
        .into_inner()
        .map_err(|error| io::Error::other(error.to_string()))?;
    out.write_all(&bytes)
}

//! A file of voucher codes: plain lines, CSV, JSON, or one JSON object a line.
//!
//! What cannot be a code is refused, with its line, before anything is sent. Fuzzed, by way of a copy in `fuzz/`:
//! imports nothing of this crate but `unescaped`.

mod cell;
mod column;
mod decode;
mod refused;
pub(crate) mod sheet;

use std::borrow::Cow;

use thordata_cdk::CdkCode;

use crate::output::unescaped;

pub(crate) use column::find_name;
pub(crate) use refused::Refused;
use sheet::Sheet;

/// How a file is read.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ReadAs<'a> {
    /// The name of the file, for messages.
    pub(crate) name: &'a str,
    /// The column of the codes, by name or number, if it was said.
    pub(crate) column: Option<&'a str>,
    /// Characters that a code may hold besides letters, digits, `-` and `_`.
    pub(crate) extra: &'a str,
}

/// At most this many lines are reported one by one.
const COMPLAINTS: usize = 10;

/// Every code, in order.
pub(crate) fn parse(input: &[u8], read_as: ReadAs<'_>) -> Result<Vec<CdkCode>, Refused> {
    let (_, rows) = parse_rows(input, read_as)?;
    Ok(rows.into_iter().map(|(_, code, _)| code).collect())
}

/// The headings, if there are any, and each row: its line, its code and all its cells.
pub(crate) type Rows = (Vec<String>, Vec<(u64, CdkCode, Vec<String>)>);

/// Every code, with the other cells of its line.
pub(crate) fn parse_rows(input: &[u8], read_as: ReadAs<'_>) -> Result<Rows, Refused> {
    let mut sheet = rows(input, read_as.name)?;
    let headings = column::headings(&sheet);
    // `find` takes the row of headings away.
    let before = sheet.rows.len();
    let at = column::find(&mut sheet, read_as.name, read_as.column)?;
    let has_headings = sheet.names.is_some() || sheet.rows.len() < before;
    let mut codes = Vec::with_capacity(sheet.rows.len());
    let mut complaints = Vec::new();
    let mut wrong = 0_usize;
    let count = sheet.rows.len();
    for row in &sheet.rows {
        let text = cell::unwrapped(row.cells.get(at).map_or("", String::as_str));
        // A row of a table may belong to something that has no code.
        if text.is_empty() {
            continue;
        }
        match code(&text, read_as.extra) {
            Ok(code) => codes.push((row.line, code, row.cells.clone())),
            Err(why) => {
                wrong = wrong.saturating_add(1);
                if complaints.len() < COMPLAINTS {
                    complaints.push(format!("line {}: `{}`: {why}", row.line, cell::hint(&text)));
                }
            }
        }
    }
    if wrong == 0 {
        // Otherwise this is the first row of codes, which must not be taken for names.
        let headings = if has_headings { headings } else { Vec::new() };
        // In JSON nothing is escaped for a spreadsheet.
        if sheet.names.is_none() {
            for cell in codes.iter_mut().flat_map(|(_, _, cells)| cells) {
                *cell = unescaped(cell).into_owned();
            }
        }
        return Ok((headings, codes));
    }
    if wrong > complaints.len() {
        let more = wrong.saturating_sub(complaints.len());
        complaints.push(format!("and {more} more"));
    }
    Err(Refused {
        what: format!(
            "{}: {wrong} of {count} lines hold no code; nothing was sent",
            read_as.name
        ),
        why: complaints,
        next: Some(
            "correct these lines; or name the column of the codes with --column NAME or --column NUMBER"
                .to_owned(),
        ),
    })
}

/// One code, as it was typed. An error says why it can be none.
pub(crate) fn code(text: &str, extra: &str) -> Result<CdkCode, &'static str> {
    match cell::objection(text, extra) {
        Some(why) => Err(why),
        None => CdkCode::new(text).map_err(|_| "is no code"),
    }
}

/// What a text holds, whatever its form. Wrapping is left on the cells.
pub(crate) fn rows(input: &[u8], name: &str) -> Result<Sheet, Refused> {
    let refused = |why: String| Refused {
        what: format!("{name} cannot be read as a list of codes"),
        why: vec![why],
        next: Some("save it as CSV or as plain text, with one code a line".to_owned()),
    };
    let text = decode::text(input).map_err(|why| refused(why.to_owned()))?;
    sheet::read(&text, column::is_code_heading).map_err(refused)
}

/// What was typed, without blanks, quotation marks and a spreadsheet's additions.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    cell::unwrapped(text)
}

#[cfg(test)]
mod tests;

//! The column that holds the codes: named, found by its heading, or proposed.

use std::borrow::Cow;

use super::cell;
use super::cell::{has_form_of_code, objection, unwrapped};
use super::refused::Refused;
use super::sheet::Sheet;

/// What people call the column; the first is ours.
const HEADINGS: [&str; 9] = [
    "cdk",
    "code",
    "codes",
    "cdkey",
    "cdkeys",
    "cdkcode",
    "vouchercode",
    "vouchercodes",
    "voucher",
];

/// The heading as it is compared: letters and digits alone, in small letters.
fn folded(heading: &str) -> String {
    let letters = heading.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

pub(super) fn is_code_heading(heading: &str) -> bool {
    HEADINGS.contains(&folded(heading).as_str())
}

/// The column whose heading is one of these names, which are in small letters.
pub(crate) fn find_name(headings: &[String], names: &[&str]) -> Option<usize> {
    let at = |name: &&str| {
        headings
            .iter()
            .position(|heading| folded(heading) == **name)
    };
    names.iter().find_map(at)
}

/// The names of the columns, or what the first row holds.
pub(super) fn headings(sheet: &Sheet) -> Vec<String> {
    match (&sheet.names, sheet.rows.first()) {
        (Some(names), _) => names.clone(),
        (None, Some(row)) => row
            .cells
            .iter()
            .map(|cell| unwrapped(cell).into_owned())
            .collect(),
        (None, None) => Vec::new(),
    }
}

/// The place of the codes in each row. Takes the first row away if it holds headings.
pub(super) fn find(sheet: &mut Sheet, name: &str, wanted: Option<&str>) -> Result<usize, Refused> {
    if sheet.rows.is_empty() {
        return Ok(0);
    }
    let headings = headings(sheet);
    // By name first: a heading may be a number, such as a year.
    let named = match wanted {
        Some(wanted) => headings
            .iter()
            // Headings of signs alone would all be equal: they fold to nothing.
            .position(|heading| folded(heading) == folded(wanted) && !folded(wanted).is_empty()),
        None => heading_of_codes(&headings),
    };
    if let Some(at) = named {
        if sheet.names.is_none() {
            sheet.rows.remove(0);
        }
        return Ok(at);
    }
    let number = wanted.and_then(|wanted| wanted.trim().parse::<usize>().ok());
    match (wanted, number.and_then(|number| number.checked_sub(1))) {
        // Numbers begin at 1, as in a spreadsheet.
        (Some(_), Some(at)) if at < sheet.width() => {
            if sheet.names.is_none() && first_is_heading(sheet, at) {
                sheet.rows.remove(0);
            }
            Ok(at)
        }
        (Some(wanted), _) => Err(refused(
            sheet,
            &headings,
            format!("{name} has no column `{}`", cell::hint(wanted)),
        )),
        (None, _) if sheet.width() == 1 && sheet.names.is_none() => {
            if first_is_foreign(sheet) {
                let first = cell::hint(headings.first().map_or("", String::as_str));
                return Err(Refused {
                    what: format!(
                        "{name}: line 1, `{first}`, is not like the codes below it; nothing was sent"
                    ),
                    why: vec!["it may be a heading".to_owned()],
                    next: Some(
                        "if it is a heading, add --column 1; if it is a code, move it to the end"
                            .to_owned(),
                    ),
                });
            }
            Ok(0)
        }
        (None, _) => Err(refused(
            sheet,
            &headings,
            format!("{name} does not say which column holds the codes; nothing was sent"),
        )),
    }
}

/// The column under `cdk`, else the only one under another name for it.
fn heading_of_codes(headings: &[String]) -> Option<usize> {
    let ours = headings.iter().position(|heading| folded(heading) == "cdk");
    let mut others = headings
        .iter()
        .enumerate()
        .filter(|(_, heading)| is_code_heading(heading));
    // Of two others the wrong one could be revoked.
    ours.or_else(|| match (others.next(), others.next()) {
        (Some((at, _)), None) => Some(at),
        _ => None,
    })
}

fn text_at(sheet: &Sheet, row: usize, column: usize) -> Cow<'_, str> {
    let cells = sheet.rows.get(row).map(|row| &row.cells);
    unwrapped(
        cells
            .and_then(|cells| cells.get(column))
            .map_or("", String::as_str),
    )
}

/// Whether the first row, in a column that was named by its number, is a heading.
fn first_is_heading(sheet: &Sheet, column: usize) -> bool {
    let first = text_at(sheet, 0, column);
    is_code_heading(&first) || objection(&first, "").is_some() || is_foreign(sheet, column)
}

fn first_is_foreign(sheet: &Sheet) -> bool {
    is_foreign(sheet, 0)
}

/// Whether the first cell is a plain word, and every cell below it has the form of a code.
fn is_foreign(sheet: &Sheet, column: usize) -> bool {
    let is_word = text_at(sheet, 0, column)
        .chars()
        .all(|letter| letter.is_alphabetic());
    is_word && !has_form_of_code(&text_at(sheet, 0, column)) && below_are_codes(sheet, column)
}

fn below_are_codes(sheet: &Sheet, column: usize) -> bool {
    let mut below = (1..sheet.rows.len()).map(|row| text_at(sheet, row, column));
    sheet.rows.len() > 1 && below.all(|cell| has_form_of_code(&cell))
}

/// The columns that are there, and the one that looks like the codes: proposed, not taken.
fn refused(sheet: &Sheet, headings: &[String], what: String) -> Refused {
    let looks_right: Vec<usize> = (0..sheet.width())
        .filter(|column| {
            let alone = sheet.rows.len() == 1 && has_form_of_code(&text_at(sheet, 0, *column));
            alone || below_are_codes(sheet, *column)
        })
        .collect();
    let columns: Vec<String> = (1_usize..)
        .zip(0..sheet.width())
        .map(|(number, at)| {
            format!(
                "{number} `{}`",
                cell::hint(headings.get(at).map_or("", String::as_str))
            )
        })
        .collect();
    let first = if sheet.names.is_some() {
        "by name"
    } else {
        "by their first line"
    };
    let mut why = vec![format!("its columns, {first}: {}", columns.join(", "))];
    let next = match looks_right.as_slice() {
        [at] => {
            let number = at.saturating_add(1);
            why.push(format!("what column {number} holds looks like codes"));
            match sheet.names.as_ref().and_then(|names| names.get(*at)) {
                Some(name) => format!("if that is right, add --column {name}"),
                None => format!("if that is right, add --column {number}"),
            }
        }
        _ => "name it with --column NAME or --column NUMBER".to_owned(),
    };
    Refused {
        what,
        why,
        next: Some(next),
    }
}

//! One cell that should hold a code: what it is without its wrapping, and why it is none.

use std::borrow::Cow;

use crate::output::unescaped;
use crate::redact;

/// Letters that are seen as nothing, and come along when text is copied.
fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// The text without blanks, quotation marks, a spreadsheet's `="…"` and its apostrophe.
pub(super) fn unwrapped(cell: &str) -> Cow<'_, str> {
    let text = cell.trim_matches(is_blank);
    let text = text
        .strip_prefix("=\"")
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text);
    match unescaped(text) {
        Cow::Borrowed(text) => Cow::Borrowed(without_marks(text)),
        Cow::Owned(text) => Cow::Owned(without_marks(&text).to_owned()),
    }
}

fn without_marks(text: &str) -> &str {
    for marks in [('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('„', '“')] {
        let inside = text.strip_prefix(marks.0);
        if let Some(inside) = inside.and_then(|rest| rest.strip_suffix(marks.1)) {
            return inside.trim_matches(is_blank);
        }
    }
    // What a spreadsheet shows as text begins with one.
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(|letter: char| letter.is_ascii_alphanumeric()) => rest,
        _ => text,
    }
}

/// Why this is no code; `None` if it can be one. `extra`: characters that a code may hold besides letters, digits,
/// `-` and `_`.
pub(super) fn objection(text: &str, extra: &str) -> Option<&'static str> {
    let fits = |letter: char| {
        letter.is_ascii_alphanumeric()
            || matches!(letter, '-' | '_')
            || (letter.is_ascii_graphic() && extra.contains(letter))
    };
    if is_damaged_number(text) {
        Some("a spreadsheet has turned a code into a number; the code is lost in this file")
    } else if text.starts_with("#REF") || text.starts_with("#N/A") || text.starts_with("###") {
        Some("a spreadsheet has written an error in place of the code")
    } else if text.is_empty() {
        Some("is empty")
    } else if text.len() > 256 {
        Some("is longer than 256 characters")
    } else if text.contains(['\n', '\r']) {
        Some("goes over more than one line: a quotation mark may not be closed")
    } else if text.contains(char::is_whitespace) {
        Some("holds a blank")
    } else if !text.chars().all(fits) {
        Some("holds something else than letters, digits, `-` and `_`")
    } else {
        None
    }
}

/// `1.23457E+15`, with a point or a comma.
fn is_damaged_number(text: &str) -> bool {
    let Some((number, power)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, rest) = number.split_once(['.', ',']).unwrap_or((number, "0"));
    // A spreadsheet always writes the sign; `12E15` may be a code.
    power.strip_prefix(['+', '-']).is_some_and(digits) && digits(whole) && digits(rest)
}

/// Whether it has the form of the vendor's examples: a long run of letters and digits, and no plain word or number.
pub(super) fn has_form_of_code(text: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| text.bytes().any(|byte| kind(&byte));
    let kinds = [
        has(u8::is_ascii_digit),
        has(u8::is_ascii_lowercase),
        has(u8::is_ascii_uppercase),
    ];
    text.len() >= 12
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && kinds.iter().filter(|kind| **kind).count() >= 2
}

/// Enough of a text to find it in the file. Of a longer one, which may be a code with something beside it, only both
/// ends.
pub(super) fn hint(text: &str) -> String {
    let printable: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    // Signs do not count: `1.23457E+15` is no code and is shown.
    let telling = printable.chars().filter(|letter| letter.is_alphanumeric());
    match telling.count() >= redact::MASKED_FROM {
        true => redact::ends(&printable),
        false => printable.chars().take(40).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapping_is_taken_off() {
        for cell in [
            "Ab1",
            " Ab1\u{a0}",
            "\u{feff}Ab1\u{200b}",
            "\"Ab1\"",
            "'Ab1'",
            "'Ab1",
            "=\"Ab1\"",
            "“Ab1”",
        ] {
            assert_eq!(unwrapped(cell), "Ab1", "{cell:?}");
        }
        assert_eq!(unwrapped("'-B"), "-B");
    }

    #[test]
    fn a_damaged_number_is_recognised_and_a_code_is_not_one() {
        for damaged in ["1.23457E+15", "1,23457E+15", "9E+20", "1.2e-7"] {
            assert!(
                objection(damaged, "").unwrap().contains("number"),
                "{damaged}"
            );
        }
        for code in ["1234E56", "12E15", "nozzapqOWJOCcWlX", "A", "a-b_c"] {
            assert_eq!(objection(code, ""), None, "{code}");
        }
        assert_eq!(
            objection("a+b/c", ""),
            Some("holds something else than letters, digits, `-` and `_`")
        );
        assert_eq!(objection("a+b/c", "+/"), None);
    }

    #[test]
    fn a_hint_never_shows_a_code_with_text_beside_it() {
        assert_eq!(hint("nozzapqO WJOCcWlX"), "no…lX");
        assert_eq!(hint("1.23457E+15"), "1.23457E+15");
        assert_eq!(hint("Anna"), "Anna");
    }
}

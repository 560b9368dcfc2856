//! Replies with odd bytes around them. Only bytes are accepted that cannot be mistaken for anything else:
//!
//! - before and after the one JSON object: blanks, NUL bytes, a byte order mark, and comments as HTML writes them
//!   (`<!-- 0.1s -->`), which gateways and page caches add. None of them can begin or continue JSON;
//! - half of a surrogate pair (`\ud83d`), which JSON allows in a text and Unicode does not: it becomes U+FFFD.
//!
//! Anything else, a second JSON value first of all, leaves the reply unreadable: which of the two counts would be a
//! guess.

use std::borrow::Cow;

/// What may come before or after a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Padding {
    /// This many bytes of it.
    Length(usize),
    /// From so many bytes on it may go on beyond the text.
    Unfinished(usize),
}

const MARK: &[u8] = "\u{feff}".as_bytes();
const OPEN: &[u8] = b"<!--";
const CLOSE: &[u8] = b"-->";

/// The padding at the beginning of `text`.
pub(crate) fn padding(text: &[u8]) -> Padding {
    let mut rest = text;
    let length = |rest: &[u8]| text.len().saturating_sub(rest.len());
    loop {
        rest = match rest.first() {
            Some(b' ' | b'\t' | b'\n' | b'\r' | 0) => rest.get(1..).unwrap_or_default(),
            Some(0xEF | b'<') => match (rest.strip_prefix(MARK), rest.strip_prefix(OPEN)) {
                (Some(rest), _) => rest,
                (_, Some(comment)) => match position(comment, CLOSE) {
                    Some(end) => comment
                        .get(end.saturating_add(CLOSE.len())..)
                        .unwrap_or_default(),
                    None => return Padding::Unfinished(length(rest)),
                },
                _ if MARK.starts_with(rest) || OPEN.starts_with(rest) => {
                    return Padding::Unfinished(length(rest));
                }
                _ => break,
            },
            _ => break,
        };
    }
    Padding::Length(length(rest))
}

/// All that is needed of padding which may go on: of a comment its begin, and what may be the begin of its end. So a
/// comment of any length takes no memory, and none of it is looked at twice.
pub(crate) fn unfinished(padding: &[u8]) -> [&[u8]; 2] {
    match padding.split_at_checked(OPEN.len()) {
        Some((open, comment)) => {
            let end = CLOSE.len().saturating_sub(1);
            let end = comment.len().saturating_sub(end);
            [open, comment.get(end..).unwrap_or_default()]
        }
        None => [padding, &[]],
    }
}

/// Whether `text` is padding and nothing else.
pub(crate) fn is_padding(text: &[u8]) -> bool {
    padding(text) == Padding::Length(text.len())
}

fn position(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len())
        .position(|window| window == wanted)
}

/// A reply that could not be read, without what may stand around it and with whole letters; `None` if that changes
/// nothing.
pub(crate) fn cleaned(text: &str) -> Option<String> {
    let Padding::Length(start) = padding(text.as_bytes()) else {
        return None;
    };
    let inner = text.get(start..)?;
    let inner = match object_len(inner.as_bytes()) {
        Some(end) if is_padding(inner.as_bytes().get(end..)?) => inner.get(..end)?,
        _ => inner,
    };
    let whole = whole_letters(inner);
    (whole.len() != text.len() || matches!(whole, Cow::Owned(_))).then(|| whole.into_owned())
}

/// The length of the object at the beginning of `text`, by its brackets and quotes alone.
fn object_len(text: &[u8]) -> Option<usize> {
    if text.first() != Some(&b'{') {
        return None;
    }
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => depth = depth.saturating_add(1),
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at.checked_add(1);
                }
            }
            _ => {}
        }
    }
    None
}

/// `json` with U+FFFD for each half of a surrogate pair without its other half.
pub(crate) fn whole_letters(json: &str) -> Cow<'_, str> {
    let mut whole = String::new();
    let mut rest = json;
    while let Some((before, after)) = rest.split_once('\\') {
        whole.push_str(before);
        let unit = |text: &str| u32::from_str_radix(text.strip_prefix('u')?.get(..4)?, 16).ok();
        let length = match unit(after) {
            Some(0xD800..=0xDBFF) => {
                let second = after.get(5..).and_then(|next| next.strip_prefix('\\'));
                match second.and_then(unit) {
                    Some(0xDC00..=0xDFFF) => 11,
                    _ => 0,
                }
            }
            Some(0xDC00..=0xDFFF) => 0,
            // A backslash and what it escapes: a second backslash begins nothing.
            // At least 1, since 0 stands for half of a pair.
            _ => after.chars().next().map_or(0, char::len_utf8).max(1),
        };
        whole.push('\\');
        let kept = match length {
            0 => {
                whole.push_str("ufffd");
                5
            }
            length => {
                whole.push_str(after.get(..length).unwrap_or(after));
                length
            }
        };
        rest = after.get(kept..).unwrap_or_default();
    }
    whole.push_str(rest);
    if whole == json {
        json.into()
    } else {
        whole.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_nuls_blanks_and_comments_around_an_object_are_left_out() {
        for (before, after) in [
            ("\u{feff}", ""),
            ("", "\0"),
            ("", "<!-- 0.1s -->"),
            ("", "\n<!-- a --><!-- {\"code\":1} -->\r\n\0\0"),
            ("<!-- cached -->\n\u{feff}", ""),
        ] {
            let json = r#"{"code":200,"msg":"}\"{"}"#;
            let text = format!("{before}{json}{after}");
            assert_eq!(cleaned(&text).as_deref(), Some(json), "{text:?}");
        }
    }

    #[test]
    fn nothing_else_is_taken_away() {
        for text in [
            "{}",
            "{} x",
            "{}{}",
            "{}\n{\"code\":200}",
            "{}<!-- open",
            "{}<html></html>",
            "x{}",
            "[]",
            "{}<!-- a -->{}",
        ] {
            let left = cleaned(text);
            assert!(left.is_none(), "{text:?} became {left:?}");
        }
    }

    #[test]
    fn half_of_a_pair_becomes_the_replacement_and_whole_pairs_stay() {
        for (json, expected) in [
            (r#""\ud83d""#, r#""\ufffd""#),
            (r#""\ude00 a""#, r#""\ufffd a""#),
            (r#""\uD83D\uDE00""#, r#""\uD83D\uDE00""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\ud83d\n""#, r#""\ufffd\n""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""é\"\ud800é""#, r#""é\"\ufffdé""#),
            (r#""\ud8"#, r#""\ud8"#),
        ] {
            assert_eq!(whole_letters(json), expected);
        }
    }
}

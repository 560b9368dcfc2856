//! Where a JSON value ends, without looking at what it holds.

/// The length of the JSON value at the beginning of `text`, by its outermost brackets or quotes alone;
/// `None` if it goes on beyond `text`. Of valid JSON this is the value's true end. Of anything else it is
/// some end, and whoever reads the value finds out.
pub(super) fn value_len(text: &[u8]) -> Option<usize> {
    if !matches!(text.first()?, b'{' | b'[' | b'"') {
        let ends = |byte: &u8| matches!(byte, b',' | b':' | b']' | b'}') || is_space(*byte);
        return text.iter().position(ends);
    }
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => continue,
            b'{' | b'[' => depth = depth.saturating_add(1),
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth == 0 && !quoted {
            return at.checked_add(1);
        }
    }
    None
}

/// `text` without the JSON whitespace at its beginning.
pub(super) fn skip_space(mut text: &[u8]) -> &[u8] {
    while let Some((first, rest)) = text.split_first()
        && is_space(*first)
    {
        text = rest;
    }
    text
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_with_its_outermost_bracket_or_quote() {
        for (text, length) in [
            (r#"{"a":"}","b":[{}]},1"#, 18),
            (r#""a\"b\\" "#, 8),
            (r#"[[]"]"],"#, 7),
            ("12]", 2),
            ("null,", 4),
            (",", 0),
        ] {
            assert_eq!(value_len(text.as_bytes()), Some(length), "{text}");
        }
    }

    #[test]
    fn a_value_that_may_go_on_has_no_end() {
        for text in ["", "{", r#"{"a":"}""#, r#""a\""#, "12", "[[]"] {
            assert_eq!(value_len(text.as_bytes()), None, "{text}");
        }
    }
}

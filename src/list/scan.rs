//! Where a JSON value ends, without looking at what it holds.

/// How far a JSON value has been looked through: it goes on with the next piece where it stopped, so that each byte
/// is looked at once, whatever the pieces.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Scan {
    kind: Option<Kind>,
    depth: usize,
    quoted: bool,
    escaped: bool,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    /// Ends with its outermost bracket or quote.
    Delimited,
    /// A number or a word: ends before whatever cannot be part of it.
    Bare,
}

impl Scan {
    /// Where in `text`, the next piece of the value, the value ends, by its outermost brackets or quotes alone;
    /// `None` if it goes on beyond `text`. Of valid JSON this is the value's true end. Of anything else it is some
    /// end, and whoever reads the value finds out.
    pub(super) fn end(&mut self, text: &[u8]) -> Option<usize> {
        let kind = match self.kind {
            Some(kind) => kind,
            None => match text.first()? {
                b'{' | b'[' | b'"' => Kind::Delimited,
                _ => Kind::Bare,
            },
        };
        self.kind = Some(kind);
        #[cfg(test)]
        LOOKED_AT.set(LOOKED_AT.get().saturating_add(text.len()));
        if matches!(kind, Kind::Bare) {
            let ends = |byte: &u8| matches!(byte, b',' | b':' | b']' | b'}') || is_space(*byte);
            return text.iter().position(ends);
        }
        for (at, byte) in text.iter().enumerate() {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.quoted => self.escaped = true,
                b'"' => self.quoted = !self.quoted,
                _ if self.quoted => continue,
                b'{' | b'[' => self.depth = self.depth.saturating_add(1),
                // One too many makes no valid JSON, which whoever reads the value finds out.
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => continue,
            }
            if self.depth == 0 && !self.quoted {
                return at.checked_add(1);
            }
        }
        None
    }
}

#[cfg(test)]
thread_local! {
    /// How many bytes were given to [`Scan::end`].
    pub(super) static LOOKED_AT: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
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
#[allow(clippy::arithmetic_side_effects)] // on lengths of texts made here
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
            assert_eq!(Scan::default().end(text.as_bytes()), Some(length), "{text}");
            for cut in 0..=length {
                let (first, second) = text.as_bytes().split_at(cut);
                let mut scan = Scan::default();
                let end = scan
                    .end(first)
                    .or_else(|| scan.end(second).map(|end| cut + end));
                assert_eq!(end, Some(length), "{text} in two at {cut}");
            }
        }
    }

    #[test]
    fn a_value_that_may_go_on_has_no_end() {
        for text in ["", "{", r#"{"a":"}""#, r#""a\""#, "12", "[[]"] {
            assert_eq!(Scan::default().end(text.as_bytes()), None, "{text}");
        }
    }
}

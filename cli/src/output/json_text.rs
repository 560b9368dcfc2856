//! JSON that a terminal shows as it is.

use std::io::{self, Write};

use serde_json::ser::{CompactFormatter, Formatter};

use crate::ui::marked;

/// Writes letters that steer or hide as `\uXXXX`: the same value to every reader, and nothing to a terminal.
pub(super) struct NothingHidden;

impl Formatter for NothingHidden {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if fragment.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return CompactFormatter.write_string_fragment(writer, fragment);
        }
        let mut plain = String::with_capacity(fragment.len());
        for (letter, is_hidden) in marked(fragment) {
            if !is_hidden {
                plain.push(letter);
                continue;
            }
            CompactFormatter.write_string_fragment(writer, &plain)?;
            plain.clear();
            // An escape has four digits: a letter beyond U+FFFF takes two.
            for unit in letter.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
        }
        CompactFormatter.write_string_fragment(writer, &plain)
    }
}

//! JSON that a terminal shows as it is.

use std::io::{self, Write};

use serde_json::ser::{CompactFormatter, Formatter};

use crate::ui::is_hidden;

/// Writes letters that steer or hide as `\uXXXX`: the same value to every reader, and nothing to a terminal.
pub(super) struct NothingHidden;

impl Formatter for NothingHidden {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for part in fragment.split_inclusive(is_hidden) {
            let hidden = part.chars().next_back().filter(|last| is_hidden(*last));
            let length = part.len().saturating_sub(hidden.map_or(0, char::len_utf8));
            let plain = part.get(..length).unwrap_or_default();
            CompactFormatter.write_string_fragment(writer, plain)?;
            if let Some(letter) = hidden {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

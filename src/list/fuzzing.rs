//! The decoder of lists, on bytes in pieces of any size.

use super::decoder::Decoder;
use super::unreadable::UnreadableRows;
use crate::envelope::Envelope;
use crate::raw::promised::Cdk;

/// What a body comes to that arrives in these pieces: the envelope, the rows, and those that cannot be read. `None` if
/// it is no list.
pub fn read<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Option<(Envelope<()>, Vec<Cdk>, UnreadableRows)> {
    let mut decoder = Decoder::new();
    let mut rows = Vec::new();
    for piece in pieces {
        decoder.feed(piece, &mut rows).ok()?;
    }
    let envelope = decoder.finish().ok()?;
    Some((envelope, rows, decoder.take_unreadable()))
}

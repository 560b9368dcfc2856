//! The decoder of lists, on bytes in pieces of any size.

use super::decoder::Decoder;
use crate::envelope::Envelope;
use crate::raw::promised::Cdk;

/// What a body comes to that arrives in these pieces: the envelope, and the rows. `None` if it is no list.
pub fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Option<(Envelope<()>, Vec<Cdk>)> {
    let mut decoder = Decoder::new();
    let mut rows = Vec::new();
    for piece in pieces {
        decoder.feed(piece, &mut rows).ok()?;
    }
    Some((decoder.finish().ok()?, rows))
}

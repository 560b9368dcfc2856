//! Bodies that a gateway compressed unasked.

use std::io;

use bytes::Bytes;

/// What arrived of a gzip stream, and what it unpacks to: one after the other all members that it has (RFC 1952, 2.2).
pub(crate) struct Gzip {
    packed: Bytes,
    decoder: flate2::write::MultiGzDecoder<Vec<u8>>,
    ended: bool,
}

impl Gzip {
    /// How many packed bytes are unpacked at once: one byte may become a thousand.
    const STEP: usize = 512;
    /// The first of gzip's two magic bytes: the second may be in the next piece, and no JSON begins with this one.
    pub(crate) const MAGIC: &[u8] = &[0x1f];
    pub(crate) const IS_READ: bool = true;

    pub(crate) fn new(packed: Bytes) -> Self {
        Self {
            packed,
            decoder: flate2::write::MultiGzDecoder::new(Vec::new()),
            ended: false,
        }
    }

    pub(crate) fn feed(&mut self, packed: Bytes) {
        // Nothing is lost: `next` returns `None` only when the piece before is used up.
        self.packed = packed;
    }

    /// The next piece of what has arrived, `None` if more must arrive first.
    pub(crate) fn next(&mut self) -> io::Result<Option<Bytes>> {
        use std::io::Write as _;

        while !self.packed.is_empty() {
            let step = self.packed.split_to(self.packed.len().min(Self::STEP));
            self.decoder.write_all(&step)?;
            if let Some(piece) = self.take() {
                return Ok(Some(piece));
            }
        }
        Ok(None)
    }

    /// The last piece, `None` once that has been taken.
    pub(crate) fn end(&mut self) -> io::Result<Option<Bytes>> {
        if !self.ended {
            self.ended = true;
            self.decoder.try_finish()?;
        }
        Ok(self.take())
    }

    fn take(&mut self) -> Option<Bytes> {
        let unpacked = std::mem::take(self.decoder.get_mut());
        (!unpacked.is_empty()).then(|| unpacked.into())
    }
}

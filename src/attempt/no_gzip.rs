//! Stands in for `gzip.rs` where the feature is off.

use std::io;

use bytes::Bytes;

/// Without the feature nothing is unpacked: such a reply is unreadable, and the error names what it is.
pub(crate) struct Gzip;

impl Gzip {
    pub(crate) const MAGIC: &[u8] = &[0x1f];
    pub(crate) const IS_READ: bool = false;

    pub(crate) fn new(_: Bytes) -> Self {
        Self
    }

    pub(crate) fn feed(&mut self, _: Bytes) {}

    pub(crate) fn next(&mut self) -> io::Result<Option<Bytes>> {
        Ok(None)
    }

    pub(crate) fn end(&mut self) -> io::Result<Option<Bytes>> {
        Ok(None)
    }
}

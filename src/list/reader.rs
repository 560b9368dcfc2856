//! A list's reply: pieces of its body in, rows out.

use std::mem;
use std::num::NonZeroUsize;

use reqwest::Response;

use super::decoder::{Decoder, Unread};
use crate::classify::Reading;
use crate::envelope;
use crate::error::Error;
use crate::incoming::Incoming;
use crate::raw::types::Cdk;

/// A reply of at most this many bytes is kept until it is read, to tell what is wrong with it.
const KEPT_BYTES: usize = 4096;

/// As long as a reply may still turn out to be a failure, since its `code` has not come, so many rows are
/// held back. A list that goes on is handed out then.
const HELD_ROWS: usize = 1024;

pub(super) struct Reader {
    incoming: Incoming,
    decoder: Decoder,
    kept: Vec<u8>,
}

impl Reader {
    /// Turns to the body of a reply whose head is good; of any other, all of it is read.
    pub(super) async fn open(
        response: Response,
        reading: &Reading<'_>,
        body: impl FnOnce(Response) -> Incoming,
    ) -> Result<Self, Error> {
        if !reading.is_good() {
            let limit = reading.settings.max_response_bytes;
            let body = Incoming::limited(response, limit).whole().await;
            let body = body.map_err(|cut| reading.cut(cut))?;
            return Err(reading.failing_status(&body));
        }
        Ok(Self {
            incoming: body(response),
            decoder: Decoder::new(),
            kept: Vec::new(),
        })
    }

    /// Adds the rows of the next piece; `false` once all have come, and the reply was a success.
    pub(super) async fn next(
        &mut self,
        reading: &Reading<'_>,
        rows: &mut Vec<Cdk>,
    ) -> Result<bool, Error> {
        let chunk = self.incoming.chunk().await;
        let Some(chunk) = chunk.map_err(|cut| reading.cut(cut))? else {
            let decoder = mem::replace(&mut self.decoder, Decoder::new());
            let envelope = decoder.finish();
            let envelope = envelope.map_err(|unread| self.explain(reading, unread))?;
            reading.judge(envelope)?;
            return Ok(false);
        };
        if self.incoming.read() <= KEPT_BYTES {
            self.kept.extend_from_slice(&chunk);
        } else {
            self.kept = Vec::new();
        }
        self.make_room(chunk.len(), rows);
        let read = self.decoder.feed(&chunk, rows);
        read.map_err(|unread| self.explain(reading, unread))?;
        Ok(true)
    }

    /// Whether `rows`, all that have come, may be handed out.
    pub(super) fn may_hand_out(&self, rows: &[Cdk]) -> bool {
        !rows.is_empty() && (self.decoder.is_success() || rows.len() >= HELD_ROWS)
    }

    /// Room for all that is still to come, judged by the rows so far: growing by doubling would take
    /// up to twice the memory.
    fn make_room(&self, next: usize, rows: &mut Vec<Cdk>) {
        let before = self.incoming.read().saturating_sub(next);
        let per_row = before.checked_div(rows.len());
        let Some(per_row) = per_row.and_then(NonZeroUsize::new) else {
            return;
        };
        let room = |bytes: usize| (bytes / per_row).saturating_add(64);
        if rows.capacity().saturating_sub(rows.len()) >= room(next) {
            return;
        }
        if let Some(left) = self.incoming.left() {
            let left = left.saturating_add(next);
            rows.reserve_exact(room(left.saturating_add(left / 64)));
        }
    }

    /// Of a short reply serde, reading it again whole, tells line and column too.
    fn explain(&self, reading: &Reading<'_>, unread: Unread) -> Error {
        if !unread.too_long
            && self.incoming.read() <= KEPT_BYTES
            && let Err(error) = envelope::parse::<Vec<Cdk>>(&self.kept)
        {
            return reading.unread(&error.to_string(), false);
        }
        reading.unread(&unread.reason, unread.too_long)
    }
}

//! A list's reply: pieces of its body in, rows out.

use std::num::NonZeroUsize;

use reqwest::Response;

use super::decoder::Decoder;
use super::unreadable::{Unreadable, UnreadableRows};
use crate::attempt::body::ResponseBody;
use crate::attempt::classify::Classifier;
use crate::envelope;
use crate::error::Error;
use crate::raw::promised::Cdk;

/// So much of the beginning of a reply is kept until it is read, to tell what is wrong with it.
const EXPLAINED_BYTES: usize = 4096;

/// A list that goes on for so long without the end of a row never ends, or is none.
const MAX_BYTES_WITHOUT_ROW: usize = 1024 * 1024;

/// As long as a reply may still turn out to be a failure, since its `code` has not come, so many rows are
/// held back. A list that goes on is handed out then.
const MAX_HELD_ROWS: usize = 1024;

pub(super) struct Reader {
    body: ResponseBody,
    decoder: Decoder,
    kept: Vec<u8>,
    /// How many bytes came since a row ended.
    since_row: usize,
}

impl Reader {
    /// Turns to the body of a reply whose head is good; of any other, all of it is read.
    pub(super) async fn open(
        response: Response,
        classifier: &Classifier<'_>,
        body: impl FnOnce(Response) -> ResponseBody,
    ) -> Result<Self, Error> {
        if !classifier.is_success_status() {
            // Of a stream too: a failure is held whole.
            let limit = classifier.settings.max_response_bytes;
            let body = ResponseBody::limited(response, limit).collect().await;
            let body = body.map_err(|error| classifier.body_error(error))?;
            return Err(classifier.failing_status(&body));
        }
        Ok(Self {
            body: body(response),
            decoder: Decoder::new(),
            kept: Vec::new(),
            since_row: 0,
        })
    }

    /// Adds the rows of the next piece; `false` once all have come, and the reply was a success.
    pub(super) async fn next(
        &mut self,
        classifier: &Classifier<'_>,
        rows: &mut Vec<Cdk>,
    ) -> Result<bool, Error> {
        let chunk = self.body.chunk().await;
        let Some(chunk) = chunk.map_err(|error| classifier.body_error(error))? else {
            let envelope = self.decoder.finish();
            let envelope = envelope.map_err(|unreadable| self.explain(classifier, unreadable))?;
            // No body: it is looked at for proof, and a call that changes nothing needs none.
            classifier.check(envelope, &[])?;
            return Ok(false);
        };
        let room = EXPLAINED_BYTES.saturating_sub(self.kept.len());
        self.kept
            .extend_from_slice(chunk.get(..room.min(chunk.len())).unwrap_or_default());
        self.make_room(chunk.len(), rows);
        let before = self.decoder.ended_rows();
        let read = self.decoder.feed(&chunk, rows);
        read.map_err(|unreadable| self.explain(classifier, unreadable))?;
        self.since_row = match self.decoder.ended_rows() > before {
            true => 0,
            false => self.since_row.saturating_add(chunk.len()),
        };
        let allowed = classifier.settings.max_list_rows;
        if let Some(excess @ 1..) = self.decoder.ended_rows().checked_sub(allowed) {
            let excess = usize::try_from(excess).unwrap_or(usize::MAX);
            // So that the rows do not depend on where the pieces of the body end.
            rows.truncate(rows.len().saturating_sub(excess));
            let why = format!(
                "it has more than {allowed} rows, so it is taken for endless; `max_list_rows` allows more"
            );
            return Err(classifier.decode_error(&why, true));
        }
        if self.since_row > MAX_BYTES_WITHOUT_ROW {
            let why = format!("{MAX_BYTES_WITHOUT_ROW} bytes of it brought no row");
            return Err(classifier.decode_error(&why, true));
        }
        Ok(true)
    }

    /// How many rows have ended, whether they can be read or not.
    pub(super) fn ended_rows(&self) -> u64 {
        self.decoder.ended_rows()
    }

    /// The rows that cannot be read, since they were last asked for.
    pub(super) fn take_unreadable(&mut self) -> UnreadableRows {
        self.decoder.take_unreadable()
    }

    /// Whether `rows`, all that have come, may be handed out.
    pub(super) fn may_hand_out(&self, rows: &[Cdk]) -> bool {
        !rows.is_empty() && (self.decoder.is_success() || rows.len() >= MAX_HELD_ROWS)
    }

    /// Room for all that is still to come, judged by the rows so far: growing by doubling would take
    /// up to twice the memory.
    fn make_room(&self, next: usize, rows: &mut Vec<Cdk>) {
        let before = self.body.read().saturating_sub(next);
        let per_row = before.checked_div(rows.len());
        let Some(per_row) = per_row.and_then(NonZeroUsize::new) else {
            return;
        };
        let room = |bytes: usize| (bytes / per_row).saturating_add(64);
        if rows.capacity().saturating_sub(rows.len()) >= room(next) {
            return;
        }
        if let Some(remaining) = self.body.remaining() {
            let remaining = remaining.saturating_add(next);
            // A 64th more, so that a slightly shorter row later on does not cost another copy.
            rows.reserve_exact(room(remaining.saturating_add(remaining / 64)));
        }
    }

    /// Of a short reply serde, reading it again whole, tells line and column too.
    fn explain(&self, classifier: &Classifier<'_>, unreadable: Unreadable) -> Error {
        if unreadable.too_long {
            return classifier.decode_error(&unreadable.reason, true);
        }
        let mut why = unreadable.reason;
        if self.body.read() <= EXPLAINED_BYTES
            && let Err(error) = envelope::parse::<Vec<Cdk>>(&self.kept)
        {
            why = error.to_string();
        }
        classifier.unreadable(&self.kept, &why)
    }
}

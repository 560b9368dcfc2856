//! The body of a reply, within limits.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;
use tokio::time::error::Elapsed;

/// Why a body cannot be read to its end.
#[derive(Debug)]
pub(crate) enum Cut {
    /// It is longer than this many bytes.
    TooLong(usize),
    Broken(reqwest::Error),
    /// Nothing arrived for as long as is allowed.
    Silent(Elapsed),
}

/// A body that is read in pieces, as they arrive.
pub(crate) struct Incoming {
    response: Response,
    /// How long the whole may be.
    limit: Option<usize>,
    /// How long it may take until the next piece is there.
    silence: Option<Duration>,
    read: usize,
}

impl Incoming {
    /// At most `limit` bytes, in the time limit of the request.
    pub(crate) fn limited(response: Response, limit: usize) -> Self {
        Self {
            response,
            limit: Some(limit),
            silence: None,
            read: 0,
        }
    }

    /// Any number of bytes, with pauses of at most `silence` while a piece is waited for.
    pub(crate) fn endless(response: Response, silence: Duration) -> Self {
        Self {
            response,
            limit: None,
            silence: Some(silence),
            read: 0,
        }
    }

    /// How many bytes have been read.
    pub(crate) fn read(&self) -> usize {
        self.read
    }

    /// How many bytes are still to come, if that was told; never more than will be read.
    pub(crate) fn left(&self) -> Option<usize> {
        // What the body knows, which counts down as it is read.
        let left = usize::try_from(self.response.content_length()?).ok()?;
        let allowed = self.limit?.saturating_sub(self.read);
        Some(left.min(allowed))
    }

    /// The next piece, `None` at the end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, Cut> {
        let next = self.response.chunk();
        let next = match self.silence {
            Some(limit) => tokio::time::timeout(limit, next)
                .await
                .map_err(Cut::Silent)?,
            None => next.await,
        };
        let next = next.map_err(Cut::Broken)?;
        let length = next.as_ref().map_or(0, Bytes::len);
        self.read = self.read.saturating_add(length);
        match self.limit {
            Some(limit) if self.read > limit => Err(Cut::TooLong(limit)),
            _ => Ok(next),
        }
    }

    /// The rest at once.
    pub(crate) async fn whole(mut self) -> Result<Bytes, Cut> {
        let Some(first) = self.chunk().await? else {
            return Ok(Bytes::new());
        };
        let Some(second) = self.chunk().await? else {
            return Ok(first);
        };
        let mut whole = Vec::from(first);
        whole.extend_from_slice(&second);
        while let Some(next) = self.chunk().await? {
            whole.extend_from_slice(&next);
        }
        Ok(whole.into())
    }
}

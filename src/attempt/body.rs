//! The body of a reply, within limits.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;
use tokio::time::error::Elapsed;

/// Why a body cannot be read to its end.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// It is longer than this many bytes.
    TooLong(usize),
    Transport(reqwest::Error),
    /// No byte arrived within the time limit.
    IdleTimeout(Elapsed),
}

/// A body that is read in pieces, as they arrive.
pub(crate) struct ResponseBody {
    response: Response,
    /// The longest body in bytes; `None` for any length.
    limit: Option<usize>,
    /// The longest wait for the next piece; `None` where the request's own limit bounds the whole.
    idle_timeout: Option<Duration>,
    read: usize,
}

impl ResponseBody {
    /// At most `limit` bytes, in the time limit of the request.
    pub(crate) fn limited(response: Response, limit: usize) -> Self {
        Self {
            response,
            limit: Some(limit),
            idle_timeout: None,
            read: 0,
        }
    }

    /// Any number of bytes, with at most `idle_timeout` until each next piece.
    pub(crate) fn unlimited(response: Response, idle_timeout: Duration) -> Self {
        Self {
            response,
            limit: None,
            idle_timeout: Some(idle_timeout),
            read: 0,
        }
    }

    /// How many bytes have been read.
    pub(crate) fn read(&self) -> usize {
        self.read
    }

    /// How many bytes are still to come, if the reply says so; never more than will be read.
    pub(crate) fn remaining(&self) -> Option<usize> {
        // Counts down as the body is read, unlike the header.
        let remaining = usize::try_from(self.response.content_length()?).ok()?;
        let allowed = self.limit?.saturating_sub(self.read);
        Some(remaining.min(allowed))
    }

    /// The next piece, `None` at the end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, BodyError> {
        let next = self.response.chunk();
        let next = match self.idle_timeout {
            Some(limit) => tokio::time::timeout(limit, next)
                .await
                .map_err(BodyError::IdleTimeout)?,
            None => next.await,
        };
        let next = next.map_err(BodyError::Transport)?;
        let length = next.as_ref().map_or(0, Bytes::len);
        self.read = self.read.saturating_add(length);
        match self.limit {
            Some(limit) if self.read > limit => Err(BodyError::TooLong(limit)),
            _ => Ok(next),
        }
    }

    /// The rest of the body.
    pub(crate) async fn collect(mut self) -> Result<Bytes, BodyError> {
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

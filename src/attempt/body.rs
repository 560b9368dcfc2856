//! The body of a reply, within limits.

use bytes::Bytes;
use reqwest::Response;

use super::gzip::Gzip;

/// Why a body cannot be read to its end.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// It is longer than this many bytes.
    TooLong(usize),
    Transport(reqwest::Error),
    /// It is compressed by gzip, and damaged.
    Gzip,
}

/// A body that is read in pieces, as they arrive.
pub(crate) struct ResponseBody {
    response: Response,
    /// The longest body in bytes; `None` for any length.
    limit: Option<usize>,
    read: usize,
    begun: bool,
    gzip: Option<Gzip>,
}

impl ResponseBody {
    /// At most `limit` bytes.
    pub(crate) fn limited(response: Response, limit: usize) -> Self {
        Self::new(response, Some(limit))
    }

    /// Any number of bytes.
    pub(crate) fn unlimited(response: Response) -> Self {
        Self::new(response, None)
    }

    fn new(response: Response, limit: Option<usize>) -> Self {
        Self {
            response,
            limit,
            read: 0,
            begun: false,
            gzip: None,
        }
    }

    /// How many bytes have been read.
    pub(crate) fn read(&self) -> usize {
        self.read
    }

    /// How many bytes are still to come, if the reply says so; never more than will be read.
    pub(crate) fn remaining(&self) -> Option<usize> {
        // The header counts packed bytes, and says nothing of what they unpack to.
        if self.gzip.is_some() {
            return None;
        }
        // Counts down as the body is read, unlike the header.
        let remaining = usize::try_from(self.response.content_length()?).ok()?;
        let allowed = self.limit?.saturating_sub(self.read);
        Some(remaining.min(allowed))
    }

    /// The next piece, `None` at the end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, BodyError> {
        let next = match self.gzip {
            None => self.response.chunk().await.map_err(BodyError::Transport)?,
            Some(_) => self.unpacked().await?,
        };
        let next = match next {
            // No JSON begins like that, so this is no guess, whatever the headers say.
            Some(first) if !self.begun && first.starts_with(Gzip::MAGIC) && Gzip::IS_READ => {
                self.begun = true;
                self.gzip = Some(Gzip::new(first));
                self.unpacked().await?
            }
            next => next,
        };
        self.begun = true;
        let length = next.as_ref().map_or(0, Bytes::len);
        // What was unpacked counts: a few packed bytes can become a body without end.
        self.read = self.read.saturating_add(length);
        match self.limit {
            Some(limit) if self.read > limit => Err(BodyError::TooLong(limit)),
            _ => Ok(next),
        }
    }

    /// The next piece of what was compressed.
    async fn unpacked(&mut self) -> Result<Option<Bytes>, BodyError> {
        let Some(gzip) = &mut self.gzip else {
            return Ok(None);
        };
        loop {
            if let Some(piece) = gzip.next().map_err(|_| BodyError::Gzip)? {
                return Ok(Some(piece));
            }
            match self.response.chunk().await.map_err(BodyError::Transport)? {
                Some(packed) => gzip.feed(packed),
                None => return gzip.end().map_err(|_| BodyError::Gzip),
            }
        }
    }

    /// The rest of the body.
    pub(crate) async fn collect(mut self) -> Result<Bytes, BodyError> {
        let Some(first) = self.chunk().await? else {
            return Ok(Bytes::new());
        };
        // Most replies are one piece, which needs no copy.
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

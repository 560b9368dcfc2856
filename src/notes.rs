//! What became known while one request was under way.

use std::time::SystemTime;

use reqwest::header::HeaderValue;

use crate::delivery::witness::Taken;
use crate::model::Timestamp;

#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// Present if the request went out with a witness.
    pub(crate) witness: Option<Taken>,
    pub(crate) head: Option<Head>,
}

/// The head of the reply.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<HeaderValue>,
    pub(crate) date: Option<HeaderValue>,
}

impl Notes {
    pub(crate) fn status(&self) -> Option<u16> {
        self.head.as_ref().map(|head| head.status)
    }

    /// Proven by the witness: no connection took the request's body.
    pub(crate) fn never_left(&self) -> bool {
        self.witness.as_ref().is_some_and(|taken| !taken.get())
    }

    /// The service's clock, if it told it.
    pub(crate) fn date(&self) -> Option<Timestamp> {
        let text = self.head.as_ref()?.date.as_ref()?.to_str().ok()?;
        let date = httpdate::parse_http_date(text).ok()?;
        let since = date.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        i64::try_from(since.as_secs()).ok().map(Timestamp)
    }
}

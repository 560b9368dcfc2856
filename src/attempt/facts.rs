//! The facts of one attempt, which decide about its outcome.

use std::mem;
use std::time::SystemTime;

use reqwest::Response;
use reqwest::header::{HeaderMap, HeaderValue};

use super::one_shot_body::BodyTaken;
use crate::credentials::Credentials;
use crate::types::Timestamp;

/// What is known of one attempt so far.
#[derive(Debug, Default)]
pub(crate) struct AttemptFacts {
    /// `None` if the request has no one-shot body.
    pub(crate) body_taken: Option<BodyTaken>,
    pub(crate) head: Option<ResponseHead>,
    /// Those of the request, if they are not the client's own.
    pub(crate) credentials: Option<Credentials>,
}

/// The head of the reply.
#[derive(Debug)]
pub(crate) struct ResponseHead {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
}

impl ResponseHead {
    /// Takes the headers out of the response, whose body does not need them.
    pub(crate) fn take(response: &mut Response) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: mem::take(response.headers_mut()),
        }
    }
}

impl AttemptFacts {
    pub(crate) fn status(&self) -> Option<u16> {
        self.head.as_ref().map(|head| head.status)
    }

    /// Proven by the one-shot body: no connection took a byte of it.
    pub(crate) fn never_left(&self) -> bool {
        // A read has no such body, and needs no proof.
        self.body_taken.as_ref().is_some_and(|taken| !taken.get())
    }
}

pub(super) fn parse_date(header: &HeaderValue) -> Option<Timestamp> {
    let date = httpdate::parse_http_date(header.to_str().ok()?).ok()?;
    let since = date.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok().map(Timestamp)
}

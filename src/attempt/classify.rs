//! What a reply means.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};
use tokio::time::error::Elapsed;

use super::foreign::{self, Looks};
use super::retry;
use crate::attempt::body::BodyError;
use crate::attempt::facts::AttemptFacts;
use crate::attempt::prepare::RequestSettings;
use crate::credentials::Credentials;
use crate::envelope::{Envelope, Ignored, parse};
use crate::error::{
    ApiError, DecodeError, Error, Outcome, StatusError, TransportError, TransportKind,
};
use crate::error_code::ErrorCode;
use crate::operation::Operation;
use crate::payload::Payload;
use crate::types::CdkCode;
use crate::{evidence, redact};

/// Turns what arrived into a result: the facts of the attempt and the bytes of the reply decide.
pub(crate) struct Classifier<'a> {
    pub(crate) operation: Operation,
    pub(crate) facts: &'a AttemptFacts,
    /// The code that the request held.
    pub(crate) code: Option<&'a CdkCode>,
    pub(crate) settings: &'a RequestSettings,
}

impl Classifier<'_> {
    /// A whole reply.
    pub(crate) fn envelope<T: Payload>(&self, bytes: &[u8]) -> Result<Envelope<T>, Error> {
        if !self.is_success_status() {
            return Err(self.failing_status(bytes));
        }
        // The status has no say any more: a failure mostly arrives as HTTP 200.
        match parse(bytes) {
            Ok(envelope) => self.check(envelope, bytes),
            Err(error) => Err(self.unreadable(bytes, &error.to_string())),
        }
    }

    /// A reply with a status of success that is no envelope; `complaint` says so of JSON.
    pub(crate) fn unreadable(&self, bytes: &[u8], complaint: &str) -> Error {
        let headers = self.headers();
        let looks = foreign::looks(&headers, bytes);
        if matches!(looks, Looks::Empty | Looks::Json) {
            return self.decode_error(complaint, false);
        }
        let came = foreign::what_came(&headers, bytes);
        let came = redact::scrub(&came, &self.secrets(), 200);
        let advice = foreign::advice(self.status(), &headers, looks);
        let advice = advice.map(|advice| format!("; {advice}"));
        Error::Decode(DecodeError {
            status: self.status(),
            reason: format!("{came} came instead of JSON{}", advice.unwrap_or_default()),
            too_long: false,
            // A status of success says that the service may have done it, whatever came as its body.
            outcome: self.outcome(|| false),
        })
    }

    /// The payload's `code` counts. A success must be about the voucher that was asked for. `bytes` is the whole body,
    /// of interest for what changes something.
    pub(crate) fn check<T: Payload>(
        &self,
        envelope: Envelope<T>,
        bytes: &[u8],
    ) -> Result<Envelope<T>, Error> {
        if envelope.is_success() {
            let why = self
                .code
                .zip(envelope.data())
                .and_then(|(asked, data)| data.mismatch(asked));
            return match why {
                Some(why) => Err(self.decode_error(why, false)),
                None => Ok(envelope),
            };
        }
        Err(match envelope.code() {
            Some(code) => self.api(code, &envelope, bytes),
            None => self.decode_error("neither `code` nor `data` is there", false),
        })
    }

    /// The reply to a request whose HTTP status is not 2xx.
    pub(crate) fn failing_status(&self, bytes: &[u8]) -> Error {
        let status = self.status();
        match parse::<Ignored>(bytes) {
            Ok(envelope) if !envelope.is_success() && envelope.code().is_some() => {
                self.api(envelope.code().unwrap_or_default(), &envelope, bytes)
            }
            parsed => {
                let headers = self.headers();
                let looks = foreign::looks(&headers, bytes);
                // HTTP says refused, and the body says success, or may.
                let refuses = match &parsed {
                    Ok(envelope) => envelope.code().is_none(),
                    Err(_) => !matches!(looks, Looks::Json | Looks::Encoded),
                };
                Error::Status(StatusError {
                    status,
                    snippet: self.snippet(bytes, parsed.ok().as_ref()),
                    advice: foreign::advice(status, &headers, looks),
                    is_foreign: looks != Looks::Empty,
                    retry_after: self.retry_after(),
                    outcome: self.outcome(|| self.is_proof(refuses && is_refusal(status), bytes)),
                })
            }
        }
    }

    fn api<T>(&self, code: i64, envelope: &Envelope<T>, bytes: &[u8]) -> Error {
        let status = self.status();
        let code = ErrorCode::from(code);
        let message = envelope.message().unwrap_or_default();
        Error::Api(ApiError {
            status,
            code,
            message: redact::scrub(message, &self.secrets(), 500),
            retry_after: self.retry_after(),
            outcome: self.outcome(|| {
                // Not with 408, which may belong to an earlier request, nor with 5xx, which is no refusal.
                let by_code = code.is_refusal() && status != 408 && status < 500;
                // These codes leave open how far the service got, and the status knows no better.
                let by_status = is_refusal(status) && !code.leaves_open();
                self.is_proof(by_code || by_status, bytes)
            }),
        })
    }

    /// A reply that cannot be read; `too_long` if it would be so again.
    pub(crate) fn decode_error(&self, reason: &str, too_long: bool) -> Error {
        Error::Decode(DecodeError {
            status: self.status(),
            // serde's texts repeat the value that does not fit, and that may be a code.
            reason: redact::scrub(&redact::without_value(reason), &self.secrets(), 300),
            too_long,
            outcome: self.outcome(|| false),
        })
    }

    /// A body that did not arrive whole.
    pub(crate) fn body_error(&self, error: BodyError) -> Error {
        match error {
            BodyError::TooLong(limit) => {
                let mut why = format!("it is longer than {limit} bytes");
                if self.operation == Operation::List && self.is_success_status() {
                    why += "; `list_stream` reads a list of any length";
                }
                self.decode_error(&why, true)
            }
            BodyError::Transport(error) => self.transport_error(error, self.facts.status()),
            BodyError::Gzip => {
                self.decode_error("it is compressed by gzip, and damaged or cut off", false)
            }
        }
    }

    /// What reqwest reports, before or after the head of the reply.
    pub(crate) fn transport_error(&self, error: reqwest::Error, status: Option<u16>) -> Error {
        // Asked first: a connection that was not made in time is a timeout too, and this says more.
        let kind = if error.is_connect() {
            TransportKind::Connect
        } else if error.is_timeout() {
            TransportKind::Timeout
        } else {
            TransportKind::Broken
        };
        Error::Transport(TransportError {
            kind,
            status,
            // A reply proves that the request arrived, even if its body was never taken.
            outcome: self.outcome(|| self.facts.never_left() && status.is_none()),
            // The URL of `get` holds the code.
            source: error.without_url().into(),
        })
    }

    /// A time limit of our own ran out: that of a list, which is not asked whether it left.
    pub(crate) fn timeout_error(&self, elapsed: Elapsed) -> Error {
        Error::Transport(TransportError {
            kind: TransportKind::Timeout,
            status: self.facts.status(),
            outcome: self.outcome(|| false),
            source: elapsed.into(),
        })
    }

    /// A refusal by whatever a redirect led to says nothing of the request before, and one that contradicts itself
    /// says nothing at all.
    fn is_proof(&self, refusal: bool, bytes: &[u8]) -> bool {
        refusal && !self.settings.may_redirect && !evidence::contradicts(bytes)
    }

    /// `refused` is asked only where something could have changed.
    fn outcome(&self, refused: impl FnOnce() -> bool) -> Outcome {
        if !self.operation.changes_something() || refused() {
            Outcome::NotApplied
        } else {
            Outcome::Unknown
        }
    }

    fn status(&self) -> u16 {
        // Without a head only transport errors are made, and these do not ask.
        self.facts.status().unwrap_or(200)
    }

    /// Whether the HTTP status is one of success.
    pub(crate) fn is_success_status(&self) -> bool {
        (200..300).contains(&self.status())
    }

    /// Everything that must not be shown.
    fn secrets(&self) -> Vec<&str> {
        let mut secrets = Vec::from(self.settings.credentials.secrets());
        let rotated = self.facts.credentials.iter();
        secrets.extend(rotated.flat_map(Credentials::secrets));
        secrets.extend(self.code.map(CdkCode::as_str));
        secrets
    }

    fn retry_after(&self) -> Option<Duration> {
        let header = self.facts.head.as_ref()?.headers.get(RETRY_AFTER)?;
        retry::retry_after(header, SystemTime::now())
    }

    fn snippet(&self, bytes: &[u8], envelope: Option<&Envelope<Ignored>>) -> String {
        // Without a `code` it is anybody's message, which may repeat the request.
        let shows = |envelope: &&Envelope<_>| {
            envelope.code().is_some() || self.settings.show_foreign_bodies
        };
        let text = match envelope.filter(shows).and_then(Envelope::message) {
            Some(message) => Cow::from(message),
            None => {
                let headers = self.headers();
                // Any value in JSON may be a voucher code, and no code has a promised form.
                let is_json = foreign::looks(&headers, bytes) == Looks::Json;
                if self.settings.show_foreign_bodies && !is_json {
                    let start = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
                    String::from_utf8_lossy(start.trim_ascii())
                } else {
                    foreign::what_came(&headers, bytes).into()
                }
            }
        };
        redact::scrub(&text, &self.secrets(), 200)
    }

    fn headers(&self) -> Cow<'_, HeaderMap> {
        match &self.facts.head {
            Some(head) => Cow::Borrowed(&head.headers),
            None => Cow::Owned(HeaderMap::new()),
        }
    }
}

/// HTTP statuses with which a server refuses. Not 408: a stale one can answer the next request on the
/// same connection. Not 499: a proxy notes it for a request that it did pass on.
fn is_refusal(status: u16) -> bool {
    (400..500).contains(&status) && status != 408 && status != 499
}

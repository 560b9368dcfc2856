//! What a reply means. The only reader of the generated client's errors.

use std::error::Error as StdError;
use std::time::{Duration, SystemTime};

use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;

use crate::call::{Operation, Reply};
use crate::delivery::retry;
use crate::envelope::{Envelope, Ignored};
use crate::error::{
    ApiError, ConfigError, DecodeError, Error, InvalidInput, Outcome, StatusError, TransportError,
    TransportKind,
};
use crate::error_code::ErrorCode;
use crate::hooks::{Attempt, Settings};
use crate::raw;
use crate::redact;

/// Turns what the generated client returned into what a user is told.
pub(crate) struct Reading<'a> {
    pub(crate) operation: Operation,
    pub(crate) attempt: &'a Attempt,
    /// Everything that must not be shown.
    pub(crate) hidden: Vec<&'a str>,
    pub(crate) settings: &'a Settings,
}

impl Reading<'_> {
    pub(crate) async fn classify<T: DeserializeOwned>(
        &self,
        reply: Reply<T>,
    ) -> Result<Envelope<T>, Error> {
        match reply {
            Ok(value) => self.judge(value.status().as_u16(), value.into_inner()),
            Err(raw::Error::CommunicationError(error)) => Err(self.transport(error, None)),
            Err(raw::Error::ResponseBodyError(error)) => Err(self.body(error)),
            Err(raw::Error::InvalidResponsePayload(bytes, error)) => {
                let status = self.status().unwrap_or(200);
                match lossy(&bytes) {
                    Some(envelope) => self.judge(status, envelope),
                    None => Err(self.decode(status, &error.to_string())),
                }
            }
            Err(raw::Error::UnexpectedResponse(response)) => {
                let status = response.status().as_u16();
                let bytes = response.bytes().await.map_err(|error| self.body(error))?;
                self.other_status(status, &bytes)
            }
            Err(raw::Error::InvalidRequest(why)) => {
                let why = redact::scrub(&why, &self.hidden, 200);
                Err(InvalidInput::new("request", why).into())
            }
            // The generator declares these, and this crate's contract and hooks make none of them.
            Err(raw::Error::ErrorResponse(value)) => Err(self.decode(
                value.status().as_u16(),
                "a documented failure without a body",
            )),
            Err(raw::Error::InvalidUpgrade(error)) => Err(self.transport(error, None)),
            Err(raw::Error::Custom(why)) => {
                Err(ConfigError::new(redact::scrub(&why, &self.hidden, 200)).into())
            }
        }
    }

    /// The payload's `code` counts.
    fn judge<T>(&self, status: u16, envelope: Envelope<T>) -> Result<Envelope<T>, Error> {
        if envelope.is_success() {
            return Ok(envelope);
        }
        match envelope.code() {
            Some(code) => Err(self.api(status, code, envelope.message())),
            None => Err(self.decode(status, "neither `code` nor `data` is there")),
        }
    }

    fn other_status<T: DeserializeOwned>(
        &self,
        status: u16,
        bytes: &[u8],
    ) -> Result<Envelope<T>, Error> {
        if (200..300).contains(&status) {
            return match parse(bytes) {
                Ok(envelope) => self.judge(status, envelope),
                Err(error) => Err(self.decode(status, &error.to_string())),
            };
        }
        match parse::<Ignored>(bytes) {
            Ok(envelope) if !envelope.is_success() && envelope.code().is_some() => Err(self.api(
                status,
                envelope.code().unwrap_or_default(),
                envelope.message(),
            )),
            parsed => Err(Error::Status(StatusError {
                status,
                snippet: self.snippet(bytes, parsed.ok().as_ref().and_then(Envelope::message)),
                retry_after: self.retry_after(),
                outcome: self.outcome(|| self.is_proof(is_refusal(status))),
            })),
        }
    }

    fn api(&self, status: u16, code: i64, message: Option<&str>) -> Error {
        let code = ErrorCode::from(code);
        Error::Api(ApiError {
            status,
            code,
            message: redact::scrub(message.unwrap_or_default(), &self.hidden, 500),
            retry_after: self.retry_after(),
            outcome: self.outcome(|| {
                let by_code = code.is_refusal() && status != 408 && status < 500;
                let by_status = is_refusal(status) && !code.leaves_open();
                self.is_proof(by_code || by_status)
            }),
        })
    }

    fn decode(&self, status: u16, reason: &str) -> Error {
        Error::Decode(DecodeError {
            status,
            reason: redact::scrub(&redact::without_value(reason), &self.hidden, 300),
            too_long: false,
            outcome: self.outcome(|| false),
        })
    }

    fn body(&self, error: reqwest::Error) -> Error {
        let mut cause: Option<&(dyn StdError + 'static)> = Some(&error);
        while let Some(layer) = cause {
            if layer.is::<LengthLimitError>() {
                let limit = self.settings.max_response_bytes;
                return Error::Decode(DecodeError {
                    status: self.status().unwrap_or(200),
                    reason: format!("it is longer than {limit} bytes"),
                    too_long: true,
                    outcome: self.outcome(|| false),
                });
            }
            cause = layer.source();
        }
        self.transport(error, self.status())
    }

    fn transport(&self, error: reqwest::Error, status: Option<u16>) -> Error {
        let kind = if error.is_connect() {
            TransportKind::Connect
        } else if error.is_timeout() {
            TransportKind::Timeout
        } else {
            TransportKind::Broken
        };
        let witnessed = self.attempt.witnessed.get().is_some();
        let never_left = witnessed && !self.attempt.taken.get() && status.is_none();
        Error::Transport(TransportError {
            kind,
            status,
            outcome: self.outcome(|| never_left),
            source: error.without_url(),
        })
    }

    /// A refusal by whatever a redirect led to says nothing of the request before.
    fn is_proof(&self, refusal: bool) -> bool {
        refusal && !self.settings.may_redirect
    }

    /// `refused` is asked only where something could have changed.
    fn outcome(&self, refused: impl FnOnce() -> bool) -> Outcome {
        if !self.operation.changes_something() || refused() {
            Outcome::NotApplied
        } else {
            Outcome::Unknown
        }
    }

    pub(crate) fn status(&self) -> Option<u16> {
        self.attempt.head.get().map(|head| head.status)
    }

    fn retry_after(&self) -> Option<Duration> {
        let header = self.attempt.head.get()?.retry_after.as_ref()?;
        retry::retry_after(header, SystemTime::now())
    }

    fn snippet(&self, bytes: &[u8], message: Option<&str>) -> String {
        let start = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
        let start = String::from_utf8_lossy(start);
        match (message, start.trim()) {
            (Some(message), _) => redact::scrub(message, &self.hidden, 200),
            // Any value in it may be a voucher code, and no code has a promised form.
            (None, json) if json.starts_with(['{', '[', '"']) => {
                format!("{} bytes of JSON", bytes.len())
            }
            (None, text) => redact::scrub(text, &self.hidden, 200),
        }
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<Envelope<T>, serde_json::Error> {
    serde_json::from_slice(bytes).or_else(|error| lossy(bytes).ok_or(error))
}

/// A message in an encoding other than UTF-8 must not hide the code, or the vouchers, beside it.
fn lossy<T: DeserializeOwned>(bytes: &[u8]) -> Option<Envelope<T>> {
    std::str::from_utf8(bytes).err()?;
    serde_json::from_str(&String::from_utf8_lossy(bytes)).ok()
}

/// HTTP statuses with which a server refuses. Not 408: a stale one can answer the next request on the
/// same connection. Not 499: a proxy notes it for a request that it did pass on.
fn is_refusal(status: u16) -> bool {
    (400..500).contains(&status) && status != 408 && status != 499
}

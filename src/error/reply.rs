//! What a reply can be wrong with.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use super::Outcome;
use crate::error_code::ErrorCode;

/// The reply has an HTTP status other than 2xx, and its body is not the vendor's envelope: a gateway or a firewall
/// answered.
///
/// ```
/// # fn f(error: thordata_cdk::Error) {
/// use thordata_cdk::Error;
///
/// if let Error::Status(reply) = &error {
///     eprintln!("HTTP {}: {}", reply.status, reply.snippet);
///     if let Some(next_step) = reply.advice() {
///         eprintln!("{next_step}");
///     }
/// }
/// # }
/// ```
///
/// Guide: [a broken gateway](crate::guide::security).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatusError {
    /// The HTTP status.
    pub status: u16,
    /// What came instead of the vendor's envelope, in words: `an HTML page, "Bad Gateway"`. At most 200 characters; empty
    /// if there was no body. Such a body is somebody else's, and not repeated unless
    /// [`show_foreign_bodies`](crate::ClientBuilder::show_foreign_bodies) is on.
    pub snippet: String,
    pub(crate) advice: Option<String>,
    /// There is a body, which is not the vendor's envelope.
    pub(crate) is_foreign: bool,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) outcome: Outcome,
}

impl StdError for StatusError {}

impl StatusError {
    /// What to do next, if the reply shows it: for a proxy that asks for a password, a redirect, or a firewall's
    /// page.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.advice.as_deref()
    }
}

impl fmt::Display for StatusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP {} without the vendor's envelope", self.status)?;
        if self.snippet.is_empty() {
            f.write_str(", no body")?;
        } else {
            write!(f, ": {}", self.snippet)?;
        }
        if let Some(advice) = &self.advice {
            write!(f, "; {advice}")?;
        }
        in_doubt(f, self.outcome)
    }
}

/// The vendor answered that the call failed, with a code and a message.
///
/// ```
/// # fn f(error: thordata_cdk::Error) {
/// use thordata_cdk::{Error, ErrorCode};
///
/// match error {
///     Error::Api(api) if api.code == ErrorCode::QuantityLimit => println!("order fewer at a time"),
///     Error::Api(api) => println!("{}: {}", api.code, api.message),
///     other => println!("{other}"),
/// }
/// # }
/// ```
///
/// Guide: [which codes prove that nothing was done](crate::guide::decisions).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiError {
    /// The HTTP status, mostly 200.
    pub status: u16,
    /// The payload's code.
    pub code: ErrorCode,
    /// The vendor's own message, at most 500 characters, with secrets and codes masked.
    pub message: String,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) outcome: Outcome,
}

impl StdError for ApiError {}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the service answered {}", self.code)?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        if self.status != 200 {
            write!(f, " (HTTP {})", self.status)?;
        }
        in_doubt(f, self.outcome)
    }
}

/// The reply does not say that the call failed, but it cannot be read.
///
/// After a `create` the vouchers may have been bought: its [`outcome`](crate::Error::outcome) is `Unknown`.
///
/// ```
/// # fn f(error: thordata_cdk::Error) {
/// if let thordata_cdk::Error::Decode(reply) = &error {
///     eprintln!("HTTP {}: {}", reply.status, reply.reason); // holds no code and no secret
/// }
/// # }
/// ```
///
/// Guide: [what to do after an unknown outcome](crate::guide::delivery).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeError {
    /// The HTTP status.
    pub status: u16,
    /// What is wrong with the reply, with secrets and codes masked.
    pub reason: String,
    /// It was longer than the client reads, and would be so again.
    pub(crate) too_long: bool,
    pub(crate) outcome: Outcome,
}

impl StdError for DecodeError {}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the reply (HTTP {}) cannot be read: {}",
            self.status, self.reason
        )?;
        in_doubt(f, self.outcome)
    }
}

/// Else a refusal that proves nothing reads like one that does.
fn in_doubt(f: &mut fmt::Formatter<'_>, outcome: Outcome) -> fmt::Result {
    match outcome {
        Outcome::Unknown => f.write_str("; the request may have been carried out"),
        _ => Ok(()),
    }
}

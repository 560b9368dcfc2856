//! A reply that did not arrive.

use std::error::Error as StdError;
use std::fmt;

use super::{Error, Outcome};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransportKind {
    Connect,
    Timeout,
    Broken,
}

/// No complete reply arrived: no connection, a broken one, or a timeout.
///
/// ```
/// # fn f(error: thordata_cdk::Error) {
/// use std::error::Error as _;
///
/// if let thordata_cdk::Error::Transport(transport) = &error {
///     eprintln!("{transport}, timeout: {}", error.is_timeout());
///     eprintln!("because of {:?}", transport.source().map(ToString::to_string));
/// }
/// # }
/// ```
///
/// Guide: [why this proves nothing by itself](crate::guide::delivery).
#[derive(Debug)]
pub struct TransportError {
    pub(crate) kind: TransportKind,
    /// Set when the reply broke off in its body.
    pub(crate) status: Option<u16>,
    pub(crate) outcome: Outcome,
    pub(crate) source: Box<dyn StdError + Send + Sync>,
}

impl TransportError {
    /// The call's time ran out while it waited to send.
    pub(crate) fn before_sending(elapsed: impl StdError + Send + Sync + 'static) -> Error {
        Error::Transport(Self {
            kind: TransportKind::Timeout,
            status: None,
            outcome: Outcome::NotApplied,
            source: Box::new(elapsed),
        })
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.kind, self.status) {
            (TransportKind::Connect, _) => "no connection could be made",
            (TransportKind::Timeout, None) => "no reply came in time",
            (TransportKind::Timeout, Some(_)) => "the reply did not end in time",
            (TransportKind::Broken, None) => "the connection broke before a reply came",
            (TransportKind::Broken, Some(_)) => "the reply broke off",
        })?;
        f.write_str(match self.outcome {
            Outcome::NotApplied => "; nothing was carried out",
            Outcome::Unknown => "; whether the request was carried out is unknown",
        })
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}

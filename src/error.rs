//! What can go wrong, and whether money was spent.

mod reply;
mod transport;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

pub use self::reply::{ApiError, DecodeError, StatusError};
pub use self::transport::TransportError;
pub(crate) use self::transport::TransportKind;
use crate::error_code::ErrorCode;

/// Why a call failed.
///
/// `Display` says what this layer knows; [`source`](StdError::source) is the error of the layer below. Neither ever
/// holds a token, a key, a whole voucher code or a URL.
///
/// After [`create`](crate::Client::create) or [`revoke`](crate::Client::revoke), ask
/// [`outcome`](Self::outcome) before you send anything again.
///
/// Guide: [what to do after each outcome](crate::guide::delivery).
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use thordata_cdk_sandbox::{Fault, Operation, Sandbox};
/// # let sandbox = Sandbox::builder().balance(0).start().await?;
/// # let secrets = sandbox.credentials();
/// # let client = thordata_cdk::Client::builder(thordata_cdk::Credentials::new(&secrets.token, &secrets.key)?)
/// #     .base_url(sandbox.base_url())
/// #     .build()?;
/// use thordata_cdk::{Error, NewCdks, Outcome, Traffic};
///
/// let order = NewCdks { traffic: Traffic(3), count: 2 };
/// let error = client.create(order).await.unwrap_err(); // the wallet is empty
/// assert!(error.is_insufficient_funds());
/// assert_eq!(error.outcome(), Outcome::NotApplied);
/// match error {
///     Error::Api(api) => assert_eq!((api.status, api.code.as_i64()), (200, 10008)),
///     other => return Err(other.into()),
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The client cannot be built from these settings. Nothing was sent.
    Config(ConfigError),
    /// An argument that the contract does not allow. Nothing was sent.
    InvalidInput(InvalidInput),
    /// No complete reply arrived: no connection, a broken one, or a timeout.
    Transport(TransportError),
    /// An HTTP status other than 2xx, with a body that is not the vendor's envelope.
    Status(StatusError),
    /// The vendor answered that the call failed, with a code and a message.
    Api(ApiError),
    /// The reply does not say that the call failed, but it cannot be read.
    Decode(DecodeError),
}

/// Whether a failed call may have changed something on the vendor's side. From [`Error::outcome`].
///
/// ```
/// # async fn f(client: thordata_cdk::Client, order: thordata_cdk::NewCdks) {
/// use thordata_cdk::Outcome;
///
/// if let Err(error) = client.create(order).await {
///     match error.outcome() {
///         Outcome::NotApplied => println!("nothing was bought: {error}"),
///         Outcome::Unknown => println!("look at a list before you order again: {error}"),
///     }
/// }
/// # }
/// ```
///
/// Guide: [what to do after each](crate::guide::delivery).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Proven: nothing was created or revoked. It may be sent again.
    NotApplied,
    /// It may or may not have been carried out. Sending it again may buy twice: look first, with
    /// [`list`](crate::Client::list) or [`get`](crate::Client::get).
    Unknown,
}

/// What to do about a failure, where the code or the HTTP status says so.
#[derive(PartialEq)]
enum Kind {
    Auth,
    RateLimited,
    InsufficientFunds,
}

impl Kind {
    /// The kind of a payload code, or of an HTTP status: the vendor uses both with the same meaning.
    fn of(number: i64) -> Option<Self> {
        match number {
            10013 | 10014 | 401 | 403 => Some(Self::Auth),
            10011 | 429 => Some(Self::RateLimited),
            // 402 is "Payment Required", though the vendor's SDK specification takes it for a limit.
            10008 | 10017 | 402 => Some(Self::InsufficientFunds),
            _ => None,
        }
    }
}

impl Error {
    /// Whether the call may have changed something.
    ///
    /// [`Outcome::NotApplied`] only with proof: nothing was sent, or no connection took the request's body, or the
    /// service refused with a code or status that is documented as a refusal. `list` and `get` change nothing, so theirs
    /// is always `NotApplied`. Everything else is [`Outcome::Unknown`]. [The guide](crate::guide::delivery) says what to
    /// do then.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Config(_) | Self::InvalidInput(_) => Outcome::NotApplied,
            Self::Transport(error) => error.outcome,
            Self::Status(error) => error.outcome,
            Self::Api(error) => error.outcome,
            Self::Decode(error) => error.outcome,
        }
    }

    /// This error as that of a call with an earlier attempt whose outcome is unknown.
    pub(crate) fn with_unknown_outcome(mut self) -> Self {
        match &mut self {
            Self::Config(_) | Self::InvalidInput(_) => {}
            Self::Transport(error) => error.outcome = Outcome::Unknown,
            Self::Status(error) => error.outcome = Outcome::Unknown,
            Self::Api(error) => error.outcome = Outcome::Unknown,
            Self::Decode(error) => error.outcome = Outcome::Unknown,
        }
        self
    }

    /// The token or the key is not accepted: the vendor's envelope says so, or HTTP 401, or HTTP 403 without a body. With
    /// any other body 403 comes from a gateway or a firewall, which does not know the vendor's accounts.
    #[must_use]
    pub fn is_auth(&self) -> bool {
        self.kind() == Some(Kind::Auth)
    }

    /// The service refused because of too many requests: try again later.
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.kind() == Some(Kind::RateLimited)
    }

    /// The wallet cannot pay for the order.
    #[must_use]
    pub fn is_insufficient_funds(&self) -> bool {
        self.kind() == Some(Kind::InsufficientFunds)
    }

    /// By the payload's code, or by the HTTP status if there is none.
    fn kind(&self) -> Option<Kind> {
        let by_code = self.api_code().map(ErrorCode::as_i64).and_then(Kind::of);
        let by_status = || Kind::of(self.status()?.into());
        let kind = by_code.or_else(by_status)?;
        let of_gateway = match self {
            Self::Status(error) => error.status == 403 && error.is_foreign,
            // A body that was too long to be read is no envelope of the vendor's either.
            Self::Decode(error) => error.status == 403,
            _ => false,
        };
        (!(of_gateway && kind == Kind::Auth)).then_some(kind)
    }

    /// More vouchers were ordered than a single purchase may hold. The vendor documents no number: order
    /// fewer at a time.
    #[must_use]
    pub fn is_batch_too_large(&self) -> bool {
        self.api_code() == Some(ErrorCode::QuantityLimit)
    }

    /// What was asked for does not exist, as far as the service says so: code 404, or 10020 ("user name does not exist"),
    /// or HTTP 404 with the vendor's envelope.
    ///
    /// What [`get`](crate::Client::get) answers for a code that is not the account's is **not documented**; it may be a
    /// code that means other things too, such as 10000. Only a list shows for certain that a voucher is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        match self {
            Self::Api(error) => error.status == 404 || matches!(error.code.as_i64(), 404 | 10020),
            _ => false,
        }
    }

    /// Whether [`outcome`](Self::outcome) is [`Outcome::Unknown`]: do not send it again before you have
    /// looked.
    #[must_use]
    pub fn may_have_executed(&self) -> bool {
        self.outcome() == Outcome::Unknown
    }

    /// A time limit ran out. Whether the request was carried out is another question: see
    /// [`outcome`](Self::outcome).
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Transport(error) if error.kind == TransportKind::Timeout)
    }

    /// No connection could be made. The request may have been carried out all the same, if a proxy or a redirect took
    /// it before: see [`outcome`](Self::outcome).
    #[must_use]
    pub fn is_connect(&self) -> bool {
        matches!(self, Self::Transport(error) if error.kind == TransportKind::Connect)
    }

    /// The HTTP status, if one arrived.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Config(_) | Self::InvalidInput(_) => None,
            Self::Transport(error) => error.status,
            Self::Status(error) => Some(error.status),
            Self::Api(error) => Some(error.status),
            Self::Decode(error) => Some(error.status),
        }
    }

    /// The vendor's error code, if it gave one.
    #[must_use]
    pub fn api_code(&self) -> Option<ErrorCode> {
        match self {
            Self::Api(error) => Some(error.code),
            _ => None,
        }
    }

    /// How long the service asked to wait, from a `Retry-After` header.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status(error) => error.retry_after,
            Self::Api(error) => error.retry_after,
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::InvalidInput(error) => error.fmt(f),
            Self::Transport(error) => error.fmt(f),
            Self::Status(error) => error.fmt(f),
            Self::Api(error) => error.fmt(f),
            Self::Decode(error) => error.fmt(f),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Transport(error) => error.source(),
            _ => None,
        }
    }
}

/// Why no client can be built from these settings. `Display` names the setting and never a secret.
///
/// ```
/// use thordata_cdk::Credentials;
///
/// let error = Credentials::new("", "key/Yd83hVnP5sJq1GaE").unwrap_err();
/// assert_eq!(error.to_string(), "cannot set up the client: token is empty");
/// ```
///
/// Guide: [what the environment can break](crate::guide::security).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    what: String,
}

impl ConfigError {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into() }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot set up the client: {}", self.what)
    }
}

impl StdError for ConfigError {}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

/// An argument that the contract does not allow. Nothing was sent.
///
/// ```
/// use thordata_cdk::CdkCode;
///
/// let error = CdkCode::new("two words").unwrap_err();
/// assert_eq!(error.field(), "cdk");
/// ```
///
/// Guide: [what a code may hold](crate::guide::decisions).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidInput {
    field: &'static str,
    what: String,
}

impl InvalidInput {
    pub(crate) fn new(field: &'static str, what: impl Into<String>) -> Self {
        Self {
            field,
            what: what.into(),
        }
    }

    /// The contract's name of the field that is wrong: `flow`, `num` or `cdk`.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.field
    }
}

impl fmt::Display for InvalidInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid `{}`: {} (nothing was sent)",
            self.field, self.what
        )
    }
}

impl StdError for InvalidInput {}

impl From<InvalidInput> for Error {
    fn from(error: InvalidInput) -> Self {
        Self::InvalidInput(error)
    }
}

#![doc = include_str!("guide/links.md")]
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate self as thordata_cdk;

mod attempt;
#[cfg(feature = "blocking")]
pub mod blocking;
mod bulk;
mod client;
mod created;
mod credentials;
mod deadline;
mod envelope;
mod error;
mod error_code;
mod evidence;
#[cfg(fuzzing)]
#[allow(
    clippy::missing_errors_doc,
    reason = "for `fuzz/` alone, no part of the API"
)]
pub mod fuzzing;
#[cfg(any(doc, doctest))]
pub mod guide;
mod list;
#[cfg(feature = "httpmock")]
pub mod mocks;
mod operation;
mod payload;
pub mod raw;
mod redact;
mod redemption;
mod report;
mod tls;
mod tolerate;
mod trace;
mod types;
#[cfg(feature = "watch")]
mod watch;

pub use attempt::retry::RetryPolicy;
pub use bulk::{Bulk, Codes};
pub use client::{CallOptions, Client, ClientBuilder};
pub use created::Created;
pub use credentials::Credentials;
pub use deadline::Deadline;
pub use envelope::{Envelope, Ignored};
pub use error::{
    ApiError, ConfigError, DecodeError, Error, InvalidInput, Outcome, StatusError, TransportError,
};
pub use error_code::ErrorCode;
pub use list::{CdkList, ListStream, ListSummary, Tally, UnreadableRow, UnreadableRows};
// Not by name: an enumeration in a field of theirs, say, belongs to them.
pub use raw::promised::*;
pub use redemption::Redemption;
pub use report::AttemptReport;
pub use reqwest;
pub use tls::install_crypto_provider;
pub use types::{CdkCode, CdkStatus, NewCdks, OutOfRange, Timestamp, Traffic, TrafficDuration};
#[cfg(feature = "watch")]
pub use watch::{Cursor, CursorError, RedemptionWatch};

/// The contract that this crate was built from: the text of `openapi.yaml`, or that of the file which
/// `THORDATA_CDK_OPENAPI` named at build time.
pub const OPENAPI: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.yaml"));

/// The version of that contract, its `info.version`.
pub const OPENAPI_VERSION: &str = raw::CONTRACT_VERSION;

const _: () = {
    const fn is_fit_for_any_runtime<T: Send + Sync + Clone>() {}
    is_fit_for_any_runtime::<Client>();
    is_fit_for_any_runtime::<ClientBuilder>();
    is_fit_for_any_runtime::<Credentials>();
    const fn travels<T: Send + Sync>() {}
    travels::<Error>();
};

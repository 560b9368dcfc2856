//! What the methods of `adjust.rs` keep in the builder.

use std::fmt;
use std::sync::Arc;

use crate::credentials::Provider;
use crate::report::Observer;

/// The caller's functions.
#[derive(Debug, Clone, Default)]
pub(super) struct Adjustments {
    pub(super) provider: Option<Provider>,
    pub(super) observer: Option<Observer>,
    pub(super) http: Option<Configure>,
}

/// Changes the settings of the HTTP client.
#[derive(Clone)]
pub(super) struct Configure(
    pub(super) Arc<dyn Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync>,
);

impl fmt::Debug for Configure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Configure")
    }
}

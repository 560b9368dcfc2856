//! Settings for some calls of a client.

use crate::attempt::retry::RetryPolicy;

/// Settings for calls, other than the client's own. For
/// [`Client::with_options`](crate::Client::with_options).
///
/// What is not set stays as the client has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct CallOptions {
    pub(super) retry: Option<RetryPolicy>,
}

impl CallOptions {
    /// Changes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How a call is repeated; [`RetryPolicy::none`] for exactly one attempt. The retry budget stays the
    /// client's: it bounds all calls together.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }
}

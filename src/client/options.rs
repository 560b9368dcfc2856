//! Settings for some calls of a client.

use std::time::Instant;

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
    pub(super) send_before: Option<Instant>,
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

    /// The last moment at which a `create` or `revoke` may leave. Later ones fail with
    /// [`Outcome::NotApplied`](crate::Outcome::NotApplied): their body is never handed to a connection, even
    /// if the process was stopped in between. Reads are not affected. Default none.
    pub fn send_before(mut self, at: Instant) -> Self {
        self.send_before = Some(at);
        self
    }
}

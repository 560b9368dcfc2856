//! Settings for some calls of a client.

use std::sync::Arc;
use std::time::Duration;

use crate::attempt::retry::RetryPolicy;
use crate::deadline::Deadline;

/// Settings for some calls that replace the client's own. For [`Client::with_options`](crate::Client::with_options).
///
/// What is not set stays as the client has it.
///
/// Guide: [what a time limit means for a purchase](crate::guide::delivery), and [where a tag
/// appears](crate::guide::tracing).
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use thordata_cdk::{Client, Credentials};
/// # let sandbox = thordata_cdk_sandbox::Sandbox::start().await?;
/// # let secrets = sandbox.credentials();
/// # let client = Client::builder(Credentials::new(&secrets.token, &secrets.key)?)
/// #     .base_url(sandbox.base_url())
/// #     .build()?;
/// use std::time::Duration;
/// use thordata_cdk::{CallOptions, CdkStatus};
///
/// let options = CallOptions::new().timeout(Duration::from_secs(5)).tag("request 4711");
/// let unused = client.with_options(options).list(CdkStatus::Unused).await?;
/// assert!(unused.is_empty());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct CallOptions {
    pub(super) retry: Option<RetryPolicy>,
    pub(super) send_before: Option<Deadline>,
    pub(super) timeout: Option<Duration>,
    pub(super) tag: Option<Arc<str>>,
}

impl CallOptions {
    /// Changes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How a call is sent again; [`RetryPolicy::none`] for exactly one attempt. The retry budget stays the
    /// client's: it limits all calls together.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// How long one call may take, with all its attempts, the waits between them, and the waits for a permit. Default
    /// none: each attempt has the client's limit, and the [`RetryPolicy`] limits the rest. It limits a `list_stream` up
    /// to its first row, the whole of `summarize`, and a bulk call for each code.
    ///
    /// A call that runs out of time ends with [`is_timeout`](crate::Error::is_timeout). As after any other error,
    /// [`outcome`](crate::Error::outcome) says whether it may have been carried out: a short limit on `create` makes
    /// unknown outcomes likely, so give it at least the time that a purchase takes.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// A text of yours, such as a request's number, that comes back in the spans (`thordata_cdk.tag`) and in each
    /// [`AttemptReport`](crate::AttemptReport). It is never sent. Put no secret into it.
    pub fn tag(mut self, tag: impl Into<Arc<str>>) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// The last moment at which a `create` or `revoke` may be sent. Later ones fail with
    /// [`Outcome::NotApplied`](crate::Outcome::NotApplied): their body is never given to a connection, even
    /// if the process was stopped or the machine slept in between. Reads are not affected. Default none.
    pub fn send_before(mut self, deadline: Deadline) -> Self {
        self.send_before = Some(deadline);
        self
    }
}

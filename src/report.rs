//! What a metrics hook learns about each attempt. Nothing in it is a secret.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Outcome};
use crate::error_code::ErrorCode;
use crate::operation::Operation;
use crate::trace;

/// One request and how it ended, for [`ClientBuilder::on_attempt`](crate::ClientBuilder::on_attempt).
///
/// It holds no token, no key, no voucher code and no URL. Its texts are from a short list, so that they can be labels of
/// a metric; the [`tag`](Self::tag) is the caller's.
///
/// ```
/// use thordata_cdk::AttemptReport;
///
/// fn labels(report: &AttemptReport<'_>) -> [&'static str; 3] {
///     [report.operation, report.outcome, report.error.unwrap_or("none")]
/// }
/// ```
///
/// Guide: [metrics](crate::guide::tracing).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttemptReport<'a> {
    /// `create`, `list`, `get` or `revoke`.
    pub operation: &'static str,
    /// Which attempt of its call this was, counted from 1.
    pub attempt: u32,
    /// The HTTP status, if a reply began.
    pub status: Option<u16>,
    /// The vendor's error code, if it gave one.
    pub code: Option<ErrorCode>,
    /// From sending to the end of the reply, the wait for a permit not included.
    pub elapsed: Duration,
    /// `applied` after a success. After a failure `not_applied` if it is proven that nothing changed, or `unknown`.
    pub outcome: &'static str,
    /// `None` after a success, else `config`, `invalid_input`, `connect`, `timeout`, `transport`, `status`, `api` or
    /// `decode`.
    pub error: Option<&'static str>,
    /// The tag of the call, if it has one: [`CallOptions::tag`](crate::CallOptions::tag).
    pub tag: Option<&'a str>,
}

/// The hook of a client.
#[derive(Clone)]
pub(crate) struct Observer(Arc<dyn Fn(&AttemptReport<'_>) + Send + Sync>);

impl Observer {
    pub(crate) fn new(hook: impl Fn(&AttemptReport<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hook))
    }

    pub(crate) fn notify(
        &self,
        (operation, resend_count): (Operation, u32),
        status: Option<u16>,
        elapsed: Duration,
        error: Option<&Error>,
        tag: Option<&str>,
    ) {
        (self.0)(&AttemptReport {
            operation: operation.name(),
            attempt: resend_count.saturating_add(1),
            status,
            code: error.and_then(Error::api_code),
            elapsed,
            outcome: match error.map(Error::outcome) {
                None => "applied",
                Some(Outcome::NotApplied) => "not_applied",
                Some(Outcome::Unknown) => "unknown",
            },
            error: error.map(trace::kind),
            tag,
        });
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

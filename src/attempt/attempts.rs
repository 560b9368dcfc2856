//! The attempts of one call: how many there were, and whether there is another.

use tokio::time::Instant;

use super::retry::{Budget, RetryPolicy};
use crate::error::Error;
use crate::trace;

/// Counts the attempts of one call and waits between them.
pub(crate) struct Attempts<'a> {
    policy: &'a RetryPolicy,
    budget: &'a Budget,
    first_at: Instant,
    /// When the whole call ends.
    deadline: Option<Instant>,
    begun: u32,
    failed: u32,
}

impl<'a> Attempts<'a> {
    pub(crate) fn new(
        policy: &'a RetryPolicy,
        budget: &'a Budget,
        deadline: Option<Instant>,
    ) -> Self {
        Self {
            policy,
            budget,
            first_at: Instant::now(),
            deadline,
            begun: 0,
            failed: 0,
        }
    }

    /// Counts another attempt and returns how many came before it.
    pub(crate) fn begin(&mut self) -> u32 {
        let before = self.begun;
        self.begun = before.saturating_add(1);
        before
    }

    /// Whether the policy allows a second attempt at all.
    pub(crate) fn allows_more(&self) -> bool {
        self.policy.allows_more_than(1)
    }

    /// Waits before the next attempt. `false`: there is none.
    pub(crate) async fn wait(&mut self, error: &Error) -> bool {
        self.failed = self.failed.saturating_add(1);
        let requested = error.retry_after();
        let elapsed = self.first_at.elapsed();
        let Some(wait) = self.policy.wait(self.failed, elapsed, requested) else {
            return false;
        };
        // An attempt that would begin after the end is not worth the wait.
        let ends = self
            .deadline
            .map(|at| at.saturating_duration_since(Instant::now()));
        // The budget is asked last: a retry that the deadline forbids must not cost one of it.
        if ends.is_some_and(|left| left <= wait) || !self.budget.take() {
            return false;
        }
        trace::will_retry(self.failed, wait, error);
        tokio::time::sleep(wait).await;
        true
    }
}

impl Drop for Attempts<'_> {
    fn drop(&mut self) {
        // In `drop`, since the loops that count attempts return at many places.
        trace::attempts(self.begun);
    }
}

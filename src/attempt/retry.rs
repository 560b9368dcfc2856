//! Which calls are sent again, how often, and after how long a wait.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use reqwest::header::HeaderValue;

use crate::error::{Error, Outcome};

/// How often and how soon a client sends a call again. For [`ClientBuilder::retry`](crate::ClientBuilder::retry).
///
/// Which calls are sent again is fixed:
///
/// - `list` and `get` after any transport, body or JSON error except a reply that is too long; after HTTP 408, 425, 429
///   and 5xx; and after code 10011;
/// - `revoke` until the voucher is revoked;
/// - `create` only if it is proven that nothing was bought.
///
/// Guide: [what each outcome means](crate::guide::delivery).
///
/// ```
/// use std::time::Duration;
/// use thordata_cdk::RetryPolicy;
///
/// let longer = RetryPolicy::default().max_attempts(8).deadline(Duration::from_secs(600));
/// let off = RetryPolicy::none();
/// # let _ = (longer, off);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    max_attempts: u32,
    base_delay: Duration,
    max_delay: Duration,
    max_retry_after: Duration,
    deadline: Duration,
    budget: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 4,
            base_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(20),
            max_retry_after: Duration::from_secs(60),
            deadline: Duration::from_secs(180),
            budget: 100,
        }
    }
}

impl RetryPolicy {
    /// One attempt, never a second.
    #[must_use]
    pub fn none() -> Self {
        Self {
            max_attempts: 1,
            ..Self::default()
        }
    }

    /// How often one call is sent at the most, the first time included. Default 4; 0 counts as 1.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// The wait before attempt *n* + 1 is drawn evenly from zero to `base × 2^(n-1)` ("full jitter"),
    /// capped by [`max_delay`](Self::max_delay). Default 0.5 s.
    #[must_use]
    pub fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// The longest wait that is drawn. Default 20 s.
    #[must_use]
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// The longest `Retry-After` that is honoured; a longer one is cut to this. Default 60 s.
    #[must_use]
    pub fn max_retry_after(mut self, wait: Duration) -> Self {
        self.max_retry_after = wait;
        self
    }

    /// No attempt begins later than this after the call did. Default 180 s.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How many retries all calls of one client, and of its clones, may have left. Each retry takes
    /// one and each success gives a tenth of one back, so that an outage is not answered with a storm.
    /// Default 100.
    #[must_use]
    pub fn budget(mut self, retries: u32) -> Self {
        self.budget = retries;
        self
    }

    /// Whether there may be more attempts than this.
    pub(crate) fn allows_more_than(&self, attempts: u32) -> bool {
        self.max_attempts > attempts
    }

    /// How long to wait before the next attempt; `None` if there is no further attempt.
    pub(crate) fn wait(
        &self,
        attempts_made: u32,
        elapsed: Duration,
        retry_after: Option<Duration>,
    ) -> Option<Duration> {
        if attempts_made >= self.max_attempts {
            return None;
        }
        let doubled = 2_u32.saturating_pow(attempts_made.saturating_sub(1));
        let ceiling = self.base_delay.saturating_mul(doubled).min(self.max_delay);
        let drawn = ceiling.mul_f64(fastrand::f64());
        // Added, and not the longer of the two: all clients that got the same `Retry-After` would return at once.
        let wait = match retry_after {
            Some(asked) => asked.min(self.max_retry_after).saturating_add(drawn),
            None => drawn,
        };
        (elapsed.saturating_add(wait) < self.deadline).then_some(wait)
    }
}

/// The retries that a client has left, in tenths.
#[derive(Debug)]
pub(crate) struct Budget {
    tenths: Mutex<u32>,
    full: u32,
}

impl Budget {
    pub(crate) fn new(policy: &RetryPolicy) -> Self {
        let full = policy.budget.saturating_mul(10);
        Self {
            tenths: Mutex::new(full),
            full,
        }
    }

    pub(crate) fn take(&self) -> bool {
        let mut tenths = self
            .tenths
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        match tenths.checked_sub(10) {
            Some(left) => {
                *tenths = left;
                true
            }
            None => false,
        }
    }

    pub(crate) fn refill(&self) {
        let mut tenths = self
            .tenths
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *tenths = tenths.saturating_add(1).min(self.full);
    }
}

/// Whether a call that changes nothing may be made again after `error`.
pub(crate) fn is_retryable_read(error: &Error) -> bool {
    match error {
        Error::Transport(_) => true,
        // A reply that was damaged or cut on its way may be whole the next time; one that is too long will be too long again.
        Error::Decode(error) => !error.too_long,
        Error::Status(_) | Error::Api(_) => {
            error.is_rate_limited()
                || matches!(error.status(), Some(408 | 425 | 500..=599))
                || error
                    .api_code()
                    .is_some_and(|code| matches!(code.as_i64(), 408 | 425 | 500..=599))
        }
        // The same settings and arguments would fail in the same way.
        Error::Config(_) | Error::InvalidInput(_) => false,
    }
}

/// Whether a call that spends may be made again after `error`: only if it is proven that it changed
/// nothing, and if a second try may succeed.
pub(crate) fn is_safe_to_resend(error: &Error) -> bool {
    error.outcome() == Outcome::NotApplied
        // Any other refusal would come again.
        && (matches!(error, Error::Transport(_)) || error.is_rate_limited())
}

/// `Retry-After`, in seconds or as a date.
pub(crate) fn retry_after(header: &HeaderValue, now: SystemTime) -> Option<Duration> {
    let text = header.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    // A date that has passed asks for no wait.
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;

    fn longest(policy: &RetryPolicy, attempts_made: u32) -> Duration {
        let draw = |_| policy.wait(attempts_made, Duration::ZERO, None).unwrap();
        (0..200).map(draw).max().unwrap()
    }

    #[test]
    fn waits_double_up_to_the_ceiling() {
        let policy = RetryPolicy::default().max_attempts(20);
        for (made, ceiling) in [(1, 500), (2, 1000), (3, 2000), (4, 4000), (12, 20_000)] {
            let longest = longest(&policy, made);
            assert!(longest <= Duration::from_millis(ceiling));
            assert!(
                longest > Duration::from_millis(ceiling / 2),
                "{longest:?} of {ceiling} ms"
            );
        }
    }

    #[test]
    fn attempts_and_the_deadline_end_it() {
        let policy = RetryPolicy::default();
        assert!(policy.wait(3, Duration::ZERO, None).is_some());
        assert!(policy.wait(4, Duration::ZERO, None).is_none());
        assert!(policy.wait(1, Duration::from_secs(180), None).is_none());
        assert!(RetryPolicy::none().wait(1, Duration::ZERO, None).is_none());
    }

    #[test]
    fn each_setter_sets_its_own_value() {
        let second = Duration::from_secs(1);
        let policy = RetryPolicy::default()
            .max_attempts(9)
            .base_delay(second)
            .max_delay(second * 2)
            .max_retry_after(second * 3)
            .deadline(second * 4)
            .budget(5);
        let expected = RetryPolicy {
            max_attempts: 9,
            base_delay: second,
            max_delay: second * 2,
            max_retry_after: second * 3,
            deadline: second * 4,
            budget: 5,
        };
        assert_eq!(policy, expected);
    }

    #[test]
    fn no_attempt_begins_at_the_deadline_itself() {
        let policy = RetryPolicy::default().base_delay(Duration::ZERO);
        let just_before = Duration::from_secs(180) - Duration::from_nanos(1);
        assert_eq!(policy.wait(1, just_before, None), Some(Duration::ZERO));
        assert_eq!(policy.wait(1, Duration::from_secs(180), None), None);
    }

    #[test]
    fn a_huge_retry_after_is_cut() {
        let asked = Some(Duration::from_secs(86_400));
        let wait = RetryPolicy::default()
            .wait(1, Duration::ZERO, asked)
            .unwrap();
        assert!(wait >= Duration::from_secs(60) && wait <= Duration::from_millis(60_500));
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let now = httpdate::parse_http_date("Tue, 24 Nov 2026 12:00:00 GMT").unwrap();
        let read = |text: &'static str| retry_after(&HeaderValue::from_static(text), now);
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        assert_eq!(
            read("Tue, 24 Nov 2026 12:00:30 GMT"),
            Some(Duration::from_secs(30))
        );
        assert_eq!(read("Tue, 24 Nov 2026 11:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(read("soon"), None);
        assert_eq!(read("-1"), None);
    }

    #[test]
    fn an_empty_budget_refuses_and_successes_fill_it() {
        let budget = Budget::new(&RetryPolicy::default().budget(1));
        assert!(budget.take());
        assert!(!budget.take());
        (0..10).for_each(|_| budget.refill());
        assert!(budget.take());
    }
}

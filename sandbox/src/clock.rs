//! The sandbox's clock: the real one, or one that is set by hand.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The last second that an HTTP date can name, 9999-12-31 23:59:59.
const LAST_HTTP_SECOND: i64 = 253_402_300_799;

/// The time of a sandbox, for `create_time`, `use_time` and the `Date` header.
///
/// It counts whole seconds since 1970-01-01 00:00:00 UTC. The delays of faults and the rate limit use real time, not
/// this clock.
///
/// ```
/// use std::time::Duration;
/// use thordata_cdk_sandbox::Clock;
///
/// let mut clock = Clock::fixed(1_748_332_399);
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now(), 1_748_332_459);
/// ```
///
/// Guide: [the sandbox from Rust](crate#from-rust).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    fixed: Option<i64>,
    offset: i64,
}

impl Clock {
    /// Follows the real clock. The default.
    #[must_use]
    pub const fn system() -> Self {
        Self {
            fixed: None,
            offset: 0,
        }
    }

    /// Stands still at `unix_seconds` until it is set or advanced.
    #[must_use]
    pub const fn fixed(unix_seconds: i64) -> Self {
        Self {
            fixed: Some(unix_seconds),
            offset: 0,
        }
    }

    /// Follows the real clock, `seconds` ahead of it (behind, if negative): a skewed server.
    #[must_use]
    pub const fn skewed(seconds: i64) -> Self {
        Self {
            fixed: None,
            offset: seconds,
        }
    }

    /// The time now, in Unix seconds.
    #[must_use]
    pub fn now(&self) -> i64 {
        let base =
            self.fixed
                .unwrap_or_else(|| match SystemTime::now().duration_since(UNIX_EPOCH) {
                    Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
                    Err(_) => 0,
                });
        base.saturating_add(self.offset)
    }

    /// Moves the clock forward by the whole seconds of `by`. A clock that follows the real one keeps following it, that
    /// much ahead.
    pub fn advance(&mut self, by: Duration) {
        let seconds = i64::try_from(by.as_secs()).unwrap_or(i64::MAX);
        self.offset = self.offset.saturating_add(seconds);
    }

    /// The time now as an HTTP date, within the years that HTTP can write.
    pub(crate) fn http_date(&self) -> String {
        // httpdate panics before 1970 and after 9999, and a test may set any second.
        let seconds = self.now().clamp(0, LAST_HTTP_SECOND).unsigned_abs();
        let at = UNIX_EPOCH
            .checked_add(Duration::from_secs(seconds))
            .unwrap_or(UNIX_EPOCH);
        httpdate::fmt_http_date(at)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

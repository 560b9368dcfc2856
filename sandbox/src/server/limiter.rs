//! The hidden rate limit: a token bucket that refused requests do not empty.

use std::time::Instant;

use serde::Serialize;

/// How many seconds' worth of requests may come at once.
// A guess, like every limit here: the vendor publishes no number (decision 7).
const BURST_SECONDS: f64 = 0.1;

/// How many requests the rate limit has served and refused. From
/// [`Sandbox::rate_counters`](crate::Sandbox::rate_counters).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = thordata_cdk_sandbox::Sandbox::builder().rate_limit(Some(5.0)).start().await?;
/// let counters = sandbox.rate_counters();
/// assert_eq!((counters.served, counters.refused), (0, 0));
/// # Ok(()) }
/// ```
///
/// Guide: [the sandbox from Rust](crate#from-rust).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RateCounters {
    /// Requests with valid credentials that were within the limit, or met no limit.
    pub served: u64,
    /// Requests that were answered 10011 and changed nothing.
    pub refused: u64,
}

#[derive(Debug)]
pub(crate) struct Limiter {
    per_second: Option<f64>,
    tokens: f64,
    // Not the sandbox's clock: a test may stop it, and the bucket would never fill again.
    filled_at: Instant,
    pub(crate) counters: RateCounters,
}

impl Limiter {
    pub(crate) fn new(per_second: Option<f64>) -> Self {
        let mut limiter = Self {
            per_second: None,
            tokens: 0.0,
            filled_at: Instant::now(),
            counters: RateCounters::default(),
        };
        limiter.set(per_second);
        limiter
    }

    /// Sets the limit and starts with a full bucket. Anything but a positive number is no limit.
    pub(crate) fn set(&mut self, per_second: Option<f64>) {
        self.per_second = per_second.filter(|rate| rate.is_finite() && *rate > 0.0);
        self.tokens = self.per_second.map_or(0.0, burst);
        self.filled_at = Instant::now();
    }

    pub(crate) fn per_second(&self) -> Option<f64> {
        self.per_second
    }

    /// Takes a token if there is one.
    pub(crate) fn admit(&mut self) -> bool {
        let admitted = match self.per_second {
            None => true,
            Some(rate) => {
                let now = Instant::now();
                let passed = now.saturating_duration_since(self.filled_at).as_secs_f64();
                self.filled_at = now;
                self.tokens = passed.mul_add(rate, self.tokens).min(burst(rate));
                let enough = self.tokens >= 1.0;
                if enough {
                    self.tokens -= 1.0;
                }
                enough
            }
        };
        let counter = if admitted {
            &mut self.counters.served
        } else {
            &mut self.counters.refused
        };
        *counter = counter.saturating_add(1);
        admitted
    }
}

/// How much the bucket holds: a tenth of a second's worth, at least one request.
fn burst(rate: f64) -> f64 {
    // Below 10 requests a second the share is less than one request, and none would pass.
    (rate * BURST_SECONDS).max(1.0)
}

//! The pace of requests. It is learnt from refusals, since the vendor publishes no limit.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::trace;

/// Paces the requests of one client and its clones.
///
/// No pace is kept until the first refusal (code 10011 or HTTP 429). Then the rate is searched for: it
/// rises by a share with each request that is served, and falls by a factor with each refusal, which also
/// makes the search more careful. Once it is near, it rises by a fixed step instead. Waiters are served in
/// the order in which they came.
#[derive(Debug)]
pub(crate) struct Pacer {
    /// Held by the first waiter. Tokio's mutex is first come, first served, and a waiter that is dropped
    /// leaves the queue.
    queue: tokio::sync::Mutex<()>,
    state: Mutex<State>,
    ceiling: Option<f64>,
    learns: bool,
}

#[derive(Debug)]
struct State {
    /// Requests per second; `None` until the first refusal, and without a ceiling.
    rate: Option<f64>,
    /// How much `rate` rises with each request that was not refused.
    step: f64,
    /// The share by which it rises instead while the limit is being searched for.
    search: Option<f64>,
    /// When the next request may be sent.
    next: Option<Instant>,
    /// Counts decreases, so that requests that were sent before the last one do not cause another.
    epoch: u64,
    served_since_decrease: u32,
    /// When the present run of requests began, without a pause or a decrease, and what was served in it:
    /// an estimate of the limit.
    began: Option<Instant>,
    served: u32,
    last_departure: Option<Instant>,
}

/// Permission to send one request. It remembers at which rate it was given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Permit {
    epoch: u64,
}

// The constants were tuned on a model of token buckets (10 to 200 requests a second, bursts of one request
// to one second's worth, round trips of 1 to 200 ms); `benches/pace.rs` shows what they achieve.

/// The first estimate is taken over at least this long: shorter, a burst would pass for a rate.
const FIRST_WINDOW: Duration = Duration::from_millis(500);
/// The lowest first estimate: one that rests on hardly any requests says little.
const FIRST_RATE: f64 = 2.0;
/// After a pause this long, requests belong to a new run.
const PAUSE: Duration = Duration::from_secs(1);
/// After this many served requests without a refusal the limit has probably risen: search again.
const SETTLED: u32 = 500;
/// Fewer served requests than this between two decreases: still well above the limit.
const FAR: u32 = 20;
const FAR_FACTOR: f64 = 0.72;
/// The factor after a search that overshot.
const SEARCH_FACTOR: f64 = 0.91;
const NEAR_FACTOR: f64 = 0.93;
/// While the limit is being searched for, each served request raises the rate by this share of it.
const FIRST_SEARCH: f64 = 0.05;
/// Each refusal makes the search this much more careful.
const SEARCH_SHRINKS: f64 = 0.36;
/// Around the limit, each served request raises the rate by this share of what it was after the last
/// decrease: the additive step.
const STEP: f64 = 0.0005;
/// The lowest rate that refusals lead to; a fixed ceiling may be lower.
const SLOWEST: f64 = 0.2;
/// A rate above this multiple of the requests served since the last decrease was never tried.
const UNTRIED: f64 = 8.0;
/// How many requests may catch up after the runtime woke a waiter late.
const CATCH_UP: f64 = 2.0;
/// If requests are this far apart or further, none may: being late costs a small share of that time, and a limit with
/// room for a single request would refuse the next one, which would come too soon after the late one.
const SPARSE: Duration = Duration::from_millis(50);

impl Pacer {
    pub(crate) fn new(ceiling: Option<f64>, learns: bool) -> Self {
        let state = State {
            rate: ceiling,
            step: 0.0,
            search: None,
            next: None,
            epoch: 0,
            served_since_decrease: 0,
            began: None,
            served: 0,
            last_departure: None,
        };
        Self {
            queue: tokio::sync::Mutex::new(()),
            state: Mutex::new(state),
            ceiling,
            learns,
        }
    }

    /// Waits until this request may be sent. Dropping the future lets the next waiter go.
    pub(crate) async fn acquire(&self) -> Permit {
        // Without a pace there is nothing to queue for, and no lock to hold over an `await`.
        if self.state().rate.is_none() {
            return self.state().depart(Instant::now());
        }
        trace::permit("pace", async {
            let _first = self.queue.lock().await;
            // Read once: a refusal that comes while this request sleeps slows down the next one, which is enough.
            let at = self.state().next;
            if let Some(at) = at {
                tokio::time::sleep_until(at).await;
            }
            self.state().depart(Instant::now())
        })
        .await
    }

    /// The request was not refused for its frequency.
    pub(crate) fn on_success(&self) {
        let mut state = self.state();
        state.served = state.served.saturating_add(1);
        state.served_since_decrease = state.served_since_decrease.saturating_add(1);
        if !self.learns {
            return;
        }
        if state.search.is_none() && state.served_since_decrease > SETTLED {
            state.search = Some(FIRST_SEARCH * SEARCH_SHRINKS);
        }
        let Some(rate) = state.rate else { return };
        let raised = rate + state.search.map_or(state.step, |share| rate * share);
        let raised = self.ceiling.map_or(raised, |ceiling| raised.min(ceiling));
        state.rate = Some(raised);
        drop(state); // a subscriber may take its time
        trace::pace(raised, false);
    }

    /// The request was refused: too frequent.
    pub(crate) fn on_throttled(&self, permit: Permit) {
        self.throttled_at(permit, Instant::now());
    }

    fn throttled_at(&self, permit: Permit, now: Instant) {
        let mut state = self.state();
        // Many requests that left at the old rate may be refused: together they slow it down once.
        if !self.learns || permit.epoch != state.epoch {
            return;
        }
        let far = state.served_since_decrease < FAR;
        let rate = match (state.rate, state.search) {
            (None, _) => {
                let elapsed = state
                    .began
                    .map_or(FIRST_WINDOW, |began| now.saturating_duration_since(began));
                state.search = Some(FIRST_SEARCH);
                (f64::from(state.served) / elapsed.max(FIRST_WINDOW).as_secs_f64()).max(FIRST_RATE)
            }
            (Some(rate), search) => {
                // While something else is slower, served requests raise the rate without end.
                let tried = state
                    .began
                    .map(|began| now.saturating_duration_since(began));
                // Over a shorter time a burst would pass for a rate.
                let tried = tried.filter(|elapsed| *elapsed >= PAUSE);
                let rate = tried.map_or(rate, |elapsed| {
                    rate.min(UNTRIED * f64::from(state.served) / elapsed.as_secs_f64())
                });
                let careful = search.unwrap_or_default() * SEARCH_SHRINKS;
                state.search = (careful > STEP).then_some(careful);
                match search {
                    _ if far => rate * FAR_FACTOR,
                    Some(_) => rate * SEARCH_FACTOR,
                    None => rate * NEAR_FACTOR,
                }
            }
        };
        let rate = self
            .ceiling
            .map_or(rate.max(SLOWEST), |ceiling| rate.max(SLOWEST).min(ceiling));
        state.rate = Some(rate);
        state.step = rate * STEP;
        // Only compared for equality, so it may wrap.
        state.epoch = state.epoch.wrapping_add(1);
        state.served_since_decrease = 0;
        (state.began, state.served) = (Some(now), 0);
        state.next = now.checked_add(interval(rate));
        drop(state);
        trace::pace(rate, true);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The time between two requests, an hour at most.
fn interval(rate: f64) -> Duration {
    const LONGEST: Duration = Duration::from_secs(3600);
    Duration::try_from_secs_f64(1.0 / rate).map_or(LONGEST, |interval| interval.min(LONGEST))
}

impl State {
    /// Takes the next place in the schedule.
    fn depart(&mut self, now: Instant) -> Permit {
        if self
            .last_departure
            .is_none_or(|last| now.saturating_duration_since(last) > PAUSE)
        {
            (self.began, self.served) = (Some(now), 0);
        }
        self.last_departure = Some(now);
        if let Some(rate) = self.rate {
            let interval = interval(rate);
            let catch_up = if interval < SPARSE { CATCH_UP } else { 0.0 };
            let earliest = now.checked_sub(interval.mul_f64(catch_up)).unwrap_or(now);
            let planned = self.next.map_or(now, |next| next.max(earliest));
            self.next = planned.checked_add(interval);
        }
        Permit { epoch: self.epoch }
    }
}

#[cfg(test)]
mod tests;

//! How fast: a pace that is learnt from refusals, since the vendor publishes no limit.

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
    /// What `rate` rises by with each request that was not refused.
    step: f64,
    /// The share by which it rises instead while the limit is being looked for.
    search: Option<f64>,
    /// The next request may leave then.
    next: Option<Instant>,
    /// Counts decreases, so that requests which left before the last one do not cause another.
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
/// A first estimate from hardly any requests says little.
const FIRST_RATE: f64 = 2.0;
/// After a pause this long, requests belong to a new run.
const PAUSE: Duration = Duration::from_secs(1);
/// So many served requests without a refusal, and the limit has risen: search again.
const SETTLED: u32 = 500;
/// Fewer served requests than this between two decreases: still well above the limit.
const FAR: u32 = 20;
const FAR_FACTOR: f64 = 0.72;
/// After a search that overshot.
const SEARCH_FACTOR: f64 = 0.91;
const NEAR_FACTOR: f64 = 0.93;
/// While the limit is being looked for, each served request raises the rate by this share of it.
const FIRST_SEARCH: f64 = 0.05;
/// Each refusal makes the search this much more careful.
const SEARCH_SHRINKS: f64 = 0.36;
/// Around the limit, each served request raises the rate by this share of what it was after the last
/// decrease: the additive step.
const STEP: f64 = 0.0005;
/// Refusals alone slow it down no further; a fixed ceiling may be lower.
const SLOWEST: f64 = 0.2;
/// A rate beyond this multiple of what was served since the last decrease was never put to the test.
const UNTRIED: f64 = 8.0;
/// Requests that may catch up after the runtime woke a waiter late.
const CATCH_UP: f64 = 2.0;
/// With this much or more between two requests none may: to be late costs a small share of it, and a limit with
/// room for a single request would refuse the one that comes sooner after a late one.
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

    /// Waits until this request may leave. Dropping the future lets the next waiter go.
    pub(crate) async fn acquire(&self) -> Permit {
        if self.state().rate.is_none() {
            return self.state().depart(Instant::now());
        }
        trace::permit("pace", async {
            let _first = self.queue.lock().await;
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
        let mut state = self.state();
        if !self.learns || permit.epoch != state.epoch {
            return;
        }
        let now = Instant::now();
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
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn wait_before_the_next(pacer: &Pacer) -> Duration {
        let next = pacer.state().next.unwrap();
        next.saturating_duration_since(Instant::now())
    }

    /// As if `served` requests had been served in this time, without a pause.
    fn after(pacer: &Pacer, served: u32, elapsed: Duration) -> Permit {
        let permit = pacer.state().depart(Instant::now());
        let mut state = pacer.state();
        (state.began, state.served) = (Instant::now().checked_sub(elapsed), served);
        state.served_since_decrease = served;
        permit
    }

    #[tokio::test]
    async fn no_pace_is_kept_before_the_first_refusal() {
        let pacer = Pacer::new(None, true);
        for _ in 0..1000 {
            pacer.acquire().await;
            pacer.on_success();
        }
        assert_eq!(pacer.state().rate, None);
        assert_eq!(pacer.state().next, None);
    }

    #[test]
    fn the_first_refusal_sets_the_pace_that_was_kept_so_far() {
        let pacer = Pacer::new(None, true);
        let permit = after(&pacer, 100, Duration::from_secs(2));
        pacer.on_throttled(permit);
        let rate = pacer.state().rate.unwrap();
        assert!((49.0..=50.0).contains(&rate), "{rate}");
    }

    #[test]
    fn a_refusal_divides_the_pace_and_what_is_served_adds_to_it() {
        let pacer = Pacer::new(Some(100.0), true);
        let permit = pacer.state().depart(Instant::now());
        pacer.on_throttled(permit);
        let slower = pacer.state().rate.unwrap();
        assert!(slower < 90.0, "{slower}");
        let before = slower;
        for _ in 0..10 {
            pacer.on_success();
        }
        let raised = pacer.state().rate.unwrap() - before;
        let ten_steps = 10.0 * STEP * slower;
        assert!((raised - ten_steps).abs() < 1e-9, "{raised}");
    }

    #[test]
    fn refusals_of_requests_that_left_before_the_decrease_cause_no_other() {
        let pacer = Pacer::new(Some(100.0), true);
        let flight: Vec<Permit> = (0..16)
            .map(|_| pacer.state().depart(Instant::now()))
            .collect();
        pacer.on_throttled(flight[0]);
        let once = pacer.state().rate;
        flight.iter().for_each(|permit| pacer.on_throttled(*permit));
        assert_eq!(pacer.state().rate, once);
    }

    #[test]
    fn the_pace_never_passes_a_ceiling_however_low() {
        for ceiling in [0.01, 0.2, 5.0] {
            let pacer = Pacer::new(Some(ceiling), true);
            let permit = pacer.state().depart(Instant::now());
            let wait = wait_before_the_next(&pacer);
            assert!(wait.as_secs_f64() > 0.99 / ceiling, "{ceiling}: {wait:?}");
            pacer.on_throttled(permit);
            (0..10_000).for_each(|_| pacer.on_success());
            assert!(pacer.state().rate.unwrap() <= ceiling);
        }
        let pacer = Pacer::new(Some(f64::MIN_POSITIVE), true);
        let permit = pacer.state().depart(Instant::now());
        pacer.on_throttled(permit);
        assert!(wait_before_the_next(&pacer) > Duration::from_secs(3500));
    }

    #[test]
    fn a_limit_that_comes_back_after_a_long_time_without_one_is_felt_at_once() {
        let pacer = Pacer::new(None, true);
        let permit = after(&pacer, 100, Duration::from_secs(2));
        pacer.on_throttled(permit);
        (0..20_000).for_each(|_| pacer.on_success());
        let permit = after(&pacer, 20_000, Duration::from_secs(200));
        pacer.on_throttled(permit);
        let rate = pacer.state().rate.unwrap();
        assert!(rate < 800.0, "{rate}");
    }

    #[test]
    fn a_late_request_is_caught_up_only_where_requests_are_close_together() {
        for (rate, interval, next) in [(10.0, 100, 100), (100.0, 10, 3)] {
            let pacer = Pacer::new(Some(rate), true);
            let began = Instant::now();
            pacer.state().depart(began);
            let late = began + Duration::from_millis(interval + 7);
            pacer.state().depart(late);
            let wait = pacer.state().next.unwrap() - late;
            assert_eq!(wait, Duration::from_millis(next), "{rate}");
        }
    }

    #[test]
    fn without_learning_a_refusal_changes_nothing() {
        let pacer = Pacer::new(Some(7.0), false);
        let permit = pacer.state().depart(Instant::now());
        pacer.on_throttled(permit);
        pacer.on_success();
        assert_eq!(pacer.state().rate, Some(7.0));
    }

    #[tokio::test]
    async fn waiters_leave_in_the_order_in_which_they_came_and_a_dropped_one_gives_its_place_up() {
        let pacer = Arc::new(Pacer::new(Some(200.0), true));
        pacer.acquire().await;
        let order = Arc::new(Mutex::new(Vec::new()));
        let waiters: Vec<_> = (0..10)
            .map(|number| {
                let (pacer, order) = (Arc::clone(&pacer), Arc::clone(&order));
                tokio::spawn(async move {
                    pacer.acquire().await;
                    order.lock().unwrap().push(number);
                })
            })
            .collect();
        tokio::task::yield_now().await;
        waiters[0].abort();
        waiters[4].abort();
        for waiter in waiters {
            drop(waiter.await);
        }
        assert_eq!(*order.lock().unwrap(), [1, 2, 3, 5, 6, 7, 8, 9]);
    }
}

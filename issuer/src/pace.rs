//! The pace that all processes share: the rules, apart from any store. No pace is kept until the service refuses a
//! purchase as too frequent. From then on the rate is searched for, as the client does it for its own requests
//! (`src/attempt/pace.rs`: constants of one name have one value, but for `UNTRIED`). The rate rises by a share with
//! each purchase that is accepted, and falls by a factor with each refusal. Each refusal also makes the search more
//! careful.
//! [The guide](crate::guide::gate) says where a store uses it.

/// The lowest first estimate: one that rests on hardly any purchases says little.
const FIRST_RATE: f64 = 2.0;
/// After this many accepted purchases without a refusal the limit has probably risen: search again.
const SETTLED: u32 = 500;
/// Fewer accepted purchases than this between two decreases: still well above the limit.
const FAR: u32 = 20;
const FAR_FACTOR: f64 = 0.72;
/// The factor after a search that overshot.
const SEARCH_FACTOR: f64 = 0.91;
const NEAR_FACTOR: f64 = 0.93;
/// While the limit is being searched for, each accepted purchase raises the rate by this share of it.
const FIRST_SEARCH: f64 = 0.05;
/// Each refusal makes the search this much more careful.
const SEARCH_SHRINKS: f64 = 0.36;
/// Around the limit, each accepted purchase raises the rate by this share of it.
const STEP: f64 = 0.0005;
/// The lowest rate that refusals lead to: one purchase in five seconds.
const SLOWEST: f64 = 0.2;
/// Above this rate no pace is kept.
const UNLIMITED: f64 = 1000.0;
/// A rate above this multiple of the purchases begun in the last second was never tried.
const UNTRIED: f64 = 2.0;

/// Keeps purchases of all processes apart, as a store holds it. Times are by the store's clock.
///
/// ```
/// use thordata_cdk_issuer::pace::Pace;
///
/// let mut pace = Pace { rate: Some(10.0), search: 0.0, accepted: 0, next_slot_ms: 0.0, slowed_ms: 0 };
/// assert_eq!((pace.take_slot(1000), pace.take_slot(1000)), (0, 100)); // 10 a second
/// ```
///
/// Guide: [one purchase](crate::guide::gate).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Purchases a second; `None` if no pace is kept.
    pub rate: Option<f64>,
    /// The share by which each accepted purchase raises the rate; at least `STEP`.
    pub search: f64,
    /// Accepted purchases since the rate fell.
    pub accepted: u32,
    /// When the next purchase may be sent, in milliseconds.
    pub next_slot_ms: f64,
    /// When the rate fell the last time, in milliseconds.
    pub slowed_ms: i64,
}

impl Pace {
    /// Takes the next slot, and returns how many milliseconds away it is.
    pub fn take_slot(&mut self, now_ms: i64) -> i64 {
        let Some(rate) = self.rate else { return 0 };
        let now = float(now_ms);
        let slot = self.next_slot_ms.max(now);
        self.next_slot_ms = slot + interval_ms(rate);
        whole(slot - now)
    }

    /// Slows down: a purchase that began at `began_ms` was refused as too frequent. `begun` is how many began within the
    /// last second, a first estimate of the limit.
    pub fn on_throttled(&mut self, now_ms: i64, began_ms: i64, begun: u32) {
        // Several purchases that began at the old rate may be refused: together they slow it down once.
        if self.rate.is_some() && began_ms <= self.slowed_ms {
            return;
        }
        let begun = f64::from(begun).max(FIRST_RATE);
        let rate = match self.rate {
            None => {
                self.search = FIRST_SEARCH;
                begun * SEARCH_FACTOR
            }
            Some(rate) => {
                let rate = rate.min(begun * UNTRIED);
                let factor = match self.search > STEP {
                    _ if self.accepted < FAR => FAR_FACTOR,
                    true => SEARCH_FACTOR,
                    false => NEAR_FACTOR,
                };
                self.search = (self.search * SEARCH_SHRINKS).max(STEP);
                rate * factor
            }
        };
        let rate = rate.max(SLOWEST);
        self.rate = Some(rate);
        self.accepted = 0;
        self.slowed_ms = now_ms;
        // Behind the slots that were taken at the old rate: their purchases are still to come.
        self.next_slot_ms = self.next_slot_ms.max(float(now_ms)) + interval_ms(rate);
    }

    /// Speeds up: a purchase was not refused as too frequent.
    pub fn on_accepted(&mut self) {
        let Some(rate) = self.rate else { return };
        self.accepted = self.accepted.saturating_add(1);
        if self.accepted > SETTLED {
            self.search = self.search.max(FIRST_SEARCH * SEARCH_SHRINKS);
        }
        let faster = rate * (1.0 + self.search.max(STEP));
        self.rate = (faster < UNLIMITED).then_some(faster);
    }
}

fn interval_ms(rate: f64) -> f64 {
    1000.0 / rate.max(SLOWEST)
}

fn float(ms: i64) -> f64 {
    #[allow(clippy::cast_precision_loss)] // exact until the year 287396
    let ms = ms as f64;
    ms
}

fn whole(ms: f64) -> i64 {
    #[allow(clippy::cast_possible_truncation)] // it saturates
    let ms = ms.ceil() as i64;
    ms
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Pace = Pace {
        rate: None,
        search: 0.0,
        accepted: 0,
        next_slot_ms: 0.0,
        slowed_ms: 0,
    };
    const NOW: i64 = 1_700_000_000_000;

    #[test]
    fn no_pace_is_kept_before_the_first_refusal() {
        let mut pace = NONE;
        assert_eq!((pace.take_slot(1000), pace.take_slot(1000)), (0, 0));
        pace.on_accepted();
        assert_eq!(pace, NONE);
    }

    #[test]
    fn after_a_refusal_purchases_take_slots_one_after_another() {
        let mut pace = NONE;
        pace.on_throttled(NOW, NOW - 5, 25);
        assert_eq!(pace.rate, Some(22.75));
        let waits = [0, 0, 30].map(|later| pace.take_slot(NOW + later));
        assert_eq!(waits, [44, 88, 102]);
        // Those that took their slots at the old rate slow it down once.
        pace.on_throttled(NOW + 60, NOW, 25);
        assert_eq!(pace.rate, Some(22.75));
        pace.on_throttled(NOW + 60, NOW + 1, 25);
        assert_eq!(pace.rate, Some(22.75 * 0.72));
    }

    #[test]
    fn it_rises_fast_at_first_and_more_carefully_after_each_refusal() {
        let mut pace = NONE;
        pace.on_throttled(NOW, NOW - 5, 25);
        let before = pace.rate.unwrap();
        for _ in 0..20 {
            pace.on_accepted();
        }
        assert!(pace.rate.unwrap() > before * 2.6);
        pace.on_throttled(NOW + 900, NOW + 800, 25);
        // Far above what was tried: taken down to twice of that first.
        assert_eq!(pace.rate, Some(50.0 * 0.91));
        assert_eq!(pace.search, 0.018);
    }

    #[test]
    fn it_never_stops_and_it_ends_when_it_is_fast() {
        let mut pace = NONE;
        for minute in 1..100 {
            pace.on_throttled(NOW + minute * 60_000, NOW + minute * 60_000 - 1, 0);
        }
        assert_eq!(pace.rate, Some(0.2));
        assert_eq!(interval_ms(0.2), 5000.0);
        for _ in 0..2000 {
            pace.on_accepted();
        }
        assert_eq!(pace.rate, None);
    }
}

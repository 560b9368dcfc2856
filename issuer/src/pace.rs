//! The pace that all processes share: the rules, apart from any store. No pace is kept until the service refuses a
//! purchase as too frequent.

/// Each refusal takes this share off the rate.
const SLOW_DOWN: f64 = 0.8;
/// Each purchase that is not refused adds this share.
const SPEED_UP: f64 = 1.01;
/// Refusals alone slow it down no further: one purchase in five seconds.
const SLOWEST: f64 = 0.2;
/// Faster than this no pace is kept.
const UNLIMITED: f64 = 1000.0;

/// The pace as a store keeps it, with times by the store's clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pace {
    /// Purchases a second; `None` if no pace is kept.
    pub(crate) rate: Option<f64>,
    /// When the next purchase may be sent, in milliseconds.
    pub(crate) next_slot_ms: i64,
    /// When it was slowed down the last time, in milliseconds.
    pub(crate) slowed_ms: i64,
}

impl Pace {
    /// Takes the next slot, and returns how many milliseconds away it is.
    pub(crate) fn take_slot(&mut self, now_ms: i64) -> i64 {
        let Some(rate) = self.rate else { return 0 };
        let slot = self.next_slot_ms.max(now_ms);
        self.next_slot_ms = slot.saturating_add(interval_ms(rate));
        slot.saturating_sub(now_ms)
    }

    /// A purchase was refused as too frequent. Those that were sent at the old rate slow it down once. `sent` is how many
    /// began within the last second: a first estimate of the limit.
    pub(crate) fn on_throttled(&mut self, now_ms: i64, sent: u32) {
        let since = now_ms.saturating_sub(self.slowed_ms);
        let rate = match self.rate {
            Some(rate) if since < interval_ms(rate).saturating_mul(2) => return,
            Some(rate) => rate * SLOW_DOWN,
            None => f64::from(sent) * SLOW_DOWN,
        };
        let rate = rate.max(SLOWEST);
        self.rate = Some(rate);
        self.slowed_ms = now_ms;
        let from = self.next_slot_ms.max(now_ms);
        self.next_slot_ms = from.saturating_add(interval_ms(rate));
    }

    pub(crate) fn on_success(&mut self) {
        let faster = self.rate.map(|rate| rate * SPEED_UP);
        self.rate = faster.filter(|rate| *rate < UNLIMITED);
    }
}

fn interval_ms(rate: f64) -> i64 {
    #[allow(clippy::cast_possible_truncation)] // at most five seconds
    let interval = (1000.0 / rate.max(SLOWEST)) as i64;
    interval
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Pace = Pace {
        rate: None,
        next_slot_ms: 0,
        slowed_ms: 0,
    };

    #[test]
    fn no_pace_is_kept_before_the_first_refusal() {
        let mut pace = NONE;
        assert_eq!((pace.take_slot(1000), pace.take_slot(1000)), (0, 0));
        pace.on_success();
        assert_eq!(pace, NONE);
    }

    #[test]
    fn after_a_refusal_purchases_take_slots_one_after_another() {
        let mut pace = NONE;
        pace.on_throttled(1_000_000, 25);
        assert_eq!(pace.rate, Some(20.0));
        let waits = [0, 0, 30].map(|later| pace.take_slot(1_000_000 + later));
        assert_eq!(waits, [50, 100, 120]);
        // Those that were sent at the old rate slow it down once.
        pace.on_throttled(1_000_099, 25);
        assert_eq!(pace.rate, Some(20.0));
        pace.on_throttled(1_000_100, 25);
        assert_eq!(pace.rate, Some(16.0));
    }

    #[test]
    fn it_never_stops_and_it_ends_when_it_is_fast() {
        let mut pace = NONE;
        for minute in 1..100 {
            pace.on_throttled(minute * 60_000, 0);
        }
        assert_eq!(pace.rate, Some(0.2));
        assert_eq!(interval_ms(0.2), 5000);
        for _ in 0..1000 {
            pace.on_success();
        }
        assert_eq!(pace.rate, None);
    }
}

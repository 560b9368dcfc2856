//! The service's clock, as far as its replies show it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::{DATE, HeaderValue};

use super::facts::{ResponseHead, parse_date};
use crate::types::Timestamp;

/// The newest `Date` header and when it came. It is parsed only when somebody asks.
#[derive(Default)]
pub(crate) struct ServiceClock(Mutex<Option<(HeaderValue, Instant)>>);

impl ServiceClock {
    pub(crate) fn note(&self, head: &ResponseHead) {
        if let Some(date) = head.headers.get(DATE) {
            // A panic leaves no half of it behind, so a poisoned lock is as good as any.
            let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            *newest = Some((date.clone(), Instant::now()));
        }
    }

    /// The service's time now: the newest `Date` plus what has passed since.
    pub(crate) fn now(&self) -> Option<Timestamp> {
        let newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (date, at) = newest.as_ref()?;
        let passed: Duration = at.elapsed();
        let date = parse_date(date)?;
        date.as_secs()
            .checked_add(i64::try_from(passed.as_secs()).ok()?)
            .map(Timestamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(date: Option<&'static str>) -> ResponseHead {
        ResponseHead {
            status: 200,
            headers: date
                .map(|date| (DATE, HeaderValue::from_static(date)))
                .into_iter()
                .collect(),
        }
    }

    #[test]
    fn the_newest_date_is_the_clock_and_a_reply_without_one_changes_nothing() {
        let clock = ServiceClock::default();
        assert_eq!(clock.now(), None);
        clock.note(&head(Some("Tue, 24 Nov 2026 12:00:00 GMT")));
        clock.note(&head(Some("Tue, 24 Nov 2026 12:00:07 GMT")));
        clock.note(&head(None));
        let now = clock.now().unwrap().as_secs();
        assert!((1_795_521_607..1_795_521_700).contains(&now), "{now}");
    }

    #[test]
    fn a_date_that_is_none_is_no_clock() {
        let clock = ServiceClock::default();
        clock.note(&head(Some("yesterday")));
        assert_eq!(clock.now(), None);
    }
}

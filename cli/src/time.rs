//! Moments and durations: as people type them, and as they are shown.

use std::time::Duration;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo, Timestamp};

/// Fixes the program's clock at this Unix second, for tests and examples.
const NOW_VARIABLE: &str = "THORDATA_CDK_NOW";

/// The clock and the zone of one run.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    pub(crate) now: i64,
    /// Whether the time is fixed.
    pub(crate) fixed: bool,
    pub(crate) zone: TimeZone,
}

impl Clock {
    pub(crate) fn start() -> Self {
        let fixed = std::env::var(NOW_VARIABLE).ok();
        let fixed = fixed.and_then(|text| text.parse().ok());
        Self {
            // Read once: every age in a report is counted from the same moment.
            now: fixed.unwrap_or_else(|| Timestamp::now().as_second()),
            fixed: fixed.is_some(),
            zone: TimeZone::system(),
        }
    }

    /// The time of this moment, of a run that may have been going on for days.
    pub(crate) fn current(&self) -> i64 {
        if self.fixed {
            self.now
        } else {
            Timestamp::now().as_second()
        }
    }

    /// `2026-05-27 07:53` in the zone of this machine.
    pub(crate) fn minute(&self, seconds: i64) -> String {
        match Timestamp::from_second(seconds) {
            Ok(at) => at
                .to_zoned_datetime(self.zone.clone())
                .strftime("%Y-%m-%d %H:%M")
                .to_string(),
            Err(_) => format!("{seconds} s"),
        }
    }

    /// `20260527`, the day in the zone of this machine.
    pub(crate) fn day(&self, seconds: i64) -> String {
        match Timestamp::from_second(seconds) {
            Ok(at) => at
                .to_zoned_datetime(self.zone.clone())
                .strftime("%Y%m%d")
                .to_string(),
            Err(_) => seconds.to_string(),
        }
    }

    /// `2026-05`, the month in the zone of this machine.
    pub(crate) fn month(&self, seconds: i64) -> String {
        match Timestamp::from_second(seconds) {
            Ok(at) => at
                .to_zoned_datetime(self.zone.clone())
                .strftime("%Y-%m")
                .to_string(),
            Err(_) => "?".to_owned(),
        }
    }

    /// The name of the zone, for a heading.
    pub(crate) fn zone_name(&self) -> String {
        match self.zone.iana_name() {
            Some(name) => name.to_owned(),
            None => "local time".to_owned(),
        }
    }

    /// A date, a date and time, or an age such as `30d`.
    pub(crate) fn moment(&self, text: &str) -> Result<i64, String> {
        if let Ok(age) = duration(text) {
            let age = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
            return Ok(self.now.saturating_sub(age));
        }
        if let Ok(at) = text.parse::<Timestamp>() {
            return Ok(at.as_second());
        }
        // Without an offset a person means the clock on the wall.
        let local = text
            .parse::<DateTime>()
            .or_else(|_| text.parse::<Date>().map(|date| date.at(0, 0, 0, 0)))
            .map_err(|_| {
                "neither a date such as 2026-05-01, nor a date with a time such as \
                 2026-05-01T12:00:00Z, nor an age such as 30d"
                    .to_owned()
            })?;
        local
            .to_zoned_datetime(self.zone.clone())
            .map(|at| at.timestamp().as_second())
            .map_err(|error| error.to_string())
    }
}

/// RFC 3339 in UTC, for machines.
pub(crate) fn rfc3339(seconds: i64) -> String {
    match Timestamp::from_second(seconds) {
        Ok(at) => at.to_string(),
        Err(_) => seconds.to_string(),
    }
}

/// `30s`, `5m`, `12h`, `30d`, `2w`. A day has 24 hours.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write a duration such as 30s, 5m, 12h, 30d or 2w".to_owned();
    let span: Span = text.parse().map_err(|_| wrong())?;
    // A month has no fixed length and is refused; so is a negative span, in the second step.
    span.to_duration(SpanRelativeTo::days_are_24_hours())
        .ok()
        .and_then(|duration| Duration::try_from(duration).ok())
        .ok_or_else(wrong)
}

/// Whole days between two moments; 0 if the clock went back.
pub(crate) fn days_between(earlier: i64, later: i64) -> i64 {
    later
        .saturating_sub(earlier)
        .checked_div(86_400)
        .unwrap_or(0)
        .max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        Clock {
            now: 1_750_000_000,
            fixed: true,
            zone: TimeZone::UTC,
        }
    }

    #[test]
    fn ages_dates_and_moments_are_understood() {
        let clock = clock();
        assert_eq!(clock.moment("1d"), Ok(1_750_000_000 - 86_400));
        assert_eq!(clock.moment("2w"), Ok(1_750_000_000 - 14 * 86_400));
        assert_eq!(clock.moment("2025-06-01"), Ok(1_748_736_000));
        assert_eq!(clock.moment("2025-06-01T01:00:00Z"), Ok(1_748_739_600));
        assert_eq!(clock.moment("2025-06-01 01:00"), Ok(1_748_739_600));
        assert!(clock.moment("soon").is_err());
        assert!(clock.moment("-3d").is_err());
    }

    #[test]
    fn a_moment_is_shown_to_the_minute_the_day_and_the_month() {
        let clock = clock();
        assert_eq!(clock.minute(1_750_000_000), "2025-06-15 15:06");
        assert_eq!(clock.day(1_750_000_000), "20250615");
        assert_eq!(clock.month(1_750_000_000), "2025-06");
        assert_eq!(clock.zone_name(), "UTC");
        assert_eq!(rfc3339(1_750_000_000), "2025-06-15T15:06:40Z");
    }

    #[test]
    fn a_moment_beyond_the_calendar_is_shown_as_its_number() {
        let clock = clock();
        assert_eq!(clock.minute(i64::MAX), "9223372036854775807 s");
        assert_eq!(clock.day(i64::MAX), "9223372036854775807");
        assert_eq!(rfc3339(i64::MAX), "9223372036854775807");
    }

    #[test]
    fn a_fixed_clock_stands_still_and_another_goes_on() {
        assert_eq!(clock().current(), 1_750_000_000);
        let going = Clock {
            fixed: false,
            ..clock()
        };
        assert!(going.current() > 1_750_000_000);
    }

    #[test]
    fn days_between_are_whole_and_never_negative() {
        assert_eq!(days_between(100, 100 + 3 * 86_400), 3);
        assert_eq!(days_between(100, 99 + 3 * 86_400), 2);
        assert_eq!(days_between(86_400, 0), 0);
    }

    #[test]
    fn a_duration_is_positive_and_has_a_unit() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1h 30m"), Ok(Duration::from_secs(5400)));
        assert!(duration("30").is_err());
        assert!(duration("1 month").is_err());
    }
}

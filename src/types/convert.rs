//! Between the contract's types and those of the standard library.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::iter::Sum;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{CdkCode, CdkStatus, Timestamp, Traffic, TrafficDuration};
use crate::error::InvalidInput;

impl TryFrom<&str> for CdkCode {
    type Error = InvalidInput;

    fn try_from(code: &str) -> Result<Self, InvalidInput> {
        Self::new(code)
    }
}

/// The code whole: treat the text like a password.
impl From<CdkCode> for String {
    fn from(code: CdkCode) -> Self {
        code.as_str().to_owned()
    }
}

/// So that a map with codes as keys can be asked by `&str`: order and hash are those of the text.
impl Borrow<str> for CdkCode {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

/// By the vendor's number. `Other` with a number that has a name of its own comes after that name, as they are not equal.
impl Ord for CdkStatus {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |status: &Self| (status.as_i64(), matches!(status, Self::Other(_)));
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for CdkStatus {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// `unused`, `used`, `revoked`, or the vendor's number.
impl FromStr for CdkStatus {
    type Err = InvalidInput;

    fn from_str(text: &str) -> Result<Self, InvalidInput> {
        match text {
            "unused" => Ok(Self::Unused),
            "used" => Ok(Self::Used),
            "revoked" => Ok(Self::Revoked),
            other => {
                // As `Display` writes it.
                let number = other
                    .strip_prefix("status ")
                    .unwrap_or(other)
                    .parse::<i64>();
                number.map(Self::from).map_err(|_| {
                    InvalidInput::new(
                        "status",
                        "it is none of unused, used, revoked, and no number",
                    )
                })
            }
        }
    }
}

impl From<CdkStatus> for i64 {
    fn from(status: CdkStatus) -> Self {
        status.as_i64()
    }
}

/// Seconds since 1970-01-01 00:00:00 UTC.
impl From<i64> for Timestamp {
    fn from(seconds: i64) -> Self {
        Self(seconds)
    }
}

impl From<Timestamp> for i64 {
    fn from(at: Timestamp) -> Self {
        at.0
    }
}

/// Cuts fractions of a second off.
impl From<SystemTime> for Timestamp {
    fn from(at: SystemTime) -> Self {
        Self(match at.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
            Err(before) => {
                let before = before.duration();
                let seconds = i64::try_from(before.as_secs()).unwrap_or(i64::MAX);
                let cut = i64::from(before.subsec_nanos() > 0);
                seconds.saturating_neg().saturating_sub(cut)
            }
        })
    }
}

impl TryFrom<Timestamp> for SystemTime {
    type Error = OutOfRange;

    fn try_from(at: Timestamp) -> Result<Self, OutOfRange> {
        let distance = Duration::from_secs(at.0.unsigned_abs());
        let moved = if at.0 < 0 {
            UNIX_EPOCH.checked_sub(distance)
        } else {
            UNIX_EPOCH.checked_add(distance)
        };
        moved.ok_or(OutOfRange)
    }
}

/// As RFC 3339 writes it, in UTC: `2025-05-27T07:53:19Z`. A moment outside the years 1 to 9999 is written as its seconds,
/// `@253402300800`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match date(self.0) {
            Some(text) => f.pad(&text),
            None => f.pad(&format!("@{}", self.0)),
        }
    }
}

/// 0001-01-01 and 10000-01-01, each 00:00:00.
const YEARS: std::ops::Range<i64> = -62_135_596_800..253_402_300_800;

/// Howard Hinnant's `civil_from_days`, on days since 0000-03-01.
#[allow(clippy::arithmetic_side_effects)] // the range of years keeps every number small
fn date(seconds: i64) -> Option<String> {
    if !YEARS.contains(&seconds) {
        return None;
    }
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    Some(format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
    ))
}

/// A number in the vendor's unit.
impl From<i64> for Traffic {
    fn from(amount: i64) -> Self {
        Self(amount)
    }
}

impl From<Traffic> for i64 {
    fn from(amount: Traffic) -> Self {
        amount.0
    }
}

/// A whole number in the vendor's unit, without one behind it: none is known.
impl FromStr for Traffic {
    type Err = InvalidInput;

    fn from_str(text: &str) -> Result<Self, InvalidInput> {
        let number = text.parse().map(Self);
        number.map_err(|_| InvalidInput::new("traffic", "it is no whole number, without a unit"))
    }
}

/// Stops at the largest and the smallest number instead of wrapping. [`Traffic::checked_sum`] reports that case.
impl Sum for Traffic {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self(0), |sum, amount| Self(sum.0.saturating_add(amount.0)))
    }
}

impl<'a> Sum<&'a Self> for Traffic {
    fn sum<I: Iterator<Item = &'a Self>>(amounts: I) -> Self {
        amounts.copied().sum()
    }
}

/// Whole seconds.
impl From<u64> for TrafficDuration {
    fn from(seconds: u64) -> Self {
        Self(seconds)
    }
}

/// A [`Timestamp`] does not fit the other date type.
///
/// ```
/// use std::time::SystemTime;
/// use thordata_cdk::{OutOfRange, Timestamp};
///
/// match SystemTime::try_from(Timestamp(i64::MIN)) {
///     Ok(_) => println!("this system's clock goes back as far"),
///     Err(OutOfRange) => println!("a moment before all that this system can hold"),
/// }
/// ```
///
/// Guide: [times in replies](crate::guide::decisions).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfRange;

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the moment is outside the range of the date type")
    }
}

impl std::error::Error for OutOfRange {}

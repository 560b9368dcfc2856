//! Status, traffic, times and the order, with lenient decoding.

use std::fmt;
use std::time::Duration;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::number;

/// The status of a voucher (the vendor's page "Get CDK List").
///
/// A number that the page does not list becomes [`Other`](Self::Other), so that a new status never makes a list
/// unreadable. Treat such a voucher as neither usable nor used up.
///
/// ```
/// use thordata_cdk::CdkStatus;
///
/// assert_eq!(CdkStatus::from(1), CdkStatus::Unused);
/// assert_eq!(CdkStatus::Revoked.to_string(), "revoked");
/// assert_eq!(CdkStatus::from(7).to_string(), "status 7");
/// ```
///
/// Guide: [what a list shows](crate::guide::decisions).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CdkStatus {
    /// 1: not redeemed yet.
    Unused,
    /// 2: redeemed.
    Used,
    /// 3: revoked by the account that created it.
    Revoked,
    /// Any other number, as it was sent.
    Other(i64),
}

impl CdkStatus {
    /// The vendor's number.
    #[must_use]
    pub const fn as_i64(self) -> i64 {
        match self {
            Self::Unused => 1,
            Self::Used => 2,
            Self::Revoked => 3,
            Self::Other(number) => number,
        }
    }
}

impl From<i64> for CdkStatus {
    fn from(number: i64) -> Self {
        match number {
            1 => Self::Unused,
            2 => Self::Used,
            3 => Self::Revoked,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for CdkStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unused => f.pad("unused"),
            Self::Used => f.pad("used"),
            Self::Revoked => f.pad("revoked"),
            Self::Other(number) => f.pad(&format!("status {number}")),
        }
    }
}

/// A moment, in seconds since 1970-01-01 00:00:00 UTC. 0 means absent in the vendor's replies. So does an empty string,
/// which the details page allows: it is read as 0.
///
/// The features `jiff`, `chrono` and `time` add conversions to the types of those crates.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use thordata_cdk::Timestamp;
///
/// let at = SystemTime::try_from(Timestamp(1_748_332_399))?;
/// assert_eq!(at.duration_since(SystemTime::UNIX_EPOCH)?, Duration::from_secs(1_748_332_399));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Guide: [times in replies](crate::guide::decisions).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    #[must_use]
    pub const fn as_secs(self) -> i64 {
        self.0
    }
}

/// An amount of traffic, in the unit of the vendor's shop.
///
/// The CDK pages give no unit (the dashboard sells traffic by the GB), so nothing is converted: an
/// amount comes back as it was ordered. For the same reason you can add it only to other traffic, and
/// there is no conversion into bytes.
///
/// Guide: [traffic has no unit](crate::guide::decisions).
///
/// ```
/// use thordata_cdk::Traffic;
///
/// let each = Traffic(3);
/// assert_eq!(each.checked_mul(100), Some(Traffic(300))); // 100 vouchers
/// assert_eq!(each.checked_add(Traffic(2)), Some(Traffic(5)));
/// assert_eq!(Traffic::checked_sum([each, each]), Some(Traffic(6)));
/// ```
/// ```compile_fail,E0369
/// let _ = thordata_cdk::Traffic(3) + 1;
/// ```
/// ```compile_fail,E0308
/// # use thordata_cdk::{Traffic, TrafficDuration};
/// let _ = Traffic(3).checked_add(TrafficDuration(7_776_000));
/// ```
/// ```compile_fail,E0308
/// let _ = thordata_cdk::Traffic(3) == 3;
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Traffic(pub i64);

impl Traffic {
    /// The number in the vendor's unit.
    #[must_use]
    pub const fn as_i64(self) -> i64 {
        self.0
    }

    /// The sum of both. `None` if no `i64` holds the result.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// This amount less `other`; below zero if `other` is more. `None` if no `i64` holds the result.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(left) => Some(Self(left)),
            None => None,
        }
    }

    /// The traffic of `count` such vouchers. `None` if no `i64` holds the result.
    #[must_use]
    pub const fn checked_mul(self, count: u32) -> Option<Self> {
        match self.0.checked_mul(count as i64) {
            Some(product) => Some(Self(product)),
            None => None,
        }
    }

    /// The sum of all, 0 if there are none. `None` if no `i64` holds the result.
    #[must_use]
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self(0), Self::checked_add)
    }
}

impl fmt::Display for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How long a voucher's traffic is valid, in whole seconds.
///
/// Whether it runs from creation or from redemption is not documented, so this crate computes no
/// expiry date, and neither should you.
///
/// ```
/// use std::time::Duration;
/// use thordata_cdk::TrafficDuration;
///
/// let valid = TrafficDuration(7_776_000);
/// assert_eq!(valid.as_duration(), Duration::from_secs(90 * 86_400));
/// ```
///
/// Guide: [no expiry date is computed](crate::guide::decisions).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TrafficDuration(pub u64);

impl TrafficDuration {
    /// Whole seconds.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0
    }

    /// The seconds as a [`Duration`].
    #[must_use]
    pub const fn as_duration(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

impl From<TrafficDuration> for Duration {
    fn from(duration: TrafficDuration) -> Self {
        duration.as_duration()
    }
}

/// What [`Client::create`](crate::Client::create) is to buy. The fields are named, since two swapped numbers would cost
/// money.
///
/// Guide: [buying over a network that breaks](crate::guide::delivery).
///
/// ```
/// use thordata_cdk::{NewCdks, Traffic};
/// let order = NewCdks { traffic: Traffic(3), count: 100 };
/// ```
///
/// With serde it is a map of its two fields, for programs that store what they are going to order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NewCdks {
    /// Traffic of each voucher, at least 1, in the vendor's unit.
    pub traffic: Traffic,
    /// How many vouchers, at least 1.
    pub count: u32,
}

/// The envelope's `code`, which says what became of money: of strings, only those that hold an integer.
pub(crate) fn payload_code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    deserializer.deserialize_any(Whole {
        empty: None,
        integers_only: true,
    })
}

/// Whole numbers that the vendor's pages type as number in one place and as string in another.
///
/// Takes an integer, a whole float, or a string that holds one of them, such as `3.00` or `3e0`. An empty string is
/// `empty`, if that is set.
fn whole_number<'de, D: Deserializer<'de>>(
    deserializer: D,
    empty: Option<i64>,
) -> Result<i64, D::Error> {
    deserializer.deserialize_any(Whole {
        empty,
        integers_only: false,
    })
}

struct Whole {
    empty: Option<i64>,
    integers_only: bool,
}

impl<'de> Visitor<'de> for Whole {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number, or a string that holds one")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<i64, E> {
        Ok(number)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<i64, E> {
        i64::try_from(number).map_err(|_| E::custom("a number is too large"))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<i64, E> {
        // 2^53: beyond it a float no longer distinguishes whole numbers.
        if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 {
            #[allow(clippy::cast_possible_truncation)] // whole and in range: just checked
            return Ok(number as i64);
        }
        Err(E::custom("a number is not whole"))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<i64, E> {
        match (text.trim(), self.empty) {
            ("", Some(number)) => Ok(number),
            (text, _) => match text.parse() {
                Ok(number) => Ok(number),
                Err(_) if self.integers_only => Err(E::custom("a string holds no whole number")),
                Err(_) => number::whole(text).map_err(E::custom),
            },
        }
    }

    /// How serde_json hands numbers over once any crate of the program has switched its feature
    /// `arbitrary_precision` on. Nothing else that is a map passes for a number.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<i64, A::Error> {
        let number = serde_json::Number::deserialize(MapAccessDeserializer::new(map))
            .map_err(|_| de::Error::invalid_type(Unexpected::Map, &self))?;
        match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), ..) => Ok(number),
            (_, Some(number), _) => self.visit_u64(number),
            (.., Some(number)) => self.visit_f64(number),
            _ => Err(de::Error::custom("a number is too large")),
        }
    }
}

macro_rules! integer_on_the_wire {
    ($type:ty, $into:expr, $empty:expr, $from:expr) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $into(*self).serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $from(whole_number(deserializer, $empty)?)
            }
        }

        #[cfg(feature = "schemars")]
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "integer", "format": "int64" })
            }
        }
    };
}

integer_on_the_wire!(CdkStatus, CdkStatus::as_i64, None, |number| {
    Ok(CdkStatus::from(number))
});
integer_on_the_wire!(Timestamp, Timestamp::as_secs, Some(0), |seconds| {
    Ok(Timestamp(seconds))
});
integer_on_the_wire!(Traffic, Traffic::as_i64, None, |amount| Ok(Traffic(amount)));
integer_on_the_wire!(TrafficDuration, TrafficDuration::as_secs, None, |seconds| {
    u64::try_from(seconds)
        .map(TrafficDuration)
        .map_err(|_| de::Error::custom("a duration is negative"))
});

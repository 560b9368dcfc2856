//! Conversions between [`Timestamp`] and the types of the time crates, behind their features.

#[cfg(feature = "chrono")]
use super::OutOfRange;
use super::Timestamp;

#[cfg(feature = "jiff")]
impl TryFrom<Timestamp> for jiff::Timestamp {
    type Error = jiff::Error;

    fn try_from(at: Timestamp) -> Result<Self, jiff::Error> {
        Self::from_second(at.as_secs())
    }
}

#[cfg(feature = "jiff")]
impl From<jiff::Timestamp> for Timestamp {
    /// Cuts fractions of a second off.
    fn from(at: jiff::Timestamp) -> Self {
        Self(at.as_second())
    }
}

#[cfg(feature = "chrono")]
impl TryFrom<Timestamp> for chrono::DateTime<chrono::Utc> {
    type Error = OutOfRange;

    fn try_from(at: Timestamp) -> Result<Self, OutOfRange> {
        Self::from_timestamp(at.as_secs(), 0).ok_or(OutOfRange)
    }
}

#[cfg(feature = "chrono")]
impl From<chrono::DateTime<chrono::Utc>> for Timestamp {
    /// Cuts fractions of a second off.
    fn from(at: chrono::DateTime<chrono::Utc>) -> Self {
        Self(at.timestamp())
    }
}

#[cfg(feature = "time")]
impl TryFrom<Timestamp> for ::time::OffsetDateTime {
    type Error = ::time::error::ComponentRange;

    fn try_from(at: Timestamp) -> Result<Self, ::time::error::ComponentRange> {
        Self::from_unix_timestamp(at.as_secs())
    }
}

#[cfg(feature = "time")]
impl From<::time::OffsetDateTime> for Timestamp {
    /// Cuts fractions of a second off.
    fn from(at: ::time::OffsetDateTime) -> Self {
        Self(at.unix_timestamp())
    }
}

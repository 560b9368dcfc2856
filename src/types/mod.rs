//! The types that the generator uses for the contract's leaf schemas.

mod code;
mod convert;
mod model;
mod number;
mod object;
#[cfg(any(feature = "jiff", feature = "chrono", feature = "time"))]
mod time;

pub use self::code::CdkCode;
pub(crate) use self::code::one_code_or_many;
pub use self::convert::OutOfRange;
pub(crate) use self::model::payload_code;
pub use self::model::{CdkStatus, NewCdks, Timestamp, Traffic, TrafficDuration};
pub(crate) use self::object::{Object, readable_or_absent};

//! The types that the generator uses for the contract's leaf schemas.

mod code;
mod convert;
mod model;
#[cfg(any(feature = "jiff", feature = "chrono", feature = "time"))]
mod time;

pub use self::code::CdkCode;
pub(crate) use self::code::one_code_or_many;
pub use self::convert::OutOfRange;
pub(crate) use self::model::lenient_i64;
pub use self::model::{CdkStatus, NewCdks, Timestamp, Traffic, TrafficDuration};

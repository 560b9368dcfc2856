//! The vendor's error codes, from the table in the contract.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why the service refused: the `code` of a failure. The table is the vendor's, shared with its other products; the
/// list is open.
///
/// ```
/// use thordata_cdk::ErrorCode;
///
/// assert_eq!(ErrorCode::from(10008), ErrorCode::InsufficientBalance);
/// assert_eq!(ErrorCode::from(10999), ErrorCode::Other(10999)); // not in the table
/// assert_eq!(ErrorCode::InsufficientBalance.to_string(), "10008 (insufficient wallet balance)");
/// ```
///
/// Guide: [which codes prove that nothing was done](crate::guide::decisions).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// 10000: a parameter is missing or wrong.
    ParameterError,
    /// 10001: "duration error"; the vendor's SDK specification says "unknown error".
    DurationError,
    /// 10002: region info error.
    RegionInfoError,
    /// 10003: number error, a wrong quantity.
    NumberError,
    /// 10004: region error.
    RegionError,
    /// 10005: insufficient purchase quantity.
    InsufficientQuantity,
    /// 10006: price error.
    PriceError,
    /// 10007: the IP cannot be renewed (other products).
    IpNotRenewable,
    /// 10008: insufficient wallet balance.
    InsufficientBalance,
    /// 10009: purchase failed. Whether anything was bought is not said.
    PurchaseFailed,
    /// 10010: IP does not exist (other products).
    IpNotFound,
    /// 10011: frequent operations, try again later.
    TooFrequent,
    /// 10012: more than a single purchase may hold.
    QuantityLimit,
    /// 10013: sign error, the `token` header.
    SignError,
    /// 10014: apiKey error, the `key` header.
    ApiKeyError,
    /// 10015: form of a sub-account's user name (other products).
    SubAccountName,
    /// 10016: form of a sub-account's password (other products).
    SubAccountPassword,
    /// 10017: please recharge first.
    RechargeFirst,
    /// 10018: the user name already exists (other products).
    UserNameTaken,
    /// 10019: exceeding the maximum quantity.
    MaximumQuantity,
    /// 10020: the user name does not exist.
    UserNameNotFound,
    /// 10021: the query date cannot exceed 180 days.
    QueryTooOld,
    /// Any other number, as it was sent. The vendor's SDK specification also uses HTTP-like ones.
    Other(i64),
}

const TABLE: [(i64, ErrorCode, &str); 22] = [
    (10000, ErrorCode::ParameterError, "parameter error"),
    (10001, ErrorCode::DurationError, "duration error"),
    (10002, ErrorCode::RegionInfoError, "region info error"),
    (10003, ErrorCode::NumberError, "number error"),
    (10004, ErrorCode::RegionError, "region error"),
    (
        10005,
        ErrorCode::InsufficientQuantity,
        "insufficient purchase quantity",
    ),
    (10006, ErrorCode::PriceError, "price error"),
    (10007, ErrorCode::IpNotRenewable, "the IP cannot be renewed"),
    (
        10008,
        ErrorCode::InsufficientBalance,
        "insufficient wallet balance",
    ),
    (10009, ErrorCode::PurchaseFailed, "purchase failed"),
    (10010, ErrorCode::IpNotFound, "IP does not exist"),
    (
        10011,
        ErrorCode::TooFrequent,
        "frequent operations, try again later",
    ),
    (
        10012,
        ErrorCode::QuantityLimit,
        "exceeding the quantity limit for a single purchase",
    ),
    (
        10013,
        ErrorCode::SignError,
        "sign error, the token is not accepted",
    ),
    (
        10014,
        ErrorCode::ApiKeyError,
        "apiKey error, the key is not accepted",
    ),
    (
        10015,
        ErrorCode::SubAccountName,
        "sub-account user name format",
    ),
    (
        10016,
        ErrorCode::SubAccountPassword,
        "sub-account password format",
    ),
    (10017, ErrorCode::RechargeFirst, "please recharge first"),
    (
        10018,
        ErrorCode::UserNameTaken,
        "the user name already exists",
    ),
    (
        10019,
        ErrorCode::MaximumQuantity,
        "exceeding the maximum quantity",
    ),
    (
        10020,
        ErrorCode::UserNameNotFound,
        "user name does not exist",
    ),
    (
        10021,
        ErrorCode::QueryTooOld,
        "the query date cannot exceed 180 days",
    ),
];

impl ErrorCode {
    /// The vendor's number.
    #[must_use]
    pub fn as_i64(self) -> i64 {
        match self {
            Self::Other(number) => number,
            known => TABLE
                .iter()
                .find(|(_, code, _)| *code == known)
                // Never 0: the table has every other variant.
                .map_or(0, |(number, _, _)| *number),
        }
    }

    /// Whether this code is documented as a refusal, so that nothing was created or revoked.
    ///
    /// Not so: 10001 ("unknown error" in one source), 10009 (a purchase that failed, no word of how
    /// far it got), 300, the 5xx, and every code that is not documented.
    pub(crate) fn is_refusal(self) -> bool {
        match self {
            Self::DurationError | Self::PurchaseFailed => false,
            Self::Other(number) => matches!(number, 400..=404 | 422 | 429),
            _ => true,
        }
    }

    /// Whether the contract says of this very code that it leaves open what was done, so that no HTTP
    /// status beside it proves anything.
    pub(crate) fn leaves_open(self) -> bool {
        match self {
            Self::DurationError | Self::PurchaseFailed => true,
            Self::Other(number) => matches!(number, 300 | 500..=599),
            _ => false,
        }
    }
}

impl From<i64> for ErrorCode {
    fn from(number: i64) -> Self {
        TABLE
            .iter()
            .find(|(known, _, _)| *known == number)
            .map_or(Self::Other(number), |(_, code, _)| *code)
    }
}

/// The number, and its documented meaning in short.
impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match TABLE.iter().find(|(_, code, _)| code == self) {
            Some((number, _, meaning)) => write!(f, "{number} ({meaning})"),
            None => write!(f, "code {}", self.as_i64()),
        }
    }
}

impl From<ErrorCode> for i64 {
    fn from(code: ErrorCode) -> Self {
        code.as_i64()
    }
}

/// As the vendor's number.
impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.as_i64())
    }
}

impl<'de> Deserialize<'de> for ErrorCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Self::from)
    }
}

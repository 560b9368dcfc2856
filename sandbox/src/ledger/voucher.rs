//! One voucher of the ledger.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ledger::codes::masked;

/// How long a voucher's traffic is valid, in seconds: 90 days, as in the vendor's examples.
pub const TRAFFIC_DURATION: i64 = 7_776_000;

/// The status of a voucher, by the numbers of the vendor's page "Get CDK List".
///
/// ```
/// use thordata_cdk_sandbox::VoucherStatus;
///
/// assert_eq!(VoucherStatus::from(3), VoucherStatus::Revoked);
/// ```
///
/// Guide: [the sandbox from Rust](crate#from-rust).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "i64", into = "i64")]
pub enum VoucherStatus {
    /// 1: not redeemed yet.
    Unused,
    /// 2: redeemed.
    Used,
    /// 3: revoked.
    Revoked,
    /// Any other number. It is not documented, and only [`Sandbox::insert`](crate::Sandbox::insert) makes such a voucher.
    Other(i64),
}

impl From<i64> for VoucherStatus {
    fn from(number: i64) -> Self {
        match number {
            1 => Self::Unused,
            2 => Self::Used,
            3 => Self::Revoked,
            other => Self::Other(other),
        }
    }
}

impl From<VoucherStatus> for i64 {
    fn from(status: VoucherStatus) -> Self {
        match status {
            VoucherStatus::Unused => 1,
            VoucherStatus::Used => 2,
            VoucherStatus::Revoked => 3,
            VoucherStatus::Other(number) => number,
        }
    }
}

/// A voucher in the sandbox's ledger, to look at or to [insert](crate::Sandbox::insert). Its JSON names are the
/// contract's.
///
/// `Debug` masks the code: whoever reads a code can redeem it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use thordata_cdk_sandbox::{Sandbox, Voucher, VoucherStatus};
///
/// let sandbox = Sandbox::start().await?;
/// let mut voucher = Voucher::new("nozzapqOWJOCcWIX", 3, sandbox.now());
/// voucher.status = VoucherStatus::Other(7);
/// assert!(sandbox.insert(voucher));
/// # Ok(()) }
/// ```
///
/// Guide: [the sandbox from Rust](crate#from-rust).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voucher {
    /// The code, which is case-sensitive.
    #[serde(rename = "cdk")]
    pub code: String,
    /// Its status.
    pub status: VoucherStatus,
    /// When it was created, in Unix seconds of the sandbox's clock.
    pub create_time: i64,
    /// Its traffic, in the unit in which `flow` was ordered.
    pub traffic: i64,
    /// How long its traffic is valid, in seconds.
    pub traffic_duration: i64,
    /// Who redeemed it. The details reply leaves it out if nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub use_username: Option<String>,
    /// When it was redeemed, in Unix seconds. The details reply leaves it out if nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub use_time: Option<i64>,
    /// The [`LoggedRequest::id`](crate::LoggedRequest::id) of the request that created it; 0 for
    /// one that no request created.
    // Not in the contract, so vouchers that a test adds over HTTP need not have it.
    #[serde(default)]
    pub request_id: u64,
}

impl Voucher {
    /// An unused voucher of `traffic`, created at `create_time` by no request.
    #[must_use]
    pub fn new(code: impl Into<String>, traffic: i64, create_time: i64) -> Self {
        Self {
            code: code.into(),
            status: VoucherStatus::Unused,
            create_time,
            traffic,
            traffic_duration: TRAFFIC_DURATION,
            use_username: None,
            use_time: None,
            request_id: 0,
        }
    }
}

impl fmt::Debug for Voucher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Voucher")
            .field("code", &format_args!("{}", masked(&self.code)))
            .field("status", &self.status)
            .field("create_time", &self.create_time)
            .field("traffic", &self.traffic)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

/// Why a voucher could not be redeemed. From [`Sandbox::redeem`](crate::Sandbox::redeem).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use thordata_cdk_sandbox::{RedeemError, Sandbox};
///
/// let sandbox = Sandbox::start().await?;
/// assert_eq!(sandbox.redeem("nozzapqOWJOCcWIX", "Thor123456"), Err(RedeemError::Unknown));
/// # Ok(()) }
/// ```
///
/// Guide: [the sandbox from Rust](crate#from-rust).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RedeemError {
    /// There is no such code. Codes are case-sensitive.
    Unknown,
    /// Somebody has redeemed it before.
    AlreadyUsed,
    /// It was revoked.
    Revoked,
    /// Its status is none of the three documented ones.
    OtherStatus,
}

impl fmt::Display for RedeemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "there is no such voucher",
            Self::AlreadyUsed => "the voucher was redeemed before",
            Self::Revoked => "the voucher was revoked",
            Self::OtherStatus => "the voucher is in a status that cannot be redeemed",
        })
    }
}

impl std::error::Error for RedeemError {}

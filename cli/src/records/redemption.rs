//! One redemption, as it is kept.

use thordata_cdk::CdkDetails;

/// One redemption.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Redemption {
    pub(crate) username: Option<String>,
    /// Unix seconds.
    pub(crate) at: Option<i64>,
}

impl Redemption {
    /// That of a voucher; `None` if it is not redeemed.
    pub(crate) fn of(details: &CdkDetails) -> Option<Self> {
        details.redemption().map(|redemption| Self {
            username: redemption.username.map(str::to_owned),
            at: redemption.time.map(|time| time.as_secs()),
        })
    }
}

//! What the details of a voucher say of its redemption.

use crate::raw::promised::CdkDetails;
use crate::types::Timestamp;

/// Who redeemed a voucher, and when, as far as the details say so. From [`CdkDetails::redemption`].
///
/// Only `status` says whether a voucher is used: the vendor's own example shows a name and a time (in 1975) on an
/// *unused* voucher.
///
/// ```
/// # fn f(details: thordata_cdk::CdkDetails) {
/// if let Some(redemption) = details.redemption() {
///     println!("redeemed by {:?}", redemption.username); // `Debug` escapes what a customer typed
/// }
/// # }
/// ```
///
/// Guide: [redemption fields are optional](crate::guide::decisions).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Redemption<'a> {
    /// Who redeemed it. A customer typed this text: do not trust it.
    pub username: Option<&'a str>,
    /// When it was redeemed.
    pub time: Option<Timestamp>,
}

impl CdkDetails {
    /// The redemption fields, with an empty name and a time of 0 taken as absent. `None` if both are.
    #[must_use]
    pub fn redemption(&self) -> Option<Redemption<'_>> {
        let username = self.use_username.as_deref().filter(|name| !name.is_empty());
        let time = self.use_time.filter(|time| time.as_secs() != 0);
        (username.is_some() || time.is_some()).then_some(Redemption { username, time })
    }
}

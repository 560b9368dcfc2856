//! What the details of a voucher say of its redemption.

use crate::raw::promised::CdkDetails;
use crate::types::Timestamp;

/// Who redeemed a voucher, and when, as far as the details say so.
///
/// The vendor's own example shows both on an *unused* voucher, with a time in 1975: whether a voucher is
/// used is said by its `status` alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Redemption<'a> {
    /// Typed by a customer: untrusted text.
    pub username: Option<&'a str>,
    /// When.
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

//! The rules of the gate, apart from any store: who may begin a purchase, who may settle, and what is
//! overdue. Every store decides by these functions inside its transaction, and the model checks them. For
//! implementations of [`Store`](crate::store::Store); [the guide](crate::guide::gate) has the rules in words.
//!
//! ```
//! use thordata_cdk_issuer::gate::{Gate, MayBegin, MaySettle};
//!
//! let gate = Gate { now_ms: 1000, sending: 0, last_deadline_ms: 0, in_doubt: 1, lease_until_ms: 0 };
//! assert_eq!(gate.may_begin(4), MayBegin::GateClosed);
//! assert_eq!(gate.may_settle(false), MaySettle::Yes);
//! ```

use crate::store::PurchaseState;

/// What a decision needs to know about the account, read in one transaction.
///
/// ```
/// use thordata_cdk_issuer::gate::{Gate, MayBegin};
///
/// // One purchase is sending, and nothing is in doubt.
/// let gate = Gate { now_ms: 1000, sending: 1, last_deadline_ms: 5000, in_doubt: 0, lease_until_ms: 0 };
/// assert_eq!(gate.may_begin(4), MayBegin::Yes);
/// ```
///
/// Guide: [the rules in words](crate::guide::gate).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate {
    /// The store's clock, in milliseconds.
    pub now_ms: i64,
    /// How many purchases are sending and before their deadline.
    pub sending: u32,
    /// When the last of these has its deadline.
    pub last_deadline_ms: i64,
    /// How many purchases are in doubt, those past their deadline among them.
    pub in_doubt: u32,
    /// When the settling lease ends; in the past if nobody holds it.
    pub lease_until_ms: i64,
}

/// Whether a purchase may begin. From [`Gate::may_begin`].
///
/// ```
/// use thordata_cdk_issuer::gate::{Gate, MayBegin};
///
/// let full = Gate { now_ms: 1000, sending: 1, last_deadline_ms: 5000, in_doubt: 0, lease_until_ms: 0 };
/// assert_eq!(full.may_begin(1), MayBegin::Full);
/// assert_eq!(Gate { in_doubt: 1, ..full }.may_begin(1), MayBegin::GateClosed);
/// ```
///
/// Guide: [the rules in words](crate::guide::gate).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MayBegin {
    /// It may.
    Yes,
    /// Purchases in doubt come first.
    GateClosed,
    /// As many are sending as are allowed.
    Full,
}

/// Whether a process may settle. From [`Gate::may_settle`].
///
/// ```
/// use thordata_cdk_issuer::gate::{Gate, MaySettle};
///
/// // Another process has the lease, until 3000.
/// let leased = Gate { now_ms: 1000, sending: 0, last_deadline_ms: 0, in_doubt: 1, lease_until_ms: 3000 };
/// assert_eq!(leased.may_settle(false), MaySettle::NotBefore(3000));
/// assert_eq!(leased.may_settle(true), MaySettle::Yes);
/// ```
///
/// Guide: [settling](crate::guide::gate).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaySettle {
    /// Yes: nobody else does, and nothing is sending.
    Yes,
    /// Nothing is in doubt.
    NothingInDoubt,
    /// Not before this moment, in milliseconds of the store's clock.
    NotBefore(i64),
}

impl Gate {
    /// The gate is closed while anything is in doubt: vouchers that are bought meanwhile would look like those in doubt.
    #[must_use]
    pub fn may_begin(&self, in_flight: u32) -> MayBegin {
        if self.in_doubt > 0 {
            MayBegin::GateClosed
        // With 0 nothing could ever begin.
        } else if self.sending >= in_flight.max(1) {
            MayBegin::Full
        } else {
            MayBegin::Yes
        }
    }

    /// Settling waits for purchases that are sending: their vouchers would be taken for those in doubt.
    #[must_use]
    pub fn may_settle(&self, holds_the_lease: bool) -> MaySettle {
        if self.in_doubt == 0 {
            MaySettle::NothingInDoubt
        } else if self.sending > 0 {
            MaySettle::NotBefore(self.last_deadline_ms)
        } else if !holds_the_lease && self.now_ms < self.lease_until_ms {
            MaySettle::NotBefore(self.lease_until_ms)
        } else {
            MaySettle::Yes
        }
    }
}

/// A purchase whose deadline has passed belongs to a process that died or was stopped: it is in doubt.
#[must_use]
pub fn is_overdue(state: PurchaseState, deadline_ms: i64, now_ms: i64) -> bool {
    state == PurchaseState::Sending && now_ms >= deadline_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: Gate = Gate {
        now_ms: 1000,
        sending: 0,
        last_deadline_ms: 0,
        in_doubt: 0,
        lease_until_ms: 0,
    };

    #[test]
    fn a_purchase_begins_only_while_nothing_is_in_doubt_and_there_is_room() {
        assert_eq!(OPEN.may_begin(1), MayBegin::Yes);
        assert_eq!(OPEN.may_begin(0), MayBegin::Yes);
        assert_eq!(Gate { sending: 1, ..OPEN }.may_begin(1), MayBegin::Full);
        assert_eq!(Gate { sending: 1, ..OPEN }.may_begin(2), MayBegin::Yes);
        let doubtful = Gate {
            in_doubt: 1,
            ..OPEN
        };
        assert_eq!(doubtful.may_begin(9), MayBegin::GateClosed);
    }

    #[test]
    fn settling_waits_for_what_is_sending_and_for_another_holder() {
        assert_eq!(OPEN.may_settle(false), MaySettle::NothingInDoubt);
        let doubtful = Gate {
            in_doubt: 1,
            ..OPEN
        };
        assert_eq!(doubtful.may_settle(false), MaySettle::Yes);
        let sending = Gate {
            sending: 1,
            last_deadline_ms: 5000,
            ..doubtful
        };
        assert_eq!(sending.may_settle(true), MaySettle::NotBefore(5000));
        let leased = Gate {
            lease_until_ms: 1001,
            ..doubtful
        };
        assert_eq!(leased.may_settle(false), MaySettle::NotBefore(1001));
        assert_eq!(leased.may_settle(true), MaySettle::Yes);
        let expired = Gate {
            lease_until_ms: 1000,
            ..doubtful
        };
        assert_eq!(expired.may_settle(false), MaySettle::Yes);
    }

    #[test]
    fn only_a_purchase_that_is_sending_can_be_overdue() {
        assert!(is_overdue(PurchaseState::Sending, 1000, 1000));
        assert!(!is_overdue(PurchaseState::Sending, 1001, 1000));
        assert!(!is_overdue(PurchaseState::Bought, 0, 1000));
    }
}

//! An order as a caller places it and sees it.

use std::fmt;

use serde::{Deserialize, Serialize};
use thordata_cdk::{CdkCode, NewCdks, Traffic};

use crate::store::{OrderRow, PurchaseRow, PurchaseState, VoucherRole};

/// An order to [issue](crate::Issuer::issue_order): its key, its goods, and what else belongs to it.
///
/// ```
/// use thordata_cdk_issuer::NewOrder;
/// use thordata_cdk_issuer::thordata_cdk::{NewCdks, Traffic};
///
/// let goods = NewCdks { traffic: Traffic(3), count: 2 };
/// let order = NewOrder::new("A-17", goods).label("web shop").meta(r#"{"customer":4711}"#);
/// ```
///
/// Guide: [what an order comes to](crate#what-an-order-comes-to).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NewOrder {
    /// The caller's key: 1 to 200 characters on one line, unique in the account.
    pub key: String,
    /// What to buy.
    pub goods: NewCdks,
    /// A label for people.
    pub label: Option<String>,
    /// Whatever the caller keeps with the order, such as JSON. It must hold no codes: it stays in the store.
    pub meta: Option<String>,
}

impl NewOrder {
    /// An order without a label.
    pub fn new(key: impl Into<String>, goods: NewCdks) -> Self {
        Self {
            key: key.into(),
            goods,
            label: None,
            meta: None,
        }
    }

    /// Sets the label.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Sets what the caller keeps with the order.
    #[must_use]
    pub fn meta(mut self, meta: impl Into<String>) -> Self {
        self.meta = Some(meta.into());
        self
    }
}

/// How far an order has come, and so what to do next.
///
/// With serde: `"complete"`, or `{"incomplete":{"missing":1,"reason":null}}`.
///
/// ```
/// # fn f(order: thordata_cdk_issuer::Order) {
/// use thordata_cdk_issuer::OrderState;
///
/// match order.state() {
///     OrderState::Complete => println!("{} codes to store", order.codes().len()),
///     OrderState::Incomplete { missing, .. } => println!("{missing} not bought: call issue again"),
///     other => println!("{other}"),
/// }
/// # }
/// ```
///
/// Guide: [the next step for each state](crate#what-an-order-comes-to).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OrderState {
    /// All vouchers are bought, and [`Order::codes`] has them. Store them, then
    /// [`acknowledge`](crate::Issuer::acknowledge).
    Complete,
    /// The caller has the codes; the store keeps only their keyed hashes.
    Acknowledged,
    /// A purchase of it is being sent, by this process or another. Ask again later.
    InProgress,
    /// No usable answer came. The next call, or [`settle`](crate::Issuer::settle), finds out what it bought.
    InDoubt,
    /// It is proven that these vouchers were not bought. [`issue`](crate::Issuer::issue) with the same key buys
    /// them.
    Incomplete {
        /// How many.
        missing: u32,
        /// Why the last purchase bought nothing, if there was one.
        reason: Option<String>,
    },
    /// No usable answer came, and no voucher was listed within the window. That is no proof that nothing was bought:
    /// vouchers that appear later are this order's surplus. Only [`retry`](crate::Issuer::retry) buys again.
    NotObserved {
        /// How many vouchers were not observed.
        missing: u32,
        /// What came instead of a usable answer to the last purchase in doubt.
        reason: Option<String>,
    },
    /// No usable answer came, and the list shows vouchers that may be this order's or somebody else's
    /// ([`Order::candidates`]). A person decides: [`adopt`](crate::Issuer::adopt) those that are,
    /// [`retry`](crate::Issuer::retry) if none is, or [`abandon`](crate::Issuer::abandon).
    NeedsDecision {
        /// How many vouchers the order lacks.
        missing: u32,
        /// What came instead of a usable answer to the last purchase in doubt.
        reason: Option<String>,
    },
    /// Given up by [`abandon`](crate::Issuer::abandon). Nothing more is bought for it.
    Abandoned,
}

impl fmt::Display for OrderState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Complete => f.write_str("complete"),
            Self::Acknowledged => f.write_str("acknowledged"),
            Self::InProgress => f.write_str("in progress"),
            Self::InDoubt => f.write_str("in doubt"),
            Self::Incomplete { missing, .. } => write!(f, "{missing} missing"),
            Self::NotObserved { missing, .. } => write!(f, "{missing} not observed"),
            Self::NeedsDecision { missing, .. } => {
                write!(f, "{missing} missing, needs a decision")
            }
            Self::Abandoned => f.write_str("abandoned"),
        }
    }
}

/// An order, its state and its vouchers. From [`Issuer::issue`](crate::Issuer::issue) and
/// [`Issuer::order`](crate::Issuer::order).
///
/// With serde it holds its codes whole, for programs that pass it on: treat that text like a password.
///
/// ```
/// # async fn f(issuer: thordata_cdk_issuer::Issuer) -> Result<(), Box<dyn std::error::Error>> {
/// let order = issuer.order("A-17").await?;
/// println!("{}: {} of {} bought", order.key, order.bought(), order.count);
/// # Ok(()) }
/// ```
///
/// Guide: [the next step for each state](crate#what-an-order-comes-to).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Order {
    /// The caller's key: unique in the account.
    pub key: String,
    /// The traffic of each voucher.
    pub traffic: Traffic,
    /// How many vouchers were ordered.
    pub count: u32,
    /// A label for people, if one was given.
    pub label: Option<String>,
    /// Whatever the caller keeps with the order.
    pub meta: Option<String>,
    /// When it was first asked for, by the store's clock, in milliseconds since 1970.
    pub created_at_ms: i64,
    codes: Vec<CdkCode>,
    surplus: Vec<CdkCode>,
    candidates: Vec<CdkCode>,
    bought: u32,
    state: OrderState,
}

impl Order {
    /// How far the order has come.
    #[must_use]
    pub fn state(&self) -> &OrderState {
        &self.state
    }

    /// The codes that are this order's for certain. Empty once they are acknowledged.
    #[must_use]
    pub fn codes(&self) -> &[CdkCode] {
        &self.codes
    }

    /// Vouchers of this order beyond its count: they appeared after [`retry`](crate::Issuer::retry), or after the
    /// window.
    #[must_use]
    pub fn surplus(&self) -> &[CdkCode] {
        &self.surplus
    }

    /// Vouchers that may be this order's, while it needs a decision.
    #[must_use]
    pub fn candidates(&self) -> &[CdkCode] {
        &self.candidates
    }

    /// How many vouchers are this order's for certain, acknowledged or not; at most its count.
    #[must_use]
    pub fn bought(&self) -> u32 {
        self.bought
    }

    /// Whether something is left to do: it is neither acknowledged nor abandoned.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !matches!(self.state, OrderState::Acknowledged | OrderState::Abandoned)
    }

    /// Whether all vouchers are bought.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        matches!(self.state, OrderState::Complete | OrderState::Acknowledged)
    }

    pub(crate) fn of(row: OrderRow) -> Self {
        let state = state(&row);
        let with_role = |role| {
            let vouchers = row
                .vouchers
                .iter()
                .filter(move |voucher| voucher.role == role);
            vouchers
                .filter_map(|voucher| voucher.code.clone())
                .collect()
        };
        Self {
            bought: row.count.saturating_sub(row.missing()),
            codes: with_role(VoucherRole::Certain),
            surplus: with_role(VoucherRole::Surplus),
            candidates: with_role(VoucherRole::Candidate),
            state,
            key: row.key,
            traffic: Traffic(row.traffic),
            count: row.count,
            label: row.label,
            meta: row.meta,
            created_at_ms: row.created_at_ms,
        }
    }
}

fn state(row: &OrderRow) -> OrderState {
    let any = |state| row.purchases.iter().any(|purchase| purchase.state == state);
    let reason = |state: Option<PurchaseState>| {
        let of_state = |purchase: &&PurchaseRow| state.is_none_or(|state| purchase.state == state);
        let last = row
            .purchases
            .iter()
            .filter(of_state)
            // An id begins with the time at which it was made.
            .max_by_key(|purchase| purchase.id);
        last.and_then(|purchase| purchase.reason.clone())
    };
    let missing = row.missing();
    if row.acknowledged {
        OrderState::Acknowledged
    } else if row.abandoned {
        OrderState::Abandoned
    // Before the doubts: what a purchase still brings to a complete order is surplus.
    } else if missing == 0 {
        OrderState::Complete
    } else if any(PurchaseState::Unclear) {
        let reason = reason(Some(PurchaseState::Unclear));
        OrderState::NeedsDecision { missing, reason }
    } else if any(PurchaseState::InDoubt) {
        OrderState::InDoubt
    } else if any(PurchaseState::Sending) {
        OrderState::InProgress
    } else if any(PurchaseState::NotObserved) {
        let reason = reason(Some(PurchaseState::NotObserved));
        OrderState::NotObserved { missing, reason }
    } else {
        let reason = reason(None);
        OrderState::Incomplete { missing, reason }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_order_is_stored_with_serde_and_read_again() {
        let order = Order {
            key: "A-17".into(),
            traffic: Traffic(3),
            count: 2,
            label: None,
            meta: None,
            created_at_ms: 1_748_332_399_000,
            codes: vec!["nozzapqOWJOCcWIX".parse().unwrap()],
            surplus: Vec::new(),
            candidates: Vec::new(),
            bought: 1,
            state: OrderState::Incomplete {
                missing: 1,
                reason: None,
            },
        };
        let text = serde_json::to_string(&order).unwrap();
        assert_eq!(
            text,
            r#"{"key":"A-17","traffic":3,"count":2,"label":null,"meta":null,"created_at_ms":1748332399000,"codes":["nozzapqOWJOCcWIX"],"surplus":[],"candidates":[],"bought":1,"state":{"incomplete":{"missing":1,"reason":null}}}"#
        );
        assert_eq!(serde_json::from_str::<Order>(&text).unwrap(), order);
    }
}

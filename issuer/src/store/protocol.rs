//! What callers of a store ask and what it decides.

use std::time::Duration;

use uuid::Uuid;

use super::Voucher;

/// What an issuer asks of [`Store::begin_purchase`](super::Store::begin_purchase).
///
/// ```
/// # async fn f(store: &dyn thordata_cdk_issuer::store::Store, id: uuid::Uuid) -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use thordata_cdk_issuer::store::{Begin, BeginPurchase};
///
/// let begin = BeginPurchase {
///     key: "A-17".into(),
///     id, // a UUID of version 7
///     max_count: 1000,
///     in_flight: 1,
///     lifetime: Duration::from_secs(160),
///     service_time: None,
/// };
/// if let Begin::Begun { count, wait } = store.begin_purchase(&begin).await? {
///     println!("order {count} vouchers in {} ms", wait.as_millis());
/// }
/// # Ok(()) }
/// ```
///
/// Guide: [the protocol in words](crate::guide::gate).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeginPurchase {
    /// The order.
    pub key: String,
    /// The new purchase.
    pub id: Uuid,
    /// The largest count of one purchase.
    pub max_count: u32,
    /// How many purchases may be sending at once.
    pub in_flight: u32,
    /// How long the purchase may be sending.
    pub lifetime: Duration,
    /// The service's clock now, in Unix seconds, if it is known.
    pub service_time: Option<i64>,
}

/// What [`Store::begin_purchase`](super::Store::begin_purchase) decided.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let store = thordata_cdk_issuer::SqliteStore::open(folder.path().join("vouchers.db")).await?;
/// # let (id, lifetime) = (uuid::Uuid::now_v7(), std::time::Duration::from_secs(160));
/// use thordata_cdk_issuer::store::{Begin, BeginPurchase, Store};
///
/// let key = "A-17".to_owned(); // no order has it
/// let begin = BeginPurchase { key, id, max_count: 1000, in_flight: 1, lifetime, service_time: None };
/// assert_eq!(store.begin_purchase(&begin).await?, Begin::NothingToBuy);
/// # Ok(()) }
/// ```
///
/// Guide: [the protocol in words](crate::guide::gate).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Begin {
    /// The purchase is written down and may be sent.
    Begun {
        /// How many vouchers it asks for.
        count: u32,
        /// How long to wait before it is sent, so that all processes together keep the pace.
        wait: Duration,
    },
    /// The order has nothing to buy now.
    NothingToBuy,
    /// Purchases in doubt must be settled first.
    GateClosed,
    /// As many purchases are sending as are allowed.
    Full,
}

/// How a purchase ended, for [`Store::finish_purchase`](super::Store::finish_purchase).
///
/// ```
/// # async fn f(store: &dyn thordata_cdk_issuer::store::Store, id: uuid::Uuid) -> Result<(), Box<dyn std::error::Error>> {
/// use thordata_cdk_issuer::store::Finish;
///
/// let end = Finish::InDoubt { reason: "no reply came in time".into() };
/// store.finish_purchase(id, &end).await?;
/// # Ok(()) }
/// ```
///
/// Guide: [the protocol in words](crate::guide::gate).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finish {
    /// The service answered with these vouchers, as many as were asked for.
    Bought(Vec<Voucher>),
    /// The service answered with these vouchers, each once, and they are not as many as were asked for. They were paid
    /// for: they are the order's as far as its count goes, and surplus beyond it. Where they are fewer, the purchase is
    /// in doubt about the others.
    Named {
        /// The vouchers.
        vouchers: Vec<Voucher>,
        /// What the answer said, in words without secrets.
        reason: String,
    },
    /// Proven: nothing was bought.
    NotBought {
        /// Why, in words without secrets.
        reason: String,
        /// Whether the service refused it as too frequent.
        throttled: bool,
    },
    /// No usable answer came. The gate closes.
    InDoubt {
        /// Why, in words without secrets.
        reason: String,
    },
}

/// A purchase in doubt, with what is needed to settle it. From [`Store::lease`](super::Store::lease).
///
/// ```
/// # async fn f(store: &dyn thordata_cdk_issuer::store::Store, process: uuid::Uuid) -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use thordata_cdk_issuer::store::Lease;
///
/// if let Lease::Granted(doubts) = store.lease(process, Duration::from_secs(20)).await? {
///     for doubt in doubts {
///         println!("{}: {} vouchers, for {} s", doubt.key, doubt.count, doubt.age.as_secs());
///     }
/// }
/// # Ok(()) }
/// ```
///
/// Guide: [the protocol in words](crate::guide::gate).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The purchase.
    pub id: Uuid,
    /// Its order.
    pub key: String,
    /// The traffic of each voucher.
    pub traffic: i64,
    /// How many of its vouchers no answer named.
    pub count: u32,
    /// The service's clock before it was sent, in Unix seconds, if it was known.
    pub service_time: Option<i64>,
    /// How long it could be sending.
    pub lifetime: Duration,
    /// How long it has been in doubt.
    pub age: Duration,
}

/// What [`Store::lease`](super::Store::lease) decided.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let store = thordata_cdk_issuer::SqliteStore::open(folder.path().join("vouchers.db")).await?;
/// use std::time::Duration;
/// use thordata_cdk_issuer::store::{Lease, Store};
///
/// let process = uuid::Uuid::now_v7();
/// let lease = store.lease(process, Duration::from_secs(20)).await?;
/// assert_eq!(lease, Lease::NothingInDoubt); // the store is new
/// # Ok(()) }
/// ```
///
/// Guide: [the protocol in words](crate::guide::gate).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lease {
    /// The caller settles these, until the lease ends or is taken again.
    Granted(Vec<Doubt>),
    /// Nothing is in doubt; the gate is open.
    NothingInDoubt,
    /// Another holder settles, or purchases are still sending. Ask again after this.
    Wait(Duration),
}

/// What lists show about a purchase in doubt, for [`Store::settle`](super::Store::settle).
///
/// ```
/// # async fn f(store: &dyn thordata_cdk_issuer::store::Store, process: uuid::Uuid, id: uuid::Uuid)
/// # -> Result<(), Box<dyn std::error::Error>> {
/// use thordata_cdk_issuer::store::Verdict;
///
/// let nothing_observed = Verdict::Observed(Vec::new());
/// let written = store.settle(process, &[(id, nothing_observed)]).await?;
/// # Ok(()) }
/// ```
///
/// Guide: [the protocol in words](crate::guide::gate).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// These vouchers are its own; fewer than it asked for if the window ended.
    Observed(Vec<Voucher>),
    /// These may be its own.
    Unclear(Vec<Voucher>),
}

impl Verdict {
    /// The vouchers that it names.
    #[must_use]
    pub fn vouchers(&self) -> &[Voucher] {
        match self {
            Self::Observed(vouchers) | Self::Unclear(vouchers) => vouchers,
        }
    }
}

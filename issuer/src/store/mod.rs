//! Where orders live: the trait [`Store`], its data, and the implementations.
//!
//! A store belongs to one account. Several processes may use it at once; every time in it is by the store's own
//! clock. Each method is one transaction that is durable when the method returns. The module `suite` (with the feature
//! of that name) holds the tests that every implementation must pass; `issuer/docs/gate.md` has the protocol in words.

#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(feature = "suite")]
pub mod suite;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use thordata_cdk::CdkCode;
use uuid::Uuid;

/// A voucher code, hashed with the store's key and cut to 128 bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CodeHash(pub [u8; 16]);

impl fmt::Debug for CodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeHash(…)")
    }
}

/// What an order asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    /// The caller's key: unique in the store.
    pub key: String,
    /// The traffic of each voucher, at least 1.
    pub traffic: i64,
    /// How many vouchers, at least 1.
    pub count: u32,
    /// For people.
    pub label: Option<String>,
    /// Whatever the caller keeps with the order, such as JSON. It must hold no codes.
    pub meta: Option<String>,
}

/// Which orders [`Issuer::orders`](crate::Issuer::orders) returns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OrderFilter {
    /// Only orders that are neither acknowledged nor abandoned.
    pub open_only: bool,
    /// At most this many, the newest first; `None` for all.
    pub limit: Option<u32>,
}

impl OrderFilter {
    /// Orders that are neither acknowledged nor abandoned.
    #[must_use]
    pub fn open() -> Self {
        Self {
            open_only: true,
            limit: None,
        }
    }
}

/// An order with all that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRow {
    /// The caller's key.
    pub key: String,
    /// The traffic of each voucher.
    pub traffic: i64,
    /// How many were ordered.
    pub count: u32,
    /// For people.
    pub label: Option<String>,
    /// Whatever the caller keeps with the order.
    pub meta: Option<String>,
    /// When it was inserted, in milliseconds since 1970.
    pub created_at_ms: i64,
    /// Whether the caller has the codes.
    pub acknowledged: bool,
    /// Whether it was given up.
    pub abandoned: bool,
    /// Its purchases, oldest first.
    pub purchases: Vec<PurchaseRow>,
    /// Its vouchers, in the order in which they were written.
    pub vouchers: Vec<VoucherRow>,
}

impl OrderRow {
    /// How many of the ordered vouchers are not certain.
    #[must_use]
    pub fn missing(&self) -> u32 {
        let certain = self
            .vouchers
            .iter()
            .filter(|v| v.role == VoucherRole::Certain);
        let certain = u32::try_from(certain.count()).unwrap_or(u32::MAX);
        self.count.saturating_sub(certain)
    }

    /// How many vouchers may be bought now: those that are missing and that no purchase may still bring.
    #[must_use]
    pub fn to_buy(&self) -> u32 {
        let blocked = self.purchases.iter().fold(0_u32, |sum, purchase| {
            sum.saturating_add(match purchase.state {
                PurchaseState::Sending
                | PurchaseState::InDoubt
                | PurchaseState::NotObserved
                | PurchaseState::Unclear => purchase.outstanding,
                PurchaseState::Bought | PurchaseState::NotBought | PurchaseState::Released => 0,
            })
        });
        match self.acknowledged || self.abandoned {
            true => 0,
            false => self.missing().saturating_sub(blocked),
        }
    }
}

/// One `create` request that is sent for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseRow {
    /// UUID of version 7: it sorts by time.
    pub id: Uuid,
    /// How many vouchers it asks for.
    pub count: u32,
    /// How many of them are not certain.
    pub outstanding: u32,
    /// What it has come to.
    pub state: PurchaseState,
    /// Why, in words without secrets.
    pub reason: Option<String>,
}

/// What a purchase has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PurchaseState {
    /// It may be sent until its deadline. After that it is in doubt.
    Sending,
    /// Its answer was usable, or a list showed all its vouchers.
    Bought,
    /// Proven: nothing was bought.
    NotBought,
    /// No usable answer came. The gate is closed until this is settled.
    InDoubt,
    /// No voucher, or not every one, was listed within the window.
    NotObserved,
    /// A list shows vouchers that may be its own or somebody else's.
    Unclear,
    /// The caller decided to buy again; what it still brings is surplus.
    Released,
}

impl PurchaseState {
    /// The name in a store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Bought => "bought",
            Self::NotBought => "not_bought",
            Self::InDoubt => "in_doubt",
            Self::NotObserved => "not_observed",
            Self::Unclear => "unclear",
            Self::Released => "released",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [
            Self::Sending,
            Self::Bought,
            Self::NotBought,
            Self::InDoubt,
            Self::NotObserved,
            Self::Unclear,
            Self::Released,
        ];
        all.into_iter().find(|state| state.name() == name)
    }
}

/// What a voucher is to its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VoucherRole {
    /// It belongs to the order.
    Certain,
    /// It belongs to the order, beyond its count.
    Surplus,
    /// It may belong to the order.
    Candidate,
}

impl VoucherRole {
    /// The name in a store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Surplus => "surplus",
            Self::Candidate => "candidate",
        }
    }

    /// The role with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Certain, Self::Surplus, Self::Candidate];
        all.into_iter().find(|role| role.name() == name)
    }
}

/// A voucher of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoucherRow {
    /// The keyed hash of its code: unique in the store.
    pub hash: CodeHash,
    /// Its code; `None` once it is acknowledged.
    pub code: Option<CdkCode>,
    /// What it is to its order.
    pub role: VoucherRole,
}

/// A voucher to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voucher {
    /// The keyed hash of its code.
    pub hash: CodeHash,
    /// Its code.
    pub code: CdkCode,
}

/// What [`Store::begin_purchase`] is asked for.
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

/// What [`Store::begin_purchase`] decided.
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
    /// As many purchases are sending as may.
    Full,
}

/// How a purchase ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finish {
    /// The service answered with these vouchers, as many as were asked for.
    Bought(Vec<Voucher>),
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

/// A purchase in doubt, as it is settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The purchase.
    pub id: Uuid,
    /// Its order.
    pub key: String,
    /// The traffic of each voucher.
    pub traffic: i64,
    /// How many vouchers it asks for.
    pub count: u32,
    /// The service's clock before it was sent, in Unix seconds, if it was known.
    pub service_time: Option<i64>,
    /// How long it could be sending.
    pub lifetime: Duration,
    /// How long it has been in doubt.
    pub age: Duration,
}

/// What [`Store::lease`] decided.
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

/// What was found out of a purchase in doubt.
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

/// The order that a voucher belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Its key.
    pub key: String,
    /// Its label.
    pub label: Option<String>,
}

/// Whether the account is used by this store alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusive {
    /// Whether the declaration holds.
    pub holds: bool,
    /// Why it ended, if it did.
    pub ended_because: Option<String>,
}

/// A place for orders, purchases and vouchers of one account.
///
/// Each method is one transaction: when it returns `Ok`, all of it is durable; when it returns an error, it may have
/// been carried out or not, and the caller asks again. All methods are safe to call again with the same arguments.
#[async_trait]
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// The key of this store's hashes: random, made once.
    async fn hash_key(&self) -> Result<[u8; 32], StoreError>;

    /// Binds the store to the account with this keyed hash of its token; with `replace`, in place of another.
    ///
    /// # Errors
    /// [`StoreErrorKind::OtherAccount`] if it belongs to another account and `replace` is false.
    async fn bind_account(&self, account: [u8; 32], replace: bool) -> Result<(), StoreError>;

    /// The order with this key, inserted if there is none. What an existing one asks for is not changed.
    async fn insert_order(&self, order: &NewOrder) -> Result<OrderRow, StoreError>;

    /// The order with this key.
    async fn order(&self, key: &str) -> Result<Option<OrderRow>, StoreError>;

    /// Orders, the newest first.
    async fn orders(&self, filter: &OrderFilter) -> Result<Vec<OrderRow>, StoreError>;

    /// Decides by the rules of `gate.rs` whether a purchase may begin, and writes it down.
    async fn begin_purchase(&self, begin: &BeginPurchase) -> Result<Begin, StoreError>;

    /// Writes down how a purchase ended. `false`: the answer cannot be the purchase's own, since a code of it belongs
    /// to another one, and the purchase is in doubt. An answer that comes after its purchase was settled is kept:
    /// its vouchers are the order's, beyond its count as surplus.
    async fn finish_purchase(&self, id: Uuid, finish: &Finish) -> Result<bool, StoreError>;

    /// Takes the right to settle for `lifetime`, or extends it.
    async fn lease(&self, holder: Uuid, lifetime: Duration) -> Result<Lease, StoreError>;

    /// Writes all verdicts down, or none. `false`, and nothing is written, if `holder` has no valid lease, if one of the
    /// purchases is not in doubt any more, or if a voucher belongs to another purchase: then look again. When no
    /// purchase is in doubt any more, the gate opens.
    async fn settle(&self, holder: Uuid, verdicts: &[(Uuid, Verdict)]) -> Result<bool, StoreError>;

    /// Which of these vouchers the store knows, in the order given.
    async fn known(&self, hashes: &[CodeHash]) -> Result<Vec<bool>, StoreError>;

    /// The key and the label of the order that each of these vouchers belongs to, in the order given; `None` if the
    /// store does not know it, or knows it only as a candidate.
    async fn origins(&self, hashes: &[CodeHash]) -> Result<Vec<Option<Origin>>, StoreError>;

    /// The newest vouchers that an answer or a verdict made certain, at most `limit`.
    async fn newest(&self, limit: u32) -> Result<Vec<CodeHash>, StoreError>;

    /// Purchases that were not observed, or that were released, and that may still bring vouchers, the newest first; at
    /// most `limit`.
    async fn unobserved(&self, limit: u32) -> Result<Vec<Doubt>, StoreError>;

    /// Writes vouchers that a purchase brought late as its order's surplus. What the store knows is not changed.
    async fn add_surplus(&self, id: Uuid, vouchers: &[Voucher]) -> Result<(), StoreError>;

    /// Marks the order as acknowledged and forgets its codes; hashes stay. `true` if it was this call that did it; after a
    /// lost connection it may be `false` all the same.
    async fn acknowledge(&self, key: &str) -> Result<bool, StoreError>;

    /// Releases the purchases that were not observed or are unclear, so that what they lack may be bought again.
    async fn release(&self, key: &str) -> Result<(), StoreError>;

    /// Gives the order up: nothing more is bought for it.
    async fn abandon(&self, key: &str) -> Result<(), StoreError>;

    /// Gives vouchers to an order: candidates and surplus of any order, and vouchers that the store does not know.
    /// `false`, and nothing is written, if one of them is certain for another order.
    async fn adopt(&self, key: &str, vouchers: &[Voucher]) -> Result<bool, StoreError>;

    /// Whether the account is used by this store alone.
    async fn exclusive(&self) -> Result<Exclusive, StoreError>;

    /// Declares it (`None`), or ends it for a reason.
    async fn set_exclusive(&self, ended_because: Option<&str>) -> Result<(), StoreError>;
}

/// What kind of thing a store failed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// It belongs to another account.
    OtherAccount,
    /// It was written by a newer version of this crate.
    Newer,
    /// It is not a store, or it is damaged.
    Damaged,
    /// Others can read or write its files.
    Exposed,
    /// It cannot be written: read-only, a full disk, a lost connection.
    Unavailable,
}

/// Why a store failed. It holds no code, no token and no password.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    what: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl StoreError {
    /// `what` happened, why, and what to do, without secrets.
    pub fn new(kind: StoreErrorKind, what: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
            source: None,
        }
    }

    /// The same with its cause.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What kind of thing it is.
    #[must_use]
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl StdError for StoreError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

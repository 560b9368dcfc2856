//! What a store holds: orders, purchases, vouchers.

use std::fmt;

use thordata_cdk::CdkCode;
use uuid::Uuid;

/// Identifies a voucher without its code: the code, hashed with the store's key and cut to 128 bits.
///
/// ```
/// use thordata_cdk_issuer::store::CodeHash;
///
/// assert_eq!(format!("{:?}", CodeHash([7; 16])), "CodeHash(…)"); // never printed
/// ```
///
/// Guide: [the protocol in words](crate::guide::gate).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CodeHash(pub [u8; 16]);

impl fmt::Debug for CodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeHash(…)")
    }
}

/// What an order asks for, as a store keeps it. Callers of an issuer use [`NewOrder`](crate::NewOrder).
///
/// ```
/// use thordata_cdk_issuer::store::NewOrder;
///
/// let order = NewOrder { key: "A-17".into(), traffic: 3, count: 2, label: None, meta: None };
/// ```
///
/// Guide: [the protocol in words](crate::guide::gate).
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
///
/// ```
/// use thordata_cdk_issuer::OrderFilter;
///
/// let mut newest = OrderFilter::open();
/// newest.limit = Some(20);
/// ```
///
/// Guide: [what an order comes to](crate#what-an-order-comes-to).
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

/// An order with all that belongs to it, as a store returns it. Callers of an issuer get an [`Order`](crate::Order).
///
/// ```
/// # async fn f(store: &dyn thordata_cdk_issuer::store::Store) -> Result<(), Box<dyn std::error::Error>> {
/// if let Some(row) = store.order("A-17").await? {
///     println!("{} of {} missing, {} to buy", row.missing(), row.count, row.to_buy());
/// }
/// # Ok(()) }
/// ```
///
/// Guide: [the protocol in words](crate::guide::gate).
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

    /// How many vouchers may be bought now: those that are missing, less those that a purchase may still bring.
    #[must_use]
    pub fn to_buy(&self) -> u32 {
        // What may still come is not bought a second time.
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

/// One `create` request that is sent for an order, as a store returns it.
///
/// ```
/// # fn f(row: thordata_cdk_issuer::store::OrderRow) {
/// for purchase in &row.purchases {
///     println!("{}: {} of {}", purchase.state.name(), purchase.outstanding, purchase.count);
/// }
/// # }
/// ```
///
/// Guide: [the protocol in words](crate::guide::gate).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseRow {
    /// UUID of version 7: it sorts by time.
    pub id: Uuid,
    /// How many vouchers it asks for.
    pub count: u32,
    /// How many of them are not certain.
    pub outstanding: u32,
    /// How far it has come.
    pub state: PurchaseState,
    /// Why, in words without secrets.
    pub reason: Option<String>,
}

/// How far a purchase has come.
///
/// ```
/// use thordata_cdk_issuer::store::PurchaseState;
///
/// assert_eq!(PurchaseState::InDoubt.name(), "in_doubt");
/// assert_eq!(PurchaseState::from_name("in_doubt"), Some(PurchaseState::InDoubt));
/// ```
///
/// Guide: [the states of a purchase](crate::guide::gate).
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
    /// Some or all of its vouchers were not listed within the window.
    NotObserved,
    /// A list shows vouchers that may be its own or somebody else's.
    Unclear,
    /// The caller decided to buy again. Vouchers that it still brings are surplus.
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

/// Whether a voucher belongs to its order.
///
/// ```
/// use thordata_cdk_issuer::store::VoucherRole;
///
/// assert_eq!(VoucherRole::from_name("surplus"), Some(VoucherRole::Surplus));
/// ```
///
/// Guide: [the protocol in words](crate::guide::gate).
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

/// A voucher of an order, as a store returns it.
///
/// ```
/// # fn f(row: thordata_cdk_issuer::store::OrderRow) {
/// use thordata_cdk_issuer::store::VoucherRole;
///
/// let surplus = row.vouchers.iter().filter(|voucher| voucher.role == VoucherRole::Surplus);
/// println!("{} beyond the count", surplus.count());
/// # }
/// ```
///
/// Guide: [the protocol in words](crate::guide::gate).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoucherRow {
    /// The keyed hash of its code: unique in the store.
    pub hash: CodeHash,
    /// Its code; `None` once it is acknowledged.
    pub code: Option<CdkCode>,
    /// Whether it belongs to the order.
    pub role: VoucherRole,
}

/// A voucher that a store is to write.
///
/// ```
/// # fn f(code: thordata_cdk_issuer::thordata_cdk::CdkCode) {
/// use thordata_cdk_issuer::store::{CodeHash, Voucher};
///
/// let voucher = Voucher { hash: CodeHash([7; 16]), code }; // the issuer computes the hash
/// # }
/// ```
///
/// Guide: [the protocol in words](crate::guide::gate).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voucher {
    /// The keyed hash of its code.
    pub hash: CodeHash,
    /// Its code.
    pub code: CdkCode,
}

/// The order that a voucher belongs to. From [`Issuer::origins`](crate::Issuer::origins).
///
/// ```
/// # async fn f(issuer: thordata_cdk_issuer::Issuer, codes: Vec<thordata_cdk_issuer::thordata_cdk::CdkCode>)
/// # -> Result<(), Box<dyn std::error::Error>> {
/// for (code, origin) in codes.iter().zip(issuer.origins(&codes).await?) {
///     println!("{}: {:?}", code.masked(), origin.map(|origin| origin.key));
/// }
/// # Ok(()) }
/// ```
///
/// Guide: [what an order comes to](crate#what-an-order-comes-to).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Its key.
    pub key: String,
    /// Its label.
    pub label: Option<String>,
}

/// Whether the account is used by this store alone. From [`Issuer::exclusive`](crate::Issuer::exclusive).
///
/// ```
/// # async fn f(issuer: thordata_cdk_issuer::Issuer) -> Result<(), Box<dyn std::error::Error>> {
/// let exclusive = issuer.exclusive().await?;
/// if let Some(reason) = exclusive.ended_because {
///     println!("somebody else buys on the account: {reason}");
/// }
/// # Ok(()) }
/// ```
///
/// Guide: [shared and exclusive](crate#how-it-works).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusive {
    /// Whether the declaration holds.
    pub holds: bool,
    /// Why it ended, if it did.
    pub ended_because: Option<String>,
}

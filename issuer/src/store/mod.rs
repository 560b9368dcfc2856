//! Where orders live: the trait [`Store`], its data, and the implementations.
//!
//! A store belongs to one account. Several processes may use it at once; every time in it is by the store's own
//! clock. Each method is one transaction that is durable when the method returns. The module `suite` (with the feature
//! of that name) holds the tests that every implementation must pass. [The guide](crate::guide::gate) has the protocol
//! in words.

mod error;
#[cfg(feature = "postgres")]
pub mod postgres;
mod protocol;
mod rows;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(feature = "suite")]
pub mod suite;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

pub use self::error::{StoreError, StoreErrorKind};
pub use self::protocol::{Begin, BeginPurchase, Doubt, Finish, Lease, Verdict};
pub use self::rows::{
    CodeHash, Exclusive, NewOrder, OrderFilter, OrderRow, Origin, PurchaseRow, PurchaseState,
    Voucher, VoucherRole, VoucherRow,
};

/// Keeps orders, purchases and vouchers of one account. An [`Issuer`](crate::Issuer) calls it; you use
/// [`SqliteStore`](crate::SqliteStore), `PostgresStore`, or implement it for a database of yours.
///
/// Each method is one transaction. When it returns `Ok`, all of it is durable.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("vouchers.db");
/// use thordata_cdk_issuer::SqliteStore;
/// use thordata_cdk_issuer::store::Store;
///
/// let store: Box<dyn Store> = Box::new(SqliteStore::open(&path).await?);
/// assert_eq!(store.order("A-17").await?, None);
/// # Ok(()) }
/// ```
///
/// # Errors
/// Every method fails with a [`StoreError`] if the store cannot be read or written. The transaction may have been
/// carried out then. Call the method again: with the same arguments each is safe to repeat.
///
/// # Cancel safety
/// If a future is dropped, its transaction is carried out whole or not at all, and nobody knows which. Call it again.
///
/// Guide: [the protocol in words](crate::guide::gate).
#[async_trait]
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// The key of this store's hashes: random, made once.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`] or [`StoreErrorKind::Damaged`]. It may be written all the same: call it again.
    ///
    /// # Cancel safety
    /// Dropped, it is carried out whole or not at all: call it again.
    async fn hash_key(&self) -> Result<[u8; 32], StoreError>;

    /// Binds the store to the account with this keyed hash of its token; with `replace`, in place of another.
    ///
    /// # Errors
    /// [`StoreErrorKind::OtherAccount`] if it belongs to another account and `replace` is false; nothing is written.
    /// [`StoreErrorKind::Unavailable`] or [`StoreErrorKind::Damaged`]. It may be written all the same: call it again.
    ///
    /// # Cancel safety
    /// Dropped, it is carried out whole or not at all: call it again.
    async fn bind_account(&self, account: [u8; 32], replace: bool) -> Result<(), StoreError>;

    /// The order with this key, inserted if there is none. What an existing one asks for is not changed.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`] or [`StoreErrorKind::Damaged`]. It may be written all the same: call it again.
    ///
    /// # Cancel safety
    /// Dropped, it is carried out whole or not at all: call it again.
    async fn insert_order(&self, order: &NewOrder) -> Result<OrderRow, StoreError>;

    /// The order with this key.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`] or [`StoreErrorKind::Damaged`] if the store cannot be read.
    ///
    /// # Cancel safety
    /// Cancel safe: it changes nothing.
    async fn order(&self, key: &str) -> Result<Option<OrderRow>, StoreError>;

    /// Orders, the newest first.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`] or [`StoreErrorKind::Damaged`] if the store cannot be read.
    ///
    /// # Cancel safety
    /// Cancel safe: it changes nothing.
    async fn orders(&self, filter: &OrderFilter) -> Result<Vec<OrderRow>, StoreError>;

    /// Decides by the rules of [`gate`](crate::gate) whether a purchase may begin, and writes it down.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`] or [`StoreErrorKind::Damaged`]. It may be written all the same: call it again.
    ///
    /// # Cancel safety
    /// Dropped, it is carried out whole or not at all: call it again.
    async fn begin_purchase(&self, begin: &BeginPurchase) -> Result<Begin, StoreError>;

    /// Writes down how a purchase ended. `false` if a code of the answer belongs to another purchase: either the answer
    /// is not this purchase's own, or lists gave that code away. The purchase is in doubt then; if it was settled before,
    /// the codes that the store does not know are candidates, and what was not observed is unclear. `true` for
    /// [`Finish::Named`] says that its vouchers are kept; the purchase is in doubt while they are fewer than it asked
    /// for. An answer that comes after its purchase was settled is kept: its vouchers are the order's, and those beyond
    /// its count are surplus.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`] or [`StoreErrorKind::Damaged`]. It may be written all the same: call it again.
    ///
    /// # Cancel safety
    /// Dropped, it is carried out whole or not at all: call it again.
    async fn finish_purchase(&self, id: Uuid, finish: &Finish) -> Result<bool, StoreError>;

    /// Takes the right to settle for `lifetime`, or extends it.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`] or [`StoreErrorKind::Damaged`]. It may be written all the same: call it again.
    ///
    /// # Cancel safety
    /// Dropped, it is carried out whole or not at all: call it again.
    async fn lease(&self, holder: Uuid, lifetime: Duration) -> Result<Lease, StoreError>;

    /// Writes all verdicts down, or none. It returns `false` and writes nothing if `holder` has no valid lease, if one of
    /// the purchases is not in doubt any more, or if a voucher belongs to another purchase: then look again. When no
    /// purchase is in doubt any more, the gate opens.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`] or [`StoreErrorKind::Damaged`]. It may be written all the same: call it again.
    ///
    /// # Cancel safety
    /// Dropped, it is carried out whole or not at all: call it again.
    async fn settle(&self, holder: Uuid, verdicts: &[(Uuid, Verdict)]) -> Result<bool, StoreError>;

    /// Which of these vouchers the store knows, in the order given.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`] or [`StoreErrorKind::Damaged`] if the store cannot be read.
    ///
    /// # Cancel safety
    /// Cancel safe: it changes nothing.
    async fn known(&self, hashes: &[CodeHash]) -> Result<Vec<bool>, StoreError>;

    /// The key and the label of the order that each of these vouchers belongs to, in the order given; `None` if the
    /// store does not know it, or knows it only as a candidate.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`] or [`StoreErrorKind::Damaged`] if the store cannot be read.
    ///
    /// # Cancel safety
    /// Cancel safe: it changes nothing.
    async fn origins(&self, hashes: &[CodeHash]) -> Result<Vec<Option<Origin>>, StoreError>;

    /// The newest vouchers that an answer or a verdict made certain, at most `limit`.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`] or [`StoreErrorKind::Damaged`] if the store cannot be read.
    ///
    /// # Cancel safety
    /// Cancel safe: it changes nothing.
    async fn newest(&self, limit: u32) -> Result<Vec<CodeHash>, StoreError>;

    /// Purchases that were not observed or that were released, and whose vouchers may still appear. The newest first, at
    /// most `limit`.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`] or [`StoreErrorKind::Damaged`] if the store cannot be read.
    ///
    /// # Cancel safety
    /// Cancel safe: it changes nothing.
    async fn unobserved(&self, limit: u32) -> Result<Vec<Doubt>, StoreError>;

    /// Writes vouchers of a purchase that appeared late as its order's surplus. Vouchers that the store knows do not
    /// change.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`] or [`StoreErrorKind::Damaged`]. It may be written all the same: call it again.
    ///
    /// # Cancel safety
    /// Dropped, it is carried out whole or not at all: call it again.
    async fn add_surplus(&self, id: Uuid, vouchers: &[Voucher]) -> Result<(), StoreError>;

    /// Marks the order as acknowledged and forgets its codes; hashes stay. `true` if this call did it. After a lost
    /// connection it may be `false` even so. `false`, and nothing is written, if the order is not complete or was
    /// acknowledged before.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`] or [`StoreErrorKind::Damaged`]. It may be written all the same: call it again.
    ///
    /// # Cancel safety
    /// Dropped, it is carried out whole or not at all: call it again.
    async fn acknowledge(&self, key: &str) -> Result<bool, StoreError>;

    /// Releases the purchases that were not observed or are unclear, so that their missing vouchers may be bought again.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`] or [`StoreErrorKind::Damaged`]. It may be written all the same: call it again.
    ///
    /// # Cancel safety
    /// Dropped, it is carried out whole or not at all: call it again.
    async fn release(&self, key: &str) -> Result<(), StoreError>;

    /// Gives the order up: nothing more is bought for it. `true` if it is given up now, by this call or an earlier one.
    /// `false`, and nothing is written, if it is complete, or one of its purchases is sending or in doubt: what such a
    /// purchase brings must not be lost from sight.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`] or [`StoreErrorKind::Damaged`]. It may be written all the same: call it again.
    ///
    /// # Cancel safety
    /// Dropped, it is carried out whole or not at all: call it again.
    async fn abandon(&self, key: &str) -> Result<bool, StoreError>;

    /// Gives vouchers to an order: candidates and surplus of any order, and vouchers that the store does not know.
    /// `false`, and nothing is written, if one of them is certain for another order.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`] or [`StoreErrorKind::Damaged`]. It may be written all the same: call it again.
    ///
    /// # Cancel safety
    /// Dropped, it is carried out whole or not at all: call it again.
    async fn adopt(&self, key: &str, vouchers: &[Voucher]) -> Result<bool, StoreError>;

    /// Whether the account is used by this store alone.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`] or [`StoreErrorKind::Damaged`] if the store cannot be read.
    ///
    /// # Cancel safety
    /// Cancel safe: it changes nothing.
    async fn exclusive(&self) -> Result<Exclusive, StoreError>;

    /// Declares that the account is used by this store alone (`None`), or ends that for a reason.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`] or [`StoreErrorKind::Damaged`]. It may be written all the same: call it again.
    ///
    /// # Cancel safety
    /// Dropped, it is carried out whole or not at all: call it again.
    async fn set_exclusive(&self, ended_because: Option<&str>) -> Result<(), StoreError>;
}

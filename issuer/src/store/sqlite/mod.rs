//! The embedded store: one SQLite file, for all processes of one machine.

mod account;
mod file;
mod orders;
mod pace;
mod purchases;
mod row;
mod settling;
mod vouchers;
mod writer;

use std::fmt;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use self::writer::Writer;
use super::{
    Begin, BeginPurchase, CodeHash, Doubt, Exclusive, Finish, Lease, NewOrder, OrderFilter,
    OrderRow, Origin, Store, StoreError, Verdict, Voucher,
};

/// Orders in one SQLite file, the default store. Cheap to clone.
///
/// Several processes of one machine may use the file at once; it must not be on a network file system. The file, and
/// SQLite's `-wal` and `-shm` beside it, are created for their owner alone. Every method is durable when it returns
/// (`synchronous=FULL`); methods that are called at the same time share one write to the disk.
///
/// **Back it up with SQLite's own means** (`VACUUM INTO`, `.backup`), and stop every process before you restore a copy.
/// A restored copy does not know the orders that were placed after it was made: it buys them again under their keys.
///
/// Guide: [which store to use](crate#stores), and [what an order costs](crate::guide::cost).
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("vouchers.db");
/// use thordata_cdk_issuer::SqliteStore;
///
/// let store = SqliteStore::open(&path).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct SqliteStore {
    writer: Writer,
}

impl SqliteStore {
    /// Opens the file, or creates it.
    ///
    /// # Errors
    /// [`StoreError`] if it is not a store, is damaged, was written by a newer version, can be read or written by
    /// others than its owner, or cannot be written. The error says what to do.
    ///
    /// # Cancel safety
    /// Cancel safe: call it again. The file may have been created.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref().to_owned();
        // It may wait for the transaction of another process.
        let connection = tokio::task::spawn_blocking(move || file::open(&path))
            .await
            .map_err(|_| writer::stopped())??;
        Ok(Self {
            writer: Writer::start(connection)?,
        })
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteStore")
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn hash_key(&self) -> Result<[u8; 32], StoreError> {
        self.writer.run(account::hash_key).await
    }

    async fn bind_account(&self, account: [u8; 32], replace: bool) -> Result<(), StoreError> {
        self.writer
            .run(move |db| account::bind_account(db, account, replace))
            .await
    }

    async fn insert_order(&self, order: &NewOrder) -> Result<OrderRow, StoreError> {
        // Here and below: the work goes on in the store's thread, even if this future is dropped.
        let order = order.clone();
        self.writer
            .run(move |db| orders::insert_order(db, &order))
            .await
    }

    async fn order(&self, key: &str) -> Result<Option<OrderRow>, StoreError> {
        let key = key.to_owned();
        self.writer.run(move |db| orders::order(db, &key)).await
    }

    async fn orders(&self, filter: &OrderFilter) -> Result<Vec<OrderRow>, StoreError> {
        let filter = filter.clone();
        self.writer.run(move |db| orders::orders(db, &filter)).await
    }

    async fn begin_purchase(&self, begin: &BeginPurchase) -> Result<Begin, StoreError> {
        let begin = begin.clone();
        self.writer
            .run(move |db| purchases::begin_purchase(db, &begin))
            .await
    }

    async fn finish_purchase(&self, id: Uuid, finish: &Finish) -> Result<bool, StoreError> {
        let finish = finish.clone();
        self.writer
            .run(move |db| purchases::finish_purchase(db, id, &finish))
            .await
    }

    async fn lease(&self, holder: Uuid, lifetime: Duration) -> Result<Lease, StoreError> {
        self.writer
            .run(move |db| settling::lease(db, holder, lifetime))
            .await
    }

    async fn settle(&self, holder: Uuid, verdicts: &[(Uuid, Verdict)]) -> Result<bool, StoreError> {
        let verdicts = verdicts.to_vec();
        self.writer
            .run(move |db| settling::settle(db, holder, &verdicts))
            .await
    }

    async fn known(&self, hashes: &[CodeHash]) -> Result<Vec<bool>, StoreError> {
        let hashes = hashes.to_vec();
        self.writer
            .run(move |db| vouchers::known(db, &hashes))
            .await
    }

    async fn origins(&self, hashes: &[CodeHash]) -> Result<Vec<Option<Origin>>, StoreError> {
        let hashes = hashes.to_vec();
        self.writer
            .run(move |db| vouchers::origins(db, &hashes))
            .await
    }

    async fn newest(&self, limit: u32) -> Result<Vec<CodeHash>, StoreError> {
        self.writer.run(move |db| vouchers::newest(db, limit)).await
    }

    async fn unobserved(&self, limit: u32) -> Result<Vec<Doubt>, StoreError> {
        self.writer
            .run(move |db| settling::unobserved(db, limit))
            .await
    }

    async fn add_surplus(&self, id: Uuid, vouchers: &[Voucher]) -> Result<(), StoreError> {
        let vouchers = vouchers.to_vec();
        self.writer
            .run(move |db| settling::add_surplus(db, id, &vouchers))
            .await
    }

    async fn acknowledge(&self, key: &str) -> Result<bool, StoreError> {
        let key = key.to_owned();
        self.writer
            .run(move |db| orders::acknowledge(db, &key))
            .await
    }

    async fn release(&self, key: &str) -> Result<(), StoreError> {
        let key = key.to_owned();
        self.writer.run(move |db| orders::release(db, &key)).await
    }

    async fn abandon(&self, key: &str) -> Result<(), StoreError> {
        let key = key.to_owned();
        self.writer.run(move |db| orders::abandon(db, &key)).await
    }

    async fn adopt(&self, key: &str, vouchers: &[Voucher]) -> Result<bool, StoreError> {
        let (key, vouchers) = (key.to_owned(), vouchers.to_vec());
        self.writer
            .run(move |db| orders::adopt(db, &key, &vouchers))
            .await
    }

    async fn exclusive(&self) -> Result<Exclusive, StoreError> {
        self.writer.run(account::exclusive).await
    }

    async fn set_exclusive(&self, ended_because: Option<&str>) -> Result<(), StoreError> {
        let ended_because = ended_because.map(str::to_owned);
        self.writer
            .run(move |db| account::set_exclusive(db, ended_because.as_deref()))
            .await
    }
}

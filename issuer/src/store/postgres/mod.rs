//! The store for several machines: a schema in a PostgreSQL database.

mod account;
mod connect;
mod failure;
mod gate;
mod migrate;
mod orders;
mod purchases;
mod query;
mod settling;
mod vouchers;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use deadpool_postgres::{Object, Pool};
use tokio_postgres::IsolationLevel;
use uuid::Uuid;

use self::failure::{Attempts, Failure, LIMIT};
use super::{
    Begin, BeginPurchase, CodeHash, Doubt, Exclusive, Finish, Lease, NewOrder, OrderFilter,
    OrderRow, Origin, Store, StoreError, StoreErrorKind, Verdict, Voucher,
};

/// The schema that [`PostgresStore::connect`] uses.
const SCHEMA: &str = "thordata_cdk";
/// PostgreSQL's limit of a name.
const MAX_SCHEMA_LEN: usize = 63;

/// Orders in a PostgreSQL database, for processes on several machines. Cheap to clone; one handle has up to 16
/// connections.
///
/// Every method is durable on the server when it returns. When the connection is lost or the server restarts, it
/// connects again and repeats the transaction for up to 15 s; a transaction that was committed before the
/// connection was lost is found and not repeated.
///
/// **Durability is the server's.** Run it with `fsync` on. A failover to a replica that lags behind loses orders that
/// were bought; use synchronous replication, and after any loss of data call [`Issuer::audit`](crate::Issuer::audit),
/// which reports vouchers that no order explains. The server's clock decides about deadlines: keep it from jumping.
///
/// Connect to the server itself, or through a pooler in session mode.
///
/// Guide: [which store to use](crate#stores), and [what an order costs](crate::guide::cost).
///
/// ```no_run
/// # async fn f() -> Result<(), Box<dyn std::error::Error>> {
/// use thordata_cdk_issuer::PostgresStore;
///
/// let url = std::env::var("DATABASE_URL")?; // postgres://shop:…@db.example/shop
/// let store = PostgresStore::connect(&url).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct PostgresStore {
    pool: Pool,
    schema: String,
}

/// Runs one transaction, and runs it again after transient failures. A future that is dropped here rolls back, unless
/// the commit is on its way. It is a macro because the trait demands a `Send` future for every lifetime, and that of an
/// async closure that borrows its arguments is not.
macro_rules! transaction {
    ($store:expr, $isolation:ident, $db:ident => $work:expr) => {{
        let mut attempts = Attempts::new();
        loop {
            let failure = match $store.pool.get().await {
                Err(error) => Failure::from(error),
                Ok(mut connection) => {
                    let attempt = async {
                        let begin = connection.build_transaction();
                        let begin = begin.isolation_level(IsolationLevel::$isolation);
                        let transaction = begin.start().await?;
                        let $db = &transaction;
                        let value = $work.await?;
                        transaction.commit().await?;
                        Ok::<_, Failure>(value)
                    };
                    match tokio::time::timeout(LIMIT, attempt).await {
                        Ok(Ok(value)) => break Ok(value),
                        Ok(Err(failure)) => failure,
                        Err(_) => {
                            // It may never answer, so it must not return to the pool.
                            drop(Object::take(connection));
                            Failure::NoConnection("no answer".into())
                        }
                    }
                }
            };
            if let Err(error) = attempts.next(failure).await {
                break Err(error);
            }
        }
    }};
}

/// A transaction that decides: each statement sees what is committed by then, under the account's lock.
macro_rules! read_write {
    ($store:expr, $db:ident => $work:expr) => {
        transaction!($store, ReadCommitted, $db => $work)
    };
}

/// A transaction that reads one state of the whole store.
macro_rules! read_only {
    ($store:expr, $db:ident => $work:expr) => {
        transaction!($store, RepeatableRead, $db => $work)
    };
}

impl PostgresStore {
    /// Connects to the database of this URL, and makes or checks the schema `thordata_cdk` in it. Over a network the
    /// connection is encrypted and the server's certificate verified, unless the URL ends in `?sslmode=disable`.
    ///
    /// # Errors
    /// [`StoreError`] if the URL is not valid, the server cannot be reached, or the schema belongs to a newer version or
    /// to another program. The error says what to do, and holds no password.
    ///
    /// # Cancel safety
    /// Cancel safe: call it again. The schema may have been created.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        Self::connect_to_schema(url, SCHEMA).await
    }

    /// Like [`connect`](Self::connect) with another schema: one database can hold the stores of several accounts.
    ///
    /// # Errors
    /// Those of [`connect`](Self::connect), and a name that is not 1 to 63 lower-case letters, digits and `_`.
    ///
    /// # Cancel safety
    /// As [`connect`](Self::connect).
    pub async fn connect_to_schema(url: &str, schema: &str) -> Result<Self, StoreError> {
        // A name cannot be bound as a value, so it becomes part of the SQL.
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if schema.is_empty() || schema.len() > MAX_SCHEMA_LEN || !schema.chars().all(fits) {
            let what = "the name of a schema is 1 to 63 lower-case letters, digits and _";
            return Err(StoreError::new(StoreErrorKind::Unavailable, what));
        }
        let store = Self {
            pool: connect::pool(connect::parse(url)?, schema)?,
            schema: schema.to_owned(),
        };
        let made: Result<(), StoreError> = read_write!(store, db => migrate::migrate(db, schema));
        made?;
        Ok(store)
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn hash_key(&self) -> Result<[u8; 32], StoreError> {
        read_only!(self, db => account::hash_key(db))
    }

    async fn bind_account(&self, account: [u8; 32], replace: bool) -> Result<(), StoreError> {
        read_write!(self, db => account::bind(db, account, replace))
    }

    async fn insert_order(&self, order: &NewOrder) -> Result<OrderRow, StoreError> {
        // The order is read in the same state of the store; somebody else who inserts it meanwhile makes it start again.
        transaction!(self, RepeatableRead, db => orders::insert(db, order))
    }

    async fn order(&self, key: &str) -> Result<Option<OrderRow>, StoreError> {
        read_only!(self, db => orders::one(db, key))
    }

    async fn orders(&self, filter: &OrderFilter) -> Result<Vec<OrderRow>, StoreError> {
        read_only!(self, db => orders::all(db, filter))
    }

    async fn begin_purchase(&self, begin: &BeginPurchase) -> Result<Begin, StoreError> {
        read_write!(self, db => purchases::begin(db, begin))
    }

    async fn finish_purchase(&self, id: Uuid, finish: &Finish) -> Result<bool, StoreError> {
        read_write!(self, db => purchases::finish(db, id, finish))
    }

    async fn lease(&self, holder: Uuid, lifetime: Duration) -> Result<Lease, StoreError> {
        read_write!(self, db => settling::lease(db, holder, lifetime))
    }

    async fn settle(&self, holder: Uuid, verdicts: &[(Uuid, Verdict)]) -> Result<bool, StoreError> {
        read_write!(self, db => settling::settle(db, holder, verdicts))
    }

    async fn known(&self, hashes: &[CodeHash]) -> Result<Vec<bool>, StoreError> {
        read_only!(self, db => vouchers::known(db, hashes))
    }

    async fn origins(&self, hashes: &[CodeHash]) -> Result<Vec<Option<Origin>>, StoreError> {
        read_only!(self, db => vouchers::origins(db, hashes))
    }

    async fn newest(&self, limit: u32) -> Result<Vec<CodeHash>, StoreError> {
        read_only!(self, db => vouchers::newest(db, limit))
    }

    async fn unobserved(&self, limit: u32) -> Result<Vec<Doubt>, StoreError> {
        read_only!(self, db => settling::unobserved(db, limit))
    }

    async fn add_surplus(&self, id: Uuid, vouchers: &[Voucher]) -> Result<(), StoreError> {
        read_write!(self, db => vouchers::add_surplus(db, id, vouchers))
    }

    async fn acknowledge(&self, key: &str) -> Result<bool, StoreError> {
        read_write!(self, db => orders::acknowledge(db, key))
    }

    async fn release(&self, key: &str) -> Result<(), StoreError> {
        // These and no others, however often it is tried: a purchase that is not observed later needs another release.
        let ids = read_only!(self, db => purchases::to_release(db, key))?;
        read_write!(self, db => purchases::release(db, &ids))
    }

    async fn abandon(&self, key: &str) -> Result<(), StoreError> {
        read_write!(self, db => orders::abandon(db, key))
    }

    async fn adopt(&self, key: &str, vouchers: &[Voucher]) -> Result<bool, StoreError> {
        read_write!(self, db => vouchers::adopt(db, key, vouchers))
    }

    async fn exclusive(&self) -> Result<Exclusive, StoreError> {
        read_only!(self, db => account::exclusive(db))
    }

    async fn set_exclusive(&self, ended_because: Option<&str>) -> Result<(), StoreError> {
        read_write!(self, db => account::set_exclusive(db, ended_because))
    }
}

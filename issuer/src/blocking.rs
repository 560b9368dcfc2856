//! Orders with a key, for programs without an async runtime (feature `blocking`).
//!
//! Each call runs the async call of the same name to its end. One thread in the background has the runtime for it; it
//! also carries purchases on whose call is over. Inside an async runtime every call is an error and never a panic.
//!
//! ```no_run
//! use thordata_cdk_issuer::thordata_cdk::{Client, NewCdks, Traffic};
//! use thordata_cdk_issuer::{IssuerOptions, SqliteStore, blocking::Issuer};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = SqliteStore::open("vouchers.db");
//! let issuer = Issuer::new(Client::from_env()?, store, IssuerOptions::exclusive())?;
//! let order = issuer.issue("A-17", NewCdks { traffic: Traffic(3), count: 2 })?;
//! println!("{}", order.state());
//! # Ok(()) }
//! ```

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use thordata_cdk::{CdkCode, Client, NewCdks, Timestamp};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::audit::AuditReport;
use crate::error::IssueError;
use crate::options::IssuerOptions;
use crate::order::{NewOrder, Order};
use crate::store::{Exclusive, OrderFilter, Store, StoreError};

/// Buys vouchers for orders, like [`Issuer`](crate::Issuer), and blocks the calling thread. Cheap to clone.
///
/// ```no_run
/// # fn f(issuer: thordata_cdk_issuer::blocking::Issuer) -> Result<(), Box<dyn std::error::Error>> {
/// let order = issuer.order("A-17")?;
/// if order.is_complete() {
///     issuer.acknowledge("A-17")?;
/// }
/// # Ok(()) }
/// ```
///
/// Guide: [what an order comes to](crate#what-an-order-comes-to).
#[derive(Clone)]
pub struct Issuer {
    issuer: crate::Issuer,
    runtime: Arc<OwnedRuntime>,
}

/// Ended in the background: ending a runtime in place would panic inside another one.
struct OwnedRuntime(Option<Runtime>);

impl OwnedRuntime {
    fn run<T>(&self, call: impl Future<Output = Result<T, IssueError>>) -> Result<T, IssueError> {
        match &self.0 {
            // `block_on` panics inside a runtime.
            Some(runtime) if Handle::try_current().is_err() => runtime.block_on(call),
            _ => Err(IssueError::Stopped),
        }
    }
}

impl Drop for OwnedRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Issuer {
    /// See [`Issuer::new`](crate::Issuer::new). `store` is the call that opens it, such as
    /// `SqliteStore::open("vouchers.db")`. The client must not have been used on another runtime.
    ///
    /// # Errors
    /// Those of the async call, and that of `store`. [`IssueError::Stopped`] if no thread can be started, and inside an
    /// async runtime. Nothing is sent.
    pub fn new<S: Store>(
        client: Client,
        store: impl Future<Output = Result<S, StoreError>>,
        options: IssuerOptions,
    ) -> Result<Self, IssueError> {
        if Handle::try_current().is_ok() {
            return Err(IssueError::Stopped);
        }
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("thordata-cdk-issuer")
            .enable_all()
            .build()
            .map_err(|_| IssueError::Stopped)?;
        let runtime = Arc::new(OwnedRuntime(Some(runtime)));
        let issuer =
            runtime.run(async { crate::Issuer::new(client, store.await?, options).await })?;
        Ok(Self { issuer, runtime })
    }

    /// See [`Issuer::issue`](crate::Issuer::issue). **Spends money**, once for each key.
    ///
    /// # Errors
    /// Those of the async call; [`IssueError::Stopped`] inside an async runtime, where nothing is done.
    pub fn issue(&self, key: &str, goods: NewCdks) -> Result<Order, IssueError> {
        self.runtime.run(self.issuer.issue(key, goods))
    }

    /// See [`Issuer::issue_order`](crate::Issuer::issue_order).
    ///
    /// # Errors
    /// Those of the async call; [`IssueError::Stopped`] inside an async runtime, where nothing is done.
    pub fn issue_order(&self, order: &NewOrder) -> Result<Order, IssueError> {
        self.runtime.run(self.issuer.issue_order(order))
    }

    /// See [`Issuer::order`](crate::Issuer::order).
    ///
    /// # Errors
    /// Those of the async call; [`IssueError::Stopped`] inside an async runtime, where nothing is done.
    pub fn order(&self, key: &str) -> Result<Order, IssueError> {
        self.runtime.run(self.issuer.order(key))
    }

    /// See [`Issuer::orders`](crate::Issuer::orders).
    ///
    /// # Errors
    /// Those of the async call; [`IssueError::Stopped`] inside an async runtime, where nothing is done.
    pub fn orders(&self, filter: &OrderFilter) -> Result<Vec<Order>, IssueError> {
        self.runtime.run(self.issuer.orders(filter))
    }

    /// See [`Issuer::acknowledge`](crate::Issuer::acknowledge).
    ///
    /// # Errors
    /// Those of the async call; [`IssueError::Stopped`] inside an async runtime, where nothing is done.
    pub fn acknowledge(&self, key: &str) -> Result<bool, IssueError> {
        self.runtime.run(self.issuer.acknowledge(key))
    }

    /// See [`Issuer::retry`](crate::Issuer::retry). **Spends money, perhaps a second time.**
    ///
    /// # Errors
    /// Those of the async call; [`IssueError::Stopped`] inside an async runtime, where nothing is done.
    pub fn retry(&self, key: &str) -> Result<Order, IssueError> {
        self.runtime.run(self.issuer.retry(key))
    }

    /// See [`Issuer::abandon`](crate::Issuer::abandon).
    ///
    /// # Errors
    /// Those of the async call; [`IssueError::Stopped`] inside an async runtime, where nothing is done.
    pub fn abandon(&self, key: &str) -> Result<Order, IssueError> {
        self.runtime.run(self.issuer.abandon(key))
    }

    /// See [`Issuer::adopt`](crate::Issuer::adopt).
    ///
    /// # Errors
    /// Those of the async call; [`IssueError::Stopped`] inside an async runtime, where nothing is done.
    pub fn adopt(&self, key: &str, codes: &[CdkCode]) -> Result<Order, IssueError> {
        self.runtime.run(self.issuer.adopt(key, codes))
    }

    /// See [`Issuer::settle`](crate::Issuer::settle).
    ///
    /// # Errors
    /// Those of the async call; [`IssueError::Stopped`] inside an async runtime, where nothing is done.
    pub fn settle(&self) -> Result<(), IssueError> {
        self.runtime.run(self.issuer.settle())
    }

    /// See [`Issuer::audit`](crate::Issuer::audit).
    ///
    /// # Errors
    /// Those of the async call; [`IssueError::Stopped`] inside an async runtime, where nothing is done.
    pub fn audit(&self, since: impl Into<Option<Timestamp>>) -> Result<AuditReport, IssueError> {
        self.runtime.run(self.issuer.audit(since))
    }

    /// See [`Issuer::exclusive`](crate::Issuer::exclusive).
    ///
    /// # Errors
    /// Those of the async call; [`IssueError::Stopped`] inside an async runtime, where nothing is done.
    pub fn exclusive(&self) -> Result<Exclusive, IssueError> {
        self.runtime.run(self.issuer.exclusive())
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("blocking::Issuer").finish_non_exhaustive()
    }
}

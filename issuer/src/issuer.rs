//! The issuer: orders with a key.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use thordata_cdk::{Client, NewCdks};
use tokio::sync::{Mutex, Semaphore};
use uuid::Uuid;

use crate::error::IssueError;
use crate::options::{AccountUse, Event, IssuerOptions, Refusal};
use crate::order::{NewOrder, Order, OrderState};
use crate::purchase::{ATTEMPTS, Buyer, Hasher, Step};
use crate::store::{self, Exclusive, OrderFilter, Store};

/// A key is a short text, such as the number of an order in a shop.
const MAX_KEY_CHARS: usize = 200;
/// The longest wait between two looks at the store while others buy.
pub(crate) const POLL: Duration = Duration::from_millis(500);
/// The waits between two questions whether a purchase may begin.
const FIRST_POLL: Duration = Duration::from_millis(5);
const POLL_PLACES: Duration = Duration::from_millis(80);

/// Buys vouchers for orders. Each order has a key of the caller's, and is bought once.
///
/// Cheap to clone. Every process with the same store works on the same orders. It needs a Tokio runtime with timers and
/// I/O.
///
/// Every future may be dropped at any time: a purchase that has begun goes on in a task of its own, and the next call
/// with the same key finds its end.
///
/// Guide: [what an order comes to, and what to do then](crate#what-an-order-comes-to), and [the protocol in
/// words](crate::guide::gate).
///
/// ```no_run
/// # async fn f() -> Result<(), Box<dyn std::error::Error>> {
/// use thordata_cdk_issuer::thordata_cdk::{Client, NewCdks, Traffic};
/// use thordata_cdk_issuer::{Issuer, IssuerOptions, SqliteStore};
///
/// let store = SqliteStore::open("vouchers.db").await?;
/// let issuer = Issuer::new(Client::from_env()?, store, IssuerOptions::exclusive()).await?;
/// let order = issuer.issue("A-17", NewCdks { traffic: Traffic(3), count: 2 }).await?;
/// if order.is_complete() {
///     // Hand order.codes() over, durably; then:
///     issuer.acknowledge("A-17").await?;
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Issuer {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) client: Client,
    pub(crate) store: Box<dyn Store>,
    pub(crate) hasher: Hasher,
    pub(crate) options: IssuerOptions,
    /// Purchases of this process queue here, so that they do not ask the store in vain.
    in_flight: Semaphore,
    /// One task of this process settles; the others wait for it.
    pub(crate) settling: Mutex<()>,
    pub(crate) process: Uuid,
    /// No purchase begins any more.
    pub(crate) stopped: AtomicBool,
}

impl Issuer {
    /// Binds the store to the client's account. Nothing is sent.
    ///
    /// # Errors
    /// [`IssueError::Store`] if the store belongs to another account
    /// ([`StoreErrorKind::OtherAccount`](store::StoreErrorKind::OtherAccount)), or fails.
    ///
    /// # Cancel safety
    /// Cancel safe: call it again.
    pub async fn new(
        client: Client,
        store: impl Store,
        options: IssuerOptions,
    ) -> Result<Self, IssueError> {
        let hasher = Hasher::new(store.hash_key().await?);
        let account = hasher.account(&client);
        store.bind_account(account, options.token_replaced).await?;
        let declared = store.exclusive().await?;
        // An end of it stays until somebody declares it again.
        if options.account_use == AccountUse::Exclusive && declared.ended_because.is_none() {
            store.set_exclusive(None).await?;
        }
        // tokio panics if a semaphore is given more than its maximum.
        let in_flight = usize::try_from(options.in_flight).unwrap_or(Semaphore::MAX_PERMITS);
        Ok(Self {
            inner: Arc::new(Inner {
                client,
                store: Box::new(store),
                hasher,
                in_flight: Semaphore::new(in_flight.min(Semaphore::MAX_PERMITS)),
                options,
                settling: Mutex::new(()),
                process: Uuid::now_v7(),
                stopped: AtomicBool::new(false),
            }),
        })
    }

    /// Buys what the order with this key lacks, and returns the order. A new order is bought; an order whose missing
    /// vouchers are proven not to be bought is completed; any other is returned as it is. **Spends money**, once for
    /// each key.
    ///
    /// It waits for all purchases that are in progress, also those of other orders and other processes, and settles
    /// purchases in doubt. It does not buy again what was not observed: see [`OrderState::NotObserved`].
    ///
    /// # Errors
    /// [`IssueError::InvalidOrder`] and [`IssueError::KeyConflict`] before anything is sent.
    /// [`IssueError::Busy`], [`IssueError::Client`], [`IssueError::Store`] and [`IssueError::Stopped`] if the state of the
    /// order is not known now; a purchase may have been sent. After any of these call again with the same key.
    ///
    /// # Cancel safety
    /// Cancel safe: a purchase that has begun goes on in a task of its own. Call again with the same key.
    pub async fn issue(&self, key: &str, goods: NewCdks) -> Result<Order, IssueError> {
        self.issue_order(&NewOrder::new(key, goods)).await
    }

    /// Like [`issue`](Self::issue), with a label and meta. Those of an order that exists do not change.
    ///
    /// # Errors
    /// Those of [`issue`](Self::issue).
    ///
    /// # Cancel safety
    /// Cancel safe, as [`issue`](Self::issue).
    pub async fn issue_order(&self, order: &NewOrder) -> Result<Order, IssueError> {
        let (new, mut order) = self.insert(order).await?;
        let key = &*new.key;
        let started = Instant::now();
        loop {
            match order.state() {
                OrderState::Incomplete { missing, .. } => {
                    let missing = *missing;
                    let stopped = self.buy_missing(&new, missing, started).await?;
                    order = self.existing(key).await?;
                    // Another purchase of it may still be on its way: then its end is waited for.
                    if stopped && !is_pending(&order) {
                        return Ok(order);
                    }
                }
                OrderState::InProgress => {
                    self.wait_a_moment(started).await?;
                    order = self.existing(key).await?;
                }
                OrderState::InDoubt => {
                    self.settle_until(started).await?;
                    order = self.existing(key).await?;
                }
                _ => return Ok(order),
            }
        }
    }

    /// The order as it is in the store, after it was inserted if there was none.
    pub(crate) async fn insert(
        &self,
        order: &NewOrder,
    ) -> Result<(store::NewOrder, Order), IssueError> {
        let new = checked(order)?;
        let row = self.inner.store.insert_order(&new).await?;
        // The store keeps what an order asked for the first time: another wish under its key is a mistake of the caller.
        if (row.traffic, row.count) != (new.traffic, new.count) {
            return Err(IssueError::KeyConflict {
                key: new.key,
                existing: (row.traffic, row.count),
            });
        }
        Ok((new, Order::of(row)))
    }

    /// Buys until nothing is left to buy (`false`) or a purchase was refused (`true`).
    async fn buy_missing(
        &self,
        order: &store::NewOrder,
        missing: u32,
        started: Instant,
    ) -> Result<bool, IssueError> {
        self.learn_service_time().await;
        let purchases = missing.div_ceil(self.inner.options.max_count);
        let parallel = purchases.min(self.inner.options.in_flight);
        let mut running = FuturesUnordered::new();
        let mut bought = 0_u32;
        let mut attempt = 1_u32;
        let mut refused = false;
        let mut finished = false;
        loop {
            // As if refused: the order is returned as it is once the steps in progress have ended.
            if self.inner.stopped.load(Ordering::Relaxed) {
                (refused, finished) = (true, true);
            }
            while !finished && running.len() < usize::try_from(parallel).unwrap_or(1) {
                running.push(self.begin_step(order));
            }
            let Some(step) = running.next().await else {
                return Ok(refused);
            };
            match step? {
                Step::Bought { count } => {
                    // The limit of attempts is for refusals in a row.
                    attempt = 1;
                    bought = bought.saturating_add(count);
                    finished |= bought >= missing;
                }
                Step::NotBought => (refused, finished) = (true, true),
                Step::Throttled if attempt >= ATTEMPTS => {
                    let refusal = Event::Refused(Refusal::TooFrequent);
                    self.inner.options.notify(refusal);
                    (refused, finished) = (true, true);
                }
                Step::Throttled => {
                    attempt = attempt.saturating_add(1);
                    self.inner.options.notify(Event::SendingAgain { attempt });
                }
                Step::NothingToBuy => finished = true,
                // No other step begins meanwhile. Those that run end by themselves, each in its task.
                Step::InDoubt | Step::GateClosed => self.settle_until(started).await?,
                Step::Full => self.wait_a_moment(started).await?,
            }
        }
    }

    /// One step in a task of its own: a dropped future must not leave a purchase without its end. Callers of this process
    /// queue for as many permits as there may be purchases in flight. A caller with a permit asks the store often, since
    /// other processes take the same places there.
    async fn begin_step(&self, order: &store::NewOrder) -> Result<Step, IssueError> {
        let started = Instant::now();
        let _place = self.inner.in_flight.acquire().await; // never closed
        let mut wait = FIRST_POLL;
        loop {
            let (inner, order) = (Arc::clone(&self.inner), order.clone());
            let step = tokio::spawn(async move {
                let buyer = Buyer {
                    client: &inner.client,
                    store: &*inner.store,
                    hasher: &inner.hasher,
                    options: &inner.options,
                };
                let traffic = thordata_cdk::Traffic(order.traffic);
                buyer.buy(&order.key, traffic).await
            });
            let step = step.await.map_err(|_| IssueError::Stopped)??;
            let is_over = started.elapsed() >= self.inner.options.wait
                || self.inner.stopped.load(Ordering::Relaxed);
            if step != Step::Full || is_over {
                return Ok(step);
            }
            tokio::time::sleep(wait.mul_f64(0.5 + fastrand::f64())).await;
            wait = wait.saturating_mul(2).min(POLL_PLACES);
        }
    }

    /// The service's clock bounds which vouchers can be a purchase's. Before the first reply it is not known.
    async fn learn_service_time(&self) {
        if self.inner.client.service_time().is_none() {
            // A reply is enough, even a failure: its rows are not read.
            let mut rows = self.inner.client.list_stream(None);
            drop(rows.next().await);
        }
    }

    pub(crate) async fn wait_a_moment(&self, started: Instant) -> Result<(), IssueError> {
        let waited = started.elapsed();
        if waited >= self.inner.options.wait {
            return Err(IssueError::Busy { waited });
        }
        // Longer the longer it takes, and never in step with other processes.
        let wait = waited.mul_f64(0.125).clamp(Duration::from_millis(2), POLL);
        tokio::time::sleep(wait.mul_f64(0.5 + fastrand::f64())).await;
        Ok(())
    }

    /// The order with this key, as the store has it. Nothing is sent.
    ///
    /// # Errors
    /// [`IssueError::UnknownKey`] if there is none. [`IssueError::Store`] if the store cannot be read.
    ///
    /// # Cancel safety
    /// Cancel safe: it changes nothing.
    pub async fn order(&self, key: &str) -> Result<Order, IssueError> {
        self.existing(key).await
    }

    pub(crate) async fn existing(&self, key: &str) -> Result<Order, IssueError> {
        let row = self.inner.store.order(key).await?;
        let unknown = || IssueError::UnknownKey {
            key: key.to_owned(),
        };
        row.map(Order::of).ok_or_else(unknown)
    }

    /// Orders, the newest first. Nothing is sent.
    ///
    /// # Errors
    /// [`IssueError::Store`] if the store cannot be read.
    ///
    /// # Cancel safety
    /// Cancel safe: it changes nothing.
    pub async fn orders(&self, filter: &OrderFilter) -> Result<Vec<Order>, IssueError> {
        let rows = self.inner.store.orders(filter).await?;
        Ok(rows.into_iter().map(Order::of).collect())
    }

    /// Whether the account is used by this store alone, and if not, why that ended.
    ///
    /// # Errors
    /// [`IssueError::Store`] if the store cannot be read.
    ///
    /// # Cancel safety
    /// Cancel safe: it changes nothing.
    pub async fn exclusive(&self) -> Result<Exclusive, IssueError> {
        self.inner.exclusive().await
    }

    /// Declares again that only processes with this store buy on the account, after somebody has looked at what
    /// [`audit`](Self::audit) reports.
    ///
    /// # Errors
    /// [`IssueError::Store`] if the store fails: call it again.
    ///
    /// # Cancel safety
    /// If you drop the future, the store may or may not have changed. Call it again.
    pub async fn declare_exclusive(&self) -> Result<(), IssueError> {
        Ok(self.inner.store.set_exclusive(None).await?)
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }
}

impl Inner {
    /// What this issuer may assume: it must have been declared, not have ended, and not be denied here.
    pub(crate) async fn exclusive(&self) -> Result<Exclusive, IssueError> {
        let mut exclusive = self.store.exclusive().await?;
        exclusive.holds &= self.options.account_use != AccountUse::Shared;
        Ok(exclusive)
    }
}

pub(crate) fn is_pending(order: &Order) -> bool {
    matches!(order.state(), OrderState::InProgress | OrderState::InDoubt)
}

pub(crate) fn wrong_state(order: &Order, reason: &str) -> IssueError {
    IssueError::WrongState {
        key: order.key.clone(),
        reason: format!("is {}: {reason}", order.state()),
    }
}

fn checked(order: &NewOrder) -> Result<store::NewOrder, IssueError> {
    let NewOrder { key, goods, .. } = order;
    let invalid = |reason: &str| IssueError::InvalidOrder {
        reason: reason.to_owned(),
    };
    let chars = key.chars().count();
    if chars == 0 || chars > MAX_KEY_CHARS || key.chars().any(char::is_control) {
        return Err(invalid("a key is 1 to 200 characters on one line"));
    }
    if goods.traffic.as_i64() < 1 {
        return Err(invalid("the traffic must be at least 1"));
    }
    // The contract's `num` is an integer of 32 bits with a sign.
    if goods.count < 1 || i32::try_from(goods.count).is_err() {
        return Err(invalid("the count must be 1 to 2147483647"));
    }
    Ok(store::NewOrder {
        key: key.clone(),
        traffic: goods.traffic.as_i64(),
        count: goods.count,
        label: order.label.clone(),
        meta: order.meta.clone(),
    })
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer")
            .field("options", &self.inner.options)
            .finish_non_exhaustive()
    }
}

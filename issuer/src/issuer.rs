//! The issuer: orders with a key.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::TryStreamExt as _;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use thordata_cdk::{Cdk, CdkCode, Client, NewCdks};
use tokio::sync::{Mutex, Semaphore};
use uuid::Uuid;

use crate::error::IssueError;
use crate::options::{AccountUse, IssuerOptions};
use crate::order::{Order, OrderFilter, OrderState};
use crate::purchase::{Buyer, Hasher, Step};
use crate::settle::Evidence;
use crate::store::{CodeHash, Exclusive, Lease, NewOrder, Store, Voucher};

/// A key is a short text, such as the number of an order in a shop.
const MAX_KEY_CHARS: usize = 200;
/// So many rows of a list are looked up in the store at once.
const BATCH: usize = 512;
/// A list is believed if it shows one of so many vouchers, the newest that the store knows.
const NEWEST: u32 = 16;
/// The longest wait between two looks at the store while others buy.
const POLL: Duration = Duration::from_millis(500);
/// How long the right to settle lasts without a new look.
const LEASE: Duration = Duration::from_secs(120);
/// The longest wait between two looks: well within the lease.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// Buys vouchers for orders, each under a key of the caller's, and each once.
///
/// Cheap to clone. Every process with the same store takes part in the same orders.
///
/// **Cancellation.** Every future may be dropped at any time. A purchase that has begun goes on in a task of its own,
/// and the next call with the same key finds its end. Must run on a Tokio runtime with timers and I/O.
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
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) client: Client,
    pub(crate) store: Box<dyn Store>,
    pub(crate) hasher: Hasher,
    pub(crate) options: IssuerOptions,
    /// Purchases of this process queue here, so that they do not ask the store in vain.
    in_flight: Semaphore,
    /// One task of this process settles; the others wait for it.
    settling: Mutex<()>,
    process: Uuid,
}

impl Issuer {
    /// Binds the store to the client's account. Nothing is sent.
    ///
    /// # Errors
    /// [`IssueError::Store`] if the store belongs to another account, or fails.
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
            }),
        })
    }

    /// The order with this key: bought if it is new, completed if vouchers of it are proven not to be bought, and
    /// otherwise as it is. **Spends money**, once for each key.
    ///
    /// It waits for purchases that are in progress, of this order and of others, in this process and in others, and
    /// settles what is in doubt. What was not observed it does not buy again: see
    /// [`OrderState::NotObserved`].
    ///
    /// # Errors
    /// [`IssueError::InvalidOrder`] and [`IssueError::KeyConflict`] before anything is sent;
    /// [`IssueError::Busy`], [`IssueError::Client`] and [`IssueError::Store`] when the state of the order cannot be
    /// told now. After any of these call again with the same key.
    pub async fn issue(&self, key: &str, goods: NewCdks) -> Result<Order, IssueError> {
        self.issue_labelled(key, goods, None).await
    }

    /// Like [`issue`](Self::issue), with a label for people. The label of an order that exists does not change.
    ///
    /// # Errors
    /// See [`issue`](Self::issue).
    pub async fn issue_labelled(
        &self,
        key: &str,
        goods: NewCdks,
        label: Option<&str>,
    ) -> Result<Order, IssueError> {
        let new = checked(key, goods, label)?;
        let row = self.inner.store.insert_order(&new).await?;
        if (row.traffic, row.count) != (new.traffic, new.count) {
            return Err(IssueError::KeyConflict {
                key: new.key,
                existing: (row.traffic, row.count),
            });
        }
        let started = Instant::now();
        let mut order = Order::of(row);
        loop {
            match order.state() {
                OrderState::Incomplete { missing, .. } => {
                    let missing = *missing;
                    let stopped = self.buy_missing(&new, missing, started).await?;
                    order = self.existing(key).await?;
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

    /// Buys until nothing is left to buy (`false`) or a purchase was refused (`true`).
    async fn buy_missing(
        &self,
        order: &NewOrder,
        missing: u32,
        started: Instant,
    ) -> Result<bool, IssueError> {
        self.learn_service_time().await;
        let purchases = missing.div_ceil(self.inner.options.max_count);
        let parallel = purchases.min(self.inner.options.in_flight);
        let mut running = FuturesUnordered::new();
        let mut bought = 0_u32;
        let mut refused = false;
        let mut finished = false;
        loop {
            while !finished && running.len() < usize::try_from(parallel).unwrap_or(1) {
                running.push(self.begin_step(order));
            }
            let Some(step) = running.next().await else {
                return Ok(refused);
            };
            match step? {
                Step::Bought { count } => {
                    bought = bought.saturating_add(count);
                    finished |= bought >= missing;
                }
                Step::NotBought => (refused, finished) = (true, true),
                Step::NothingToBuy => finished = true,
                Step::InDoubt | Step::GateClosed => self.settle_until(started).await?,
                Step::Full => self.wait_a_moment(started).await?,
            }
        }
    }

    /// One step in a task of its own: a dropped future must not leave a purchase without its end.
    async fn begin_step(&self, order: &NewOrder) -> Result<Step, IssueError> {
        let (inner, order) = (Arc::clone(&self.inner), order.clone());
        let step = tokio::spawn(async move {
            let _place = inner.in_flight.acquire().await; // never closed
            let buyer = Buyer {
                client: &inner.client,
                store: &*inner.store,
                hasher: &inner.hasher,
                options: &inner.options,
            };
            let traffic = thordata_cdk::Traffic(order.traffic);
            buyer.buy(&order.key, traffic).await
        });
        step.await.map_err(|_| IssueError::Stopped)?
    }

    /// The service's clock bounds which vouchers can be a purchase's. Before the first reply it is not known.
    async fn learn_service_time(&self) {
        if self.inner.client.service_time().is_none() {
            // A reply is enough, even a failure: its rows are not read.
            let mut rows = self.inner.client.list_stream(None);
            drop(rows.next().await);
        }
    }

    async fn wait_a_moment(&self, started: Instant) -> Result<(), IssueError> {
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
    /// [`IssueError::UnknownKey`] if there is none.
    pub async fn order(&self, key: &str) -> Result<Order, IssueError> {
        self.existing(key).await
    }

    async fn existing(&self, key: &str) -> Result<Order, IssueError> {
        let row = self.inner.store.order(key).await?;
        let unknown = || IssueError::UnknownKey {
            key: key.to_owned(),
        };
        row.map(Order::of).ok_or_else(unknown)
    }

    /// Orders, the newest first. Nothing is sent.
    ///
    /// # Errors
    /// [`IssueError::Store`].
    pub async fn orders(&self, filter: &OrderFilter) -> Result<Vec<Order>, IssueError> {
        let rows = self.inner.store.orders(filter).await?;
        Ok(rows.into_iter().map(Order::of).collect())
    }

    /// Notes that the caller has stored the codes of this order. Durable when it returns. From then on the store holds
    /// only their keyed hashes. Without effect on an order that is acknowledged already.
    ///
    /// # Errors
    /// [`IssueError::WrongState`] if the order is not complete.
    pub async fn acknowledge(&self, key: &str) -> Result<(), IssueError> {
        let order = self.existing(key).await?;
        if !order.is_complete() {
            return Err(wrong_state(
                &order,
                "only a complete order can be acknowledged; call `issue` with its key",
            ));
        }
        self.inner.store.acknowledge(key).await?;
        Ok(())
    }

    /// Buys again what was not observed, or what needs a decision. **Spends money, perhaps a second time for the same
    /// vouchers**: what the first purchase still brings is this order's surplus.
    ///
    /// # Errors
    /// [`IssueError::WrongState`] if the order waits for no such decision; those of [`issue`](Self::issue).
    pub async fn retry(&self, key: &str) -> Result<Order, IssueError> {
        let order = self.existing(key).await?;
        if !matches!(
            order.state(),
            OrderState::NotObserved { .. } | OrderState::NeedsDecision { .. }
        ) {
            return Err(wrong_state(
                &order,
                "there is nothing to buy a second time; call `issue` with its key",
            ));
        }
        self.inner.store.release(key).await?;
        let goods = NewCdks {
            traffic: order.traffic,
            count: order.count,
        };
        self.issue(key, goods).await
    }

    /// Gives the order up: nothing more is bought for it. Its codes stay.
    ///
    /// # Errors
    /// [`IssueError::WrongState`] if it is complete, or a purchase of it has not ended.
    pub async fn abandon(&self, key: &str) -> Result<Order, IssueError> {
        let order = self.existing(key).await?;
        if order.is_complete() || is_pending(&order) {
            return Err(wrong_state(
                &order,
                "an order that is complete, in progress or in doubt cannot be abandoned",
            ));
        }
        self.inner.store.abandon(key).await?;
        self.existing(key).await
    }

    /// Gives vouchers to an order: its candidates, its surplus, or vouchers that [`audit`](Self::audit) reported.
    ///
    /// # Errors
    /// [`IssueError::WrongState`] if one of them belongs to another order for certain. Nothing is changed then.
    pub async fn adopt(&self, key: &str, codes: &[CdkCode]) -> Result<Order, IssueError> {
        let order = self.existing(key).await?;
        let voucher = |code: &CdkCode| self.inner.hasher.voucher(code.clone());
        let vouchers: Vec<Voucher> = codes.iter().map(voucher).collect();
        if !self.inner.store.adopt(key, &vouchers).await? {
            return Err(wrong_state(
                &order,
                "one of the vouchers belongs to another order",
            ));
        }
        self.existing(key).await
    }

    /// Settles what is in doubt, and returns when nothing is. Orders do it by themselves when they are asked for; call
    /// it in the background to have them settled earlier.
    ///
    /// # Errors
    /// [`IssueError::Client`] if the lists cannot be read, [`IssueError::Busy`] if others settle for longer than
    /// [`IssuerOptions::wait`].
    pub async fn settle(&self) -> Result<(), IssueError> {
        self.settle_until(Instant::now()).await
    }

    async fn settle_until(&self, started: Instant) -> Result<(), IssueError> {
        let this = self.clone();
        // In a task of its own, so that the look at a list is not lost when the caller goes.
        let settled = tokio::spawn(async move { this.settle_here(started).await });
        settled.await.map_err(|_| IssueError::Stopped)?
    }

    async fn settle_here(&self, started: Instant) -> Result<(), IssueError> {
        let inner = &self.inner;
        let _only = inner.settling.lock().await;
        let mut evidence: Option<Evidence> = None;
        let mut look = 1_u32;
        loop {
            let doubts = match inner.store.lease(inner.process, LEASE).await? {
                Lease::NothingInDoubt => return Ok(()),
                Lease::Granted(doubts) => doubts,
                Lease::Wait(wait) => {
                    let waited = started.elapsed();
                    if waited >= inner.options.wait {
                        return Err(IssueError::Busy { waited });
                    }
                    (evidence, look) = (None, 1);
                    let wait = wait.clamp(Duration::from_millis(5), POLL);
                    tokio::time::sleep(wait).await;
                    continue;
                }
            };
            let mut known = match evidence.take() {
                Some(known) if known.is_about(&doubts) => known,
                _ => {
                    look = 1;
                    Evidence::new(doubts.clone(), inner.options.window)
                }
            };
            let wait = inner.options.wait_before(look).min(MAX_WAIT);
            tokio::time::sleep(wait).await;
            look = look.saturating_add(1);
            known.update_ages(aged(doubts, wait));
            self.look(&mut known).await?;
            if known.saw_foreign() && inner.exclusive().await?.holds {
                let reason = "a list showed a voucher that no order of this store explains";
                inner.store.set_exclusive(Some(reason)).await?;
            }
            let exclusive = inner.exclusive().await?.holds;
            let verdicts = known.verdicts(exclusive);
            if verdicts.is_empty() || !inner.store.settle(inner.process, &verdicts).await? {
                evidence = Some(known);
            }
        }
    }

    /// Reads one list, in constant memory.
    async fn look(&self, evidence: &mut Evidence) -> Result<(), IssueError> {
        let inner = &self.inner;
        let newest = inner.store.newest(NEWEST).await?;
        let mut rows = inner.client.list_stream(None).try_chunks(BATCH);
        let mut batches = Vec::new();
        let mut shown = Vec::new();
        while let Some(batch) = rows.next().await {
            let batch = batch.map_err(|error| IssueError::Client(error.1))?;
            let hashed: Vec<(Cdk, CodeHash)> = batch
                .into_iter()
                .map(|cdk| (inner.hasher.code(&cdk.cdk), cdk))
                .map(|(hash, cdk)| (cdk, hash))
                .collect();
            shown.extend(
                hashed
                    .iter()
                    .map(|(_, hash)| *hash)
                    .filter(|hash| newest.contains(hash)),
            );
            let concerned: Vec<(Cdk, CodeHash)> = hashed
                .into_iter()
                .filter(|(cdk, _)| evidence.concerns(cdk))
                .collect();
            if concerned.is_empty() {
                continue;
            }
            let hashes: Vec<CodeHash> = concerned.iter().map(|(_, hash)| *hash).collect();
            let known = inner.store.known(&hashes).await?;
            let unknown = concerned
                .into_iter()
                .zip(known)
                .filter(|(_, known)| !known)
                .map(|((cdk, hash), known)| (cdk, hash, known));
            batches.extend(unknown);
            batches.truncate(crate::settle::MAX_CANDIDATES);
        }
        let mut look = evidence.look(newest);
        shown.iter().for_each(|hash| look.shows(hash));
        look.add(batches);
        look.end();
        Ok(())
    }

    /// Whether the account is used by this store alone, and if not, why it ended.
    ///
    /// # Errors
    /// [`IssueError::Store`].
    pub async fn exclusive(&self) -> Result<Exclusive, IssueError> {
        self.inner.exclusive().await
    }

    /// Declares again that only processes with this store buy on the account, after somebody has looked at what
    /// [`audit`](Self::audit) reports.
    ///
    /// # Errors
    /// [`IssueError::Store`].
    pub async fn declare_exclusive(&self) -> Result<(), IssueError> {
        Ok(self.inner.store.set_exclusive(None).await?)
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }
}

impl Inner {
    /// What this issuer may assume: it must have been declared here, and not have ended.
    async fn exclusive(&self) -> Result<Exclusive, IssueError> {
        let mut exclusive = self.store.exclusive().await?;
        exclusive.holds &= self.options.account_use == AccountUse::Exclusive;
        Ok(exclusive)
    }
}

fn aged(mut doubts: Vec<crate::store::Doubt>, by: Duration) -> Vec<crate::store::Doubt> {
    for doubt in &mut doubts {
        doubt.age = doubt.age.saturating_add(by);
    }
    doubts
}

fn is_pending(order: &Order) -> bool {
    matches!(order.state(), OrderState::InProgress | OrderState::InDoubt)
}

fn wrong_state(order: &Order, reason: &str) -> IssueError {
    IssueError::WrongState {
        key: order.key.clone(),
        reason: format!("is {}: {reason}", order.state()),
    }
}

fn checked(key: &str, goods: NewCdks, label: Option<&str>) -> Result<NewOrder, IssueError> {
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
    if goods.count < 1 || i32::try_from(goods.count).is_err() {
        return Err(invalid("the count must be 1 to 2147483647"));
    }
    Ok(NewOrder {
        key: key.to_owned(),
        traffic: goods.traffic.as_i64(),
        count: goods.count,
        label: label.map(str::to_owned),
    })
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer")
            .field("options", &self.inner.options)
            .finish_non_exhaustive()
    }
}

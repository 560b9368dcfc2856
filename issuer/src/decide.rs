//! What a caller or a person decides about an order, and where vouchers come from.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::Ordering;
use std::time::Instant;

use futures_util::TryStreamExt as _;
use thordata_cdk::{CdkCode, NewCdks};

use crate::error::IssueError;
use crate::issuer::{Issuer, wrong_state};
use crate::order::{NewOrder, Order, OrderState};
use crate::store::{self, CodeHash, Origin, Voucher};

impl Issuer {
    /// Waits until no purchase of the order is in progress or in doubt, and returns the order. Buys nothing.
    ///
    /// # Errors
    /// [`IssueError::UnknownKey`] if no order has the key. [`IssueError::Busy`], [`IssueError::Client`],
    /// [`IssueError::Store`] and [`IssueError::Stopped`] if the end is not known now: call it again.
    ///
    /// # Cancel safety
    /// Cancel safe: settling goes on in a task of its own.
    pub async fn wait(&self, key: &str) -> Result<Order, IssueError> {
        let started = Instant::now();
        loop {
            let order = self.existing(key).await?;
            match order.state() {
                OrderState::InProgress => self.wait_a_moment(started).await?,
                OrderState::InDoubt => self.settle_until(started).await?,
                _ => return Ok(order),
            }
        }
    }

    /// Notes that the caller has the codes of this order. Durable when it returns; from then on the store holds only
    /// their keyed hashes.
    ///
    /// `true` if this call did it. If several callers hand out the same order, one of them gets `true`, and only that
    /// one may go on.
    ///
    /// # Errors
    /// [`IssueError::WrongState`] if the order is not complete; nothing is written. [`IssueError::UnknownKey`] if no order
    /// has the key. [`IssueError::Store`] if the store fails: ask [`order`](Self::order) whether it was written.
    ///
    /// # Cancel safety
    /// If you drop the future, the order may have been acknowledged; a second call then returns `false`.
    /// [`order`](Self::order) shows it.
    pub async fn acknowledge(&self, key: &str) -> Result<bool, IssueError> {
        let order = self.existing(key).await?;
        // Checked apart from the write: a certain voucher never leaves its order, so a complete one stays so.
        if !order.is_complete() {
            return Err(wrong_state(
                &order,
                "only a complete order can be acknowledged; call `issue` with its key",
            ));
        }
        Ok(self.inner.store.acknowledge(key).await?)
    }

    /// Buys again what was not observed, or what needs a decision. **Spends money, perhaps a second time for the same
    /// vouchers**: vouchers of the first purchase that appear later are this order's surplus.
    ///
    /// # Errors
    /// [`IssueError::WrongState`] if the order waits for no such decision, and [`IssueError::UnknownKey`] if no order has
    /// the key; nothing is sent. Else those of [`issue`](Self::issue): continue with that call.
    ///
    /// # Cancel safety
    /// If you drop the future, the decision may have been written, and a purchase that has begun goes on. Call
    /// [`issue`](Self::issue) with the same key to continue.
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
    /// [`IssueError::WrongState`] if it is complete, or a purchase of it has not ended; nothing is written.
    /// [`IssueError::UnknownKey`] if no order has the key. [`IssueError::Store`] if the store fails: call it again.
    ///
    /// # Cancel safety
    /// If you drop the future, the store may or may not have changed. Call it again.
    pub async fn abandon(&self, key: &str) -> Result<Order, IssueError> {
        // The store checks and writes in one transaction: a purchase may begin at any time.
        let abandoned = self.inner.store.abandon(key).await?;
        let order = self.existing(key).await?;
        match abandoned {
            true => Ok(order),
            false => Err(wrong_state(
                &order,
                "an order that is complete, in progress or in doubt cannot be abandoned",
            )),
        }
    }

    /// Begins no further purchase in this process, and lets those in progress end: each [`issue`](Self::issue) then
    /// returns its order as it is. For an orderly end of the program.
    pub fn stop(&self) {
        self.inner.stopped.store(true, Ordering::Relaxed);
    }

    /// Finds the codes of an acknowledged order, which the store has forgotten, in the service's list. Lists once. A
    /// voucher that the list lacks is missing from the result.
    ///
    /// # Errors
    /// [`IssueError::UnknownKey`] if no order has the key; nothing is sent. [`IssueError::Store`] if the store fails.
    /// [`IssueError::Client`] if the list cannot be read to its end. Call it again.
    ///
    /// # Cancel safety
    /// Cancel safe: it changes nothing.
    pub async fn find_codes(&self, key: &str) -> Result<Vec<CdkCode>, IssueError> {
        let row = self.inner.store.order(key).await?;
        let row = row.ok_or_else(|| IssueError::UnknownKey {
            key: key.to_owned(),
        })?;
        let certain = row
            .vouchers
            .iter()
            .filter(|voucher| voucher.role == store::VoucherRole::Certain);
        // With their places: the codes are returned in the order in which they were bought, not as listed.
        let wanted: HashMap<CodeHash, usize> = certain
            .enumerate()
            .map(|(place, voucher)| (voucher.hash, place))
            .collect();
        let mut found = BTreeMap::new();
        let mut rows = self.inner.client.list_stream(None);
        while let Some(cdk) = rows.try_next().await? {
            if let Some(place) = wanted.get(&self.inner.hasher.code(&cdk.cdk)) {
                found.insert(*place, cdk.cdk);
            }
        }
        // A code is all that is asked for.
        for code in rows.unreadable().first().iter().flat_map(|row| &row.code) {
            if let Some(place) = wanted.get(&self.inner.hasher.code(code)) {
                found.insert(*place, code.clone());
            }
        }
        Ok(found.into_values().collect())
    }

    /// Writes down an order whose vouchers were bought elsewhere, such as by hand or on a machine that was lost. Sends
    /// nothing. An order that exists gets the vouchers that it lacks.
    ///
    /// # Errors
    /// [`IssueError::InvalidOrder`] and [`IssueError::KeyConflict`] before anything is written.
    /// [`IssueError::WrongState`] if one of the vouchers belongs to another order: the order exists then, without these
    /// vouchers. [`IssueError::Store`] if the store fails: call it again.
    ///
    /// # Cancel safety
    /// If you drop the future, the store may or may not have changed. Call it again.
    pub async fn record(&self, order: &NewOrder, codes: &[CdkCode]) -> Result<Order, IssueError> {
        self.insert(order).await?;
        self.adopt(&order.key, codes).await
    }

    /// The order that each of these vouchers belongs to, in the sequence given; `None` if no order of the store explains
    /// it. Nothing is sent.
    ///
    /// # Errors
    /// [`IssueError::Store`] if the store cannot be read.
    ///
    /// # Cancel safety
    /// Cancel safe: it changes nothing.
    pub async fn origins(&self, codes: &[CdkCode]) -> Result<Vec<Option<Origin>>, IssueError> {
        let hashes: Vec<CodeHash> = codes
            .iter()
            .map(|code| self.inner.hasher.code(code))
            .collect();
        Ok(self.inner.store.origins(&hashes).await?)
    }

    /// Gives vouchers to an order: its candidates, its surplus, or vouchers that [`audit`](Self::audit) reported.
    ///
    /// # Errors
    /// [`IssueError::WrongState`] if one of them belongs to another order for certain, and [`IssueError::UnknownKey`] if
    /// no order has the key. Nothing is changed then. [`IssueError::Store`] if the store fails: call it again.
    ///
    /// # Cancel safety
    /// If you drop the future, the store may or may not have changed. Call it again.
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
}

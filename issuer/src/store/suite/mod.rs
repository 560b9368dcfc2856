//! Tests that every [`Store`] must pass. For whoever writes another one: call [`check_all`] in a test.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! # let folder = tempfile::tempdir().unwrap();
//! use thordata_cdk_issuer::SqliteStore;
//! use thordata_cdk_issuer::store::suite;
//!
//! suite::check_all(async |name| SqliteStore::open(folder.path().join(name)).await.unwrap()).await;
//! # }
//! ```

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // these are tests

mod orders;
mod purchases;
mod settling;

use std::time::Duration;

use thordata_cdk::CdkCode;
use uuid::Uuid;

use super::{
    Begin, BeginPurchase, CodeHash, Doubt, Finish, Lease, NewOrder, OrderRow, PurchaseState, Store,
    Voucher, VoucherRole,
};

/// Longer than the suite takes.
const LONG: Duration = Duration::from_secs(3600);
/// What is left of it at the end of the suite, at least.
const LESS_LONG: Duration = Duration::from_secs(1800);

/// Runs every test, each on a store of its own. `open` gets a name of lower-case letters and `_`: it returns a new, empty
/// store for a name that is new, and another handle on the same store for one that it had before.
///
/// # Panics
/// At the first rule that the store breaks.
pub async fn check_all<S: Store>(open: impl AsyncFn(&'static str) -> S) {
    macro_rules! check {
        ($($module:ident: $($name:ident),+;)+) => {$($(
            let (store, other) = (open(stringify!($name)).await, open(stringify!($name)).await);
            $module::$name(&store, &other).await;
        )+)+};
    }
    check! {
        orders: binds_to_one_account, inserts_an_order_once, returns_orders_newest_first, forgets_codes_when_acknowledged,
            buys_nothing_for_a_closed_order, gives_vouchers_away_once, tells_whose_a_voucher_is, remembers_whether_exclusive;
        purchases: begins_what_an_order_lacks, reads_a_purchase_past_its_deadline_as_in_doubt, begins_the_same_purchase_once, begins_one_purchase_for_a_key_asked_for_at_once,
            begins_no_more_than_may_be_in_flight,
            keeps_an_answer, puts_an_answer_with_a_known_code_in_doubt, buys_again_what_was_not_bought, keeps_a_late_answer,
            keeps_an_answer_after_a_retry_as_surplus, shares_the_pace;
        settling: closes_the_gate_when_a_deadline_passes, waits_for_purchases_that_are_sending, grants_one_lease_at_a_time,
            writes_what_was_observed, writes_what_is_unclear, leaves_an_answer_that_came_meanwhile, takes_all_verdicts_or_none,
            adds_late_vouchers_as_surplus;
    }
}

fn voucher(name: &str) -> Voucher {
    let mut hash = [0; 16];
    let bytes = name.as_bytes();
    hash[..bytes.len()].copy_from_slice(bytes);
    Voucher {
        hash: CodeHash(hash),
        code: CdkCode::new(name).expect("a short name is a code"),
    }
}

fn vouchers(names: &[&str]) -> Vec<Voucher> {
    names.iter().map(|name| voucher(name)).collect()
}

fn order(key: &str, count: u32) -> NewOrder {
    NewOrder {
        key: key.into(),
        traffic: 3,
        count,
        label: None,
        meta: None,
    }
}

fn purchase(key: &str) -> BeginPurchase {
    BeginPurchase {
        key: key.into(),
        id: Uuid::now_v7(),
        max_count: 1000,
        in_flight: 1,
        lifetime: LONG,
        service_time: Some(1_700_000_000),
    }
}

/// An order with a purchase that is sending, from nothing.
async fn sending(store: &dyn Store, key: &str, count: u32) -> Uuid {
    insert(store, key, count).await;
    begun(store, &purchase(key), count).await
}

/// An order with a purchase in doubt, from nothing.
async fn doubtful(store: &dyn Store, key: &str, count: u32) -> Uuid {
    let id = sending(store, key, count).await;
    let reason = "no answer".into();
    assert!(finish(store, id, Finish::InDoubt { reason }).await);
    id
}

/// An order that has these vouchers, from nothing.
async fn complete(store: &dyn Store, key: &str, names: &[&str]) -> Uuid {
    let count = u32::try_from(names.len()).expect("a short list");
    let id = sending(store, key, count).await;
    assert!(finish(store, id, Finish::Bought(vouchers(names))).await);
    id
}

async fn insert(store: &dyn Store, key: &str, count: u32) -> OrderRow {
    let inserted = store.insert_order(&order(key, count)).await;
    inserted.expect("insert_order")
}

async fn begin(store: &dyn Store, purchase: &BeginPurchase) -> Begin {
    let begun = store.begin_purchase(purchase).await;
    begun.expect("begin_purchase")
}

async fn begun(store: &dyn Store, purchase: &BeginPurchase, count: u32) -> Uuid {
    let wait = Duration::ZERO;
    assert_eq!(begin(store, purchase).await, Begin::Begun { count, wait });
    purchase.id
}

async fn finish(store: &dyn Store, id: Uuid, finish: Finish) -> bool {
    let finished = store.finish_purchase(id, &finish).await;
    finished.expect("finish_purchase")
}

async fn row(store: &dyn Store, key: &str) -> OrderRow {
    let row = store.order(key).await.expect("order");
    row.expect("the order exists")
}

async fn lease(store: &dyn Store, holder: Uuid) -> Lease {
    store.lease(holder, LONG).await.expect("lease")
}

async fn granted(store: &dyn Store, holder: Uuid) -> Vec<Doubt> {
    match lease(store, holder).await {
        Lease::Granted(doubts) => doubts,
        other => panic!("the lease should be granted: {other:?}"),
    }
}

fn states(order: &OrderRow) -> Vec<PurchaseState> {
    let purchases = order.purchases.iter();
    purchases.map(|purchase| purchase.state).collect()
}

/// The codes of an order that have this role, in the order in which they were written.
fn codes(order: &OrderRow, role: VoucherRole) -> Vec<&str> {
    let vouchers = order.vouchers.iter().filter(|v| v.role == role);
    let codes = vouchers.filter_map(|voucher| voucher.code.as_ref());
    codes.map(CdkCode::as_str).collect()
}

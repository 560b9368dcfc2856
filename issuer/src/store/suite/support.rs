//! What the tests share.

use std::time::Duration;

use thordata_cdk::CdkCode;
use uuid::Uuid;

use super::super::{
    Begin, BeginPurchase, CodeHash, Doubt, Finish, Lease, NewOrder, OrderRow, PurchaseState, Store,
    Voucher, VoucherRole,
};

/// Longer than the suite takes.
pub(super) const LONG: Duration = Duration::from_secs(3600);
/// What is left of it at the end of the suite, at least.
pub(super) const LESS_LONG: Duration = Duration::from_secs(1800);

pub(super) fn voucher(name: &str) -> Voucher {
    let mut hash = [0; 16];
    let bytes = name.as_bytes();
    hash[..bytes.len()].copy_from_slice(bytes);
    Voucher {
        hash: CodeHash(hash),
        code: CdkCode::new(name).expect("a short name is a code"),
    }
}

pub(super) fn vouchers(names: &[&str]) -> Vec<Voucher> {
    names.iter().map(|name| voucher(name)).collect()
}

pub(super) fn order(key: &str, count: u32) -> NewOrder {
    NewOrder {
        key: key.into(),
        traffic: 3,
        count,
        label: None,
        meta: None,
    }
}

pub(super) fn purchase(key: &str) -> BeginPurchase {
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
pub(super) async fn sending(store: &dyn Store, key: &str, count: u32) -> Uuid {
    insert(store, key, count).await;
    begun(store, &purchase(key), count).await
}

/// An order with a purchase in doubt, from nothing.
pub(super) async fn doubtful(store: &dyn Store, key: &str, count: u32) -> Uuid {
    let id = sending(store, key, count).await;
    let reason = "no answer".into();
    assert!(finish(store, id, Finish::InDoubt { reason }).await);
    id
}

/// An order that has these vouchers, from nothing.
pub(super) async fn complete(store: &dyn Store, key: &str, names: &[&str]) -> Uuid {
    let count = u32::try_from(names.len()).expect("a short list");
    let id = sending(store, key, count).await;
    assert!(finish(store, id, Finish::Bought(vouchers(names))).await);
    id
}

pub(super) async fn insert(store: &dyn Store, key: &str, count: u32) -> OrderRow {
    let inserted = store.insert_order(&order(key, count)).await;
    inserted.expect("insert_order")
}

pub(super) async fn begin(store: &dyn Store, purchase: &BeginPurchase) -> Begin {
    let begun = store.begin_purchase(purchase).await;
    begun.expect("begin_purchase")
}

pub(super) async fn begun(store: &dyn Store, purchase: &BeginPurchase, count: u32) -> Uuid {
    let wait = Duration::ZERO;
    assert_eq!(begin(store, purchase).await, Begin::Begun { count, wait });
    purchase.id
}

pub(super) async fn finish(store: &dyn Store, id: Uuid, finish: Finish) -> bool {
    let finished = store.finish_purchase(id, &finish).await;
    finished.expect("finish_purchase")
}

pub(super) async fn row(store: &dyn Store, key: &str) -> OrderRow {
    let row = store.order(key).await.expect("order");
    row.expect("the order exists")
}

pub(super) async fn lease(store: &dyn Store, holder: Uuid) -> Lease {
    store.lease(holder, LONG).await.expect("lease")
}

pub(super) async fn granted(store: &dyn Store, holder: Uuid) -> Vec<Doubt> {
    match lease(store, holder).await {
        Lease::Granted(doubts) => doubts,
        other => panic!("the lease should be granted: {other:?}"),
    }
}

pub(super) fn states(order: &OrderRow) -> Vec<PurchaseState> {
    let purchases = order.purchases.iter();
    purchases.map(|purchase| purchase.state).collect()
}

/// The codes of an order that have this role, in the order in which they were written.
pub(super) fn codes(order: &OrderRow, role: VoucherRole) -> Vec<&str> {
    let vouchers = order.vouchers.iter().filter(|v| v.role == role);
    let codes = vouchers.filter_map(|voucher| voucher.code.as_ref());
    codes.map(CdkCode::as_str).collect()
}

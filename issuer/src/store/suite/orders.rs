//! Orders, the account, and who owns a voucher.

use futures_util::future::join;
use uuid::Uuid;

use super::super::{
    Begin, BeginPurchase, Exclusive, Finish, NewOrder, OrderFilter, Origin, Store, StoreErrorKind,
    Verdict, VoucherRole,
};
use super::support::{
    begin, codes, complete, doubtful, finish, granted, insert, order, purchase, row, sending,
    voucher, vouchers,
};

pub(super) async fn binds_to_one_account(store: &dyn Store, other: &dyn Store) {
    let key = store.hash_key().await.expect("hash_key");
    assert_ne!(key, [0; 32]);
    assert_eq!(other.hash_key().await.expect("hash_key"), key);
    store.bind_account([1; 32], false).await.expect("the first");
    other.bind_account([1; 32], false).await.expect("the same");
    let error = other.bind_account([2; 32], false).await;
    let error = error.expect_err("another account must be refused");
    assert_eq!(error.kind(), StoreErrorKind::OtherAccount);
    other.bind_account([2; 32], true).await.expect("replaced");
    store.bind_account([2; 32], false).await.expect("the new");
}

pub(super) async fn inserts_an_order_once(store: &dyn Store, other: &dyn Store) {
    let key = "A-17 'quoted' \\ %_ Größe 注文";
    assert!(store.order(key).await.expect("order").is_none());
    let new = NewOrder {
        label: Some("for Ann".into()),
        meta: Some("{\"price\": \"1.50\"}".into()),
        ..order(key, 2)
    };
    let inserted = store.insert_order(&new).await.expect("insert_order");
    assert_eq!((inserted.traffic, inserted.count), (3, 2));
    assert_eq!(inserted.label.as_deref(), Some("for Ann"));
    assert_eq!(inserted.meta.as_deref(), Some("{\"price\": \"1.50\"}"));
    assert_eq!((inserted.missing(), inserted.to_buy()), (2, 2));
    assert!(!inserted.acknowledged && !inserted.abandoned);
    assert!(inserted.created_at_ms > 1_600_000_000_000);
    let changed = NewOrder {
        traffic: 9,
        label: None,
        ..order(key, 5)
    };
    let again = other.insert_order(&changed).await.expect("insert_order");
    assert_eq!(again, inserted);
    assert_eq!(row(store, key).await, inserted);
    assert!(store.order("A-17").await.expect("order").is_none());
}

pub(super) async fn returns_orders_newest_first(store: &dyn Store, _: &dyn Store) {
    complete(store, "a", &["a-1"]).await;
    insert(store, "b", 1).await;
    complete(store, "c", &["c-1", "c-2"]).await;
    insert(store, "d", 1).await;
    store.acknowledge("a").await.expect("acknowledge");
    store.abandon("b").await.expect("abandon");
    let keys = async |filter: OrderFilter| {
        let orders = store.orders(&filter).await.expect("orders");
        orders.into_iter().map(|o| o.key).collect::<Vec<_>>()
    };
    assert_eq!(keys(OrderFilter::default()).await, ["d", "c", "b", "a"]);
    assert_eq!(keys(OrderFilter::open()).await, ["d", "c"]);
    let newest = OrderFilter {
        limit: Some(1),
        ..OrderFilter::default()
    };
    assert_eq!(keys(newest).await, ["d"]);
    let orders = store.orders(&OrderFilter::default()).await.expect("orders");
    assert_eq!(codes(&orders[1], VoucherRole::Certain), ["c-1", "c-2"]);
    assert_eq!(orders[1].purchases.len(), 1);
    assert_eq!(orders[0].purchases, []);
}

pub(super) async fn forgets_codes_when_acknowledged(store: &dyn Store, other: &dyn Store) {
    complete(store, "a", &["a-1", "a-2"]).await;
    assert!(store.acknowledge("a").await.expect("acknowledge"));
    let acknowledged = row(other, "a").await;
    assert!(acknowledged.acknowledged);
    assert_eq!(acknowledged.missing(), 0);
    assert!(acknowledged.vouchers.iter().all(|v| v.code.is_none()));
    let hashes: Vec<_> = acknowledged.vouchers.iter().map(|v| v.hash).collect();
    assert_eq!(hashes, [voucher("a-1").hash, voucher("a-2").hash]);
    assert!(!other.acknowledge("a").await.expect("acknowledge"));
    assert_eq!(row(store, "a").await, acknowledged);
    assert!(!store.acknowledge("unknown").await.expect("acknowledge"));
}

pub(super) async fn acknowledges_a_complete_order_once(store: &dyn Store, other: &dyn Store) {
    insert(store, "a", 2).await;
    assert!(store.adopt("a", &vouchers(&["a-1"])).await.expect("adopt"));
    // Its codes stay, and what it lacks can still be bought.
    assert!(!store.acknowledge("a").await.expect("acknowledge"));
    let a = row(other, "a").await;
    assert!(!a.acknowledged);
    assert_eq!(codes(&a, VoucherRole::Certain), ["a-1"]);
    assert_eq!(a.to_buy(), 1);
    assert!(store.adopt("a", &vouchers(&["a-2"])).await.expect("adopt"));
    assert!(store.acknowledge("a").await.expect("acknowledge"));
    // What is adopted later is surplus, and a second call forgets none of it.
    assert!(store.adopt("a", &vouchers(&["a-3"])).await.expect("adopt"));
    assert!(!other.acknowledge("a").await.expect("acknowledge"));
    let a = row(other, "a").await;
    assert_eq!(codes(&a, VoucherRole::Certain), [""; 0]);
    assert_eq!(codes(&a, VoucherRole::Surplus), ["a-3"]);
}

pub(super) async fn buys_nothing_for_a_closed_order(store: &dyn Store, _: &dyn Store) {
    insert(store, "a", 2).await;
    assert!(store.abandon("a").await.expect("abandon"));
    let abandoned = row(store, "a").await;
    assert!(abandoned.abandoned);
    assert_eq!((abandoned.missing(), abandoned.to_buy()), (2, 0));
    assert_eq!(begin(store, &purchase("a")).await, Begin::NothingToBuy);
    let unknown = begin(store, &purchase("unknown")).await;
    assert_eq!(unknown, Begin::NothingToBuy);
}

/// A purchase that has not ended may still bring vouchers that were paid for, and an order that is given up hides them.
pub(super) async fn abandons_no_order_that_is_complete_or_has_a_purchase_under_way(
    store: &dyn Store,
    other: &dyn Store,
) {
    let abandon = async |key| store.abandon(key).await.expect("abandon");
    assert!(!abandon("unknown").await);
    complete(store, "complete", &["c-1"]).await;
    assert!(!abandon("complete").await);
    store.acknowledge("complete").await.expect("acknowledge");
    assert!(!abandon("complete").await);
    let id = sending(store, "a", 1).await;
    assert!(!abandon("a").await);
    let reason = "no answer".into();
    assert!(finish(other, id, Finish::InDoubt { reason }).await);
    assert!(!abandon("a").await);
    assert!(!row(other, "a").await.abandoned);
    let holder = Uuid::now_v7();
    granted(store, holder).await;
    let verdict = [(id, Verdict::Unclear(vouchers(&["x"])))];
    assert!(store.settle(holder, &verdict).await.expect("settle"));
    assert!(abandon("a").await);
    assert!(row(other, "a").await.abandoned);
    // Its answer comes after all. The order stays given up, also when it is asked for again.
    assert!(finish(store, id, Finish::Bought(vouchers(&["a-1"]))).await);
    assert!(abandon("a").await);
    let a = row(other, "a").await;
    assert_eq!(codes(&a, VoucherRole::Certain), ["a-1"]);
    assert!(a.abandoned);
}

/// Whichever comes first, the other one is refused.
pub(super) async fn abandons_an_order_or_begins_its_purchase(store: &dyn Store, other: &dyn Store) {
    for number in 0..16 {
        let key = format!("a-{number}");
        insert(store, &key, 1).await;
        let purchase = BeginPurchase {
            in_flight: 99,
            ..purchase(&key)
        };
        let (abandoned, begun) = join(store.abandon(&key), begin(other, &purchase)).await;
        let abandoned = abandoned.expect("abandon");
        let begun = begun != Begin::NothingToBuy;
        assert_ne!(abandoned, begun, "{key}");
        assert_eq!(row(store, &key).await.abandoned, abandoned);
    }
}

pub(super) async fn gives_vouchers_away_once(store: &dyn Store, _: &dyn Store) {
    complete(store, "a", &["a-1"]).await;
    insert(store, "b", 1).await;
    let adopt = async |key, names: &[&str]| {
        let adopted = store.adopt(key, &vouchers(names)).await;
        adopted.expect("adopt")
    };
    // All or none.
    assert!(!adopt("b", &["new-1", "a-1"]).await);
    assert_eq!(row(store, "b").await.vouchers, []);
    assert!(adopt("b", &["new-1", "new-2"]).await);
    assert!(adopt("b", &["new-1", "new-2"]).await);
    let b = row(store, "b").await;
    assert_eq!(codes(&b, VoucherRole::Certain), ["new-1"]);
    assert_eq!(codes(&b, VoucherRole::Surplus), ["new-2"]);
    // Another order's surplus is free.
    insert(store, "c", 1).await;
    assert!(adopt("c", &["new-2"]).await);
    let (b, c) = (row(store, "b").await, row(store, "c").await);
    assert_eq!(codes(&b, VoucherRole::Surplus), [""; 0]);
    assert_eq!(codes(&c, VoucherRole::Certain), ["new-2"]);
    assert!(!adopt("unknown", &["new-3"]).await);
    assert!(!store.known(&[voucher("new-3").hash]).await.expect("known")[0]);
}

pub(super) async fn finds_the_order_of_a_voucher(store: &dyn Store, _: &dyn Store) {
    let labelled = NewOrder {
        label: Some("for Ann".into()),
        ..order("a", 1)
    };
    store.insert_order(&labelled).await.expect("insert_order");
    complete(store, "a", &["a-1"]).await;
    complete(store, "b", &["b-1", "b-2"]).await;
    store.acknowledge("b").await.expect("acknowledge");
    let hashes = ["b-2", "none", "a-1"].map(|name| voucher(name).hash);
    let known = store.known(&hashes).await.expect("known");
    assert_eq!(known, [true, false, true]);
    assert_eq!(store.known(&[]).await.expect("known"), [false; 0]);
    let origins = store.origins(&hashes).await.expect("origins");
    let origin = |key: &str, label: Option<&str>| {
        Some(Origin {
            key: key.into(),
            label: label.map(str::to_owned),
        })
    };
    assert_eq!(
        origins,
        [origin("b", None), None, origin("a", Some("for Ann"))]
    );
    let newest = store.newest(2).await.expect("newest");
    assert_eq!(newest, [voucher("b-2").hash, voucher("b-1").hash]);
}

pub(super) async fn remembers_whether_exclusive(store: &dyn Store, other: &dyn Store) {
    let exclusive = async |holds, because: Option<&str>| {
        let expected = Exclusive {
            holds,
            ended_because: because.map(str::to_owned),
        };
        assert_eq!(other.exclusive().await.expect("exclusive"), expected);
    };
    exclusive(false, None).await;
    store.set_exclusive(None).await.expect("set_exclusive");
    exclusive(true, None).await;
    let ended = store.set_exclusive(Some("a foreign voucher")).await;
    ended.expect("set_exclusive");
    exclusive(false, Some("a foreign voucher")).await;
    store.set_exclusive(None).await.expect("set_exclusive");
    exclusive(true, None).await;
    // A doubt changes nothing about it.
    doubtful(store, "a", 1).await;
    exclusive(true, None).await;
}

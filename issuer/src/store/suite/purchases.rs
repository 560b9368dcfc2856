//! Purchases: when they begin, and what their ends do.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use uuid::Uuid;

use super::super::{Begin, BeginPurchase, Finish, PurchaseState, Store, Verdict, VoucherRole};
use super::support::{
    begin, begun, codes, complete, doubtful, finish, granted, insert, purchase, row, sending,
    states, vouchers,
};

fn throttled() -> Finish {
    Finish::NotBought {
        reason: "code 10011: too frequent".into(),
        throttled: true,
    }
}

fn refused() -> Finish {
    Finish::NotBought {
        reason: "code 10008: no funds".into(),
        throttled: false,
    }
}

pub(super) async fn begins_what_an_order_lacks(store: &dyn Store, other: &dyn Store) {
    insert(store, "a", 5).await;
    let part = |in_flight| BeginPurchase {
        max_count: 3,
        in_flight,
        ..purchase("a")
    };
    begun(store, &part(1), 3).await;
    assert_eq!(begin(other, &part(1)).await, Begin::Full);
    begun(other, &part(2), 2).await;
    assert_eq!(begin(store, &part(9)).await, Begin::NothingToBuy);
    let a = row(store, "a").await;
    assert_eq!(states(&a), [PurchaseState::Sending; 2]);
    assert_eq!((a.missing(), a.to_buy()), (5, 0));
    let counts: Vec<_> = a
        .purchases
        .iter()
        .map(|p| (p.count, p.outstanding))
        .collect();
    assert_eq!(counts, [(3, 3), (2, 2)]);
}

pub(super) async fn reads_a_purchase_past_its_deadline_as_in_doubt(
    store: &dyn Store,
    other: &dyn Store,
) {
    insert(store, "a", 2).await;
    let purchase = BeginPurchase {
        lifetime: Duration::ZERO,
        ..purchase("a")
    };
    begun(store, &purchase, 2).await;
    assert_eq!(states(&row(other, "a").await), [PurchaseState::InDoubt]);
}

/// After a lost connection nobody knows whether a purchase was written down, and it is begun again.
pub(super) async fn begins_the_same_purchase_once(store: &dyn Store, other: &dyn Store) {
    insert(store, "a", 2).await;
    let purchase = purchase("a");
    begun(store, &purchase, 2).await;
    begun(other, &purchase, 2).await;
    assert_eq!(row(store, "a").await.purchases.len(), 1);
    assert!(finish(store, purchase.id, refused()).await);
    // It has ended, so it must not be sent.
    assert_eq!(begin(other, &purchase).await, Begin::NothingToBuy);
    assert_eq!(row(store, "a").await.purchases.len(), 1);
}

pub(super) async fn begins_no_purchase_again_past_its_deadline(
    store: &dyn Store,
    other: &dyn Store,
) {
    insert(store, "a", 2).await;
    let purchase = BeginPurchase {
        lifetime: Duration::ZERO,
        ..purchase("a")
    };
    begun(store, &purchase, 2).await;
    assert_eq!(begin(other, &purchase).await, Begin::NothingToBuy);
    assert_eq!(states(&row(store, "a").await), [PurchaseState::InDoubt]);
}

pub(super) async fn begins_one_purchase_for_a_key_asked_for_at_once(
    store: &dyn Store,
    other: &dyn Store,
) {
    insert(store, "a", 2).await;
    let purchases: Vec<BeginPurchase> = (0..16)
        .map(|_| BeginPurchase {
            in_flight: 16,
            ..purchase("a")
        })
        .collect();
    let stores = [store, other].into_iter().cycle();
    let begins = purchases.iter().zip(stores);
    let begins = join_all(begins.map(|(purchase, store)| begin(store, purchase))).await;
    let begun = begins
        .iter()
        .filter(|begin| matches!(begin, Begin::Begun { .. }));
    assert_eq!(begun.count(), 1, "{begins:?}");
    let nothing = begins.iter().filter(|begin| **begin == Begin::NothingToBuy);
    assert_eq!(nothing.count(), 15, "{begins:?}");
}

pub(super) async fn begins_no_more_than_may_be_in_flight(store: &dyn Store, other: &dyn Store) {
    let mut purchases = Vec::new();
    for number in 0..16 {
        let key = format!("a-{number}");
        insert(store, &key, 1).await;
        purchases.push(BeginPurchase {
            in_flight: 3,
            ..purchase(&key)
        });
    }
    let stores = [store, other].into_iter().cycle();
    let begins = purchases.iter().zip(stores);
    let begins = join_all(begins.map(|(purchase, store)| begin(store, purchase))).await;
    let begun = begins
        .iter()
        .filter(|begin| matches!(begin, Begin::Begun { .. }));
    assert_eq!(begun.count(), 3, "{begins:?}");
    let full = begins.iter().filter(|begin| **begin == Begin::Full);
    assert_eq!(full.count(), 13, "{begins:?}");
}

pub(super) async fn keeps_an_answer(store: &dyn Store, other: &dyn Store) {
    let id = complete(store, "a", &["a-1", "a-2"]).await;
    let a = row(other, "a").await;
    assert_eq!(codes(&a, VoucherRole::Certain), ["a-1", "a-2"]);
    assert_eq!(states(&a), [PurchaseState::Bought]);
    assert_eq!(a.purchases[0].outstanding, 0);
    assert_eq!((a.missing(), a.to_buy()), (0, 0));
    // Written again after a lost connection, it changes nothing.
    let reason = "no answer".into();
    let again = [
        Finish::Bought(vouchers(&["a-1", "a-2"])),
        Finish::InDoubt { reason },
        refused(),
    ];
    for end in again {
        assert!(finish(other, id, end).await);
        assert_eq!(row(store, "a").await, a);
    }
    assert_eq!(begin(store, &purchase("a")).await, Begin::NothingToBuy);
}

pub(super) async fn puts_an_answer_with_a_known_code_in_doubt(store: &dyn Store, _: &dyn Store) {
    complete(store, "a", &["a-1"]).await;
    let id = sending(store, "b", 2).await;
    let answer = Finish::Bought(vouchers(&["b-1", "a-1"]));
    assert!(!finish(store, id, answer.clone()).await);
    assert!(!finish(store, id, answer).await);
    let b = row(store, "b").await;
    assert_eq!(states(&b), [PurchaseState::InDoubt]);
    assert_eq!(b.vouchers, []);
    insert(store, "c", 1).await;
    assert_eq!(begin(store, &purchase("c")).await, Begin::GateClosed);
}

/// Lists gave one of its vouchers to another purchase that was in doubt with it. Then its own answer comes.
pub(super) async fn makes_candidates_of_a_late_answer_with_a_known_code(
    store: &dyn Store,
    other: &dyn Store,
) {
    let id = doubtful(store, "a", 2).await;
    let holder = Uuid::now_v7();
    granted(store, holder).await;
    let verdict = [(id, Verdict::Observed(Vec::new()))];
    assert!(store.settle(holder, &verdict).await.expect("settle"));
    complete(store, "b", &["a-1"]).await;
    for _ in 0..2 {
        let answer = Finish::Bought(vouchers(&["a-1", "a-2"]));
        assert!(!finish(other, id, answer).await);
        let a = row(store, "a").await;
        assert_eq!(states(&a), [PurchaseState::Unclear]);
        assert_eq!(codes(&a, VoucherRole::Candidate), ["a-2"]);
        assert_eq!(codes(&a, VoucherRole::Certain), [""; 0]);
        assert_eq!((a.missing(), a.to_buy()), (2, 0));
    }
    let b = row(store, "b").await;
    assert_eq!(codes(&b, VoucherRole::Certain), ["a-1"]);
    // A person gives it to the order.
    assert!(store.adopt("a", &vouchers(&["a-2"])).await.expect("adopt"));
    let a = row(store, "a").await;
    assert_eq!(codes(&a, VoucherRole::Certain), ["a-2"]);
    // What is named is known already: nothing to decide.
    assert!(!finish(other, id, Finish::Bought(vouchers(&["a-1", "a-2"]))).await);
    assert_eq!(row(store, "a").await, a);
}

fn named(names: &[&str]) -> Finish {
    let reason = "2 ordered, and the answer names another number".into();
    let vouchers = vouchers(names);
    Finish::Named { vouchers, reason }
}

pub(super) async fn keeps_what_a_short_answer_names(store: &dyn Store, other: &dyn Store) {
    let id = sending(store, "a", 2).await;
    for _ in 0..2 {
        assert!(finish(store, id, named(&["a-1"])).await);
    }
    let a = row(other, "a").await;
    assert_eq!(codes(&a, VoucherRole::Certain), ["a-1"]);
    assert_eq!(states(&a), [PurchaseState::InDoubt]);
    assert_eq!((a.missing(), a.to_buy()), (1, 0));
    insert(store, "b", 1).await;
    assert_eq!(begin(store, &purchase("b")).await, Begin::GateClosed);
    // Only the other one is looked for.
    let holder = Uuid::now_v7();
    let doubts = granted(other, holder).await;
    assert_eq!((doubts.len(), doubts[0].count), (1, 1));
    let verdict = [(id, Verdict::Observed(Vec::new()))];
    assert!(other.settle(holder, &verdict).await.expect("settle"));
    let a = row(store, "a").await;
    assert_eq!(states(&a), [PurchaseState::NotObserved]);
    assert_eq!(a.purchases[0].outstanding, 1);
    // A decision to buy again is about the missing one alone.
    store.release("a").await.expect("release");
    let second = begun(store, &purchase("a"), 1).await;
    assert!(finish(store, second, Finish::Bought(vouchers(&["a-2"]))).await);
    let a = row(store, "a").await;
    assert_eq!(codes(&a, VoucherRole::Certain), ["a-1", "a-2"]);
}

pub(super) async fn keeps_what_a_long_answer_names(store: &dyn Store, other: &dyn Store) {
    let id = sending(store, "a", 2).await;
    assert!(finish(store, id, named(&["a-1", "a-2", "a-3"])).await);
    let a = row(other, "a").await;
    assert_eq!(codes(&a, VoucherRole::Certain), ["a-1", "a-2"]);
    assert_eq!(codes(&a, VoucherRole::Surplus), ["a-3"]);
    assert_eq!(states(&a), [PurchaseState::Bought]);
    // Names of another purchase's vouchers are no answer to this one.
    let id = sending(store, "b", 2).await;
    assert!(!finish(store, id, named(&["a-3"])).await);
    let b = row(other, "b").await;
    assert_eq!(states(&b), [PurchaseState::InDoubt]);
    assert_eq!(b.vouchers, []);
    let a = row(other, "a").await;
    assert_eq!(codes(&a, VoucherRole::Surplus), ["a-3"]);
}

pub(super) async fn buys_again_what_was_not_bought(store: &dyn Store, _: &dyn Store) {
    let id = sending(store, "a", 2).await;
    assert!(finish(store, id, refused()).await);
    let a = row(store, "a").await;
    assert_eq!(states(&a), [PurchaseState::NotBought]);
    assert_eq!(
        a.purchases[0].reason.as_deref(),
        Some("code 10008: no funds")
    );
    assert_eq!(a.to_buy(), 2);
    let second = begun(store, &purchase("a"), 2).await;
    assert!(finish(store, second, Finish::Bought(vouchers(&["a-1", "a-2"]))).await);
    let a = row(store, "a").await;
    assert_eq!(
        states(&a),
        [PurchaseState::NotBought, PurchaseState::Bought]
    );
}

pub(super) async fn keeps_a_late_answer(store: &dyn Store, other: &dyn Store) {
    let id = doubtful(store, "a", 2).await;
    let holder = Uuid::now_v7();
    granted(store, holder).await;
    let verdict = [(id, Verdict::Observed(vouchers(&["a-1"])))];
    assert!(store.settle(holder, &verdict).await.expect("settle"));
    assert_eq!(states(&row(store, "a").await), [PurchaseState::NotObserved]);
    // Its own answer comes after all; one of its vouchers was observed.
    assert!(finish(other, id, Finish::Bought(vouchers(&["a-1", "a-2"]))).await);
    let a = row(store, "a").await;
    assert_eq!(states(&a), [PurchaseState::Bought]);
    assert_eq!(codes(&a, VoucherRole::Certain), ["a-1", "a-2"]);
    assert_eq!(codes(&a, VoucherRole::Surplus), [""; 0]);
}

/// Lists gave it a voucher of another purchase that was in doubt with it. Then its own answer comes.
pub(super) async fn keeps_an_answer_to_what_a_list_completed(store: &dyn Store, other: &dyn Store) {
    for (key, seen, answer, own) in [
        ("a", "a-1", Finish::Bought(vouchers(&["a-2"])), vec!["a-2"]),
        ("b", "b-1", named(&["b-2", "b-3"]), vec!["b-2", "b-3"]),
    ] {
        let id = doubtful(store, key, 1).await;
        let holder = Uuid::now_v7();
        granted(store, holder).await;
        let verdict = [(id, Verdict::Observed(vouchers(&[seen])))];
        assert!(store.settle(holder, &verdict).await.expect("settle"));
        for _ in 0..2 {
            assert!(finish(other, id, answer.clone()).await);
            let row = row(store, key).await;
            assert_eq!(codes(&row, VoucherRole::Certain), [seen]);
            assert_eq!(codes(&row, VoucherRole::Surplus), own);
            assert_eq!(states(&row), [PurchaseState::Bought]);
        }
    }
}

pub(super) async fn keeps_an_answer_after_a_retry_as_surplus(store: &dyn Store, _: &dyn Store) {
    let first = doubtful(store, "a", 1).await;
    let holder = Uuid::now_v7();
    granted(store, holder).await;
    let verdict = [(first, Verdict::Observed(Vec::new()))];
    assert!(store.settle(holder, &verdict).await.expect("settle"));
    // Not bought again by itself.
    assert_eq!(begin(store, &purchase("a")).await, Begin::NothingToBuy);
    store.release("a").await.expect("release");
    let second = begun(store, &purchase("a"), 1).await;
    assert!(finish(store, second, Finish::Bought(vouchers(&["second"]))).await);
    assert!(finish(store, first, Finish::Bought(vouchers(&["first"]))).await);
    let a = row(store, "a").await;
    assert_eq!(codes(&a, VoucherRole::Certain), ["second"]);
    assert_eq!(codes(&a, VoucherRole::Surplus), ["first"]);
    assert_eq!(states(&a), [PurchaseState::Bought; 2]);
}

pub(super) async fn shares_the_pace(store: &dyn Store, other: &dyn Store) {
    let mut ids = Vec::new();
    for key in ["a", "b", "c", "d"] {
        insert(store, key, 1).await;
        let purchase = BeginPurchase {
            in_flight: 9,
            ..purchase(key)
        };
        // No pace is kept before the first refusal.
        ids.push(begun(store, &purchase, 1).await);
    }
    let before = Instant::now();
    for id in ids {
        assert!(finish(store, id, throttled()).await);
    }
    let mut slots = Vec::new();
    for (key, store) in [("a", store), ("b", other), ("c", store)] {
        let purchase = BeginPurchase {
            in_flight: 9,
            ..purchase(key)
        };
        match begin(store, &purchase).await {
            Begin::Begun { count: 1, wait } => slots.push(before.elapsed().saturating_add(wait)),
            other => panic!("a purchase should begin: {other:?}"),
        }
    }
    // Each handle takes the next free slot of the one pace.
    // At most four began within a second, so the pace is at most 3.64 a second: a slot every 274 ms. However slow this
    // machine is, a slot is not earlier than that.
    for (millis, slot) in [270, 540, 810].into_iter().zip(&slots) {
        assert!(*slot > Duration::from_millis(millis), "{slots:?}");
    }
}

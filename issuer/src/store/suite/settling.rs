//! Purchases in doubt: the gate, the lease and the verdicts.

use std::time::Duration;

use uuid::Uuid;

use super::super::{
    Begin, BeginPurchase, Finish, Lease, PurchaseState, Store, Verdict, VoucherRole,
};
use super::support::{
    LESS_LONG, LONG, begin, begun, codes, complete, doubtful, finish, granted, insert, lease,
    purchase, row, sending, states, voucher, vouchers,
};

pub(super) async fn closes_the_gate_when_a_deadline_passes(store: &dyn Store, other: &dyn Store) {
    insert(store, "a", 2).await;
    insert(store, "b", 1).await;
    let holder = Uuid::now_v7();
    assert_eq!(lease(store, holder).await, Lease::NothingInDoubt);
    let stopped = BeginPurchase {
        lifetime: Duration::ZERO,
        ..purchase("a")
    };
    let id = begun(store, &stopped, 2).await;
    // A reader sees it, although no process has written it down yet.
    assert_eq!(states(&row(other, "a").await), [PurchaseState::InDoubt]);
    assert_eq!(begin(other, &purchase("b")).await, Begin::GateClosed);
    let a = row(store, "a").await;
    assert_eq!(states(&a), [PurchaseState::InDoubt]);
    assert!(a.purchases[0].reason.is_some());
    let doubts = granted(other, holder).await;
    assert_eq!(doubts.len(), 1);
    let doubt = &doubts[0];
    assert_eq!((doubt.id, &*doubt.key), (id, "a"));
    assert_eq!((doubt.traffic, doubt.count), (3, 2));
    assert_eq!(doubt.service_time, Some(1_700_000_000));
    assert_eq!(doubt.lifetime, Duration::ZERO);
    assert!(doubt.age < LONG);
    let verdict = [(id, Verdict::Observed(vouchers(&["a-1", "a-2"])))];
    assert!(other.settle(holder, &verdict).await.expect("settle"));
    begun(store, &purchase("b"), 1).await;
}

pub(super) async fn waits_for_purchases_that_are_sending(store: &dyn Store, other: &dyn Store) {
    sending(store, "a", 1).await;
    insert(store, "b", 1).await;
    let second = BeginPurchase {
        in_flight: 2,
        ..purchase("b")
    };
    let second = begun(store, &second, 1).await;
    let reason = "no answer".into();
    assert!(finish(store, second, Finish::InDoubt { reason }).await);
    match lease(other, Uuid::now_v7()).await {
        // Until the deadline of the one that is sending.
        Lease::Wait(wait) => assert!(wait > LESS_LONG && wait <= LONG, "{wait:?}"),
        other => panic!("settling has to wait: {other:?}"),
    }
}

pub(super) async fn grants_one_lease_at_a_time(store: &dyn Store, other: &dyn Store) {
    let id = doubtful(store, "a", 1).await;
    let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
    let verdict = [(id, Verdict::Observed(vouchers(&["a-1"])))];
    assert!(!store.settle(first, &verdict).await.expect("settle"));
    granted(store, first).await;
    // The holder may ask again; nobody else is granted one.
    granted(store, first).await;
    assert!(matches!(lease(other, second).await, Lease::Wait(wait) if wait > LESS_LONG));
    assert!(!other.settle(second, &verdict).await.expect("settle"));
    // It ends at once, and then another takes it.
    let ended = store.lease(first, Duration::ZERO).await.expect("lease");
    assert!(matches!(ended, Lease::Granted(_)));
    assert!(!store.settle(first, &verdict).await.expect("settle"));
    granted(other, second).await;
    assert!(!store.settle(first, &verdict).await.expect("settle"));
    assert_eq!(states(&row(store, "a").await), [PurchaseState::InDoubt]);
    assert!(other.settle(second, &verdict).await.expect("settle"));
    assert_eq!(states(&row(store, "a").await), [PurchaseState::Bought]);
    assert_eq!(lease(store, first).await, Lease::NothingInDoubt);
}

pub(super) async fn writes_what_was_observed(store: &dyn Store, _: &dyn Store) {
    complete(store, "before", &["old"]).await;
    let id = doubtful(store, "a", 3).await;
    let holder = Uuid::now_v7();
    granted(store, holder).await;
    // A voucher of another order is not given away: what was seen is out of date.
    let verdict = [(id, Verdict::Observed(vouchers(&["a-1", "old", "a-2"])))];
    assert!(!store.settle(holder, &verdict).await.expect("settle"));
    let a = row(store, "a").await;
    assert_eq!(states(&a), [PurchaseState::InDoubt]);
    assert_eq!(a.vouchers.len(), 0);
    let verdict = [(id, Verdict::Observed(vouchers(&["a-1", "a-2"])))];
    assert!(store.settle(holder, &verdict).await.expect("settle"));
    let a = row(store, "a").await;
    assert_eq!(codes(&a, VoucherRole::Certain), ["a-1", "a-2"]);
    assert_eq!(states(&a), [PurchaseState::NotObserved]);
    assert_eq!(a.purchases[0].outstanding, 1);
    assert_eq!((a.missing(), a.to_buy()), (1, 0));
    let before = row(store, "before").await;
    assert_eq!(codes(&before, VoucherRole::Certain), ["old"]);
    store.release("a").await.expect("release");
    let a = row(store, "a").await;
    assert_eq!(states(&a), [PurchaseState::Released]);
    assert_eq!(a.to_buy(), 1);
    begun(store, &purchase("a"), 1).await;
}

pub(super) async fn writes_what_is_unclear(store: &dyn Store, _: &dyn Store) {
    let id = doubtful(store, "a", 1).await;
    let holder = Uuid::now_v7();
    granted(store, holder).await;
    let verdict = [(id, Verdict::Unclear(vouchers(&["x", "y"])))];
    assert!(store.settle(holder, &verdict).await.expect("settle"));
    let a = row(store, "a").await;
    assert_eq!(states(&a), [PurchaseState::Unclear]);
    assert_eq!(codes(&a, VoucherRole::Candidate), ["x", "y"]);
    assert_eq!((a.missing(), a.to_buy()), (1, 0));
    let x = [voucher("x").hash];
    assert_eq!(store.known(&x).await.expect("known"), [true]);
    assert_eq!(store.origins(&x).await.expect("origins"), [None]);
    assert_eq!(store.newest(9).await.expect("newest"), []);
    // The gate is open for others, and a candidate may turn out to be theirs.
    let other = sending(store, "b", 1).await;
    assert!(finish(store, other, Finish::Bought(vouchers(&["x"]))).await);
    assert!(store.adopt("a", &vouchers(&["y"])).await.expect("adopt"));
    let a = row(store, "a").await;
    assert_eq!(codes(&a, VoucherRole::Certain), ["y"]);
    assert_eq!(codes(&a, VoucherRole::Candidate), [""; 0]);
    assert_eq!(a.missing(), 0);
}

pub(super) async fn leaves_an_answer_that_came_meanwhile(store: &dyn Store, other: &dyn Store) {
    let id = doubtful(store, "a", 1).await;
    let holder = Uuid::now_v7();
    granted(store, holder).await;
    assert!(finish(other, id, Finish::Bought(vouchers(&["answered"]))).await);
    let verdict = [(id, Verdict::Observed(vouchers(&["listed"])))];
    assert!(!store.settle(holder, &verdict).await.expect("settle"));
    let a = row(store, "a").await;
    assert_eq!(codes(&a, VoucherRole::Certain), ["answered"]);
    assert_eq!(a.vouchers.len(), 1);
    assert_eq!(lease(store, holder).await, Lease::NothingInDoubt);
}

/// A voucher that was meant for a purchase which has ended meanwhile may be another's: none of the verdicts holds.
pub(super) async fn takes_all_verdicts_or_none(store: &dyn Store, other: &dyn Store) {
    insert(store, "a", 1).await;
    insert(store, "b", 1).await;
    let a = begun(store, &purchase("a"), 1).await;
    let second = BeginPurchase {
        in_flight: 2,
        ..purchase("b")
    };
    let b = begun(store, &second, 1).await;
    for id in [a, b] {
        let reason = "no answer".into();
        assert!(finish(store, id, Finish::InDoubt { reason }).await);
    }
    let holder = Uuid::now_v7();
    assert_eq!(granted(store, holder).await.len(), 2);
    let reason = "it was too late to send it".into();
    let not_bought = Finish::NotBought {
        reason,
        throttled: false,
    };
    assert!(finish(other, a, not_bought).await);
    let stale = [
        (a, Verdict::Observed(vouchers(&["seen"]))),
        (b, Verdict::Observed(Vec::new())),
    ];
    assert!(!store.settle(holder, &stale).await.expect("settle"));
    assert_eq!(states(&row(store, "b").await), [PurchaseState::InDoubt]);
    let verdict = [(b, Verdict::Observed(vouchers(&["seen"])))];
    assert!(store.settle(holder, &verdict).await.expect("settle"));
    assert_eq!(states(&row(store, "b").await), [PurchaseState::Bought]);
}

pub(super) async fn adds_late_vouchers_as_surplus(store: &dyn Store, _: &dyn Store) {
    complete(store, "before", &["old"]).await;
    let id = doubtful(store, "a", 1).await;
    let holder = Uuid::now_v7();
    granted(store, holder).await;
    assert_eq!(store.unobserved(9).await.expect("unobserved"), []);
    let verdict = [(id, Verdict::Observed(Vec::new()))];
    assert!(store.settle(holder, &verdict).await.expect("settle"));
    let unobserved = store.unobserved(9).await.expect("unobserved");
    assert_eq!(unobserved.len(), 1);
    assert_eq!((unobserved[0].id, &*unobserved[0].key), (id, "a"));
    assert_eq!(unobserved[0].lifetime, LONG);
    assert_eq!(store.unobserved(0).await.expect("unobserved"), []);
    store.release("a").await.expect("release");
    assert_eq!(store.unobserved(9).await.expect("unobserved").len(), 1);
    for _ in 0..2 {
        let late = vouchers(&["late", "old"]);
        store.add_surplus(id, &late).await.expect("add_surplus");
    }
    let a = row(store, "a").await;
    assert_eq!(codes(&a, VoucherRole::Surplus), ["late"]);
    assert_eq!(a.missing(), 1);
    let before = row(store, "before").await;
    assert_eq!(codes(&before, VoucherRole::Certain), ["old"]);
}

//! Several processes with one store: here several issuers, each with a connection of its own.

use std::collections::BTreeSet;

use thordata_cdk_issuer::{IssuerOptions, OrderState};

use crate::support::{Shop, TWO, codes, lost_answer, quick};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_key_from_many_processes_is_bought_once() {
    let shop = Shop::open().await;
    let mut calls = Vec::new();
    for _ in 0..3 {
        let issuer = shop.exclusive().await;
        for _ in 0..4 {
            let issuer = issuer.clone();
            calls.push(tokio::spawn(async move { issuer.issue("A", TWO).await }));
        }
    }
    let mut seen = BTreeSet::new();
    for call in calls {
        let order = call.await.unwrap().unwrap();
        assert_eq!(*order.state(), OrderState::Complete);
        seen.insert(codes(&order));
    }
    assert_eq!(seen, BTreeSet::from([shop.ledger()]));
    assert_eq!(shop.posts(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_orders_from_many_processes_share_no_voucher_although_answers_are_lost() {
    let shop = Shop::open().await;
    for _ in 0..4 {
        shop.sandbox.inject(lost_answer());
    }
    let mut calls = Vec::new();
    for process in 0..3 {
        let options = quick(IssuerOptions::exclusive()).in_flight(4);
        let issuer = shop.issuer(options).await;
        for number in 0..6 {
            let issuer = issuer.clone();
            let key = format!("{process}-{number}");
            calls.push(tokio::spawn(async move { issuer.issue(&key, TWO).await }));
        }
    }
    let mut all = Vec::new();
    for call in calls {
        let order = call.await.unwrap().unwrap();
        assert_eq!(*order.state(), OrderState::Complete, "{order:?}");
        all.extend(codes(&order));
    }
    all.sort();
    assert_eq!(all, shop.ledger());
    assert_eq!(all.len(), 36);
    assert_eq!(shop.posts(), 18);
}

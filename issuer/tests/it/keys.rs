//! A key buys once.

use thordata_cdk_issuer::thordata_cdk::{NewCdks, Traffic};
use thordata_cdk_issuer::{IssueError, IssuerOptions, OrderFilter, OrderState};
use thordata_cdk_sandbox::{Answer, Fault, Operation};

use crate::support::{Shop, TWO, codes, quick};

#[tokio::test]
async fn the_same_key_gives_the_same_vouchers_and_buys_once() {
    let shop = Shop::open().await;
    let issuer = shop.exclusive().await;
    let first = issuer.issue("A-17", TWO).await.unwrap();
    assert_eq!(*first.state(), OrderState::Complete);
    assert_eq!(codes(&first), shop.ledger());
    let again = issuer.issue("A-17", TWO).await.unwrap();
    assert_eq!(again, first);
    // From a process that starts later.
    let restarted = shop.exclusive().await;
    assert_eq!(restarted.issue("A-17", TWO).await.unwrap(), first);
    assert_eq!(shop.posts(), 1);
}

#[tokio::test]
async fn the_same_key_with_another_order_is_an_error_and_nothing_is_sent() {
    let shop = Shop::open().await;
    let issuer = shop.exclusive().await;
    issuer.issue("A-17", TWO).await.unwrap();
    let before = shop.sandbox.last_request_id();
    for (traffic, count) in [(3, 3), (4, 2)] {
        let traffic = Traffic(traffic);
        let error = issuer.issue("A-17", NewCdks { traffic, count }).await;
        assert!(
            matches!(
                error,
                Err(IssueError::KeyConflict {
                    existing: (3, 2),
                    ..
                })
            ),
            "{error:?}"
        );
    }
    assert_eq!(shop.sandbox.last_request_id(), before);
}

#[tokio::test]
async fn an_order_that_cannot_be_valid_is_refused_before_anything_is_written() {
    let shop = Shop::open().await;
    let issuer = shop.exclusive().await;
    let goods = |traffic, count| NewCdks {
        traffic: Traffic(traffic),
        count,
    };
    let long = "k".repeat(201);
    for (key, goods) in [
        ("", TWO),
        ("a\nb", TWO),
        (long.as_str(), TWO),
        ("A", goods(0, 1)),
        ("A", goods(1, 0)),
        ("A", goods(1, u32::MAX)),
    ] {
        let error = issuer.issue(key, goods).await;
        assert!(
            matches!(error, Err(IssueError::InvalidOrder { .. })),
            "{error:?}"
        );
    }
    assert_eq!(issuer.orders(&OrderFilter::default()).await.unwrap(), []);
    assert_eq!(shop.sandbox.last_request_id(), 0);
}

#[tokio::test]
async fn an_answered_purchase_lists_nothing() {
    let shop = Shop::open().await;
    let issuer = shop.exclusive().await;
    issuer.issue("first", TWO).await.unwrap();
    let lists = shop.lists();
    for number in 0..10 {
        issuer.issue(&format!("A-{number}"), TWO).await.unwrap();
    }
    assert_eq!(shop.lists(), lists);
    assert_eq!(shop.posts(), 11);
}

#[tokio::test]
async fn a_large_order_is_bought_in_parts_and_goes_on_where_it_was_refused() {
    let shop = Shop::open().await;
    let options = quick(IssuerOptions::exclusive()).max_count(2).in_flight(3);
    let issuer = shop.issuer(options).await;
    shop.sandbox.set_balance(12); // two parts of the three
    let goods = NewCdks {
        traffic: Traffic(3),
        count: 5,
    };
    let order = issuer.issue("big", goods).await.unwrap();
    let OrderState::Incomplete { missing, reason } = order.state() else {
        panic!("{order:?}");
    };
    assert_eq!(u32::try_from(order.codes().len()).unwrap() + missing, 5);
    assert!(reason.as_deref().unwrap().contains("10008"), "{reason:?}");
    shop.sandbox.set_balance(100);
    let order = issuer.issue("big", goods).await.unwrap();
    assert_eq!(*order.state(), OrderState::Complete);
    assert_eq!(codes(&order), shop.ledger());
    assert_eq!(shop.sandbox.voucher_count(), 5);
}

#[tokio::test]
async fn a_refusal_as_too_frequent_is_sent_again_because_nothing_was_bought() {
    let shop = Shop::open().await;
    let issuer = shop.exclusive().await;
    shop.sandbox
        .inject(Fault::on(Operation::Create).answer(Answer::Code {
            code: 10011,
            msg: "frequent operations".into(),
        }));
    let order = issuer.issue("A", TWO).await.unwrap();
    assert!(order.is_complete());
    assert_eq!(shop.posts(), 2);
    assert_eq!(shop.sandbox.voucher_count(), 2);
}

#[tokio::test]
async fn acknowledging_is_durable_and_leaves_no_code_in_the_store() {
    let shop = Shop::open().await;
    let issuer = shop.exclusive().await;
    let order = issuer.issue("A", TWO).await.unwrap();
    assert!(issuer.acknowledge("A").await.unwrap());
    assert!(!issuer.acknowledge("A").await.unwrap());
    let restarted = shop.exclusive().await;
    let later = restarted.issue("A", TWO).await.unwrap();
    assert_eq!(*later.state(), OrderState::Acknowledged);
    assert_eq!(later.codes(), []);
    assert_eq!(restarted.orders(&OrderFilter::open()).await.unwrap(), []);
    assert_eq!(shop.posts(), 1);
    drop((issuer, restarted));
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(shop.folder.path()).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("acknowledged_ms"), "the file is looked at");
    for code in codes(&order) {
        assert!(!format!("{later:?}").contains(&code));
        assert!(!text.contains(&code));
    }
}

#[tokio::test]
async fn an_order_is_acknowledged_only_when_it_is_complete() {
    let shop = Shop::open().await;
    let issuer = shop.exclusive().await;
    shop.sandbox.set_balance(0);
    issuer.issue("A", TWO).await.unwrap();
    let error = issuer.acknowledge("A").await;
    assert!(
        matches!(error, Err(IssueError::WrongState { .. })),
        "{error:?}"
    );
    let error = issuer.acknowledge("B").await;
    assert!(
        matches!(error, Err(IssueError::UnknownKey { .. })),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_abandoned_order_buys_nothing_more() {
    let shop = Shop::open().await;
    let issuer = shop.exclusive().await;
    shop.sandbox.set_balance(0);
    issuer.issue("A", TWO).await.unwrap();
    issuer.abandon("A").await.unwrap();
    shop.sandbox.set_balance(100);
    let order = issuer.issue("A", TWO).await.unwrap();
    assert_eq!(*order.state(), OrderState::Abandoned);
    assert_eq!(shop.sandbox.voucher_count(), 0);
}

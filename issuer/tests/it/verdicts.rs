//! Lists that cannot be believed.

use std::time::Duration;

use thordata_cdk_issuer::{IssueError, IssuerOptions, OrderState};
use thordata_cdk_sandbox::{Answer, Fault, Operation};

use crate::support::{Shop, TWO, codes, lost_answer, quick};

#[tokio::test]
async fn a_list_without_the_newest_known_voucher_decides_nothing() {
    let shop = Shop::open().await;
    let issuer = shop.exclusive().await;
    issuer.issue("before", TWO).await.unwrap();
    shop.sandbox.inject(lost_answer());
    // Stale lists for longer than the window: the verdict has to wait for one that can be believed.
    for _ in 0..12 {
        // Without the two new vouchers and the two that are known.
        let stale = Answer::StaleByNewest(4);
        shop.sandbox
            .inject(Fault::on(Operation::List).answer(stale));
    }
    let order = issuer.issue("A", TWO).await.unwrap();
    assert_eq!(*order.state(), OrderState::Complete);
    assert_eq!(shop.posts(), 2);
}

#[tokio::test]
async fn a_list_that_fails_leaves_the_order_in_doubt_and_the_next_call_goes_on() {
    let shop = Shop::open().await;
    let issuer = shop
        .issuer(quick(IssuerOptions::exclusive()).wait(Duration::from_secs(30)))
        .await;
    issuer.issue("before", TWO).await.unwrap();
    shop.sandbox.inject(lost_answer());
    for _ in 0..4 {
        shop.sandbox
            .inject(Fault::on(Operation::List).answer(Answer::Close));
    }
    let error = issuer.issue("A", TWO).await;
    assert!(matches!(error, Err(IssueError::Client(_))), "{error:?}");
    assert_eq!(
        *issuer.order("A").await.unwrap().state(),
        OrderState::InDoubt
    );
    let order = issuer.issue("A", TWO).await.unwrap();
    assert_eq!(*order.state(), OrderState::Complete);
    assert_eq!(codes(&order).len(), 2);
    assert_eq!(shop.posts(), 2);
}

//! Lists that cannot be believed.

use std::time::Duration;

use thordata_cdk_issuer::{IssueError, IssuerOptions, OrderState};
use thordata_cdk_sandbox::{Answer, Fault, Operation};

use crate::support::{Shop, TWO, codes, lost_answer, quick};

#[tokio::test]
async fn a_list_without_the_newest_known_voucher_decides_nothing() {
    let shop = Shop::open().await;
    let options = quick(IssuerOptions::exclusive()).window(Duration::from_secs(60));
    let issuer = shop.issuer(options).await;
    issuer.issue("before", TWO).await.unwrap();
    shop.sandbox.inject(lost_answer());
    for _ in 0..4 {
        shop.sandbox.inject(stale_list());
    }
    let order = issuer.issue("A", TWO).await.unwrap();
    assert_eq!(*order.state(), OrderState::Complete);
    assert_eq!(shop.posts(), 2);
}

/// Without the two new vouchers and the two that are known.
fn stale_list() -> Fault {
    Fault::on(Operation::List).answer(Answer::StaleByNewest(4))
}

#[tokio::test]
async fn lists_that_are_never_believed_end_with_the_window() {
    let shop = Shop::open().await;
    let issuer = shop.impatient().await;
    issuer.issue("before", TWO).await.unwrap();
    shop.sandbox.inject(lost_answer());
    for _ in 0..50 {
        shop.sandbox.inject(stale_list());
    }
    let order = issuer.issue("A", TWO).await.unwrap();
    assert!(
        matches!(order.state(), OrderState::NotObserved { missing: 2, .. }),
        "{order:?}"
    );
    // Nothing is bought again by itself, and other orders go on.
    assert!(issuer.issue("B", TWO).await.unwrap().is_complete());
    assert_eq!(shop.posts(), 3);
}

#[tokio::test]
async fn vouchers_that_vanish_from_the_list_hold_nothing_up() {
    let shop = Shop::open().await;
    let issuer = shop.exclusive().await;
    let vanished = issuer.issue("A", TWO).await.unwrap();
    shop.sandbox.reset();
    assert_eq!(shop.ledger(), Vec::<String>::new());
    // An order that is answered, one whose answer is lost, and the order whose vouchers are no longer listed.
    issuer.issue("B", TWO).await.unwrap();
    shop.sandbox.inject(lost_answer());
    let found = issuer.issue("C", TWO).await.unwrap();
    assert_eq!(*found.state(), OrderState::Complete);
    assert_eq!(issuer.order("A").await.unwrap(), vanished);
    issuer.acknowledge("A").await.unwrap();
    assert_eq!(
        *issuer.order("A").await.unwrap().state(),
        OrderState::Acknowledged
    );
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

/// One list with the known vouchers, of which one or another row has a traffic that cannot be read.
fn odd_list(known: &[String], odd: &str, time: &str) -> Fault {
    let row = |code: &str, time: &str, traffic: &str| {
        format!(
            r#"{{"cdk":"{code}","create_time":{time},"status":1,"traffic":{traffic},"traffic_duration":1}}"#
        )
    };
    let mut rows: Vec<String> = known.iter().map(|code| row(code, "1", "3")).collect();
    rows.push(row(odd, time, "\"much\""));
    Fault::on(Operation::List).answer(Answer::Status {
        status: 200,
        content_type: "application/json".into(),
        body: format!(r#"{{"code":200,"data":[{}],"msg":"ok"}}"#, rows.join(",")),
        headers: Vec::new(),
    })
}

/// It may be the voucher that is looked for: to take it for none would buy the order once more.
#[tokio::test]
async fn a_row_that_cannot_be_read_settles_nothing_while_it_may_be_the_orders() {
    let shop = Shop::open().await;
    let issuer = shop.exclusive().await;
    issuer.issue("before", TWO).await.unwrap();
    let known = shop.ledger();
    shop.sandbox.inject(lost_answer());
    // Its time cannot be read either.
    shop.sandbox
        .inject(odd_list(&known, "not-known", "\"soon\""));
    let error = issuer.issue("A", TWO).await;
    let Err(IssueError::Client(error)) = error else {
        panic!("{error:?}")
    };
    let why = "1 row of the list cannot be read, the first is row 3";
    assert!(error.to_string().contains(why), "{error}");
    let order = issuer.issue("A", TWO).await.unwrap();
    assert_eq!(*order.state(), OrderState::Complete);
    assert_eq!(shop.posts(), 2);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_holds_nothing_up_if_its_code_or_its_time_is_known() {
    for (odd_is_known, time) in [(true, "\"soon\""), (false, "1")] {
        let shop = Shop::open().await;
        let issuer = shop.exclusive().await;
        issuer.issue("before", TWO).await.unwrap();
        let mut known = shop.ledger();
        let odd = match odd_is_known {
            true => known.pop().unwrap(),
            false => "from-long-ago".into(),
        };
        shop.sandbox.inject(lost_answer());
        shop.sandbox.inject(odd_list(&known, &odd, time));
        let order = issuer.issue("A", TWO).await.unwrap();
        assert_eq!(*order.state(), OrderState::Complete, "{odd} {time}");
        assert_eq!(codes(&order).len(), 2);
        assert_eq!(shop.posts(), 2);
    }
}

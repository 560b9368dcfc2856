//! A lost answer: what the order comes to, and who has to decide.

use std::time::Duration;

use thordata_cdk_issuer::{Event, IssueError, IssuerOptions, OrderState};
use thordata_cdk_sandbox::{AfterReply, Answer, Commit, Fault, Operation};

use crate::support::{Shop, TWO, codes, lost_answer, lost_order, quick, sorted};

const LOST: &str =
    "the connection broke before a reply came; whether the request was carried out is unknown";
const DIED: &str = "the process that sent it did not report its end";

fn not_observed(reason: &str) -> OrderState {
    let reason = Some(reason.to_owned());
    OrderState::NotObserved { missing: 2, reason }
}

fn needs_decision(reason: &str) -> OrderState {
    let reason = Some(reason.to_owned());
    OrderState::NeedsDecision { missing: 2, reason }
}

#[tokio::test]
async fn vouchers_behind_a_lost_answer_are_found() {
    let shop = Shop::open().await;
    let issuer = shop.exclusive().await;
    issuer.issue("before", TWO).await.unwrap();
    shop.sandbox.inject(lost_answer());
    let order = issuer.issue("A", TWO).await.unwrap();
    assert_eq!(*order.state(), OrderState::Complete);
    assert_eq!(shop.posts(), 2);
    let before = issuer.order("before").await.unwrap();
    let mut all = codes(&order);
    all.extend(codes(&before));
    assert_eq!(sorted(all), shop.ledger());
}

#[tokio::test]
async fn what_is_not_observed_is_bought_again_only_by_retry() {
    let shop = Shop::open().await;
    let issuer = shop.impatient().await;
    shop.sandbox.inject(lost_order());
    let order = issuer.issue("A", TWO).await.unwrap();
    assert_eq!(*order.state(), not_observed(LOST));
    // The verdict is kept, for whoever asks, whenever.
    let restarted = shop.exclusive().await;
    assert_eq!(restarted.issue("A", TWO).await.unwrap(), order);
    assert_eq!(restarted.order("A").await.unwrap(), order);
    assert_eq!(shop.posts(), 1);
    let retried = restarted.retry("A").await.unwrap();
    assert_eq!(*retried.state(), OrderState::Complete);
    assert_eq!(shop.posts(), 2);
    assert_eq!(codes(&retried), shop.ledger());
    let error = restarted.retry("A").await;
    assert!(
        matches!(error, Err(IssueError::WrongState { .. })),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_voucher_that_comes_after_the_window_is_the_orders_surplus() {
    let shop = Shop::open().await;
    let issuer = shop.impatient().await;
    shop.sandbox.inject(
        Fault::on(Operation::Create)
            .commit(Commit::Held)
            .answer(Answer::Close),
    );
    let order = issuer.issue("A", TWO).await.unwrap();
    assert_eq!(*order.state(), not_observed(LOST));
    let order = issuer.retry("A").await.unwrap();
    assert!(order.is_complete());
    assert_eq!(shop.sandbox.commit_held(), 1);
    let report = issuer.audit(None).await.unwrap();
    assert_eq!((report.listed, report.explained), (4, 2));
    assert_eq!((report.new_surplus, report.unexplained_count), (2, 0));
    let order = issuer.order("A").await.unwrap();
    assert_eq!(*order.state(), OrderState::Complete);
    let mut all = codes(&order);
    all.extend(order.surplus().iter().map(ToString::to_string));
    assert_eq!(sorted(all), shop.ledger());
}

#[tokio::test]
async fn on_a_shared_account_a_person_decides() {
    let shop = Shop::open().await;
    let issuer = shop.issuer(quick(IssuerOptions::shared())).await;
    shop.sandbox.inject(lost_answer());
    let order = issuer.issue("A", TWO).await.unwrap();
    assert_eq!(*order.state(), needs_decision(LOST));
    assert_eq!(
        sorted(order.candidates().iter().map(ToString::to_string)),
        shop.ledger()
    );
    // Other orders go on meanwhile.
    assert!(issuer.issue("B", TWO).await.unwrap().is_complete());
    let candidates = order.candidates().to_vec();
    let order = issuer.adopt("A", &candidates).await.unwrap();
    assert_eq!(*order.state(), OrderState::Complete);
    assert_eq!(order.codes().len(), 2);
    let error = issuer.adopt("B", &candidates).await;
    assert!(
        matches!(error, Err(IssueError::WrongState { .. })),
        "{error:?}"
    );
    assert_eq!(shop.posts(), 2);
}

#[tokio::test]
async fn an_answer_that_names_another_number_is_settled_by_the_list() {
    let shop = Shop::open().await;
    let issuer = shop.exclusive().await;
    for answer in [Answer::MoreCodes(1), Answer::FewerCodes(1)] {
        let key = format!("{answer:?}");
        shop.sandbox
            .inject(Fault::on(Operation::Create).answer(answer));
        let order = issuer.issue(&key, TWO).await.unwrap();
        assert_eq!(*order.state(), OrderState::Complete);
    }
    assert_eq!(shop.sandbox.voucher_count(), 4);
}

/// The service says success, names one of two vouchers, and no list shows either.
#[tokio::test]
async fn a_code_that_a_short_answer_names_is_the_orders() {
    let shop = Shop::open().await;
    let issuer = shop.impatient().await;
    shop.sandbox
        .inject(Fault::on(Operation::Create).answer(Answer::FewerCodes(1)));
    for _ in 0..50 {
        shop.sandbox
            .inject(Fault::on(Operation::List).answer(Answer::StaleByNewest(2)));
    }
    let order = issuer.issue("A", TWO).await.unwrap();
    let reason = Some("2 ordered, and the answer names 1".to_owned());
    assert_eq!(
        *order.state(),
        OrderState::NotObserved { missing: 1, reason }
    );
    assert_eq!((order.bought(), order.codes().len()), (1, 1));
    let named = order.codes()[0].clone();
    // Only the other one is bought again.
    let order = issuer.retry("A").await.unwrap();
    assert_eq!(*order.state(), OrderState::Complete);
    assert_eq!(order.codes()[0], named);
    assert_eq!(shop.sandbox.voucher_count(), 3);
}

#[tokio::test]
async fn a_dropped_future_blocks_no_other_order_and_loses_nothing() {
    let shop = Shop::open().await;
    let issuer = shop.exclusive().await;
    issuer.issue("before", TWO).await.unwrap();
    for number in 0..5 {
        let key = format!("A-{number}");
        shop.sandbox
            .inject(Fault::on(Operation::Create).latency(Duration::from_millis(200)));
        let hung_up = tokio::time::timeout(Duration::from_millis(50), issuer.issue(&key, TWO));
        assert!(hung_up.await.is_err());
        let other = issuer.issue(&format!("B-{number}"), TWO).await.unwrap();
        assert!(other.is_complete());
        assert!(issuer.issue(&key, TWO).await.unwrap().is_complete());
    }
    assert_eq!(shop.posts(), 11);
    assert_eq!(shop.sandbox.voucher_count(), 22);
}

#[tokio::test]
async fn an_answer_that_never_comes_is_given_up_and_settled() {
    let shop = Shop::open().await;
    let issuer = shop.exclusive().await;
    shop.sandbox.inject(
        Fault::on(Operation::Create)
            .commit(Commit::Yes)
            .answer(Answer::HalfBody)
            .then(AfterReply::Hang),
    );
    let order = issuer.issue("A", TWO).await.unwrap();
    assert_eq!(*order.state(), OrderState::Complete);
    assert_eq!(codes(&order), shop.ledger());
}

#[tokio::test]
async fn a_foreign_voucher_ends_exclusive_and_says_why() {
    let shop = Shop::open().await;
    let issuer = shop.exclusive().await;
    assert!(issuer.exclusive().await.unwrap().holds);
    shop.sandbox.inject(lost_answer());
    // Somebody buys another traffic at the dashboard while the answer is lost.
    shop.sandbox.preload(1, 9);
    let order = issuer.issue("A", TWO).await.unwrap();
    assert_eq!(*order.state(), needs_decision(LOST));
    let exclusive = issuer.exclusive().await.unwrap();
    assert!(!exclusive.holds);
    assert!(exclusive.ended_because.unwrap().contains("no order"));
    // It stays so over a restart, until a person declares it again.
    let restarted = shop.exclusive().await;
    assert!(!restarted.exclusive().await.unwrap().holds);
    restarted.declare_exclusive().await.unwrap();
    assert!(restarted.exclusive().await.unwrap().holds);
}

#[tokio::test]
async fn an_audit_reports_what_no_order_explains_and_an_order_can_adopt_it() {
    let shop = Shop::open().await;
    let issuer = shop.exclusive().await;
    issuer.issue("A", TWO).await.unwrap();
    let bought_elsewhere = shop.sandbox.preload(1, 3);
    shop.sandbox.set_balance(0);
    issuer.issue("B", TWO).await.unwrap();
    let report = issuer.audit(None).await.unwrap();
    assert_eq!((report.listed, report.explained), (3, 2));
    assert_eq!(report.unexplained_count, 1);
    let found = report.unexplained[0].cdk.cdk.clone();
    assert_eq!(found.to_string(), bought_elsewhere[0]);
    let order = issuer.adopt("B", &[found]).await.unwrap();
    assert_eq!(codes(&order), bought_elsewhere);
    assert_eq!(issuer.audit(None).await.unwrap().unexplained_count, 0);
}

#[tokio::test]
async fn a_purchase_whose_process_died_is_in_doubt_after_its_deadline_and_settled_by_the_next_call()
{
    let shop = Shop::open().await;
    let options = quick(IssuerOptions::exclusive()).send_within(Duration::from_millis(200));
    let issuer = shop.issuer(options.clone()).await;
    issuer.issue("before", TWO).await.unwrap();
    shop.sandbox.inject(
        Fault::on(Operation::Create)
            .commit(Commit::Yes)
            .answer(Answer::Hang(None)),
    );
    // A runtime of its own, which ends in the middle of the purchase, as a process does that is killed.
    let options_there = options.clone();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap();
            let dying = runtime.block_on(shop.issuer(options_there));
            drop(runtime.spawn(async move { dying.issue("A", TWO).await }));
            while shop.sandbox.voucher_count() < 4 {
                std::thread::sleep(Duration::from_millis(5));
            }
            runtime.shutdown_background();
        });
    });
    let later = shop.issuer(options).await;
    let order = later.issue("A", TWO).await.unwrap();
    assert_eq!(*order.state(), OrderState::Complete);
    assert_eq!(shop.posts(), 2);
}

#[tokio::test]
async fn a_purchase_whose_process_died_is_settled_by_the_next_call_with_its_key() {
    let shop = Shop::open().await;
    let options = quick(IssuerOptions::exclusive()).send_within(Duration::from_millis(300));
    let dying = options.clone().observer(|event| {
        if matches!(event, Event::Sending { .. }) {
            // The task ends here and writes nothing more, as if the process had died.
            std::panic::resume_unwind(Box::new("crash"));
        }
    });
    let error = shop.issuer(dying).await.issue("A", TWO).await;
    assert!(matches!(error, Err(IssueError::Stopped)), "{error:?}");
    // No other order comes along to put it in doubt.
    let order = shop.issuer(options).await.issue("A", TWO).await.unwrap();
    assert_eq!(*order.state(), not_observed(DIED));
    assert_eq!(shop.posts(), 0);
}

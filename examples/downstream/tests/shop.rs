//! The shop on a sandbox that loses answers, refuses, and outlives the process.

use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use serde_json::{Value, json};
use tempfile::TempDir;
use thordata_cdk::{Client, Credentials, RetryPolicy};
use thordata_cdk_issuer::{IssuerOptions, SqliteStore};
use thordata_cdk_sandbox::{Answer, Commit, Fault, Operation, Sandbox};
use tower::ServiceExt;
use voucher_shop::{Shop, router};

/// As a process that starts: everything it knows is in the folder.
async fn start(sandbox: &Sandbox, folder: &Path) -> Router {
    start_with(sandbox, folder, Duration::from_secs(20)).await
}

/// One that looks for lost answers no longer than `window`.
async fn start_with(sandbox: &Sandbox, folder: &Path, window: Duration) -> Router {
    let secrets = sandbox.credentials();
    let client = Client::builder(Credentials::new(&secrets.token, &secrets.key).unwrap())
        .base_url(sandbox.base_url())
        .retry(RetryPolicy::default().base_delay(Duration::from_millis(1)))
        .create_timeout(Duration::from_secs(2))
        .adaptive_rate_limit(false)
        .build()
        .unwrap();
    let options = IssuerOptions::exclusive()
        .first_look(Duration::from_millis(5))
        .send_within(Duration::from_secs(1))
        .window(window);
    let store = SqliteStore::open(folder.join("shop.db")).await.unwrap();
    router(Shop::open(client, store, options).await.unwrap())
}

async fn bench() -> (Sandbox, TempDir, Router) {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let shop = start(&sandbox, folder.path()).await;
    (sandbox, folder, shop)
}

async fn send(shop: &Router, method: Method, path: &str, body: Value) -> (u16, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let response = shop.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

/// Places order `id` for two vouchers of traffic 3.
async fn place(shop: &Router, id: &str) -> (u16, Value) {
    let wanted = json!({ "traffic": 3, "count": 2 });
    send(shop, Method::PUT, &format!("/orders/{id}"), wanted).await
}

async fn codes(shop: &Router, id: &str) -> (u16, Vec<String>) {
    let path = format!("/orders/{id}/codes");
    let (status, body) = send(shop, Method::POST, &path, Value::Null).await;
    let codes = serde_json::from_value(body["codes"].clone()).unwrap_or_default();
    (status, codes)
}

fn ready() -> (u16, Value) {
    (200, json!({ "ready": 2, "handed_out": false }))
}

/// What the account holds, in order.
fn bought(sandbox: &Sandbox) -> Vec<String> {
    sandbox
        .vouchers()
        .into_iter()
        .map(|voucher| voucher.code)
        .collect()
}

fn sorted(mut codes: Vec<String>) -> Vec<String> {
    codes.sort();
    codes
}

fn posts(sandbox: &Sandbox) -> usize {
    let requests = sandbox.requests();
    let creates = requests
        .iter()
        .filter(|r| r.operation == Some(Operation::Create));
    creates.count()
}

#[tokio::test]
async fn an_order_is_bought_once_however_often_it_is_placed() {
    let (sandbox, _folder, shop) = bench().await;
    let (first, second, third) = tokio::join!(
        place(&shop, "A-1"),
        place(&shop, "A-1"),
        place(&shop, "A-1")
    );
    assert_eq!([first, second, third], [ready(), ready(), ready()]);
    assert_eq!(sandbox.voucher_count(), 2);
    let more = json!({ "traffic": 3, "count": 3 });
    let (status, _) = send(&shop, Method::PUT, "/orders/A-1", more).await;
    assert_eq!(status, 409);
    assert_eq!(sandbox.voucher_count(), 2);
}

#[tokio::test]
async fn codes_are_handed_out_once_over_a_restart_too() {
    let (sandbox, folder, shop) = bench().await;
    assert_eq!(codes(&shop, "A-1").await.0, 404);
    place(&shop, "A-1").await;
    let (status, handed_out) = codes(&shop, "A-1").await;
    assert_eq!(
        (status, sorted(handed_out)),
        (200, sorted(bought(&sandbox)))
    );
    assert_eq!(codes(&shop, "A-1").await, (410, vec![]));
    drop(shop);
    let shop = start(&sandbox, folder.path()).await;
    assert_eq!(codes(&shop, "A-1").await, (410, vec![]));
    assert_eq!(
        place(&shop, "A-1").await.1,
        json!({ "ready": 2, "handed_out": true })
    );
    assert_eq!(sandbox.voucher_count(), 2);
}

#[tokio::test]
async fn an_answer_that_is_lost_after_the_purchase_costs_nothing_twice() {
    let (sandbox, _folder, shop) = bench().await;
    sandbox.inject(Fault::commit_then_drop(Operation::Create));
    assert_eq!(place(&shop, "A-1").await, ready());
    assert_eq!(posts(&sandbox), 1);
    let handed_out = codes(&shop, "A-1").await.1;
    assert_eq!(sorted(handed_out), sorted(bought(&sandbox)));
}

#[tokio::test]
async fn an_empty_wallet_sells_nothing_and_the_same_order_is_served_later() {
    let (sandbox, _folder, shop) = bench().await;
    sandbox.inject(Fault::refuse(
        Operation::Create,
        10008,
        "insufficient wallet balance",
    ));
    let (status, body) = place(&shop, "A-1").await;
    assert_eq!(status, 503);
    let error = "out of stock; nothing was charged, try the same order later";
    assert_eq!(
        body,
        json!({ "error": error }),
        "and not a word of the wallet"
    );
    assert_eq!((posts(&sandbox), sandbox.voucher_count()), (1, 0));
    assert_eq!(place(&shop, "A-1").await, ready());
    assert_eq!(sandbox.voucher_count(), 2);
}

#[tokio::test]
async fn a_refusal_as_too_frequent_is_waited_out() {
    let (sandbox, _folder, shop) = bench().await;
    sandbox.inject(Fault::refuse(Operation::Create, 10011, "frequent operations").times(2));
    assert_eq!(place(&shop, "A-1").await, ready());
    assert_eq!((posts(&sandbox), sandbox.voucher_count()), (3, 2));
    sandbox.inject(Fault::refuse(Operation::Create, 10011, "frequent operations").always());
    assert_eq!(place(&shop, "A-2").await.0, 503);
    sandbox.clear_faults();
    assert_eq!(place(&shop, "A-2").await, ready());
    assert_eq!(sandbox.voucher_count(), 4);
}

#[tokio::test]
async fn an_order_whose_outcome_is_open_is_settled_before_the_next_one() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let shop = start_with(&sandbox, folder.path(), Duration::from_millis(50)).await;
    sandbox.inject(Fault::commit_then_drop(Operation::Create));
    // The lists that would show it fail as well, all but the first, which has the service's clock.
    let down = Fault::refuse(Operation::List, 10013, "sign error");
    sandbox.inject(down.skip(1).always());
    assert_eq!(place(&shop, "A-1").await.0, 503);
    assert_eq!(place(&shop, "A-2").await.0, 503);
    assert_eq!((posts(&sandbox), sandbox.voucher_count()), (1, 2));

    sandbox.clear_faults();
    assert_eq!(place(&shop, "A-2").await, ready());
    assert_eq!(place(&shop, "A-1").await, ready());
    let all = [codes(&shop, "A-1").await.1, codes(&shop, "A-2").await.1].concat();
    assert_eq!(sorted(all), sorted(bought(&sandbox)));
    assert_eq!((posts(&sandbox), sandbox.voucher_count()), (2, 4));
}

#[tokio::test]
async fn vouchers_that_may_be_somebody_elses_are_sold_to_nobody() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let shop = start_with(&sandbox, folder.path(), Duration::from_secs(2)).await;
    // The answer is lost, and the purchase is carried out when the test says so.
    sandbox.inject(
        Fault::on(Operation::Create)
            .commit(Commit::Held)
            .answer(Answer::Close),
    );
    let placed = tokio::spawn({
        let shop = shop.clone();
        async move { place(&shop, "A-1").await }
    });
    while sandbox.pending_commits() == 0 {
        tokio::task::yield_now().await;
    }
    let foreign = sandbox.preload(1, 3);
    assert_eq!((foreign.len(), sandbox.commit_held()), (1, 1));
    assert_eq!(placed.await.unwrap().0, 202);
    assert_eq!(place(&shop, "A-2").await, ready(), "other orders go on");
    assert_eq!(codes(&shop, "A-1").await, (503, vec![]));
    assert_eq!((posts(&sandbox), sandbox.voucher_count()), (2, 5));
}

#[test]
fn a_process_that_dies_in_the_middle_of_a_purchase_loses_and_doubles_nothing() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let runtime = || tokio::runtime::Runtime::new().unwrap();

    let process = runtime();
    let shop = process.block_on(start(&sandbox, folder.path()));
    // Carried out at once, answered in an hour.
    sandbox.inject(Fault::slow(Operation::Create, Duration::from_secs(3600)));
    process.spawn(async move { place(&shop, "A-1").await });
    while sandbox.voucher_count() == 0 {
        std::thread::yield_now();
    }
    process.shutdown_timeout(Duration::from_secs(20));

    let next = runtime();
    next.block_on(async {
        let shop = start(&sandbox, folder.path()).await;
        assert_eq!(place(&shop, "A-1").await, ready());
        assert_eq!(place(&shop, "A-2").await, ready());
        let first = codes(&shop, "A-1").await.1;
        let second = codes(&shop, "A-2").await.1;
        assert_eq!((first.len(), second.len()), (2, 2));
        let all = [first, second].concat();
        assert_eq!(sorted(all), sorted(bought(&sandbox)));
    });
    assert_eq!((posts(&sandbox), sandbox.voucher_count()), (2, 4));
}

#[tokio::test]
async fn three_replicas_sell_each_order_once_and_hand_it_out_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    sandbox.inject(Fault::commit_then_drop(Operation::Create).times(2));
    let mut replicas = Vec::new();
    for _ in 0..3 {
        replicas.push(start(&sandbox, folder.path()).await);
    }
    let mut handed_out = Vec::new();
    for order in ["A-1", "A-2", "A-3", "A-4"] {
        let [one, two, three] = &replicas[..] else {
            panic!()
        };
        let placed = tokio::join!(place(one, order), place(two, order), place(three, order));
        assert_eq!(placed, (ready(), ready(), ready()));
        let got = tokio::join!(codes(one, order), codes(two, order), codes(three, order));
        let (status, codes): (Vec<u16>, Vec<Vec<String>>) =
            [got.0, got.1, got.2].into_iter().unzip();
        assert_eq!(
            status.iter().filter(|status| **status == 200).count(),
            1,
            "{status:?}"
        );
        handed_out.extend(codes.concat());
    }
    assert_eq!(sorted(handed_out), sorted(bought(&sandbox)));
    assert_eq!((posts(&sandbox), sandbox.voucher_count()), (4, 8));
}

#[tokio::test]
async fn an_order_that_cannot_be_meant_is_refused_before_anything_is_sent() {
    let (sandbox, _folder, shop) = bench().await;
    for wanted in [
        json!({ "traffic": 0, "count": 1 }),
        json!({ "traffic": 1, "count": 0 }),
        json!({ "traffic": 1, "count": 101 }),
    ] {
        let (status, _) = send(&shop, Method::PUT, "/orders/A-1", wanted).await;
        assert_eq!(status, 422);
    }
    assert_eq!(posts(&sandbox), 0);
}

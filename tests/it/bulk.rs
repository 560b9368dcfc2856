//! Many codes at once.

use std::collections::BTreeSet;

use futures_util::StreamExt;
use thordata_cdk::{CdkCode, Client, Error};
use thordata_cdk_sandbox::{Answer, Fault, Operation, Sandbox, VoucherStatus};

use crate::faults::support::builder;

async fn bench(vouchers: u32) -> (Sandbox, Client, Vec<CdkCode>) {
    let sandbox = Sandbox::builder().vouchers(vouchers).start().await.unwrap();
    let client = builder(&sandbox).build().unwrap();
    let codes = sandbox
        .vouchers()
        .iter()
        .map(|v| CdkCode::new(&v.code).unwrap())
        .collect();
    (sandbox, client, codes)
}

#[tokio::test]
async fn each_code_has_one_result_and_a_failure_ends_nothing() {
    let (sandbox, client, mut codes) = bench(50).await;
    codes.insert(20, CdkCode::new("NoSuchCode000000").unwrap());
    sandbox.redeem(codes[3].as_str(), "customer-1").unwrap();
    let results: Vec<_> = client.revoke_all(codes.clone()).collect().await;
    let named: BTreeSet<&CdkCode> = results.iter().map(|(code, _)| code).collect();
    assert_eq!((results.len(), named.len()), (51, 51));
    let failed: BTreeSet<&CdkCode> = results
        .iter()
        .filter(|(_, result)| result.is_err())
        .map(|(code, _)| code)
        .collect();
    assert_eq!(failed, [&codes[3], &codes[20]].into());
    let revoked = sandbox
        .vouchers()
        .iter()
        .filter(|v| v.status == VoucherStatus::Revoked)
        .count();
    assert_eq!(revoked, 49);
}

#[tokio::test]
async fn results_come_in_completion_order() {
    let (sandbox, client, codes) = bench(3).await;
    sandbox.inject(Fault::on(Operation::Get).answer(Answer::Hang(None)));
    let mut results = client.get_all(codes).concurrency(3);
    let (_, first) = results.next().await.unwrap();
    let (_, second) = results.next().await.unwrap();
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(results.in_flight().len(), 1);
}

#[tokio::test]
async fn no_more_requests_are_in_flight_than_allowed_and_codes_are_taken_as_they_go() {
    let (_sandbox, client, codes) = bench(40).await;
    let taken = std::rc::Rc::new(std::cell::Cell::new(0));
    let counter = std::rc::Rc::clone(&taken);
    let codes = codes
        .into_iter()
        .inspect(move |_| counter.set(counter.get() + 1));
    let mut results = client.get_all(codes).concurrency(4);
    let mut done = 0;
    while let Some((_, result)) = results.next().await {
        result.unwrap();
        done += 1;
        assert!(results.in_flight().len() < 4);
        assert!(taken.get() <= done + 4, "{} taken for {done}", taken.get());
    }
    assert_eq!((done, taken.get()), (40, 40));
}

#[tokio::test]
async fn stopping_early_leaves_nothing_in_doubt() {
    let (sandbox, client, codes) = bench(100).await;
    let mut results = client.revoke_all(codes);
    let mut named = BTreeSet::new();
    for _ in 0..10 {
        named.insert(results.next().await.unwrap().0.to_string());
    }
    results.stop();
    while let Some((code, result)) = results.next().await {
        result.unwrap();
        named.insert(code.to_string());
    }
    let revoked: BTreeSet<String> = sandbox
        .vouchers()
        .into_iter()
        .filter(|voucher| voucher.status == VoucherStatus::Revoked)
        .map(|voucher| voucher.code)
        .collect();
    assert_eq!(revoked, named);
    assert!((10..=26).contains(&named.len()), "{} revoked", named.len());
}

#[tokio::test]
async fn a_million_codes_are_no_more_in_memory_than_a_few() {
    // Every request is refused before it is sent: what is counted is what the stream holds.
    let client = Client::builder(thordata_cdk::Credentials::new("token", "key").unwrap())
        .base_url("http://127.0.0.1:9")
        .retry(thordata_cdk::RetryPolicy::none())
        .build()
        .unwrap();
    let codes = (0..1_000_000_u32).map(|n| CdkCode::new(format!("CODE{n:012}")).unwrap());
    let mut results = client.get_all(codes);
    for _ in 0..500 {
        let (_, result) = results.next().await.unwrap();
        assert!(matches!(result, Err(Error::Transport(_))));
        assert!(results.in_flight().len() < 16);
    }
}

#[tokio::test]
async fn codes_of_a_stream_are_taken_as_they_arrive_and_the_call_ends_with_it() {
    let (sandbox, client, codes) = bench(2).await;
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
    let arriving = futures_util::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|code| (code, receiver))
    });
    let mut results = client.revoke_stream(Box::pin(arriving));
    for code in codes {
        // Nothing is in flight and no code is there, and yet it has not ended.
        assert!(futures_util::poll!(results.next()).is_pending());
        sender.send(code.clone()).unwrap();
        let (revoked, result) = results.next().await.unwrap();
        assert_eq!((revoked, result.is_ok()), (code, true));
    }
    drop(sender);
    assert!(results.next().await.is_none());
    let all = sandbox.vouchers();
    assert!(all.iter().all(|v| v.status == VoucherStatus::Revoked));
}

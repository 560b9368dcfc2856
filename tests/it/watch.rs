//! Redemptions, each reported once it is seen.

use std::collections::BTreeSet;
use std::time::Duration;

use thordata_cdk::{Client, Cursor, RedemptionWatch};
use thordata_cdk_sandbox::{Answer, Fault, Operation, Sandbox};

use crate::faults::support::builder;

async fn bench() -> (Sandbox, Client) {
    let sandbox = Sandbox::builder().vouchers(6).start().await.unwrap();
    let client = builder(&sandbox).build().unwrap();
    (sandbox, client)
}

fn redeem(sandbox: &Sandbox, places: std::ops::Range<usize>) -> BTreeSet<String> {
    let vouchers = sandbox.vouchers();
    let codes = vouchers[places].iter().map(|voucher| voucher.code.clone());
    codes
        .inspect(|code| sandbox.redeem(code, "customer-1").unwrap())
        .collect()
}

async fn next(watch: &mut RedemptionWatch, count: usize) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    for _ in 0..count {
        let details = watch.next().await.unwrap();
        assert_eq!(details.redemption().unwrap().username, Some("customer-1"));
        assert!(seen.insert(details.cdk.to_string()), "twice");
    }
    seen
}

const OFTEN: Duration = Duration::from_millis(1);

#[tokio::test]
async fn each_redemption_is_handed_out_once_and_looked_up_once() {
    let (sandbox, client) = bench().await;
    let first = redeem(&sandbox, 0..2);
    let mut watch = client.watch_redemptions(OFTEN, Cursor::default());
    assert_eq!(next(&mut watch, 2).await, first);
    let second = redeem(&sandbox, 2..5);
    assert_eq!(next(&mut watch, 3).await, second);
    let looked_up = sandbox
        .requests()
        .iter()
        .filter(|r| r.operation == Some(Operation::Get))
        .count();
    assert_eq!(looked_up, 5);
    assert_eq!(watch.cursor().len(), 5);
}

#[tokio::test]
async fn a_stored_cursor_goes_on_where_it_was_and_what_was_not_stored_comes_again() {
    let (sandbox, client) = bench().await;
    let all = redeem(&sandbox, 0..3);
    let mut watch = client.watch_redemptions(OFTEN, Cursor::default());
    let mut seen = next(&mut watch, 1).await;
    let stored = watch.cursor().to_string();
    next(&mut watch, 1).await;
    drop(watch); // the process ended before it stored the second

    let mut watch = client.watch_redemptions(OFTEN, stored.parse().unwrap());
    seen.extend(next(&mut watch, 2).await);
    assert_eq!(seen, all);
}

#[tokio::test]
async fn an_error_is_reported_and_the_watch_goes_on() {
    let (sandbox, client) = bench().await;
    let all = redeem(&sandbox, 0..2);
    let refusal = Answer::Code {
        code: 10013,
        msg: "sign error".into(),
    };
    sandbox.inject(Fault::on(Operation::Get).answer(refusal.clone()));
    sandbox.inject(Fault::on(Operation::List).answer(refusal));
    let mut watch = client.watch_redemptions(OFTEN, Cursor::default());
    assert!(watch.next().await.unwrap_err().is_auth());
    assert!(watch.next().await.unwrap_err().is_auth());
    assert_eq!(next(&mut watch, 2).await, all);
}

#[tokio::test]
async fn a_voucher_that_can_never_be_looked_up_holds_up_no_other() {
    let (sandbox, client) = bench().await;
    let row =
        r#"{"cdk":"NoSuchCode000000","status":2,"create_time":1,"traffic":1,"traffic_duration":1}"#;
    let (content_type, headers) = ("application/json".into(), vec![]);
    let unreadable = Answer::Status {
        status: 200,
        content_type,
        body: format!(r#"{{"code":200,"data":[{row}]}}"#),
        headers,
    };
    sandbox.inject(Fault::on(Operation::List).answer(unreadable.clone()));
    let mut watch = client.watch_redemptions(OFTEN, Cursor::default());
    watch.next().await.unwrap_err();
    let later = redeem(&sandbox, 0..1);
    assert_eq!(next(&mut watch, 1).await, later);
    assert_eq!(watch.cursor().len(), 1);

    // It is not given up either.
    sandbox.inject(Fault::on(Operation::List).answer(unreadable));
    watch.next().await.unwrap_err();
}

#[tokio::test]
async fn a_filter_that_the_service_ignores_reports_no_unused_voucher() {
    let (sandbox, client) = bench().await;
    let code = redeem(&sandbox, 0..1).pop_first().unwrap();
    let row = |code: &str, status: u8| {
        format!(
            r#"{{"cdk":"{code}","status":{status},"create_time":1,"traffic":1,"traffic_duration":1}}"#
        )
    };
    let other = &sandbox.vouchers()[1].code;
    let body = format!(
        r#"{{"code":200,"data":[{},{}]}}"#,
        row(other, 1),
        row(&code, 2)
    );
    let (content_type, headers) = ("application/json".into(), vec![]);
    let everything = Answer::Status {
        status: 200,
        content_type,
        body,
        headers,
    };
    sandbox.inject(Fault::on(Operation::List).always().answer(everything));
    let mut watch = client.watch_redemptions(OFTEN, Cursor::default());
    assert_eq!(next(&mut watch, 1).await, [code].into());
}

#[tokio::test]
async fn the_watch_is_a_stream_and_what_a_dropped_future_had_begun_goes_on() {
    use futures_util::StreamExt;

    let sandbox = Sandbox::builder().vouchers(3).start().await.unwrap();
    let client = builder(&sandbox).build().unwrap();
    let codes: Vec<String> = sandbox.vouchers().iter().map(|v| v.code.clone()).collect();
    for code in &codes {
        sandbox.redeem(code, "customer-1").unwrap();
    }
    let mut watch = client.watch_redemptions(Duration::from_secs(3600), Cursor::default());
    // The list is asked for, and the future is dropped.
    assert!(futures_util::poll!(std::pin::pin!(watch.next())).is_pending());
    let seen: Vec<_> = (&mut watch).take(3).collect().await;
    let mut seen: Vec<String> = seen
        .into_iter()
        .map(|found| found.unwrap().cdk.to_string())
        .collect();
    seen.sort();
    let mut expected = codes;
    expected.sort();
    assert_eq!(seen, expected);
    assert_eq!(watch.cursor().len(), 3);
    let lists = sandbox
        .requests()
        .iter()
        .filter(|r| r.path == "/api/cdk/list")
        .count();
    assert_eq!(lists, 1);
}

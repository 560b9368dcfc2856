//! Settings for some calls, and what a client shows of itself.

use thordata_cdk::{CallOptions, Client, Credentials, RetryPolicy};
use thordata_cdk_sandbox::{Fault, Operation, Sandbox};

use crate::support::ORDER;

fn client(sandbox: &Sandbox) -> Client {
    let secrets = sandbox.credentials();
    Client::builder(Credentials::new(&secrets.token, &secrets.key).unwrap())
        .base_url(sandbox.base_url())
        .retry(RetryPolicy::default().base_delay(std::time::Duration::ZERO))
        .build()
        .unwrap()
}

#[tokio::test]
async fn with_options_makes_one_attempt_where_the_client_makes_more() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let throttled = || {
        Fault::on(Operation::Create).answer(thordata_cdk_sandbox::Answer::Code {
            code: 10011,
            msg: "frequent operations".into(),
        })
    };
    let once = client.with_options(CallOptions::new().retry(RetryPolicy::none()));
    sandbox.inject(throttled());
    let error = once.create(ORDER).await.unwrap_err();
    assert!(error.is_rate_limited());
    assert_eq!(sandbox.last_request_id(), 1);

    sandbox.inject(throttled());
    assert_eq!(client.create(ORDER).await.unwrap().len(), 2);
    assert_eq!(sandbox.last_request_id(), 3);
}

#[tokio::test]
async fn the_service_time_is_that_of_the_newest_reply_and_unknown_before_it() {
    let sandbox = Sandbox::builder().now(1_900_000_000).start().await.unwrap();
    let client = client(&sandbox);
    assert_eq!(client.service_time(), None);
    client.list(None).await.unwrap();
    let first = client.service_time().unwrap().as_secs();
    assert!((1_900_000_000..1_900_000_060).contains(&first), "{first}");
    sandbox.set_now(1_900_086_400);
    let other = client.with_options(CallOptions::new());
    other.list(None).await.unwrap();
    let second = client.service_time().unwrap().as_secs();
    assert!((1_900_086_400..1_900_086_460).contains(&second), "{second}");
}

#[tokio::test]
async fn a_client_shows_its_account_and_its_host_by_accessors_and_never_by_debug() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let token = &sandbox.credentials().token;
    assert_eq!(client.credentials().expose_token(), token);
    assert_eq!(client.base_url(), sandbox.base_url());
    assert_eq!(client.create_timeout().as_secs(), 120);
    assert!(!format!("{client:?} {:?}", client.credentials()).contains(token.as_str()));
}

#[tokio::test]
async fn a_purchase_after_its_last_moment_is_never_sent() {
    let sandbox = Sandbox::start().await.unwrap();
    let late =
        CallOptions::new().send_before(thordata_cdk::Deadline::after(std::time::Duration::ZERO));
    let error = client(&sandbox)
        .with_options(late.retry(RetryPolicy::none()))
        .create(ORDER)
        .await
        .unwrap_err();
    assert_eq!(error.outcome(), thordata_cdk::Outcome::NotApplied);
    assert_eq!(sandbox.voucher_count(), 0);
}

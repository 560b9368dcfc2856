//! What a metrics hook gets, and how long a call may take.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use thordata_cdk::{CallOptions, Client, Outcome, RetryPolicy};
use thordata_cdk_sandbox::{Fault, Operation, Sandbox};
use tokio::net::TcpListener;

use crate::faults::support::builder;
use crate::support::{self, EMPTY_LIST, ORDER, Reply, Server, code, with_headers};

type Reported = Arc<Mutex<Vec<String>>>;

/// A client whose hook writes down all but the time.
fn reported(builder: thordata_cdk::ClientBuilder) -> (Client, Reported) {
    let reported = Reported::default();
    let noted = Arc::clone(&reported);
    let client = builder.on_attempt(move |report| {
        assert!(report.elapsed > Duration::ZERO);
        let code = report.code.map(|code| code.as_i64());
        noted.lock().unwrap().push(format!(
            "{} {} {:?} {:?} {} {:?} {:?}",
            report.operation,
            report.attempt,
            report.status,
            code,
            report.outcome,
            report.error,
            report.tag
        ));
    });
    (client.build().unwrap(), reported)
}

#[tokio::test]
async fn the_hook_gets_each_attempt_with_the_tag_of_its_call() {
    let sandbox = Sandbox::start().await.unwrap();
    let retry = RetryPolicy::default().base_delay(Duration::ZERO);
    let (client, reported) = reported(builder(&sandbox).retry(retry).adaptive_rate_limit(false));
    sandbox.inject(Fault::refuse(Operation::Create, 10011, "slowly"));
    let tagged = client.with_options(CallOptions::new().tag("order A-17"));
    let _codes = tagged.create(ORDER).await.unwrap();
    sandbox.inject(Fault::commit_then_drop(Operation::Create));
    client.create(ORDER).await.unwrap_err();
    assert_eq!(client.list_stream(None).count().await, 4);
    client.list(None).await.unwrap();
    assert!(client.get(&code()).await.is_err());
    assert_eq!(
        *reported.lock().unwrap(),
        [
            r#"create 1 Some(200) Some(10011) not_applied Some("api") Some("order A-17")"#,
            r#"create 2 Some(200) None applied None Some("order A-17")"#,
            r#"create 1 None None unknown Some("transport") None"#,
            r#"list 1 Some(200) None applied None None"#,
            r#"list 1 Some(200) None applied None None"#,
            r#"get 1 Some(200) Some(10000) not_applied Some("api") None"#,
        ]
    );
}

/// It takes connections, and never says a word.
async fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

fn short() -> CallOptions {
    CallOptions::new().timeout(Duration::from_millis(100))
}

#[tokio::test]
async fn a_call_ends_when_its_own_time_is_over() {
    let (_listener, url) = silent().await;
    let client = support::builder(&url).build().unwrap();
    let short = client.with_options(short());
    for error in [
        short.list(None).await.unwrap_err(),
        short.get(&code()).await.unwrap_err(),
        short.summarize(None).await.unwrap_err(),
        short.list_stream(None).next().await.unwrap().unwrap_err(),
    ] {
        assert!(error.is_timeout(), "{error}");
        assert_eq!(error.outcome(), Outcome::NotApplied);
    }
    for error in [
        short.create(ORDER).await.unwrap_err(),
        short.revoke(&code()).await.unwrap_err(),
    ] {
        assert!(error.is_timeout(), "{error}");
        assert_eq!(error.outcome(), Outcome::Unknown);
    }
}

#[tokio::test]
async fn a_call_whose_time_ends_in_the_queue_is_proven_not_to_have_been_sent() {
    let (_listener, url) = silent().await;
    let client = support::builder(&url).max_in_flight(1).build().unwrap();
    let mut first = pin!(client.list(None));
    assert!(futures_util::poll!(&mut first).is_pending());
    let waiting = client.with_options(short());
    let error = waiting.create(ORDER).await.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(error.outcome(), Outcome::NotApplied);
}

#[tokio::test]
async fn no_attempt_is_waited_for_that_would_begin_after_the_calls_time() {
    let busy = |seconds: u32| with_headers(503, &format!("retry-after: {seconds}\r\n"), "busy");
    let server = Server::start([busy(40), Reply::Lose]).await;
    let client = support::at_once(&server.base_url);
    let minute = client.with_options(CallOptions::new().timeout(Duration::from_secs(30)));
    let error = minute.list(None).await.unwrap_err();
    assert_eq!(error.status(), Some(503));
    assert_eq!(server.requests().len(), 1);
    // Within its time it is sent again.
    let server = Server::start([busy(0), support::json(200, EMPTY_LIST)]).await;
    let client = support::at_once(&server.base_url);
    let minute = client.with_options(CallOptions::new().timeout(Duration::from_secs(30)));
    assert_eq!(minute.list(None).await.unwrap(), []);
    assert_eq!(server.requests().len(), 2);
}

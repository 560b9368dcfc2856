//! What is sent again, seen from the server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use thordata_cdk::reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thordata_cdk::{Error, Outcome, RetryPolicy};

use crate::support::{
    CREATED, EMPTY_LIST, ORDER, REVOKED, Reply, Server, at_once, builder, code, details, json,
};

const FREQUENT: &str = r#"{"code":10011,"data":[],"msg":"frequent operations"}"#;
const PARAMETER: &str = r#"{"code":10000,"data":[],"msg":"Parameter error"}"#;

const CREATE: &str = "POST /api/cdk/create flow=3&num=2";
const LIST: &str = "GET /api/cdk/list";
const GET: &str = "GET /api/cdk/info?cdk=nozzapqOWJOCcWIX";
const REVOKE: &str = "POST /api/cdk/revoke cdk=nozzapqOWJOCcWIX";

#[tokio::test]
async fn a_read_is_repeated_after_a_transient_error() {
    for passing in [
        json(200, FREQUENT),
        json(429, ""),
        json(500, "<h1>sorry</h1>"),
        json(503, r#"{"code":503,"msg":"later"}"#),
        json(200, r#"{"code":500,"msg":"later"}"#),
        json(408, ""),
        json(425, ""),
        json(200, &EMPTY_LIST[..10]),
        json(200, ""),
        json(200, "<h1>hello</h1>"),
        Reply::Lose,
    ] {
        let script = [passing.clone(), passing.clone(), json(200, EMPTY_LIST)];
        let server = Server::start(script).await;
        let list = at_once(&server.base_url).list(None).await;
        assert_eq!(list.unwrap(), [], "{passing:?}");
        assert_eq!(server.requests(), [LIST, LIST, LIST]);
    }
}

#[tokio::test]
async fn a_read_is_not_repeated_after_a_permanent_error() {
    for lasting in [
        json(404, ""),
        json(400, PARAMETER),
        json(403, "<h1>forbidden</h1>"),
        json(302, ""),
        json(200, PARAMETER),
        json(200, r#"{"code":10013,"msg":"sign error"}"#),
        json(200, r#"{"code":10009,"msg":"purchase failed"}"#),
        json(200, r#"{"code":1,"msg":"page not exists!"}"#),
    ] {
        let server = Server::start([lasting.clone()]).await;
        let error = at_once(&server.base_url).get(&code()).await.unwrap_err();
        assert_ne!(error.status(), Some(599), "{lasting:?}");
        assert_eq!(server.requests(), [GET]);
    }
}

#[tokio::test]
async fn a_read_is_sent_four_times_and_ends_with_the_last_error() {
    let script = [500, 501, 502, 503].map(|status| json(status, ""));
    let server = Server::start(script).await;
    let error = at_once(&server.base_url).list(None).await.unwrap_err();
    assert_eq!(error.status(), Some(503));
    assert_eq!(server.requests(), [LIST; 4]);
}

#[tokio::test]
async fn the_policy_sets_the_number_of_attempts() {
    let policy = RetryPolicy::default().base_delay(Duration::ZERO);
    for (policy, attempts) in [
        (RetryPolicy::none(), 1),
        (policy.clone().max_attempts(0), 1),
        (policy.clone().max_attempts(2), 2),
        (policy.clone().max_attempts(6), 6),
        (policy.clone().max_attempts(6).budget(2), 3),
        (policy.max_attempts(6).deadline(Duration::ZERO), 1),
    ] {
        let server = Server::start(vec![json(500, ""); 6]).await;
        let client = builder(&server.base_url).retry(policy).build().unwrap();
        client.list(None).await.unwrap_err();
        assert_eq!(server.requests().len(), attempts);
    }
}

#[tokio::test]
async fn without_retries_each_call_is_one_request() {
    let server = Server::start(vec![Reply::Lose; 4]).await;
    let client = builder(&server.base_url).build().unwrap();
    client.create(ORDER).await.unwrap_err();
    client.list(None).await.unwrap_err();
    client.get(&code()).await.unwrap_err();
    client.revoke(&code()).await.unwrap_err();
    assert_eq!(server.requests(), [CREATE, LIST, GET, REVOKE]);
}

#[tokio::test]
async fn a_purchase_without_a_readable_answer_is_never_sent_again() {
    for reply in [
        Reply::Lose,
        json(500, ""),
        json(502, "<h1>502</h1>"),
        json(408, ""),
        json(302, ""),
        json(200, ""),
        json(200, &CREATED[..40]),
        json(200, r#"{"code":200}"#),
        json(200, r#"{"code":10009,"msg":"purchase failed"}"#),
        json(200, r#"{"code":10001,"msg":"unknown error"}"#),
        json(200, r#"{"code":503}"#),
    ] {
        let server = Server::start([reply.clone()]).await;
        let error = at_once(&server.base_url).create(ORDER).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{reply:?}");
        assert_eq!(server.requests(), [CREATE], "{reply:?}");
    }
}

#[tokio::test]
async fn a_purchase_is_sent_again_after_a_refusal_as_too_frequent_and_after_no_other() {
    for refusal in [json(200, FREQUENT), json(429, "")] {
        let server = Server::start([refusal, json(200, CREATED)]).await;
        let codes = at_once(&server.base_url).create(ORDER).await.unwrap();
        assert_eq!(codes.len(), 2);
        assert_eq!(server.requests(), [CREATE, CREATE]);
    }
    for refusal in [json(200, PARAMETER), json(404, ""), json(401, "")] {
        let server = Server::start([refusal]).await;
        let error = at_once(&server.base_url).create(ORDER).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotApplied);
        assert_eq!(server.requests(), [CREATE]);
    }
}

/// Names an address where nothing listens first, and the server's from then on.
struct FirstWrong {
    asked: AtomicUsize,
}

impl Resolve for FirstWrong {
    fn resolve(&self, _: Name) -> Resolving {
        let first = self.asked.fetch_add(1, Ordering::SeqCst) == 0;
        let address = SocketAddr::from(([127, 0, 0, if first { 2 } else { 1 }], 0));
        Box::pin(async move { Ok(Box::new(std::iter::once(address)) as Addrs) })
    }
}

#[tokio::test]
async fn a_purchase_is_sent_again_when_the_first_connection_was_refused() {
    let server = Server::start([json(200, CREATED)]).await;
    let resolver = Arc::new(FirstWrong {
        asked: AtomicUsize::new(0),
    });
    let own = crate::support::own_http()
        .dns_resolver(Arc::clone(&resolver))
        .build()
        .unwrap();
    let client = builder(server.base_url.replace("127.0.0.1", "cdk.invalid"))
        .allow_plain_http(true)
        .http_client(own)
        .retry(RetryPolicy::default().base_delay(Duration::ZERO))
        .build()
        .unwrap();
    assert_eq!(client.create(ORDER).await.unwrap().len(), 2);
    assert_eq!(resolver.asked.load(Ordering::SeqCst), 2);
    assert_eq!(server.requests(), [CREATE]);
}

#[tokio::test]
async fn a_revocation_whose_answer_got_lost_is_looked_up() {
    let server = Server::start([Reply::Lose, json(200, details(3))]).await;
    at_once(&server.base_url).revoke(&code()).await.unwrap();
    assert_eq!(server.requests(), [REVOKE, GET]);
}

#[tokio::test]
async fn a_revocation_is_sent_again_only_while_the_voucher_is_unused() {
    let script = [json(502, ""), json(200, details(1)), json(200, REVOKED)];
    let server = Server::start(script).await;
    at_once(&server.base_url).revoke(&code()).await.unwrap();
    assert_eq!(server.requests(), [REVOKE, GET, REVOKE]);

    for status in [2, 0, 7] {
        let server = Server::start([json(502, ""), json(200, details(status))]).await;
        let error = at_once(&server.base_url).revoke(&code()).await.unwrap_err();
        assert_eq!(error.status(), Some(502));
        assert_eq!(error.outcome(), Outcome::Unknown);
        assert_eq!(server.requests(), [REVOKE, GET]);
    }
}

#[tokio::test]
async fn a_refusal_of_the_first_revocation_is_an_error_without_a_look_up() {
    let server = Server::start([json(200, PARAMETER)]).await;
    let error = at_once(&server.base_url).revoke(&code()).await.unwrap_err();
    assert!(matches!(error, Error::Api(_)), "{error:?}");
    assert_eq!(error.outcome(), Outcome::NotApplied);
    assert_eq!(server.requests(), [REVOKE]);
}

#[tokio::test]
async fn a_refusal_after_an_ambiguous_revocation_is_a_success_if_the_voucher_is_revoked() {
    let server = Server::start([
        Reply::Lose,
        json(200, details(1)),
        json(200, PARAMETER),
        json(200, details(3)),
    ])
    .await;
    at_once(&server.base_url).revoke(&code()).await.unwrap();
    assert_eq!(server.requests(), [REVOKE, GET, REVOKE, GET]);
}

#[tokio::test]
async fn a_refusal_after_an_ambiguous_revocation_that_cannot_be_looked_up_leaves_it_unknown() {
    let mut script = vec![Reply::Lose, json(200, details(1)), json(200, PARAMETER)];
    script.resize(7, json(404, ""));
    let server = Server::start(script).await;
    let error = at_once(&server.base_url).revoke(&code()).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert_eq!(server.requests(), [REVOKE, GET, REVOKE, GET]);
}

#[tokio::test]
async fn the_last_ambiguous_revocation_is_looked_up_too() {
    let server = Server::start([
        Reply::Lose,
        json(200, details(1)),
        Reply::Lose,
        json(200, details(3)),
    ])
    .await;
    let policy = RetryPolicy::default().base_delay(Duration::ZERO);
    let client = builder(&server.base_url).retry(policy.max_attempts(2));
    client.build().unwrap().revoke(&code()).await.unwrap();
    assert_eq!(server.requests(), [REVOKE, GET, REVOKE, GET]);
}

#[tokio::test]
async fn a_revocation_that_was_too_frequent_is_sent_again_without_a_look_up() {
    let server = Server::start([json(200, FREQUENT), json(200, REVOKED)]).await;
    at_once(&server.base_url).revoke(&code()).await.unwrap();
    assert_eq!(server.requests(), [REVOKE, REVOKE]);
}

#[tokio::test]
async fn a_revocation_whose_reply_has_no_code_is_looked_up() {
    for status in [1, 3] {
        let server = Server::start([
            json(200, r#"{"msg":"token expired","data":{}}"#),
            json(200, details(status)),
            json(200, REVOKED),
        ])
        .await;
        at_once(&server.base_url).revoke(&code()).await.unwrap();
        let expected: &[&str] = if status == 3 {
            &[REVOKE, GET]
        } else {
            &[REVOKE, GET, REVOKE]
        };
        assert_eq!(server.requests(), expected);
    }
}

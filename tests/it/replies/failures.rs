//! Replies that are no envelope, and HTTP statuses other than 200.

use std::time::Duration;

use thordata_cdk::{Error, ErrorCode, Outcome};

use super::{REFUSED, UNPROVEN, are_api, are_decode, are_status, is_decode};
use crate::support::{
    CREATED, EMPTY_LIST, ORDER, Reply, Server, builder, code, errors, json, with_headers,
};

const HTML: &str = "<html><h1>502 Bad Gateway</h1></html>";
const HTML_TYPE: &str = "content-type: text/html\r\n";

#[tokio::test]
async fn html_with_200_is_unreadable() {
    for error in errors(with_headers(200, HTML_TYPE, HTML)).await {
        let text = error.to_string();
        let start = "the reply (HTTP 200) cannot be read: an HTML page, \"502 Bad Gateway\" came instead of JSON; ";
        assert!(text.starts_with(start), "{text}");
    }
}

#[tokio::test]
async fn html_with_502_keeps_status_and_title() {
    let reported = errors(with_headers(502, HTML_TYPE, HTML)).await;
    are_status(
        &reported,
        502,
        "an HTML page, \"502 Bad Gateway\"",
        UNPROVEN,
    );
    assert_eq!(
        reported[0].to_string(),
        "HTTP 502 without the vendor's envelope: an HTML page, \"502 Bad Gateway\"; a gateway did not get an answer \
         from the service; try again later; the request may have been carried out"
    );
}

#[tokio::test]
async fn an_empty_body_is_unreadable_or_a_bare_status() {
    let why = "EOF while parsing a value at line 1 column 0";
    are_decode(&errors(json(200, "")).await, 200, why);
    are_decode(&errors(json(201, "")).await, 201, why);
    let reported = errors(json(503, "")).await;
    are_status(&reported, 503, "", UNPROVEN);
    assert_eq!(
        reported[1].to_string(),
        "HTTP 503 without the vendor's envelope, no body"
    );
}

#[tokio::test]
async fn truncated_json_is_unreadable() {
    let reported = errors(json(200, &CREATED[..40])).await;
    for (error, outcome) in reported.iter().zip(UNPROVEN) {
        assert!(matches!(error, Error::Decode(_)), "{error:?}");
        assert_eq!(error.status(), Some(200));
        assert_eq!(error.outcome(), outcome);
    }
    is_decode(
        &reported[0],
        200,
        "EOF while parsing a string at line 1 column 40",
        Outcome::Unknown,
    );
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_transport_error_with_its_status() {
    let mut head = b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n".to_vec();
    head.extend_from_slice(&CREATED.as_bytes()[..40]);
    for (error, outcome) in errors(Reply::Send(head)).await.iter().zip(UNPROVEN) {
        assert!(matches!(error, Error::Transport(_)), "{error:?}");
        assert_eq!(error.status(), Some(200));
        assert_eq!(error.outcome(), outcome);
        assert!(!error.is_timeout() && !error.is_connect());
        let start = "the reply broke off; ";
        assert!(error.to_string().starts_with(start), "{error}");
    }
}

#[tokio::test]
async fn a_reply_that_never_comes_is_a_transport_error_without_status() {
    for (error, outcome) in errors(Reply::Lose).await.iter().zip(UNPROVEN) {
        assert!(matches!(error, Error::Transport(_)), "{error:?}");
        assert_eq!(error.status(), None);
        assert_eq!(error.outcome(), outcome);
        let start = "the connection broke before a reply came; ";
        assert!(error.to_string().starts_with(start), "{error}");
    }
}

#[tokio::test]
async fn an_envelope_with_another_http_status_keeps_both() {
    let body = r#"{"code":10008,"data":{},"msg":"no money"}"#;
    let code = ErrorCode::InsufficientBalance;
    // A gateway that fails may do so after the service has done its work.
    for (status, reported) in [
        (400, REFUSED),
        (402, REFUSED),
        (500, UNPROVEN),
        (504, UNPROVEN),
    ] {
        let errors = errors(json(status, body)).await;
        are_api(&errors, status, code, "no money", reported);
        assert!(errors.iter().all(Error::is_insufficient_funds));
    }
}

#[tokio::test]
async fn a_success_envelope_with_a_failing_http_status_is_no_success() {
    for status in [301, 404, 500] {
        for error in errors(json(status, EMPTY_LIST)).await {
            assert!(matches!(error, Error::Status(_)), "{error:?}");
            assert_eq!(error.status(), Some(status));
        }
    }
}

/// Codes of a form that no pattern finds.
#[tokio::test]
async fn of_json_that_is_no_failure_only_the_message_beside_a_code_is_shown() {
    for (body, snippet) in [
        (
            r#"{"code":200,"data":{"cdk":["abcdefghijklmnop","Zz9/aB+cD=eF"]},"msg":"ok"}"#,
            "ok",
        ),
        (r#"{"data":["1234567890123456"]}"#, "29 bytes of JSON"),
        (r#"["abcdefghijklmnop"]"#, "20 bytes of JSON"),
        (r#" {"data":"abcdefghijklmnop"#, "26 bytes of JSON"),
        (r#"{"error":"Bad Gateway"}"#, "23 bytes of JSON"),
        (
            r#"{"message":"tok-4f9Qz\u200bL0xWm7RbT2c"}"#,
            "40 bytes of JSON",
        ),
    ] {
        are_status(&errors(json(502, body)).await, 502, snippet, UNPROVEN);
    }
}

/// The contract says of these codes that they leave open what was done.
#[tokio::test]
async fn a_refusing_http_status_beside_an_open_code_proves_nothing() {
    for code in [10001, 10009, 300, 500, 503] {
        let body = format!(r#"{{"code":{code},"msg":"m"}}"#);
        for status in [400, 404, 422] {
            let reported = errors(json(status, &body)).await;
            are_api(&reported, status, ErrorCode::from(code), "m", UNPROVEN);
        }
    }
}

#[tokio::test]
async fn other_statuses_of_success_are_read_like_200() {
    for status in [201, 202, 203] {
        let server = Server::start([json(status, CREATED), json(status, EMPTY_LIST)]).await;
        let client = builder(&server.base_url).build().unwrap();
        assert_eq!(client.create(ORDER).await.unwrap().len(), 2);
        assert_eq!(client.list(None).await.unwrap(), []);
        let reported = errors(json(status, r#"{"code":10017,"msg":"recharge"}"#)).await;
        are_api(
            &reported,
            status,
            ErrorCode::RechargeFirst,
            "recharge",
            REFUSED,
        );
    }
}

#[tokio::test]
async fn http_statuses_that_refuse_prove_that_nothing_was_done() {
    for status in [400, 401, 403, 404, 405, 413, 415, 422, 425, 429] {
        let came = "2 bytes (application/json)";
        are_status(&errors(json(status, "no")).await, status, came, REFUSED);
    }
}

#[tokio::test]
async fn http_statuses_that_prove_nothing_leave_the_outcome_unknown() {
    for status in [302, 408, 499, 500, 502, 503, 504, 520, 524] {
        let came = "1 bytes (application/json)";
        are_status(&errors(json(status, "?")).await, status, came, UNPROVEN);
    }
}

#[tokio::test]
async fn predicates_go_by_http_status_where_there_is_no_code() {
    for (status, auth, rate) in [
        (400, false, false),
        (401, true, false),
        (402, false, false),
        (403, true, false),
        (429, false, true),
        (500, false, false),
    ] {
        for error in errors(json(status, "")).await {
            assert_eq!(error.is_auth(), auth, "{status}");
            assert_eq!(error.is_insufficient_funds(), status == 402, "{status}");
            assert_eq!(error.is_rate_limited(), rate, "{status}");
        }
    }
}

#[tokio::test]
async fn a_retry_after_is_reported_with_the_error() {
    let server = Server::start([
        with_headers(200, "retry-after: 7\r\n", r#"{"code":10011}"#),
        with_headers(503, "retry-after: 120\r\n", ""),
        with_headers(503, "retry-after: soon\r\n", ""),
    ])
    .await;
    let client = builder(&server.base_url)
        .adaptive_rate_limit(false)
        .build()
        .unwrap();
    let mut waits = Vec::new();
    for _ in 0..3 {
        waits.push(client.get(&code()).await.unwrap_err().retry_after());
    }
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    assert_eq!(waits, [seconds(7), seconds(120), None]);
}

#[tokio::test]
async fn a_port_where_nothing_listens_is_a_connect_error_and_proof() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = builder(base_url).build().unwrap();
    for error in [
        client.create(ORDER).await.unwrap_err(),
        client.list(None).await.unwrap_err(),
        client.get(&code()).await.unwrap_err(),
        client.revoke(&code()).await.unwrap_err(),
    ] {
        assert!(error.is_connect() && !error.is_timeout());
        assert_eq!(error.outcome(), Outcome::NotApplied);
        assert_eq!(
            error.to_string(),
            "no connection could be made; nothing was carried out"
        );
    }
}

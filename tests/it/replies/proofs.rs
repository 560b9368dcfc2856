//! A refusal proves that nothing was done only if nothing in it says otherwise.

use std::time::Duration;

use thordata_cdk::{Client, Error, ErrorCode, Outcome, RetryPolicy};

use super::{REFUSED, UNPROVEN};
use crate::support::{CREATED, ORDER, Server, builder, errors, json};

async fn outcomes(status: u16, body: &str) -> [Outcome; 4] {
    errors(json(status, body))
        .await
        .map(|error| error.outcome())
}

#[tokio::test]
async fn an_http_refusal_whose_body_says_success_proves_nothing() {
    for body in [
        r#"{"code":200,"data":{"cdk":["nozzapqOWJOCcWIX"]},"msg":"ok"}"#,
        r#"{"code":200,"data":{},"msg":"ok"}"#,
        r#"{"code":200}"#,
        r#"{"data":{"cdk":["nozzapqOWJOCcWIX"]}}"#,
        r#"{"cdk":["nozzapqOWJOCcWIX"]}"#,
        r#"{"result":{"cdk":"nozzapqOWJOCcWIX"},"error":"bad request"}"#,
        r#"{"msg":"ok"}"#,
        // Cut off, or no envelope: what it held is not known.
        r#"{"code":200,"data":{"cdk":["nozza"#,
        r#"["nozzapqOWJOCcWIX"]"#,
        r#""nozzapqOWJOCcWIX""#,
    ] {
        for status in [400, 403, 404, 422, 429] {
            assert_eq!(outcomes(status, body).await, UNPROVEN, "{status} {body}");
        }
    }
    for body in [
        r#"{"error":"bad request"}"#,
        "{}",
        "bad request",
        "",
        "<h1>no</h1>",
    ] {
        assert_eq!(outcomes(400, body).await, REFUSED, "{body}");
    }
}

#[tokio::test]
async fn a_refusal_that_proves_nothing_says_so_to_whoever_spends_and_to_nobody_else() {
    let body = r#"{"code":10008,"data":{"cdk":["nozzapqOWJOCcWIX"]},"msg":"m"}"#;
    let [create, list, get, revoke] = errors(json(200, body)).await.map(|error| error.to_string());
    let refusal = "the service answered 10008 (insufficient wallet balance): m";
    let doubt = format!("{refusal}; the request may have been carried out");
    assert_eq!([&create, &revoke], [&doubt, &doubt]);
    assert_eq!([&list, &get], [&refusal, &refusal]);
    let proven = errors(json(200, r#"{"code":10008,"data":{},"msg":"m"}"#)).await;
    assert!(proven.iter().all(|error| error.to_string() == refusal));
}

#[tokio::test]
async fn a_refusal_that_carries_codes_proves_nothing_and_keeps_its_code() {
    for code in [10008, 10011, 10000, 429] {
        for rest in [
            r#""data":{"cdk":["nozzapqOWJOCcWIX"]},"msg":"m""#,
            r#""data":["nozzapqOWJOCcWIX"],"msg":"m""#,
            r#""data":"nozzapqOWJOCcWIX","msg":"m""#,
            r#""data":{"cdk":5},"msg":"m""#,
            r#""data":[{"cdk":"a","status":1}],"msg":"m""#,
            r#""data":{},"cdk":["a"],"msg":"m""#,
            r#""data":{},"result":{"cdk":["a"]},"msg":"m""#,
            r#""data":{},"msg":"success""#,
            r#""data":{},"msg":" OK ""#,
            r#""data":{},"msg":"ok, created 2 cdk""#,
            r#""data":{},"cdks":["a"],"msg":"m""#,
            r#""data":{},"success":true,"msg":"m""#,
        ] {
            for body in [
                format!(r#"{{"code":{code},{rest}}}"#),
                format!(r#"{{{rest},"code":{code}}}"#),
            ] {
                for status in [200, 400] {
                    let reported = errors(json(status, &body)).await;
                    assert_eq!(reported.each_ref().map(Error::outcome), UNPROVEN, "{body}");
                    let code = Some(ErrorCode::from(code));
                    assert!(
                        reported.iter().all(|error| error.api_code() == code),
                        "{body}"
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_whose_data_is_empty_or_none_is_a_proof_whatever_else_it_says() {
    for rest in [
        r#""data":{"cdk":[]}"#,
        r#""data":{"cdk":null}"#,
        r#""data":[]"#,
        r#""data":{"left":3}"#,
        r#""data":null,"trace":{"id":"nozzapqOWJOCcWIX"},"request_id":"a""#,
        r#""data":{},"msg":"ok is not what this is""#,
    ] {
        let body = format!(r#"{{"code":10008,{rest}}}"#);
        assert_eq!(outcomes(200, &body).await, REFUSED, "{body}");
    }
}

fn with_retries(server: &Server) -> Client {
    builder(&server.base_url)
        .retry(RetryPolicy::default().base_delay(Duration::ZERO))
        .adaptive_rate_limit(false)
        .build()
        .unwrap()
}

#[tokio::test]
async fn an_order_refused_as_too_frequent_with_codes_beside_it_is_not_sent_again() {
    let body = r#"{"code":10011,"data":{"cdk":["nozzapqOWJOCcWIX","uJQJFnycHOpSEw5N"]},"msg":"m"}"#;
    for reply in [
        json(200, body),
        json(429, body),
        json(429, CREATED_WITHOUT_CODE),
    ] {
        let server = Server::start([reply]).await;
        let error = with_retries(&server).create(ORDER).await.unwrap_err();
        assert!(error.is_rate_limited(), "{error:?}");
        assert_eq!(error.outcome(), Outcome::Unknown);
        assert_eq!(server.requests().len(), 1);
    }
}

/// A server that says too often with the wares in the body.
#[tokio::test]
async fn a_429_with_a_success_in_any_clothes_is_not_sent_again() {
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, CREATED.as_bytes()).unwrap();
    let wide = CREATED.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for body in [
        packed.finish().unwrap(),
        wide,
        format!("<html><pre>{CREATED}</pre></html>").into(),
        format!("OK {CREATED}").into(),
        format!("cb({CREATED})").into(),
        format!(")]}}',\n{CREATED}").into(),
        br#"{"cdks":["nozzapqOWJOCcWIX"]}"#.into(),
        b"nozzapqOWJOCcWIX\nuJQJFnycHOpSEw5N\n".into(),
    ] {
        let text = String::from_utf8_lossy(&body).into_owned();
        let server = Server::start([json(429, body)]).await;
        let error = with_retries(&server).create(ORDER).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{text}");
        assert_eq!(server.requests().len(), 1, "{text}");
    }
}

const CREATED_WITHOUT_CODE: &str = r#"{"data":{"cdk":["nozzapqOWJOCcWIX"]}}"#;

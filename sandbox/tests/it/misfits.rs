//! Requests that do not fit the contract, in both modes: each gets an envelope. The README's table
//! lists them.

use serde_json::{Value, json};
use thordata_cdk_sandbox::Sandbox;

use crate::support::{Http, builder, post, start};

const FORM: &str = "application/x-www-form-urlencoded";

fn with_http_failures() -> Sandbox {
    builder().http_failures(true).start_blocking().unwrap()
}

/// Status and payload code of one raw request, in the vendor's mode and with HTTP failures.
fn answers(request: &str) -> [(u16, i64); 2] {
    [start(), with_http_failures()].map(|sandbox| {
        let mut http = Http::to(&sandbox);
        http.write(request);
        let reply = http.reply();
        assert_eq!(reply.header("content-type"), Some("application/json"));
        let envelope = reply.json();
        assert!(envelope["msg"].is_string() && envelope["data"].is_object());
        assert!(sandbox.vouchers().is_empty());
        (reply.status, envelope["code"].as_i64().unwrap())
    })
}

#[test]
fn a_body_of_another_type_answers_10000_or_415() {
    for content_type in ["text/plain", "application/xml", "multipart/form-data", ""] {
        let request = post("/api/cdk/create", content_type, "flow=1&num=1");
        assert_eq!(
            answers(&request),
            [(200, 10000), (415, 10000)],
            "{content_type}"
        );
    }
}

#[test]
fn a_body_over_64_kib_answers_10000_or_413() {
    let exactly = format!("flow=1&num=0&x={}", "x".repeat(64 * 1024 - 15));
    assert_eq!(exactly.len(), 64 * 1024);
    let request = post("/api/cdk/create", FORM, &exactly);
    assert_eq!(answers(&request), [(200, 10000), (400, 10000)]);
    let request = post("/api/cdk/create", FORM, &format!("{exactly}x"));
    assert_eq!(answers(&request), [(200, 10000), (413, 10000)]);
}

#[test]
fn a_malformed_body_answers_10000_or_400() {
    for json in [
        "{\"flow\":1,\"num\":",
        "[]",
        "1",
        "{\"flow\":{},\"num\":1}",
        "\u{0}",
    ] {
        let request = post("/api/cdk/create", "application/json", json);
        assert_eq!(answers(&request), [(200, 10000), (400, 10000)], "{json}");
    }
    for form in ["%zz", "flow=%FF&num=1", "=&=&=", "flow[]=1&num[]=1"] {
        let request = post("/api/cdk/create", FORM, form);
        assert_eq!(answers(&request), [(200, 10000), (400, 10000)], "{form}");
    }
}

#[test]
fn malformed_chunks_answer_400_with_an_envelope_and_create_nothing() {
    let request = "POST /api/cdk/create HTTP/1.1\r\nhost: localhost\r\ntoken: tok\r\nkey: key\r\n\
                   content-type: application/x-www-form-urlencoded\r\n\
                   transfer-encoding: chunked\r\n\r\nc\r\nflow=1&num=1\r\nbanana\r\n";
    assert_eq!(answers(request), [(400, 400), (400, 400)]);
}

#[test]
fn a_wrong_method_answers_405_in_both_modes() {
    for (method, path) in [
        ("PUT", "create"),
        ("OPTIONS", "revoke"),
        ("HEADER", "list"),
        ("POST", "info"),
    ] {
        let request = format!("{method} /api/cdk/{path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        assert_eq!(
            answers(&request),
            [(405, 405), (405, 405)],
            "{method} {path}"
        );
    }
}

#[test]
fn query_names_that_the_contract_does_not_know_are_ignored() {
    for sandbox in [start(), with_http_failures()] {
        let code = sandbox.preload(1, 1).remove(0);
        let mut http = Http::to(&sandbox);
        for path in [
            "/api/cdk/list?page=2&status=1&page=3&=&%FF",
            "/api/cdk/list?Status=9",
            &format!("/api/cdk/info?x=1&cdk={code}&CDK=other"),
        ] {
            let reply = http.get(path);
            assert_eq!((reply.status, reply.code()), (200, 200), "{path}");
        }
        let reply = http.post("/api/cdk/create?flow=9&num=9&x=1", "flow=1&num=2");
        assert_eq!(reply.codes().len(), 2);
        let revoked = http.post("/api/cdk/revoke?cdk=other", &format!("cdk={code}"));
        assert_eq!(
            revoked.json(),
            json!({"code": 200, "data": {}, "msg": "ok"})
        );
    }
}

#[test]
fn an_unknown_path_answers_404_in_both_modes() {
    let observed: Value = json!({"ret": 404, "code": 1, "msg": "page not exists!", "ret_data": ""});
    for sandbox in [start(), with_http_failures()] {
        for path in ["/api/cdk", "/api/cdk/create/", "/api/cdk/nope?x=1", "//"] {
            let reply = Http::to(&sandbox).get(path);
            assert_eq!((reply.status, reply.json()), (404, observed.clone()));
        }
    }
}

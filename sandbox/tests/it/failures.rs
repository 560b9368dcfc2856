//! Each failure code, and what it leaves unchanged.

use serde_json::json;
use thordata_cdk_sandbox::RedeemError;

use crate::support::{Http, builder, post, start, statuses};

const CREATE: &str = "/api/cdk/create";
const REVOKE: &str = "/api/cdk/revoke";

#[test]
fn a_missing_or_wrong_token_answers_10013_and_a_wrong_key_10014() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    let mut with = |headers: &str| {
        http.write(&format!(
            "GET /api/cdk/info?cdk=x HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n"
        ));
        let reply = http.reply();
        assert_eq!(reply.status, 200);
        reply.json()
    };
    let wrong_token = json!({"code": 10013, "data": {}, "msg": "sign error"});
    let wrong_key = json!({"code": 10014, "data": {}, "msg": "apiKey error"});
    assert_eq!(with(""), wrong_token);
    assert_eq!(with("key: key\r\n"), wrong_token);
    assert_eq!(with("token: Tok\r\nkey: key\r\n"), wrong_token);
    assert_eq!(with("token: tok\r\n"), wrong_key);
    assert_eq!(with("token: tok\r\nkey: tok\r\n"), wrong_key);
}

#[test]
fn bad_parameters_answer_10000_and_create_nothing() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    for form in [
        "",
        "flow=3",
        "num=2",
        "flow=&num=2",
        "flow=three&num=2",
        "flow=3.0&num=2",
        "flow=%2B3&num=2",
        "flow=0&num=2",
        "flow=-3&num=2",
        "flow=3&num=0",
        "flow=3&num=-1",
        "flow=9223372036854775808&num=1",
        "flow=3&num=2147483648",
        "flow=3&num=2&num=2",
        "Flow=3&num=2",
    ] {
        let reply = http.post(CREATE, form);
        assert_eq!(reply.status, 200, "{form}");
        assert_eq!(
            reply.json(),
            json!({"code": 10000, "data": {}, "msg": "Parameter error"})
        );
        assert!(reply.header("x-sandbox-reason").is_some(), "{form}");
    }
    for query in [
        "status=0",
        "status=4",
        "status=",
        "status=x",
        "status=1&status=2",
    ] {
        let reply = http.get(&format!("/api/cdk/list?{query}"));
        assert_eq!(
            reply.json(),
            json!({"code": 10000, "data": [], "msg": "Parameter error"})
        );
    }
    let long = format!("cdk={}", "x".repeat(257));
    for query in ["", "cdk=", "cdk=a%20b", "cdk=%C3%A4", "cdk=a&cdk=a", &long] {
        assert_eq!(
            http.get(&format!("/api/cdk/info?{query}")).code(),
            10000,
            "{query}"
        );
        assert_eq!(http.post(REVOKE, query).code(), 10000, "{query}");
    }
    assert!(sandbox.vouchers().is_empty());
    assert_eq!(sandbox.balance(), 1_000_000);
}

#[test]
fn an_unknown_code_answers_10000_and_case_matters() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    let code = http.create(1, 1).codes().remove(0);
    let mut swapped = code.to_ascii_lowercase();
    if swapped == code {
        swapped = code.to_ascii_uppercase();
    }
    assert_eq!(
        http.get(&format!("/api/cdk/info?cdk={swapped}")).code(),
        10000
    );
    assert_eq!(http.post(REVOKE, &format!("cdk={swapped}")).code(), 10000);
    assert_eq!(http.get(&format!("/api/cdk/info?cdk={code}")).code(), 200);
}

#[test]
fn a_used_or_revoked_voucher_cannot_be_revoked() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    let codes = http.create(1, 2).codes();
    sandbox.redeem(&codes[0], "user").unwrap();
    assert_eq!(
        http.post(REVOKE, &format!("cdk={}", codes[0])).code(),
        10000
    );
    assert_eq!(http.post(REVOKE, &format!("cdk={}", codes[1])).code(), 200);
    assert_eq!(
        http.post(REVOKE, &format!("cdk={}", codes[1])).code(),
        10000
    );
    assert_eq!(statuses(&sandbox), [2, 3]);
    assert!(!sandbox.revoke(&codes[0]) && !sandbox.revoke("nobody"));
    let code = sandbox.preload(1, 1).remove(0);
    assert!(sandbox.revoke(&code));
    assert_eq!(statuses(&sandbox), [2, 3, 3]);
}

#[test]
fn a_voucher_is_redeemed_once_and_only_while_unused() {
    let sandbox = start();
    let codes = sandbox.preload(2, 1);
    assert_eq!(sandbox.redeem(&codes[0], "a"), Ok(()));
    assert_eq!(
        sandbox.redeem(&codes[0], "b"),
        Err(RedeemError::AlreadyUsed)
    );
    Http::to(&sandbox).post(REVOKE, &format!("cdk={}", codes[1]));
    assert_eq!(sandbox.redeem(&codes[1], "b"), Err(RedeemError::Revoked));
    assert_eq!(sandbox.redeem("nobody", "b"), Err(RedeemError::Unknown));
    assert_eq!(
        sandbox.voucher(&codes[0]).unwrap().use_username.as_deref(),
        Some("a")
    );
}

#[test]
fn more_than_max_num_answers_10012_and_creates_none_of_them() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    let message = "exceeding the quantity limit for a single purchase";
    assert_eq!(
        http.create(1, 1_001).json(),
        json!({"code": 10012, "data": {}, "msg": message})
    );
    assert!(sandbox.vouchers().is_empty());
    assert_eq!(http.create(1, 1_000).codes().len(), 1_000);
    sandbox.set_max_num(2);
    assert_eq!(http.create(1, 3).code(), 10012);
}

#[test]
fn an_order_beyond_the_balance_answers_10008_and_costs_nothing() {
    let sandbox = builder().balance(10).start_blocking().unwrap();
    let mut http = Http::to(&sandbox);
    let refusal = json!({"code": 10008, "data": {}, "msg": "insufficient wallet balance"});
    assert_eq!(http.create(4, 3).json(), refusal);
    assert_eq!(http.create(i64::MAX, 1_000).json(), refusal);
    assert_eq!(sandbox.balance(), 10);
    assert_eq!(http.create(5, 2).code(), 200);
    assert_eq!(sandbox.balance(), 0);
    assert_eq!(http.create(1, 1).json(), refusal);
    sandbox.set_balance(1);
    assert_eq!(http.create(1, 1).code(), 200);
}

#[test]
fn requests_over_the_rate_limit_answer_10011_and_change_nothing() {
    let sandbox = builder().rate_limit(Some(0.001)).start_blocking().unwrap();
    let mut http = Http::to(&sandbox);
    assert_eq!(http.create(1, 1).code(), 200);
    let message = "frequent operations, please try again later";
    for _ in 0..3 {
        assert_eq!(
            http.create(1, 1).json(),
            json!({"code": 10011, "data": {}, "msg": message})
        );
    }
    assert_eq!(
        http.get("/api/cdk/list").json(),
        json!({"code": 10011, "data": [], "msg": message})
    );
    assert_eq!(sandbox.vouchers().len(), 1);
    assert_eq!(
        (
            sandbox.rate_counters().served,
            sandbox.rate_counters().refused
        ),
        (1, 4)
    );
    sandbox.set_rate_limit(None);
    assert_eq!(http.create(1, 1).code(), 200);
}

#[test]
fn a_wrong_method_answers_405_with_an_envelope_and_the_right_methods() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    for (method, path, allow) in [
        ("GET", CREATE, "POST"),
        ("DELETE", REVOKE, "POST"),
        ("TRACE", "/api/cdk/list", "GET,HEAD"),
        ("PURGE", "/api/cdk/info", "GET,HEAD"),
    ] {
        http.write(&format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\n\r\n"
        ));
        let reply = http.reply();
        assert_eq!(reply.status, 405);
        assert_eq!(reply.header("allow"), Some(allow));
        assert_eq!(
            reply.json(),
            json!({"code": 405, "data": {}, "msg": "method not allowed"})
        );
    }
}

#[test]
fn a_body_over_64_kib_or_of_another_type_answers_10000() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    let large = format!("flow=1&num=1&padding={}", "x".repeat(200 * 1024));
    assert_eq!(http.post(CREATE, &large).code(), 10000);
    http.write(&post(CREATE, "text/plain", "flow=1&num=1"));
    assert_eq!(http.reply().code(), 10000);
    for json in [
        "[1,2]",
        "{\"flow\":1,",
        "{\"flow\":1,\"num\":1,\"num\":1}",
        "{\"flow\":[1],\"num\":1}",
    ] {
        http.write(&post(CREATE, "application/json", json));
        assert_eq!(http.reply().code(), 10000, "{json}");
    }
    assert!(sandbox.vouchers().is_empty());
}

#[test]
fn http_failures_answers_with_fitting_statuses() {
    let sandbox = builder()
        .http_failures(true)
        .balance(5)
        .max_num(3)
        .start_blocking()
        .unwrap();
    let mut http = Http::to(&sandbox);
    let seen = |reply: crate::support::Reply| (reply.status, reply.code());
    let code = http.create(1, 1).codes().remove(0);
    http.write("GET /api/cdk/list HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert_eq!(seen(http.reply()), (401, 10013));
    http.write("GET /api/cdk/list HTTP/1.1\r\nhost: localhost\r\ntoken: tok\r\n\r\n");
    assert_eq!(seen(http.reply()), (401, 10014));
    assert_eq!(seen(http.create(0, 1)), (400, 10000));
    assert_eq!(seen(http.create(1, 4)), (422, 10012));
    assert_eq!(seen(http.create(5, 1)), (402, 10008));
    assert_eq!(seen(http.get("/api/cdk/info?cdk=nobody")), (404, 10000));
    assert_eq!(seen(http.post(REVOKE, &format!("cdk={code}"))), (200, 200));
    assert_eq!(
        seen(http.post(REVOKE, &format!("cdk={code}"))),
        (409, 10000)
    );
    sandbox.set_rate_limit(Some(0.001));
    assert_eq!(seen(http.get("/api/cdk/list")), (200, 200));
    assert_eq!(seen(http.get("/api/cdk/list")), (429, 10011));
}

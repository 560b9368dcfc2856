//! The admin API, as another language uses it.

use serde_json::{Value, json};

use crate::support::{Http, Reply, start};

fn send(http: &mut Http, method: &str, path: &str, body: &str) -> Reply {
    let length = body.len();
    let token = &http.admin_token;
    http.write(&format!(
        "{method} /_sandbox/{path} HTTP/1.1\r\nhost: localhost\r\nx-sandbox-token: {token}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    ));
    http.reply()
}

fn call(http: &mut Http, method: &str, path: &str, body: &Value) -> Value {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let reply = send(http, method, path, &body);
    assert_eq!(reply.status, 200, "{path}: {}", reply.body);
    reply.json()
}

#[test]
fn health_shows_the_state_without_credentials() {
    let sandbox = start();
    assert_eq!(
        call(&mut Http::to(&sandbox), "GET", "health", &Value::Null),
        json!({
            "status": "ok", "version": "0.1.0", "now": 1_748_332_399, "balance": 1_000_000,
            "max_num": 1_000, "rate_limit": null, "served": 0, "refused": 0, "vouchers": 0,
            "last_request_id": 0, "pending_faults": 0, "pending_commits": 0, "state_error": null,
        })
    );
    assert!(sandbox.requests().is_empty(), "the admin API is not logged");
}

#[test]
fn vouchers_are_added_redeemed_and_shown() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    let codes = call(
        &mut http,
        "POST",
        "vouchers",
        &json!({"count": 2, "traffic": 5}),
    );
    let code = codes["cdk"][0].as_str().unwrap().to_owned();
    let odd = json!({
        "cdk": "odd", "status": 9, "create_time": 1, "traffic": 2, "traffic_duration": 3,
    });
    let added = call(&mut http, "POST", "vouchers", &json!({"vouchers": [odd]}));
    assert_eq!(added, json!({"cdk": ["odd"]}));
    let redeemed = call(
        &mut http,
        "POST",
        "redeem",
        &json!({"cdk": code, "user": "Thor"}),
    );
    assert_eq!(
        redeemed,
        json!({
            "cdk": code, "status": 2, "create_time": 1_748_332_399, "traffic": 5,
            "traffic_duration": 7_776_000, "use_username": "Thor", "use_time": 1_748_332_399,
            "request_id": 0,
        })
    );
    let all = call(&mut http, "GET", "vouchers", &Value::Null);
    assert_eq!(all["vouchers"].as_array().unwrap().len(), 3);
    assert_eq!(all["vouchers"][0], redeemed);
    let again = send(
        &mut http,
        "POST",
        "redeem",
        &json!({"cdk": code, "user": "x"}).to_string(),
    );
    assert_eq!(again.status, 409);
    assert_eq!(
        again.json(),
        json!({"error": "the voucher was redeemed before"})
    );
    assert_eq!(
        send(&mut http, "POST", "redeem", r#"{"cdk":"no","user":"x"}"#).status,
        404
    );
}

#[test]
fn a_name_of_more_than_256_characters_redeems_nothing() {
    let sandbox = start();
    let codes = sandbox.preload(1, 1);
    let mut http = Http::to(&sandbox);
    let mut redeem = |length: usize| {
        let body = json!({"cdk": codes[0], "user": "ä".repeat(length)});
        send(&mut http, "POST", "redeem", &body.to_string())
    };
    let long = redeem(257);
    let error = json!({"error": "user must have at most 256 characters"});
    assert_eq!((long.status, long.json()), (400, error));
    assert_eq!(redeem(256).status, 200);
}

#[test]
fn the_clock_is_set_advanced_and_skewed() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    assert_eq!(
        call(&mut http, "POST", "clock", &json!({"now": 5})),
        json!({"now": 5})
    );
    assert_eq!(
        call(&mut http, "POST", "clock", &json!({"advance_seconds": 90})),
        json!({"now": 95})
    );
    assert_eq!(
        call(&mut http, "GET", "clock", &Value::Null),
        json!({"now": 95})
    );
    assert_eq!(sandbox.now(), 95);
    let skewed = call(&mut http, "POST", "clock", &json!({"skew_seconds": 0}));
    assert!(skewed["now"].as_i64().unwrap() > 1_750_000_000);
}

#[test]
fn settings_change_only_what_they_name() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    let mut set = |body: Value| call(&mut http, "POST", "settings", &body);
    let health = set(json!({"balance": 7, "max_num": 3, "rate_limit": 50.0}));
    assert_eq!(
        (&health["balance"], &health["max_num"]),
        (&json!(7), &json!(3))
    );
    assert_eq!(health["rate_limit"], 50.0);
    assert_eq!(set(json!({"balance": 8}))["rate_limit"], 50.0);
    let health = set(json!({"rate_limit": null}));
    assert_eq!(
        (&health["rate_limit"], &health["balance"]),
        (&Value::Null, &json!(8))
    );
    assert_eq!(Http::to(&sandbox).create(3, 3).code(), 10008);
}

#[test]
fn a_rate_limit_that_limits_nothing_is_refused_and_changes_nothing() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    call(&mut http, "POST", "settings", &json!({"rate_limit": 50}));
    for limit in ["0", "-1", "-0.0"] {
        let body = format!(r#"{{"balance":7,"rate_limit":{limit}}}"#);
        let reply = send(&mut http, "POST", "settings", &body);
        let error = json!({"error": "rate_limit must be a number above 0, or null for no limit"});
        assert_eq!((reply.status, reply.json()), (400, error), "{limit}");
    }
    let health = call(&mut http, "GET", "health", &Value::Null);
    assert_eq!(
        (&health["rate_limit"], &health["balance"]),
        (&json!(50.0), &json!(1_000_000))
    );
}

#[test]
fn the_log_is_read_from_an_id_on_and_emptied() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    http.get("/api/cdk/list?status=1");
    http.create(1, 1);
    let log = call(&mut http, "GET", "requests?after=1", &Value::Null);
    let requests = log["requests"].as_array().unwrap();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0]["operation"], "create");
    assert_eq!(requests[0]["body"], "flow=1&num=1");
    assert_eq!(requests[0]["complete"], true);
    assert_eq!(requests[0]["headers"][1], json!(["token", "tok"]));
    call(&mut http, "DELETE", "requests", &Value::Null);
    assert!(sandbox.requests().is_empty());
    assert_eq!(send(&mut http, "GET", "requests?after=x", "").status, 400);
}

#[test]
fn faults_are_queued_shown_carried_out_and_cleared() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    let one = json!({"on": "create", "commit": "held", "answer": {"code": {"code": 10009}}});
    let queue = call(&mut http, "POST", "faults", &one);
    assert_eq!(
        queue,
        json!({"faults": [{
            "on": "create", "skip": 0, "times": 1, "read": "all", "commit": "held",
            "answer": {"code": {"code": 10009, "msg": ""}}, "latency_ms": 0,
        }]})
    );
    assert_eq!(http.create(1, 2).code(), 10009);
    assert_eq!(
        call(&mut http, "POST", "commit_held", &Value::Null),
        json!({"committed": 1})
    );
    assert_eq!(sandbox.vouchers().len(), 2);
    call(
        &mut http,
        "POST",
        "faults",
        &json!([{"on": "any"}, {"on": "connect", "times": null}]),
    );
    assert_eq!(sandbox.pending_faults(), 2);
    assert_eq!(
        call(&mut http, "DELETE", "faults", &Value::Null),
        json!({"faults": []})
    );
}

#[test]
fn every_form_of_a_fault_is_read_and_written_alike() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    for (field, value) in [
        ("commit", json!("no")),
        ("commit", json!("yes")),
        ("commit", json!("twice")),
        ("commit", json!({"some": 1})),
        ("commit", json!({"per_list": 1})),
        ("commit", json!({"spread_ms": 300})),
        ("commit", json!({"later_ms": 300})),
        ("commit", json!({"after_lists": 2})),
        ("read", json!("nothing")),
        ("read", json!("head")),
        ("read", json!("half")),
        ("then", json!("close")),
        ("then", json!("reset")),
        ("then", json!("hang")),
        ("then", json!("stale408")),
        ("answer", json!("close")),
        ("answer", json!("reset")),
        ("answer", json!({"hang_ms": null})),
        ("answer", json!({"hang_ms": 10})),
        ("answer", json!("half_status_line")),
        ("answer", json!("half_headers")),
        ("answer", json!("garbage_status_line")),
        ("answer", json!("informational103")),
        ("answer", json!("half_body")),
        ("answer", json!({"wrong_content_length": 10})),
        ("answer", json!("chunked_truncated")),
        ("answer", json!("chunked_unended")),
        ("answer", json!("close_delimited_truncated")),
        ("answer", json!({"raw": "text"})),
        ("answer", json!({"raw": [255, 0]})),
        ("answer", json!({"fewer_codes": 1})),
        ("answer", json!({"more_codes": 1})),
        ("answer", json!("duplicate_codes")),
        ("answer", json!("empty_data")),
        ("answer", json!("empty_list")),
        ("answer", json!("null_data")),
        ("answer", json!("no_data")),
        ("answer", json!({"stale_by_newest": 1})),
        ("answer", json!({"shrunk_by_oldest": 1})),
        (
            "answer",
            json!({"status": {
                "status": 503, "content_type": "text/plain", "body": "x", "headers": [["a", "b"]],
            }}),
        ),
    ] {
        let queue = call(
            &mut http,
            "POST",
            "faults",
            &json!({"on": "create", field: value}),
        );
        assert_eq!(queue["faults"][0][field], value);
        call(&mut http, "DELETE", "faults", &Value::Null);
    }
}

#[test]
fn reset_goes_back_to_the_start() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    http.create(1, 1);
    assert_eq!(
        call(&mut http, "POST", "reset", &Value::Null)["vouchers"],
        0
    );
    assert!(sandbox.vouchers().is_empty());
}

#[test]
fn what_the_admin_api_does_not_know_is_refused_with_a_reason() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    for (path, body) in [
        ("faults", r#"{"on":"create","anwser":"close"}"#),
        ("faults", r#"{"on":"delete"}"#),
        ("faults", r#"{"on":"create","answer":"nonsense"}"#),
        (
            "faults",
            r#"{"on":"list","answer":{"status":{"status":42}}}"#,
        ),
        (
            "faults",
            r#"{"on":"list","answer":{"status":{"status":1000}}}"#,
        ),
        (
            "faults",
            r#"{"on":"list","answer":{"status":{"status":200,"content_type":"a\nb"}}}"#,
        ),
        (
            "faults",
            r#"{"on":"list","answer":{"status":{"status":200,"headers":[["a b","c"]]}}}"#,
        ),
        (
            "faults",
            r#"{"on":"list","answer":{"status":{"status":200,"headers":[["a","b\r\nc"]]}}}"#,
        ),
        ("settings", r#"{"balanse":1}"#),
        ("settings", r#"{"balance":-1}"#),
        ("clock", r#"{}"#),
        ("redeem", "no json"),
        ("vouchers", r#"{"cuont":1}"#),
    ] {
        let reply = send(&mut http, "POST", path, body);
        assert_eq!(reply.status, 400, "{body}");
        assert!(reply.json()["error"].is_string());
    }
    let reply = send(&mut http, "GET", "nothing", "");
    assert_eq!(reply.status, 404);
    assert_eq!(
        reply.json(),
        json!({"error": "no such admin path: see /_sandbox/openapi.yaml"})
    );
    assert_eq!(
        send(&mut http, "GET", "reset", "").header("allow"),
        Some("POST")
    );
    assert_eq!(sandbox.pending_faults(), 0);
}

#[test]
fn no_number_exhausts_the_memory() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    let full = json!({"error": "a sandbox holds at most 2000000 vouchers"});
    for body in [r#"{"count":4294967295}"#, r#"{"count":2000001}"#] {
        let reply = send(&mut http, "POST", "vouchers", body);
        assert_eq!((reply.status, reply.json()), (400, full.clone()), "{body}");
    }
    assert_eq!(sandbox.voucher_count(), 0, "nothing of it was added");
    let limits = json!({"balance": u64::MAX, "max_num": u32::MAX});
    call(&mut http, "POST", "settings", &limits);
    let order = http.post("/api/cdk/create", "flow=1&num=2147483647");
    assert_eq!(order.code(), 10019);
    assert_eq!(
        order.header("x-sandbox-reason"),
        Some("this sandbox holds no more vouchers, those included that faults put off")
    );
    let faults = format!("[{}]", [r#"{"on":"list"}"#; 10_001].join(","));
    let reply = send(&mut http, "POST", "faults", &faults);
    let full = json!({"error": "at most 10000 faults wait at a time"});
    assert_eq!((reply.status, reply.json()), (400, full));
    assert_eq!(sandbox.pending_faults(), 0);
}

#[test]
fn its_contract_names_every_path_that_it_serves() {
    let sandbox = start();
    let reply = send(&mut Http::to(&sandbox), "GET", "openapi.yaml", "");
    assert_eq!(reply.header("content-type"), Some("application/yaml"));
    for path in [
        "health",
        "openapi.yaml",
        "reset",
        "vouchers",
        "redeem",
        "clock",
        "settings",
        "requests",
        "faults",
        "commit_held",
    ] {
        assert!(
            reply.body.contains(&format!("\n  /_sandbox/{path}:\n")),
            "{path}"
        );
    }
}

//! The contract as files, and the page: what is served, and what it leaves untouched. That the page
//! works is tried in a browser, by `just page`.

use serde_json::Value;

use crate::support::{Http, start};

#[test]
fn the_contract_is_served_as_it_is_written() {
    let sandbox = start();
    let reply = Http::to(&sandbox).get("/openapi.yaml");
    assert_eq!(reply.header("content-type"), Some("application/yaml"));
    assert!(reply.body.starts_with("openapi: 3.0.3\n"));
    assert!(reply.body.contains("\n  /api/cdk/create:\n"));
}

#[test]
fn the_contract_is_served_as_json_in_the_same_order() {
    let sandbox = start();
    let reply = Http::to(&sandbox).get("/openapi.json");
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let contract = reply.json();
    let operation = &contract["paths"]["/api/cdk/create"]["post"];
    assert_eq!(operation["operationId"], "createCdks");
    let example = &operation["responses"]["200"]["content"]["application/json"]["examples"];
    assert_eq!(
        example["success"]["value"]["data"]["cdk"][0],
        "nozzapqOWJOCcWIX"
    );
    let status = &contract["components"]["schemas"]["CdkStatusFilter"];
    assert_eq!(status["enum"], serde_json::json!([1, 2, 3]));
    let minimum = &contract["components"]["schemas"]["CreateCdksRequest"]["properties"]["num"];
    assert_eq!(minimum["minimum"], 1);
    assert_eq!(
        contract["components"]["schemas"]["Cdk"]["additionalProperties"],
        Value::Bool(true)
    );
    let place = |text: &str| reply.body.find(text).unwrap();
    assert!(place("\"openapi\":") < place("\"info\":"));
    assert!(place("\"/api/cdk/list\":") < place("\"/api/cdk/info\":"));
}

#[test]
fn the_page_may_load_and_call_nothing_but_the_sandbox() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    let page = http.get("/");
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'; "));
    assert!(policy.contains("connect-src 'self'") && policy.contains("form-action 'none'"));
    assert!(!page.body.contains("http://") && !page.body.contains("https://"));
    let files: Vec<&str> = page
        .body
        .split('"')
        .filter(|text| text.starts_with('/'))
        .collect();
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        assert_eq!(http.get(file).status, 200, "{file}");
    }
}

#[test]
fn the_page_and_its_files_are_neither_logged_nor_limited_and_take_no_fault() {
    let sandbox = crate::support::builder()
        .rate_limit(Some(0.001))
        .fault(thordata_cdk_sandbox::Fault::on(
            thordata_cdk_sandbox::Operation::Any,
        ))
        .start_blocking()
        .unwrap();
    let mut http = Http::to(&sandbox);
    for _ in 0..3 {
        assert_eq!(http.get("/").status, 200);
        assert_eq!(http.get("/openapi.json").status, 200);
    }
    assert!(sandbox.requests().is_empty());
    let health = http.get("/_sandbox/health").json();
    assert_eq!(
        (health["served"].as_u64(), health["pending_faults"].as_u64()),
        (Some(0), Some(1))
    );
}

#[test]
fn the_page_finds_the_credentials_of_its_sandbox() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    let token = sandbox.admin_token();
    http.write(&format!(
        "GET /_sandbox/credentials HTTP/1.1\r\nhost: localhost\r\nx-sandbox-token: {token}\r\n\r\n"
    ));
    let reply = http.reply();
    assert_eq!(
        reply.json(),
        serde_json::json!({"token": "tok", "key": "key"})
    );
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_form_sent_to_the_page_by_mistake_answers_405() {
    let sandbox = start();
    let reply = Http::to(&sandbox).post("/", "flow=1&num=1");
    assert_eq!((reply.status, reply.code()), (405, 405));
    assert_eq!(reply.header("allow"), Some("GET,HEAD"));
}

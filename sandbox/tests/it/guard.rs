//! Who may ask: what a web page could send is refused, and the admin API wants its token.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::json;
use thordata_cdk_sandbox::Sandbox;

use crate::support::{Http, Reply, builder, start};

fn ask(http: &mut Http, request_line: &str, headers: &str, body: &str) -> Reply {
    let length = body.len();
    http.write(&format!(
        "{request_line} HTTP/1.1\r\n{headers}content-length: {length}\r\n\r\n{body}"
    ));
    http.reply()
}

/// The status of a list asked for with these headers, beside the credentials.
fn list(sandbox: &Sandbox, headers: &str) -> u16 {
    let headers = format!("token: tok\r\nkey: key\r\n{headers}");
    ask(&mut Http::to(sandbox), "GET /api/cdk/list", &headers, "").status
}

#[test]
fn a_host_that_is_not_this_machine_is_refused_everywhere() {
    let sandbox = start();
    let token = format!("x-sandbox-token: {}\r\n", sandbox.admin_token());
    for path in [
        "/",
        "/openapi.json",
        "/api/cdk/list",
        "/nothing",
        "/_sandbox/credentials",
        "/_sandbox/health",
        "/_sandbox/page/page.js",
    ] {
        let headers = format!("host: evil.example\r\n{token}");
        let reply = ask(
            &mut Http::to(&sandbox),
            &format!("GET {path}"),
            &headers,
            "",
        );
        assert_eq!(reply.status, 421, "{path}: {}", reply.body);
        assert!(!reply.body.contains("tok"), "{path}: {}", reply.body);
    }
    assert!(sandbox.requests().is_empty(), "a page fills no log");
    let absolute = "GET http://evil.example/api/cdk/list";
    let reply = ask(&mut Http::to(&sandbox), absolute, "host: localhost\r\n", "");
    assert_eq!(reply.status, 421);
}

#[test]
fn the_refusal_of_a_host_is_an_envelope_for_clients_and_says_why() {
    let reply = ask(
        &mut Http::to(&start()),
        "GET /api/cdk/list",
        "host: sandbox:4010\r\n",
        "",
    );
    let reason = "the Host header does not name this machine's loopback address: a sandbox that others reach by a \
                  name needs --host and --allow-host NAME";
    assert_eq!(
        reply.json(),
        json!({"code": 421, "data": {}, "msg": reason})
    );
    assert_eq!(reply.header("x-sandbox-reason"), Some(reason));
}

#[test]
fn only_loopback_names_are_served_unless_more_are_allowed() {
    let sandbox = start();
    for host in [
        "localhost",
        "LOCALHOST:1",
        "127.0.0.1:4010",
        "127.9.9.9",
        "[::1]:80",
        "[::1]",
    ] {
        assert_eq!(list(&sandbox, &format!("host: {host}\r\n")), 200, "{host}");
    }
    for host in [
        "localhost.evil.example",
        "evil.example:4010",
        "0.0.0.0:4010",
        "10.0.0.1",
        "[::]",
        "[::1",
        "[::1]evil.example",
        "[::1].evil.example:4010",
        "[::1]4010",
        "localhost:evil.example",
        "127.0.0.1:4010:evil.example",
        "127.0.0.1.nip.io",
        "",
        "sandbox",
    ] {
        assert_eq!(list(&sandbox, &format!("host: {host}\r\n")), 421, "{host}");
    }
    assert_eq!(list(&sandbox, ""), 421, "no Host");
    let twice = "host: localhost\r\nhost: evil.example\r\n";
    assert_eq!(list(&sandbox, twice), 421, "two of them");

    let container = builder()
        .host(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
        .allow_host("Sandbox")
        .start_blocking()
        .unwrap();
    assert!(container.base_url().starts_with("http://127.0.0.1:"));
    for host in [
        "sandbox:4010",
        "SANDBOX",
        "10.0.0.1",
        "0.0.0.0:4010",
        "localhost",
    ] {
        assert_eq!(
            list(&container, &format!("host: {host}\r\n")),
            200,
            "{host}"
        );
    }
    assert_eq!(list(&container, "host: evil.example\r\n"), 421);
    let credentials = ask(
        &mut Http::to(&container),
        "GET /_sandbox/credentials",
        "host: sandbox\r\n",
        "",
    );
    assert_eq!(credentials.status, 401);
}

#[test]
fn another_page_may_not_ask_and_the_own_page_may() {
    let sandbox = start();
    for headers in [
        "origin: http://evil.example\r\n",
        "origin: null\r\n",
        "origin: http://localhost:3000\r\n",
        "origin: http://localhost:4010.evil.example\r\n",
        "origin: localhost:4010\r\n",
        "origin: http://localhost:4010\r\norigin: http://evil.example\r\n",
        "sec-fetch-site: cross-site\r\n",
        "sec-fetch-site: same-site\r\nsec-fetch-mode: no-cors\r\n",
        "sec-fetch-site: cross-site\r\nsec-fetch-mode: navigate\r\n",
    ] {
        let headers = format!("host: localhost:4010\r\n{headers}");
        assert_eq!(list(&sandbox, &headers), 403, "{headers}");
    }
    for headers in [
        "origin: http://localhost:4010\r\nsec-fetch-site: same-origin\r\n",
        "origin: https://LOCALHOST:4010\r\n",
        "sec-fetch-site: same-origin\r\n",
        "sec-fetch-site: none\r\n",
    ] {
        let headers = format!("host: localhost:4010\r\n{headers}");
        assert_eq!(list(&sandbox, &headers), 200, "{headers}");
    }
    let link = "host: localhost\r\nsec-fetch-site: cross-site\r\nsec-fetch-mode: navigate\r\n";
    assert_eq!(ask(&mut Http::to(&sandbox), "GET /", link, "").status, 200);
    assert_eq!(
        ask(&mut Http::to(&sandbox), "POST /_sandbox/reset", link, "").status,
        403
    );
}

#[test]
fn every_admin_path_but_health_and_documents_wants_the_token() {
    let sandbox = start();
    sandbox.preload(1, 1);
    let mut http = Http::to(&sandbox);
    for request in [
        "GET /_sandbox/credentials",
        "POST /_sandbox/reset",
        "GET /_sandbox/vouchers",
        "POST /_sandbox/vouchers",
        "POST /_sandbox/redeem",
        "GET /_sandbox/clock",
        "POST /_sandbox/clock",
        "POST /_sandbox/settings",
        "GET /_sandbox/requests",
        "DELETE /_sandbox/requests",
        "GET /_sandbox/faults",
        "POST /_sandbox/faults",
        "DELETE /_sandbox/faults",
        "POST /_sandbox/commit_held",
    ] {
        for token in [
            "",
            "x-sandbox-token: sandbox-admin-\r\n",
            "x-sandbox-token: \r\n",
        ] {
            let headers = format!("host: localhost\r\ncontent-type: application/json\r\n{token}");
            let reply = ask(&mut http, request, &headers, "");
            assert_eq!(reply.status, 401, "{request}");
            assert_eq!(
                reply.json()["error"],
                "the header x-sandbox-token is missing or wrong: the sandbox prints it as \
                 THORDATA_CDK_SANDBOX_ADMIN_TOKEN when it starts"
            );
        }
    }
    assert_eq!(sandbox.voucher_count(), 1);
    for open in [
        "/_sandbox/health",
        "/_sandbox/openapi.yaml",
        "/_sandbox/page/page.js",
    ] {
        assert_eq!(http.get(open).status, 200, "{open}");
    }
}

#[test]
fn the_token_is_made_up_at_each_start_even_with_a_seed() {
    let (one, other) = (start(), start());
    assert_ne!(one.admin_token(), other.admin_token());
    assert_eq!(one.admin_token().len(), "sandbox-admin-".len() + 32);
    let named = builder().admin_token("mine").start_blocking().unwrap();
    assert_eq!(named.admin_token(), "mine");
    let error = builder().admin_token("").start_blocking().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the admin token must be visible ASCII characters, at least one"
    );
}

#[test]
fn an_admin_body_must_be_declared_as_json() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    let mut send = |content_type: &str| {
        let token = sandbox.admin_token();
        let headers = format!("host: localhost\r\nx-sandbox-token: {token}\r\n{content_type}");
        ask(
            &mut http,
            "POST /_sandbox/vouchers",
            &headers,
            r#"{"count":1}"#,
        )
        .status
    };
    assert_eq!(send(""), 415);
    assert_eq!(send("content-type: text/plain\r\n"), 415);
    assert_eq!(
        send("content-type: application/x-www-form-urlencoded\r\n"),
        415
    );
    assert_eq!(send("content-type: application/jsonp\r\n"), 415);
    assert_eq!(send("content-type: application/json\r\n"), 200);
    assert_eq!(
        send("content-type: Application/JSON; charset=utf-8\r\n"),
        200
    );
    assert_eq!(sandbox.voucher_count(), 2);
}

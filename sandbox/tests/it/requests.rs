//! How parameters may come in, and what the log keeps of them.

use thordata_cdk_sandbox::Operation;

use crate::support::{Http, builder, post, start};

const HEAD: &str = "HTTP/1.1\r\nhost: localhost\r\ntoken: tok\r\nkey: key\r\n";

#[test]
fn bodies_may_be_forms_or_json_with_numbers_or_strings() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    for (content_type, body) in [
        ("application/x-www-form-urlencoded", "flow=3&num=2"),
        (
            "application/x-www-form-urlencoded; charset=utf-8",
            "num=2&flow=3&extra=1",
        ),
        ("application/json", r#"{"flow":3,"num":2}"#),
        (
            "Application/JSON; charset=utf-8",
            r#"{"num":"2","flow":"3","extra":null}"#,
        ),
    ] {
        http.write(&post("/api/cdk/create", content_type, body));
        assert_eq!(http.reply().codes().len(), 2, "{content_type}");
    }
    assert!(
        sandbox
            .vouchers()
            .iter()
            .all(|voucher| voucher.traffic == 3)
    );
}

#[test]
fn parameters_that_the_contract_does_not_know_are_ignored() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    for (content_type, body) in [
        (
            "application/x-www-form-urlencoded",
            "a=1&flow=3&a=2&num=2&=&%FF=%FF",
        ),
        ("application/json", r#"{"a":[1],"flow":3,"a":{},"num":2}"#),
    ] {
        http.write(&post("/api/cdk/create", content_type, body));
        assert_eq!(http.reply().codes().len(), 2, "{content_type}");
    }
}

#[test]
fn a_chunked_body_is_understood() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    http.write(&format!(
        "POST /api/cdk/create {HEAD}content-type: application/x-www-form-urlencoded\r\n\
         transfer-encoding: chunked\r\n\r\n7\r\nflow=3&\r\n5\r\nnum=2\r\n0\r\n\r\n"
    ));
    assert_eq!(http.reply().codes().len(), 2);
    let request = sandbox.requests().remove(0);
    assert_eq!(
        (request.body.as_slice(), request.complete),
        (b"flow=3&num=2".as_slice(), true)
    );
}

#[test]
fn a_get_parameter_may_come_in_the_body_or_both_ways() {
    let sandbox = start();
    let code = sandbox.preload(1, 1).remove(0);
    let mut http = Http::to(&sandbox);
    let mut get = |query: &str, content_type: &str, body: &str| {
        let length = body.len();
        http.write(&format!(
            "GET /api/cdk/info{query} {HEAD}content-type: {content_type}\r\n\
             content-length: {length}\r\n\r\n{body}"
        ));
        http.reply().code()
    };
    let form = "application/x-www-form-urlencoded";
    let pair = format!("cdk={code}");
    assert_eq!(get("", form, &pair), 200);
    assert_eq!(
        get("", "application/json", &format!(r#"{{"cdk":"{code}"}}"#)),
        200
    );
    assert_eq!(get(&format!("?{pair}"), form, &pair), 200);
    assert_eq!(get(&format!("?{pair}"), form, "cdk=another"), 10000);
}

#[test]
fn parameters_of_a_post_are_not_taken_from_the_query() {
    let sandbox = start();
    assert_eq!(
        Http::to(&sandbox)
            .post("/api/cdk/create?flow=3&num=2", "")
            .code(),
        10000
    );
}

#[test]
fn the_log_shows_what_came_in_and_which_request_created_a_voucher() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    http.get("/api/cdk/list?status=1");
    http.create(3, 1);
    http.get("/elsewhere?a=b");
    let log = sandbox.requests();
    let seen: Vec<_> = log
        .iter()
        .map(|request| {
            let query = request.query.as_deref();
            (
                request.id,
                request.operation,
                request.method.as_str(),
                request.path.as_str(),
                query,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (
                1,
                Some(Operation::List),
                "GET",
                "/api/cdk/list",
                Some("status=1")
            ),
            (2, Some(Operation::Create), "POST", "/api/cdk/create", None),
            (3, None, "GET", "/elsewhere", Some("a=b")),
        ]
    );
    assert!(
        log.iter()
            .all(|request| request.complete && !request.faulted)
    );
    assert_eq!(log[1].body, b"flow=3&num=1");
    assert_eq!(log[1].header("token"), Some("tok"));
    assert_eq!(
        log[1].header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(log[1].received_at, 1_748_332_399);
    assert_eq!(sandbox.vouchers()[0].request_id, 2);
}

#[test]
fn the_log_keeps_only_the_newest_requests() {
    let sandbox = builder().log_capacity(2).start_blocking().unwrap();
    let mut http = Http::to(&sandbox);
    for _ in 0..5 {
        http.get("/api/cdk/list");
    }
    let ids: Vec<u64> = sandbox
        .requests()
        .iter()
        .map(|request| request.id)
        .collect();
    assert_eq!(ids, [4, 5]);
}

#[test]
fn the_log_keeps_so_many_bytes_however_few_requests_they_are() {
    let sandbox = builder().log_bytes(100_000).start_blocking().unwrap();
    let mut http = Http::to(&sandbox);
    let ids = || -> Vec<u64> { sandbox.requests().iter().map(|logged| logged.id).collect() };
    for _ in 0..5 {
        http.post("/api/cdk/create", &"x".repeat(40_000));
    }
    assert_eq!(ids(), [4, 5]);
    http.post("/api/cdk/create", &"x".repeat(70_000));
    assert_eq!(ids(), [6], "64 KiB of it are kept");
    http.get(&format!("/api/cdk/list?{}", "x".repeat(50_000)));
    assert_eq!(ids(), [7], "a query counts, too");
    sandbox.clear_requests();
    http.get("/api/cdk/list");
    assert_eq!(ids(), [8]);
}

#[test]
fn a_request_whose_body_breaks_off_is_logged_but_not_carried_out() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    let whole = post(
        "/api/cdk/create",
        "application/x-www-form-urlencoded",
        "flow=3&num=20",
    );
    http.write(whole.strip_suffix('0').unwrap());
    drop(http);
    crate::support::until(|| {
        sandbox
            .requests()
            .first()
            .is_some_and(|first| !first.body.is_empty())
    });
    let request = sandbox.requests().remove(0);
    assert_eq!(
        (request.body.as_slice(), request.complete),
        (b"flow=3&num=2".as_slice(), false)
    );
    assert!(sandbox.vouchers().is_empty());
}

#[test]
fn debug_forms_show_no_code_and_no_credential() {
    let sandbox = builder()
        .credentials("secret-token", "secret-key")
        .start_blocking()
        .unwrap();
    let code = sandbox.preload(1, 1).remove(0);
    Http::to(&sandbox).get(&format!("/api/cdk/info?cdk={code}"));
    let shown = format!(
        "{sandbox:?} {:?} {:?} {:?} {:?}",
        sandbox.credentials(),
        sandbox.vouchers(),
        sandbox.requests(),
        builder().credentials("secret-token", "secret-key"),
    );
    assert!(
        !shown.contains(&code) && !shown.contains("secret"),
        "{shown}"
    );
    assert!(
        shown.contains(&format!("{}…{}", &code[..2], &code[14..])),
        "{shown}"
    );
}

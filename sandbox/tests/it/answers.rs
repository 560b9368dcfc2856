//! What a fault lets the client see, byte by byte.

use std::time::Duration;

use serde_json::json;
use thordata_cdk_sandbox::{AfterReply, Answer, Commit, Fault, Operation};

use crate::support::{End, Http, post, start};

/// Injects a committing fault, sends a create over a new connection, and shows what came back and
/// whether the server goes on serving.
fn seen_of(fault: Fault, silence_is_an_end: bool) -> (String, End, usize) {
    let sandbox = start();
    sandbox.inject(fault.commit(Commit::Yes));
    let mut http = Http::to(&sandbox);
    http.write(&post(
        "/api/cdk/create",
        "application/x-www-form-urlencoded",
        "flow=3&num=2",
    ));
    let (text, end) = http.rest(silence_is_an_end);
    assert_eq!(Http::to(&sandbox).get("/api/cdk/list").code(), 200);
    assert_eq!(sandbox.pending_faults(), 0);
    (text, end, sandbox.vouchers().len())
}

fn answered(answer: Answer) -> (String, End, usize) {
    seen_of(Fault::on(Operation::Create).answer(answer), false)
}

const HEAD: &str = "HTTP/1.1 200 OK\r\ndate: Tue, 27 May 2025 07:53:19 GMT\r\n";

#[test]
fn close_ends_with_a_fin_and_nothing_else() {
    assert_eq!(answered(Answer::Close), (String::new(), End::Fin, 2));
}

#[test]
fn reset_ends_with_a_rst_and_nothing_else() {
    assert_eq!(answered(Answer::Reset), (String::new(), End::Reset, 2));
}

#[test]
fn hang_is_silent_until_its_time_is_up() {
    let forever = Fault::on(Operation::Create).answer(Answer::Hang(None));
    assert_eq!(seen_of(forever, true), (String::new(), End::Silence, 2));
    let short = Answer::Hang(Some(Duration::from_millis(20)));
    assert_eq!(answered(short), (String::new(), End::Fin, 2));
}

#[test]
fn half_a_status_line_can_end_with_a_fin_a_rst_or_not_at_all() {
    let half = || Fault::on(Operation::Create).answer(Answer::HalfStatusLine);
    let text = || String::from("HTTP/1.1 2");
    assert_eq!(seen_of(half(), false), (text(), End::Fin, 2));
    assert_eq!(
        seen_of(half().then(AfterReply::Reset), false),
        (text(), End::Reset, 2)
    );
    assert_eq!(
        seen_of(half().then(AfterReply::Hang), true),
        (text(), End::Silence, 2)
    );
}

#[test]
fn half_the_headers_stop_in_the_middle_of_a_name() {
    assert_eq!(
        answered(Answer::HalfHeaders),
        (format!("{HEAD}content-ty"), End::Fin, 2)
    );
}

#[test]
fn a_garbage_status_line_is_not_http() {
    let garbage = String::from("BANANA/9.9 what?\r\n\r\n");
    assert_eq!(answered(Answer::GarbageStatusLine), (garbage, End::Fin, 2));
}

#[test]
fn a_103_is_followed_by_no_answer() {
    let hints = "HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n";
    assert_eq!(
        answered(Answer::Informational103),
        (hints.to_owned(), End::Fin, 2)
    );
}

/// The seeded codes' reply.
const BODY: &str =
    r#"{"code":200,"data":{"cdk":["g7Ks0ZqiOKA39iFr","7CVE0rSzFBh3hXnu"]},"msg":"ok"}"#;

fn with(framing: &str, body: &str) -> (String, End, usize) {
    let text = format!("{HEAD}content-type: application/json\r\n{framing}\r\n\r\n{body}");
    (text, End::Fin, 2)
}

#[test]
fn half_a_body_comes_under_the_whole_length() {
    assert_eq!(
        answered(Answer::HalfBody),
        with("content-length: 78", &BODY[..39])
    );
    let (text, end, _) = seen_of(
        Fault::on(Operation::Create)
            .answer(Answer::HalfBody)
            .then(AfterReply::Reset),
        false,
    );
    assert!(text.ends_with(&BODY[..39]));
    assert_eq!(end, End::Reset);
}

#[test]
fn a_wrong_content_length_is_announced_as_given() {
    assert_eq!(
        answered(Answer::WrongContentLength(90)),
        with("content-length: 90", BODY)
    );
    assert_eq!(
        answered(Answer::WrongContentLength(10)),
        with("content-length: 10", BODY)
    );
}

#[test]
fn chunked_bodies_end_within_a_chunk_or_without_the_last_one() {
    let chunked = "transfer-encoding: chunked";
    let (cut, whole) = (
        format!("4e\r\n{}", &BODY[..39]),
        format!("4e\r\n{BODY}\r\n"),
    );
    assert_eq!(answered(Answer::ChunkedTruncated), with(chunked, &cut));
    assert_eq!(answered(Answer::ChunkedUnended), with(chunked, &whole));
}

#[test]
fn a_body_without_a_length_is_cut_without_a_trace() {
    let seen = answered(Answer::CloseDelimitedTruncated);
    assert_eq!(seen, with("connection: close", &BODY[..39]));
}

#[test]
fn raw_bytes_go_out_as_they_are() {
    let raw = Answer::Raw(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec());
    assert_eq!(
        answered(raw),
        (String::from("SSH-2.0-OpenSSH_9.2\r\n"), End::Fin, 2)
    );
}

#[test]
fn a_stale_408_follows_the_whole_answer() {
    let (text, end, count) = seen_of(
        Fault::on(Operation::Create).then(AfterReply::Stale408),
        false,
    );
    let stale = "HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    assert_eq!((text, end, count), {
        let (whole, end, count) = with("content-length: 78", BODY);
        (whole + stale, end, count)
    });
}

#[test]
fn a_code_comes_as_the_vendors_envelope_and_keeps_the_connection() {
    let sandbox = start();
    sandbox.inject(Fault::refuse(
        Operation::Create,
        10011,
        "frequent operations",
    ));
    let mut http = Http::to(&sandbox);
    let reply = http.create(3, 2);
    assert_eq!(reply.status, 200);
    assert_eq!(
        reply.json(),
        json!({"code": 10011, "data": {}, "msg": "frequent operations"})
    );
    assert!(sandbox.vouchers().is_empty());
    assert_eq!(http.create(3, 2).code(), 200);
}

#[test]
fn a_status_comes_with_its_own_body_type_and_headers() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    sandbox.inject(Fault::gateway_error(Operation::List, 502));
    let reply = http.get("/api/cdk/list");
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (502, Some("text/html"))
    );
    assert_eq!(reply.body, "<html><body><h1>502</h1></body></html>");
    sandbox.inject(Fault::redirect(
        Operation::Create,
        307,
        "http://127.0.0.1:9/",
    ));
    let reply = http.create(3, 2);
    assert_eq!(
        (reply.status, reply.header("location")),
        (307, Some("http://127.0.0.1:9/"))
    );
    sandbox.inject(Fault::on(Operation::Any).answer(Answer::Status {
        status: 429,
        content_type: "application/json".into(),
        body: "{}".into(),
        headers: vec![("Retry-After".into(), "7".into())],
    }));
    let reply = http.create(3, 2);
    assert_eq!(
        (reply.status, reply.header("retry-after")),
        (429, Some("7"))
    );
    assert!(sandbox.vouchers().is_empty());
}

#[test]
fn every_status_from_100_to_999_can_be_answered() {
    let sandbox = start();
    let list = "GET /api/cdk/list HTTP/1.1\r\nhost: localhost\r\ntoken: tok\r\nkey: key\r\n\r\n";
    for status in [100, 101, 102, 199] {
        sandbox.inject(Fault::gateway_error(Operation::List, status));
        let mut http = Http::to(&sandbox);
        http.write(list);
        let (text, end) = http.rest(false);
        assert!(text.starts_with(&format!("HTTP/1.1 {status} ")), "{text}");
        assert_eq!(end, End::Fin);
    }
    let mut http = Http::to(&sandbox);
    for status in [200, 299, 599, 600, 999] {
        sandbox.inject(Fault::gateway_error(Operation::List, status));
        assert_eq!(http.get("/api/cdk/list").status, status);
    }
}

#[test]
fn create_replies_can_name_other_codes_than_were_made() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    let mut codes = |answer: Answer| {
        sandbox.inject(Fault::on(Operation::Create).answer(answer));
        let named = http.create(1, 3).codes();
        let made: Vec<String> = sandbox
            .vouchers()
            .into_iter()
            .map(|made| made.code)
            .collect();
        (named, made[made.len() - 3..].to_vec())
    };
    let (named, made) = codes(Answer::FewerCodes(1));
    assert_eq!(named, made[..2]);
    let (named, made) = codes(Answer::MoreCodes(2));
    assert_eq!((&named[..3], named.len()), (&made[..], 5));
    assert!(sandbox.voucher(&named[4]).is_none());
    let (named, made) = codes(Answer::DuplicateCodes);
    assert_eq!(named, [made[0].as_str(), &made[1], &made[0]]);
}

#[test]
fn success_can_come_with_any_data() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    for (answer, body) in [
        (Answer::EmptyData, r#"{"code":200,"data":{},"msg":"ok"}"#),
        (Answer::EmptyList, r#"{"code":200,"data":[],"msg":"ok"}"#),
        (Answer::NullData, r#"{"code":200,"data":null,"msg":"ok"}"#),
        (Answer::NoData, r#"{"code":200,"msg":"ok"}"#),
    ] {
        sandbox.inject(Fault::on(Operation::Any).answer(answer));
        assert_eq!(http.create(1, 1).body, body);
    }
    assert_eq!(sandbox.vouchers().len(), 4);
}

#[test]
fn lists_can_be_stale_or_shrink() {
    let sandbox = start();
    let codes = sandbox.preload(3, 1);
    let mut http = Http::to(&sandbox);
    let mut listed = |answer: Answer| -> Vec<String> {
        sandbox.inject(Fault::on(Operation::List).answer(answer));
        let data = http.get("/api/cdk/list").json()["data"].clone();
        let items = data.as_array().unwrap();
        items
            .iter()
            .map(|item| item["cdk"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(listed(Answer::StaleByNewest(1)), codes[..2]);
    assert_eq!(listed(Answer::ShrunkByOldest(2)), codes[2..]);
    assert!(listed(Answer::StaleByNewest(9)).is_empty());
    assert!(listed(Answer::ShrunkByOldest(9)).is_empty());
    assert_eq!(listed(Answer::Normal), codes);
}

#[test]
fn latency_comes_between_the_commit_and_the_answer() {
    let sandbox = start();
    sandbox.inject(Fault::slow(Operation::Create, Duration::from_millis(300)));
    let mut http = Http::to(&sandbox);
    let start = std::time::Instant::now();
    http.write(&post(
        "/api/cdk/create",
        "application/x-www-form-urlencoded",
        "flow=1&num=1",
    ));
    crate::support::until(|| sandbox.vouchers().len() == 1);
    assert_eq!(http.reply().code(), 200);
    assert!(start.elapsed() >= Duration::from_millis(300));
}

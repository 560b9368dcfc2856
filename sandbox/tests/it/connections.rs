//! What happens to a socket: at accept, before, in and after a request.

use std::time::Duration;

use thordata_cdk_sandbox::{AfterReply, Answer, Commit, Fault, Operation, Read, Sandbox};

use crate::support::{End, Http, post, start, until};

const FORM: &str = "application/x-www-form-urlencoded";

fn send_create(sandbox: &Sandbox) -> Http {
    let mut http = Http::to(sandbox);
    http.write(&post("/api/cdk/create", FORM, "flow=3&num=2"));
    http
}

#[test]
fn a_connection_serves_many_requests() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    for _ in 0..100 {
        assert_eq!(http.create(1, 1).code(), 200);
    }
    assert_eq!(sandbox.vouchers().len(), 100);
}

#[test]
fn a_connection_can_be_reset_or_closed_at_accept() {
    let sandbox = start();
    sandbox.inject(Fault::refuse_connection().skip(1));
    sandbox.inject(Fault::on(Operation::Connect).answer(Answer::Close).skip(1));
    let mut first = Http::to(&sandbox);
    assert_eq!(first.get("/api/cdk/list").code(), 200);
    assert_eq!(Http::to(&sandbox).rest(false), (String::new(), End::Reset));
    assert_eq!(Http::to(&sandbox).rest(false), (String::new(), End::Fin));
    assert_eq!(Http::to(&sandbox).get("/api/cdk/list").code(), 200);
    assert_eq!(first.get("/api/cdk/list").code(), 200);
    assert_eq!(sandbox.requests().len(), 3);
}

#[test]
fn a_connection_can_speak_before_it_is_asked() {
    let sandbox = start();
    let raw = Answer::Raw(b"220 mail\r\n".to_vec());
    sandbox.inject(Fault::on(Operation::Connect).answer(raw));
    assert_eq!(
        Http::to(&sandbox).rest(false),
        (String::from("220 mail\r\n"), End::Fin)
    );
}

#[test]
fn a_connection_can_hang_unread() {
    let sandbox = start();
    sandbox.inject(Fault::on(Operation::Connect).answer(Answer::Hang(None)));
    let mut http = send_create(&sandbox);
    assert_eq!(http.rest(true), (String::new(), End::Silence));
    drop(http);
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_request_that_was_read_late_is_carried_out_though_its_client_has_left() {
    let sandbox = start();
    sandbox.inject(Fault::on(Operation::Connect).commit(Commit::Held));
    drop(send_create(&sandbox));
    until(|| sandbox.pending_faults() == 0);
    assert!(sandbox.requests().is_empty());
    sandbox.commit_held();
    until(|| sandbox.vouchers().len() == 2);
    assert!(sandbox.requests()[0].complete);
}

#[test]
fn a_connection_that_is_held_over_a_reset_is_closed_and_carries_nothing_out() {
    let sandbox = start();
    sandbox.inject(Fault::on(Operation::Connect).commit(Commit::Held));
    let mut http = send_create(&sandbox);
    until(|| sandbox.pending_faults() == 0);
    sandbox.reset();
    sandbox.commit_held();
    let (text, end) = http.rest(false);
    assert_eq!(text, "");
    assert_ne!(end, End::Silence);
    assert!(sandbox.requests().is_empty() && sandbox.vouchers().is_empty());
}

#[test]
fn a_connection_can_be_read_after_a_while() {
    let sandbox = start();
    let latency = Duration::from_millis(50);
    sandbox.inject(Fault::on(Operation::Connect).latency(latency));
    let start = std::time::Instant::now();
    assert_eq!(send_create(&sandbox).reply().code(), 200);
    assert!(start.elapsed() >= latency);
}

#[test]
fn a_first_request_can_be_reset_without_being_read() {
    let sandbox = start();
    sandbox.inject(
        Fault::on(Operation::Create)
            .read(Read::Nothing)
            .answer(Answer::Reset),
    );
    assert_eq!(Http::to(&sandbox).get("/api/cdk/list").code(), 200);
    assert_eq!(
        send_create(&sandbox).rest(false),
        (String::new(), End::Reset)
    );
    assert_eq!(sandbox.requests().len(), 1);
    assert_eq!(send_create(&sandbox).reply().code(), 200);
}

#[test]
fn a_later_request_that_is_not_to_be_read_is_logged_without_its_body() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    assert_eq!(http.create(1, 1).code(), 200);
    sandbox.inject(
        Fault::on(Operation::Create)
            .read(Read::Nothing)
            .answer(Answer::Close),
    );
    http.write(&post("/api/cdk/create", FORM, "flow=3&num=2"));
    assert_eq!(http.rest(false), (String::new(), End::Fin));
    let request = sandbox.requests().remove(1);
    assert_eq!((request.body.len(), request.complete), (0, false));
}

#[test]
fn a_head_without_its_body_is_enough_to_reset() {
    let sandbox = start();
    let fault = Fault::on(Operation::Create)
        .read(Read::Head)
        .commit(Commit::Yes);
    sandbox.inject(fault.answer(Answer::Reset));
    let mut http = Http::to(&sandbox);
    let whole = post("/api/cdk/create", FORM, "flow=3&num=2");
    http.write(whole.strip_suffix("flow=3&num=2").unwrap());
    assert_eq!(http.rest(false), (String::new(), End::Reset));
    let request = sandbox.requests().remove(0);
    assert_eq!((request.body.len(), request.complete), (0, false));
    assert!(sandbox.vouchers().is_empty());
}

#[test]
fn half_a_body_is_enough_to_close() {
    let sandbox = start();
    let fault = Fault::on(Operation::Create)
        .read(Read::Half)
        .commit(Commit::Yes);
    sandbox.inject(fault.answer(Answer::Close).times(2));
    let mut http = Http::to(&sandbox);
    let whole = post("/api/cdk/create", FORM, "flow=3&num=2");
    http.write(whole.strip_suffix("&num=2").unwrap());
    assert_eq!(http.rest(false), (String::new(), End::Fin));
    assert_eq!(send_create(&sandbox).rest(false), (String::new(), End::Fin));
    for request in sandbox.requests() {
        assert_eq!(
            (request.body.as_slice(), request.complete),
            (b"flow=3".as_slice(), false)
        );
    }
    assert!(sandbox.vouchers().is_empty());
}

#[test]
fn half_a_body_that_is_a_valid_order_is_not_carried_out() {
    let sandbox = start();
    sandbox.inject(
        Fault::on(Operation::Create)
            .read(Read::Half)
            .commit(Commit::Yes),
    );
    let mut http = Http::to(&sandbox);
    http.write(&post("/api/cdk/create", FORM, "num=1&flow=1000000000000"));
    http.reply();
    assert_eq!(sandbox.requests()[0].body, b"num=1&flow=1");
    assert!(sandbox.vouchers().is_empty());
}

#[test]
fn a_kept_connection_can_end_unannounced_after_a_whole_answer() {
    let sandbox = start();
    for (then, end) in [
        (AfterReply::Close, End::Fin),
        (AfterReply::Reset, End::Reset),
    ] {
        sandbox.inject(Fault::on(Operation::List).then(then));
        let mut http = Http::to(&sandbox);
        http.write(
            "GET /api/cdk/list HTTP/1.1\r\nhost: localhost\r\ntoken: tok\r\nkey: key\r\n\r\n",
        );
        let (text, seen) = http.rest(false);
        assert!(text.ends_with(r#"{"code":200,"data":[],"msg":"ok"}"#));
        assert!(!text.contains("connection: close"));
        assert_eq!(seen, end);
    }
}

#[test]
fn a_client_that_stops_writing_still_gets_its_answer() {
    let sandbox = start();
    let mut http = send_create(&sandbox);
    http.stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(http.reply().code(), 200);
    assert_eq!(http.rest(false), (String::new(), End::Fin));
}

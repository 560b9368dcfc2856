//! Whether and when a faulty request is carried out, and which requests a fault takes.

use std::time::Duration;

use thordata_cdk_sandbox::{Answer, Commit, Fault, Operation, Sandbox, Voucher};

use crate::support::{End, Http, builder, post, start, statuses, until};

fn on_create(commit: Commit) -> Fault {
    Fault::on(Operation::Create).commit(commit)
}

/// Sends an order whose answer gets lost.
fn lost_order(sandbox: &Sandbox, num: u32) {
    let mut http = Http::to(sandbox);
    let form = format!("flow=3&num={num}");
    http.write(&post(
        "/api/cdk/create",
        "application/x-www-form-urlencoded",
        &form,
    ));
    assert_eq!(http.rest(false), (String::new(), End::Fin));
}

/// How many vouchers a list shows.
fn listed(sandbox: &Sandbox) -> usize {
    Http::to(sandbox).get("/api/cdk/list").json()["data"]
        .as_array()
        .unwrap()
        .len()
}

#[test]
fn commit_then_drop_buys_and_drop_before_commit_does_not() {
    let sandbox = start();
    sandbox.inject(Fault::drop_before_commit(Operation::Create));
    sandbox.inject(Fault::commit_then_drop(Operation::Create));
    lost_order(&sandbox, 2);
    assert_eq!(
        (sandbox.vouchers().len(), sandbox.balance()),
        (0, 1_000_000)
    );
    lost_order(&sandbox, 2);
    assert_eq!((sandbox.vouchers().len(), sandbox.balance()), (2, 999_994));
    assert_eq!(sandbox.vouchers()[0].request_id, 2);
}

#[test]
fn by_default_a_fault_commits_only_if_the_client_gets_a_whole_success() {
    let sandbox = start();
    sandbox.inject(Fault::on(Operation::Create).answer(Answer::Close));
    lost_order(&sandbox, 1);
    let mut http = Http::to(&sandbox);
    sandbox.inject(Fault::on(Operation::Create).answer(Answer::Code {
        code: 1,
        msg: "".into(),
    }));
    http.create(1, 1);
    assert_eq!(sandbox.vouchers().len(), 0);
    sandbox.inject(Fault::on(Operation::Create).answer(Answer::FewerCodes(1)));
    http.create(1, 1);
    assert_eq!(sandbox.vouchers().len(), 1);
}

#[test]
fn a_success_without_a_commit_is_false() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    sandbox.inject(on_create(Commit::No));
    let codes = http.create(1, 2).codes();
    assert_eq!((codes.len(), sandbox.vouchers().len()), (2, 0));
    for code in &codes {
        let letters = code.bytes().filter(u8::is_ascii_alphanumeric).count();
        assert_eq!((code.len(), letters), (16, 16), "{code}");
    }
    assert_ne!(codes[0], codes[1]);
    let code = http.create(1, 1).codes().remove(0);
    sandbox.inject(Fault::on(Operation::Revoke).commit(Commit::No));
    assert_eq!(
        http.post("/api/cdk/revoke", &format!("cdk={code}")).code(),
        200
    );
    assert_eq!(statuses(&sandbox), [1]);
}

#[test]
fn twice_makes_two_copies_and_answers_with_the_second() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    sandbox.inject(on_create(Commit::Twice));
    let named = http.create(3, 2).codes();
    let made: Vec<String> = sandbox
        .vouchers()
        .into_iter()
        .map(|made| made.code)
        .collect();
    assert_eq!(
        (made.len(), &made[2..], sandbox.balance()),
        (4, &named[..], 999_988)
    );
    sandbox.inject(Fault::on(Operation::Revoke).commit(Commit::Twice));
    assert_eq!(
        http.post("/api/cdk/revoke", &format!("cdk={}", named[0]))
            .code(),
        10000
    );
    assert_eq!(statuses(&sandbox), [1, 1, 3, 1]);
}

#[test]
fn some_makes_only_so_many() {
    let sandbox = start();
    sandbox.inject(on_create(Commit::Some(2)));
    assert_eq!(Http::to(&sandbox).create(3, 5).codes().len(), 2);
    assert_eq!((sandbox.vouchers().len(), sandbox.balance()), (2, 999_994));
}

#[test]
fn vouchers_can_come_out_over_several_lists() {
    let sandbox = start();
    sandbox.inject(on_create(Commit::PerList(2)).answer(Answer::Close));
    lost_order(&sandbox, 5);
    let seen: Vec<usize> = (0..4).map(|_| listed(&sandbox)).collect();
    assert_eq!(seen, [2, 4, 5, 5]);
    assert!(
        sandbox
            .vouchers()
            .iter()
            .all(|voucher| voucher.request_id == 1)
    );
}

#[test]
fn vouchers_can_come_out_over_a_time() {
    let sandbox = start();
    sandbox.inject(on_create(Commit::Spread(Duration::from_millis(60))));
    let codes = Http::to(&sandbox).create(1, 3).codes();
    until(|| sandbox.vouchers().len() == 3);
    let made: Vec<String> = sandbox
        .vouchers()
        .into_iter()
        .map(|made| made.code)
        .collect();
    assert_eq!(made, codes);
}

#[test]
fn a_commit_can_come_later_though_the_client_has_left() {
    let sandbox = start();
    let later = Commit::Later(Duration::from_millis(100));
    sandbox.inject(on_create(later).answer(Answer::Hang(None)));
    let mut http = Http::to(&sandbox);
    http.write(&post(
        "/api/cdk/create",
        "application/x-www-form-urlencoded",
        "flow=1&num=1",
    ));
    until(|| sandbox.pending_commits() == 1);
    drop(http);
    assert_eq!(sandbox.vouchers().len(), 0);
    until(|| sandbox.vouchers().len() == 1);
    assert_eq!(sandbox.pending_commits(), 0);
}

#[test]
fn a_commit_can_stay_hidden_from_a_number_of_lists() {
    let sandbox = start();
    sandbox.inject(on_create(Commit::AfterLists(2)).answer(Answer::Close));
    lost_order(&sandbox, 3);
    assert_eq!(sandbox.vouchers().len(), 0);
    let seen: Vec<usize> = (0..4).map(|_| listed(&sandbox)).collect();
    assert_eq!(seen, [0, 0, 3, 3]);
}

#[test]
fn a_held_commit_waits_to_be_released() {
    let sandbox = start();
    let codes = sandbox.preload(1, 1);
    sandbox.inject(on_create(Commit::Held).answer(Answer::Close));
    lost_order(&sandbox, 2);
    sandbox.inject(Fault::on(Operation::Revoke).commit(Commit::Held));
    let form = format!("cdk={}", codes[0]);
    assert_eq!(
        Http::to(&sandbox).post("/api/cdk/revoke", &form).code(),
        200
    );
    assert_eq!((listed(&sandbox), statuses(&sandbox)), (1, vec![1]));
    sandbox.set_now(1_748_400_000);
    assert_eq!(sandbox.commit_held(), 2);
    assert_eq!(statuses(&sandbox), [3, 1, 1]);
    assert_eq!(sandbox.vouchers()[1].create_time, 1_748_400_000);
    assert_eq!(sandbox.commit_held(), 0);
}

#[test]
fn a_promised_voucher_whose_code_was_taken_meanwhile_is_not_charged() {
    let sandbox = start();
    sandbox.inject(on_create(Commit::Held));
    let codes = Http::to(&sandbox).create(3, 2).codes();
    assert!(sandbox.insert(Voucher::new(codes[0].as_str(), 9, 1)));
    assert_eq!(sandbox.commit_held(), 1);
    assert_eq!((sandbox.vouchers().len(), sandbox.balance()), (2, 999_997));
}

#[test]
fn a_fault_skips_requests_and_then_happens_as_often_as_set() {
    let sandbox = start();
    sandbox.inject(
        Fault::refuse(Operation::Create, 10009, "purchase failed")
            .skip(1)
            .times(2),
    );
    let mut http = Http::to(&sandbox);
    let mut codes = Vec::new();
    for _ in 0..4 {
        codes.push(http.create(1, 1).code());
        assert_eq!(http.get("/api/cdk/list").code(), 200);
    }
    assert_eq!(codes, [200, 10009, 10009, 200]);
    assert_eq!(sandbox.pending_faults(), 0);
}

#[test]
fn faults_queue_up_and_can_be_cleared() {
    let sandbox = start();
    sandbox.inject(Fault::refuse(Operation::Create, 1, ""));
    sandbox.inject(Fault::refuse(Operation::Any, 2, ""));
    sandbox.inject(Fault::refuse(Operation::List, 3, "").always());
    let mut http = Http::to(&sandbox);
    assert_eq!(http.create(1, 1).code(), 1);
    assert_eq!(http.get("/api/cdk/list").code(), 2);
    assert_eq!(http.get("/api/cdk/list").code(), 3);
    assert_eq!(http.get("/api/cdk/list").code(), 3);
    assert_eq!(sandbox.pending_faults(), 1);
    sandbox.clear_faults();
    assert_eq!(http.get("/api/cdk/list").code(), 200);
    let faulted: Vec<bool> = sandbox
        .requests()
        .iter()
        .map(|request| request.faulted)
        .collect();
    assert_eq!(faulted, [true, true, true, true, false]);
}

#[test]
fn a_fault_on_a_refused_request_commits_nothing() {
    let sandbox = builder().balance(0).start_blocking().unwrap();
    sandbox.inject(Fault::commit_then_drop(Operation::Create));
    lost_order(&sandbox, 1);
    assert_eq!(sandbox.vouchers().len(), 0);
}

//! The process dies in the middle of an order.

use std::collections::BTreeSet;

use thordata_cdk_sandbox::{Answer, Commit, Fault, Operation};

use crate::support::{Shop, until};

// A short time limit: a purchase whose process died is in doubt soon.
const ORDER: &str = "create --order big --traffic 1 --count 5000 --chunk 250 --label big --out codes.txt --yes \
                     --exclusive --timeout 2s";
const RESUME: &str = "create --resume big --yes --window 1s --timeout 2s";

/// Everything that was ordered is in the file once, and nothing else was bought.
#[track_caller]
fn holds_every_code_once(shop: &Shop, count: usize) {
    let lines = shop.lines("codes.txt");
    assert_eq!(lines.len(), count);
    assert_eq!(lines.into_iter().collect::<BTreeSet<_>>(), shop.codes());
    let labelled = shop.run("list --label big -o codes").exits(0);
    assert_eq!(labelled.out.lines().count(), count);
}

#[test]
fn a_purchase_was_carried_out_and_its_answer_was_never_read() {
    let shop = Shop::open();
    let hanging = Answer::Hang(None);
    shop.sandbox.inject(
        Fault::on(Operation::Create)
            .skip(9)
            .commit(Commit::Yes)
            .answer(hanging),
    );
    let buying = shop.start(ORDER);
    until("the tenth purchase is carried out", || {
        shop.sandbox.voucher_count() == 2500
    });
    buying.signal("KILL");
    assert_eq!(buying.end().exit, None);
    shop.run(RESUME).exits(0).says(&["Bought 5000 vouchers"]);
    holds_every_code_once(&shop, 5000);
    // Ten before, and the other 2,500 in purchases of 250 again.
    assert_eq!(shop.requests("create"), 20);
}

#[test]
fn a_run_survives_being_killed_at_any_moment() {
    let shop = Shop::open();
    let mut buying = shop.start(ORDER);
    for count in [700, 1900, 3300] {
        until("some are bought", || shop.sandbox.voucher_count() >= count);
        buying.signal("KILL");
        assert_eq!(buying.end().exit, None);
        buying = shop.start(RESUME);
    }
    let mut ended = buying.end();
    // A purchase that died before it was sent is not observed. Nothing of it is at the service, so buying it again is
    // right here.
    while ended.exit != Some(0) {
        ended = shop.run(&format!("{RESUME} --retry-unseen"));
    }
    holds_every_code_once(&shop, 5000);
}

#[test]
fn a_purchase_that_never_arrived_is_bought_again_only_when_asked_for_by_name() {
    let shop = Shop::open();
    let hanging = Answer::Hang(None);
    shop.sandbox.inject(
        Fault::on(Operation::Create)
            .skip(1)
            .commit(Commit::No)
            .answer(hanging),
    );
    let buying = shop.start(
        "create --order big --traffic 1 --count 30 --chunk 10 --label big --out codes.txt --timeout 8s",
    );
    until("the second purchase is under way", || {
        shop.requests("create") == 2
    });
    buying.signal("KILL");
    assert_eq!(buying.end().exit, None);
    shop.run(RESUME).exits(6).says(&[
        "no list showed the other 20",
        "create --resume big --retry-unseen` buys the missing 20 again",
    ]);
    assert_eq!(shop.requests("create"), 2);
    shop.run(&format!("{RESUME} --retry-unseen")).exits(0);
    holds_every_code_once(&shop, 30);
    // The rest in tens, as the order said.
    assert_eq!(shop.requests("create"), 4);
}

#[test]
fn a_line_that_was_cut_off_is_completed() {
    let shop = Shop::open();
    shop.sandbox.set_balance(3);
    shop.run("create --order big --traffic 1 --count 6 --chunk 3 --label big --out codes.txt")
        .exits(3);
    shop.sandbox.set_balance(100);
    // As if it had died while it wrote the last code.
    let text = shop.read("codes.txt");
    shop.write("codes.txt", &text[..text.len() - 9]);
    shop.run(RESUME).exits(0);
    holds_every_code_once(&shop, 6);
}

#[test]
fn ctrl_c_finishes_the_purchase_in_progress_and_says_how_to_go_on() {
    let shop = Shop::open();
    shop.sandbox
        .inject(Fault::slow(Operation::Create, std::time::Duration::from_millis(700)).skip(1));
    let buying = shop
        .start("create --order big --traffic 1 --count 30 --chunk 10 --label big --out codes.txt");
    until("the second purchase is under way", || {
        shop.requests("create") == 2
    });
    buying.signal("INT");
    buying.end().exits(130).says(&[
        "Finishing the purchase that is in progress",
        "Bought 20 of 30 vouchers, in codes.txt (order big).",
        "next: `thordata-cdk create --resume big` buys the rest",
    ]);
    assert_eq!(shop.lines("codes.txt").len(), 20);
    shop.run(RESUME).exits(0);
    holds_every_code_once(&shop, 30);
}

#[test]
fn a_second_ctrl_c_leaves_the_purchase_in_progress_to_resume() {
    let shop = Shop::open();
    shop.sandbox.inject(
        Fault::on(Operation::Create)
            .commit(Commit::Yes)
            .answer(Answer::Hang(None)),
    );
    let buying = shop.start(
        "create --order big --traffic 1 --count 3 --label big --out codes.txt --exclusive --timeout 2s",
    );
    until("the purchase is carried out", || {
        shop.sandbox.voucher_count() == 3
    });
    buying.signal("INT");
    until("it says so", || {
        buying.err().contains("Ctrl-C again leaves it")
    });
    buying.signal("INT");
    buying
        .end()
        .exits(130)
        .says(&["next: `thordata-cdk create --resume big` finds out what was bought"]);
    shop.run(RESUME).exits(0);
    holds_every_code_once(&shop, 3);
}

//! Answers that were lost: `create --resume`, `resolve`, `audit`.

use std::collections::BTreeSet;

use thordata_cdk_sandbox::{Answer, Commit, Fault, Operation};

use crate::support::Shop;

fn lost() -> Fault {
    Fault::commit_then_drop(Operation::Create)
}

/// One order of two vouchers whose answer is lost, on a shared account.
fn undecided() -> Shop {
    let shop = Shop::open();
    shop.sandbox.inject(lost());
    shop.run("create --order A --traffic 5 --count 2 --label kiosk --out codes.txt --window 400ms")
        .exits(6)
        .says(&[
            "2 vouchers may be this order's or somebody else's",
            "resolve A",
        ]);
    shop
}

#[test]
fn on_an_account_of_ones_own_the_vouchers_are_found() {
    let shop = Shop::open();
    shop.sandbox.inject(lost());
    let ended = shop
        .run("create --traffic 5 --count 2 --exclusive --window 2s")
        .exits(0);
    assert_eq!(ended.out.lines().count(), 2);
    assert_eq!((shop.requests("create"), shop.codes().len()), (1, 2));
}

#[test]
fn a_code_that_a_short_answer_names_is_printed_and_only_the_other_is_bought_again() {
    let shop = Shop::open();
    shop.sandbox
        .inject(Fault::on(Operation::Create).answer(Answer::FewerCodes(1)));
    for _ in 0..50 {
        shop.sandbox
            .inject(Fault::on(Operation::List).answer(Answer::StaleByNewest(2)));
    }
    let ended = shop
        .run("create --order A --traffic 5 --count 2 --window 400ms")
        .exits(6)
        .says(&[
            "Bought 1 of 2 vouchers (order A).",
            "1 of 2 vouchers came, and no list showed the other 1",
            "2 ordered, and the answer names 1",
            "`thordata-cdk create --resume A --retry-unseen` buys the missing 1 again",
        ]);
    let named = ended.out.trim().to_owned();
    assert!(shop.codes().contains(&named), "{}", ended.out);
    shop.run("resolve A")
        .exits(2)
        .says(&["1 of 2 vouchers came before: `thordata-cdk create --resume A` prints them."]);
    let ended = shop
        .run("create --resume A --retry-unseen --yes --window 400ms")
        .exits(0);
    assert_eq!(ended.out.lines().next(), Some(&*named));
    assert_eq!(ended.out.lines().count(), 2);
    assert_eq!((shop.requests("create"), shop.codes().len()), (2, 3));
}

#[test]
fn on_a_shared_account_a_person_decides_and_other_orders_go_on() {
    let shop = undecided();
    shop.run("create --traffic 1 --count 1 --out other.txt")
        .exits(0);
    shop.run("create --resume A --yes")
        .exits(6)
        .says(&["next: `thordata-cdk resolve A` shows them"]);
    let shown = shop.run("resolve A -o codes").exits(2).says(&[
        "the order A (2 vouchers with traffic 5): 2 missing, needs a decision",
        "next: repeat it with --adopt",
    ]);
    assert_eq!(shown.out.lines().count(), 2);
    shop.run("resolve A --adopt-all")
        .exits(2)
        .says(&["Adopt 2 vouchers for the order A?", "next: add --yes"]);
    shop.run("resolve A --adopt-all --yes").exits(0).says(&[
        "2 vouchers adopted.",
        "Bought 2 vouchers with traffic 5 each",
    ]);
    let mut all: BTreeSet<String> = shop.lines("codes.txt").into_iter().collect();
    all.extend(shop.lines("other.txt"));
    assert_eq!(all, shop.codes());
    assert_eq!(
        shop.run("list --label kiosk -o codes").out.lines().count(),
        2
    );
    shop.run("resolve A --adopt-all --yes")
        .exits(2)
        .says(&["nothing is left to decide"]);
    shop.run("create --resume --yes")
        .exits(0)
        .says(&["No order is open."]);
    assert_eq!(shop.requests("create"), 2);
}

#[test]
fn a_code_of_another_order_cannot_be_adopted() {
    let shop = undecided();
    let other = shop.run("create --traffic 1 --count 1").exits(0);
    shop.run(&format!("resolve A --adopt {} --yes", other.out.trim()))
        .exits(2)
        .says(&["one of the vouchers belongs to another order"]);
}

#[test]
fn if_none_belongs_to_it_the_order_is_bought_again_by_name_or_abandoned() {
    let shop = undecided();
    shop.run("create --resume A --retry-unseen --yes").exits(0);
    assert_eq!((shop.lines("codes.txt").len(), shop.codes().len()), (2, 4));

    let shop = undecided();
    shop.run("orders abandon A")
        .exits(2)
        .says(&["next: add --yes"]);
    shop.run("orders abandon A --yes").exits(0);
    shop.run("create --resume A --yes")
        .exits(2)
        .says(&["the order A was abandoned"]);
    assert_eq!(shop.requests("create"), 1);
}

#[test]
fn what_was_never_carried_out_is_bought_again_only_by_name() {
    let shop = Shop::open();
    shop.sandbox
        .inject(Fault::drop_before_commit(Operation::Create));
    shop.run("create --order A --traffic 5 --count 2 --out codes.txt --window 400ms")
        .exits(6)
        .says(&[
            "no list showed 2 vouchers",
            "create --resume A --retry-unseen`",
        ]);
    // The same command, and the plain resume: neither buys.
    for again in [
        "create --order A --traffic 5 --count 2 --out codes.txt --window 400ms",
        "create --resume A --yes",
    ] {
        shop.run(again).exits(6);
        assert_eq!(shop.requests("create"), 1);
    }
    shop.run("create --resume A --retry-unseen")
        .exits(2)
        .says(&["Buy the other 2 with traffic 5 each, 10 in total?"]);
    shop.run("create --resume A --retry-unseen --yes").exits(0);
    assert_eq!((shop.lines("codes.txt").len(), shop.codes().len()), (2, 2));
}

#[test]
fn an_answered_order_needs_no_list_that_is_complete() {
    let shop = Shop::open();
    shop.run("create --traffic 1 --count 4").exits(0);
    let short = Fault::on(Operation::List)
        .answer(Answer::ShrunkByOldest(1))
        .always();
    shop.sandbox.inject(short);
    shop.run("create --traffic 1 --count 1").exits(0);
}

#[test]
fn resolve_needs_an_order_that_is_open() {
    let shop = Shop::open();
    shop.run("resolve").exits(2);
    shop.run("resolve A")
        .exits(2)
        .says(&["there is no order `A`", "thordata-cdk orders"]);
    shop.run("resolve A --adopt B --adopt-all")
        .exits(2)
        .says(&["cannot be used with"]);
}

#[test]
fn an_audit_gives_nothing_away_on_an_account_that_others_use() {
    let shop = Shop::open();
    let held = Fault::on(Operation::Create)
        .commit(Commit::Held)
        .answer(Answer::Close);
    shop.sandbox.inject(held);
    shop.run("create --order A --traffic 5 --count 1 --window 400ms")
        .exits(6);
    // It may be the order's, and it may be somebody else's.
    assert_eq!(shop.sandbox.commit_held(), 1);
    for _ in 0..2 {
        shop.run("audit")
            .exits(0)
            .says(&["1 voucher listed, 0 explained by orders, 1 not."]);
    }
}

#[test]
fn an_audit_shows_what_no_order_explains_and_gives_late_vouchers_to_their_order() {
    let shop = Shop::open();
    shop.run("audit")
        .exits(0)
        .says(&["0 vouchers listed, 0 explained by orders, 0 not."]);
    let held = Fault::on(Operation::Create)
        .commit(Commit::Held)
        .answer(Answer::Close);
    shop.sandbox.inject(held);
    shop.run("create --order A --traffic 5 --count 1 --window 400ms --exclusive")
        .exits(6);
    assert_eq!(shop.sandbox.commit_held(), 1);
    shop.run("audit -o codes")
        .exits(0)
        .prints("")
        .says(&["1 voucher came late and now belong to their order as surplus."]);
    let elsewhere = shop.sandbox.preload(1, 7);
    shop.run("audit -o codes")
        .exits(0)
        .prints(&format!("{}\n", elsewhere[0]))
        .says(&["2 vouchers listed, 1 explained by orders, 1 not."]);
}

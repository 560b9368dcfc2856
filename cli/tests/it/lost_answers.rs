//! Answers that got lost: `create --resume`, `resolve`, `orphans`.

use thordata_cdk_sandbox::{Answer, Commit, Fault, Operation};

use crate::support::Shop;

fn lost() -> Fault {
    Fault::commit_then_drop(Operation::Create)
}

/// One purchase of two vouchers whose answer is lost, on a shared account.
fn undecided() -> Shop {
    let shop = Shop::open();
    shop.sandbox.inject(lost());
    shop.run("create --traffic 5 --count 2 --label kiosk --out codes.txt --window 400ms")
        .exits(6);
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
fn on_a_shared_account_a_person_decides() {
    let shop = undecided();
    shop.run("create --traffic 1 --count 1")
        .exits(6)
        .says(&["next: `thordata-cdk resolve 1`"]);
    shop.run("create --resume --yes")
        .exits(6)
        .says(&["next: `thordata-cdk resolve 1` shows them"]);
    let shown = shop.run("resolve 1 -o codes").exits(2).says(&[
        "purchase 1 of 2 vouchers with traffic 5 waits for a decision on 2 vouchers",
        "next: repeat it with --adopt",
    ]);
    assert_eq!(shown.out.lines().count(), 2);
    shop.run("resolve 1 --adopt-all")
        .exits(2)
        .says(&["Adopt 2 vouchers for purchase 1?", "next: add --yes"]);
    shop.run("resolve 1 --adopt-all --yes")
        .exits(0)
        .says(&["Purchase 1 is settled: 2 vouchers adopted."]);
    assert_eq!(
        shop.lines("codes.txt")
            .into_iter()
            .collect::<std::collections::BTreeSet<_>>(),
        shop.codes()
    );
    assert_eq!(
        shop.run("list --label kiosk -o codes").out.lines().count(),
        2
    );
    shop.run("resolve 1 --discard --yes")
        .exits(2)
        .says(&["purchase 1 waits for no decision"]);
    shop.run("create --resume --yes").exits(0);
    assert_eq!(shop.requests("create"), 1);
}

#[test]
fn single_codes_are_adopted_and_the_others_become_orphans() {
    let shop = undecided();
    let codes: Vec<String> = shop.codes().into_iter().collect();
    shop.run("resolve 1 --adopt nozzapqOWJOCcWlX --yes")
        .exits(2)
        .says(&["nozz…cWlX is not among the vouchers in question"]);
    shop.run(&format!("resolve 1 --adopt {} --yes", codes[0]))
        .exits(0)
        .says(&["next: `thordata-cdk create --resume`"]);
    assert_eq!(shop.lines("codes.txt"), [codes[0].clone()]);
    shop.run("orphans -o codes")
        .exits(0)
        .prints(&format!("{}\n", codes[1]));
    shop.run("create --resume --yes --window 400ms").exits(0);
    assert_eq!((shop.lines("codes.txt").len(), shop.codes().len()), (2, 3));
    shop.run("orphans --dismiss")
        .exits(2)
        .says(&["next: add --yes"]);
    shop.run("orphans --dismiss --yes -o csv --fields cdk")
        .exits(0);
    shop.run("orphans -o json")
        .exits(0)
        .prints("[]\n")
        .says(&["No orphan is known."]);
}

#[test]
fn none_is_adopted_and_the_rest_is_bought_again() {
    let shop = undecided();
    shop.run("resolve 1 --discard --yes")
        .exits(0)
        .says(&["0 vouchers adopted"]);
    shop.run("create --resume --yes").exits(0);
    assert_eq!((shop.lines("codes.txt").len(), shop.codes().len()), (2, 4));
}

#[test]
fn what_was_never_carried_out_is_ordered_again_only_when_told_to() {
    let shop = Shop::open();
    shop.sandbox
        .inject(Fault::drop_before_commit(Operation::Create));
    shop.run("create --traffic 5 --count 2 --out codes.txt --window 400ms")
        .exits(6)
        .says(&["no new voucher was listed within", "create --resume"]);
    assert_eq!(shop.requests("create"), 1);
    shop.run("create --resume")
        .exits(2)
        .says(&["Buy the other 2 with traffic 5 each, 10 in total?"]);
    assert_eq!(shop.requests("create"), 1);
    shop.run("create --resume --yes").exits(0);
    assert_eq!((shop.lines("codes.txt").len(), shop.codes().len()), (2, 2));
}

#[test]
fn a_list_that_lacks_what_was_there_stops_buying_until_a_person_says_so() {
    let shop = Shop::open();
    shop.run("create --traffic 1 --count 4").exits(0);
    let short = Fault::on(Operation::List)
        .answer(Answer::ShrunkByOldest(1))
        .always();
    shop.sandbox.inject(short);
    shop.run("create --traffic 1 --count 1")
        .exits(5)
        .says(&["next: repeat it later", "resolve --forget-missing"]);
    assert_eq!(shop.requests("create"), 1);
    shop.run("resolve --forget-missing")
        .exits(2)
        .says(&["next: add --yes"]);
    shop.run("resolve --forget-missing --yes")
        .exits(0)
        .says(&["Forgot 1 voucher."]);
    shop.run("create --traffic 1 --count 1").exits(0);
}

#[test]
fn resolve_needs_a_purchase() {
    let shop = Shop::open();
    shop.run("resolve").exits(2);
    shop.run("resolve one").exits(2);
    shop.run("resolve 1")
        .exits(2)
        .says(&["purchase 1 waits for no decision"]);
    shop.run("resolve 1 --discard --adopt-all")
        .exits(2)
        .says(&["cannot be used with"]);
}

#[test]
fn a_late_commit_shows_up_as_an_orphan() {
    let shop = Shop::open();
    shop.run("orphans")
        .exits(0)
        .prints("")
        .says(&["No orphan is known."]);
    let held = Fault::on(Operation::Create)
        .commit(Commit::Held)
        .answer(Answer::Close);
    shop.sandbox.inject(held);
    shop.run("create --traffic 5 --count 1 --window 400ms")
        .exits(6);
    assert_eq!(shop.sandbox.commit_held(), 1);
    let orphans = shop.run("orphans -o codes").exits(0);
    assert_eq!(orphans.out.lines().count(), 1);
}

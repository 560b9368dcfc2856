//! Each exit code, at least once.

use thordata_cdk_sandbox::{Fault, Operation, VoucherStatus};

use crate::support::{Shop, until};

#[test]
fn done_is_0() {
    Shop::with_three().run("list").exits(0);
}

#[test]
fn an_error_is_1() {
    let shop = Shop::open();
    shop.sandbox.set_balance(1);
    shop.run("create --traffic 5 --count 1").exits(1).says(&[
        "error: nothing was bought: the service answered 10008",
        "insufficient wallet balance",
        "next: top up the wallet",
    ]);
    assert!(shop.codes().is_empty());
}

#[test]
fn wrong_usage_is_2() {
    let shop = Shop::open();
    shop.run("create --traffic 0 --count 1")
        .exits(2)
        .says(&["--traffic"]);
    shop.run("frobnicate")
        .exits(2)
        .says(&["unrecognized subcommand"]);
    shop.run("list --since soon")
        .exits(2)
        .says(&["why: neither a date such as"]);
    assert_eq!(shop.sandbox.requests().len(), 0);
}

#[test]
fn what_nobody_can_confirm_is_2_and_names_the_flag() {
    let shop = Shop::with_three();
    shop.run("create --traffic 100 --count 6").exits(2).says(&[
        "Buy 6 vouchers with traffic 100 each, 600 in total?",
        "next: add --yes",
    ]);
    shop.run("revoke nozzapqOWJOCcWlX")
        .exits(2)
        .says(&["Revoke 1 voucher for good?", "next: add --yes"]);
    assert_eq!((shop.requests("create"), shop.requests("revoke")), (0, 0));
}

#[test]
fn partly_done_is_3() {
    let shop = Shop::with_three();
    shop.run("revoke nozzapqOWJOCcWlX uJQJFnycHOpSEw5N --yes")
        .exits(3);
    shop.put("AAAAaaaa11112222", 1, 1, VoucherStatus::Unused);
    shop.run("show AAAAaaaa11112222 nope").exits(3);
    shop.sandbox.set_balance(3);
    shop.run("create --traffic 1 --count 6 --chunk 3").exits(3);
    assert_eq!(shop.codes().len(), 7);
}

#[test]
fn refused_credentials_are_4() {
    let shop = Shop::open();
    let mut command = shop.command("list");
    command.env("THORDATA_PUBLIC_KEY", "not-the-key-of-this-shop");
    crate::support::ended(command, "").exits(4).says(&[
        "10014",
        "apiKey error",
        "next: compare the token and the key",
    ]);
}

#[test]
fn what_may_pass_is_5() {
    let shop = Shop::open();
    let mut command = shop.command("list");
    command.env("THORDATA_CDK_BASE_URL", "http://127.0.0.1:9");
    crate::support::ended(command, "")
        .exits(5)
        .says(&["next: check the network"]);
    shop.sandbox
        .inject(Fault::gateway_error(Operation::List, 503).always());
    shop.run("list").exits(5).says(&["503"]);
}

#[test]
fn an_unknown_outcome_is_6() {
    let shop = Shop::open();
    shop.sandbox
        .inject(Fault::commit_then_drop(Operation::Create));
    shop.run("create --order A --traffic 5 --count 2 --window 400ms")
        .exits(6)
        .prints("")
        .says(&[
            "2 vouchers may be this order's or somebody else's",
            "next: `thordata-cdk resolve A` shows them",
        ]);
    assert_eq!(shop.codes().len(), 2);
}

#[test]
fn interrupted_is_130() {
    let shop = Shop::with_three();
    shop.sandbox.redeem("nozzapqOWJOCcWlX", "somebody").unwrap();
    let watching = shop.start("watch --interval 1h -o jsonl");
    until("both are looked up", || shop.requests("info") == 2);
    watching.signal("INT");
    watching.end().exits(130);
}

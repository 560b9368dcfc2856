//! Codes are cash: whole only on standard output and in files that were asked for.

use thordata_cdk_sandbox::{Fault, Operation};

use crate::support::{Ended, KEY, Shop, TOKEN, ended};

#[track_caller]
fn keeps_quiet(shop: &Shop, what: &str, ended: &Ended) {
    for secret in [TOKEN, KEY] {
        assert!(
            !ended.err.contains(secret) && !ended.out.contains(secret),
            "{what}: {ended:#?}"
        );
    }
    let typed = ["nozzapqOWJOCcWIX".to_owned(), "unknownUNKNOWN12".to_owned()];
    for code in shop.codes().iter().chain(&typed) {
        assert!(!ended.err.contains(code.as_str()), "{what}: {ended:#?}");
    }
}

#[test]
fn standard_error_holds_no_secret_and_no_whole_code() {
    let shop = Shop::with_three();
    for arguments in [
        "create --traffic 1 --count 3 --label x --verbose",
        "create --traffic 1 --count 3 --out codes.txt --verbose",
        "create --resume --verbose",
        "list --verbose",
        "list nozzapqOWJOCcWlX",
        "list --label nozzapqOWJOCcWlX --fields nozzapqOWJOCcWlX",
        "list --since nozzapqOWJOCcWlX",
        "show nozzapqOWJOCcWlX nozzapqOWJOCcWIX unknownUNKNOWN12 --verbose",
        "revoke uJQJFnycHOpSEw5N unknownUNKNOWN12 --dry-run --verbose",
        "revoke uJQJFnycHOpSEw5N unknownUNKNOWN12",
        "revoke uJQJFnycHOpSEw5N nozzapqOWJOCcWIX unknownUNKNOWN12 --yes --verbose",
        "revoke --status unused --older-than 1d --yes --verbose",
        "assign nozzapqOWJOCcWlX unknownUNKNOWN12 --customer x --verbose",
        "assign nozzapqOWJOCcWlX --customer x --verbose",
        "cards nozzapqOWJOCcWlX unknownUNKNOWN12 --html cards.html --verbose",
        "export --verbose",
        "log nozzapqOWJOCcWlX --verbose",
        "help nozzapqOWJOCcWlX",
        "list --customer nozzapqOWJOCcWlX --order nozzapqOWJOCcWlX",
        "watch --once --verbose",
        "watch --once --exec false",
        "report --verbose",
        "audit --verbose",
        "orders --verbose",
        "resolve A --adopt uJQJFnycHOpSEw5N --yes",
        "resolve uJQJFnycHOpSEw5N",
        "doctor --contract --verbose",
        "profiles --verbose",
        "frobnicate nozzapqOWJOCcWlX",
        "nozzapqOWJOCcWlX",
    ] {
        keeps_quiet(&shop, arguments, &shop.run(arguments));
    }
}

#[test]
fn answers_that_quote_codes_and_secrets_are_masked() {
    let shop = Shop::with_three();
    let message = format!("no voucher uJQJFnycHOpSEw5N for {TOKEN} and {KEY}");
    for (operation, arguments) in [
        (Operation::List, "list --verbose"),
        (Operation::Get, "show uJQJFnycHOpSEw5N --verbose"),
        (Operation::Revoke, "revoke uJQJFnycHOpSEw5N --yes --verbose"),
        // A refusal of an order that names a code proves nothing, so the list is looked at.
        (
            Operation::Create,
            "create --traffic 1 --count 1 --window 400ms --verbose",
        ),
    ] {
        shop.sandbox
            .inject(Fault::refuse(operation, 10_000, message.clone()));
        keeps_quiet(&shop, arguments, &shop.run(arguments));
        shop.sandbox.clear_faults();
    }
}

#[test]
fn a_lost_answer_is_reported_without_codes() {
    let shop = Shop::open();
    shop.sandbox
        .inject(Fault::commit_then_drop(Operation::Create));
    for arguments in [
        "create --order A --traffic 5 --count 2 --window 400ms --verbose",
        "create --resume --yes --verbose",
        "resolve A",
        "resolve A --adopt-all --yes --verbose",
    ] {
        keeps_quiet(&shop, arguments, &shop.run(arguments));
    }
}

#[test]
fn credentials_are_no_flags() {
    let shop = Shop::open();
    for flag in ["--token", "--key"] {
        shop.run(&format!("list {flag} {TOKEN}")).exits(2);
    }
    keeps_quiet(
        &shop,
        "a token as an argument",
        &shop.run(&format!("list --token={TOKEN}")),
    );
}

#[test]
fn the_records_of_this_machine_hold_no_code() {
    let shop = Shop::open();
    shop.run("create --traffic 1 --count 3 --label x").exits(0);
    ended(shop.command("audit"), "").exits(0);
    let everything = shop.shell("strings -n 4 data/default/* | cat").exits(0).out;
    assert!(everything.contains("acknowledged_ms"), "{everything}");
    assert!(
        shop.codes()
            .iter()
            .all(|code| !everything.contains(code.as_str()))
    );
    assert!(!everything.contains(TOKEN) && !everything.contains(KEY));
    let modes = shop
        .shell("ls -lR data | grep ^- | cut -c1-10 | sort -u")
        .out;
    assert_eq!(modes, "-rw-------\n");
}

//! `create`.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;
use thordata_cdk_sandbox::{Answer, Fault, Operation};

use crate::support::{Shop, until};

#[test]
fn codes_go_to_standard_output_and_words_to_standard_error() {
    let shop = Shop::open();
    let ended = shop.run("create --order A --traffic 5 --count 3").exits(0);
    let printed: std::collections::BTreeSet<_> = ended.out.lines().map(str::to_owned).collect();
    assert_eq!(printed, shop.codes());
    ended.says(&["Bought 3 vouchers with traffic 5 each, 15 in total (order A)."]);
}

#[test]
fn records_carry_label_and_order() {
    let shop = Shop::open();
    shop.run("create --traffic 5 --count 1").exits(0);
    let bought = shop
        .run("create --order A --traffic 2 --count 1 --label webshop -o jsonl")
        .exits(0)
        .json();
    assert_eq!(
        (&bought["traffic"], &bought["label"], &bought["order"]),
        (&json!(2), &json!("webshop"), &json!("A"))
    );
}

#[test]
fn a_file_is_the_owners_alone_and_is_added_to() {
    let shop = Shop::open();
    shop.run("create --traffic 5 --count 2 --out codes.txt")
        .exits(0)
        .prints("")
        .says(&["in codes.txt"]);
    let mode = std::fs::metadata(shop.path("codes.txt"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    shop.run("create --traffic 5 --count 1 --out codes.txt")
        .exits(0);
    assert_eq!(
        shop.lines("codes.txt")
            .into_iter()
            .collect::<std::collections::BTreeSet<_>>(),
        shop.codes()
    );
    assert_eq!(shop.lines("codes.txt").len(), 3);
}

#[test]
fn a_file_that_cannot_take_codes_stops_it_before_anything_is_bought() {
    let shop = Shop::open();
    shop.write("open.txt", "");
    std::fs::set_permissions(
        shop.path("open.txt"),
        std::fs::Permissions::from_mode(0o644),
    )
    .unwrap();
    shop.run("create --traffic 5 --count 1 --out open.txt")
        .exits(4)
        .says(&["next: chmod 600 open.txt"]);
    shop.run("create --traffic 5 --count 1 --out no/such/folder.txt")
        .exits(2)
        .says(&["nothing was bought"]);
    shop.run("create --traffic 5 --count 1 --out codes.txt -o csv")
        .exits(2)
        .says(&["one code a line"]);
    assert_eq!(shop.requests("create"), 0);
}

#[test]
fn a_dry_run_shows_the_total_and_buys_nothing() {
    let shop = Shop::open();
    let plan = shop
        .run("create --traffic 20 --count 3000 --label big --dry-run -o json")
        .exits(0);
    assert_eq!(
        plan.json(),
        json!([{ "order": null, "count": 3000, "traffic": 20, "total_traffic": 60_000, "purchases": 3, "label": "big", "out": null }])
    );
    plan.says(&[
        "Nothing was bought.",
        "Without --yes it would ask first: the total of 60000 reaches --confirm-above 500.",
    ]);
    assert_eq!(shop.sandbox.requests().len(), 0);
}

#[test]
fn large_orders_are_bought_in_chunks() {
    let shop = Shop::open();
    shop.run("create --traffic 1 --count 25 --chunk 10 --out codes.txt")
        .exits(0);
    assert_eq!(shop.requests("create"), 3);
    assert_eq!(shop.lines("codes.txt").len(), 25);
}

#[test]
fn what_a_full_wallet_leaves_over_is_bought_by_resume() {
    let shop = Shop::open();
    shop.sandbox.set_balance(20);
    shop.run("create --order A --traffic 1 --count 25 --chunk 10 --label kiosk --out codes.txt")
        .exits(3)
        .says(&[
            "insufficient wallet balance",
            "Bought 20 of 25 vouchers, in codes.txt (order A).",
        ]);
    shop.sandbox.set_balance(100);
    shop.run("create --resume --dry-run")
        .exits(0)
        .says(&["Order A: 20 of 25 vouchers bought, 5 missing; nothing was sent."]);
    shop.run("create --resume")
        .exits(3)
        .says(&["Buy the other 5", "next: add --yes"]);
    shop.run("create --resume --yes")
        .exits(0)
        .says(&["Bought 25 vouchers"]);
    let labelled = shop.run("list --label kiosk -o codes").exits(0);
    assert_eq!(labelled.out.lines().count(), 25);
    assert_eq!(
        shop.lines("codes.txt")
            .into_iter()
            .collect::<std::collections::BTreeSet<_>>(),
        shop.codes()
    );
    shop.run("create --resume --yes")
        .exits(0)
        .prints("")
        .says(&["No order is open."]);
}

#[test]
fn a_refusal_as_too_frequent_is_repeated_since_nothing_was_bought() {
    let shop = Shop::open();
    shop.sandbox
        .inject(Fault::refuse(Operation::Create, 10_011, "frequent operations").times(2));
    shop.run("create --traffic 1 --count 2").exits(0);
    assert_eq!((shop.requests("create"), shop.codes().len()), (3, 2));
}

#[test]
fn bad_input_is_refused_before_anything_is_sent() {
    let shop = Shop::open();
    for wrong in [
        "create",
        "create --traffic 5",
        "create --traffic -1 --count 1",
        "create --traffic 5 --count 0",
        "create --traffic 1.5 --count 1",
        "create --traffic 5 --count 3000000000",
        "create --traffic 5 --count 1 --resume",
        "create --traffic 5 --count 1 --window 0",
        "create --traffic 5 --count 1 -o xml",
    ] {
        shop.run(wrong).exits(2);
    }
    let long = "x".repeat(101);
    shop.run(&format!("create --traffic 5 --count 1 --label {long}"))
        .exits(2)
        .says(&["1 to 100 characters"]);
    assert_eq!(shop.sandbox.requests().len(), 0);
}

#[test]
fn codes_that_cannot_be_printed_are_not_lost() {
    let shop = Shop::open();
    let full = shop.shell("thordata-cdk create --traffic 1 --count 2 > /dev/full");
    if std::path::Path::new("/dev/full").exists() {
        full.exits(1).says(&[
            "bought 2 vouchers, and cannot write to standard output",
            "they are not lost",
        ]);
        shop.run("create --resume --out codes.txt").exits(0);
        assert_eq!(
            shop.lines("codes.txt")
                .into_iter()
                .collect::<std::collections::BTreeSet<_>>(),
            shop.codes()
        );
    }
}

#[test]
fn a_place_that_keeps_no_codes_is_refused_before_anything_is_bought() {
    let shop = Shop::open();
    let fifo = std::process::Command::new("mkfifo")
        .arg(shop.path("fifo"))
        .status();
    assert!(fifo.unwrap().success());
    std::os::unix::fs::symlink("fifo", shop.path("link")).unwrap();
    shop.write("config.json", "{\"port\": 80}\n");
    std::fs::set_permissions(
        shop.path("config.json"),
        std::fs::Permissions::from_mode(0o600),
    )
    .unwrap();
    for (out, why) in [
        (
            "fifo",
            "the file for the codes, fifo, is not a regular file",
        ),
        ("link", "is not a regular file"),
        ("/dev/null", "is not a regular file"),
        ("/dev/stdout", "is not a regular file"),
        (".", "the file for the codes, ., "),
        (
            "config.json",
            "config.json holds something, and no order of this store was begun with it",
        ),
    ] {
        let refused = shop.shell(&format!(
            "thordata-cdk create --traffic 1 --count 1 --out {out} | cat"
        ));
        refused.says(&[why, "why: nothing was bought"]);
    }
    assert_eq!(shop.read("config.json"), "{\"port\": 80}\n");
    let lost = "error: standard output is closed or leads to /dev/null, so the codes would be lost";
    for redirected in [">&-", "> /dev/null"] {
        shop.shell(&format!(
            "thordata-cdk create --traffic 1 --count 1 {redirected}"
        ))
        .exits(2)
        .says(&[lost, "why: nothing was bought", "next: add --out FILE"]);
    }
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut nobody_reads = shop.command("create --traffic 1 --count 1");
    let ended = nobody_reads.stdout(writer).output().unwrap();
    assert_eq!(ended.status.code(), Some(2));
    assert!(String::from_utf8(ended.stderr).unwrap().contains(lost));
    assert_eq!(shop.requests("create"), 0);
    shop.shell("thordata-cdk create --traffic 1 --count 1 --out codes.txt >&-")
        .exits(0);
    assert_eq!(shop.lines("codes.txt").len(), 1);
}

#[test]
fn two_at_once_do_not_buy() {
    let shop = Shop::open();
    let slow = Fault::slow(Operation::Create, std::time::Duration::from_secs(60));
    shop.sandbox.inject(slow);
    let first = shop.start("create --traffic 1 --count 1");
    until("the first buys", || shop.requests("create") == 1);
    shop.run("create --order B --traffic 1 --count 1 --wait 2s")
        .exits(5)
        .says(&["Waiting for an earlier purchase on the account to end"])
        .says(&["next: wait until the other purchase has ended, then run `thordata-cdk create --resume B`"]);
    first.signal("KILL");
    assert_eq!(first.end().exit, None);
}

#[test]
fn the_same_key_prints_the_same_codes_and_buys_once() {
    let shop = Shop::open();
    let first = shop
        .run("create --order A-17 --traffic 5 --count 3")
        .exits(0);
    let again = shop
        .run("create --order A-17 --traffic 5 --count 3")
        .exits(0)
        .says(&["The order A-17 was complete before; nothing was bought."]);
    assert_eq!(again.out, first.out);
    assert_eq!(shop.requests("create"), 1);
    shop.run("create --order A-17 --traffic 5 --count 4")
        .exits(2)
        .says(&["of 3 vouchers with traffic 5", "name another --order KEY"]);
    assert_eq!(shop.requests("create"), 1);
}

#[test]
fn one_of_two_open_orders_is_resumed_and_the_other_stays() {
    let shop = Shop::open();
    shop.sandbox.set_balance(0);
    for key in ["A", "B"] {
        shop.run(&format!("create --order {key} --traffic 2 --count 1"))
            .exits(1)
            .says(&[&format!("top up the wallet on the vendor's dashboard; then `thordata-cdk create --resume {key}`")]);
    }
    shop.sandbox.set_balance(100);
    shop.run("create --resume --yes")
        .exits(2)
        .says(&["2 orders are open", "name one"]);
    shop.run("create --resume B --yes").exits(0);
    let orders = shop
        .run("orders -o csv --fields order,state,bought,count")
        .exits(0);
    assert_eq!(
        orders.out,
        "order,state,bought,count\nA,1 missing,0,1\nB,acknowledged,1,1\n"
    );
    assert_eq!(shop.codes().len(), 1);
}

#[test]
fn the_store_can_be_named() {
    let shop = Shop::open();
    shop.run("create --order A --traffic 5 --count 1 --store shared.db")
        .exits(0);
    shop.run("orders --store shared.db -o csv --fields order")
        .exits(0)
        .prints("order\nA\n");
}

#[test]
fn a_database_that_cannot_be_reached_is_named_without_its_password_and_nothing_is_bought() {
    let shop = Shop::open();
    let url = "postgres://shop:s3cret-of-the-db@127.0.0.1:9/shop";
    let ended = shop
        .run(&format!("create --traffic 5 --count 1 --store {url}"))
        .exits(1)
        .says(&[
            "the store of orders cannot be opened",
            "other users of this machine can see the password in --store; put the URL into THORDATA_CDK_STORE",
        ]);
    assert!(!ended.err.contains("s3cret"), "{}", ended.err);
    let mut from_environment = shop.command("orders");
    from_environment.env("THORDATA_CDK_STORE", format!("{url}?unknown=1"));
    let ended = crate::support::ended(from_environment, "").exits(1);
    assert!(!ended.err.contains("s3cret"), "{}", ended.err);
    assert!(!ended.err.contains("other users"), "{}", ended.err);
    assert_eq!(shop.requests("create"), 0);
}

#[test]
fn the_sandbox_leaves_a_named_store_alone() {
    let shop = Shop::open();
    shop.run("--sandbox create --traffic 5 --count 1 --yes --store real.db")
        .exits(0);
    assert!(!shop.path("real.db").exists());
}

#[test]
fn the_threshold_includes_its_own_value() {
    let shop = Shop::open();
    let line = "create --traffic 5 --count 2 --confirm-above";
    shop.run(&format!("{line} 10")).exits(2).says(&[
        "Buy 2 vouchers with traffic 5 each, 10 in total?",
        "next: add --yes",
    ]);
    assert_eq!(shop.requests("create"), 0);
    shop.run(&format!("{line} 11")).exits(0);
}

#[test]
fn what_an_order_still_lacks_is_asked_for_and_logged_as_any_purchase() {
    let shop = Shop::open();
    shop.sandbox.set_balance(20);
    let line = "create --order A --traffic 1 --count 25 --chunk 10 --confirm-above";
    shop.run(&format!("{line} 26")).exits(3);
    shop.sandbox.set_balance(100);
    shop.run(&format!("{line} 5"))
        .exits(2)
        .says(&["Buy 5 vouchers with traffic 1 each, 5 in total?"]);
    assert_eq!(shop.codes().len(), 20);
    shop.run(&format!("{line} 6")).exits(0);
    let log = shop.run("log -o json").exits(0).json();
    let counts: Vec<_> = log
        .as_array()
        .unwrap()
        .iter()
        .map(|line| &line["count"])
        .collect();
    assert_eq!(counts, [&json!(25), &json!(5)], "{log}");
    // An order of other goods is refused, and not asked for before.
    shop.run("create --order A --traffic 2 --count 25 --confirm-above 1")
        .exits(2)
        .says(&["the order `A` exists, of 25 vouchers with traffic 1; nothing was bought"]);
    // Of a complete order nothing is bought, so nothing is asked.
    shop.run(&format!("{line} 1"))
        .exits(0)
        .says(&["was complete before"]);
    assert_eq!(shop.codes().len(), 25);
}

#[test]
fn a_store_that_cannot_be_read_is_no_new_order() {
    let shop = Shop::open();
    shop.run("create --order A --traffic 1 --count 1 --store own.db")
        .exits(0);
    shop.write("own.db", "this is no database, whatever else it is");
    shop.run("create --order A --traffic 1 --count 1 --store own.db")
        .exits(2)
        .prints("");
    assert_eq!(shop.requests("create"), 1);
}

#[test]
fn a_file_whose_name_an_order_cannot_remember_is_refused_before_anything_is_bought() {
    use std::os::unix::ffi::OsStrExt as _;
    let shop = Shop::open();
    let mut command = shop.program("thordata-cdk");
    command.args(["create", "--traffic", "1", "--count", "1", "--out"]);
    command.arg(std::ffi::OsStr::from_bytes(b"codes-\xff.txt"));
    crate::support::ended(command, "").exits(2).says(&[
        "error: the path of --out is not UTF-8",
        "nothing was bought",
        "next: name another file",
    ]);
    assert_eq!(shop.requests("create"), 0);
}

#[test]
fn a_log_that_cannot_be_written_hides_no_codes() {
    let shop = Shop::open();
    let slow = Fault::slow(Operation::Create, std::time::Duration::from_millis(700));
    shop.sandbox.inject(slow);
    let buying = shop.start("create --order A --traffic 1 --count 2");
    until("the purchase is under way", || shop.requests("create") == 1);
    let data = shop.path("data/default/records.db");
    let db = rusqlite::Connection::open(data).unwrap();
    db.execute_batch("DROP TABLE log").unwrap();
    let ended = buying.end().exits(0).says(&[
        "warning: the log does not say what came of it",
        "Bought 2 vouchers",
    ]);
    assert_eq!(ended.out.lines().count(), 2);
}

#[test]
fn codes_of_a_delivered_order_that_the_list_does_not_show_are_missed() {
    let shop = Shop::open();
    let line = "create --order A --traffic 1 --count 2";
    shop.run(line).exits(0);
    let shown = shop.codes().pop_first().unwrap();
    let late = format!(
        r#"{{"code":200,"data":[{{"cdk":"{shown}","create_time":1748332399,"status":1,"traffic":1,"traffic_duration":1}}],"msg":"ok"}}"#
    );
    shop.sandbox
        .inject(Fault::on(Operation::List).answer(Answer::Status {
            status: 200,
            content_type: "application/json".into(),
            body: late,
            headers: Vec::new(),
        }));
    shop.run(line)
        .exits(3)
        .prints(&format!("{shown}\n"))
        .says(&["the service's list does not show the other 1 code"]);
    shop.run(line).exits(0);
}

#[test]
fn a_slow_purchase_of_resume_is_not_taken_for_a_wait_for_another() {
    let shop = Shop::open();
    shop.sandbox.set_balance(1);
    shop.run("create --order A --traffic 1 --count 2 --chunk 1")
        .exits(3);
    shop.sandbox.set_balance(9);
    let slow = Fault::slow(Operation::Create, std::time::Duration::from_millis(1500));
    shop.sandbox.inject(slow);
    let ended = shop.run("create --resume A --yes").exits(0);
    assert!(!ended.err.contains("Waiting for an earlier"), "{ended:?}");
}

//! Accounts without a spreadsheet: customers, redeemers, the log.

use serde_json::json;

use crate::support::{NOW, Shop};

#[test]
fn vouchers_have_customers_and_are_found_by_them() {
    let shop = Shop::with_three();
    shop.run("assign nozzapqOWJOCcWlX uJQJFnycHOpSEw5N --customer northwind")
        .exits(0)
        .says(&["Assigned 2 vouchers to northwind."]);
    shop.run("list --customer northwind -o codes")
        .exits(0)
        .prints("nozzapqOWJOCcWlX\nuJQJFnycHOpSEw5N\n");
    shop.run("list --customer nordwind").exits(0).says(&[
        "No vouchers match.",
        "There is no customer `nordwind`. Did you mean `northwind`?",
    ]);
    shop.run("assign nozzapqOWJOCcWlX --customer kiosk")
        .exits(0)
        .says(&["1 of them had another customer before."]);
    shop.run("list --customer northwind --fields cdk,customer -o csv")
        .exits(0)
        .prints("cdk,customer\nuJQJFnycHOpSEw5N,northwind\n");
    shop.run("assign nozzapqOWJOCcWlX --nobody").exits(0);
    shop.run("list --customer kiosk")
        .exits(0)
        .says(&["There is no customer `kiosk`. There are: northwind."]);
    shop.run("assign NOZZAPQOWJOCCWLX --customer northwind")
        .exits(2)
        .says(&[
            "1 of 1 code are not among the account's vouchers; nothing was assigned",
            "NOZZ…CWLX; nozz…cWlX looks like it",
        ]);
    let everything = shop
        .shell("cat data/default/records.db* | strings -n 4")
        .exits(0)
        .out;
    assert!(everything.contains("northwind"));
    assert!(
        shop.codes()
            .iter()
            .all(|code| !everything.contains(code.as_str()))
    );
}

#[test]
fn a_redeemer_is_found_without_a_request_for_each_voucher() {
    let shop = Shop::with_three();
    shop.run("list --redeemed-by thor")
        .exits(0)
        .prints("")
        .says(&[
            "1 used voucher was never looked up on this machine.",
            "next: `thordata-cdk watch --once` looks up each",
        ]);
    shop.run("watch --once").exits(0);
    let before = shop.requests("info");
    let found = shop.run("list --redeemed-by thor -o json").exits(0).json();
    assert_eq!(
        (
            &found[0]["cdk"],
            &found[0]["use_username"],
            &found[0]["use_time"]
        ),
        (
            &json!("uJQJFnycHOpSEw5N"),
            &json!("Thor123456"),
            &json!(NOW)
        )
    );
    shop.run("list --redeemed-by nobody")
        .exits(0)
        .says(&["No vouchers match."]);
    assert_eq!(shop.requests("info"), before);
}

#[test]
fn a_name_that_nothing_has_is_a_slip() {
    let shop = Shop::open();
    shop.run("list --label webshop")
        .exits(0)
        .says(&["There is no label `webshop`. This machine knows no label yet."]);
    shop.run("create --order A-17 --traffic 5 --count 2 --label webshop")
        .exits(0);
    shop.run("list --label websop")
        .exits(0)
        .says(&["Did you mean `webshop`?"]);
    shop.run("list --order A17")
        .exits(0)
        .says(&["There is no order `A17`. Did you mean `A-17`?"]);
    assert_eq!(
        shop.run("list --order A-17 -o codes")
            .exits(0)
            .out
            .lines()
            .count(),
        2
    );
}

#[test]
fn what_spends_or_destroys_is_in_the_log() {
    let shop = Shop::with_three();
    shop.run("log")
        .exits(0)
        .says(&["Nothing in the log matches."]);
    shop.sandbox.set_balance(3);
    shop.run("create --order A --traffic 1 --count 6 --chunk 3 --label kiosk")
        .exits(3);
    shop.run("orders abandon A --yes").exits(0);
    shop.run("revoke nozzapqOWJOCcWlX --yes").exits(0);
    let log = shop.run("log -o json").exits(0).json();
    let told: Vec<_> = log
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            json!([
                line["action"],
                line["voucher"],
                line["order"],
                line["count"],
                line["result"]
            ])
        })
        .collect();
    assert_eq!(
        json!(told),
        json!([
            ["create", null, "A", 6, "3 of 6 bought"],
            ["abandon", null, "A", null, "done"],
            ["revoke", "nozz…cWlX", null, 1, "revoked"],
        ])
    );
    assert_eq!(
        (&log[0]["label"], &log[0]["detail"]),
        (&json!("kiosk"), &json!("3 missing"))
    );
    let count = |filter: &str| {
        shop.run(&format!("log -o jsonl {filter}"))
            .exits(0)
            .out
            .lines()
            .count()
    };
    assert_eq!(count("nozzapqOWJOCcWlX"), 1);
    assert_eq!(count("uJQJFnycHOpSEw5N"), 0);
    assert_eq!(count("--order A"), 2);
    assert_eq!(count("--label kiosk --action create"), 1);
    assert_eq!(count("--since 2025-11-24T16:00:01Z"), 0);
    assert_eq!(count("--until 2025-11-24T16:00:01Z"), 3);
    assert_eq!(count("--open"), 0);
}

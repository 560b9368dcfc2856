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
            "1 of 1 codes not found among the account's vouchers; nothing was assigned",
            "NO…LX; no…lX looks like it",
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
fn an_unknown_name_counts_as_a_typing_mistake() {
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
    let reported: Vec<_> = log
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
        json!(reported),
        json!([
            ["create", null, "A", 6, "3 of 6 bought"],
            ["abandon", null, "A", null, "done"],
            ["revoke", "no…lX", null, 1, "revoked"],
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

#[test]
fn another_machine_gets_everything_by_import() {
    let shop = Shop::with_three();
    shop.shell(
        "thordata-cdk create --order A-17 --traffic 5 --count 2 --label 'Käse, \"1\"' --cost 2.50 --price 4 \
         --currency EUR --out codes.txt",
    )
    .exits(0);
    shop.shell("head -n 1 codes.txt | thordata-cdk assign - --customer '=Müller'")
        .exits(0);
    shop.run("show uJQJFnycHOpSEw5N").exits(0);
    for format in ["csv", "jsonl"] {
        let books = shop
            .run(&format!("export -o {format}"))
            .exits(0)
            .says(&["Exported 3 vouchers."])
            .out;
        shop.write("books", &books);
        let there = |line: &str| {
            let mut command = shop.command(line);
            command.env("THORDATA_CDK_DATA_DIR", shop.path(format));
            crate::support::ended(command, "")
        };
        there("import books")
            .exits(0)
            .says(&["Imported 3 vouchers: 3 vouchers in 2 orders."]);
        let again = there("export -o jsonl").exits(0).out;
        let rows = |text: &str| -> Vec<serde_json::Value> {
            let lines = text
                .lines()
                .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
            lines.filter(|line| line["order"] == "A-17").collect()
        };
        let own = rows(&shop.run("export -o jsonl").exits(0).out);
        assert_eq!(own.len(), 2);
        assert_eq!(rows(&again), own);
        assert_eq!(
            own.iter()
                .filter(|line| line["customer"] == "=Müller")
                .count(),
            1
        );
        assert_eq!(
            (&own[0]["cost"], &own[0]["label"]),
            (&json!("2.50"), &json!("Käse, \"1\""))
        );
        // What is there already stays, and nothing is bought.
        there("import books").exits(0);
        assert_eq!(there("export -o jsonl").exits(0).out, again);
        assert_eq!(
            there("orders -o csv --fields order,state")
                .exits(0)
                .out
                .lines()
                .count(),
            3
        );
        assert_eq!(
            there("list --redeemed-by thor -o codes").exits(0).out,
            "uJQJFnycHOpSEw5N\n"
        );
    }
    assert_eq!(shop.requests("create"), 1);
}

#[test]
fn codes_that_were_bought_elsewhere_get_an_order() {
    let shop = Shop::with_three();
    shop.write(
        "cards.csv",
        "Nr;Karte\n1;nozzapqOWJOCcWlX\n2;LCoum2cHq1XSmTGi\n",
    );
    shop.run("import cards.csv --column Karte --order INV-1 --label old --dry-run")
        .exits(0)
        .says(&[
            "Order INV-1-2: 1 voucher with traffic 2, label old",
            "Order INV-1-3: 1 voucher with traffic 3, label old",
            "nothing was written",
        ]);
    assert_eq!(shop.run("orders -o codes").exit, Some(2));
    shop.run("import cards.csv --column Karte --order INV-1 --label old --customer kiosk")
        .exits(0);
    shop.run("list --label old --customer kiosk -o codes")
        .exits(0)
        .prints("nozzapqOWJOCcWlX\nLCoum2cHq1XSmTGi\n");
    shop.write("more.csv", "cdk\nuJQJFnycHOpSEw5N\nnopenopenope1\n");
    shop.run("import more.csv").exits(2).says(&[
        "1 of 2 codes not found among the account's vouchers; nothing was imported",
        "line 3: no…e1",
    ]);
    shop.run("import more.csv --skip-missing")
        .exits(0)
        .says(&["Imported 1 voucher"]);
    assert_eq!(shop.requests("create"), 0);
}

#[test]
fn a_months_margin_is_in_the_report() {
    let shop = Shop::with_three();
    shop.run("create --order A-17 --traffic 5 --count 3 --cost 2.50 --price 4 --currency EUR --out codes.txt").exits(0);
    let code = shop.lines("codes.txt").remove(0);
    shop.sandbox.redeem(&code, "somebody").unwrap();
    let earned = |line: &str| {
        let report = shop.run(line).exits(0).json();
        let rows = report
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["by"] == "redeemed");
        rows.map(|row| {
            json!([
                row["group"],
                row["sold"],
                row["currency"],
                row["revenue"],
                row["cost"],
                row["margin"]
            ])
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(earned("report -o json"), Vec::<serde_json::Value>::new());
    shop.run("report")
        .exits(0)
        .says(&["When each of 2 vouchers was redeemed is not known on this machine"]);
    let rows = [
        json!(["2025-11", 1, null, null, null, null]),
        json!(["2025-11", 1, "EUR", "4.00", "2.50", "1.50"]),
    ];
    assert_eq!(earned("report -o json --look-up"), rows);
    let before = shop.requests("info");
    assert_eq!(earned("report -o json"), rows);
    assert_eq!(
        earned("report -o json --from 2025-12-01"),
        Vec::<serde_json::Value>::new()
    );
    assert_eq!(shop.requests("info"), before);
    let table = shop.run("report").exits(0).out;
    assert!(
        table.contains("REDEEMED  SOLD  TRAFFIC SOLD  CURRENCY  REVENUE  COST  MARGIN"),
        "{table}"
    );
    shop.run("create --traffic 1 --count 1 --cost 2")
        .exits(2)
        .says(&["--currency"]);
    shop.run("create --traffic 1 --count 1 --cost 2 --currency Euros")
        .exits(2)
        .says(&["a currency of three letters"]);
}

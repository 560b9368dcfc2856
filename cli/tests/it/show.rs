//! `show`.

use serde_json::json;
use thordata_cdk_sandbox::{Fault, Operation};

use crate::support::{NOW, Shop};

#[test]
fn a_redemption_is_shown() {
    let shop = Shop::with_three();
    let shown = shop.run("show uJQJFnycHOpSEw5N -o jsonl").exits(0);
    assert_eq!(shown.err, "");
    let shown = shown.json();
    assert_eq!(shown["use_username"], json!("Thor123456"));
    assert_eq!(shown["use_time"], json!(NOW));
    assert_eq!(shown["status"], json!(2));
}

#[test]
fn codes_come_from_arguments_files_and_standard_input_in_their_order() {
    let shop = Shop::with_three();
    shop.write(
        "codes.csv",
        "label,cdk\nx,LCoum2cHq1XSmTGi\ny,nozzapqOWJOCcWlX\n",
    );
    shop.run_with_input(
        "show - --file codes.csv -o codes",
        "uJQJFnycHOpSEw5N\n\nLCoum2cHq1XSmTGi\n",
    )
    .exits(0)
    .prints("uJQJFnycHOpSEw5N\nLCoum2cHq1XSmTGi\nnozzapqOWJOCcWlX\n")
    .says(&["1 code given more than once"]);
}

#[test]
fn a_look_alike_is_suggested_masked_and_not_acted_on() {
    let shop = Shop::with_three();
    shop.run("show nozzapqOWJOCcWIX")
        .exits(1)
        .prints("")
        .says(&[
            "error: no…IX: the service answered 10000",
            "why: it is not among the account's vouchers",
            "why: no…lX looks like it: character 15 is `l` and not `I`",
            "next: compare it with the one that looks like it",
        ]);
    assert_eq!(shop.requests("info"), 1);
}

#[test]
fn only_an_answer_that_may_mean_no_such_code_is_compared_with_the_list() {
    for (status, exit, lists) in [(404, 1, 1), (502, 5, 0)] {
        let shop = Shop::with_three();
        shop.sandbox
            .inject(Fault::gateway_error(Operation::Get, status).always());
        let ended = shop.run("show nozzapqOWJOCcWlX").exits(exit);
        assert_eq!(
            ended.err.contains("why: the list has it: unused"),
            lists == 1,
            "{ended:?}"
        );
        assert_eq!(shop.requests("list"), lists, "{status}");
    }
}

#[test]
fn what_is_no_code_is_refused_by_its_place_alone() {
    let shop = Shop::with_three();
    shop.run_with_input("show -", "nozzapqOWJOCcWlX\nsecret words\n")
        .exits(2)
        .says(&[
            "standard input: 1 of 2 lines hold no code; nothing was sent",
            "line 2: `secret words`",
        ]);
    shop.run("show").exits(2).says(&["no code was given"]);
    shop.run("show --file missing.txt")
        .exits(2)
        .says(&["missing.txt cannot be read", "No such file"]);
    assert_eq!(shop.sandbox.requests().len(), 0);
}

#[test]
fn no_code_at_all_on_standard_input_shows_nothing() {
    Shop::with_three()
        .run_with_input("show - -o json", "")
        .exits(0)
        .prints("[]\n");
}

#[test]
fn customers_names_run_nothing() {
    let shop = Shop::with_three();
    shop.sandbox
        .redeem("nozzapqOWJOCcWlX", "=cmd|' /C calc'!A1\u{1b}[2J")
        .unwrap();
    shop.run("show nozzapqOWJOCcWlX -o csv --fields use_username")
        .exits(0)
        .prints("use_username\n'=cmd|' /C calc'!A1\u{fffd}[2J\n");
    shop.run("show nozzapqOWJOCcWlX -o jsonl --fields use_username")
        .exits(0)
        .prints("{\"use_username\":\"=cmd|' /C calc'!A1\\u001b[2J\"}\n");
    let table = shop.run("show nozzapqOWJOCcWlX").exits(0);
    assert!(!table.out.contains('\u{1b}'), "{table:?}");
}

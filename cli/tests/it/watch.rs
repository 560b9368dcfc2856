//! `watch`.

use serde_json::json;
use thordata_cdk_sandbox::{Fault, Operation, VoucherStatus};

use crate::support::{NOW, Shop, until};

#[test]
fn each_redemption_is_reported_once_with_a_cursor() {
    let shop = Shop::with_three();
    let first = shop
        .run("watch --once --cursor seen.txt -o jsonl")
        .exits(0)
        .json();
    assert_eq!(
        (&first["cdk"], &first["use_username"]),
        (&json!("uJQJFnycHOpSEw5N"), &json!("Thor123456"))
    );
    shop.run("watch --once --cursor seen.txt -o jsonl")
        .exits(0)
        .prints("");
    shop.sandbox.redeem("nozzapqOWJOCcWlX", "somebody").unwrap();
    shop.run("watch --once --cursor seen.txt -o codes")
        .exits(0)
        .prints("nozzapqOWJOCcWlX\n");
    let lines = shop.lines("seen.txt");
    assert_eq!(lines.len(), 3);
    assert!(
        lines[0].starts_with("thordata-cdk cursor 1 "),
        "{}",
        lines[0]
    );
    assert!(!shop.read("seen.txt").contains("nozz"));
}

#[test]
fn a_command_gets_the_record_as_json_and_a_failure_of_it_is_not_forgotten() {
    let shop = Shop::with_three();
    let line =
        |command: &str| format!("thordata-cdk watch --once --cursor seen.txt --exec '{command}'");
    shop.shell(&line("cat >/dev/null; exit 7"))
        .exits(1)
        .says(&[
            "warning: the command failed for uJ…5N: exit status: 7",
            "error: the command has not taken 1 redemption: uJ…5N",
            "next: fix the command and run `watch` again with the same --cursor: it hands over these once more",
        ]);
    let ended = shop
        .shell(&line("cat > inbox.json; echo said"))
        .exits(0)
        .says(&["said"]);
    assert!(!ended.out.contains("said"));
    let record: serde_json::Value = serde_json::from_str(&shop.read("inbox.json")).unwrap();
    assert_eq!(
        record,
        json!({
            "cdk": "uJQJFnycHOpSEw5N", "status": 2, "traffic": 3, "create_time": NOW - 20 * 86_400,
            "traffic_duration": 7_776_000, "use_username": "Thor123456", "use_time": NOW, "label": null,
            "order": null, "customer": null,
        })
    );
    shop.shell(&line("exit 7")).exits(0);
}

#[test]
fn it_continues_after_errors_and_ends_on_a_signal() {
    let shop = Shop::with_three();
    shop.sandbox
        .inject(Fault::gateway_error(Operation::List, 500).times(4));
    let watching = shop.start("watch --interval 20ms -o codes");
    until("the first is reported", || {
        watching.out() == "uJQJFnycHOpSEw5N\n"
    });
    shop.sandbox.redeem("nozzapqOWJOCcWlX", "somebody").unwrap();
    until("the second is reported", || {
        watching.out() == "uJQJFnycHOpSEw5N\nnozzapqOWJOCcWlX\n"
    });
    watching.signal("TERM");
    watching.end().exits(130);
}

#[test]
fn past_redemptions_are_skipped_on_request() {
    let shop = Shop::with_three();
    let line = "watch --once --from-now --cursor seen.txt -o codes";
    shop.sandbox
        .inject(Fault::refuse(Operation::List, 10_014, "apiKey error"));
    shop.run(line).exits(4);
    shop.run(line).exits(0).prints("");
    shop.sandbox.redeem("nozzapqOWJOCcWlX", "somebody").unwrap();
    shop.run(line).exits(0).prints("nozzapqOWJOCcWlX\n");
}

#[test]
fn nothing_to_report_and_bad_input() {
    let shop = Shop::open();
    shop.put("A", 1, 1, VoucherStatus::Unused);
    shop.run("watch --once").exits(0).prints("");
    shop.run("watch --once -o json")
        .exits(2)
        .says(&["use -o jsonl"]);
    shop.run("watch --interval never")
        .exits(2)
        .says(&["write a duration such as 30s"]);
    shop.write("bad.txt", "not a cursor\n");
    shop.run("watch --once --cursor bad.txt")
        .exits(2)
        .says(&["error: bad.txt is no cursor", "it is left as it is"]);
    assert_eq!(shop.read("bad.txt"), "not a cursor\n");
}

#[test]
fn a_file_that_is_no_cursor_is_refused_before_anything_and_left_as_it_is() {
    let shop = Shop::with_three();
    let config = "{\"port\": 80,\n \"half\"";
    shop.write("config.json", config);
    let link = std::os::unix::fs::symlink("config.json", shop.path("link"));
    link.unwrap();
    for arguments in [
        "--cursor config.json",
        "--from-now --cursor config.json",
        "--cursor link",
    ] {
        shop.run(&format!("watch --once {arguments}"))
            .exits(2)
            .prints("")
            .says(&[
                "is no cursor",
                "why: it does not begin with `thordata-cdk cursor`; it is left as it is",
                "next: name another file",
            ]);
        assert_eq!(shop.read("config.json"), config);
    }
    shop.run("watch --once --cursor /dev/null")
        .exits(2)
        .says(&["the cursor, /dev/null, is not a regular file"]);
    assert_eq!(shop.requests("list"), 0);
}

#[test]
fn a_command_inherits_neither_token_nor_key_nor_store() {
    let shop = Shop::with_three();
    let ended = shop.shell(
        "THORDATA_CDK_STORE=$PWD/elsewhere.db thordata-cdk watch --once --exec 'env > environment.txt'",
    );
    ended.exits(0);
    let environment = shop.read("environment.txt");
    assert!(environment.contains("THORDATA_CDK_BASE_URL="));
    // The URL of a database may hold its password.
    assert!(!environment.contains("elsewhere.db"));
    assert!(!environment.contains(crate::support::TOKEN));
    assert!(!environment.contains(crate::support::KEY));
}

#[test]
fn a_failing_command_holds_up_its_redemption_and_no_other() {
    let shop = Shop::with_three();
    for code in ["AAAAaaaa11112222", "BBBBbbbb11112222"] {
        shop.put(code, 1, 5, VoucherStatus::Unused);
        shop.sandbox.redeem(code, "somebody").unwrap();
    }
    let line = "thordata-cdk watch --once --cursor seen.txt -o codes --exec 'cat > new; grep -q \"$BAD\" new && exit 7; cat new >> inbox'";
    let run = |bad: &str| {
        let mut command = shop.program("sh");
        command.args(["-c", line]).env("BAD", bad);
        crate::support::ended(command, "")
    };
    run("AAAAaaaa11112222")
        .exits(3)
        .says(&["the command has not taken 1 redemption: AA…22"]);
    // The cursor has a line of its own before those of the redemptions.
    assert_eq!(
        (shop.lines("inbox").len(), shop.lines("seen.txt").len()),
        (2, 3)
    );
    run("nothing").exits(0).prints("AAAAaaaa11112222\n");
    assert_eq!(shop.lines("inbox").len(), 3);
    run("nothing").exits(0).prints("");
}

#[test]
fn a_command_that_failed_is_tried_again_at_the_next_look() {
    let shop = Shop::with_three();
    // Where the tests themselves run under `nohup`, HUP would be ignored here too.
    let mut command = shop.program("env");
    command.args(["--default-signal=HUP", "thordata-cdk"]);
    let exec = "test -e ready && cat >> inbox";
    command.args(["watch", "--interval", "20ms", "--exec", exec]);
    let watching = crate::support::Running::start(command);
    until("it has failed", || {
        watching.err().contains("the command failed for uJ…5N")
    });
    shop.write("ready", "");
    until("it is handed over", || {
        shop.path("inbox").exists() && shop.lines("inbox").len() == 1
    });
    watching.signal("HUP");
    watching.end().exits(130);
}

#[test]
fn output_that_is_added_to_a_file_has_one_header() {
    let shop = Shop::with_three();
    let line =
        "thordata-cdk watch --once --cursor seen.txt -o csv --fields cdk,use_username >> out.csv";
    shop.shell(line).exits(0);
    shop.sandbox.redeem("nozzapqOWJOCcWlX", "somebody").unwrap();
    shop.shell(line).exits(0);
    assert_eq!(
        shop.read("out.csv"),
        "cdk,use_username\nuJQJFnycHOpSEw5N,Thor123456\nnozzapqOWJOCcWlX,somebody\n"
    );
}

#[test]
fn under_nohup_it_goes_on_when_the_terminal_is_closed() {
    let shop = Shop::with_three();
    let mut command = shop.program("sh");
    let line = "trap '' HUP; exec thordata-cdk watch --interval 20ms -o codes";
    command.args(["-c", line]);
    let watching = crate::support::Running::start(command);
    until("the first is reported", || {
        watching.out() == "uJQJFnycHOpSEw5N\n"
    });
    watching.signal("HUP");
    shop.sandbox.redeem("nozzapqOWJOCcWlX", "somebody").unwrap();
    until("the second is reported", || {
        watching.out().ends_with("nozzapqOWJOCcWlX\n")
    });
    watching.signal("TERM");
    watching.end().exits(130);
}

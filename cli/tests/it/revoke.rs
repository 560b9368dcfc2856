//! `revoke`.

use std::time::Duration;

use serde_json::json;
use thordata_cdk_sandbox::{Answer, Fault, Operation, VoucherStatus};

use crate::support::{Shop, until};

#[test]
fn each_code_has_a_result_and_a_failure_does_not_stop_it() {
    let shop = Shop::with_three();
    let input = "nozzapqOWJOCcWlX\nuJQJFnycHOpSEw5N\nLCoum2cHq1XSmTGi\nlcoum2cHq1XSmTGi\nnope\n";
    let ended = shop
        .run_with_input("revoke - --yes -o json", input)
        .exits(3);
    let results = ended.json();
    let fates: std::collections::BTreeMap<_, _> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["cdk"].as_str().unwrap(),
                row["result"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        json!(fates),
        json!({
            "nope": "not_found", "nozzapqOWJOCcWlX": "revoked", "uJQJFnycHOpSEw5N": "used",
            "LCoum2cHq1XSmTGi": "already_revoked", "lcoum2cHq1XSmTGi": "not_found",
        })
    );
    let alike = results
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["cdk"] == "lcoum2cHq1XSmTGi");
    assert_eq!(alike.unwrap()["did_you_mean"], json!("LCoum2cHq1XSmTGi"));
    ended.says(&[
        "no…lX  unused, traffic 3, created 2025-10-15 16:00",
        "uJ…5N  used: somebody has redeemed it",
        "LC…Gi  revoked before",
        "lc…Gi  not among the account's vouchers; LC…Gi looks like it",
        "5 codes: 1 unused, 1 used, 1 revoked before, 2 not found.",
        "1 revoked, 1 revoked before, 3 failed.",
    ]);
    // Only what can change is sent.
    assert_eq!(shop.requests("revoke"), 1);
}

#[test]
fn an_unknown_code_ends_with_1_and_its_result() {
    let ended = Shop::with_three()
        .run_with_input("revoke - --yes", "nope\n")
        .exits(1);
    assert!(ended.out.contains("nope  not_found"), "{ended:?}");
}

#[test]
fn the_old_and_unsold_of_a_label_are_chosen() {
    let shop = Shop::with_three();
    shop.run("create --traffic 1 --count 2 --label kiosk")
        .exits(0);
    shop.run("create --traffic 1 --count 1 --label other")
        .exits(0);
    shop.sandbox.set_now(crate::support::NOW + 100);
    shop.put("AAAAaaaa11112222", 1, -1, VoucherStatus::Unused);
    let later = (crate::support::NOW + 86_401).to_string();
    let at = |arguments: &str| {
        let mut command = shop.command(arguments);
        command.env("THORDATA_CDK_NOW", &later);
        crate::support::ended(command, "")
    };
    let chosen = "revoke --status unused --older-than 1d --label kiosk";
    let dry = at(&format!("{chosen} --dry-run -o codes"))
        .exits(0)
        .says(&["2 vouchers would be revoked"]);
    assert_eq!(dry.out.lines().count(), 2);
    assert_eq!(shop.requests("revoke"), 0);
    at(&format!("{chosen} --yes"))
        .exits(0)
        .says(&["2 revoked, 0 failed."]);
    let left = shop
        .run("list --status unused --label kiosk -o codes")
        .exits(0);
    left.prints("");
    at("revoke --status unused --older-than 1d --dry-run -o codes").exits(0);
}

#[test]
fn a_voucher_of_exactly_the_age_is_not_older() {
    let shop = Shop::open();
    shop.put("AAAAaaaa11112222", 1, 1, VoucherStatus::Unused);
    shop.put("BBBBbbbb11112222", 1, 2, VoucherStatus::Unused);
    for (age, chosen) in [
        ("1d", "BBBBbbbb11112222\n"),
        ("86399s", "AAAAaaaa11112222\nBBBBbbbb11112222\n"),
        ("2d", ""),
    ] {
        let line = format!("revoke --status unused --older-than {age} --dry-run -o codes");
        shop.run(&line).exits(0).prints(chosen);
    }
}

#[test]
fn a_dry_run_of_codes_sends_nothing_that_changes() {
    let shop = Shop::with_three();
    shop.run("revoke nozzapqOWJOCcWlX nopenopenope1 --dry-run -o codes")
        .exits(3)
        .prints("nozzapqOWJOCcWlX\n")
        .says(&[
            "no…e1  not among the account's vouchers",
            "1 voucher would be revoked; nothing was sent.",
        ]);
    shop.run("revoke nope --dry-run").exits(1);
    assert_eq!(shop.requests("revoke"), 0);
}

#[test]
fn only_what_can_be_revoked_is_asked_for() {
    let shop = Shop::with_three();
    shop.run("revoke --yes")
        .exits(2)
        .says(&["no voucher was named"]);
    shop.run("revoke --status used --older-than 1d --yes")
        .exits(2)
        .says(&["only unused vouchers"]);
    shop.run("revoke --status unused --yes")
        .exits(2)
        .says(&["--older-than"]);
    shop.run_with_input("revoke - --yes", "")
        .exits(0)
        .says(&["No voucher to revoke."]);
    assert_eq!(shop.requests("revoke"), 0);
}

#[test]
fn a_lost_answer_is_looked_up() {
    let shop = Shop::with_three();
    shop.sandbox
        .inject(Fault::commit_then_drop(Operation::Revoke));
    shop.run("revoke nozzapqOWJOCcWlX --yes --fields result -o csv")
        .exits(0)
        .prints("result\nrevoked\n");
}

#[test]
fn what_cannot_be_known_is_called_unknown() {
    let shop = Shop::with_three();
    shop.sandbox
        .inject(Fault::commit_then_drop(Operation::Revoke).always());
    shop.sandbox
        .inject(Fault::gateway_error(Operation::Get, 502).always());
    shop.sandbox
        .inject(Fault::gateway_error(Operation::List, 502).always());
    shop.run("revoke nozzapqOWJOCcWlX --yes --fields result -o csv")
        .exits(6)
        .prints("result\nunknown\n");
}

#[test]
fn what_is_refused_is_looked_up_in_the_list() {
    let shop = Shop::with_three();
    // Without a list nothing is known beforehand, so every code is sent.
    shop.sandbox
        .inject(Fault::gateway_error(Operation::List, 404));
    let codes = "nozzapqOWJOCcWlX uJQJFnycHOpSEw5N LCoum2cHq1XSmTGi nozzapqOWJOCcWIX";
    let line = format!("revoke {codes} --yes --fields cdk,result,did_you_mean -o csv");
    let ended = shop.run(&line).exits(3);
    let mut rows: Vec<&str> = ended.out.lines().collect();
    rows.sort_unstable();
    assert_eq!(
        rows,
        [
            "LCoum2cHq1XSmTGi,already_revoked,",
            "cdk,result,did_you_mean",
            "nozzapqOWJOCcWIX,not_found,nozzapqOWJOCcWlX",
            "nozzapqOWJOCcWlX,revoked,",
            "uJQJFnycHOpSEw5N,used,",
        ]
    );
    ended.says(&["1 revoked, 1 revoked before, 2 failed."]);
}

#[test]
fn what_is_refused_and_still_unused_is_called_refused() {
    let shop = Shop::with_three();
    shop.sandbox
        .inject(Fault::refuse(Operation::Revoke, 10_000, "Parameter error"));
    shop.run("revoke nozzapqOWJOCcWlX --yes --fields result -o csv")
        .exits(1)
        .prints("result\nrefused\n");
}

#[test]
fn a_lost_answer_is_looked_up_in_the_list_if_the_voucher_cannot_be_shown() {
    let shop = Shop::with_three();
    shop.sandbox
        .inject(Fault::commit_then_drop(Operation::Revoke).always());
    shop.sandbox
        .inject(Fault::gateway_error(Operation::Get, 502).always());
    shop.run("revoke nozzapqOWJOCcWlX --yes --fields result -o csv")
        .exits(0)
        .prints("result\nalready_revoked\n");
}

#[test]
fn an_unknown_outcome_counts_more_than_a_later_refusal() {
    let shop = Shop::open();
    for code in ["AAAAaaaa11112222", "BBBBbbbb11112222"] {
        shop.put(code, 1, 1, VoucherStatus::Unused);
        shop.sandbox.redeem(code, "somebody").unwrap();
    }
    for operation in [Operation::List, Operation::Get] {
        shop.sandbox
            .inject(Fault::gateway_error(operation, 404).always());
    }
    shop.sandbox
        .inject(Fault::drop_before_commit(Operation::Revoke));
    shop.sandbox
        .inject(Fault::slow(Operation::Revoke, Duration::from_secs(2)));
    let ended = shop
        .run("revoke AAAAaaaa11112222 BBBBbbbb11112222 --yes --fields result -o csv")
        .exits(6);
    ended.prints("result\nunknown\nrefused\n");
}

#[test]
fn a_second_signal_leaves_what_is_under_way_and_calls_it_unknown() {
    let shop = Shop::with_three();
    let hang = Fault::on(Operation::Revoke).answer(Answer::Hang(None));
    shop.sandbox.inject(hang.always());
    let revoking = shop.start("revoke nozzapqOWJOCcWlX --yes --fields result -o csv");
    until("it is sent", || shop.requests("revoke") == 1);
    revoking.signal("INT");
    until("it is noticed", || revoking.err().contains("Finishing"));
    revoking.signal("INT");
    revoking.end().exits(130).prints("result\nunknown\n");
}

#[test]
fn refused_credentials_end_it_at_once() {
    let shop = Shop::open();
    (0..50).for_each(|number| shop.put(&format!("code{number}"), 1, 5, VoucherStatus::Unused));
    shop.sandbox
        .inject(Fault::refuse(Operation::Revoke, 10_014, "apiKey error").always());
    let codes: String = (0..50).map(|number| format!("code{number}\n")).collect();
    let ended = shop
        .run_with_input("revoke - --yes --fields result -o csv", &codes)
        .exits(4);
    assert_eq!(ended.out.lines().count(), 51);
    assert!(ended.out.contains("not_tried"), "{ended:?}");
    assert!(shop.requests("revoke") < 50);
}

#[test]
fn what_would_not_change_is_not_counted() {
    let shop = Shop::with_three();
    let codes = "uJQJFnycHOpSEw5N LCoum2cHq1XSmTGi nozzapqOWJOCcWlX";
    shop.run(&format!("revoke {codes} --dry-run -o codes"))
        .exits(3)
        .prints("nozzapqOWJOCcWlX\n")
        .says(&[
            "uJ…5N  used",
            "LC…Gi  revoked before",
            "1 voucher would be revoked",
        ]);
    shop.run(&format!("revoke {codes}"))
        .exits(2)
        .says(&["Revoke 1 voucher for good? (traffic 3 in all; "]);
    shop.run("revoke LCoum2cHq1XSmTGi")
        .exits(0)
        .says(&["0 revoked, 1 revoked before, 0 failed."]);
    assert_eq!(shop.requests("revoke"), 0);
}

#[test]
fn the_question_names_label_file_total_account_and_host() {
    let shop = Shop::open();
    shop.run("create --traffic 5 --count 2 --label kiosk --out kiosk.txt")
        .exits(0);
    let question = format!(
        "Revoke 2 vouchers for good? (traffic 10 in all; label kiosk; file kiosk.txt; account …abcd at {})",
        shop.sandbox.base_url().trim_start_matches("http://")
    );
    shop.run("revoke --file kiosk.txt")
        .exits(2)
        .says(&[&question]);
    shop.put("AAAAaaaa11112222", 7, 1, VoucherStatus::Unused);
    shop.run_with_input("revoke -", "AAAAaaaa11112222\n")
        .exits(2)
        .says(&["(traffic 7 in all; standard input; account "]);
    shop.run("revoke AAAAaaaa11112222")
        .exits(2)
        .says(&["(traffic 7 in all; account "]);
}

#[test]
fn codes_alone_are_those_that_are_revoked() {
    let shop = Shop::with_three();
    shop.run("revoke nozzapqOWJOCcWlX uJQJFnycHOpSEw5N nopenopenope1 --yes -o codes")
        .exits(3)
        .prints("nozzapqOWJOCcWlX\n");
}

#[test]
fn results_are_written_as_they_happen_and_the_log_survives_a_kill() {
    let shop = Shop::open();
    for number in 10..40 {
        shop.put(
            &format!("code{number}ABCDEFGHij"),
            1,
            5,
            VoucherStatus::Unused,
        );
    }
    // The twenty-first hangs, and those behind it.
    shop.sandbox.inject(
        Fault::on(Operation::Revoke)
            .skip(20)
            .commit(thordata_cdk_sandbox::Commit::Yes)
            .answer(thordata_cdk_sandbox::Answer::Hang(None))
            .always(),
    );
    shop.write(
        "codes.txt",
        &shop
            .codes()
            .into_iter()
            .map(|code| code + "\n")
            .collect::<String>(),
    );
    let revoking = shop.start("revoke --file codes.txt --yes -o csv");
    until("twenty results are written", || {
        revoking.out().lines().count() == 21
    });
    revoking.signal("KILL");
    assert_eq!(revoking.end().exit, None);
    let log = shop
        .run("log --action revoke -o json")
        .exits(0)
        .says(&["A line without a result may have been carried out."]);
    let log = log.json();
    let with = |result: serde_json::Value| {
        log.as_array()
            .unwrap()
            .iter()
            .filter(|line| line["result"] == result)
            .count()
    };
    assert_eq!((with(json!("revoked")), with(json!(null))), (20, 10));
    assert!(
        shop.codes()
            .iter()
            .all(|code| !log.to_string().contains(code.as_str()))
    );
}

#[test]
fn nothing_is_sent_if_the_list_already_refuses_the_credentials() {
    let shop = Shop::with_three();
    let refused = Fault::refuse(Operation::List, 10_014, "apiKey error");
    shop.sandbox.inject(refused);
    shop.run("revoke nozzapqOWJOCcWlX --yes").exits(4);
    assert_eq!(shop.requests("revoke"), 0);
}

#[test]
fn vouchers_that_are_chosen_from_the_list_are_not_listed_again() {
    let shop = Shop::with_three();
    shop.run("revoke --status unused --older-than 30d --yes")
        .exits(0);
    assert_eq!(shop.requests("list"), 1);
}

#[test]
fn of_many_codes_the_first_twenty_are_shown() {
    for (count, more) in [(20, None), (21, Some("… and 1 more (--dry-run lists all)"))] {
        let shop = Shop::open();
        for number in 0..count {
            let code = format!("AAAAbbbbcccc{number:04}");
            shop.put(&code, 1, 5, VoucherStatus::Unused);
        }
        let ended = shop
            .run("revoke --status unused --older-than 1d --yes")
            .exits(0);
        assert_eq!(ended.err.contains("more (--dry-run"), more.is_some());
        let codes: String = (0..count)
            .map(|n| format!("AAAAbbbbcccc{n:04}\n"))
            .collect();
        let again = shop.run_with_input("revoke - --yes", &codes).exits(0);
        assert_eq!(again.err.contains("… and 1 more"), more.is_some());
        more.inspect(|more| assert!(ended.err.contains(more), "{}", ended.err));
    }
}

#[test]
fn a_dry_run_counts_what_no_list_has_shown_since_it_would_be_sent() {
    let shop = Shop::with_three();
    shop.sandbox
        .inject(Fault::gateway_error(Operation::List, 404));
    shop.run("revoke nozzapqOWJOCcWlX --dry-run")
        .exits(0)
        .says(&["1 voucher would be revoked; nothing was sent."]);
}

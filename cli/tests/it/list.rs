//! `list`.

use serde_json::json;
use thordata_cdk_sandbox::{Answer, Fault, Operation, VoucherStatus};

use crate::support::{DAY, NOW, Shop, until};

#[test]
fn json_has_the_contracts_names_and_values() {
    let shop = Shop::with_three();
    let list = shop.run("list -o json").exits(0).json();
    assert_eq!(
        list[2],
        json!({
            "cdk": "LCoum2cHq1XSmTGi", "status": 3, "traffic": 2, "create_time": NOW - 10 * DAY,
            "traffic_duration": 7_776_000, "label": null, "order": null, "customer": null,
        })
    );
    assert_eq!(list.as_array().unwrap().len(), 3);
}

#[test]
fn csv_is_for_spreadsheets() {
    let shop = Shop::with_three();
    shop.run("list --status unused -o csv").exits(0).prints(
        "cdk,status,traffic,create_time,traffic_duration,label,order,customer\n\
         nozzapqOWJOCcWlX,unused,3,2025-10-15T16:00:00Z,7776000,,,\n",
    );
}

#[test]
fn fields_are_chosen_and_ordered() {
    let shop = Shop::with_three();
    shop.run("list --status revoked --fields status,cdk -o csv")
        .exits(0)
        .prints("status,cdk\nrevoked,LCoum2cHq1XSmTGi\n");
    shop.run("list --fields price").exits(2).prints("").says(&[
        "there is no field `price`",
        "next: choose from cdk, status, traffic",
    ]);
    shop.run("list -o codes --fields cdk")
        .exits(2)
        .says(&["`-o codes` prints codes alone"]);
}

#[test]
fn it_filters_by_label_and_age() {
    let shop = Shop::with_three();
    shop.run("create --traffic 7 --count 2 --label kiosk --order A")
        .exits(0);
    let own = shop.run("list --label kiosk -o json").exits(0).json();
    assert_eq!(own.as_array().unwrap().len(), 2);
    assert_eq!(
        (&own[0]["label"], &own[0]["order"], &own[0]["traffic"]),
        (&json!("kiosk"), &json!("A"), &json!(7))
    );
    shop.run("list --since 15d --status revoked -o codes")
        .exits(0)
        .prints("LCoum2cHq1XSmTGi\n");
    shop.run("list --since 2025-10-15T16:00:01Z --status unused --label kiosk -o codes")
        .exits(0);
    shop.run("list --since 2025-10-16 --until 2026-01-01")
        .exits(2)
        .says(&["--until"]);
}

#[test]
fn what_the_service_does_not_filter_is_filtered_here() {
    let shop = Shop::with_three();
    // Off the contract: `status` has no effect.
    let answer = r#"{"code":200,"data":[
        {"cdk":"A","create_time":1,"status":1,"traffic":1,"traffic_duration":1},
        {"cdk":"B","create_time":1,"status":2,"traffic":1,"traffic_duration":1}],"msg":""}"#;
    let fault = Fault::on(Operation::List);
    shop.sandbox.inject(fault.answer(Answer::Status {
        status: 200,
        content_type: "application/json".to_owned(),
        body: answer.to_owned(),
        headers: Vec::new(),
    }));
    shop.run("list --status used -o codes")
        .exits(0)
        .prints("B\n");
}

#[test]
fn an_empty_list_is_well_formed_in_each_format() {
    let shop = Shop::open();
    shop.run("list")
        .exits(0)
        .prints("")
        .says(&["No vouchers match."]);
    shop.run("list -o json").exits(0).prints("[]\n");
    shop.run("list -o jsonl").exits(0).prints("");
    shop.run("list -o csv")
        .exits(0)
        .prints("cdk,status,traffic,create_time,traffic_duration,label,order,customer\n");
    shop.put("A", 1, 1, VoucherStatus::Unused);
    shop.run("list --label nobody -o codes").exits(0).prints("");
}

#[test]
fn a_list_that_breaks_off_is_incomplete() {
    let shop = Shop::open();
    shop.sandbox.preload(3000, 1);
    shop.sandbox
        .inject(Fault::on(Operation::List).answer(Answer::HalfBody));
    let broken = shop
        .run("list -o json")
        .exits(5)
        .says(&["what was printed is only a part of the list"]);
    assert!(broken.out.starts_with("[\n  {") && !broken.out.ends_with("]\n"));
}

/// A service whose list has a row every 20 ms, and no end. Its thread ends when nobody reads any more.
fn endless_list() -> String {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";
        let mut written = write!(stream, "{head}{{\"code\":200,\"data\":[");
        for number in 0_u32.. {
            if written.is_err() {
                return;
            }
            let comma = if number == 0 { "" } else { "," };
            written = write!(
                stream,
                "{comma}{{\"cdk\":\"code{number}\",\"create_time\":1,\"status\":1,\"traffic\":1,\"traffic_duration\":1}}"
            );
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    });
    url
}

#[test]
fn a_list_that_does_not_end_is_given_up_after_the_timeout() {
    let shop = Shop::open();
    for command in ["list -o codes --timeout 1s", "report --timeout 1s"] {
        let mut command = shop.command(command);
        command.env("THORDATA_CDK_BASE_URL", endless_list());
        crate::support::ended(command, "").exits(5).says(&[
            "error: the list did not end within 1 s",
            "next: a long list needs a larger --timeout",
        ]);
    }
}

#[test]
fn a_wait_of_more_than_a_second_is_reported() {
    let shop = Shop::with_three();
    let later = Answer::Status {
        status: 429,
        content_type: "text/plain".to_owned(),
        body: String::new(),
        headers: vec![("retry-after".to_owned(), "1".to_owned())],
    };
    shop.sandbox
        .inject(Fault::on(Operation::List).answer(later));
    shop.run("list -o codes --status revoked")
        .exits(0)
        .prints("LCoum2cHq1XSmTGi\n")
        .says(&["Waiting 1 s, then trying again: the service answered HTTP 429."]);
}

/// One row of two cannot be read: its traffic is no number, or its status neither.
fn odd_rows(status: &str) -> Fault {
    let body = format!(
        r#"{{"code":200,"data":[{{"cdk":"nozzapqOWJOCcWIX","create_time":1748332399,"status":1,"traffic":3,"traffic_duration":7776000}},{{"cdk":"uJQJFnycHOpSEw5N","create_time":1748332399,"status":{status},"traffic":"much","traffic_duration":7776000}}],"msg":"ok"}}"#
    );
    Fault::on(Operation::List).answer(Answer::Status {
        status: 200,
        content_type: "application/json".into(),
        body,
        headers: Vec::new(),
    })
}

#[test]
fn rows_that_cannot_be_read_are_reported_by_audit_and_watch() {
    let shop = Shop::open();
    shop.sandbox.inject(odd_rows("1"));
    shop.run("audit")
        .exits(3)
        .says(&["1 of the list's rows cannot be read"]);
    shop.sandbox.inject(odd_rows("\"x\""));
    shop.run("watch --once")
        .exits(3)
        .says(&["1 of the list's rows cannot be read"]);
}

#[test]
fn a_watch_that_goes_on_reports_once_that_rows_cannot_be_read() {
    let shop = Shop::open();
    shop.sandbox.inject(odd_rows("\"x\"").always());
    let watching = shop.start("watch --interval 20ms");
    let said = || {
        watching
            .err()
            .matches("1 of the list's rows cannot be read")
            .count()
    };
    until("it is said", || said() == 1);
    let seen = shop.requests("list");
    until("it has looked again", || shop.requests("list") > seen + 2);
    watching.signal("TERM");
    assert_eq!(said(), 1);
    watching.end().exits(130);
}

#[test]
fn codes_alone_are_printed_of_rows_that_cannot_be_read_otherwise() {
    let shop = Shop::open();
    shop.sandbox.inject(odd_rows("1"));
    shop.run("list -o codes")
        .exits(0)
        .prints("nozzapqOWJOCcWIX\nuJQJFnycHOpSEw5N\n")
        .says(&["their codes are printed"]);
    shop.sandbox.inject(odd_rows("1"));
    shop.run("list -o csv")
        .exits(3)
        .says(&["they are left out"]);
}

#[test]
fn revoke_says_that_a_row_cannot_be_read() {
    let shop = Shop::open();
    shop.sandbox.inject(odd_rows("1"));
    shop.run("revoke uJQJFnycHOpSEw5N --yes")
        .says(&["its row cannot be read", "1 code: 1 unreadable."]);
}

#[test]
fn what_an_unreadable_row_calls_used_or_revoked_is_not_sent() {
    for (status, result) in [("2", "used"), ("3", "already_revoked")] {
        let shop = Shop::open();
        shop.sandbox.inject(odd_rows(status));
        let ended = shop.run("revoke uJQJFnycHOpSEw5N --yes -o json");
        assert_eq!(ended.json()[0]["result"], json!(result));
        assert_eq!(shop.requests("revoke"), 0);
    }
}

//! `doctor`.

use thordata_cdk_sandbox::{Answer, Fault, Operation};

use crate::support::{Ended, Shop, ended};

#[track_caller]
fn finds(ended: &Ended, check: &str, result: &str, detail: &str) {
    let rows = ended.json();
    let found = rows.as_array().unwrap().iter().any(|row| {
        row["check"] == check
            && row["result"] == result
            && row["detail"].as_str().unwrap().contains(detail)
    });
    assert!(found, "{check}, {result}, {detail}: {ended:#?}");
}

fn reply(body: &str) -> Answer {
    Answer::Status {
        status: 200,
        content_type: "application/json".to_owned(),
        body: body.to_owned(),
        headers: Vec::new(),
    }
}

#[test]
fn a_healthy_account_gets_no_complaint() {
    let shop = Shop::with_three();
    let ended = shop.run("doctor --contract -o json").exits(0);
    let rows = ended.json();
    let results: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["result"].as_str().unwrap())
        .collect();
    assert_eq!(results, ["ok"; 10], "{ended:#?}");
    finds(
        &ended,
        "credentials",
        "ok",
        "token: environment, THORDATA_PUBLIC_TOKEN",
    );
    assert_eq!((shop.requests("create"), shop.requests("revoke")), (0, 0));
}

#[test]
fn each_part_of_the_connection_is_named() {
    let shop = Shop::open();
    let with = |name: &str, value: &str| {
        let mut command = shop.command("doctor -o json");
        command.env(name, value);
        ended(command, "")
    };
    finds(
        &with("THORDATA_PUBLIC_KEY", "wrong").exits(4),
        "request",
        "failed",
        "10014",
    );
    finds(
        &with("THORDATA_PUBLIC_KEY", "").exits(2),
        "credentials",
        "failed",
        "is set and",
    );
    finds(
        &with("THORDATA_CDK_BASE_URL", "http://127.0.0.1:9").exits(5),
        "host",
        "failed",
        "127.0.0.1:9",
    );
    let unknown = with("THORDATA_CDK_BASE_URL", "https://no-such-host.invalid").exits(5);
    finds(
        &unknown,
        "host",
        "failed",
        "the name no-such-host.invalid cannot be resolved",
    );
    finds(
        &with("THORDATA_CDK_NOW", "1763990000").exits(0),
        "clock",
        "warning",
        "2 hours behind the host's",
    );
}

#[test]
fn an_open_order_is_reported() {
    let shop = Shop::open();
    shop.sandbox.set_balance(3);
    shop.run("create --order A --traffic 1 --count 5 --chunk 3")
        .exits(3);
    finds(
        &shop.run("doctor -o json").exits(0),
        "store",
        "warning",
        "1 order open",
    );
}

#[test]
fn answers_off_the_contract_are_reported_without_their_values() {
    let shop = Shop::with_three();
    // The first list looks who answers, the second is the read-only request, and the third is compared.
    let body = r#"{"code":200,"msg":"","data":[{"cdk":"nozzapqOWJOCcWlX","create_time":"1748332399",
        "status":8,"traffic":3,"traffic_duration":1,"vip":true}]}"#;
    shop.sandbox
        .inject(Fault::on(Operation::List).skip(2).answer(reply(body)));
    let unknown = reply(r#"{"code":31337,"msg":"no such code","data":{}}"#);
    shop.sandbox
        .inject(Fault::on(Operation::Get).skip(1).answer(unknown));
    let ended = shop.run("doctor --contract -o json").exits(0);
    finds(
        &ended,
        "contract: list",
        "warning",
        "reply.data[].vip: a field that the contract does not know",
    );
    finds(
        &ended,
        "contract: list",
        "warning",
        "reply.data[].status: status 8 is not documented",
    );
    finds(
        &ended,
        "contract: list",
        "warning",
        "create_time: the contract says integer, the reply has a string",
    );
    finds(
        &ended,
        "contract: unknown code",
        "warning",
        "answered with 31337, which is not documented",
    );
    assert!(!ended.out.contains("nozzapqOWJOCcWlX"), "{ended:#?}");
}

#[test]
fn a_service_that_reads_only_the_body_is_recognised() {
    let shop = Shop::with_three();
    let all = reply(
        r#"{"code":200,"msg":"","data":[
        {"cdk":"A","create_time":1,"status":1,"traffic":3,"traffic_duration":1},
        {"cdk":"B","create_time":1,"status":2,"traffic":3,"traffic_duration":1}]}"#,
    );
    // Three lists pass: who answers, the read-only request and the whole list. The one with `status` in the query is
    // ignored.
    shop.sandbox
        .inject(Fault::on(Operation::List).skip(3).answer(all));
    let ended = shop.run("doctor --contract -o json").exits(0);
    finds(
        &ended,
        "contract: list by status",
        "warning",
        "taken from the body, not from the query",
    );
}

#[test]
fn an_empty_account_can_be_looked_at() {
    let ended = Shop::open().run("doctor --contract -o json").exits(0);
    finds(
        &ended,
        "contract: get",
        "warning",
        "there is no voucher to look up",
    );
    Shop::open().run("doctor --everything").exits(2);
}

#[test]
fn the_proxy_in_use_is_named_without_its_password() {
    let shop = Shop::open();
    let mut command = shop.command("doctor -o json --timeout 2s");
    command
        .env("THORDATA_CDK_BASE_URL", "https://cdk.invalid")
        .env("HTTPS_PROXY", "http://user:hunter2-secret@127.0.0.1:9");
    let ended = crate::support::ended(command, "").exits(5);
    assert!(!format!("{ended:?}").contains("hunter2"));
    let proxy = ended.json();
    let proxy = proxy
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["check"] == "proxy");
    assert_eq!(
        proxy.unwrap()["detail"],
        "requests go through http://127.0.0.1:9"
    );

    let mut local = shop.command("doctor -o json");
    local.env("HTTP_PROXY", "http://127.0.0.1:9");
    let rows = crate::support::ended(local, "").json();
    assert!(
        rows.as_array()
            .unwrap()
            .iter()
            .all(|row| row["check"] != "proxy")
    );
    let host = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["check"] == "host");
    assert_eq!(host.unwrap()["result"], "ok");
}

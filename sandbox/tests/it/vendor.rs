//! The vendor's own examples, letter by letter.

use thordata_cdk_sandbox::{Voucher, VoucherStatus};

use crate::support::{Http, start};

fn example(code: &str, traffic: i64, create_time: i64) -> Voucher {
    Voucher::new(code, traffic, create_time)
}

#[test]
fn create_answers_in_the_shape_of_the_create_page() {
    let sandbox = start();
    let reply = Http::to(&sandbox).create(3, 2);
    let codes = reply.codes();
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(
        reply.body,
        format!(
            r#"{{"code":200,"data":{{"cdk":["{}","{}"]}},"msg":"ok"}}"#,
            codes[0], codes[1]
        )
    );
    assert!(codes.iter().all(|code| code.len() == 16));
    assert!(
        codes
            .iter()
            .all(|code| code.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    );
}

#[test]
fn list_answers_the_example_of_the_list_page() {
    let sandbox = start();
    let mut voucher = example("uJQJFnycHOpSEw5N", 3, 1_748_332_399);
    voucher.status = VoucherStatus::Revoked;
    assert!(sandbox.insert(voucher));
    assert_eq!(
        Http::to(&sandbox).get("/api/cdk/list?status=3").body,
        r#"{"code":200,"data":[{"cdk":"uJQJFnycHOpSEw5N","create_time":1748332399,"status":3,"traffic":3,"traffic_duration":7776000}],"msg":"ok"}"#
    );
}

#[test]
fn info_answers_the_odd_example_of_the_details_page() {
    let sandbox = start();
    let mut voucher = example("LCoum2cHq1XSmTGi", 2, 1_748_253_271);
    voucher.use_username = Some("Thor123456".into());
    voucher.use_time = Some(170_000_000);
    assert!(sandbox.insert(voucher));
    assert_eq!(
        Http::to(&sandbox)
            .get("/api/cdk/info?cdk=LCoum2cHq1XSmTGi")
            .body,
        r#"{"code":200,"data":{"cdk":"LCoum2cHq1XSmTGi","create_time":1748253271,"status":1,"traffic":2,"traffic_duration":7776000,"use_username":"Thor123456","use_time":170000000},"msg":"ok"}"#
    );
}

#[test]
fn revoke_answers_the_example_of_the_revoke_page() {
    let sandbox = start();
    assert!(sandbox.insert(example("uJQJFnycHOpSEw5N", 3, 1_748_332_399)));
    let reply = Http::to(&sandbox).post("/api/cdk/revoke", "cdk=uJQJFnycHOpSEw5N");
    assert_eq!(reply.body, r#"{"code":200,"data":{},"msg":"ok"}"#);
    assert_eq!(sandbox.vouchers()[0].status, VoucherStatus::Revoked);
}

#[test]
fn an_unknown_path_answers_what_was_once_observed() {
    let sandbox = start();
    let reply = Http::to(&sandbox).get("/api/cdk/nope");
    assert_eq!(reply.status, 404);
    assert_eq!(
        reply.body,
        r#"{"ret":404,"code":1,"msg":"page not exists!","ret_data":""}"#
    );
}

#[test]
fn the_details_of_an_unused_voucher_leave_out_the_redemption() {
    let sandbox = start();
    assert!(sandbox.insert(example("AAAABBBBCCCCDDDD", 1, 1)));
    assert_eq!(
        Http::to(&sandbox)
            .get("/api/cdk/info?cdk=AAAABBBBCCCCDDDD")
            .body,
        r#"{"code":200,"data":{"cdk":"AAAABBBBCCCCDDDD","create_time":1,"status":1,"traffic":1,"traffic_duration":7776000},"msg":"ok"}"#
    );
}

#[test]
fn the_details_of_a_redeemed_voucher_name_the_user_and_the_time() {
    let sandbox = start();
    assert!(sandbox.insert(example("AAAABBBBCCCCDDDD", 1, 1)));
    sandbox.set_now(1_750_000_000);
    sandbox
        .redeem("AAAABBBBCCCCDDDD", "<b>\"Thor\"</b>")
        .unwrap();
    let data = Http::to(&sandbox)
        .get("/api/cdk/info?cdk=AAAABBBBCCCCDDDD")
        .json()["data"]
        .clone();
    assert_eq!(data["status"], 2);
    assert_eq!(data["use_username"], "<b>\"Thor\"</b>");
    assert_eq!(data["use_time"], 1_750_000_000);
}

#[test]
fn an_empty_account_lists_an_empty_array() {
    let sandbox = start();
    assert_eq!(
        Http::to(&sandbox).get("/api/cdk/list").body,
        r#"{"code":200,"data":[],"msg":"ok"}"#
    );
}

#[test]
fn a_list_without_filter_holds_every_status_in_the_order_of_creation() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    let codes = http.create(1, 3).codes();
    sandbox.redeem(&codes[0], "user").unwrap();
    http.post("/api/cdk/revoke", &format!("cdk={}", codes[1]));
    let seen = |http: &mut Http, path: &str| -> Vec<(String, i64)> {
        let data = http.get(path).json()["data"].clone();
        let pair = |item: &serde_json::Value| {
            (
                item["cdk"].as_str().unwrap().to_owned(),
                item["status"].as_i64().unwrap(),
            )
        };
        data.as_array().unwrap().iter().map(pair).collect()
    };
    let all = [
        (codes[0].clone(), 2),
        (codes[1].clone(), 3),
        (codes[2].clone(), 1),
    ];
    assert_eq!(seen(&mut http, "/api/cdk/list"), all);
    assert_eq!(seen(&mut http, "/api/cdk/list?status=1"), all[2..]);
    assert_eq!(seen(&mut http, "/api/cdk/list?status=2"), all[..1]);
    assert_eq!(seen(&mut http, "/api/cdk/list?status=3"), all[1..2]);
}

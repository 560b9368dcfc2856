//! The vendor's own bodies, verbatim (`tests/fixtures/README.md`).

use std::time::Duration;

use thordata_cdk::{CdkCode, CdkStatus, ErrorCode, Timestamp, Traffic, TrafficDuration};

use super::{REFUSED, UNPROVEN, are_api};
use crate::support::{ORDER, Server, builder, code, errors, json};

#[tokio::test]
async fn create_returns_both_codes_of_the_page() {
    let server = Server::start([json(200, include_str!("../../fixtures/create.json"))]).await;
    let client = builder(&server.base_url).build().unwrap();
    let codes = client.create(ORDER).await.unwrap();
    let codes: Vec<&str> = codes.iter().map(AsRef::as_ref).collect();
    assert_eq!(codes, ["nozzapqOWJOCcWIX", "uJQJFnycHOpSEw5N"]);
}

#[tokio::test]
async fn list_returns_both_vouchers_of_the_page() {
    let server = Server::start([json(200, include_str!("../../fixtures/list.json"))]).await;
    let client = builder(&server.base_url).build().unwrap();
    let list = client.list(CdkStatus::Revoked).await.unwrap();
    let codes: Vec<&str> = list.iter().map(|cdk| cdk.cdk.as_str()).collect();
    assert_eq!(codes, ["uJQJFnycHOpSEw5N", "nozzapqOWJOCcWlX"]);
    for cdk in &list {
        assert_eq!(cdk.create_time, Timestamp(1_748_332_399));
        assert_eq!(cdk.status, CdkStatus::Revoked);
        assert_eq!(cdk.traffic, Traffic(3));
        assert_eq!(cdk.traffic_duration, TrafficDuration(7_776_000));
        let days = Duration::from_secs(90 * 24 * 60 * 60);
        assert_eq!(cdk.traffic_duration.as_duration(), days);
    }
}

#[tokio::test]
async fn get_returns_the_voucher_of_the_page_unused_in_spite_of_its_redemption() {
    let server = Server::start([json(200, include_str!("../../fixtures/info.json"))]).await;
    let client = builder(&server.base_url).build().unwrap();
    let code = CdkCode::new("LCoum2cHq1XSmTGi").unwrap();
    let details = client.get(&code).await.unwrap();
    assert_eq!(details.cdk.as_str(), "LCoum2cHq1XSmTGi");
    assert_eq!(details.status, CdkStatus::Unused);
    assert_eq!(details.create_time, Timestamp(1_748_253_271));
    assert_eq!(details.traffic, Traffic(2));
    assert_eq!(details.traffic_duration, TrafficDuration(7_776_000));
    let redemption = details.redemption().unwrap();
    assert_eq!(redemption.username, Some("Thor123456"));
    assert_eq!(redemption.time, Some(Timestamp(170_000_000)));
}

#[tokio::test]
async fn revoke_takes_the_empty_object_of_the_page() {
    let server = Server::start([json(200, include_str!("../../fixtures/revoke.json"))]).await;
    let client = builder(&server.base_url).build().unwrap();
    client.revoke(&code()).await.unwrap();
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn the_answer_of_an_unknown_path_is_code_1_and_a_refusal_only_by_its_http_status() {
    let body = include_str!("../../fixtures/unknown_path.json");
    let code = ErrorCode::Other(1);
    let with_200 = errors(json(200, body)).await;
    are_api(&with_200, 200, code, "page not exists!", UNPROVEN);
    assert_eq!(
        with_200[1].to_string(),
        "the service answered code 1: page not exists!"
    );
    let with_404 = errors(json(404, body)).await;
    are_api(&with_404, 404, code, "page not exists!", REFUSED);
    assert_eq!(
        with_404[1].to_string(),
        "the service answered code 1: page not exists! (HTTP 404)"
    );
}

//! The whole request of each call, every header of it.

use thordata_cdk::{CdkCode, CdkStatus, Client, NewCdks, Traffic};

use super::Wire;
use crate::support::{self, CREATED, EMPTY_LIST, ORDER, REVOKED, code};

use super::DETAILS;

fn client(wire: &Wire) -> Client {
    support::builder(wire.base_url()).build().unwrap()
}

#[tokio::test]
async fn create_posts_flow_and_num_as_a_form() {
    let wire = Wire::answering(200, CREATED).await;
    let _ = client(&wire).create(ORDER).await.unwrap();
    assert_eq!(
        wire.one(),
        "POST /api/cdk/create\n\
         accept-encoding: identity\n\
         accept: application/json\n\
         content-length: 12\n\
         content-type: application/x-www-form-urlencoded\n\
         host: HOST\n\
         key: key/Yd83hVnP5sJq1GaE==\n\
         token: tok-4f9QzL0xWm7RbT2c\n\
         user-agent: thordata-cdk/0.1.0 rust/VERSION\n\
         \n\
         flow=3&num=2"
    );
}

#[tokio::test]
async fn list_without_a_filter_sends_no_query() {
    let wire = Wire::answering(200, EMPTY_LIST).await;
    client(&wire).list(None).await.unwrap();
    assert_eq!(
        wire.one(),
        "GET /api/cdk/list\n\
         accept-encoding: identity\n\
         accept: application/json\n\
         host: HOST\n\
         key: key/Yd83hVnP5sJq1GaE==\n\
         token: tok-4f9QzL0xWm7RbT2c\n\
         user-agent: thordata-cdk/0.1.0 rust/VERSION\n\
         \n"
    );
}

#[tokio::test]
async fn list_sends_the_number_of_the_status() {
    let wire = Wire::answering(200, EMPTY_LIST).await;
    let client = client(&wire);
    for status in [CdkStatus::Unused, CdkStatus::Used, CdkStatus::Revoked] {
        client.list(status).await.unwrap();
    }
    client.list(Some(CdkStatus::Other(7))).await.unwrap();
    let lines: Vec<String> = wire
        .seen()
        .iter()
        .map(|request| request.lines().next().unwrap().to_owned())
        .collect();
    assert_eq!(
        lines,
        [
            "GET /api/cdk/list?status=1",
            "GET /api/cdk/list?status=2",
            "GET /api/cdk/list?status=3",
            "GET /api/cdk/list?status=7",
        ]
    );
}

#[tokio::test]
async fn get_sends_the_code_in_the_query() {
    let wire = Wire::answering(200, DETAILS).await;
    client(&wire).get(&code()).await.unwrap();
    assert_eq!(
        wire.one(),
        "GET /api/cdk/info?cdk=nozzapqOWJOCcWIX\n\
         accept-encoding: identity\n\
         accept: application/json\n\
         host: HOST\n\
         key: key/Yd83hVnP5sJq1GaE==\n\
         token: tok-4f9QzL0xWm7RbT2c\n\
         user-agent: thordata-cdk/0.1.0 rust/VERSION\n\
         \n"
    );
}

#[tokio::test]
async fn revoke_posts_the_code_as_a_form() {
    let wire = Wire::answering(200, REVOKED).await;
    client(&wire).revoke(&code()).await.unwrap();
    assert_eq!(
        wire.one(),
        "POST /api/cdk/revoke\n\
         accept-encoding: identity\n\
         accept: application/json\n\
         content-length: 20\n\
         content-type: application/x-www-form-urlencoded\n\
         host: HOST\n\
         key: key/Yd83hVnP5sJq1GaE==\n\
         token: tok-4f9QzL0xWm7RbT2c\n\
         user-agent: thordata-cdk/0.1.0 rust/VERSION\n\
         \n\
         cdk=nozzapqOWJOCcWIX"
    );
}

/// Every character that a code may hold, and what a form makes of them (WHATWG URL, section 5.2).
const ODD: &str = "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";
const ODD_ENCODED: &str = "%21%22%23%24%25%26%27%28%29*%2B%2C-.%2F0123456789%3A%3B%3C%3D%3E%3F%40ABCDEFGHIJKLMNOPQRSTUVWXYZ%5B%5C%5D%5E_%60abcdefghijklmnopqrstuvwxyz%7B%7C%7D%7E";

#[tokio::test]
async fn a_code_of_odd_characters_is_encoded_in_the_query() {
    let wire = Wire::answering(200, DETAILS).await;
    let code = CdkCode::new(ODD).unwrap();
    let _ = client(&wire).get(&code).await;
    let expected = format!("GET /api/cdk/info?cdk={ODD_ENCODED}\n");
    let request = wire.one();
    assert!(request.starts_with(&expected), "{request}");
}

#[tokio::test]
async fn a_code_of_odd_characters_is_encoded_in_the_form() {
    let wire = Wire::answering(200, REVOKED).await;
    let code = CdkCode::new(ODD).unwrap();
    client(&wire).revoke(&code).await.unwrap();
    let expected = format!("\n\ncdk={ODD_ENCODED}");
    let request = wire.one();
    assert!(request.ends_with(&expected), "{request}");
}

#[tokio::test]
async fn codes_that_differ_in_one_look_alike_letter_stay_different() {
    let wire = Wire::answering(200, DETAILS).await;
    let client = client(&wire);
    for code in ["nozzapqOWJOCcWIX", "nozzapqOWJOCcWlX"] {
        let _ = client.get(&CdkCode::new(code).unwrap()).await;
    }
    let seen = wire.seen();
    assert!(seen[0].starts_with("GET /api/cdk/info?cdk=nozzapqOWJOCcWIX\n"));
    assert!(seen[1].starts_with("GET /api/cdk/info?cdk=nozzapqOWJOCcWlX\n"));
}

#[tokio::test]
async fn the_largest_order_is_sent_in_full() {
    let wire = Wire::answering(200, CREATED).await;
    let order = NewCdks {
        traffic: Traffic(i64::MAX),
        count: 2_147_483_647,
    };
    let _ = client(&wire).create(order).await.unwrap();
    let request = wire.one();
    let body = "\n\nflow=9223372036854775807&num=2147483647";
    assert!(request.ends_with(body), "{request}");
}

//! How long a reply may be.

use std::time::Duration;

use thordata_cdk::{Outcome, RetryPolicy};

use super::is_decode;
use crate::support::{EMPTY_LIST, ORDER, Reply, Server, builder, json};

#[tokio::test]
async fn a_reply_of_exactly_the_limit_is_read_and_one_byte_more_is_not() {
    let server = Server::start([json(200, EMPTY_LIST), json(200, EMPTY_LIST)]).await;
    let limit = EMPTY_LIST.len();
    let client = builder(&server.base_url).max_response_bytes(limit);
    assert_eq!(client.build().unwrap().list(None).await.unwrap(), []);
    let client = builder(&server.base_url).max_response_bytes(limit - 1);
    let error = client.build().unwrap().list(None).await.unwrap_err();
    let why = format!(
        "it is longer than {} bytes; `list_stream` reads a list of any length",
        limit - 1
    );
    is_decode(&error, 200, &why, Outcome::NotApplied);
}

#[tokio::test]
async fn the_limit_holds_for_a_failure_too_and_keeps_its_status() {
    let long = "x".repeat(101);
    let server = Server::start([json(500, &long), json(404, &long)]).await;
    let client = builder(&server.base_url).max_response_bytes(100);
    let client = client.build().unwrap();
    let why = "it is longer than 100 bytes";
    let error = client.create(ORDER).await.unwrap_err();
    is_decode(&error, 500, why, Outcome::Unknown);
    let error = client.list(None).await.unwrap_err();
    is_decode(&error, 404, why, Outcome::NotApplied);
}

#[tokio::test]
async fn a_reply_that_is_too_long_is_not_asked_for_again() {
    let server = Server::start(vec![json(200, EMPTY_LIST); 4]).await;
    let policy = RetryPolicy::default().base_delay(Duration::ZERO);
    let client = builder(&server.base_url).retry(policy);
    let client = client.max_response_bytes(5).build().unwrap();
    let error = client.list(None).await.unwrap_err();
    let why = "it is longer than 5 bytes; `list_stream` reads a list of any length";
    is_decode(&error, 200, why, Outcome::NotApplied);
    assert_eq!(server.requests().len(), 1);
}

/// 65 MiB in pieces, with no length announced beforehand.
#[tokio::test]
async fn a_reply_without_end_stops_at_64_mib_and_a_list_without_rows_before() {
    let server = Server::start(vec![Reply::Flood(65 * 1024 * 1024); 2]).await;
    let client = builder(&server.base_url).build().unwrap();
    let error = client.list(None).await.unwrap_err();
    let why = "1048576 bytes of it brought no row";
    is_decode(&error, 200, why, Outcome::NotApplied);
    let why = "it is longer than 67108864 bytes";
    let error = client.create(ORDER).await.unwrap_err();
    is_decode(&error, 200, why, Outcome::Unknown);
}

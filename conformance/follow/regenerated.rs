//! What a user of `docs/regenerate.md` gets: the field and the operation of his contract, from the packaged crates.

use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;
use thordata_cdk::raw::types::RevokeCdkRequest;
use thordata_cdk::{CdkCode, Client, Credentials, OPENAPI, OPENAPI_VERSION};

/// A service that knows more than the contract in the package does.
async fn client() -> Client {
    let details = json!({ "code": 200, "msg": "ok", "data": {
        "cdk": "uJQJFnycHOpSEw5N", "create_time": 1748332399, "status": 2, "traffic": 3,
        "traffic_duration": 7776000, "use_country": "de",
    }});
    let transferred = json!({ "code": 200, "msg": "ok", "data": { "cdk": "uJQJFnycHOpSEw5N", "to": "Thor123456" } });
    let router = Router::new()
        .route("/api/cdk/info", get(async || Json(details)))
        .route("/api/cdk/transfer", post(async || Json(transferred)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, router).await });
    let credentials = Credentials::new("token", "key").unwrap();
    Client::builder(credentials).base_url(base_url).build().unwrap()
}

#[tokio::test]
async fn the_new_field_is_typed() {
    let code: CdkCode = "uJQJFnycHOpSEw5N".parse().unwrap();
    let details = client().await.get(&code).await.unwrap();
    assert_eq!(details.use_country.as_deref(), Some("de"));
}

#[tokio::test]
async fn the_new_operation_is_in_raw() {
    let client = client().await;
    let body = RevokeCdkRequest::new("uJQJFnycHOpSEw5N".parse().unwrap());
    let reply = client.raw().transfer_cdk(&body).await.unwrap().into_inner();
    assert_eq!(reply.data().unwrap().to, "Thor123456");
}

#[test]
fn the_program_shows_the_contract_that_it_was_compiled_from() {
    assert_eq!(OPENAPI, include_str!("../cdk.yaml"));
    assert_eq!(OPENAPI_VERSION, "0.1.0-shop.1");
}

//! Every public value, printed.

use std::time::Duration;

use futures_util::StreamExt;
use thordata_cdk::raw::types::{CreateCdksRequest, CreatedCdks, RevokeCdkRequest};
use thordata_cdk::{CdkCode, Client, Credentials, Cursor, Envelope, NewCdks, Traffic, blocking};
use thordata_cdk_sandbox::{Sandbox, Voucher};

use super::{CODE, KEY, ODD_CODE, TOKEN, check_debug, check_display, check_text};

fn codes() -> Vec<CdkCode> {
    [CODE, ODD_CODE]
        .map(|code| CdkCode::new(code).unwrap())
        .into()
}

pub(crate) async fn sandbox() -> Sandbox {
    let sandbox = Sandbox::builder()
        .credentials(TOKEN, KEY)
        .start()
        .await
        .unwrap();
    for code in [CODE, ODD_CODE] {
        assert!(sandbox.insert(Voucher::new(code, 3, 1_748_332_399)));
    }
    sandbox
}

pub(crate) fn client(sandbox: &Sandbox) -> Client {
    let builder = Client::builder(Credentials::new(TOKEN, KEY).unwrap());
    builder
        .base_url(sandbox.base_url())
        .get_params_in_body(true)
        .build()
        .unwrap()
}

#[test]
fn credentials_and_clients_print_neither_token_nor_key() {
    let credentials = Credentials::new(TOKEN, KEY).unwrap();
    check_debug(&credentials);
    let builder = Client::builder(credentials);
    check_debug(&builder);
    let client = builder.build().unwrap();
    check_debug(&client);
    check_debug(&client.raw());
}

#[test]
fn a_code_is_printed_whole_by_display_alone() {
    assert_eq!(codes()[0].to_string(), "nozzapqOWJOCcWIX");
    assert_eq!(format!("{:?}", codes()[0]), "CdkCode(no…IX)");
    check_debug(&codes());
    check_debug(&CreatedCdks::new(codes()));
    check_debug(&RevokeCdkRequest::new(codes().remove(1)));
    check_debug(&CreateCdksRequest::new(
        3.try_into().unwrap(),
        2.try_into().unwrap(),
    ));
    let reply = format!(r#"{{"code":200,"data":{{"cdk":["{CODE}","{ODD_CODE}"]}}}}"#);
    check_debug(&serde_json::from_str::<Envelope<CreatedCdks>>(&reply).unwrap());
}

#[tokio::test]
async fn what_the_calls_return_prints_no_code() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let order = NewCdks {
        traffic: Traffic(3),
        count: 2,
    };
    let created = client.create(order).await.unwrap();
    let own: Vec<String> = created.iter().map(ToString::to_string).collect();
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    check_text("created", &format!("{created:?}"), &own);

    let list = client.list(None).await.unwrap();
    assert_eq!(list.len(), 4);
    check_debug(&list);
    for code in codes() {
        check_debug(&client.get(&code).await.unwrap());
        check_debug(&client.raw().get_cdk(&code).await.unwrap());
    }
    check_debug(&client.raw().list_cdks(None).await.unwrap());

    let mut bulk = client.get_all(codes());
    let first = bulk.next().await.unwrap();
    check_debug(&bulk);
    check_debug(&first);
    assert_eq!(bulk.in_flight().len(), 1);
}

#[tokio::test]
async fn a_watch_and_its_cursor_print_and_store_no_code() {
    let sandbox = sandbox().await;
    sandbox.redeem(CODE, "customer-1").unwrap();
    sandbox.redeem(ODD_CODE, "customer-2").unwrap();
    let client = client(&sandbox);
    let mut watch = client.watch_redemptions(Duration::from_millis(1), Cursor::default());
    check_debug(&watch.next().await.unwrap());
    check_debug(&watch);
    assert_eq!(watch.cursor().len(), 1);
    check_display(watch.cursor());
    check_debug(watch.cursor());
}

#[test]
fn the_blocking_client_prints_no_secret() {
    let credentials = Credentials::new(TOKEN, KEY).unwrap();
    let client = blocking::Client::new(credentials).unwrap();
    check_debug(&client);
    check_debug(&client.get_all(codes()));
}

#[tokio::test]
async fn the_sandbox_prints_no_secret_of_its_own() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    client.revoke(&codes()[1]).await.unwrap();
    check_debug(&client.get(&codes()[1]).await.unwrap());
    check_debug(&sandbox);
    check_debug(&sandbox.credentials());
    check_debug(&sandbox.vouchers());
    check_debug(&sandbox.requests());
    check_debug(&Sandbox::builder().credentials(TOKEN, KEY));
}

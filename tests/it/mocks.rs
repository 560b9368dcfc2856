//! The typed mocks of the feature `httpmock`: each operation, matched and not matched.

use std::num::{NonZeroU32, NonZeroU64};

use thordata_cdk::mocks::httpmock::MockServer;
use thordata_cdk::mocks::{MockServerExt, operations};
use thordata_cdk::raw::types::{CreateCdksRequest, CreatedCdks, RevokeCdkRequest};
use thordata_cdk::{
    Cdk, CdkDetails, CdkStatus, Client, Envelope, ErrorCode, Ignored, NewCdks, Timestamp, Traffic,
    TrafficDuration,
};

use crate::support::{CODE, ORDER, builder, code};

async fn bench() -> (MockServer, Client) {
    let server = MockServer::start_async().await;
    let client = builder(server.base_url()).build().unwrap();
    (server, client)
}

fn order(flow: u64, num: u32) -> CreateCdksRequest {
    CreateCdksRequest::new(
        NonZeroU64::new(flow).unwrap(),
        NonZeroU32::new(num).unwrap(),
    )
}

fn cdk(status: CdkStatus) -> Cdk {
    Cdk::new(
        code(),
        Timestamp(1_748_332_399),
        status,
        Traffic(3),
        TrafficDuration(7_776_000),
    )
}

#[tokio::test]
async fn create_is_matched_by_its_form() {
    let (server, client) = bench().await;
    let mock = server.create_cdks(|when, then| {
        when.body(&order(3, 2));
        let cdk = vec![code(), "uJQJFnycHOpSEw5N".parse().unwrap()];
        then.ok(&Envelope::success(CreatedCdks::new(cdk)));
    });
    assert_eq!(client.create(ORDER).await.unwrap().len(), 2);
    let other = NewCdks { count: 3, ..ORDER };
    assert_eq!(client.create(other).await.unwrap_err().status(), Some(404));
    mock.assert_calls(1);
}

#[tokio::test]
async fn list_is_matched_by_the_number_of_its_status_and_by_none() {
    let (server, client) = bench().await;
    let used = server.list_cdks(|when, then| {
        when.status(&CdkStatus::Used);
        then.ok(&Envelope::success(vec![cdk(CdkStatus::Used)]));
    });
    assert_eq!(
        client.list(CdkStatus::Used).await.unwrap(),
        [cdk(CdkStatus::Used)]
    );
    assert!(client.list(CdkStatus::Unused).await.is_err());
    assert!(client.list(None).await.is_err());
    used.assert_calls(1);
    let all = server.list_cdks(|when, then| {
        when.status(None);
        then.ok(&Envelope::success(vec![]));
    });
    assert_eq!(client.list(None).await.unwrap(), []);
    all.assert_calls(1);
}

#[tokio::test]
async fn get_is_matched_by_its_code() {
    let (server, client) = bench().await;
    let mut details = CdkDetails::new(
        code(),
        Timestamp(1_748_253_271),
        CdkStatus::Other(7),
        Traffic(2),
        TrafficDuration(7_776_000),
    );
    details.use_username = Some("Thor123456".into());
    let mock = server.get_cdk(|when, then| {
        when.cdk(&code());
        then.ok(&Envelope::success(details.clone()));
    });
    assert_eq!(client.get(&code()).await.unwrap(), details);
    let look_alike = CODE.replace('I', "l").parse().unwrap();
    assert!(client.get(&look_alike).await.is_err());
    mock.assert_calls(1);
}

#[tokio::test]
async fn revoke_is_matched_by_its_form_and_may_fail_as_the_vendor_does() {
    let (server, client) = bench().await;
    let mut refused = server.revoke_cdk(|when, then| {
        when.body(&RevokeCdkRequest::new(code()));
        then.ok(&Envelope::failure(10000, "parameter error"));
    });
    let error = client.revoke(&code()).await.unwrap_err();
    assert_eq!(error.api_code(), Some(ErrorCode::ParameterError));
    assert_eq!(
        error.to_string(),
        "the service answered 10000 (parameter error): parameter error"
    );
    refused.delete();
    server.revoke_cdk(|_, then| {
        then.ok(&Envelope::success(Ignored));
    });
    client.revoke(&code()).await.unwrap();
}

#[tokio::test]
async fn what_the_types_do_not_allow_goes_through_the_inner_mock() {
    let (server, client) = bench().await;
    server.list_cdks(|when, then: operations::ListCdksThen| {
        when.into_inner().header("key", crate::support::KEY);
        then.into_inner().status(502).body("<h1>Bad gateway</h1>");
    });
    assert_eq!(client.list(None).await.unwrap_err().status(), Some(502));
}

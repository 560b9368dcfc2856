//! The blocking face of the client.

use thordata_cdk::blocking::{Client, Issuer};
use thordata_cdk::issue::IssuerKind;
use thordata_cdk::{CdkCode, CdkStatus, Credentials, Error, NewCdks, Traffic};
use thordata_cdk_sandbox::Sandbox;

const ORDER: NewCdks = NewCdks {
    traffic: Traffic(3),
    count: 3,
};

fn bench() -> (Sandbox, Client) {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let secrets = sandbox.credentials();
    let client =
        thordata_cdk::Client::builder(Credentials::new(&secrets.token, &secrets.key).unwrap())
            .base_url(sandbox.base_url())
            .build()
            .unwrap();
    (sandbox, Client::over(client).unwrap())
}

#[test]
fn the_four_calls_work_without_a_runtime_and_from_many_threads() {
    let (_sandbox, client) = bench();
    let codes = client.create(ORDER).unwrap();
    assert_eq!(codes.len(), 3);
    client.revoke(&codes[0]).unwrap();
    assert_eq!(client.get(&codes[0]).unwrap().status, CdkStatus::Revoked);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(client.list(CdkStatus::Unused).unwrap().len(), 2));
        }
    });
}

#[test]
fn bulk_calls_are_iterators() {
    let (_sandbox, client) = bench();
    let codes = client.create(ORDER).unwrap();
    let mut revoked = client.revoke_all(codes.clone()).concurrency(2);
    let mut named: Vec<CdkCode> = Vec::new();
    for result in revoked.by_ref() {
        let (code, result) = result.unwrap();
        result.unwrap();
        named.push(code);
    }
    assert_eq!(revoked.in_flight().len(), 0);
    named.sort();
    let mut codes = codes;
    codes.sort();
    assert_eq!(named, codes);
    let statuses = client
        .get_all(codes)
        .map(|result| result.unwrap().1.unwrap().status);
    assert_eq!(statuses.collect::<Vec<_>>(), [CdkStatus::Revoked; 3]);
}

#[test]
fn the_issuer_buys_and_recovers() {
    let (_sandbox, client) = bench();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let issuer = Issuer::open(&client, &path, IssuerKind::Shared).unwrap();
    let issued = issuer.issue(ORDER).unwrap();
    assert!(issued.is_complete());
    drop(issuer);
    let issuer = Issuer::open(&client, &path, IssuerKind::Shared).unwrap();
    assert_eq!(issuer.recover().unwrap()[0].id, issued.id);
    issuer.ack(issued.id).unwrap();
    let parts: Vec<_> = issuer
        .issue_all(ORDER)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(parts.len(), 1);
}

#[test]
fn inside_an_async_runtime_every_call_is_an_error_and_nothing_panics() {
    let (sandbox, client) = bench();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async move {
        let requests = sandbox.last_request_id();
        assert!(matches!(client.create(ORDER), Err(Error::Config(_))));
        assert!(matches!(client.list(None), Err(Error::Config(_))));
        let code = CdkCode::new("nozzapqOWJOCcWIX").unwrap();
        assert!(matches!(
            client.get_all([code]).next(),
            Some(Err(Error::Config(_)))
        ));
        let credentials = Credentials::new("token", "key").unwrap();
        assert!(matches!(Client::new(credentials), Err(Error::Config(_))));
        assert_eq!(sandbox.last_request_id(), requests, "nothing was sent");
        drop(client);
    });
}

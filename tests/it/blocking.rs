//! The blocking face of the client.

use std::time::Duration;

use thordata_cdk::blocking::Client;
use thordata_cdk::{CdkCode, CdkStatus, Credentials, Cursor, Error, NewCdks, Traffic};
use thordata_cdk_sandbox::{Fault, Operation, Sandbox};
use tokio::runtime::{Builder, Runtime};

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
    (sandbox, Client::from_async(client).unwrap())
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
fn a_list_is_an_iterator_of_its_rows_and_can_be_summed_up() {
    let (sandbox, client) = bench();
    sandbox.preload(3000, 2);
    let rows = client.list_stream(CdkStatus::Unused).map(Result::unwrap);
    let traffic = Traffic::checked_sum(rows.map(|row| row.traffic));
    assert_eq!(traffic, Some(Traffic(6000)));
    assert_eq!(client.summarize(None).unwrap().unused.count, 3000);
    sandbox.inject(Fault::refuse(Operation::List, 10013, "sign error"));
    let mut rows = client.list_stream(None);
    assert!(rows.next().unwrap().unwrap_err().is_auth());
    assert!(rows.next().is_none());
}

#[test]
fn bulk_calls_are_iterators() {
    let (_sandbox, client) = bench();
    let codes = client.create(ORDER).unwrap();
    let mut revoked = client.revoke_all(codes.clone().into_codes()).concurrency(2);
    let mut named: Vec<CdkCode> = Vec::new();
    for result in revoked.by_ref() {
        let (code, result) = result.unwrap();
        result.unwrap();
        named.push(code);
    }
    assert_eq!(revoked.in_flight().len(), 0);
    named.sort();
    let mut codes = codes.into_codes();
    codes.sort();
    assert_eq!(named, codes);
    let statuses = client
        .get_all(codes)
        .map(|result| result.unwrap().1.unwrap().status);
    assert_eq!(statuses.collect::<Vec<_>>(), [CdkStatus::Revoked; 3]);
}

#[test]
fn redemptions_are_an_iterator_that_continues_at_its_cursor() {
    let (sandbox, client) = bench();
    let codes = client.create(ORDER).unwrap();
    sandbox.redeem(codes[0].as_str(), "first").unwrap();
    let mut watch = client.watch_redemptions(Duration::from_millis(1), Cursor::default());
    assert_eq!(watch.next().unwrap().unwrap().cdk, codes[0]);
    let cursor = watch.cursor().clone();
    sandbox.redeem(codes[1].as_str(), "second").unwrap();
    let mut watch = client.watch_redemptions(Duration::from_millis(1), cursor);
    assert_eq!(watch.next().unwrap().unwrap().cdk, codes[1]);
    assert_eq!(watch.next_now().unwrap(), None);
}

fn runtimes() -> [Runtime; 2] {
    let [mut one, mut many] = [Builder::new_current_thread(), Builder::new_multi_thread()];
    [&mut one, &mut many].map(|builder| builder.enable_all().build().unwrap())
}

#[test]
fn inside_an_async_runtime_every_call_is_an_error_and_nothing_panics() {
    for runtime in runtimes() {
        let (sandbox, client) = bench();
        let before = sandbox.last_request_id();
        runtime.block_on(async {
            let config = |error: &Error| matches!(error, Error::Config(_));
            let code = CdkCode::new("nozzapqOWJOCcWIX").unwrap();
            assert!(config(&client.create(ORDER).unwrap_err()));
            assert!(config(&client.list(None).unwrap_err()));
            assert!(config(&client.get(&code).unwrap_err()));
            assert!(config(&client.revoke(&code).unwrap_err()));
        });
        assert_eq!(sandbox.last_request_id(), before, "nothing was sent");
        assert_eq!(client.create(ORDER).unwrap().len(), 3);
    }
}

#[test]
fn inside_an_async_runtime_an_iterator_ends_after_one_error() {
    for runtime in runtimes() {
        let (_sandbox, client) = bench();
        let codes = [CdkCode::new("nozzapqOWJOCcWIX").unwrap()];
        runtime.block_on(async move {
            assert_eq!(client.list_stream(None).count(), 1);
            assert!(matches!(client.summarize(None), Err(Error::Config(_))));
            assert_eq!(client.revoke_all(codes.clone()).count(), 1);
            assert_eq!(client.get_all(codes).count(), 1);
            let every = Duration::from_millis(1);
            assert_eq!(
                client.watch_redemptions(every, Cursor::default()).count(),
                1
            );
        });
    }
}

#[test]
fn built_or_dropped_inside_an_async_runtime_it_does_not_panic() {
    for runtime in runtimes() {
        let (_sandbox, client) = bench();
        let codes = client.create(ORDER).unwrap();
        let mut bulk = client.get_all(codes).concurrency(2);
        bulk.next().unwrap().unwrap().1.unwrap();
        runtime.block_on(async move {
            drop(bulk); // with a request in flight
            drop(client); // the last of its runtime's handles
            let credentials = Credentials::new("token", "key").unwrap();
            assert!(matches!(Client::new(credentials), Err(Error::Config(_))));
        });
    }
}

#[test]
fn a_thread_of_spawn_blocking_counts_as_inside_and_one_of_std_does_not() {
    let [_, runtime] = runtimes();
    let (_sandbox, client) = bench();
    let listed = runtime.block_on(async {
        let (one, other) = (client.clone(), client);
        let pooled = tokio::task::spawn_blocking(move || one.list(None)).await;
        assert!(matches!(pooled.unwrap(), Err(Error::Config(_))));
        std::thread::spawn(move || other.list(None)).join().unwrap()
    });
    assert_eq!(listed.unwrap(), []);
}

#[test]
fn the_blocking_client_has_options_and_other_accounts_too() {
    let sandbox = thordata_cdk_sandbox::Sandbox::builder()
        .start_blocking()
        .unwrap();
    let secrets = sandbox.credentials();
    let credentials = thordata_cdk::Credentials::new(&secrets.token, &secrets.key).unwrap();
    let client = thordata_cdk::Client::builder(credentials)
        .base_url(sandbox.base_url())
        .build()
        .unwrap();
    let client = thordata_cdk::blocking::Client::from_async(client).unwrap();
    let timeout = std::time::Duration::from_secs(30);
    let options = thordata_cdk::CallOptions::new().timeout(timeout);
    assert_eq!(client.with_options(options).list(None).unwrap(), []);
    let stranger = thordata_cdk::Credentials::new("another-token", "its-key").unwrap();
    let refused = client.with_credentials(stranger).list(None).unwrap_err();
    assert!(refused.is_auth());
}

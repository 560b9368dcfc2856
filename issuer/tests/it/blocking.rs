//! Without an async runtime.

use thordata_cdk_issuer::blocking::Issuer;
use thordata_cdk_issuer::thordata_cdk::{Client, Credentials};
use thordata_cdk_issuer::{IssueError, IssuerOptions, OrderFilter, OrderState, SqliteStore};
use thordata_cdk_sandbox::Sandbox;

use crate::support::{TWO, lost_answer, quick};

fn client(sandbox: &Sandbox) -> Client {
    let secrets = sandbox.credentials();
    Client::builder(Credentials::new(&secrets.token, &secrets.key).unwrap())
        .base_url(sandbox.base_url())
        .build()
        .unwrap()
}

#[test]
fn an_order_is_bought_settled_and_acknowledged_without_a_runtime() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("vouchers.db"));
    let options = quick(IssuerOptions::exclusive());
    let issuer = Issuer::new(client(&sandbox), store, options).unwrap();
    sandbox.inject(lost_answer());
    let order = issuer.issue("A", TWO).unwrap();
    assert_eq!(*order.state(), OrderState::Complete);
    assert_eq!(issuer.orders(&OrderFilter::open()).unwrap(), [order]);
    assert!(issuer.acknowledge("A").unwrap());
    assert_eq!(sandbox.voucher_count(), 2);
}

#[test]
fn inside_an_async_runtime_every_call_is_an_error_and_nothing_panics() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let open = || SqliteStore::open(folder.path().join("vouchers.db"));
    let options = || quick(IssuerOptions::exclusive());
    let issuer = Issuer::new(client(&sandbox), open(), options()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async move {
        assert!(matches!(issuer.issue("A", TWO), Err(IssueError::Stopped)));
        let another = Issuer::new(client(&sandbox), open(), options());
        assert!(matches!(another, Err(IssueError::Stopped)));
        drop(issuer);
    });
}

//! What the tests share: a sandbox, a store in a folder of its own, and a client that gives up soon.

use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;
use thordata_cdk_issuer::thordata_cdk::{Client, Credentials, NewCdks, RetryPolicy, Traffic};
use thordata_cdk_issuer::{Issuer, IssuerOptions, Order, SqliteStore};
use thordata_cdk_sandbox::{Answer, Commit, Fault, Operation, Sandbox};

pub(crate) const TWO: NewCdks = NewCdks {
    traffic: Traffic(3),
    count: 2,
};

pub(crate) struct Shop {
    pub(crate) sandbox: Sandbox,
    pub(crate) folder: TempDir,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self {
            sandbox: Sandbox::start().await.unwrap(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("vouchers.db")
    }

    pub(crate) fn client(&self) -> Client {
        let secrets = self.sandbox.credentials();
        Client::builder(Credentials::new(&secrets.token, &secrets.key).unwrap())
            .base_url(self.sandbox.base_url())
            .create_timeout(Duration::from_millis(1500))
            .retry(RetryPolicy::default().base_delay(Duration::from_millis(1)))
            .build()
            .unwrap()
    }

    /// A process of its own, as the store sees it.
    pub(crate) async fn issuer(&self, options: IssuerOptions) -> Issuer {
        let store = SqliteStore::open(self.path()).await.unwrap();
        Issuer::new(self.client(), store, options).await.unwrap()
    }

    /// It looks for as long as a slow machine needs.
    pub(crate) async fn exclusive(&self) -> Issuer {
        let options = quick(IssuerOptions::exclusive());
        self.issuer(options.window(Duration::from_secs(60))).await
    }

    /// It soon looks no more: for what no list shows.
    pub(crate) async fn impatient(&self) -> Issuer {
        self.issuer(quick(IssuerOptions::exclusive())).await
    }

    /// How many purchases the service has seen.
    pub(crate) fn posts(&self) -> usize {
        let requests = self.sandbox.requests();
        requests
            .iter()
            .filter(|request| request.operation == Some(Operation::Create))
            .count()
    }

    /// How many lists the service was asked for.
    pub(crate) fn lists(&self) -> usize {
        let requests = self.sandbox.requests();
        requests
            .iter()
            .filter(|request| request.operation == Some(Operation::List))
            .count()
    }

    /// The service's codes, sorted.
    pub(crate) fn ledger(&self) -> Vec<String> {
        let vouchers = self.sandbox.vouchers();
        sorted(vouchers.into_iter().map(|voucher| voucher.code))
    }
}

pub(crate) fn quick(options: IssuerOptions) -> IssuerOptions {
    options
        .window(Duration::from_millis(400))
        .first_look(Duration::from_millis(20))
        .wait(Duration::from_secs(60))
}

/// The order is carried out, and its answer is lost.
pub(crate) fn lost_answer() -> Fault {
    Fault::on(Operation::Create)
        .commit(Commit::Yes)
        .answer(Answer::Close)
}

/// The order is not carried out, and no answer comes.
pub(crate) fn lost_order() -> Fault {
    Fault::on(Operation::Create)
        .commit(Commit::No)
        .answer(Answer::Close)
}

pub(crate) fn codes(order: &Order) -> Vec<String> {
    sorted(order.codes().iter().map(ToString::to_string))
}

pub(crate) fn sorted(codes: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut codes: Vec<String> = codes.into_iter().collect();
    codes.sort();
    codes
}

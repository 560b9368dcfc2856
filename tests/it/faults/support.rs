//! An order, and a client that gives up soon.

use std::time::Duration;

use thordata_cdk::{Client, ClientBuilder, Credentials, NewCdks, RetryPolicy, Traffic};
use thordata_cdk_sandbox::Sandbox;

pub(crate) const ORDER: NewCdks = NewCdks {
    traffic: Traffic(3),
    count: 3,
};

pub(crate) fn builder(sandbox: &Sandbox) -> ClientBuilder {
    let secrets = sandbox.credentials();
    let retry = RetryPolicy::default().base_delay(Duration::from_millis(1));
    Client::builder(Credentials::new(&secrets.token, &secrets.key).unwrap())
        .base_url(sandbox.base_url())
        .create_timeout(Duration::from_secs(2))
        .retry(retry.max_retry_after(Duration::from_millis(20)))
        .adaptive_rate_limit(false)
}

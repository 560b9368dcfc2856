//! Doubles for the tests of a program that uses the client: the sandbox, which is the first choice, and a
//! typed mock (feature `httpmock`) for a reply that the sandbox would have to be talked into. As tests the
//! two functions below would carry `#[tokio::test]`.
//!
//! ```sh
//! cargo run --example mock_in_tests
//! ```

#![allow(clippy::print_stdout)] // it is there to be read

use std::error::Error;

use thordata_cdk::mocks::{MockServerExt, httpmock::MockServer};
use thordata_cdk::{
    Cdk, CdkCode, CdkStatus, Client, Credentials, Envelope, NewCdks, Timestamp, Traffic,
    TrafficDuration,
};
use thordata_cdk_sandbox::{Fault, Operation, Sandbox};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    an_empty_wallet_is_reported_to_the_customer().await?;
    a_status_that_nobody_knows_is_not_for_sale().await?;
    println!("both tests passed");
    Ok(())
}

/// The code under test.
async fn for_sale(client: &Client) -> Result<usize, thordata_cdk::Error> {
    let all = client.list(None).await?;
    Ok(all
        .iter()
        .filter(|cdk| cdk.status == CdkStatus::Unused)
        .count())
}

/// The code under test.
async fn buy(client: &Client) -> String {
    let order = NewCdks {
        traffic: Traffic(3),
        count: 1,
    };
    match client.create(order).await {
        Ok(_) => "thank you".to_owned(),
        Err(error) if error.is_insufficient_funds() => "sold out".to_owned(),
        Err(error) if error.may_have_executed() => "we are looking into it".to_owned(),
        Err(_) => "try again later".to_owned(),
    }
}

/// On the sandbox, which keeps state and can lose an answer.
async fn an_empty_wallet_is_reported_to_the_customer() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder().balance(3).start().await?;
    let secrets = sandbox.credentials();
    let client = Client::builder(Credentials::new(&secrets.token, &secrets.key)?)
        .base_url(sandbox.base_url())
        .build()?;
    assert_eq!(buy(&client).await, "thank you");
    assert_eq!(buy(&client).await, "sold out");
    sandbox.set_balance(3);
    sandbox.inject(Fault::commit_then_drop(Operation::Create));
    assert_eq!(buy(&client).await, "we are looking into it");
    assert_eq!(sandbox.voucher_count(), 2);
    Ok(())
}

/// On a mock, which answers what the test sets.
async fn a_status_that_nobody_knows_is_not_for_sale() -> Result<(), Box<dyn Error>> {
    let server = MockServer::start_async().await;
    let cdk = |code: &str, status| -> Result<Cdk, Box<dyn Error>> {
        Ok(Cdk::new(
            CdkCode::new(code)?,
            Timestamp(1_748_332_399),
            status,
            Traffic(3),
            TrafficDuration(7_776_000),
        ))
    };
    let list = vec![
        cdk("nozzapqOWJOCcWIX", CdkStatus::Unused)?,
        cdk("uJQJFnycHOpSEw5N", CdkStatus::Other(7))?,
    ];
    let listed = server.list_cdks(|when, then| {
        when.status(None); // every status: no filter is sent
        then.ok(&Envelope::success(list));
    });
    let client = Client::builder(Credentials::new("token", "key")?)
        .base_url(server.base_url())
        .build()?;
    assert_eq!(for_sale(&client).await?, 1);
    listed.assert();
    Ok(())
}

//! Revokes every voucher that is older than 30 days and was never redeemed. On a sandbox.
//!
//! ```sh
//! cargo run --example revoke_unsold
//! ```

#![allow(clippy::print_stdout)] // it is there to be read

use std::error::Error;
use std::time::Duration;

use futures_util::StreamExt;
use thordata_cdk::{CdkStatus, Client, Credentials, NewCdks, Traffic};
use thordata_cdk_sandbox::Sandbox;

const OLD_SECS: i64 = 30 * 86_400;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder().now(1_748_332_399).start().await?;
    let secrets = sandbox.credentials();
    let client = Client::builder(Credentials::new(&secrets.token, &secrets.key)?)
        .base_url(sandbox.base_url())
        .build()?;
    let old = client
        .create(NewCdks {
            traffic: Traffic(1),
            count: 5,
        })
        .await?;
    sandbox.advance(Duration::from_secs(31 * 86_400));
    let _new = client
        .create(NewCdks {
            traffic: Traffic(1),
            count: 3,
        })
        .await?;
    for code in old.iter().take(2) {
        sandbox.redeem(code.as_str(), "customer-1")?;
    }

    // The service's clock, as in `create_time`: one that is ahead would revoke vouchers too early.
    let now = sandbox.now();
    let unused = client.list(CdkStatus::Unused).await?;
    let unsold = unused
        .into_iter()
        .filter(|cdk| now.saturating_sub(cdk.create_time.as_secs()) > OLD_SECS)
        .map(|cdk| cdk.cdk);
    let mut results = client.revoke_all(unsold);
    while let Some((code, result)) = results.next().await {
        match result {
            Ok(()) => println!("{}: revoked", code.masked()),
            Err(error) => println!("{}: {error}", code.masked()),
        }
    }
    println!(
        "{} are left to sell",
        client.list(CdkStatus::Unused).await?.len()
    );
    Ok(())
}

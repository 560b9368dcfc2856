//! Reports each redemption once, over a restart too. On a sandbox, with a customer who redeems.
//!
//! ```sh
//! cargo run --example watch_redemptions
//! ```

#![allow(clippy::print_stdout)] // it is there to be read

use std::error::Error;
use std::time::Duration;

use thordata_cdk::{Client, Credentials, Cursor, NewCdks, Traffic};
use thordata_cdk_sandbox::Sandbox;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let secrets = sandbox.credentials();
    let client = Client::builder(Credentials::new(&secrets.token, &secrets.key)?)
        .base_url(sandbox.base_url())
        .build()?;
    let codes = client
        .create(NewCdks {
            traffic: Traffic(1),
            count: 4,
        })
        .await?;

    let mut stored = String::new(); // in a program of yours: a file
    for customers in codes.chunks(2) {
        for (number, code) in customers.iter().enumerate() {
            sandbox.redeem(code.as_str(), &format!("customer-{number}"))?;
        }
        println!(
            "started with a cursor of {} redemptions",
            stored.lines().count()
        );
        let cursor: Cursor = stored.parse()?;
        let mut watch = client.watch_redemptions(Duration::from_millis(100), cursor);
        for _ in customers {
            let cdk = watch.next().await?;
            let by = cdk.redemption().and_then(|redemption| redemption.username);
            println!(
                "{}: redeemed by {}",
                cdk.cdk.masked(),
                by.unwrap_or("somebody")
            );
            // Deal with it first, and store the cursor second: then none is missed.
            stored = watch.cursor().to_string();
        }
    }
    Ok(())
}

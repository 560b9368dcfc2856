//! Everything without an async runtime: calls, bulk calls and redemptions as iterators, a purchase.
//! On a sandbox.
//!
//! ```sh
//! cargo run --example blocking
//! ```

#![allow(clippy::print_stdout)] // it is there to be read

use std::error::Error;
use std::time::Duration;

use thordata_cdk::blocking::Client;
use thordata_cdk::{CdkStatus, Credentials, Cursor, NewCdks, Traffic};
use thordata_cdk_sandbox::Sandbox;

fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder().start_blocking()?;
    let secrets = sandbox.credentials();
    let settings = thordata_cdk::Client::builder(Credentials::new(&secrets.token, &secrets.key)?)
        .base_url(sandbox.base_url())
        .build()?;
    let client = Client::from_async(settings)?;

    let codes = client.create(NewCdks {
        traffic: Traffic(3),
        count: 4,
    })?;
    let [sold, unsold @ ..] = codes.codes() else {
        return Err("no vouchers were bought".into());
    };
    sandbox.redeem(sold.as_str(), "customer-1")?;
    // Each look is a request: at the real service, take seconds or minutes.
    let mut redemptions = client.watch_redemptions(Duration::from_millis(100), Cursor::default());
    if let Some(redemption) = redemptions.next() {
        println!("{}: redeemed", redemption?.cdk.masked());
    }
    for result in client.revoke_all(unsold.iter().skip(1).cloned()) {
        let (code, revoked) = result?;
        revoked?;
        println!("{}: {}", code.masked(), client.get(&code)?.status);
    }
    println!("{} is unused", client.list(CdkStatus::Unused)?.len());
    Ok(())
}

//! The four calls without an async runtime. On a sandbox.
//!
//! ```sh
//! cargo run --example blocking
//! ```

#![allow(clippy::print_stdout)] // it is there to be read

use std::error::Error;

use thordata_cdk::blocking::Client;
use thordata_cdk::{CdkStatus, Credentials, NewCdks, Traffic};
use thordata_cdk_sandbox::Sandbox;

fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder().start_blocking()?;
    let secrets = sandbox.credentials();
    let settings = thordata_cdk::Client::builder(Credentials::new(&secrets.token, &secrets.key)?)
        .base_url(sandbox.base_url())
        .build()?;
    let client = Client::over(settings)?;

    let codes = client.create(NewCdks {
        traffic: Traffic(3),
        count: 3,
    })?;
    for code in codes.iter().take(1) {
        client.revoke(code)?;
        println!("{}: {}", code.masked(), client.get(code)?.status);
    }
    println!("{} are unused", client.list(CdkStatus::Unused)?.len());
    Ok(())
}

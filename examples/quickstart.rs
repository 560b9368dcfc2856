//! Creates, lists, looks up and revokes vouchers, on a local sandbox that this example starts.
//!
//! ```sh
//! cargo run --example quickstart             # the sandbox, whatever credentials the environment holds
//! cargo run --example quickstart -- --live   # your account, read-only: counts its vouchers
//! ```

#![allow(clippy::print_stdout)] // it is there to be read

use std::collections::BTreeMap;
use std::error::Error;

use thordata_cdk::{Cdk, Client, Credentials, NewCdks, Timestamp, Traffic};
use thordata_cdk_sandbox::Sandbox;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        None => on_the_sandbox().await,
        Some("--live") => on_the_account().await,
        Some(other) => Err(format!("unknown argument {other}; the only one is --live").into()),
    }
}

async fn on_the_sandbox() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let credentials = sandbox.credentials();
    let client = Client::builder(Credentials::new(&credentials.token, &credentials.key)?)
        .base_url(sandbox.base_url())
        .build()?;
    println!(
        "A local sandbox answers at {}. No account is touched.\n",
        sandbox.base_url()
    );

    let codes = client
        .create(NewCdks {
            traffic: Traffic(3),
            count: 3,
        })
        .await?;
    println!("create   {} vouchers of {} each", codes.len(), Traffic(3));

    println!("list     every voucher\n");
    print_table(&client.list(None).await?)?;

    let [first, second, ..] = codes.codes() else {
        return Err("fewer vouchers came back than were ordered".into());
    };
    sandbox.redeem(second.as_str(), "customer-1")?;
    let details = client.get(second).await?;
    let by = details
        .redemption()
        .and_then(|redemption| redemption.username)
        .unwrap_or("nobody");
    println!("\nget      {second}: {}, redeemed by {by}", details.status);

    client.revoke(first).await?;
    println!("revoke   {first}");

    println!("list     every voucher\n");
    print_table(&client.list(None).await?)?;
    Ok(())
}

async fn on_the_account() -> Result<(), Box<dyn Error>> {
    let client = Client::from_env()?;
    let mut counts = BTreeMap::<String, usize>::new();
    for cdk in client.list(None).await? {
        let count = counts.entry(cdk.status.to_string()).or_default();
        *count = count.saturating_add(1);
    }
    println!("The account's vouchers, read-only:");
    counts
        .iter()
        .for_each(|(status, count)| println!("{count:>8}  {status}"));
    Ok(())
}

fn print_table(cdks: &[Cdk]) -> Result<(), Box<dyn Error>> {
    println!(
        "  {:<18} {:<8} {:>7}  {:<20} {:>8}",
        "CODE", "STATUS", "TRAFFIC", "CREATED", "VALID"
    );
    for cdk in cdks {
        let days = cdk.traffic_duration.as_secs() / 86_400;
        println!(
            "  {:<18} {:<8} {:>7}  {:<20} {:>8}",
            cdk.cdk,
            cdk.status,
            cdk.traffic.as_i64(),
            date(cdk.create_time)?,
            format!("{days} d")
        );
    }
    Ok(())
}

fn date(at: Timestamp) -> Result<String, Box<dyn Error>> {
    Ok(jiff::Timestamp::try_from(at)?.to_string())
}

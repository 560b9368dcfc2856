//! Buys a batch of vouchers through the journal and writes the codes to a CSV file, so that neither a crash
//! nor a lost answer loses one or buys one twice. On a sandbox that loses an answer on purpose.
//!
//! ```sh
//! cargo run --example issue_batch
//! ```

#![allow(clippy::print_stdout)] // it is there to be read

use std::error::Error;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use thordata_cdk::issue::{Issued, Issuer, IssuerKind, IssuerOptions};
use thordata_cdk::{Client, Credentials, NewCdks, Traffic};
use thordata_cdk_sandbox::{Fault, Operation, Sandbox};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let secrets = sandbox.credentials();
    let client = Client::builder(Credentials::new(&secrets.token, &secrets.key)?)
        .base_url(sandbox.base_url())
        .build()?;
    // The second of the four purchases takes place, and its answer never arrives.
    sandbox.inject(Fault::commit_then_drop(Operation::Create).skip(1));

    let folder = std::env::temp_dir().join(format!("issue-batch-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let csv = folder.join("vouchers.csv");

    // Nobody else buys on this account, so the lists show what a lost answer bought.
    let options = IssuerOptions::new(IssuerKind::Exclusive)
        .max_count(25)
        .first_look(Duration::from_millis(50));
    let issuer = Issuer::open(client, folder.join("journal"), options).await?;
    // What an earlier run left open comes first: its codes may not be in the file yet.
    for earlier in issuer.recover().await? {
        store(&issuer, &csv, &earlier).await?;
    }
    let mut parts = issuer.issue_all(NewCdks {
        traffic: Traffic(5),
        count: 100,
    })?;
    while let Some(part) = parts.next().await {
        let part = part?;
        println!("order {}: {}", part.id, part.verdict);
        store(&issuer, &csv, &part).await?;
        if !part.is_complete() {
            return Err("not all vouchers were bought; see docs/delivery.md".into());
        }
    }
    let lines = std::fs::read_to_string(&csv)?.lines().count();
    println!(
        "{lines} codes in the file, {} vouchers on the account",
        sandbox.voucher_count()
    );
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// On disk first, acknowledged second: the other way round a crash between the two would lose codes.
async fn store(issuer: &Issuer, csv: &Path, issued: &Issued) -> Result<(), Box<dyn Error>> {
    let mut file = OpenOptions::new().create(true).append(true).open(csv)?;
    for code in issued.codes() {
        writeln!(file, "{},{code},{}", issued.id, issued.order.traffic)?;
    }
    file.sync_all()?;
    if !issued.codes().is_empty() {
        issuer.ack(issued.id).await?;
    }
    Ok(())
}

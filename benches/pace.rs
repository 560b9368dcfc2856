//! The pacer against limits that it does not know: 1,000 revocations at 10, 50 and 200 requests a second.
//!
//! ```sh
//! cargo bench --bench pace            # all three, about two and a half minutes
//! cargo bench --bench pace -- 200     # one
//! ```
//!
//! Goal: after the first 100, at most 1.15 times the ideal time, and fewer than 5 % of all requests
//! refused. Ends with 1 if it is missed.

#![allow(clippy::print_stdout, clippy::arithmetic_side_effects)] // a table for people

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use futures_util::StreamExt;
use thordata_cdk::{CdkCode, Client, Credentials};
use thordata_cdk_sandbox::Sandbox;

const ITEMS: u32 = 1000;
// The pace is learnt from refusals, so the first requests do not keep it yet.
const WARM_UP: u32 = 100;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let asked: Vec<f64> = std::env::args()
        .skip(1)
        .filter_map(|limit| limit.parse().ok())
        .collect();
    let limits = if asked.is_empty() {
        vec![10.0, 50.0, 200.0]
    } else {
        asked
    };
    println!("LIMIT/S   IDEAL S   TAKEN S   RATIO (≤ 1.15)   REFUSED (< 5 %)   FAILED");
    let mut met = true;
    for limit in limits {
        met &= run(limit).await?;
    }
    Ok(if met {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn run(limit: f64) -> Result<bool, Box<dyn Error>> {
    let sandbox = Sandbox::builder()
        .rate_limit(Some(limit))
        .vouchers(ITEMS)
        .start()
        .await?;
    let secrets = sandbox.credentials();
    let client = Client::builder(Credentials::new(&secrets.token, &secrets.key)?)
        .base_url(sandbox.base_url())
        .build()?;
    let codes: Result<Vec<CdkCode>, _> = sandbox
        .vouchers()
        .iter()
        .map(|voucher| CdkCode::new(&voucher.code))
        .collect();
    let before = sandbox.rate_counters();
    let mut results = client.revoke_all(codes?);
    let (mut done, mut failed) = (0, 0);
    let mut warm = Instant::now();
    while let Some((_, result)) = results.next().await {
        done += 1;
        failed += u32::from(result.is_err());
        if done == WARM_UP {
            warm = Instant::now();
        }
    }
    let taken = warm.elapsed().as_secs_f64();
    let ideal = f64::from(ITEMS - WARM_UP) / limit;
    let counters = sandbox.rate_counters();
    let refused = (counters.refused - before.refused) as f64;
    let all = refused + (counters.served - before.served) as f64;
    let (ratio, share) = (taken / ideal, refused / all);
    println!(
        "{limit:>7} {ideal:>9.2} {taken:>9.2} {ratio:>16.3} {:>16.2} % {failed:>7}",
        share * 100.0
    );
    Ok(ratio <= 1.15 && share < 0.05 && failed == 0)
}

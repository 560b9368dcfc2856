//! Buys thousands of vouchers over connections that break in every way the sandbox knows, with crashes
//! and a second buyer, and counts what was lost or bought twice.
//!
//! ```sh
//! cargo run --release --example faults -- --orders 20000 --seed 1
//! ```
//!
//! Ends with 0 only if nothing was bought twice and nothing was lost.

#![allow(clippy::print_stdout)] // it is there to be read
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used
)] // no user's bytes

mod menu;
mod naive;
mod walk;

use std::error::Error;
use std::process::ExitCode;

use walk::{Row, Tally};

/// Orders on one account: lists stay short.
const PER_ACCOUNT: usize = 50;
/// Accounts that are walked side by side.
const AT_A_TIME: usize = 8;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<ExitCode, Failure> {
    let (orders, seed) = arguments()?;
    println!("{orders} orders, seed {seed}\n");
    let tally = all(orders, seed).await?;
    print(&tally);
    tally
        .losses
        .iter()
        .for_each(|loss| println!("LOST: {loss}"));
    let (twice, lost) = comparison(orders, seed).await?;
    println!(
        "\nFor comparison, the policy of the vendor's Python transport (a dropped POST is sent up"
    );
    println!("to four times): {twice} orders bought twice, {lost} vouchers lost.\n");
    println!("bought twice: {}", tally.bought_twice + tally.given_twice);
    println!("lost: {}", tally.lost);
    let sound = tally.bought_twice + tally.given_twice + tally.lost == 0;
    Ok(if sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn arguments() -> Result<(usize, u64), Failure> {
    let (mut orders, mut seed) = (2000, 1);
    let mut rest = std::env::args().skip(1);
    while let Some(name) = rest.next() {
        let value = rest
            .next()
            .ok_or_else(|| format!("{name} needs a number"))?;
        match name.as_str() {
            "--orders" => orders = value.parse()?,
            "--seed" => seed = value.parse()?,
            _ => {
                return Err(
                    format!("unknown argument {name}; there are --orders and --seed").into(),
                );
            }
        }
    }
    Ok((orders, seed))
}

async fn all(orders: usize, seed: u64) -> Result<Tally, Failure> {
    let folder = std::env::temp_dir().join(format!("thordata-cdk-faults-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let mut tally = Tally::default();
    let mut waiting = parts(orders, seed);
    let mut running = tokio::task::JoinSet::new();
    loop {
        while running.len() < AT_A_TIME
            && let Some((seed, orders)) = waiting.next()
        {
            let folder = folder.clone();
            running.spawn(async move {
                walk::walk(seed, orders, folder)
                    .await
                    .map_err(|e| format!("seed {seed}: {e}"))
            });
        }
        match running.join_next().await {
            Some(part) => tally.add(part??),
            None => break,
        }
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(tally)
}

async fn comparison(orders: usize, seed: u64) -> Result<(usize, usize), Failure> {
    let (mut twice, mut lost) = (0, 0);
    let mut running = tokio::task::JoinSet::new();
    for (seed, orders) in parts(orders, seed) {
        running.spawn(naive::walk(seed, orders));
        if running.len() < AT_A_TIME {
            continue;
        }
        if let Some(part) = running.join_next().await {
            let (more_twice, more_lost) = part??;
            (twice, lost) = (twice + more_twice, lost + more_lost);
        }
    }
    while let Some(part) = running.join_next().await {
        let (more_twice, more_lost) = part??;
        (twice, lost) = (twice + more_twice, lost + more_lost);
    }
    Ok((twice, lost))
}

/// The seed and the number of orders of each account.
fn parts(orders: usize, seed: u64) -> impl Iterator<Item = (u64, usize)> {
    (0..orders.div_ceil(PER_ACCOUNT)).map(move |part| {
        let left = orders - part * PER_ACCOUNT;
        (
            seed.wrapping_mul(1_000_003).wrapping_add(part as u64),
            left.min(PER_ACCOUNT),
        )
    })
}

fn print(tally: &Tally) {
    println!(
        "{:<28} {:>7} {:>9} {:>10} {:>11} {:>8}",
        "WHAT HAPPENED", "ORDERS", "RETURNED", "RECOVERED", "CANDIDATES", "ORPHANS"
    );
    for (
        name,
        Row {
            orders,
            returned,
            recovered,
            candidates,
            orphans,
        },
    ) in &tally.rows
    {
        println!(
            "{name:<28} {orders:>7} {returned:>9} {recovered:>10} {candidates:>11} {orphans:>8}"
        );
    }
    println!(
        "\n{} orders, {} vouchers in the ledgers, {} crashes, {} futures dropped. Columns count vouchers;",
        tally.orders, tally.vouchers, tally.crashes, tally.dropped
    );
    println!("a candidate that was discarded is an orphan too.");
}

//! Buys thousands of orders over connections that break in every way the sandbox knows, with crashes, callers who hang up
//! and a second buyer, and counts what was lost or bought twice.
//!
//! ```sh
//! cargo run --release -p thordata-cdk-issuer --example faults -- --orders 3000 --seed 1 --store sqlite
//! just faults-postgres --orders 3000 --seed 1
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
mod stores;
mod tally;
mod walk;

use std::error::Error;
use std::process::ExitCode;

use stores::Place;
use tally::{Row, Tally};

/// Orders on one account: lists stay short.
const PER_ACCOUNT: usize = 50;
/// Accounts that are walked side by side.
const AT_A_TIME: usize = 8;

type Failure = Box<dyn Error + Send + Sync>;

struct Arguments {
    orders: usize,
    seed: u64,
    store: String,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Failure> {
    let arguments = arguments()?;
    let Arguments {
        orders,
        seed,
        store,
    } = &arguments;
    println!("{orders} orders, seed {seed}, store {store}\n");
    let tally = all(&arguments).await?;
    print(&tally);
    let losses = tally.losses.iter();
    losses.for_each(|loss| println!("LOST: {loss}"));
    let (twice, lost) = comparison(*orders, *seed).await?;
    println!(
        "\nFor comparison, the policy of the vendor's Python transport (a dropped POST is sent up"
    );
    println!("to four times): {twice} orders bought twice, {lost} vouchers lost.\n");
    println!("bought twice: {}", tally.bought_twice + tally.given_twice);
    println!("lost: {}", tally.lost);
    let is_sound = tally.bought_twice + tally.given_twice + tally.lost == 0;
    Ok(if is_sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn arguments() -> Result<Arguments, Failure> {
    let mut arguments = Arguments {
        orders: 2000,
        seed: 1,
        store: "sqlite".into(),
    };
    let mut rest = std::env::args().skip(1);
    while let Some(name) = rest.next() {
        let value = rest.next().ok_or_else(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--orders" => arguments.orders = value.parse()?,
            "--seed" => arguments.seed = value.parse()?,
            "--store" => arguments.store = value,
            _ => return Err(format!("unknown argument {name}").into()),
        }
    }
    Ok(arguments)
}

async fn all(arguments: &Arguments) -> Result<Tally, Failure> {
    let folder = tempfile::tempdir()?;
    let mut tally = Tally::default();
    let mut waiting = parts(arguments.orders, arguments.seed);
    let mut running = tokio::task::JoinSet::new();
    loop {
        while running.len() < AT_A_TIME
            && let Some((seed, orders)) = waiting.next()
        {
            let place = Place::new(&arguments.store, folder.path(), seed)?;
            running.spawn(async move {
                let walked = walk::walk(seed, orders, place).await;
                walked.map_err(|error| format!("seed {seed}: {error} ({error:?})"))
            });
        }
        match running.join_next().await {
            Some(part) => tally.add(part??),
            None => return Ok(tally),
        }
    }
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
        "{:<28} {:>7} {:>8} {:>8} {:>11} {:>12}",
        "WHAT HAPPENED", "ORDERS", "CERTAIN", "SURPLUS", "CANDIDATES", "UNEXPLAINED"
    );
    for (name, row) in &tally.rows {
        let Row {
            orders,
            certain,
            surplus,
            candidates,
            unexplained,
        } = row;
        println!(
            "{name:<28} {orders:>7} {certain:>8} {surplus:>8} {candidates:>11} {unexplained:>12}"
        );
    }
    println!(
        "\n{} orders, {} keys repeated, {} vouchers in the ledgers, {} crashes, {} futures dropped,",
        tally.orders, tally.repeated, tally.vouchers, tally.crashes, tally.dropped
    );
    println!(
        "{} calls of retry. The last four columns count vouchers; audit reports what is unexplained.",
        tally.retried
    );
}

//! What an order costs: `just bench-orders`. On both stores, at several sizes of the account, at two latencies, with one
//! purchase in flight and with ten; and what it costs to find out about an order whose answer was lost.
//!
//! Each row is a process of its own, and so is the service, so that processor time and memory are the client's alone.
//! They are read from `/proc`, so this needs Linux.

#![allow(clippy::print_stdout)] // it is there to be read
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::indexing_slicing
)] // small numbers of its own

mod measure;
mod service;

use std::error::Error;
use std::process::{Command, Stdio};

type Failure = Box<dyn Error + Send + Sync>;

const MEASURED_SECONDS: &str = "5";
/// Vouchers in the account, latency in ms, purchases in flight.
const ANSWERED: [(u32, u64, u32); 7] = [
    (0, 0, 1),
    (10_000, 0, 1),
    (100_000, 0, 1),
    (1_000_000, 0, 1),
    (0, 0, 10),
    (0, 200, 1),
    (0, 200, 10),
];
const LOST: [u32; 3] = [0, 100_000, 1_000_000];

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["service", vouchers, latency_ms, lost] => {
            service::run(vouchers.parse()?, latency_ms.parse()?, lost.parse()?)
        }
        ["answered", store, vouchers, latency_ms, in_flight, seconds] => measure::answered(
            store,
            (vouchers.parse()?, latency_ms.parse()?, in_flight.parse()?),
            seconds.parse()?,
        ),
        ["lost", store, vouchers] => measure::lost(store, vouchers.parse()?),
        [] => tables(MEASURED_SECONDS),
        [seconds] => tables(seconds),
        _ => Err("give the seconds that each row takes, or nothing".into()),
    }
}

fn tables(seconds: &str) -> Result<(), Failure> {
    println!(
        "store     vouchers  latency  in flight  orders a second  ms an order  CPU ms an order  bytes an order  MiB at most"
    );
    for (vouchers, latency_ms, in_flight) in ANSWERED {
        let numbers = [u64::from(vouchers), latency_ms, u64::from(in_flight)];
        let numbers = numbers.map(|number| number.to_string());
        for store in stores() {
            let [vouchers, latency_ms, in_flight] = &numbers;
            row(&["answered", store, vouchers, latency_ms, in_flight, seconds])?;
        }
    }
    println!("\nAn order whose answer was lost: what it takes to find its voucher in the list.");
    println!("store     vouchers       ms   CPU ms          bytes  MiB at most");
    for vouchers in LOST {
        for store in stores() {
            row(&["lost", store, &vouchers.to_string()])?;
        }
    }
    Ok(())
}

/// PostgreSQL too where there is one.
fn stores() -> impl Iterator<Item = &'static str> {
    let postgres = std::env::var_os("POSTGRES_URL").map(|_| "postgres");
    ["sqlite"].into_iter().chain(postgres)
}

/// Runs this program again; it prints the row.
fn row(arguments: &[&str]) -> Result<(), Failure> {
    let status = Command::new(std::env::current_exe()?)
        .args(arguments)
        .stdin(Stdio::null())
        .status()?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("the row {arguments:?} failed: {status}").into()),
    }
}

//! What an order costs: `just bench-orders`. On both stores, at several sizes of the account, at two latencies, with one
//! purchase in flight and with ten.

#![allow(clippy::print_stdout)] // it is there to be read
#![allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss)] // small numbers

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use thordata_cdk_issuer::store::Store;
use thordata_cdk_issuer::thordata_cdk::{Client, Credentials, NewCdks, Traffic};
use thordata_cdk_issuer::{Issuer, IssuerOptions, PostgresStore, SqliteStore};
use thordata_cdk_sandbox::{Fault, Operation, Sandbox};

type Failure = Box<dyn Error + Send + Sync>;

/// How long one row of the table is measured.
const MEASURED: Duration = Duration::from_secs(5);
const VOUCHERS: [u32; 4] = [0, 10_000, 100_000, 1_000_000];

#[derive(Debug, Clone, Copy)]
struct Case {
    vouchers: u32,
    latency_ms: u64,
    in_flight: u32,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let seconds = std::env::args().nth(1);
    let measured = match seconds {
        Some(seconds) => Duration::from_secs(seconds.parse()?),
        None => MEASURED,
    };
    println!("store     vouchers  latency  in flight  orders a second  ms an order");
    let sizes = VOUCHERS.map(|vouchers| (vouchers, 0, 1));
    let others = [(0, 0, 10), (0, 200, 1), (0, 200, 10)];
    for (vouchers, latency_ms, in_flight) in sizes.into_iter().chain(others) {
        let case = Case {
            vouchers,
            latency_ms,
            in_flight,
        };
        let folder = tempfile::tempdir()?;
        let store = SqliteStore::open(folder.path().join("vouchers.db")).await?;
        row("sqlite", case, measure(case, store, measured).await?);
        if let Ok(url) = std::env::var("POSTGRES_URL") {
            let schema = format!("bench_{vouchers}_{latency_ms}_{in_flight}");
            let store = PostgresStore::connect_to_schema(&url, &schema).await?;
            row("postgres", case, measure(case, store, measured).await?);
        }
    }
    Ok(())
}

fn row(store: &str, case: Case, rate: f64) {
    let Case {
        vouchers,
        latency_ms,
        in_flight,
    } = case;
    let each = 1000.0 / rate;
    println!(
        "{store:<9} {vouchers:>8} {latency_ms:>5} ms {in_flight:>10} {rate:>16.1} {each:>12.2}"
    );
}

/// Orders a second: each is issued and acknowledged, by twice as many callers as purchases may be in flight.
async fn measure(case: Case, store: impl Store, measured: Duration) -> Result<f64, Failure> {
    let sandbox = Sandbox::builder().balance(u64::MAX).vouchers(case.vouchers);
    let sandbox = sandbox.log_capacity(10).start().await?;
    if case.latency_ms > 0 {
        let slow = Fault::on(Operation::Create).times(u32::MAX);
        sandbox.inject(slow.latency(Duration::from_millis(case.latency_ms)));
    }
    let secrets = sandbox.credentials();
    let client = Client::builder(Credentials::new(&secrets.token, &secrets.key)?)
        .base_url(sandbox.base_url())
        .build()?;
    let options = IssuerOptions::exclusive().in_flight(case.in_flight);
    let issuer = Issuer::new(client, store, options).await?;
    let goods = NewCdks {
        traffic: Traffic(1),
        count: 1,
    };
    // The first reply tells the service's clock.
    issuer.issue("first", goods).await?;
    let sold = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..case.in_flight * 2 {
        let (issuer, sold) = (issuer.clone(), Arc::clone(&sold));
        callers.spawn(async move {
            let mut number = 0_u32;
            while started.elapsed() < measured {
                let key = format!("{caller}-{number}");
                let order = issuer.issue(&key, goods).await?;
                if order.codes().len() != 1 {
                    return Err(Failure::from("an order is not complete"));
                }
                issuer.acknowledge(&key).await?;
                sold.fetch_add(1, Ordering::Relaxed);
                number += 1;
            }
            Ok::<(), Failure>(())
        });
    }
    while let Some(ended) = callers.join_next().await {
        ended??;
    }
    Ok(sold.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64())
}

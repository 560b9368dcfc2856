//! One row of a table, in this process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use thordata_cdk_issuer::thordata_cdk::{Client, Credentials, NewCdks, Traffic};
use thordata_cdk_issuer::{Issuer, IssuerOptions, PostgresStore, SqliteStore};

use crate::Failure;
use crate::service::Service;

const GOODS: NewCdks = NewCdks {
    traffic: Traffic(1),
    count: 1,
};

/// Orders a second: each is issued and acknowledged, by twice as many callers as purchases may be in flight.
#[tokio::main]
pub(crate) async fn answered(
    store: &str,
    (vouchers, latency_ms, in_flight): (u32, u64, u32),
    seconds: u64,
) -> Result<(), Failure> {
    let mut service = Service::start(vouchers, latency_ms, 0)?;
    let folder = tempfile::tempdir()?;
    let schema = format!("bench_{vouchers}_{latency_ms}_{in_flight}");
    let options = IssuerOptions::exclusive().in_flight(in_flight);
    let issuer = open(&service, store, &folder, &schema, options).await?;
    // The first reply has the service's clock.
    issuer.issue("first", GOODS).await?;

    let sold = Arc::new(AtomicU32::new(0));
    let (bytes, cpu, started) = (service.bytes()?, cpu_seconds()?, Instant::now());
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..in_flight * 2 {
        let (issuer, sold) = (issuer.clone(), Arc::clone(&sold));
        callers.spawn(async move {
            let mut number = 0_u32;
            while started.elapsed() < Duration::from_secs(seconds) {
                let key = format!("{caller}-{number}");
                let order = issuer.issue(&key, GOODS).await?;
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
    let elapsed = started.elapsed().as_secs_f64();
    let cpu = cpu_seconds()? - cpu;
    let sold = f64::from(sold.load(Ordering::Relaxed));
    let bytes = service.bytes()? - bytes;
    println!(
        "{store:<9} {vouchers:>8} {latency_ms:>5} ms {in_flight:>10} {:>16.1} {:>12.2} {:>16.2} {:>15.0} {:>12.1}",
        sold / elapsed,
        elapsed * 1000.0 / sold,
        cpu * 1000.0 / sold,
        bytes as f64 / sold,
        peak_mib()?
    );
    Ok(())
}

/// What one order takes whose answer was lost.
#[tokio::main]
pub(crate) async fn lost(store: &str, vouchers: u32) -> Result<(), Failure> {
    let mut service = Service::start(vouchers, 0, 1)?;
    let folder = tempfile::tempdir()?;
    let schema = format!("bench_lost_{vouchers}");
    let issuer = open(
        &service,
        store,
        &folder,
        &schema,
        IssuerOptions::exclusive(),
    )
    .await?;
    issuer.issue("first", GOODS).await?;
    let (bytes, cpu, started) = (service.bytes()?, cpu_seconds()?, Instant::now());
    let order = issuer.issue("lost", GOODS).await?;
    if order.codes().len() != 1 {
        return Err(format!("the voucher was not found: {:?}", order.state()).into());
    }
    let elapsed = started.elapsed().as_secs_f64();
    let cpu = cpu_seconds()? - cpu;
    let bytes = service.bytes()? - bytes;
    println!(
        "{store:<9} {vouchers:>8} {:>8.0} {:>8.0} {bytes:>14} {:>12.1}",
        elapsed * 1000.0,
        cpu * 1000.0,
        peak_mib()?
    );
    Ok(())
}

async fn open(
    service: &Service,
    store: &str,
    folder: &tempfile::TempDir,
    schema: &str,
    options: IssuerOptions,
) -> Result<Issuer, Failure> {
    let client = Client::builder(Credentials::new(&service.token, &service.key)?)
        .base_url(&service.base_url)
        .build()?;
    Ok(match store {
        "sqlite" => {
            let store = SqliteStore::open(folder.path().join("vouchers.db")).await?;
            Issuer::new(client, store, options).await?
        }
        _ => {
            let url = std::env::var("POSTGRES_URL")?;
            let store = PostgresStore::connect_to_schema(&url, schema).await?;
            Issuer::new(client, store, options).await?
        }
    })
}

/// Processor time of this process, user and system. The kernel counts in hundredths of a second.
fn cpu_seconds() -> Result<f64, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The name in brackets may hold blanks.
    let (_, fields) = stat.rsplit_once(')').ok_or("no name in /proc/self/stat")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let hundredths: u32 = fields[11].parse::<u32>()? + fields[12].parse::<u32>()?;
    Ok(f64::from(hundredths) / 100.0)
}

/// The most memory that this process has held.
fn peak_mib() -> Result<f64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kib.ok_or("no VmHWM in /proc/self/status")?.parse::<f64>()? / 1024.0)
}

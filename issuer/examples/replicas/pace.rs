//! One process and then three under one limit that they do not know.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use thordata_cdk_sandbox::Sandbox;

use super::Failure;
use super::fleet::{Book, Worker};
use super::worker::{Order, Task};

/// Purchases a second that the service lets through.
const LIMIT: f64 = 20.0;
/// The time to find the limit, and the time that counts.
const WARM_UP: Duration = Duration::from_secs(20);
const MEASURED: Duration = Duration::from_secs(30);

pub(crate) async fn run() -> Result<bool, Failure> {
    println!(
        "a hidden limit of {LIMIT} requests a second; the last {MEASURED:?} of each run count\n"
    );
    let (one, _) = measure(1).await?;
    let (three, refused) = measure(3).await?;
    let ratio = three / one;
    println!(
        "\nthree processes against one: {ratio:.2}, refused {:.1} %",
        refused * 100.0
    );
    Ok(ratio >= 0.9 && refused < 0.05)
}

/// Purchases a second, and the share of requests that were refused.
async fn measure(processes: usize) -> Result<(f64, f64), Failure> {
    let sandbox = Sandbox::builder().balance(u64::MAX);
    let sandbox = sandbox.rate_limit(Some(LIMIT)).start().await?;
    let secrets = sandbox.credentials();
    let book = Arc::new(Mutex::new(Book::default()));
    let mut workers = Vec::new();
    for process in 0..processes {
        // More than the limit allows in the time.
        let orders = (0..2000).map(|number| Order {
            key: format!("{process}-{number}"),
            traffic: 1,
            count: 1,
        });
        let task = Task {
            store: std::env::var("POSTGRES_URL").map_err(|_| "run `just replicas`")?,
            schema: format!("pace_{processes}"),
            service: sandbox.base_url().to_owned(),
            token: secrets.token.clone(),
            key: secrets.key.clone(),
            orders: orders.collect(),
            adaptive: true,
        };
        workers.push(Worker::start(&task, &book)?);
    }
    tokio::time::sleep(WARM_UP).await;
    let before = (sandbox.rate_counters(), sandbox.voucher_count());
    tokio::time::sleep(MEASURED).await;
    let after = (sandbox.rate_counters(), sandbox.voucher_count());
    drop(workers);
    let bought = after.1 - before.1;
    #[allow(clippy::cast_precision_loss)] // small numbers
    let (rate, refused) = {
        let refused = (after.0.refused - before.0.refused) as f64;
        let served = (after.0.served - before.0.served) as f64;
        (
            bought as f64 / MEASURED.as_secs_f64(),
            refused / (refused + served),
        )
    };
    println!(
        "{processes} processes: {rate:.1} purchases a second, {:.1} % refused",
        refused * 100.0
    );
    Ok((rate, refused))
}

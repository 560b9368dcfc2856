//! What a run took, as the operating system counts it.

use std::time::{Duration, Instant};

use futures_util::StreamExt;

use crate::hand::Hand;
use crate::{Failure, our_client, stock_client};

/// A list that was read to its end.
#[derive(Debug, Clone, Copy)]
pub struct Listed {
    /// How many rows it had.
    pub rows: usize,
    /// From sending to the first row in the program's hands.
    pub first_row: Duration,
    /// From sending to the last.
    pub all: Duration,
}

/// Reads the server's list with a client: `stock`, `hand`, `list`, `stream` or `summary`.
///
/// # Errors
/// Whatever the client fails with.
pub async fn list(client: &str, base_url: &str) -> Result<Listed, Failure> {
    let (stock, hand, ours) = (
        stock_client(base_url)?,
        Hand::new(base_url)?,
        our_client(base_url)?,
    );
    let began = Instant::now();
    let mut first_row = None;
    let rows = match client {
        "stock" => stock.list_cdks(None).await?.into_inner().data.len(),
        "hand" => hand.list().await?.len(),
        "list" => ours.list(None).await?.len(),
        "summary" => usize::try_from(ours.summarize(None).await?.total().count)?,
        _ => {
            let mut stream = ours.list_stream(None);
            let mut rows: usize = 0;
            while let Some(row) = stream.next().await {
                std::hint::black_box(row?);
                first_row.get_or_insert_with(|| began.elapsed());
                rows = rows.saturating_add(1);
            }
            rows
        }
    };
    let all = began.elapsed();
    Ok(Listed {
        rows,
        first_row: first_row.unwrap_or(all),
        all,
    })
}

/// The most memory that this process has had, in KiB.
#[must_use]
pub fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = peak.and_then(|peak| peak.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The processor time of this process, user and system, from the scheduler's own count.
#[must_use]
pub fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let number = stat.split_whitespace().next();
    let nanoseconds: f64 = number.and_then(|number| number.parse().ok()).unwrap_or(0.0);
    nanoseconds / 1e9
}

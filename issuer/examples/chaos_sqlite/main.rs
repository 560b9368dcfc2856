//! The embedded store when the machine fails: `just chaos-sqlite`. Needs Debian's `strace`.
//!
//! A process that sells is killed at its first write to the disk, in the next trial at its second, and so on; then one of
//! two that sell the same orders at once is. Then the same with a full disk, with failing flushes, and with a disk that is
//! read-only. After each trial a new process sells the same keys, and the ledger is counted. Ends with 0 only if nothing
//! was bought twice or lost.

#![allow(clippy::print_stdout)] // it is there to be read
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used)] // no user's bytes

#[path = "../replicas/fleet.rs"]
#[allow(dead_code)] // the replicas use more of it
mod fleet;
#[path = "../replicas/worker.rs"]
mod worker;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use fleet::{Book, Worker};
use thordata_cdk_issuer::OrderFilter;
use thordata_cdk_issuer::thordata_cdk::CdkCode;
use thordata_cdk_sandbox::Sandbox;
use tokio::task::JoinSet;
use worker::{Order, Task};

type Failure = Box<dyn Error + Send + Sync>;

/// What SQLite changes files with.
const WRITES: &str = "pwrite64,fdatasync,fsync,ftruncate,fallocate";
/// Trials side by side. Most of their time they wait for deadlines.
const AT_A_TIME: usize = 8;
/// No trial has as many writes of one thread.
const MOST_WRITES: usize = 2000;

/// What goes wrong, at write number `n`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Disturbance {
    Kill,
    /// One of two processes that sell the same orders at the same time.
    KillOneOfTwo,
    FullDisk,
    FailingFlush,
    ReadOnly,
}

/// What one trial came to.
#[derive(Debug, Default)]
struct Count {
    trials: usize,
    /// Keys that nobody decided about: they may not have been bought.
    undecided: usize,
    sold: usize,
    bought_twice: usize,
    lost: usize,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Failure> {
    let mut step = 1;
    match std::env::args().nth(1) {
        Some(word) if word == "worker" => return worker::run().await.map(|()| ExitCode::SUCCESS),
        Some(number) => step = number.parse()?,
        None => {}
    }
    let mut is_sound = true;
    for disturbance in [
        Disturbance::Kill,
        Disturbance::KillOneOfTwo,
        Disturbance::FullDisk,
        Disturbance::FailingFlush,
        Disturbance::ReadOnly,
    ] {
        let count = trials(disturbance, step).await?;
        println!(
            "{:<14} {:>4} trials, {:>4} orders sold, {:>3} wait for a decision, bought twice: {}, lost: {}",
            format!("{disturbance:?}"),
            count.trials,
            count.sold,
            count.undecided,
            count.bought_twice,
            count.lost
        );
        is_sound &= count.bought_twice + count.lost == 0 && count.trials > 0;
    }
    Ok(if is_sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Trials with every `step`th write, until a process has no more of them.
async fn trials(disturbance: Disturbance, step: usize) -> Result<Count, Failure> {
    let mut sum = Count::default();
    let mut writes = (1..MOST_WRITES).step_by(step);
    if disturbance == Disturbance::ReadOnly {
        writes = (1..2).step_by(1);
    }
    let mut running = JoinSet::new();
    let mut is_over = false;
    loop {
        while !is_over
            && running.len() < AT_A_TIME
            && let Some(write) = writes.next()
        {
            running.spawn(async move {
                let trial = trial(disturbance, write).await;
                trial.map_err(|error| format!("{disturbance:?} at write {write}: {error}"))
            });
        }
        let Some(ended) = running.join_next().await else {
            return Ok(sum);
        };
        let (was_hit, count) = ended??;
        is_over |= !was_hit;
        sum.trials += usize::from(was_hit);
        sum.undecided += count.undecided;
        sum.sold += count.sold;
        sum.bought_twice += count.bought_twice;
        sum.lost += count.lost;
    }
}

/// Whether the process got as far as this write, and the count after another one.
async fn trial(disturbance: Disturbance, write: usize) -> Result<(bool, Count), Failure> {
    let folder = tempfile::tempdir()?;
    let trace = folder.path().join("trace");
    let sandbox = Sandbox::builder().balance(u64::MAX).start().await?;
    let secrets = sandbox.credentials();
    let orders: Vec<Order> = (0..4).map(order).collect();
    let task = Arc::new(Task {
        store: folder.path().join("vouchers.db").display().to_string(),
        schema: String::new(),
        service: sandbox.base_url().to_owned(),
        token: secrets.token.clone(),
        key: secrets.key.clone(),
        orders: orders.clone(),
        adaptive: false,
    });
    let book = Arc::new(Mutex::new(Book::default()));
    let inject = match disturbance {
        Disturbance::Kill | Disturbance::KillOneOfTwo => {
            format!("inject={WRITES}:signal=KILL:when={write}")
        }
        Disturbance::FullDisk => {
            format!("inject=pwrite64:error=ENOSPC:when={write}..{}", write + 7)
        }
        Disturbance::FailingFlush => format!("inject=fdatasync,fsync:error=EIO:when={write}"),
        Disturbance::ReadOnly => format!("inject={WRITES}:error=EROFS"),
    };
    let output = trace.display().to_string();
    let beside = match disturbance {
        Disturbance::KillOneOfTwo => Some(Worker::start(&task, &book)?),
        _ => None,
    };
    let (task_then, book_then) = (Arc::clone(&task), Arc::clone(&book));
    let sold = tokio::task::spawn_blocking(move || {
        let trace = format!("trace={WRITES}");
        let strace = [
            "strace", "-f", "-qq", "-o", &output, "-e", &trace, "-e", &inject,
        ];
        Worker::start_under(&strace, &task_then, &book_then)?.end()
    })
    .await??;
    if let Some(beside) = beside
        && !tokio::task::spawn_blocking(|| beside.end()).await??
    {
        return Err("the process beside the killed one failed".into());
    }
    let traced = std::fs::read_to_string(&trace)?;
    let was_hit = traced.contains("killed by SIGKILL") || traced.contains("(INJECTED)");
    if disturbance == Disturbance::ReadOnly && (sold || sandbox.last_request_id() > 0) {
        return Err("a process sold without a store".into());
    }
    // The machine is repaired, and the shop starts again.
    let (task_now, book_now) = (Arc::clone(&task), Arc::clone(&book));
    let sold = tokio::task::spawn_blocking(move || Worker::start(&task_now, &book_now)?.end());
    if !sold.await?? {
        return Err("the second process failed".into());
    }
    let book = std::mem::take(&mut *book.lock().unwrap());
    Ok((was_hit, count(&sandbox, &task, &book).await?))
}

fn order(number: i64) -> Order {
    Order {
        key: format!("order-{number}"),
        // Each key has a traffic of its own, which shows what was bought for it; two keys have the same.
        traffic: 1 + number.min(2),
        count: 2,
    }
}

async fn count(sandbox: &Sandbox, task: &Task, book: &Book) -> Result<Count, Failure> {
    let issuer = task.issuer().await?;
    let report = issuer.audit(None).await?;
    let unexplained = report.unexplained.iter().map(|voucher| &voucher.cdk.cdk);
    let mut shown: BTreeSet<String> = unexplained.map(CdkCode::to_string).collect();
    let mut bought_twice = book.changed;
    for code in book.codes.values().flatten() {
        bought_twice += usize::from(!shown.insert(code.clone()));
    }
    for order in issuer.orders(&OrderFilter::default()).await? {
        let more = order.codes().iter().chain(order.surplus());
        shown.extend(more.chain(order.candidates()).map(CdkCode::to_string));
    }
    let ledger = sandbox.vouchers();
    let lost = ledger
        .iter()
        .filter(|voucher| !shown.contains(&voucher.code));
    let mut requests: BTreeMap<i64, BTreeSet<u64>> = BTreeMap::new();
    for voucher in &ledger {
        let of = requests.entry(voucher.traffic).or_default();
        of.insert(voucher.request_id);
    }
    for (traffic, requests) in &requests {
        let keys = task.orders.iter().filter(|order| order.traffic == *traffic);
        bought_twice += requests.len().saturating_sub(keys.count());
    }
    Ok(Count {
        trials: 1,
        undecided: book.undecided.len(),
        sold: book.codes.len(),
        bought_twice,
        lost: lost.count(),
    })
}

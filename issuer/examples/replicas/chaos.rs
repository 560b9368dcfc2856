//! Everything fails at once, and then the ledger is counted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fastrand::Rng;
use thordata_cdk_issuer::thordata_cdk::CdkCode;
use thordata_cdk_issuer::{OrderFilter, OrderState};
use thordata_cdk_sandbox::Sandbox;

use super::Failure;
use super::fleet::{Book, Worker, signal};
use super::menu::{MISHAPS, list_mishap};
use super::proxy::{self, Cuts};
use super::worker::{Order, Task};

const PROCESSES: usize = 3;
/// Longer than a purchase may be sending (2.5 s here).
const STOPPED: Duration = Duration::from_secs(4);
/// Longer than the lease of whoever settles, too.
const STOPPED_LONG: Duration = Duration::from_secs(25);
/// Keys with an even number have a traffic of their own, so that the ledger shows what was bought for them.
const OWN_TRAFFIC: i64 = 1000;

#[derive(Debug, Default)]
struct Done {
    kills: u32,
    stops: u32,
    server_kills: u32,
    faults: u32,
    kinds: BTreeSet<&'static str>,
}

pub(crate) async fn run(orders: u64, seed: u64) -> Result<bool, Failure> {
    let mut rng = Rng::with_seed(seed);
    let folder: PathBuf = std::env::var("POSTGRES_FOLDER")
        .map_err(|_| "run `just replicas`")?
        .into();
    let sandbox = Sandbox::builder().balance(u64::MAX).log_capacity(100);
    let sandbox = sandbox.seed(seed).start().await?;
    let cuts = Arc::new(Cuts::default());
    let port = proxy::start(folder.join(".s.PGSQL.5432"), Arc::clone(&cuts)).await?;
    let all: Vec<Order> = (0..orders).map(order).collect();
    let book = Arc::new(Mutex::new(Book::default()));
    let secrets = sandbox.credentials();
    let task = |orders| Task {
        store: format!("postgres://cdk@127.0.0.1:{port}/postgres"),
        schema: format!("replicas_{seed}"),
        service: sandbox.base_url().to_owned(),
        token: secrets.token.clone(),
        key: secrets.key.clone(),
        orders,
        adaptive: false, // refusals here are faults, no limit
    };
    let started = Instant::now();
    let mut workers = Vec::new();
    for _ in 0..PROCESSES {
        workers.push(Worker::start(&task(share(&all, &book, &mut rng)), &book)?);
    }
    cuts.one_in.store(50, Ordering::Relaxed);
    let mut done = Done::default();
    let mut next_kill_of_server = Instant::now() + Duration::from_secs(5);
    loop {
        tokio::time::sleep(Duration::from_millis(rng.u64(50..400))).await;
        let left = all
            .iter()
            .filter(|order| !book.lock().unwrap().has(&order.key));
        if left.count() == 0 {
            break;
        }
        if started.elapsed() > Duration::from_secs(600) {
            return Err("the orders were not sold within 600 s".into());
        }
        hurt_service(&sandbox, &mut rng, &mut done);
        let victim = rng.usize(..PROCESSES);
        let is_idle = workers[victim].has_ended()?;
        match rng.u8(..16) {
            0..=4 => {
                done.kills += u32::from(!is_idle);
                // Killed when the place is taken.
                workers[victim] = Worker::start(&task(share(&all, &book, &mut rng)), &book)?;
            }
            5 => {
                done.stops += 1;
                workers[victim].signal("-STOP");
                let long = done.stops % 4 == 1;
                tokio::time::sleep(if long { STOPPED_LONG } else { STOPPED }).await;
                workers[victim].signal("-CONT");
            }
            _ if is_idle => {
                workers[victim] = Worker::start(&task(share(&all, &book, &mut rng)), &book)?;
            }
            _ if Instant::now() > next_kill_of_server => {
                next_kill_of_server = Instant::now() + Duration::from_secs(20);
                if let Some(pid) = server_pid(&folder) {
                    done.server_kills += 1;
                    signal(pid, "-KILL");
                }
            }
            _ => {}
        }
    }
    let took = started.elapsed();
    drop(workers);
    cuts.one_in.store(0, Ordering::Relaxed);
    println!(
        "{orders} orders in {:.1} s; {} kills and {} stops of processes, {} kills of the server; connections cut: {} before \
         and {} after a commit",
        took.as_secs_f64(),
        done.kills,
        done.stops,
        done.server_kills,
        cuts.before.load(Ordering::Relaxed),
        cuts.after.load(Ordering::Relaxed),
    );
    println!(
        "{} faults of the service, of {} kinds",
        done.faults,
        done.kinds.len()
    );
    #[allow(clippy::cast_precision_loss)] // small numbers
    let rate = orders as f64 / took.as_secs_f64();
    println!("orders a second: {rate:.1}");
    let book = std::mem::take(&mut *book.lock().unwrap());
    count(&sandbox, &task(Vec::new()), &all, &book).await
}

fn order(number: u64) -> Order {
    let number = i64::try_from(number).unwrap_or(0);
    Order {
        key: format!("order-{number}"),
        traffic: match number % 2 {
            0 => OWN_TRAFFIC + number,
            _ => 1 + number % 7,
        },
        count: 1 + u32::try_from(number % 3).unwrap_or(0),
    }
}

/// Two thirds of the orders in an order of their own, those that the shop has not stored last: a process pops from the
/// end. So most keys are asked for by more than one process.
fn share(all: &[Order], book: &Arc<Mutex<Book>>, rng: &mut Rng) -> Vec<Order> {
    let mut share: Vec<Order> = all.iter().filter(|_| rng.u8(..3) > 0).cloned().collect();
    rng.shuffle(&mut share);
    let book = book.lock().unwrap();
    share.sort_by_key(|order| !book.has(&order.key));
    // Some of those that are sold already, again.
    let sold = share.iter().filter(|order| book.has(&order.key)).count();
    share.split_off(sold.saturating_sub(20))
}

/// Some answers are lost, and some requests are carried out late.
fn hurt_service(sandbox: &Sandbox, rng: &mut Rng, done: &mut Done) {
    if rng.u8(..3) == 0
        && let Some(mishap) = rng.choice(MISHAPS)
    {
        done.faults += 1;
        done.kinds.insert(mishap.name);
        let faults = (mishap.faults)(rng);
        faults.into_iter().for_each(|fault| sandbox.inject(fault));
    }
    if rng.u8(..20) == 0 {
        sandbox.inject(list_mishap(rng));
    }
    if rng.u8(..10) == 0 {
        sandbox.clear_faults();
        sandbox.commit_held();
    }
}

fn server_pid(folder: &std::path::Path) -> Option<u32> {
    let file = std::fs::read_to_string(folder.join("data/postmaster.pid")).ok()?;
    file.lines().next()?.trim().parse().ok()
}

/// The ledger against the shop's book, the store and the audit.
async fn count(
    sandbox: &Sandbox,
    task: &Task,
    all: &[Order],
    book: &Book,
) -> Result<bool, Failure> {
    sandbox.clear_faults();
    sandbox.commit_held();
    let issuer = task.issuer().await?;
    issuer.settle().await?;
    for _ in 0..10 {
        issuer.audit(None).await?; // each list carries out what was put off
        sandbox.commit_held();
    }
    let report = issuer.audit(None).await?;
    let mut owner: BTreeMap<String, &str> = BTreeMap::new();
    let mut given_twice = book.changed;
    for (key, codes) in &book.codes {
        for code in codes {
            let other = owner.insert(code.clone(), key);
            given_twice += usize::from(other.is_some());
        }
    }
    let rows = issuer.orders(&OrderFilter::default()).await?;
    let mut shown: BTreeSet<String> = owner.keys().cloned().collect();
    let unexplained = report.unexplained.iter().map(|voucher| &voucher.cdk.cdk);
    shown.extend(unexplained.map(CdkCode::to_string));
    for row in &rows {
        for code in row.codes().iter().map(CdkCode::to_string) {
            let other = owner.get(&code).filter(|key| **key != row.key);
            given_twice += usize::from(other.is_some());
            shown.insert(code);
        }
        let more = row.surplus().iter().chain(row.candidates());
        shown.extend(more.map(CdkCode::to_string));
    }
    let ledger = sandbox.vouchers();
    let lost = ledger
        .iter()
        .filter(|voucher| !shown.contains(&voucher.code));
    let lost = lost.count();
    let mut requests: BTreeMap<i64, BTreeSet<u64>> = BTreeMap::new();
    for voucher in &ledger {
        let of = requests.entry(voucher.traffic).or_default();
        of.insert(voucher.request_id);
    }
    let mut keys: BTreeMap<i64, usize> = BTreeMap::new();
    all.iter()
        .for_each(|order| *keys.entry(order.traffic).or_default() += 1);
    let bought_twice = requests.iter().map(|(traffic, requests)| {
        let keys = keys.get(traffic).copied().unwrap_or(0);
        requests.len().saturating_sub(keys)
    });
    let bought_twice: usize = bought_twice.sum();
    let incomplete = book.codes.iter().filter(|(key, codes)| {
        let order = all.iter().find(|order| order.key == **key);
        order.is_none_or(|order| usize::try_from(order.count) != Ok(codes.len()))
    });
    let incomplete = incomplete.count();
    let acknowledged = rows
        .iter()
        .filter(|row| *row.state() == OrderState::Acknowledged);
    println!("keys repeated: {}", book.repeated);
    println!(
        "{} orders sold ({} acknowledged), {} wait for a decision; {} vouchers in the ledger, {} reported by the audit",
        book.codes.len(),
        acknowledged.count(),
        book.undecided.len(),
        ledger.len(),
        report.unexplained_count,
    );
    println!("handed over with a wrong number of codes: {incomplete}");
    println!("bought twice: {}", bought_twice + given_twice);
    println!("lost: {lost}");
    Ok(bought_twice + given_twice + lost + incomplete == 0)
}

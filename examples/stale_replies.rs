//! Measures what a stale refusal does to purchases: a server that closes connections says `400` or `429` first, and a
//! client that is just sending the next order on one of them takes that for its answer.
//!
//! ```sh
//! cargo run --release --example stale_replies
//! ```

// It is there to print.
#![allow(clippy::print_stdout, clippy::arithmetic_side_effects)]

use std::collections::HashSet;
use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use thordata_cdk::{Client, Credentials, NewCdks, Outcome, RetryPolicy, Traffic};

const ORDERS: u32 = 3_000;
const CREATED: &str = r#"{"code":200,"data":{"cdk":["nozzapqOWJOCcWIX"]},"msg":"ok"}"#;

type Failure = Box<dyn Error + Send + Sync>;
/// The orders that were carried out, by their traffic.
type Bought = Arc<Mutex<HashSet<i64>>>;

/// A server that carries out each order that it reads. After every third answer of a connection it waits a moment,
/// says `stale` and closes.
fn serve(stale: &'static str) -> Result<(String, Bought), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let base_url = format!("http://{}", listener.local_addr()?);
    let bought = Bought::default();
    let noted = Arc::clone(&bought);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let noted = Arc::clone(&noted);
            // The client may hang up at any time.
            std::thread::spawn(move || drop(converse(stream, stale, &noted)));
        }
    });
    Ok((base_url, bought))
}

fn converse(mut stream: TcpStream, stale: &str, bought: &Bought) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let length = CREATED.len();
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{CREATED}");
    for count in 1_u32.. {
        if !carry_out(&mut stream, bought)? {
            break;
        }
        stream.write_all(answer.as_bytes())?;
        if count.is_multiple_of(3) {
            std::thread::sleep(Duration::from_micros(200));
            stream.write_all(stale.as_bytes())?;
            // An order that was under way is carried out all the same.
            stream.set_read_timeout(Some(Duration::from_millis(5)))?;
            carry_out(&mut stream, bought)?;
            break;
        }
    }
    Ok(())
}

/// Reads an order and notes it; `false` at the end of the connection.
fn carry_out(stream: &mut TcpStream, bought: &Bought) -> std::io::Result<bool> {
    let mut request = [0; 4096];
    let read = stream.read(&mut request)?;
    let text = String::from_utf8_lossy(request.get(..read).unwrap_or_default());
    let order = text
        .split_once("flow=")
        .and_then(|(_, rest)| rest.split('&').next());
    if let Some(order) = order.and_then(|order| order.parse().ok()) {
        bought
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(order);
    }
    Ok(read > 0)
}

struct Counts {
    succeeded: u32,
    unknown: u32,
    refused: usize,
    wrong: usize,
    each: Duration,
}

fn run(stale: &'static str, per_purchase: bool) -> Result<Counts, Failure> {
    let (base_url, bought) = serve(stale)?;
    let client = Client::builder(Credentials::new("token", "key")?)
        .base_url(base_url)
        // Each order is sent once, and no refusal slows the next one down.
        .retry(RetryPolicy::none())
        .adaptive_rate_limit(false)
        .connection_per_purchase(per_purchase)
        .build()?;
    let mut refused = Vec::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut counts = Counts {
        succeeded: 0,
        unknown: 0,
        refused: 0,
        wrong: 0,
        each: Duration::ZERO,
    };
    runtime.block_on(async {
        for number in 0..ORDERS {
            let order = NewCdks {
                traffic: Traffic(i64::from(number) + 1),
                count: 1,
            };
            let started = Instant::now();
            match client.create(order).await {
                Ok(_) => counts.succeeded += 1,
                Err(error) if error.outcome() == Outcome::Unknown => counts.unknown += 1,
                Err(_) => refused.push(order.traffic.as_i64()),
            }
            counts.each += started.elapsed();
            // The caller's own work between two orders, on the thread that would see the connection close.
            let until = Instant::now() + Duration::from_micros(u64::from(number % 7) * 100);
            while Instant::now() < until {
                std::hint::spin_loop();
            }
        }
    });
    // Orders that were under way are carried out by then.
    std::thread::sleep(Duration::from_millis(100));
    let bought = bought.lock().unwrap_or_else(PoisonError::into_inner);
    counts.refused = refused.len();
    counts.wrong = refused
        .iter()
        .filter(|order| bought.contains(order))
        .count();
    counts.each /= ORDERS;
    Ok(counts)
}

fn main() -> Result<(), Failure> {
    println!("{ORDERS} orders each; `wrong` were reported as refused and were carried out\n");
    println!("stale reply  connection        succeeded  in doubt  refused  wrong  µs per order");
    for (name, stale) in [
        (
            "400",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        ),
        (
            "429",
            "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        ),
    ] {
        for (kind, per_purchase) in [("kept alive", false), ("one per purchase", true)] {
            let counts = run(stale, per_purchase)?;
            println!(
                "{name:11}  {kind:16}  {:>9}  {:>8}  {:>7}  {:>5}  {:>12}",
                counts.succeeded,
                counts.unknown,
                counts.refused,
                counts.wrong,
                counts.each.as_micros()
            );
        }
    }
    Ok(())
}

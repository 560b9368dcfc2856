//! What a test suite pays for the sandbox: how long many take to start, and what a change costs with a state file.
//!
//! `cargo bench -p thordata-cdk-sandbox`. Figures are wall-clock time: compare them on one machine alone.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark may fail, and prints its figures"
)]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use thordata_cdk_sandbox::Sandbox;

/// Of so many changes the median counts.
const CHANGES: usize = 101;

fn main() {
    start();
    for vouchers in [1_000, 1_000_000] {
        change(vouchers);
    }
}

/// A hundred sandboxes, each of which has answered a request.
fn start() {
    let begun = Instant::now();
    let sandboxes: Vec<Sandbox> = std::iter::repeat_with(|| {
        let sandbox = Sandbox::builder().start_blocking().unwrap();
        answers(&sandbox);
        sandbox
    })
    .take(100)
    .collect();
    println!(
        "Sandbox::start(): {} ready in {:.2} s",
        sandboxes.len(),
        begun.elapsed().as_secs_f64()
    );
}

fn answers(sandbox: &Sandbox) {
    let address = sandbox.base_url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    let head = "GET /_sandbox/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    assert!(reply.starts_with("HTTP/1.1 200 "), "{reply}");
}

/// The median time of one redemption, on disk when it ends.
fn change(vouchers: u32) {
    let folder = std::env::temp_dir().join(format!("sandbox-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let sandbox = Sandbox::builder()
        .state_file(folder.join("state.json"))
        .start_blocking()
        .unwrap();
    let codes = sandbox.preload(vouchers, 1);
    let mut times: Vec<Duration> = codes
        .iter()
        .take(CHANGES)
        .map(|code| {
            let begun = Instant::now();
            sandbox.redeem(code, "somebody").unwrap();
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    let median = times.get(CHANGES / 2).unwrap();
    assert_eq!(sandbox.state_error(), None);
    println!(
        "state file: {:.2} ms for a change, with {vouchers} vouchers",
        median.as_secs_f64() * 1000.0
    );
    drop(sandbox);
    std::fs::remove_dir_all(&folder).unwrap();
}

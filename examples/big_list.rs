//! A long list, read whole, as a stream, and by the client that progenitor generates alone: rows, speed, the
//! time to the first row, and the most memory that each had. The server and each client are a process of
//! their own.
//!
//! ```sh
//! cargo run --release --example big_list -- 1000000
//! ```

#![allow(clippy::print_stdout)] // it is there to be read

use std::process::Command;

use thordata_cdk_peers::Failure;
use thordata_cdk_peers::measure::{self, Listed};
use thordata_cdk_peers::server::{Server, serve_if_asked};

const CLIENTS: [(&str, &str); 4] = [
    ("stock", "stock progenitor"),
    ("list", "list"),
    ("stream", "list_stream"),
    ("summary", "summarize"),
];

fn main() -> Result<(), Failure> {
    // Stock builds a `reqwest::Client` of its own, which asks for a provider even for plain `http`.
    thordata_cdk::install_crypto_provider();
    if serve_if_asked()? {
        return Ok(());
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [client, base_url] = arguments.as_slice() {
        return read(client, base_url);
    }
    let rows = arguments
        .first()
        .map_or(Ok(1_000_000), |rows| rows.parse())?;
    let server = Server::start(rows)?;
    println!("CLIENT                  ROWS     MB/S   FIRST ROW MS   PEAK MIB   MIB ABOVE 0 ROWS");
    let empty = Server::start(0)?;
    for (client, name) in CLIENTS {
        let idle: f64 = run(client, &empty.base_url)?
            .last()
            .copied()
            .ok_or("no measurements")?;
        let measured = run(client, &server.base_url)?;
        let [rows, seconds, first_row, peak] = measured.as_slice() else {
            return Err("no measurements".into());
        };
        // A row of the server has 102 bytes, its comma included.
        let speed = rows * 102.0 / 1e6 / seconds;
        let above = (peak - idle) / 1024.0;
        let peak = peak / 1024.0;
        println!("{name:<18} {rows:>9} {speed:>8.0} {first_row:>14.2} {peak:>10.1} {above:>18.1}");
    }
    Ok(())
}

/// In a process of its own: rows, seconds, milliseconds, KiB.
fn run(client: &str, base_url: &str) -> Result<Vec<f64>, Failure> {
    let output = Command::new(std::env::current_exe()?)
        .args([client, base_url])
        .output()?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("{client} failed: {why}").into());
    }
    let printed = String::from_utf8(output.stdout)?;
    let numbers: Result<Vec<f64>, _> = printed.split_whitespace().map(str::parse).collect();
    Ok(numbers?)
}

fn read(client: &str, base_url: &str) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let Listed {
        rows,
        first_row,
        all,
    } = runtime.block_on(measure::list(client, base_url))?;
    let (seconds, first_row) = (all.as_secs_f64(), first_row.as_secs_f64() * 1000.0);
    println!("{rows} {seconds} {first_row} {}", measure::peak_kib());
    Ok(())
}

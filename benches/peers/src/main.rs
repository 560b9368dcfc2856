//! Runs one client against a server, and prints what that took. `benches/table.py` and
//! `benches/instructions.py` call it; by hand:
//!
//! ```sh
//! thordata-cdk-peers --serve 1000                  # prints its URL
//! thordata-cdk-peers calls ours get 1000 URL       # one after the other
//! thordata-cdk-peers calls careful create 1000 URL # each on a connection of its own
//! thordata-cdk-peers flood hand 16 10000 URL       # revocations, 16 in flight
//! thordata-cdk-peers list stream URL
//! ```

#![allow(clippy::print_stdout)] // measurements are its output

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use thordata_cdk::{CdkCode, NewCdks, Traffic};
use thordata_cdk_peers::hand::Hand;
use thordata_cdk_peers::measure::{self, Listed};
use thordata_cdk_peers::server::serve_if_asked;
use thordata_cdk_peers::socket::Socket;
use thordata_cdk_peers::stock::types::{CreateCdksRequest, RevokeCdkRequest};
use thordata_cdk_peers::tuned::Tuned;
use thordata_cdk_peers::{CODE, Failure, careful_client, our_client, stock_client};

fn main() -> Result<(), Failure> {
    if serve_if_asked()? {
        return Ok(());
    }
    // Built together with a member that switches reqwest's TLS on, the peers would panic without a provider.
    thordata_cdk::install_crypto_provider();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    // One thread: what the client does, and nothing of how it is spread.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match *arguments.as_slice() {
        ["calls", "socket", operation, count, base_url] => {
            let mut socket = Socket::new(base_url)?;
            for _ in 0..count.parse::<u32>()? {
                match operation {
                    "get" => socket.get()?,
                    _ => socket.revoke()?,
                }
            }
            Ok(())
        }
        ["calls", peer, operation, count, base_url] => {
            runtime.block_on(calls(peer, operation, count.parse()?, base_url))
        }
        ["flood", peer, in_flight, count, base_url] => {
            let began = Instant::now();
            let count: u32 = count.parse()?;
            runtime.block_on(flood(peer, in_flight.parse()?, count, base_url))?;
            let seconds = began.elapsed().as_secs_f64();
            println!(
                "{seconds} {} {}",
                measure::cpu_seconds(),
                measure::peak_kib()
            );
            Ok(())
        }
        ["list", peer, base_url] => {
            let listed: Listed = runtime.block_on(measure::list(peer, base_url))?;
            let Listed {
                rows,
                first_row,
                all,
            } = listed;
            let ms = |time: Duration| time.as_secs_f64() * 1000.0;
            println!(
                "{rows} {} {} {} {}",
                ms(first_row),
                ms(all),
                measure::cpu_seconds(),
                measure::peak_kib()
            );
            Ok(())
        }
        _ => Err("see benches/peers/src/main.rs for the arguments".into()),
    }
}

/// Calls one after the other over one connection.
async fn calls(peer: &str, operation: &str, count: u32, base_url: &str) -> Result<(), Failure> {
    match peer {
        "ours" | "careful" => {
            let client = match peer {
                "careful" => careful_client(base_url)?,
                _ => our_client(base_url)?,
            };
            let code = CdkCode::new(CODE)?;
            let order = NewCdks {
                traffic: Traffic(3),
                count: 10,
            };
            for _ in 0..count {
                match operation {
                    "get" => drop(client.get(&code).await?),
                    "revoke" => client.revoke(&code).await?,
                    _ => drop(client.create(order).await?),
                }
            }
        }
        "hand" => {
            let client = Hand::new(base_url)?;
            for _ in 0..count {
                match operation {
                    "get" => drop(client.get(CODE).await?),
                    "revoke" => client.revoke(CODE).await?,
                    _ => drop(client.create(3, 10).await?),
                }
            }
        }
        "tuned" => {
            let client = Tuned::new(base_url)?;
            for _ in 0..count {
                match operation {
                    "get" => drop(client.get(CODE).await?),
                    "revoke" => client.revoke(CODE).await?,
                    _ => drop(client.create(3, 10).await?),
                }
            }
        }
        _ => {
            let client = stock_client(base_url)?;
            let code: thordata_cdk_peers::stock::types::CdkCode = CODE.parse()?;
            let body = RevokeCdkRequest { cdk: code.clone() };
            let order = CreateCdksRequest {
                flow: 3.try_into()?,
                num: 10.try_into()?,
            };
            for _ in 0..count {
                match operation {
                    "get" => drop(client.get_cdk(&code).await?),
                    "revoke" => drop(client.revoke_cdk(&body).await?),
                    _ => drop(client.create_cdks(&order).await?),
                }
            }
        }
    }
    Ok(())
}

/// Revocations of `count` codes, none of which is made before it is needed.
async fn flood(peer: &str, in_flight: usize, count: u32, base_url: &str) -> Result<(), Failure> {
    let codes = (0..count).map(|number| format!("uJQJFnyc{number:08}"));
    if peer == "ours" {
        let codes = codes.filter_map(|code| code.parse().ok());
        let mut results = our_client(base_url)?
            .revoke_all(codes)
            .concurrency(in_flight);
        while let Some((_, result)) = results.next().await {
            result?;
        }
        return Ok(());
    }
    let client = Hand::new(base_url)?;
    let revocations = codes.map(|code| {
        let client = client.clone();
        async move {
            let result = client.revoke(&code).await;
            (code, result)
        }
    });
    let mut results = futures_util::stream::iter(revocations).buffer_unordered(in_flight);
    while let Some((_, result)) = results.next().await {
        result?;
    }
    Ok(())
}

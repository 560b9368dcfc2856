//! Three processes sell the same orders on one PostgreSQL while everything fails: `just replicas`.
//!
//! Processes are killed and stopped, the server is killed, connections to it are cut before and after commits, and the
//! service loses answers and carries requests out late. Ends with 0 only if nothing was bought twice or lost.
//!
//! With `--pace`: one process and then three under a limit that they do not know.

#![allow(clippy::print_stdout)] // it is there to be read
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used
)] // no user's bytes

mod chaos;
#[allow(dead_code)] // chaos_sqlite uses more of it
mod fleet;
#[path = "../faults/menu.rs"]
mod menu;
mod pace;
mod proxy;
mod worker;

use std::error::Error;
use std::process::ExitCode;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<ExitCode, Failure> {
    let (mut orders, mut seed, mut paced) = (1000, 1, false);
    let mut rest = std::env::args().skip(1);
    while let Some(name) = rest.next() {
        let mut number =
            || -> Result<u64, Failure> { Ok(rest.next().unwrap_or_default().parse()?) };
        match name.as_str() {
            "worker" => return worker::run().await.map(|()| ExitCode::SUCCESS),
            "--orders" => orders = number()?,
            "--seed" => seed = number()?,
            "--pace" => paced = true,
            _ => return Err(format!("unknown argument {name}").into()),
        }
    }
    let is_sound = match paced {
        true => pace::run().await?,
        false => chaos::run(orders, seed).await?,
    };
    Ok(if is_sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

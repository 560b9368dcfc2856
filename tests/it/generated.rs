//! What comes out of the contract, and what an author who breaks the contract sees.
//!
//! `UPDATE_GOLDEN=1 cargo test --test it` rewrites `src/generated/`.

#[path = "../../build/client.rs"]
mod client;
mod client_steps;
#[path = "../../build/contract.rs"]
pub(crate) mod contract;
mod fifth;
#[path = "../../build/generate.rs"]
mod generate;
mod golden;
mod mistakes;
#[path = "../../build/mocks.rs"]
mod mocks;
#[path = "../../build/pregenerated.rs"]
mod pregenerated;
#[path = "../../build/steps.rs"]
mod steps;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The contract that the crate is built from.
const CONTRACT: &str = include_str!("../../openapi.yaml");

/// One operation, and every schema that the steps look for.
const SMALL: &str = include_str!("generated/small.yaml");

/// The generator swaps the process's panic hook, which two at once would leave swapped.
fn my_turn() -> MutexGuard<'static, ()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// As the build script does it: the client's text, formatted, or what the author sees.
fn generated(contract: &str) -> Result<String, String> {
    let _turn = my_turn();
    let file = generate::generate(contract).map_err(|problem| problem.to_string())?;
    Ok(prettyplease::unparse(&file))
}

/// The mocks' text, formatted.
fn generated_mocks(contract: &str) -> Result<String, String> {
    let _turn = my_turn();
    let file = generate::generate_mocks(contract).map_err(|problem| problem.to_string())?;
    Ok(prettyplease::unparse(&file))
}

/// `text` with the one place that reads `from` changed to `to`.
fn edited(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "not exactly one {from:?}");
    text.replacen(from, to, 1)
}

//! What comes out of the contract, and what an author who breaks the contract sees.
//!
//! `UPDATE_GOLDEN=1 cargo test --test it` rewrites `src/generated/`.

#[path = "../../build/client.rs"]
mod client;
mod client_steps;
#[path = "../../build/contract.rs"]
pub(crate) mod contract;
#[path = "../../build/culprit.rs"]
mod culprit;
mod fifth;
#[path = "../../build/generate.rs"]
#[allow(dead_code)] // the build script calls `item_by_item`
mod generate;
mod golden;
#[path = "../../build/mistakes.rs"]
mod mistakes;
#[path = "../../build/mocks.rs"]
mod mocks;
mod names;
#[path = "../../build/needs.rs"]
mod needs;
mod own_contract;
#[path = "../../build/pregenerated.rs"]
mod pregenerated;
mod reported;
#[path = "../../build/steps.rs"]
mod steps;
#[path = "../../build/types.rs"]
mod types;

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
    let file = generate::generate(source(contract)).map_err(|problem| problem.to_string())?;
    Ok(prettyplease::unparse(&file))
}

fn source(text: &str) -> generate::Source<'_> {
    generate::Source { text, ours: None }
}

/// The mocks' text, formatted.
fn generated_mocks(contract: &str) -> Result<String, String> {
    let _turn = my_turn();
    let file = generate::generate_mocks(source(contract)).map_err(|problem| problem.to_string())?;
    Ok(prettyplease::unparse(&file))
}

/// `text` with the one place that reads `from` changed to `to`.
fn edited(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "not exactly one {from:?}");
    text.replacen(from, to, 1)
}

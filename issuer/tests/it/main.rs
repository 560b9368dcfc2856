//! Orders with a key, on the embedded store, against the sandbox.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod blocking;
mod doubt;
mod files;
mod keys;
mod several;
mod store_suite;
mod support;
mod verdicts;

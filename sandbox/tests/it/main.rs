//! The sandbox from outside: from the socket, from its Rust handle, and as a program.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's helpers may fail as loudly as the test itself"
)]

mod admin;
mod answers;
mod commits;
mod connections;
mod failures;
mod guard;
mod lifecycle;
mod misfits;
mod page;
mod program;
mod requests;
mod state_file;
#[cfg(unix)]
mod state_place;
mod support;
mod vendor;

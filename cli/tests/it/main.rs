//! The command-line tool's tests, in one binary. They need a Unix-like system: signals, `sh`, modes.

#![cfg(unix)]
// A test that panics has said what it has to say.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout
)]

mod accounts;
mod books;
mod browser;
mod cards;
mod cookbook;
mod crash;
mod create;
mod doctor;
mod doctor_ways;
mod errors;
mod examples;
mod exits;
mod golden;
mod hostile;
mod input;
mod list;
mod lost_answers;
mod manners;
mod own_files;
mod postgres_store;
mod profiles;
mod report;
mod revoke;
mod screens;
mod secrecy;
mod show;
mod support;
mod terminal;
mod watch;

//! The client's tests, in one binary.

// A test that panics has said what it has to say.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout
)]

mod blocking;
mod bulk;
mod conformance;
mod contributing;
mod conversions;
mod faults;
mod generated;
mod hostile;
mod list;
mod list_limits;
mod mocks;
mod options;
mod replies;
mod report;
mod runtimes;
mod scenarios;
mod schema;
mod secrecy;
mod support;
mod time;
mod tls;
mod tracing;
mod waits;
mod watch;
mod wire;

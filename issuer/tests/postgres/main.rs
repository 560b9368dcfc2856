//! Orders on PostgreSQL: `just test-postgres`. They need the server that `issuer/tools/with-postgres` starts, so a plain
//! `cargo test` leaves them out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod database;
mod suite;
mod support;

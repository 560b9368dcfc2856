#![doc = include_str!("../README.md")]

mod admin;
mod body;
mod builder;
mod choices;
#[cfg(feature = "binary")]
pub mod cli;
mod clock;
mod codes;
mod connection;
mod execute;
mod faults;
mod incoming;
mod limiter;
mod log;
mod millis;
mod page;
mod params;
mod pending;
mod persist;
mod reply;
mod routes;
mod sandbox;
mod state;
mod store;
mod voucher;
mod wire;

pub use builder::{SandboxBuilder, StartError};
pub use choices::{Answer, Commit, Operation, Read, Then};
pub use clock::Clock;
pub use codes::SandboxCredentials;
pub use faults::Fault;
pub use limiter::RateCounters;
pub use log::LoggedRequest;
pub use sandbox::Sandbox;
pub use voucher::{RedeemError, TRAFFIC_DURATION, Voucher, VoucherStatus};

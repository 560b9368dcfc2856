//! A stateful local server for the Thordata CDK contract.

mod admin;
mod body;
mod builder;
#[cfg(feature = "binary")]
pub mod cli;
mod clock;
mod codes;
mod connection;
mod execute;
mod faults;
mod limiter;
mod log;
mod millis;
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
pub use clock::Clock;
pub use codes::SandboxCredentials;
pub use faults::{Answer, Commit, Fault, Operation, Read, Then};
pub use limiter::RateCounters;
pub use log::LoggedRequest;
pub use sandbox::Sandbox;
pub use voucher::{RedeemError, TRAFFIC_DURATION, Voucher, VoucherStatus};

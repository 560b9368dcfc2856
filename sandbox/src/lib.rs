#![doc = include_str!("../README.md")]

mod admin;
mod builder;
#[cfg(feature = "binary")]
pub mod cli;
mod clock;
mod fault;
#[cfg(fuzzing)]
#[doc(hidden)]
#[allow(
    missing_docs,
    clippy::missing_errors_doc,
    missing_debug_implementations
)]
pub mod fuzzing;
mod ledger;
mod page;
mod sandbox;
mod server;
mod state;

pub use builder::{SandboxBuilder, StartError};
pub use clock::Clock;
pub use fault::Fault;
pub use fault::fault_spec::{AfterReply, Answer, Commit, Operation, Read};
pub use ledger::codes::SandboxCredentials;
pub use ledger::voucher::{RedeemError, TRAFFIC_DURATION, Voucher, VoucherStatus};
pub use page::OPENAPI_JSON;
pub use sandbox::Sandbox;
pub use server::limiter::RateCounters;
pub use server::log::LoggedRequest;

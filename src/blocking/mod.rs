//! The client for programs without an async runtime (feature `blocking`).
//!
//! Each call runs the async call of the same name to its end. A background thread has the runtime for it, which also
//! keeps connections alive between calls.
//!
//! Inside an async runtime every call is an error, [`Error::Config`](crate::Error::Config), and never a panic, whether
//! the client was built there or moved there; dropping it there is fine. Threads of tokio's `spawn_blocking` count as
//! inside, since nothing distinguishes them from the runtime's own threads. Use the async client in such programs, or a
//! thread of `std::thread`.
//!
//! ```no_run
//! use thordata_cdk::blocking::Client;
//! use thordata_cdk::CdkStatus;
//!
//! # fn main() -> Result<(), thordata_cdk::Error> {
//! let client = Client::from_env()?;
//! println!("{} unused vouchers", client.list(CdkStatus::Unused)?.len());
//! # Ok(()) }
//! ```

mod client;
mod runtime;
#[cfg(feature = "watch")]
mod watch;

pub use client::{Bulk, Client, ListStream};
#[cfg(feature = "watch")]
pub use watch::RedemptionWatch;

//! Buying once: vouchers that can't be lost, and can't be bought twice.
//!
//! Start with [`Issuer`]; `docs/delivery.md` explains each [`Verdict`] on one page.

mod handover;
mod issuer;
mod journal;
mod options;
mod purchase;
mod purchases;
mod reconcile;
mod recovery;
mod session;
#[cfg(test)]
mod tests;
mod trace;
mod verdict;

pub use issuer::Issuer;
pub use journal::JournalError;
#[cfg(fuzzing)]
pub use journal::fuzzing;
pub use options::{IssuerKind, IssuerOptions, Step};
pub use purchases::Purchases;
pub use verdict::{Block, IntentId, IssueError, Issued, Resolution, Verdict};

//! What `doctor` checks: the way to the service, and its answers against the contract.

pub(crate) mod connectivity;
pub(crate) mod contract;
pub(crate) mod contract_check;
pub(crate) mod findings;
mod reach;
mod reply;
mod schema_diff;

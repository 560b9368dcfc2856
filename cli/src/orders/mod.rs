//! Buying, resuming and settling orders.

pub(crate) mod buying;
pub(crate) mod ledger;
pub(crate) mod options;
pub(crate) mod session;
pub(crate) mod settle;

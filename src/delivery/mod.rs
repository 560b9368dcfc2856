//! What left, what may go again, how fast.

pub(crate) mod pace;
pub(crate) mod retry;
pub(crate) mod witness;

//! Every injection of the delivery reference, and the invariants that hold after each:
//!
//! - I1: at most one copy of an order was carried out.
//! - I2: what the server holds is what was returned, recovered, offered as candidate or reported as orphan.
//! - I3: no code belongs to two orders.
//! - I4: the intent is on disk before the first byte leaves.

pub(crate) mod bench;
mod crash;
mod http2;
mod lists;
mod outcomes;
mod revoke;
mod verdicts;
mod walk;

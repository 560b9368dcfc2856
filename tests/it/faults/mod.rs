//! Every injection of the delivery reference: what is proof that nothing was bought, and what is none. The issuer's own
//! tests go on from there.

mod http2;
mod outcomes;
mod revoke;
pub(crate) mod support;

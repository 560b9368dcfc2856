//! HTTP in and out: what requests are answered with, and on which bytes.

pub(crate) mod admission;
pub(crate) mod body;
pub(crate) mod connection;
pub(crate) mod execute;
pub(crate) mod guard;
pub(crate) mod incoming;
pub(crate) mod limiter;
pub(crate) mod log;
pub(crate) mod operations;
pub(crate) mod params;
pub(crate) mod reply;
pub(crate) mod respond;
pub(crate) mod router;
pub(crate) mod wire;

/// Below it is the admin API, which is neither logged nor limited, and answers whoever has its token.
pub(crate) const ADMIN_PREFIX: &str = "/_sandbox/";

//! A small service that sells vouchers, and neither loses one nor buys one twice: whatever the network does,
//! whenever the process dies, however often a customer presses the button.

mod routes;
mod shop;

pub use routes::router;
pub use shop::{Shop, ShopError};

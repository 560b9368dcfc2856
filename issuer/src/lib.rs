#![doc = include_str!("../README.md")]

mod audit;
#[cfg(feature = "blocking")]
pub mod blocking;
mod decide;
mod error;
pub mod gate;
#[cfg(any(doc, doctest))]
pub mod guide;
mod issuer;
mod options;
mod order;
pub mod pace;
mod purchase;
mod settle;
mod settling;
pub mod store;

pub use audit::{AuditReport, Unexplained};
pub use error::IssueError;
pub use issuer::Issuer;
pub use options::{AccountUse, Event, IssuerOptions, Refusal};
pub use order::{NewOrder, Order, OrderState};
pub use store::OrderFilter;
#[cfg(feature = "postgres")]
pub use store::postgres::PostgresStore;
#[cfg(feature = "sqlite")]
pub use store::sqlite::SqliteStore;
pub use thordata_cdk;

const _: () = {
    const fn is_fit_for_any_runtime<T: Send + Sync + Clone>() {}
    is_fit_for_any_runtime::<Issuer>();
    const fn travels<T: Send + Sync>() {}
    travels::<IssueError>();
};

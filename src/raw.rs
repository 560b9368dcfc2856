//! The generated client: one method per operation of the contract.
//!
//! **Outside the semver promise.** It changes with `openapi.yaml` and with the generator. It carries the
//! credentials, bounds replies and sends POST bodies with the witness like [`Client`](crate::Client)
//! does, but it neither retries nor turns a failure envelope into an error: ask
//! [`Envelope::is_success`](crate::Envelope::is_success).
//!
//! Its errors print headers and whole bodies, which hold voucher codes: never log them.

#![allow(
    missing_docs,
    unreachable_pub,
    unused_imports,
    elided_lifetimes_in_paths,
    rustdoc::broken_intra_doc_links,
    rustdoc::invalid_html_tags,
    rustdoc::bare_urls,
    clippy::all,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

pub use crate::hooks::Hooks;
pub(crate) use crate::hooks::{Unmade, Unsent};

include!(concat!(env!("OUT_DIR"), "/client.rs"));

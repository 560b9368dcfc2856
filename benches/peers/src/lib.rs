//! The clients that thordata-cdk is measured against: built from the same contract, by the same compiler, with
//! the same settings.
//!
//! - [`hand`]: reqwest and serde_json, as most people would write it.
//! - [`tuned`]: the same with all that can be done before a call done before it, and none of reqwest's extras.
//! - [`stock`]: what progenitor generates, with the credentials as default headers.
//! - [`socket`]: a blocking socket that compares one byte of the reply. The limit, not a client.
//!
//! Unfair to them: none retries, paces, knows whether a request left, or keeps codes out of its errors. Unfair
//! to this crate: hand and tuned check less of a reply.

#![allow(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a benchmark: its errors only end it"
)]

pub mod hand;
pub mod measure;
pub mod server;
pub mod socket;
pub mod tuned;

#[allow(
    missing_docs,
    unreachable_pub,
    unused_imports,
    elided_lifetimes_in_paths,
    clippy::all
)]
#[allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    missing_debug_implementations
)]
/// progenitor's text.
pub mod stock {
    include!(concat!(env!("OUT_DIR"), "/stock.rs"));
}

/// What a peer fails with.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Any code: the server knows them all.
pub const CODE: &str = "uJQJFnycHOpSEw5N";

/// The headers that every call carries.
pub(crate) fn credentials() -> reqwest::header::HeaderMap {
    let mut headers = reqwest::header::HeaderMap::new();
    for name in ["token", "key"] {
        let mut value = reqwest::header::HeaderValue::from_static("secret-secret-secret-secret");
        value.set_sensitive(true);
        headers.insert(reqwest::header::HeaderName::from_static(name), value);
    }
    headers
}

/// A stock client for the server at `base_url`.
///
/// # Errors
/// If no HTTP client can be set up.
pub fn stock_client(base_url: &str) -> Result<stock::Client, Failure> {
    let http = reqwest::Client::builder()
        .default_headers(credentials())
        .timeout(std::time::Duration::from_secs(600))
        .connect_timeout(std::time::Duration::from_secs(10))
        .build()?;
    Ok(stock::Client::new_with_client(base_url, http))
}

/// This crate's client for it, with its default settings but for the length of a reply and the time it may
/// take.
///
/// # Errors
/// If no HTTP client can be set up.
pub fn our_client(base_url: &str) -> Result<thordata_cdk::Client, Failure> {
    let secret = "secret-secret-secret-secret";
    let credentials = thordata_cdk::Credentials::new(secret, secret)?;
    let client = thordata_cdk::Client::builder(credentials)
        .base_url(base_url)
        .timeout(std::time::Duration::from_secs(600))
        .max_response_bytes(usize::MAX)
        // As its peers do: one connection that is kept. What a connection for each purchase costs is a figure of its own.
        .connection_per_purchase(false)
        .build()?;
    Ok(client)
}

/// The client with its default: a connection for each purchase.
pub fn careful_client(base_url: &str) -> Result<thordata_cdk::Client, Failure> {
    let secret = "secret-secret-secret-secret";
    let credentials = thordata_cdk::Credentials::new(secret, secret)?;
    let builder = thordata_cdk::Client::builder(credentials);
    Ok(builder.base_url(base_url).build()?)
}

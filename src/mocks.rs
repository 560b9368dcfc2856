//! Typed mocks of the four operations on a [`MockServer`](httpmock::MockServer) (feature `httpmock`).
//!
//! **Second choice.** A mock answers what its author wrote, so it proves no more than what its author
//! believed. The crate `thordata-cdk-sandbox` in your dev-dependencies keeps state, checks credentials, and
//! loses answers: test buying there. Take a mock for the one reply that a sandbox would have to be talked
//! into.
//!
//! The mocks are made by the generator from the same contract as the client, and corrected where it is wrong:
//! it would compare the forms of `create` and `revoke` as JSON, and a status by its name. Like
//! [`raw`](crate::raw), they are **outside the semver promise**.
//!
//! ```
//! use thordata_cdk::mocks::{MockServerExt, httpmock::MockServer};
//! use thordata_cdk::raw::types::{CreateCdksRequest, CreatedCdks};
//! use thordata_cdk::{CdkCode, CdkStatus, Client, Credentials, Envelope, NewCdks, Traffic};
//! # use std::num::{NonZeroU32, NonZeroU64};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = MockServer::start_async().await;
//! server.list_cdks(|when, then| {
//!     when.status(&CdkStatus::Used);
//!     then.ok(&Envelope::failure(10011, "frequent operations"));
//! });
//! let created = server.create_cdks(|when, then| {
//!     when.body(&CreateCdksRequest::new(NonZeroU64::MIN, NonZeroU32::MIN));
//!     let cdk = vec![CdkCode::new("nozzapqOWJOCcWIX").unwrap()];
//!     then.ok(&Envelope::success(CreatedCdks::new(cdk)));
//! });
//!
//! let client = Client::builder(Credentials::new("token", "key")?)
//!     .base_url(server.base_url())
//!     .retry(thordata_cdk::RetryPolicy::none())
//!     .build()?;
//! assert!(client.list(CdkStatus::Used).await.unwrap_err().is_rate_limited());
//! let codes = client.create(NewCdks { traffic: Traffic(1), count: 1 }).await?;
//! assert_eq!(codes[0].as_str(), "nozzapqOWJOCcWIX");
//! created.assert();
//! # Ok(()) }
//! ```

#![allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_imports,
    clippy::all,
    clippy::missing_errors_doc, // generated code, which the contract's texts describe
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::panic
)]

use serde::Serialize;
use serde_json::Value;

pub use ::httpmock;

include!(concat!(env!("OUT_DIR"), "/httpmock.rs"));

/// Expects the pairs of `body` as a form, which is how the client sends it.
fn form(when: ::httpmock::When, body: &impl Serialize) -> ::httpmock::When {
    match serde_json::to_value(body) {
        Ok(Value::Object(pairs)) => pairs.into_iter().fold(when, |when, (name, value)| {
            when.form_urlencoded_tuple(name, text(value))
        }),
        // No such request can be made: match none.
        _ => when.json_body_obj(body),
    }
}

/// A parameter as the client writes it into the query.
fn parameter(value: impl Serialize) -> String {
    text(serde_json::to_value(value).unwrap_or_default())
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

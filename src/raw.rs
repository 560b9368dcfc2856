//! The generated client: one method per operation of the contract.
//!
//! **Outside the semver promise.** It changes with `openapi.yaml` and with the generator. It carries the
//! credentials, bounds replies and sends POST bodies that can be taken once like [`Client`](crate::Client)
//! does, but it neither retries nor turns a failure envelope into an error: ask
//! [`Envelope::is_success`](crate::Envelope::is_success). Nor does it compare the voucher of a reply with the one
//! that was asked for, read what is around a reply or was compressed, or open a connection for each purchase.
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
    clippy::missing_errors_doc, // generated code, which the contract's texts describe
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use std::fmt;
use std::sync::Arc;

use http_body_util::Limited;
use reqwest::{Body, Request, Response, Url};

use crate::attempt::prepare::RequestSettings;
pub(crate) use crate::attempt::prepare::{BuildRequestError, PreparedRequest};
pub(crate) use crate::types::{Object, one_code_or_many, readable_or_absent};

/// The settings that the generated client uses for each request. You get it with
/// [`Client::raw`](crate::Client::raw), and never make one.
///
/// ```no_run
/// # async fn f(client: thordata_cdk::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let code = thordata_cdk::CdkCode::new("nozzapqOWJOCcWIX")?;
/// let reply = client.raw().get_cdk(&code).await?;
/// # Ok(()) }
/// ```
///
/// Guide: [operations of your own](crate::guide::regenerate).
#[derive(Clone)]
pub struct Hooks {
    pub(crate) settings: Arc<RequestSettings>,
}

impl Hooks {
    /// The URL of an operation, for the generated methods (`parse_urls_once` in `build/client.rs`).
    pub(crate) fn url(&self, base_url: &str, path: &'static str) -> Result<Url, BuildRequestError> {
        let url = self.settings.urls.get(base_url, path);
        url.ok_or_else(|| BuildRequestError("the base URL is not one".into()))
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hooks")
    }
}

impl ClientHooks<Hooks> for Client {
    async fn pre<E>(&self, request: &mut Request, _: &OperationInfo) -> Result<(), Error<E>> {
        // Here and not in `exec`, which can return no error but reqwest's.
        let asked = self.inner().settings.ask_provider(request);
        asked.map_err(|error| Error::InvalidRequest(error.to_string()))?;
        Ok(())
    }

    async fn exec(&self, mut request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        let settings = &self.inner().settings;
        let limit = match info.operation_id {
            "create_cdks" => settings.create_timeout,
            _ => settings.read_timeout,
        };
        // Whether the body was taken is of no use here: the errors of `raw` have no outcome.
        settings.prepare(&mut request, limit, None);
        let response = self.client().execute(request).await?;
        Ok(bounded(response, settings.max_response_bytes))
    }
}

/// Limits the reply: its body ends with an error after `limit` bytes.
///
/// The URL, which may hold a voucher code, does not survive this.
fn bounded(response: Response, limit: usize) -> Response {
    let response: http::Response<Body> = response.into();
    let (parts, body) = response.into_parts();
    let body = Body::wrap(Limited::new(body, limit));
    Response::from(http::Response::from_parts(parts, body))
}

include!(concat!(env!("OUT_DIR"), "/client.rs"));

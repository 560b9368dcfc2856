//! The contract as files, and the page at `/` that shows it and tries it against this sandbox.

use std::sync::Arc;

use axum::Router;
use axum::extract::State as Shares;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::{MethodRouter, get};

use crate::server::reply::Reply;
use crate::server::respond::respond;
use crate::state::Shared;

const YAML: &str = include_str!("../openapi.yaml");
/// The contract as JSON, in the form for generators: `openapi.json`, which is made from `openapi.yaml`. The sandbox serves it
/// at `/openapi.json`.
pub const OPENAPI_JSON: &str = include_str!("../openapi.json");
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The page may load and call this sandbox, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Neither logged nor limited, like the admin API: what tests count is what clients ask.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    let html = "text/html; charset=utf-8";
    let css = "text/css; charset=utf-8";
    Router::new()
        .route("/", file(html, include_str!("../page/index.html")))
        .route("/openapi.yaml", file("application/yaml", YAML))
        .route("/openapi.json", file("application/json", OPENAPI_JSON))
        .route(
            "/_sandbox/page/page.css",
            file(css, include_str!("../page/page.css")),
        )
        .route(
            "/_sandbox/page/page.js",
            file(SCRIPT, include_str!("../page/page.js")),
        )
        .route(
            "/_sandbox/page/call.js",
            file(SCRIPT, include_str!("../page/call.js")),
        )
        .route(
            "/_sandbox/page/contract.js",
            file(SCRIPT, include_str!("../page/contract.js")),
        )
        .route(
            "/_sandbox/page/text.js",
            file(SCRIPT, include_str!("../page/text.js")),
        )
}

fn file(content_type: &'static str, text: &'static str) -> MethodRouter<Arc<Shared>> {
    get(async move |Shares(shared): Shares<Arc<Shared>>| serve(content_type, text, &shared))
}

fn serve(content_type: &str, text: &'static str, shared: &Shared) -> Response {
    let mut response = respond(Reply::file(content_type, text), &shared.http_date());
    let headers = response.headers_mut();
    let policy = HeaderValue::from_static(POLICY);
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    let never = HeaderValue::from_static("no-referrer");
    headers.insert(header::REFERRER_POLICY, never);
    let no_sniff = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, no_sniff);
    // The next sandbox on this port may be of another version.
    let fresh = HeaderValue::from_static("no-cache");
    headers.insert(header::CACHE_CONTROL, fresh);
    response
}

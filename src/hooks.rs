//! What the generated client does around each request: the one place where requests are bent.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_body_util::Limited;
use progenitor_client::{ClientHooks, ClientInfo, OperationInfo};
use reqwest::header::{CONTENT_TYPE, DATE, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT};
use reqwest::{Body, Method, Request, Response};

use crate::credentials::Credentials;
use crate::delivery::witness::{Taken, Witness};
use crate::model::Timestamp;
use crate::raw;
use crate::trace::Peer;

/// Settings of the generated client, and the notes of one attempt.
#[derive(Clone)]
pub struct Hooks {
    pub(crate) settings: Arc<Settings>,
    /// Present while [`call`](crate::call) runs an attempt, absent when a user calls the generated
    /// client directly.
    pub(crate) attempt: Option<Arc<Attempt>>,
}

/// What every request of a client has in common.
pub(crate) struct Settings {
    pub(crate) credentials: Credentials,
    pub(crate) user_agent: HeaderValue,
    pub(crate) read_timeout: Duration,
    pub(crate) create_timeout: Duration,
    pub(crate) get_body: bool,
    /// A reply may be that of another request, to which a redirect led.
    pub(crate) may_redirect: bool,
    pub(crate) max_response_bytes: usize,
    /// For traces.
    pub(crate) peer: Option<Peer>,
}

/// What became known while one request was under way.
#[derive(Debug, Default)]
pub(crate) struct Attempt {
    pub(crate) taken: Taken,
    /// Whether the request went out with a witness, so that `taken` means something.
    pub(crate) witnessed: OnceLock<()>,
    pub(crate) head: OnceLock<Head>,
}

/// The head of the reply.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<HeaderValue>,
    pub(crate) date: Option<HeaderValue>,
}

impl Attempt {
    /// The service's clock, if it told it.
    pub(crate) fn date(&self) -> Option<Timestamp> {
        let text = self.head.get()?.date.as_ref()?.to_str().ok()?;
        let date = httpdate::parse_http_date(text).ok()?;
        let since = date.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        i64::try_from(since.as_secs()).ok().map(Timestamp)
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hooks")
    }
}

impl Settings {
    /// Waiting is the cheapest way to learn what became of a purchase, hence its own limit.
    fn timeout(&self, operation: &str) -> Duration {
        if operation == "create_cdks" {
            self.create_timeout
        } else {
            self.read_timeout
        }
    }

    fn prepare(&self, request: &mut Request, operation: &str) {
        *request.timeout_mut() = Some(self.timeout(operation));
        if self.get_body
            && request.method() == Method::GET
            && let Some(query) = request.url().query().map(str::to_owned)
        {
            *request.body_mut() = Some(query.into());
            let form = HeaderValue::from_static("application/x-www-form-urlencoded");
            request.headers_mut().insert(CONTENT_TYPE, form);
        }
        let headers = request.headers_mut();
        // The generator sends the contract's version unasked; the vendor documents no such header.
        headers.remove("api-version");
        headers.insert(
            HeaderName::from_static("token"),
            self.credentials.token().clone(),
        );
        headers.insert(
            HeaderName::from_static("key"),
            self.credentials.key().clone(),
        );
        headers.insert(USER_AGENT, self.user_agent.clone());
    }
}

impl ClientHooks<Hooks> for raw::Client {
    async fn exec(&self, mut request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        let hooks = self.inner();
        hooks.settings.prepare(&mut request, info.operation_id);
        if request.method() != Method::GET {
            witness(&mut request, hooks.attempt.as_deref());
        }
        let response = self.client().execute(request).await?;
        if let Some(attempt) = &hooks.attempt {
            let header = |name: HeaderName| response.headers().get(name).cloned();
            let _ = attempt.head.set(Head {
                status: response.status().as_u16(),
                retry_after: header(RETRY_AFTER),
                date: header(DATE),
            });
        }
        Ok(bounded(response, hooks.settings.max_response_bytes))
    }
}

/// Replaces the request's body by one that tells whether it was taken, and that nothing can resend.
fn witness(request: &mut Request, attempt: Option<&Attempt>) {
    let bytes = request
        .body()
        .and_then(Body::as_bytes)
        .map(Bytes::copy_from_slice);
    let taken = attempt
        .map(|attempt| attempt.taken.clone())
        .unwrap_or_default();
    if let Some(body) = bytes.and_then(|bytes| Witness::new(bytes, taken)) {
        *request.body_mut() = Some(Body::wrap(body));
        if let Some(attempt) = attempt {
            let _ = attempt.witnessed.set(());
        }
    }
}

/// The same reply, whose body ends with an error after `limit` bytes.
///
/// The URL, which may hold a voucher code, does not survive this.
fn bounded(response: Response, limit: usize) -> Response {
    let response: http::Response<Body> = response.into();
    let (parts, body) = response.into_parts();
    let body = Body::wrap(Limited::new(body, limit));
    Response::from(http::Response::from_parts(parts, body))
}

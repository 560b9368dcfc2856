//! What the generated client does around each request: the one place where requests are bent.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Limited;
use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo};
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use reqwest::{Body, Method, Request, Response, Url};

use crate::credentials::Credentials;
use crate::delivery::witness::{Taken, Witness};
use crate::raw;
use crate::redact;
use crate::trace::Peer;

/// Settings of the generated client.
#[derive(Clone)]
pub struct Hooks {
    pub(crate) settings: Arc<Settings>,
}

impl Hooks {
    /// The URL of an operation, for the generated methods (`parse_urls_once` in `build/client.rs`).
    pub(crate) fn url(&self, base_url: &str, path: &'static str) -> Result<Url, Unmade> {
        let url = self.settings.urls.get(base_url, path);
        url.ok_or_else(|| Unmade("the base URL is not one".into()))
    }
}

/// URLs that were parsed before.
#[derive(Default)]
pub(crate) struct Urls(RwLock<Vec<(Box<str>, &'static str, Url)>>);

impl Urls {
    /// More can only be those of a generated client that somebody pointed elsewhere.
    const MAX: usize = 16;

    fn get(&self, base_url: &str, path: &'static str) -> Option<Url> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let same = |(base, of, _): &&(Box<str>, &str, Url)| *of == path && **base == *base_url;
        if let Some((_, _, url)) = known.iter().find(same) {
            return Some(url.clone());
        }
        let room = known.len() < Self::MAX;
        drop(known);
        let url = Url::parse(&format!("{base_url}{path}")).ok()?;
        if room {
            let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
            known.push((base_url.into(), path, url.clone()));
        }
        Some(url)
    }
}

/// A request that a generated method would send, and what the contract promises of the reply.
pub(crate) struct Unsent<R> {
    pub(crate) request: Request,
    reply: PhantomData<fn() -> R>,
}

impl<R> Unsent<R> {
    /// For the generated methods (`make_requests_apart` in `build/client.rs`).
    pub(crate) fn new(request: Request) -> Self {
        let reply = PhantomData;
        Self { request, reply }
    }
}

/// Why a generated method cannot make its request.
pub(crate) struct Unmade(pub(crate) String);

impl From<Error<()>> for Unmade {
    fn from(error: Error<()>) -> Self {
        match error {
            Error::InvalidRequest(why) => Self(redact::scrub(&why, &[], 200)),
            _ => Self("it cannot be put into a request".into()),
        }
    }
}

impl From<reqwest::Error> for Unmade {
    fn from(error: reqwest::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<Unmade> for Error<()> {
    fn from(unmade: Unmade) -> Self {
        Self::InvalidRequest(unmade.0)
    }
}

static TOKEN: HeaderName = HeaderName::from_static("token");
static KEY: HeaderName = HeaderName::from_static("key");

/// What every request of a client has in common.
pub(crate) struct Settings {
    pub(crate) credentials: Credentials,
    pub(crate) user_agent: HeaderValue,
    pub(crate) read_timeout: Duration,
    /// The time limit that the HTTP client puts on every request that has none of its own.
    pub(crate) http_timeout: Option<Duration>,
    pub(crate) create_timeout: Duration,
    pub(crate) get_body: bool,
    /// A reply may be that of another request, to which a redirect led.
    pub(crate) may_redirect: bool,
    pub(crate) max_response_bytes: usize,
    pub(crate) urls: Urls,
    /// For traces.
    pub(crate) peer: Option<Peer>,
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hooks")
    }
}

impl Settings {
    /// Makes of the generator's request what goes out. Notes in the witness, if it has a body, whether a
    /// connection took it.
    pub(crate) fn prepare(&self, request: &mut Request, limit: Duration) -> Option<Taken> {
        if self.http_timeout != Some(limit) {
            *request.timeout_mut() = Some(limit); // which costs a map
        }
        if self.get_body
            && request.method() == Method::GET
            && let Some(query) = request.url().query().map(str::to_owned)
        {
            *request.body_mut() = Some(query.into());
            let form = HeaderValue::from_static("application/x-www-form-urlencoded");
            request.headers_mut().insert(CONTENT_TYPE, form);
        }
        let headers = request.headers_mut();
        headers.insert(TOKEN.clone(), self.credentials.token().clone());
        headers.insert(KEY.clone(), self.credentials.key().clone());
        headers.insert(USER_AGENT, self.user_agent.clone());
        if request.method() == Method::GET {
            return None;
        }
        witness(request)
    }
}

impl ClientHooks<Hooks> for raw::Client {
    async fn exec(&self, mut request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        let settings = &self.inner().settings;
        let limit = match info.operation_id {
            "create_cdks" => settings.create_timeout,
            _ => settings.read_timeout,
        };
        settings.prepare(&mut request, limit);
        let response = self.client().execute(request).await?;
        Ok(bounded(response, settings.max_response_bytes))
    }
}

/// Replaces the request's body by one that tells whether it was taken, and that nothing can resend.
fn witness(request: &mut Request) -> Option<Taken> {
    let bytes = request.body().and_then(Body::as_bytes)?;
    let taken = Taken::default();
    let body = Witness::new(Bytes::copy_from_slice(bytes), taken.clone())?;
    *request.body_mut() = Some(Body::wrap(body));
    Some(taken)
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

//! What the generated client does around each request: the one place where requests are bent.

use std::cell::Cell;
use std::fmt;
use std::mem;
use std::pin::pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Limited;
use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo};
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use reqwest::{Body, Method, Request, Response, Url};

use crate::credentials::Credentials;
use crate::delivery::witness::{Taken, Witness};
use crate::raw;
use crate::trace::Peer;

/// Settings of the generated client.
#[derive(Clone)]
pub struct Hooks {
    pub(crate) settings: Arc<Settings>,
    /// The generated methods make a request and leave it to [`draft`]; a user who calls them directly has them
    /// send it.
    pub(crate) drafts: bool,
}

impl Hooks {
    /// The URL of an operation, for the generated methods (`parse_urls_once` in `build/generate.rs`).
    #[allow(clippy::result_large_err)] // the generated methods' own
    pub(crate) fn url<E>(&self, base_url: &str, path: &'static str) -> Result<Url, Error<E>> {
        let url = self.settings.urls.get(base_url, path);
        url.ok_or_else(|| Error::InvalidRequest("the base URL is not one".into()))
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

thread_local! {
    /// Where a generated method that drafts leaves its request. Full only inside [`draft`].
    static DRAFT: Cell<Option<Request>> = const { Cell::new(None) };
}

/// The request that a generated method makes, unsent, or why it makes none.
pub(crate) fn draft<T>(
    making: impl Future<Output = Result<T, Error<()>>>,
) -> Result<Request, String> {
    // A method that drafts waits for nothing: polled once, on this thread, it has ended.
    let ended = pin!(making).poll(&mut Context::from_waker(Waker::noop()));
    DRAFT.take().ok_or_else(|| match ended {
        Poll::Ready(Err(Error::InvalidRequest(why))) => why,
        _ => "it cannot be put into a request".into(),
    })
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
    async fn pre<E>(&self, request: &mut Request, _: &OperationInfo) -> Result<(), Error<E>> {
        if !self.inner().drafts {
            return Ok(());
        }
        let empty = Request::new(Method::GET, request.url().clone());
        DRAFT.set(Some(mem::replace(request, empty)));
        // Ends the generated method before it sends anything.
        Err(Error::Custom(String::new()))
    }

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

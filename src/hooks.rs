//! What the generated client does around each request: the one place where requests are bent.

use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
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
    /// Present while [`call`](crate::call) wants a request and sends it itself, absent when a user calls
    /// the generated client directly.
    pub(crate) draft: Option<Draft>,
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

/// Where the generated client leaves a request that it has made and is not to send.
#[derive(Clone, Default)]
pub(crate) struct Draft(Arc<Mutex<Option<Request>>>);

impl Draft {
    pub(crate) fn take(&self) -> Option<Request> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Leaves a request behind that is never sent.
    fn put(&self, request: &mut Request) {
        let empty = Request::new(Method::GET, request.url().clone());
        let request = mem::replace(request, empty);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(request);
    }
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
    pub(crate) fn prepare(&self, request: &mut Request) -> Option<Taken> {
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
        if request.method() == Method::GET {
            return None;
        }
        witness(request)
    }
}

impl ClientHooks<Hooks> for raw::Client {
    async fn pre<E>(&self, request: &mut Request, _: &OperationInfo) -> Result<(), Error<E>> {
        match &self.inner().draft {
            None => Ok(()),
            Some(draft) => {
                draft.put(request);
                // Ends the generated method before it sends anything.
                Err(Error::Custom(String::new()))
            }
        }
    }

    async fn exec(&self, mut request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        let settings = &self.inner().settings;
        let limit = match info.operation_id {
            "create_cdks" => settings.create_timeout,
            _ => settings.read_timeout,
        };
        *request.timeout_mut() = Some(limit);
        settings.prepare(&mut request);
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

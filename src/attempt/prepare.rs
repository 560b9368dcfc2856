//! How the generator's request becomes the one that is sent: credentials, limits, the one-shot body.

use std::marker::PhantomData;
use std::mem;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use progenitor_client::Error;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, USER_AGENT,
};
use reqwest::{Body, Method, Request, Url};

use super::one_shot_body::{BodyTaken, OneShotBody};
use crate::credentials::{Credentials, Provider};
use crate::deadline::Deadline;
use crate::error::ConfigError;
use crate::redact;
use crate::report::Observer;
use crate::trace::Peer;

/// The parsed URLs of the operations: parsing one costs a twelfth of a call.
#[derive(Default)]
pub(crate) struct UrlCache(RwLock<Vec<(Box<str>, &'static str, Url)>>);

impl UrlCache {
    /// There are four operations. More can only come from a raw client that somebody pointed elsewhere.
    const MAX: usize = 16;

    pub(crate) fn get(&self, base_url: &str, path: &'static str) -> Option<Url> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let same = |(base, of, _): &&(Box<str>, &str, Url)| *of == path && **base == *base_url;
        if let Some((_, _, url)) = known.iter().find(same) {
            return Some(url.clone());
        }
        let room = known.len() < Self::MAX;
        drop(known);
        // Two tasks may both come here and add the same URL. That costs an entry and no error.
        let url = Url::parse(&format!("{base_url}{path}")).ok()?;
        if room {
            let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
            known.push((base_url.into(), path, url.clone()));
        }
        Some(url)
    }
}

/// The request of a generated method, with the type that the contract promises for its reply.
pub(crate) struct PreparedRequest<R> {
    pub(crate) request: Request,
    reply: PhantomData<fn() -> R>,
}

impl<R> PreparedRequest<R> {
    /// For the generated methods (`make_requests_apart` in `build/client.rs`).
    pub(crate) fn new(request: Request) -> Self {
        let reply = PhantomData;
        Self { request, reply }
    }

    /// This request, with its reply read as another type.
    pub(crate) fn read_as<T>(self) -> PreparedRequest<T> {
        PreparedRequest::new(self.request)
    }
}

/// Why a generated method cannot build its request.
pub(crate) struct BuildRequestError(pub(crate) String);

impl From<Error<()>> for BuildRequestError {
    fn from(error: Error<()>) -> Self {
        match error {
            Error::InvalidRequest(why) => Self(redact::scrub(&why, &[], 200)),
            // The other variants show reqwest's text, which may hold the URL and with it a code.
            _ => Self("it cannot be put into a request".into()),
        }
    }
}

impl From<reqwest::Error> for BuildRequestError {
    fn from(error: reqwest::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<BuildRequestError> for Error<()> {
    fn from(error: BuildRequestError) -> Self {
        Self::InvalidRequest(error.0)
    }
}

/// What every request of a client has in common.
pub(crate) struct RequestSettings {
    pub(crate) credentials: Credentials,
    /// Asked before each request, if there is one.
    pub(crate) provider: Option<Provider>,
    pub(crate) observer: Option<Observer>,
    pub(crate) user_agent: HeaderValue,
    /// `None` where the HTTP client must write it itself.
    pub(crate) host: Option<HeaderValue>,
    /// From [`common_headers`], without and with a form's content type.
    pub(crate) headers: HeaderMap,
    pub(crate) form_headers: HeaderMap,
    pub(crate) read_timeout: Duration,
    /// The HTTP client's own time limit: a request with the same limit need not carry it.
    pub(crate) http_timeout: Option<Duration>,
    pub(crate) create_timeout: Duration,
    pub(crate) get_params_in_body: bool,
    pub(crate) show_foreign_bodies: bool,
    /// The HTTP client may follow redirects, so a reply may belong to another request.
    pub(crate) may_redirect: bool,
    pub(crate) max_response_bytes: usize,
    pub(crate) max_list_rows: u64,
    pub(crate) list_timeout: Duration,
    pub(crate) urls: UrlCache,
    /// For traces.
    pub(crate) peer: Option<Arc<Peer>>,
    /// The environment's proxy, without its user name and password.
    pub(crate) proxy: Option<String>,
}

impl RequestSettings {
    /// These settings for another account.
    pub(crate) fn with_credentials(&self, credentials: Credentials) -> Self {
        Self {
            headers: common_headers(&credentials, &self.user_agent, self.host.as_ref(), false),
            form_headers: common_headers(&credentials, &self.user_agent, self.host.as_ref(), true),
            host: self.host.clone(),
            credentials,
            // It gives the credentials of this account, and would refuse those of the other.
            provider: None,
            observer: self.observer.clone(),
            user_agent: self.user_agent.clone(),
            urls: UrlCache::default(),
            peer: self.peer.clone(),
            proxy: self.proxy.clone(),
            ..*self
        }
    }

    /// Puts the provider's credentials into the request, and returns them; `None` if there is no provider.
    pub(crate) fn ask_provider(
        &self,
        request: &mut Request,
    ) -> Result<Option<Credentials>, ConfigError> {
        let Some(provider) = &self.provider else {
            return Ok(None);
        };
        let current = provider.current(&self.credentials)?;
        current.put_into(request.headers_mut());
        Ok(Some(current))
    }

    /// Completes the generator's headers with those of every request, and with the provider's credentials, which are
    /// there already.
    fn complete_headers(&self, headers: &mut HeaderMap) {
        // Only a form has a content type: that of a POST, or of a GET with `get_params_in_body`.
        let is_form = headers.contains_key(CONTENT_TYPE);
        let common = if is_form {
            &self.form_headers
        } else {
            &self.headers
        };
        let generated = mem::replace(headers, common.clone());
        // A provider's credentials are among these, and take the place of the client's own.
        for (name, value) in &generated {
            // They are in both maps: to write them again would change nothing, and cost time.
            let is_common =
                (name == ACCEPT && value == JSON) || (name == CONTENT_TYPE && value == FORM);
            if !is_common {
                headers.insert(name.clone(), value.clone());
            }
        }
    }

    /// Completes the generator's request. A POST gets a one-shot body; the returned flag says later whether a
    /// connection took it.
    pub(crate) fn prepare(
        &self,
        request: &mut Request,
        limit: Duration,
        send_before: Option<Deadline>,
    ) -> Option<BodyTaken> {
        if self.http_timeout != Some(limit) {
            *request.timeout_mut() = Some(limit); // costs an allocation
        }
        if self.get_params_in_body
            && request.method() == Method::GET
            && let Some(query) = request.url().query().map(str::to_owned)
        {
            *request.body_mut() = Some(query.into());
            request.headers_mut().insert(CONTENT_TYPE, FORM);
        }
        self.complete_headers(request.headers_mut());
        // A read needs no proof: its outcome is always "not applied".
        if request.method() == Method::GET {
            return None;
        }
        one_shot_body(request, send_before)
    }
}

/// What every request says in its headers, in one map that is cloned: to insert them one by one costs a fiftieth of a
/// call.
pub(crate) fn common_headers(
    credentials: &Credentials,
    user_agent: &HeaderValue,
    host: Option<&HeaderValue>,
    is_form: bool,
) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(8);
    credentials.put_into(&mut headers);
    headers.insert(ACCEPT, JSON);
    headers.insert(USER_AGENT, user_agent.clone());
    // A gateway that compresses is one more that can damage a reply which was paid for.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    if let Some(host) = host {
        headers.insert(HOST, host.clone());
    }
    if is_form {
        headers.insert(CONTENT_TYPE, FORM);
    }
    headers
}

/// What the HTTP client would write into `Host` at each request, which costs a hundredth of a call.
pub(crate) fn host_header(url: &Url) -> Option<HeaderValue> {
    let host = url.host_str()?;
    let text = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    HeaderValue::try_from(text).ok()
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// Replaces the request's body by one that notes whether it was taken and that nothing can send twice.
fn one_shot_body(request: &mut Request, send_before: Option<Deadline>) -> Option<BodyTaken> {
    let bytes = request.body().and_then(Body::as_bytes)?;
    let taken = BodyTaken::default();
    // Copied: reqwest lends the bytes of a body and does not give them away.
    let body = OneShotBody::new(Bytes::copy_from_slice(bytes), taken.clone(), send_before)?;
    *request.body_mut() = Some(Body::wrap(body));
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::{BuildRequestError, UrlCache};

    #[test]
    fn a_url_is_that_of_its_base_and_path_whatever_was_asked_for_before() {
        let urls = UrlCache::default();
        for _ in 0..2 {
            for (base_url, path, url) in [
                ("http://a", "/list", "http://a/list"),
                ("http://b", "/list", "http://b/list"),
                ("http://a", "/info", "http://a/info"),
            ] {
                assert_eq!(urls.get(base_url, path).unwrap().as_str(), url);
            }
        }
        assert_eq!(urls.0.read().unwrap().len(), 3);
        assert_eq!(urls.get("not a URL", "/list"), None);
    }

    #[test]
    fn no_more_than_sixteen_urls_are_kept() {
        let urls = UrlCache::default();
        for number in 0..20 {
            urls.get(&format!("http://host{number}"), "/list").unwrap();
        }
        assert_eq!(urls.0.read().unwrap().len(), 16);
    }

    #[test]
    fn the_generators_reason_is_kept() {
        let reason = progenitor_client::Error::InvalidRequest("a header cannot be written".into());
        assert_eq!(
            BuildRequestError::from(reason).0,
            "a header cannot be written"
        );
    }
}

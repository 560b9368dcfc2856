//! The client's settings.

use std::fmt;
use std::time::Duration;

use reqwest::Url;
use tokio::sync::Semaphore;

use super::Client;
use super::adjustments::Adjustments;
use super::route::checked_base_url;
use crate::attempt::retry::RetryPolicy;
use crate::credentials::Credentials;
use crate::error::{ConfigError, Error};

/// The host that the vendor's CDK pages give.
pub(crate) const DEFAULT_BASE_URL: &str = "https://api.thordata.com";

const BASE_URL_VARIABLE: &str = "THORDATA_CDK_BASE_URL";

impl Client {
    /// A client with the default settings.
    ///
    /// # Errors
    /// [`Error::Config`] if no HTTP client can be set up.
    pub fn new(credentials: Credentials) -> Result<Self, Error> {
        Self::builder(credentials).build()
    }

    /// Credentials from `THORDATA_PUBLIC_TOKEN` and `THORDATA_PUBLIC_KEY`, and the base URL from
    /// `THORDATA_CDK_BASE_URL` if that is set. A variable that is set and empty counts as unset.
    ///
    /// # Errors
    /// [`Error::Config`] that names the variable which is missing or unusable.
    pub fn from_env() -> Result<Self, Error> {
        Self::builder(Credentials::from_env()?)
            .base_url_from_env()?
            .build()
    }

    /// Settings other than the default ones.
    #[must_use]
    pub fn builder(credentials: Credentials) -> ClientBuilder {
        ClientBuilder::new(credentials)
    }
}

/// Sets up a [`Client`]. From [`Client::builder`].
///
/// Guide: [what protects the token, the key and the codes](crate::guide::security).
///
/// ```
/// use std::time::Duration;
/// use thordata_cdk::{Client, Credentials, RetryPolicy};
///
/// let client = Client::builder(Credentials::new("token", "key")?)
///     .base_url("http://127.0.0.1:8080")
///     .application("shop/2.1")
///     .timeout(Duration::from_secs(10))
///     .retry(RetryPolicy::default().max_attempts(6))
///     .max_in_flight(32)
///     .build()?;
/// assert_eq!(client.base_url(), "http://127.0.0.1:8080");
/// # Ok::<(), thordata_cdk::Error>(())
/// ```
///
/// The HTTP client that it sets up:
///
/// - follows no redirect: one would carry `token` and `key` to another host, and can repeat a POST;
/// - repeats nothing by itself;
/// - speaks HTTP/1.1 unless you allow HTTP/2. There reqwest sends a request again if the peer claims not to have
///   processed it, and a proxy in between may claim so wrongly.
#[derive(Clone)]
pub struct ClientBuilder {
    pub(super) credentials: Credentials,
    pub(super) base_url: String,
    pub(super) timeout: Duration,
    pub(super) create_timeout: Duration,
    pub(super) connect_timeout: Duration,
    pub(super) pool_idle_timeout: Duration,
    pub(super) user_agent: Option<String>,
    pub(super) application: Option<String>,
    pub(super) http_client: Option<reqwest::Client>,
    pub(super) proxies: Option<Vec<reqwest::Proxy>>,
    pub(super) http2: bool,
    pub(super) allow_plain_http: bool,
    pub(super) connection_per_purchase: bool,
    pub(super) assume_no_redirects: bool,
    pub(super) get_params_in_body: bool,
    pub(super) show_foreign_bodies: bool,
    pub(super) max_response_bytes: usize,
    pub(super) max_list_rows: u64,
    pub(super) list_timeout: Duration,
    pub(super) retry: RetryPolicy,
    pub(super) max_requests_per_second: Option<f64>,
    pub(super) adaptive_rate_limit: bool,
    pub(super) max_in_flight: Option<usize>,
    pub(super) adjust: Adjustments,
}

impl ClientBuilder {
    pub(crate) fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            base_url: DEFAULT_BASE_URL.to_owned(),
            timeout: Duration::from_secs(30),
            create_timeout: Duration::from_secs(120),
            connect_timeout: Duration::from_secs(10),
            pool_idle_timeout: Duration::from_secs(4),
            user_agent: None,
            application: None,
            http_client: None,
            proxies: None,
            http2: false,
            allow_plain_http: false,
            connection_per_purchase: true,
            assume_no_redirects: false,
            get_params_in_body: false,
            show_foreign_bodies: false,
            max_response_bytes: 64 * 1024 * 1024,
            max_list_rows: 100_000_000,
            list_timeout: Duration::from_secs(3600),
            retry: RetryPolicy::default(),
            max_requests_per_second: None,
            adaptive_rate_limit: true,
            max_in_flight: None,
            adjust: Adjustments::default(),
        }
    }

    /// Where the service is. Default `https://api.thordata.com`, the host of the vendor's CDK pages;
    /// its sibling pages have moved to `https://openapi.thordata.com`.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    pub(crate) fn base_url_from_env(self) -> Result<Self, ConfigError> {
        match std::env::var(BASE_URL_VARIABLE) {
            Ok(url) if !url.is_empty() => Ok(self.base_url(url)),
            Ok(_) | Err(std::env::VarError::NotPresent) => Ok(self),
            Err(std::env::VarError::NotUnicode(_)) => Err(ConfigError::new(format!(
                "{BASE_URL_VARIABLE} is not valid UTF-8"
            ))),
        }
    }

    /// The time limit of `list`, `get` and `revoke`, from connecting to the last byte, per attempt.
    /// Default 30 s: enough for a long list, and short enough to ask again.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// The time limit of `create`, per attempt. Default 120 s: longer than gateways let a server run
    /// (60 to 100 s), since waiting is the cheapest way to learn what became of a purchase.
    #[must_use]
    pub fn create_timeout(mut self, limit: Duration) -> Self {
        self.create_timeout = limit;
        self
    }

    /// The time limit for making a connection, TLS included. Default 10 s: a connection that takes longer is rarely
    /// made at all, and giving up at this point proves that nothing was sent. Without effect on a client given to
    /// [`http_client`](Self::http_client).
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Open a connection for each [`create`](Client::create), and close it afterwards. Default on: a server that closes
    /// a kept connection may write HTTP 400 or 429 first. An order that is sent at that moment takes it for its own
    /// answer. Of 3,000 orders to such a server some 700 were carried out and reported as refused; with a connection
    /// for each, none (`cargo run --example stale_replies`).
    ///
    /// It costs the round trips of connecting, and limits purchases to some hundred a second, because each connection
    /// uses up a port for a while. Without effect on a client given to [`http_client`](Self::http_client): build that
    /// one with `pool_max_idle_per_host(0)`, or know the risk.
    #[must_use]
    pub fn connection_per_purchase(mut self, on: bool) -> Self {
        self.connection_per_purchase = on;
        self
    }

    /// How long an unused connection is kept. Default 4 s: shorter than the keep-alive of common
    /// servers and gateways (5 s and more), since a request on a connection that the other side is just
    /// closing has an unknown outcome. Without effect on a client given to
    /// [`http_client`](Self::http_client).
    #[must_use]
    pub fn pool_idle_timeout(mut self, limit: Duration) -> Self {
        self.pool_idle_timeout = limit;
        self
    }

    /// The program that uses the client, such as `shop/2.1`. It is added to the `User-Agent` header. Default
    /// none.
    #[must_use]
    pub fn application(mut self, name: impl Into<String>) -> Self {
        self.application = Some(name.into());
        self
    }

    /// The whole `User-Agent` header. Default `thordata-cdk/VERSION rust/VERSION` (the compiler's version), followed by
    /// the [`application`](Self::application).
    #[must_use]
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = Some(name.into());
        self
    }

    /// Allow a plain `http` base URL whose host is not this machine. **The token, the key and all codes can then
    /// be read on the way.** For a sandbox in another container, or where something else encrypts the connection.
    /// Default off: [`build`](Self::build) refuses it.
    #[must_use]
    pub fn allow_plain_http(mut self, allow: bool) -> Self {
        self.allow_plain_http = allow;
        self
    }

    /// Send every request through this proxy. Call it several times for several schemes: the first that fits the URL's
    /// scheme is used. The environment's proxy then no longer counts.
    ///
    /// Default: the environment's proxy, from `HTTPS_PROXY` or `HTTP_PROXY`, else `ALL_PROXY`, and `NO_PROXY`, in upper
    /// or lower case, as curl reads them. It is never used for this machine (`localhost` and loopback addresses), and
    /// one that cannot be used is an error.
    ///
    /// A proxy sees the token, the key and all codes if the base URL is plain `http`, and only the host's name if it is
    /// `https`. Without effect on a client given to [`http_client`](Self::http_client).
    #[must_use]
    pub fn proxy(mut self, proxy: reqwest::Proxy) -> Self {
        self.proxies.get_or_insert_default().push(proxy);
        self
    }

    /// Use no proxy, whatever the environment says. Without effect on a client given to
    /// [`http_client`](Self::http_client).
    #[must_use]
    pub fn no_proxy(mut self) -> Self {
        self.proxies = Some(Vec::new());
        self
    }

    /// Offer HTTP/2 to an `https` server, which may take it or stay with HTTP/1.1. Default off: over HTTP/2 all calls
    /// share one connection. If it breaks, every purchase in flight has an unknown outcome; a lost packet stops all of
    /// them; and at 16 requests in flight it is no faster. Nothing is sent twice over it either. Whether the service
    /// speaks it is not known. Without effect on plain `http`, and on a client given to
    /// [`http_client`](Self::http_client).
    #[cfg(feature = "http2")]
    #[cfg_attr(docsrs, doc(cfg(feature = "http2")))]
    #[must_use]
    pub fn http2(mut self, on: bool) -> Self {
        self.http2 = on;
        self
    }

    /// Use this HTTP client, for certificates or a resolver of your own. Call
    /// [`install_crypto_provider`](crate::install_crypto_provider) before you build it, unless a crate of
    /// yours switches reqwest's own feature `rustls` on.
    ///
    /// Purchases stay safe whatever its settings: nothing below can send a body of this crate twice.
    /// But **switch its redirects off**, and say so with [`assume_no_redirects`](Self::assume_no_redirects): reqwest
    /// passes the `token` and `key` headers on to the host of a redirect, and a refusal may be the answer
    /// to the request that a redirect led to. Leave its `connection_verbose` off: it logs every byte, the
    /// credentials among them.
    #[must_use]
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http_client = Some(client);
        self
    }

    /// Declares that the client given to [`http_client`](Self::http_client) was built with
    /// `redirect(Policy::none())`. Without that, no refusal counts as proof that nothing was bought: a
    /// purchase may have taken place before a redirect led to what refused. Default off; without effect
    /// on the client that is built here, which follows none.
    #[must_use]
    pub fn assume_no_redirects(mut self, off: bool) -> Self {
        self.assume_no_redirects = off;
        self
    }

    /// Also send the parameters of `list` and `get` as a form body. Default off. Use this override if the
    /// service turns out to ignore the query string: its pages list these parameters under "Body".
    #[must_use]
    pub fn get_params_in_body(mut self, on: bool) -> Self {
        self.get_params_in_body = on;
        self
    }

    /// Show the beginning of a body that is not the vendor's in [`StatusError::snippet`](crate::StatusError), with
    /// the request's secrets and whatever looks like a code masked. Default off: errors then say what came (an HTML
    /// page and the words of its title, or a number of bytes and their type) and repeat nothing. Switch it on only to
    /// look into a problem: a page may repeat the request in a form that no mask recognises.
    #[must_use]
    pub fn show_foreign_bodies(mut self, show: bool) -> Self {
        self.show_foreign_bodies = show;
        self
    }

    /// The longest reply that is read. A longer one is an [`Error::Decode`]. Default 64 MiB, about
    /// 600,000 vouchers.
    #[must_use]
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// The most rows that are read of one list, including those that cannot be read. A longer list counts as endless: it
    /// ends with an [`Error::Decode`] and is not requested again. A stream returns these rows before the error.
    /// Default 100,000,000: ten times the longest list that was measured, some 10 GB.
    #[must_use]
    pub fn max_list_rows(mut self, rows: u64) -> Self {
        self.max_list_rows = rows;
        self
    }

    /// How long `list_stream` and `summarize` wait for the service in all, after the first row. The time that the caller
    /// takes between two rows does not count. A list that takes longer counts as endless: it ends with an
    /// [`Error::Decode`] and is not requested again. Default 1 h: 10,000,000 rows (1 GB) at 2.4 Mbit/s. `list` ends
    /// within [`timeout`](Self::timeout).
    #[must_use]
    pub fn list_timeout(mut self, limit: Duration) -> Self {
        self.list_timeout = limit;
        self
    }

    /// How reads, revocations and purchases that are proven not to have happened are sent again.
    /// [`RetryPolicy::none`] switches retries off.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// A fixed ceiling on the pace. Default none: the pace is learnt from refusals alone, since the
    /// vendor publishes no limit. Not finite or not above zero counts as none.
    #[must_use]
    pub fn max_requests_per_second(mut self, ceiling: f64) -> Self {
        self.max_requests_per_second = (ceiling.is_finite() && ceiling > 0.0).then_some(ceiling);
        self
    }

    /// How many requests are in flight at once at the most, over all clones of the client. Default: no limit, except
    /// that of a bulk call. 0 counts as 1. Further requests wait in the order in which they came. A list counts until its
    /// first rows are there: else a program that revokes what it lists could wait for itself.
    #[must_use]
    pub fn max_in_flight(mut self, requests: usize) -> Self {
        // tokio panics if a semaphore is given more than its maximum.
        self.max_in_flight = Some(requests.clamp(1, Semaphore::MAX_PERMITS));
        self
    }

    /// Whether the pace is learnt from refusals. Default on. Switch it off if something else paces the
    /// requests.
    #[must_use]
    pub fn adaptive_rate_limit(mut self, on: bool) -> Self {
        self.adaptive_rate_limit = on;
        self
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("credentials", &self.credentials)
            // Unchecked yet, so it may hold a password.
            .field("base_url", &checked_base_url(&self.base_url).ok().as_ref().map(Url::as_str))
            .field("timeout", &self.timeout)
            .field("create_timeout", &self.create_timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("pool_idle_timeout", &self.pool_idle_timeout)
            .field("get_params_in_body", &self.get_params_in_body)
            .field("max_response_bytes", &self.max_response_bytes)
            .field("max_list_rows", &self.max_list_rows)
            .field("list_timeout", &self.list_timeout)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

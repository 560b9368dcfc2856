//! What a program puts into the client: its credentials over time, its HTTP client's settings, its metrics.

use std::sync::Arc;

use super::ClientBuilder;
use super::adjustments::Configure;
use crate::credentials::{Credentials, Provider};
use crate::error::ConfigError;
use crate::report::{AttemptReport, Observer};

impl ClientBuilder {
    /// Asks `provider` for the credentials before each request, so that a replaced key needs no new client.
    /// Default none: the builder's own are sent. It is called once in [`build`](Self::build) too.
    ///
    /// It must answer at once, from memory: renew the credentials in a task of yours. If it fails, the request is not sent
    /// and the call ends with that [`Error::Config`](crate::Error::Config). The same happens if the *token* differs from
    /// the builder's: the token is the account, and orders, pace and purchases in doubt belong to it. For another account
    /// use [`Client::with_credentials`](crate::Client::with_credentials).
    ///
    /// ```
    /// use std::sync::{Arc, RwLock};
    /// use thordata_cdk::{Client, Credentials};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let first = Credentials::new("token", "key-of-today")?;
    /// let current = Arc::new(RwLock::new(first.clone()));
    /// let seen = Arc::clone(&current);
    /// let client = Client::builder(first)
    ///     .credentials_provider(move || Ok(seen.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()))
    ///     .build()?;
    /// // Later, without touching the client:
    /// *current.write().unwrap() = Credentials::new("token", "key-of-tomorrow")?;
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn credentials_provider(
        mut self,
        provider: impl Fn() -> Result<Credentials, ConfigError> + Send + Sync + 'static,
    ) -> Self {
        self.adjust.provider = Some(Provider::new(provider));
        self
    }

    /// Calls `hook` after each request, with what a metric needs and no secret: see [`AttemptReport`]. The repository's
    /// example `metrics` uses it to export the text format of Prometheus. Default none.
    ///
    /// It runs in the task of the call, so it must be quick. A request whose call was dropped is not reported, nor is one
    /// of the generated client ([`raw`](crate::raw)).
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// use thordata_cdk::{Client, Credentials};
    ///
    /// # fn main() -> Result<(), thordata_cdk::Error> {
    /// let failures = Arc::new(AtomicU64::new(0));
    /// let counted = Arc::clone(&failures);
    /// let client = Client::builder(Credentials::new("token", "key")?)
    ///     .on_attempt(move |report| {
    ///         counted.fetch_add(u64::from(report.error.is_some()), Ordering::Relaxed);
    ///     })
    ///     .build()?;
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn on_attempt(mut self, hook: impl Fn(&AttemptReport<'_>) + Send + Sync + 'static) -> Self {
        self.adjust.observer = Some(Observer::new(hook));
        self
    }

    /// Changes the HTTP client that is set up here: root certificates and client certificates of your own, a local address,
    /// a resolver. Without effect on a client given to [`http_client`](Self::http_client).
    ///
    /// The function starts from this crate's defaults and changes only what it sets. Some settings are restored after
    /// it: no redirects, no retries, [`timeout`](Self::timeout), no log of every byte, and HTTP/1.1 unless
    /// `http2` (the method and feature of that name) is on. Only [`proxy`](Self::proxy) sets proxies.
    ///
    /// With rustls it also calls [`install_crypto_provider`](crate::install_crypto_provider), because reqwest then sets
    /// TLS up itself, with your certificates.
    ///
    /// ```
    /// use thordata_cdk::{Client, Credentials};
    ///
    /// # fn main() -> Result<(), thordata_cdk::Error> {
    /// let client = Client::builder(Credentials::new("token", "key")?)
    ///     .configure(|http| http.local_address(std::net::IpAddr::from([127, 0, 0, 1])).tcp_nodelay(true))
    ///     .build()?;
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn configure(
        mut self,
        change: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        self.adjust.http = Some(Configure(Arc::new(change)));
        self
    }
}

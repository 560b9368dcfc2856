//! Makes the client from its settings. The only file that knows those of the HTTP client.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use reqwest::header::HeaderValue;

use super::adjustments::Configure;
use super::route::{self, EnvironmentProxy, checked_base_url};
use super::{Client, ClientBuilder};
use crate::attempt::prepare::{RequestSettings, UrlCache, common_headers, host_header};
use crate::attempt::runtime::{Another, Purpose, Runtimes};
use crate::attempt::{ClientInner, Shared, SharedLimits};
use crate::error::{ConfigError, Error};
use crate::raw::Hooks;
use crate::trace::Peer;
use crate::{raw, tls};

impl ClientBuilder {
    /// Builds the client. Nothing is sent.
    ///
    /// # Errors
    /// [`Error::Config`] if
    ///
    /// - the base URL is not an absolute `http` or `https` URL;
    /// - it is plain `http` to another machine, and that is not [allowed](Self::allow_plain_http);
    /// - it needs TLS and this build has none;
    /// - the environment names a proxy that cannot be used;
    /// - a provider of credentials fails, or returns another account's;
    /// - the HTTP client cannot be set up.
    pub fn build(self) -> Result<Client, Error> {
        let url = checked_base_url(&self.base_url)?;
        route::check_plain_http(&url, self.allow_plain_http)?;
        // The contract's paths begin with a slash.
        let base_url = url.as_str().trim_end_matches('/').to_owned();
        // Where the program says how to connect, a wrong variable of the environment must not stop it.
        let proxy = match (&self.http_client, &self.proxies) {
            (None, None) => route::proxy_for(&url, |name| std::env::var_os(name))?,
            _ => None,
        };
        let (http, another) = match &self.http_client {
            Some(client) => (client.clone(), None),
            None => {
                let (builder, url, proxy) = (self.clone(), base_url.clone(), proxy.clone());
                let make = move |purpose| builder.http_client_for(purpose, &url, proxy.as_ref());
                (make(Purpose::Calls)?, Some(Box::new(make) as Another))
            }
        };
        let agent = match (&self.user_agent, &self.application) {
            (Some(agent), _) => agent.clone(),
            (None, Some(application)) => format!("{DEFAULT_USER_AGENT} {application}"),
            (None, None) => DEFAULT_USER_AGENT.to_owned(),
        };
        let user_agent = HeaderValue::from_str(&agent)
            .map_err(|_| ConfigError::new("the user agent cannot be sent as an HTTP header"))?;
        // HTTP/2 has a field of its own for it, and what a client of the user's speaks is not known.
        let http1 = self.http_client.is_none() && !self.http2;
        let host = http1.then(|| host_header(&url)).flatten();
        let settings = Arc::new(RequestSettings {
            // Built once and cloned for each request, for requests with and without a form.
            headers: common_headers(&self.credentials, &user_agent, host.as_ref(), false),
            form_headers: common_headers(&self.credentials, &user_agent, host.as_ref(), true),
            host,
            credentials: self.credentials,
            provider: self.adjust.provider,
            observer: self.adjust.observer,
            user_agent,
            read_timeout: self.timeout,
            // What limit a client of the user's has is not known: then each request carries its own.
            http_timeout: self.http_client.is_none().then_some(self.timeout),
            create_timeout: self.create_timeout,
            get_params_in_body: self.get_params_in_body,
            show_foreign_bodies: self.show_foreign_bodies,
            may_redirect: self.http_client.is_some() && !self.assume_no_redirects,
            max_response_bytes: self.max_response_bytes,
            max_list_rows: self.max_list_rows,
            list_timeout: self.list_timeout,
            urls: UrlCache::default(),
            peer: Peer::of(&base_url).map(Arc::new),
            proxy: proxy.map(|proxy| proxy.shown),
        });
        // Asked now, so that a provider of another account fails here and not at the first purchase.
        if let Some(provider) = &settings.provider {
            provider.current(&settings.credentials)?;
        }
        let limits = SharedLimits {
            requests_per_second: self.max_requests_per_second,
            adaptive: self.adaptive_rate_limit,
            in_flight: self.max_in_flight,
        };
        let hooks = Hooks {
            settings: Arc::clone(&settings),
        };
        Ok(Client::from_inner(ClientInner {
            raw: raw::Client::new_with_client(&base_url, http, hooks),
            settings,
            shared: Arc::new(Shared::new(&self.retry, limits)),
            runtimes: Arc::new(Runtimes::new(another, self.connection_per_purchase)),
            policy: self.retry,
            send_before: None,
            call_timeout: None,
            deadline: None,
            tag: None,
            limits,
        }))
    }

    /// What [`configure`](Self::configure) must not change.
    fn put_back(&self, http: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        // A redirect would carry `token` and `key` to another host, and can repeat a POST.
        http.redirect(reqwest::redirect::Policy::none())
            // On HTTP/2 reqwest repeats requests that a peer claims not to have processed.
            .retry(reqwest::retry::never())
            .timeout(self.timeout)
            // It logs every byte, the credentials among them.
            .connection_verbose(false)
    }

    fn http_client_for(
        &self,
        purpose: Purpose,
        base_url: &str,
        environments: Option<&EnvironmentProxy>,
    ) -> Result<reqwest::Client, ConfigError> {
        let mut http = self
            .put_back(reqwest::Client::builder())
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(self.pool_idle_timeout);
        let configured = self.adjust.http.is_some();
        if let Some(Configure(configure)) = &self.adjust.http {
            // It gets the defaults to start from, and what it must not change is set once more after it.
            http = configure(http);
            http = self.put_back(http);
        }
        if purpose != Purpose::Calls {
            http = http.http1_max_headers(MAX_HEADERS);
        }
        if purpose == Purpose::Purchases {
            // A connection that is not kept cannot bring a stale reply for the next purchase.
            http = http.pool_max_idle_per_host(0);
        }
        if !self.http2 {
            // Another crate may have switched HTTP/2 on.
            http = http.http1_only();
        }
        // Even with no rules in it, reqwest would ask the environment's twice at each request.
        http = http.no_proxy();
        let given = self.proxies.iter().flatten();
        let all = given.chain(environments.map(|environments| &environments.proxy));
        http = all.cloned().fold(http, reqwest::ClientBuilder::proxy);
        // Of a given proxy reqwest does not say whether it speaks TLS.
        let tls_to_proxy = self.proxies.as_ref().is_some_and(|given| !given.is_empty())
            || environments.is_some_and(|proxy| proxy.speaks_tls);
        let needed = if base_url.starts_with("https:") {
            tls::Needed::Yes
        } else if tls_to_proxy {
            tls::Needed::ForProxy
        } else {
            tls::Needed::No
        };
        let http = tls::set_up(http, needed, self.http2, configured)?;
        // Without a TLS feature here, another crate's may still be on in reqwest, which panics if that one
        // lacks a crypto provider.
        catch_unwind(AssertUnwindSafe(|| http.build()))
            .map_err(|_| ConfigError::new(NO_PROVIDER))?
            .map_err(|error| {
                let why = error.without_url();
                ConfigError::new(format!("the HTTP client cannot be built: {why}"))
            })
    }
}

/// Gateways in a row add header fields; the HTTP client's own limit is 100.
const MAX_HEADERS: usize = 512;

const NO_PROVIDER: &str = "another crate switched reqwest's TLS on without a crypto provider; enable the \
    feature `rustls` of thordata-cdk, or install a provider with \
    `rustls::crypto::CryptoProvider::install_default`";

const DEFAULT_USER_AGENT: &str = concat!(
    "thordata-cdk/",
    env!("CARGO_PKG_VERSION"),
    " rust/",
    env!("THORDATA_CDK_RUSTC")
);

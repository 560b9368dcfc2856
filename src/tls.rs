//! TLS for the HTTP client that is built here: which back end, and which crypto provider.

use reqwest::ClientBuilder;

use crate::error::ConfigError;

/// Whether a client will speak TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needed {
    Yes,
    /// Perhaps with a proxy on the way.
    ForProxy,
    No,
}

/// `builder` with the TLS that the features ask for; with `http2`, it is offered to the server. If it was `configured` by
/// the program it may hold certificates, which only a back end of reqwest's own takes.
pub(crate) fn set_up(
    builder: ClientBuilder,
    needed: Needed,
    http2: bool,
    configured: bool,
) -> Result<ClientBuilder, ConfigError> {
    if configured {
        // reqwest's own rustls knows aws-lc alone, and panics without that or an installed provider.
        back_end::install();
        return Ok(back_end::of_reqwest(builder));
    }
    back_end::set_up(builder, needed, http2)
}

/// Installs this build's crypto provider (ring, or aws-lc with the feature `rustls-aws-lc-rs`) for the whole
/// process, unless one is installed already. Without a provider to install it does nothing.
///
/// A [`Client`](crate::Client) does without. Call it at the start of `main` if you build a
/// [`reqwest::Client`] yourself and no crate of yours switches reqwest's own feature
/// `rustls` on: reqwest knows aws-lc alone, and panics when it finds neither that nor an installed provider.
pub fn install_crypto_provider() {
    back_end::install();
}

/// The operating system's library. As in reqwest it wins over rustls, which may be there by default alone.
#[cfg(feature = "native-tls")]
mod back_end {
    use super::{ClientBuilder, ConfigError, Needed};

    pub(super) fn set_up(
        builder: ClientBuilder,
        _: Needed,
        _http2: bool,
    ) -> Result<ClientBuilder, ConfigError> {
        Ok(builder.tls_backend_native())
    }

    pub(super) fn of_reqwest(builder: ClientBuilder) -> ClientBuilder {
        builder.tls_backend_native()
    }

    pub(super) fn install() {}
}

/// What reqwest would set up, but for the provider: reqwest knows aws-lc alone, and panics without it.
#[cfg(all(feature = "rustls-no-provider", not(feature = "native-tls")))]
mod back_end {
    use std::sync::Arc;

    use rustls::crypto::CryptoProvider;
    use rustls::{ClientConfig, RootCertStore};
    use rustls_platform_verifier::Verifier;

    use super::{ClientBuilder, ConfigError, Needed};

    pub(super) fn set_up(
        builder: ClientBuilder,
        needed: Needed,
        http2: bool,
    ) -> Result<ClientBuilder, ConfigError> {
        let provider = provider().ok_or_else(|| {
            ConfigError::new(
                "no crypto provider is installed; install one with \
                 `rustls::crypto::CryptoProvider::install_default`, or enable the feature `rustls` \
                 (ring) or `rustls-aws-lc-rs` instead of `rustls-no-provider`",
            )
        })?;
        let config = config(provider, needed, http2)
            .map_err(|error| ConfigError::new(format!("TLS cannot be set up: {error}")))?;
        Ok(builder.tls_backend_preconfigured(config))
    }

    /// The one that the program installed for the whole process, or else that of the features. Nothing is
    /// installed from here: that is the program's to do.
    fn provider() -> Option<Arc<CryptoProvider>> {
        let installed = CryptoProvider::get_default().map(Arc::clone);
        #[cfg(feature = "rustls-aws-lc-rs")]
        let installed =
            installed.or_else(|| Some(rustls::crypto::aws_lc_rs::default_provider().into()));
        #[cfg(feature = "rustls")]
        let installed = installed.or_else(|| Some(rustls::crypto::ring::default_provider().into()));
        installed
    }

    pub(super) fn of_reqwest(builder: ClientBuilder) -> ClientBuilder {
        builder.tls_backend_rustls()
    }

    pub(super) fn install() {
        if CryptoProvider::get_default().is_none()
            && let Some(provider) = provider()
        {
            // Another thread may have been first, which is as good.
            let _ = Arc::unwrap_or_clone(provider).install_default();
        }
    }

    fn config(
        provider: Arc<CryptoProvider>,
        needed: Needed,
        http2: bool,
    ) -> Result<ClientConfig, rustls::Error> {
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?;
        if needed == Needed::No {
            // Reading certificates takes milliseconds, for nothing: here none is trusted.
            let config = builder.with_root_certificates(RootCertStore::empty());
            return Ok(config.with_no_client_auth());
        }
        // The certificates that the operating system trusts.
        let verifier = match Verifier::new(provider) {
            Ok(verifier) => verifier,
            // The proxy may speak no TLS; if it does, its certificate is refused.
            Err(_) if needed == Needed::ForProxy => {
                let config = builder.with_root_certificates(RootCertStore::empty());
                return Ok(config.with_no_client_auth());
            }
            Err(error) => return Err(error),
        };
        let mut config = builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        if http2 {
            config.alpn_protocols.push(b"h2".to_vec());
        }
        config.alpn_protocols.push(b"http/1.1".to_vec());
        Ok(config)
    }
}

#[cfg(not(any(feature = "rustls-no-provider", feature = "native-tls")))]
mod back_end {
    use super::{ClientBuilder, ConfigError, Needed};

    pub(super) fn set_up(
        builder: ClientBuilder,
        needed: Needed,
        _http2: bool,
    ) -> Result<ClientBuilder, ConfigError> {
        if needed == Needed::Yes {
            return Err(ConfigError::new(
                "the base URL is https and this build has no TLS; enable the feature `rustls` or \
                 `native-tls`, or pass a client to `http_client`",
            ));
        }
        Ok(builder)
    }

    pub(super) fn of_reqwest(builder: ClientBuilder) -> ClientBuilder {
        builder
    }

    pub(super) fn install() {}
}

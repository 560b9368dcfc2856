//! From a URL to a pool of connections: the checks, TLS, and the settings of a session.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::store::{StoreError, StoreErrorKind};

/// Connections of one process. More would wait for the account's row all the same.
const CONNECTIONS: usize = 16;
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// After this a connection whose peer does not answer is given up.
const DEAD_PEER: Duration = Duration::from_secs(15);

/// Settings of a session. A process that is stopped inside a transaction must not lock the others out, so the server
/// ends its session. The tables are small when their plans are made and grow soon, so plans must not scan them; where
/// one has to (the account has one row), its feigned cost must not start the compiler.
/// `synchronous_commit` is raised where the server's own setting may lose a commit, and never lowered.
const SESSION: &str = "
    SET idle_in_transaction_session_timeout = '5s';
    SET lock_timeout = '15s';
    SET enable_seqscan = off;
    SET jit = off;
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

/// Checks the URL and returns the settings that it asks for. Its text is in no error: it may hold a password.
pub(super) fn parse(url: &str) -> Result<Config, StoreError> {
    let invalid = |reason: &str| {
        let what = format!(
            "the URL of the store is not valid: {reason}; write postgres://USER@HOST/DATABASE, and the password \
             after the user as :PASSWORD"
        );
        StoreError::new(StoreErrorKind::Unavailable, what)
    };
    // Where TLS is required, the certificate and the host's name are always verified.
    let url = url
        .replace("sslmode=verify-full", "sslmode=require")
        .replace("sslmode=verify-ca", "sslmode=require");
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(invalid("it does not begin with postgres://"));
    }
    let mut config: Config = url
        .parse()
        .map_err(|_| invalid("a part of it cannot be read or is not known"))?;
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err(invalid("it names no host"));
    }
    // `Prefer`, the driver's default, goes on in plain text if a server says that it has no TLS, and whoever is
    // in between can say so.
    if config.get_ssl_mode() == SslMode::Prefer && !is_local(&config) {
        config.ssl_mode(SslMode::Require);
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(DEAD_PEER);
    }
    if config.get_application_name().is_none() {
        config.application_name("thordata-cdk-issuer");
    }
    config.keepalives_idle(DEAD_PEER);
    // After a failover, not the server that can only be read.
    config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    Ok(config)
}

fn is_local(config: &Config) -> bool {
    let name_is_local = |host: &Host| match host {
        #[cfg(unix)]
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            let address = name.trim_matches(['[', ']']).parse::<IpAddr>();
            name == "localhost" || address.is_ok_and(|address| address.is_loopback())
        }
    };
    config.get_hosts().iter().all(name_is_local)
        && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

/// A pool whose sessions find the tables in `schema`. Nothing is sent yet.
pub(super) fn pool(config: Config, schema: &str) -> Result<Pool, StoreError> {
    // Every use finds out by itself whether a connection is alive, and tries again.
    let recycle = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    let manager = match config.get_ssl_mode() {
        // `Prefer` is left for this machine alone: nobody is in between there.
        SslMode::Require => Manager::from_config(config, tls()?, recycle),
        _ => Manager::from_config(config, NoTls, recycle),
    };
    let session = format!("SET search_path = \"{schema}\"; {SESSION}");
    let settings = Hook::async_fn(move |client, _| {
        let session = session.clone();
        Box::pin(async move {
            let set = client.batch_execute(&session).await;
            set.map_err(HookError::Backend)
        })
    });
    let pool = Pool::builder(manager)
        .max_size(CONNECTIONS)
        .runtime(Runtime::Tokio1)
        .create_timeout(Some(CONNECT.saturating_mul(2)))
        .wait_timeout(Some(DEAD_PEER))
        .post_create(settings);
    pool.build().map_err(|error| {
        StoreError::new(StoreErrorKind::Unavailable, "the store cannot be set up").caused_by(error)
    })
}

/// The operating system's certificates, or those that `SSL_CERT_FILE` names.
fn tls() -> Result<MakeRustlsConnect, StoreError> {
    let failed = |error: rustls::Error| {
        StoreError::new(
            StoreErrorKind::Unavailable,
            "TLS to the store cannot be set up; check the system's certificates",
        )
        .caused_by(error)
    };
    // As the client does: a provider that the program installed has precedence.
    let installed = rustls::crypto::CryptoProvider::get_default().cloned();
    let provider = installed.unwrap_or_else(|| Arc::new(rustls::crypto::ring::default_provider()));
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .with_platform_verifier()
        .map_err(failed)?
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(tls))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_on_the_network_needs_tls_unless_the_url_says_otherwise() {
        let mode = |url: &str| parse(url).unwrap().get_ssl_mode();
        assert_eq!(mode("postgres://ann@db.example/shop"), SslMode::Require);
        assert_eq!(mode("postgres://ann@10.0.0.7/shop"), SslMode::Require);
        let refused = "postgres://ann@db.example/shop?sslmode=disable";
        assert_eq!(mode(refused), SslMode::Disable);
        let verified = "postgresql://ann@127.0.0.1/shop?sslmode=verify-full";
        assert_eq!(mode(verified), SslMode::Require);
        for local in ["localhost", "127.0.0.1", "[::1]", "%2Frun%2Fpostgresql"] {
            let url = format!("postgres://ann@{local}/shop");
            assert_eq!(mode(&url), SslMode::Prefer, "{url}");
        }
    }

    #[test]
    fn a_url_that_is_not_valid_is_refused_without_its_text() {
        for url in [
            "mysql://ann:s3cret@db/shop",
            "postgres://ann:s3cret@db:port/shop",
            "postgres://ann:s3cret@db/shop?unknown=s3cret",
            "postgres://",
            "host=db password=s3cret",
        ] {
            let error = parse(url).unwrap_err();
            let text = format!("{error} {error:?}");
            assert!(!text.contains("s3cret"), "{text}");
            assert!(text.contains("postgres://USER@HOST/DATABASE"), "{text}");
        }
    }
}

//! Why a host cannot be reached, as exactly as the causes of the error allow.

use std::error::Error as StdError;
use std::io;

use thordata_cdk::reqwest::{self, Url};

/// What is wrong, and the step that helps.
pub(super) struct Diagnosis {
    pub(super) what: String,
    pub(super) next: String,
}

impl Diagnosis {
    fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            next: next.into(),
        }
    }
}

/// The way to a service.
pub(super) struct Way<'a> {
    pub(super) base_url: &'a str,
    /// The proxy of the environment, without a password.
    pub(super) proxy: Option<&'a str>,
}

/// The diagnosis of a request that got no reply.
pub(super) async fn diagnose(way: &Way<'_>, error: reqwest::Error) -> Diagnosis {
    let is_timeout = error.is_timeout();
    let error = error.without_url();
    let causes = causes(&error);
    let text = causes.join(": ");
    let low = text.to_ascii_lowercase();
    let (proxy, kind) = (way.proxy, io_kind(&error));
    // The proxy first: behind it the host cannot be seen.
    if let (Some(proxy), Some(io::ErrorKind::ConnectionRefused)) = (proxy, kind) {
        return Diagnosis::new(
            format!("nothing listens at the proxy {proxy}"),
            "check the proxy's address, or unset HTTPS_PROXY, HTTP_PROXY and ALL_PROXY",
        );
    }
    if let Some(proxy) = proxy
        && (low.contains("tunnel") || low.contains("proxy"))
    {
        return Diagnosis::new(
            format!("the proxy {proxy} refuses: {text}"),
            "check the proxy's address and permissions, or unset HTTPS_PROXY, HTTP_PROXY and ALL_PROXY",
        );
    }
    if let Some(diagnosis) = certificate(&low) {
        return diagnosis;
    }
    let (host, port) = place(way.base_url);
    // Otherwise the proxy looks the name up.
    if proxy.is_none()
        && let Err(error) = tokio::net::lookup_host((host.as_str(), port)).await
    {
        return name_not_found(&host, &error);
    }
    match kind {
        Some(io::ErrorKind::ConnectionRefused) => Diagnosis::new(
            format!("nothing listens on port {port} of {host}"),
            "check the port in the base URL; if it is right, the service or its firewall is closed",
        ),
        Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => Diagnosis::new(
            format!("there is no way to {host}: {text}"),
            "check this machine's network connection",
        ),
        _ if is_timeout => Diagnosis::new(
            format!("{host}, port {port}, does not answer in time"),
            "check a firewall in between, or give it longer with --timeout",
        ),
        _ => Diagnosis::new(
            text,
            "check the network, a proxy or firewall, and the base URL",
        ),
    }
}

fn certificate(low: &str) -> Option<Diagnosis> {
    // By words, since rustls and the system's TLS have error types of their own.
    let diagnosis = if low.contains("expired") {
        Diagnosis::new(
            "the certificate has expired, or this machine's clock is wrong",
            "check the date of this machine; if it is right, tell whoever runs the host",
        )
    } else if low.contains("not valid yet") || low.contains("notvalidyet") {
        Diagnosis::new(
            "the certificate is not valid yet, or this machine's clock is wrong",
            "check the date of this machine",
        )
    } else if low.contains("not valid for name")
        || low.contains("notvalidforname")
        || low.contains("name mismatch")
    {
        Diagnosis::new(
            "the certificate is for another host name",
            "check the host in the base URL; something in between may answer in its place",
        )
    } else if low.contains("unknownissuer")
        || low.contains("unknown issuer")
        // After the others, since every message about a certificate has this word.
        || low.contains("certificate")
    {
        Diagnosis::new(
            "the certificate is from an issuer that this machine does not trust",
            "if a company's proxy reads the traffic, install its certificate on this machine; otherwise do not go on",
        )
    } else if low.contains("corrupt message")
        || low.contains("invalidcontenttype")
        || low.contains("wrong version number")
    {
        Diagnosis::new(
            "the port answers without TLS",
            "check the port, or write http:// if that is meant and the host is this machine",
        )
    } else {
        return None;
    };
    Some(diagnosis)
}

fn name_not_found(host: &str, error: &io::Error) -> Diagnosis {
    let text = error.to_string();
    // The standard library has no kind for a failed look-up, only the system's text.
    match text.to_ascii_lowercase().contains("temporary") {
        true => Diagnosis::new(
            format!("the name {host} cannot be looked up now: no name server answers"),
            "check this machine's network connection and its DNS settings",
        ),
        false => Diagnosis::new(
            format!("the name {host} cannot be resolved ({text})"),
            "check the host in the base URL",
        ),
    }
}

fn place(base_url: &str) -> (String, u16) {
    let url = Url::parse(base_url).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    let port = url.as_ref().and_then(Url::port_or_known_default);
    let host = host.trim_matches(['[', ']']).to_owned();
    (host, port.unwrap_or(443))
}

fn causes(error: &reqwest::Error) -> Vec<String> {
    let mut texts = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        texts.push(error.to_string());
        cause = error.source();
    }
    texts.dedup();
    texts
}

fn io_kind(error: &reqwest::Error) -> Option<io::ErrorKind> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>()
            // Libraries put errors of their own into an `io::Error`; only the system's have a
            // number.
            && error.raw_os_error().is_some()
        {
            return Some(error.kind());
        }
        cause = error.source();
    }
    None
}

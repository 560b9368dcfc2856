//! Credentials, records, host, TLS, clock, and one request that changes nothing.

use std::net::IpAddr;

use hyper_util::client::proxy::matcher::Matcher;
use thordata_cdk::CdkStatus;
use thordata_cdk::reqwest::{self, Url, header, redirect};
use thordata_cdk_issuer::{IssuerOptions, OrderFilter};

use super::findings::{Findings, Health};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::ui::counted;

/// Clocks may differ by this many seconds.
const SKEW: i64 = 60;

/// A plain HTTP client for more questions, if the way to the service is open.
pub(crate) async fn check(
    context: &Context,
    findings: &mut Findings,
) -> anyhow::Result<Option<reqwest::Client>> {
    let account = match context.account() {
        Ok(account) => account,
        Err(failure) => {
            return refuse(findings, "credentials", &failure);
        }
    };
    let client = match context.client() {
        Ok(client) => client,
        Err(error) => return refuse(findings, "credentials", &Failure::explain(&error)),
    };
    let detail = format!(
        "token: {}; key: {}",
        account.token.source, account.key.source
    );
    findings.put("credentials", Health::Ok, detail, None)?;
    store(context, findings).await?;
    thordata_cdk::install_crypto_provider();
    let mut http = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .timeout(context.global.timeout);
    let base_url = &account.base_url.value;
    if is_local(base_url) {
        http = http.no_proxy();
    } else if let Some(proxy) = proxy(base_url) {
        let detail = format!("requests go through {proxy}");
        findings.put("proxy", Health::Ok, detail, None)?;
    }
    let http = http.build().map_err(reqwest::Error::without_url)?;
    if !host(context, &http, base_url, findings).await? {
        return Ok(None);
    }
    match client.list(CdkStatus::Revoked).await {
        Ok(list) => {
            let detail = format!("listed {}", counted(list.len(), "revoked voucher"));
            findings.put("request", Health::Ok, detail, None)?;
            Ok(Some(http))
        }
        Err(error) => refuse(findings, "request", &Failure::of_client(&error)),
    }
}

fn refuse(
    findings: &mut Findings,
    check: &str,
    failure: &Failure,
) -> anyhow::Result<Option<reqwest::Client>> {
    let why = failure.why.iter().map(|why| format!("; {why}"));
    let detail = format!("{}{}", failure.what, why.collect::<String>());
    findings.failed(check, failure.exit, detail, failure.next.as_deref())?;
    Ok(None)
}

async fn store(context: &Context, findings: &mut Findings) -> anyhow::Result<()> {
    let open = async {
        let issuer = context.issuer(IssuerOptions::shared()).await?;
        Ok::<_, anyhow::Error>(issuer.orders(&OrderFilter::open()).await?)
    };
    match open.await {
        Err(error) => {
            let failure = Failure::explain(&error);
            refuse(findings, "store", &failure)?;
        }
        Ok(open) => match open.first() {
            None => findings.put("store", Health::Ok, "no order is open", None)?,
            Some(order) => {
                let next = format!("run `thordata-cdk create --resume {}`", order.key);
                let detail = format!("{} open", counted(open.len(), "order"));
                findings.put("store", Health::Warn, detail, Some(&next))?;
            }
        },
    }
    Ok(())
}

/// Name, connection, TLS and clock, by one request without credentials.
async fn host(
    context: &Context,
    http: &reqwest::Client,
    base_url: &str,
    findings: &mut Findings,
) -> anyhow::Result<bool> {
    let reply = match http.get(base_url).send().await {
        Ok(reply) => reply,
        Err(error) => {
            let why = reason(base_url, error).await;
            let next = Some("check the network, a proxy or firewall, and the base URL");
            findings.failed("host", Exit::TryLater, format!("{base_url}: {why}"), next)?;
            return Ok(false);
        }
    };
    findings.put("host", Health::Ok, format!("{base_url} answers"), None)?;
    let url = Url::parse(base_url).ok();
    match url.as_ref().map(Url::scheme) {
        Some("https") => findings.put("tls", Health::Ok, "the certificate is valid", None)?,
        _ if is_local(base_url) => {
            findings.put("tls", Health::Ok, "not needed on this machine", None)?
        }
        _ => {
            let next = Some("use an https base URL");
            findings.put("tls", Health::Warn, "credentials travel unprotected", next)?;
        }
    }
    let date = reply
        .headers()
        .get(header::DATE)
        .and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
    match date.map(|date| {
        context
            .clock
            .current()
            .saturating_sub(date.timestamp().as_second())
    }) {
        None => findings.put("clock", Health::Warn, "the host tells no time", None)?,
        Some(ahead) if ahead.saturating_abs() <= SKEW => {
            findings.put("clock", Health::Ok, "agrees with the host's", None)?;
        }
        Some(ahead) => {
            let side = if ahead > 0 { "ahead of" } else { "behind" };
            let detail = format!("{} s {side} the host's", ahead.unsigned_abs());
            findings.put(
                "clock",
                Health::Warn,
                detail,
                Some("set this machine's clock"),
            )?;
        }
    }
    Ok(true)
}

/// Whether it leads to this machine, where neither a proxy nor TLS is needed.
fn is_local(base_url: &str) -> bool {
    let url = Url::parse(base_url).ok();
    let host = url.as_ref().and_then(Url::host_str);
    host.is_some_and(|host| {
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    })
}

/// The proxy that the environment names for this address, as the HTTP library reads it, without its user and password.
fn proxy(base_url: &str) -> Option<String> {
    let found = Matcher::from_env().intercept(&base_url.parse().ok()?)?;
    let found = found.uri();
    let port = found.port_u16().map(|port| format!(":{port}"));
    Some(format!(
        "{}://{}{}",
        found.scheme_str().unwrap_or("http"),
        found.host().unwrap_or_default(),
        port.unwrap_or_default()
    ))
}

/// Whether the name cannot be resolved, or the connection fails after that.
async fn reason(base_url: &str, error: reqwest::Error) -> String {
    let url = Url::parse(base_url).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    let port = url
        .as_ref()
        .and_then(Url::port_or_known_default)
        .unwrap_or(443);
    if let Err(error) = tokio::net::lookup_host((host, port)).await {
        return format!("the name cannot be resolved ({error})");
    }
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

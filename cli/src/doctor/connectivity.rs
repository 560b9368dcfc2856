//! Credentials, records, host, TLS, clock, and one request that changes nothing. Each is looked at, whatever the one
//! before has found.

use std::net::IpAddr;

use thordata_cdk::reqwest::{self, Url, header, redirect};
use thordata_cdk::{CdkStatus, Client};
use thordata_cdk_issuer::{IssuerOptions, OrderFilter};

use super::findings::{Findings, Health};
use super::reach::Way;
use super::{reach, reply};
use crate::account;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::ui::counted;

/// Clocks may differ by this many seconds.
const SKEW: i64 = 60;

/// So much of a reply is looked at to see who answers.
const SHOWN: usize = 4096;

/// A plain HTTP client for more questions, if the way to the service is open.
pub(crate) async fn check(
    context: &Context,
    findings: &mut Findings,
) -> anyhow::Result<Option<reqwest::Client>> {
    let known = credentials(context, findings)?;
    if known {
        store(context, findings).await?;
    } else {
        findings.put("store", Health::Skipped, "needs credentials", None)?;
    }
    let base_url = match context.account() {
        Ok(account) => account.base_url.value.clone(),
        // The host can be looked at without credentials.
        Err(_) => account::base_url_without_file()?.value,
    };
    // A `reqwest` client that we build ourselves has none, and panics without.
    thordata_cdk::install_crypto_provider();
    let mut http = reqwest::Client::builder()
        // As the library: where a redirect leads is a finding.
        .redirect(redirect::Policy::none())
        .timeout(context.global.timeout);
    let client = context.client().ok();
    let proxy = client.as_ref().and_then(Client::environment_proxy);
    let proxy = proxy.map(|proxy| proxy.to_string());
    match &proxy {
        // `reqwest` reads the environment by its own rules, which are not the library's.
        None => http = http.no_proxy(),
        Some(proxy) => {
            let detail = format!("requests go through {proxy}");
            findings.put("proxy", Health::Ok, detail, None)?;
        }
    }
    let http = http.build().map_err(reqwest::Error::without_url)?;
    let way = Way {
        base_url: &base_url,
        proxy: proxy.as_deref(),
    };
    if !host(context, &http, &way, findings).await? {
        findings.put("request", Health::Skipped, "needs the host", None)?;
        return Ok(None);
    }
    if !known {
        findings.put("request", Health::Skipped, "needs credentials", None)?;
        return Ok(None);
    }
    match context.client()?.list(CdkStatus::Revoked).await {
        Ok(list) => {
            let detail = format!("listed {}", counted(list.len(), "revoked voucher"));
            findings.put("request", Health::Ok, detail, None)?;
            Ok(Some(http))
        }
        Err(error) => {
            let mut failure = Failure::of_client(&error);
            if let Some(secret) = wrong_secret(&error) {
                failure.next = Some(secret.to_owned());
            }
            refuse(findings, "request", &failure)?;
            Ok(None)
        }
    }
}

/// Which of the two secrets is wrong: the vendor has a code for each.
fn wrong_secret(error: &thordata_cdk::Error) -> Option<&'static str> {
    match error.api_code()?.as_i64() {
        10_013 => Some(
            "the token is wrong: copy it again from \"My Account\" on the vendor's dashboard, then `thordata-cdk login`",
        ),
        10_014 => Some(
            "the key is wrong: copy it again from \"My Account\" on the vendor's dashboard, then `thordata-cdk login`",
        ),
        _ => None,
    }
}

fn credentials(context: &Context, findings: &mut Findings) -> anyhow::Result<bool> {
    let account = match context.account() {
        Ok(account) => account,
        Err(failure) => {
            refuse(findings, "credentials", &failure)?;
            return Ok(false);
        }
    };
    if let Err(error) = context.client() {
        refuse(findings, "credentials", &Failure::explain(&error))?;
        return Ok(false);
    }
    let detail = format!(
        "token: {}; key: {}",
        account.token.source, account.key.source
    );
    findings.put("credentials", Health::Ok, detail, None)?;
    Ok(true)
}

fn refuse(findings: &mut Findings, check: &str, failure: &Failure) -> std::io::Result<()> {
    let why = failure.why.iter().map(|why| format!("; {why}"));
    let detail = format!("{}{}", failure.what, why.collect::<String>());
    findings.failed(check, failure.exit, detail, Some(failure.next_step()))
}

async fn store(context: &Context, findings: &mut Findings) -> anyhow::Result<()> {
    let open = async {
        let issuer = context.issuer(IssuerOptions::shared()).await?;
        Ok::<_, anyhow::Error>(issuer.orders(&OrderFilter::open()).await?)
    };
    match open.await {
        Err(error) => refuse(findings, "store", &Failure::explain(&error))?,
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

/// Name, connection, TLS and clock, by one request without credentials. Whether the service answers there.
async fn host(
    context: &Context,
    http: &reqwest::Client,
    way: &Way<'_>,
    findings: &mut Findings,
) -> anyhow::Result<bool> {
    let base_url = way.base_url;
    // The port of the sandbox says nothing.
    let shown = match context.global.sandbox {
        true => "the sandbox",
        false => base_url,
    };
    let list = format!("{}/api/cdk/list", base_url.trim_end_matches('/'));
    let reply = match http.get(list).send().await {
        Ok(reply) => reply,
        Err(error) => {
            let found = reach::diagnose(way, error).await;
            let detail = format!("{shown}: {}", found.what);
            findings.failed("host", Exit::TryLater, detail, Some(&found.next))?;
            return Ok(false);
        }
    };
    let (status, headers) = (reply.status().as_u16(), reply.headers().clone());
    let body = beginning(reply).await;
    let stranger = reply::diagnose(status, &headers, &body);
    match &stranger {
        None => findings.put("host", Health::Ok, format!("{shown} answers"), None)?,
        Some((what, next)) => {
            let detail = format!("{shown}: {what}");
            findings.failed("host", Exit::Error, detail, Some(next))?;
        }
    }
    tls(base_url, findings)?;
    let date = headers
        .get(header::DATE)
        .and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
    let ahead = date.map(|date| {
        let now = context.clock.current();
        now.saturating_sub(date.timestamp().as_second())
    });
    clock(ahead, findings)?;
    Ok(stranger.is_none())
}

/// As much of the body as is needed to see who answers.
async fn beginning(mut reply: reqwest::Response) -> String {
    let mut body = Vec::new();
    while let Ok(Some(part)) = reply.chunk().await {
        body.extend_from_slice(&part);
        if body.len() >= SHOWN {
            body.truncate(SHOWN);
            break;
        }
    }
    String::from_utf8_lossy(&body).into_owned()
}

fn tls(base_url: &str, findings: &mut Findings) -> std::io::Result<()> {
    let url = Url::parse(base_url).ok();
    match url.as_ref().map(Url::scheme) {
        // The request has come back, so the certificate was checked.
        Some("https") => findings.put("tls", Health::Ok, "the certificate is valid", None),
        _ if is_local(base_url) => {
            findings.put("tls", Health::Ok, "not needed on this machine", None)
        }
        _ => {
            let next = Some("use an https base URL");
            findings.put("tls", Health::Warn, "credentials travel unprotected", next)
        }
    }
}

fn clock(ahead: Option<i64>, findings: &mut Findings) -> std::io::Result<()> {
    match ahead {
        None => findings.put("clock", Health::Warn, "the host tells no time", None),
        Some(ahead) if ahead.saturating_abs() <= SKEW => {
            findings.put("clock", Health::Ok, "agrees with the host's", None)
        }
        Some(ahead) => {
            let side = if ahead > 0 { "ahead of" } else { "behind" };
            let detail = format!("{} {side} the host's", in_words(ahead.unsigned_abs()));
            let next =
                Some("set this machine's clock: expiry of TLS certificates and ages depend on it");
            findings.put("clock", Health::Warn, detail, next)
        }
    }
}

/// Whether it leads to this machine, where no TLS is needed.
fn is_local(base_url: &str) -> bool {
    let url = Url::parse(base_url).ok();
    let host = url.as_ref().and_then(Url::host_str);
    host.is_some_and(|host| {
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    })
}

/// `90 s`, `5 minutes`, `3 hours`, `12 days`, `2 years`: the largest unit of which there are two, or else the next.
fn in_words(seconds: u64) -> String {
    const UNITS: [(u64, &str); 4] = [
        (365 * 86_400, "year"),
        (86_400, "day"),
        (3600, "hour"),
        (60, "minute"),
    ];
    let unit = UNITS
        .iter()
        .find(|(size, _)| seconds >= size.saturating_mul(2));
    match unit {
        Some((size, name)) => counted(seconds.checked_div(*size).unwrap_or(0), name),
        None => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn a_difference_is_reported_in_the_unit_that_people_use() {
        let reported = [61, 119, 300, 10_800, 1_036_800, 63_072_001].map(in_words);
        assert_eq!(
            reported,
            [
                "61 s",
                "119 s",
                "5 minutes",
                "3 hours",
                "12 days",
                "2 years"
            ]
        );
    }
}

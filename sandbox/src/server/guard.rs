//! Who may ask: the names in `Host` and `Origin`, and the token of the admin API.
//!
//! A web page that the developer has open can send requests to this machine. If it points a host name of its own here
//! ("DNS rebinding"), it can read the answers too. It cannot choose the headers `Host` and `Origin`.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hash as _};
use std::net::IpAddr;

use axum::body::HttpBody as _;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};

/// The header that carries the admin API's token.
const TOKEN: &str = "x-sandbox-token";

const WRONG_HOST: &str = "the Host header does not name this machine's loopback address: a sandbox that others reach \
                          by a name needs --host and --allow-host NAME";
const WRONG_ORIGIN: &str = "the request comes from a web page that this sandbox did not serve";
const WRONG_TOKEN: &str = "the header x-sandbox-token is missing or wrong: the sandbox prints it as \
                           THORDATA_CDK_SANDBOX_ADMIN_TOKEN when it starts";
const WRONG_TYPE: &str = "a body must be application/json, and the header content-type must say so";

/// What requests are held against.
pub(crate) struct Guard {
    pub(crate) admin_token: String,
    /// Whether any address may stand in `Host`, as where the sandbox listens beyond this machine. An address cannot be
    /// pointed elsewhere, as a name can.
    pub(crate) any_address: bool,
    /// Further names that lead here, in lower case.
    pub(crate) names: Vec<String>,
}

impl Guard {
    /// 128 bits that no page and no other user can guess, even if everything else is seeded: the standard library keys
    /// its hashers from the system's source of randomness.
    pub(crate) fn random_token() -> String {
        let keys = RandomState::new();
        let half = |number: u8| {
            let mut hasher = keys.build_hasher();
            number.hash(&mut hasher);
            std::hash::Hasher::finish(&hasher)
        };
        format!("sandbox-admin-{:016x}{:016x}", half(0), half(1))
    }

    /// For every request.
    pub(crate) fn check_names(&self, request: &Request) -> Result<(), (StatusCode, &'static str)> {
        let headers = request.headers();
        let misdirected = (StatusCode::MISDIRECTED_REQUEST, WRONG_HOST);
        let host = only(headers, &header::HOST).ok_or(misdirected)?;
        // An absolute target has precedence over `Host` (RFC 9112, 3.2.2): both have to fit.
        let target = request.uri().authority().map(|target| target.as_str());
        if !self.names(host) || !target.is_none_or(|target| self.names(target)) {
            return Err(misdirected);
        }
        // For images and links of other pages a browser sends no `Origin`: ask `Sec-Fetch-Site`.
        let own_page = match headers.contains_key(header::ORIGIN) {
            true => only(headers, &header::ORIGIN).is_some_and(|origin| is_of(origin, host)),
            false => !from_another_page(headers, request.method(), request.uri()),
        };
        own_page
            .then_some(())
            .ok_or((StatusCode::FORBIDDEN, WRONG_ORIGIN))
    }

    /// Whether `host`, with or without a port, is an allowed name. The port is not compared: a forwarded one differs.
    fn names(&self, host: &str) -> bool {
        let name = match host.strip_prefix('[') {
            Some(rest) => rest.split_once(']').map_or("", |(address, _)| address),
            None => host.split_once(':').map_or(host, |(name, _)| name),
        };
        match name.parse::<IpAddr>() {
            Ok(address) => address.is_loopback() || self.any_address,
            Err(_) => {
                let name = name.to_ascii_lowercase();
                name == "localhost" || self.names.contains(&name)
            }
        }
    }

    /// For the admin API.
    pub(crate) fn check_admin(&self, request: &Request) -> Result<(), (StatusCode, &'static str)> {
        let given = only(request.headers(), TOKEN).unwrap_or_default();
        if !equal(given.as_bytes(), self.admin_token.as_bytes()) {
            return Err((StatusCode::UNAUTHORIZED, WRONG_TOKEN));
        }
        // A form of another page could send text/plain and its own kinds, but not this one.
        if !request.body().is_end_stream() && !is_json(request.headers()) {
            return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, WRONG_TYPE));
        }
        Ok(())
    }
}

/// A header that is there once, as text.
fn only<K: header::AsHeaderName>(headers: &HeaderMap, name: K) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// Whether a page with this origin was served under `host`.
fn is_of(origin: &str, host: &str) -> bool {
    let schemes = ["http://", "https://"];
    let authority = schemes
        .iter()
        .find_map(|scheme| origin.strip_prefix(scheme));
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

/// Whether a browser says that another page asks. Following a link from there to a page of ours is fine.
fn from_another_page(headers: &HeaderMap, method: &Method, uri: &Uri) -> bool {
    let is = |name: &str, value: &str| headers.get(name).is_some_and(|found| found == value);
    let elsewhere = is("sec-fetch-site", "cross-site") || is("sec-fetch-site", "same-site");
    let is_link = method == Method::GET
        && is("sec-fetch-mode", "navigate")
        // A call is no page: it would be logged, and could take a fault.
        && !uri.path().starts_with("/api/");
    elsewhere && !is_link
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .map(HeaderValue::to_str)
        .and_then(Result::ok);
    let essence = content_type.and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

/// In a time that does not tell where two secrets differ.
fn equal(one: &[u8], other: &[u8]) -> bool {
    let difference = one
        .iter()
        .zip(other)
        .fold(0, |found, (a, b)| found | (a ^ b));
    // `zip` ends with the shorter one, so the lengths count too.
    one.len() == other.len() && difference == 0
}

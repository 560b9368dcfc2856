//! Where requests go: the base URL, and a proxy on the way.

use std::ffi::OsString;
use std::net::IpAddr;

use reqwest::{Proxy, Url};

use crate::error::ConfigError;

/// The base URL as it was given, once it is one that can work.
pub(super) fn checked_base_url(given: &str) -> Result<Url, ConfigError> {
    let wrong = |why: &str| ConfigError::new(format!("the base URL {why}"));
    let url = Url::parse(given)
        .map_err(|_| wrong("is not an absolute URL such as https://api.thordata.com"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong("is neither http nor https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "holds a user name or a password; nothing secret belongs in a URL",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("has a query or a fragment"));
    }
    Ok(url)
}

/// Plain `http` shows the token, the key and every code to whoever is on the way.
pub(super) fn check_plain_http(url: &Url, allowed: bool) -> Result<(), ConfigError> {
    if url.scheme() == "https" || allowed || is_loopback(url) {
        return Ok(());
    }
    Err(ConfigError::new(
        "the base URL is plain http and its host is not this machine, so the token, the key and all codes could \
         be read on the way; use https, or allow it with `ClientBuilder::allow_plain_http` (the command's \
         `--allow-plain-http`)",
    ))
}

/// Whether the host is this machine, by its address or as `localhost`. Other names may be resolved to any address.
pub(super) fn is_loopback(url: &Url) -> bool {
    let host = host_of(url);
    host == "localhost"
        || host
            .parse::<IpAddr>()
            // `::ffff:127.0.0.1` is this machine too.
            .is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Without brackets and without a dot at its end.
fn host_of(url: &Url) -> &str {
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_prefix('[').unwrap_or(host);
    let host = host.strip_suffix(']').unwrap_or(host);
    host.strip_suffix('.').unwrap_or(host)
}

/// A proxy that the environment names.
#[derive(Debug, Clone)]
pub(super) struct EnvironmentProxy {
    pub(super) proxy: Proxy,
    /// Its scheme, host and port: no user name, no password.
    pub(super) shown: String,
    pub(super) speaks_tls: bool,
}

/// The proxy that the environment names for `url`, as curl reads it; none for this machine, whatever it says.
///
/// `variable` gives the environment's variables. One that is empty counts as unset.
pub(super) fn proxy_for(
    url: &Url,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Option<EnvironmentProxy>, ConfigError> {
    if is_loopback(url) {
        return Ok(None);
    }
    let set = |name: &'static str| {
        let value = variable(name).filter(|value| !value.is_empty())?;
        Some((name, value))
    };
    // A web server hands a request's header `Proxy` to a CGI program by this name.
    let in_cgi = variable("REQUEST_METHOD").is_some();
    let named = match url.scheme() {
        // The lower case first, as curl has it.
        "https" => set("https_proxy").or_else(|| set("HTTPS_PROXY")),
        _ => set("http_proxy").or_else(|| set("HTTP_PROXY").filter(|_| !in_cgi)),
    };
    let named = named
        .or_else(|| set("all_proxy"))
        .or_else(|| set("ALL_PROXY"));
    let Some((name, value)) = named else {
        return Ok(None);
    };
    // Before the proxy's URL is checked: one that is not used need not be right.
    if let Some((name, excluded)) = set("no_proxy").or_else(|| set("NO_PROXY")) {
        let excluded = excluded.into_string().map_err(|_| {
            ConfigError::new(format!(
                "the environment variable {name} is not valid UTF-8"
            ))
        })?;
        if is_excluded(host_of(url), &excluded) {
            return Ok(None);
        }
    }
    let proxy = value.to_str().and_then(environment_proxy);
    let unusable = || {
        ConfigError::new(format!(
            "the environment variable {name} does not hold the URL of a proxy (http, https, socks4, socks4a, \
             socks5 or socks5h), such as http://proxy.example:3128; correct it, unset it, or name the host in \
             NO_PROXY"
        ))
    };
    proxy.map(Some).ok_or_else(unusable)
}

fn environment_proxy(text: &str) -> Option<EnvironmentProxy> {
    let text = text.trim();
    let url = match text.contains("://") {
        true => Url::parse(text).ok()?,
        // As curl reads a proxy without a scheme.
        false => Url::parse(&format!("http://{text}")).ok()?,
    };
    let known = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];
    let host = url.host_str().filter(|host| !host.is_empty())?;
    // What the HTTP client cannot read it leaves out, and goes straight.
    let readable = url
        .as_str()
        .parse::<http::Uri>()
        .ok()?
        .authority()
        .is_some();
    if !known.contains(&url.scheme()) || !readable {
        return None;
    }
    // The port of SOCKS, whose schemes have no known default.
    let port = url.port_or_known_default().unwrap_or(1080);
    Some(EnvironmentProxy {
        shown: format!("{}://{host}:{port}", url.scheme()),
        speaks_tls: url.scheme() == "https",
        proxy: Proxy::all(url.as_str()).ok()?,
    })
}

/// Whether `NO_PROXY` names the host, by curl's rules: names with all that ends in them, addresses, and networks.
fn is_excluded(host: &str, excluded: &str) -> bool {
    // Only alone, as curl has it: among other entries it is a name that fits no host.
    if excluded.trim() == "*" {
        return true;
    }
    let address = host.parse::<IpAddr>().ok();
    let entries = excluded
        .split([',', ' ', '\t'])
        .filter(|entry| !entry.is_empty());
    entries.into_iter().any(|entry| match address {
        Some(address) => network_holds(entry, address),
        None => names(entry, host),
    })
}

fn names(entry: &str, host: &str) -> bool {
    let entry = entry.strip_suffix('.').unwrap_or(entry);
    let entry = entry.strip_prefix('.').unwrap_or(entry);
    let Some(before) = host.len().checked_sub(entry.len()) else {
        return false;
    };
    let Some((front, tail)) = host.split_at_checked(before) else {
        return false;
    };
    // Whole labels alone: `data.com` does not exclude `thordata.com`.
    !entry.is_empty()
        && tail.eq_ignore_ascii_case(entry)
        && (front.is_empty() || front.ends_with('.'))
}

/// `entry` is an address, or a network such as `10.0.0.0/8`.
fn network_holds(entry: &str, address: IpAddr) -> bool {
    let (network, bits) = match entry.split_once('/') {
        Some((network, bits)) => match bits.parse::<u32>() {
            Ok(bits) => (network, Some(bits)),
            Err(_) => return false,
        },
        None => (entry, None),
    };
    let network = network.strip_prefix('[').unwrap_or(network);
    let network = network.strip_suffix(']').unwrap_or(network);
    match (network.parse::<IpAddr>(), address) {
        (Ok(IpAddr::V4(network)), IpAddr::V4(address)) => {
            let differ = network.to_bits() ^ address.to_bits();
            same_start(differ.leading_zeros(), bits.unwrap_or(32), 32)
        }
        (Ok(IpAddr::V6(network)), IpAddr::V6(address)) => {
            let differ = network.to_bits() ^ address.to_bits();
            same_start(differ.leading_zeros(), bits.unwrap_or(128), 128)
        }
        _ => false,
    }
}

fn same_start(alike: u32, bits: u32, all: u32) -> bool {
    bits <= all && alike >= bits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(url: &str, variables: &[(&str, &str)]) -> Result<Option<String>, String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        };
        proxy_for(&Url::parse(url).unwrap(), variable)
            .map(|proxy| proxy.map(|proxy| proxy.shown))
            .map_err(|error| error.to_string())
    }

    const HOST: &str = "https://api.thordata.com";
    const PROXY: (&str, &str) = ("https_proxy", "http://proxy.example:3128");

    #[test]
    fn this_machine_is_reached_without_a_proxy() {
        for url in [
            "http://127.0.0.1:8080",
            "http://127.8.7.6",
            "https://[::1]:8443",
            "http://[::ffff:127.0.0.1]",
            "http://localhost",
            "http://LOCALHOST.:80",
        ] {
            let all = [
                ("all_proxy", "http://proxy.example:3128"),
                ("HTTP_PROXY", "nonsense://"),
            ];
            assert_eq!(found(url, &all), Ok(None), "{url}");
        }
        let other = found("http://localhost.example", &[("all_proxy", "p.example:1")]);
        assert_eq!(other, Ok(Some("http://p.example:1".to_owned())));
    }

    #[test]
    fn the_schemes_variable_comes_before_that_for_all_and_an_empty_one_is_unset() {
        let proxy =
            |variables: &[(&str, &str)]| found(HOST, variables).unwrap().unwrap_or_default();
        let all = ("ALL_PROXY", "socks5h://all.example");
        assert_eq!(proxy(&[PROXY, all]), "http://proxy.example:3128");
        assert_eq!(
            proxy(&[("https_proxy", ""), all]),
            "socks5h://all.example:1080"
        );
        assert_eq!(proxy(&[("HTTPS_PROXY", ""), ("all_proxy", "")]), "");
        assert_eq!(proxy(&[("http_proxy", "http://other.example")]), "");
        assert_eq!(
            proxy(&[("HTTPS_PROXY", "user:s3cret@p.example")]),
            "http://p.example:80"
        );
        let http = |more| {
            found(
                "http://shop.example",
                &[("HTTP_PROXY", "p.example:1"), more],
            )
        };
        assert_eq!(
            http(("X", "")).unwrap().as_deref(),
            Some("http://p.example:1")
        );
        assert_eq!(http(("REQUEST_METHOD", "GET")), Ok(None));
    }

    #[test]
    fn a_variable_that_holds_no_proxy_is_an_error_that_names_it_and_not_its_value() {
        for value in [
            "ftp://s3cret.example",
            "http://",
            "s3cret:99999",
            "http://a b",
            "://s3cret",
            "socks6://s3cret",
        ] {
            let error = found(HOST, &[("HTTPS_PROXY", value)]).unwrap_err();
            let start = "cannot set up the client: the environment variable HTTPS_PROXY does not hold the URL";
            assert!(error.starts_with(start), "{value}: {error}");
            assert!(!error.contains("s3cret"), "{error}");
            let excluded = [("HTTPS_PROXY", value), ("NO_PROXY", "thordata.com")];
            assert_eq!(found(HOST, &excluded), Ok(None));
        }
    }

    #[test]
    fn no_proxy_is_read_as_curl_reads_it() {
        for (host, excluded, is_out) in [
            ("api.thordata.com", "*", true),
            ("api.thordata.com", " * ", true),
            ("api.thordata.com", "x.example,*", false),
            ("api.thordata.com", "thordata.com", true),
            ("api.thordata.com", ".thordata.com", true),
            ("api.thordata.com", "THORDATA.com.", true),
            ("api.thordata.com", "x.example api.thordata.com", true),
            ("api.thordata.com", "a,\tb, ,.thordata.com", true),
            ("api.thordata.com", "data.com", false),
            ("thordata.com", "api.thordata.com", false),
            ("thordata.com", ".thordata.com", true),
            ("api.thordata.com", "", false),
            ("api.thordata.com", ".", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.0.0.0/8", true),
            ("10.1.2.3", "10.0.0.0/33", false),
            ("10.1.2.3", "11.0.0.0/8", false),
            ("10.1.2.3", "1.2.3", false),
            ("10.1.2.3", "0.0.0.0/0", true),
            ("[fd00::1]", "fd00::/8", true),
            ("[fd00::1]", "[fd00::1]", true),
            ("[fd00::1]", "fe80::/10", false),
        ] {
            let expected = (!is_out).then(|| "http://proxy.example:3128".to_owned());
            let variables = [PROXY, ("no_proxy", excluded)];
            let got = found(&format!("https://{host}"), &variables);
            assert_eq!(got, Ok(expected), "{host} and {excluded:?}");
        }
    }
}

//! Replies that are not the vendor's: what came, in words that repeat nothing of it, and what helps.

use reqwest::Url;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, LOCATION};
use serde::de::IgnoredAny;

/// What a body looks like that is no envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Looks {
    Empty,
    Json,
    Html,
    /// Compressed, by its header, in a way that is not read.
    Encoded,
    Other,
}

pub(crate) fn looks(headers: &HeaderMap, body: &[u8]) -> Looks {
    let start = body
        .strip_prefix("\u{feff}".as_bytes())
        .unwrap_or(body)
        .trim_ascii_start();
    let html = || {
        let start = start.get(..start.len().min(1024)).unwrap_or_default();
        let start = start.to_ascii_lowercase();
        let tag = |name: &[u8]| start.windows(name.len()).any(|window| window == name);
        start.starts_with(b"<")
            && (tag(b"<html") || tag(b"<!doctype html") || tag(b"<head") || tag(b"<body"))
            || start.starts_with(b"<h1")
            || start.starts_with(b"<title")
    };
    match start.first() {
        None => Looks::Empty,
        // Asked before the bytes: what is compressed may begin with any byte, `{` too.
        Some(_) if encoding(headers).is_some() => Looks::Encoded,
        // By the first byte alone: JSON that was cut off is JSON too, and may hold a code.
        Some(b'{' | b'[' | b'"') => Looks::Json,
        Some(_) if serde_json::from_slice::<IgnoredAny>(start).is_ok() => Looks::Json,
        Some(_) if content_type(headers) == Some("text/html") || html() => Looks::Html,
        Some(_) => Looks::Other,
    }
}

/// What came, such as `an HTML page, "502 Bad Gateway"`.
pub(crate) fn what_came(headers: &HeaderMap, body: &[u8]) -> String {
    let of_type = match content_type(headers) {
        Some(known) => format!(" ({known})"),
        None => String::new(),
    };
    match looks(headers, body) {
        Looks::Empty => String::new(),
        Looks::Json => format!("{} bytes of JSON", body.len()),
        Looks::Encoded => format!(
            "{} bytes{of_type} encoded as {}, which was not asked for",
            body.len(),
            encoding(headers).unwrap_or("something else")
        ),
        Looks::Html => match title(body) {
            Some(title) => format!("an HTML page, \"{title}\""),
            None => "an HTML page".into(),
        },
        Looks::Other => format!("{} bytes{of_type}", body.len()),
    }
}

/// The next step, for replies that show it.
pub(crate) fn advice(status: u16, headers: &HeaderMap, looks: Looks) -> Option<String> {
    Some(match (status, looks) {
        (407, _) => "a proxy asks for a user name and a password; put them into the proxy's URL".into(),
        (300..=399, _) => match target(headers) {
            Some(target) => format!(
                "it redirects to {target}, and no redirect is followed; set the base URL to where the service is"
            ),
            None => "it is a redirect, and none is followed; set the base URL to where the service is".into(),
        },
        (403, Looks::Html | Looks::Json | Looks::Encoded | Looks::Other)
        | (405 | 406 | 429 | 503, Looks::Html) => {
            "a gateway or a firewall answered, not the service, perhaps with a check for browsers; have this \
             machine's address let through"
                .into()
        }
        (200..=299, Looks::Html) => {
            "something between here and the service answered, such as a login page of the network, a proxy or a \
             firewall, or the base URL is that of a website"
                .into()
        }
        (502 | 504, Looks::Html) => "a gateway did not get an answer from the service; try again later".into(),
        _ => return None,
    })
}

/// Scheme and host of a redirect: the rest may repeat the request.
fn target(headers: &HeaderMap) -> Option<String> {
    let location = headers.get(LOCATION)?.to_str().ok()?;
    let url = Url::parse(location).ok()?;
    let host = url.host_str()?;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'.' || byte == b'-';
    // No digits: the owner of a redirect chooses its host, and may put a key or a code into it.
    let is_name = host.len() <= 40 && host.bytes().all(plain);
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    (is_name || is_address).then(|| format!("{}://{host}", url.scheme()))
}

/// Types that a server may send, by name: any other text in this header may repeat the request.
const TYPES: [&str; 10] = [
    "application/json",
    "application/octet-stream",
    "application/problem+json",
    "application/xml",
    "text/css",
    "text/html",
    "text/javascript",
    "text/plain",
    "text/xml",
    "image/png",
];

fn content_type(headers: &HeaderMap) -> Option<&'static str> {
    let given = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = given.split(';').next()?.trim();
    let mut known = TYPES.iter().copied();
    known.find(|known| essence.eq_ignore_ascii_case(known))
}

/// An encoding other than those that are read (`body.rs`).
fn encoding(headers: &HeaderMap) -> Option<&'static str> {
    let given = headers.get(CONTENT_ENCODING)?.to_str().ok()?.trim();
    let known = ["br", "zstd", "deflate", "compress", "gzip", "x-gzip"];
    match known.iter().find(|known| given.eq_ignore_ascii_case(known)) {
        Some(known) => Some(known),
        None if given.is_empty() || given.eq_ignore_ascii_case("identity") => None,
        None => Some("something unknown"),
    }
}

/// The first words of a page's title, as long as they are plain ones: nothing that can be a code or a key.
fn title(body: &[u8]) -> Option<String> {
    let start = body.get(..body.len().min(4096)).unwrap_or_default();
    let text = String::from_utf8_lossy(start);
    // Of ASCII alone, which keeps every place: those in `lower` hold in `text` too.
    let lower = text.to_ascii_lowercase();
    let after = |tag: &str| {
        let at = lower.find(tag)?;
        let rest = text.get(at..)?.split_once('>')?.1;
        rest.split('<').next()
    };
    let title = after("<title").or_else(|| after("<h1"))?;
    let plain: Vec<&str> = title
        .split_whitespace()
        .take(6)
        .take_while(|word| is_plain(word))
        .collect();
    (!plain.is_empty()).then(|| plain.join(" "))
}

/// A short word in prose, or a number of up to three digits.
fn is_plain(word: &str) -> bool {
    let word = word.trim_matches(['.', ',', ':', ';', '!', '?', '-', '|', '(', ')']);
    let inner_small = word.bytes().skip(1).all(|byte| byte.is_ascii_lowercase());
    // From 12 letters on a word may be a code.
    let letters =
        word.len() <= 11 && word.bytes().all(|byte| byte.is_ascii_alphabetic()) && inner_small;
    let shout = word.len() <= 4 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    let number = word.len() <= 3 && word.bytes().all(|byte| byte.is_ascii_digit());
    letters || shout || number
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn headers(pairs: &[(reqwest::header::HeaderName, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().cloned();
        pairs
            .map(|(name, value)| (name, HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn what_came_is_named_and_not_repeated() {
        let none = HeaderMap::new();
        for (body, expected) in [
            (
                "<html><head><title>Just a moment...</title>",
                "an HTML page, \"Just a moment...\"",
            ),
            (
                "<!DOCTYPE html>\n<TITLE lang=en>Log in</TITLE>",
                "an HTML page, \"Log in\"",
            ),
            (
                "<html><h1>502 Bad Gateway</h1></html>",
                "an HTML page, \"502 Bad Gateway\"",
            ),
            (
                "<html><title>cdk nozzapqOWJOCcWIX gone</title>",
                "an HTML page, \"cdk\"",
            ),
            ("<html><title>abcdefghijklmnop</title>", "an HTML page"),
            ("<html><title>aBcD</title>", "an HTML page"),
            ("<html>é<title>x\u{200b}y</title>", "an HTML page"),
            ("  ", ""),
            ("no", "2 bytes"),
            ("[1]", "3 bytes of JSON"),
        ] {
            assert_eq!(what_came(&none, body.as_bytes()), expected);
        }
        let plain = headers(&[(CONTENT_TYPE, "Text/Plain; charset=nozzapqOWJOCcWIX")]);
        assert_eq!(what_came(&plain, b"upstream"), "8 bytes (text/plain)");
        let odd = headers(&[
            (CONTENT_TYPE, "x/nozzapqOWJOCcWIX"),
            (CONTENT_ENCODING, "br"),
        ]);
        assert_eq!(
            what_came(&odd, b"\x1b\x03"),
            "2 bytes encoded as br, which was not asked for"
        );
    }

    #[test]
    fn a_page_is_known_by_its_type_or_by_its_first_tag() {
        let none = HeaderMap::new();
        for (body, expected) in [
            ("<html>", Looks::Html),
            ("\n<!DOCTYPE HTML>", Looks::Html),
            ("<HEAD>", Looks::Html),
            ("<!-- x --><body>", Looks::Html),
            ("<h1>Bad Gateway</h1>", Looks::Html),
            ("<title>Bad Gateway</title>", Looks::Html),
            ("<error>no</error>", Looks::Other),
            ("see <html> and <body>", Looks::Other),
            ("upstream", Looks::Other),
            ("", Looks::Empty),
        ] {
            assert_eq!(looks(&none, body.as_bytes()), expected, "{body}");
        }
        let html = headers(&[(CONTENT_TYPE, "text/html; charset=utf-8")]);
        assert_eq!(looks(&html, b"upstream"), Looks::Html);
    }

    #[test]
    fn identity_is_no_encoding_and_an_unknown_one_is_not_repeated() {
        let given = |value| encoding(&headers(&[(CONTENT_ENCODING, value)]));
        assert_eq!(given("Identity"), None);
        assert_eq!(given(" "), None);
        assert_eq!(given("BR"), Some("br"));
        assert_eq!(given("nozzapqOWJOCcWIX"), Some("something unknown"));
    }

    #[test]
    fn a_plain_word_is_short_and_has_one_case_and_a_plain_number_three_digits() {
        for word in ["Gateway", "Unavailable", "HTTP", "502", "moment...", "(the"] {
            assert!(is_plain(word), "{word}");
        }
        for word in ["Unavailables", "HTTPS", "HtTP", "5020", "a1", "1A"] {
            assert!(!is_plain(word), "{word}");
        }
    }

    #[test]
    fn a_redirects_target_is_a_host_and_no_more() {
        let to = |location| target(&headers(&[(LOCATION, location)]));
        assert_eq!(
            to("https://openapi.thordata.com/api?key=s3cret").as_deref(),
            Some("https://openapi.thordata.com")
        );
        assert_eq!(
            to("http://127.0.0.1:99/x").as_deref(),
            Some("http://127.0.0.1")
        );
        assert_eq!(to("/login?token=s3cret"), None);
        assert_eq!(to("https://nozzapqowjoccwix.s3cret9.example"), None);
    }
}

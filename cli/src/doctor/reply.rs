//! Who answered in place of the service: a redirect, a wall before it, a page, or another path.

use thordata_cdk::reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, SERVER};

/// What is wrong with a reply to a read without credentials, and the step that helps; nothing if the service answered.
pub(super) fn diagnose(
    status: u16,
    headers: &HeaderMap,
    body: &str,
) -> Option<(String, &'static str)> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if (300..400).contains(&status) {
        let to = header(LOCATION).unwrap_or("nowhere");
        // A query may hold what nobody else should read.
        let to = to.split(['?', '#']).next().unwrap_or_default();
        return Some((
            format!("it redirects to {to}, and credentials do not follow a redirect"),
            "set the base URL to where it leads, if that host is the vendor's",
        ));
    }
    let low = body.trim_start().to_ascii_lowercase();
    let wall = header(SERVER)
        .is_some_and(|server| server.to_ascii_lowercase().contains("cloudflare"))
        || headers.contains_key("cf-ray")
        || low.contains("captcha")
        || low.contains("access denied")
        || low.contains("request blocked");
    let is_page = low.starts_with("<!doctype html")
        || low.starts_with("<html")
        || header(CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/html"));
    if wall && (status == 403 || status == 429 || status == 503 || is_page) {
        return Some((
            format!("a firewall before the service blocks this machine (HTTP {status})"),
            "ask the vendor to allow this machine's address; a proxy or another network may get through",
        ));
    }
    if is_page {
        return Some((
            format!("a web page answers, and not the service (HTTP {status})"),
            "check the base URL; a hotel's or a company's network may ask for a login first",
        ));
    }
    // The vendor's host says so with HTTP 200.
    if status == 404 || low.contains("page not exists") {
        return Some((
            format!("the host answers, and knows no /api/cdk/list there (HTTP {status})"),
            "check the path in the base URL; it is mostly empty, as in https://api.thordata.com",
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reported(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        diagnose(status, &map, body)
            .map(|(what, _)| what)
            .unwrap_or_default()
    }

    #[test]
    fn each_stranger_is_recognised() {
        assert_eq!(
            reported(302, &[("location", "https://login.example/in?token=x")], ""),
            "it redirects to https://login.example/in, and credentials do not follow a redirect"
        );
        assert_eq!(
            reported(403, &[("cf-ray", "1")], "<html>Attention Required</html>"),
            "a firewall before the service blocks this machine (HTTP 403)"
        );
        assert_eq!(
            reported(
                200,
                &[("content-type", "text/html; charset=utf-8")],
                "<p>Welcome"
            ),
            "a web page answers, and not the service (HTTP 200)"
        );
        assert_eq!(
            reported(
                200,
                &[],
                r#"{"ret":404,"code":1,"msg":"page not exists!","ret_data":""}"#
            ),
            "the host answers, and knows no /api/cdk/list there (HTTP 200)"
        );
        assert_eq!(
            reported(200, &[], r#"{"code":10013,"data":{},"msg":"sign error"}"#),
            ""
        );
        assert_eq!(reported(502, &[], "bad gateway"), "");
    }
}

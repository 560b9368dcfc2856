//! Answers of somebody in between are named for what they are, with what helps, and are not repeated.

use thordata_cdk::Error;

use super::{REFUSED, UNPROVEN, are_status, is_decode};
use crate::support::{CREATED, ORDER, Reply, Server, builder, code, errors, with_headers};

const HTML: &str = "content-type: text/html; charset=utf-8\r\n";
const CHALLENGE: &str = "<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>";

#[tokio::test]
async fn a_page_with_200_is_reported_with_its_title_and_what_may_be_in_between() {
    let why = "an HTML page, \"Log in\" came instead of JSON; something between here and the service answered, such \
               as a login page of the network, a proxy or a firewall, or the base URL is that of a website";
    let page = "<html><head><title>Log in</title></head><body>nozzapqOWJOCcWIX</body></html>";
    for (error, outcome) in errors(with_headers(200, HTML, page))
        .await
        .iter()
        .zip(UNPROVEN)
    {
        is_decode(error, 200, why, outcome);
    }
    let long = page.replace("nozzapqOWJOCcWIX", &"x ".repeat(5_000));
    for error in errors(with_headers(200, "", long)).await {
        let Error::Decode(error) = error else {
            panic!("{error:?}")
        };
        assert_eq!(error.reason, why);
    }
}

#[tokio::test]
async fn a_firewalls_challenge_is_no_wrong_credentials() {
    let reported = errors(with_headers(403, HTML, CHALLENGE)).await;
    are_status(
        &reported,
        403,
        "an HTML page, \"Just a moment...\"",
        REFUSED,
    );
    for error in &reported {
        assert!(!error.is_auth(), "{error}");
        let end = "; a gateway or a firewall answered, not the service, perhaps with a check for browsers; \
             have this machine's address let through";
        assert!(error.to_string().ends_with(end), "{error}");
    }
    let reported = errors(with_headers(401, HTML, CHALLENGE)).await;
    assert!(reported.iter().all(Error::is_auth));
    for body in ["denied", r#"{"error":"blocked"}"#, "\u{1f}\u{8b}"] {
        for error in errors(with_headers(403, "content-type: text/plain\r\n", body)).await {
            assert!(!error.is_auth(), "{error}");
        }
    }
    for body in ["", r#"{"code":403,"data":{},"msg":"no"}"#] {
        for error in errors(with_headers(403, "", body)).await {
            assert!(error.is_auth(), "{error}");
        }
    }
    let reported = errors(with_headers(429, HTML, CHALLENGE)).await;
    assert!(reported.iter().all(Error::is_rate_limited));
}

async fn reported(reply: Reply) -> String {
    let server = Server::start([reply]).await;
    let client = builder(&server.base_url).build().unwrap();
    client.get(&code()).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_proxys_question_and_a_redirect_are_reported_with_the_next_step() {
    assert_eq!(
        reported(with_headers(407, "proxy-authenticate: Basic\r\n", "")).await,
        "HTTP 407 without the vendor's envelope, no body; a proxy asks for a user name and a password; put them into \
         the proxy's URL"
    );
    let to = "location: https://openapi.thordata.com/api/cdk/info?cdk=nozzapqOWJOCcWIX\r\n";
    assert_eq!(
        reported(with_headers(301, to, "")).await,
        "HTTP 301 without the vendor's envelope, no body; it redirects to https://openapi.thordata.com, and no \
         redirect is followed; set the base URL to where the service is"
    );
    assert_eq!(
        reported(with_headers(302, "location: /login\r\n", "moved")).await,
        "HTTP 302 without the vendor's envelope: 5 bytes; it is a redirect, and none is followed; set the base URL \
         to where the service is"
    );
}

/// Entities, percent signs and zero-width characters split a secret, so that no pattern finds it.
#[tokio::test]
async fn a_foreign_body_is_not_repeated_unless_it_is_asked_for() {
    let split = "tok-4f9Q&#x200b;zL0xWm7RbT2c n&#111;zzapqOWJOCcWIX noz%7AapqOWJOCcWIX";
    for (headers, body) in [
        ("", split.to_owned()),
        ("content-type: text/plain\r\n", split.to_owned()),
        (HTML, format!("<html><title>{split}</title>{split}</html>")),
        ("", format!("{{\"request\":\"{split}\"}}")),
        ("content-type: n&#111;zzapqOWJOCcWIX\r\n", split.to_owned()),
    ] {
        for status in [200, 302, 400, 403, 502] {
            let text = reported(with_headers(status, headers, &body)).await;
            for part in ["zL0xWm", "zzapq", "apqOWJ", "&#"] {
                assert!(!text.contains(part), "{status} {headers}: {text}");
            }
        }
    }
    let server = Server::start([with_headers(502, "", "upstream nozzapqOWJOCcWIX said no")]).await;
    let client = builder(&server.base_url).show_foreign_bodies(true);
    let error = client.build().unwrap().create(ORDER).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "HTTP 502 without the vendor's envelope: upstream no…IX said no; the request may have been carried out"
    );
}

#[tokio::test]
async fn a_message_is_the_vendors_beside_a_code_alone() {
    for (body, end) in [
        (r#"{"error":"Bad Gateway"}"#, ": 23 bytes of JSON"),
        (CREATED, ": ok"),
    ] {
        let text = reported(with_headers(404, "", body)).await;
        assert!(text.ends_with(end), "{text}");
    }
}

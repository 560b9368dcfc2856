//! Proxies: from the builder, from the environment, and neither.

use std::process::Command;

use thordata_cdk::{Outcome, reqwest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::Wire;
use crate::support::{EMPTY_LIST, ORDER, builder};

const BEHIND: &str = "http://behind-the-proxy.invalid";

#[tokio::test]
async fn a_proxy_of_the_builder_gets_the_request_for_another_host() {
    let wire = Wire::answering(200, EMPTY_LIST).await;
    let proxy = reqwest::Proxy::all(wire.base_url()).unwrap();
    let client = builder(BEHIND).proxy(proxy).build().unwrap();
    assert_eq!(client.list(None).await.unwrap(), []);
    let request = wire.one();
    assert!(request.starts_with("GET /api/cdk/list\n"), "{request}");
    assert!(
        request.contains("\nhost: behind-the-proxy.invalid\n"),
        "{request}"
    );
}

#[tokio::test]
async fn a_proxy_that_opens_no_tunnel_learns_neither_credentials_nor_order() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = tokio::spawn(async move {
        let mut stream = listener.accept().await.unwrap().0;
        let mut seen = Vec::new();
        while !seen.ends_with(b"\r\n\r\n") {
            seen.push(stream.read_u8().await.unwrap());
        }
        let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(refusal).await.unwrap();
        String::from_utf8(seen).unwrap()
    });
    let proxy = reqwest::Proxy::https(format!("http://{address}")).unwrap();
    let client = builder("https://behind-the-proxy.invalid").proxy(proxy);
    let error = client.build().unwrap().create(ORDER).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotApplied);
    assert_eq!(
        seen.await.unwrap(),
        "CONNECT behind-the-proxy.invalid:443 HTTP/1.1\r\nHost: behind-the-proxy.invalid:443\r\n\r\n"
    );
}

/// Run by the tests below in a process of its own: a test must not change its environment.
#[tokio::test]
#[ignore = "prints what another test reads"]
async fn ask_by_the_environment() {
    let mut builder = builder(std::env::var("TEST_SERVER").unwrap());
    if std::env::var_os("TEST_NO_PROXY").is_some() {
        builder = builder.no_proxy();
    }
    let reported = builder.build().unwrap().list(None).await;
    println!(
        "reported {}",
        reported.map_or_else(|error| error.to_string(), |list| list.len().to_string())
    );
}

async fn reported(server: &str, variables: &[(&str, &str)]) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([
        "--exact",
        "--ignored",
        "--nocapture",
        "wire::proxy::ask_by_the_environment",
    ]);
    for name in ["HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "REQUEST_METHOD"] {
        child.env_remove(name).env_remove(name.to_lowercase());
    }
    child
        .env("TEST_SERVER", server)
        .envs(variables.iter().copied());
    let output = tokio::task::spawn_blocking(move || child.output());
    let text = String::from_utf8(output.await.unwrap().unwrap().stdout).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("reported "));
    line.unwrap_or_else(|| panic!("{text}")).to_owned()
}

#[tokio::test]
async fn a_proxy_of_the_environment_is_used_but_for_what_it_excludes() {
    let wire = Wire::answering(200, EMPTY_LIST).await;
    let url = wire.base_url();
    assert_eq!(reported(BEHIND, &[("HTTP_PROXY", &url)]).await, "0");
    assert_eq!(reported(BEHIND, &[("all_proxy", &url)]).await, "0");
    assert_eq!(wire.seen().len(), 2);
    let excluded = [
        ("HTTP_PROXY", &*url),
        ("NO_PROXY", "behind-the-proxy.invalid"),
    ];
    assert_eq!(
        reported(BEHIND, &excluded).await,
        "no connection could be made; nothing was carried out"
    );
    assert_eq!(wire.seen().len(), 2);
}

#[tokio::test]
async fn no_proxy_goes_straight_whatever_the_environment_says() {
    let wire = Wire::answering(200, EMPTY_LIST).await;
    let closed = ("HTTP_PROXY", "http://127.0.0.1:9");
    assert_ne!(reported(&wire.base_url(), &[closed]).await, "0");
    assert_eq!(
        reported(&wire.base_url(), &[closed, ("TEST_NO_PROXY", "1")]).await,
        "0"
    );
}

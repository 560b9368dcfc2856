//! Proxies: from the builder, from the environment, and neither.

use std::net::SocketAddr;
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
    let client = builder(BEHIND).allow_plain_http(true).proxy(proxy);
    let client = client.build().unwrap();
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
    let server = std::env::var("TEST_SERVER").unwrap();
    // Where the name leads without a proxy. The system's resolver, which may be slow, is never asked.
    let straight = std::env::var("TEST_STRAIGHT").unwrap_or_else(|_| "127.0.0.1:9".to_owned());
    let straight: SocketAddr = straight.parse().unwrap();
    let mut builder = builder(server)
        .allow_plain_http(true)
        .configure(move |http| http.resolve("behind-the-proxy.invalid", straight));
    if std::env::var_os("TEST_NO_PROXY").is_some() {
        builder = builder.no_proxy();
    }
    let client = match builder.build() {
        Ok(client) => client,
        Err(error) => return println!("reported {error}"),
    };
    let reported = client.list(None).await;
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
async fn a_proxy_of_the_environment_is_used_except_for_excluded_hosts() {
    let wire = Wire::answering(200, EMPTY_LIST).await;
    let url = wire.base_url();
    assert_eq!(reported(BEHIND, &[("HTTP_PROXY", &url)]).await, "0");
    assert_eq!(reported(BEHIND, &[("all_proxy", &url)]).await, "0");
    assert_eq!(wire.seen().len(), 2);
    let straight = Wire::answering(200, EMPTY_LIST).await;
    let excluded = [
        ("HTTP_PROXY", &*url),
        ("NO_PROXY", "behind-the-proxy.invalid"),
        ("TEST_STRAIGHT", &straight.address()),
    ];
    assert_eq!(reported(BEHIND, &excluded).await, "0");
    assert_eq!((wire.seen().len(), straight.seen().len()), (2, 1));
}

#[tokio::test]
async fn no_proxy_connects_directly_whatever_the_environment_says() {
    let wire = Wire::answering(200, EMPTY_LIST).await;
    let url = wire.base_url();
    let straight = Wire::answering(200, EMPTY_LIST).await;
    let variables = [
        ("HTTP_PROXY", &*url),
        ("TEST_NO_PROXY", "1"),
        ("TEST_STRAIGHT", &straight.address()),
    ];
    assert_eq!(reported(BEHIND, &variables).await, "0");
    assert_eq!((wire.seen().len(), straight.seen().len()), (0, 1));
}

#[tokio::test]
async fn this_machine_is_never_reached_through_a_proxy_of_the_environment() {
    let wire = Wire::answering(200, EMPTY_LIST).await;
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        let closed = (name, "http://127.0.0.1:9");
        assert_eq!(reported(&wire.base_url(), &[closed]).await, "0");
    }
    assert_eq!(wire.seen().len(), 4);
}

#[tokio::test]
async fn a_variable_that_holds_no_proxy_is_an_error_and_an_empty_one_is_unset() {
    let wire = Wire::answering(200, EMPTY_LIST).await;
    let url = wire.base_url();
    let unusable = reported(BEHIND, &[("HTTP_PROXY", "gopher://127.0.0.1:9")]).await;
    let start = "cannot set up the client: the environment variable HTTP_PROXY does not hold the URL of a proxy";
    assert!(unusable.starts_with(start), "{unusable}");
    let empty = [("HTTP_PROXY", ""), ("ALL_PROXY", &*url)];
    assert_eq!(reported(BEHIND, &empty).await, "0");
}

/// A SOCKS 5 proxy that takes one connection, and what it was asked to connect to.
async fn socks() -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = tokio::spawn(async move {
        let mut stream = listener.accept().await.unwrap().0;
        let methods = {
            assert_eq!(stream.read_u8().await.unwrap(), 5);
            let count = stream.read_u8().await.unwrap();
            let mut methods = vec![0; count.into()];
            stream.read_exact(&mut methods).await.unwrap();
            methods
        };
        assert!(methods.contains(&0));
        stream.write_all(&[5, 0]).await.unwrap();
        let mut head = [0; 5];
        stream.read_exact(&mut head).await.unwrap();
        // A name, which the proxy resolves.
        assert_eq!(head[..4], [5, 1, 0, 3]);
        let mut name = vec![0; head[4].into()];
        stream.read_exact(&mut name).await.unwrap();
        let port = stream.read_u16().await.unwrap();
        stream
            .write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 80])
            .await
            .unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            request.push(stream.read_u8().await.unwrap());
        }
        let reply = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{EMPTY_LIST}",
            EMPTY_LIST.len()
        );
        stream.write_all(reply.as_bytes()).await.unwrap();
        format!("{}:{port}", String::from_utf8(name).unwrap())
    });
    (format!("socks5h://{address}"), seen)
}

#[tokio::test]
async fn a_socks_proxy_of_the_environment_resolves_the_name() {
    let (proxy, seen) = socks().await;
    assert_eq!(reported(BEHIND, &[("ALL_PROXY", &proxy)]).await, "0");
    assert_eq!(seen.await.unwrap(), "behind-the-proxy.invalid:80");
}

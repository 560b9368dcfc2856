//! Whose credentials a request carries: another account's on the same connections, or those of a provider.

use std::sync::{Arc, Mutex};

use thordata_cdk::{Credentials, Error, Outcome};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::Wire;
use crate::support::{EMPTY_LIST, KEY, ORDER, TOKEN, builder};

fn header<'a>(request: &'a str, name: &str) -> &'a str {
    let mut lines = request.lines();
    lines
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        .unwrap()
}

fn accounts(wire: &Wire) -> Vec<(String, String)> {
    let seen = wire.seen();
    seen.iter()
        .map(|request| {
            (
                header(request, "token").to_owned(),
                header(request, "key").to_owned(),
            )
        })
        .collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(token, key): &(&str, &str)| ((*token).to_owned(), (*key).to_owned());
    pairs.iter().map(own).collect()
}

#[tokio::test]
async fn a_client_of_another_account_sends_its_credentials_and_the_first_keeps_its_own() {
    let wire = Wire::answering(200, EMPTY_LIST).await;
    let first = builder(wire.base_url()).build().unwrap();
    let other = first.with_credentials(Credentials::new("another-token", "another-key").unwrap());
    other.list(None).await.unwrap();
    other.raw().list_cdks(None).await.unwrap();
    first.list(None).await.unwrap();
    assert_eq!(
        accounts(&wire),
        pairs(&[
            ("another-token", "another-key"),
            ("another-token", "another-key"),
            (TOKEN, KEY)
        ])
    );
    assert_eq!(other.credentials().expose_token(), "another-token");
    assert_eq!(other.base_url(), first.base_url());
}

/// How many connections a keep-alive server of lists has seen.
async fn counting_server() -> (String, Arc<Mutex<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            *counted.lock().unwrap() += 1;
            tokio::spawn(async move {
                let reply = format!(
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{EMPTY_LIST}",
                    EMPTY_LIST.len()
                );
                let mut seen = Vec::new();
                while stream.read_buf(&mut seen).await.unwrap_or(0) > 0 {
                    if seen.ends_with(b"\r\n\r\n") {
                        seen.clear();
                        stream.write_all(reply.as_bytes()).await.unwrap();
                    }
                }
            });
        }
    });
    (url, count)
}

#[tokio::test]
async fn the_other_account_uses_the_connection_of_the_first() {
    let (url, connections) = counting_server().await;
    let first = builder(url).build().unwrap();
    let other = first.with_credentials(Credentials::new("another-token", "another-key").unwrap());
    first.list(None).await.unwrap();
    other.list(None).await.unwrap();
    first.list(None).await.unwrap();
    assert_eq!(*connections.lock().unwrap(), 1);
}

#[tokio::test]
async fn what_one_account_was_refused_does_not_slow_the_other() {
    let throttled = r#"{"code":10011,"data":null,"msg":"slowly"}"#;
    let wire = Wire::answering(200, throttled).await;
    let first = builder(wire.base_url()).build().unwrap();
    let other = first.with_credentials(Credentials::new("another-token", "another-key").unwrap());
    assert!(first.list(None).await.unwrap_err().is_rate_limited());
    // The first waits for its pace now. This one asks at once.
    let asked = futures_util::poll!(std::pin::pin!(first.list(None)));
    assert!(asked.is_pending());
    assert!(other.list(None).await.unwrap_err().is_rate_limited());
    assert_eq!(wire.seen().len(), 2);
}

/// A client whose provider returns what the test has put there.
fn provided(wire: &Wire) -> (thordata_cdk::Client, Arc<Mutex<Credentials>>) {
    let current = Arc::new(Mutex::new(Credentials::new(TOKEN, KEY).unwrap()));
    let asked = Arc::clone(&current);
    let client = builder(wire.base_url())
        .credentials_provider(move || Ok(asked.lock().unwrap().clone()))
        .build()
        .unwrap();
    (client, current)
}

#[tokio::test]
async fn a_replaced_key_is_sent_with_the_next_request() {
    let wire = Wire::answering(200, EMPTY_LIST).await;
    let (client, current) = provided(&wire);
    client.list(None).await.unwrap();
    *current.lock().unwrap() = Credentials::new(TOKEN, "key-of-tomorrow").unwrap();
    client.list(None).await.unwrap();
    client.raw().list_cdks(None).await.unwrap();
    assert_eq!(
        accounts(&wire),
        pairs(&[
            (TOKEN, KEY),
            (TOKEN, "key-of-tomorrow"),
            (TOKEN, "key-of-tomorrow")
        ])
    );
}

#[tokio::test]
async fn the_token_of_another_account_is_never_sent() {
    let wire = Wire::answering(200, EMPTY_LIST).await;
    let (client, current) = provided(&wire);
    *current.lock().unwrap() = Credentials::new("another-token", KEY).unwrap();
    let error = client.create(ORDER).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot set up the client: the provider of credentials returned the token of another account; use \
         `Client::with_credentials` for that"
    );
    assert_eq!(error.outcome(), Outcome::NotApplied);
    assert!(client.list(None).await.is_err());
    assert!(client.raw().list_cdks(None).await.is_err());
    assert_eq!(wire.seen(), [""; 0]);
}

#[tokio::test]
async fn a_provider_that_fails_stops_the_client_from_being_built() {
    let built = builder("http://127.0.0.1:9")
        .credentials_provider(|| Credentials::new("", ""))
        .build();
    assert!(matches!(built, Err(Error::Config(_))));
}

#[tokio::test]
async fn a_key_of_a_provider_that_comes_back_in_a_reply_is_masked() {
    let echo = r#"{"code":10014,"data":null,"msg":"no such key: Wq7/key-of-tomorrow-Zx9"}"#;
    let wire = Wire::answering(200, echo).await;
    let (client, current) = provided(&wire);
    *current.lock().unwrap() = Credentials::new(TOKEN, "Wq7/key-of-tomorrow-Zx9").unwrap();
    let error = client.list(None).await.unwrap_err();
    assert!(error.is_auth());
    let reported = format!("{error} {error:?}");
    assert!(!reported.contains("key-of-tomorrow"), "{reported}");
}

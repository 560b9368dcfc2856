//! What the layers below log at their most talkative.

use std::io;
use std::sync::{Arc, Mutex};

use thordata_cdk::{CdkCode, Client, Credentials, NewCdks, RetryPolicy, Traffic, reqwest};
use tracing_subscriber::fmt::MakeWriter;

use super::echo::{self, REPLIES};
use super::{CODE, KEY, ODD_CODE, TOKEN, check_text, errors, values};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Everything of `log` and of `tracing` on this thread, on which the test's runtime runs.
fn listen() -> (Lines, tracing::subscriber::DefaultGuard) {
    // Another test may have been first.
    let _ = tracing_log::LogTracer::init();
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone())
        .finish();
    (lines, tracing::subscriber::set_default(subscriber))
}

#[tokio::test]
async fn no_layer_logs_a_secret_of_calls_that_succeed() {
    let (lines, _guard) = listen();
    let sandbox = values::sandbox().await;
    let client = values::client(&sandbox);
    let order = NewCdks {
        traffic: Traffic(3),
        count: 2,
    };
    let created = client.create(order).await.unwrap();
    client.list(None).await.unwrap();
    for code in [CODE, ODD_CODE] {
        let code = CdkCode::new(code).unwrap();
        client.get(&code).await.unwrap();
        client.revoke(&code).await.unwrap();
    }
    let text = lines.text();
    // One line that came through `log`, and one through `tracing`.
    assert!(text.contains("starting new connection 'Some("), "{text}");
    assert!(text.contains("hyper_util::client::legacy"), "{text}");
    check_text("the log", &text, &[CODE, ODD_CODE]);
    let own: Vec<&str> = created.iter().map(CdkCode::as_str).collect();
    check_text("the log", &text, &own);
}

#[tokio::test]
async fn no_layer_logs_a_secret_of_calls_that_fail() {
    let (lines, _guard) = listen();
    for (_, reply) in REPLIES {
        let client = errors::client(&echo::serve(*reply).await);
        errors::errors_of(&client).await;
    }
    assert!(lines.text().contains("starting new connection"));
    check_text("the log", &lines.text(), &[CODE, ODD_CODE]);
}

fn over(http: reqwest::Client, url: &str) -> Client {
    Client::builder(Credentials::new(TOKEN, KEY).unwrap())
        .base_url(url)
        .http_client(http)
        .retry(RetryPolicy::none())
        .build()
        .unwrap()
}

/// A peer that takes a request of HTTP/2 and hangs up on it.
async fn http2_peer() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut connection = h2::server::handshake(stream).await.unwrap();
            let taken = connection.accept().await.unwrap();
            assert!(taken.unwrap().0.headers().contains_key("token"));
        }
    });
    url
}

#[tokio::test]
async fn http2_logs_no_secret_either() {
    let (lines, _guard) = listen();
    let http = crate::support::own_http().http2_prior_knowledge();
    let client = over(http.build().unwrap(), &http2_peer().await);
    let failed = errors::errors_of(&client).await;
    assert_eq!(failed.len(), 6);
    let text = lines.text();
    assert!(text.contains("h2::codec"), "{text}");
    check_text("the log", &text, &[CODE, ODD_CODE]);
}

/// Which also proves that the tests above would see a secret.
#[tokio::test]
async fn a_client_that_a_user_made_verbose_logs_what_it_sends() {
    let (lines, _guard) = listen();
    let sandbox = values::sandbox().await;
    let http = crate::support::own_http().connection_verbose(true);
    let client = over(http.build().unwrap(), sandbox.base_url());
    client.get(&CdkCode::new(CODE).unwrap()).await.unwrap();
    assert!(lines.text().contains("reqwest::connect::verbose"));
    assert!(lines.text().contains(&format!("token: {TOKEN}")));
}

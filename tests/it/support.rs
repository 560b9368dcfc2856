//! What the tests share: an account, an order, and a server that sends what it is given, byte for byte.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use thordata_cdk::{
    CdkCode, Client, ClientBuilder, Credentials, Error, NewCdks, RetryPolicy, Traffic, reqwest,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const TOKEN: &str = "tok-4f9QzL0xWm7RbT2c";
pub(crate) const KEY: &str = "key/Yd83hVnP5sJq1GaE==";
pub(crate) const CODE: &str = "nozzapqOWJOCcWIX";

pub(crate) const ORDER: NewCdks = NewCdks {
    traffic: Traffic(3),
    count: 2,
};

pub(crate) const CREATED: &str =
    r#"{"code":200,"data":{"cdk":["nozzapqOWJOCcWIX","uJQJFnycHOpSEw5N"]},"msg":"ok"}"#;
pub(crate) const EMPTY_LIST: &str = r#"{"code":200,"data":[],"msg":"ok"}"#;
pub(crate) const REVOKED: &str = r#"{"code":200,"data":{},"msg":"ok"}"#;

/// The details of `CODE` in the status with this number.
pub(crate) fn details(status: i64) -> String {
    format!(
        r#"{{"code":200,"data":{{"cdk":"{CODE}","status":{status},"create_time":1748253271,"traffic":2,"traffic_duration":7776000}},"msg":"ok"}}"#
    )
}

pub(crate) fn code() -> CdkCode {
    CdkCode::new(CODE).unwrap()
}

/// reqwest's own client, as a program builds it that brings its own.
pub(crate) fn own_http() -> reqwest::ClientBuilder {
    thordata_cdk::install_crypto_provider();
    reqwest::Client::builder()
}

/// One attempt for each call.
pub(crate) fn builder(base_url: impl Into<String>) -> ClientBuilder {
    Client::builder(Credentials::new(TOKEN, KEY).unwrap())
        .base_url(base_url)
        .retry(RetryPolicy::none())
}

/// The default policy, without its waits.
pub(crate) fn at_once(base_url: impl Into<String>) -> Client {
    builder(base_url)
        .retry(RetryPolicy::default().base_delay(Duration::ZERO))
        .adaptive_rate_limit(false)
        .build()
        .unwrap()
}

/// What the server does once it has read a request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Send(Vec<u8>),
    /// A chunked reply with a body of at least this many bytes.
    Flood(usize),
    /// Close the connection without a word.
    Lose,
}

/// A JSON body with this status.
pub(crate) fn json(status: u16, body: impl AsRef<[u8]>) -> Reply {
    with_headers(status, "content-type: application/json\r\n", body)
}

/// A body with this status and these header lines, each with its line break.
pub(crate) fn with_headers(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let mut bytes = format!(
        "HTTP/1.1 {status} Status\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    Reply::Send(bytes)
}

/// Answers the first request with the first reply of the script, and so on; 599 once it has ended.
pub(crate) struct Server {
    pub(crate) base_url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) async fn start(script: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&requests);
        let mut script: Vec<Reply> = script.into_iter().collect();
        script.reverse();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let Some(request) = read_request(&mut stream).await else {
                    continue;
                };
                noted.lock().unwrap().push(request);
                let reply = script
                    .pop()
                    .unwrap_or_else(|| json(599, "the script has ended"));
                // The client may hang up before the end of a long reply.
                let _ = send(&mut stream, reply).await;
            }
        });
        Self { base_url, requests }
    }

    /// Each request that came in: its first line, and its body after a space if it has one.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break String::from_utf8(bytes.drain(..end + 4).collect()).unwrap();
        }
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return None;
        }
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    while bytes.len() < length {
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return None;
        }
    }
    let line = head.lines().next().unwrap().replace(" HTTP/1.1", "");
    let body = String::from_utf8(bytes).unwrap();
    Some(format!("{line} {body}").trim_end().to_owned())
}

async fn send(stream: &mut TcpStream, reply: Reply) -> std::io::Result<()> {
    match reply {
        Reply::Lose => Ok(()),
        Reply::Send(bytes) => {
            stream.write_all(&bytes).await?;
            stream.shutdown().await
        }
        Reply::Flood(length) => {
            let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
            stream.write_all(head.as_bytes()).await?;
            let piece = vec![b' '; 1024 * 1024];
            for _ in 0..length.div_ceil(piece.len()) {
                stream.write_all(b"100000\r\n").await?;
                stream.write_all(&piece).await?;
                stream.write_all(b"\r\n").await?;
            }
            stream.write_all(b"0\r\n\r\n").await
        }
    }
}

/// The errors of `create`, `list`, `get` and `revoke`, each answered so, with one attempt.
pub(crate) async fn errors(reply: Reply) -> [Error; 4] {
    let server = Server::start(vec![reply; 4]).await;
    // A refusal for haste would slow the calls after it.
    let client = builder(&server.base_url).adaptive_rate_limit(false);
    let client = client.build().unwrap();
    let errors = [
        client.create(ORDER).await.unwrap_err(),
        client.list(None).await.unwrap_err(),
        client.get(&code()).await.unwrap_err(),
        client.revoke(&code()).await.unwrap_err(),
    ];
    assert_eq!(server.requests().len(), 4);
    errors
}

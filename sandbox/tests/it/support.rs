//! A small HTTP client on a plain socket, which shows what really came back.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;
use thordata_cdk_sandbox::{Sandbox, SandboxBuilder};

/// Seeded, with a clock that is stopped at the vendor's example time.
pub(crate) fn builder() -> SandboxBuilder {
    Sandbox::builder()
        .seed(1)
        .now(1_748_332_399)
        .credentials("tok", "key")
}

pub(crate) fn start() -> Sandbox {
    builder().start_blocking().unwrap()
}

/// How a connection ended, or that it did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Fin,
    Reset,
    Silence,
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn code(&self) -> i64 {
        self.json()["code"].as_i64().unwrap()
    }

    pub(crate) fn codes(&self) -> Vec<String> {
        serde_json::from_value(self.json()["data"]["cdk"].clone()).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

pub(crate) struct Http {
    pub(crate) stream: TcpStream,
    /// Of the admin API; empty if it is not known.
    pub(crate) admin_token: String,
}

impl Http {
    pub(crate) fn to(sandbox: &Sandbox) -> Self {
        Self {
            admin_token: sandbox.admin_token().to_owned(),
            ..Self::at(sandbox.base_url())
        }
    }

    pub(crate) fn at(base_url: &str) -> Self {
        let stream = TcpStream::connect(base_url.strip_prefix("http://").unwrap()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        Self {
            stream,
            admin_token: String::new(),
        }
    }

    pub(crate) fn write(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).unwrap();
    }

    pub(crate) fn get(&mut self, path: &str) -> Reply {
        self.write(&format!(
            "GET {path} HTTP/1.1\r\nhost: localhost\r\ntoken: tok\r\nkey: key\r\n\r\n"
        ));
        self.reply()
    }

    pub(crate) fn post(&mut self, path: &str, form: &str) -> Reply {
        self.write(&post(path, "application/x-www-form-urlencoded", form));
        self.reply()
    }

    pub(crate) fn create(&mut self, flow: i64, num: i64) -> Reply {
        self.post("/api/cdk/create", &format!("flow={flow}&num={num}"))
    }

    /// Reads one reply that `Content-Length` delimits, and leaves the connection open.
    pub(crate) fn reply(&mut self) -> Reply {
        let mut bytes = Vec::new();
        let mut chunk = [0_u8; 65536];
        loop {
            if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = String::from_utf8(bytes[..at].to_vec()).unwrap();
                let status = head.split(' ').nth(1).unwrap().parse().unwrap();
                let reply = Reply {
                    status,
                    head,
                    body: String::new(),
                };
                let length: usize = reply.header("content-length").unwrap().parse().unwrap();
                if bytes.len() - at - 4 >= length {
                    assert_eq!(bytes.len(), at + 4 + length, "bytes after the reply");
                    return Reply {
                        body: String::from_utf8(bytes[at + 4..].to_vec()).unwrap(),
                        ..reply
                    };
                }
            }
            let length = self.stream.read(&mut chunk).unwrap();
            assert_ne!(
                length,
                0,
                "ended after {:?}",
                String::from_utf8_lossy(&bytes)
            );
            bytes.extend_from_slice(&chunk[..length]);
        }
    }

    /// Everything up to the end of the connection, and what that end was. Only a quarter of a
    /// second without a byte, asked for by `silence_is_an_end`, counts as an end as well.
    pub(crate) fn rest(&mut self, silence_is_an_end: bool) -> (String, End) {
        if silence_is_an_end {
            self.stream
                .set_read_timeout(Some(Duration::from_millis(250)))
                .unwrap();
        }
        let mut bytes = Vec::new();
        let mut chunk = [0_u8; 4096];
        let end = loop {
            match self.stream.read(&mut chunk) {
                Ok(0) => break End::Fin,
                Ok(length) => bytes.extend_from_slice(&chunk[..length]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => break End::Reset,
                Err(error) if silence_is_an_end && error.kind() == ErrorKind::WouldBlock => {
                    break End::Silence;
                }
                Err(error) => panic!("{error}"),
            }
        };
        (String::from_utf8_lossy(&bytes).into_owned(), end)
    }
}

/// A POST as bytes.
pub(crate) fn post(path: &str, content_type: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ntoken: tok\r\nkey: key\r\n\
         content-type: {content_type}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// Waits for something that another thread brings about; gives up after 20 seconds.
pub(crate) fn until(mut condition: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(20), "waited in vain");
        std::thread::yield_now();
    }
}

/// The statuses of all vouchers, in the order of creation.
pub(crate) fn statuses(sandbox: &Sandbox) -> Vec<i64> {
    sandbox
        .vouchers()
        .iter()
        .map(|voucher| i64::from(voucher.status))
        .collect()
}

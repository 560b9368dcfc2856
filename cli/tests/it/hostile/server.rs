//! A service that answers with given bytes and counts its requests.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the service does once it has read a request.
#[derive(Clone)]
pub(super) enum Reply {
    Send(Vec<u8>),
    /// A chunked reply with a body of at least so many MiB of blanks.
    Blanks(usize),
    /// A list with a row every 20 ms, until nobody reads any more.
    Endless,
    /// This one, and on the same connection a refusal that nobody asked for, as a server sends that closes it.
    WithStale(u16, String),
}

pub(super) const HTML: &str = "content-type: text/html\r\n";

/// A JSON body with this status.
pub(super) fn json(status: u16, body: impl AsRef<[u8]>) -> Reply {
    with_headers(status, "content-type: application/json\r\n", body)
}

/// A body with this status and these header lines, each with its line break.
pub(super) fn with_headers(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let head = format!(
        "HTTP/1.1 {status} Status\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n",
        body.len()
    );
    Reply::Send([head.as_bytes(), body].concat())
}

/// The replies to each operation, in turn; the last one is repeated.
#[derive(Clone, Default)]
pub(super) struct Replies(HashMap<&'static str, VecDeque<Reply>>);

impl Replies {
    /// `operation`: `create`, `list`, `info` or `revoke`.
    pub(super) fn on(
        mut self,
        operation: &'static str,
        replies: impl IntoIterator<Item = Reply>,
    ) -> Self {
        self.0.insert(operation, replies.into_iter().collect());
        self
    }

    fn next(&mut self, operation: &str) -> Reply {
        let Some(left) = self.0.get_mut(operation) else {
            return json(599, "this operation was not expected");
        };
        match left.len() {
            1 => left[0].clone(),
            _ => left.pop_front().unwrap(),
        }
    }
}

pub(super) struct Server {
    pub(super) base_url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(super) fn start(replies: Replies) -> Self {
        Self::after(replies, |_| Ok(()))
    }

    /// A SOCKS 5 proxy behind which the service is, whatever host it is asked for.
    pub(super) fn behind_socks(replies: Replies) -> Self {
        Self::after(replies, |stream| {
            let mut head = [0; 2];
            stream.read_exact(&mut head)?;
            stream.read_exact(&mut vec![0; head[1].into()])?;
            stream.write_all(&[5, 0])?;
            let mut target = [0; 5];
            stream.read_exact(&mut target)?;
            // A name, which the proxy resolves, and a port.
            assert_eq!(target[..4], [5, 1, 0, 3]);
            stream.read_exact(&mut vec![0; usize::from(target[4]) + 2])?;
            stream.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 80])
        })
    }

    fn after(replies: Replies, greet: fn(&mut TcpStream) -> io::Result<()>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (noted, replies) = (Arc::clone(&asked), Arc::new(Mutex::new(replies)));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (noted, replies) = (Arc::clone(&noted), Arc::clone(&replies));
                std::thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    // A client may hang up whenever it likes.
                    let _ = greet(&mut stream).and_then(|()| serve(stream, &noted, &replies));
                });
            }
        });
        Self { base_url, asked }
    }

    /// How many requests for this operation came in.
    pub(super) fn asked(&self, operation: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|asked| *asked == operation).count()
    }
}

fn serve(
    mut stream: TcpStream,
    noted: &Mutex<Vec<String>>,
    replies: &Mutex<Replies>,
) -> io::Result<()> {
    while let Some(operation) = read_request(&mut stream)? {
        let reply = replies.lock().unwrap().next(&operation);
        noted.lock().unwrap().push(operation);
        match reply {
            Reply::Send(bytes) => {
                stream.write_all(&bytes)?;
                return stream.shutdown(std::net::Shutdown::Write);
            }
            Reply::Blanks(mebibytes) => return blanks(stream, mebibytes),
            Reply::Endless => return endless(stream),
            Reply::WithStale(status, body) => {
                let length = body.len();
                write!(
                    stream,
                    "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}"
                )?;
                write!(
                    stream,
                    "HTTP/1.1 {status} Status\r\ncontent-length: 0\r\n\r\n"
                )?;
            }
        }
    }
    Ok(())
}

/// The operation that a request is for, by the last part of its path; `None` at the end of the connection.
fn read_request(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                let path = head.split(' ').nth(1).unwrap_or_default();
                let path = path.split('?').next().unwrap_or_default();
                return Ok(path.rsplit('/').next().map(str::to_owned));
            }
        }
        match stream.read(&mut chunk)? {
            0 => return Ok(None),
            read => bytes.extend_from_slice(&chunk[..read]),
        }
    }
}

fn blanks(mut stream: TcpStream, mebibytes: usize) -> io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
    let piece = vec![b' '; 1024 * 1024];
    for _ in 0..mebibytes {
        stream.write_all(b"100000\r\n")?;
        stream.write_all(&piece)?;
        stream.write_all(b"\r\n")?;
    }
    stream.write_all(b"0\r\n\r\n")
}

fn endless(mut stream: TcpStream) -> io::Result<()> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";
    write!(stream, "{head}{{\"code\":200,\"data\":[{}", super::ROW)?;
    loop {
        std::thread::sleep(Duration::from_millis(20));
        write!(stream, ",{}", super::ROW)?;
    }
}

//! A server that says back what it was sent, in every way that reaches an error.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Makes the whole reply out of the whole request.
pub(crate) type Reply = fn(&str) -> String;

/// Serves until its runtime ends.
pub(crate) async fn serve<B: AsRef<[u8]> + Send>(
    reply: impl Fn(&str) -> B + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let reply = Arc::new(reply);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let reply = Arc::clone(&reply);
            tokio::spawn(async move {
                // The client may hang up at any time.
                let _ = answer(stream, &*reply).await;
            });
        }
    });
    url
}

async fn answer<B: AsRef<[u8]> + Send>(
    mut stream: TcpStream,
    reply: &(impl Fn(&str) -> B + Sync),
) -> std::io::Result<()> {
    let request = read_request(&mut stream).await?;
    let reply = reply(&request);
    stream.write_all(reply.as_ref()).await?;
    stream.shutdown().await
}

async fn read_request(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                (name == "content-length").then(|| value.parse::<usize>().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                return Ok(text.into_owned());
            }
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(String::from_utf8_lossy(&bytes).into_owned());
        }
    }
}

fn http(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn first_line(request: &str) -> &str {
    request.lines().next().unwrap_or_default()
}

/// Every letter of the request one line, so that it fits into a header.
fn in_one_line(request: &str) -> String {
    request.replace(['\r', '\n'], " ")
}

pub(crate) const REPLIES: &[(&str, Reply)] = &[
    ("HTML with 200", |request| {
        http(
            "200 OK",
            "content-type: text/html\r\n",
            &format!("<pre>{request}</pre>"),
        )
    }),
    ("HTML with 502", |request| {
        http(
            "502 Bad Gateway",
            "",
            &format!("<h1>Bad gateway</h1><pre>{request}</pre>"),
        )
    }),
    ("escaped HTML with 502", |request| {
        http("502 Bad Gateway", "", &request.replace('&', "&amp;"))
    }),
    ("JSON by PHP with 500", |request| {
        http(
            "500 Oops",
            "",
            &format!("{{\"request\":{}}}", json(request).replace('/', "\\/")),
        )
    }),
    ("the body alone with 400", |request| {
        http(
            "400 Bad Request",
            "",
            request.rsplit("\r\n\r\n").next().unwrap_or_default(),
        )
    }),
    ("the request line with 404", |request| {
        http("404 Not Found", "", first_line(request))
    }),
    ("the request line in lower case with 404", |request| {
        let line = first_line(request)
            .replace("%2F", "%2f")
            .replace("%2B", "%2b");
        http("404 Not Found", "", &line.replace("%3D", "%3d"))
    }),
    ("a refusal's message", |request| {
        let msg = json(request);
        http(
            "200 OK",
            "",
            &format!("{{\"code\":10000,\"data\":{{}},\"msg\":{msg}}}"),
        )
    }),
    ("a refusal's other message", |request| {
        let detail = json(first_line(request));
        http(
            "403 Forbidden",
            "",
            &format!("{{\"code\":10013,\"detail\":{detail}}}"),
        )
    }),
    ("a code that is no number", |request| {
        http(
            "200 OK",
            "",
            &format!("{{\"code\":{},\"data\":{{}}}}", json(request)),
        )
    }),
    ("data that is a string", |request| {
        http(
            "200 OK",
            "",
            &format!("{{\"code\":200,\"data\":{}}}", json(request)),
        )
    }),
    ("fields that are strings", |request| {
        let text = json(request);
        let cdk = format!("{{\"cdk\":{text},\"status\":{text},\"create_time\":{text}}}");
        http("200 OK", "", &format!("{{\"code\":200,\"data\":{cdk}}}"))
    }),
    ("names of fields", |request| {
        let name = json(request);
        http(
            "200 OK",
            "",
            &format!("{{\"code\":200,\"data\":{{{name}:1,{name}:2}},{name}:3}}"),
        )
    }),
    ("truncated", |request| {
        let whole = http(
            "200 OK",
            "",
            &format!("{{\"code\":200,\"msg\":{}", json(request)),
        );
        whole.replace("content-length: ", "content-length: 9")
    }),
    ("headers", |request| {
        let line = in_one_line(request);
        let headers = format!("x-echo: {line}\r\nretry-after: {line}\r\ndate: {line}\r\n");
        http("503 Unavailable", &headers, "")
    }),
    ("the reason of the status", |request| {
        http(&format!("500 {}", in_one_line(request)), "", "")
    }),
    ("a redirect", |request| {
        let target = first_line(request).split(' ').nth(1).unwrap_or_default();
        http("302 Found", &format!("location: {target}\r\n"), "")
    }),
    ("no HTTP", |request| request.to_owned()),
    ("a header that is none", |request| {
        format!(
            "HTTP/1.1 200 OK\r\n{}\r\n\r\n",
            in_one_line(request).replace(':', "")
        )
    }),
    ("chunks that are none", |request| {
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{request}")
    }),
];

//! Hostile replies and surroundings by name, and what the library makes of each, in words: `just hostile`.
//!
//! The table is `tests/it/hostile_table.txt`. `UPDATE_GOLDEN=1` rewrites it; read its diff.

use std::fmt::{Display, Write as _};
use std::future::Future;
use std::io::Write as _;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use futures_util::StreamExt as _;
use thordata_cdk::{Client, Created, Error, Outcome};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::{
    CREATED, ORDER, Reply, Server, at_once, builder, code, details, json, with_headers,
};
use crate::wire::proxy::{BEHIND, reported};

const ROW: &str = r#"{"cdk":"a","create_time":1,"status":1,"traffic":3,"traffic_duration":1}"#;
const HTML: &str = "content-type: text/html\r\n";

/// What a call came to. Only of purchases and revocations it matters whether they were carried out.
fn told(result: Result<impl Display, Error>, spends: bool) -> String {
    match result {
        Ok(value) => value.to_string(),
        Err(error) => match (spends, error.outcome()) {
            (false, _) => format!("error: {error}"),
            (true, Outcome::NotApplied) => format!("refused, proven: {error}"),
            (true, Outcome::Unknown) => format!("in doubt: {error}"),
        },
    }
}

fn words(created: Created) -> String {
    match created {
        Created::AsOrdered(codes) => format!("{} codes, as ordered", codes.len()),
        Created::OtherCount {
            codes,
            ordered,
            unreadable,
            ..
        } => format!(
            "another count: {} read, {unreadable} unreadable, {ordered} ordered",
            codes.len()
        ),
        _ => "another count".into(),
    }
}

async fn create(reply: Reply) -> String {
    let server = Server::start([reply]).await;
    let result = at_once(&server.base_url).create(ORDER).await;
    let sent = server.requests().len();
    let text = told(result.map(words), true);
    if sent == 1 {
        text
    } else {
        format!("{text} (sent {sent} times)")
    }
}

async fn get(reply: Reply) -> String {
    let server = Server::start([reply]).await;
    let found = builder(&server.base_url)
        .build()
        .unwrap()
        .get(&code())
        .await;
    told(
        found.map(|found| format!("read: {}, name {:?}", found.status, found.use_username)),
        false,
    )
}

async fn list(reply: Reply) -> String {
    let server = Server::start([reply]).await;
    let list = builder(&server.base_url).build().unwrap().list(None).await;
    let list = list.map(|list| match list.unreadable().is_empty() {
        true => format!("{} rows", list.len()),
        false => format!("{} rows; {}", list.len(), list.unreadable()),
    });
    told(list, false)
}

async fn stream(reply: Reply) -> String {
    let server = Server::start([reply]).await;
    let mut rows = builder(&server.base_url).build().unwrap().list_stream(None);
    let mut count = 0;
    while let Some(row) = rows.next().await {
        match row {
            Ok(_) => count += 1,
            Err(error) => return format!("{count} rows, then error: {error}"),
        }
    }
    format!("{count} rows")
}

async fn revoke(replies: Vec<Reply>) -> String {
    let server = Server::start(replies).await;
    let result = at_once(&server.base_url).revoke(&code()).await;
    let sent = server.requests().len();
    format!(
        "{} ({sent} requests)",
        told(result.map(|()| "revoked"), true)
    )
}

fn rows(rows: &str) -> Reply {
    json(200, format!(r#"{{"code":200,"data":[{rows}],"msg":"ok"}}"#))
}

fn ordered(cdk: &str) -> Reply {
    json(
        200,
        format!(r#"{{"code":200,"data":{{"cdk":{cdk}}},"msg":"ok"}}"#),
    )
}

fn gzipped(body: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(body.as_bytes()).unwrap();
    packed.finish().unwrap()
}

/// Buys for each order it reads, and says 400 after each answer, as a server does that closes the connection.
async fn stale() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let bought = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&bought);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let counter = Arc::clone(&counter);
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let length = CREATED.len();
                let mut text = String::new();
                while let Ok(read @ 1..) = stream.read(&mut request).await {
                    text.push_str(&String::from_utf8_lossy(&request[..read]));
                    if !text.contains("&num=2") {
                        continue;
                    }
                    text.clear();
                    counter.fetch_add(1, Ordering::SeqCst);
                    let reply =
                        format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{CREATED}");
                    let _ = stream.write_all(reply.as_bytes()).await;
                    let _ = stream
                        .write_all(b"HTTP/1.1 400 Bad\r\ncontent-length: 0\r\n\r\n")
                        .await;
                }
            });
        }
    });
    let client = builder(url).build().unwrap();
    let (mut succeeded, mut refused) = (0, 0);
    for _ in 0..50 {
        match client.create(ORDER).await {
            Ok(_) => succeeded += 1,
            Err(_) => refused += 1,
        }
    }
    let bought = bought.load(Ordering::SeqCst);
    format!("50 orders: {bought} carried out, {succeeded} told as bought, {refused} told as failed")
}

/// On a thread of its own, polled as by an executor that knows nothing of tokio.
fn without_runtime(client: Client) -> String {
    let thread = std::thread::spawn(move || {
        let mut call = pin!(client.create(ORDER));
        let mut context = Context::from_waker(Waker::noop());
        match call.as_mut().poll(&mut context) {
            Poll::Ready(result) => told(result.map(words), true),
            Poll::Pending => "it waits".into(),
        }
    });
    thread.join().unwrap()
}

async fn table() -> Vec<(&'static str, String)> {
    let other = |status| json(200, details(status).replace("cWIX", "cWlX"));
    let carries = |status, code| {
        json(
            status,
            format!(r#"{{"code":{code},"data":{{"cdk":["a","b"]}},"msg":"m"}}"#),
        )
    };
    let named = |name: &str| {
        json(
            200,
            format!(
                r#"{{"code":200,"data":{{"cdk":"nozzapqOWJOCcWIX","status":2,"create_time":1,"traffic":1,"traffic_duration":1,"use_username":"{name}"}},"msg":"ok"}}"#
            ),
        )
    };
    let around = |before: &str, after: &str| json(200, format!("{before}{CREATED}{after}"));
    let secrets = "tok-4f9Q&#x200b;zL0xWm7RbT2c noz%7AapqOWJOCcWIX";
    let page = |title: &str| format!("<html><head><title>{title}</title></head>{secrets}</html>");
    let headers: String = (0..500)
        .map(|number| format!("x-via-{number}: a\r\n"))
        .collect();
    let closed = [("HTTP_PROXY", "http://127.0.0.1:9")];
    let server = Server::start([json(200, crate::support::EMPTY_LIST)]).await;
    let outside = builder("http://127.0.0.1:9").build().unwrap();
    vec![
        ("get: another voucher's details", get(other(1)).await),
        (
            "revoke: 504, then another voucher that is revoked",
            revoke(vec![json(504, ""), other(3), other(3), other(3), other(3)]).await,
        ),
        (
            "revoke: 400 of a closing connection, and it was revoked",
            revoke(vec![json(400, ""), json(200, details(3))]).await,
        ),
        ("create: one code of two", create(ordered(r#"["a"]"#)).await),
        (
            "create: one code as a string",
            create(ordered(r#""a""#)).await,
        ),
        (
            "create: three codes of two",
            create(ordered(r#"["a","b","c"]"#)).await,
        ),
        (
            "create: one code twice",
            create(ordered(r#"["a","a"]"#)).await,
        ),
        (
            "create: two codes and a null",
            create(ordered(r#"["a",null,"b"]"#)).await,
        ),
        (
            "get: an array by position",
            get(json(
                200,
                r#"{"code":200,"data":["nozzapqOWJOCcWIX",1,1,1,1]}"#,
            ))
            .await,
        ),
        (
            "list: rows as arrays by position",
            list(rows(r#"["CODE",1748332399,3,3,7776000]"#)).await,
        ),
        (
            "create: HTTP 400 beside a success",
            create(carries(400, 200)).await,
        ),
        (
            "create: 10011 with codes",
            create(carries(200, 10011)).await,
        ),
        (
            "create: 10008 with codes",
            create(carries(200, 10008)).await,
        ),
        (
            "create: 10008 that says ok",
            create(json(200, r#"{"code":10008,"data":{},"msg":"ok"}"#)).await,
        ),
        (
            "create: HTTP 429 with half a success",
            create(json(429, &CREATED[..50])).await,
        ),
        (
            "create: 10008",
            create(json(200, r#"{"code":10008,"data":{},"msg":"no money"}"#)).await,
        ),
        ("create: a stale 400 after each answer", stale().await),
        (
            "create: a byte order mark",
            create(around("\u{feff}", "")).await,
        ),
        (
            "create: a comment after it",
            create(around("", "<!-- 0.1s -->")).await,
        ),
        ("create: a NUL after it", create(around("", "\0")).await),
        (
            "create: another JSON after it",
            create(around("", "{}")).await,
        ),
        (
            "create: gzip, unasked",
            create(with_headers(
                200,
                "content-encoding: gzip\r\n",
                gzipped(CREATED),
            ))
            .await,
        ),
        (
            "create: gzip, cut off",
            create(with_headers(200, "", &gzipped(CREATED)[..30])).await,
        ),
        (
            "create: brotli, unasked",
            create(with_headers(
                200,
                "content-encoding: br\r\n",
                b"\x0b\x02\x80",
            ))
            .await,
        ),
        (
            "create: 500 header fields",
            create(with_headers(200, &headers, CREATED)).await,
        ),
        (
            "create: a page with 200",
            create(with_headers(200, HTML, page("Log in"))).await,
        ),
        (
            "create: a firewall's page with 403",
            create(with_headers(403, HTML, page("Just a moment..."))).await,
        ),
        ("create: 407", create(with_headers(407, "", "")).await),
        (
            "create: a redirect",
            create(with_headers(
                302,
                "location: https://openapi.thordata.com/x\r\n",
                "",
            ))
            .await,
        ),
        (
            "create: 502 that repeats secrets, split",
            create(with_headers(502, "", secrets)).await,
        ),
        ("get: half an emoji in a name", get(named(r"\ud83d")).await),
        (
            "get: a name that is a number",
            get(json(
                200,
                details(1).replace("},\"msg\"", ",\"use_username\":7},\"msg\""),
            ))
            .await,
        ),
        (
            "list: a traffic of \"3.00\"",
            list(rows(&ROW.replace(":3,", ":\"3.00\","))).await,
        ),
        (
            "list: one odd row of three",
            list(rows(&format!(
                "{ROW},{},{ROW}",
                ROW.replace(":3,", ":\"much\",")
            )))
            .await,
        ),
        ("list: odd rows alone", list(rows("7,null")).await),
        (
            "list_stream: blanks without end",
            stream(Reply::Flood(8 * 1024 * 1024)).await,
        ),
        (
            "list_stream: gzip that unpacks to 64 MiB of blanks",
            stream(json(200, gzipped(&" ".repeat(64 * 1024 * 1024)))).await,
        ),
        (
            "HTTP_PROXY of a closed port, and this machine",
            format!("{} rows", reported(&server.base_url, &closed).await),
        ),
        (
            "HTTP_PROXY that is no proxy",
            reported(BEHIND, &[("HTTP_PROXY", "gopher://127.0.0.1")]).await,
        ),
        (
            "plain http to another machine",
            builder("http://api.example")
                .build()
                .unwrap_err()
                .to_string(),
        ),
        ("create outside a runtime", without_runtime(outside)),
    ]
}

#[tokio::test]
async fn each_hostile_input_comes_to_what_the_table_says() {
    let mut text = String::new();
    for (name, what) in table().await {
        writeln!(text, "{name}\n    {what}").unwrap();
        for secret in ["zL0xWm", "zapqOWJ", "nozzapqOWJOCcWIX"] {
            assert!(!what.contains(secret), "{name}: {what}");
        }
    }
    print!("{text}");
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/hostile_table.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(path).unwrap());
}

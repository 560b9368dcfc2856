//! Which connection a request goes over.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::{CREATED, EMPTY_LIST, ORDER, REVOKED, at_once, builder, code, details};

fn ok(body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}")
}

async fn server() -> (String, Arc<Mutex<Vec<(usize, &'static str)>>>) {
    server_that_answers_orders_with(ok(CREATED)).await
}

/// Answers every request over connections that stay open, and notes the connection of each, and its path.
async fn server_that_answers_orders_with(
    created: String,
) -> (String, Arc<Mutex<Vec<(usize, &'static str)>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    tokio::spawn(async move {
        for connection in 1.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (noted, created) = (Arc::clone(&noted), created.clone());
            tokio::spawn(async move {
                let mut request = [0; 4096];
                while let Ok(read @ 1..) = stream.read(&mut request).await {
                    let text = String::from_utf8_lossy(&request[..read]).into_owned();
                    let (name, reply) = match text.split(' ').nth(1).unwrap() {
                        "/api/cdk/create" => ("create", created.clone()),
                        _ => ("list", ok(EMPTY_LIST)),
                    };
                    noted.lock().unwrap().push((connection, name));
                    if stream.write_all(reply.as_bytes()).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    (url, seen)
}

/// A server that closes a connection may say 400 first: no order is under way on a connection with a past.
#[tokio::test]
async fn each_purchase_has_a_connection_of_its_own_and_reads_share_one() {
    let (url, seen) = server().await;
    let client = builder(&url).build().unwrap();
    for _ in 0..2 {
        client.list(None).await.unwrap();
        assert_eq!(client.create(ORDER).await.unwrap().len(), 2);
    }
    client.list(None).await.unwrap();
    let expected = [
        (1, "list"),
        (2, "create"),
        (1, "list"),
        (3, "create"),
        (1, "list"),
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[tokio::test]
async fn purchases_share_the_connection_of_reads_where_that_is_asked_for() {
    let (url, seen) = server().await;
    let client = builder(&url)
        .connection_per_purchase(false)
        .build()
        .unwrap();
    client.list(None).await.unwrap();
    assert_eq!(client.create(ORDER).await.unwrap().len(), 2);
    assert_eq!(*seen.lock().unwrap(), [(1, "list"), (1, "create")]);
}

/// Only a head with too many fields makes the client begin again with room for more, and leave its connections.
#[tokio::test]
async fn a_reply_that_is_no_http_costs_no_other_connection() {
    let (url, seen) = server_that_answers_orders_with("HTTP/1.1 what\r\n\r\n".into()).await;
    let client = builder(&url).build().unwrap();
    client.list(None).await.unwrap();
    client.create(ORDER).await.unwrap_err();
    client.list(None).await.unwrap();
    let expected = [(1, "list"), (2, "create"), (1, "list")];
    assert_eq!(*seen.lock().unwrap(), expected);
}

/// The answers of one connection each, in this order.
async fn script(replies: Vec<(u16, String)>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    tokio::spawn(async move {
        for (status, body) in replies {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let read = stream.read(&mut request).await.unwrap();
            let text = String::from_utf8_lossy(&request[..read]).into_owned();
            noted
                .lock()
                .unwrap()
                .push(text.split(' ').take(2).collect::<Vec<_>>().join(" "));
            let length = body.len();
            let reply = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            stream.write_all(reply.as_bytes()).await.unwrap();
        }
    });
    (url, seen)
}

/// Revocations are many and share connections: a refusal that may be stale is looked into.
#[tokio::test]
async fn a_refusal_of_a_revocation_that_may_be_stale_is_looked_up() {
    let used = r#"{"code":10000,"data":{},"msg":"Parameter error"}"#;
    for (replies, revoked, sent) in [
        (vec![(400, String::new()), (200, details(3))], true, 2),
        (vec![(400, String::new()), (200, details(1))], false, 2),
        (vec![(429, String::new()), (200, REVOKED.into())], true, 2),
        (
            vec![(429, String::new()), (200, used.into()), (200, details(3))],
            true,
            3,
        ),
        (
            vec![(429, String::new()), (200, used.into()), (200, details(2))],
            false,
            3,
        ),
        (vec![(200, used.into())], false, 1),
    ] {
        let (url, seen) = script(replies).await;
        let result = at_once(&url).revoke(&code()).await;
        assert_eq!(result.is_ok(), revoked, "{result:?}");
        if let Err(error) = result {
            assert_eq!(error.outcome(), thordata_cdk::Outcome::NotApplied);
        }
        assert_eq!(seen.lock().unwrap().len(), sent);
    }
}

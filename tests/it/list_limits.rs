//! Lists that are odd or do not end by themselves: what each costs, and what ends it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use thordata_cdk::{CallOptions, CdkStatus, Client, Outcome, Traffic};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::list::{drain, rows};
use crate::replies::is_decode;
use crate::support::{Server, at_once, builder, json};

const LIST: &str = "GET /api/cdk/list";

/// Row number 1 of 70 KB, in the form of the others.
fn long_row() -> String {
    format!(
        r#"{{"cdk":"uJQJFnyc00000001","create_time":1748332399,"status":2,"traffic":3,"traffic_duration":7776000,"x":[{{"y":"}}]\"{}"}}]}}"#,
        "y".repeat(70_000)
    )
}

/// Answers each request with a list that never ends: its beginning, then `more` for ever.
async fn endless(more: &str, pause: Duration) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let (counted, more) = (Arc::clone(&requests), more.to_owned());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let more = more.clone();
            tokio::spawn(async move {
                assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
                let start = format!(
                    "HTTP/1.1 200 OK\r\n\r\n{{\"code\":200,\"data\":[{}",
                    rows(1)
                );
                stream.write_all(start.as_bytes()).await.unwrap();
                while stream.write_all(more.as_bytes()).await.is_ok() {
                    tokio::time::sleep(pause).await; // the service is slow
                }
            });
        }
    });
    (base_url, requests)
}

fn client(base_url: &str) -> Client {
    builder(base_url).max_list_rows(1000).build().unwrap()
}

#[tokio::test]
async fn a_row_above_64_kib_costs_itself_alone() {
    let body = format!(
        r#"{{"code":200,"data":[{},{},{}],"msg":"ok"}}"#,
        rows(1),
        long_row(),
        rows(3)
    );
    let server = Server::start(vec![json(200, &body); 3]).await;
    let client = at_once(&server.base_url);

    let list = client.list(None).await.unwrap();
    assert_eq!(list.len(), 4);
    assert_eq!(list.unreadable().count(), 1);
    assert_eq!(
        list.unreadable().to_string(),
        "1 row of the list cannot be read, the first is row 2 (uJ…01): it is longer than 65536 bytes"
    );
    assert_eq!(list.unreadable().first()[0].status, Some(CdkStatus::Used));

    let mut stream = Box::pin(client.list_stream(None));
    let mut numbers = Vec::new();
    while let Some(row) = futures_util::StreamExt::next(&mut stream).await {
        numbers.push(row.unwrap().cdk.as_str()[8..].parse::<u32>().unwrap());
    }
    assert_eq!(numbers, [0, 0, 1, 2]);
    assert_eq!(stream.unreadable().first()[0].number, 2);

    let summary = client.summarize(None).await.unwrap();
    assert_eq!(summary.total().traffic, Traffic(12));
    assert_eq!(summary.unreadable, 1);
    assert_eq!(server.requests(), [LIST, LIST, LIST]);
}

#[tokio::test]
async fn a_row_without_end_ends_the_list_after_1_mib_and_is_not_asked_for_again() {
    let (base_url, requests) = endless(",{\"x\":\"", Duration::MAX).await;
    let held = builder(&base_url).timeout(Duration::from_millis(200));
    let (numbers, error) = drain(held.build().unwrap().list_stream(None)).await;
    assert_eq!(numbers, [0]);
    assert!(error.unwrap().is_timeout());
    assert_eq!(requests.load(Ordering::SeqCst), 1);

    let flood = format!(
        r#"{{"code":200,"data":[{},{{"x":"{}"#,
        rows(1),
        "y".repeat(2 * 1024 * 1024)
    );
    let server = Server::start(vec![json(200, flood); 3]).await;
    let client = at_once(&server.base_url);
    let (numbers, error) = drain(client.list_stream(None)).await;
    assert_eq!(numbers, [0]);
    let why = "1048576 bytes of it brought no row";
    is_decode(&error.unwrap(), 200, why, Outcome::NotApplied);
    for error in [
        client.list(None).await.unwrap_err(),
        client.summarize(None).await.unwrap_err(),
    ] {
        is_decode(&error, 200, why, Outcome::NotApplied);
    }
    assert_eq!(server.requests(), [LIST, LIST, LIST]);
}

#[tokio::test]
async fn rows_that_cannot_be_read_are_progress_however_many_they_are() {
    let odd = rows(1).replace(":3,", ":\"much\",");
    let odd = vec![odd; 20_000].join(",");
    assert!(odd.len() > 2_000_000);
    let long = vec![long_row(); 20].join(",");
    let body = format!(
        r#"{{"code":200,"data":[{},{odd},{long},{}]}}"#,
        rows(1),
        rows(2)
    );
    let server = Server::start(vec![json(200, &body); 2]).await;
    let client = at_once(&server.base_url);
    let list = client.list(None).await.unwrap();
    assert_eq!((list.len(), list.unreadable().count()), (3, 20_020));
    let summary = client.summarize(None).await.unwrap();
    assert_eq!((summary.total().count, summary.unreadable), (3, 20_020));
}

#[tokio::test]
async fn a_list_of_rows_without_end_ends_after_the_most_rows_that_are_read() {
    let more = format!(",{}", rows(1)).repeat(100);
    let (base_url, requests) = endless(&more, Duration::ZERO).await;
    let client = client(&base_url);
    let why = "it has more than 1000 rows, so it is taken for endless; `max_list_rows` allows more";
    let (numbers, error) = drain(client.list_stream(None)).await;
    assert_eq!(numbers, [0; 1000]);
    is_decode(&error.unwrap(), 200, why, Outcome::NotApplied);
    assert_eq!(requests.load(Ordering::SeqCst), 1);
    for error in [
        client.summarize(None).await.unwrap_err(),
        client.list(None).await.unwrap_err(),
    ] {
        is_decode(&error, 200, why, Outcome::NotApplied);
    }
    assert_eq!(requests.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn rows_that_cannot_be_read_count_among_the_most_that_are_read() {
    let (base_url, _) = endless(&",7".repeat(100), Duration::ZERO).await;
    let (numbers, error) = drain(client(&base_url).list_stream(None)).await;
    assert_eq!(numbers, [0]);
    let why = "it has more than 1000 rows, so it is taken for endless; `max_list_rows` allows more";
    is_decode(&error.unwrap(), 200, why, Outcome::NotApplied);
}

#[tokio::test]
async fn as_many_rows_as_are_read_at_the_most_are_no_endless_list() {
    for (limit, whole) in [(1000, true), (999, false)] {
        let body = format!(r#"{{"code":200,"data":[{}]}}"#, rows(1000));
        let server = Server::start([json(200, body)]).await;
        let client = builder(&server.base_url).max_list_rows(limit);
        let summary = client.build().unwrap().summarize(None).await;
        assert_eq!(summary.is_ok(), whole, "{limit}");
    }
}

#[tokio::test]
async fn a_mebibyte_without_a_row_is_read_and_a_byte_more_is_not() {
    for (length, whole) in [(1_048_576, true), (1_048_577, false)] {
        let begin = r#"{"code":200,"data":["#;
        let blanks = " ".repeat(length - begin.len() - 2);
        let server = Server::start([json(200, format!("{begin}{blanks}]}}"))]).await;
        let client = builder(&server.base_url).build().unwrap();
        assert_eq!(client.summarize(None).await.is_ok(), whole, "{length}");
    }
}

#[tokio::test]
async fn a_list_of_rows_without_end_that_is_collected_ends_with_its_bytes() {
    let (base_url, requests) = endless(&format!(",{}", rows(1)), Duration::ZERO).await;
    let client = builder(&base_url).max_response_bytes(100_000);
    let error = client.build().unwrap().list(None).await.unwrap_err();
    let why = "it is longer than 100000 bytes; `list_stream` reads a list of any length";
    is_decode(&error, 200, why, Outcome::NotApplied);
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_list_of_rows_without_end_ends_after_the_time_for_all_of_them() {
    let why = |seconds| {
        format!(
            "it did not end within {seconds} s, so it is taken for endless; `list_timeout` allows more"
        )
    };
    // Slowly, and as fast as they are read.
    let row = format!(",{}", rows(1));
    let (slow, _) = endless(&row, Duration::from_millis(10)).await;
    let limited = |base_url: &str, limit| builder(base_url).list_timeout(limit).build().unwrap();
    let client = limited(&slow, Duration::from_millis(200));
    let (numbers, error) = drain(client.list_stream(None)).await;
    assert!(!numbers.is_empty());
    is_decode(&error.unwrap(), 200, &why("0.2"), Outcome::NotApplied);
    let error = client.summarize(None).await.unwrap_err();
    is_decode(&error, 200, &why("0.2"), Outcome::NotApplied);

    let (fast, requests) = endless(&row.repeat(100), Duration::ZERO).await;
    let client = limited(&fast, Duration::ZERO);
    let (numbers, error) = drain(client.list_stream(None)).await;
    assert!(!numbers.is_empty());
    is_decode(&error.unwrap(), 200, &why("0"), Outcome::NotApplied);
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn the_time_that_the_caller_takes_between_rows_does_not_count() {
    let body = format!(r#"{{"code":200,"data":[{}]}}"#, rows(3000));
    let server = Server::start([json(200, body)]).await;
    let client = builder(&server.base_url).list_timeout(Duration::from_millis(200));
    let mut stream = client.build().unwrap().list_stream(None);
    let mut count = 0;
    while let Some(row) = futures_util::StreamExt::next(&mut stream).await {
        row.unwrap();
        if count % 1000 == 0 {
            std::thread::sleep(Duration::from_millis(150)); // the caller is slow
        }
        count += 1;
    }
    assert_eq!(count, 3000);
}

#[tokio::test]
async fn a_calls_own_time_limit_ends_a_summary_whose_rows_do_not_end() {
    let more = format!(",{}", rows(1)).repeat(100);
    let (base_url, _) = endless(&more, Duration::ZERO).await;
    let client = builder(&base_url).build().unwrap();
    let options = CallOptions::new().timeout(Duration::from_millis(200));
    let error = client.with_options(options).summarize(None).await;
    let error = error.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
}

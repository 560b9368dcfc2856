//! Lists as streams: what is handed out, when, and what ends them.

use std::fmt::Write as _;
use std::time::Duration;

use futures_util::{Stream as _, StreamExt};
use thordata_cdk::{
    CdkStatus, Client, Error, ErrorCode, ListStream, Outcome, RetryPolicy, Timestamp, Traffic,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::replies::is_decode;
use crate::support::{Reply, Server, at_once, builder, json};

const LIST: &str = "GET /api/cdk/list";

/// Rows in the vendor's form, with the statuses 1, 2 and 3 in turn.
pub(crate) fn rows(count: usize) -> String {
    let mut rows = String::new();
    for number in 0..count {
        let comma = if number == 0 { "" } else { "," };
        let (status, time) = (number % 3 + 1, 1_748_332_399 + number);
        write!(
            rows,
            r#"{comma}{{"cdk":"uJQJFnyc{number:08}","create_time":{time},"status":{status},"traffic":3,"traffic_duration":7776000}}"#
        )
        .unwrap();
    }
    rows
}

fn list_of(count: usize) -> String {
    format!(r#"{{"code":200,"data":[{}],"msg":"success"}}"#, rows(count))
}

/// The numbers of the rows, and the error that ended them.
pub(crate) async fn drain(mut stream: ListStream) -> (Vec<usize>, Option<Error>) {
    let mut numbers = Vec::new();
    while let Some(item) = stream.next().await {
        match item {
            Ok(row) => numbers.push(row.cdk.as_str()[8..].parse().unwrap()),
            Err(error) => {
                assert!(stream.next().await.is_none(), "an error is the last item");
                return (numbers, Some(error));
            }
        }
    }
    (numbers, None)
}

fn patient(server: &Server) -> Client {
    at_once(&server.base_url)
}

#[tokio::test]
async fn a_stream_hands_out_the_rows_of_a_list_in_their_order() {
    for count in [0, 1, 2, 5000] {
        let server = Server::start(vec![json(200, list_of(count)); 2]).await;
        let client = patient(&server);
        let (numbers, error) = drain(client.list_stream(None)).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(numbers, (0..count).collect::<Vec<_>>());
        let list = client.list(None).await.unwrap();
        assert_eq!(list.len(), count);
        assert!(list.iter().all(|row| row.traffic == Traffic(3)));
    }
}

#[tokio::test]
async fn a_stream_asks_for_the_status_and_only_once_it_is_polled() {
    let server = Server::start([json(200, list_of(1))]).await;
    let client = patient(&server);
    drop(client.list_stream(None));
    let stream = client.list_stream(CdkStatus::Used);
    assert!(server.requests().is_empty());
    drain(stream).await;
    assert_eq!(server.requests(), ["GET /api/cdk/list?status=2"]);
}

/// Sends the head of a reply without end, then whatever it is given.
async fn reported() -> (String, mpsc::UnboundedSender<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, mut pieces) = mpsc::unbounded_channel::<String>();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        assert!(stream.read(&mut request).await.unwrap() > 0);
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        while let Some(piece) = pieces.recv().await {
            stream.write_all(piece.as_bytes()).await.unwrap();
        }
    });
    (base_url, tell)
}

#[tokio::test]
async fn a_row_is_handed_out_while_the_reply_goes_on() {
    let (base_url, tell) = reported().await;
    let client = builder(base_url).build().unwrap();
    let mut stream = client.list_stream(None);
    tell.send(format!(r#"{{"code":200,"data":[{}"#, rows(2)))
        .unwrap();
    assert_eq!(
        stream.next().await.unwrap().unwrap().status,
        CdkStatus::Unused
    );
    assert_eq!(
        stream.next().await.unwrap().unwrap().status,
        CdkStatus::Used
    );
    assert_eq!(stream.size_hint(), (0, None));
    tell.send("]}".into()).unwrap();
    drop(tell);
    assert!(stream.next().await.is_none());
    assert_eq!(stream.size_hint(), (0, Some(0)));
}

#[tokio::test]
async fn a_stream_is_sent_again_before_its_first_row() {
    for passing in [
        json(200, r#"{"code":10011,"data":[],"msg":"slow"}"#),
        json(503, "<h1>later</h1>"),
        json(200, r#"{"code":200,"data":[{"cdk":"#),
        json(200, r#"{"code":200,"data":[{"cdk":7}]}"#),
        Reply::Lose,
    ] {
        let server = Server::start([passing, json(200, list_of(3))]).await;
        let (numbers, error) = drain(patient(&server).list_stream(None)).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(numbers, [0, 1, 2]);
        assert_eq!(server.requests(), [LIST, LIST]);
    }
}

#[tokio::test]
async fn a_stream_that_breaks_off_after_a_row_ends_with_an_error_and_is_not_sent_again() {
    let body = list_of(2000);
    let mut broken =
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
    broken.extend_from_slice(&body.as_bytes()[..body.len() / 2]);
    let server = Server::start([Reply::Send(broken), json(200, &body)]).await;
    let client = patient(&server);
    let (numbers, error) = drain(client.list_stream(None)).await;
    assert_eq!(numbers, (0..numbers.len()).collect::<Vec<_>>());
    assert!((990..=1000).contains(&numbers.len()), "{}", numbers.len());
    let error = error.unwrap();
    assert_eq!(error.status(), Some(200));
    assert_eq!(
        error.to_string(),
        "the reply broke off; nothing was carried out"
    );
    assert_eq!(server.requests(), [LIST]);
}

#[tokio::test]
async fn a_row_whose_json_is_malformed_ends_the_stream_after_those_before_it() {
    let body = format!(
        r#"{{"code":200,"data":[{},{{"cdk":tru}}],"msg":"ok"}}"#,
        rows(3000)
    );
    let server = Server::start(vec![json(200, &body); 4]).await;
    let (numbers, error) = drain(patient(&server).list_stream(None)).await;
    assert_eq!(numbers.len(), 3000);
    let why = "expected ident, in row 3001 of `data`";
    is_decode(&error.unwrap(), 200, why, Outcome::NotApplied);
    assert_eq!(server.requests(), [LIST]);
}

#[tokio::test]
async fn a_failure_is_reported_before_any_row_if_its_code_comes_soon() {
    for (count, body) in [
        (
            0,
            format!(
                r#"{{"code":10013,"data":[{}],"msg":"sign error"}}"#,
                rows(5000)
            ),
        ),
        (0, r#"{"data":{},"msg":"sign error","code":10013}"#.into()),
        (
            0,
            format!(
                r#"{{"data":[{}],"msg":"sign error","code":10013}}"#,
                rows(1000)
            ),
        ),
        // Past 1,024 rows nothing is held back: the error comes after them.
        (
            5000,
            format!(
                r#"{{"data":[{}],"msg":"sign error","code":10013}}"#,
                rows(5000)
            ),
        ),
        (
            0,
            r#"{"data":[{"cdk":"a"},7,{}],"msg":"sign error","code":10013}"#.into(),
        ),
    ] {
        let server = Server::start(vec![json(200, &body); 2]).await;
        let client = patient(&server);
        let (numbers, error) = drain(client.list_stream(None)).await;
        assert_eq!(numbers.len(), count);
        for error in [error.unwrap(), client.list(None).await.unwrap_err()] {
            assert_eq!(error.api_code(), Some(ErrorCode::SignError), "{error:?}");
            assert_eq!(
                error.to_string(),
                "the service answered 10013 (sign error, the token is not accepted): sign error"
            );
        }
    }
}

#[tokio::test]
async fn the_limit_of_bytes_is_one_of_lists_and_not_of_streams() {
    let server = Server::start(vec![json(200, list_of(5000)); 2]).await;
    let client = builder(&server.base_url).max_response_bytes(100_000);
    let client = client.build().unwrap();
    let (numbers, error) = drain(client.list_stream(None)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(numbers.len(), 5000);
    let why = "it is longer than 100000 bytes; `list_stream` reads a list of any length";
    let error = client.list(None).await.unwrap_err();
    is_decode(&error, 200, why, Outcome::NotApplied);
}

#[tokio::test]
async fn a_stream_may_take_longer_than_the_time_limit_while_rows_keep_coming() {
    let (base_url, tell) = reported().await;
    let client = builder(base_url).timeout(Duration::from_secs(1));
    let mut stream = client.build().unwrap().list_stream(None);
    let row = rows(1);
    tell.send(format!(r#"{{"code":200,"data":[{row}"#)).unwrap();
    for _ in 0..5 {
        assert!(stream.next().await.unwrap().is_ok());
        tokio::time::sleep(Duration::from_millis(300)).await; // the service is slow
        tell.send(format!(",{row}")).unwrap();
    }
    tell.send("]}".into()).unwrap();
    drop(tell);
    assert!(stream.next().await.unwrap().is_ok());
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn silence_ends_a_stream_before_and_after_the_first_row() {
    for (sent, count) in [
        ("".into(), 0),
        (format!(r#"{{"code":200,"data":[{}"#, rows(7)), 7),
    ] {
        let (base_url, tell) = reported().await;
        let client = builder(base_url).timeout(Duration::from_millis(200));
        let client = client.retry(RetryPolicy::none()).build().unwrap();
        tell.send(sent).unwrap();
        let (numbers, error) = drain(client.list_stream(None)).await;
        assert_eq!(numbers.len(), count);
        let error = error.unwrap();
        assert!(error.is_timeout(), "{error:?}");
        assert_eq!(error.status(), Some(200));
        assert_eq!(
            error.to_string(),
            "the reply did not end in time; nothing was carried out"
        );
    }
}

#[tokio::test]
async fn a_summary_counts_adds_up_and_is_made_again_after_a_break() {
    let body = list_of(3001);
    let mut broken =
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
    broken.extend_from_slice(&body.as_bytes()[..body.len() / 2]);
    let server = Server::start([Reply::Send(broken), json(200, &body)]).await;
    let summary = patient(&server).summarize(None).await.unwrap();
    assert_eq!(server.requests(), [LIST, LIST]);
    assert_eq!(summary.unused.count, 1001);
    assert_eq!(summary.of(CdkStatus::Used).count, 1000);
    assert_eq!(summary.revoked.count, 1000);
    assert_eq!(summary.other.count, 0);
    assert_eq!(summary.unused.traffic, Traffic(3003));
    assert_eq!(summary.unused.oldest, Some(Timestamp(1_748_332_399)));
    assert_eq!(summary.unused.newest, Some(Timestamp(1_748_335_399)));
    assert_eq!(summary.total().count, 3001);
    assert_eq!(summary.total().traffic, Traffic(9003));
    assert_eq!(summary.total().newest, Some(Timestamp(1_748_335_399)));
}

#[tokio::test]
async fn an_absent_time_and_a_status_of_its_own_have_their_place_in_a_summary() {
    let body = r#"{"code":200,"data":[{"cdk":"a","create_time":0,"status":9,"traffic":4,"traffic_duration":1}]}"#;
    let server = Server::start([json(200, body)]).await;
    let summary = patient(&server).summarize(None).await.unwrap();
    assert_eq!(summary.other.count, 1);
    assert_eq!(summary.of(CdkStatus::Other(-3)).traffic, Traffic(4));
    assert_eq!(summary.other.oldest, None);
    assert_eq!(summary.total().newest, None);
}

/// Something arrives all the time, and never a row.
#[tokio::test]
async fn bytes_that_bring_no_row_end_a_stream() {
    let (base_url, tell) = reported().await;
    let client = builder(base_url)
        .timeout(Duration::from_millis(300))
        .retry(RetryPolicy::none());
    let mut stream = client.build().unwrap().list_stream(None);
    tell.send(format!(r#"{{"code":200,"data":[{}"#, rows(1)))
        .unwrap();
    assert!(stream.next().await.unwrap().is_ok());
    let drip = tokio::spawn(async move {
        while tell.send(" ".into()).is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await; // the service keeps the client waiting
        }
    });
    let error = stream.next().await.unwrap().unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert!(stream.next().await.is_none());
    drip.abort();

    let flood = format!(
        r#"{{"code":200,"data":[{}{}"#,
        rows(1),
        " ".repeat(2 * 1024 * 1024)
    );
    let server = Server::start([json(200, flood)]).await;
    let (numbers, error) = drain(patient(&server).list_stream(None)).await;
    assert_eq!(numbers, [0]);
    let why = "1048576 bytes of it brought no row";
    is_decode(&error.unwrap(), 200, why, Outcome::NotApplied);
}

//! Good bytes with odd ones around them: what was paid for is read.

use std::io::Write as _;

use futures_util::StreamExt as _;
use thordata_cdk::{Error, Outcome};

use super::is_decode;
use crate::support::{
    CREATED, ORDER, REVOKED, Reply, Server, at_once, builder, code, details, json, with_headers,
};

const ROWS: &str = r#"{"code":200,"data":[{"cdk":"a","create_time":1,"status":1,"traffic":1,"traffic_duration":1}],"msg":"ok"}"#;

fn gzipped(body: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(body.as_bytes()).unwrap();
    packed.finish().unwrap()
}

/// What each call makes of its success, put among other bytes.
async fn all_read(around: impl Fn(&str) -> Reply) -> Vec<Option<Error>> {
    let info = details(1);
    let bodies = [CREATED, ROWS, ROWS, ROWS, &info, REVOKED];
    let server = Server::start(bodies.map(around)).await;
    let client = builder(&server.base_url).build().unwrap();
    let created = client
        .create(ORDER)
        .await
        .map(|codes| assert_eq!(codes.len(), 2));
    let listed = client
        .list(None)
        .await
        .map(|list| assert_eq!(list.len(), 1));
    let streamed = client.list_stream(None).next().await.unwrap().map(drop);
    let counted = client
        .summarize(None)
        .await
        .map(|all| assert_eq!(all.unused.count, 1));
    let found = client
        .get(&code())
        .await
        .map(|found| assert_eq!(found.cdk, code()));
    let revoked = client.revoke(&code()).await;
    assert_eq!(server.requests().len(), 6);
    [created, listed, streamed, counted, found, revoked]
        .map(Result::err)
        .into()
}

#[tokio::test]
async fn marks_nuls_and_comments_around_a_reply_do_not_hide_it() {
    for (before, after) in [
        ("\u{feff}", ""),
        ("", "<!-- 0.1s -->"),
        ("", "\n<!-- page cache: {\"code\":500} -->\n"),
        ("", "\0"),
        ("\r\n", "\0\0\0 \n"),
        ("<!-- a -->\u{feff}", "<!-- b --><!-- c -->"),
    ] {
        let errors = all_read(|body| json(200, format!("{before}{body}{after}"))).await;
        assert!(
            errors.iter().all(Option::is_none),
            "{before:?} {after:?}: {errors:?}"
        );
    }
}

#[tokio::test]
async fn a_second_value_or_text_after_a_reply_leaves_it_unreadable() {
    for after in [
        "{}",
        "x",
        "<html></html>",
        "<!-- open",
        "\u{feff}{\"code\":500}",
        "]",
    ] {
        for error in all_read(|body| json(200, format!("{body}{after}")))
            .await
            .iter()
            .take(2)
        {
            assert!(
                matches!(error, Some(Error::Decode(_))),
                "{after}: {error:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_reply_that_was_compressed_unasked_is_read_whatever_its_headers_say() {
    for headers in [
        "content-encoding: gzip\r\ncontent-type: application/json\r\n",
        "content-type: application/json\r\n",
        "",
    ] {
        let errors = all_read(|body| with_headers(200, headers, gzipped(body))).await;
        assert!(errors.iter().all(Option::is_none), "{headers}: {errors:?}");
    }
    // Of two members, as a gateway writes that compresses each piece.
    let in_two = |body: &str| {
        let (first, second) = body.split_at(body.len() / 2);
        with_headers(200, "", [gzipped(first), gzipped(second)].concat())
    };
    let errors = all_read(in_two).await;
    assert!(errors.iter().all(Option::is_none), "{errors:?}");
}

/// Far more than the HTTP client reads at once.
#[tokio::test]
async fn a_long_compressed_list_is_read_piece_by_piece() {
    let mut seed = 1_u64;
    let rows: Vec<String> = (0..20_000)
        .map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            format!(r#"{{"cdk":"{seed:020}","create_time":1,"status":1,"traffic":1,"traffic_duration":1}}"#)
        })
        .collect();
    let packed = gzipped(&format!(
        r#"{{"code":200,"data":[{}],"msg":"ok"}}"#,
        rows.join(",")
    ));
    assert!(packed.len() > 150_000, "{}", packed.len());
    let server = Server::start([json(200, packed)]).await;
    let list = at_once(&server.base_url).list(None).await.unwrap();
    assert_eq!(list.len(), 20_000);
}

#[tokio::test]
async fn a_damaged_or_endless_compressed_reply_is_an_error_and_no_proof() {
    let damaged = "it is compressed by gzip, and damaged or cut off";
    let whole = gzipped(CREATED);
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0xff;
    for bytes in [flipped, whole[..whole.len() - 9].to_vec(), vec![0x1f]] {
        for status in [200, 400] {
            let server = Server::start([with_headers(status, "", &bytes)]).await;
            let client = builder(&server.base_url).build().unwrap();
            let error = client.create(ORDER).await.unwrap_err();
            is_decode(&error, status, damaged, Outcome::Unknown);
        }
    }
    // 64 KiB that unpack to 64 MiB.
    let bomb = gzipped(&" ".repeat(64 * 1024 * 1024));
    let server = Server::start([json(200, &bomb), json(200, &bomb)]).await;
    let client = builder(&server.base_url).max_response_bytes(1_000_000);
    let client = client.build().unwrap();
    let error = client.create(ORDER).await.unwrap_err();
    is_decode(
        &error,
        200,
        "it is longer than 1000000 bytes",
        Outcome::Unknown,
    );
    let error = client.list_stream(None).next().await.unwrap().unwrap_err();
    let why = "1048576 bytes of it brought no row";
    is_decode(&error, 200, why, Outcome::NotApplied);
}

#[tokio::test]
async fn an_encoding_that_is_not_read_is_named_and_a_refusal_in_it_is_no_proof() {
    let headers = "content-encoding: br\r\ncontent-type: application/json\r\n";
    let server = Server::start([
        with_headers(200, headers, b"\x0b\x02\x80"),
        with_headers(400, headers, b"\x0b\x02\x80"),
    ])
    .await;
    let client = builder(&server.base_url).build().unwrap();
    let error = client.create(ORDER).await.unwrap_err();
    let why =
        "3 bytes (application/json) encoded as br, which was not asked for came instead of JSON";
    is_decode(&error, 200, why, Outcome::Unknown);
    let error = client.create(ORDER).await.unwrap_err();
    assert_eq!(
        (error.status(), error.outcome()),
        (Some(400), Outcome::Unknown)
    );
}

/// Whatever JSON allows in a text that a customer typed.
#[tokio::test]
async fn a_customers_name_cannot_spoil_a_reply() {
    for (typed, read) in [
        (r"\ud83d", "\u{fffd}"),
        (r"a\udc00b", "a\u{fffd}b"),
        (r"\ud83d\ude00", "😀"),
        (r"\u0000\u001b[2J", "\0\u{1b}[2J"),
        (r#"\"}]},\"code\":10008"#, "\"}]},\"code\":10008"),
        (r"\\ud83d", r"\ud83d"),
        ("<!-- -->\u{feff}", "<!-- -->\u{feff}"),
    ] {
        let body = format!(
            r#"{{"code":200,"data":{{"cdk":"nozzapqOWJOCcWIX","status":2,"create_time":1,"traffic":1,"traffic_duration":1,"use_username":"{typed}"}},"msg":"{typed}"}}"#
        );
        let server = Server::start([json(200, body)]).await;
        let client = builder(&server.base_url).build().unwrap();
        let details = client.get(&code()).await.unwrap();
        assert_eq!(details.use_username.as_deref(), Some(read));
    }
}

#[tokio::test]
async fn many_headers_lose_no_purchase_and_cost_a_read_one_more_request() {
    let headers: String = (0..500)
        .map(|number| format!("x-via-{number}: gateway\r\n"))
        .collect();
    let reply = |body: &str| with_headers(200, &headers, body);
    let server = Server::start([reply(CREATED)]).await;
    let client = builder(&server.base_url).build().unwrap();
    assert_eq!(client.create(ORDER).await.unwrap().len(), 2);

    let found = details(1);
    let server = Server::start([reply(&found), reply(&found), reply(ROWS), reply(REVOKED)]).await;
    let client = at_once(&server.base_url);
    assert_eq!(client.get(&code()).await.unwrap().cdk, code());
    assert_eq!(server.requests().len(), 2);
    assert_eq!(client.list(None).await.unwrap().len(), 1);
    client.revoke(&code()).await.unwrap();
    assert_eq!(server.requests().len(), 4);
}

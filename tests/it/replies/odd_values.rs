//! One odd value costs itself, and one odd row its row.

use futures_util::StreamExt as _;
use thordata_cdk::{CdkCode, CdkStatus, Error, Timestamp, Traffic, TrafficDuration};

use crate::support::{ORDER, Reply, Server, at_once, builder, code, json};

const GOOD: &str = r#"{"cdk":"good-1","create_time":1748332399,"status":1,"traffic":3,"traffic_duration":7776000}"#;

fn list_with(row: &str) -> Reply {
    let other = GOOD.replace("good-1", "good-2");
    json(
        200,
        format!(r#"{{"code":200,"data":[{GOOD},{row},{other}],"msg":"ok"}}"#),
    )
}

#[tokio::test]
async fn a_number_is_read_in_every_form_that_means_the_same() {
    for traffic in [
        "3",
        "3.0",
        "3e0",
        "30e-1",
        r#""3""#,
        r#""3.00""#,
        r#"" +3 ""#,
        r#""0.3e1""#,
        r#""03""#,
    ] {
        let row = GOOD.replace(r#""traffic":3,"#, &format!(r#""traffic":{traffic},"#));
        let server = Server::start([list_with(&row)]).await;
        let list = at_once(&server.base_url).list(None).await.unwrap();
        assert!(
            list.unreadable().is_empty(),
            "{traffic}: {}",
            list.unreadable()
        );
        assert_eq!(list.len(), 3);
        assert_eq!(list[1].traffic, Traffic(3));
    }
}

#[tokio::test]
async fn one_odd_row_costs_itself_and_is_named() {
    let row = |text: &str| {
        GOOD.replacen("\"good-1\"", "\"bad-1\"", 1)
            .replacen(":3,", text, 1)
    };
    for (row, code, status, why) in [
        (
            row(r#":"three","#),
            Some("bad-1"),
            Some(1),
            "a string holds no whole number",
        ),
        (
            row(":3.5,"),
            Some("bad-1"),
            Some(1),
            "a number is not whole",
        ),
        (
            row(":null,"),
            Some("bad-1"),
            Some(1),
            "invalid type: null, expected a whole number, or a string that holds one",
        ),
        (
            GOOD.replace("\"good-1\"", "7"),
            None,
            Some(1),
            "invalid type: integer, expected a voucher code",
        ),
        (
            r#"{"cdk":"bad-1"}"#.into(),
            Some("bad-1"),
            None,
            "missing field `create_time`",
        ),
        (
            "null".into(),
            None,
            None,
            "invalid type: null, expected an object",
        ),
        (
            r#"["bad-1",1,1,1,1]"#.into(),
            None,
            None,
            "invalid type: sequence, expected an object",
        ),
    ] {
        let server = Server::start(vec![list_with(&row); 3]).await;
        let client = at_once(&server.base_url);
        let list = client.list(None).await.unwrap();
        let good: Vec<&str> = list.iter().map(|cdk| cdk.cdk.as_str()).collect();
        assert_eq!(good, ["good-1", "good-2"], "{row}");
        let odd = list.unreadable();
        assert_eq!(odd.count(), 1);
        assert_eq!(odd.first()[0].number, 2);
        assert_eq!(
            odd.first()[0].code,
            code.map(|code| CdkCode::new(code).unwrap())
        );
        assert_eq!(odd.first()[0].status, status.map(CdkStatus::from));
        assert_eq!(odd.first()[0].reason, why);
        assert!(odd.check().is_err());

        let mut stream = client.list_stream(None);
        let mut rows = 0;
        while let Some(row) = stream.next().await {
            row.unwrap();
            rows += 1;
        }
        assert_eq!((rows, stream.unreadable()), (2, odd));
        let summary = client.summarize(None).await.unwrap();
        assert_eq!((summary.unused.count, summary.unreadable), (2, 1));
        assert_eq!(server.requests().len(), 3);
    }
}

#[tokio::test]
async fn the_message_about_an_odd_row_shows_no_value_of_it() {
    let row = GOOD
        .replacen(":3,", r#":"nozzapqOWJOCcWIX","#, 1)
        .replace("good-1", "uJQJFnycHOpSEw5N");
    let server = Server::start([list_with(&row)]).await;
    let list = at_once(&server.base_url).list(None).await.unwrap();
    let reported = list.unreadable().to_string();
    assert!(
        reported.starts_with("1 row of the list cannot be read, the first is row 2 ("),
        "{reported}"
    );
    assert!(
        reported.ends_with("): a string holds no whole number"),
        "{reported}"
    );
    assert!(
        !reported.contains("nozzapqOWJOCcWIX") && !reported.contains("uJQJFnycHOpSEw5N"),
        "{reported}"
    );
    assert!(!format!("{list:?}").contains("uJQJFnycHOpSEw5N"));
}

#[tokio::test]
async fn a_list_of_which_no_row_can_be_read_is_an_error_and_not_an_empty_list() {
    let body = r#"{"code":200,"data":[{"cdk":"a"},7],"msg":"ok"}"#;
    let server = Server::start(vec![json(200, body); 3]).await;
    let client = builder(&server.base_url).build().unwrap();
    for error in [
        client.list(None).await.unwrap_err(),
        client.list_stream(None).next().await.unwrap().unwrap_err(),
        client.summarize(None).await.unwrap_err(),
    ] {
        assert!(matches!(error, Error::Decode(_)), "{error:?}");
        assert!(
            error.to_string().contains("missing field `create_time`"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn an_optional_field_that_cannot_be_read_is_absent_and_the_voucher_arrives() {
    for (fields, username, time) in [
        (r#""use_username":["x"],"use_time":7"#, None, Some(7)),
        (r#""use_username":12345,"use_time":"soon""#, None, None),
        (r#""use_username":"ann","use_time":{}"#, Some("ann"), None),
        (
            r#""use_username":"ann","use_time":"7.00""#,
            Some("ann"),
            Some(7),
        ),
    ] {
        let body = format!(
            r#"{{"code":200,"data":{{"cdk":"nozzapqOWJOCcWIX","status":2,"create_time":1,"traffic":1,"traffic_duration":60,{fields}}},"msg":"ok"}}"#
        );
        let server = Server::start([json(200, body)]).await;
        let client = builder(&server.base_url).build().unwrap();
        let details = client.get(&code()).await.unwrap();
        assert_eq!(details.use_username.as_deref(), username, "{fields}");
        assert_eq!(details.use_time, time.map(Timestamp), "{fields}");
        assert_eq!(details.traffic_duration, TrafficDuration(60));
    }
}

#[tokio::test]
async fn codes_that_are_no_array_are_named_as_what_they_should_be() {
    let server = Server::start([json(200, r#"{"code":200,"data":{"cdk":7},"msg":"ok"}"#)]).await;
    let client = builder(&server.base_url).build().unwrap();
    let error = client.create(ORDER).await.unwrap_err();
    let text = format!("{error}: {:?}", std::error::Error::source(&error));
    assert!(
        text.contains("expected an array of voucher codes, or one"),
        "{text}"
    );
}

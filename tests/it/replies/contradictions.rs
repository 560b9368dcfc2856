//! Where the vendor's pages contradict themselves (the numbers are those of `docs/decisions.md`).

use thordata_cdk::{
    CdkDetails, CdkList, CdkStatus, Error, Outcome, Timestamp, Traffic, TrafficDuration,
};

use super::is_decode;
use crate::support::{Server, builder, code, json};

async fn get(data: &str) -> Result<CdkDetails, Error> {
    let data = data.replace(r#""cdk":"a""#, r#""cdk":"nozzapqOWJOCcWIX""#);
    let body = format!(r#"{{"code":200,"data":{data},"msg":"ok"}}"#);
    let server = Server::start([json(200, body)]).await;
    let client = builder(&server.base_url).build().unwrap();
    client.get(&code()).await
}

async fn list(data: &str) -> Result<CdkList, Error> {
    let body = format!(r#"{{"code":200,"data":{data},"msg":"ok"}}"#);
    let server = Server::start([json(200, body)]).await;
    let client = builder(&server.base_url).build().unwrap();
    client.list(None).await
}

/// 3. The details page types every number as string.
#[tokio::test]
async fn numbers_may_be_strings_or_whole_floats() {
    for (status, time, traffic, duration) in [
        ("2", "1748253271", "2", "7776000"),
        (r#""2""#, r#""1748253271""#, r#""2""#, r#""7776000""#),
        (r#"" 2 ""#, r#""1748253271""#, r#""+2""#, r#""7776000""#),
        ("2.0", "1748253271.0", "2e0", "7.776e6"),
        (r#""2.00""#, r#""1748253271.0""#, r#""02""#, r#""7.776e6""#),
    ] {
        let data = format!(
            r#"{{"cdk":"a","status":{status},"create_time":{time},"traffic":{traffic},"traffic_duration":{duration},"use_time":{time}}}"#
        );
        let details = get(&data).await.unwrap();
        assert_eq!(details.status, CdkStatus::Used);
        assert_eq!(details.create_time, Timestamp(1_748_253_271));
        assert_eq!(details.traffic, Traffic(2));
        assert_eq!(details.traffic_duration, TrafficDuration(7_776_000));
        assert_eq!(details.use_time, Some(Timestamp(1_748_253_271)));
    }
}

/// 3 and 6. Nothing is rounded or guessed.
#[tokio::test]
async fn a_number_that_is_not_whole_is_no_number() {
    for traffic in [
        "2.5",
        r#""2.5""#,
        r#""two""#,
        r#""2 GB""#,
        r#""""#,
        "1e300",
        "true",
        "null",
        "[2]",
    ] {
        let data = format!(
            r#"{{"cdk":"a","status":1,"create_time":1,"traffic":{traffic},"traffic_duration":1}}"#
        );
        let error = get(&data).await.unwrap_err();
        assert!(matches!(error, Error::Decode(_)), "{traffic}: {error:?}");
        assert_eq!(error.outcome(), Outcome::NotApplied);
    }
    let negative = r#"{"cdk":"a","status":1,"create_time":1,"traffic":1,"traffic_duration":-1}"#;
    let error = get(negative).await.unwrap_err().to_string();
    assert!(error.contains("a duration is negative"), "{error}");
}

/// 4. The list page types `data` as object and shows an array.
#[tokio::test]
async fn a_list_is_an_array_and_a_missing_one_is_empty() {
    assert_eq!(list("[]").await.unwrap(), []);
    assert_eq!(list("null").await.unwrap(), []);
    let server = Server::start([json(200, r#"{"code":200,"msg":"ok"}"#)]).await;
    let client = builder(&server.base_url).build().unwrap();
    assert_eq!(client.list(None).await.unwrap(), []);
    let error = list("{}").await.unwrap_err();
    is_decode(
        &error,
        200,
        "invalid type: map, expected a sequence at line 1 column 19",
        Outcome::NotApplied,
    );
}

/// 5. `use_username` and `use_time` are marked required, and shown on an unused voucher.
#[tokio::test]
async fn redemption_fields_may_be_missing_null_or_empty() {
    for fields in [
        "",
        r#","use_username":null,"use_time":null"#,
        r#","use_username":"","use_time":0"#,
        r#","use_username":"","use_time":"0""#,
        r#","use_username":"","use_time":"""#,
    ] {
        let data = format!(
            r#"{{"cdk":"a","status":2,"create_time":1,"traffic":1,"traffic_duration":1{fields}}}"#
        );
        let details = get(&data).await.unwrap();
        assert_eq!(details.redemption(), None, "{fields}");
        assert_eq!(details.status, CdkStatus::Used);
    }
}

#[tokio::test]
async fn half_a_redemption_is_given_as_it_is() {
    let start = r#"{"cdk":"a","status":1,"create_time":1,"traffic":1,"traffic_duration":1"#;
    for (fields, username, time) in [
        (r#""use_username":"ann","use_time":0"#, Some("ann"), None),
        (
            r#""use_username":"","use_time":7"#,
            None,
            Some(Timestamp(7)),
        ),
    ] {
        let details = get(&format!("{start},{fields}}}")).await.unwrap();
        let redemption = details.redemption().unwrap();
        assert_eq!(redemption.username, username);
        assert_eq!(redemption.time, time);
        assert_eq!(details.status, CdkStatus::Unused);
    }
}

#[tokio::test]
async fn an_unknown_status_leaves_the_list_readable() {
    let list = list(
        r#"[{"cdk":"a","status":0,"create_time":1,"traffic":1,"traffic_duration":1},
            {"cdk":"b","status":1,"create_time":1,"traffic":1,"traffic_duration":1},
            {"cdk":"c","status":"-4","create_time":1,"traffic":1,"traffic_duration":1}]"#,
    );
    let statuses: Vec<CdkStatus> = list.await.unwrap().iter().map(|cdk| cdk.status).collect();
    assert_eq!(
        statuses,
        [CdkStatus::Other(0), CdkStatus::Unused, CdkStatus::Other(-4)]
    );
    assert_eq!(statuses[2].to_string(), "status -4");
    assert_eq!(statuses[2].as_i64(), -4);
}

/// 8. One code is spelt with a capital I on one page and with a small l on another.
#[tokio::test]
async fn look_alike_codes_are_two_codes_and_nothing_is_folded() {
    let list = list(
        r#"[{"cdk":"nozzapqOWJOCcWIX","status":1,"create_time":1,"traffic":1,"traffic_duration":1},
            {"cdk":"nozzapqOWJOCcWlX","status":3,"create_time":1,"traffic":1,"traffic_duration":1},
            {"cdk":"NOZZAPQOWJOCCWIX","status":1,"create_time":1,"traffic":1,"traffic_duration":1}]"#,
    );
    let list = list.await.unwrap();
    assert_eq!(list[0].cdk.as_str(), "nozzapqOWJOCcWIX");
    assert_eq!(list[1].cdk.as_str(), "nozzapqOWJOCcWlX");
    assert_ne!(list[0].cdk, list[1].cdk);
    assert_ne!(list[0].cdk, list[2].cdk);
}

#[tokio::test]
async fn undocumented_fields_are_skipped() {
    let details = get(
        r#"{"id":9,"cdk":"a","status":1,"create_time":1,"traffic":1,"traffic_duration":1,"expires":null,"owner":{"deep":[1]}}"#,
    );
    assert_eq!(details.await.unwrap().cdk, code());
}

#[tokio::test]
async fn a_voucher_without_its_code_or_status_is_unreadable() {
    for (field, data) in [
        (
            "cdk",
            r#"{"status":1,"create_time":1,"traffic":1,"traffic_duration":1}"#,
        ),
        (
            "status",
            r#"{"cdk":"a","create_time":1,"traffic":1,"traffic_duration":1}"#,
        ),
    ] {
        let error = get(data).await.unwrap_err().to_string();
        let why = format!("missing field `{field}`");
        assert!(error.contains(&why), "{error}");
    }
}

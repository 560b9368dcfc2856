//! Every oddity of the envelope.

use thordata_cdk::{Error, ErrorCode, Outcome};

use super::{REFUSED, UNPROVEN, are_api, are_decode, is_decode};
use crate::support::{ORDER, Server, at_once, builder, code, errors, json};

#[tokio::test]
async fn a_failure_reads_alike_whatever_its_data_is() {
    for data in [
        "",
        r#""data":{},"#,
        r#""data":[],"#,
        r#""data":null,"#,
        r#""data":"","#,
        r#""data":0,"#,
        r#""data":[{"cdk":[[]]}],"#,
    ] {
        for body in [
            format!(r#"{{"code":10000,{data}"msg":"Parameter error"}}"#),
            format!(r#"{{{data}"msg":"Parameter error","code":10000}}"#),
        ] {
            let reported = errors(json(200, &body)).await;
            let code = ErrorCode::ParameterError;
            are_api(&reported, 200, code, "Parameter error", REFUSED);
        }
    }
}

#[tokio::test]
async fn a_success_reads_alike_in_every_order_of_its_fields() {
    let fields = [
        r#""code":200"#,
        r#""data":{"cdk":["a-1"]}"#,
        r#""msg":"ok""#,
    ];
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let body = format!("{{{}}}", order.map(|at| fields[at]).join(","));
        let server = Server::start([json(200, body)]).await;
        let client = builder(&server.base_url).build().unwrap();
        let codes = client.create(ORDER).await.unwrap();
        assert_eq!(codes[0].as_str(), "a-1");
        assert_eq!(codes.len(), 1);
    }
}

#[tokio::test]
async fn a_code_may_be_a_string_and_then_counts_as_a_number() {
    let reported = errors(json(200, r#"{"code":"10011","data":[],"msg":"slow"}"#)).await;
    are_api(&reported, 200, ErrorCode::TooFrequent, "slow", REFUSED);
    assert!(reported.iter().all(Error::is_rate_limited));

    for code in [r#""200""#, "200.0", r#"" 200""#] {
        let body = format!(r#"{{"code":{code},"data":{{"cdk":["a"]}}}}"#);
        let server = Server::start([json(200, body)]).await;
        let client = builder(&server.base_url).build().unwrap();
        assert_eq!(client.create(ORDER).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_code_that_is_no_number_makes_the_reply_unreadable() {
    for (code, why) in [
        (r#""ok""#, "a string holds no whole number"),
        (r#""""#, "a string holds no whole number"),
        ("true", "invalid type: boolean, expected a whole number"),
        ("{}", "invalid type: map, expected a whole number"),
        ("200.5", "a number is not whole"),
    ] {
        let reported = errors(json(200, format!(r#"{{"code":{code},"data":{{}}}}"#))).await;
        for (error, outcome) in reported.iter().zip(UNPROVEN) {
            assert!(matches!(error, Error::Decode(_)), "{error:?}");
            assert!(error.to_string().contains(why), "{error}");
            assert_eq!(error.outcome(), outcome);
        }
    }
}

#[tokio::test]
async fn the_message_is_the_first_of_five_names_that_holds_one() {
    let names = ["msg", "message", "error", "detail", "description"];
    for first in 0..names.len() {
        let mut fields: Vec<String> = names[first..]
            .iter()
            .map(|name| format!(r#""{name}":"from {name}""#))
            .collect();
        // In the order of precedence, and the other way round.
        for _ in 0..2 {
            let body = format!(r#"{{{},"code":10008}}"#, fields.join(","));
            let reported = errors(json(200, body)).await;
            let message = format!("from {}", names[first]);
            let code = ErrorCode::InsufficientBalance;
            are_api(&reported, 200, code, &message, REFUSED);
            fields.reverse();
        }
    }
}

#[tokio::test]
async fn of_a_name_that_comes_twice_the_first_message_counts() {
    let body = r#"{"code":10008,"data":{},"msg":"first","msg":"second"}"#;
    let code = ErrorCode::InsufficientBalance;
    are_api(&errors(json(200, body)).await, 200, code, "first", REFUSED);
}

#[tokio::test]
async fn a_message_that_is_empty_or_no_string_gives_way_to_the_next_name() {
    let code = ErrorCode::InsufficientBalance;
    for useless in [
        r#""""#,
        r#""  ""#,
        "null",
        "7",
        "{}",
        r#"["a"]"#,
        r#""\ud800""#,
    ] {
        let body = format!(r#"{{"code":10008,"msg":{useless},"error":"no money"}}"#);
        are_api(
            &errors(json(200, body)).await,
            200,
            code,
            "no money",
            REFUSED,
        );
    }
    let reported = errors(json(200, r#"{"code":10008}"#)).await;
    are_api(&reported, 200, code, "", REFUSED);
    assert_eq!(
        reported[0].to_string(),
        "the service answered 10008 (insufficient wallet balance)"
    );
}

#[tokio::test]
async fn undocumented_fields_are_skipped() {
    let body = r#"{"ret":0,"code":10005,"trace":{"id":[1,2,{"x":null}]},"msg":"few","time":1.5}"#;
    let reported = errors(json(200, body)).await;
    are_api(
        &reported,
        200,
        ErrorCode::InsufficientQuantity,
        "few",
        REFUSED,
    );
}

#[tokio::test]
async fn without_a_code_a_readable_data_is_a_success() {
    for body in [
        r#"{"data":{"cdk":["a"]},"msg":"ok"}"#,
        r#"{"code":null,"data":{"cdk":["a"]}}"#,
        r#"{"data":{"cdk":["a"]},"code":null}"#,
    ] {
        let server = Server::start([json(200, body)]).await;
        let client = builder(&server.base_url).build().unwrap();
        assert_eq!(client.create(ORDER).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_reply_with_neither_code_nor_data_says_nothing() {
    for body in ["{}", r#"{"msg":"hello"}"#, r#"{"code":null,"data":null}"#] {
        let reported = errors(json(200, body)).await;
        are_decode(&reported, 200, "neither `code` nor `data` is there");
    }
}

#[tokio::test]
async fn a_success_without_the_data_that_was_asked_for_is_no_success() {
    for body in [r#"{"code":200,"msg":"ok"}"#, r#"{"data":null,"code":200}"#] {
        let server = Server::start([json(200, body), json(200, body)]).await;
        let client = builder(&server.base_url).build().unwrap();
        let why = "it says success and carries no `data`";
        let error = client.create(ORDER).await.unwrap_err();
        is_decode(&error, 200, why, Outcome::Unknown);
        let error = client.get(&code()).await.unwrap_err();
        is_decode(&error, 200, why, Outcome::NotApplied);
    }
}

#[tokio::test]
async fn a_revocation_needs_no_data_and_takes_any() {
    for data in [
        "",
        r#","data":null"#,
        r#","data":[]"#,
        r#","data":"x""#,
        r#","data":[[{}]]"#,
    ] {
        let server = Server::start([json(200, format!(r#"{{"code":200{data}}}"#))]).await;
        at_once(&server.base_url).revoke(&code()).await.unwrap();
        assert_eq!(server.requests().len(), 1, "{data}");
    }
}

#[tokio::test]
async fn a_field_that_is_there_twice_is_unreadable() {
    let reported = errors(json(200, r#"{"code":10000,"code":200,"data":{}}"#)).await;
    are_decode(&reported, 200, "duplicate field `code` at line 1 column 20");
}

#[tokio::test]
async fn json_that_is_no_object_is_unreadable() {
    for (body, what) in [("[]", "sequence"), ("null", "null"), ("true", "boolean")] {
        let start =
            format!("invalid type: {what}, expected an envelope with code, data and msg at line 1");
        for error in &errors(json(200, body)).await {
            let Error::Decode(unread) = error else {
                panic!("{error:?}")
            };
            assert!(unread.reason.starts_with(&start), "{error}");
        }
    }
}

#[tokio::test]
async fn codes_that_cannot_be_any_leave_the_purchase_unknown() {
    let body = r#"{"code":200,"data":{"cdk":["worse code","bad code"]}}"#;
    let server = Server::start([json(200, body)]).await;
    let client = builder(&server.base_url).build().unwrap();
    let error = client.create(ORDER).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the reply (HTTP 200) cannot be read: the voucher code holds a space, a line break or another \
         character that is not visible ASCII at line 1 column 51; the request may have been carried out"
    );
    assert_eq!(error.outcome(), Outcome::Unknown);
}

/// "Balance too low" in GBK, as a server may write it.
const GBK: &[u8] = b"\xd3\xe0\xb6\xee\xb2\xbb\xd7\xe3";

#[tokio::test]
async fn a_message_that_is_not_utf8_hides_neither_the_vouchers_nor_the_code() {
    let around = |before: &str, after: &str| [before.as_bytes(), GBK, after.as_bytes()].concat();
    let created = around(r#"{"msg":""#, r#"","code":200,"data":{"cdk":["a-1"]}}"#);
    let server = Server::start([json(200, created)]).await;
    let client = builder(&server.base_url).build().unwrap();
    assert_eq!(client.create(ORDER).await.unwrap()[0].as_str(), "a-1");

    for status in [200, 400] {
        for error in errors(json(status, around(r#"{"msg":""#, r#"","code":10008}"#))).await {
            assert_eq!(error.api_code(), Some(ErrorCode::InsufficientBalance));
            assert!(error.is_insufficient_funds());
        }
    }
}

//! Replies that nobody promised: whatever arrives, the outcome is a value or a typed error.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde::de::DeserializeOwned;
use serde_json::Value;
use thordata_cdk::raw::types::CreatedCdks;
use thordata_cdk::{
    Cdk, CdkCode, CdkDetails, Client, Credentials, Envelope, Ignored, NewCdks, RetryPolicy, Traffic,
};

use crate::secrecy::echo;

/// The vendor's examples, as on its pages.
const VENDOR: [&str; 6] = [
    r#"{"code":200,"data":{"cdk":["nozzapqOWJOCcWIX","uJQJFnycHOpSEw5N"]},"msg":"success"}"#,
    r#"{"code":200,"data":[{"cdk":"uJQJFnycHOpSEw5N","create_time":1748332399,"status":3,"traffic":3,"traffic_duration":7776000}],"msg":"success"}"#,
    r#"{"code":200,"data":{"cdk":"LCoum2cHq1XSmTGi","create_time":"1748253271","status":"1","traffic":2,"traffic_duration":7776000,"use_username":"Thor123456","use_time":170000000},"msg":"success"}"#,
    r#"{"code":200,"data":{},"msg":"success"}"#,
    r#"{"code":10008,"data":[],"msg":"insufficient wallet balance"}"#,
    r#"{"ret":404,"code":1,"msg":"page not exists!","ret_data":""}"#,
];

/// A name that means something to the envelope or its payload, or another.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(vec![
            "code", "data", "msg", "message", "error", "cdk", "status", "create_time", "traffic",
            "traffic_duration", "use_time", "use_username",
        ])
        .prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec![0, 1, 3, 200, 10_000, 10_013]).prop_map(Value::from),
        prop::sample::select(vec![
            "200",
            " 200 ",
            "10013",
            "-1",
            "1e3",
            "",
            "nozzapqOWJOCcWIX"
        ])
        .prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ]
}

fn any_json() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// A body of the vendor's with a few bytes changed, removed or added.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<prop::sample::Index>(), any::<u8>(), 0..3_u8);
    (
        prop::sample::select(VENDOR.to_vec()),
        prop::collection::vec(edit, 0..4),
    )
        .prop_map(|(body, edits)| {
            let mut bytes = body.as_bytes().to_vec();
            for (place, byte, kind) in edits {
                let at = place.index(bytes.len());
                match kind {
                    0 => bytes[at] = byte,
                    1 => bytes.truncate(at.max(1)),
                    _ => bytes.insert(at, byte),
                }
            }
            bytes
        })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        1 => prop::collection::vec(any::<u8>(), 0..200),
        3 => any_json().prop_map(|json| json.to_string().into_bytes()),
        3 => mutated(),
    ]
}

fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<Envelope<T>, String> {
    let decoded: Result<Envelope<T>, _> = serde_json::from_slice(body);
    if let Ok(envelope) = &decoded {
        // A success says so in its code, or has a payload.
        let (success, code) = (envelope.is_success(), envelope.code());
        assert_eq!(
            success,
            code.map_or(envelope.data().is_some(), |code| code == 200)
        );
        assert!(success || envelope.data().is_none());
    }
    decoded.map_err(|error| error.to_string())
}

/// What an order of fields must not change; the words of an error may name a place.
fn outcome<T: DeserializeOwned>(body: &[u8]) -> Result<Envelope<T>, ()> {
    decode(body).map_err(|_| ())
}

fn same<T: DeserializeOwned + PartialEq + Debug>(orders: &[String]) -> Result<(), TestCaseError> {
    let first = outcome::<T>(orders[0].as_bytes());
    for order in orders {
        prop_assert_eq!(
            &outcome::<T>(order.as_bytes()),
            &first,
            "{} and {}",
            order,
            &orders[0]
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(Config { cases: 2_000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn any_body_decodes_to_a_value_or_an_error(body in body()) {
        let _ = decode::<CreatedCdks>(&body);
        let _ = decode::<Vec<Cdk>>(&body);
        let _ = decode::<CdkDetails>(&body);
        let _ = decode::<Ignored>(&body);
    }

    #[test]
    fn the_order_of_the_fields_changes_nothing(
        code in prop_oneof![Just(Value::from(200)), Just(Value::Null), scalar()],
        data in prop_oneof![
            prop::sample::select(VENDOR.to_vec())
                .prop_map(|body| serde_json::from_str::<Value>(body).unwrap()["data"].clone()),
            any_json(),
        ],
        msg in scalar(),
    ) {
        let fields = [format!(r#""code":{code}"#), format!(r#""data":{data}"#), format!(r#""msg":{msg}"#)];
        let orders: Vec<String> = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
            .map(|[a, b, c]| format!("{{{},{},{}}}", fields[a], fields[b], fields[c]))
            .into();
        same::<CreatedCdks>(&orders)?;
        same::<Vec<Cdk>>(&orders)?;
        same::<CdkDetails>(&orders)?;
        same::<Ignored>(&orders)?;
    }
}

#[test]
fn any_reply_ends_every_call_with_a_value_or_an_error() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let reply = Arc::new(Mutex::new(Vec::new()));
    let next = Arc::clone(&reply);
    let url = runtime.block_on(echo::serve(move |_| next.lock().unwrap().clone()));
    let client = Client::builder(Credentials::new("token", "key").unwrap())
        .base_url(url)
        .timeout(Duration::from_secs(20))
        .retry(RetryPolicy::none())
        .adaptive_rate_limit(false)
        .build()
        .unwrap();
    let status = prop_oneof![3 => Just(200_u16), 1 => 200..600_u16];
    // A head that fits, none at all, or one that promises more than comes.
    let head = prop::sample::select(vec![0_usize, 1, 2]);
    let config = Config {
        cases: 300,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let tested = runner.run(&(status, head, body()), |(status, head, body)| {
        let length = body.len() + head.saturating_sub(1);
        let mut bytes = match head {
            0 => Vec::new(),
            _ => format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
            )
            .into_bytes(),
        };
        bytes.extend_from_slice(&body);
        *reply.lock().unwrap() = bytes;
        let errors = runtime.block_on(all_calls(&client));
        prop_assert!(head == 1 || errors.iter().all(|&failed| failed));
        Ok(())
    });
    tested.unwrap();
}

/// Whether each call failed.
async fn all_calls(client: &Client) -> [bool; 4] {
    let order = NewCdks {
        traffic: Traffic(3),
        count: 2,
    };
    let code = CdkCode::new("nozzapqOWJOCcWIX").unwrap();
    [
        client.create(order).await.is_err(),
        client.list(None).await.is_err(),
        client.get(&code).await.is_err(),
        client.revoke(&code).await.is_err(),
    ]
}

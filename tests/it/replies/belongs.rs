//! A reply belongs to its request: the code that comes back, and as many as were ordered.

use futures_util::StreamExt as _;
use thordata_cdk::raw::types::{CreatedCdks, Redemption};
use thordata_cdk::{Cdk, CdkCode, CdkDetails, Created, Error, Outcome};

use super::is_decode;
use crate::support::{
    CREATED, ORDER, REVOKED, Reply, Server, at_once, builder, code, details, json,
};

const ANOTHER: &str = "it is about another voucher than the one that was asked for";

/// The details of another voucher, in the status with this number.
fn of_another(status: i64) -> String {
    details(status).replace("nozzapqOWJOCcWIX", "nozzapqOWJOCcWlX")
}

#[tokio::test]
async fn details_of_another_voucher_are_no_answer_and_are_asked_for_again() {
    let server = Server::start([json(200, of_another(1))]).await;
    let client = builder(&server.base_url).build().unwrap();
    let error = client.get(&code()).await.unwrap_err();
    is_decode(&error, 200, ANOTHER, Outcome::NotApplied);

    let server = Server::start([json(200, of_another(3)), json(200, details(1))]).await;
    let found = at_once(&server.base_url).get(&code()).await.unwrap();
    assert_eq!(found.cdk, code());
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_bulk_look_up_never_returns_the_details_of_another_voucher() {
    let server = Server::start([json(200, of_another(1))]).await;
    let client = builder(&server.base_url).build().unwrap();
    let (asked, found) = client.get_all([code()]).next().await.unwrap();
    assert_eq!(asked, code());
    is_decode(&found.unwrap_err(), 200, ANOTHER, Outcome::NotApplied);
}

#[tokio::test]
async fn a_revocation_in_doubt_is_not_believed_by_the_status_of_another_voucher() {
    let script = [
        json(504, ""),
        json(200, of_another(3)),
        json(200, of_another(3)),
    ];
    let again = [json(200, of_another(3)), json(200, of_another(3))];
    let server = Server::start(script.into_iter().chain(again)).await;
    let error = at_once(&server.base_url).revoke(&code()).await.unwrap_err();
    assert_eq!(error.status(), Some(504));
    assert_eq!(error.outcome(), Outcome::Unknown);
    let sent = server.requests();
    assert_eq!(sent[0], "POST /api/cdk/revoke cdk=nozzapqOWJOCcWIX");
    assert!(
        sent[1..]
            .iter()
            .all(|look| look == "GET /api/cdk/info?cdk=nozzapqOWJOCcWIX")
    );
    assert_eq!(sent.len(), 5);
}

#[tokio::test]
async fn a_revocation_in_doubt_needs_no_more_than_code_and_status() {
    let odd = r#"{"code":200,"data":{"cdk":"nozzapqOWJOCcWIX","status":"3","traffic":"much"},"msg":"ok"}"#;
    let server = Server::start([json(504, ""), json(200, odd)]).await;
    at_once(&server.base_url).revoke(&code()).await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_revocation_that_names_another_voucher_is_looked_up() {
    let other = r#"{"code":200,"data":{"cdk":"nozzapqOWJOCcWlX"},"msg":"ok"}"#;
    let server = Server::start([json(200, other)]).await;
    let client = builder(&server.base_url).build().unwrap();
    let error = client.revoke(&code()).await.unwrap_err();
    is_decode(&error, 200, ANOTHER, Outcome::Unknown);

    let server = Server::start([json(200, other), json(200, details(3))]).await;
    at_once(&server.base_url).revoke(&code()).await.unwrap();
    for data in [
        REVOKED.to_owned(),
        other.replace("WlX", "WIX"),
        other.replace("\"nozzapqOWJOCcWlX\"", "[7]"),
        other.replace(
            "\"nozzapqOWJOCcWlX\"",
            "[\"nozzapqOWJOCcWIX\"],\"status\":\"3\"",
        ),
        REVOKED.replace("{}", "[true,null,7,\" \"]"),
    ] {
        let server = Server::start([json(200, data)]).await;
        let client = builder(&server.base_url).build().unwrap();
        client.revoke(&code()).await.unwrap();
    }
}

/// Whatever form it names it in, and also if it says that nothing was revoked.
#[tokio::test]
async fn a_revocation_is_believed_only_if_nothing_in_its_reply_speaks_against_it() {
    const NOT_REVOKED: &str = "it says that the voucher is not revoked";
    for (data, why) in [
        (r#"{"cdk":["nozzapqOWJOCcWlX"]}"#, ANOTHER),
        (
            r#"{"cdk":["nozzapqOWJOCcWIX","nozzapqOWJOCcWlX"]}"#,
            ANOTHER,
        ),
        (r#""nozzapqOWJOCcWlX""#, ANOTHER),
        (r#"[{"cdk":"nozzapqOWJOCcWlX","status":3}]"#, ANOTHER),
        (r#"{"cdk":"nozzapqOWJOCcWIX","status":1}"#, NOT_REVOKED),
        (r#"{"status":"2"}"#, NOT_REVOKED),
        (
            r#"[{"cdk":"nozzapqOWJOCcWIX","status":1},{"status":3}]"#,
            NOT_REVOKED,
        ),
    ] {
        let reply = json(200, format!(r#"{{"code":200,"data":{data},"msg":"ok"}}"#));
        let server = Server::start([reply.clone()]).await;
        let client = builder(&server.base_url).build().unwrap();
        let error = client.revoke(&code()).await.unwrap_err();
        is_decode(&error, 200, why, Outcome::Unknown);
        let server = Server::start([reply, json(200, details(3))]).await;
        at_once(&server.base_url).revoke(&code()).await.unwrap();
        assert_eq!(server.requests().len(), 2, "{data}");
    }
}

async fn create(cdk: &str) -> Result<Created, Error> {
    let body = format!(r#"{{"code":200,"data":{{"cdk":{cdk}}},"msg":"ok"}}"#);
    let server = Server::start([json(200, body)]).await;
    let client = builder(&server.base_url).build().unwrap();
    client.create(ORDER).await
}

fn codes(codes: &[&str]) -> Vec<CdkCode> {
    codes
        .iter()
        .map(|code| CdkCode::new(code).unwrap())
        .collect()
}

#[tokio::test]
async fn a_purchase_says_in_its_type_whether_as_many_codes_came_as_were_ordered() {
    let ordered = create(r#"["a","b"]"#).await.unwrap();
    assert_eq!(ordered, Created::AsOrdered(codes(&["a", "b"])));
    for (cdk, expected, odd) in [
        (r#"["a"]"#, vec!["a"], 0),
        (r#""a""#, vec!["a"], 0),
        ("[]", vec![], 0),
        (r#"["a","b","c"]"#, vec!["a", "b", "c"], 0),
        (r#"["a","a"]"#, vec!["a", "a"], 0),
        (r#"["a","b","a"]"#, vec!["a", "b", "a"], 0),
        (
            r#"["a",null,"b c",7,["d"],{"cdk":"e"},"b"]"#,
            vec!["a", "b"],
            5,
        ),
    ] {
        let Created::OtherCount {
            codes: came,
            ordered,
            unreadable,
            ..
        } = create(cdk).await.unwrap()
        else {
            panic!("{cdk}")
        };
        assert_eq!(
            (came, ordered, unreadable),
            (codes(&expected), 2, odd),
            "{cdk}"
        );
    }
    for cdk in [
        "[7,8]",
        "null",
        "7",
        r#""""#,
        r#"[""]"#,
        r#"{"0":"a","1":"b"}"#,
    ] {
        let error = create(cdk).await.unwrap_err();
        assert!(matches!(error, Error::Decode(_)), "{cdk}: {error:?}");
        assert_eq!(error.outcome(), Outcome::Unknown);
    }
}

#[tokio::test]
async fn a_purchase_of_many_with_one_code_twice_is_not_as_ordered() {
    let mut named: Vec<String> = (0..100)
        .map(|number| format!("\"voucher-{number}\""))
        .collect();
    named[99] = named[7].clone();
    let body = format!(
        r#"{{"code":200,"data":{{"cdk":[{}]}},"msg":"ok"}}"#,
        named.join(",")
    );
    let server = Server::start([json(200, body)]).await;
    let client = builder(&server.base_url).build().unwrap();
    let order = thordata_cdk::NewCdks {
        count: 100,
        ..ORDER
    };
    let created = client.create(order).await.unwrap();
    assert!(matches!(created, Created::OtherCount { ordered: 100, .. }));
    assert_eq!(created.len(), 100);
}

const POSITIONS: [&str; 4] = [
    r#"{"code":200,"data":[["nozzapqOWJOCcWIX","uJQJFnycHOpSEw5N"]],"msg":"ok"}"#,
    r#"{"code":200,"data":[["nozzapqOWJOCcWIX",1748332399,3,3,7776000]],"msg":"ok"}"#,
    r#"{"code":200,"data":["nozzapqOWJOCcWIX",1748332399,3,3,7776000,0,""],"msg":"ok"}"#,
    r#"{"data":[["nozzapqOWJOCcWIX"]],"msg":"ok","code":200}"#,
];

/// serde's derived readers take an array for an object, by position.
#[tokio::test]
async fn an_array_is_no_object() {
    for body in POSITIONS {
        let server = Server::start(vec![json(200, body); 3]).await;
        let client = builder(&server.base_url).build().unwrap();
        for error in [
            client.create(ORDER).await.unwrap_err(),
            client.list(None).await.unwrap_err(),
            client.get(&code()).await.unwrap_err(),
        ] {
            assert!(matches!(error, Error::Decode(_)), "{body}: {error:?}");
        }
    }
    let server = Server::start([Reply::Lose, json(200, POSITIONS[2])]).await;
    let client = at_once(&server.base_url);
    assert_eq!(
        client.revoke(&code()).await.unwrap_err().outcome(),
        Outcome::Unknown
    );
}

#[test]
fn the_readers_of_raw_take_no_array_for_an_object_either() {
    let row = r#"["nozzapqOWJOCcWIX",1748332399,3,3,7776000]"#;
    let error = serde_json::from_str::<Cdk>(row).unwrap_err().to_string();
    assert_eq!(
        error,
        "invalid type: sequence, expected an object at line 1 column 1"
    );
    let details = r#"["nozzapqOWJOCcWIX",1,1,1,1,1,"x"]"#;
    assert!(serde_json::from_str::<CdkDetails>(details).is_err());
    assert!(serde_json::from_str::<CreatedCdks>(r#"[["nozzapqOWJOCcWIX"]]"#).is_err());
    assert!(serde_json::from_str::<Redemption>(r#"[1,"x"]"#).is_err());
    assert!(serde_json::from_str::<Cdk>(&row_as_object()).is_ok());
    let read: thordata_cdk::Envelope<CreatedCdks> = serde_json::from_str(CREATED).unwrap();
    assert_eq!(read.into_data().unwrap().cdk.len(), 2);
}

fn row_as_object() -> String {
    r#"{"cdk":"nozzapqOWJOCcWIX","create_time":1748332399,"status":3,"traffic":3,"traffic_duration":7776000}"#.into()
}

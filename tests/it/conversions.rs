//! Between the crate's types and those of the standard library and of serde.

use std::collections::{BTreeSet, HashMap};
use std::error::Error as StdError;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use thordata_cdk::{
    ApiError, CdkCode, CdkStatus, ConfigError, CursorError, DecodeError, Error, ErrorCode,
    InvalidInput, ListSummary, NewCdks, OutOfRange, StatusError, Timestamp, Traffic,
    TransportError,
};

use crate::support::{CODE, code, details, errors, json};

#[test]
fn a_code_is_made_of_text_and_gives_it_back() {
    assert_eq!(CdkCode::try_from(CODE), Ok(code()));
    assert_eq!(CdkCode::try_from("").unwrap_err().field(), "cdk");
    assert_eq!(String::from(code()), CODE);
}

#[test]
fn a_map_with_codes_as_keys_is_asked_by_text() {
    let map = HashMap::from([(code(), "A-17")]);
    assert_eq!(map.get(CODE), Some(&"A-17"));
    let set = BTreeSet::from([code()]);
    assert!(set.contains(CODE));
}

#[test]
fn a_moment_is_written_as_rfc_3339() {
    for (seconds, text) in [
        (1_748_332_399, "2025-05-27T07:53:19Z"),
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (4_107_542_399, "2100-02-28T23:59:59Z"),
        (253_402_300_799, "9999-12-31T23:59:59Z"),
        (253_402_300_800, "@253402300800"),
        (-62_135_596_800, "0001-01-01T00:00:00Z"),
        (i64::MIN, "@-9223372036854775808"),
    ] {
        assert_eq!(Timestamp(seconds).to_string(), text);
    }
    assert_eq!(format!("{:>22}", Timestamp(0)), "  1970-01-01T00:00:00Z");
}

#[test]
fn every_day_of_four_centuries_is_written_as_jiff_writes_it() {
    for day in 0..146_097_i64 {
        let seconds = -2_208_988_800 + day * 86_400 + 3_599;
        let expected = jiff::Timestamp::from_second(seconds).unwrap().to_string();
        assert_eq!(Timestamp(seconds).to_string(), expected);
    }
}

#[test]
fn a_timestamp_converts_to_the_systems_time_and_back() {
    let later = UNIX_EPOCH + Duration::new(1_748_332_399, 999_999_999);
    assert_eq!(Timestamp::from(later), Timestamp(1_748_332_399));
    let before = UNIX_EPOCH - Duration::from_millis(1);
    assert_eq!(Timestamp::from(before), Timestamp(-1));
    for seconds in [-86_400, 0, 1_748_332_399] {
        let system = SystemTime::try_from(Timestamp(seconds)).unwrap();
        assert_eq!(Timestamp::from(system), Timestamp::from(seconds));
    }
    assert_eq!(i64::from(Timestamp(7)), 7);
}

#[test]
fn traffic_is_read_from_text_and_summed_up() {
    assert_eq!("300".parse(), Ok(Traffic(300)));
    assert_eq!("3 GB".parse::<Traffic>().unwrap_err().field(), "traffic");
    assert_eq!(Traffic::from(3), Traffic(3));
    let amounts = [Traffic(3), Traffic(4)];
    assert_eq!(amounts.iter().sum::<Traffic>(), Traffic(7));
    let most = [Traffic(i64::MAX), Traffic(1)];
    assert_eq!(most.into_iter().sum::<Traffic>(), Traffic(i64::MAX));
}

#[test]
fn statuses_are_read_from_text_and_ordered_by_number() {
    for status in [
        CdkStatus::Unused,
        CdkStatus::Used,
        CdkStatus::Revoked,
        CdkStatus::Other(7),
    ] {
        assert_eq!(status.to_string().parse(), Ok(status));
        assert_eq!(status.as_i64().to_string().parse(), Ok(status));
    }
    assert_eq!("gone".parse::<CdkStatus>().unwrap_err().field(), "status");
    let mut all = [
        CdkStatus::Other(7),
        CdkStatus::Revoked,
        CdkStatus::Other(0),
        CdkStatus::Unused,
        CdkStatus::Other(1),
    ];
    all.sort();
    assert_eq!(
        all,
        [
            CdkStatus::Other(0),
            CdkStatus::Unused,
            CdkStatus::Other(1),
            CdkStatus::Revoked,
            CdkStatus::Other(7)
        ]
    );
}

#[test]
fn types_that_people_store_survive_serde() {
    let order = NewCdks {
        traffic: Traffic(3),
        count: 2,
    };
    let text = serde_json::to_string(&order).unwrap();
    assert_eq!(text, r#"{"traffic":3,"count":2}"#);
    assert_eq!(serde_json::from_str::<NewCdks>(&text).unwrap(), order);

    assert_eq!(
        serde_json::to_string(&ErrorCode::TooFrequent).unwrap(),
        "10011"
    );
    let codes: Vec<ErrorCode> = serde_json::from_str("[10011,7]").unwrap();
    assert_eq!(codes, [ErrorCode::TooFrequent, ErrorCode::Other(7)]);

    let row = thordata_cdk::Cdk::new(
        code(),
        Timestamp(5),
        CdkStatus::Used,
        Traffic(3),
        thordata_cdk::TrafficDuration(1),
    );
    let summary: ListSummary = [row].iter().collect();
    let text = serde_json::to_string(&summary).unwrap();
    let used = r#""used":{"count":1,"traffic":3,"oldest":5,"newest":5}"#;
    assert!(text.contains(used), "{text}");
    assert_eq!(serde_json::from_str::<ListSummary>(&text).unwrap(), summary);
    // One that an older release stored lacks what is new.
    assert_eq!(
        serde_json::from_str::<ListSummary>("{}").unwrap(),
        ListSummary::default()
    );
}

#[test]
fn every_error_type_is_an_error() {
    fn is_error<T: StdError + Send + Sync + 'static>() {}
    is_error::<Error>();
    is_error::<ApiError>();
    is_error::<ConfigError>();
    is_error::<CursorError>();
    is_error::<DecodeError>();
    is_error::<InvalidInput>();
    is_error::<OutOfRange>();
    is_error::<StatusError>();
    is_error::<TransportError>();
}

#[tokio::test]
async fn not_found_is_only_what_the_service_reports_as_such() {
    let failure = |code: i64| format!(r#"{{"code":{code},"data":null,"msg":"gone"}}"#);
    for (status, body, expected) in [
        (200, failure(404), true),
        (200, failure(10020), true),
        (404, failure(10000), true),
        (200, failure(10000), false),
        // A wrong base URL: nothing is known of the voucher.
        (404, "<h1>Not found</h1>".to_owned(), false),
        (500, details(1), false),
    ] {
        let [_, _, get, _] = errors(json(status, &body)).await;
        assert_eq!(get.is_not_found(), expected, "{status} {body}");
    }
}

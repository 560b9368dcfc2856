//! Arguments that the contract does not allow: nothing leaves.

use thordata_cdk::{CdkCode, Error, NewCdks, Outcome, Traffic};

use super::Wire;
use crate::support::{CREATED, builder};

async fn refused(traffic: i64, count: u32) -> Error {
    let wire = Wire::answering(200, CREATED).await;
    let client = builder(wire.base_url()).build().unwrap();
    let order = NewCdks {
        traffic: Traffic(traffic),
        count,
    };
    let error = client.create(order).await.unwrap_err();
    assert_eq!(wire.seen(), [""; 0], "something was sent");
    assert_eq!(error.outcome(), Outcome::NotApplied);
    assert_eq!(error.status(), None);
    error
}

#[tokio::test]
async fn a_count_out_of_range_is_refused_by_the_name_num() {
    for count in [0, 2_147_483_648, u32::MAX] {
        let error = refused(3, count).await;
        let Error::InvalidInput(input) = &error else {
            panic!("{error:?}")
        };
        assert_eq!(input.field(), "num");
        assert_eq!(
            error.to_string(),
            format!(
                "invalid `num`: the count must be 1 to 2147483647, not {count} (nothing was sent)"
            )
        );
    }
}

#[tokio::test]
async fn traffic_below_one_is_refused_by_the_name_flow() {
    for traffic in [0, -1, i64::MIN] {
        let error = refused(traffic, 2).await;
        let Error::InvalidInput(input) = &error else {
            panic!("{error:?}")
        };
        assert_eq!(input.field(), "flow");
        assert_eq!(
            error.to_string(),
            format!("invalid `flow`: traffic must be at least 1, not {traffic} (nothing was sent)")
        );
    }
}

#[test]
fn a_code_that_cannot_be_one_is_refused_by_the_name_cdk_and_not_shown() {
    let long = "x".repeat(257);
    for (code, why) in [
        ("", "is empty"),
        (long.as_str(), "is longer than 256 characters"),
        ("nozzapq OWJOC", "holds a space"),
        ("nozzapqOWJOCcWIX\n", "holds a space, a line break"),
        ("nozzapqOWJOCcWIX\0", "not visible ASCII"),
        ("nozzapqОWJOCcWIX", "not visible ASCII"), // a Cyrillic O
    ] {
        let error = CdkCode::new(code).unwrap_err();
        assert_eq!(error.field(), "cdk");
        assert!(error.to_string().contains(why), "{error}");
        assert!(!error.to_string().contains("nozz"), "{error}");
    }
    assert!(CdkCode::new("x".repeat(256)).is_ok());
}

#[test]
fn parsing_and_converting_a_code_refuse_the_same() {
    assert_eq!("a b".parse::<CdkCode>().unwrap_err().field(), "cdk");
    let from_string = CdkCode::try_from(String::from("a b"));
    assert_eq!(from_string.unwrap_err().field(), "cdk");
    assert!(serde_json::from_str::<CdkCode>("\"a b\"").is_err());
}

//! Values of the client's types, built and matched as tests of a shop do it. A new optional field in the contract must
//! not break a line of this file: `just follow` compiles it, unchanged, against a client that has one more.

use thordata_cdk::{Cdk, CdkCode, CdkDetails, CdkStatus, Timestamp, Traffic, TrafficDuration};

fn code() -> CdkCode {
    "uJQJFnycHOpSEw5N".parse().unwrap()
}

fn redeemed_by(name: &str) -> CdkDetails {
    let mut details = CdkDetails::new(
        code(),
        Timestamp(1_748_332_399),
        CdkStatus::Used,
        Traffic(3),
        TrafficDuration(7_776_000),
    );
    details.use_username = Some(name.to_owned());
    details
}

/// Who redeemed it, as a page of the shop shows it.
fn label(details: &CdkDetails) -> String {
    let CdkDetails {
        cdk,
        status,
        use_username,
        ..
    } = details;
    match (status, use_username.as_deref()) {
        (CdkStatus::Used, Some(name)) => format!("{}: redeemed by {name}", cdk.masked()),
        _ => format!("{}: {status}", cdk.masked()),
    }
}

#[test]
fn details_are_built_and_matched() {
    let details = redeemed_by("Thor123456");
    assert_eq!(label(&details), "uJ…5N: redeemed by Thor123456");
    assert_eq!(details.redemption().unwrap().username, Some("Thor123456"));
}

#[test]
fn rows_are_built_and_matched() {
    let row = Cdk::new(
        code(),
        Timestamp(1_748_332_399),
        CdkStatus::Unused,
        Traffic(3),
        TrafficDuration(7_776_000),
    );
    let Cdk {
        status, traffic, ..
    } = &row;
    assert_eq!((*status, *traffic), (CdkStatus::Unused, Traffic(3)));
    let stored = serde_json::to_value(&row).unwrap();
    assert_eq!(serde_json::from_value::<Cdk>(stored).unwrap(), row);
}

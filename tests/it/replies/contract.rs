//! Every example of a reply in the contract, read with the public types.

use serde::de::DeserializeOwned;
use serde_json::Value;
use thordata_cdk::{Cdk, CdkDetails, Envelope, Ignored, raw::types::CreatedCdks};

use crate::generated::contract::Contract;

fn contract() -> Value {
    Contract::parse(thordata_cdk::OPENAPI).unwrap().root
}

/// The payload codes of the examples of one operation, each of which was read as `T`.
fn read<T: DeserializeOwned>(contract: &Value, operation: &str) -> Vec<i64> {
    let pointer = format!("/paths/{operation}/responses/200/content/application~1json/examples");
    let examples = contract.pointer(&pointer).unwrap().as_object().unwrap();
    let read = examples.iter().map(|(name, example)| {
        let value = &example["value"];
        let envelope: Envelope<T> = serde_json::from_str(&value.to_string())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let success = value["code"] == 200;
        assert_eq!(envelope.is_success(), success, "{name}");
        assert_eq!(envelope.data().is_some(), success, "{name}");
        assert_eq!(envelope.message(), value["msg"].as_str(), "{name}");
        envelope.code().unwrap()
    });
    let mut codes: Vec<i64> = read.collect();
    codes.sort_unstable();
    codes
}

/// The bodies of the vendor's pages, by operation.
const PAGES: [(&str, &str); 4] = [
    (
        "~1api~1cdk~1create/post",
        include_str!("../../fixtures/create.json"),
    ),
    (
        "~1api~1cdk~1list/get",
        include_str!("../../fixtures/list.json"),
    ),
    (
        "~1api~1cdk~1info/get",
        include_str!("../../fixtures/info.json"),
    ),
    (
        "~1api~1cdk~1revoke/post",
        include_str!("../../fixtures/revoke.json"),
    ),
];

#[test]
fn examples_that_claim_to_be_the_pages_are_the_pages_and_all_others_say_that_they_are_ours() {
    let contract = contract();
    for (operation, page) in PAGES {
        let pointer =
            format!("/paths/{operation}/responses/200/content/application~1json/examples");
        for (name, example) in contract.pointer(&pointer).unwrap().as_object().unwrap() {
            let summary = example["summary"].as_str().unwrap();
            if summary.starts_with("The example of the vendor's ") {
                let page: Value = serde_json::from_str(page).unwrap();
                assert_eq!(name, "success");
                assert_eq!(example["value"], page, "{operation}");
            } else {
                let ours =
                    summary.starts_with("Ours. ") || summary.starts_with("After the vendor's ");
                assert!(ours, "{operation} {name}: {summary}");
                assert_ne!(name, "success");
            }
        }
    }
}

#[test]
fn every_example_of_a_reply_is_read_as_what_it_says() {
    let contract = contract();
    let created = read::<CreatedCdks>(&contract, "~1api~1cdk~1create/post");
    assert_eq!(created, [200, 10008]);
    let listed = read::<Vec<Cdk>>(&contract, "~1api~1cdk~1list/get");
    assert_eq!(listed, [200, 200, 10011]);
    let details = read::<CdkDetails>(&contract, "~1api~1cdk~1info/get");
    assert_eq!(details, [200, 200, 10013]);
    let revoked = read::<Ignored>(&contract, "~1api~1cdk~1revoke/post");
    assert_eq!(revoked, [200, 10000]);
}

fn example<T: DeserializeOwned>(contract: &Value, schema: &str) -> T {
    let example = contract["components"]["schemas"][schema]["example"].to_string();
    serde_json::from_str(&example).unwrap()
}

#[test]
fn every_example_of_a_reply_schema_is_read_with_its_type() {
    let contract = contract();
    assert_eq!(
        example::<CreatedCdks>(&contract, "CreatedCdks").cdk.len(),
        2
    );
    let listed: Cdk = example(&contract, "Cdk");
    assert_eq!(listed.cdk.as_str(), "uJQJFnycHOpSEw5N");
    let details: CdkDetails = example(&contract, "CdkDetails");
    assert_eq!(details.use_username.as_deref(), Some("Thor123456"));

    let created: Envelope<CreatedCdks> = example(&contract, "CreateCdksSuccess");
    assert_eq!(created.into_data().unwrap().cdk.len(), 2);
    let listed: Envelope<Vec<Cdk>> = example(&contract, "ListCdksSuccess");
    assert_eq!(listed.into_data().unwrap(), []);
    let details: Envelope<CdkDetails> = example(&contract, "GetCdkSuccess");
    let details = details.into_data().unwrap();
    assert_eq!(details.cdk.as_str(), "LCoum2cHq1XSmTGi");
    let revoked: Envelope<Ignored> = example(&contract, "RevokeCdkSuccess");
    assert!(revoked.is_success());
    let failure: Envelope<Ignored> = example(&contract, "VendorFailure");
    assert!(!failure.is_success());
}

#[test]
fn the_examples_of_failing_statuses_are_failures() {
    let contract = contract();
    for (response, code) in [("ClientFailure", 429), ("ServerFailure", 502)] {
        let content = &contract["components"]["responses"][response]["content"];
        let example = content["application/json"]["example"].to_string();
        let envelope: Envelope<Ignored> = serde_json::from_str(&example).unwrap();
        assert_eq!(envelope.code(), Some(code));
        assert!(!envelope.is_success());
    }
}

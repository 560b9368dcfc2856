//! Each way to break the contract, and the words in which the build stops.

use super::{edited, generated};

/// One operation, and every schema that the steps look for.
const SMALL: &str = include_str!("small.yaml");

fn told(contract: &str) -> String {
    generated(contract, false).expect_err("this contract should have been refused")
}

fn told_after(from: &str, to: &str) -> String {
    told(&edited(SMALL, from, to))
}

#[test]
fn the_contract_that_the_mistakes_are_made_in_is_a_good_one() {
    let client = generated(SMALL, false).unwrap();
    assert!(client.contains("pub async fn get_one"), "{client}");
}

#[test]
fn a_reference_that_leads_nowhere_is_named_with_its_line() {
    assert_eq!(told_after("schemas/OneSuccess'", "schemas/OneSucces'"), "");
    assert_eq!(told_after("'#/components/schemas/One'", "other.yaml"), "");
}

#[test]
fn broken_yaml_is_named_with_its_line() {
    assert_eq!(told_after("title: Small", "title: 'Small"), "");
    assert_eq!(told_after("  version:", "   version:"), "");
    assert_eq!(told(&format!("{SMALL}---\nopenapi: 3.0.3\n")), "");
    assert_eq!(told(""), "");
}

#[test]
fn a_key_that_stands_twice_is_named_with_its_line() {
    assert_eq!(told_after("  title: Small\n", "  title: Small\n  title: Big\n"), "");
}

#[test]
fn yaml_beyond_json_is_named_with_its_line() {
    assert_eq!(told_after("title: Small", "title: &x Small\n  y: *x"), "");
    assert_eq!(told_after("title: Small", "title: .nan"), "");
    assert_eq!(told_after("title: Small", "title: Small\n  true: 1"), "");
    assert_eq!(told_after("title: Small", "title: Small\n  ? [a]\n  : 1"), "");
}

#[test]
fn a_field_of_the_wrong_kind_is_named_with_its_line() {
    assert_eq!(told_after("in: query", "in: nowhere"), "");
    assert_eq!(told_after("required: true", "required: perhaps"), "");
}

#[test]
fn a_reply_that_is_no_envelope_says_what_an_envelope_is() {
    assert_eq!(told_after("anyOf:", "oneOf:"), "");
    assert_eq!(told_after("        msg:\n          type: string\n    VendorFailure", "    VendorFailure"), "");
    assert_eq!(told_after("                  - $ref: '#/components/schemas/VendorFailure'", "                  - $ref: '#/components/schemas/OneSuccess'"), "");
}

#[test]
fn data_of_an_unnamed_object_type_asks_for_a_name() {
    assert_eq!(told_after("$ref: '#/components/schemas/One'", "type: object"), "");
}

#[test]
fn an_operation_without_a_name_asks_for_one() {
    assert_eq!(told_after("      operationId: getOne\n", ""), "");
}

#[test]
fn a_leaf_schema_that_has_gone_is_named() {
    let contract = edited(SMALL, "    Timestamp:\n      type: integer\n", "");
    let contract = edited(&contract, "'#/components/schemas/Timestamp'", "'#/components/schemas/Traffic'");
    assert_eq!(told(&contract), "");
}

#[test]
fn a_step_that_finds_nothing_to_drop_asks_to_be_removed() {
    assert_eq!(told_after("        4XX:\n          description: Refused.\n", ""), "");
    let used = "VendorFailure:\n";
    let _ = used;
}

#[test]
fn missing_parts_are_asked_for() {
    assert_eq!(told_after("'200':", "'201':"), "");
    assert_eq!(told("openapi: 3.0.3\n"), "");
    assert_eq!(told("openapi: 3.0.3\npaths: {}\n"), "");
}

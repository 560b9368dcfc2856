//! The feature `schemars`.

use serde_json::{Value, json};
use thordata_cdk::{Cdk, CdkDetails};

fn properties(schema: &Value) -> Vec<&str> {
    let properties = schema["properties"].as_object().unwrap();
    let mut names: Vec<&str> = properties.keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[test]
fn the_schema_of_a_listed_voucher_names_its_five_properties() {
    let schema = schemars::schema_for!(Cdk).to_value();
    let five = [
        "cdk",
        "create_time",
        "status",
        "traffic",
        "traffic_duration",
    ];
    assert_eq!(properties(&schema), five);
    assert_eq!(schema["required"], json!(five));
    assert_eq!(schema["properties"]["cdk"]["$ref"], "#/$defs/CdkCode");
    assert_eq!(
        schema["$defs"]["CdkCode"],
        json!({"type": "string", "minLength": 1, "maxLength": 256, "pattern": "^[\\x21-\\x7E]+$"})
    );
}

#[test]
fn the_schema_of_details_adds_the_redemption_and_does_not_require_it() {
    let schema = schemars::schema_for!(CdkDetails).to_value();
    let seven = [
        "cdk",
        "create_time",
        "status",
        "traffic",
        "traffic_duration",
        "use_time",
        "use_username",
    ];
    assert_eq!(properties(&schema), seven);
    assert_eq!(schema["required"], json!(seven[..5]));
}

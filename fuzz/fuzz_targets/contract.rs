#![no_main]
#![allow(dead_code)]

// The command is a program without a library: its files are named by their path.
#[path = "../../cli/src/redact.rs"]
mod redact;
#[path = "../../cli/src/doctor"]
mod doctor {
    pub(crate) mod contract;
    pub(crate) mod schema_diff;
}

use std::sync::LazyLock;

use doctor::contract::Contract;
use doctor::schema_diff::{Differences, compare};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::load().unwrap());

// Any reply against the contract, as `doctor --contract` compares them.
fuzz_target!(|body: &[u8]| {
    let Ok(live) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    let schemas = [
        "CreateCdksSuccess",
        "ListCdksSuccess",
        "GetCdkSuccess",
        "RevokeCdkSuccess",
        "VendorFailure",
    ];
    for name in schemas {
        let schema = CONTRACT.schema(name).unwrap();
        let mut found = Differences::default();
        compare(&CONTRACT, schema, &live, "reply", &mut found);
        let lines = found.lines();
        assert_eq!(lines.is_empty(), found.is_empty());
        let mut values = Vec::new();
        strings(&live, &mut values);
        for value in values {
            assert!(
                lines.iter().all(|line| !line.contains(value)),
                "a value is shown"
            );
        }
    }
});

/// Values that no name of the contract and no word of a message holds.
fn strings<'a>(live: &'a Value, found: &mut Vec<&'a str>) {
    match live {
        Value::String(text)
            if text.len() >= 16 && !text.contains(|letter: char| !letter.is_ascii_digit()) =>
        {
            found.push(text);
        }
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| strings(field, found)),
        _ => {}
    }
}

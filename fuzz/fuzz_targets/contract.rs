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
        let (mut values, mut names) = (Vec::new(), Vec::new());
        strings(&live, &mut values, &mut names);
        for value in values {
            // The names of fields are shown, and one may hold the same.
            let shown = lines.iter().any(|line| line.contains(value));
            let is_name = names.iter().any(|name| name.contains(value));
            assert!(!shown || is_name, "a value is shown");
        }
    }
});

/// Values that no word of a message holds, and the names of fields.
fn strings<'a>(live: &'a Value, values: &mut Vec<&'a str>, names: &mut Vec<&'a str>) {
    match live {
        Value::String(text)
            if text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            values.push(text);
        }
        Value::Array(items) => items.iter().for_each(|item| strings(item, values, names)),
        Value::Object(fields) => {
            for (name, field) in fields {
                names.push(name);
                strings(field, values, names);
            }
        }
        _ => {}
    }
}

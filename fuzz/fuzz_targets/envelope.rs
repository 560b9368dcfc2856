#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use thordata_cdk::{Envelope, Ignored};

// The envelope against a reading of the same text by `serde_json::Value`.
fuzz_target!(|body: &[u8]| {
    let Ok(envelope) = serde_json::from_slice::<Envelope<Ignored>>(body) else {
        return;
    };
    let whole: Value = serde_json::from_slice(body).unwrap_or_default();
    let Value::Object(fields) = whole else {
        return; // a number beyond its range, which an envelope passes over
    };
    assert_eq!(envelope.code(), code(fields.get("code")));
    let names = ["msg", "message", "error", "detail", "description"];
    if let Some(message) = envelope.message() {
        assert!(!message.trim().is_empty());
    } else {
        let text = |name| fields.get(name).and_then(Value::as_str);
        assert!(
            names
                .into_iter()
                .filter_map(text)
                .all(|text| text.trim().is_empty())
        );
    }
    let has_data = fields.get("data").is_some_and(|data| !data.is_null());
    let success = envelope.code().map_or(has_data, |code| code == 200);
    assert_eq!(envelope.is_success(), success);
    assert_eq!(envelope.data().is_some(), success && has_data);
});

fn code(value: Option<&Value>) -> Option<i64> {
    match value? {
        Value::Null => None,
        Value::Number(number) => {
            let float = number.as_f64().filter(|float| float.fract() == 0.0);
            number.as_i64().or(float.map(|float| float as i64))
        }
        Value::String(text) => text.trim().parse().ok(),
        other => panic!("{other} was taken for a code"),
    }
}

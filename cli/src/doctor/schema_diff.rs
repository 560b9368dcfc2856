//! Where a live reply differs from the contract. Says where and what kind, never the value.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use thordata_cdk::CdkCode;

use crate::doctor::contract::Contract;

/// Differences, and how often each was seen.
#[derive(Debug, Default)]
pub(crate) struct Differences(BTreeMap<String, usize>);

impl Differences {
    pub(crate) fn note(&mut self, what: String) {
        let seen = self.0.entry(what).or_default();
        *seen = seen.saturating_add(1);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        let line = |(what, seen): (&String, &usize)| match seen {
            1 => what.clone(),
            seen => format!("{what} ({seen} times)"),
        };
        self.0.iter().map(line).collect()
    }
}

/// Compares a value with a schema, whatever schemas it refers to.
pub(crate) fn compare(
    contract: &Contract,
    schema: &Value,
    live: &Value,
    place: &str,
    found: &mut Differences,
) {
    let schema = contract.resolved(schema);
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        return compare_all_of(contract, parts, live, place, found);
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("object") => {
            compare_all_of(contract, std::slice::from_ref(schema), live, place, found)
        }
        Some("array") => match (live.as_array(), schema.get("items")) {
            (Some(live), Some(items)) => {
                let place = format!("{place}[]");
                live.iter()
                    .for_each(|item| compare(contract, items, item, &place, found));
            }
            (None, _) => found.note(other_type(place, "array", live)),
            (Some(_), None) => {}
        },
        Some("integer") if !live.is_i64() && !live.is_u64() => {
            found.note(other_type(place, "integer", live));
        }
        Some("integer") => compare_number(contract, schema, live, place, found),
        Some("string") => match live.as_str() {
            None => found.note(other_type(place, "string", live)),
            Some(text) if place.ends_with(".cdk") => {
                if CdkCode::new(text).is_err() {
                    found.note(format!(
                        "{place}: not a run of 1 to 256 visible ASCII characters"
                    ));
                }
            }
            Some(_) => {}
        },
        _ => {}
    }
}

fn compare_number(
    contract: &Contract,
    schema: &Value,
    live: &Value,
    place: &str,
    found: &mut Differences,
) {
    let Some(number) = live.as_i64() else { return };
    // The contract leaves the status of a reply open; the filter lists what is documented.
    if place.ends_with(".status") && !contract.statuses().contains(&number) {
        found.note(format!("{place}: status {number} is not documented"));
    }
    let listed = schema.get("enum").and_then(Value::as_array);
    if listed.is_some_and(|listed| !listed.contains(live)) {
        found.note(format!("{place}: {number} is not among the listed values"));
    }
    if schema
        .get("minimum")
        .and_then(Value::as_i64)
        .is_some_and(|least| number < least)
    {
        found.note(format!("{place}: {number} is below the minimum"));
    }
}

/// An object whose schema is spread over several parts; a single scalar part is compared as it is.
fn compare_all_of(
    contract: &Contract,
    parts: &[Value],
    live: &Value,
    place: &str,
    found: &mut Differences,
) {
    let parts: Vec<&Value> = parts.iter().collect();
    if let [only] = parts.as_slice()
        && contract.resolved(only).get("properties").is_none()
    {
        return compare(contract, only, live, place, found);
    }
    let Some(live) = live.as_object() else {
        found.note(other_type(place, "object", live));
        return;
    };
    let mut properties = BTreeMap::new();
    let mut required = BTreeSet::new();
    for part in parts {
        let part = contract.resolved(part);
        properties.extend(
            part.get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten(),
        );
        let names = part
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        required.extend(names.filter_map(Value::as_str));
    }
    for name in required {
        if !live.contains_key(name) {
            found.note(format!("{place}.{name}: required, and not there"));
        }
    }
    for (name, value) in live {
        match properties.get(name) {
            Some(schema) => compare(contract, schema, value, &format!("{place}.{name}"), found),
            None => {
                // Should a reply have codes as names of fields, they are not shown.
                let name = crate::redact::masked(name);
                found.note(format!(
                    "{place}.{name}: a field that the contract does not know"
                ));
            }
        }
    }
}

fn other_type(place: &str, wanted: &str, live: &Value) -> String {
    let is = match live {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    format!("{place}: the contract says {wanted}, the reply has {is}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn differences(schema: &str, live: &Value) -> Vec<String> {
        let contract = Contract::load().unwrap();
        let mut found = Differences::default();
        compare(
            &contract,
            contract.schema(schema).unwrap(),
            live,
            "reply",
            &mut found,
        );
        found.lines()
    }

    #[test]
    fn the_vendors_own_examples_fit() {
        for schema in ["ListCdksSuccess", "GetCdkSuccess", "VendorFailure"] {
            let contract = Contract::load().unwrap();
            let example = contract
                .schema(schema)
                .unwrap()
                .get("example")
                .unwrap()
                .clone();
            assert_eq!(differences(schema, &example), [""; 0], "{schema}");
        }
    }

    #[test]
    fn each_kind_of_difference_is_reported_without_values() {
        let live = json!({ "code": 200, "extra": 1, "data": [
            { "cdk": "nozzapqOWJOCcWIX", "create_time": "1748332399", "status": 7, "traffic": 3 },
            { "cdk": "bad code", "create_time": 1, "status": 7, "traffic": 3, "traffic_duration": -1,
              "vip": true },
        ]});
        assert_eq!(
            differences("ListCdksSuccess", &live),
            [
                "reply.data[].cdk: not a run of 1 to 256 visible ASCII characters",
                "reply.data[].create_time: the contract says integer, the reply has a string",
                "reply.data[].status: status 7 is not documented (2 times)",
                "reply.data[].traffic_duration: -1 is below the minimum",
                "reply.data[].traffic_duration: required, and not there",
                "reply.data[].vip: a field that the contract does not know",
                "reply.extra: a field that the contract does not know",
            ]
        );
        let typed = json!({ "code": 200, "data": {} });
        assert_eq!(
            differences("ListCdksSuccess", &typed),
            ["reply.data: the contract says array, the reply has an object"]
        );
    }
}

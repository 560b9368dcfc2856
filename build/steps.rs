//! The named steps that bend the contract into what progenitor can compile.
//!
//! Each step fails with an error when the contract lacks its target, so that a useless step is noticed and removed.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::contract::{Contract, Problem, step};

/// A schema that the generator replaces by a type of this crate.
#[derive(Debug, PartialEq)]
pub(crate) struct Replacement {
    pub(crate) schema: String,
    pub(crate) rust_type: String,
}

/// Leaf schemas, and the hand-written types that stand for them.
pub(crate) const LEAVES: &[(&str, &str)] = &[
    ("CdkCode", "::thordata_cdk::CdkCode"),
    ("CdkStatus", "::thordata_cdk::CdkStatus"),
    ("CdkStatusFilter", "::thordata_cdk::CdkStatus"),
    ("Timestamp", "::thordata_cdk::Timestamp"),
    ("Traffic", "::thordata_cdk::Traffic"),
    ("TrafficDuration", "::thordata_cdk::TrafficDuration"),
];

const METHODS: &[&str] = &[
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Applies every step, in order.
pub(crate) fn apply(contract: &mut Contract) -> Result<Vec<Replacement>, Problem> {
    // First, so that nothing refers to the schemas of failures when unused ones are dropped.
    keep_only_200(contract)?;
    let (mut replacements, data) = unwrap_envelopes(contract)?;
    drop_unreachable_schemas(contract, data)?;
    // Last, so that a leaf which nothing refers to any more is reported too.
    replacements.extend(replace_leaves(contract)?);
    Ok(replacements)
}

/// progenitor panics on a dangling `$ref`: find it first, with its line.
pub(crate) fn every_reference_leads_somewhere(contract: &Contract) -> Result<(), Problem> {
    let mut found = Vec::new();
    references(&contract.root, String::new(), &mut found);
    for (pointer, target) in found {
        let known = target
            .strip_prefix('#')
            .is_some_and(|t| contract.root.pointer(t).is_some());
        if !known {
            return Err(contract.problem(
                &pointer,
                format!("`$ref: {target}` leads nowhere"),
                "correct the name, or add what it names under `components`",
            ));
        }
    }
    Ok(())
}

/// progenitor gives a documented non-200 reply no status when its body is not the documented JSON.
/// Undocumented, it arrives with status, headers and body.
fn keep_only_200(contract: &mut Contract) -> Result<(), Problem> {
    let mut dropped = 0_usize;
    for operation in operations(contract)? {
        let pointer = format!("{}/responses", operation.pointer);
        let Some(Value::Object(responses)) = contract.root.pointer_mut(&pointer) else {
            return Err(contract.problem(
                &operation.pointer,
                format!("`{}` has no `responses`", operation.id),
                "describe its reply under `responses: '200'`",
            ));
        };
        let before = responses.len();
        responses.retain(|status, _| status == "200");
        dropped = dropped.saturating_add(before.saturating_sub(responses.len()));
        if responses.is_empty() {
            return Err(contract.problem(
                &pointer,
                format!("`{}` has no response '200'", operation.id),
                "describe its success under `responses: '200'`",
            ));
        }
    }
    if dropped == 0 {
        return Err(contract
            .problem(
                "/paths",
                "no operation documents another response than 200",
                "document 4XX and 5XX again",
            )
            .or_here("remove the step `keep_only_200` from build/steps.rs"));
    }
    Ok(())
}

/// A reply `anyOf: [<success>, <failure>]`, inline or by name, whose success has `code`, `data` and `msg`, becomes
/// `Envelope<type of data>`. Recognised by its shape, so that a new operation needs no change here.
///
/// Also returns the schemas of `data`, which only the replacements name from then on.
fn unwrap_envelopes(contract: &mut Contract) -> Result<(Vec<Replacement>, Vec<Value>), Problem> {
    let mut replacements = Vec::new();
    let mut payloads = Vec::new();
    for operation in operations(contract)? {
        let pointer = reply_pointer(&operation);
        let (data, payload) = envelope_data(contract, &pointer, &operation.id)?;
        let rust_type = format!("::thordata_cdk::Envelope<{data}>");
        payloads.push(payload);
        let schema = format!("{}Envelope", pascal(&operation.id));
        if let Some(reply) = contract.root.pointer_mut(&pointer) {
            *reply = json!({ "$ref": format!("#/components/schemas/{schema}") });
        }
        schemas_mut(contract)?.insert(schema.clone(), json!({ "type": "object" }));
        replacements.push(Replacement { schema, rust_type });
    }
    if replacements.is_empty() {
        return Err(contract.problem("/paths", "there are no operations", "describe one"));
    }
    Ok((replacements, payloads))
}

/// The Rust type of `data` in the success member of the reply at `pointer`, and its schema.
fn envelope_data(contract: &Contract, pointer: &str, id: &str) -> Result<(String, Value), Problem> {
    const FIX: &str = "model it like the others: `anyOf` with a success (`code`, `data`, `msg`) and VendorFailure";
    let problem = |what: String| contract.problem(pointer, what, FIX);
    let successes = successes(contract, pointer)
        .ok_or_else(|| problem(format!("the reply of `{id}` is no `anyOf`")))?;
    let [data] = &*successes else {
        return Err(problem(format!(
            "the reply of `{id}` has not exactly one success member"
        )));
    };
    let data = contract.root.pointer(data).unwrap_or(&Value::Null);
    let rust_type = rust_type_of(data).ok_or_else(|| {
        contract.problem(
            pointer,
            format!("the `data` of `{id}` is neither a `$ref`, an array of `$ref`, nor free-form"),
            "name its type under `components/schemas` and refer to it",
        )
    })?;
    Ok((rust_type, data.clone()))
}

/// Where the `data` of each success member of the reply at `pointer` is. `None` if it is no `anyOf`.
fn successes(contract: &Contract, pointer: &str) -> Option<Vec<String>> {
    let place = |schema: &Value, at: &str| match schema.get("$ref").and_then(Value::as_str) {
        Some(target) => target.trim_start_matches('#').to_owned(),
        None => at.to_owned(),
    };
    let reply = place(contract.root.pointer(pointer)?, pointer);
    let members = contract.root.pointer(&reply)?.get("anyOf")?.as_array()?;
    let data = members.iter().enumerate().filter_map(|(index, member)| {
        let member = place(member, &format!("{reply}/anyOf/{index}"));
        let properties = contract.root.pointer(&member)?.get("properties")?;
        properties.get("msg")?;
        let code = resolve(contract, properties.get("code")?)?;
        properties.get("data")?;
        // A success has one code. A failure has any, which tells the two apart.
        let one = code.get("enum")?.as_array()?.len() == 1;
        one.then(|| format!("{member}/properties/data"))
    });
    Some(data.collect())
}

/// Where the `data` of the one success of an operation is.
pub(crate) fn success_data(contract: &Contract, operation: &Operation) -> Option<String> {
    let successes = successes(contract, &reply_pointer(operation))?;
    <[String; 1]>::try_from(successes).ok().map(|[data]| data)
}

fn reply_pointer(operation: &Operation) -> String {
    format!(
        "{}/responses/200/content/application~1json/schema",
        operation.pointer
    )
}

pub(crate) fn rust_type_of(data: &Value) -> Option<String> {
    let named = |schema: &Value| {
        let name = schema
            .get("$ref")?
            .as_str()?
            .strip_prefix("#/components/schemas/")?;
        let leaf = LEAVES.iter().find(|(leaf, _)| *leaf == name);
        Some(leaf.map_or_else(
            || format!("::thordata_cdk::raw::types::{name}"),
            |(_, rust)| (*rust).to_owned(),
        ))
    };
    if let Some(name) = named(data) {
        return Some(name);
    }
    match data.get("type").and_then(Value::as_str) {
        Some("array") => Some(format!("::std::vec::Vec<{}>", named(data.get("items")?)?)),
        None if data.get("allOf").is_none() => Some("::thordata_cdk::Ignored".to_owned()),
        _ => None,
    }
}

/// What operations may refer to besides schemas, and the generator resolves. Ours does not; a user's own may.
const REFERRED_TO: [&str; 2] = ["parameters", "requestBodies"];

/// What only the envelope and the failures used would become dead public types.
fn drop_unreachable_schemas(contract: &mut Contract, data: Vec<Value>) -> Result<(), Problem> {
    let mut reached = BTreeSet::new();
    let mut queue = data;
    queue.extend(contract.root.get("paths").cloned());
    for kind in REFERRED_TO {
        let shared = contract.root.pointer(&format!("/components/{kind}"));
        queue.extend(shared.cloned());
    }
    let all = schemas_mut(contract)?.clone();
    while let Some(value) = queue.pop() {
        let mut found = Vec::new();
        references(&value, String::new(), &mut found);
        for (_, target) in found {
            if let Some(name) = target.strip_prefix("#/components/schemas/")
                && reached.insert(name.to_owned())
            {
                queue.extend(all.get(name).cloned());
            }
        }
    }
    let schemas = schemas_mut(contract)?;
    let before = schemas.len();
    schemas.retain(|name, _| reached.contains(name));
    if schemas.len() == before {
        return Err(contract
            .problem(
                "/components/schemas",
                "no schema became unused when the envelopes were unwrapped",
                "name the successes and the failure under `components/schemas`, and refer to them",
            )
            .or_here("remove the step `drop_unreachable_schemas` from build/steps.rs"));
    }
    if let Some(components) = contract
        .root
        .get_mut("components")
        .and_then(Value::as_object_mut)
    {
        // Shared responses refer to schemas of failures, which are gone by now.
        components.retain(|key, _| {
            key == "schemas" || key == "securitySchemes" || REFERRED_TO.contains(&key.as_str())
        });
    }
    Ok(())
}

/// Leaf schemas that the crate implements by hand, since a generated type would print a code whole or
/// refuse an unknown status.
fn replace_leaves(contract: &Contract) -> Result<Vec<Replacement>, Problem> {
    let mut replacements = Vec::new();
    for (schema, rust_type) in LEAVES {
        if contract
            .root
            .pointer(&format!("/components/schemas/{schema}"))
            .is_none()
        {
            return Err(contract
                .problem(
                    "/components/schemas",
                    format!("the schema `{schema}` is missing or unused"),
                    "bring it back",
                )
                .or_here("remove it from LEAVES in build/steps.rs"));
        }
        replacements.push(Replacement {
            schema: (*schema).into(),
            rust_type: (*rust_type).into(),
        });
    }
    Ok(replacements)
}

pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) pointer: String,
}

pub(crate) fn operations(contract: &Contract) -> Result<Vec<Operation>, Problem> {
    let Some(paths) = contract.root.get("paths").and_then(Value::as_object) else {
        return Err(contract.problem("", "there are no `paths`", "describe the operations"));
    };
    let mut operations = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().into_iter().flatten() {
            // A path has other keys as well, such as `parameters`.
            if !METHODS.contains(&method.as_str()) {
                continue;
            }
            let pointer = format!("/paths/{}/{method}", step(path));
            let Some(id) = operation.get("operationId").and_then(Value::as_str) else {
                return Err(contract.problem(
                    &pointer,
                    format!("{method} {path} has no `operationId`"),
                    "name it in camelCase: the Rust method is named after it",
                ));
            };
            operations.push(Operation {
                id: id.to_owned(),
                pointer,
            });
        }
    }
    Ok(operations)
}

fn schemas_mut(contract: &mut Contract) -> Result<&mut Map<String, Value>, Problem> {
    if contract
        .root
        .pointer("/components/schemas")
        .is_none_or(|schemas| !schemas.is_object())
    {
        return Err(contract.problem(
            "/components",
            "there are no `components/schemas`",
            "bring them back",
        ));
    }
    // Looked up a second time: the first borrow would last as long as the error that it may become.
    match contract.root.pointer_mut("/components/schemas") {
        Some(Value::Object(schemas)) => Ok(schemas),
        _ => unreachable!("looked at just above"),
    }
}

pub(crate) fn resolve<'a>(contract: &'a Contract, schema: &'a Value) -> Option<&'a Value> {
    match schema.get("$ref").and_then(Value::as_str) {
        Some(target) => contract.root.pointer(target.strip_prefix('#')?),
        None => Some(schema),
    }
}

fn references(value: &Value, pointer: String, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(target)) = object.get("$ref") {
                found.push((format!("{pointer}/$ref"), target.clone()));
            }
            for (key, child) in object {
                references(child, format!("{pointer}/{}", step(key)), found);
            }
        }
        Value::Array(items) => {
            for (index, child) in items.iter().enumerate() {
                references(child, format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn pascal(id: &str) -> String {
    let mut letters = id.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

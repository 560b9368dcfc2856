//! Mistakes that the generator would panic on, or that would come out as Rust which does not compile: found
//! first, so that the author sees his own line.

use std::collections::BTreeMap;

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::Value;

use super::contract::{Contract, Problem, step};
use super::steps::{LEAVES, Operation, operations, resolve};

pub(crate) fn check(contract: &Contract) -> Result<(), Problem> {
    type_names(contract)?;
    let operations = operations(contract)?;
    method_names(contract, &operations)?;
    for operation in &operations {
        parameters(contract, operation)?;
    }
    let leaf = |pointer: &str| {
        let name = pointer.strip_prefix("/components/schemas/");
        name.is_some_and(|name| LEAVES.iter().any(|(leaf, _)| *leaf == name))
    };
    for root in ["/components/schemas", "/components/parameters", "/paths"] {
        if let Some(node) = contract.root.pointer(root) {
            schemas(node, root, true, &mut |schema, pointer| {
                // The crate has a type of its own for it, so the generator never sees what it holds.
                if leaf(pointer) {
                    return Ok(());
                }
                schema_is_usable(contract, schema, pointer)
            })?;
        }
    }
    Ok(())
}

/// The same name twice, once it is one of Rust's: which was first.
struct Names<'a>(BTreeMap<String, &'a str>);

impl<'a> Names<'a> {
    fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// What had the Rust name `rust` before `name`.
    fn taken(&mut self, rust: String, name: &'a str) -> Option<&'a str> {
        self.0.insert(rust, name)
    }
}

fn type_names(contract: &Contract) -> Result<(), Problem> {
    let schemas = contract.root.pointer("/components/schemas");
    for name in schemas.and_then(Value::as_object).into_iter().flatten() {
        let rust = name.0.to_pascal_case();
        if *name.0 != rust {
            return Err(contract.problem(
                &format!("/components/schemas/{}", step(name.0)),
                format!("the schema `{}` is not named as a Rust type", name.0),
                format!("name it `{rust}`, here and where it is referred to"),
            ));
        }
    }
    Ok(())
}

/// What the generated client has already.
const METHODS: [&str; 7] = [
    "new",
    "new_with_client",
    "baseurl",
    "client",
    "inner",
    "pre",
    "exec",
];

fn method_names(contract: &Contract, operations: &[Operation]) -> Result<(), Problem> {
    let mut names = Names::new();
    let unusable = |operation: &Operation, why: String| {
        let pointer = format!("{}/operationId", operation.pointer);
        Err(contract.problem(&pointer, why, "give it a name of its own"))
    };
    for operation in operations {
        let rust = operation.id.to_snake_case();
        if METHODS.contains(&&*rust) || rust == "post" {
            return unusable(
                operation,
                format!(
                    "the operation `{}` is named as a method that every client has",
                    operation.id
                ),
            );
        }
        if let Some(first) = names.taken(rust.clone(), &operation.id) {
            return unusable(
                operation,
                format!(
                    "the operations `{first}` and `{}` both become the Rust method `{rust}`",
                    operation.id
                ),
            );
        }
    }
    // Only once all names are known: the other operation may come later.
    for operation in operations {
        let rust = operation.id.to_snake_case();
        if let Some(first) = rust
            .strip_suffix("_request")
            .and_then(|stem| names.0.get(stem))
        {
            return unusable(
                operation,
                format!(
                    "the operation `{}` is named as the function that makes the request of `{first}`",
                    operation.id
                ),
            );
        }
    }
    Ok(())
}

/// The parameters of an operation are those of its path, and no two have one name.
fn parameters(contract: &Contract, operation: &Operation) -> Result<(), Problem> {
    let Some((path_item, _)) = operation.pointer.rsplit_once('/') else {
        return Ok(());
    };
    let mut found = Vec::new();
    for owner in [path_item, &operation.pointer] {
        let pointer = format!("{owner}/parameters");
        let list = contract.root.pointer(&pointer).and_then(Value::as_array);
        for (index, parameter) in list.into_iter().flatten().enumerate() {
            let of = |key| resolve(contract, parameter)?.get(key)?.as_str();
            if let (Some(name), Some(place)) = (of("name"), of("in")) {
                found.push((name, place, format!("{pointer}/{index}")));
            }
        }
    }
    let mut names = Names::new();
    for (name, place, pointer) in &found {
        // An operation may replace a parameter of its path.
        let replaces = pointer.starts_with(&operation.pointer);
        let first = names.taken(name.to_snake_case(), name);
        if let Some(first) = first.filter(|first| first != name || !replaces) {
            return Err(contract.problem(
                pointer,
                format!("the parameters `{first}` and `{name}` have the same name in Rust"),
                "rename one of the two",
            ));
        }
        if *place == "path" && !template_names(path_item).any(|template| template == *name) {
            return Err(contract.problem(
                pointer,
                format!("the path has no `{{{name}}}` for this parameter"),
                "write it into the path, or correct `in`",
            ));
        }
    }
    for name in template_names(path_item) {
        if !found
            .iter()
            .any(|(found, place, _)| *found == name && *place == "path")
        {
            return Err(contract.problem(
                &operation.pointer,
                format!("`{}` lacks the parameter `{name}` of its path", operation.id),
                format!("describe it under `parameters`, with `name: {name}`, `in: path` and `required: true`"),
            ));
        }
    }
    Ok(())
}

/// `id` of `/things/{id}`.
fn template_names(path: &str) -> impl Iterator<Item = &str> {
    let opened = path.split('{').skip(1);
    opened.filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

const TYPES: [&str; 6] = ["object", "array", "string", "number", "integer", "boolean"];

fn schema_is_usable(contract: &Contract, schema: &Value, pointer: &str) -> Result<(), Problem> {
    let at = |key: &str| format!("{pointer}/{key}");
    let of_type = schema.get("type").and_then(Value::as_str);
    if let Some(name) = of_type.filter(|name| !TYPES.contains(name)) {
        return Err(contract.problem(
            &at("type"),
            format!("`type: {name}` is no type of OpenAPI"),
            format!("write one of {}", TYPES.join(", ")),
        ));
    }
    if of_type == Some("string") {
        let format = schema.get("format").and_then(Value::as_str);
        if let Some(format @ ("uuid" | "date" | "date-time")) = format {
            return Err(contract.problem(
                &at("format"),
                format!("`format: {format}` becomes a type of another crate, which this one does not have"),
                "leave `format` out: the value is a String then; a time in Unix seconds is \
                 `$ref: '#/components/schemas/Timestamp'`",
            ));
        }
        if schema.get("pattern").is_some() {
            return Err(contract.problem(
                &at("pattern"),
                "a `pattern` is checked by another crate, which this one does not have",
                "say it in the `description`",
            ));
        }
    }
    let mut names = Names::new();
    for (name, pointer) in fields(contract, schema, pointer, 0) {
        let rust = name.to_snake_case();
        if let Some(first) = names
            .taken(rust.clone(), name)
            // Two members of `allOf` may have the same field, which is one field then.
            .filter(|first| *first != name)
        {
            return Err(contract.problem(
                &pointer,
                format!("the fields `{first}` and `{name}` both become `{rust}` in Rust"),
                "rename or remove one of the two",
            ));
        }
    }
    let mut names = Names::new();
    let values = schema.get("enum").and_then(Value::as_array);
    for (index, value) in values.into_iter().flatten().enumerate() {
        let Some(value) = value.as_str() else {
            continue;
        };
        let rust = value.to_pascal_case();
        if let Some(first) = names.taken(rust.clone(), value) {
            return Err(contract.problem(
                &format!("{pointer}/enum/{index}"),
                format!("the values `{first}` and `{value}` both become `{rust}` in Rust"),
                "remove one, or replace `enum` by a `description` of the values",
            ));
        }
    }
    Ok(())
}

/// The fields of a schema and of those that it consists of, each with its JSON pointer.
fn fields<'a>(
    contract: &'a Contract,
    schema: &'a Value,
    pointer: &str,
    depth: usize,
) -> Vec<(&'a str, String)> {
    let mut found = Vec::new();
    if depth > 16 {
        return found; // a schema that consists of itself
    }
    let members = schema.get("allOf").and_then(Value::as_array);
    for (index, member) in members.into_iter().flatten().enumerate() {
        let named = member.get("$ref").and_then(Value::as_str);
        let at = named.and_then(|target| target.strip_prefix('#'));
        let at = at.map_or_else(|| format!("{pointer}/allOf/{index}"), str::to_owned);
        let inside = resolve(contract, member)
            .map(|member| fields(contract, member, &at, depth.saturating_add(1)));
        found.extend(inside.into_iter().flatten());
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    for name in properties
        .into_iter()
        .flat_map(|properties| properties.keys())
    {
        found.push((name, format!("{pointer}/properties/{}", step(name))));
    }
    found
}

/// Calls `visit` with each schema below `node`. The children of `node` itself have names of the author's if it
/// is `named`, else those of OpenAPI.
fn schemas<'a>(
    node: &'a Value,
    pointer: &str,
    named: bool,
    visit: &mut impl FnMut(&'a Value, &str) -> Result<(), Problem>,
) -> Result<(), Problem> {
    if !named {
        visit(node, pointer)?;
    }
    let inside = |key: &str, child: &'a Value, visit: &mut _| {
        let names_follow = !named && matches!(key, "properties" | "content" | "responses");
        schemas(
            child,
            &format!("{pointer}/{}", step(key)),
            names_follow,
            visit,
        )
    };
    match node {
        Value::Object(object) => {
            for (key, child) in object {
                // Below these are values and names, and no schemas.
                let data = [
                    "example", "examples", "default", "enum", "links", "required",
                ];
                if named || !(data.contains(&&**key) || key.starts_with("x-")) {
                    inside(key, child, visit)?;
                }
            }
        }
        Value::Array(items) => {
            for (index, child) in items.iter().enumerate() {
                inside(&index.to_string(), child, visit)?;
            }
        }
        _ => {}
    }
    Ok(())
}

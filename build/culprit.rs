//! Which node of the contract a complaint is about that names none.

use openapiv3::OpenAPI;
use serde_json::{Value, json};

use super::contract::step;

pub(crate) fn read(root: &Value) -> Result<OpenAPI, serde_json::Error> {
    serde_json::from_value(root.clone())
}

/// The innermost node that the `complaint` is about: without it, the complaint is another or none.
pub(crate) fn of_reader(root: &Value, complaint: &str) -> String {
    // The whole contract is read for each child. That takes time only where the build fails anyway.
    let complains = |root: &Value| read(root).is_err_and(|error| error.to_string() == complaint);
    let mut pointer = String::new();
    let mut root = root.clone();
    while let Some(names) = root.pointer(&pointer).map(names) {
        let without = |name: &String| with_only(&root, &pointer, |other| other != name);
        let guilty = names.iter().find(|name| !complains(&without(name)));
        // The same mistake may stand in several of them: then look at one alone.
        let alone = |name: &String| with_only(&root, &pointer, |other| other == name);
        let inside = !complains(&with_only(&root, &pointer, |_| false));
        let one = || names.iter().find(|name| inside && complains(&alone(name)));
        let guilty = guilty.or_else(one);
        let Some(name) = guilty else { break };
        if matches!(root.pointer(&pointer), Some(Value::Object(_))) && complains(&alone(name)) {
            root = alone(name);
        }
        pointer = format!("{pointer}/{}", step(name));
    }
    pointer
}

fn names(node: &Value) -> Vec<String> {
    match node {
        Value::Object(object) => object.keys().cloned().collect(),
        Value::Array(items) => (0..items.len()).map(|index| index.to_string()).collect(),
        _ => Vec::new(),
    }
}

/// `root`, with those children of the node at `pointer` whose name is to be kept.
fn with_only(root: &Value, pointer: &str, keep: impl Fn(&String) -> bool) -> Value {
    let mut root = root.clone();
    match root.pointer_mut(pointer) {
        Some(Value::Object(object)) => object.retain(|name, _| keep(name)),
        Some(Value::Array(items)) => {
            let mut index = 0..;
            items.retain(|_| keep(&index.next().unwrap_or(0).to_string()));
        }
        _ => {}
    }
    root
}

/// The innermost node without which the generator works: an operation, or a schema that becomes free-form. Empty if
/// no single one is to blame.
pub(crate) fn of_generator(root: &Value, works: impl Fn(&Value) -> bool) -> String {
    let mut guilty = String::new();
    let mut candidates = operations(root);
    candidates.extend(children(root, "/components/schemas"));
    while let Some(found) = candidates.iter().find(|at| works(&without(root, at))) {
        guilty.clone_from(found);
        candidates = schemas_inside(root, found);
    }
    guilty
}

/// Without the operation at `pointer`, or with a free-form schema there, so that what refers to it still does.
fn without(root: &Value, pointer: &str) -> Value {
    let mut root = root.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
    // `/paths/{path}`, whose children are operations.
    if parent.starts_with("/paths/") && parent.matches('/').count() == 2 {
        if let Some(Value::Object(methods)) = root.pointer_mut(parent) {
            methods.remove(name);
        }
    } else if let Some(node) = root.pointer_mut(pointer) {
        *node = json!({});
    }
    root
}

fn operations(root: &Value) -> Vec<String> {
    let paths = children(root, "/paths");
    paths.iter().flat_map(|path| children(root, path)).collect()
}

fn children(root: &Value, pointer: &str) -> Vec<String> {
    let names = root.pointer(pointer).map(names).unwrap_or_default();
    let each = names.iter().map(|name| format!("{pointer}/{}", step(name)));
    each.collect()
}

/// The nearest schemas below the node at `pointer`.
fn schemas_inside(root: &Value, pointer: &str) -> Vec<String> {
    let mut found = Vec::new();
    for child in children(root, pointer) {
        let name = child.rsplit('/').next().unwrap_or_default();
        match name {
            "schema" | "items" | "additionalProperties" | "not" => found.push(child),
            "properties" | "allOf" | "anyOf" | "oneOf" => found.extend(children(root, &child)),
            // Data: what looks like a schema in it is none.
            "example" | "examples" | "default" | "enum" => {}
            _ => found.extend(schemas_inside(root, &child)),
        }
    }
    found
}

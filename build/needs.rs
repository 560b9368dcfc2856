//! Whether a contract of a user's own still has what the hand-written client is compiled against.
//!
//! More than the crate's own contract is welcome: operations, optional fields, optional parameters. Less, or the
//! same otherwise, would be a compiler's error in code that the user never wrote.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::contract::{Contract, Problem, step};
use super::steps::{LEAVES, Operation, operations, resolve, success_data};

const FIX: &str = "keep it as the crate's own openapi.yaml has it; new ones may stand beside it";

/// What the wrapper passes to the generated methods: each operation, and its parameters.
pub(crate) type Known = BTreeMap<String, Vec<String>>;

pub(crate) fn known(ours: &Contract) -> Result<Known, Problem> {
    let of = |operation: Operation| {
        let names = parameters(ours, &operation)
            .into_keys()
            .map(|(name, _)| name);
        (operation.id, names.collect())
    };
    Ok(operations(ours)?.into_iter().map(of).collect())
}

pub(crate) fn check(ours: &Contract, theirs: &Contract) -> Result<(), Problem> {
    let mut check = Check {
        ours,
        theirs,
        seen: BTreeSet::new(),
    };
    let theirs = operations(theirs)?;
    for operation in operations(ours)? {
        let same = theirs.iter().find(|other| other.id == operation.id);
        check.operation(&operation, same)?;
    }
    Ok(())
}

struct Check<'a> {
    ours: &'a Contract,
    theirs: &'a Contract,
    /// The schemas that were compared, by name: they may refer to each other.
    seen: BTreeSet<String>,
}

impl Check<'_> {
    fn wrong(&self, pointer: &str, what: String) -> Problem {
        self.theirs.problem(pointer, what, FIX)
    }

    fn operation(&mut self, ours: &Operation, theirs: Option<&Operation>) -> Result<(), Problem> {
        let id = &ours.id;
        let Some(theirs) = theirs else {
            let what = format!("the operation `{id}` is missing, which the client calls");
            return Err(self.wrong("/paths", what));
        };
        let method =
            |operation: &Operation| operation.pointer.rsplit('/').next().map(str::to_owned);
        if method(ours) != method(theirs) {
            let what = format!("the operation `{id}` has another method than the client sends");
            return Err(self.wrong(&theirs.pointer, what));
        }
        self.parameters(ours, theirs)?;
        let body = "requestBody/content/application~1x-www-form-urlencoded/schema";
        if let Some(schema) = self.ours.root.pointer(&format!("{}/{body}", ours.pointer)) {
            let pointer = format!("{}/{body}", theirs.pointer);
            self.same(schema, &pointer, &format!("the body of `{id}`"))?;
        }
        // What is no envelope is reported by the step that looks for one.
        if let (Some(ours), Some(theirs)) = (
            success_data(self.ours, ours).and_then(|pointer| self.ours.root.pointer(&pointer)),
            success_data(self.theirs, theirs),
        ) {
            self.same(ours, &theirs, &format!("the `data` of `{id}`"))?;
        }
        Ok(())
    }

    fn parameters(&mut self, ours: &Operation, theirs: &Operation) -> Result<(), Problem> {
        let id = &ours.id;
        let (known, given) = (parameters(self.ours, ours), parameters(self.theirs, theirs));
        let required = |contract: &Contract, pointer: &str| {
            let required = contract.root.pointer(&format!("{pointer}/required"));
            required == Some(&Value::Bool(true))
        };
        for (key, pointer) in &known {
            let name = &key.0;
            let Some(other) = given.get(key) else {
                let what = format!("`{id}` lacks the parameter `{name}`, which the client passes");
                return Err(self.wrong(&theirs.pointer, what));
            };
            let what = format!("the parameter `{name}` of `{id}`");
            if required(self.ours, pointer) != required(self.theirs, other) {
                let what = format!("{what} is required in one contract and not in the other");
                return Err(self.wrong(other, what));
            }
            if let Some(schema) = self.ours.root.pointer(&format!("{pointer}/schema")) {
                self.same(schema, &format!("{other}/schema"), &what)?;
            }
        }
        for (key, pointer) in &given {
            if !known.contains_key(key) && required(self.theirs, pointer) {
                return Err(self.theirs.problem(
                    pointer,
                    format!(
                        "the parameter `{}` of `{id}` is required, and the client does not pass it",
                        key.0
                    ),
                    "leave `required` out, and pass it with the generated method of `raw`",
                ));
            }
        }
        Ok(())
    }

    /// The schema at `pointer` of theirs is at least `ours`.
    fn same(&mut self, ours: &Value, pointer: &str, what: &str) -> Result<(), Problem> {
        let Some(theirs) = self.theirs.root.pointer(pointer) else {
            return Err(self.wrong(pointer, format!("{what} is missing")));
        };
        let (named, other) = (reference(ours), reference(theirs));
        if named != other {
            let expected = named.unwrap_or("a schema in place");
            let what = format!("{what} is not `{expected}`, which the client is written for");
            return Err(self.wrong(pointer, what));
        }
        let Some(target) = named else {
            return self.shape(ours, pointer, what);
        };
        let name = target.rsplit('/').next().unwrap_or(target);
        // A leaf is read by a hand-written type, whatever its schema says.
        if LEAVES.iter().any(|(leaf, _)| *leaf == name) || !self.seen.insert(target.to_owned()) {
            return Ok(());
        }
        match self.ours.root.pointer(target.trim_start_matches('#')) {
            Some(ours) => self.shape(ours, target.trim_start_matches('#'), &format!("`{name}`")),
            None => Ok(()),
        }
    }

    fn shape(&mut self, ours: &Value, pointer: &str, what: &str) -> Result<(), Problem> {
        let Some(theirs) = self.theirs.root.pointer(pointer) else {
            return Err(self.wrong(pointer, format!("{what} is missing")));
        };
        // Each of these can change the Rust type that comes out.
        for key in [
            "type",
            "format",
            "nullable",
            "enum",
            "minimum",
            "maximum",
            "minLength",
            "maxLength",
            "pattern",
        ] {
            if ours.get(key) != theirs.get(key) {
                let what = format!("{what} has another `{key}` than the client is written for");
                return Err(self.wrong(&format!("{pointer}/{key}"), what));
            }
        }
        if let Some(items) = ours.get("items") {
            self.same(
                items,
                &format!("{pointer}/items"),
                &format!("an item of {what}"),
            )?;
        }
        let mut known = Fields::default();
        known.add(self.ours, ours, "", 0);
        let mut given = Fields::default();
        given.add(self.theirs, theirs, pointer, 0);
        for (name, (schema, _)) in &known.by_name {
            let Some((_, at)) = given.by_name.get(name) else {
                let what =
                    format!("{what} lacks the field `{name}`, which the client reads or sends");
                return Err(self.wrong(pointer, what));
            };
            if known.required.contains_key(name) && !given.required.contains_key(name) {
                let what = format!("the field `{name}` of {what} is not required any more");
                return Err(self.wrong(at, what));
            }
            self.same(schema, at, &format!("the field `{name}` of {what}"))?;
        }
        for (name, at) in &given.required {
            if !known.required.contains_key(name) {
                return Err(self.theirs.problem(
                    at,
                    format!("the field `{name}` of {what} is required, and the client does not know it so"),
                    "take it out of `required`: a reply without it could not be read, nor a request without it made",
                ));
            }
        }
        Ok(())
    }
}

/// The fields of a schema and of those that it consists of.
#[derive(Default)]
struct Fields {
    by_name: BTreeMap<String, (Value, String)>,
    required: BTreeMap<String, String>,
}

impl Fields {
    fn add(&mut self, contract: &Contract, schema: &Value, pointer: &str, depth: usize) {
        if depth > 16 {
            return; // a schema that consists of itself
        }
        let list = |key| {
            schema
                .get(key)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
        };
        for (index, member) in list("allOf").enumerate() {
            let at = match reference(member) {
                Some(target) => target.trim_start_matches('#').to_owned(),
                None => format!("{pointer}/allOf/{index}"),
            };
            if let Some(member) = resolve(contract, member) {
                self.add(contract, member, &at, depth.saturating_add(1));
            }
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, schema) in properties.into_iter().flatten() {
            let at = format!("{pointer}/properties/{}", step(name));
            self.by_name.insert(name.clone(), (schema.clone(), at));
        }
        for (index, name) in list("required").enumerate() {
            if let Some(name) = name.as_str() {
                self.required
                    .insert(name.to_owned(), format!("{pointer}/required/{index}"));
            }
        }
    }
}

/// Name and place of each parameter of an operation, its path's included, and its JSON pointer.
fn parameters(contract: &Contract, operation: &Operation) -> BTreeMap<(String, String), String> {
    let mut found = BTreeMap::new();
    let path_item = operation.pointer.rsplit_once('/').map(|(path, _)| path);
    for owner in path_item.into_iter().chain([&*operation.pointer]) {
        let pointer = format!("{owner}/parameters");
        let list = contract.root.pointer(&pointer).and_then(Value::as_array);
        for (index, parameter) in list.into_iter().flatten().enumerate() {
            let of = |key| Some(resolve(contract, parameter)?.get(key)?.as_str()?.to_owned());
            if let (Some(name), Some(place)) = (of("name"), of("in")) {
                let at = match reference(parameter) {
                    Some(target) => target.trim_start_matches('#').to_owned(),
                    None => format!("{pointer}/{index}"),
                };
                found.insert((name, place), at);
            }
        }
    }
    found
}

fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref").and_then(Value::as_str)
}

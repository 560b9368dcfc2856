//! The contract that this program was built from, as JSON.

use anyhow::Context as _;
use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde::ser::{Error as _, SerializeMap as _, SerializeSeq as _};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// A YAML node, to be written as JSON with its keys in the order of the file.
struct Node<'a>(&'a Yaml<'a>);

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Yaml::Value(Scalar::Null) => serializer.serialize_unit(),
            Yaml::Value(Scalar::Boolean(value)) => serializer.serialize_bool(*value),
            Yaml::Value(Scalar::Integer(value)) => serializer.serialize_i64(*value),
            Yaml::Value(Scalar::FloatingPoint(value)) => {
                serializer.serialize_f64(value.into_inner())
            }
            Yaml::Value(Scalar::String(value)) => serializer.serialize_str(value),
            Yaml::Sequence(items) => {
                let mut array = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    array.serialize_element(&Node(item))?;
                }
                array.end()
            }
            Yaml::Mapping(entries) => {
                let mut object = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    let key = match key {
                        Yaml::Value(Scalar::String(key)) => key.to_string(),
                        Yaml::Value(Scalar::Integer(key)) => key.to_string(),
                        _ => return Err(S::Error::custom("a key is not a string")),
                    };
                    object.serialize_entry(&key, &Node(value))?;
                }
                object.end()
            }
            _ => Err(S::Error::custom("an alias or a tag is not understood here")),
        }
    }
}

/// The contract as JSON text, its keys in the order of `openapi.yaml`.
pub(crate) fn json() -> anyhow::Result<String> {
    let documents =
        Yaml::load_from_str(thordata_cdk::OPENAPI).context("the contract is no YAML")?;
    let document = documents.first().context("the contract is empty")?;
    Ok(serde_json::to_string_pretty(&Node(document))?)
}

/// The contract, to look things up in.
pub(crate) struct Contract {
    root: Value,
}

impl Contract {
    pub(crate) fn load() -> anyhow::Result<Self> {
        Ok(Self {
            root: serde_json::from_str(&json()?)?,
        })
    }

    /// The path of an operation, by its id.
    pub(crate) fn path_of(&self, operation: &str) -> Option<&str> {
        let paths = self.root.get("paths")?.as_object()?;
        let holds = |methods: &Value| {
            let mut methods = methods.as_object().into_iter().flatten();
            methods.any(|(_, method)| method.get("operationId").is_some_and(|id| id == operation))
        };
        paths
            .iter()
            .find(|(_, methods)| holds(methods))
            .map(|(path, _)| path.as_str())
    }

    /// A schema by its name.
    pub(crate) fn schema(&self, name: &str) -> Option<&Value> {
        self.root.get("components")?.get("schemas")?.get(name)
    }

    /// Follows a reference, if it is one.
    pub(crate) fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let name = schema.get("$ref").and_then(Value::as_str);
        let name = name.and_then(|name| name.strip_prefix("#/components/schemas/"));
        name.and_then(|name| self.schema(name)).unwrap_or(schema)
    }

    /// The status numbers that the vendor documents.
    pub(crate) fn statuses(&self) -> Vec<i64> {
        let listed = self
            .schema("CdkStatusFilter")
            .and_then(|schema| schema.get("enum"));
        let listed = listed.and_then(Value::as_array).into_iter().flatten();
        listed.filter_map(Value::as_i64).collect()
    }

    /// The failure codes that the vendor documents: the table in the description, and its text.
    pub(crate) fn knows_code(&self, code: i64) -> bool {
        let text = self
            .schema("VendorCode")
            .and_then(|schema| schema.get("description"));
        let text = text.and_then(Value::as_str).unwrap_or_default();
        let mut numbers = text.split(|letter: char| !letter.is_ascii_digit());
        numbers.any(|number| number.parse() == Ok(code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_is_found_its_way_around_in() {
        let contract = Contract::load().unwrap();
        assert_eq!(contract.path_of("listCdks"), Some("/api/cdk/list"));
        assert_eq!(contract.path_of("nothing"), None);
        assert_eq!(contract.statuses(), [1, 2, 3]);
        assert!(contract.knows_code(10_011) && !contract.knows_code(10_099));
    }

    #[test]
    fn its_json_keeps_the_order_of_the_file() {
        let text = json().unwrap();
        assert!(
            text.starts_with("{\n  \"openapi\": \"3.0.3\",\n  \"info\""),
            "{text}"
        );
    }
}

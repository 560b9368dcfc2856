//! The contract that this program was built from, to look things up in.

use serde_json::Value;
use thordata_cdk_sandbox::OPENAPI_JSON;

pub(crate) struct Contract {
    root: Value,
}

impl Contract {
    pub(crate) fn load() -> serde_json::Result<Self> {
        Ok(Self {
            root: serde_json::from_str(OPENAPI_JSON)?,
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
        // From the text itself, so that no second table can differ from it.
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
}

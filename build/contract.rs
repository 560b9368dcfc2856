//! The contract as a JSON value whose every node still knows its line in `openapi.yaml`.

use std::collections::BTreeMap;
use std::fmt;

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};
use serde_json::{Map, Number, Value};

/// What is wrong with the contract, where, and what to do about it.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) line: Option<usize>,
    pub(crate) what: String,
    pub(crate) mend: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("openapi.yaml")?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}. To mend it: {}.", self.what, self.mend)
    }
}

/// The contract, and the line on which each of its nodes begins, by JSON pointer.
pub(crate) struct Contract {
    pub(crate) root: Value,
    lines: BTreeMap<String, usize>,
}

impl Contract {
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        let documents = MarkedYaml::load_from_str(text).map_err(|error| Problem {
            line: Some(error.marker().line()),
            what: format!("this is not valid YAML: {error}"),
            mend: if error.info().contains("duplicated key") {
                "remove or rename one of the two keys".into()
            } else {
                "correct the indentation or the quoting at this line".into()
            },
        })?;
        let [document] = documents.as_slice() else {
            return Err(Problem {
                line: None,
                what: format!("found {} YAML documents", documents.len()),
                mend: "keep exactly one".into(),
            });
        };
        let mut lines = BTreeMap::new();
        let root = to_json(document, "", &mut lines)?;
        Ok(Self { root, lines })
    }

    /// A problem at the node that `pointer` names, or at its nearest ancestor with a known line.
    pub(crate) fn problem(
        &self,
        pointer: &str,
        what: impl Into<String>,
        mend: impl Into<String>,
    ) -> Problem {
        let mut at = pointer;
        let line = loop {
            if let Some(line) = self.lines.get(at) {
                break Some(*line);
            }
            match at.rfind('/') {
                Some(cut) => at = &at[..cut],
                None => break None,
            }
        };
        Problem {
            line,
            what: what.into(),
            mend: mend.into(),
        }
    }
}

/// One step of a JSON pointer, escaped (RFC 6901).
pub(crate) fn step(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn to_json(
    node: &MarkedYaml<'_>,
    pointer: &str,
    lines: &mut BTreeMap<String, usize>,
) -> Result<Value, Problem> {
    let line = node.span.start.line();
    lines.insert(pointer.to_owned(), line);
    let unusual = |what: &str| Problem {
        line: Some(line),
        what: what.to_owned(),
        mend: "write it in plain YAML that JSON could hold as well".into(),
    };
    Ok(match &node.data {
        YamlData::Value(Scalar::Null) => Value::Null,
        YamlData::Value(Scalar::Boolean(value)) => Value::Bool(*value),
        YamlData::Value(Scalar::Integer(value)) => Value::Number((*value).into()),
        YamlData::Value(Scalar::FloatingPoint(value)) => Number::from_f64(value.into_inner())
            .map(Value::Number)
            .ok_or_else(|| unusual("this number is not finite"))?,
        YamlData::Value(Scalar::String(value)) => Value::String(value.to_string()),
        YamlData::Sequence(items) => {
            let mut array = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                array.push(to_json(item, &format!("{pointer}/{index}"), lines)?);
            }
            Value::Array(array)
        }
        YamlData::Mapping(entries) => {
            let mut object = Map::new();
            for (key, value) in entries {
                let key_line = key.span.start.line();
                let YamlData::Value(key) = &key.data else {
                    return Err(unusual("a key of this mapping is not a scalar"));
                };
                let key = match key {
                    Scalar::String(key) => key.to_string(),
                    Scalar::Integer(key) => key.to_string(),
                    _ => return Err(unusual("a key of this mapping is not a string")),
                };
                let child = format!("{pointer}/{}", step(&key));
                let json = to_json(value, &child, lines)?;
                // A value that is a block begins a line below its key: people look for the key.
                lines.insert(child, key_line);
                object.insert(key, json);
            }
            Value::Object(object)
        }
        _ => return Err(unusual("a YAML alias or tag is not understood here")),
    })
}

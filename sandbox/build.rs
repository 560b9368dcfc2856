//! Turns the contract into the JSON that the sandbox serves beside it.

use std::path::Path;

use saphyr::{LoadableYamlNode, Scalar, Yaml};

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Fallible<()> {
    let root = std::env::var("CARGO_MANIFEST_DIR")?;
    let out = std::env::var("OUT_DIR")?;
    let (root, out) = (Path::new(&root), Path::new(&out));
    let mut path = root.join("openapi.yaml");
    let mut text = std::fs::read_to_string(&path)?;
    // The file is a link to the workspace's contract, which git writes as text where it has no links.
    if text.lines().count() == 1 {
        path = root.join(text.trim());
        text = std::fs::read_to_string(&path)?;
    }
    println!("cargo::rerun-if-changed={}", path.display());
    println!("cargo::rerun-if-changed=build.rs");

    let documents = Yaml::load_from_str(&text)?;
    let [document] = documents.as_slice() else {
        return Err("openapi.yaml must hold one YAML document".into());
    };
    let mut json = String::new();
    write(document, &mut json)?;
    std::fs::write(out.join("openapi.yaml"), text)?;
    std::fs::write(out.join("openapi.json"), json)?;
    Ok(())
}

/// Writes JSON in the order of the YAML, which people chose for reading.
fn write(node: &Yaml<'_>, json: &mut String) -> Fallible<()> {
    match node {
        Yaml::Value(scalar) => json.push_str(&plain(scalar)?),
        Yaml::Sequence(items) => {
            json.push('[');
            for (index, item) in items.iter().enumerate() {
                json.push_str(if index == 0 { "" } else { "," });
                write(item, json)?;
            }
            json.push(']');
        }
        Yaml::Mapping(entries) => {
            json.push('{');
            for (index, (key, value)) in entries.iter().enumerate() {
                let Yaml::Value(Scalar::String(key)) = key else {
                    return Err(format!("openapi.yaml: {key:?} is a key and no text").into());
                };
                json.push_str(if index == 0 { "" } else { "," });
                json.push_str(&serde_json::to_string(key)?);
                json.push(':');
                write(value, json)?;
            }
            json.push('}');
        }
        other => return Err(format!("openapi.yaml: {other:?} has no form in JSON").into()),
    }
    Ok(())
}

fn plain(scalar: &Scalar<'_>) -> Fallible<String> {
    Ok(match scalar {
        Scalar::Null => "null".to_owned(),
        Scalar::Boolean(value) => value.to_string(),
        Scalar::Integer(value) => value.to_string(),
        Scalar::FloatingPoint(value) => serde_json::to_string(&value.into_inner())?,
        Scalar::String(value) => serde_json::to_string(value)?,
    })
}

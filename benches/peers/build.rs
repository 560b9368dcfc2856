//! Stock: what progenitor makes of the contract without this project's steps.
//!
//! progenitor can't read the contract as it is, so the documented failures are dropped, and each reply is
//! its success alone. The pattern of a code goes too: stock would check each code by a regular expression,
//! which costs it more than all the rest.

use std::path::Path;

#[allow(dead_code)] // what the steps need of it
#[path = "../../build/contract.rs"]
mod contract;

use serde_json::Value;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=../../openapi.yaml");
    println!("cargo::rerun-if-changed=build.rs");
    let text = std::fs::read_to_string("../../openapi.yaml")?;
    let mut root = contract::Contract::parse(&text)
        .map_err(|problem| problem.to_string())?
        .root;
    let named = root.clone();
    let paths = root.get_mut("paths").and_then(Value::as_object_mut);
    for path in paths.into_iter().flat_map(|paths| paths.values_mut()) {
        for operation in path
            .as_object_mut()
            .into_iter()
            .flat_map(|path| path.values_mut())
        {
            let responses = operation
                .get_mut("responses")
                .and_then(Value::as_object_mut);
            if let Some(responses) = responses {
                responses.retain(|status, _| status == "200");
            }
            let reply = "/responses/200/content/application~1json/schema";
            if let Some(schema) = operation.pointer_mut(reply)
                && let Some(name) = schema.get("$ref").and_then(Value::as_str)
                && let Some(success) =
                    // The contract names the success before the failure.
                    named.pointer(&format!("{}/anyOf/0", name.trim_start_matches('#')))
            {
                *schema = success.clone();
            }
        }
    }
    if let Some(components) = root.get_mut("components").and_then(Value::as_object_mut) {
        components.retain(|key, _| key == "schemas" || key == "securitySchemes");
    }
    drop_patterns(&mut root);
    let spec: openapiv3::OpenAPI = serde_json::from_value(root)?;
    let settings = progenitor::GenerationSettings::new();
    let tokens = progenitor::Generator::new(&settings).generate_tokens(&spec)?;
    let out = std::env::var("OUT_DIR")?;
    std::fs::write(Path::new(&out).join("stock.rs"), tokens.to_string())?;
    Ok(())
}

fn drop_patterns(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.remove("pattern");
            object.values_mut().for_each(drop_patterns);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_patterns),
        _ => {}
    }
}

//! The definitions as an API server gets them: `midplane crds`.
//!
//! They are derived from the types; what remains is taken off here: `nullable`, `format` of numbers and `default`s that only describe
//! Rust, backticks, and lines of a doc comment that were broken for the source's width.

use kube_core::CustomResourceExt;
use serde_json::{Map, Value, json};

use crate::{DeferredResource, Plug, Socket};

#[derive(Debug, thiserror::Error)]
#[error("cannot print the definition of `{kind}`")]
pub struct Unprintable {
    kind: String,
    #[source]
    source: serde_saphyr::ser_error::Error,
}

/// Plug, Socket, `DeferredResource`, ready to be applied.
pub fn definitions() -> Vec<Value> {
    [Plug::crd(), Socket::crd(), DeferredResource::crd()]
        .into_iter()
        .map(|definition| {
            let mut definition = json!(definition);
            clean(&mut definition);
            definition
        })
        .collect()
}

/// As one YAML stream.
pub fn yaml() -> Result<String, Unprintable> {
    let mut stream = String::new();
    for definition in definitions() {
        let text = serde_saphyr::to_string(&definition).map_err(|source| Unprintable {
            kind: definition["spec"]["names"]["kind"].as_str().unwrap_or_default().to_owned(),
            source,
        })?;
        stream.push_str("---\n");
        stream.push_str(text.trim_start_matches("---\n"));
    }
    Ok(stream)
}

fn clean(value: &mut Value) {
    match value {
        Value::Object(map) => {
            clean_schema(map);
            map.values_mut().for_each(clean);
        }
        Value::Array(list) => list.iter_mut().for_each(clean),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => (),
    }
}

/// A property may be called `default` or `format`: then its value is a schema and not a word.
fn clean_schema(map: &mut Map<String, Value>) {
    map.remove("nullable");
    if map
        .get("default")
        .is_some_and(|value| !value.get("description").is_some_and(Value::is_string))
    {
        map.remove("default");
    }
    if map.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("uint")) {
        map.remove("format");
    }
    if let Some(Value::String(description)) = map.get_mut("description") {
        *description =
            description.replace('`', "").split_whitespace().collect::<Vec<_>>().join(" ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_are_these() {
        insta::assert_snapshot!(yaml().expect("printable"));
    }

    /// A structural schema needs a type or a reason not to have one everywhere, and people need a description.
    #[test]
    fn every_field_has_a_description() {
        for definition in definitions() {
            let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
            for part in ["spec", "status"] {
                walk(&schema["properties"][part], part);
            }
        }
    }

    fn walk(schema: &Value, path: &str) {
        let fields = schema["properties"].as_object().into_iter().flatten();
        for (name, field) in fields {
            let path = format!("{path}.{name}");
            let known = path.ends_with(".containers.name");
            assert!(known || field["description"].is_string(), "{path} has no description");
            walk(field, &path);
        }
        if schema["items"].is_object() {
            walk(&schema["items"], path);
        }
        if schema["additionalProperties"].is_object() {
            walk(&schema["additionalProperties"], path);
        }
    }
}

//! An object against the schema of its definition: what an API server would refuse or silently drop.
//!
//! Checked are names of fields, types, required fields, words of enumerations and bounds of numbers. CEL rules stay with the API
//! server, except that their outcome for plugs (a name or a selector) is asked by `lint`.

use serde_json::Value;

use super::finding::{self, Finding, Severity};
use super::manifest::Manifest;

pub(super) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let definitions = k8s::crd::definitions();
    let definition = definitions
        .iter()
        .find(|one| one["spec"]["names"]["kind"] == manifest.reference.kind.as_str());
    let Some(definition) = definition else { return };
    let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    let mut checker = Checker { manifest, findings };
    for (key, value) in manifest.object.as_object().into_iter().flatten() {
        match key.as_str() {
            "apiVersion" | "kind" | "metadata" | "status" => {}
            _ => checker.field(key, key, value, schema),
        }
    }
    checker.required("", manifest.object.as_ref(), schema);
}

struct Checker<'a> {
    manifest: &'a Manifest,
    findings: &'a mut Vec<Finding>,
}

impl Checker<'_> {
    fn say(
        &mut self,
        severity: Severity,
        code: &'static str,
        path: &str,
        what: String,
        next: String,
    ) {
        self.findings.push(self.manifest.finding(severity, code, path, what, next));
    }

    /// One key of an object that has this schema.
    fn field(&mut self, key: &str, path: &str, value: &Value, schema: &Value) {
        let properties = schema["properties"].as_object();
        if let Some(known) = properties.and_then(|properties| properties.get(key)) {
            return self.value(path, value, known);
        }
        if schema["additionalProperties"].is_object() {
            return self.value(path, value, &schema["additionalProperties"]);
        }
        if schema["x-kubernetes-preserve-unknown-fields"] == true {
            return;
        }
        let near = properties
            .into_iter()
            .flatten()
            .map(|(name, _)| (strsim::damerau_levenshtein(name, key), name))
            .min()
            .filter(|(distance, _)| *distance <= 3);
        let next = match near {
            Some((_, near)) => format!("did you mean `{near}`? Otherwise remove it"),
            None => "remove it: an API server drops it silently".to_owned(),
        };
        let what = format!("there is no field `{key}`");
        self.say(Severity::Error, finding::UNKNOWN_FIELD, path, what, next);
    }

    fn value(&mut self, path: &str, value: &Value, schema: &Value) {
        if value.is_null() {
            return;
        }
        let wanted = schema["type"].as_str().unwrap_or_default();
        let fits = match wanted {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            _ => true,
        };
        if !fits {
            let what = format!("it must be of type {wanted}, not {}", type_of(value));
            let next = match (wanted, value) {
                ("string", Value::Bool(_) | Value::Number(_)) => "put it in quotes".to_owned(),
                _ => format!("write a value of type {wanted}"),
            };
            return self.say(Severity::Error, finding::WRONG_VALUE, path, what, next);
        }
        if let Some(words) = schema["enum"].as_array()
            && !words.contains(value)
        {
            let words: Vec<_> = words.iter().filter_map(Value::as_str).collect();
            let what = "this word is not known".to_owned();
            let next = format!("use one of: {}", words.join(", "));
            return self.say(Severity::Error, finding::WRONG_VALUE, path, what, next);
        }
        if let Some(number) = value.as_f64() {
            let least = schema["minimum"].as_f64().filter(|least| number < *least);
            let most = schema["maximum"].as_f64().filter(|most| number > *most);
            if let Some(bound) = least.or(most) {
                let what = format!("{number} is out of bounds");
                let next = format!("the bound is {bound}");
                return self.say(Severity::Error, finding::WRONG_VALUE, path, what, next);
            }
        }
        match value {
            Value::Object(entries) => {
                if schema["maxProperties"] == 0 && !entries.is_empty() {
                    let what = "it must be text, a number or a boolean".to_owned();
                    let next = "write JSON as one text, in quotes".to_owned();
                    return self.say(Severity::Error, finding::WRONG_VALUE, path, what, next);
                }
                for (key, item) in entries {
                    self.field(key, &format!("{path}.{key}"), item, schema);
                }
                self.required(path, value, schema);
            }
            Value::Array(items) => {
                if schema["maxItems"] == 0 && !items.is_empty() {
                    let what = "it must be text, a number or a boolean".to_owned();
                    let next = "write JSON as one text, in quotes".to_owned();
                    return self.say(Severity::Error, finding::WRONG_VALUE, path, what, next);
                }
                for (index, item) in items.iter().enumerate() {
                    self.value(&format!("{path}[{index}]"), item, &schema["items"]);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn required(&mut self, path: &str, value: &Value, schema: &Value) {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if value.get(name).is_none_or(Value::is_null) {
                let dot = if path.is_empty() { "" } else { "." };
                let what = format!("the field `{name}` is required");
                let next = format!("add {path}{dot}{name}");
                self.say(Severity::Error, finding::WRONG_VALUE, path, what, next);
            }
        }
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

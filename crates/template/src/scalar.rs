//! The string of a configuration value.
//!
//! Configuration is a map of strings, but an apparatus answers JSON and people write numbers in YAML. An integer is written in
//! decimal (Go would write a million as `1e+06`), a null is absent, an object or array is compact JSON.

use serde_json::{Map, Value};

/// None for a null: the key is absent.
pub fn to_string(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(number) => Some(number_text(number)),
        Value::String(text) => Some(text.clone()),
        Value::Array(_) | Value::Object(_) => Some(value.to_string()),
    }
}

/// A whole number is written without a point, also where it was sent as `3.0` or `1e6`.
fn number_text(number: &serde_json::Number) -> String {
    /// Above this a float no longer holds every integer.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() <= EXACT => {
            #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and in range")]
            let int = float as i64;
            int.to_string()
        }
        _ => number.to_string(),
    }
}

/// The strings of a flat object.
pub fn to_strings(object: &Map<String, Value>) -> Vec<(String, String)> {
    let texts = object.iter().map(|(key, value)| Some((key.clone(), to_string(value)?)));
    texts.flatten().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(value: Value, text: Option<&str>) {
        assert_eq!(to_string(&value).as_deref(), text);
    }

    #[test]
    fn a_value_becomes_the_string_that_a_person_would_write() {
        check(json!(1_000_000), Some("1000000"));
        check(json!(1e6), Some("1000000"));
        check(json!(1.5), Some("1.5"));
        check(json!(18_446_744_073_709_551_615_u64), Some("18446744073709551615"));
        check(json!(true), Some("true"));
        check(json!("a\nb"), Some("a\nb"));
        check(json!(null), None);
        check(json!({"b": [1, "x"], "a": null}), Some(r#"{"b":[1,"x"],"a":null}"#));
    }

    #[test]
    fn a_null_is_absent() {
        let object = json!({"url": "x", "none": null, "port": 5432});
        let strings = to_strings(object.as_object().unwrap());
        assert_eq!(strings, [("url".into(), "x".into()), ("port".to_owned(), "5432".to_owned())]);
    }
}

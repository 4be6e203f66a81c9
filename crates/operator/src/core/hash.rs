//! Keyed hashes of what a coupling was made from.
//!
//! HMAC-SHA256 under a key of the operator over canonical JSON (keys sorted). Keyed, because the hash stands in a status that many
//! may read and its input holds secrets, some of which could be guessed.

use std::fmt::Write as _;

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use serde_json::Value;

/// 128 bits: nobody without the key can look for collisions.
const HASH_BYTES: usize = 16;

pub(crate) fn keyed(key: &[u8; 32], value: &Value) -> String {
    let mut text = String::new();
    canonical(value, &mut text);
    let tag = sign(&Key::new(HMAC_SHA256, key), text.as_bytes());
    hex::encode(&tag.as_ref()[..HASH_BYTES])
}

fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.iter().collect();
            keys.sort_by_key(|(key, _)| *key);
            text.push('{');
            for (key, value) in keys {
                let _ = write!(text, "{}:", Value::String(key.clone()));
                canonical(value, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Array(list) => {
            text.push('[');
            for value in list {
                canonical(value, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let _ = write!(text, "{value}");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn order_of_keys_does_not_matter_and_everything_else_does() {
        let key = [1; 32];
        let hash = keyed(&key, &json!({"a": 1, "b": [1, 2]}));
        assert_eq!(hash, keyed(&key, &json!({"b": [1, 2], "a": 1})));
        for other in [json!({"a": 1, "b": [2, 1]}), json!({"a": "1", "b": [1, 2]}), json!({"a": 1})]
        {
            assert_ne!(hash, keyed(&key, &other));
        }
        assert_ne!(hash, keyed(&[2; 32], &json!({"a": 1, "b": [1, 2]})));
    }
}

//! Maps whose values people write as YAML likes: `port: 5432`, `debug: true`, `name: orders`.
//!
//! They are strings everywhere else. Integers print in decimal, whatever their size, a float without a fraction too (a template that
//! wrote `1e+06` into a configuration was the surprise of the Go operator); `null` is absent; a list or an object is refused.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Unexpected, Visitor};

pub type Strings = BTreeMap<String, String>;

/// Below this a float holds every integer exactly: 2^53.
const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;

/// For `#[serde(deserialize_with)]`.
pub fn strings<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Strings, D::Error> {
    struct Map;

    impl<'de> Visitor<'de> for Map {
        type Value = Strings;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a map of text, numbers and booleans")
        }

        fn visit_unit<E: Error>(self) -> Result<Strings, E> {
            Ok(Strings::new())
        }

        fn visit_none<E: Error>(self) -> Result<Strings, E> {
            Ok(Strings::new())
        }

        fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Strings, A::Error> {
            let mut map = Strings::new();
            while let Some((key, Scalar(value))) = access.next_entry()? {
                if let Some(value) = value {
                    map.insert(key, value);
                }
            }
            Ok(map)
        }
    }

    deserializer.deserialize_any(Map)
}

/// The same for one field.
pub fn string<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Scalar::deserialize(deserializer).map(|Scalar(value)| value)
}

struct Scalar(Option<String>);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(One)
    }
}

struct One;

impl Visitor<'_> for One {
    type Value = Scalar;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text, a number or a boolean")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar(Some(value.to_owned())))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Scalar, E> {
        Ok(Scalar(Some(value)))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar(Some(value.to_string())))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar(Some(value.to_string())))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Scalar, E> {
        Ok(Scalar(Some(value.to_string())))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Scalar, E> {
        if !value.is_finite() {
            return Err(E::invalid_value(Unexpected::Float(value), &self));
        }
        Ok(Scalar(Some(if value.fract() == 0.0 && value.abs() < EXACT_BELOW {
            format!("{value:.0}")
        } else {
            value.to_string()
        })))
    }

    fn visit_unit<E: Error>(self) -> Result<Scalar, E> {
        Ok(Scalar(None))
    }

    fn visit_none<E: Error>(self) -> Result<Scalar, E> {
        Ok(Scalar(None))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn check(value: Value, expected: &str) {
        let map = strings(json!({ "key": value })).expect("a scalar");
        assert_eq!(map["key"], expected);
    }

    #[test]
    fn a_scalar_reads_as_it_was_written() {
        check(json!("orders"), "orders");
        check(json!(5432), "5432");
        check(json!(-1), "-1");
        check(json!(true), "true");
        check(json!(1.5), "1.5");
        check(json!(1e6), "1000000");
        check(json!(u64::MAX), "18446744073709551615");
    }

    #[test]
    fn null_is_absent() {
        assert!(strings(json!({ "key": null })).expect("a map").is_empty());
        assert!(strings(json!(null)).expect("a map").is_empty());
    }

    #[test]
    fn a_list_is_refused() {
        assert!(strings(json!({ "key": [] })).is_err());
        assert!(strings(json!({ "key": {} })).is_err());
        assert!(strings(json!("text")).is_err());
    }
}

//! The contract of a socket: which keys cross from one side to the other.
//!
//! | declared | config | result |
//! |---|---|---|
//! | no interface, or none for this half | everything crosses | everything crosses |
//! | the half, without this side | nothing crosses | everything crosses |
//! | `{}` for this side | nothing crosses | nothing crosses |
//! | keys | those keys | those keys |
//!
//! An empty text counts as missing on all four. A key that is required must be given, whatever its default says.

use std::collections::BTreeMap;

use k8s::socket::{Interface, Property};

use crate::core::journal::Side;
use crate::core::layers::{Layered, Origin};
use crate::core::request::Values;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    Config,
    Result,
}

impl Half {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Result => "result",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declared<'a> {
    Everything,
    Nothing,
    Keys(&'a BTreeMap<String, Property>),
}

pub fn declared(interface: Option<&Interface>, half: Half, side: Side) -> Declared<'_> {
    let Some(interface) = interface else { return Declared::Everything };
    let exchange = match half {
        Half::Config => &interface.config,
        Half::Result => &interface.result,
    };
    let Some(exchange) = exchange else { return Declared::Everything };
    let keys = match side {
        Side::Plug => &exchange.plug,
        Side::Socket => &exchange.socket,
    };
    match (keys, half) {
        (Some(keys), _) => Declared::Keys(keys),
        (None, Half::Config) => Declared::Nothing,
        (None, Half::Result) => Declared::Everything,
    }
}

/// What crosses, and what does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crossing {
    pub kept: Layered,
    /// Given and not declared.
    pub dropped: Vec<String>,
    /// Required and not given.
    pub missing: Vec<String>,
}

pub fn cross(given: Layered, declared: Declared<'_>) -> Crossing {
    let keys = match declared {
        Declared::Everything => return Crossing { kept: given, ..Crossing::default() },
        Declared::Nothing => &BTreeMap::new(),
        Declared::Keys(keys) => keys,
    };
    let mut crossing = Crossing::default();
    for (key, sourced) in given.0 {
        if keys.contains_key(&key) {
            crossing.kept.0.insert(key, sourced);
        } else {
            crossing.dropped.push(key);
        }
    }
    for (key, property) in keys {
        let is_given = crossing.kept.0.get(key).is_some_and(|sourced| !sourced.value.is_empty());
        if is_given {
            continue;
        }
        if property.required {
            crossing.missing.push(key.clone());
        } else if let Some(default) = &property.default {
            let value = Values::from([(key.clone(), default.clone())]);
            crossing.kept.lay(&Origin::field("default of the interface"), &value);
        }
    }
    crossing
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(interface: serde_json::Value, half: Half, given: &[(&str, &str)], want: &str) {
        let interface: Option<Interface> = serde_json::from_value(interface).unwrap();
        for side in [Side::Plug, Side::Socket] {
            let values: Values =
                given.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            let mut layered = Layered::default();
            layered.lay(&Origin::field("spec"), &values);
            let crossing = cross(layered, declared(interface.as_ref(), half, side));
            let shown = format!(
                "{:?} dropped {:?} missing {:?}",
                crossing.kept.values(),
                crossing.dropped,
                crossing.missing
            );
            assert_eq!(shown, want, "{side:?}");
        }
    }

    #[test]
    fn without_a_contract_everything_crosses() {
        let all = r#"{"a": "1"} dropped [] missing []"#;
        for half in [Half::Config, Half::Result] {
            check(json!(null), half, &[("a", "1")], all);
            check(json!({}), half, &[("a", "1")], all);
        }
        check(json!({"result": {}}), Half::Config, &[("a", "1")], all);
    }

    #[test]
    fn a_half_without_a_side_drops_configuration_and_passes_results() {
        check(json!({"config": {}}), Half::Config, &[("a", "1")], r#"{} dropped ["a"] missing []"#);
        check(
            json!({"result": {}}),
            Half::Result,
            &[("a", "1")],
            r#"{"a": "1"} dropped [] missing []"#,
        );
        let empty = json!({"plug": {}, "socket": {}});
        for half in [Half::Config, Half::Result] {
            let interface = json!({half.as_str(): empty});
            check(interface, half, &[("a", "1")], r#"{} dropped ["a"] missing []"#);
        }
    }

    #[test]
    fn an_empty_text_is_missing_on_every_side_and_required_beats_default() {
        let keys = json!({
            "must": {"required": true}, "both": {"required": true, "default": "d"},
            "may": {"default": "d"}, "plain": {}
        });
        for half in [Half::Config, Half::Result] {
            let interface = json!({half.as_str(): {"plug": keys, "socket": keys}});
            check(
                interface.clone(),
                half,
                &[("must", ""), ("may", ""), ("plain", ""), ("else", "1")],
                r#"{"may": "d", "must": "", "plain": ""} dropped ["else"] missing ["both", "must"]"#,
            );
            check(
                interface,
                half,
                &[("must", "1"), ("both", "2"), ("may", "3")],
                r#"{"both": "2", "may": "3", "must": "1"} dropped [] missing []"#,
            );
        }
    }
}

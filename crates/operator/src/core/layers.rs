//! Values from several places: which one wins, and where each came from.
//!
//! | value | later wins |
//! |---|---|
//! | config | Secret, `config`, `configTemplate`, `ConfigMap`, apparatus |
//! | data | Secret, `data`, `ConfigMap` |
//! | result | Secret, `result`, `resultTemplate`, `ConfigMap`, apparatus |
//!
//! The places are kept beside the values because `explain` and the troubles name them.

use std::collections::BTreeMap;
use std::fmt;

use crate::core::object::ObjectRef;
use crate::core::request::Values;

/// A place that gives values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// `spec.configTemplate`, `default of the interface`, ...
    pub field: String,
    /// The object that the field points to.
    pub object: Option<ObjectRef>,
}

impl Origin {
    pub fn field(field: &str) -> Self {
        Self { field: field.to_owned(), object: None }
    }

    pub fn object(field: &str, object: &ObjectRef) -> Self {
        Self { field: field.to_owned(), object: Some(object.clone()) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.object {
            Some(object) => write!(f, "{} ({object})", self.field),
            None => f.write_str(&self.field),
        }
    }
}

/// A value, where it came from, and which places it won over.
#[derive(Clone, PartialEq, Eq)]
pub struct Sourced {
    pub value: String,
    pub origin: Origin,
    pub over: Vec<Origin>,
}

impl fmt::Debug for Sourced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sourced(from {})", self.origin)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layered(pub BTreeMap<String, Sourced>);

impl Layered {
    /// Lays `values` over what is there.
    pub fn lay(&mut self, origin: &Origin, values: &Values) {
        for (key, value) in values {
            let over = match self.0.remove(key) {
                Some(before) => {
                    let mut over = before.over;
                    over.push(before.origin);
                    over
                }
                None => Vec::new(),
            };
            let sourced = Sourced { value: value.clone(), origin: origin.clone(), over };
            self.0.insert(key.clone(), sourced);
        }
    }

    pub fn values(&self) -> Values {
        self.0.iter().map(|(key, sourced)| (key.clone(), sourced.value.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_layer_wins_and_remembers_the_earlier_ones() {
        let values = |value: &str| Values::from([("a".to_owned(), value.to_owned())]);
        let mut layered = Layered::default();
        layered.lay(&Origin::field("spec.configSecretName"), &values("1"));
        layered.lay(&Origin::field("spec.config"), &values("2"));
        layered.lay(&Origin::field("spec.configTemplate"), &values("3"));
        assert_eq!(layered.values()["a"], "3");
        let over: Vec<_> = layered.0["a"].over.iter().map(ToString::to_string).collect();
        assert_eq!(over, ["spec.configSecretName", "spec.config"]);
        assert!(!format!("{layered:?}").contains('3'));
    }
}

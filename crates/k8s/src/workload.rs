//! How a result reaches the application: a Secret in the plug's namespace, and a workload that reads it.
//!
//! Files follow the Service Binding layout: `/bindings/NAME/KEY`, with the entries `type` and `provider`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The root of the Service Binding layout.
pub const DEFAULT_ROOT: &str = "/bindings";

/// A Secret with the result, in the plug's namespace.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishSecret {
    /// The name of the Secret; default: PLUG-SOCKET.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub name: Option<String>,
    /// Keys of the Secret and the keys of the result that fill them; default: all, with their own names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, String>,
    /// The entry type of the Service Binding layout, as postgresql; default: the socket's name.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub type_: Option<String>,
    /// The entry provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub provider: Option<String>,
}

/// The workload that gets the result; it is restarted when the result changes.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "has(self.name) != has(self.selector)",
    "message": "name the workload, or select it by labels: exactly one of name and selector",
}]))]
pub struct Workload {
    /// Group and version; default apps/v1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub api_version: Option<String>,
    /// The kind, something with a pod template; default Deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub kind: Option<String>,
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub name: Option<String>,
    /// Labels of the workloads, instead of a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "LabelSelector")]
    pub selector: Option<LabelSelector>,
    /// The containers that get it; default: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub containers: Vec<String>,
    /// Environment variables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<EnvironmentVariable>,
    /// Files below /bindings. On when env is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Files")]
    pub files: Option<Files>,
    /// Whether a changed result restarts the workload; default true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub restart: Option<bool>,
}

/// An environment variable and the key of the Secret that fills it.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentVariable {
    /// The variable, as DATABASE_URL.
    pub name: String,
    /// The key of the Secret, as url.
    pub key: String,
}

/// Files of the Service Binding layout.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Files {
    /// The folder below the root; default: the socket's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub name: Option<String>,
    /// The root; default /bindings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub root: Option<String>,
}

/// A choice by labels.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LabelSelector {
    /// Labels that must have these values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub match_labels: BTreeMap<String, String>,
    /// Further requirements; all must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub match_expressions: Vec<Requirement>,
}

/// A requirement on one label.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Requirement {
    /// The label.
    pub key: String,
    /// How it is compared.
    pub operator: Operator,
    /// With In and NotIn: the values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[schemars(inline)]
pub enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

impl LabelSelector {
    /// Whether labels fit. An empty selector fits everything, as in Kubernetes.
    pub fn fits(&self, labels: &BTreeMap<String, String>) -> bool {
        self.match_labels.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.match_expressions.iter().all(|requirement| requirement.holds(labels))
    }
}

impl Requirement {
    fn holds(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = labels.get(&self.key);
        match self.operator {
            Operator::In => value.is_some_and(|value| self.values.contains(value)),
            Operator::NotIn => value.is_none_or(|value| !self.values.contains(value)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn check(selector: Value, fits: bool) {
        let selector: LabelSelector = serde_json::from_value(selector).expect("a selector");
        let labels = BTreeMap::from([("tier".to_owned(), "db".to_owned())]);
        assert_eq!(selector.fits(&labels), fits, "{selector:?}");
    }

    #[test]
    fn a_selector_chooses_as_kubernetes_does() {
        check(json!({}), true);
        check(json!({ "matchLabels": { "tier": "db" } }), true);
        check(json!({ "matchLabels": { "tier": "web" } }), false);
        let expression = |operator: &str, key: &str| json!({ "matchExpressions": [{ "key": key, "operator": operator, "values": ["db"] }] });
        check(expression("In", "tier"), true);
        check(expression("NotIn", "tier"), false);
        check(expression("NotIn", "zone"), true);
        check(expression("Exists", "zone"), false);
        check(expression("DoesNotExist", "zone"), true);
    }
}

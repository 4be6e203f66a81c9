//! Names of things in a cluster: which object, which one exactly (uid), and on whose behalf it is touched.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The group that plugs and sockets have always had; taking over a cluster depends on it.
pub const GROUP: &str = "integration.rock8s.com";
pub const API_VERSION: &str = "integration.rock8s.com/v1beta1";
/// On plugs and sockets while there is something to undo.
pub const FINALIZER: &str = "integration.rock8s.com/finalizer";

/// An object by name. The namespace is absent for kinds of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectRef {
    pub api_version: String,
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    pub name: String,
}

impl ObjectRef {
    pub fn new(api_version: &str, kind: &str, namespace: &str, name: &str) -> Self {
        Self {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: Some(namespace.to_owned()).filter(|namespace| !namespace.is_empty()),
            name: name.to_owned(),
        }
    }

    pub fn plug(namespace: &str, name: &str) -> Self {
        Self::new(API_VERSION, "Plug", namespace, name)
    }

    pub fn socket(namespace: &str, name: &str) -> Self {
        Self::new(API_VERSION, "Socket", namespace, name)
    }

    pub fn config_map(namespace: &str, name: &str) -> Self {
        Self::new("v1", "ConfigMap", namespace, name)
    }

    pub fn secret(namespace: &str, name: &str) -> Self {
        Self::new("v1", "Secret", namespace, name)
    }

    /// The reference of a whole object, when it has the four parts.
    pub fn of(object: &Value) -> Option<Self> {
        let text =
            |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        Some(Self {
            api_version: text(&object["apiVersion"])?,
            kind: text(&object["kind"])?,
            namespace: text(&object["metadata"]["namespace"]),
            name: text(&object["metadata"]["name"])?,
        })
    }

    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }

    /// Group without version, as access rules name it.
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }
}

/// `plug orders/reports`: kind in lower case, then where and what.
impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind.as_str() {
            "Plug" => "plug",
            "Socket" => "socket",
            other => other,
        };
        match &self.namespace {
            Some(namespace) => write!(f, "{kind} {namespace}/{}", self.name),
            None => write!(f, "{kind} {}", self.name),
        }
    }
}

/// An object and the uid that tells it from a later one of the same name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identity {
    pub object: ObjectRef,
    pub uid: String,
}

impl Identity {
    pub fn of(object: &Value) -> Option<Self> {
        let uid = object["metadata"]["uid"].as_str()?.to_owned();
        Some(Self { object: ObjectRef::of(object)?, uid })
    }
}

/// On whose behalf a request is made. A service account is impersonated; its namespace is always that of the plug or socket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Account {
    Operator,
    Service { namespace: String, name: String },
}

impl Account {
    pub fn service(namespace: &str, name: &str) -> Self {
        let name = if name.is_empty() { "default" } else { name };
        Self::Service { namespace: namespace.to_owned(), name: name.to_owned() }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator => f.write_str("the operator"),
            Self::Service { namespace, name } => write!(f, "service account {namespace}/{name}"),
        }
    }
}

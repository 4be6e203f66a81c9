//! The service that a plug or socket calls at each step of its life.
//!
//! Where it lives follows from what is written: containers or a pod template make a pod and a Service on demand; an endpoint alone is
//! somebody else's service.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::schema;

/// Seconds without a call after which an on-demand pod is removed. The Go operator's default.
pub const DEFAULT_IDLE_SECONDS: i64 = 60;
/// Some apparatuses poll an identity provider for up to 300 s inside one call; this leaves them a minute more.
pub const DEFAULT_TIMEOUT_SECONDS: i64 = 360;

/// A service to call: POST /config for configuration, POST /created, /coupled, /updated, /decoupled, /deleted at each step.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Apparatus {
    /// Containers of the pod that is started on demand; the port named container is called. Empty: endpoint is the address of a service
    /// that runs already.
    #[serde(default)]
    #[schemars(schema_with = "schema::containers")]
    pub containers: Vec<Value>,
    /// Address, or path below the pod's address, as https://apparatus.example or /socket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub endpoint: Option<String>,
    /// Seconds without a call after which the pod is removed; default 60.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64")]
    pub idle_timeout: Option<i64>,
    /// Seconds one call may take; default 360.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64", range(min = 1, max = 3600))]
    pub timeout_seconds: Option<i64>,
    /// A pod template (metadata and spec) around the containers: volumes, node selector, annotations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::object")]
    pub pod_template: Option<Value>,
    /// A Secret of the same namespace whose key hmac signs each call (header X-Integration-Signature).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub signing_secret_name: Option<String>,
}

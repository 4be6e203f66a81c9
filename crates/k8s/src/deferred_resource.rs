//! DeferredResource: an object that is created later.
//!
//! `status.ownerReferences` is one object and not a list, as the Go operator wrote it.

#![expect(
    clippy::duplicated_attributes,
    reason = "each column has a type, and there are few types"
)]

use kube_derive::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::condition::Condition;
use crate::reference::WaitFor;
use crate::schema;

/// What to create, and after what.
#[derive(Clone, CustomResource, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[kube(
    group = "integration.rock8s.com",
    version = "v1beta1",
    kind = "DeferredResource",
    namespaced,
    status = "DeferredResourceStatus",
    derive = "PartialEq",
    plural = "deferredresources",
    shortname = "dres",
    doc = "A deferred resource is an object that is created after a time or once other objects exist.",
    crates(kube_core = "::kube_core"),
    printcolumn(
        name = "Resolved",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Resolved\")].status",
        description = "Whether the object was created."
    ),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Resolved\")].reason",
        description = "Why."
    ),
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp",
        description = "How long it exists."
    ),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Resolved\")].message",
        description = "What is going on, and what to do.",
        priority = "1"
    )
)]
#[serde(rename_all = "camelCase")]
pub struct DeferredResourceSpec {
    /// Seconds since this object was created. Without waitFor: the delay. With it: see mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64")]
    pub timeout: Option<i64>,
    /// Objects of the same namespace that must exist.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wait_for: Vec<WaitFor>,
    /// What timeout means beside waitFor. allOrTimeout (default): create when all exist, at the latest at the timeout. delayThenAll:
    /// all must exist and the timeout must have passed, as with the Go operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Mode")]
    pub mode: Option<Mode>,
    /// The object; it is made in this namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::object")]
    pub resource: Option<Value>,
    /// The service account of this namespace whose rights are used; default: default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub service_account_name: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum Mode {
    #[default]
    AllOrTimeout,
    DelayThenAll,
}

impl DeferredResourceSpec {
    pub fn service_account(&self) -> &str {
        self.service_account_name.as_deref().filter(|name| !name.is_empty()).unwrap_or("default")
    }
}

/// What the operator says.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeferredResourceStatus {
    /// Aspects of the state: Ready, Reconciling, Stalled; Resolved and Failed as the Go operator wrote them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// The generation that the conditions speak of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64")]
    pub observed_generation: Option<i64>,
    /// The object that was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "CreatedReference")]
    pub owner_references: Option<CreatedReference>,
}

/// The object that was created.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatedReference {
    /// Group and version.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The identity.
    pub uid: String,
    /// Always absent in what we write; kept from what was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub controller: Option<bool>,
    /// Always absent in what we write; kept from what was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub block_owner_deletion: Option<bool>,
}

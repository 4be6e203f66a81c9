//! Plug: what an application needs.
//!
//! Plain result values in the status are the Go operator's way; ours keeps key names and a hash there and the values in a Secret, unless
//! `compat.status` is open.

#![expect(
    clippy::duplicated_attributes,
    reason = "each column has a type, and there are few types"
)]

use std::collections::BTreeMap;

use kube_derive::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::condition::Condition;
use crate::reference::Coupled;
use crate::side::Side;
use crate::workload::{LabelSelector, PublishSecret, Workload};

/// What the application needs, what it gives to the socket, and where the result goes.
#[derive(Clone, CustomResource, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[kube(
    group = "integration.rock8s.com",
    version = "v1beta1",
    kind = "Plug",
    namespaced,
    status = "PlugStatus",
    derive = "PartialEq",
    shortname = "plg",
    doc = "A plug declares what an application needs; the operator couples it to the socket that offers it.",
    crates(kube_core = "::kube_core"),
    printcolumn(
        name = "Socket",
        type_ = "string",
        json_path = ".status.socket",
        description = "The socket, as NAMESPACE/NAME."
    ),
    printcolumn(
        name = "Coupled",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Coupled\")].status",
        description = "Whether it is coupled."
    ),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].status",
        description = "Whether everything asked for is done."
    ),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Coupled\")].reason",
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
        json_path = ".status.conditions[?(@.type==\"Ready\")].message",
        description = "What is going on, and what to do.",
        priority = "1"
    )
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "has(self.socket) || has(self.socketSelector) || (oldSelf.hasValue() && !has(oldSelf.value().socket) && !has(oldSelf.value().socketSelector))",
    "message": "name a socket (spec.socket.name) or select one by labels (spec.socketSelector)",
    "optionalOldSelf": true,
}, {
    "rule": "!(has(self.socket) && has(self.socketSelector))",
    "message": "use either spec.socket or spec.socketSelector, not both",
}]))]
pub struct PlugSpec {
    /// The socket to couple to. Changing it decouples from the old one first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SocketReference")]
    pub socket: Option<SocketReference>,
    /// Chooses the socket by labels; of several the oldest one that allows this plug.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SocketSelector")]
    pub socket_selector: Option<SocketSelector>,
    /// Writes the result into a Secret of this namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PublishSecret")]
    pub publish_secret: Option<PublishSecret>,
    /// Gives the result to a workload of this namespace as environment or files; implies publishSecret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Workload")]
    pub workload: Option<Workload>,
    /// What to do as the Go operator did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PlugCompat")]
    pub compat: Option<PlugCompat>,
    #[serde(flatten)]
    pub side: Side,
}

/// A socket by name.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SocketReference {
    /// The name.
    pub name: String,
    /// The namespace; default: the plug's. Another one must allow this: validation in the socket, or a ReferenceGrant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub namespace: Option<String>,
}

/// A socket by labels.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SocketSelector {
    /// The namespace to look in; default: the plug's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub namespace: Option<String>,
    #[serde(flatten)]
    pub labels: LabelSelector,
}

/// Compatibility of one plug.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlugCompat {
    /// open: the socket's templates see the whole plug, not only the configuration that its interface lets through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Openness")]
    pub templates: Option<Openness>,
    /// open: results stand in the status in clear, secrets included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Openness")]
    pub status: Option<Openness>,
}

/// strict is the default everywhere.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum Openness {
    #[default]
    Strict,
    Open,
}

/// What the operator says.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlugStatus {
    /// Aspects of the state: Ready, Reconciling, Stalled; Coupled and Failed as the Go operator wrote them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// The generation that the conditions speak of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64")]
    pub observed_generation: Option<i64>,
    /// The socket that is meant, as NAMESPACE/NAME.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub socket: Option<String>,
    /// The socket it is coupled to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Coupled")]
    pub coupled_socket: Option<Coupled>,
    /// The result of the coupling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "CoupledResult")]
    pub coupled_result: Option<CoupledResult>,
    /// The step the coupling is at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub phase: Option<String>,
    /// The hash of everything the coupling was made from; another one means an update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub hash: Option<String>,
    /// How many objects were made for this coupling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64")]
    pub resources: Option<i64>,
    /// The Secret with the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub secret_name: Option<String>,
}

/// What came out of a coupling.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CoupledResult {
    /// The plug's results in clear; only with compat.status: open.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub plug: BTreeMap<String, String>,
    /// The socket's results in clear; only with compat.status: open.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub socket: BTreeMap<String, String>,
    /// The generation of the plug that they came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64")]
    pub observed_generation: Option<i64>,
    /// Names of the plug's results.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plug_keys: Vec<String>,
    /// Names of the socket's results.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub socket_keys: Vec<String>,
    /// A keyed hash of the values: it changes when they do, and says nothing about them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub hash: Option<String>,
}

//! Socket: what a provider offers.
//!
//! An absent interface lets everything through, an absent half of it too; an empty map drops all. The rules are the operator's.

#![expect(
    clippy::duplicated_attributes,
    reason = "each column has a type, and there are few types"
)]

use std::collections::BTreeMap;

use kube_derive::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::condition::Condition;
use crate::plug::Openness;
use crate::reference::Coupled;
use crate::scalar::string;
use crate::schema;
use crate::side::Side;

/// Entries of `status.coupledPlugs`: 149 bytes each, far below what etcd holds in one object (near 10,500).
pub const MAX_COUPLED_PLUGS: usize = 1_000;

/// What is offered, to whom, and what has to be exchanged.
#[derive(Clone, CustomResource, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[kube(
    group = "integration.rock8s.com",
    version = "v1beta1",
    kind = "Socket",
    namespaced,
    status = "SocketStatus",
    derive = "PartialEq",
    shortname = "skt",
    doc = "A socket declares what a provider offers; plugs couple to it.",
    crates(kube_core = "::kube_core"),
    printcolumn(
        name = "Plugs",
        type_ = "integer",
        json_path = ".status.coupledPlugsTotal",
        description = "How many plugs are coupled."
    ),
    printcolumn(
        name = "Coupled",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Coupled\")].status",
        description = "Whether any plug is coupled."
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
        name = "Limit",
        type_ = "integer",
        json_path = ".spec.limit",
        description = "How many plugs may couple.",
        priority = "1"
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
pub struct SocketSpec {
    /// What crosses between the two sides. Without it everything does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Interface")]
    pub interface: Option<Interface>,
    /// How many plugs may couple; default: any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i32")]
    pub limit: Option<i32>,
    /// Which other namespaces may couple. Plugs of the socket's own namespace always may, whatever is listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Validation")]
    pub validation: Option<Validation>,
    /// What to do as the Go operator did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SocketCompat")]
    pub compat: Option<SocketCompat>,
    #[serde(flatten)]
    pub side: Side,
}

/// The contract between the two sides.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Interface {
    /// Configuration that each side gives to the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Exchange")]
    pub config: Option<Exchange>,
    /// Results that each side gives to the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Exchange")]
    pub result: Option<Exchange>,
}

/// Keys by side.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exchange {
    /// Keys that the plug gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "BTreeMap<String, Property>")]
    pub plug: Option<BTreeMap<String, Property>>,
    /// Keys that the socket gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "BTreeMap<String, Property>")]
    pub socket: Option<BTreeMap<String, Property>>,
}

/// One key of the contract.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Property {
    /// Whether a value must be given; an empty one does not count.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// The value when none is given.
    #[serde(default, deserialize_with = "string", skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::scalar")]
    pub default: Option<String>,
    /// What the value means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub description: Option<String>,
}

/// Which other namespaces may couple. The black list is looked at first; an expression is Go's and matches anywhere in the name unless anchored with ^ and $.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Validation {
    /// Regular expressions (Go's, RE2) of other namespaces that may couple.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub namespace_whitelist: Vec<String>,
    /// Regular expressions (Go's, RE2) of other namespaces that may not. The socket's own namespace may even then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub namespace_blacklist: Vec<String>,
}

/// Compatibility of one socket.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SocketCompat {
    /// open: plugs of every namespace may couple when validation names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Openness")]
    pub consent: Option<Openness>,
    /// open: the plug's templates see the whole socket, not only the configuration that the interface lets through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Openness")]
    pub templates: Option<Openness>,
}

/// What the operator says.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SocketStatus {
    /// Aspects of the state: Ready, Reconciling, Stalled; Coupled and Failed as the Go operator wrote them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// The generation that the conditions speak of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64")]
    pub observed_generation: Option<i64>,
    /// How many plugs are coupled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64")]
    pub coupled_plugs_total: Option<i64>,
    /// The coupled plugs; at most 1000 of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coupled_plugs: Vec<Coupled>,
}

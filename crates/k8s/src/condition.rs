//! Conditions: what `kubectl wait`, Argo CD and Flux read, beside those of the Go operator.
//!
//! | type | on | True means |
//! |---|---|---|
//! | `Ready` | all | everything that was asked for is done |
//! | `Reconciling` | all | the operator is at work |
//! | `Stalled` | all | somebody has to act; the message says who and how |
//! | `Coupled` | Plug, Socket | compatible: coupled |
//! | `Failed` | all | compatible: the last error |
//! | `Resolved` | DeferredResource | compatible: created |
//!
//! Constructors and transitions are the operator's; this is only the shape.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub const READY: &str = "Ready";
pub const RECONCILING: &str = "Reconciling";
pub const STALLED: &str = "Stalled";
pub const COUPLED: &str = "Coupled";
pub const FAILED: &str = "Failed";
pub const RESOLVED: &str = "Resolved";

/// One aspect of the state.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// Which aspect.
    #[serde(rename = "type")]
    pub type_: String,
    /// True, False or Unknown.
    #[schemars(extend("enum" = ["True", "False", "Unknown"]))]
    pub status: String,
    /// One word for programs.
    #[serde(default)]
    pub reason: String,
    /// For people: kind, namespace/name, field, and what to do next.
    #[serde(default)]
    pub message: String,
    /// When the status last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub last_transition_time: Option<String>,
    /// The generation of the object that this speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
}

/// The condition of a type.
pub fn find<'a>(conditions: &'a [Condition], type_: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.type_ == type_)
}

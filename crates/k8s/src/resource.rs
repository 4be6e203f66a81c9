//! Objects that a plug or socket wants made or removed at a step of its life.
//!
//! `preserveWhenDecoupled` is the name in the Go operator's documentation, `retainWhenDecoupled` the one in its code; either works.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::schema;

/// What to do with the objects.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    Deserialize,
    Eq,
    Hash,
    JsonSchema,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum Do {
    #[default]
    Apply,
    Delete,
    Recreate,
    /// Stored before the schema named the words; refused with the name of the field.
    #[serde(other)]
    #[schemars(skip)]
    Unknown,
}

/// A step of the life of a plug or socket.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum When {
    Created,
    Coupled,
    Updated,
    Decoupled,
    Deleted,
    /// Stored before the schema named the words; refused with the name of the field.
    #[serde(other)]
    #[schemars(skip)]
    Unknown,
}

/// When nothing is said.
pub const DEFAULT_WHEN: &[When] = &[When::Coupled, When::Updated];

/// Objects, and when to make or remove them.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// What to do: apply (default), delete, or recreate (delete, then apply).
    #[serde(rename = "do", default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Do")]
    pub do_: Option<Do>,
    /// At which steps; default: coupled and updated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<When>")]
    pub when: Option<Vec<When>>,
    /// One object. Each text in it is a template ({% .plugConfig.name %}) and stays one text, whatever is put in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::object")]
    pub template: Option<Value>,
    /// Several objects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::objects")]
    pub templates: Vec<Value>,
    /// YAML as one text, rendered and then read; quote what is put in: {% .plugConfig.name | quote %}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub string_template: Option<String>,
    /// Several texts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub string_templates: Vec<String>,
    /// Keep the objects when the coupling ends. The same as retainWhenDecoupled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub preserve_when_decoupled: Option<bool>,
    /// Keep the objects when the coupling ends. The same as preserveWhenDecoupled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub retain_when_decoupled: Option<bool>,
}

impl Resource {
    pub fn what(&self) -> Do {
        self.do_.unwrap_or_default()
    }

    pub fn when(&self) -> &[When] {
        self.when.as_deref().filter(|when| !when.is_empty()).unwrap_or(DEFAULT_WHEN)
    }

    /// Whether the objects outlive the coupling.
    pub fn retained(&self) -> bool {
        self.preserve_when_decoupled.unwrap_or(false) || self.retain_when_decoupled.unwrap_or(false)
    }
}

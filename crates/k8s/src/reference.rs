//! Pointers to other objects: looked up for a value, waited for, or recorded.
//!
//! An API version is written either whole (`apps/v1`) or as group and version; `api_version()` is the one reading of both.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A value looked up in another object.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Var {
    /// The name under which templates see the value.
    pub name: String,
    /// The object to look in.
    pub objref: ObjectReference,
    /// Where in the object the value is; without it the whole object as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fieldref: Option<FieldReference>,
    /// Do without the value when the object or the field is missing; else the coupling waits for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// A place in an object.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldReference {
    /// A gjson path, as `data.url` or `status.loadBalancer.ingress.0.ip`; a dot in a key is escaped: `data.tls\.crt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field_path: Option<String>,
}

/// The object a var looks in. It is read with the rights of the owner's service account.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectReference {
    /// Group and version in one, as `apps/v1` or `v1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// The group alone; with `version`, instead of `apiVersion`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The version alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The kind, as `Secret`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The namespace; default: the one of the plug or socket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// A template for the name; sees `plug` and `socket`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_name: Option<String>,
    /// A template for the namespace; sees `plug` and `socket`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_namespace: Option<String>,
}

impl ObjectReference {
    /// `None` when neither was written.
    pub fn api_version(&self) -> Option<String> {
        api_version(self.api_version.as_deref(), self.group.as_deref(), self.version.as_deref())
    }
}

/// An object that a deferred resource waits for, in its own namespace.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WaitFor {
    /// Group and version in one, as `apps/v1` or `v1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// The group alone; with `version`, instead of `apiVersion`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The version alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The kind, as `Secret`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl WaitFor {
    /// `None` when neither was written.
    pub fn api_version(&self) -> Option<String> {
        api_version(self.api_version.as_deref(), self.group.as_deref(), self.version.as_deref())
    }
}

/// An object that was found, and which one it was.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Coupled {
    /// Group and version.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The namespace.
    pub namespace: String,
    /// The identity: another object of the same name has another.
    pub uid: String,
}

fn api_version(whole: Option<&str>, group: Option<&str>, version: Option<&str>) -> Option<String> {
    let text = |value: Option<&str>| value.filter(|value| !value.is_empty()).map(str::to_owned);
    text(whole).or_else(|| {
        let version = text(version)?;
        Some(match text(group) {
            Some(group) => format!("{group}/{version}"),
            None => version,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::api_version;

    #[test]
    fn a_version_is_written_whole_or_in_two() {
        assert_eq!(api_version(Some("apps/v1"), None, None).as_deref(), Some("apps/v1"));
        assert_eq!(api_version(None, Some("apps"), Some("v1")).as_deref(), Some("apps/v1"));
        assert_eq!(api_version(Some(""), Some(""), Some("v1")).as_deref(), Some("v1"));
        assert_eq!(api_version(None, Some("apps"), None), None);
    }
}

//! What a plug and a socket can both say.
//!
//! Precedence, later wins: config is Secret, `config`, `configTemplate`, ConfigMap, apparatus; data is Secret, `data`, ConfigMap; result is
//! Secret, `result`, `resultTemplate`, ConfigMap. The fields are flattened into both specs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::apparatus::Apparatus;
use crate::reference::{ObjectReference, Var};
use crate::resource::Resource;
use crate::scalar::{Strings, string, strings};
use crate::schema;

/// Seconds that results may take to appear: as long as one call of an apparatus.
pub const DEFAULT_RESULT_TIMEOUT_SECONDS: i64 = 360;

/// One side of a coupling.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Side {
    /// Input for templates and the apparatus only; never crosses to the other side, never checked against the interface.
    #[serde(default, deserialize_with = "strings", skip_serializing_if = "Strings::is_empty")]
    #[schemars(schema_with = "schema::scalars")]
    pub data: Strings,
    /// A ConfigMap with more data; wins over data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub data_config_map_name: Option<String>,
    /// A Secret with more data; data wins over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub data_secret_name: Option<String>,
    /// Values looked up in other objects before the configuration is made; templates see them as vars.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vars: Vec<Var>,

    /// Configuration for the other side: keys and values that its interface declares.
    #[serde(default, deserialize_with = "strings", skip_serializing_if = "Strings::is_empty")]
    #[schemars(schema_with = "schema::scalars")]
    pub config: Strings,
    /// A ConfigMap with more configuration; wins over config and configTemplate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub config_config_map_name: Option<String>,
    /// A Secret with more configuration, read with the rights of the service account; config wins over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub config_secret_name: Option<String>,
    /// Configuration as templates; sees plug, socket, plugData, socketData, vars. Wins over config.
    #[serde(default, deserialize_with = "strings", skip_serializing_if = "Strings::is_empty")]
    #[schemars(schema_with = "schema::scalars")]
    pub config_template: Strings,

    /// Values looked up in other objects after both sides were coupled or updated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub result_vars: Vec<Var>,
    /// What to wait for before results are taken, and how long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "ResultWait")]
    pub result_wait: Option<ResultWait>,
    /// Results for the other side.
    #[serde(default, deserialize_with = "strings", skip_serializing_if = "Strings::is_empty")]
    #[schemars(schema_with = "schema::scalars")]
    pub result: Strings,
    /// A ConfigMap with more results; wins over result and resultTemplate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub result_config_map_name: Option<String>,
    /// A Secret with more results; result wins over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub result_secret_name: Option<String>,
    /// Results as templates; sees plug, socket, plugConfig, socketConfig, plugData, socketData, resultVars. Wins over result.
    #[serde(default, deserialize_with = "strings", skip_serializing_if = "Strings::is_empty")]
    #[schemars(schema_with = "schema::scalars")]
    pub result_template: Strings,

    /// The service account of this namespace whose rights are used for resources, vars, ConfigMaps and Secrets; default: default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub service_account_name: Option<String>,
    /// A service to call at each step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Apparatus")]
    pub apparatus: Option<Apparatus>,
    /// Objects to make or remove at each step; sees plugConfig and socketConfig once coupled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Resource>,
    /// Objects to make or remove once results are there; sees plugResult, socketResult and result (its own side) as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub result_resources: Vec<Resource>,
    /// Any text; a change forces an update.
    #[serde(default, deserialize_with = "string", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub epoch: Option<String>,
}

impl Side {
    pub fn service_account(&self) -> &str {
        self.service_account_name.as_deref().filter(|name| !name.is_empty()).unwrap_or("default")
    }
}

/// Results that take time: a Job that must complete, a Secret that another controller fills.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultWait {
    /// Seconds to wait for the objects and for resultVars that are missing; default 360. Then the coupling is Stalled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64", range(min = 1, max = 86400))]
    pub timeout_seconds: Option<i64>,
    /// Objects that must exist or hold a condition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<Awaited>,
}

/// One object to wait for.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Awaited {
    /// The object.
    pub objref: ObjectReference,
    /// The condition in its status that must be True, as Complete for a Job; without it the object must exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub condition: Option<String>,
}

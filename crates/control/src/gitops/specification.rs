//! A workload's specification: everything that its runner needs to know, as one canonical document. Pure.
//!
//! `recipe (of the release) + configuration and secrets (of the environment) -> JSON, keys sorted -> its SHA-256 is its name`
//!
//! Values of secrets are never here: the document names sealed artifacts, which only the runner that it is for can open.
//! The same inputs give the same bytes, so writing a specification again writes nothing new.

use std::collections::BTreeMap;

use camel::descriptor::{self, Descriptor, Effective, Inputs, SecretMount, SecretTarget};
use domain::digest::Digest;
use domain::id::{DeploymentId, OrganizationId, WorkloadId};
use serde_json::{Value, json};
use sha2::Digest as _;

use super::plan::Recipe;

/// A start may take this long, unless the descriptor says otherwise.
const STARTUP_S: u64 = 60;

/// Which release, where, which time.
#[derive(Clone, Debug)]
pub struct About<'a> {
    pub organization: OrganizationId,
    pub project: &'a str,
    pub environment: &'a str,
    pub integration: &'a str,
    pub workload: WorkloadId,
    pub deployment: DeploymentId,
    pub generation: u64,
    pub release: &'a store::release::Release,
}

/// A secret that was sealed to the runner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    pub mount: SecretMount,
    pub artifact: Digest,
}

/// What wins for one environment.
pub fn effective(
    recipe: &Recipe,
    environment: &str,
    configuration: &BTreeMap<String, String>,
) -> Effective {
    let parse = |path: &str, text: Option<&String>| -> Option<Descriptor> {
        text.and_then(|text| descriptor::parse(path, text.as_bytes()).0)
    };
    let root = parse("midplane.yaml", recipe.root.as_ref());
    let folder = parse("midplane.yaml", recipe.folder.as_ref());
    let application = recipe
        .application
        .as_ref()
        .and_then(|text| camel::properties::parse("application.properties", text.as_bytes()).ok());
    let application =
        application.map(|entries| camel::properties::map(&entries)).unwrap_or_default();
    descriptor::merge(&Inputs {
        platform: &BTreeMap::new(),
        root: root.as_ref(),
        folder: folder.as_ref(),
        application: &application,
        environment,
        configuration,
    })
}

pub fn write(
    about: &About<'_>,
    recipe: &Recipe,
    effective: &Effective,
    secrets: &[Sealed],
) -> (Digest, Vec<u8>) {
    let release = about.release;
    let expose = match effective.expose.as_ref() {
        Some(won) => {
            let http = won.value.port.as_deref().is_none_or(|port| port == "http");
            Some(json!({"path": won.value.path, "http": http}))
        }
        // Not offered to anybody by name, yet other integrations call it.
        None => recipe.http.then(|| json!({"path": null, "http": true})),
    };
    let secrets: Vec<Value> = secrets
        .iter()
        .map(|sealed| {
            let (env, file) = match &sealed.mount.target {
                SecretTarget::Env(name) => (Some(name), None),
                SecretTarget::File(path) => (None, Some(path)),
            };
            json!({"env": env, "file": file, "sealed": sealed.artifact.to_string(),
                "name": name_of(&sealed.mount)})
        })
        .collect();
    let document = json!({
        "format": 1,
        "organization": about.organization.to_string(),
        "project": about.project,
        "environment": about.environment,
        "integration": about.integration,
        "workload": about.workload.to_string(),
        "deployment": about.deployment.to_string(),
        "generation": about.generation,
        "release": {
            "id": release.id.to_string(),
            "short": release.short(),
            "bundle": release.bundle.map(|digest| digest.to_string()),
            "lock": release.lock.map(|digest| digest.to_string()),
            "base": release.base.to_string(),
            "camel": release.camel,
        },
        "kind": recipe.kind,
        "routes": recipe.routes,
        "properties": effective.property_values(),
        "uses": recipe.uses,
        "secrets": secrets,
        "expose": expose,
        "profile": effective.profile.as_ref().map(|won| won.value).unwrap_or_default().as_str(),
        "memory_bytes": effective.memory_bytes.as_ref().map(|won| won.value),
        "cpu_millis": effective.cpu_millis.as_ref().map(|won| won.value),
        "startup_s": effective.startup.as_ref().map_or(STARTUP_S, |won| won.value.as_secs()),
        "log_level": "info",
    });
    let bytes = canonical(&document);
    (digest(&bytes), bytes)
}

/// The name that a sealed value is bound to, besides organization, environment, integration and generation.
pub fn name_of(mount: &SecretMount) -> String {
    format!("{}.{}", mount.secret, mount.key)
}

pub fn digest(bytes: &[u8]) -> Digest {
    Digest(sha2::Sha256::digest(bytes).into())
}

/// JSON with sorted keys and no spaces.
pub fn canonical(value: &Value) -> Vec<u8> {
    serde_json::to_vec(&sorted(value)).unwrap_or_default()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let ordered: BTreeMap<&String, Value> =
                map.iter().map(|(key, value)| (key, sorted(value))).collect();
            ordered.into_iter().map(|(key, value)| (key.clone(), value)).collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_json_sorts_keys_at_every_depth() {
        let value = json!({"b": [{"d": 1, "c": 2}], "a": "x y"});
        assert_eq!(canonical(&value), br#"{"a":"x y","b":[{"c":2,"d":1}]}"#);
    }

    #[test]
    fn the_environment_wins_over_the_files() {
        let recipe = Recipe {
            root: Some("properties: {limit: 1}\n".to_owned()),
            application: Some("limit=2\nother=x\n".to_owned()),
            folder: Some("environments: {prod: {properties: {limit: 3}}}\n".to_owned()),
            ..Recipe::default()
        };
        let none = BTreeMap::new();
        let limit = |environment, configuration| {
            effective(&recipe, environment, configuration).property_values()["limit"].clone()
        };
        assert_eq!(limit("dev", &none), "2");
        assert_eq!(limit("prod", &none), "3");
        let set = BTreeMap::from([("limit".to_owned(), "4".to_owned())]);
        assert_eq!(limit("prod", &set), "4");
    }
}

//! A workload's specification: the document that the control plane writes and the runner obeys.
//!
//! It is immutable and named by its digest; only `format: 1` is known. Reading is strict about what the runner acts on
//! (names that become paths, digests, bounds) and ignores fields that it does not know, so that an older runner can
//! obey a newer control plane of the same format.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use domain::digest::Digest;
use serde::Deserialize;
use uuid::Uuid;

use crate::record::Target;

const FORMAT: u32 = 1;
/// A start may not take longer than this, whatever the specification says.
const MAX_STARTUP_S: u64 = 3600;

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Specification {
    format: u32,
    pub(crate) organization: Uuid,
    pub(crate) project: String,
    pub(crate) environment: String,
    pub(crate) integration: String,
    pub(crate) workload: Uuid,
    pub(crate) deployment: Uuid,
    pub(crate) generation: u64,
    pub(crate) release: Release,
    pub(crate) kind: Kind,
    #[serde(default)]
    pub(crate) routes: Vec<String>,
    #[serde(default)]
    pub(crate) properties: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) uses: Vec<String>,
    #[serde(default)]
    pub(crate) secrets: Vec<SecretMount>,
    pub(crate) expose: Option<Expose>,
    #[serde(default)]
    pub(crate) profile: Profile,
    pub(crate) memory_bytes: Option<u64>,
    pub(crate) cpu_millis: Option<u32>,
    #[serde(default = "default_startup_s")]
    pub(crate) startup_s: u64,
    #[serde(default = "default_log_level")]
    pub(crate) log_level: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Release {
    pub(crate) bundle: String,
    pub(crate) lock: Option<String>,
    pub(crate) base: String,
    pub(crate) camel: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Main,
    Spring,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Profile {
    #[default]
    Small,
    Throughput,
}

/// A sealed value and where the workload finds it. `name` is what it was sealed for.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct SecretMount {
    #[serde(default)]
    pub(crate) name: String,
    pub(crate) env: Option<String>,
    pub(crate) file: Option<String>,
    pub(crate) sealed: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Expose {
    pub(crate) path: Option<String>,
    #[serde(default = "yes")]
    pub(crate) http: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("the specification is not readable: {0}")]
    Damaged(String),
    #[error("the specification has format {0}, this version of midplane reads {FORMAT}")]
    Newer(u64),
    #[error("the specification has a bad `{field}`: `{value}`")]
    Bad { field: &'static str, value: String },
}

impl Refused {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Newer(_) => "MP-RUN-20",
            Self::Damaged(_) | Self::Bad { .. } => "MP-RUN-23",
        }
    }
}

fn default_startup_s() -> u64 {
    60
}

fn default_log_level() -> String {
    "info".to_owned()
}

fn yes() -> bool {
    true
}

impl Specification {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Refused> {
        let damaged = |err: serde_json::Error| Refused::Damaged(err.to_string());
        let json: serde_json::Value = serde_json::from_slice(bytes).map_err(damaged)?;
        match json.get("format").and_then(serde_json::Value::as_u64) {
            Some(format) if format > u64::from(FORMAT) => return Err(Refused::Newer(format)),
            _ => {}
        }
        let found: Self = serde_json::from_value(json).map_err(damaged)?;
        found.verify()?;
        Ok(found)
    }

    fn verify(&self) -> Result<(), Refused> {
        let bad = |field, value: &str| {
            let value = value.chars().take(80).collect();
            Err(Refused::Bad { field, value })
        };
        if self.format != FORMAT {
            return bad("format", &self.format.to_string());
        }
        for (field, name) in [
            ("integration", &self.integration),
            ("environment", &self.environment),
            ("project", &self.project),
        ] {
            if !is_name(name) {
                return bad(field, name);
            }
        }
        let sealed = self.secrets.iter().map(|secret| &secret.sealed);
        let digests = [&self.release.bundle, &self.release.base].into_iter();
        for digest in digests.chain(&self.release.lock).chain(sealed) {
            if digest.parse::<Digest>().is_err() {
                return bad("digest", digest);
            }
        }
        for path in self.routes.iter().chain(self.secrets.iter().filter_map(|s| s.file.as_ref())) {
            if !is_inside(path) {
                return bad("path", path);
            }
        }
        for name in self.secrets.iter().filter_map(|secret| secret.env.as_ref()) {
            if name.is_empty() || name.contains(['=', '\0']) || RESERVED.contains(&name.as_str()) {
                return bad("secret", name);
            }
        }
        Ok(())
    }

    pub(crate) fn target(&self, spec: &str) -> Target {
        Target {
            generation: self.generation,
            deployment: self.deployment,
            spec: spec.to_owned(),
            startup_ms: self.startup_s.clamp(1, MAX_STARTUP_S) * 1000,
        }
    }

    /// Whether it serves HTTP, if the specification says so at all.
    pub(crate) fn serves_http(&self) -> Option<bool> {
        self.expose.as_ref().map(|expose| expose.http)
    }

    pub(crate) fn path(&self) -> Option<&str> {
        self.expose.as_ref().and_then(|expose| expose.path.as_deref())
    }
}

/// Names of the environment that a secret may not take: they decide which code runs.
const RESERVED: [&str; 8] = [
    "PATH",
    "HOME",
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "_JAVA_OPTIONS",
    "CLASSPATH",
];

/// A name that is also a folder's name.
fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !name.is_empty() && name.len() <= 128 && !name.starts_with('.') && name.bytes().all(plain)
}

/// A relative path that stays where it is put.
fn is_inside(path: &str) -> bool {
    !path.is_empty()
        && !path.contains(['\n', '\0', '\\'])
        && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn document() -> Value {
        let digest = format!("sha256:{}", "a".repeat(64));
        let id = Uuid::nil();
        json!({"format":1,"organization":id,"project":"demo","environment":"dev","integration":"orders","workload":id,
            "deployment":id,"generation":3,"release":{"id":id,"short":"4f2c","bundle":digest,"lock":null,"base":digest,
            "camel":"4.18.0"},"kind":"main","routes":["orders.camel.yaml"],"properties":{"k":"v"},"uses":["prices"],
            "secrets":[{"env":"DB_PASSWORD","file":null,"sealed":digest}],"expose":{"path":"/orders","http":true},
            "profile":"small","memory_bytes":null,"cpu_millis":null,"startup_s":60,"log_level":"info"})
    }

    #[track_caller]
    fn check(pointer: &str, value: Value, want: Option<&str>) {
        let mut document = document();
        *document.pointer_mut(pointer).unwrap() = value;
        let got = Specification::parse(document.to_string().as_bytes());
        assert_eq!(got.as_ref().err().map(Refused::code), want, "{got:?}");
    }

    #[test]
    fn what_would_become_a_path_or_a_program_is_checked() {
        check("/kind", json!("spring"), None);
        check("/format", json!(2), Some("MP-RUN-20"));
        check("/integration", json!("../orders"), Some("MP-RUN-23"));
        check("/routes/0", json!("../../etc/passwd"), Some("MP-RUN-23"));
        check("/routes/0", json!("/etc/passwd"), Some("MP-RUN-23"));
        check("/release/bundle", json!("sha256:../x"), Some("MP-RUN-23"));
        check("/secrets/0/env", json!("LD_PRELOAD"), Some("MP-RUN-23"));
        check("/secrets/0/file", json!("a/../../b"), Some("MP-RUN-23"));
    }
}

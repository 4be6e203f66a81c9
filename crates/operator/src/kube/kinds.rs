//! What a kind is called in a URL, asked once.
//!
//! Kinds that every cluster has are known; others are looked up by group and version, and a lookup that found nothing is repeated at
//! most every five seconds (a definition may just have been installed). A name is encoded, so that none can climb out of its path.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::client::{Api, Ask, Failure};
use crate::core::object::{Account, ObjectRef};
use crate::core::request::{Cause, Refusal};

const AGAIN_AFTER: Duration = Duration::from_secs(5);
/// Group versions in use; a cluster with everything installed has some two hundred.
const MOST_GROUPS: usize = 1_000;

const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b':');

const KNOWN: &[(&str, &[(&str, &str)])] = &[
    (
        "v1",
        &[
            ("ConfigMap", "configmaps"),
            ("Secret", "secrets"),
            ("Service", "services"),
            ("Pod", "pods"),
            ("ServiceAccount", "serviceaccounts"),
            ("PersistentVolumeClaim", "persistentvolumeclaims"),
        ],
    ),
    (
        "apps/v1",
        &[
            ("Deployment", "deployments"),
            ("StatefulSet", "statefulsets"),
            ("DaemonSet", "daemonsets"),
        ],
    ),
    ("batch/v1", &[("Job", "jobs"), ("CronJob", "cronjobs")]),
    (
        "integration.rock8s.com/v1beta1",
        &[("Plug", "plugs"), ("Socket", "sockets"), ("DeferredResource", "deferredresources")],
    ),
];

/// A kind as URLs name it.
#[expect(clippy::struct_field_names, reason = "the API calls it the kind")]
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Kind {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) plural: String,
    pub(crate) namespaced: bool,
}

impl Kind {
    fn root(&self) -> String {
        if self.api_version.contains('/') {
            format!("/apis/{}", self.api_version)
        } else {
            format!("/api/{}", self.api_version)
        }
    }

    /// The collection, in one namespace or in all.
    pub(crate) fn collection(&self, namespace: Option<&str>) -> String {
        match namespace.filter(|_| self.namespaced) {
            Some(namespace) => {
                format!("{}/namespaces/{}/{}", self.root(), encode(namespace), self.plural)
            }
            None => format!("{}/{}", self.root(), self.plural),
        }
    }

    /// One object. A namespaced kind without a namespace, and the names that mean a folder, have no path.
    pub(crate) fn object(&self, namespace: Option<&str>, name: &str) -> Option<String> {
        let odd = |name: &str| name.is_empty() || name == "." || name == "..";
        if odd(name) || (self.namespaced && namespace.is_none_or(odd)) {
            return None;
        }
        Some(format!("{}/{}", self.collection(namespace), encode(name)))
    }
}

pub(crate) fn encode(segment: &str) -> String {
    utf8_percent_encode(segment, SEGMENT).to_string()
}

/// The built-in kinds, each once: places of ten thousand objects share them.
static BUILT_IN: LazyLock<Vec<Arc<Kind>>> = LazyLock::new(|| {
    let kinds = KNOWN.iter().flat_map(|(api_version, kinds)| {
        kinds.iter().map(|(kind, plural)| {
            Arc::new(Kind {
                api_version: (*api_version).to_owned(),
                kind: (*kind).to_owned(),
                plural: (*plural).to_owned(),
                namespaced: true,
            })
        })
    });
    kinds.collect()
});

/// A built-in kind.
pub(crate) fn known(api_version: &str, kind: &str) -> Option<Arc<Kind>> {
    BUILT_IN.iter().find(|known| known.kind == kind && known.api_version == api_version).cloned()
}

struct Looked {
    at: Instant,
    kinds: HashMap<String, Arc<Kind>>,
}

#[derive(Default)]
pub(crate) struct Kinds {
    looked: Mutex<HashMap<String, Looked>>,
}

impl Kinds {
    pub(crate) async fn find(&self, api: &Api, object: &ObjectRef) -> Result<Arc<Kind>, Refusal> {
        self.find_by(api, &object.api_version, &object.kind).await
    }

    pub(crate) async fn find_by(
        &self,
        api: &Api,
        api_version: &str,
        kind: &str,
    ) -> Result<Arc<Kind>, Refusal> {
        if let Some(known) = known(api_version, kind) {
            return Ok(known);
        }
        if let Some(answer) = self.cached(api_version, kind) {
            return answer;
        }
        let kinds = match fetch(api, api_version).await {
            Ok(kinds) => kinds,
            Err(failure) if failure.cause == Cause::NotFound => HashMap::new(),
            Err(failure) => return Err(failure.into()),
        };
        let found = kinds.get(kind).cloned();
        if let Ok(mut looked) = self.looked.lock() {
            if looked.len() >= MOST_GROUPS {
                looked.clear();
            }
            looked.insert(api_version.to_owned(), Looked { at: Instant::now(), kinds });
        }
        found.ok_or_else(|| unknown(api_version, kind))
    }

    /// None: has to be looked up.
    fn cached(&self, api_version: &str, kind: &str) -> Option<Result<Arc<Kind>, Refusal>> {
        let looked = self.looked.lock().ok()?;
        let looked = looked.get(api_version)?;
        if let Some(kind) = looked.kinds.get(kind) {
            return Some(Ok(kind.clone()));
        }
        let lately = looked.at.elapsed() < AGAIN_AFTER;
        lately.then(|| Err(unknown(api_version, kind)))
    }
}

fn unknown(api_version: &str, kind: &str) -> Refusal {
    Refusal {
        cause: Cause::UnknownKind,
        message: format!("the cluster does not know {api_version} {kind}"),
    }
}

async fn fetch(api: &Api, api_version: &str) -> Result<HashMap<String, Arc<Kind>>, Failure> {
    let path = match api_version.split_once('/') {
        Some((group, version)) => format!("/apis/{}/{}", encode(group), encode(version)),
        None => format!("/api/{}", encode(api_version)),
    };
    let list = api.json(Ask::get(&Account::Operator, path)).await?;
    Ok(read(api_version, &list))
}

fn read(api_version: &str, list: &Value) -> HashMap<String, Arc<Kind>> {
    let mut kinds = HashMap::new();
    for resource in list["resources"].as_array().into_iter().flatten() {
        let (Some(plural), Some(kind)) = (resource["name"].as_str(), resource["kind"].as_str())
        else {
            continue;
        };
        if plural.contains('/') {
            continue;
        }
        let found = Kind {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
            namespaced: resource["namespaced"].as_bool().unwrap_or(true),
        };
        kinds.insert(kind.to_owned(), Arc::new(found));
    }
    kinds
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_cannot_climb_out_of_its_path() {
        let secrets = known("v1", "Secret").expect("known");
        let path = secrets.object(Some("app"), "../../namespaces/kube-system/secrets/x");
        assert_eq!(
            path.as_deref(),
            Some("/api/v1/namespaces/app/secrets/..%2F..%2Fnamespaces%2Fkube-system%2Fsecrets%2Fx")
        );
        assert_eq!(secrets.object(Some("app"), ".."), None);
        assert_eq!(secrets.object(None, "x"), None);
        assert_eq!(secrets.object(Some(""), "x"), None);
    }

    #[test]
    fn kinds_are_read_from_discovery() {
        let list = json!({ "resources": [
            { "name": "clusterroles", "kind": "ClusterRole", "namespaced": false },
            { "name": "widgets/status", "kind": "Widget", "namespaced": true },
        ] });
        let kinds = read("rbac.authorization.k8s.io/v1", &list);
        assert_eq!(kinds.len(), 1);
        assert_eq!(
            kinds["ClusterRole"].object(None, "system:node").as_deref(),
            Some("/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node")
        );
    }
}

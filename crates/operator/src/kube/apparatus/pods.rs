//! Pods that run only while their apparatus is called.
//!
//! ```text
//! no pod ─call─> applied ─Ready─> called ─idle time─> deleted
//! ```
//! What they look like and when they are idle is `crate::apparatus`; here they are applied, looked at and removed, by the operator's own
//! account. A restarted operator finds them by their label and goes on counting from their annotation.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Method;
use jiff::Timestamp;
use k8s::apparatus::Apparatus;
use serde_json::{Value, json};

use crate::apparatus::address::pod_name;
use crate::apparatus::idle::{Idle, LAST_CALL, idle, touched};
use crate::apparatus::pod;
use crate::core::object::Account;
use crate::core::request::{Call, Cause};
use crate::kube::client::{APPLY, Api, Ask, LARGEST_PAGE, MERGE};
use crate::kube::index::Index;
use crate::kube::key::{Name, Own};
use crate::kube::kinds::{Kind, known};
use crate::kube::seams::Seams;

/// With no pod there is nothing to remove; a new one is noticed within this time.
const NOTHING: Duration = Duration::from_secs(10);
const SOONEST: Duration = Duration::from_secs(1);

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Readiness {
    Ready,
    Starting,
    Refused { message: String, passes: bool },
}

struct Used {
    uid: String,
    apparatus: Apparatus,
    /// The annotation as it is in the cluster.
    written: Value,
    last: Timestamp,
}

pub(super) struct Pods {
    api: Api,
    seams: Arc<dyn Seams>,
    index: Arc<Mutex<Index>>,
    used: Mutex<HashMap<Name, Used>>,
}

fn pods() -> Option<Arc<Kind>> {
    known("v1", "Pod")
}

impl Pods {
    pub(super) fn new(api: Api, seams: Arc<dyn Seams>, index: Arc<Mutex<Index>>) -> Self {
        Self { api, seams, index, used: Mutex::default() }
    }

    pub(super) async fn ready(&self, call: &Call, apparatus: &Apparatus) -> Readiness {
        let owner = &call.owner.object;
        let name = pod_name(owner);
        let Some(path) = pods().and_then(|kind| kind.object(Some(owner.namespace()), &name)) else {
            return Readiness::Refused { message: format!("`{name}` is no name"), passes: false };
        };
        match self.api.json(Ask::get(&Account::Operator, path)).await {
            Ok(pod) if !pod["metadata"]["deletionTimestamp"].is_null() => Readiness::Starting,
            Ok(pod) if owner_of(&pod)["uid"] != call.owner.uid.as_str() => Readiness::Refused {
                message: format!(
                    "pod {}/{name} is there and belongs to somebody else; rename it or the {}",
                    owner.namespace(),
                    owner.kind
                ),
                passes: true,
            },
            Ok(pod) => {
                self.remember(&pod, apparatus);
                if is_ready(&pod) { Readiness::Ready } else { Readiness::Starting }
            }
            Err(failure) if failure.cause == Cause::NotFound => self.make(call, apparatus).await,
            Err(failure) => Readiness::Refused {
                message: format!(
                    "cannot look at pod {}/{name}: {}",
                    owner.namespace(),
                    failure.message
                ),
                passes: true,
            },
        }
    }

    async fn make(&self, call: &Call, apparatus: &Apparatus) -> Readiness {
        let now = self.seams.now();
        let objects = match pod::objects(&call.owner, apparatus, &call.service_account, now) {
            Ok(objects) => objects,
            Err(forbidden) => {
                let message = format!("spec.apparatus: {forbidden}");
                return Readiness::Refused { message, passes: false };
            }
        };
        // The Service first: a pod that is ready is called by its name.
        for object in objects.iter().rev() {
            let kind = object["kind"].as_str().unwrap_or_default();
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            let Some(path) = known("v1", kind)
                .and_then(|kind| kind.object(Some(call.owner.object.namespace()), name))
            else {
                continue;
            };
            let path = format!("{path}?fieldManager={}&force=true", k8s::names::FIELD_MANAGER);
            let ask = Ask::write(Method::PATCH, &Account::Operator, path, APPLY, object);
            match self.api.json(ask).await {
                Ok(made) if kind == "Pod" => self.remember(&made, apparatus),
                Ok(_) => (),
                Err(failure) => {
                    return Readiness::Refused {
                        message: format!("cannot make {kind} {name}: {}", failure.message),
                        passes: failure.cause != Cause::Invalid,
                    };
                }
            }
        }
        Readiness::Starting
    }

    fn remember(&self, pod: &Value, apparatus: &Apparatus) {
        let metadata = &pod["metadata"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let name = Name::new(&text(&metadata["namespace"]), &text(&metadata["name"]));
        let written = metadata["annotations"][LAST_CALL].clone();
        let time = |value: &Value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
        let last = time(&written).or_else(|| time(&metadata["creationTimestamp"]));
        let uid = text(&metadata["uid"]);
        let Ok(mut used) = self.used.lock() else { return };
        let last = match used.get(&name) {
            Some(known) if known.uid == uid => Some(last.unwrap_or(known.last).max(known.last)),
            _ => last,
        };
        let last = last.unwrap_or_else(|| self.seams.now());
        used.insert(name, Used { uid, apparatus: apparatus.clone(), written, last });
    }

    /// It was called just now.
    pub(super) async fn used(&self, call: &Call) {
        let owner = &call.owner.object;
        let name = Name::new(owner.namespace(), &pod_name(owner));
        let now = self.seams.now();
        let annotation = {
            let Ok(mut used) = self.used.lock() else { return };
            let Some(used) = used.get_mut(&name) else { return };
            used.last = now;
            let annotation = touched(&annotated(&used.written), &used.apparatus, now);
            if let Some(annotation) = &annotation {
                used.written = json!(annotation);
            }
            annotation
        };
        let path = pods().and_then(|kind| kind.object(Some(&name.namespace), &name.name));
        let (Some(annotation), Some(path)) = (annotation, path) else { return };
        let patch = json!({ "metadata": { "annotations": { LAST_CALL: annotation } } });
        let ask = Ask::write(Method::PATCH, &Account::Operator, path, MERGE, &patch).metadata();
        // Lost, a restarted operator removes the pod a little early, and it is started again.
        if let Err(failure) = self.api.json(ask).await {
            tracing::debug!(pod = ?name, err = failure.message, "last call not written");
        }
    }

    /// The pods of an earlier process.
    pub(super) async fn adopt(&self, namespaces: &[String]) {
        let Some(kind) = pods() else { return };
        let scopes: Vec<Option<&str>> = if namespaces.is_empty() {
            vec![None]
        } else {
            namespaces.iter().map(|name| Some(name.as_str())).collect()
        };
        for scope in scopes {
            let path = format!("{}?limit=500&labelSelector=apparatus", kind.collection(scope));
            let mut ask = Ask::get(&Account::Operator, path);
            ask.limit = LARGEST_PAGE;
            let Ok(list) = self.api.json(ask).await else { continue };
            for pod in list["items"].as_array().into_iter().flatten() {
                if let Some(apparatus) = self.apparatus_of(pod) {
                    self.remember(pod, &apparatus);
                }
            }
        }
    }

    /// As the owner declares it now; none when the pod is not one of ours.
    fn apparatus_of(&self, pod: &Value) -> Option<Apparatus> {
        let owner = owner_of(pod);
        let own = Own::ALL.into_iter().find(|own| owner["kind"] == own.kind())?;
        let namespace = pod["metadata"]["namespace"].as_str()?;
        let name = Name::new(namespace, owner["name"].as_str()?);
        let object = self.index.lock().ok()?.object(own, &name)?;
        let ours = object["metadata"]["uid"] == owner["uid"];
        ours.then(|| serde_json::from_value(object["spec"]["apparatus"].clone()).ok())?
    }

    pub(super) async fn remove_idle(&self) -> Duration {
        let now = self.seams.now();
        let mut removed = Vec::new();
        let mut next = NOTHING;
        if let Ok(mut used) = self.used.lock() {
            used.retain(|name, pod| {
                match idle(&annotated(&json!(pod.last.to_string())), &pod.apparatus, now) {
                    Idle::Remove => {
                        removed.push((name.clone(), pod.uid.clone()));
                        false
                    }
                    Idle::After(left) => {
                        next = next.min(left);
                        true
                    }
                }
            });
        }
        for (name, uid) in removed {
            let path = pods().and_then(|kind| kind.object(Some(&name.namespace), &name.name));
            let Some(path) = path else { continue };
            let options = json!({
                "apiVersion": "v1", "kind": "DeleteOptions", "preconditions": { "uid": uid },
            });
            let ask =
                Ask::write(Method::DELETE, &Account::Operator, path, "application/json", &options);
            if let Err(failure) = self.api.bytes(ask).await {
                tracing::debug!(pod = ?name, err = failure.message, "idle pod not removed");
            }
        }
        next.max(SOONEST)
    }
}

fn annotated(last_call: &Value) -> Value {
    json!({ "metadata": { "annotations": { LAST_CALL: last_call } } })
}

fn owner_of(pod: &Value) -> &Value {
    &pod["metadata"]["ownerReferences"][0]
}

fn is_ready(pod: &Value) -> bool {
    pod["status"]["conditions"].as_array().is_some_and(|conditions| {
        conditions.iter().any(|one| one["type"] == "Ready" && one["status"] == "True")
    })
}

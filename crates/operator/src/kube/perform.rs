//! Does what the core asks for, and says what came of it.
//!
//! One request in, one response out, nothing decided. Reads go through the tracker first, so that a change after the read is noticed.
//! What a write answers is put into the index at once: the next look must not depend on how fast a watch is.

mod journals;
mod look;

pub(crate) use self::journals::{COUPLING, KINDS, MADE, head};

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use http::Method;
use serde_json::{Value, json};

use super::apparatus::Apparatuses;
use super::client::{APPLY, Api, Ask, MERGE};
use super::index::Index;
use super::key::{Key, Name, Own};
use super::kinds::{Kind, Kinds, encode};
use super::seams::Seams;
use super::status::Statuses;
use super::track::{Place, Track};
use crate::core::names::COUPLING_LABEL;
use crate::core::object::{Account, Identity, ObjectRef};
use crate::core::request::{Cause, Notice, Private, Refusal, Request, Response, Severity};
use crate::core::seal::Keys;

/// Who writes the Events.
const COMPONENT: &str = "midplane-operator";
/// The API server's limit for an Event's message.
const LONGEST_NOTE: usize = 1024;

pub(crate) struct Performer {
    pub(crate) api: Api,
    pub(crate) kinds: Kinds,
    pub(crate) index: Arc<Mutex<Index>>,
    pub(crate) track: Arc<Track>,
    pub(crate) statuses: Arc<Statuses>,
    pub(crate) apparatuses: Apparatuses,
    pub(crate) keys: Keys,
    pub(crate) seams: Arc<dyn Seams>,
    /// The operator's.
    pub(crate) namespace: String,
    pub(crate) grants: super::grants::Grants,
}

/// What one reconcile has read.
#[derive(Default)]
pub(crate) struct Reads {
    pub(crate) places: HashSet<Place>,
    /// Keys whose objects changed because of what was written.
    pub(crate) woken: Vec<Key>,
}

impl Performer {
    pub(crate) async fn perform(
        &self,
        key: &Key,
        request: &Request,
        reads: &mut Reads,
    ) -> Response {
        let done = match request {
            Request::Find(find) => self.find(find).await,
            Request::Read { account, object } => self.read(key, account, object, reads).await,
            Request::List { account, api_version, kind, namespace, selector } => {
                self.list(key, account, (api_version, kind), namespace, selector).await
            }
            Request::Apply { account, object } => {
                self.apply(account, k8s::names::FIELD_MANAGER, object).await
            }
            Request::Project { account, manager, object } => {
                self.apply(account, manager, object).await
            }
            Request::Create { account, object } => self.create(account, object).await,
            Request::Delete { account, object, uid } => {
                self.delete(account, object, uid.as_deref()).await
            }
            Request::ReadJournal { name } => self.read_journal(name).await,
            Request::WriteJournal { name, over, journal } => {
                self.write_journal(name, over.as_deref(), journal).await
            }
            Request::DeleteJournal { name } => self.delete_journal(name).await,
            Request::SetFinalizers { subject, resource_version, finalizers } => {
                let patch = json!({ "metadata": {
                    "finalizers": finalizers, "resourceVersion": resource_version, "uid": subject.uid,
                } });
                self.patch(subject, "", &patch, reads).await
            }
            Request::PatchStatus { subject, status } if subject.object.kind == "Socket" => {
                self.statuses.offer(subject, status.clone());
                Ok(written(&json!({ "uid": subject.uid })))
            }
            Request::PatchStatus { subject, status } => {
                let patch = json!({ "metadata": { "uid": subject.uid }, "status": status });
                self.patch(subject, "/status", &patch, reads).await
            }
            Request::Emit(notice) => self.emit(notice).await,
            Request::Call(call) => {
                let reply = self.apparatuses.call(key, call, &mut reads.places).await;
                Ok(Response::Reply(reply))
            }
        };
        done.unwrap_or_else(Response::Refused)
    }

    /// Where an object is. The namespace is dropped for kinds of the cluster.
    async fn place(&self, object: &ObjectRef) -> Result<(Arc<Kind>, Place), Refusal> {
        let kind = self.kinds.find(&self.api, object).await?;
        let namespace = if kind.namespaced { object.namespace() } else { "" };
        let place = Place { kind: kind.clone(), name: Name::new(namespace, &object.name) };
        Ok((kind, place))
    }

    pub(crate) async fn place_of(&self, object: &ObjectRef) -> Result<Place, Refusal> {
        Ok(self.place(object).await?.1)
    }

    fn path(kind: &Kind, object: &ObjectRef) -> Result<String, Refusal> {
        kind.object(object.namespace.as_deref(), &object.name).ok_or_else(|| Refusal {
            cause: Cause::Invalid,
            message: format!("`{object}` is no name of an object"),
        })
    }

    async fn apply(
        &self,
        account: &Account,
        manager: &str,
        object: &Private,
    ) -> Result<Response, Refusal> {
        let (reference, kind, body) = self.prepare(object).await?;
        let path = format!(
            "{}?fieldManager={}&force=true",
            Self::path(&kind, &reference)?,
            encode(manager)
        );
        let ours = body["metadata"]["labels"][COUPLING_LABEL].is_string();
        let ask = Ask::write(Method::PATCH, account, path, APPLY, &body).metadata();
        let answer = self.api.json(ask).await?;
        if ours {
            let place = Place {
                kind: kind.clone(),
                name: Name::new(reference.namespace(), &reference.name),
            };
            self.track.state().made.applied(&place, &answer["metadata"]);
            self.track.watch_made(&kind);
        }
        Ok(written(&answer["metadata"]))
    }

    async fn create(&self, account: &Account, object: &Private) -> Result<Response, Refusal> {
        let (reference, kind, body) = self.prepare(object).await?;
        let path = format!(
            "{}?fieldManager={}",
            kind.collection(reference.namespace.as_deref()),
            k8s::names::FIELD_MANAGER
        );
        let answer = self.api.json(Ask::post(account, path, &body).metadata()).await?;
        if body["metadata"]["labels"][COUPLING_LABEL].is_string() {
            let name = Name::new(reference.namespace(), &reference.name);
            self.track
                .state()
                .made
                .applied(&Place { kind: kind.clone(), name }, &answer["metadata"]);
            self.track.watch_made(&kind);
        }
        Ok(written(&answer["metadata"]))
    }

    async fn prepare(&self, object: &Private) -> Result<(ObjectRef, Arc<Kind>, Value), Refusal> {
        let mut reference = ObjectRef::of(&object.0).ok_or_else(|| Refusal {
            cause: Cause::Invalid,
            message: "the object has no apiVersion, kind or metadata.name".to_owned(),
        })?;
        let kind = self.kinds.find(&self.api, &reference).await?;
        let mut body = (*object.0).clone();
        if !kind.namespaced {
            reference.namespace = None;
            if let Some(metadata) = body["metadata"].as_object_mut() {
                metadata.remove("namespace");
            }
        }
        Ok((reference, kind, body))
    }

    async fn delete(
        &self,
        account: &Account,
        object: &ObjectRef,
        uid: Option<&str>,
    ) -> Result<Response, Refusal> {
        let (kind, place) = self.place(object).await?;
        self.track.state().made.unmade(&place);
        let mut options = json!({
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background",
        });
        if let Some(uid) = uid {
            options["preconditions"] = json!({ "uid": uid });
        }
        let path = Self::path(&kind, object)?;
        let ask = Ask::write(Method::DELETE, account, path, "application/json", &options);
        match self.api.bytes(ask.metadata()).await {
            Ok(_) => Ok(Response::Gone),
            Err(failure) if failure.cause == Cause::NotFound => Ok(Response::Gone),
            Err(failure) => Err(failure.into()),
        }
    }

    /// A merge patch of a plug, socket or deferred resource; the answer goes into the index.
    async fn patch(
        &self,
        subject: &Identity,
        subresource: &str,
        patch: &Value,
        reads: &mut Reads,
    ) -> Result<Response, Refusal> {
        let kind = self.kinds.find(&self.api, &subject.object).await?;
        let path = format!(
            "{}{subresource}?fieldManager={}",
            Self::path(&kind, &subject.object)?,
            k8s::names::FIELD_MANAGER
        );
        let ask = Ask::write(Method::PATCH, &Account::Operator, path, MERGE, patch);
        let object = self.api.json(ask).await?;
        let response = written(&object["metadata"]);
        if let Some(own) = Own::ALL.into_iter().find(|own| own.kind() == subject.object.kind)
            && let Ok(mut index) = self.index.lock()
        {
            reads.woken.extend(index.answered(own, object));
        }
        Ok(response)
    }

    async fn emit(&self, notice: &Notice) -> Result<Response, Refusal> {
        let regarding = &notice.regarding.object;
        let now = self.seams.now().to_string();
        let mut message: String = notice.message.clone();
        if message.len() > LONGEST_NOTE {
            let mut end = LONGEST_NOTE - 3;
            while !message.is_char_boundary(end) {
                end -= 1;
            }
            message.truncate(end);
            message.push_str("...");
        }
        let severity = match notice.severity {
            Severity::Normal => "Normal",
            Severity::Warning => "Warning",
        };
        let event = json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": { "name": notice.name, "namespace": regarding.namespace() },
            "involvedObject": {
                "apiVersion": regarding.api_version, "kind": regarding.kind,
                "namespace": regarding.namespace(), "name": regarding.name, "uid": notice.regarding.uid,
            },
            "type": severity, "reason": notice.reason, "message": message,
            "source": { "component": COMPONENT }, "reportingComponent": COMPONENT,
            "reportingInstance": self.seams.identity(),
            "firstTimestamp": second(&now), "lastTimestamp": second(&now), "count": 1,
        });
        let path = format!("/api/v1/namespaces/{}/events", encode(regarding.namespace()));
        match self.api.json(Ask::post(&Account::Operator, path, &event).metadata()).await {
            Ok(answer) => Ok(written(&answer["metadata"])),
            Err(failure) if failure.cause == Cause::Exists => Ok(written(&Value::Null)),
            Err(failure) => Err(failure.into()),
        }
    }
}

/// Events carry whole seconds.
fn second(now: &str) -> String {
    match now.split_once('.') {
        Some((second, _)) => format!("{second}Z"),
        None => now.to_owned(),
    }
}

fn written(metadata: &Value) -> Response {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Response::Written {
        uid: text(&metadata["uid"]),
        resource_version: text(&metadata["resourceVersion"]),
    }
}

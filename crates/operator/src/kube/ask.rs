//! Asking with somebody's own rights: what `explain` and a dry run do.
//!
//! Every question is a plain GET or LIST as the holder of the kubeconfig; nobody is impersonated and nothing is written. What is
//! forbidden reads like what is not there, except where the core asks for an object on behalf of a field: then the refusal is shown.

use std::sync::Arc;

pub use ::kube::Config;

use serde_json::{Value, json};

use super::client::{Api, Ask, LARGEST_PAGE};
use super::kinds::{Kind, Kinds, encode, known};
use super::{Error, Failure, Metrics};
use crate::core::explain::{Explanation, explain};
use crate::core::flow::Look;
use crate::core::object::{API_VERSION, Account, Identity, ObjectRef};
use crate::core::preview::{Preview, preview};
use crate::core::request::{Action, Cause, Find, Found, Refusal, Reply, Request, Response};
use crate::core::{Answer, Settings, Step, Subject, step};

/// A coupling asks some twenty questions; this only ends what would never end.
const MOST_STEPS: usize = 200;
const PAGE: usize = 500;
/// As many plugs or sockets as an operator is made for, ten times over.
const MOST_PAGES: usize = 200;
const ME: Account = Account::Operator;

pub struct Asker {
    api: Api,
    kinds: Kinds,
    settings: Settings,
}

/// The connection of a person: a file, a context, or the account of the pod we are in.
pub async fn configuration(context: Option<&str>) -> Result<Config, String> {
    let Some(context) = context else {
        return Config::infer().await.map_err(|err| err.to_string());
    };
    let options = ::kube::config::KubeConfigOptions {
        context: Some(context.to_owned()),
        ..Default::default()
    };
    Config::from_kubeconfig(&options).await.map_err(|err| err.to_string())
}

impl Asker {
    pub fn new(config: Config, settings: Settings) -> Result<Self, Error> {
        let client = ::kube::Client::try_from(config)?;
        let api = Api::new(client, Arc::new(Metrics::default()));
        Ok(Self { api, kinds: Kinds::default(), settings })
    }

    /// None when it is not there, or not to be seen.
    pub async fn explain(
        &self,
        reference: &ObjectRef,
        now: jiff::Timestamp,
    ) -> Result<Option<Explanation>, Failure> {
        let object = match self.get(reference).await {
            Ok(Some(object)) => object,
            Ok(None) => return Ok(None),
            Err(failure) if failure.cause == Cause::Forbidden => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let mut answers: Vec<Answer> = Vec::new();
        for _ in 0..MOST_STEPS {
            match explain(&object, &self.settings, now, &answers) {
                Look::Seen(explanation) => return Ok(Some(explanation)),
                Look::Ask(requests) => self.answer(requests, &mut answers).await,
            }
        }
        Ok(None)
    }

    /// What an operator would do with everything in these namespaces (none: all of them).
    pub async fn preview(
        &self,
        namespaces: &[String],
        now: jiff::Timestamp,
    ) -> Result<Vec<Preview>, Failure> {
        let mut previews = Vec::new();
        for kind in ["Socket", "Plug", "DeferredResource"] {
            for object in self.all(kind, namespaces).await? {
                let Some(reference) = ObjectRef::of(&object) else { continue };
                // Coupled by an operator of ours already; only its journal could tell more.
                if object["status"]["hash"].is_string() {
                    previews.push(preview(&reference, &[]));
                    continue;
                }
                let subject = match kind {
                    "Socket" => Subject::Socket(object),
                    "Plug" => Subject::Plug(object),
                    _ => Subject::Deferred(object),
                };
                previews.push(self.try_out(&reference, &subject, now).await);
            }
        }
        Ok(previews)
    }

    async fn try_out(
        &self,
        reference: &ObjectRef,
        subject: &Subject,
        now: jiff::Timestamp,
    ) -> Preview {
        let mut answers: Vec<Answer> = Vec::new();
        for _ in 0..MOST_STEPS {
            match step(subject, &self.settings, now, &answers) {
                Step::Done(_) => break,
                Step::Ask(requests) => self.answer(requests, &mut answers).await,
            }
        }
        let writes: Vec<Request> =
            answers.into_iter().map(|answer| answer.request).filter(Request::is_write).collect();
        preview(reference, &writes)
    }

    async fn answer(&self, requests: Vec<Request>, answers: &mut Vec<Answer>) {
        for request in requests {
            let response = self.perform(&request).await;
            answers.push(Answer { request, response });
        }
    }

    async fn perform(&self, request: &Request) -> Response {
        match request {
            Request::Find(find) => self.find(find).await,
            Request::Read { object, .. } => match self.get(object).await {
                Ok(object) => Response::Object(object),
                Err(failure) => Response::Refused(failure.into()),
            },
            Request::List { api_version, kind, namespace, selector, .. } => {
                let found = match self.kinds.find_by(&self.api, api_version, kind).await {
                    Ok(kind) => self.list(&kind, Some(namespace)).await,
                    Err(refusal) => return Response::Refused(refusal),
                };
                match found {
                    Ok(objects) => Response::Objects(
                        objects.into_iter().filter(|one| selector.fits(&labels(one))).collect(),
                    ),
                    Err(failure) => Response::Refused(failure.into()),
                }
            }
            Request::ReadJournal { .. } => Response::Journal(Found::Absent),
            Request::Call(call) if call.action == Action::Config => {
                Response::Reply(Reply::Config(std::collections::BTreeMap::new()))
            }
            Request::Call(_) => Response::Reply(Reply::Done { result: None }),
            Request::Delete { .. } | Request::DeleteJournal { .. } => Response::Gone,
            Request::Apply { .. }
            | Request::Project { .. }
            | Request::Create { .. }
            | Request::WriteJournal { .. }
            | Request::SetFinalizers { .. }
            | Request::PatchStatus { .. }
            | Request::Emit(_) => {
                Response::Written { uid: String::new(), resource_version: "0".to_owned() }
            }
        }
    }

    async fn find(&self, find: &Find) -> Response {
        match find {
            Find::Socket { namespace, name } => {
                self.seen(&ObjectRef::socket(namespace, name)).await
            }
            Find::Plug { namespace, name } => self.seen(&ObjectRef::plug(namespace, name)).await,
            Find::Namespace { name } => {
                let reference = ObjectRef::new("v1", "Namespace", "", name);
                match self.get(&reference).await {
                    Ok(object) => Response::Object(object),
                    Err(failure) => Response::Refused(failure.into()),
                }
            }
            Find::SocketsSelected { namespace, selector } => {
                let sockets = self.visible("Socket", Some(namespace)).await;
                Response::Objects(
                    sockets.into_iter().filter(|one| selector.fits(&labels(one))).collect(),
                )
            }
            Find::CoupledPlugs { socket } => {
                let plugs = self.plugs_around(socket.object.namespace()).await;
                let coupled = plugs
                    .iter()
                    .filter(|plug| plug["status"]["coupledSocket"]["uid"] == socket.uid.as_str());
                Response::Coupled(coupled.filter_map(|plug| Identity::of(plug)).collect())
            }
            Find::PlugsNaming { namespace, name } => {
                let plugs = self.plugs_around(namespace).await;
                let naming = plugs.iter().filter(|plug| {
                    let socket = &plug["spec"]["socket"];
                    let there = socket["namespace"]
                        .as_str()
                        .or_else(|| plug["metadata"]["namespace"].as_str());
                    socket["name"] == name.as_str() && there == Some(namespace)
                });
                Response::Refs(naming.filter_map(|plug| ObjectRef::of(plug)).collect())
            }
            Find::Grants { namespace } => {
                let version = "gateway.networking.k8s.io/v1beta1";
                let Ok(kind) = self.kinds.find_by(&self.api, version, "ReferenceGrant").await
                else {
                    return Response::Objects(Vec::new());
                };
                let grants = self.list(&kind, Some(namespace)).await;
                Response::Objects(grants.unwrap_or_default())
            }
            // Journals are the operator's own; what they would add is not a reader's to see.
            Find::Journals { .. } | Find::Journal { .. } => Response::Journals(Vec::new()),
            Find::Drifted { .. } => Response::Refs(Vec::new()),
        }
    }

    async fn seen(&self, reference: &ObjectRef) -> Response {
        Response::Object(self.get(reference).await.unwrap_or_default())
    }

    /// Plugs of all namespaces, or at least of this one.
    async fn plugs_around(&self, namespace: &str) -> Vec<Arc<Value>> {
        let Some(kind) = known(API_VERSION, "Plug") else { return Vec::new() };
        match self.list(&kind, None).await {
            Ok(plugs) => plugs,
            Err(_) => self.visible("Plug", Some(namespace)).await,
        }
    }

    async fn visible(&self, kind: &str, namespace: Option<&str>) -> Vec<Arc<Value>> {
        let Some(kind) = known(API_VERSION, kind) else { return Vec::new() };
        self.list(&kind, namespace).await.unwrap_or_default()
    }

    async fn all(&self, kind: &str, namespaces: &[String]) -> Result<Vec<Arc<Value>>, Failure> {
        let Some(kind) = known(API_VERSION, kind) else { return Ok(Vec::new()) };
        if namespaces.is_empty() {
            return self.list(&kind, None).await;
        }
        let mut all = Vec::new();
        for namespace in namespaces {
            all.extend(self.list(&kind, Some(namespace)).await?);
        }
        Ok(all)
    }

    async fn get(&self, reference: &ObjectRef) -> Result<Option<Arc<Value>>, Failure> {
        let unnamed = |refusal: Refusal| Failure {
            cause: refusal.cause,
            code: 0,
            message: refusal.message,
            retry_after: None,
        };
        let kind = match self.kinds.find(&self.api, reference).await {
            Ok(kind) => kind,
            Err(refusal) => return Err(unnamed(refusal)),
        };
        let Some(path) = kind.object(reference.namespace.as_deref(), &reference.name) else {
            return Ok(None);
        };
        match self.api.json(Ask::get(&ME, path)).await {
            Ok(object) => Ok(Some(Arc::new(object))),
            Err(failure) if failure.cause == Cause::NotFound => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    async fn list(&self, kind: &Kind, namespace: Option<&str>) -> Result<Vec<Arc<Value>>, Failure> {
        let mut objects = Vec::new();
        let mut more = String::new();
        for _ in 0..MOST_PAGES {
            let path = format!("{}?limit={PAGE}{more}", kind.collection(namespace));
            let ask = Ask { limit: LARGEST_PAGE, ..Ask::get(&ME, path) };
            let mut page = self.api.json(ask).await?;
            for mut object in page["items"].as_array_mut().map(std::mem::take).unwrap_or_default() {
                // Items of a list carry neither.
                object["apiVersion"] = json!(kind.api_version);
                object["kind"] = json!(kind.kind);
                objects.push(Arc::new(object));
            }
            match page["metadata"]["continue"].as_str() {
                Some(token) if !token.is_empty() => more = format!("&continue={}", encode(token)),
                _ => break,
            }
        }
        Ok(objects)
    }
}

fn labels(object: &Value) -> std::collections::BTreeMap<String, String> {
    let text = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
    object["metadata"]["labels"].as_object().into_iter().flatten().filter_map(text).collect()
}

//! Requests that only look: at the index, or at an object or a choice of objects on behalf of an account.

use std::sync::Arc;

use k8s::workload::LabelSelector;
use serde_json::{Value, json};

use super::{Performer, Reads};
use crate::core::object::{Account, ObjectRef};
use crate::core::request::{Cause, Find, Found, Refusal, Response};
use crate::kube::client::{Ask, LARGEST_PAGE};
use crate::kube::key::{Key, Name, Own};
use crate::kube::kinds::encode;

impl Performer {
    pub(super) async fn find(&self, find: &Find) -> Result<Response, Refusal> {
        if let Find::Grants { namespace } = find {
            return Ok(Response::Objects(self.grants.of(&self.api, namespace).await));
        }
        if let Find::Namespace { name } = find {
            return self.namespace(name).await;
        }
        if let Find::Drifted { journal } = find {
            return self.drifted(journal).await;
        }
        let Ok(mut index) = self.index.lock() else {
            return Err(Refusal { cause: Cause::Unavailable, message: "stopping".to_owned() });
        };
        Ok(match find {
            Find::Socket { namespace, name } => {
                Response::Object(index.object(Own::Socket, &Name::new(namespace, name)))
            }
            Find::Plug { namespace, name } => {
                Response::Object(index.object(Own::Plug, &Name::new(namespace, name)))
            }
            Find::SocketsSelected { namespace, selector } => {
                Response::Objects(index.selected(namespace, selector))
            }
            Find::CoupledPlugs { socket } => Response::Coupled(index.coupled(&socket.uid)),
            Find::PlugsNaming { namespace, name } => {
                Response::Refs(index.naming(&Name::new(namespace, name)))
            }
            Find::Journals { uid } => Response::Journals(index.heads_of(uid)),
            Find::Journal { name } => Response::Journals(index.head(name).into_iter().collect()),
            Find::Grants { .. } | Find::Namespace { .. } | Find::Drifted { .. } => {
                Response::Objects(Vec::new())
            }
        })
    }

    /// After a restart only the journal knows what was made and is gone.
    async fn drifted(&self, journal: &str) -> Result<Response, Refusal> {
        let (is_suspect, drifted) = {
            let state = self.track.state();
            (state.made.is_suspect(journal), state.made.drifted(journal))
        };
        if !is_suspect {
            return Ok(Response::Refs(drifted));
        }
        let Response::Journal(Found::Open { journal, .. }) = self.read_journal(journal).await?
        else {
            return Ok(Response::Refs(drifted));
        };
        let made = journal.inventory.into_iter().filter(|made| made.manager.is_none());
        Ok(Response::Refs(made.map(|made| made.object).collect()))
    }

    /// Asked only when something is being undone, so it is not watched.
    async fn namespace(&self, name: &str) -> Result<Response, Refusal> {
        let path = format!("/api/v1/namespaces/{}", encode(name));
        match self.api.json(Ask::get(&Account::Operator, path).metadata()).await {
            Ok(namespace) => Ok(Response::Object(Some(Arc::new(namespace)))),
            Err(failure) if failure.cause == Cause::NotFound => Ok(Response::Object(None)),
            // Without the right to look, a namespace counts as there and staying.
            Err(failure) if failure.cause == Cause::Forbidden => {
                Ok(Response::Object(Some(Arc::new(json!({ "metadata": { "name": name } })))))
            }
            Err(failure) => Err(failure.into()),
        }
    }

    pub(super) async fn read(
        &self,
        key: &Key,
        account: &Account,
        object: &ObjectRef,
        reads: &mut Reads,
    ) -> Result<Response, Refusal> {
        let (kind, place) = self.place(object).await?;
        let path = Self::path(&kind, object)?;
        self.track.interest(key, account, &place).await;
        reads.places.insert(place.clone());
        match self.api.json(Ask::get(account, path)).await {
            Ok(mut found) => {
                let metadata = &mut found["metadata"];
                if let Some(metadata) = metadata.as_object_mut() {
                    metadata.remove("managedFields");
                }
                self.track.state().interests.read(&place, version(metadata));
                Ok(Response::Object(Some(Arc::new(found))))
            }
            Err(failure) if failure.cause == Cause::NotFound => Ok(Response::Object(None)),
            Err(failure) => Err(failure.into()),
        }
    }

    pub(super) async fn list(
        &self,
        key: &Key,
        account: &Account,
        (api_version, kind): (&str, &str),
        namespace: &str,
        selector: &LabelSelector,
    ) -> Result<Response, Refusal> {
        let kind = self.kinds.find_by(&self.api, api_version, kind).await?;
        self.track.choice(key, account, &kind, namespace, selector.clone()).await;
        let collection = kind.collection(Some(namespace));
        let path = format!("{collection}?limit=500&labelSelector={}", encode(&written(selector)));
        let mut ask = Ask::get(account, path);
        ask.limit = LARGEST_PAGE;
        let mut list = self.api.json(ask).await?;
        let mut found = Vec::new();
        for mut item in list["items"].as_array_mut().map(std::mem::take).unwrap_or_default() {
            // Items of a list do not say what they are.
            item["apiVersion"] = json!(kind.api_version);
            item["kind"] = json!(kind.kind);
            if let Some(metadata) = item["metadata"].as_object_mut() {
                metadata.remove("managedFields");
            }
            found.push(Arc::new(item));
        }
        let names: Vec<Name> = found
            .iter()
            .map(|item| Name::new(namespace, item["metadata"]["name"].as_str().unwrap_or_default()))
            .collect();
        self.track.state().interests.chosen(key, &kind, namespace, &names);
        Ok(Response::Objects(found))
    }
}

fn version(metadata: &Value) -> u64 {
    metadata["resourceVersion"].as_str().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// A selector as URLs have it.
fn written(selector: &LabelSelector) -> String {
    use k8s::workload::Operator;
    let labels = selector.match_labels.iter().map(|(key, value)| format!("{key}={value}"));
    let expressions = selector.match_expressions.iter().map(|requirement| {
        let (key, values) = (&requirement.key, requirement.values.join(","));
        match requirement.operator {
            Operator::In => format!("{key} in ({values})"),
            Operator::NotIn => format!("{key} notin ({values})"),
            Operator::Exists => key.clone(),
            Operator::DoesNotExist => format!("!{key}"),
        }
    });
    labels.chain(expressions).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_is_written_as_kubectl_does() {
        let selector = json!({
            "matchLabels": { "a": "b" },
            "matchExpressions": [
                { "key": "c", "operator": "In", "values": ["d", "e"] },
                { "key": "f", "operator": "DoesNotExist" },
            ],
        });
        let selector: LabelSelector = serde_json::from_value(selector).expect("a selector");
        assert_eq!(written(&selector), "a=b,c in (d,e),!f");
    }
}

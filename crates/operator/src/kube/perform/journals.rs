//! Journals: Secrets of the operator's namespace, sealed, with labels that say whose they are.
//!
//! The index learns of a write from its answer; the watch is for what others did. The annotations with the kinds that were made and the sum
//! of their state let the next process watch and compare them without opening the journal.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Performer, written};
use crate::core::journal::{Head, Journal, Phase};
use crate::core::object::Account;
use crate::core::request::{Cause, Found, Refusal, Response};
use crate::core::seal;
use crate::kube::client::Ask;
use crate::kube::kinds::encode;

/// The value of `midplane.io/kind` on a journal.
pub(crate) const COUPLING: &str = "coupling";
pub(crate) const PLUG_UID: &str = "midplane.io/plug-uid";
pub(crate) const SOCKET_UID: &str = "midplane.io/socket-uid";
pub(crate) const PHASE: &str = "midplane.io/phase";
pub(crate) const KINDS: &str = "midplane.io/kinds";
/// `track::made` at the end of a pass, in hexadecimal digits.
pub(crate) const MADE: &str = "midplane.io/made";

impl Performer {
    fn journal_path(&self, name: &str) -> String {
        format!("/api/v1/namespaces/{}/secrets/{}", encode(&self.namespace), encode(name))
    }

    pub(super) async fn read_journal(&self, name: &str) -> Result<Response, Refusal> {
        let ask = Ask::get(&Account::Operator, self.journal_path(name));
        let secret = match self.api.json(ask).await {
            Ok(secret) => secret,
            Err(failure) if failure.cause == Cause::NotFound => {
                return Ok(Response::Journal(Found::Absent));
            }
            Err(failure) => return Err(failure.into()),
        };
        let resource_version =
            secret["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned();
        let sealed = STANDARD.decode(secret["data"]["journal"].as_str().unwrap_or_default());
        let opened = sealed.map_err(|_| seal::Error::Format);
        Ok(Response::Journal(
            match opened.and_then(|sealed| seal::open(&self.keys, name, &sealed)) {
                Ok(journal) => Found::Open { resource_version, journal: Box::new(journal) },
                Err(err) => Found::Unreadable { resource_version, why: err.to_string() },
            },
        ))
    }

    pub(super) async fn write_journal(
        &self,
        name: &str,
        over: Option<&str>,
        journal: &Journal,
    ) -> Result<Response, Refusal> {
        let sealed = seal::seal(&self.keys, self.seams.nonce(), name, journal)
            .map_err(|err| Refusal { cause: Cause::TooLarge, message: err.to_string() })?;
        let mut secret = json!({
            "apiVersion": "v1", "kind": "Secret", "type": "midplane.io/coupling",
            "metadata": { "name": name, "namespace": self.namespace, "labels": labels(journal) },
            "data": { "journal": STANDARD.encode(sealed) },
        });
        let kinds = kinds(journal);
        if !kinds.is_empty() {
            secret["metadata"]["annotations"] = json!({ KINDS: kinds });
            // In the middle of a pass nothing is as it should be; the pass goes on in any case.
            if journal.phase == Phase::Coupled {
                let sum = self.track.state().made.sum(name, &|place| self.track.covers(place));
                secret["metadata"]["annotations"][MADE] = json!(format!("{sum:016x}"));
            }
        }
        let ask = if let Some(over) = over {
            secret["metadata"]["resourceVersion"] = json!(over);
            Ask::put(&Account::Operator, self.journal_path(name), &secret)
        } else {
            let path = format!("/api/v1/namespaces/{}/secrets", encode(&self.namespace));
            Ask::post(&Account::Operator, path, &secret)
        };
        let answer = self.api.json(ask.metadata()).await?;
        self.track.state().made.trust(name);
        if let (Some(head), Ok(mut index)) = (head(&answer["metadata"]), self.index.lock()) {
            index.observe_head(&head);
        }
        Ok(written(&answer["metadata"]))
    }

    pub(super) async fn delete_journal(&self, name: &str) -> Result<Response, Refusal> {
        let ask = Ask {
            method: http::Method::DELETE,
            ..Ask::get(&Account::Operator, self.journal_path(name)).metadata()
        };
        match self.api.bytes(ask).await {
            Ok(_) => (),
            Err(failure) if failure.cause == Cause::NotFound => (),
            Err(failure) => return Err(failure.into()),
        }
        if let Ok(mut index) = self.index.lock() {
            index.remove_head(name);
        }
        self.track.state().made.forget_journal(name);
        Ok(Response::Gone)
    }
}

fn labels(journal: &Journal) -> Value {
    let mut labels = json!({
        k8s::names::KIND_LABEL: COUPLING,
        PHASE: journal.phase.as_str(),
    });
    if let Some(plug) = &journal.plug {
        labels[PLUG_UID] = json!(plug.uid);
    }
    if let Some(socket) = &journal.socket {
        labels[SOCKET_UID] = json!(socket.uid);
    }
    labels
}

/// `v1 ConfigMap,apps/v1 Deployment`
fn kinds(journal: &Journal) -> String {
    let kinds: BTreeSet<String> = journal
        .inventory
        .iter()
        .filter(|made| made.manager.is_none())
        .map(|made| format!("{} {}", made.object.api_version, made.object.kind))
        .collect();
    kinds.into_iter().collect::<Vec<_>>().join(",")
}

/// What the labels of a journal say.
pub(crate) fn head(metadata: &Value) -> Option<Head> {
    let label = |name: &str| metadata["labels"][name].as_str().map(str::to_owned);
    Some(Head {
        name: metadata["name"].as_str()?.to_owned(),
        resource_version: metadata["resourceVersion"].as_str()?.to_owned(),
        plug_uid: label(PLUG_UID),
        socket_uid: label(SOCKET_UID),
        phase: Phase::parse(&label(PHASE)?)?,
    })
}

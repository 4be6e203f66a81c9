//! What the index of the watches would answer.

use super::{Arc, Find, Head, Identity, Journal, Map, Response, Value, World, json};
use crate::core::object::ObjectRef;

impl World {
    pub(super) fn find(&self, find: &Find) -> Response {
        match find {
            Find::Socket { namespace, name } => self.one(&ObjectRef::socket(namespace, name)),
            Find::Plug { namespace, name } => self.one(&ObjectRef::plug(namespace, name)),
            Find::SocketsSelected { namespace, selector } => {
                let sockets = self.of_kind("Socket").filter(|(reference, object)| {
                    reference.namespace() == namespace && selector.fits(&labels(object))
                });
                Response::Objects(sockets.map(|(_, object)| object.clone()).collect())
            }
            Find::CoupledPlugs { socket } => {
                let plugs = self.of_kind("Plug").filter(|(_, object)| {
                    object["status"]["coupledSocket"]["uid"] == socket.uid.as_str()
                });
                Response::Coupled(plugs.filter_map(|(_, object)| Identity::of(object)).collect())
            }
            Find::PlugsNaming { namespace, name } => {
                let plugs = self.of_kind("Plug").filter(|(reference, object)| {
                    let socket = &object["spec"]["socket"];
                    socket["name"] == name.as_str()
                        && match socket["namespace"].as_str() {
                            Some(there) => there == namespace,
                            None => reference.namespace() == namespace,
                        }
                });
                Response::Refs(plugs.map(|(reference, _)| reference.clone()).collect())
            }
            Find::Journals { uid } => Response::Journals(
                self.heads()
                    .into_iter()
                    .filter(|head| {
                        head.plug_uid.as_ref() == Some(uid) || head.socket_uid.as_ref() == Some(uid)
                    })
                    .collect(),
            ),
            Find::Journal { name } => Response::Journals(
                self.heads().into_iter().filter(|head| head.name == *name).collect(),
            ),
            Find::Grants { namespace } => {
                let grants = self
                    .of_kind("ReferenceGrant")
                    .filter(|(reference, _)| reference.namespace() == namespace);
                Response::Objects(grants.map(|(_, object)| object.clone()).collect())
            }
            Find::Namespace { name } => {
                let mut metadata = Map::new();
                metadata.insert("name".to_owned(), json!(name));
                if self.going.contains(name) {
                    metadata.insert("deletionTimestamp".to_owned(), json!("1970-01-01T00:00:00Z"));
                }
                Response::Object(Some(Arc::new(json!({"metadata": metadata}))))
            }
            Find::Drifted { journal } => {
                let inventory = self.journals.get(journal).map(|(_, journal)| &journal.inventory);
                let drifted = inventory
                    .into_iter()
                    .flatten()
                    .filter(|made| !made.retain && !self.objects.contains_key(&made.object));
                Response::Refs(drifted.map(|made| made.object.clone()).collect())
            }
        }
    }

    fn one(&self, reference: &ObjectRef) -> Response {
        Response::Object(self.objects.get(reference).cloned())
    }

    fn of_kind(&self, kind: &str) -> impl Iterator<Item = (&ObjectRef, &Arc<Value>)> {
        self.objects.iter().filter(move |(reference, _)| reference.kind == kind)
    }

    pub fn heads(&self) -> Vec<Head> {
        let uid = |identity: &Option<Identity>| identity.as_ref().map(|one| one.uid.clone());
        self.journals
            .iter()
            .map(|(name, (version, journal)): (&String, &(u64, Journal))| Head {
                name: name.clone(),
                resource_version: version.to_string(),
                plug_uid: uid(&journal.plug),
                socket_uid: uid(&journal.socket),
                phase: journal.phase,
            })
            .collect()
    }
}

pub(super) fn labels(object: &Value) -> std::collections::BTreeMap<String, String> {
    let labels = object["metadata"]["labels"].as_object();
    let text = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
    labels.into_iter().flatten().filter_map(text).collect()
}

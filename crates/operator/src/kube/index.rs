//! What the watches have seen, small enough to keep: plugs, sockets, deferred resources and the heads of journals.
//!
//! Objects are packed; beside them stand the few facts that questions are about (which socket a plug names, which one it is coupled to,
//! labels), so that a question touches only the objects it returns. `observe` says whom a change concerns:
//!
//! ```text
//! a plug changed             the plug; if its coupling changed, the sockets it left and entered
//! only its status changed    nobody: that was us (a stranger's edit of a status is put right at the next change)
//! a socket changed           the socket, and every plug that names it, selects it or is coupled to it
//! a journal's owner is gone  the journal, as an orphan
//! ```
//! An older version never replaces a newer one, so the answer to a write and the watch may come in any order.

mod pack;
#[cfg(test)]
mod tests;

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{Hash as _, Hasher as _};
use std::sync::Arc;

use k8s::workload::LabelSelector;
use serde_json::Value;

use self::pack::{Packed, strip};
use super::key::{Key, Name, Own};
use crate::core::journal::Head;
use crate::core::object::{Identity, ObjectRef};

/// Sockets kept unpacked: every plug of one reads it. One with a thousand plugs in its status is a megabyte as values.
const MOST_UNPACKED: usize = 16;

struct Stored {
    uid: Box<str>,
    version: u64,
    /// Of everything that a reconcile depends on, except the status.
    meaning: u64,
    packed: Packed,
}

/// What a plug says about sockets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Facts {
    names: Option<Name>,
    /// The namespace it selects in.
    selects: Option<Arc<str>>,
    /// Name and uid.
    coupled: Option<(Name, Arc<str>)>,
}

#[derive(Default)]
pub(crate) struct Index {
    objects: [BTreeMap<Name, Stored>; 3],
    facts: HashMap<Name, Facts>,
    labels: HashMap<Name, BTreeMap<String, String>>,
    naming: HashMap<Name, BTreeSet<Name>>,
    selecting: HashMap<Arc<str>, BTreeSet<Name>>,
    coupled: HashMap<Arc<str>, BTreeSet<Name>>,
    uids: HashMap<Box<str>, Key>,
    heads: BTreeMap<Arc<str>, Head>,
    heads_by_uid: HashMap<String, BTreeSet<Arc<str>>>,
    unpacked: HashMap<Name, Arc<Value>>,
    namespaces: HashSet<Arc<str>>,
}

impl Index {
    fn intern(&mut self, namespace: &str) -> Arc<str> {
        if let Some(known) = self.namespaces.get(namespace) {
            return known.clone();
        }
        let fresh: Arc<str> = namespace.into();
        self.namespaces.insert(fresh.clone());
        fresh
    }

    fn name(&mut self, namespace: &str, name: &str) -> Name {
        Name { namespace: self.intern(namespace), name: name.into() }
    }

    /// The answer to a write of ours: it changes what is known, never what exists.
    pub(crate) fn answered(&mut self, own: Own, object: Value) -> Vec<Key> {
        let metadata = &object["metadata"];
        let name = Name::new(text(&metadata["namespace"]), text(&metadata["name"]));
        let same = self.objects[own as usize]
            .get(&name)
            .is_some_and(|stored| *stored.uid == *text(&metadata["uid"]));
        if same { self.observe(own, object) } else { Vec::new() }
    }

    /// A version of an object. Returns whom it concerns.
    pub(crate) fn observe(&mut self, own: Own, mut object: Value) -> Vec<Key> {
        strip(&mut object);
        let metadata = &object["metadata"];
        let (uid, version) = (text(&metadata["uid"]), version(metadata));
        let name = self.name(text(&metadata["namespace"]), text(&metadata["name"]));
        let meaning = meaning(&object);
        let before = self.objects[own as usize].get(&name);
        if before.is_some_and(|before| *before.uid == *uid && before.version >= version) {
            return Vec::new();
        }
        let mut concerned = Vec::new();
        let replaced = before.is_some_and(|before| *before.uid != *uid);
        let changed = before.is_none_or(|before| *before.uid != *uid || before.meaning != meaning);
        if replaced {
            concerned.extend(self.remove(own, &name));
        }
        let key = Key::Own(own, name.clone());
        if changed {
            concerned.push(key.clone());
        }
        match own {
            Own::Plug => {
                let facts = self.read_facts(&object, &name);
                concerned.extend(self.relate(&name, facts));
            }
            Own::Socket => {
                self.unpacked.remove(&name);
                let labels = serde_json::from_value(metadata["labels"].clone()).unwrap_or_default();
                let relabelled = self.labels.get(&name) != Some(&labels);
                self.labels.insert(name.clone(), labels);
                if changed || relabelled {
                    concerned.extend(self.plugs_of(&name, uid).map(|plug| Key::plug(&plug)));
                }
            }
            Own::Deferred => (),
        }
        self.uids.insert(uid.into(), key);
        let stored = Stored { uid: uid.into(), version, meaning, packed: Packed::new(&object) };
        self.objects[own as usize].insert(name, stored);
        concerned
    }

    /// The object is gone. Returns whom that concerns.
    pub(crate) fn remove(&mut self, own: Own, name: &Name) -> Vec<Key> {
        let Some(stored) = self.objects[own as usize].remove(name) else { return Vec::new() };
        self.uids.remove(&stored.uid);
        let mut concerned: Vec<Key> = self
            .heads_by_uid
            .get(&*stored.uid)
            .into_iter()
            .flatten()
            .map(|journal| Key::Orphan(journal.clone()))
            .collect();
        match own {
            Own::Plug => {
                concerned.extend(self.relate(name, Facts::default()));
                self.facts.remove(name);
            }
            Own::Socket => {
                self.unpacked.remove(name);
                self.labels.remove(name);
                concerned.extend(self.plugs_of(name, &stored.uid).map(|plug| Key::plug(&plug)));
            }
            Own::Deferred => (),
        }
        concerned
    }

    /// After a list: what it did not show is gone. `within` is the namespace that was listed.
    pub(crate) fn retain(
        &mut self,
        own: Own,
        within: Option<&str>,
        seen: &HashSet<Name>,
    ) -> Vec<Key> {
        let gone: Vec<Name> = self.objects[own as usize]
            .keys()
            .filter(|name| within.is_none_or(|within| *name.namespace == *within))
            .filter(|name| !seen.contains(*name))
            .cloned()
            .collect();
        gone.iter().flat_map(|name| self.remove(own, name)).collect()
    }

    fn read_facts(&mut self, plug: &Value, own: &Name) -> Facts {
        let spec = &plug["spec"];
        let here = |index: &mut Self, namespace: &Value| match namespace.as_str() {
            Some(namespace) if !namespace.is_empty() => index.intern(namespace),
            _ => own.namespace.clone(),
        };
        let names = spec["socket"]["name"].as_str().map(|name| Name {
            namespace: here(self, &spec["socket"]["namespace"]),
            name: name.into(),
        });
        let selects = spec["socketSelector"]
            .is_object()
            .then(|| here(self, &spec["socketSelector"]["namespace"]));
        let coupled = &plug["status"]["coupledSocket"];
        let coupled = coupled["uid"].as_str().map(|uid| {
            let name = self.name(text(&coupled["namespace"]), text(&coupled["name"]));
            // One allocation for all plugs of a socket.
            let uid =
                self.coupled.get_key_value(uid).map_or_else(|| uid.into(), |(uid, _)| uid.clone());
            (name, uid)
        });
        Facts { names, selects, coupled }
    }

    /// Brings the facts about a plug up to date. Returns the sockets whose count changed.
    fn relate(&mut self, plug: &Name, facts: Facts) -> Vec<Key> {
        let before = self.facts.get(plug).cloned().unwrap_or_default();
        if before == facts {
            return Vec::new();
        }
        let mut concerned = Vec::new();
        if before.names != facts.names {
            if let Some(socket) = &before.names {
                drop_from(&mut self.naming, socket, plug);
            }
            if let Some(socket) = &facts.names {
                self.naming.entry(socket.clone()).or_default().insert(plug.clone());
            }
        }
        if before.selects != facts.selects {
            if let Some(namespace) = &before.selects {
                drop_from(&mut self.selecting, namespace, plug);
            }
            if let Some(namespace) = &facts.selects {
                self.selecting.entry(namespace.clone()).or_default().insert(plug.clone());
            }
        }
        if before.coupled != facts.coupled {
            if let Some((socket, uid)) = &before.coupled {
                drop_from(&mut self.coupled, uid, plug);
                concerned.push(Key::socket(socket));
            }
            if let Some((socket, uid)) = &facts.coupled {
                self.coupled.entry(uid.clone()).or_default().insert(plug.clone());
                concerned.push(Key::socket(socket));
            }
        }
        self.facts.insert(plug.clone(), facts);
        concerned
    }

    fn plugs_of(&self, socket: &Name, uid: &str) -> impl Iterator<Item = Name> + use<> {
        let mut plugs = BTreeSet::new();
        let sets =
            [self.naming.get(socket), self.selecting.get(&socket.namespace), self.coupled.get(uid)];
        plugs.extend(sets.into_iter().flatten().flatten().cloned());
        plugs.into_iter()
    }

    /// The head of a journal, as its Secret's labels say.
    pub(crate) fn observe_head(&mut self, head: Head) -> Vec<Key> {
        let name: Arc<str> = head.name.as_str().into();
        let newer = |old: &Head| number(&old.resource_version) >= number(&head.resource_version);
        if self.heads.get(&name).is_some_and(newer) {
            return Vec::new();
        }
        self.remove_head(&name);
        for uid in [&head.plug_uid, &head.socket_uid].into_iter().flatten() {
            self.heads_by_uid.entry(uid.clone()).or_default().insert(name.clone());
        }
        self.heads.insert(name, head);
        Vec::new()
    }

    pub(crate) fn remove_head(&mut self, name: &str) {
        let Some(head) = self.heads.remove(name) else { return };
        for uid in [&head.plug_uid, &head.socket_uid].into_iter().flatten() {
            if let Some(names) = self.heads_by_uid.get_mut(uid) {
                names.remove(name);
                if names.is_empty() {
                    self.heads_by_uid.remove(uid);
                }
            }
        }
    }

    pub(crate) fn retain_heads(&mut self, seen: &HashSet<String>) {
        let gone: Vec<Arc<str>> =
            self.heads.keys().filter(|name| !seen.contains(&***name)).cloned().collect();
        for name in gone {
            self.remove_head(&name);
        }
    }

    /// Journals whose plug, or socket where there is no plug, is not there.
    pub(crate) fn orphans(&self) -> Vec<Key> {
        self.heads
            .values()
            .filter(|head| {
                let owner = head.plug_uid.as_ref().or(head.socket_uid.as_ref());
                owner.is_none_or(|uid| !self.uids.contains_key(uid.as_str()))
            })
            .map(|head| Key::Orphan(head.name.as_str().into()))
            .collect()
    }

    pub(crate) fn head(&self, name: &str) -> Option<Head> {
        self.heads.get(name).cloned()
    }

    pub(crate) fn heads_of(&self, uid: &str) -> Vec<Head> {
        let names = self.heads_by_uid.get(uid).into_iter().flatten();
        names.filter_map(|name| self.heads.get(name)).cloned().collect()
    }

    /// The plug or socket that looks after a journal.
    pub(crate) fn owner(&self, journal: &str) -> Option<Key> {
        let head = self.heads.get(journal)?;
        let uids = [&head.plug_uid, &head.socket_uid];
        uids.into_iter().flatten().find_map(|uid| self.uids.get(uid.as_str()).cloned())
    }

    pub(crate) fn object(&mut self, own: Own, name: &Name) -> Option<Arc<Value>> {
        if own == Own::Socket
            && let Some(unpacked) = self.unpacked.get(name)
        {
            return Some(unpacked.clone());
        }
        let stored = self.objects[own as usize].get(name)?;
        let object = Arc::new(stored.packed.open()?);
        if own == Own::Socket {
            if self.unpacked.len() >= MOST_UNPACKED {
                self.unpacked.clear();
            }
            self.unpacked.insert(name.clone(), object.clone());
        }
        Some(object)
    }

    pub(crate) fn selected(
        &mut self,
        namespace: &str,
        selector: &LabelSelector,
    ) -> Vec<Arc<Value>> {
        let names: BTreeSet<Name> = self
            .labels
            .iter()
            .filter(|(name, labels)| *name.namespace == *namespace && selector.fits(labels))
            .map(|(name, _)| name.clone())
            .collect();
        names.iter().filter_map(|name| self.object(Own::Socket, name)).collect()
    }

    pub(crate) fn coupled(&self, uid: &str) -> Vec<Identity> {
        let plugs = self.coupled.get(uid).into_iter().flatten();
        plugs
            .filter_map(|plug| {
                let stored = self.objects[Own::Plug as usize].get(plug)?;
                let object = ObjectRef::plug(&plug.namespace, &plug.name);
                Some(Identity { object, uid: (*stored.uid).to_owned() })
            })
            .collect()
    }

    pub(crate) fn naming(&self, socket: &Name) -> Vec<ObjectRef> {
        let plugs = self.naming.get(socket).into_iter().flatten();
        plugs.map(|plug| ObjectRef::plug(&plug.namespace, &plug.name)).collect()
    }

    /// Plugs whose socket is in this namespace: a grant there concerns them.
    pub(crate) fn plugs_towards(&self, namespace: &str) -> Vec<Key> {
        self.naming
            .iter()
            .filter(|(socket, _)| *socket.namespace == *namespace)
            .flat_map(|(_, plugs)| plugs.iter().map(Key::plug))
            .collect()
    }

    /// `(plugs, sockets, journals)`
    pub(crate) fn sizes(&self) -> (usize, usize, usize) {
        let [plugs, sockets, _] = &self.objects;
        (plugs.len(), sockets.len(), self.heads.len())
    }
}

fn drop_from<K: std::hash::Hash + Eq>(map: &mut HashMap<K, BTreeSet<Name>>, key: &K, plug: &Name) {
    if let Some(plugs) = map.get_mut(key) {
        plugs.remove(plug);
        if plugs.is_empty() {
            map.remove(key);
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn number(version: &str) -> u64 {
    version.parse().unwrap_or(0)
}

fn version(metadata: &Value) -> u64 {
    number(text(&metadata["resourceVersion"]))
}

/// The generation counts changes of the spec; labels, annotations and the deletion are counted by nobody.
fn meaning(object: &Value) -> u64 {
    let metadata = &object["metadata"];
    let mut hasher = DefaultHasher::new();
    metadata["generation"].as_i64().hash(&mut hasher);
    for part in ["labels", "annotations", "deletionTimestamp"] {
        metadata[part].to_string().hash(&mut hasher);
    }
    hasher.finish()
}

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
//! a namespace is going       what is in it, as if each were being deleted
//! ```
//! What is in a namespace that is being deleted reads as being deleted itself: it will be, some seconds later, and nothing can stop it. An
//! older version never replaces a newer one, so the answer to a write and the watch may come in any order.

mod pack;
#[cfg(test)]
mod tests;
mod uid;

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{Hash as _, Hasher as _};
use std::ops::Bound;
use std::sync::Arc;

use k8s::workload::LabelSelector;
use serde_json::Value;

use self::pack::{Packed, Packer, strip};
use self::uid::Uid;
use super::key::{Key, Name, Own};
use crate::core::journal::{self, Phase};
use crate::core::object::{Identity, ObjectRef};

/// Sockets kept unpacked: every plug of one reads it. One with a thousand plugs in its status is a megabyte as values.
const MOST_UNPACKED: usize = 16;
/// Names of namespaces and sockets are kept once; fewer than this are not worth looking for those that nobody uses any more.
const FEW_WORDS: usize = 256;

struct Stored {
    uid: Uid,
    version: u64,
    /// Of everything that a reconcile depends on, except the status.
    meaning: u64,
    packed: Packed,
    facts: Facts,
}

/// What a plug says about sockets. Of other kinds, nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Facts {
    names: Option<Name>,
    /// The namespace it selects in.
    selects: Option<Arc<str>>,
    coupled: Option<(Name, Uid)>,
}

/// What the labels of a journal say, in a third of the bytes of `journal::Head`.
struct Head {
    plug: Option<Uid>,
    socket: Option<Uid>,
    version: u64,
    phase: Phase,
}

impl Head {
    fn uids(&self) -> impl Iterator<Item = &Uid> {
        self.plug.iter().chain(&self.socket)
    }

    fn whole(&self, name: &str) -> journal::Head {
        journal::Head {
            name: name.to_owned(),
            resource_version: self.version.to_string(),
            plug_uid: self.plug.as_ref().map(ToString::to_string),
            socket_uid: self.socket.as_ref().map(ToString::to_string),
            phase: self.phase,
        }
    }
}

#[derive(Default)]
pub(crate) struct Index {
    /// Boxed, because the nodes of a tree that is filled in order stay half empty.
    objects: [BTreeMap<Name, Box<Stored>>; 3],
    packer: Packer,
    labels: HashMap<Name, BTreeMap<String, String>>,
    naming: HashMap<Name, BTreeSet<Name>>,
    selecting: HashMap<Arc<str>, BTreeSet<Name>>,
    coupled: HashMap<Uid, BTreeSet<Name>>,
    uids: BTreeMap<Uid, Key>,
    heads: BTreeMap<Arc<str>, Box<Head>>,
    heads_by_uid: BTreeSet<(Uid, Arc<str>)>,
    unpacked: HashMap<Name, Arc<Value>>,
    /// Namespaces that are being deleted, and since when.
    going: HashMap<Arc<str>, String>,
    words: HashSet<Arc<str>>,
    /// How many of them were in use when that was last looked at.
    used_words: usize,
}

impl Index {
    fn intern(&mut self, word: &str) -> Arc<str> {
        if let Some(known) = self.words.get(word) {
            return known.clone();
        }
        if self.words.len() > FEW_WORDS.max(2 * self.used_words) {
            self.words.retain(|word| Arc::strong_count(word) > 1);
            self.used_words = self.words.len();
        }
        let fresh: Arc<str> = word.into();
        self.words.insert(fresh.clone());
        fresh
    }

    /// The name of an object that is there shares its letters with every mention of it.
    fn name(&mut self, own: Own, namespace: &str, name: &str) -> Name {
        let wanted = Name { namespace: self.intern(namespace), name: name.into() };
        match self.objects[own as usize].get_key_value(&wanted) {
            Some((known, _)) => known.clone(),
            None => wanted,
        }
    }

    fn socket_name(&mut self, namespace: &str, name: &str) -> Name {
        Name { namespace: self.intern(namespace), name: self.intern(name) }
    }

    /// The answer to a write of ours: it changes what is known, never what exists.
    pub(crate) fn answered(&mut self, own: Own, object: Value) -> Vec<Key> {
        let metadata = &object["metadata"];
        let name = Name::new(text(&metadata["namespace"]), text(&metadata["name"]));
        let same = self.objects[own as usize]
            .get(&name)
            .is_some_and(|stored| stored.uid == Uid::from(text(&metadata["uid"])));
        if same { self.observe(own, object) } else { Vec::new() }
    }

    /// A version of an object. Returns whom it concerns.
    pub(crate) fn observe(&mut self, own: Own, mut object: Value) -> Vec<Key> {
        let metadata = &object["metadata"];
        let (uid, version) = (Uid::from(text(&metadata["uid"])), version(metadata));
        let name = self.name(own, text(&metadata["namespace"]), text(&metadata["name"]));
        let before = self.objects[own as usize].get(&name);
        if before.is_some_and(|before| before.uid == uid && before.version >= version) {
            return Vec::new();
        }
        strip(&mut object);
        let meaning = meaning(&object);
        let mut concerned = Vec::new();
        let replaced = before.is_some_and(|before| before.uid != uid);
        let changed = before.is_none_or(|before| before.uid != uid || before.meaning != meaning);
        if replaced {
            concerned.extend(self.remove(own, &name));
        }
        let key = Key::Own(own, name.clone());
        if changed {
            concerned.push(key.clone());
        }
        let mut facts = Facts::default();
        match own {
            Own::Plug => {
                facts = self.read_facts(&object, &name);
                concerned.extend(self.relate(&name, &facts));
            }
            Own::Socket => {
                self.unpacked.remove(&name);
                let labels = serde_json::from_value(object["metadata"]["labels"].clone());
                let labels = labels.unwrap_or_default();
                let relabelled = self.labels.get(&name) != Some(&labels);
                self.labels.insert(name.clone(), labels);
                if changed || relabelled {
                    concerned.extend(self.plugs_of(&name, &uid).map(|plug| Key::plug(&plug)));
                }
            }
            Own::Deferred => (),
        }
        self.uids.entry(uid.clone()).or_insert(key);
        let packed = self.packer.pack(&object);
        let stored = Box::new(Stored { uid, version, meaning, packed, facts });
        self.objects[own as usize].insert(name, stored);
        concerned
    }

    /// The object is gone. Returns whom that concerns.
    pub(crate) fn remove(&mut self, own: Own, name: &Name) -> Vec<Key> {
        let mut concerned = match own {
            Own::Plug => self.relate(name, &Facts::default()),
            Own::Socket | Own::Deferred => Vec::new(),
        };
        let Some(stored) = self.objects[own as usize].remove(name) else { return concerned };
        self.uids.remove(&stored.uid);
        let orphans = self.journals_of(&stored.uid).map(|journal| Key::Orphan(journal.clone()));
        concerned.splice(0..0, orphans.collect::<Vec<_>>());
        if own == Own::Socket {
            self.unpacked.remove(name);
            self.labels.remove(name);
            concerned.extend(self.plugs_of(name, &stored.uid).map(|plug| Key::plug(&plug)));
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

    /// A namespace that is being deleted since `since`, or is not. Returns whom that concerns.
    pub(crate) fn observe_namespace(&mut self, namespace: &str, since: Option<&str>) -> Vec<Key> {
        let namespace = self.intern(namespace);
        let Some(since) = since else {
            self.going.remove(&namespace);
            return Vec::new();
        };
        if self.going.insert(namespace.clone(), since.to_owned()).is_some() {
            return Vec::new();
        }
        self.unpacked.retain(|socket, _| socket.namespace != namespace);
        let first = Name { namespace: namespace.clone(), name: "".into() };
        let mut concerned = Vec::new();
        for own in Own::ALL {
            let inside = self.objects[own as usize].range(&first..);
            let inside = inside.take_while(|(name, _)| name.namespace == namespace);
            concerned.extend(inside.map(|(name, _)| Key::Own(own, name.clone())));
        }
        concerned
    }

    /// After a list: only these are being deleted.
    pub(crate) fn retain_going(&mut self, going: &HashSet<String>) {
        self.going.retain(|namespace, _| going.contains(&**namespace));
    }

    fn read_facts(&mut self, plug: &Value, own: &Name) -> Facts {
        let spec = &plug["spec"];
        let here = |namespace: &Value| match namespace.as_str() {
            Some(namespace) if !namespace.is_empty() => namespace.to_owned(),
            _ => own.namespace.to_string(),
        };
        let socket = &spec["socket"];
        let names =
            socket["name"].as_str().map(|name| self.socket_name(&here(&socket["namespace"]), name));
        let selects = spec["socketSelector"]
            .is_object()
            .then(|| self.intern(&here(&spec["socketSelector"]["namespace"])));
        let coupled = &plug["status"]["coupledSocket"];
        let coupled = coupled["uid"].as_str().map(|uid| {
            let name = self.socket_name(text(&coupled["namespace"]), text(&coupled["name"]));
            (name, Uid::from(uid))
        });
        Facts { names, selects, coupled }
    }

    /// Brings the relations of a plug up to date, whose facts are still those of before. Returns the sockets whose count changed.
    fn relate(&mut self, plug: &Name, facts: &Facts) -> Vec<Key> {
        let before = self.objects[Own::Plug as usize].get(plug);
        let before = before.map_or_else(Facts::default, |stored| stored.facts.clone());
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
        concerned
    }

    fn plugs_of(&self, socket: &Name, uid: &Uid) -> impl Iterator<Item = Name> + use<> {
        let mut plugs = BTreeSet::new();
        let sets =
            [self.naming.get(socket), self.selecting.get(&socket.namespace), self.coupled.get(uid)];
        plugs.extend(sets.into_iter().flatten().flatten().cloned());
        plugs.into_iter()
    }

    /// The head of a journal, as its Secret's labels say.
    pub(crate) fn observe_head(&mut self, head: &journal::Head) {
        let version = number(&head.resource_version);
        if self.heads.get(&*head.name).is_some_and(|old| old.version >= version) {
            return;
        }
        let name = match self.heads.get_key_value(&*head.name) {
            Some((name, _)) => name.clone(),
            None => head.name.as_str().into(),
        };
        self.remove_head(&name);
        let uid = |uid: &Option<String>| uid.as_deref().map(Uid::from);
        let kept = Head {
            plug: uid(&head.plug_uid),
            socket: uid(&head.socket_uid),
            version,
            phase: head.phase,
        };
        self.heads_by_uid.extend(kept.uids().map(|uid| (uid.clone(), name.clone())));
        self.heads.insert(name, Box::new(kept));
    }

    pub(crate) fn remove_head(&mut self, name: &str) {
        let Some((name, head)) = self.heads.remove_entry(name) else { return };
        for uid in head.uids() {
            self.heads_by_uid.remove(&(uid.clone(), name.clone()));
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
            .iter()
            .filter(|(_, head)| {
                let owner = head.plug.as_ref().or(head.socket.as_ref());
                owner.is_none_or(|uid| !self.uids.contains_key(uid))
            })
            .map(|(name, _)| Key::Orphan(name.clone()))
            .collect()
    }

    pub(crate) fn head(&self, name: &str) -> Option<journal::Head> {
        self.heads.get(name).map(|head| head.whole(name))
    }

    fn journals_of(&self, uid: &Uid) -> impl Iterator<Item = &Arc<str>> {
        let first = (uid.clone(), Arc::from(""));
        let from = self.heads_by_uid.range((Bound::Included(first), Bound::Unbounded));
        let uid = uid.clone();
        from.take_while(move |(of, _)| *of == uid).map(|(_, journal)| journal)
    }

    pub(crate) fn heads_of(&self, uid: &str) -> Vec<journal::Head> {
        let uid = Uid::from(uid);
        let names = self.journals_of(&uid);
        names.filter_map(|name| Some(self.heads.get(name)?.whole(name))).collect()
    }

    /// The plug or socket that looks after a journal.
    pub(crate) fn owner(&self, journal: &str) -> Option<Key> {
        let head = self.heads.get(journal)?;
        head.uids().find_map(|uid| self.uids.get(uid).cloned())
    }

    pub(crate) fn object(&mut self, own: Own, name: &Name) -> Option<Arc<Value>> {
        if own == Own::Socket
            && let Some(unpacked) = self.unpacked.get(name)
        {
            return Some(unpacked.clone());
        }
        let stored = self.objects[own as usize].get(name)?;
        let mut object = self.packer.open(&stored.packed)?;
        if let Some(since) = self.going.get(&name.namespace)
            && object["metadata"]["deletionTimestamp"].is_null()
        {
            object["metadata"]["deletionTimestamp"] = since.as_str().into();
        }
        let object = Arc::new(object);
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
        let plugs = self.coupled.get(&Uid::from(uid)).into_iter().flatten();
        plugs
            .filter_map(|plug| {
                let stored = self.objects[Own::Plug as usize].get(plug)?;
                let object = ObjectRef::plug(&plug.namespace, &plug.name);
                Some(Identity { object, uid: stored.uid.to_string() })
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

//! `diff`: what other plugs and sockets would change for those that are coupled.
//!
//! `state` is what is in the cluster now (files, or what `kubectl get plugs,sockets,configmaps,secrets -A -o yaml` prints), `new` is laid
//! over it. Both are run to their end in memory and compared: which plugs are updated, lose or gain keys, are decoupled or become
//! coupled, and which objects are made, changed or removed. Names only; no value is shown. A workload that is not among the files is left
//! out, because nothing depends on it; what else is missing makes a plug that is coupled in the cluster one of which nothing can be told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::manifest::Set;
use super::render::journal_of;
use super::stage;
use crate::core::object::ObjectRef;
use crate::core::request::Values;
use crate::core::status;
use crate::world::World;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is told `/updated`, its resources are applied again.
    Updated,
    /// It becomes coupled.
    Couples,
    /// It is decoupled and waits, or is gone.
    Decouples,
    /// It was not coupled and is not, for another reason.
    StillWaits,
    /// It is coupled in the cluster, and cannot be with the files alone.
    Unknown,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Updated => "updated",
            Self::Couples => "couples",
            Self::Decouples => "decouples",
            Self::StillWaits => "still waits",
            Self::Unknown => "cannot be told from these files",
        }
    }
}

/// One plug for which something changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub plug: ObjectRef,
    pub verdict: Verdict,
    /// `socket config.host`, `socket result.url`
    pub lost: Vec<String>,
    pub gained: Vec<String>,
    pub changed: Vec<String>,
    /// Why it is not coupled afterwards.
    pub message: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Made,
    Changed,
    Removed,
}

impl Fate {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Plugs that were looked at.
    pub plugs: usize,
    pub changes: Vec<Change>,
    pub objects: Vec<(ObjectRef, Fate)>,
}

pub fn diff(state: &Set, new: &Set, now: Timestamp) -> Difference {
    let mut before = stage::world(state, now);
    stage::leave_out_absent_workloads(&mut before);
    stage::settle(&mut before);
    let mut after = before.clone();
    stage::add(&mut after, new);
    stage::leave_out_absent_workloads(&mut after);
    stage::settle(&mut after);
    let coupled: BTreeSet<ObjectRef> = state
        .manifests
        .iter()
        .filter(|manifest| status::is_coupled(&manifest.object))
        .map(|manifest| manifest.reference.clone())
        .collect();
    let plugs: BTreeSet<_> = [&before, &after]
        .into_iter()
        .flat_map(|world| world.objects.keys())
        .filter(|reference| reference.kind == "Plug")
        .cloned()
        .collect();
    let changes = plugs
        .iter()
        .filter_map(|plug| change(&before, &after, plug, coupled.contains(plug)))
        .collect();
    Difference { plugs: plugs.len(), changes, objects: objects(&before, &after) }
}

fn change(before: &World, after: &World, plug: &ObjectRef, in_cluster: bool) -> Option<Change> {
    let coupled =
        |world: &World| world.objects.get(plug).is_some_and(|object| status::is_coupled(object));
    let message = |world: &World| world.conditions(plug).remove("Ready").map(|(_, _, text)| text);
    let (was, is) = (coupled(before), coupled(after));
    let hash = |world: &World| journal_of(world, plug).map(|journal| journal.hash.clone());
    let verdict = match (was, is) {
        (true, true) if hash(before) == hash(after) => return None,
        (true, true) => Verdict::Updated,
        (false, true) => Verdict::Couples,
        (true, false) => Verdict::Decouples,
        (false, false) if in_cluster && after.objects.contains_key(plug) => Verdict::Unknown,
        (false, false) if message(before) == message(after) => return None,
        (false, false) => Verdict::StillWaits,
    };
    let (old, new) = (values(before, plug), values(after, plug));
    let only = |some: &BTreeMap<String, String>, others: &BTreeMap<String, String>| {
        some.keys().filter(|key| !others.contains_key(*key)).cloned().collect::<Vec<_>>()
    };
    let changed = new.iter().filter(|(key, value)| old.get(*key).is_some_and(|it| it != *value));
    Some(Change {
        plug: plug.clone(),
        verdict,
        lost: only(&old, &new),
        gained: only(&new, &old),
        changed: changed.map(|(key, _)| key.clone()).collect(),
        message: if is { None } else { message(after) },
    })
}

/// Everything that crosses, by a name that says from where.
fn values(world: &World, plug: &ObjectRef) -> BTreeMap<String, String> {
    let Some(journal) = journal_of(world, plug) else { return BTreeMap::new() };
    let snapshot = &journal.snapshot;
    let parts: [(&str, &Values); 4] = [
        ("plug config", &snapshot.plug_config),
        ("socket config", &snapshot.socket_config),
        ("plug result", &snapshot.plug_result),
        ("socket result", &snapshot.socket_result),
    ];
    let named = parts.into_iter().flat_map(|(part, values)| {
        values.iter().map(move |(key, value)| (format!("{part}.{key}"), value.clone()))
    });
    named.collect()
}

/// Objects that are not plugs and sockets themselves.
fn objects(before: &World, after: &World) -> Vec<(ObjectRef, Fate)> {
    let ours = |reference: &&ObjectRef| reference.api_version != crate::core::object::API_VERSION;
    let all: BTreeSet<_> = before.objects.keys().chain(after.objects.keys()).filter(ours).collect();
    let fate =
        |reference: &ObjectRef| match (before.objects.get(reference), after.objects.get(reference))
        {
            (None, Some(_)) => Some(Fate::Made),
            (Some(_), None) => Some(Fate::Removed),
            (Some(old), Some(new)) if content(old) != content(new) => Some(Fate::Changed),
            _ => None,
        };
    all.into_iter().filter_map(|one| Some((one.clone(), fate(one)?))).collect()
}

/// What a person would call the object's content.
fn content(object: &Arc<Value>) -> Value {
    let mut object = (**object).clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for key in ["resourceVersion", "generation", "uid", "creationTimestamp"] {
            metadata.remove(key);
        }
    }
    object
}

impl Difference {
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.objects.is_empty()
    }

    pub fn json(&self) -> Value {
        let change = |change: &Change| {
            json!({
                "plug": change.plug.to_string(), "verdict": change.verdict.as_str(), "lost": change.lost,
                "gained": change.gained, "changed": change.changed, "message": change.message,
            })
        };
        let object = |(reference, fate): &(ObjectRef, Fate)| json!({"object": reference.to_string(), "fate": fate.as_str()});
        json!({
            "plugs": self.plugs,
            "changes": self.changes.iter().map(change).collect::<Vec<_>>(),
            "objects": self.objects.iter().map(object).collect::<Vec<_>>(),
        })
    }

    /// One line for each plug and object.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for change in &self.changes {
            text.push_str(&format!("{}: {}\n", change.plug, change.verdict.as_str()));
            let lists =
                [("loses", &change.lost), ("gains", &change.gained), ("changes", &change.changed)];
            for (verb, keys) in lists.into_iter().filter(|(_, keys)| !keys.is_empty()) {
                text.push_str(&format!("  {verb} {}\n", keys.join(", ")));
            }
            if let Some(message) = &change.message {
                text.push_str(&format!("  {message}\n"));
            }
        }
        for (object, fate) in &self.objects {
            text.push_str(&format!("{object}: {}\n", fate.as_str()));
        }
        let unknown = self.changes.iter().filter(|one| one.verdict == Verdict::Unknown).count();
        let changed = self.changes.len() - unknown;
        let untouched = self.plugs - self.changes.len();
        text.push_str(&format!("{changed} of {} plugs change, {untouched} do not", self.plugs));
        if unknown > 0 {
            text.push_str(&format!(", of {unknown} nothing can be told"));
        }
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests;

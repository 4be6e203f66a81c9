//! What was made for each coupling, and what of it is still ours.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{Hash as _, Hasher as _};
use std::sync::Arc;

use serde_json::Value;

use super::Place;
use crate::core::names::COUPLING_LABEL;
use crate::core::object::ObjectRef;
use crate::kube::kinds::Kind;

/// The fields that are ours, at a version. Zero: no version yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Owned {
    version: u64,
    fields: u64,
}

struct Entry {
    journal: Arc<str>,
    applied: Owned,
    seen: Owned,
    gone: bool,
}

impl Entry {
    fn drifted(&self) -> bool {
        let changed =
            self.seen.version > self.applied.version && self.seen.fields != self.applied.fields;
        self.gone || changed
    }
}

#[derive(Default)]
pub(crate) struct Made {
    entries: HashMap<Place, Entry>,
    by_journal: BTreeMap<Arc<str>, Vec<Place>>,
    /// Each namespace is written once.
    namespaces: HashSet<Arc<str>>,
}

impl Made {
    /// We applied it; `metadata` is the answer's.
    pub(crate) fn applied(&mut self, place: &Place, metadata: &Value) {
        let Some(journal) = journal(metadata) else { return };
        let applied = owned(metadata);
        let seen = self.entries.get(place).map_or_else(Owned::default, |entry| entry.seen);
        self.insert(place, journal, applied, seen);
    }

    fn insert(&mut self, place: &Place, journal: &str, applied: Owned, seen: Owned) {
        self.unmade(place);
        if !self.namespaces.contains(&place.name.namespace) {
            self.namespaces.retain(|namespace| Arc::strong_count(namespace) > 1);
            self.namespaces.insert(place.name.namespace.clone());
        }
        let mut place = place.clone();
        if let Some(namespace) = self.namespaces.get(&place.name.namespace) {
            place.name.namespace = namespace.clone();
        }
        // The objects of one coupling share the name of its journal.
        let journal = match self.by_journal.get_key_value(journal) {
            Some((journal, _)) => journal.clone(),
            None => journal.into(),
        };
        let places = self.by_journal.entry(journal.clone()).or_default();
        // They are few; a `Vec` would reserve for four.
        places.reserve_exact(1);
        places.push(place.clone());
        self.entries.insert(place, Entry { journal, applied, seen, gone: false });
    }

    /// We are about to delete it: its end is no drift.
    pub(crate) fn unmade(&mut self, place: &Place) {
        if let Some(entry) = self.entries.remove(place)
            && let Some(places) = self.by_journal.get_mut(&entry.journal)
        {
            places.retain(|made| made != place);
            if places.is_empty() {
                self.by_journal.remove(&entry.journal);
            }
        }
    }

    /// An event. Returns the journal of an object that drifted.
    pub(crate) fn changed(
        &mut self,
        place: &Place,
        metadata: &Value,
        deleted: bool,
    ) -> Option<Arc<str>> {
        let now = owned(metadata);
        match self.entries.get_mut(place) {
            Some(entry) => {
                let before = entry.drifted();
                entry.gone = deleted && now.version >= entry.applied.version;
                entry.seen = now;
                (entry.drifted() && !before).then(|| entry.journal.clone())
            }
            None if deleted => None,
            // Made by an earlier process: as it is now is how it should be.
            None => {
                self.insert(place, journal(metadata)?, now, now);
                None
            }
        }
    }

    /// After a list as of `version`: what was applied before and was not shown is gone.
    pub(crate) fn vanished(
        &mut self,
        kind: &Arc<Kind>,
        namespace: Option<&str>,
        version: u64,
        seen: &HashSet<Place>,
    ) -> Vec<Arc<str>> {
        let mut journals = Vec::new();
        for (place, entry) in &mut self.entries {
            let here = place.kind == *kind
                && namespace.is_none_or(|namespace| *place.name.namespace == *namespace);
            let older = entry.applied.version <= version;
            if here && older && !entry.gone && !seen.contains(place) {
                entry.gone = true;
                journals.push(entry.journal.clone());
            }
        }
        journals
    }

    pub(crate) fn drifted(&self, journal: &str) -> Vec<ObjectRef> {
        let places = self.by_journal.get(journal).into_iter().flatten();
        let mut drifted: Vec<ObjectRef> = places
            .filter(|place| self.entries.get(*place).is_some_and(Entry::drifted))
            .map(Place::reference)
            .collect();
        drifted.sort();
        drifted
    }

    pub(crate) fn forget_journal(&mut self, journal: &str) {
        for place in self.by_journal.remove(journal).unwrap_or_default() {
            self.entries.remove(&place);
        }
    }
}

fn journal(metadata: &Value) -> Option<&str> {
    metadata["labels"][COUPLING_LABEL].as_str()
}

fn owned(metadata: &Value) -> Owned {
    let version = metadata["resourceVersion"].as_str().and_then(|text| text.parse().ok());
    let mut hasher = DefaultHasher::new();
    let entries = metadata["managedFields"].as_array();
    let ours = entries.into_iter().flatten().filter(|entry| {
        entry["manager"] == k8s::names::FIELD_MANAGER && entry["subresource"].is_null()
    });
    for entry in ours {
        entry["fieldsV1"].to_string().hash(&mut hasher);
    }
    Owned { version: version.unwrap_or(0), fields: hasher.finish() }
}

//! What was made for each coupling, and what of it is still ours.
//!
//! The sum of it stands on the journal, so that the next process can tell whether everything is as this one left it (`expect`, `compare`).
//! A coupling whose sum is another one is suspect: everything that was made for it counts as drifted, until its journal is written again.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
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
    /// Sums that an earlier process left, until they are compared.
    expected: HashMap<Arc<str>, Left>,
    suspects: HashSet<Arc<str>>,
}

/// What an earlier process wrote beside a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Left {
    sum: u64,
    /// `v1 ConfigMap,apps/v1 Deployment`
    kinds: Arc<str>,
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

    /// Everything that was made for a coupling, as one number; places that no watch covers are left out.
    pub(crate) fn sum(&self, journal: &str, covered: &dyn Fn(&Place) -> bool) -> u64 {
        let places = self.by_journal.get(journal).into_iter().flatten();
        places
            .filter(|place| covered(place))
            .filter_map(|place| Some((place, self.entries.get(place)?)))
            .map(|(place, entry)| {
                let kind = &place.kind;
                let (namespace, name) = (&place.name.namespace, &place.name.name);
                let fields = entry.applied.fields;
                number(&format!(
                    "{}\n{}\n{namespace}\n{name}\n{fields}",
                    kind.api_version, kind.kind
                ))
            })
            .fold(0, u64::wrapping_add)
    }

    /// A journal of an earlier process says what this one should find.
    pub(crate) fn expect(&mut self, journal: &str, sum: u64, kinds: &str) {
        self.expected.insert(journal.into(), Left { sum, kinds: kinds.into() });
    }

    /// Every watch is complete. Returns the journals of which not everything is as it was left; those with a kind that cannot be watched
    /// are passed over.
    pub(crate) fn compare(
        &mut self,
        unseen: &HashSet<String>,
        covered: &dyn Fn(&Place) -> bool,
    ) -> Vec<Arc<str>> {
        let expected = std::mem::take(&mut self.expected);
        let suspects: Vec<Arc<str>> = expected
            .into_iter()
            .filter(|(_, left)| !left.kinds.split(',').any(|kind| unseen.contains(kind)))
            .filter(|(journal, left)| self.sum(journal, covered) != left.sum)
            .map(|(journal, _)| journal)
            .collect();
        self.suspects.extend(suspects.iter().cloned());
        suspects
    }

    pub(crate) fn is_suspect(&self, journal: &str) -> bool {
        self.suspects.contains(journal)
    }

    /// This process wrote the journal: what it made counts from now on.
    pub(crate) fn trust(&mut self, journal: &str) {
        self.expected.remove(journal);
        self.suspects.remove(journal);
    }

    pub(crate) fn forget_journal(&mut self, journal: &str) {
        self.trust(journal);
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
    let mut text = String::new();
    let entries = metadata["managedFields"].as_array();
    let ours = entries.into_iter().flatten().filter(|entry| {
        entry["manager"] == k8s::names::FIELD_MANAGER && entry["subresource"].is_null()
    });
    for entry in ours {
        text.push_str(&entry["fieldsV1"].to_string());
    }
    Owned { version: version.unwrap_or(0), fields: number(&text) }
}

/// The same for every process.
fn number(text: &str) -> u64 {
    let digest = digest(&SHA256, text.as_bytes());
    digest.as_ref().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

//! Who depends on which object, and which version of it was last seen.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use k8s::workload::LabelSelector;
use serde_json::Value;

use super::{Place, Purpose};
use crate::kube::key::{Key, Name};
use crate::kube::kinds::Kind;

#[derive(Default)]
struct Known {
    subjects: HashSet<Key>,
    /// Zero: it was not there.
    version: u64,
}

struct Choice {
    key: Key,
    selector: LabelSelector,
    /// What was chosen when it was last looked at.
    chosen: HashSet<Name>,
}

/// The objects of one kind and namespace.
type Collection = (Arc<Kind>, Arc<str>);

#[derive(Default)]
pub(crate) struct Interests {
    places: HashMap<Place, Known>,
    choices: HashMap<Collection, Vec<Choice>>,
    of: HashMap<Key, HashSet<Place>>,
    choosing: HashMap<Key, HashSet<Collection>>,
}

impl Interests {
    pub(crate) fn add(&mut self, key: &Key, place: &Place) {
        self.places.entry(place.clone()).or_default().subjects.insert(key.clone());
        self.of.entry(key.clone()).or_default().insert(place.clone());
    }

    pub(crate) fn choose(
        &mut self,
        key: &Key,
        kind: &Arc<Kind>,
        namespace: &Arc<str>,
        selector: LabelSelector,
    ) {
        let collection = (kind.clone(), namespace.clone());
        let choices = self.choices.entry(collection.clone()).or_default();
        if let Some(choice) = choices.iter_mut().find(|choice| choice.key == *key) {
            choice.selector = selector;
        } else {
            choices.push(Choice { key: key.clone(), selector, chosen: HashSet::new() });
        }
        self.choosing.entry(key.clone()).or_default().insert(collection);
    }

    /// What a choice found: only its changes wake.
    pub(crate) fn chosen(&mut self, key: &Key, kind: &Arc<Kind>, namespace: &str, names: &[Name]) {
        let collection = (kind.clone(), Arc::<str>::from(namespace));
        let choices = self.choices.get_mut(&collection).into_iter().flatten();
        for choice in choices.filter(|choice| choice.key == *key) {
            choice.chosen = names.iter().cloned().collect();
        }
    }

    /// The version that was read; an event about an older one is no news.
    pub(crate) fn read(&mut self, place: &Place, version: u64) {
        if let Some(known) = self.places.get_mut(place) {
            known.version = known.version.max(version);
        }
    }

    /// A subject was looked at: what it does not depend on any more is forgotten.
    pub(crate) fn keep(&mut self, key: &Key, places: &HashSet<Place>) {
        let before = self.of.remove(key).unwrap_or_default();
        for place in before.difference(places) {
            self.drop_place(key, place);
        }
        for place in places {
            self.add(key, place);
        }
    }

    pub(crate) fn forget(&mut self, key: &Key) {
        for place in self.of.remove(key).unwrap_or_default() {
            self.drop_place(key, &place);
        }
        for collection in self.choosing.remove(key).unwrap_or_default() {
            if let Some(choices) = self.choices.get_mut(&collection) {
                choices.retain(|choice| choice.key != *key);
            }
        }
        self.choices.retain(|_, choices| !choices.is_empty());
    }

    fn drop_place(&mut self, key: &Key, place: &Place) {
        if let Some(known) = self.places.get_mut(place) {
            known.subjects.remove(key);
            if known.subjects.is_empty() {
                self.places.remove(place);
            }
        }
    }

    /// Whom an event concerns.
    pub(crate) fn changed(&mut self, place: &Place, metadata: &Value, deleted: bool) -> Vec<Key> {
        let mut woken = Vec::new();
        if let Some(known) = self.places.get_mut(place) {
            let version = metadata["resourceVersion"]
                .as_str()
                .and_then(|text| text.parse().ok())
                .unwrap_or(0);
            let news = if deleted { known.version > 0 } else { version > known.version };
            if news {
                known.version = if deleted { 0 } else { version };
                woken.extend(known.subjects.iter().cloned());
            }
        }
        let collection = (place.kind.clone(), place.name.namespace.clone());
        if let Some(choices) = self.choices.get_mut(&collection) {
            let labels: BTreeMap<String, String> =
                serde_json::from_value(metadata["labels"].clone()).unwrap_or_default();
            for choice in choices {
                let fits = !deleted && choice.selector.fits(&labels);
                let moved = if fits {
                    choice.chosen.insert(place.name.clone())
                } else {
                    choice.chosen.remove(&place.name)
                };
                if moved {
                    woken.push(choice.key.clone());
                }
            }
        }
        woken
    }

    /// After a list as of `version`: what was there before and was not shown is gone.
    pub(crate) fn vanished(
        &mut self,
        kind: &Arc<Kind>,
        namespace: &str,
        version: u64,
        seen: &HashSet<Place>,
    ) -> Vec<Key> {
        let mut woken = Vec::new();
        for (place, known) in &mut self.places {
            let here = place.kind == *kind && *place.name.namespace == *namespace;
            let older = known.version > 0 && known.version <= version;
            if here && older && !seen.contains(place) {
                known.version = 0;
                woken.extend(known.subjects.iter().cloned());
            }
        }
        woken
    }

    pub(crate) fn purposes(&self, key: &Key) -> HashSet<Purpose> {
        let places = self.of.get(key).into_iter().flatten();
        let mut purposes: HashSet<Purpose> = places
            .map(|place| Purpose::Read(place.kind.clone(), place.name.namespace.clone()))
            .collect();
        let choices = self.choosing.get(key).into_iter().flatten();
        purposes.extend(choices.cloned().map(|(kind, namespace)| Purpose::Read(kind, namespace)));
        purposes
    }

    pub(crate) fn needed(&self) -> HashSet<Purpose> {
        let places = self.places.keys();
        let mut purposes: HashSet<Purpose> = places
            .map(|place| Purpose::Read(place.kind.clone(), place.name.namespace.clone()))
            .collect();
        let choices = self.choices.keys();
        purposes.extend(choices.cloned().map(|(kind, namespace)| Purpose::Read(kind, namespace)));
        purposes
    }
}

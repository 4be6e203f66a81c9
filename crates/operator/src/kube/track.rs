//! Objects of other kinds: those that were read (sources, vars, workloads) and those that were made.
//!
//! One watch for each kind and namespace that somebody is interested in, of metadata only, started before the first read so that nothing is
//! missed in between. Nothing is kept of objects that nobody asked about.
//!
//! ```text
//! interest   subject -> objects it read      a newer version, or its end, wakes the subject
//! choice     subject -> labels               an object that enters or leaves the choice wakes the subject
//! creation   object -> coupling, what we own in it    lost or changed ownership, or its end, is drift and wakes the coupling's owner
//! ```
//! Drift is told from `managedFields`: a stranger that changes a field of ours takes it from our entry, while a controller that writes a
//! status does not touch it. What drifted while the operator was down is told from the sum on each journal (`made`), once every watch of a
//! kind that was made is complete (`restore`).

mod interest;
mod made;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use k8s::workload::LabelSelector;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

pub(crate) use self::interest::Interests;
pub(crate) use self::made::Made;
use super::client::{Api, Failure};
use super::key::{Key, Name};
use super::kinds::Kind;
use super::queue::Queue;
use super::watch::{Accounts, Sink, Source, run};
use crate::core::names::COUPLING_LABEL;
use crate::core::object::{Account, ObjectRef};

/// A list of one namespace takes milliseconds; a read does not wait longer for the watch that should precede it.
const READY_WITHIN: Duration = Duration::from_secs(5);
/// After a start: a list of 10,000 objects takes seconds. A kind that is not listed by then is not compared.
const RESTORED_WITHIN: Duration = Duration::from_secs(60);

/// An object by kind and name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) kind: Arc<Kind>,
    pub(crate) name: Name,
}

impl Place {
    pub(crate) fn reference(&self) -> ObjectRef {
        let kind = &self.kind;
        ObjectRef::new(&kind.api_version, &kind.kind, &self.name.namespace, &self.name.name)
    }
}

/// What a watch is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Purpose {
    /// Objects of one namespace (empty for kinds of the cluster) that somebody read.
    Read(Arc<Kind>, Arc<str>),
    /// Objects of ours, of one namespace or of all.
    Made(Arc<Kind>, Option<Arc<str>>),
}

/// Who looks after a journal, as the index knows.
type Owner = dyn Fn(&str) -> Option<Key> + Send + Sync;

#[derive(Clone)]
struct Running {
    task: AbortHandle,
    ready: watch::Receiver<bool>,
    refused: Arc<AtomicBool>,
    accounts: Accounts,
}

pub(crate) struct Track {
    api: Api,
    state: Arc<Mutex<State>>,
    watches: Mutex<(JoinSet<()>, HashMap<Purpose, Running>)>,
    queue: Arc<Queue<Key>>,
    /// The owner of a journal, as the index knows it.
    owner: Arc<Owner>,
    /// Empty for all.
    namespaces: Vec<Arc<str>>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) interests: Interests,
    pub(crate) made: Made,
}

impl Track {
    pub(crate) fn new(
        api: Api,
        queue: Arc<Queue<Key>>,
        namespaces: &[String],
        owner: Arc<Owner>,
    ) -> Self {
        let namespaces = namespaces.iter().map(|name| name.as_str().into()).collect();
        Self { api, state: Arc::default(), watches: Mutex::default(), queue, owner, namespaces }
    }

    #[expect(clippy::expect_used, reason = "nothing panics while it holds this")]
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("the state")
    }

    /// `key` is about to read `place` as `account`; returns when changes from now on will be noticed.
    pub(crate) async fn interest(&self, key: &Key, account: &Account, place: &Place) {
        self.state().interests.add(key, place);
        self.ensure(Purpose::Read(place.kind.clone(), place.name.namespace.clone()), account).await;
    }

    /// `key` is about to list what `selector` chooses, as `account`.
    pub(crate) async fn choice(
        &self,
        key: &Key,
        account: &Account,
        kind: &Arc<Kind>,
        namespace: &str,
        selector: LabelSelector,
    ) {
        let namespace: Arc<str> = namespace.into();
        self.state().interests.choose(key, kind, &namespace, selector);
        self.ensure(Purpose::Read(kind.clone(), namespace), account).await;
    }

    /// Objects of this kind are made: their drift is noticed from now on.
    pub(crate) fn watch_made(&self, kind: &Arc<Kind>) {
        if self.namespaces.is_empty() || !kind.namespaced {
            self.start(Purpose::Made(kind.clone(), None), &Account::Operator);
        } else {
            for namespace in &self.namespaces {
                let purpose = Purpose::Made(kind.clone(), Some(namespace.clone()));
                self.start(purpose, &Account::Operator);
            }
        }
    }

    /// What an earlier process made is watched again: the kinds that journals name. When every watch is complete, couplings of which
    /// something changed meanwhile are looked at.
    pub(crate) async fn restore(&self, kinds: &[Arc<Kind>], unknown: HashSet<String>) {
        for kind in kinds {
            self.watch_made(kind);
        }
        let mut unseen = unknown;
        for kind in kinds {
            for mut running in self.running(kind) {
                let complete = running.ready.wait_for(|ready| *ready);
                let complete = tokio::time::timeout(RESTORED_WITHIN, complete).await;
                if !matches!(complete, Ok(Ok(_))) || running.refused.load(Ordering::Relaxed) {
                    unseen.insert(format!("{} {}", kind.api_version, kind.kind));
                }
            }
        }
        let suspects = self.state().made.compare(&unseen, &|place| self.covers(place));
        if !suspects.is_empty() {
            tracing::info!(
                couplings = suspects.len(),
                "something changed while no operator looked"
            );
        }
        let now = Instant::now();
        for journal in suspects {
            if let Some(owner) = (self.owner)(&journal) {
                self.queue.push(owner, now);
            }
        }
    }

    fn running(&self, kind: &Arc<Kind>) -> Vec<Running> {
        let Ok(watches) = self.watches.lock() else { return Vec::new() };
        let of_kind = watches.1.iter().filter(|(purpose, _)| match purpose {
            Purpose::Made(made, _) => made == kind,
            Purpose::Read(..) => false,
        });
        of_kind.map(|(_, running)| running.clone()).collect()
    }

    /// Whether a watch of what was made would show this object.
    pub(crate) fn covers(&self, place: &Place) -> bool {
        self.namespaces.is_empty()
            || !place.kind.namespaced
            || self.namespaces.iter().any(|namespace| **namespace == *place.name.namespace)
    }

    /// Whether something that `key` depends on cannot be watched for want of rights.
    pub(crate) fn is_blind(&self, key: &Key) -> bool {
        let purposes = self.state().interests.purposes(key);
        let Ok(watches) = self.watches.lock() else { return false };
        purposes.iter().any(|purpose| {
            watches.1.get(purpose).is_some_and(|running| running.refused.load(Ordering::Relaxed))
        })
    }

    /// Ends watches that nobody needs any more.
    pub(crate) fn sweep(&self) {
        let needed: HashSet<Purpose> = self.state().interests.needed();
        let Ok(mut watches) = self.watches.lock() else { return };
        watches.1.retain(|purpose, running| {
            let keep = matches!(purpose, Purpose::Made(..)) || needed.contains(purpose);
            if !keep {
                running.task.abort();
            }
            keep
        });
        while watches.0.try_join_next().is_some() {}
    }

    async fn ensure(&self, purpose: Purpose, account: &Account) {
        let mut ready = self.start(purpose, account);
        let _ = tokio::time::timeout(READY_WITHIN, ready.wait_for(|ready| *ready)).await;
    }

    #[expect(clippy::expect_used, reason = "nothing panics while it holds this")]
    fn start(&self, purpose: Purpose, account: &Account) -> watch::Receiver<bool> {
        let mut watches = self.watches.lock().expect("the watches");
        if let Some(running) = watches.1.get(&purpose) {
            running.accounts.add(account);
            return running.ready.clone();
        }
        let accounts = Accounts::default();
        accounts.add(account);
        let (sender, ready) = watch::channel(false);
        let refused = Arc::new(AtomicBool::new(false));
        let sink = Seen {
            purpose: purpose.clone(),
            state: self.state.clone(),
            queue: self.queue.clone(),
            owner: self.owner.clone(),
            ready: sender,
            refused: refused.clone(),
            listing: Mutex::default(),
        };
        let source = match &purpose {
            Purpose::Read(kind, namespace) => Source::metadata(kind.collection(Some(namespace))),
            Purpose::Made(kind, namespace) => {
                Source::metadata(kind.collection(namespace.as_deref())).selected(COUPLING_LABEL)
            }
        };
        let source = Source { accounts: accounts.clone(), ..source };
        let api = self.api.clone();
        let task = watches.0.spawn(async move { run(&api, &source, &sink).await });
        watches.1.insert(purpose, Running { task, ready: ready.clone(), refused, accounts });
        ready
    }
}

struct Seen {
    purpose: Purpose,
    state: Arc<Mutex<State>>,
    queue: Arc<Queue<Key>>,
    owner: Arc<Owner>,
    ready: watch::Sender<bool>,
    refused: Arc<AtomicBool>,
    listing: Mutex<Option<HashSet<Place>>>,
}

impl Seen {
    fn place(&self, object: &Value) -> Place {
        let (Purpose::Read(kind, _) | Purpose::Made(kind, _)) = &self.purpose;
        let metadata = &object["metadata"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let name = Name::new(&text(&metadata["namespace"]), &text(&metadata["name"]));
        Place { kind: kind.clone(), name }
    }

    fn wake(&self, act: impl FnOnce(&mut State) -> Vec<Key>) {
        let Ok(mut state) = self.state.lock() else { return };
        let keys = act(&mut state);
        drop(state);
        let now = Instant::now();
        for key in keys {
            self.queue.push(key, now);
        }
    }

    fn change(&self, object: &Value, deleted: bool) {
        let place = self.place(object);
        if let Ok(mut listing) = self.listing.lock()
            && let Some(seen) = listing.as_mut()
        {
            seen.insert(place.clone());
        }
        match &self.purpose {
            Purpose::Read(..) => {
                self.wake(|state| state.interests.changed(&place, &object["metadata"], deleted));
            }
            Purpose::Made(..) => {
                let owner = self.owner.clone();
                self.wake(|state| {
                    let journal = state.made.changed(&place, &object["metadata"], deleted);
                    journal.and_then(|journal| owner(&journal)).into_iter().collect()
                });
            }
        }
    }
}

impl Sink for Seen {
    fn seen(&self, object: Value) {
        self.change(&object, false);
    }

    fn deleted(&self, object: Value) {
        self.change(&object, true);
    }

    fn listing(&self) {
        if let Ok(mut listing) = self.listing.lock() {
            *listing = Some(HashSet::new());
        }
    }

    fn listed(&self, version: u64) {
        let seen = self.listing.lock().ok().and_then(|mut listing| listing.take());
        let seen = seen.unwrap_or_default();
        match &self.purpose {
            Purpose::Read(kind, namespace) => {
                self.wake(|state| state.interests.vanished(kind, namespace, version, &seen));
            }
            Purpose::Made(kind, namespace) => {
                let owner = self.owner.clone();
                self.wake(|state| {
                    let journals = state.made.vanished(kind, namespace.as_deref(), version, &seen);
                    journals.iter().filter_map(|journal| owner(journal)).collect()
                });
            }
        }
        self.refused.store(false, Ordering::Relaxed);
        self.ready.send_replace(true);
    }

    fn refused(&self, failure: &Failure) {
        if !self.refused.swap(true, Ordering::Relaxed) {
            let (Purpose::Read(kind, _) | Purpose::Made(kind, _)) = &self.purpose;
            tracing::warn!(
                kind = kind.kind,
                err = failure.message,
                "cannot watch; plugs and sockets that depend on it are looked at once a minute"
            );
        }
        self.ready.send_replace(true);
    }

    fn resumed(&self, _by_list: bool) {}
}

//! The watches of our own kinds and of the journals, which fill the index.
//!
//! One for each kind and namespace, or one for each kind when all namespaces are watched. The workers start when every list was complete.

use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::client::Failure;
use super::index::Index;
use super::key::{Key, Name, Own};
use super::kinds::known;
use super::metrics::Metrics;
use super::perform::{COUPLING, KINDS, MADE, Performer, head};
use super::queue::Queue;
use super::watch::{Sink, Source, run};
use super::{Health, Options, Stage};
use crate::core::object::ObjectRef;

const TOLD_EVERY: Duration = Duration::from_secs(1);

/// The lists that have to be complete.
pub(super) struct Lists {
    waiting: Vec<(String, watch::Receiver<Progress>)>,
    /// Seconds since 1970 of the last write of the Go operator.
    pub(super) go_wrote_at: Arc<AtomicI64>,
    /// `v1 ConfigMap`: the kinds that journals say were made.
    pub(super) kinds: Arc<Mutex<BTreeSet<String>>>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    listed: bool,
    refused: Option<String>,
}

impl Lists {
    /// Waits for all of them, and says meanwhile what is missing.
    pub(super) async fn done(&self, health: &Health) {
        loop {
            let missing = self.waiting.iter().find_map(|(what, progress)| {
                let progress = progress.borrow();
                (!progress.listed).then(|| match &progress.refused {
                    Some(refused) => format!("cannot list {what}: {refused}"),
                    None => format!("listing {what}"),
                })
            });
            let Some(missing) = missing else { return };
            health.set(Stage::Starting(missing));
            let changes = self.waiting.iter().map(|(_, progress)| {
                let mut progress = progress.clone();
                Box::pin(async move {
                    let _ = progress.changed().await;
                })
            });
            let _ = tokio::time::timeout(TOLD_EVERY, futures::future::select_all(changes)).await;
        }
    }
}

pub(super) fn start(
    tasks: &mut JoinSet<()>,
    performer: &Arc<Performer>,
    options: &Options,
    queue: &Arc<Queue<Key>>,
    _health: &Arc<Health>,
) -> Lists {
    let mut lists =
        Lists { waiting: Vec::new(), go_wrote_at: Arc::default(), kinds: Arc::default() };
    let scopes: Vec<Option<String>> = if options.namespaces.is_empty() {
        vec![None]
    } else {
        options.namespaces.iter().cloned().map(Some).collect()
    };
    for own in [Own::Socket, Own::Plug, Own::Deferred] {
        let Some(kind) = known(k8s::names::API_VERSION, own.kind()) else { continue };
        for scope in &scopes {
            let (sender, progress) = watch::channel(Progress::default());
            let place = scope.as_ref().map_or_else(
                || "all namespaces".to_owned(),
                |namespace| format!("namespace {namespace}"),
            );
            lists.waiting.push((format!("{} in {place}", kind.plural), progress));
            let source = Source::whole(kind.collection(scope.as_deref()));
            let sink = Seen {
                own,
                scope: scope.clone(),
                index: performer.index.clone(),
                performer: performer.clone(),
                queue: queue.clone(),
                metrics: options.metrics.clone(),
                progress: sender,
                go_wrote_at: lists.go_wrote_at.clone(),
                listing: Mutex::default(),
            };
            let api = performer.api.clone();
            tasks.spawn(async move { run(&api, &source, &sink).await });
        }
    }
    if let Some(kind) = known("v1", "Secret") {
        let (sender, progress) = watch::channel(Progress::default());
        lists.waiting.push((format!("secrets in namespace {}", options.namespace), progress));
        let source = Source::metadata(kind.collection(Some(&options.namespace)))
            .selected(&format!("{}={COUPLING}", k8s::names::KIND_LABEL));
        let sink = Heads {
            performer: performer.clone(),
            queue: queue.clone(),
            progress: sender,
            listing: Mutex::default(),
            kinds: lists.kinds.clone(),
        };
        let api = performer.api.clone();
        tasks.spawn(async move { run(&api, &source, &sink).await });
    }
    lists
}

struct Seen {
    own: Own,
    scope: Option<String>,
    index: Arc<Mutex<Index>>,
    performer: Arc<Performer>,
    queue: Arc<Queue<Key>>,
    metrics: Arc<Metrics>,
    progress: watch::Sender<Progress>,
    go_wrote_at: Arc<AtomicI64>,
    listing: Mutex<Option<HashSet<Name>>>,
}

fn name(object: &Value) -> Name {
    let metadata = &object["metadata"];
    Name::new(
        metadata["namespace"].as_str().unwrap_or_default(),
        metadata["name"].as_str().unwrap_or_default(),
    )
}

impl Seen {
    fn wake(&self, keys: Vec<Key>) {
        let now = Instant::now();
        for key in keys {
            self.queue.push(key, now);
        }
    }

    /// When the Go operator last wrote this object.
    fn look_for_go(&self, object: &Value) {
        let entries = object["metadata"]["managedFields"].as_array().into_iter().flatten();
        let last = entries
            .filter(|entry| entry["manager"] == k8s::names::GO_FIELD_MANAGER)
            .filter_map(|entry| entry["time"].as_str()?.parse::<Timestamp>().ok())
            .map(Timestamp::as_second)
            .max();
        if let Some(last) = last {
            self.go_wrote_at.fetch_max(last, Ordering::Relaxed);
        }
    }

    fn forget(&self, key: &Key) {
        self.queue.forget(key);
        self.performer.track.state().interests.forget(key);
    }
}

impl Sink for Seen {
    fn seen(&self, mut object: Value) {
        self.look_for_go(&object);
        // Items of a list do not say what they are.
        object["apiVersion"] = k8s::names::API_VERSION.into();
        object["kind"] = self.own.kind().into();
        if let Ok(mut listing) = self.listing.lock()
            && let Some(seen) = listing.as_mut()
        {
            seen.insert(name(&object));
        }
        let keys = self.index.lock().map(|mut index| index.observe(self.own, object));
        self.wake(keys.unwrap_or_default());
    }

    fn deleted(&self, object: Value) {
        let name = name(&object);
        let keys = self.index.lock().map(|mut index| index.remove(self.own, &name));
        self.forget(&Key::Own(self.own, name));
        self.wake(keys.unwrap_or_default());
    }

    fn listing(&self) {
        if let Ok(mut listing) = self.listing.lock() {
            *listing = Some(HashSet::new());
        }
    }

    fn listed(&self, _version: u64) {
        let seen = self.listing.lock().ok().and_then(|mut listing| listing.take());
        let keys = self.index.lock().map(|mut index| {
            index.retain(self.own, self.scope.as_deref(), &seen.unwrap_or_default())
        });
        self.wake(keys.unwrap_or_default());
        self.progress.send_replace(Progress { listed: true, refused: None });
    }

    fn refused(&self, failure: &Failure) {
        tracing::warn!(kind = self.own.kind(), err = failure.message, "cannot list or watch");
        self.progress.send_modify(|progress| progress.refused = Some(failure.message.clone()));
    }

    fn resumed(&self, by_list: bool) {
        if by_list {
            self.metrics.relist();
        } else {
            self.metrics.watch_end();
        }
    }
}

/// Journals: only their labels.
struct Heads {
    performer: Arc<Performer>,
    queue: Arc<Queue<Key>>,
    progress: watch::Sender<Progress>,
    listing: Mutex<Option<HashSet<String>>>,
    /// Those that the first list names.
    kinds: Arc<Mutex<BTreeSet<String>>>,
}

impl Heads {
    /// What earlier processes made is watched as well, and compared with what they left.
    fn note(&self, head: &str, metadata: &Value) {
        // Once the first list is complete, journals are this process's own.
        if self.progress.borrow().listed {
            return;
        }
        let Some(kinds) = metadata["annotations"][KINDS].as_str() else { return };
        if let Ok(mut all) = self.kinds.lock() {
            for kind in kinds.split(',').filter(|kind| !all.contains(*kind)).collect::<Vec<_>>() {
                all.insert(kind.to_owned());
            }
        }
        let sum = metadata["annotations"][MADE].as_str();
        if let Some(sum) = sum.and_then(|sum| u64::from_str_radix(sum, 16).ok()) {
            self.performer.track.state().made.expect(head, sum, kinds);
        }
    }
}

/// Watches what earlier processes made. A kind that the cluster does not know any more is left out.
pub(super) async fn restore(performer: &Performer, kinds: &Mutex<BTreeSet<String>>) {
    let names = kinds.lock().map(|mut kinds| std::mem::take(&mut *kinds)).unwrap_or_default();
    let mut found = Vec::new();
    let mut unknown = HashSet::new();
    for name in names {
        let Some((api_version, kind)) = name.split_once(' ') else { continue };
        match performer.kinds.find_by(&performer.api, api_version, kind).await {
            Ok(kind) => found.push(kind),
            Err(refusal) => {
                tracing::warn!(kind = name, err = refusal.message, "cannot watch what was made");
                unknown.insert(name);
            }
        }
    }
    performer.track.restore(&found, unknown).await;
}

impl Sink for Heads {
    fn seen(&self, object: Value) {
        let metadata = &object["metadata"];
        let Some(head) = head(metadata) else { return };
        self.note(&head.name, metadata);
        if let Ok(mut listing) = self.listing.lock()
            && let Some(seen) = listing.as_mut()
        {
            seen.insert(head.name.clone());
        }
        if let Ok(mut index) = self.performer.index.lock() {
            index.observe_head(&head);
        }
    }

    fn deleted(&self, object: Value) {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let Ok(mut index) = self.performer.index.lock() else { return };
        // Ours are gone from the index before the watch tells; this one somebody else deleted.
        let owner = index.owner(name);
        index.remove_head(name);
        drop(index);
        if let Some(owner) = owner {
            self.queue.push(owner, Instant::now());
        }
    }

    fn listing(&self) {
        if let Ok(mut listing) = self.listing.lock() {
            *listing = Some(HashSet::new());
        }
    }

    fn listed(&self, _version: u64) {
        let seen = self.listing.lock().ok().and_then(|mut listing| listing.take());
        if let Ok(mut index) = self.performer.index.lock() {
            index.retain_heads(&seen.unwrap_or_default());
        }
        self.progress.send_replace(Progress { listed: true, refused: None });
    }

    fn refused(&self, failure: &Failure) {
        tracing::warn!(err = failure.message, "cannot list or watch the operator's Secrets");
        self.progress.send_modify(|progress| progress.refused = Some(failure.message.clone()));
    }

    fn resumed(&self, _by_list: bool) {}
}

/// The reference of a key, for messages.
pub(super) fn reference(key: &Key) -> Option<ObjectRef> {
    match key {
        Key::Own(own, name) => {
            Some(ObjectRef::new(k8s::names::API_VERSION, own.kind(), &name.namespace, &name.name))
        }
        Key::Orphan(_) => None,
    }
}

//! `ReferenceGrant`s: consent across namespaces in the words of the Gateway API.
//!
//! They are few, and most clusters have none. The first question starts a watch, if the cluster knows the kind; where it does not, it is
//! asked for again with a later question, not within half a minute. Questions come only from plugs that nothing else admits.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::client::{Api, Failure};
use super::index::Index;
use super::key::{Key, Name};
use super::kinds::{Kind, Kinds};
use super::queue::Queue;
use super::watch::{Sink, Source, run};

const API_VERSION: &str = "gateway.networking.k8s.io/v1beta1";
const ASK_AGAIN: Duration = Duration::from_secs(30);
const READY_WITHIN: Duration = Duration::from_secs(5);

type Known = Arc<Mutex<BTreeMap<Name, Arc<Value>>>>;

pub(crate) struct Grants {
    known: Known,
    kinds: Kinds,
    index: Arc<Mutex<Index>>,
    queue: Arc<Queue<Key>>,
    namespaces: Vec<String>,
    running: tokio::sync::Mutex<Running>,
}

#[derive(Default)]
struct Running {
    tasks: JoinSet<()>,
    ready: Vec<watch::Receiver<bool>>,
    absent_since: Option<Instant>,
}

impl Grants {
    pub(crate) fn new(
        index: Arc<Mutex<Index>>,
        queue: Arc<Queue<Key>>,
        namespaces: &[String],
    ) -> Self {
        Self {
            known: Known::default(),
            kinds: Kinds::default(),
            index,
            queue,
            namespaces: namespaces.to_vec(),
            running: tokio::sync::Mutex::default(),
        }
    }

    pub(crate) async fn of(&self, api: &Api, namespace: &str) -> Vec<Arc<Value>> {
        self.start(api).await;
        let Ok(known) = self.known.lock() else { return Vec::new() };
        known
            .iter()
            .filter(|(name, _)| *name.namespace == *namespace)
            .map(|(_, grant)| grant.clone())
            .collect()
    }

    async fn start(&self, api: &Api) {
        let mut running = self.running.lock().await;
        if running.ready.is_empty() {
            if running.absent_since.is_some_and(|since| since.elapsed() < ASK_AGAIN) {
                return;
            }
            let Ok(kind) = self.kinds.find_by(api, API_VERSION, "ReferenceGrant").await else {
                running.absent_since = Some(Instant::now());
                return;
            };
            let scopes: Vec<Option<&str>> = if self.namespaces.is_empty() {
                vec![None]
            } else {
                self.namespaces.iter().map(|name| Some(name.as_str())).collect()
            };
            for scope in scopes {
                let ready = self.watch(api, &kind, scope, &mut running.tasks);
                running.ready.push(ready);
            }
        }
        let mut ready = running.ready.clone();
        drop(running);
        for ready in &mut ready {
            let _ = tokio::time::timeout(READY_WITHIN, ready.wait_for(|ready| *ready)).await;
        }
    }

    fn watch(
        &self,
        api: &Api,
        kind: &Kind,
        scope: Option<&str>,
        tasks: &mut JoinSet<()>,
    ) -> watch::Receiver<bool> {
        let (sender, ready) = watch::channel(false);
        let source = Source::whole(kind.collection(scope));
        let sink = Seen {
            known: self.known.clone(),
            index: self.index.clone(),
            queue: self.queue.clone(),
            scope: scope.map(str::to_owned),
            ready: sender,
            listing: Mutex::default(),
        };
        let api = api.clone();
        tasks.spawn(async move { run(&api, &source, &sink).await });
        ready
    }
}

struct Seen {
    known: Known,
    index: Arc<Mutex<Index>>,
    queue: Arc<Queue<Key>>,
    scope: Option<String>,
    ready: watch::Sender<bool>,
    listing: Mutex<HashSet<Name>>,
}

impl Seen {
    fn name(object: &Value) -> Name {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Name::new(&text(&object["metadata"]["namespace"]), &text(&object["metadata"]["name"]))
    }

    fn wake(&self, namespace: &str) {
        let keys = self.index.lock().map(|index| index.plugs_towards(namespace));
        let now = Instant::now();
        for key in keys.unwrap_or_default() {
            self.queue.push(key, now);
        }
    }
}

impl Sink for Seen {
    fn seen(&self, object: Value) {
        let name = Self::name(&object);
        if let Ok(mut listing) = self.listing.lock() {
            listing.insert(name.clone());
        }
        let changed = self.known.lock().is_ok_and(|mut known| {
            let spec = object["spec"].clone();
            let before = known.insert(name.clone(), Arc::new(object));
            before.is_none_or(|before| before["spec"] != spec)
        });
        if changed {
            self.wake(&name.namespace);
        }
    }

    fn deleted(&self, object: Value) {
        let name = Self::name(&object);
        if self.known.lock().is_ok_and(|mut known| known.remove(&name).is_some()) {
            self.wake(&name.namespace);
        }
    }

    fn listing(&self) {
        if let Ok(mut listing) = self.listing.lock() {
            listing.clear();
        }
    }

    fn listed(&self, _version: u64) {
        let seen = self.listing.lock().map(|mut listing| std::mem::take(&mut *listing));
        let seen = seen.unwrap_or_default();
        let mut gone = HashSet::new();
        if let Ok(mut known) = self.known.lock() {
            known.retain(|name, _| {
                let here = self.scope.as_ref().is_none_or(|scope| *name.namespace == **scope);
                let keep = !here || seen.contains(name);
                if !keep {
                    gone.insert(name.namespace.clone());
                }
                keep
            });
        }
        for namespace in gone {
            self.wake(&namespace);
        }
        self.ready.send_replace(true);
    }

    fn refused(&self, failure: &Failure) {
        tracing::warn!(
            err = failure.message,
            "ReferenceGrants cannot be watched; they grant nothing"
        );
        self.ready.send_replace(true);
    }

    fn resumed(&self, _by_list: bool) {}
}

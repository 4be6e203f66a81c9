//! Namespaces that are being deleted: what is in them is undone at once.
//!
//! kube-controller-manager begins to empty a namespace five seconds after its deletion, and comes back only after another five when it finds
//! something with a finalizer. Who undoes couplings in the first five seconds is no reason for the others. One watch of metadata, where all
//! namespaces are served; with named ones there is no right to it, and their objects are undone when they are deleted themselves.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::Value;
use tokio::task::JoinSet;

use super::Options;
use super::client::{Api, Failure};
use super::index::Index;
use super::key::Key;
use super::queue::Queue;
use super::watch::{Sink, Source, run};

pub(super) fn start(
    tasks: &mut JoinSet<()>,
    api: &Api,
    options: &Options,
    index: &Arc<Mutex<Index>>,
    queue: &Arc<Queue<Key>>,
) {
    if !options.namespaces.is_empty() {
        return;
    }
    let api = api.clone();
    let sink = Seen { index: index.clone(), queue: queue.clone(), listing: Mutex::default() };
    let source = Source::metadata("/api/v1/namespaces".to_owned());
    tasks.spawn(async move { run(&api, &source, &sink).await });
}

struct Seen {
    index: Arc<Mutex<Index>>,
    queue: Arc<Queue<Key>>,
    listing: Mutex<HashSet<String>>,
}

impl Seen {
    fn observe(&self, namespace: &str, since: Option<&str>) {
        let keys = self.index.lock().map(|mut index| index.observe_namespace(namespace, since));
        let now = Instant::now();
        for key in keys.unwrap_or_default() {
            self.queue.push(key, now);
        }
    }
}

impl Sink for Seen {
    fn seen(&self, object: Value) {
        let metadata = &object["metadata"];
        let name = metadata["name"].as_str().unwrap_or_default();
        let since = metadata["deletionTimestamp"].as_str();
        if since.is_some()
            && let Ok(mut listing) = self.listing.lock()
        {
            listing.insert(name.to_owned());
        }
        self.observe(name, since);
    }

    fn deleted(&self, object: Value) {
        self.observe(object["metadata"]["name"].as_str().unwrap_or_default(), None);
    }

    fn listing(&self) {
        if let Ok(mut listing) = self.listing.lock() {
            listing.clear();
        }
    }

    fn listed(&self, _version: u64) {
        let going = self.listing.lock().map(|mut listing| std::mem::take(&mut *listing));
        if let Ok(mut index) = self.index.lock() {
            index.retain_going(&going.unwrap_or_default());
        }
    }

    fn refused(&self, failure: &Failure) {
        tracing::warn!(
            err = failure.message,
            "cannot watch namespaces; couplings in one that is deleted are undone with their plugs"
        );
    }

    fn resumed(&self, _by_list: bool) {}
}

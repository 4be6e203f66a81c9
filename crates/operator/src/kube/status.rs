//! Statuses of sockets, at most one a second for each.
//!
//! A thousand plugs that couple change a socket's status a thousand times, and it holds all of them: written each time, etcd would store
//! 75 MB. A later status replaces one that waits. A write that fails is not repeated; its socket is looked at again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::client::{Api, Ask, MERGE};
use super::index::Index;
use super::key::{Key, Own};
use super::kinds::known;
use super::metrics::Metrics;
use super::queue::Queue;
use crate::core::object::{Account, Identity};

const DISTANCE: Duration = Duration::from_secs(1);

struct Slot {
    subject: Identity,
    status: Option<Value>,
    due: Instant,
}

#[derive(Default)]
pub(crate) struct Statuses {
    slots: Mutex<HashMap<String, Slot>>,
    notify: Notify,
    metrics: Arc<Metrics>,
}

impl Statuses {
    pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
        Self { metrics, ..Self::default() }
    }

    pub(crate) fn offer(&self, subject: &Identity, status: Value) {
        let Ok(mut slots) = self.slots.lock() else { return };
        let now = Instant::now();
        if let Some(slot) = slots.get_mut(&subject.uid) {
            if slot.status.replace(status).is_some() {
                self.metrics.status_merge();
            }
        } else {
            let slot = Slot { subject: subject.clone(), status: Some(status), due: now };
            slots.insert(subject.uid.clone(), slot);
        }
        drop(slots);
        self.notify.notify_one();
    }

    /// What is due, and how long until something else is.
    fn take(&self, now: Instant) -> (Vec<(Identity, Value)>, Duration) {
        let Ok(mut slots) = self.slots.lock() else { return (Vec::new(), DISTANCE) };
        let mut due = Vec::new();
        let mut wait = Duration::from_secs(3600);
        slots.retain(|_, slot| {
            if slot.due <= now {
                let Some(status) = slot.status.take() else { return false };
                due.push((slot.subject.clone(), status));
                slot.due = now + DISTANCE;
            }
            wait = wait.min(slot.due.saturating_duration_since(now));
            true
        });
        (due, wait)
    }

    /// Writes what is offered until it is dropped.
    pub(crate) async fn run(&self, api: &Api, index: &Mutex<Index>, queue: &Queue<Key>) {
        loop {
            let (due, wait) = self.take(Instant::now());
            for (subject, status) in &due {
                self.write(api, index, queue, subject, status).await;
            }
            if due.is_empty() {
                tokio::select! {
                    () = self.notify.notified() => (),
                    () = tokio::time::sleep(wait) => (),
                }
            }
        }
    }

    /// Writes what waits, at the end of the process.
    pub(crate) async fn flush(&self, api: &Api, index: &Mutex<Index>, queue: &Queue<Key>) {
        let (due, _) = self.take(Instant::now() + DISTANCE);
        for (subject, status) in &due {
            self.write(api, index, queue, subject, status).await;
        }
    }

    async fn write(
        &self,
        api: &Api,
        index: &Mutex<Index>,
        queue: &Queue<Key>,
        subject: &Identity,
        status: &Value,
    ) {
        let object = &subject.object;
        let Some(path) = known(&object.api_version, &object.kind)
            .and_then(|kind| kind.object(object.namespace.as_deref(), &object.name))
        else {
            return;
        };
        let path = format!("{path}/status?fieldManager={}", k8s::names::FIELD_MANAGER);
        let patch = json!({ "metadata": { "uid": subject.uid }, "status": status });
        let ask = Ask::write(Method::PATCH, &Account::Operator, path, MERGE, &patch);
        let now = Instant::now();
        match api.json(ask).await {
            Ok(answer) => {
                let woken = index.lock().map(|mut index| index.answered(Own::Socket, answer));
                for key in woken.unwrap_or_default() {
                    queue.push(key, now);
                }
            }
            Err(failure) => {
                tracing::debug!(socket = %object, err = failure.message, "status not written");
                if let Some(key) = Key::of(object).filter(|_| failure.code != 404) {
                    queue.push_at(key, now + DISTANCE);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::object::ObjectRef;

    #[test]
    fn a_later_status_replaces_one_that_waits() {
        let statuses = Statuses::default();
        let subject = Identity { object: ObjectRef::socket("infra", "db"), uid: "uid".to_owned() };
        let now = Instant::now();
        statuses.offer(&subject, json!(1));
        let later = now + Duration::from_millis(10);
        assert_eq!(statuses.take(later).0, [(subject.clone(), json!(1))]);
        statuses.offer(&subject, json!(2));
        statuses.offer(&subject, json!(3));
        assert!(statuses.take(later).0.is_empty(), "not within a second");
        assert_eq!(statuses.take(later + DISTANCE).0, [(subject, json!(3))]);
        assert!(statuses.take(later + 3 * DISTANCE).0.is_empty());
        assert!(statuses.slots.lock().expect("slots").is_empty(), "nothing is kept");
    }
}

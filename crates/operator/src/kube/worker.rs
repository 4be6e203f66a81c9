//! One reconcile after another: the core asks, the performer answers, until the core is done.
//!
//! Requests that only look, and Events, are performed at the same time, the others in their order. A reconcile that asks without end is a fault of ours;
//! it is stopped, logged and looked at again with the back-off.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use tokio_util::sync::CancellationToken;

use super::key::{Key, Own};
use super::metrics::Metrics;
use super::own::reference;
use super::perform::{Performer, Reads};
use super::queue::Queue;
use super::track::Place;
use crate::core::flow::{Answer, Outcome, Step};
use crate::core::object::Account;
use crate::core::request::Request;
use crate::core::settings::Settings;
use crate::core::{Subject, step};

/// A coupling asks a dozen times; a plug with hundreds of templates some hundred times.
const MOST_STEPS: usize = 5_000;
/// For what cannot be watched for want of rights.
const BLIND_EVERY: Duration = Duration::from_secs(60);

pub(crate) struct Worker {
    pub(crate) performer: Arc<Performer>,
    pub(crate) settings: Settings,
    pub(crate) queue: Arc<Queue<Key>>,
    pub(crate) metrics: Arc<Metrics>,
}

impl Worker {
    pub(crate) async fn run(&self, stop: &CancellationToken) {
        loop {
            let key = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                key = self.queue.next() => key,
            };
            self.look_at(&key, stop).await;
        }
    }

    async fn look_at(&self, key: &Key, stop: &CancellationToken) {
        let Some(subject) = self.subject(key) else {
            self.queue.done(key, None, Instant::now());
            self.queue.forget(key);
            return;
        };
        self.metrics.reconcile();
        let mut reads = Reads::default();
        let outcome = self.reconcile(key, &subject, &mut reads, stop).await;
        self.finish(key, outcome, reads).await;
    }

    fn subject(&self, key: &Key) -> Option<Subject> {
        let mut index = self.performer.index.lock().ok()?;
        Some(match key {
            Key::Own(Own::Plug, name) => Subject::Plug(index.object(Own::Plug, name)?),
            Key::Own(Own::Socket, name) => Subject::Socket(index.object(Own::Socket, name)?),
            Key::Own(Own::Deferred, name) => Subject::Deferred(index.object(Own::Deferred, name)?),
            Key::Orphan(journal) => {
                if let Some(owner) = index.owner(journal) {
                    let head = index.head(journal)?;
                    // The plug may be gone while the socket is there, and looks after it only when it is deleted itself.
                    let of_plug =
                        head.plug_uid.is_some() && matches!(owner, Key::Own(Own::Plug, _));
                    let alone = head.plug_uid.is_none();
                    if of_plug || alone {
                        return None;
                    }
                }
                Subject::Orphan(index.head(journal)?)
            }
        })
    }

    /// None: it has to be repeated.
    async fn reconcile(
        &self,
        key: &Key,
        subject: &Subject,
        reads: &mut Reads,
        stop: &CancellationToken,
    ) -> Option<Outcome> {
        let now = self.performer.seams.now();
        let mut answers: Vec<Answer> = Vec::new();
        loop {
            let requests = match step(subject, &self.settings, now, &answers) {
                Step::Done(outcome) => return Some(outcome),
                Step::Ask(requests) => requests,
            };
            if answers.len() > MOST_STEPS || requests.is_empty() {
                tracing::error!(key = ?key, "a reconcile asks without end");
                return None;
            }
            if stop.is_cancelled() && requests.iter().any(Request::is_write) {
                // What was begun is in the journal; the next process goes on.
                return None;
            }
            // Events do not depend on each other.
            let is_ordered =
                requests.iter().any(|one| one.is_write() && !matches!(one, Request::Emit(_)));
            if is_ordered {
                for request in requests {
                    let response = self.performer.perform(key, &request, reads).await;
                    answers.push(Answer { request, response });
                }
            } else {
                let asked = requests.iter().map(|request| async {
                    let mut reads = Reads::default();
                    let response = self.performer.perform(key, request, &mut reads).await;
                    (response, reads)
                });
                let answered = join_all(asked).await;
                for (request, (response, own)) in requests.into_iter().zip(answered) {
                    reads.places.extend(own.places);
                    reads.woken.extend(own.woken);
                    answers.push(Answer { request, response });
                }
            }
        }
    }

    async fn finish(&self, key: &Key, outcome: Option<Outcome>, reads: Reads) {
        let mut places: HashSet<Place> = reads.places;
        let now = Instant::now();
        // The key itself too: what we write changes no meaning, so the answer held somebody else's edit that its watch will not tell again.
        for woken in reads.woken {
            self.queue.push(woken, now);
        }
        let Some(outcome) = outcome else {
            self.metrics.back_off();
            self.queue.failed(key, now);
            return;
        };
        // Plugs and sockets wake each other through the index, which knows a status from an edit.
        for object in outcome.watches.iter().filter(|object| Key::of(object).is_none()) {
            if let Ok(place) = self.performer.place_of(object).await {
                self.performer.track.interest(key, &Account::Operator, &place).await;
                places.insert(place);
            }
        }
        self.performer.track.state().interests.keep(key, &places);
        for object in &outcome.wakes {
            if let Some(woken) = Key::of(object).filter(|woken| woken != key) {
                self.queue.push(woken, now);
            }
        }
        if outcome.back_off {
            self.metrics.back_off();
            let wait = self.queue.failed(key, now);
            tracing::debug!(object = ?reference(key), ?wait, "looked at again after a while");
            return;
        }
        let mut after = outcome.after;
        if self.performer.track.is_blind(key) {
            after = Some(after.map_or(BLIND_EVERY, |after| after.min(BLIND_EVERY)));
        }
        self.queue.done(key, after, now);
    }
}

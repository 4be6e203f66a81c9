//! A cluster in memory: enough of an API server to run decisions to their end without one.
//!
//! `render`, `lint`, `diff` and the dry run of `explain` perform into it, and the tests crash it after every write and show it stale
//! at every look. It keeps uids, resource versions, generations, finalizers and preconditions; it does not validate objects, merges
//! an apply by whole fields, and knows of accounts only what `forbid` was told. Where that is not enough the real API server is used.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::core::flow::{Outcome, Step};
use crate::core::journal::{Head, Journal};
use crate::core::object::{Account, Identity, ObjectRef};
use crate::core::request::{
    Action, Call, Cause, Find, Found, Notice, Refusal, Reply, Request, Response,
};
use crate::core::settings::Settings;
use crate::core::{Answer, Subject, step};

mod find;
mod store;

/// More steps than any reconcile has, by a factor of ten: a decision that asks for ever ends a test instead of hanging it.
const MOST_STEPS: usize = 500;
/// A change settles within a handful of rounds over all subjects.
const MOST_ROUNDS: usize = 60;

#[derive(Clone, Default)]
pub struct World {
    pub now: Timestamp,
    pub objects: BTreeMap<ObjectRef, Arc<Value>>,
    pub journals: BTreeMap<String, (u64, Journal)>,
    pub events: BTreeMap<String, Notice>,
    /// Every call that reached an apparatus, repetitions included.
    pub calls: Vec<(String, Call)>,
    /// Requests that were performed and are no `Find`.
    pub requests: Vec<Request>,
    /// What an apparatus answers to an action; `Done` without a result otherwise.
    pub replies: BTreeMap<(ObjectRef, Action), Reply>,
    /// Namespaces that are being deleted.
    pub going: BTreeSet<String>,
    refusals: Vec<(Account, ObjectRef, Cause)>,
    unreadable: BTreeSet<String>,
    counter: u64,
}

/// How one reconcile ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    Done(Outcome),
    /// Stopped after the write it was told to stop after.
    Crashed,
}

/// What may go wrong in one run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// Stop right after this write (counted from 1 over the whole life of `Driver`).
    pub crash_after_write: Option<usize>,
    /// Answer this look at the index (counted from 1) from before the last write.
    pub stale_at_look: Option<usize>,
}

/// Runs every subject until nothing changes.
pub struct Driver {
    pub settings: Settings,
    pub faults: Faults,
    pub writes: usize,
    pub looks: usize,
    pub reconciles: usize,
    before: Option<World>,
}

impl Driver {
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            faults: Faults::default(),
            writes: 0,
            looks: 0,
            reconciles: 0,
            before: None,
        }
    }

    /// One reconcile.
    pub fn reconcile(&mut self, world: &mut World, subject: &Subject) -> End {
        self.reconciles += 1;
        let mut answers: Vec<Answer> = Vec::new();
        for _ in 0..MOST_STEPS {
            let requests = match step(subject, &self.settings, world.now, &answers) {
                Step::Done(outcome) => return End::Done(outcome),
                Step::Ask(requests) => requests,
            };
            for request in requests {
                let response = self.perform(world, &request);
                let is_write = request.is_write();
                answers.push(Answer { request, response });
                if is_write {
                    self.writes += 1;
                    if self.faults.crash_after_write == Some(self.writes) {
                        return End::Crashed;
                    }
                }
            }
        }
        End::Done(Outcome { back_off: true, ..Outcome::default() })
    }

    fn perform(&mut self, world: &mut World, request: &Request) -> Response {
        if let Request::Find(find) = request {
            self.looks += 1;
            // Journals are read back as written (see `Find::Journals`); everything else may lag.
            let may_lag = !matches!(find, Find::Journals { .. } | Find::Journal { .. });
            if may_lag
                && self.faults.stale_at_look == Some(self.looks)
                && let Some(before) = &self.before
            {
                return before.find(find);
            }
            return world.find(find);
        }
        let wanted = self.faults.stale_at_look.is_some_and(|look| look > self.looks);
        if request.is_write() && wanted {
            self.before = Some(world.clone());
        }
        world.perform(request)
    }

    /// Reconciles everything in turn until a whole round changes nothing; false when that does not happen.
    pub fn settle(&mut self, world: &mut World) -> bool {
        let mut quiet = 0;
        for _ in 0..MOST_ROUNDS {
            let version = world.counter;
            let mut unsettled = false;
            for subject in world.subjects() {
                if let End::Done(outcome) = self.reconcile(world, &subject) {
                    unsettled |= outcome.after.is_some_and(|after| after.is_zero());
                } else {
                    unsettled = true;
                }
            }
            world.collect();
            if world.counter == version && !unsettled {
                quiet += 1;
            } else {
                quiet = 0;
            }
            if quiet == 2 {
                return true;
            }
        }
        false
    }
}

impl World {
    pub fn new(now: Timestamp) -> Self {
        Self { now, ..Self::default() }
    }

    /// Everything there is to reconcile.
    pub fn subjects(&self) -> Vec<Subject> {
        let mut subjects: Vec<Subject> = self
            .objects
            .iter()
            .filter_map(|(reference, object)| match reference.kind.as_str() {
                "Plug" => Some(Subject::Plug(object.clone())),
                "Socket" => Some(Subject::Socket(object.clone())),
                "DeferredResource" => Some(Subject::Deferred(object.clone())),
                _ => None,
            })
            .collect();
        for head in self.heads() {
            let owner = head.plug_uid.as_ref().or(head.socket_uid.as_ref());
            let known = self
                .objects
                .values()
                .any(|object| object["metadata"]["uid"].as_str() == owner.map(String::as_str));
            if !known {
                subjects.push(Subject::Orphan(head));
            }
        }
        subjects
    }

    /// Requests of `account` about `object` are refused from now on.
    pub fn refuse(&mut self, account: Account, object: ObjectRef, cause: Cause) {
        self.refusals.push((account, object, cause));
    }

    pub fn forgive(&mut self) {
        self.refusals.clear();
    }

    /// As if the key of this journal were lost.
    pub fn lose_key_of(&mut self, journal: &str) {
        self.unreadable.insert(journal.to_owned());
    }

    pub fn conditions(&self, reference: &ObjectRef) -> BTreeMap<String, (String, String, String)> {
        let Some(object) = self.objects.get(reference) else { return BTreeMap::new() };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        object["status"]["conditions"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| {
                let rest = (text(&one["status"]), text(&one["reason"]), text(&one["message"]));
                (text(&one["type"]), rest)
            })
            .collect()
    }
}

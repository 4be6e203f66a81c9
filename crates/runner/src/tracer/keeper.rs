//! Everything that was said and is not stored yet: admission for each tracer, settings for each workload, the spool.
//!
//! One lock around all of it, held by threads of the blocking pool for a handful of frames at a time. Batches are closed when they
//! are full, when a tracer has sent, or 200 ms old; what had to go on the way is counted in a batch of the runner's own.

use std::collections::HashMap;
use std::fs;
use std::sync::Arc;

use serde_json::{Value, json};
use telemetry::admit::{self, Admission, Pending, With};
use telemetry::block::Class;
use telemetry::capture::{Capture, Redaction};
use telemetry::frame::{Flights, Instance, Up};
use telemetry::model::{DropReport, Kind, LossReason, Lost, Record, Stage};
use telemetry::redact::{BadRule, Redactor};
use telemetry::sample::Sampler;
use telemetry::spool::{Limits, Spool, SpoolError};
use uuid::Uuid;

use super::lines::Lines;
use super::memory::Memory;
use super::place::Place;
use super::{Fact, Name};

/// Instances that are remembered without a connection: each costs the names of its routes.
const MAX_INSTANCES: usize = 256;
/// A message needs at least this many bytes in a block; of damaged bytes, the bound of what they held.
const LEAST_MESSAGE: u64 = 16;
/// A tracer gathers for 200 ms before it sends, so what comes is closed at once, unless a moment ago something was: a busy one sends
/// often, and its blocks shall not be small.
const MOMENT_US: u64 = 100_000;
/// The final report of a tracer that ends in peace is this fresh when its connection ends.
const FAREWELL_US: u64 = 300_000;
/// What is known of an instance that has not been heard of for this long is thrown away.
const FORGET_S: u64 = 7 * 24 * 3600;

pub(super) struct Keeper {
    place: Place,
    spool: Spool,
    workloads: HashMap<Name, Workload>,
    tracers: HashMap<Instance, Tracer>,
    lines: HashMap<Uuid, Lines>,
    /// Reports of the runner itself.
    own: Pending,
    reported_us: u64,
    /// Which stream the spool is read for: a thread that is late for an older one must not move the reading on.
    pub(super) stream: u64,
}

struct Workload {
    redactor: Arc<Redactor>,
    /// What it was made of.
    redaction: Redaction,
    sampler: Sampler,
    facts: Vec<Fact>,
}

struct Tracer {
    name: Name,
    admission: Admission,
    pending: Pending,
    memory: Memory,
    /// When its last report said that nothing waits, with nothing after it.
    quiet_us: Option<u64>,
    /// When its last block was closed.
    closed_us: u64,
    connected: bool,
    left_us: u64,
}

/// Whether a tracer may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Welcome,
    /// It is here already, by a connection that ends; what comes through that is to be taken first.
    Later,
    Stranger,
}

impl Keeper {
    pub(super) fn open(place: &Place, limits: Limits, now_us: u64) -> Result<Self, SpoolError> {
        let spool = Spool::open(&place.spool(), limits, now_us / 1_000)?;
        tidy(place, now_us / 1_000_000);
        Ok(Self {
            place: place.clone(),
            spool,
            workloads: HashMap::new(),
            tracers: HashMap::new(),
            lines: HashMap::new(),
            own: Pending::new(Fact::default().origin(0)),
            reported_us: now_us,
            stream: 0,
        })
    }

    /// Settings of a workload. A rule that cannot be used leaves those that held before.
    pub(super) fn set(&mut self, name: &Name, capture: &Capture) {
        let redactor = match self.redactor(&capture.redaction) {
            Ok(redactor) => Some(redactor),
            Err(err) => {
                tracing::warn!(?name, code = err.code(), error = %err, "rules of redaction");
                None
            }
        };
        let workload = self.workload(name);
        if let Some(redactor) = redactor {
            workload.redactor = redactor;
            workload.redaction = capture.redaction.clone();
        }
        workload.sampler.set(capture.tail.clone());
    }

    /// Equal rules are compiled once: all workloads of an organization have most of them in common.
    fn redactor(&self, redaction: &Redaction) -> Result<Arc<Redactor>, BadRule> {
        if *redaction == Redaction::default() {
            return Ok(Redactor::built_in());
        }
        if let Some(same) = self.workloads.values().find(|one| one.redaction == *redaction) {
            return Ok(Arc::clone(&same.redactor));
        }
        Redactor::new(&redaction.additions(), redaction.key().as_ref()).map(Arc::new)
    }

    fn workload(&mut self, name: &Name) -> &mut Workload {
        self.workloads.entry(name.clone()).or_insert_with(|| Workload {
            redactor: Redactor::built_in(),
            redaction: Redaction::default(),
            sampler: Sampler::default(),
            facts: Vec::new(),
        })
    }

    pub(super) fn tokens(&mut self, name: &Name, facts: Vec<Fact>) {
        self.workload(name).facts = facts;
    }

    pub(super) fn newest(&self, name: &Name) -> Option<Fact> {
        self.workloads.get(name)?.facts.last().cloned()
    }

    pub(super) fn follow(&mut self, workload: Uuid, place: crate::folder::Place, fact: Fact) {
        let read = self.place.lines_read(workload);
        self.lines
            .entry(workload)
            .and_modify(|lines| lines.runs(&fact))
            .or_insert_with(|| Lines::new(place, &fact, &read));
    }

    pub(super) fn forget(&mut self, name: &Name) {
        self.workloads.remove(name);
        if let Name::Managed(workload) = name {
            self.lines.remove(workload);
            let _ = fs::remove_file(self.place.lines_read(*workload));
        }
    }

    /// Whether a tracer with this token may speak for this workload. One that was here before goes on where it was.
    pub(super) fn welcome(
        &mut self,
        name: &Name,
        instance: Instance,
        token: &str,
        now_us: u64,
    ) -> Answer {
        let facts =
            self.workloads.get(name).map(|workload| &workload.facts[..]).unwrap_or_default();
        let Some(fact) = facts.iter().find(|fact| same(&fact.token, token)) else {
            return Answer::Stranger;
        };
        if let Some(tracer) = self.tracers.get_mut(&instance) {
            if tracer.name != *name {
                return Answer::Stranger;
            }
            let busy = std::mem::replace(&mut tracer.connected, true);
            return if busy { Answer::Later } else { Answer::Welcome };
        }
        let origin = fact.origin(instance.0);
        if self.tracers.len() >= MAX_INSTANCES {
            self.tracers.retain(|_, tracer| tracer.connected || !tracer.pending.is_empty());
        }
        let (memory, known) = Memory::recall(&self.place, instance, &self.spool);
        let tracer = Tracer {
            name: name.clone(),
            admission: Admission::new(instance, known, now_us),
            pending: Pending::new(origin),
            memory,
            quiet_us: None,
            closed_us: 0,
            connected: true,
            left_us: now_us,
        };
        self.tracers.insert(instance, tracer);
        Answer::Welcome
    }

    pub(super) fn take(
        &mut self,
        from: Instance,
        ups: Vec<Up>,
        now_us: u64,
    ) -> Result<(), SpoolError> {
        let Some(tracer) = self.tracers.get_mut(&from) else { return Ok(()) };
        let Some(workload) = self.workloads.get_mut(&tracer.name) else { return Ok(()) };
        let redactor = Arc::clone(&workload.redactor);
        for up in ups {
            tracer.quiet_us = match &up {
                Up::Drops(drops) if drops.waiting == 0 => Some(now_us),
                Up::Stats(_) => tracer.quiet_us,
                _ => None,
            };
            let mut with = With { redactor: &redactor, sampler: &mut workload.sampler, now_us };
            tracer.admission.take(up, &mut with, &mut tracer.pending);
            if tracer.pending.is_full() {
                tracer.close(&mut self.spool, now_us)?;
            }
        }
        Ok(())
    }

    /// Closes what a tracer said, without waiting for the clock. Whether there is something new to ship.
    pub(super) fn ship(&mut self, from: Instance, now_us: u64) -> Result<bool, SpoolError> {
        match self.tracers.get_mut(&from) {
            Some(tracer)
                if !tracer.pending.is_empty() && now_us >= tracer.closed_us + MOMENT_US =>
            {
                tracer.close(&mut self.spool, now_us).map(|()| true)
            }
            _ => Ok(false),
        }
    }

    /// A connection ended, and everything that came through it was taken.
    pub(super) fn left(&mut self, from: Instance, now_us: u64) {
        if let Some(tracer) = self.tracers.get_mut(&from) {
            tracer.connected = false;
            tracer.left_us = now_us;
        }
    }

    #[cfg(test)]
    pub(super) fn is_connected(&self, instance: Instance) -> bool {
        self.tracers.get(&instance).is_some_and(|tracer| tracer.connected)
    }

    /// Its process is gone as well. One that ended in peace had said that nothing waits.
    pub(super) fn gone(&mut self, from: Instance, now_us: u64) {
        let Some(tracer) = self.tracers.get_mut(&from) else { return };
        let peaceful = tracer.quiet_us.is_some_and(|quiet| quiet + FAREWELL_US >= tracer.left_us);
        if !tracer.connected && !peaceful {
            tracer.admission.died(now_us, &mut tracer.pending);
        }
    }

    /// Closes what is open. Whether there is something new to ship.
    pub(super) fn close_all(&mut self, now_us: u64) -> Result<bool, SpoolError> {
        let mut grown = false;
        let mut result = Ok(());
        for tracer in self.tracers.values_mut() {
            if !tracer.pending.is_empty() {
                grown = true;
                result = tracer.close(&mut self.spool, now_us).and(result);
            }
        }
        let known = |name: &Name| self.workloads.get(name).map(|one| Arc::clone(&one.redactor));
        for (workload, lines) in &mut self.lines {
            let redactor = known(&Name::Managed(*workload)).unwrap_or_else(Redactor::built_in);
            let read = lines.read(&redactor, now_us);
            if read > 0 {
                grown = true;
                result = close(&mut self.spool, lines.pending(), now_us).and(result);
                lines.remember();
            }
        }
        self.spool.expire(now_us / 1_000_000);
        self.report(now_us);
        if !self.own.is_empty() {
            grown = true;
            result = close(&mut self.spool, &mut self.own, now_us).and(result);
        }
        result.map(|()| grown)
    }

    /// What left the spool unsent becomes records of the runner.
    fn report(&mut self, now_us: u64) {
        let gone = self.spool.take_gone();
        let (from_us, to_us) = (self.reported_us, now_us);
        self.reported_us = now_us;
        for ((kind, reason), count) in gone.dropped {
            let stage = Stage::Spool;
            self.own.essential(Record::Dropped(DropReport {
                from_us,
                to_us,
                route: None,
                kind,
                stage,
                reason,
                count,
            }));
        }
        for bytes in gone.damaged.into_values() {
            self.own.essential(Record::Lost(Lost {
                from_us,
                to_us,
                kind: Kind::Message,
                reason: LossReason::SpoolDamaged,
                at_most: bytes.div_ceil(LEAST_MESSAGE),
                is_exact: false,
            }));
        }
    }

    /// What is in flight, in names.
    pub(super) fn describe(&self, from: Instance, flights: &Flights) -> Value {
        let Some(tracer) = self.tracers.get(&from) else { return Value::Null };
        let oldest: Vec<Value> = flights
            .oldest
            .iter()
            .map(|flight| {
                let (id, route, node) = tracer.admission.describe(flight);
                json!({
                    "id": id.to_string(), "exchange": &*flight.exchange_id, "route": route, "node": node,
                    "started_us": flight.start_us, "age_us": flight.age_us, "node_age_us": flight.node_age_us,
                    "thread": &*flight.thread, "steps": flight.steps,
                })
            })
            .collect();
        json!({"total": flights.total, "oldest": oldest})
    }

    pub(super) fn spool(&mut self) -> &mut Spool {
        &mut self.spool
    }

    /// A block that the control plane refused for good.
    pub(super) fn refused(&mut self, counts: &[(Kind, u64)], now_us: u64) {
        for (kind, count) in counts {
            self.own.essential(Record::Dropped(DropReport {
                from_us: now_us,
                to_us: now_us,
                route: None,
                kind: *kind,
                stage: Stage::Link,
                reason: telemetry::model::Reason::Rejected,
                count: *count,
            }));
        }
    }
}

impl Tracer {
    /// Writes what waits, each block together with what has to be known if it is there.
    fn close(&mut self, spool: &mut Spool, now_us: u64) -> Result<(), SpoolError> {
        let mut result = Ok(());
        self.closed_us = now_us;
        for (class, batch) in self.pending.close(now_us) {
            let known = (class == Class::Essential).then(|| self.admission.known());
            self.memory.prepare(spool.next_sequence(), admit::settled_by(&batch), known);
            let appended = spool.append(class, &batch, now_us / 1_000_000);
            if appended.is_err() && class == Class::Essential {
                // Reports are never let go: they wait for the disk.
                self.memory.abandon();
                self.pending.restore(class, batch);
            } else {
                // What found no room is counted by the spool.
                self.memory.commit();
            }
            // One class that finds no room must not cost the others.
            result = appended.map(drop).and(result);
        }
        result
    }
}

fn close(spool: &mut Spool, pending: &mut Pending, now_us: u64) -> Result<(), SpoolError> {
    let mut result = Ok(());
    for (class, batch) in pending.close(now_us) {
        // One class that finds no room must not cost the others.
        result = spool.append(class, &batch, now_us / 1_000_000).map(drop).and(result);
    }
    result
}

/// In constant time: a stranger who measures learns nothing.
fn same(one: &str, other: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}

fn tidy(place: &Place, now_s: u64) {
    for entry in fs::read_dir(place.known_folder()).into_iter().flatten().flatten() {
        let modified = entry.metadata().and_then(|data| data.modified()).ok();
        let age = modified.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        if age.is_some_and(|at| at.as_secs() + FORGET_S < now_s) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

//! Everything that was said and is not stored yet: admission for each tracer, settings for each workload, the spool.
//!
//! One lock around all of it, held by threads of the blocking pool for a handful of frames at a time. Batches are closed when they
//! are full, when a tracer has sent, or 100 ms old; what had to go on the way is counted in a batch of the runner's own.

use std::collections::HashMap;
use std::fs;
use std::sync::Arc;

use serde_json::{Value, json};
use telemetry::admit::{self, Admission, Pending, With};
use telemetry::block::{self, Class};
use telemetry::capture::{Capture, Redaction, slower_than};
use telemetry::frame::{Flights, Instance, Up};
use telemetry::model::{
    Batch, DropReport, Kind, LossReason, Lost, Names, Origin, Reason, Record, Sequence, Stage,
};
use telemetry::redact::{BadRule, Redactor};
use telemetry::sample::Sampler;
use telemetry::spool::{Gone, Limits, Spool, SpoolError, Unkept};
use uuid::Uuid;

use super::lines::Lines;
use super::memory::{self, Memory, Process, Who};
use super::place::Place;
use super::{Fact, Name};
use crate::originals::Originals;

/// Instances that are remembered without a connection: each costs the names of its routes.
const MAX_INSTANCES: usize = 256;
/// A message needs at least this many bytes in a block; of damaged bytes, the bound of what they held.
const LEAST_MESSAGE: u64 = 16;
/// A tracer gathers for 100 ms before it sends, so what comes is closed at once, unless a moment ago something was: a busy one sends
/// often, and its blocks shall not be small.
const MOMENT_US: u64 = 100_000;
/// The final report of a tracer that ends in peace is this fresh when its connection ends.
const FAREWELL_US: u64 = 300_000;
/// What is known of an instance that has not been heard of for this long is thrown away.
const FORGET_S: u64 = 7 * 24 * 3600;

pub(super) struct Keeper {
    place: Place,
    spool: Spool,
    originals: Option<Arc<Originals>>,
    workloads: HashMap<Name, Workload>,
    tracers: HashMap<Instance, Tracer>,
    /// Those of earlier runners that were not heard since.
    absent: HashMap<Instance, Who>,
    lines: HashMap<Uuid, Lines>,
    /// Messages that came, and those that had to be let go here, since the start.
    came: u64,
    let_go: u64,
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
    process: Option<Process>,
    /// Its process is gone; nothing is left to remember once this is written.
    ended: bool,
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
    pub(super) fn open(
        place: &Place,
        limits: Limits,
        originals: Option<Arc<Originals>>,
        now_us: u64,
    ) -> Result<Self, SpoolError> {
        let spool = Spool::open(&place.spool(), limits, now_us / 1_000)?;
        tidy(place, now_us / 1_000_000);
        let absent = memory::settle(place, &spool).into_iter().collect();
        Ok(Self {
            place: place.clone(),
            spool,
            originals,
            workloads: HashMap::new(),
            tracers: HashMap::new(),
            absent,
            lines: HashMap::new(),
            came: 0,
            let_go: 0,
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
        process: Option<Process>,
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
        if self.tracers.len() >= MAX_INSTANCES {
            let absent = &mut self.absent;
            self.tracers.retain(|id, tracer| {
                let stays = tracer.connected || !tracer.pending.is_empty();
                if !stays && let Some(process) = &tracer.process {
                    let fact = Fact::from(tracer.pending.origin());
                    let who = Who::new(tracer.name.clone(), fact, process.clone());
                    absent.insert(*id, who);
                }
                stays
            });
        }
        if self.absent.remove(&instance).is_none()
            && let Some(process) = &process
        {
            let who = Who::new(name.clone(), fact.clone(), process.clone());
            memory::introduce(&self.place, instance, &who);
        }
        let origin = fact.origin(instance.0);
        let mut tracer = self.recall(instance, name.clone(), origin, process, now_us);
        tracer.connected = true;
        self.tracers.insert(instance, tracer);
        Answer::Welcome
    }

    fn recall(
        &self,
        instance: Instance,
        name: Name,
        origin: Origin,
        process: Option<Process>,
        now_us: u64,
    ) -> Tracer {
        let (memory, known) = Memory::recall(&self.place, instance);
        Tracer {
            name,
            admission: Admission::new(instance, known, now_us),
            pending: Pending::new(origin),
            memory,
            quiet_us: None,
            closed_us: 0,
            connected: false,
            left_us: now_us,
            process,
            ended: false,
        }
    }

    pub(super) fn take(&mut self, from: Instance, ups: Vec<Up>, now_us: u64) -> Result<(), Unkept> {
        let Some(tracer) = self.tracers.get_mut(&from) else { return Ok(()) };
        let Some(workload) = self.workloads.get_mut(&tracer.name) else { return Ok(()) };
        let redactor = Arc::clone(&workload.redactor);
        let originals = match (&self.originals, &tracer.name) {
            (Some(originals), Name::Managed(id)) => Some((originals, *id)),
            _ => None,
        };
        let wanted = originals.map(|(originals, id)| originals.wanted(id));
        tracer.pending.want_originals(wanted.unwrap_or_default());
        let mut result = Ok(());
        for up in ups {
            if let Up::Traces(messages) = &up {
                self.came += messages.len() as u64;
            }
            tracer.quiet_us = match &up {
                Up::Drops(drops) if drops.waiting == 0 => Some(now_us),
                Up::Stats(_) => tracer.quiet_us,
                _ => None,
            };
            let mut with = With { redactor: &redactor, sampler: &mut workload.sampler, now_us };
            tracer.admission.take(up, &mut with, &mut tracer.pending);
            if let Some((originals, workload)) = originals {
                originals.keep(workload, &tracer.pending.originals(), now_us);
            }
            if tracer.pending.is_full() {
                // A disk that takes nothing is no reason to hear nothing: what follows is counted, at least.
                result = tracer.close(&mut self.spool, &mut self.let_go, now_us).and(result);
            }
        }
        result
    }

    /// Closes what a tracer said, without waiting for the clock. Whether there is something new to ship.
    pub(super) fn ship(&mut self, from: Instance, now_us: u64) -> Result<bool, Unkept> {
        match self.tracers.get_mut(&from) {
            Some(tracer)
                if !tracer.pending.is_empty() && now_us >= tracer.closed_us + MOMENT_US =>
            {
                tracer.close(&mut self.spool, &mut self.let_go, now_us).map(|()| true)
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

    /// Tracers without a connection, and their processes where they are known.
    pub(super) fn silent(&self) -> Vec<(Instance, Process)> {
        let here = self.tracers.iter().filter(|(_, tracer)| !tracer.connected && !tracer.ended);
        let here = here.filter_map(|(id, tracer)| Some((*id, tracer.process.clone()?)));
        here.chain(self.absent.iter().map(|(id, who)| (*id, who.process.clone()))).collect()
    }

    /// Its process is gone as well. One that ended in peace had said that nothing waits.
    pub(super) fn gone(&mut self, from: Instance, now_us: u64) {
        if let Some(who) = self.absent.remove(&from) {
            let origin = who.fact.origin(from.0);
            let tracer = self.recall(from, who.name, origin, Some(who.process), now_us);
            self.tracers.insert(from, tracer);
        }
        let Some(tracer) = self.tracers.get_mut(&from) else { return };
        let peaceful = tracer.quiet_us.is_some_and(|quiet| quiet + FAREWELL_US >= tracer.left_us);
        if !tracer.connected {
            tracer.ended = true;
            if !peaceful {
                tracer.admission.died(now_us, &mut tracer.pending);
            }
        }
    }

    /// Closes what is open. Whether there is something new to ship.
    pub(super) fn close_all(&mut self, now_us: u64) -> Result<bool, Unkept> {
        let mut grown = false;
        let mut result = Ok(());
        for tracer in self.tracers.values_mut() {
            if !tracer.pending.is_empty() {
                grown = true;
                result = tracer.close(&mut self.spool, &mut self.let_go, now_us).and(result);
            }
        }
        let place = &self.place;
        self.tracers.retain(|id, tracer| {
            let is_over = tracer.ended && tracer.pending.is_empty();
            if is_over {
                memory::forget(place, *id);
            }
            !is_over
        });
        let known = |name: &Name| self.workloads.get(name).map(|one| Arc::clone(&one.redactor));
        for (workload, lines) in &mut self.lines {
            let redactor = known(&Name::Managed(*workload)).unwrap_or_else(Redactor::built_in);
            let read = lines.read(&redactor, now_us);
            if read > 0 || !lines.pending().is_empty() {
                grown = true;
                result = close(&mut self.spool, lines.pending(), now_us).and(result);
                lines.remember();
            }
        }
        if let Err(err) = self.spool.expire(now_us / 1_000_000) {
            result = result.and(Err(Unkept { reason: Reason::DiskFull, error: Some(err) }));
        }
        let is_full = |(_, reason): &(Kind, Reason)| *reason == Reason::DiskFull;
        if self.spool.gone().dropped.keys().any(is_full) {
            // Room was made for what is here, at the cost of what was: that goes on, and somebody should know.
            let source = std::io::ErrorKind::StorageFull.into();
            result = result.and_then(|()| Err(Unkept::disk(&self.place.spool(), source)));
        }
        let from_us = self.reported_us;
        let told = self.spool.tell(now_us / 1_000_000, |gone| report(gone, from_us, now_us));
        self.reported_us = now_us;
        grown |= matches!(told, Ok(true));
        told.map(drop).and(result).map(|()| grown)
    }

    /// What a tracer of this workload is told: the settings, and what is slow of late.
    pub(super) fn told(&self, name: &Name, capture: &Capture) -> telemetry::frame::Settings {
        let told = capture.to_tracer();
        match self.workloads.get(name) {
            Some(workload) => slower_than(told, workload.sampler.slow()),
            None => told,
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

    pub(super) fn figures(&self) -> Vec<(&'static str, u64)> {
        let connected = self.tracers.values().filter(|tracer| tracer.connected).count();
        vec![
            ("messages_total", self.came),
            ("messages_let_go_total", self.let_go + self.spool.let_go()),
            ("unsent_bytes", self.spool.bytes()),
            ("unsent_limit_bytes", self.spool.limits().bytes),
            ("tracers", connected as u64),
        ]
    }

    pub(super) fn spool(&mut self) -> &mut Spool {
        &mut self.spool
    }

    /// A block that the control plane refused for good.
    pub(super) fn refused(
        &mut self,
        at: Sequence,
        counts: &[(Kind, u64)],
    ) -> Result<(), SpoolError> {
        self.spool.refused(at, counts)
    }
}

/// What left the spool unsent, as records of the runner.
fn report(gone: &Gone, from_us: u64, to_us: u64) -> Batch {
    let dropped = gone.dropped.iter().map(|((kind, reason), count)| {
        let stage = if *reason == Reason::Rejected { Stage::Link } else { Stage::Spool };
        let (kind, reason, count) = (*kind, *reason, *count);
        Record::Dropped(DropReport { from_us, to_us, route: None, kind, stage, reason, count })
    });
    let damaged = (gone.damaged_bytes > 0).then(|| {
        Record::Lost(Lost {
            from_us,
            to_us,
            kind: Kind::Message,
            reason: LossReason::SpoolDamaged,
            at_most: gone.damaged_bytes.div_ceil(LEAST_MESSAGE),
            is_exact: false,
        })
    });
    Batch {
        origin: Fact::default().origin(0),
        closed_us: to_us,
        names: Names::default(),
        records: dropped.chain(damaged).collect(),
    }
}

impl Tracer {
    /// Writes what waits, each block together with what has to be known if it is there.
    fn close(&mut self, spool: &mut Spool, let_go: &mut u64, now_us: u64) -> Result<(), Unkept> {
        let mut result = Ok(());
        self.closed_us = now_us;
        for (class, batch) in self.pending.close(now_us) {
            match self.write(spool, class, &batch, now_us) {
                Ok(()) => self.memory.commit(),
                Err(err) => {
                    self.memory.abandon();
                    let counts = block::counts(&batch.records).into_iter();
                    let messages = counts.filter(|(kind, _)| *kind == Kind::Message);
                    *let_go += messages.map(|(_, count)| count).sum::<u64>();
                    put_back(&mut self.pending, class, batch, err.reason, now_us);
                    // One class that finds no room must not cost the others.
                    result = Err(err);
                }
            }
        }
        result.or_else(unless_full)
    }

    fn write(
        &mut self,
        spool: &mut Spool,
        class: Class,
        batch: &Batch,
        now_us: u64,
    ) -> Result<(), Unkept> {
        let known = (class == Class::Essential).then(|| self.admission.known());
        let (at, settled) = (spool.next_sequence(), admit::settled_by(batch));
        let mut prepared = self.memory.prepare(at, settled, known);
        if prepared.is_err() && spool.give_way(class) {
            prepared = self.memory.prepare(at, settled, known);
        }
        prepared.map_err(|source| self.memory.at_fault(source))?;
        spool.append(class, batch, now_us / 1_000_000).map(drop)
    }
}

fn close(spool: &mut Spool, pending: &mut Pending, now_us: u64) -> Result<(), Unkept> {
    let mut result = Ok(());
    for (class, batch) in pending.close(now_us) {
        if let Err(err) = spool.append(class, &batch, now_us / 1_000_000) {
            put_back(pending, class, batch, err.reason, now_us);
            result = Err(err);
        }
    }
    result.or_else(unless_full)
}

/// What was not written: reports wait for the disk, of anything else only how much it was stays.
fn put_back(pending: &mut Pending, class: Class, batch: Batch, reason: Reason, now_us: u64) {
    if class == Class::Essential {
        pending.restore(class, batch);
    } else {
        pending.unkept(&block::counts(&batch.records), reason, now_us);
    }
}

/// A spool that is full by its own cap does what it is asked to.
fn unless_full(err: Unkept) -> Result<(), Unkept> {
    if err.error.is_none() { Ok(()) } else { Err(err) }
}

/// In constant time: a stranger who measures learns nothing.
fn same(one: &str, other: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}

fn tidy(place: &Place, now_s: u64) {
    for entry in fs::read_dir(place.known_folder()).into_iter().flatten().flatten() {
        if entry.path().with_extension("who").exists() {
            // Its process is looked for; then it goes.
            continue;
        }
        let modified = entry.metadata().and_then(|data| data.modified()).ok();
        let age = modified.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        if age.is_some_and(|at| at.as_secs() + FORGET_S < now_s) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

//! Admission: what a tracer says becomes records, redacted and sampled, in batches by class.
//!
//! ```text
//! frame::Up ──(names by number, differences of counts)──> Record ──> Pending: one batch for each class
//! ```
//! A tracer speaks in numbers of its own and in totals since its start; [`Admission`] remembers what they stand for and what was
//! known before, for one instance of a tracer over any number of connections. What it must not forget over a restart of the runner
//! is [`Known`], which is written beside the spool.
//!
//! Every record leaves here redacted. What a message was before it was masked leaves by a way of its own, [`Pending::originals`], and only
//! where somebody asked for it: no block holds it. This module does no IO and reads no clock.

mod counts;
mod known;
mod message;
mod original;
mod payload;
mod pending;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use crate::frame::{self, Instance, Structure, Up};
use crate::id::{MessageId, TracerInstance};
use crate::model::{
    Batch, Kind, Level, Log, LogSource, LossReason, Lost, Record, RouteModel, RouteNode, Stage,
};
use crate::redact::Redactor;
use crate::sample::Sampler;

pub use known::Known;
pub use original::{Original, OriginalHeader};
pub use pending::{Pending, Wanted};

/// What a JVM's ring holds at most: as many may be gone with it.
const RING_SLOTS: u64 = 4_096;
/// Details that are remembered redacted; more of them repeat too seldom.
const DETAILS: usize = 4_096;

/// What a batch of frames is judged with.
pub struct With<'a> {
    pub redactor: &'a Redactor,
    pub sampler: &'a mut Sampler,
    pub now_us: u64,
}

impl std::fmt::Debug for With<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("With").field("now_us", &self.now_us).finish_non_exhaustive()
    }
}

/// One instance of a tracer.
pub struct Admission {
    instance: Instance,
    routes: HashMap<u32, Route>,
    nodes: HashMap<u32, Node>,
    known: Known,
    details: HashMap<Arc<str>, Arc<str>>,
    /// When it was last heard of.
    heard_us: u64,
}

struct Route {
    id: Arc<str>,
    from: Arc<str>,
    hash: u64,
}

#[derive(Clone)]
struct Node {
    route: u32,
    key: Arc<str>,
    /// The first node of a route stands for the route itself.
    is_route: bool,
}

impl std::fmt::Debug for Admission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admission").field("instance", &self.instance).finish_non_exhaustive()
    }
}

impl Admission {
    /// `known`: what an earlier runner wrote down of this instance.
    pub fn new(instance: Instance, known: Known, now_us: u64) -> Self {
        Self {
            instance,
            routes: HashMap::new(),
            nodes: HashMap::new(),
            known,
            details: HashMap::new(),
            heard_us: now_us,
        }
    }

    /// The half of the instance's number that stands in ids.
    pub fn tracer(&self) -> TracerInstance {
        TracerInstance(u32::try_from(self.instance.0 & u64::from(u32::MAX)).unwrap_or(0))
    }

    pub fn known(&self) -> &Known {
        &self.known
    }

    /// Takes one frame. Answers that nobody stores (in flight) and greetings are the caller's.
    pub fn take(&mut self, up: Up, with: &mut With<'_>, pending: &mut Pending) {
        self.heard_us = with.now_us;
        match up {
            Up::Structure(structure) => self.structure(structure, pending),
            Up::Traces(messages) => {
                for message in messages {
                    self.message(message, with, pending);
                }
            }
            Up::Stats(stats) => self.stats(&stats, with, pending),
            Up::Drops(drops) => self.drops(&drops, pending),
            Up::Log(line) => self.log(&line, with, pending),
            _ => {}
        }
    }

    /// The process is gone without a goodbye: what its ring held is lost, and nobody knows how much that was. Said once, also by a
    /// later runner.
    pub fn died(&mut self, now_us: u64, pending: &mut Pending) {
        if std::mem::replace(&mut self.known.ended, true) {
            return;
        }
        self.settle(now_us, pending);
        pending.essential(Record::Lost(Lost {
            from_us: self.heard_us.min(now_us),
            to_us: now_us,
            kind: Kind::Message,
            reason: LossReason::ProcessDied,
            at_most: RING_SLOTS,
            is_exact: false,
        }));
    }

    /// What stands behind the numbers of a message in flight: its id, its route and where it is.
    pub fn describe(&self, flight: &frame::Flight) -> (MessageId, Option<&str>, Option<&str>) {
        let route = self.routes.get(&flight.route.0).map(|route| &*route.id);
        let node = flight.node.and_then(|node| self.nodes.get(&node.0)).map(|node| &*node.key);
        (self.id(flight.counter, flight.start_us), route, node)
    }

    fn structure(&mut self, structure: Structure, pending: &mut Pending) {
        let Structure { route, id, hash, from, description, nodes, .. } = structure;
        for (place, node) in nodes.iter().enumerate() {
            let known = Node { route: route.0, key: node.key.clone(), is_route: place == 0 };
            self.nodes.insert(node.number.0, known);
        }
        let told = self.known.routes.insert(id.to_string(), hash);
        self.routes.insert(route.0, Route { id: id.clone(), from: from.clone(), hash });
        if told == Some(hash) {
            return;
        }
        let names = pending.essential_names();
        let maybe = |names: &mut crate::model::Names, text: &str| {
            (!text.is_empty()).then(|| names.intern(text))
        };
        let model = RouteModel {
            route: names.intern(&id),
            structure: hash,
            from: maybe(names, &from),
            description: maybe(names, &description),
            nodes: nodes
                .iter()
                .map(|node| RouteNode {
                    node: names.intern(&node.key),
                    kind: names.intern(&node.kind),
                    parent: node.parent.map_or(0, |place| place.saturating_add(1)),
                    label: maybe(names, &node.text),
                    line: node.line,
                })
                .collect(),
        };
        pending.essential(Record::Route(model));
    }

    fn log(&self, line: &frame::LogLine, with: &With<'_>, pending: &mut Pending) {
        let level = match line.level {
            0..10 => Level::Trace,
            10..20 => Level::Debug,
            20..30 => Level::Info,
            30..40 => Level::Warn,
            40.. => Level::Error,
        };
        let text = with.redactor.text(&line.message).unwrap_or_else(|| line.message.clone());
        let node = line.node.and_then(|node| self.nodes.get(&node.0));
        let route = node.and_then(|node| self.routes.get(&node.route));
        let batch = pending.log(level);
        let names = &mut batch.names;
        let log = Log {
            at_us: line.at_us,
            level,
            source: LogSource::Logger,
            logger: Some(names.intern(&line.logger)),
            thread: Some(names.intern(&line.thread)),
            message: None,
            route: route.map(|route| names.intern(&route.id)),
            node: node.map(|node| names.intern(&node.key)),
            text,
            stack: None,
        };
        batch.records.push(Record::Log(log));
    }

    fn id(&self, counter: u64, started_us: u64) -> MessageId {
        MessageId { started_us, tracer: self.tracer(), count: count(counter) }
    }

    /// Text that repeats is searched once.
    fn detail(&mut self, text: &Arc<str>, redactor: &Redactor) -> Arc<str> {
        if let Some(known) = self.details.get(text) {
            return known.clone();
        }
        let kept = redactor.text(text).map_or_else(|| text.clone(), Arc::from);
        if self.details.len() >= DETAILS {
            self.details.clear();
        }
        self.details.insert(text.clone(), kept.clone());
        kept
    }
}

/// How many messages of a tracer a batch settles: those it holds, and those it says the runner left out or could not keep.
pub fn settled_by(batch: &Batch) -> u64 {
    let settled = |record: &Record| match record {
        Record::Message(_) => 1,
        Record::Dropped(report)
            if matches!(report.stage, Stage::Runner | Stage::Spool)
                && report.kind == Kind::Message =>
        {
            report.count
        }
        _ => 0,
    };
    batch.records.iter().map(settled).sum()
}

/// Counts of a tracer are 64 bits, those of ids 32: the start tells apart what wraps.
fn count(counter: u64) -> u32 {
    u32::try_from(counter & u64::from(u32::MAX)).unwrap_or(0)
}

//! What waits to be a block: one batch for each class, of one workload.

use std::collections::HashMap;

use super::original::Original;
use crate::block::Class;
use crate::model::{
    Batch, DropReport, Kind, Level, Lost, Name, Names, Origin, Produced, Reason, Record, Rollup,
    Stage,
};

/// As many records as make names and compression worth their while, and no more than a glance of loss.
const FULL_RECORDS: usize = 512;
/// Text and bodies in one batch; a block of it is far below the spool's segment.
const FULL_BYTES: usize = 1 << 20;

/// What is added to one report instead of being a new one is found among the last of them.
const LOOK_BACK: usize = 32;
/// Reports of one hour are one.
const TOGETHER_US: u64 = 3_600_000_000;
/// Reports that wait for a disk: beyond this, minutes are added up. As many as the routes and nodes of a large application.
const MOST_WAITING: usize = 8_192;

pub struct Pending {
    origin: Origin,
    batches: [Batch; 4],
    bytes: [usize; 4],
    wanted: Wanted,
    originals: Vec<Original>,
}

/// Which messages are to be had as they were before redaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    #[default]
    None,
    /// Those that are masked.
    Masked,
    /// All, and no record has a body.
    All,
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pending").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl Pending {
    pub fn new(origin: Origin) -> Self {
        let batches = Class::ALL.map(|_| empty(&origin));
        Self { origin, batches, bytes: [0; 4], wanted: Wanted::None, originals: Vec::new() }
    }

    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// From now on; what came before can still be had.
    pub fn want_originals(&mut self, wanted: Wanted) {
        self.wanted = wanted;
    }

    pub(super) fn wanted(&self) -> Wanted {
        self.wanted
    }

    pub(super) fn original(&mut self, original: Original) {
        self.originals.push(original);
    }

    /// Those that came since the last call. They are no record: nothing that ships what waits here sees them.
    pub fn originals(&mut self) -> Vec<Original> {
        std::mem::take(&mut self.originals)
    }

    pub fn is_empty(&self) -> bool {
        self.batches.iter().all(|batch| batch.records.is_empty())
    }

    /// Whether some batch should be closed now.
    pub fn is_full(&self) -> bool {
        self.batches.iter().any(|batch| batch.records.len() >= FULL_RECORDS)
            || self.bytes.iter().any(|bytes| *bytes >= FULL_BYTES)
    }

    pub(super) fn of(&mut self, class: Class) -> &mut Batch {
        &mut self.batches[class as usize]
    }

    pub fn essential(&mut self, record: Record) {
        let records = &mut self.of(Class::Essential).records;
        if !records.iter_mut().rev().take(LOOK_BACK).any(|one| add(one, &record)) {
            records.push(record);
        }
    }

    /// What could not be kept, counted where it was let go.
    pub fn unkept(&mut self, counts: &[(Kind, u64)], reason: Reason, now_us: u64) {
        for (kind, count) in counts {
            self.essential(Record::Dropped(DropReport {
                from_us: now_us,
                to_us: now_us,
                route: None,
                kind: *kind,
                stage: Stage::Spool,
                reason,
                count: *count,
            }));
        }
    }

    pub fn essential_names(&mut self) -> &mut Names {
        &mut self.of(Class::Essential).names
    }

    /// The batch for a line of this level.
    pub fn log(&mut self, level: Level) -> &mut Batch {
        self.of(if level >= Level::Warn { Class::Failed } else { Class::Routine })
    }

    /// Text and bodies that went into a batch.
    pub fn weigh(&mut self, class: Class, bytes: usize) {
        self.bytes[class as usize] += bytes;
    }

    /// Gives back a batch that could not be written, to be tried again. Only right after [`Self::close`].
    pub fn restore(&mut self, class: Class, mut batch: Batch) {
        if batch.records.len() > MOST_WAITING {
            fold(&mut batch.records);
        }
        self.batches[class as usize] = batch;
    }

    /// What is there, to be written: the least dispensable first, so that a crash in between costs the least.
    pub fn close(&mut self, now_us: u64) -> Vec<(Class, Batch)> {
        self.bytes = [0; 4];
        Class::ALL
            .into_iter()
            .zip(&mut self.batches)
            .filter(|(_, batch)| !batch.records.is_empty())
            .map(|(class, batch)| {
                let mut closed = std::mem::replace(batch, empty(&self.origin));
                closed.closed_us = now_us;
                (class, closed)
            })
            .collect()
    }
}

/// Adds a report to one of the same kind, if it is such a one.
fn add(to: &mut Record, record: &Record) -> bool {
    match (to, record) {
        (Record::Produced(to), Record::Produced(more))
            if to.kind == more.kind && near(to.from_us, more.from_us) =>
        {
            let Produced { from_us, to_us, kind: _, count } = *more;
            to.count += count;
            (to.from_us, to.to_us) = (to.from_us.min(from_us), to.to_us.max(to_us));
            true
        }
        (Record::Dropped(to), Record::Dropped(more))
            if (to.kind, to.stage, to.reason, to.route)
                == (more.kind, more.stage, more.reason, more.route)
                && near(to.from_us, more.from_us) =>
        {
            to.count += more.count;
            (to.from_us, to.to_us) = (to.from_us.min(more.from_us), to.to_us.max(more.to_us));
            true
        }
        (Record::Lost(to), Record::Lost(more))
            if (to.kind, to.reason, to.is_exact) == (more.kind, more.reason, more.is_exact)
                && near(to.from_us, more.from_us) =>
        {
            let Lost { from_us, to_us, at_most, .. } = *more;
            to.at_most += at_most;
            (to.from_us, to.to_us) = (to.from_us.min(from_us), to.to_us.max(to_us));
            true
        }
        _ => false,
    }
}

fn near(one_us: u64, other_us: u64) -> bool {
    one_us.abs_diff(other_us) < TOGETHER_US
}

/// Minutes of a node become one: their counts stay exact, only when it was is told less exactly.
fn fold(records: &mut Vec<Record>) {
    let mut rollups: HashMap<(Name, Option<Name>), Rollup> = HashMap::new();
    let mut rest: Vec<Record> = Vec::new();
    for record in records.drain(..) {
        match record {
            Record::Rollup(rollup) => {
                rollups
                    .entry((rollup.route, rollup.node))
                    .and_modify(|sum| merge(sum, &rollup))
                    .or_insert(rollup);
            }
            other => {
                if !rest.iter_mut().any(|one| add(one, &other)) {
                    rest.push(other);
                }
            }
        }
    }
    rest.extend(rollups.into_values().map(Record::Rollup));
    *records = rest;
}

fn merge(sum: &mut Rollup, more: &Rollup) {
    sum.minute_s = sum.minute_s.max(more.minute_s);
    sum.count += more.count;
    sum.failed += more.failed;
    sum.handled += more.handled;
    sum.duration_sum_us += more.duration_sum_us;
    sum.duration_max_us = sum.duration_max_us.max(more.duration_max_us);
    sum.durations.merge(&more.durations);
}

fn empty(origin: &Origin) -> Batch {
    Batch { origin: origin.clone(), closed_us: 0, names: Names::default(), records: Vec::new() }
}

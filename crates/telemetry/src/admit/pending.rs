//! What waits to be a block: one batch for each class, of one workload.

use crate::block::Class;
use crate::model::{Batch, Level, Names, Origin, Record};

/// As many records as make names and compression worth their while, and no more than a glance of loss.
const FULL_RECORDS: usize = 512;
/// Text and bodies in one batch; a block of it is far below the spool's segment.
const FULL_BYTES: usize = 1 << 20;

#[derive(Debug)]
pub struct Pending {
    origin: Origin,
    batches: [Batch; 4],
    bytes: [usize; 4],
}

impl Pending {
    pub fn new(origin: Origin) -> Self {
        let batches = Class::ALL.map(|_| empty(&origin));
        Self { origin, batches, bytes: [0; 4] }
    }

    pub fn origin(&self) -> &Origin {
        &self.origin
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
        self.of(Class::Essential).records.push(record);
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
    pub fn restore(&mut self, class: Class, batch: Batch) {
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

fn empty(origin: &Origin) -> Batch {
    Batch { origin: origin.clone(), closed_us: 0, names: Names::default(), records: Vec::new() }
}

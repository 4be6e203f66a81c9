//! Counts the bytes of a fetch and raises the interrupt flag beyond the limit.
//!
//! gix reports received pack bytes to a progress tree; this one keeps a single number. The flag is the same one that the
//! time-out raises, so whoever reads it afterwards asks the meter which of the two it was.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use gix::utils::progress::prodash::messages::MessageLevel;
use gix::utils::progress::{Id, Step, StepShared, UNKNOWN, Unit};
use gix::{Count, NestedProgress, Progress};

/// The id under which gix reports the bytes of the received pack.
const PACK_BYTES: Id = *b"BWRB";

#[derive(Clone)]
pub(super) struct Meter {
    id: Id,
    steps: StepShared,
    bytes: Arc<AtomicUsize>,
    limit: usize,
    interrupt: Arc<AtomicBool>,
}

impl Meter {
    pub(super) fn new(limit: u64, interrupt: Arc<AtomicBool>) -> Self {
        Self {
            id: UNKNOWN,
            steps: Arc::default(),
            bytes: Arc::default(),
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            interrupt,
        }
    }

    pub(super) fn exceeded(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) > self.limit
    }

    fn child(&self, id: Id) -> Self {
        Self { id, steps: Arc::default(), ..self.clone() }
    }
}

impl Count for Meter {
    fn set(&self, step: Step) {
        self.steps.store(step, Ordering::Relaxed);
    }

    fn step(&self) -> Step {
        self.steps.load(Ordering::Relaxed)
    }

    fn inc_by(&self, step: Step) {
        self.steps.fetch_add(step, Ordering::Relaxed);
        if self.id == PACK_BYTES {
            let before = self.bytes.fetch_add(step, Ordering::Relaxed);
            if before.saturating_add(step) > self.limit {
                self.interrupt.store(true, Ordering::Relaxed);
            }
        }
    }

    fn counter(&self) -> StepShared {
        self.steps.clone()
    }
}

impl Progress for Meter {
    fn init(&mut self, _max: Option<Step>, _unit: Option<Unit>) {}
    fn set_name(&mut self, _name: String) {}
    fn name(&self) -> Option<String> {
        None
    }
    fn id(&self) -> Id {
        self.id
    }
    fn message(&self, _level: MessageLevel, _message: String) {}
}

impl NestedProgress for Meter {
    type SubProgress = Self;

    fn add_child(&mut self, _name: impl Into<String>) -> Self {
        self.child(UNKNOWN)
    }

    fn add_child_with_id(&mut self, _name: impl Into<String>, id: Id) -> Self {
        self.child(id)
    }
}

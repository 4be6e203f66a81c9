//! What both ends of the codec remember, so that only the unexpected is written.
//!
//! Encoder and decoder make the same guesses from what went before in the block: the node after this one is the node that came
//! after it last time, a route's version is the one it had, an id lies near the one before. A right guess costs a zero, and runs
//! of zeros cost nothing once compressed.

use crate::id::MessageId;
use crate::model::{Name, Step};

/// What a route said the last time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Shape {
    pub(super) structure: u64,
    pub(super) from: Option<Name>,
    pub(super) attributes: Vec<Name>,
    pub(super) weight_milli: u32,
}

pub(super) struct Memory {
    pub(super) id: MessageId,
    pub(super) prefix: Name,
    pub(super) count: u64,
    pub(super) log_us: u64,
    pub(super) minute_s: u64,
    shapes: Vec<Shape>,
    /// Route and node.
    next: Vec<(Name, Name)>,
    detail: Vec<Option<Name>>,
}

impl Memory {
    pub(super) fn new(names: usize, id: MessageId) -> Self {
        Self {
            id,
            prefix: Name::OTHER,
            count: 0,
            log_us: id.started_us,
            minute_s: id.started_us / 1_000_000,
            shapes: vec![Shape::default(); names],
            next: vec![(Name::OTHER, Name::OTHER); names],
            detail: vec![None; names],
        }
    }

    /// Names are checked against the table before they come here.
    pub(super) fn shape(&mut self, route: Name) -> &mut Shape {
        &mut self.shapes[route.0 as usize]
    }

    pub(super) fn next(&mut self, after: Name) -> &mut (Name, Name) {
        &mut self.next[after.0 as usize]
    }

    pub(super) fn detail(&mut self, node: Name) -> &mut Option<Name> {
        &mut self.detail[node.0 as usize]
    }
}

/// When a step probably begins: with its parent, or when the step before it ended.
pub(super) fn expected_start(step_parent: u32, before: &Step) -> u64 {
    if step_parent == before.sequence {
        before.start_us
    } else {
        before.start_us.wrapping_add(before.duration_us)
    }
}

/// What stands before the first step.
pub(super) fn before_first(route: Name) -> Step {
    Step {
        sequence: 0,
        parent: 0,
        iteration: 0,
        route,
        node: route,
        start_us: 0,
        duration_us: 0,
        flags: crate::model::StepFlags(0),
        redelivery: 0,
        detail: None,
    }
}

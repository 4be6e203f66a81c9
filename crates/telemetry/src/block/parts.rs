//! Which optional parts a record has, as bits of one number.

use crate::model::{Log, Message, Outcome, Step, StepFlags};

pub(super) const FAILED_NODE: u64 = 1 << 2;
pub(super) const FAILED_STEP: u64 = 1 << 3;
pub(super) const FAULT: u64 = 1 << 4;
pub(super) const BREADCRUMB: u64 = 1 << 5;
pub(super) const TRACE: u64 = 1 << 6;
pub(super) const PARENT: u64 = 1 << 7;
pub(super) const REPLAY: u64 = 1 << 8;
const ALL: u64 = (1 << 9) - 1;

pub(super) fn of_message(message: &Message) -> u64 {
    let bit = |is: bool, bit: u64| if is { bit } else { 0 };
    message.outcome as u64
        | bit(message.failed_node.is_some(), FAILED_NODE)
        | bit(message.failed_step.is_some(), FAILED_STEP)
        | bit(message.fault.is_some(), FAULT)
        | bit(message.correlation.breadcrumb.is_some(), BREADCRUMB)
        | bit(message.correlation.trace.is_some(), TRACE)
        | bit(message.correlation.parent.is_some(), PARENT)
        | bit(message.replay_of.is_some(), REPLAY)
}

/// None if there is a bit that version 1 does not know.
pub(super) fn outcome(parts: u64) -> Option<Outcome> {
    let known = parts <= ALL;
    Outcome::ALL.get(usize::try_from(parts & 3).ok()?).copied().filter(|_| known)
}

/// The lowest bit says that a count of redeliveries follows.
pub(super) fn of_step(step: &Step) -> u64 {
    (u64::from(step.flags.0) << 1) | u64::from(step.redelivery > 0)
}

pub(super) fn step_flags(parts: u64) -> Option<(StepFlags, bool)> {
    Some((StepFlags(u32::try_from(parts >> 1).ok()?), parts & 1 == 1))
}

/// Level, source, and whether a message's id follows.
pub(super) fn of_log(log: &Log) -> u64 {
    log.level as u64 | ((log.source as u64) << 3) | (u64::from(log.message.is_some()) << 5)
}

//! The steps of one message as bytes of their own, for a row in a table.
//!
//! A block packs steps in columns over many messages; a row stands alone. One byte says which fields are as expected, and only the
//! others follow, so that a step costs five or six bytes. The numbers of names are the caller's: those of a batch, or those of its
//! own dictionary.
//!
//! ```text
//! u8 version  varint steps  ( u8 expected  [varint ..] )*
//! ```

use super::memory::{before_first, expected_start};
use super::varint;
use crate::model::{Name, Step, StepFlags};

const VERSION: u8 = 1;
/// A hostile row must not cost more than this: a message of more steps is cut long before.
pub const MAX_STEPS: usize = 250_000;

const SEQUENCE: u8 = 1;
const PARENT: u8 = 1 << 1;
const ITERATION: u8 = 1 << 2;
const START: u8 = 1 << 3;
const FLAGS: u8 = 1 << 4;
const REDELIVERY: u8 = 1 << 5;
const DETAIL: u8 = 1 << 6;
const KNOWN: u8 = (1 << 7) - 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the packed steps are damaged")]
pub struct BadSteps;

/// `name` maps a name of the batch to the caller's number.
pub fn pack(steps: &[Step], name: impl Fn(Name) -> u32, out: &mut Vec<u8>) {
    out.push(VERSION);
    varint::put(out, steps.len() as u64);
    let mut before = before_first(Name::OTHER);
    for step in steps {
        let head = out.len();
        out.push(0);
        varint::put(out, u64::from(name(step.node)));
        varint::put(out, step.duration_us);
        let mut changed = 0;
        let mut put = |bit: u8, is: u64, expected: u64| {
            if is != expected {
                changed |= bit;
                varint::put(out, varint::fold(is.wrapping_sub(expected).cast_signed()));
            }
        };
        put(SEQUENCE, u64::from(step.sequence), u64::from(before.sequence) + 1);
        put(PARENT, u64::from(step.parent), u64::from(before.parent));
        put(ITERATION, u64::from(step.iteration), u64::from(before.iteration));
        put(START, step.start_us, expected_start(step.parent, &before));
        put(FLAGS, u64::from(step.flags.0), 0);
        put(REDELIVERY, u64::from(step.redelivery), 0);
        put(DETAIL, step.detail.map_or(0, |detail| u64::from(name(detail)) + 1), 0);
        out[head] = changed;
        before = *step;
    }
}

/// The names of the steps are the numbers that were packed.
pub fn unpack(bytes: &[u8]) -> Result<Vec<Step>, BadSteps> {
    let mut steps = Vec::new();
    each(bytes, |step| steps.push(step))?;
    Ok(steps)
}

/// Visits each step without keeping it: what a count over many rows needs.
pub fn each(bytes: &[u8], mut visit: impl FnMut(Step)) -> Result<(), BadSteps> {
    let (&version, mut rest) = bytes.split_first().ok_or(BadSteps)?;
    if version != VERSION {
        return Err(BadSteps);
    }
    let number = |rest: &mut &[u8]| {
        let (number, after) = varint::take(rest).ok_or(BadSteps)?;
        *rest = after;
        Ok(number)
    };
    let count = number(&mut rest)?;
    if count > MAX_STEPS as u64 {
        return Err(BadSteps);
    }
    let mut before = before_first(Name::OTHER);
    for _ in 0..count {
        let (&changed, after) = rest.split_first().ok_or(BadSteps)?;
        rest = after;
        if changed > KNOWN {
            return Err(BadSteps);
        }
        let node = small(number(&mut rest)?)?;
        let duration_us = number(&mut rest)?;
        let mut field = |bit: u8, expected: u64| {
            if changed & bit == 0 {
                return Ok(expected);
            }
            let off = varint::unfold(number(&mut rest)?);
            Ok(expected.wrapping_add(off.cast_unsigned()))
        };
        let sequence = small(field(SEQUENCE, u64::from(before.sequence) + 1)?)?;
        let parent = small(field(PARENT, u64::from(before.parent))?)?;
        let iteration = small(field(ITERATION, u64::from(before.iteration))?)?;
        let start_us = field(START, expected_start(parent, &before))?;
        let flags = StepFlags(small(field(FLAGS, 0)?)?);
        let redelivery = small(field(REDELIVERY, 0)?)?;
        let detail = field(DETAIL, 0)?.checked_sub(1).map(small).transpose()?.map(Name);
        before = Step {
            sequence,
            parent,
            iteration,
            node: Name(node),
            start_us,
            duration_us,
            flags,
            redelivery,
            detail,
        };
        visit(before);
    }
    if rest.is_empty() { Ok(()) } else { Err(BadSteps) }
}

fn small(number: u64) -> Result<u32, BadSteps> {
    u32::try_from(number).map_err(|_| BadSteps)
}

//! Steps as bytes: where a message went apart from how long it took.
//!
//! ```text
//! path   for each step: what differs from the step before, its node              a text of `telemetry_name` when many went that way
//! times  for each step: when it began, told from when it should, and how long it took
//! ```
//! Messages of a route go few ways, so the path is usually a number and a step costs three bytes. A path that hardly anybody went
//! stands in the row. What a step says of itself alone (a status that came back) stands beside.

use telemetry::model::{Name, Step, StepFlags};

use super::Damaged;
use super::bytes::{Reader, Writer};
use crate::telemetry::NameId;

#[derive(Clone, Debug, PartialEq)]
pub struct PackedStep {
    pub sequence: u32,
    pub parent: u32,
    pub iteration: u32,
    /// The route that the node is of; none for the message's own.
    pub route: Option<NameId>,
    pub node: NameId,
    pub start_us: u64,
    pub duration_us: u64,
    pub flags: StepFlags,
    pub redelivery: u32,
    pub detail: Option<String>,
}

/// What differs from the step before.
mod differs {
    pub(super) const SEQUENCE: u8 = 1;
    pub(super) const PARENT: u8 = 1 << 1;
    pub(super) const ITERATION: u8 = 1 << 2;
    pub(super) const FLAGS: u8 = 1 << 3;
    pub(super) const REDELIVERY: u8 = 1 << 4;
    /// The route; that of the first step is told from the message's.
    pub(super) const ROUTE: u8 = 1 << 5;
    pub(super) const KNOWN: u8 = (1 << 6) - 1;
}

/// The way through the nodes. `name` gives the number that a name has in the path; routes and nodes are numbered apart.
pub(in crate::telemetry) fn put_path(
    out: &mut Writer,
    of_route: Name,
    steps: &[Step],
    route: impl Fn(Name) -> NameId,
    node: impl Fn(Name) -> NameId,
) {
    let (mut sequence, mut parent, mut iteration, mut route_before) = (0_u32, 0, 0, of_route);
    for step in steps {
        let mut head = 0;
        let mut mark = |bit: u8, differs: bool| head |= if differs { bit } else { 0 };
        mark(differs::SEQUENCE, step.sequence != sequence.wrapping_add(1));
        mark(differs::PARENT, step.parent != parent);
        mark(differs::ITERATION, step.iteration != iteration);
        mark(differs::FLAGS, step.flags != StepFlags(0));
        mark(differs::REDELIVERY, step.redelivery != 0);
        mark(differs::ROUTE, step.route != route_before);
        out.0.push(head);
        for (bit, number) in [
            (differs::SEQUENCE, step.sequence),
            (differs::PARENT, step.parent),
            (differs::ITERATION, step.iteration),
            (differs::FLAGS, step.flags.0),
            (differs::REDELIVERY, step.redelivery),
        ] {
            if head & bit != 0 {
                out.number(u64::from(number));
            }
        }
        if head & differs::ROUTE != 0 {
            out.name((step.route != of_route).then(|| route(step.route)));
        }
        out.id_of(node(step.node));
        (sequence, parent, iteration, route_before) =
            (step.sequence, step.parent, step.iteration, step.route);
    }
}

/// When each step began and how long it took.
pub(super) fn put_times(out: &mut Writer, steps: &[Step]) {
    let mut before = Before::default();
    for step in steps {
        let expected = before.end(step.parent);
        out.signed(step.start_us.wrapping_sub(expected).cast_signed());
        out.number(step.duration_us);
        before.sequence = step.sequence;
        (before.start_us, before.duration_us) = (step.start_us, step.duration_us);
    }
}

/// What steps say of themselves: their places, and a text each.
pub(super) fn put_details<'n>(out: &mut Writer, steps: &[Step], text: impl Fn(Name) -> &'n str) {
    let details = || steps.iter().enumerate().filter_map(|(at, step)| Some((at, step.detail?)));
    out.number(details().count() as u64);
    let mut next = 0;
    for (at, detail) in details() {
        out.number((at - next) as u64);
        out.text(text(detail));
        next = at + 1;
    }
}

/// What a step repeats or counts on.
#[derive(Default)]
struct Before {
    sequence: u32,
    parent: u32,
    iteration: u32,
    route: Option<NameId>,
    start_us: u64,
    duration_us: u64,
}

impl Before {
    /// When the next step should begin: with its parent, or when this one ended.
    fn end(&self, parent: u32) -> u64 {
        if parent == self.sequence {
            self.start_us
        } else {
            self.start_us.wrapping_add(self.duration_us)
        }
    }
}

/// `most` of `kept` steps after the first `skip`. Others are read over and not kept: a message of a hundred thousand is paged.
pub(super) fn take(
    details: &mut Reader<'_>,
    mut path: Reader<'_>,
    mut times: Reader<'_>,
    kept: u64,
    skip: usize,
    most: usize,
) -> Result<Vec<PackedStep>, Damaged> {
    let mut marked = details.number()?;
    let mut next_mark = if marked > 0 { details.number()? } else { u64::MAX };
    let (mut steps, mut before) = (Vec::new(), Before::default());
    for at in 0..kept {
        if steps.len() >= most {
            break;
        }
        let mut step = take_step(&mut path, &mut times, &mut before)?;
        if at == next_mark {
            step.detail = Some(details.text()?);
            marked -= 1;
            next_mark = if marked > 0 { at + 1 + details.number()? } else { u64::MAX };
        }
        if at >= skip as u64 {
            steps.push(step);
        }
    }
    Ok(steps)
}

fn take_step(
    path: &mut Reader<'_>,
    times: &mut Reader<'_>,
    before: &mut Before,
) -> Result<PackedStep, Damaged> {
    let head = path.byte()?;
    if head > differs::KNOWN {
        return Err(Damaged::Wrong);
    }
    let mut field = |bit: u8, same: u32| if head & bit != 0 { path.small() } else { Ok(same) };
    let sequence = field(differs::SEQUENCE, before.sequence.wrapping_add(1))?;
    let parent = field(differs::PARENT, before.parent)?;
    let iteration = field(differs::ITERATION, before.iteration)?;
    let flags = StepFlags(field(differs::FLAGS, 0)?);
    let redelivery = field(differs::REDELIVERY, 0)?;
    let route = if head & differs::ROUTE != 0 { path.name()? } else { before.route };
    let node = path.id_of()?;
    let start_us = before.end(parent).wrapping_add(times.signed()?.cast_unsigned());
    let duration_us = times.number()?;
    *before = Before { sequence, parent, iteration, route, start_us, duration_us };
    Ok(PackedStep {
        sequence,
        parent,
        iteration,
        route,
        node,
        start_us,
        duration_us,
        flags,
        redelivery,
        detail: None,
    })
}

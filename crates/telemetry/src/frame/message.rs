//! One finished exchange with its steps, as the tracer encodes it once.
//!
//! Steps stand in the order of their start within each branch, a parent always before its children; children
//! of a split or multicast follow the step that made them, one iteration after the other, even where they ran
//! side by side. The step of a route (`from`) lasts as long as the route and holds its nodes, so a
//! call through `direct:` is a step within a step. A redelivery is one more step of the same node.

use std::sync::Arc;

use super::dictionary::{Dictionary, Interner};
use super::error_report::ErrorReport;
use super::payload::Payload;
use super::structure::{NodeNumber, RouteNumber};
use super::wire::{Malformed, Reader, Writer};

/// What the tracer keeps of one message; `steps_total` counts on.
pub(super) const STEPS_MAX: usize = 10_000;
const ATTRIBUTES_MAX: usize = 64;
const PAYLOADS_MAX: usize = 16;
/// 256 KiB of the shortest message.
pub(super) const MESSAGES_MAX: usize = 16_384;

/// Weights are sent in thousandths, so that a rate of 0.3 stays exact enough.
const WEIGHT_UNIT: f64 = 1000.0;

#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub flags: MessageFlags,
    /// Counts the messages of one tracer instance from 1.
    pub counter: u64,
    pub start_us: u64,
    pub duration_us: u64,
    pub route: RouteNumber,
    pub outcome: Outcome,
    /// How many messages this one stands for, at least 1.
    pub weight: f64,
    pub exchange_id: Arc<str>,
    pub trace: Trace,
    pub parent: Option<Parent>,
    pub breadcrumb: Arc<str>,
    pub error: Option<ErrorReport>,
    pub attributes: Vec<(Arc<str>, String)>,
    /// How many steps there were, sent or not.
    pub steps_total: u64,
    pub steps: Vec<Step>,
    pub payloads: Vec<Payload>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessageFlags(pub u64);

impl MessageFlags {
    /// More steps than were sent.
    pub const TRUNCATED: Self = Self(1);
    /// Payloads were dropped because the ring was too full for them.
    pub const PAYLOADS_DROPPED: Self = Self(1 << 1);
    /// Part of it still ran when it was finished.
    pub const UNFINISHED: Self = Self(1 << 2);
    /// Went to a dead letter endpoint.
    pub const DEAD_LETTER: Self = Self(1 << 3);
    /// Kept because it failed, was handled or was slow, not because sampling chose it.
    pub const KEPT: Self = Self(1 << 4);
    /// A node was tried again.
    pub const REDELIVERED: Self = Self(1 << 5);
    /// Sampling was reduced by the self-governor when it ran.
    pub const GOVERNED: Self = Self(1 << 6);

    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Completed,
    /// An error that onException, a dead letter channel or doCatch dealt with.
    Handled,
    Failed,
}

/// The W3C trace it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trace {
    /// It began one, whose id is made of instance and counter (see the protocol).
    Own,
    /// It belongs to one that came with it; `parent_span` is 0 within one process.
    Given { id: u128, parent_span: u64 },
}

/// The message of the same tracer instance that made this one (wireTap, seda, aggregate).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parent {
    pub counter: u64,
    /// Place of its step, where that is known.
    pub step: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub node: NodeNumber,
    pub flags: StepFlags,
    /// Place of the step that it runs within.
    pub parent: Option<u32>,
    /// Since the start of the message.
    pub offset_us: u64,
    pub duration_us: u64,
    /// Which child of a split, multicast or loop, from 0.
    pub iteration: Option<u32>,
    /// 1 for the first attempt after a failure.
    pub redelivery: u32,
    /// The endpoint a dynamic send went to, an answer's status, the number of children.
    pub detail: Arc<str>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepFlags(pub u8);

impl StepFlags {
    pub const FAILED: Self = Self(1);
    /// Camel was told that the answer comes later; also seen for plain calls.
    pub const ASYNC: Self = Self(1 << 1);
    /// It had no end when the message was finished; `duration_us` is what was seen of it.
    pub const UNFINISHED: Self = Self(1 << 2);
    /// The first step of a message or child that ran on a thread of its own.
    pub const OTHER_THREAD: Self = Self(1 << 3);
    /// A filter or an idempotent consumer let nothing through.
    pub const FILTERED: Self = Self(1 << 7);
    const ITERATION: u8 = 1 << 4;
    const REDELIVERY: u8 = 1 << 5;
    const DETAIL: u8 = 1 << 6;
    const ON_WIRE_ONLY: u8 = Self::ITERATION | Self::REDELIVERY | Self::DETAIL;

    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl Message {
    pub(super) fn decode(r: &mut Reader<'_>, words: &Dictionary) -> Result<Self, Malformed> {
        let flags = MessageFlags(r.varint("message flags")?);
        let counter = r.varint("counter")?;
        let start_us = r.varint("start")?;
        let duration_us = r.varint("duration")?;
        let route = RouteNumber(r.number("route")?);
        let outcome = match r.byte("outcome")? {
            1 => Outcome::Completed,
            2 => Outcome::Handled,
            3 => Outcome::Failed,
            other => return Err(r.out_of_range("outcome", other.into())),
        };
        let weight = (f64::from(r.number("weight")?) / WEIGHT_UNIT).max(1.0);
        let exchange_id = exchange_id(r, words)?;
        let trace = match r.byte("trace")? {
            0 => Trace::Own,
            1 => Trace::Given {
                id: u128::from_be_bytes(r.array("trace id")?),
                parent_span: u64::from_be_bytes(r.array("parent span")?),
            },
            other => return Err(r.out_of_range("trace", other.into())),
        };
        let parent = match r.varint("parent")? {
            0 => None,
            counter => Some(Parent { counter, step: r.number("parent step")?.checked_sub(1) }),
        };
        let breadcrumb = r.word(words, "breadcrumb")?;
        let error = match r.byte("error")? {
            0 => None,
            _ => Some(r.part("error", |r| ErrorReport::decode(r, words))?),
        };
        let attributes = r.many(ATTRIBUTES_MAX, "attributes", |r| {
            Ok((r.word(words, "attribute")?, r.text("attribute value")?))
        })?;
        let steps_total = r.varint("steps in all")?;
        let steps = decode_steps(r, words)?;
        let payloads =
            r.many(PAYLOADS_MAX, "payloads", |r| r.part("payload", |r| Payload::decode(r, words)))?;
        Ok(Self {
            flags,
            counter,
            start_us,
            duration_us,
            route,
            outcome,
            weight,
            exchange_id,
            trace,
            parent,
            breadcrumb,
            error,
            attributes,
            steps_total,
            steps,
            payloads,
        })
    }

    pub(super) fn encode(&self, w: &mut Writer<'_>, words: &mut Interner) {
        w.varint(self.flags.0);
        w.varint(self.counter);
        w.varint(self.start_us);
        w.varint(self.duration_us);
        w.varint(self.route.0.into());
        w.byte(match self.outcome {
            Outcome::Completed => 1,
            Outcome::Handled => 2,
            Outcome::Failed => 3,
        });
        w.varint(thousandths(self.weight));
        // The split form is the tracer's business; a whole id is as valid.
        w.varint(0);
        w.text(&self.exchange_id);
        match self.trace {
            Trace::Own => w.byte(0),
            Trace::Given { id, parent_span } => {
                w.byte(1);
                w.bytes(&id.to_be_bytes());
                w.bytes(&parent_span.to_be_bytes());
            }
        }
        match self.parent {
            None => w.varint(0),
            Some(parent) => {
                w.varint(parent.counter);
                w.varint(parent.step.map_or(0, |step| u64::from(step) + 1));
            }
        }
        w.varint(u64::from(!self.breadcrumb.is_empty()));
        if !self.breadcrumb.is_empty() {
            w.text(&self.breadcrumb); // each message has its own: no word of a dictionary
        }
        w.byte(self.error.is_some().into());
        if let Some(error) = &self.error {
            w.part(|w| error.encode(w, words));
        }
        w.count(self.attributes.len());
        for (name, value) in &self.attributes {
            w.word(words, name);
            w.text(value);
        }
        w.varint(self.steps_total);
        self.encode_steps(w, words);
        w.count(self.payloads.len());
        for payload in &self.payloads {
            w.part(|w| payload.encode(w, words));
        }
    }

    fn encode_steps(&self, w: &mut Writer<'_>, words: &mut Interner) {
        w.count(self.steps.len());
        let mut before_us = 0_u64;
        for (place, step) in (0_u64..).zip(&self.steps) {
            let mut flags = step.flags.0 & !StepFlags::ON_WIRE_ONLY;
            flags |= if step.iteration.is_some() { StepFlags::ITERATION } else { 0 };
            flags |= if step.redelivery > 0 { StepFlags::REDELIVERY } else { 0 };
            flags |= if step.detail.is_empty() { 0 } else { StepFlags::DETAIL };
            w.byte(flags);
            w.varint(step.node.0.into());
            w.varint(step.parent.map_or(0, |parent| place.saturating_sub(parent.into())));
            w.zigzag(step.offset_us.wrapping_sub(before_us).cast_signed());
            before_us = step.offset_us;
            w.varint(step.duration_us);
            if let Some(iteration) = step.iteration {
                w.varint(iteration.into());
            }
            if step.redelivery > 0 {
                w.varint(step.redelivery.into());
            }
            if !step.detail.is_empty() {
                w.word(words, &step.detail);
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
fn thousandths(weight: f64) -> u64 {
    (weight.clamp(1.0, 1e6) * WEIGHT_UNIT).round() as u64
}

/// 0 and the whole id, or n + 1 for the entry of its front and the number that it ends with in 16 hex digits.
fn exchange_id(r: &mut Reader<'_>, words: &Dictionary) -> Result<Arc<str>, Malformed> {
    match r.shared_or_text(words, "exchange id")? {
        (front, true) => {
            let number = r.varint("exchange id")?;
            Ok(format!("{front}{number:016X}").into())
        }
        (whole, false) => Ok(whole),
    }
}

fn decode_steps(r: &mut Reader<'_>, words: &Dictionary) -> Result<Vec<Step>, Malformed> {
    let (mut place, mut before_us) = (0_u32, 0_u64);
    r.many(STEPS_MAX, "steps", |r| {
        let flags = r.byte("step flags")?;
        let node = NodeNumber(r.number("step node")?);
        let back = r.number("step parent")?;
        let parent = match back {
            0 => None,
            back => match place.checked_sub(back) {
                Some(parent) => Some(parent),
                None => return Err(r.out_of_range("step parent", back.into())),
            },
        };
        let offset_us = before_us.wrapping_add(r.zigzag("step start")?.cast_unsigned());
        before_us = offset_us;
        let duration_us = r.varint("step duration")?;
        let has = |flag: u8| flags & flag != 0;
        let iteration = if has(StepFlags::ITERATION) { Some(r.number("iteration")?) } else { None };
        let redelivery = if has(StepFlags::REDELIVERY) { r.number("redelivery")? } else { 0 };
        let detail = if has(StepFlags::DETAIL) { r.word(words, "detail")? } else { "".into() };
        place += 1;
        let flags = StepFlags(flags & !StepFlags::ON_WIRE_ONLY);
        Ok(Step { node, flags, parent, offset_us, duration_us, iteration, redelivery, detail })
    })
}

//! The part of a message that is never searched, in one value: steps, correlation, fault, attributes.
//!
//! ```text
//! exchange, from, structure, weight, failed step, correlation, attributes, fault, replay, totals, steps
//! ```
//! Numbers are varints; names are numbers of `telemetry_name`. A step says only what differs from the step before it:
//! its sequence counts on, its parent and iteration repeat, its start is told from the one before. That is about seven
//! bytes. Texts that belong to one message alone (a status, a stack trace) stand in it. Version 1 did not say
//! which route a step's node is of. A newer version is refused, and a
//! damaged value is an error, never a panic: every length is checked against what is left.

use telemetry::id::MessageId;
use telemetry::model::{
    CamelId, Header, HeaderValue, Message, Name, Parent, Step, StepFlags, Trace,
};

use super::NameId;
use super::name::Kind;

const VERSION: u8 = 2;
const OLDEST: u8 = 1;
const HEADERS_VERSION: u8 = 1;

/// More steps than a message of ours can hold; a reader reserves no more before it has seen them.
const MOST_AT_ONCE: usize = 1_024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damaged {
    #[error("a message is packed by version {0}, this one reads {VERSION}")]
    Newer(u8),
    #[error("a packed message ends too early")]
    Short,
    #[error("a packed message holds what it cannot hold")]
    Wrong,
}

/// Hashes and random numbers that many messages share, in hexadecimal as names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The route's structure.
    pub structure: NameId,
    /// The first half of the ids of traces that begin in this run of the tracer.
    pub trace_base: NameId,
}

/// What was packed, with names as the database's numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    pub exchange: Exchange,
    pub from: Option<NameId>,
    pub run: Run,
    /// How many messages this one stands for, in thousandths.
    pub weight_milli: u32,
    pub failed_step: Option<u32>,
    pub breadcrumb: Option<String>,
    pub trace: Option<Trace>,
    pub parent: Option<Parent>,
    pub attributes: Vec<(NameId, String)>,
    pub fault: Option<Fault>,
    pub replay_of: Option<MessageId>,
    /// What the workload's clock said, when the row is stored under the time of receipt.
    pub claimed_start_us: Option<u64>,
    pub steps_total: u32,
    pub steps: Vec<PackedStep>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Exchange {
    Counted { prefix: NameId, count: u64 },
    Text(String),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    pub message: String,
    /// What the route saw, when the root cause came wrapped.
    pub outer_class: Option<NameId>,
    pub outer_message: Option<String>,
    pub stack: Option<String>,
}

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
    pub(super) const DETAIL: u8 = 1 << 5;
    /// The start is before that of the step before.
    pub(super) const BACKWARDS: u8 = 1 << 6;
    /// The route; that of the first step is told from the message's.
    pub(super) const ROUTE: u8 = 1 << 7;
}

/// `number` gives a name's number in the database, `text` its text.
pub fn pack<'n>(
    message: &Message,
    run: Run,
    claimed_start_us: Option<u64>,
    number: impl Fn(Kind, Name) -> NameId,
    text: impl Fn(Name) -> &'n str,
) -> Vec<u8> {
    let mut out = Writer(Vec::with_capacity(48 + message.steps.len() * 8));
    out.0.push(VERSION);
    match &message.exchange {
        CamelId::Counted { prefix, count } => {
            out.number(u64::from(number(Kind::Other, *prefix).0.unsigned_abs()) + 1);
            out.number(*count);
        }
        CamelId::Text(id) => {
            out.number(0);
            out.text(id);
        }
    }
    out.name(message.from.map(|from| number(Kind::Other, from)));
    out.number(u64::from(run.structure.0.unsigned_abs()));
    out.number(u64::from(run.trace_base.0.unsigned_abs()));
    out.number(u64::from(message.weight_milli));
    out.number(message.failed_step.map_or(0, |step| u64::from(step) + 1));
    out.maybe(message.correlation.breadcrumb.as_deref());
    match message.correlation.trace {
        None => out.0.push(0),
        Some(Trace { id, caller_span }) => {
            out.0.push(1);
            out.0.extend_from_slice(&id.to_be_bytes());
            out.0.extend_from_slice(&caller_span.to_be_bytes());
        }
    }
    match message.correlation.parent {
        None => out.0.push(0),
        Some(Parent { count, step }) => {
            out.0.push(1);
            out.number(u64::from(count));
            out.number(u64::from(step));
        }
    }
    out.id(message.replay_of);
    out.number(claimed_start_us.map_or(0, |us| us.saturating_add(1)));
    out.number(message.attributes.len() as u64);
    for (name, value) in &message.attributes {
        out.number(u64::from(number(Kind::Attribute, *name).0.unsigned_abs()));
        out.text(value);
    }
    match &message.fault {
        None => out.0.push(0),
        Some(fault) => {
            out.0.push(1);
            out.text(&fault.message);
            out.name(fault.outer_class.map(|class| number(Kind::Class, class)));
            out.maybe(fault.outer_message.as_deref());
            out.maybe(fault.stack.map(&text));
        }
    }
    out.number(u64::from(message.steps_total));
    out.number(message.steps.len() as u64);
    let mut before = Step {
        sequence: 0,
        parent: 0,
        iteration: 0,
        route: message.route,
        node: Name::OTHER,
        start_us: 0,
        duration_us: 0,
        flags: StepFlags(0),
        redelivery: 0,
        detail: None,
    };
    for step in &message.steps {
        let route = (step.route != before.route)
            .then(|| (step.route != message.route).then(|| number(Kind::Route, step.route)));
        let node = number(Kind::Node, step.node);
        out.step(&before, step, route, node, step.detail.map(&text));
        before = *step;
    }
    out.0
}

pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    #[expect(clippy::cast_possible_truncation, reason = "the low seven bits are what is meant")]
    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Length plus one, so that none and empty differ.
    pub(super) fn maybe(&mut self, text: Option<&str>) {
        match text {
            None => self.number(0),
            Some(text) => {
                self.number(text.len() as u64 + 1);
                self.0.extend_from_slice(text.as_bytes());
            }
        }
    }

    fn name(&mut self, name: Option<NameId>) {
        self.number(name.map_or(0, |name| u64::from(name.0.unsigned_abs()) + 1));
    }

    fn id(&mut self, id: Option<MessageId>) {
        match id {
            None => self.number(0),
            Some(id) => {
                self.number(id.started_us.saturating_add(1));
                self.number(id.low());
            }
        }
    }

    /// `route`, if it is another than before: none for the message's own.
    fn step(
        &mut self,
        before: &Step,
        step: &Step,
        route: Option<Option<NameId>>,
        node: NameId,
        detail: Option<&str>,
    ) {
        let mut head = 0;
        let mut mark = |bit: u8, differs: bool| {
            if differs {
                head |= bit;
            }
        };
        mark(differs::SEQUENCE, step.sequence != before.sequence.wrapping_add(1));
        mark(differs::PARENT, step.parent != before.parent);
        mark(differs::ITERATION, step.iteration != before.iteration);
        mark(differs::FLAGS, step.flags != StepFlags(0));
        mark(differs::REDELIVERY, step.redelivery != 0);
        mark(differs::DETAIL, detail.is_some());
        mark(differs::BACKWARDS, step.start_us < before.start_us);
        mark(differs::ROUTE, route.is_some());
        self.0.push(head);
        if head & differs::SEQUENCE != 0 {
            self.number(u64::from(step.sequence));
        }
        if head & differs::PARENT != 0 {
            self.number(u64::from(step.parent));
        }
        if head & differs::ITERATION != 0 {
            self.number(u64::from(step.iteration));
        }
        if let Some(route) = route {
            self.name(route);
        }
        self.number(u64::from(node.0.unsigned_abs()));
        self.number(step.start_us.abs_diff(before.start_us));
        self.number(step.duration_us);
        if head & differs::FLAGS != 0 {
            self.number(u64::from(step.flags.0));
        }
        if head & differs::REDELIVERY != 0 {
            self.number(u64::from(step.redelivery));
        }
        if let Some(detail) = detail {
            self.text(detail);
        }
    }
}

/// Reads all of it, or as many steps as `most` and not before `skip`: a message of a hundred thousand is paged.
pub fn unpack(bytes: &[u8], skip: usize, most: usize) -> Result<Detail, Damaged> {
    let mut from = Reader { bytes };
    match from.byte()? {
        OLDEST..=VERSION => {}
        other => return Err(Damaged::Newer(other)),
    }
    let exchange = match from.number()? {
        0 => Exchange::Text(from.text()?),
        prefix => Exchange::Counted { prefix: name(prefix - 1)?, count: from.number()? },
    };
    let mut detail = Detail {
        exchange,
        from: from.name()?,
        run: Run {
            structure: from.number().and_then(name)?,
            trace_base: from.number().and_then(name)?,
        },
        weight_milli: from.small()?,
        failed_step: from.small()?.checked_sub(1),
        breadcrumb: from.maybe()?,
        trace: match from.byte()? {
            0 => None,
            _ => Some(Trace {
                id: u128::from_be_bytes(from.fixed()?),
                caller_span: u64::from_be_bytes(from.fixed()?),
            }),
        },
        parent: match from.byte()? {
            0 => None,
            _ => Some(Parent { count: from.small()?, step: from.small()? }),
        },
        replay_of: from.id()?,
        claimed_start_us: from.number()?.checked_sub(1),
        attributes: Vec::new(),
        fault: None,
        steps_total: 0,
        steps: Vec::new(),
    };
    for _ in 0..from.number()? {
        let key = from.number()?;
        detail.attributes.push((name(key)?, from.text()?));
    }
    if from.byte()? == 1 {
        detail.fault = Some(Fault {
            message: from.text()?,
            outer_class: from.name()?,
            outer_message: from.maybe()?,
            stack: from.maybe()?,
        });
    }
    detail.steps_total = from.small()?;
    let kept = from.number()?;
    let mut before = Before::default();
    for at in 0..kept {
        let step = from.step(&mut before)?;
        let at = usize::try_from(at).map_err(|_| Damaged::Wrong)?;
        if at >= skip {
            if detail.steps.len() >= most {
                break;
            }
            if detail.steps.is_empty() {
                detail.steps.reserve(most.min(MOST_AT_ONCE));
            }
            detail.steps.push(step);
        }
    }
    Ok(detail)
}

/// What the step before said, of what a step repeats or counts on.
#[derive(Default)]
struct Before {
    sequence: u32,
    parent: u32,
    iteration: u32,
    route: Option<NameId>,
    start_us: u64,
}

fn name(number: u64) -> Result<NameId, Damaged> {
    i32::try_from(number).map(NameId).map_err(|_| Damaged::Wrong)
}

pub(super) struct Reader<'a> {
    pub(super) bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn byte(&mut self) -> Result<u8, Damaged> {
        let (first, rest) = self.bytes.split_first().ok_or(Damaged::Short)?;
        self.bytes = rest;
        Ok(*first)
    }

    pub(super) fn number(&mut self) -> Result<u64, Damaged> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Damaged::Wrong)
    }

    pub(super) fn small(&mut self) -> Result<u32, Damaged> {
        u32::try_from(self.number()?).map_err(|_| Damaged::Wrong)
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], Damaged> {
        let length = usize::try_from(length).map_err(|_| Damaged::Short)?;
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or(Damaged::Short)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Damaged> {
        self.take(N as u64)?.try_into().map_err(|_| Damaged::Short)
    }

    fn text_of(&mut self, length: u64) -> Result<String, Damaged> {
        let bytes = self.take(length)?;
        std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Damaged::Wrong)
    }

    pub(super) fn text(&mut self) -> Result<String, Damaged> {
        let length = self.number()?;
        self.text_of(length)
    }

    pub(super) fn maybe(&mut self) -> Result<Option<String>, Damaged> {
        match self.number()? {
            0 => Ok(None),
            more => self.text_of(more - 1).map(Some),
        }
    }

    fn name(&mut self) -> Result<Option<NameId>, Damaged> {
        match self.number()? {
            0 => Ok(None),
            more => name(more - 1).map(Some),
        }
    }

    fn id(&mut self) -> Result<Option<MessageId>, Damaged> {
        match self.number()? {
            0 => Ok(None),
            more => Ok(Some(MessageId::from_halves(more - 1, self.number()?))),
        }
    }

    fn step(&mut self, before: &mut Before) -> Result<PackedStep, Damaged> {
        let head = self.byte()?;
        let has = |bit: u8| head & bit != 0;
        let sequence =
            if has(differs::SEQUENCE) { self.small()? } else { before.sequence.wrapping_add(1) };
        let parent = if has(differs::PARENT) { self.small()? } else { before.parent };
        let iteration = if has(differs::ITERATION) { self.small()? } else { before.iteration };
        let route = if has(differs::ROUTE) { self.name()? } else { before.route };
        let node = self.number()?;
        let apart = self.number()?;
        let start_us = if has(differs::BACKWARDS) {
            before.start_us.checked_sub(apart).ok_or(Damaged::Wrong)?
        } else {
            before.start_us.checked_add(apart).ok_or(Damaged::Wrong)?
        };
        *before = Before { sequence, parent, iteration, route, start_us };
        Ok(PackedStep {
            sequence,
            parent,
            iteration,
            route,
            node: name(node)?,
            start_us,
            duration_us: self.number()?,
            flags: StepFlags(if has(differs::FLAGS) { self.small()? } else { 0 }),
            redelivery: if has(differs::REDELIVERY) { self.small()? } else { 0 },
            detail: if has(differs::DETAIL) { Some(self.text()?) } else { None },
        })
    }
}

/// Headers in their order: name, tag, value. Names stand in full: whole sets of headers are compressed.
pub fn pack_headers<'n>(headers: &[Header], text: impl Fn(Name) -> &'n str) -> Vec<u8> {
    let mut out = Writer(vec![HEADERS_VERSION]);
    out.number(headers.len() as u64);
    for Header { name, value } in headers {
        out.text(text(*name));
        let (tag, bytes): (u8, &[u8]) = match value {
            HeaderValue::Null => (0, &[]),
            HeaderValue::Text(text) => (1, text.as_bytes()),
            HeaderValue::Long(number) => (2, &number.to_be_bytes()),
            HeaderValue::Double(number) => (3, &number.to_be_bytes()),
            HeaderValue::Bool(truth) => (4, &[u8::from(*truth)]),
            HeaderValue::Bytes(bytes) => (5, bytes),
            HeaderValue::Instant(ms) => (6, &ms.to_be_bytes()),
            HeaderValue::Masked(text) => (7, text.as_bytes()),
            HeaderValue::Opaque(text) => (8, text.as_bytes()),
        };
        out.0.push(tag);
        out.number(bytes.len() as u64);
        out.0.extend_from_slice(bytes);
    }
    out.0
}

/// How many headers were packed.
pub fn count_headers(bytes: &[u8]) -> Result<u64, Damaged> {
    open_headers(bytes).map(|(count, _)| count)
}

fn open_headers(bytes: &[u8]) -> Result<(u64, Reader<'_>), Damaged> {
    let mut from = Reader { bytes };
    match from.byte()? {
        HEADERS_VERSION => Ok((from.number()?, from)),
        other => Err(Damaged::Newer(other)),
    }
}

pub fn unpack_headers(bytes: &[u8]) -> Result<Vec<(String, HeaderValue)>, Damaged> {
    let (count, mut from) = open_headers(bytes)?;
    let mut headers = Vec::new();
    for _ in 0..count {
        let name = from.text()?;
        let tag = from.byte()?;
        let length = from.number()?;
        let bytes = from.take(length)?;
        let text = || String::from_utf8(bytes.to_vec()).map_err(|_| Damaged::Wrong);
        let number = || bytes.try_into().map(i64::from_be_bytes).map_err(|_| Damaged::Wrong);
        let value = match tag {
            0 => HeaderValue::Null,
            1 => HeaderValue::Text(text()?),
            2 => HeaderValue::Long(number()?),
            3 => HeaderValue::Double(f64::from_bits(number()?.cast_unsigned())),
            4 => HeaderValue::Bool(bytes == [1]),
            5 => HeaderValue::Bytes(bytes.to_vec()),
            6 => HeaderValue::Instant(number()?),
            7 => HeaderValue::Masked(text()?),
            8 => HeaderValue::Opaque(text()?),
            _ => return Err(Damaged::Wrong),
        };
        headers.push((name, value));
    }
    Ok(headers)
}

#[cfg(test)]
mod tests;

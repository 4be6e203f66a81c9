//! The part of a message that is never searched, in one value: steps, correlation, fault, attributes.
//!
//! ```text
//! version  path  which of the rest there is  exchange  run  correlation  attributes  fault  totals  steps
//! ```
//! Numbers are varints; names are numbers of `telemetry_name`. Texts that belong to one message alone (a status, a stack
//! trace) stand in it. What most messages lack costs one bit. The steps are [`step`]'s matter; the path is named first, so
//! that whoever reads many rows can learn the paths before. Another version is refused (the migration that brought this one
//! emptied the table), and a damaged value is an error, never a panic.

mod bytes;
mod header;
mod step;

use std::collections::HashMap;

use telemetry::id::MessageId;
use telemetry::model::{CamelId, Message, Name, Parent, Trace};

use super::NameId;
use super::name::Kind;
pub(super) use bytes::{Reader, Writer};
pub use header::{count_headers, pack_headers, unpack_headers};
pub use step::PackedStep;
pub(super) use step::put_path;

const VERSION: u8 = 3;

/// What every message weighs that was not sampled.
const WHOLE: u32 = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damaged {
    #[error("a value is packed by version {0}, which this midplane does not read")]
    Version(u8),
    #[error("a packed message ends too early")]
    Short,
    #[error("a packed message holds what it cannot hold")]
    Wrong,
    #[error("a packed message went a path that is not there")]
    Path,
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

/// Which of the parts there are that most messages lack.
mod has {
    pub(super) const TEXT_ID: u64 = 1;
    pub(super) const FROM: u64 = 1 << 1;
    pub(super) const WEIGHT: u64 = 1 << 2;
    pub(super) const FAILED_STEP: u64 = 1 << 3;
    pub(super) const BREADCRUMB: u64 = 1 << 4;
    pub(super) const TRACE: u64 = 1 << 5;
    pub(super) const PARENT: u64 = 1 << 6;
    pub(super) const REPLAY: u64 = 1 << 7;
    pub(super) const CLAIMED: u64 = 1 << 8;
    pub(super) const ATTRIBUTES: u64 = 1 << 9;
    pub(super) const FAULT: u64 = 1 << 10;
    pub(super) const MORE_STEPS: u64 = 1 << 11;
    pub(super) const DETAILS: u64 = 1 << 12;
}

/// Numbers and texts of a batch's names.
pub(super) trait Naming<'n> {
    fn number(&self, kind: Kind, name: Name) -> NameId;
    fn text(&self, name: Name) -> &'n str;
}

fn parts(message: &Message, claimed_start_us: Option<u64>) -> u64 {
    let kept = u32::try_from(message.steps.len()).unwrap_or(u32::MAX);
    let correlation = &message.correlation;
    [
        (has::TEXT_ID, matches!(message.exchange, CamelId::Text(_))),
        (has::FROM, message.from.is_some()),
        (has::WEIGHT, message.weight_milli != WHOLE),
        (has::FAILED_STEP, message.failed_step.is_some()),
        (has::BREADCRUMB, correlation.breadcrumb.is_some()),
        (has::TRACE, correlation.trace.is_some()),
        (has::PARENT, correlation.parent.is_some()),
        (has::REPLAY, message.replay_of.is_some()),
        (has::CLAIMED, claimed_start_us.is_some()),
        (has::ATTRIBUTES, !message.attributes.is_empty()),
        (has::FAULT, message.fault.is_some()),
        (has::MORE_STEPS, message.steps_total != kept),
        (has::DETAILS, message.steps.iter().any(|step| step.detail.is_some())),
    ]
    .into_iter()
    .fold(0, |parts, (bit, is)| if is { parts | bit } else { parts })
}

/// `path`, if many messages went it, has a number of its own.
pub(super) fn pack<'n>(
    message: &Message,
    run: Run,
    path: Option<NameId>,
    claimed_start_us: Option<u64>,
    names: &impl Naming<'n>,
) -> Vec<u8> {
    let mut out = Writer(Vec::with_capacity(32 + message.steps.len() * 4));
    out.0.push(VERSION);
    out.name(path);
    out.number(parts(message, claimed_start_us));
    match &message.exchange {
        CamelId::Counted { prefix, count } => {
            out.id_of(names.number(Kind::Other, *prefix));
            out.number(*count);
        }
        CamelId::Text(id) => out.text(id),
    }
    out.id_of(run.structure);
    out.id_of(run.trace_base);
    if let Some(from) = message.from {
        out.id_of(names.number(Kind::Other, from));
    }
    if message.weight_milli != WHOLE {
        out.number(u64::from(message.weight_milli));
    }
    if let Some(step) = message.failed_step {
        out.number(u64::from(step));
    }
    if let Some(breadcrumb) = &message.correlation.breadcrumb {
        out.text(breadcrumb);
    }
    if let Some(Trace { id, caller_span }) = message.correlation.trace {
        out.0.extend_from_slice(&id.to_be_bytes());
        out.0.extend_from_slice(&caller_span.to_be_bytes());
    }
    if let Some(Parent { count, step }) = message.correlation.parent {
        out.number(u64::from(count));
        out.number(u64::from(step));
    }
    if let Some(id) = message.replay_of {
        out.message(id);
    }
    if let Some(us) = claimed_start_us {
        out.number(us);
    }
    if !message.attributes.is_empty() {
        out.number(message.attributes.len() as u64);
        for (name, value) in &message.attributes {
            out.id_of(names.number(Kind::Attribute, *name));
            out.text(value);
        }
    }
    if let Some(fault) = &message.fault {
        out.text(&fault.message);
        out.name(fault.outer_class.map(|class| names.number(Kind::Class, class)));
        out.maybe(fault.outer_message.as_deref());
        out.maybe(fault.stack.map(|stack| names.text(stack)));
    }
    let steps = &message.steps;
    out.number(steps.len() as u64);
    if u64::from(message.steps_total) != steps.len() as u64 {
        out.number(u64::from(message.steps_total));
    }
    if path.is_none() {
        let mut inline = Writer::default();
        let route = |name| names.number(Kind::Route, name);
        let node = |name| names.number(Kind::Node, name);
        put_path(&mut inline, message.route, steps, route, node);
        out.part(&inline);
    }
    if steps.iter().any(|step| step.detail.is_some()) {
        let mut details = Writer::default();
        step::put_details(&mut details, steps, |name| names.text(name));
        out.part(&details);
    }
    step::put_times(&mut out, steps);
    out.0
}

/// The number of the path that has to be known to read the steps; none if it stands in the row.
pub(super) fn path_of(bytes: &[u8]) -> Result<Option<NameId>, Damaged> {
    let mut from = Reader { bytes };
    version(&mut from)?;
    from.name()
}

/// Texts of paths by their numbers, as bytes in hexadecimal.
pub(super) type Paths = HashMap<NameId, String>;

/// Reads all of it, or as many steps as `most` after `skip`: a message of a hundred thousand is paged. Without steps no path is needed.
pub(super) fn unpack(
    bytes: &[u8],
    skip: usize,
    most: usize,
    paths: &Paths,
) -> Result<Detail, Damaged> {
    let mut from = Reader { bytes };
    version(&mut from)?;
    let path = from.name()?;
    let parts = from.number()?;
    let has = |part: u64| parts & part != 0;
    let exchange = if has(has::TEXT_ID) {
        Exchange::Text(from.text()?)
    } else {
        Exchange::Counted { prefix: from.id_of()?, count: from.number()? }
    };
    let run = Run { structure: from.id_of()?, trace_base: from.id_of()? };
    let mut detail = Detail {
        exchange,
        from: if has(has::FROM) { Some(from.id_of()?) } else { None },
        run,
        weight_milli: if has(has::WEIGHT) { from.small()? } else { WHOLE },
        failed_step: if has(has::FAILED_STEP) { Some(from.small()?) } else { None },
        breadcrumb: if has(has::BREADCRUMB) { Some(from.text()?) } else { None },
        trace: if has(has::TRACE) { Some(trace(&mut from)?) } else { None },
        parent: if has(has::PARENT) {
            Some(Parent { count: from.small()?, step: from.small()? })
        } else {
            None
        },
        replay_of: if has(has::REPLAY) { Some(from.message()?) } else { None },
        claimed_start_us: if has(has::CLAIMED) { Some(from.number()?) } else { None },
        attributes: Vec::new(),
        fault: None,
        steps_total: 0,
        steps: Vec::new(),
    };
    if has(has::ATTRIBUTES) {
        for _ in 0..from.number()? {
            let key = from.id_of()?;
            detail.attributes.push((key, from.text()?));
        }
    }
    if has(has::FAULT) {
        detail.fault = Some(Fault {
            message: from.text()?,
            outer_class: from.name()?,
            outer_message: from.maybe()?,
            stack: from.maybe()?,
        });
    }
    let kept = from.number()?;
    detail.steps_total = if has(has::MORE_STEPS) {
        from.small()?
    } else {
        u32::try_from(kept).map_err(|_| Damaged::Wrong)?
    };
    if most == 0 {
        return Ok(detail);
    }
    let known;
    let way = match path {
        None => from.part()?,
        Some(path) => {
            let text = paths.get(&path).ok_or(Damaged::Path)?;
            known = hex::decode(text).map_err(|_| Damaged::Path)?;
            Reader { bytes: &known }
        }
    };
    let mut details = if has(has::DETAILS) { from.part()? } else { Reader { bytes: &[NONE] } };
    detail.steps = step::take(&mut details, way, from, kept, skip, most)?;
    Ok(detail)
}

/// A count of nothing.
const NONE: u8 = 0;

fn trace(from: &mut Reader<'_>) -> Result<Trace, Damaged> {
    let id = u128::from_be_bytes(from.fixed()?);
    Ok(Trace { id, caller_span: u64::from_be_bytes(from.fixed()?) })
}

fn version(from: &mut Reader<'_>) -> Result<(), Damaged> {
    match from.byte()? {
        VERSION => Ok(()),
        other => Err(Damaged::Version(other)),
    }
}

#[cfg(test)]
mod tests;

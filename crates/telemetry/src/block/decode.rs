//! Columns into records. [`super::encode`] is its mirror: each function there has its twin here.
//!
//! Nothing is believed: a count is compared with the bytes that could hold it before a list is made, a name with the table, a
//! number with the enum it stands for.

use domain::id::{DeploymentId, WorkloadId};

use super::columns::{Column as C, Reader};
use super::memory::{Memory, before_first, expected_start};
use super::{Damaged, parts, varint};
use crate::id::{MessageId, TracerInstance};
use crate::model::{
    Body, CamelId, Correlation, DropReport, Fault, Header, HeaderValue, Histogram, Kind, Level,
    Log, LogSource, LossReason, Lost, Message, MessageFlags, Name, Names, Origin, Parent, Payload,
    PayloadFlags, Point, Produced, Reason, Record, Rollup, RouteModel, RouteNode, Stage, Step,
    Trace, Unavailable,
};

/// What precedes the columns, taken piece by piece.
pub(super) struct Head<'a>(pub(super) &'a [u8]);

impl<'a> Head<'a> {
    pub(super) fn number(&mut self) -> Result<u64, Damaged> {
        let (number, rest) = varint::take(self.0).ok_or(Damaged("a number"))?;
        self.0 = rest;
        Ok(number)
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8], Damaged> {
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(Damaged("a length"))?;
        self.0 = rest;
        Ok(bytes)
    }

    fn text(&mut self) -> Result<&'a str, Damaged> {
        let length = usize::try_from(self.number()?).map_err(|_| Damaged("a length"))?;
        str::from_utf8(self.bytes(length)?).map_err(|_| Damaged("a text"))
    }

    fn id<I>(&mut self, wrap: impl Fn([u8; 16]) -> I) -> Result<Option<I>, Damaged> {
        match self.bytes(1)? {
            [0] => Ok(None),
            [1] => {
                let bytes = self.bytes(16)?.first_chunk::<16>().ok_or(Damaged("an id"))?;
                Ok(Some(wrap(*bytes)))
            }
            _ => Err(Damaged("an id")),
        }
    }

    pub(super) fn origin(&mut self) -> Result<Origin, Damaged> {
        Ok(Origin {
            workload: self.id(|bytes| WorkloadId(uuid::Uuid::from_bytes(bytes)))?,
            deployment: self.id(|bytes| DeploymentId(uuid::Uuid::from_bytes(bytes)))?,
            integration: self.text()?.to_owned(),
            environment: self.text()?.to_owned(),
            release: self.text()?.to_owned(),
            tracer: TracerInstance(u32::try_from(self.number()?).map_err(|_| Damaged("a tracer"))?),
            trace_base: self.number()?,
        })
    }

    pub(super) fn names(&mut self) -> Result<Names, Damaged> {
        let count = self.number()?;
        let mut names = Names::default();
        for number in 1..count {
            let text = self.text()?;
            // A table that holds a name twice, or more than it may, would shift every number after it.
            if u64::from(names.intern(text).0) != number
                || text.len() > crate::model::names::MAX_NAME_BYTES
            {
                return Err(Damaged("the names"));
            }
        }
        if count == 0 { Err(Damaged("the names")) } else { Ok(names) }
    }
}

pub(super) struct Decoder<'a> {
    input: Reader<'a>,
    memory: Memory,
    steps_left: usize,
}

fn one_of<T: Copy>(all: &[T], number: u64, what: &'static str) -> Result<T, Damaged> {
    let place = usize::try_from(number).map_err(|_| Damaged(what))?;
    all.get(place).copied().ok_or(Damaged(what))
}

/// Version 1 had the outermost exception first and the root cause, if it was another, behind it.
fn root_first(fault: Fault) -> Fault {
    let Fault { class, message, fingerprint, outer_class, outer_message, stack } = fault;
    match (outer_class, outer_message) {
        (Some(root), said) => Fault {
            class: root,
            message: said.unwrap_or_default(),
            fingerprint,
            outer_class: Some(class),
            outer_message: Some(message),
            stack,
        },
        (None, outer_message) => {
            Fault { class, message, fingerprint, outer_class, outer_message, stack }
        }
    }
}

impl<'a> Decoder<'a> {
    pub(super) fn new(input: Reader<'a>, names: usize, first: MessageId, steps: usize) -> Self {
        Self { input, memory: Memory::new(names, first), steps_left: steps }
    }

    /// Every record has one byte in the column of kinds.
    pub(super) fn records(&mut self, count: usize) -> Result<Vec<Record>, Damaged> {
        if count > self.input.left(C::Kind) {
            return Err(Damaged("the number of records"));
        }
        let records = (0..count).filter_map(|_| self.record().transpose());
        let records = records.collect::<Result<Vec<_>, _>>()?;
        if self.input.is_done() { Ok(records) } else { Err(Damaged("the end")) }
    }

    /// None: one that nobody keeps.
    fn record(&mut self) -> Result<Option<Record>, Damaged> {
        Ok(Some(match self.kind(C::Kind)? {
            Kind::Route => Record::Route(self.model()?),
            Kind::Message => Record::Message(self.message()?),
            Kind::Payload => Record::Payload(self.payload()?),
            Kind::Log => Record::Log(self.log()?),
            Kind::Metric => {
                self.metric()?;
                return Ok(None);
            }
            Kind::Rollup => Record::Rollup(self.rollup()?),
            Kind::Produced => Record::Produced(self.produced()?),
            Kind::Dropped => Record::Dropped(self.dropped()?),
            Kind::Lost => Record::Lost(self.lost()?),
        }))
    }

    fn kind(&mut self, column: C) -> Result<Kind, Damaged> {
        Kind::from_number(self.input.take(column)?).ok_or(Damaged("a kind"))
    }

    fn id(&mut self) -> Result<MessageId, Damaged> {
        let before = self.memory.id;
        let small = |number: u64| u32::try_from(number).map_err(|_| Damaged("an id"));
        let id = MessageId {
            started_us: self.input.take_from(C::IdStart, before.started_us)?,
            tracer: TracerInstance(small(
                self.input.take_from(C::IdTracer, u64::from(before.tracer.0))?,
            )?),
            count: small(self.input.take_from(C::IdCount, u64::from(before.count))?)?,
        };
        self.memory.id = id;
        Ok(id)
    }

    fn message(&mut self) -> Result<Message, Damaged> {
        let id = self.id()?;
        let exchange = self.exchange()?;
        let route = self.input.take_name(C::Route)?;
        if self.input.take(C::Shape)? != 0 {
            self.shape(route)?;
        }
        let shape = self.memory.shape(route).clone();
        let mut attributes = Vec::with_capacity(shape.attributes.len());
        for name in shape.attributes {
            attributes.push((name, self.input.take_text(C::AttributeValue)?));
        }
        let duration_us = self.input.take(C::Duration)?;
        let parts = self.input.take(C::Parts)?;
        let has = |part: u64| parts & part != 0;
        let outcome = parts::outcome(parts).ok_or(Damaged("an outcome"))?;
        let flags = MessageFlags(self.input.take_u32(C::Flags)?);
        let failed_node =
            if has(parts::FAILED_NODE) { Some(self.input.take_name(C::FailedNode)?) } else { None };
        let failed_step =
            if has(parts::FAILED_STEP) { Some(self.input.take_u32(C::FailedStep)?) } else { None };
        let fault = if has(parts::FAULT) { Some(self.fault()?) } else { None };
        let breadcrumb =
            if has(parts::BREADCRUMB) { Some(self.input.take_text(C::Breadcrumb)?) } else { None };
        let trace = if has(parts::TRACE) { Some(self.trace()?) } else { None };
        let parent = if has(parts::PARENT) { Some(self.parent(id)?) } else { None };
        let replay_of = if has(parts::REPLAY) { Some(self.id()?) } else { None };
        self.memory.id = id;
        let count = self.input.take_count(C::StepCount, C::StepDuration)?;
        self.steps_left = self.steps_left.checked_sub(count).ok_or(Damaged("too many steps"))?;
        let steps_total = u32::try_from(self.input.take_from(C::StepCount, count as u64)?)
            .map_err(|_| Damaged("a count"))?;
        let mut steps = Vec::with_capacity(count);
        let mut before = before_first(route);
        for _ in 0..count {
            before = self.step(&before)?;
            steps.push(before);
        }
        Ok(Message {
            id,
            exchange,
            route,
            from: shape.from,
            structure: shape.structure,
            duration_us,
            outcome,
            failed_node,
            failed_step,
            fault,
            correlation: Correlation { breadcrumb, trace, parent },
            weight_milli: shape.weight_milli,
            attributes,
            flags,
            replay_of,
            steps_total,
            steps,
        })
    }

    fn trace(&mut self) -> Result<Trace, Damaged> {
        let mut part = || self.input.take_fixed(C::TraceId);
        let id = MessageId::from_halves(part()?, part()?).to_u128();
        Ok(Trace { id, caller_span: part()? })
    }

    fn parent(&mut self, id: MessageId) -> Result<Parent, Damaged> {
        let count = self.input.take_from(C::Parent, u64::from(id.count))?;
        let count = u32::try_from(count).map_err(|_| Damaged("a parent"))?;
        Ok(Parent { count, step: self.input.take_u32(C::Parent)? })
    }

    fn exchange(&mut self) -> Result<CamelId, Damaged> {
        let prefix = match self.input.take(C::ExchangePrefix)? {
            0 => return Ok(CamelId::Text(self.input.take_text(C::ExchangeText)?)),
            1 => self.memory.prefix,
            number => self.input.name(number - 2)?,
        };
        let count = self.input.take_from(C::ExchangeCount, self.memory.count)?;
        (self.memory.prefix, self.memory.count) = (prefix, count);
        Ok(CamelId::Counted { prefix, count })
    }

    fn shape(&mut self, route: crate::model::Name) -> Result<(), Damaged> {
        let structure = self.input.take_fixed(C::ShapeValue)?;
        let from = self.input.take_maybe_name(C::ShapeValue)?;
        let weight_milli = self.input.take_u32(C::Weight)?;
        let count = self.input.take_count(C::ShapeValue, C::AttributeNames)?;
        let attributes = (0..count)
            .map(|_| self.input.take_name(C::AttributeNames))
            .collect::<Result<_, _>>()?;
        *self.memory.shape(route) =
            super::memory::Shape { structure, from, attributes, weight_milli };
        Ok(())
    }

    fn fault(&mut self) -> Result<Fault, Damaged> {
        let class = self.input.take_name(C::FaultName)?;
        let outer_class = self.input.take_maybe_name(C::FaultName)?;
        let stack = self.input.take_maybe_name(C::FaultName)?;
        let message = self.input.take_text(C::FaultText)?;
        let outer_message = match self.input.take(C::FaultName)? {
            0 => None,
            _ => Some(self.input.take_text(C::FaultText)?),
        };
        let fingerprint = self.input.take_fixed(C::FaultPrint)?;
        let fault = Fault { class, message, fingerprint, outer_class, outer_message, stack };
        Ok(if self.input.has(C::StepRoute) { fault } else { root_first(fault) })
    }

    fn step(&mut self, before: &Step) -> Result<Step, Damaged> {
        let small = |number: u64| u32::try_from(number).map_err(|_| Damaged("a step"));
        let sequence =
            small(self.input.take_from(C::StepSequence, u64::from(before.sequence) + 1)?)?;
        let parent = small(self.input.take_from(C::StepParent, u64::from(before.parent))?)?;
        let iteration =
            small(self.input.take_from(C::StepIteration, u64::from(before.iteration))?)?;
        let (mut route, node) = match self.input.take(C::StepNode)? {
            0 => *self.memory.next(before.node),
            number => (self.step_route(before)?, self.input.name(number - 1)?),
        };
        *self.memory.next(before.node) = (route, node);
        if !self.input.has(C::StepRoute) {
            route = before.route; // all that version 1 knew is the message's own
        }
        let start_us = self.input.take_from(C::StepGap, expected_start(parent, before))?;
        let duration_us = self.input.take(C::StepDuration)?;
        let (flags, redelivered) =
            parts::step_flags(self.input.take(C::StepFlags)?).ok_or(Damaged("a step"))?;
        let redelivery = if redelivered { self.input.take_u32(C::StepFlags)? } else { 0 };
        let detail = match self.input.take(C::StepDetail)? {
            0 => *self.memory.detail(node),
            number => self.input.maybe_name(number - 1)?,
        };
        *self.memory.detail(node) = detail;
        Ok(Step {
            sequence,
            parent,
            iteration,
            route,
            node,
            start_us,
            duration_us,
            flags,
            redelivery,
            detail,
        })
    }

    fn step_route(&mut self, before: &Step) -> Result<Name, Damaged> {
        if !self.input.has(C::StepRoute) {
            return Ok(before.route);
        }
        match self.input.take(C::StepRoute)? {
            0 => Ok(before.route),
            number => self.input.name(number - 1),
        }
    }

    fn payload(&mut self) -> Result<Payload, Damaged> {
        let message = self.id()?;
        let step = self.input.take_u32(C::PayloadPlace)?;
        let point = one_of(&Point::ALL, self.input.take(C::PayloadPlace)?, "a point")?;
        let flags = PayloadFlags(self.input.take_u32(C::PayloadPlace)?);
        let content_type = self.input.take_maybe_name(C::HeaderName)?;
        let class = self.input.take_maybe_name(C::HeaderName)?;
        let full_size = self.input.take(C::PayloadSize)?;
        let hash = self.input.take_fixed(C::PayloadHash)?;
        let count = self.input.take_count(C::HeaderShape, C::HeaderName)?;
        let mut headers = Vec::with_capacity(count);
        for _ in 0..count {
            let name = self.input.take_name(C::HeaderName)?;
            headers.push(Header { name, value: self.header()? });
        }
        let body = match self.input.take(C::PayloadPlace)? {
            0 => Body::None,
            1 => Body::Bytes(self.input.take_bytes(C::Body)?.to_vec()),
            number => Body::Unavailable(one_of(&Unavailable::ALL, number - 2, "a body")?),
        };
        Ok(Payload {
            message,
            step,
            point,
            content_type,
            class,
            headers,
            body,
            full_size,
            hash,
            flags,
        })
    }

    fn header(&mut self) -> Result<HeaderValue, Damaged> {
        let kind = self.input.take(C::HeaderType)?;
        let bytes = self.input.take_bytes(C::HeaderValue)?;
        let text = || str::from_utf8(bytes).map(str::to_owned).map_err(|_| Damaged("a header"));
        let fixed = || <[u8; 8]>::try_from(bytes).map_err(|_| Damaged("a header"));
        Ok(match kind {
            0 => HeaderValue::Null,
            1 => HeaderValue::Text(text()?),
            2 => HeaderValue::Long(i64::from_le_bytes(fixed()?)),
            3 => HeaderValue::Double(f64::from_bits(u64::from_le_bytes(fixed()?))),
            4 => HeaderValue::Bool(false),
            5 => HeaderValue::Bool(true),
            6 => HeaderValue::Bytes(bytes.to_vec()),
            7 => HeaderValue::Instant(i64::from_le_bytes(fixed()?)),
            8 => HeaderValue::Masked(text()?),
            9 => HeaderValue::Opaque(text()?),
            _ => return Err(Damaged("a header")),
        })
    }

    fn log(&mut self) -> Result<Log, Damaged> {
        let at_us = self.input.take_from(C::LogTime, self.memory.log_us)?;
        self.memory.log_us = at_us;
        let parts = self.input.take(C::LogParts)?;
        let level = one_of(&Level::ALL, parts & 7, "a level")?;
        let source = one_of(&LogSource::ALL, (parts >> 3) & 3, "a source")?;
        let logger = self.input.take_maybe_name(C::LogName)?;
        let thread = self.input.take_maybe_name(C::LogName)?;
        let route = self.input.take_maybe_name(C::LogName)?;
        let node = self.input.take_maybe_name(C::LogName)?;
        let stack = self.input.take_maybe_name(C::LogName)?;
        let message = match parts >> 5 {
            0 => None,
            1 => Some(self.id()?),
            _ => return Err(Damaged("a line")),
        };
        let text = self.input.take_text(C::LogText)?;
        Ok(Log { at_us, level, source, logger, thread, message, route, node, text, stack })
    }

    fn model(&mut self) -> Result<RouteModel, Damaged> {
        let route = self.input.take_name(C::Model)?;
        let structure = self.input.take_fixed(C::Model)?;
        let from = self.input.take_maybe_name(C::Model)?;
        let description = self.input.take_maybe_name(C::Model)?;
        let count = self.input.take_count(C::Model, C::Model)?;
        let mut nodes = Vec::new();
        for _ in 0..count {
            nodes.push(RouteNode {
                node: self.input.take_name(C::Model)?,
                kind: self.input.take_name(C::Model)?,
                parent: self.input.take_u32(C::Model)?,
                label: self.input.take_maybe_name(C::Model)?,
                line: self.input.take_u32(C::Model)?,
            });
        }
        Ok(RouteModel { route, structure, from, description, nodes })
    }

    /// A figure at an instant, of versions 1 and 2.
    fn metric(&mut self) -> Result<(), Damaged> {
        self.input.take(C::MetricTime)?;
        self.input.take_name(C::MetricName)?;
        self.input.take(C::MetricName)?;
        let count = self.input.take_count(C::MetricName, C::MetricName)?;
        for _ in 0..2 * count {
            self.input.take_name(C::MetricName)?;
        }
        self.input.take_fixed(C::MetricValue)?;
        Ok(())
    }

    fn rollup(&mut self) -> Result<Rollup, Damaged> {
        let route = self.input.take_name(C::RollupName)?;
        let node = self.input.take_maybe_name(C::RollupName)?;
        let minute_s = self.input.take_from(C::RollupTime, self.memory.minute_s)?;
        self.memory.minute_s = minute_s;
        let [count, failed, handled] = [
            self.input.take(C::RollupCount)?,
            self.input.take(C::RollupCount)?,
            self.input.take(C::RollupCount)?,
        ];
        let duration_sum_us = self.input.take(C::RollupDuration)?;
        let duration_max_us = self.input.take(C::RollupDuration)?;
        let buckets = self.input.take_count(C::RollupHistogram, C::RollupHistogram)?;
        let mut durations = Histogram::default();
        let mut bucket = 0_u64;
        for _ in 0..buckets {
            bucket = bucket.saturating_add(self.input.take(C::RollupHistogram)?);
            let place = u8::try_from(bucket).map_err(|_| Damaged("a bucket"))?;
            durations.add(place, self.input.take(C::RollupHistogram)?);
        }
        Ok(Rollup {
            route,
            node,
            minute_s,
            count,
            failed,
            handled,
            duration_sum_us,
            duration_max_us,
            durations,
        })
    }

    fn span(&mut self) -> Result<(u64, u64), Damaged> {
        let from_us = self.input.take(C::Account)?;
        Ok((from_us, self.input.take_from(C::Account, from_us)?))
    }

    fn produced(&mut self) -> Result<Produced, Damaged> {
        let (from_us, to_us) = self.span()?;
        let kind = self.kind(C::Account)?;
        Ok(Produced { from_us, to_us, kind, count: self.input.take(C::Account)? })
    }

    fn dropped(&mut self) -> Result<DropReport, Damaged> {
        let (from_us, to_us) = self.span()?;
        Ok(DropReport {
            from_us,
            to_us,
            route: self.input.take_maybe_name(C::Account)?,
            kind: self.kind(C::Account)?,
            stage: one_of(&Stage::ALL, self.input.take(C::Account)?, "a stage")?,
            reason: one_of(&Reason::ALL, self.input.take(C::Account)?, "a reason")?,
            count: self.input.take(C::Account)?,
        })
    }

    fn lost(&mut self) -> Result<Lost, Damaged> {
        let (from_us, to_us) = self.span()?;
        Ok(Lost {
            from_us,
            to_us,
            kind: self.kind(C::Account)?,
            reason: one_of(&LossReason::ALL, self.input.take(C::Account)?, "a reason")?,
            at_most: self.input.take(C::Account)?,
            is_exact: self.input.take(C::Account)? != 0,
        })
    }
}

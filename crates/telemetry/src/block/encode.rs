//! Records into columns. [`super::decode`] is its mirror: each function there has its twin here.

use super::columns::{Column as C, Writer};
use super::memory::{Memory, before_first, expected_start};
use super::{parts, varint};
use crate::id::MessageId;
use crate::model::{
    Body, CamelId, DropReport, Fault, Header, HeaderValue, Log, Lost, Message, Name, Names, Origin,
    Payload, Produced, Record, Rollup, RouteModel, Step,
};

pub(super) fn origin(out: &mut Vec<u8>, origin: &Origin) {
    let Origin { workload, deployment, integration, environment, release, tracer, trace_base } =
        origin;
    for id in [workload.map(|id| id.0), deployment.map(|id| id.0)] {
        match id {
            Some(id) => {
                out.push(1);
                out.extend_from_slice(id.as_bytes());
            }
            None => out.push(0),
        }
    }
    for text in [integration, environment, release] {
        varint::put(out, text.len() as u64);
        out.extend_from_slice(text.as_bytes());
    }
    varint::put(out, u64::from(tracer.0));
    varint::put(out, *trace_base);
}

/// Name 0 is everywhere the same and not written.
pub(super) fn names(out: &mut Vec<u8>, names: &Names) {
    varint::put(out, names.len() as u64);
    for (_, text) in names.iter().skip(1) {
        varint::put(out, text.len() as u64);
        out.extend_from_slice(text.as_bytes());
    }
}

pub(super) struct Encoder {
    out: Writer,
    memory: Memory,
}

impl Encoder {
    pub(super) fn new(names: usize, first: MessageId) -> Self {
        Self { out: Writer::new(), memory: Memory::new(names, first) }
    }

    pub(super) fn finish(self, out: &mut Vec<u8>) {
        self.out.finish(out);
    }

    pub(super) fn record(&mut self, record: &Record) {
        self.out.put(C::Kind, record.kind() as u64);
        match record {
            Record::Route(model) => self.model(model),
            Record::Message(message) => self.message(message),
            Record::Payload(payload) => self.payload(payload),
            Record::Log(log) => self.log(log),
            Record::Rollup(rollup) => self.rollup(rollup),
            Record::Produced(produced) => self.produced(produced),
            Record::Dropped(report) => self.dropped(report),
            Record::Lost(lost) => self.lost(lost),
        }
    }

    fn id(&mut self, id: MessageId) {
        let before = self.memory.id;
        self.out.put_from(C::IdStart, before.started_us, id.started_us);
        self.out.put_from(C::IdTracer, u64::from(before.tracer.0), u64::from(id.tracer.0));
        self.out.put_from(C::IdCount, u64::from(before.count), u64::from(id.count));
        self.memory.id = id;
    }

    fn message(&mut self, message: &Message) {
        self.id(message.id);
        self.exchange(&message.exchange);
        self.out.put_name(C::Route, message.route);
        self.shape(message);
        self.out.put(C::Duration, message.duration_us);
        self.out.put(C::Parts, parts::of_message(message));
        self.out.put(C::Flags, message.flags.0);
        if let Some(node) = message.failed_node {
            self.out.put_name(C::FailedNode, node);
        }
        if let Some(step) = message.failed_step {
            self.out.put(C::FailedStep, step);
        }
        if let Some(fault) = &message.fault {
            self.fault(fault);
        }
        if let Some(breadcrumb) = &message.correlation.breadcrumb {
            self.out.put_bytes(C::Breadcrumb, breadcrumb.as_bytes());
        }
        if let Some(trace) = message.correlation.trace {
            let halves = MessageId::from_u128(trace.id);
            for part in [halves.started_us, halves.low(), trace.caller_span] {
                self.out.put_fixed(C::TraceId, part);
            }
        }
        if let Some(parent) = message.correlation.parent {
            self.out.put_from(C::Parent, u64::from(message.id.count), u64::from(parent.count));
            self.out.put(C::Parent, parent.step);
        }
        if let Some(id) = message.replay_of {
            self.id(id);
            // Another's id must not lead the guess for the next message astray.
            self.memory.id = message.id;
        }
        self.out.put(C::StepCount, message.steps.len() as u64);
        self.out.put_from(C::StepCount, message.steps.len() as u64, u64::from(message.steps_total));
        let mut before = before_first(message.route);
        for step in &message.steps {
            self.step(step, &before);
            before = *step;
        }
    }

    fn exchange(&mut self, exchange: &CamelId) {
        match exchange {
            CamelId::Counted { prefix, count } => {
                let known = *prefix == self.memory.prefix;
                self.out.put(C::ExchangePrefix, if known { 1 } else { u64::from(prefix.0) + 2 });
                self.out.put_from(C::ExchangeCount, self.memory.count, *count);
                (self.memory.prefix, self.memory.count) = (*prefix, *count);
            }
            CamelId::Text(text) => {
                self.out.put(C::ExchangePrefix, 0_u64);
                self.out.put_bytes(C::ExchangeText, text.as_bytes());
            }
        }
    }

    fn shape(&mut self, message: &Message) {
        let last = self.memory.shape(message.route);
        let same_names = last.attributes.len() == message.attributes.len()
            && last.attributes.iter().eq(message.attributes.iter().map(|(name, _)| name));
        let known = last.structure == message.structure
            && last.from == message.from
            && last.weight_milli == message.weight_milli
            && same_names;
        self.out.put(C::Shape, u64::from(!known));
        if !known {
            last.structure = message.structure;
            last.from = message.from;
            last.weight_milli = message.weight_milli;
            last.attributes = message.attributes.iter().map(|(name, _)| *name).collect();
            self.out.put_fixed(C::ShapeValue, message.structure);
            self.out.put_maybe_name(C::ShapeValue, message.from);
            self.out.put(C::Weight, message.weight_milli);
            self.out.put(C::ShapeValue, message.attributes.len() as u64);
            for (name, _) in &message.attributes {
                self.out.put_name(C::AttributeNames, *name);
            }
        }
        for (_, value) in &message.attributes {
            self.out.put_bytes(C::AttributeValue, value.as_bytes());
        }
    }

    fn fault(&mut self, fault: &Fault) {
        let Fault { class, message, fingerprint, outer_class, outer_message, stack } = fault;
        self.out.put_name(C::FaultName, *class);
        self.out.put_maybe_name(C::FaultName, *outer_class);
        self.out.put_maybe_name(C::FaultName, *stack);
        self.out.put_bytes(C::FaultText, message.as_bytes());
        self.out.put(C::FaultName, u64::from(outer_message.is_some()));
        if let Some(text) = outer_message {
            self.out.put_bytes(C::FaultText, text.as_bytes());
        }
        self.out.put_fixed(C::FaultPrint, *fingerprint);
    }

    fn step(&mut self, step: &Step, before: &Step) {
        let sequence = u64::from(step.sequence);
        self.out.put_from(C::StepSequence, u64::from(before.sequence) + 1, sequence);
        self.out.put_from(C::StepParent, u64::from(before.parent), u64::from(step.parent));
        self.out.put_from(C::StepIteration, u64::from(before.iteration), u64::from(step.iteration));
        let next = self.memory.next(before.node);
        let known = *next == (step.route, step.node);
        *next = (step.route, step.node);
        self.out.put(C::StepNode, if known { 0 } else { u64::from(step.node.0) + 1 });
        if !known {
            let same = step.route == before.route;
            self.out.put(C::StepRoute, if same { 0 } else { u64::from(step.route.0) + 1 });
        }
        self.out.put_from(C::StepGap, expected_start(step.parent, before), step.start_us);
        self.out.put(C::StepDuration, step.duration_us);
        self.out.put(C::StepFlags, parts::of_step(step));
        if step.redelivery > 0 {
            self.out.put(C::StepFlags, step.redelivery);
        }
        let last = self.memory.detail(step.node);
        let known = *last == step.detail;
        *last = step.detail;
        let detail = step.detail.map_or(1, |name| u64::from(name.0) + 2);
        self.out.put(C::StepDetail, if known { 0 } else { detail });
    }

    fn payload(&mut self, payload: &Payload) {
        self.id(payload.message);
        self.out.put(C::PayloadPlace, payload.step);
        self.out.put(C::PayloadPlace, payload.point as u64);
        self.out.put(C::PayloadPlace, payload.flags.0);
        self.out.put_maybe_name(C::HeaderName, payload.content_type);
        self.out.put_maybe_name(C::HeaderName, payload.class);
        self.out.put(C::PayloadSize, payload.full_size);
        self.out.put_fixed(C::PayloadHash, payload.hash);
        self.out.put(C::HeaderShape, payload.headers.len() as u64);
        for Header { name, value } in &payload.headers {
            self.out.put_name(C::HeaderName, *name);
            self.header(value);
        }
        match &payload.body {
            Body::None => self.out.put(C::PayloadPlace, 0_u64),
            Body::Bytes(bytes) => {
                self.out.put(C::PayloadPlace, 1_u64);
                self.out.put_bytes(C::Body, bytes);
            }
            Body::Unavailable(why) => self.out.put(C::PayloadPlace, *why as u64 + 2),
        }
    }

    fn header(&mut self, value: &HeaderValue) {
        let (kind, bytes): (u64, &[u8]) = match value {
            HeaderValue::Null => (0, &[]),
            HeaderValue::Text(text) => (1, text.as_bytes()),
            HeaderValue::Long(number) => (2, &number.to_le_bytes()),
            HeaderValue::Double(number) => (3, &number.to_bits().to_le_bytes()),
            HeaderValue::Bool(false) => (4, &[]),
            HeaderValue::Bool(true) => (5, &[]),
            HeaderValue::Bytes(bytes) => (6, bytes),
            HeaderValue::Instant(ms) => (7, &ms.to_le_bytes()),
            HeaderValue::Masked(mask) => (8, mask.as_bytes()),
            HeaderValue::Opaque(text) => (9, text.as_bytes()),
        };
        self.out.put(C::HeaderType, kind);
        self.out.put_bytes(C::HeaderValue, bytes);
    }

    fn log(&mut self, log: &Log) {
        self.out.put_from(C::LogTime, self.memory.log_us, log.at_us);
        self.memory.log_us = log.at_us;
        self.out.put(C::LogParts, parts::of_log(log));
        for name in [log.logger, log.thread, log.route, log.node, log.stack] {
            self.out.put_maybe_name(C::LogName, name);
        }
        if let Some(id) = log.message {
            self.id(id);
        }
        self.out.put_bytes(C::LogText, log.text.as_bytes());
    }

    fn model(&mut self, model: &RouteModel) {
        self.out.put_name(C::Model, model.route);
        self.out.put_fixed(C::Model, model.structure);
        self.out.put_maybe_name(C::Model, model.from);
        self.out.put_maybe_name(C::Model, model.description);
        self.out.put(C::Model, model.nodes.len() as u64);
        for node in &model.nodes {
            self.out.put_name(C::Model, node.node);
            self.out.put_name(C::Model, node.kind);
            self.out.put(C::Model, node.parent);
            self.out.put_maybe_name(C::Model, node.label);
            self.out.put(C::Model, node.line);
        }
    }

    fn rollup(&mut self, rollup: &Rollup) {
        self.out.put_name(C::RollupName, rollup.route);
        self.out.put_maybe_name(C::RollupName, rollup.node);
        self.out.put_from(C::RollupTime, self.memory.minute_s, rollup.minute_s);
        self.memory.minute_s = rollup.minute_s;
        for count in [rollup.count, rollup.failed, rollup.handled] {
            self.out.put(C::RollupCount, count);
        }
        self.out.put(C::RollupDuration, rollup.duration_sum_us);
        self.out.put(C::RollupDuration, rollup.duration_max_us);
        self.out.put(C::RollupHistogram, rollup.durations.counts().len() as u64);
        let mut before = 0;
        for (bucket, count) in rollup.durations.counts() {
            self.out.put(C::RollupHistogram, bucket - before);
            self.out.put(C::RollupHistogram, *count);
            before = *bucket;
        }
    }

    fn span(&mut self, from_us: u64, to_us: u64) {
        self.out.put(C::Account, from_us);
        self.out.put_from(C::Account, from_us, to_us);
    }

    fn produced(&mut self, produced: &Produced) {
        self.span(produced.from_us, produced.to_us);
        self.out.put(C::Account, produced.kind as u64);
        self.out.put(C::Account, produced.count);
    }

    fn dropped(&mut self, report: &DropReport) {
        self.span(report.from_us, report.to_us);
        self.out.put_maybe_name(C::Account, report.route);
        self.out.put(C::Account, report.kind as u64);
        self.out.put(C::Account, report.stage as u64);
        self.out.put(C::Account, report.reason as u64);
        self.out.put(C::Account, report.count);
    }

    fn lost(&mut self, lost: &Lost) {
        self.span(lost.from_us, lost.to_us);
        self.out.put(C::Account, lost.kind as u64);
        self.out.put(C::Account, lost.reason as u64);
        self.out.put(C::Account, lost.at_most);
        self.out.put(C::Account, u64::from(lost.is_exact));
    }
}

/// A name that its table does not hold would not read back.
pub(super) fn highest_name(record: &Record) -> Name {
    let mut highest = Name::OTHER;
    let mut see = |name: Name| highest = highest.max(name);
    match record {
        Record::Route(model) => {
            see(model.route);
            [model.from, model.description].into_iter().flatten().for_each(&mut see);
            for node in &model.nodes {
                [node.node, node.kind].into_iter().chain(node.label).for_each(&mut see);
            }
        }
        Record::Message(message) => {
            see(message.route);
            [message.from, message.failed_node].into_iter().flatten().for_each(&mut see);
            if let CamelId::Counted { prefix, .. } = message.exchange {
                see(prefix);
            }
            if let Some(fault) = &message.fault {
                [Some(fault.class), fault.outer_class, fault.stack]
                    .into_iter()
                    .flatten()
                    .for_each(&mut see);
            }
            message.attributes.iter().for_each(|(name, _)| see(*name));
            for step in &message.steps {
                see(step.route);
                see(step.node);
                step.detail.into_iter().for_each(&mut see);
            }
        }
        Record::Payload(payload) => {
            [payload.content_type, payload.class].into_iter().flatten().for_each(&mut see);
            payload.headers.iter().for_each(|header| see(header.name));
        }
        Record::Log(log) => {
            let names = [log.logger, log.thread, log.route, log.node, log.stack];
            names.into_iter().flatten().for_each(&mut see);
        }
        Record::Rollup(rollup) => {
            see(rollup.route);
            rollup.node.into_iter().for_each(&mut see);
        }
        Record::Dropped(report) => report.route.into_iter().for_each(&mut see),
        Record::Produced(_) | Record::Lost(_) => {}
    }
    highest
}

//! A message of the tracer becomes a record: names for numbers, redacted texts, or nothing if sampling leaves it out.

use std::sync::Arc;

use super::counts::drop_report;
use super::{Admission, Pending, Wanted, With, count, original, payload};
use crate::block::Class;
use crate::fingerprint::fingerprint;
use crate::frame::{self, ErrorReport};
use crate::id::MessageId;
use crate::model::{
    CamelId, Correlation, Fault, Kind, Message, MessageFlags, Name, Names, Outcome, Parent, Reason,
    Record, Stage, Step, StepFlags, Trace,
};
use crate::sample::{Facts, Kept};

/// The attribute in which a tracer says which message this one repeats (`io.midplane.tracer.Replayed`).
const REPLAY_OF: &str = "midplane.replayOf";
/// A word for what a tracer named by a number that it never explained.
const UNKNOWN: &str = "(unknown)";

impl Admission {
    pub(super) fn message(
        &mut self,
        message: frame::Message,
        with: &mut With<'_>,
        pending: &mut Pending,
    ) {
        self.known.received += 1;
        let (route, from, structure) = match self.routes.get(&message.route.0) {
            Some(route) => (route.id.clone(), route.from.clone(), route.hash),
            None => (UNKNOWN.into(), "".into(), 0),
        };
        let facts = Facts {
            route: &route,
            is_success: message.outcome == frame::Outcome::Completed,
            duration_us: message.duration_us,
            path: path(&message),
            attributes: &message.attributes,
            now_s: with.now_us / 1_000_000,
        };
        let Some(kept) = with.sampler.judge(&facts) else {
            let span = (message.start_us, message.start_us + message.duration_us);
            let reason = Reason::SampledTail;
            pending.essential(drop_report(span, Kind::Message, Stage::Runner, reason, 1));
            return;
        };
        let class = if facts.is_success { Class::Routine } else { Class::Failed };
        let steps = self.steps(&message, with);
        let fault = message.error.as_ref().map(|error| self.redact_fault(error, with));
        let failed_at = message.error.as_ref().and_then(|error| self.known_place(error.node?.0));
        let (failed_route, failed_node) = failed_at.unzip();
        let id = self.id(message.counter, message.start_us);
        let text = |text: &str| with.redactor.text(text).unwrap_or_else(|| text.to_owned());
        let attributes: Vec<(Arc<str>, String)> = message
            .attributes
            .iter()
            .filter(|(name, _)| **name != *REPLAY_OF)
            .map(|(name, value)| {
                let masked = with.redactor.header(name, value.as_bytes());
                (name.clone(), masked.unwrap_or_else(|| text(value)))
            })
            .collect();
        let batch = pending.of(class);
        let names = &mut batch.names;
        let record = Message {
            id,
            exchange: camel_id(&message.exchange_id, names),
            route: names.intern(&route),
            from: (!from.is_empty()).then(|| names.intern(&from)),
            structure,
            duration_us: message.duration_us,
            outcome: match message.outcome {
                frame::Outcome::Completed => Outcome::Completed,
                frame::Outcome::Handled => Outcome::Handled,
                frame::Outcome::Failed => Outcome::Failed,
            },
            failed_node: failed_node.as_ref().map(|key| names.intern(key)),
            failed_step: message.error.as_ref().and_then(|error| error.step).map(|place| place + 1),
            fault: fault.map(|fault| {
                let node = failed_node.as_deref().unwrap_or_default();
                fault.named(failed_route.flatten().as_deref().unwrap_or(&route), node, names)
            }),
            correlation: correlation(&message),
            weight_milli: weight(message.weight),
            attributes: attributes
                .into_iter()
                .map(|(name, value)| (names.intern(&name), value))
                .collect(),
            flags: flags(&message, kept),
            replay_of: replay_of(&message),
            steps_total: u32::try_from(message.steps_total).unwrap_or(u32::MAX),
            steps: steps.into_iter().map(|step| step.named(names)).collect(),
        };
        let bytes = 64 + record.steps.len() * 24;
        batch.records.push(Record::Message(record));
        pending.weigh(class, bytes);
        let payloads = if facts_success(class) { Class::Bodies } else { Class::Failed };
        let wanted = pending.wanted();
        for carried in message.payloads {
            if let Some(original) = original::of(&carried, id, with.redactor, wanted) {
                pending.original(original);
            }
            let bodies = wanted != Wanted::All;
            let bytes = payload::admit(carried, id, with.redactor, bodies, pending.of(payloads));
            pending.weigh(payloads, bytes);
        }
    }

    /// The route of a node, where it is known, and its key.
    fn known_place(&self, number: u32) -> Option<(Option<Arc<str>>, Arc<str>)> {
        let node = self.nodes.get(&number)?;
        Some((self.routes.get(&node.route).map(|route| route.id.clone()), node.key.clone()))
    }

    /// The route and the key of a node.
    fn place(&self, number: u32) -> (Arc<str>, Arc<str>) {
        let unknown = || Arc::from(UNKNOWN);
        let Some((route, key)) = self.known_place(number) else { return (unknown(), unknown()) };
        (route.unwrap_or_else(unknown), key)
    }

    fn steps(&mut self, message: &frame::Message, with: &With<'_>) -> Vec<PlainStep> {
        (1..)
            .zip(&message.steps)
            .map(|(sequence, step)| {
                let detail =
                    (!step.detail.is_empty()).then(|| self.detail(&step.detail, with.redactor));
                let (route, node) = self.place(step.node.0);
                let flags = step_flags(step.flags);
                let step = Step {
                    sequence,
                    parent: step.parent.map_or(0, |place| place.saturating_add(1)),
                    iteration: step.iteration.map_or(0, |iteration| iteration.saturating_add(1)),
                    route: Name::OTHER,
                    node: Name::OTHER,
                    start_us: step.offset_us,
                    duration_us: step.duration_us,
                    flags,
                    redelivery: step.redelivery,
                    detail: None,
                };
                PlainStep { step, route, node, detail }
            })
            .collect()
    }

    fn redact_fault(&mut self, error: &ErrorReport, with: &With<'_>) -> PlainFault {
        let mut causes = error.causes.iter().map(|cause| {
            let text =
                with.redactor.text(&cause.message).unwrap_or_else(|| cause.message.to_string());
            (cause.class.clone(), text)
        });
        let outer = causes.next().unwrap_or_else(|| (UNKNOWN.into(), String::new()));
        let (root, outer) = match causes.next_back() {
            Some(root) => (root, Some(outer)),
            None => (outer, None),
        };
        let stack = (!error.stack.is_empty()).then(|| self.detail(&error.stack, with.redactor));
        PlainFault { root, outer, stack }
    }
}

fn facts_success(class: Class) -> bool {
    class == Class::Routine
}

/// A step whose names are still texts: the batch it goes into is borrowed later.
struct PlainStep {
    step: Step,
    route: Arc<str>,
    node: Arc<str>,
    detail: Option<Arc<str>>,
}

impl PlainStep {
    fn named(self, names: &mut Names) -> Step {
        let (route, node) = (names.intern(&self.route), names.intern(&self.node));
        Step { route, node, detail: self.detail.map(|detail| names.intern(&detail)), ..self.step }
    }
}

struct PlainFault {
    root: (Arc<str>, String),
    /// The outermost, if that is another.
    outer: Option<(Arc<str>, String)>,
    stack: Option<Arc<str>>,
}

impl PlainFault {
    /// The root cause is the fault: wrappers differ by where it surfaced.
    fn named(self, route: &str, node: &str, names: &mut Names) -> Fault {
        let Self { root: (class, message), outer, stack } = self;
        let fingerprint = fingerprint(&class, route, node, &message);
        let (outer_class, outer_message) = match outer {
            Some((class, text)) => (Some(names.intern(&class)), Some(text)),
            None => (None, None),
        };
        Fault {
            class: names.intern(&class),
            message,
            fingerprint,
            outer_class,
            outer_message,
            stack: stack.map(|stack| names.intern(&stack)),
        }
    }
}

fn replay_of(message: &frame::Message) -> Option<MessageId> {
    let said = message.attributes.iter().find(|(name, _)| **name == *REPLAY_OF)?;
    said.1.parse().ok()
}

fn correlation(message: &frame::Message) -> Correlation {
    let breadcrumb = Some(&message.breadcrumb)
        .filter(|text| !text.is_empty() && **text != message.exchange_id)
        .map(ToString::to_string);
    let trace = match message.trace {
        frame::Trace::Own => None,
        frame::Trace::Given { id, parent_span } => Some(Trace { id, caller_span: parent_span }),
    };
    let parent = message.parent.map(|parent| Parent {
        count: count(parent.counter),
        step: parent.step.map_or(0, |place| place.saturating_add(1)),
    });
    Correlation { breadcrumb, trace, parent }
}

/// `{prefix}-{16 upper-case hexadecimal digits}` is Camel's own form.
fn camel_id(text: &str, names: &mut Names) -> CamelId {
    let counted = text.rsplit_once('-').and_then(|(prefix, end)| {
        let upper = |b: u8| b.is_ascii_digit() || (b'A'..=b'F').contains(&b);
        let is_count = end.len() == 16 && end.bytes().all(upper);
        Some((prefix, u64::from_str_radix(end, 16).ok().filter(|_| is_count)?))
    });
    match counted {
        Some((prefix, count)) => CamelId::Counted { prefix: names.intern(prefix), count },
        None => CamelId::Text(text.to_owned()),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
fn weight(weight: f64) -> u32 {
    (weight.clamp(1.0, 1e6) * 1_000.0).round() as u32
}

fn flags(message: &frame::Message, kept: Kept) -> MessageFlags {
    use frame::MessageFlags as Said;
    let filtered = message.steps.iter().any(|step| step.flags.contains(frame::StepFlags::FILTERED));
    let pairs = [
        (message.flags.contains(Said::TRUNCATED), MessageFlags::TRUNCATED),
        (message.flags.contains(Said::PAYLOADS_DROPPED), MessageFlags::PAYLOADS_DROPPED),
        (message.flags.contains(Said::UNFINISHED), MessageFlags::STILL_RAN),
        (message.flags.contains(Said::DEAD_LETTER), MessageFlags::DEAD_LETTER),
        (message.flags.contains(Said::REDELIVERED), MessageFlags::REDELIVERED),
        (message.flags.contains(Said::GOVERNED), MessageFlags::GOVERNED),
        (filtered, MessageFlags::FILTERED),
        (kept == Kept::Slow, MessageFlags::SLOW),
        (kept == Kept::Asked, MessageFlags::FORCED),
    ];
    pairs
        .into_iter()
        .filter(|(is, _)| *is)
        .fold(MessageFlags::default(), |flags, (_, flag)| flags.with(flag))
}

fn step_flags(said: frame::StepFlags) -> StepFlags {
    use frame::StepFlags as Said;
    let pairs = [
        (Said::FAILED, StepFlags::FAILED),
        (Said::ASYNC, StepFlags::ASYNC),
        (Said::UNFINISHED, StepFlags::UNFINISHED),
        (Said::OTHER_THREAD, StepFlags::OTHER_THREAD),
        (Said::FILTERED, StepFlags::FILTERED),
    ];
    pairs
        .into_iter()
        .filter(|(flag, _)| said.contains(*flag))
        .fold(StepFlags::default(), |flags, (_, flag)| flags.with(flag))
}

/// Nodes in order, as one number: equal for messages that went the same way.
fn path(message: &frame::Message) -> u64 {
    message.steps.iter().fold(message.outcome as u64, |hash, step| {
        (hash.rotate_left(5) ^ u64::from(step.node.0)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    })
}

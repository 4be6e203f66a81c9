//! From a batch to rows: pure, so that what is stored of a record can be read here alone. Long because it spells out every
//! column of six tables once.
//!
//! ```text
//! needed(batch) -> names to number   build(batch, numbers, policy) -> Rows (one vector for each column)
//! ```
//! The clock rule: a start outside [now - retention, now + 1 h] would fall on a day that is not there. Such a message is
//! stored under the time of receipt and flagged; its id changes with it, and what else the batch says of it (payloads,
//! log lines) follows. What the workload's clock said is kept inside. Nothing is ever rejected for its time.

use std::collections::{BTreeSet, HashMap};

use domain::id::OrganizationId;
use telemetry::id::MessageId;
use telemetry::model::{
    Batch, Body, CamelId, HeaderValue, Kind as RecordKind, Message, MessageFlags, Name, Outcome,
    Payload, Reason, Record, Stage,
};
use telemetry::query;

use super::name::{self, Kind, Known};
use super::{NameId, OriginId, count, low_of, outcome, pack, signed};
use crate::telemetry::payload::Squeeze;

/// What a batch's rows depend on beside the batch.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    pub organization: OrganizationId,
    pub origin: OriginId,
    pub retention: i16,
    /// Whether words of bodies and headers can be looked up.
    pub index_words: bool,
    pub now_us: u64,
}

const HOUR_US: u64 = 3_600_000_000;
const DAY_US: u64 = 24 * HOUR_US;

/// A body's words beyond this are not indexed; the first of a document say what it is.
const MOST_WORDS: usize = 512;

/// A value longer than this is no key that anybody looks up.
const LONGEST_KEY: usize = 256;

/// The names of the batch that become numbers, with their kinds.
pub fn needed(batch: &Batch) -> BTreeSet<(Kind, String)> {
    let mut all = BTreeSet::new();
    let mut need = |kind: Kind, name: Option<Name>| {
        if let Some(name) = name {
            all.insert((kind, name::cut(batch.names.text(name)).to_owned()));
        }
    };
    for record in &batch.records {
        match record {
            Record::Message(message) => {
                need(Kind::Route, Some(message.route));
                need(Kind::Other, message.from);
                need(Kind::Node, message.failed_node);
                if let CamelId::Counted { prefix, .. } = message.exchange {
                    need(Kind::Other, Some(prefix));
                }
                for (key, _) in &message.attributes {
                    need(Kind::Attribute, Some(*key));
                }
                if let Some(fault) = &message.fault {
                    need(Kind::Class, Some(fault.class));
                    need(Kind::Class, fault.cause_class);
                }
                for step in &message.steps {
                    need(Kind::Node, Some(step.node));
                }
            }
            Record::Payload(payload) => {
                need(Kind::Other, payload.content_type);
                need(Kind::Other, payload.class);
            }
            Record::Log(log) => {
                need(Kind::Other, log.logger);
                need(Kind::Other, log.thread);
                need(Kind::Route, log.route);
                need(Kind::Node, log.node);
            }
            Record::Rollup(rollup) => {
                need(Kind::Route, Some(rollup.route));
                need(Kind::Node, rollup.node);
            }
            Record::Route(model) => need(Kind::Route, Some(model.route)),
            Record::Dropped(report) => need(Kind::Route, report.route),
            Record::Metric(_) | Record::Produced(_) | Record::Lost(_) => {}
        }
    }
    for structure in structures(batch) {
        all.insert((Kind::Other, hash_name(structure)));
    }
    all.insert((Kind::Other, hash_name(batch.origin.trace_base)));
    all
}

fn structures(batch: &Batch) -> BTreeSet<u64> {
    let of = |record: &Record| match record {
        Record::Message(message) => Some(message.structure),
        _ => None,
    };
    batch.records.iter().filter_map(of).collect()
}

/// A hash or a random number as a name: many messages share a few, and the name's number is shorter.
pub fn hash_name(hash: u64) -> String {
    format!("{hash:016x}")
}

/// What a message is looked up by that another of the same tracer made: the low half of the maker's id.
pub fn parent_key(low: i64) -> String {
    format!("parent {low:016x}")
}

/// The low half of the id of the message that began a trace: tracer and count (`Message::trace_id`).
pub fn low_of_trace(id: u128) -> u64 {
    let [tracer, count] = [(id >> 64) & 0xffff_ffff, id & 0xffff_ffff];
    u64::try_from((tracer << 32) | count).unwrap_or(0)
}

/// The W3C form of a trace's id.
pub fn trace_name(id: u128) -> String {
    format!("{id:032x}")
}

#[derive(Debug, Default)]
pub struct Rows {
    pub messages: Messages,
    pub payloads: Payloads,
    pub tokens: Tokens,
    pub logs: Logs,
    pub rollups: Rollups,
    pub accounts: Accounts,
    pub routes: Routes,
    pub failures: Vec<Failure>,
}

#[derive(Debug, Default)]
pub struct Messages {
    pub started_us: Vec<u64>,
    pub low: Vec<i64>,
    pub duration_us: Vec<i64>,
    pub fingerprint: Vec<Option<i64>>,
    pub route: Vec<i32>,
    pub steps: Vec<i32>,
    pub flags: Vec<i32>,
    pub node: Vec<Option<i32>>,
    pub class: Vec<Option<i32>>,
    pub outcome: Vec<i16>,
    pub packed: Vec<Vec<u8>>,
}

#[derive(Debug, Default)]
pub struct Payloads {
    pub started_us: Vec<u64>,
    pub low: Vec<i64>,
    pub full_size: Vec<i64>,
    pub hash: Vec<i64>,
    pub step: Vec<i32>,
    pub flags: Vec<i32>,
    pub content_type: Vec<Option<i32>>,
    pub class: Vec<Option<i32>>,
    pub dictionary: Vec<i32>,
    pub point: Vec<i16>,
    pub kind: Vec<i16>,
    pub headers: Vec<Vec<u8>>,
    pub body: Vec<Option<Vec<u8>>>,
}

#[derive(Debug, Default)]
pub struct Tokens {
    pub started_us: Vec<u64>,
    pub low: Vec<i64>,
    pub token: Vec<i64>,
}

#[derive(Debug, Default)]
pub struct Logs {
    pub at_us: Vec<u64>,
    pub message_us: Vec<Option<u64>>,
    pub message_low: Vec<Option<i64>>,
    pub logger: Vec<Option<i32>>,
    pub thread: Vec<Option<i32>>,
    pub route: Vec<Option<i32>>,
    pub node: Vec<Option<i32>>,
    pub level: Vec<i16>,
    pub source: Vec<i16>,
    pub body: Vec<String>,
    pub stack: Vec<Option<String>>,
}

#[derive(Debug, Default)]
pub struct Rollups {
    pub started_us: Vec<u64>,
    pub count: Vec<i64>,
    pub failed: Vec<i64>,
    pub handled: Vec<i64>,
    pub sum_us: Vec<i64>,
    pub max_us: Vec<i64>,
    pub route: Vec<i32>,
    pub node: Vec<i32>,
    pub histogram: Vec<Vec<u8>>,
}

#[derive(Clone, Debug, Default)]
pub struct Accounts {
    pub from_us: Vec<u64>,
    pub to_us: Vec<u64>,
    pub count: Vec<i64>,
    pub route: Vec<Option<i32>>,
    pub entry: Vec<i16>,
    pub kind: Vec<i16>,
    pub stage: Vec<i16>,
    pub reason: Vec<i16>,
}

#[derive(Debug, Default)]
pub struct Routes {
    pub route: Vec<i32>,
    pub structure: Vec<i64>,
    pub packed: Vec<Vec<u8>>,
}

impl Rows {
    /// The books of rows that the database does not take: all of them were let go.
    #[must_use]
    pub fn unstorable(&self) -> Self {
        let mut accounts = self.accounts.clone();
        let places = accounts.entry.iter_mut().zip(&mut accounts.stage).zip(&mut accounts.reason);
        for ((entry, stage), reason) in places.filter(|((entry, _), _)| **entry == entry::STORED) {
            *entry = entry::DROPPED;
            (*stage, *reason) = (Stage::Store as i16, Reason::Rejected as i16);
        }
        Self { accounts, ..Self::default() }
    }
}

/// What one batch adds to a failure group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub fingerprint: i64,
    pub route: i32,
    pub node: Option<i32>,
    pub class: i32,
    pub message: String,
    pub count: i64,
    pub handled: i64,
    pub first_us: u64,
    pub first_low: i64,
    pub last_us: u64,
    pub last_low: i64,
}

/// The numbers of `telemetry_account.entry`; never change one.
pub mod entry {
    pub const PRODUCED: i16 = 0;
    pub const STORED: i16 = 1;
    pub const DROPPED: i16 = 2;
    pub const LOST: i16 = 3;
}

/// A token as it is stored: the organization is part of it, so equal words of two organizations differ.
pub fn salted(organization: OrganizationId, token: i64) -> i64 {
    let (_, salt) = organization.0.as_u64_pair();
    token ^ signed(salt)
}

struct Builder<'a> {
    batch: &'a Batch,
    known: &'a Known,
    policy: Policy,
    /// Low halves of messages whose clock is wrong, and the start they are stored under.
    moved: HashMap<i64, u64>,
    rows: Rows,
    groups: HashMap<(i64, i32), usize>,
}

pub fn build(batch: &Batch, known: &Known, policy: Policy, squeeze: &mut Squeeze) -> Rows {
    let moved = batch.records.iter().filter_map(|record| match record {
        Record::Message(message) if !in_time(policy, message.id.started_us) => {
            Some((low_of(message.id), policy.now_us))
        }
        _ => None,
    });
    let mut builder = Builder {
        batch,
        known,
        policy,
        moved: moved.collect(),
        rows: Rows::default(),
        groups: HashMap::new(),
    };
    let mut stored = [0_i64; 10];
    for record in &batch.records {
        stored[record.kind() as usize] += 1;
        builder.record(record, squeeze);
    }
    for kind in RecordKind::ALL {
        let count = stored[kind as usize];
        if count > 0 {
            let at = policy.now_us;
            builder.account(at, at, count, None, entry::STORED, kind, 0, 0);
        }
    }
    builder.rows
}

fn in_time(policy: Policy, us: u64) -> bool {
    let kept = u64::from(policy.retention.unsigned_abs()) * DAY_US;
    // The oldest day may be dropped while this is written.
    let oldest = policy.now_us.saturating_sub(kept.saturating_sub(HOUR_US));
    us >= oldest && us <= policy.now_us + HOUR_US
}

impl Builder<'_> {
    fn number(&self, kind: Kind, name: Name) -> NameId {
        let text = name::cut(self.batch.names.text(name)).to_owned();
        self.known.get(&(kind, text)).copied().unwrap_or(NameId(0))
    }

    fn numbers(&self, kind: Kind, name: Option<Name>) -> Option<i32> {
        name.map(|name| self.number(kind, name).0)
    }

    fn text(&self, name: Name) -> &str {
        self.batch.names.text(name)
    }

    /// Where a message is stored.
    fn start(&self, id: MessageId) -> u64 {
        self.moved.get(&low_of(id)).copied().unwrap_or(id.started_us)
    }

    /// Of a record that is no message.
    fn at(&self, us: u64) -> u64 {
        if in_time(self.policy, us) { us } else { self.policy.now_us }
    }

    fn record(&mut self, record: &Record, squeeze: &mut Squeeze) {
        match record {
            Record::Message(message) => self.message(message),
            Record::Payload(payload) => self.payload(payload, squeeze),
            Record::Log(log) => {
                let message = log.message.map(|id| (self.at(self.start(id)), low_of(id)));
                let [logger, thread] =
                    [log.logger, log.thread].map(|name| self.numbers(Kind::Other, name));
                let route = self.numbers(Kind::Route, log.route);
                let node = self.numbers(Kind::Node, log.node);
                let stack = log.stack.map(|stack| clean(self.text(stack)));
                let at = self.at(log.at_us);
                let logs = &mut self.rows.logs;
                logs.at_us.push(at);
                logs.message_us.push(message.map(|(at, _)| at));
                logs.message_low.push(message.map(|(_, low)| low));
                logs.logger.push(logger);
                logs.thread.push(thread);
                logs.route.push(route);
                logs.node.push(node);
                logs.level.push(log.level as i16);
                logs.source.push(log.source as i16);
                logs.body.push(clean(&log.text));
                logs.stack.push(stack);
            }
            Record::Rollup(rollup) => {
                let route = self.number(Kind::Route, rollup.route).0;
                let node = self.numbers(Kind::Node, rollup.node).unwrap_or(0);
                let at = self.at(rollup.minute_s.saturating_mul(1_000_000));
                let rollups = &mut self.rows.rollups;
                rollups.started_us.push(at);
                rollups.count.push(count(rollup.count));
                rollups.failed.push(count(rollup.failed));
                rollups.handled.push(count(rollup.handled));
                rollups.sum_us.push(count(rollup.duration_sum_us));
                rollups.max_us.push(count(rollup.duration_max_us));
                rollups.route.push(route);
                rollups.node.push(node);
                rollups.histogram.push(super::rollup::pack(&rollup.durations));
            }
            Record::Route(model) => {
                let packed = super::rollup::pack_route(model, &self.batch.names);
                let route = self.number(Kind::Route, model.route).0;
                self.rows.routes.route.push(route);
                self.rows.routes.structure.push(signed(model.structure));
                self.rows.routes.packed.push(packed);
            }
            Record::Produced(made) => {
                let (from, to) = (self.at(made.from_us), self.at(made.to_us));
                self.account(from, to, count(made.count), None, entry::PRODUCED, made.kind, 0, 0);
            }
            Record::Dropped(report) => {
                let (from, to) = (self.at(report.from_us), self.at(report.to_us));
                let route = self.numbers(Kind::Route, report.route);
                let (stage, reason) = (report.stage as i16, report.reason as i16);
                let count = count(report.count);
                self.account(from, to, count, route, entry::DROPPED, report.kind, stage, reason);
            }
            Record::Lost(lost) => {
                let (from, to) = (self.at(lost.from_us), self.at(lost.to_us));
                let (stage, reason) = (i16::from(lost.is_exact), lost.reason as i16);
                let count = count(lost.at_most);
                self.account(from, to, count, None, entry::LOST, lost.kind, stage, reason);
            }
            // Points are served by the runner's own page; see `docs/decisions`.
            Record::Metric(_) => {}
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one for each column")]
    fn account(
        &mut self,
        from_us: u64,
        to_us: u64,
        count: i64,
        route: Option<i32>,
        entry: i16,
        kind: RecordKind,
        stage: i16,
        reason: i16,
    ) {
        let accounts = &mut self.rows.accounts;
        accounts.from_us.push(from_us);
        accounts.to_us.push(to_us.max(from_us));
        accounts.count.push(count);
        accounts.route.push(route);
        accounts.entry.push(entry);
        accounts.kind.push(kind as i16);
        accounts.stage.push(stage);
        accounts.reason.push(reason);
    }

    fn message(&mut self, message: &Message) {
        let started_us = self.start(message.id);
        let is_moved = started_us != message.id.started_us;
        let flags = if is_moved { message.flags.with(MessageFlags::SKEWED) } else { message.flags };
        let outcome = match message.outcome {
            Outcome::Completed => outcome::COMPLETED,
            Outcome::Handled => outcome::HANDLED,
            // One in flight is never in a batch; should one come, it did not end well.
            Outcome::Failed | Outcome::InFlight => outcome::FAILED,
        };
        let hash = |hash: u64| {
            self.known.get(&(Kind::Other, hash_name(hash))).copied().unwrap_or(NameId(0))
        };
        let run = pack::Run {
            structure: hash(message.structure),
            trace_base: hash(self.batch.origin.trace_base),
        };
        let packed = pack::pack(
            message,
            run,
            is_moved.then_some(message.id.started_us),
            |kind, name| self.number(kind, name),
            |name| self.text(name),
        );
        let route = self.number(Kind::Route, message.route).0;
        let node = self.numbers(Kind::Node, message.failed_node);
        let class = message.fault.as_ref().map(|fault| self.number(Kind::Class, fault.class).0);
        let fingerprint = message.fault.as_ref().map(|fault| signed(fault.fingerprint));
        let low = low_of(message.id);
        self.tokens(message, started_us, low, outcome);
        if let (Some(fault), Some(class), Some(fingerprint)) = (&message.fault, class, fingerprint)
        {
            let weight = i64::from(message.weight_milli.div_ceil(1_000));
            let handled = i64::from(outcome == outcome::HANDLED) * weight;
            self.failure(Failure {
                fingerprint,
                route,
                node,
                class,
                message: clean(name::cut(&fault.message)),
                count: weight,
                handled,
                first_us: started_us,
                first_low: low,
                last_us: started_us,
                last_low: low,
            });
        }
        let messages = &mut self.rows.messages;
        messages.started_us.push(started_us);
        messages.low.push(low);
        messages.duration_us.push(count(message.duration_us));
        messages.fingerprint.push(fingerprint);
        messages.route.push(route);
        messages.steps.push(i32::try_from(message.steps_total).unwrap_or(i32::MAX));
        messages.flags.push(bits(flags.0) | replay_bit(message));
        messages.node.push(node);
        messages.class.push(class);
        messages.outcome.push(outcome);
        messages.packed.push(packed);
    }

    fn failure(&mut self, new: Failure) {
        let place =
            self.groups.entry((new.fingerprint, new.route)).or_insert(self.rows.failures.len());
        let Some(group) = self.rows.failures.get_mut(*place) else {
            self.rows.failures.push(new);
            return;
        };
        group.count += new.count;
        group.handled += new.handled;
        if new.first_us < group.first_us {
            (group.first_us, group.first_low) = (new.first_us, new.first_low);
        }
        if new.last_us >= group.last_us {
            (group.last_us, group.last_low) = (new.last_us, new.last_low);
            (group.message, group.node) = (new.message, new.node);
        }
    }

    fn token(&mut self, started_us: u64, low: i64, token: i64) {
        let tokens = &mut self.rows.tokens;
        tokens.started_us.push(started_us);
        tokens.low.push(low);
        tokens.token.push(salted(self.policy.organization, token));
    }

    fn tokens(&mut self, message: &Message, started_us: u64, low: i64, outcome: i16) {
        let mut tokens = BTreeSet::new();
        for (key, value) in &message.attributes {
            if value.len() <= LONGEST_KEY {
                tokens.insert(query::attribute_token(self.text(*key), value));
            }
        }
        let correlation = &message.correlation;
        tokens.extend(correlation.breadcrumb.as_deref().map(query::correlation_token));
        tokens
            .extend(correlation.trace.map(|trace| query::correlation_token(&trace_name(trace.id))));
        if let Some(parent) = correlation.parent {
            let maker = MessageId { count: parent.count, ..message.id };
            tokens.insert(query::correlation_token(&parent_key(low_of(maker))));
        }
        tokens.extend(message.replay_of.map(|id| query::correlation_token(&id.to_string())));
        // Camel's own id is looked up from a log line, which is written about what failed; an entry for every message would
        // cost as much as the message.
        match &message.exchange {
            CamelId::Text(id) => {
                tokens.insert(query::correlation_token(id));
            }
            CamelId::Counted { prefix, count } if outcome != outcome::COMPLETED => {
                let id = format!("{}-{count:016X}", self.text(*prefix));
                tokens.insert(query::correlation_token(&id));
            }
            CamelId::Counted { .. } => {}
        }
        for token in tokens {
            self.token(started_us, low, token);
        }
    }

    fn payload(&mut self, payload: &Payload, squeeze: &mut Squeeze) {
        let started_us = self.at(self.start(payload.message));
        let low = low_of(payload.message);
        if self.policy.index_words {
            let mut tokens = BTreeSet::new();
            if let Body::Bytes(bytes) = &payload.body {
                let text = String::from_utf8_lossy(bytes);
                tokens.extend(
                    query::words(&text).take(MOST_WORDS).map(|word| query::word_token(&word)),
                );
            }
            for header in &payload.headers {
                if let Some(value) = header_text(&header.value).filter(|v| v.len() <= LONGEST_KEY) {
                    tokens.insert(query::header_token(self.text(header.name), &value));
                }
            }
            for token in tokens {
                self.token(started_us, low, token);
            }
        }
        let [content_type, class] =
            [payload.content_type, payload.class].map(|name| self.numbers(Kind::Other, name));
        let headers = pack::pack_headers(&payload.headers, |name| self.batch.names.text(name));
        let (kind, body, dictionary) = match &payload.body {
            Body::None => (0, None, 0),
            Body::Bytes(bytes) => {
                let (body, dictionary) = squeeze.body(bytes);
                (1, Some(body), dictionary)
            }
            Body::Unavailable(why) => (2 + *why as i16, None, 0),
        };
        let payloads = &mut self.rows.payloads;
        payloads.started_us.push(started_us);
        payloads.low.push(low);
        payloads.full_size.push(count(payload.full_size));
        payloads.hash.push(signed(payload.hash));
        payloads.step.push(i32::try_from(payload.step).unwrap_or(i32::MAX));
        payloads.flags.push(bits(payload.flags.0));
        payloads.content_type.push(content_type);
        payloads.class.push(class);
        payloads.dictionary.push(dictionary);
        payloads.point.push(payload.point as i16);
        payloads.kind.push(kind);
        payloads.headers.push(squeeze.headers(&headers));
        payloads.body.push(body);
    }
}

/// A bit of `message.flags` that no flag of the model uses: the row is a replay.
pub const REPLAY_BIT: i32 = 1 << 30;

fn replay_bit(message: &Message) -> i32 {
    if message.replay_of.is_some() { REPLAY_BIT } else { 0 }
}

fn bits(flags: u32) -> i32 {
    // The highest two bits are ours.
    i32::try_from(flags & 0x3fff_ffff).unwrap_or(0)
}

/// PostgreSQL's text has no NUL.
fn clean(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// As people write it in a query; bytes have no such form.
pub(crate) fn header_text(value: &HeaderValue) -> Option<String> {
    match value {
        HeaderValue::Null | HeaderValue::Bytes(_) => None,
        HeaderValue::Text(text) | HeaderValue::Masked(text) | HeaderValue::Opaque(text) => {
            Some(text.clone())
        }
        HeaderValue::Long(number) => Some(number.to_string()),
        HeaderValue::Double(number) => Some(number.to_string()),
        HeaderValue::Bool(truth) => Some(truth.to_string()),
        HeaderValue::Instant(ms) => Some(ms.to_string()),
    }
}

//! Record by record into columns. Long because it spells out every column of six tables once.

use std::collections::HashMap;

use telemetry::id::MessageId;
use telemetry::model::{
    Batch, Body, CamelId, Histogram, Kind as RecordKind, Log, Message, MessageFlags, Name, Outcome,
    Payload, Record,
};
use telemetry::query;

use super::numbers::Numbers;
use super::{
    Failure, Policy, REPLAY_BIT, Rows, clean, entry, header_text, lane, parent_key, salted,
    trace_name,
};
use crate::telemetry::dictionary::Squeeze;
use crate::telemetry::name::{self, Kind, Known};
use crate::telemetry::pack::{self, Naming as _};
use crate::telemetry::rollup::Sum;
use crate::telemetry::{NameId, count, low_of, outcome, rollup, signed, skew};

/// A body's words beyond this are not indexed; the first of a document say what it is.
const MOST_WORDS: usize = 512;

/// A value longer than this is no key that anybody looks up.
const LONGEST_KEY: usize = 256;

/// A batch whose names have numbers. Its paths need some too.
pub struct Draft<'a> {
    batch: &'a Batch,
    numbers: Numbers<'a>,
    paths: Vec<Path>,
    /// Which of them each message went, in the order of the messages.
    went: Vec<usize>,
}

/// A way through the nodes of a route.
struct Path {
    /// Its bytes in hexadecimal.
    text: String,
    messages: u32,
}

impl<'a> Draft<'a> {
    pub fn new(batch: &'a Batch, known: &'a Known) -> Self {
        let numbers = Numbers::new(&batch.names, known);
        let (mut paths, mut went) = (Vec::new(), Vec::new());
        let mut places: HashMap<Vec<u8>, usize> = HashMap::new();
        let mut bytes = pack::Writer::default();
        for record in &batch.records {
            let Record::Message(message) = record else { continue };
            bytes.0.clear();
            let route = |name| numbers.number(Kind::Route, name);
            let node = |name| numbers.number(Kind::Node, name);
            pack::put_path(&mut bytes, message.route, &message.steps, route, node);
            let place = if let Some(place) = places.get(&bytes.0) {
                *place
            } else {
                places.insert(bytes.0.clone(), paths.len());
                paths.push(Path { text: hex::encode(&bytes.0), messages: 0 });
                paths.len() - 1
            };
            paths[place].messages += 1;
            went.push(place);
        }
        Self { batch, numbers, paths, went }
    }

    /// The paths that may have a number, and how many messages went each. Whoever numbers decides which are worth it.
    pub fn paths(&self) -> impl Iterator<Item = (&str, u32)> {
        let short = self.paths.iter().filter(|path| path.text.len() <= name::LONGEST);
        short.map(|path| (path.text.as_str(), path.messages))
    }

    pub fn build(&self, paths: &Known, policy: Policy, squeeze: &mut Squeeze<'_>) -> Rows {
        let number = |path: &Path| paths.get(&(Kind::Path, path.text.clone())).copied();
        let moved = self.batch.records.iter().filter_map(|record| match record {
            Record::Message(message) if !skew::in_time(policy, message.id.started_us) => {
                Some((low_of(message.id), policy.now_us))
            }
            _ => None,
        });
        let mut builder = Builder {
            numbers: &self.numbers,
            run: pack::Run {
                structure: NameId(0),
                trace_base: self.numbers.hash(self.batch.origin.trace_base),
            },
            policy,
            moved: moved.collect(),
            rows: Rows::default(),
            groups: HashMap::new(),
            minutes: HashMap::new(),
            durations: Vec::new(),
        };
        let paths: Vec<Option<NameId>> = self.paths.iter().map(number).collect();
        let mut went = self.went.iter().map(|place| paths[*place]);
        let mut stored = [0_i64; 10];
        for record in &self.batch.records {
            stored[record.kind() as usize] += 1;
            match record {
                Record::Message(message) => builder.message(message, went.next().flatten()),
                Record::Payload(payload) => builder.payload(payload, squeeze),
                other => builder.record(other, self.batch),
            }
        }
        for kind in RecordKind::ALL {
            let count = stored[kind as usize];
            if count > 0 {
                let at = policy.now_us;
                builder.account(at, at, count, None, entry::STORED, kind, 0, 0);
            }
        }
        builder.rows.rollups.histogram = builder.durations.iter().map(rollup::pack).collect();
        builder.rows
    }
}

struct Builder<'a> {
    numbers: &'a Numbers<'a>,
    /// Of the message at hand.
    run: pack::Run,
    policy: Policy,
    /// Low halves of messages whose clock is wrong, and the start they are stored under.
    moved: HashMap<i64, u64>,
    rows: Rows,
    groups: HashMap<(i64, i32), usize>,
    /// Where the counts of a route in a minute are, and its histogram at the same place.
    minutes: HashMap<(i32, u64), usize>,
    durations: Vec<Histogram>,
}

impl Builder<'_> {
    fn text(&self, name: Name) -> &str {
        self.numbers.text(name)
    }

    /// Where a message is stored.
    fn start(&self, id: MessageId) -> u64 {
        if self.moved.is_empty() {
            return id.started_us;
        }
        self.moved.get(&low_of(id)).copied().unwrap_or(id.started_us)
    }

    /// Where something is stored that belongs to a message. If the message is not in this batch and its clock is wrong, it is
    /// stored apart, and a token leads to it.
    fn beside(&mut self, id: MessageId) -> u64 {
        let start = self.start(id);
        if skew::in_time(self.policy, start) {
            return start;
        }
        let (low, now_us) = (low_of(id), self.policy.now_us);
        self.token(now_us, low, skew::token(low));
        now_us
    }

    /// Of a record that is no message.
    fn at(&self, us: u64) -> u64 {
        if skew::in_time(self.policy, us) { us } else { self.policy.now_us }
    }

    fn record(&mut self, record: &Record, batch: &Batch) {
        match record {
            Record::Log(log) => self.log(log),
            Record::Rollup(sum) => self.rollup(sum),
            Record::Route(model) => {
                let packed = rollup::pack_route(model, &batch.names);
                let route = self.numbers.number(Kind::Route, model.route).0;
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
                let route = self.numbers.maybe(Kind::Route, report.route);
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
            // They went elsewhere.
            Record::Message(_) | Record::Payload(_) => {}
        }
    }

    /// A route in a minute is one row: its nodes are packed beside its own counts.
    fn rollup(&mut self, made: &telemetry::model::Rollup) {
        let route = self.numbers.number(Kind::Route, made.route).0;
        let node = self.numbers.maybe(Kind::Node, made.node);
        let at = self.at(made.minute_s.saturating_mul(1_000_000));
        let rollups = &mut self.rows.rollups;
        let new = rollups.count.len();
        let place = *self.minutes.entry((route, at)).or_insert(new);
        if place == new {
            rollups.started_us.push(at);
            rollups.route.push(route);
            for column in [
                &mut rollups.count,
                &mut rollups.failed,
                &mut rollups.handled,
                &mut rollups.sum_us,
                &mut rollups.max_us,
            ] {
                column.push(0);
            }
            rollups.nodes.push(None);
            self.durations.push(Histogram::default());
        }
        let sum = Sum {
            count: made.count,
            failed: made.failed,
            handled: made.handled,
            sum_us: made.duration_sum_us,
            max_us: made.duration_max_us,
            durations: made.durations.clone(),
        };
        if let Some(node) = node {
            let nodes = rollups.nodes[place].get_or_insert_default();
            rollup::put_node(nodes, NameId(node), &sum);
            return;
        }
        rollups.count[place] = rollups.count[place].saturating_add(count(sum.count));
        rollups.failed[place] = rollups.failed[place].saturating_add(count(sum.failed));
        rollups.handled[place] = rollups.handled[place].saturating_add(count(sum.handled));
        rollups.sum_us[place] = rollups.sum_us[place].saturating_add(count(sum.sum_us));
        rollups.max_us[place] = rollups.max_us[place].max(count(sum.max_us));
        self.durations[place].merge(&sum.durations);
    }

    fn log(&mut self, log: &Log) {
        let message = log.message.map(|id| (self.beside(id), low_of(id)));
        let other = |name| self.numbers.maybe(Kind::Other, name);
        let [logger, thread] = [log.logger, log.thread].map(other);
        let route = self.numbers.maybe(Kind::Route, log.route);
        let node = self.numbers.maybe(Kind::Node, log.node);
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

    fn message(&mut self, message: &Message, path: Option<NameId>) {
        let started_us = self.start(message.id);
        let is_moved = started_us != message.id.started_us;
        let flags = if is_moved { message.flags.with(MessageFlags::SKEWED) } else { message.flags };
        let outcome = match message.outcome {
            Outcome::Completed => outcome::COMPLETED,
            Outcome::Handled => outcome::HANDLED,
            // One in flight is never in a batch; should one come, it did not end well.
            Outcome::Failed | Outcome::InFlight => outcome::FAILED,
        };
        self.run.structure = self.numbers.hash(message.structure);
        let claimed = is_moved.then_some(message.id.started_us);
        let packed = pack::pack(message, self.run, path, claimed, self.numbers);
        let route = self.numbers.number(Kind::Route, message.route).0;
        let node = self.numbers.maybe(Kind::Node, message.failed_node);
        let class = message.fault.as_ref().map(|fault| fault.class);
        let class = self.numbers.maybe(Kind::Class, class);
        let fingerprint = message.fault.as_ref().map(|fault| signed(fault.fingerprint));
        let low = low_of(message.id);
        self.tokens(message, started_us, low, outcome);
        // Of a replay that fails, the original is the failure: it stays open until one repairs it.
        if let (Some(fault), Some(class), Some(fingerprint), None) =
            (&message.fault, class, fingerprint, message.replay_of)
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
        messages.route.push(lane(self.policy.organization, route));
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
        let mut tokens = Vec::new();
        for (key, value) in &message.attributes {
            if value.len() <= LONGEST_KEY {
                tokens.push(query::attribute_token(self.text(*key), value));
            }
        }
        let correlation = &message.correlation;
        tokens.extend(correlation.breadcrumb.as_deref().map(query::correlation_token));
        tokens
            .extend(correlation.trace.map(|trace| query::correlation_token(&trace_name(trace.id))));
        if let Some(parent) = correlation.parent {
            let maker = MessageId { count: parent.count, ..message.id };
            tokens.push(query::correlation_token(&parent_key(low_of(maker))));
        }
        tokens.extend(message.replay_of.map(|id| query::correlation_token(&id.to_string())));
        // Camel's own id is looked up from a log line, which is written about what failed; an entry for every message would
        // cost as much as the message.
        match &message.exchange {
            CamelId::Text(id) => {
                tokens.push(query::correlation_token(id));
            }
            CamelId::Counted { prefix, count } if outcome != outcome::COMPLETED => {
                let id = format!("{}-{count:016X}", self.text(*prefix));
                tokens.push(query::correlation_token(&id));
            }
            CamelId::Counted { .. } => {}
        }
        tokens.sort_unstable();
        tokens.dedup();
        for token in tokens {
            self.token(started_us, low, token);
        }
    }

    fn payload(&mut self, payload: &Payload, squeeze: &mut Squeeze<'_>) {
        let started_us = self.beside(payload.message);
        let low = low_of(payload.message);
        if self.policy.index_words {
            let mut tokens = Vec::new();
            if let Body::Bytes(bytes) = &payload.body {
                let text = String::from_utf8_lossy(bytes);
                tokens.extend(
                    query::words(&text).take(MOST_WORDS).map(|word| query::word_token(&word)),
                );
            }
            for header in &payload.headers {
                if let Some(value) = header_text(&header.value).filter(|v| v.len() <= LONGEST_KEY) {
                    tokens.push(query::header_token(self.text(header.name), &value));
                }
            }
            tokens.sort_unstable();
            tokens.dedup();
            for token in tokens {
                self.token(started_us, low, token);
            }
        }
        let [content_type, class] =
            [payload.content_type, payload.class].map(|name| self.numbers.maybe(Kind::Other, name));
        let headers = pack::pack_headers(&payload.headers, |name| self.numbers.text(name));
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

fn replay_bit(message: &Message) -> i32 {
    if message.replay_of.is_some() { REPLAY_BIT } else { 0 }
}

fn bits(flags: u32) -> i32 {
    // The highest two bits are ours.
    i32::try_from(flags & 0x3fff_ffff).unwrap_or(0)
}

//! Batches for tests, written as ingest writes them.

use std::collections::{BTreeSet, HashMap};

use domain::id::RuntimeId;
use store::telemetry::dictionary::Squeeze;
use store::telemetry::name::{self, Kind, Known, Origin};
use store::telemetry::rows::{self, Draft, Policy};
use store::telemetry::search::Scene;
use store::telemetry::write::Writer;
use store::telemetry::{Agent, DEFAULT_RETENTION, OriginId, partition};
use store::{Db, Door, Tx};
use telemetry::id::{MessageId, TracerInstance};
use telemetry::model::{
    Batch, Body, CamelId, Correlation, Fault, Header, HeaderValue, Histogram, Level, Log,
    LogSource, Message, MessageFlags, Names, Origin as BatchOrigin, Outcome, Payload, PayloadFlags,
    Point, Record, Rollup, Step, StepFlags,
};
use testkit::people::Member;

/// Its low half is the tracer's number.
pub(crate) const TRACE_BASE: u64 = (0xfeed << 32) | 7;

pub(crate) struct World {
    pub(crate) db: Db,
    pub(crate) member: Member,
    pub(crate) origin: Origin,
    pub(crate) agent: Agent,
    pub(crate) now_us: u64,
    pub(crate) next: u64,
    pub(crate) index_words: bool,
}

pub(crate) async fn world(db: &Db, organization: &str) -> World {
    let member = testkit::people::organization(db, organization).await;
    let now = testkit::people::now();
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let mut door = Door::begin(db).await.unwrap();
    let first = today.saturating_sub(jiff::Span::new().days(3));
    let last = today.saturating_add(jiff::Span::new().days(1));
    partition::prepare(&mut door, DEFAULT_RETENTION, first, last).await.unwrap();
    door.commit().await.unwrap();
    let runtime = RuntimeId(testkit::people::new_id());
    World {
        db: db.clone(),
        member,
        origin: Origin {
            runtime,
            workload: None,
            deployment: None,
            project: None,
            environment_id: None,
            integration: "orders".to_owned(),
            environment: "dev".to_owned(),
            release: "4f2c00".to_owned(),
        },
        agent: Agent { runtime, epoch: 1 },
        now_us: u64::try_from(now.as_microsecond()).unwrap(),
        next: 1,
        index_words: false,
    }
}

/// One message; the rest of the test says what is special about it.
pub(crate) struct Make<'a> {
    pub(crate) names: &'a mut Names,
}

impl Make<'_> {
    pub(crate) fn message(&mut self, at_us: u64, count: u32, route: &str) -> Message {
        let steps = (0..3_u32).map(|at| Step {
            sequence: at + 1,
            parent: 0,
            iteration: 0,
            route: self.names.intern(route),
            node: self.names.intern(&format!("{route}-node{at}")),
            start_us: u64::from(at) * 100,
            duration_us: 90,
            flags: StepFlags(0),
            redelivery: 0,
            detail: (at == 2).then(|| self.names.intern("404")),
        });
        let steps = steps.collect();
        Message {
            id: MessageId { started_us: at_us, tracer: TracerInstance(7), count },
            exchange: CamelId::Counted {
                prefix: self.names.intern("0123456789ABCDEF"),
                count: u64::from(count),
            },
            route: self.names.intern(route),
            from: None,
            structure: 0x0feed,
            duration_us: 14_000,
            outcome: Outcome::Completed,
            failed_node: None,
            failed_step: None,
            fault: None,
            correlation: Correlation::default(),
            weight_milli: 1_000,
            attributes: Vec::new(),
            flags: MessageFlags(0),
            replay_of: None,
            steps_total: 3,
            steps,
        }
    }

    pub(crate) fn fail(&mut self, message: &mut Message, class: &str, text: &str) {
        message.outcome = Outcome::Failed;
        message.failed_node = Some(message.steps[2].node);
        message.failed_step = Some(3);
        message.fault = Some(Fault {
            class: self.names.intern(class),
            message: text.to_owned(),
            fingerprint: 77,
            outer_class: None,
            outer_message: None,
            stack: Some(self.names.intern("at io.example.Tea.price(Tea.java:7)")),
        });
    }

    pub(crate) fn payload(&mut self, message: &Message, body: &str) -> Payload {
        Payload {
            message: message.id,
            step: 1,
            point: Point::Start,
            content_type: Some(self.names.intern("application/json")),
            class: None,
            headers: vec![Header {
                name: self.names.intern("CamelHttpUri"),
                value: HeaderValue::Text("/orders".to_owned()),
            }],
            body: Body::Bytes(body.as_bytes().to_vec()),
            full_size: body.len() as u64,
            hash: 1,
            flags: PayloadFlags(0),
        }
    }

    pub(crate) fn log(&mut self, message: &Message, text: &str) -> Log {
        Log {
            at_us: message.id.started_us + 5,
            level: Level::Warn,
            source: LogSource::Logger,
            logger: Some(self.names.intern("io.example.Tea")),
            thread: None,
            message: Some(message.id),
            route: Some(message.route),
            node: None,
            text: text.to_owned(),
            stack: None,
        }
    }

    pub(crate) fn rollup(&mut self, minute_s: u64, route: &str, node: Option<&str>) -> Rollup {
        let mut durations = Histogram::default();
        durations.record(1_000);
        durations.record(9_000);
        Rollup {
            route: self.names.intern(route),
            node: node.map(|node| self.names.intern(node)),
            minute_s,
            count: 2,
            failed: 1,
            handled: 0,
            duration_sum_us: 10_000,
            duration_max_us: 9_000,
            durations,
        }
    }
}

impl World {
    pub(crate) fn batch(&self, make: impl FnOnce(&mut Make<'_>) -> Vec<Record>) -> Batch {
        let mut names = Names::default();
        let records = make(&mut Make { names: &mut names });
        Batch {
            origin: BatchOrigin {
                workload: None,
                deployment: None,
                integration: self.origin.integration.clone(),
                environment: self.origin.environment.clone(),
                release: self.origin.release.clone(),
                tracer: TracerInstance(7),
                trace_base: TRACE_BASE,
            },
            closed_us: self.now_us,
            names,
            records,
        }
    }

    /// Stores the batch under the next number; `false` when it was there already.
    pub(crate) async fn store(&mut self, batch: &Batch) -> bool {
        let number = self.next;
        self.next += 1;
        self.store_as(batch, number).await
    }

    pub(crate) async fn store_as(&self, batch: &Batch, number: u64) -> bool {
        let (writer, taken) = self.write(batch, number).await;
        writer.commit().await.unwrap();
        taken
    }

    /// Everything but the commit.
    pub(crate) async fn write(&self, batch: &Batch, number: u64) -> (Writer, bool) {
        let now = testkit::people::now();
        let mut tx = self.tx().await;
        let known = numbers(&mut tx, &rows::needed(batch)).await;
        let draft = Draft::new(batch, &known);
        // As ingest has it: a path that comes more than once has a number.
        let often = draft.paths().filter(|(_, messages)| *messages > 1);
        let paths = often.map(|(path, _)| (Kind::Path, path.to_owned())).collect();
        let paths = numbers(&mut tx, &paths).await;
        let origin = name::ensure_origin(&mut tx, &self.origin, now).await.unwrap();
        tx.commit().await.unwrap();
        let policy = Policy {
            organization: self.member.organization,
            origin,
            retention: DEFAULT_RETENTION,
            index_words: self.index_words,
            now_us: self.now_us,
        };
        let rows = draft.build(&paths, policy, &mut Squeeze::new(None));
        let mut writer = Writer::begin(&self.db, self.member.organization).await.unwrap();
        let taken = writer.take(self.agent, number, now).await.unwrap();
        if taken {
            writer.insert(self.agent, origin, DEFAULT_RETENTION, &rows, now).await.unwrap();
        }
        (writer, taken)
    }

    pub(crate) async fn tx(&self) -> Tx {
        Tx::begin(&self.db, self.member.organization, self.member.actor).await.unwrap()
    }

    pub(crate) async fn scene(&self) -> Scene {
        let origins = name::origins(&mut self.tx().await).await.unwrap();
        let runtimes = HashMap::from([(self.origin.runtime, "laptop".to_owned())]);
        let now_us = i64::try_from(self.now_us).ok();
        Scene { origins, runtimes, now_us }
    }

    pub(crate) async fn origins(&self) -> Vec<OriginId> {
        self.scene().await.origins.into_keys().collect()
    }
}

async fn numbers(tx: &mut Tx, wanted: &BTreeSet<(Kind, String)>) -> Known {
    let wanted: Vec<_> = wanted.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
    name::ensure(tx, &wanted).await.unwrap()
}

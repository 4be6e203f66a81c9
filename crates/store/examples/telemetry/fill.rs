//! A store as a month leaves it: messages with attributes, some with bodies whose words are indexed, counts, and beside it the naive
//! table with a tenth of it.
//!
//! What was filled is written down beside it and kept: asked for no more than that, this does nothing.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::Executor as _;
use store::Tx;
use store::telemetry::rollup;
use telemetry::generate::fleet::{Carries, Fleet, ROUTES, STEPS, node_name, route_name};
use telemetry::id::{MessageId, TracerInstance};
use telemetry::model::{Batch, Histogram, Names, Record, Rollup};

use crate::intake::Intake;
use crate::naive;
use crate::server::{DAY_US, Place, Server};

/// Thirty days are asked for; the first is nearly over.
const DAYS: u64 = 29;
const CLASS: i16 = 30;
/// One message in so many has a body: 100,000 of 50 million steps.
pub(crate) const BODY_EACH: u32 = 50;
const BATCH: u32 = 2_000;
/// A cell of a laptop's memory each.
const WRITERS: u32 = 2;
/// What the peer is given at most; the issue says five million.
const NAIVE_STEPS: u64 = 5_000_000;
const HOUR_S: u64 = 3_600;

/// What is in the store, and when each message began.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Filled {
    pub(crate) steps: u64,
    pub(crate) messages: u32,
    pub(crate) from_us: u64,
    pub(crate) apart_us: u64,
    pub(crate) naive_messages: u32,
    /// Of the schema: another one is filled anew.
    migrations: i64,
}

impl Filled {
    pub(crate) fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(marker(folder)).ok()?).ok()
    }

    /// The id of a message by its count, which begins with 1.
    pub(crate) fn id(&self, count: u32) -> MessageId {
        let started_us = self.from_us + self.apart_us * u64::from(count - 1);
        MessageId { started_us, tracer: TracerInstance(7), count }
    }
}

fn marker(folder: &Path) -> PathBuf {
    folder.join("filled.json")
}

async fn migrations(server: &Server) -> i64 {
    let query = "SELECT max(version) FROM _sqlx_migrations";
    sqlx::query_scalar(query).fetch_one(&mut server.owner().await).await.unwrap()
}

pub(crate) async fn run(folder: &Path, steps: u64) -> Value {
    if let Some(filled) = Filled::read(folder)
        && filled.steps >= steps
    {
        let server = Server::start(folder).await;
        if filled.migrations == migrations(&server).await {
            return json!({"steps": filled.steps, "kept": true});
        }
    }
    let _ = std::fs::remove_dir_all(folder);
    let server = Server::start(folder).await;
    let clock = Instant::now();
    let Written { messages, from_us, apart_us } = month(&server, steps).await;
    let naive_messages = u32::try_from(NAIVE_STEPS.min(steps) / u64::from(STEPS)).unwrap();
    peer(&server, naive_messages, from_us, apart_us * u64::from(messages / naive_messages)).await;
    server.owner().await.execute("VACUUM ANALYZE").await.unwrap();
    let filled = Filled {
        steps,
        messages,
        from_us,
        apart_us,
        naive_messages,
        migrations: migrations(&server).await,
    };
    std::fs::write(marker(folder), serde_json::to_vec(&filled).unwrap()).unwrap();
    let bytes = server.size("^(message|message_token|message_payload)_r").await;
    json!({"steps": steps, "kept": false, "wall_s": clock.elapsed().as_secs_f64(), "bytes": bytes})
}

/// The same messages in the store of a Midplane that runs: for benches that look at it as people do.
pub(crate) async fn into(folder: &Path, steps: u64) -> Value {
    let server = Server::attach(folder).await;
    let clock = Instant::now();
    let written = month(&server, steps).await;
    server.owner().await.execute("VACUUM ANALYZE").await.unwrap();
    json!({"steps": steps, "messages": written.messages, "wall_s": clock.elapsed().as_secs_f64()})
}

struct Written {
    messages: u32,
    from_us: u64,
    apart_us: u64,
}

/// Messages of a month that ends now, and their counts.
async fn month(server: &Server, steps: u64) -> Written {
    let messages = u32::try_from(steps / u64::from(STEPS)).unwrap();
    let now = u64::try_from(jiff::Timestamp::now().as_microsecond()).unwrap();
    let apart_us = (DAYS * DAY_US / u64::from(messages.max(1))).max(1);
    let from_us = now - apart_us * u64::from(messages);
    let place = server.place(CLASS, 30).await;
    counts(server, place, now / 1_000_000).await;
    let each = messages.div_ceil(WRITERS);
    let writers = (0..WRITERS).map(|writer| {
        let mut place = place;
        place.agent.epoch += 1 + u64::from(writer);
        let (first, last) = (each * writer, (each * (writer + 1)).min(messages));
        write(server, place, first..last, from_us, apart_us)
    });
    futures::future::join_all(writers).await;
    Written { messages, from_us, apart_us }
}

fn fleet(first: u32) -> Fleet {
    Fleet::new(
        u64::from(first) + 1,
        Carries { attributes: true, body_each: u64::from(BODY_EACH) },
        first,
    )
}

async fn write(
    server: &Server,
    place: Place,
    range: std::ops::Range<u32>,
    from_us: u64,
    apart_us: u64,
) {
    let mut intake = Intake::new(server, place, true);
    let mut fleet = fleet(range.start);
    for first in range.clone().step_by(BATCH as usize) {
        let count = BATCH.min(range.end - first);
        let batch = fleet.batch(count, from_us + apart_us * u64::from(first), apart_us);
        intake.store(&[batch]).await;
        if first % (BATCH * 100) == range.start % (BATCH * 100) {
            eprintln!("{first} of {} messages", range.end);
        }
    }
}

async fn peer(server: &Server, messages: u32, from_us: u64, apart_us: u64) {
    let mut owner = server.owner().await;
    naive::make(&mut owner).await;
    let mut fleet = fleet(0);
    for first in (0..messages).step_by(BATCH as usize) {
        let count = BATCH.min(messages - first);
        let batch = fleet.batch(count, from_us + apart_us * u64::from(first), apart_us);
        naive::store(&mut owner, &batch).await;
    }
    owner.execute("VACUUM ANALYZE sec.naive").await.unwrap();
}

/// Counts of thirty days as they are read: whole minutes where minutes are (the first hour, the last hours), one minute of each
/// hour elsewhere, added up to hours and days as time does it.
async fn counts(server: &Server, place: Place, now_s: u64) {
    let mut intake = Intake::new(server, place, false);
    let now_hour = now_s - now_s % HOUR_S;
    let first_hour = now_hour - 30 * 24 * HOUR_S + 2 * HOUR_S;
    for hour in (first_hour..=now_hour).step_by(3_600) {
        let whole = hour == first_hour || hour + 4 * HOUR_S > now_hour;
        let last = if whole { (hour + HOUR_S).min(now_s) } else { hour + 60 };
        let minutes = (hour..last).step_by(60).flat_map(|minute| {
            (0..ROUTES).flat_map(move |route| (0..=STEPS).map(move |step| (minute, route, step)))
        });
        let mut names = Names::default();
        let records = minutes.map(|at| Record::Rollup(rollup(at, &mut names))).collect();
        let mut batch: Batch = fleet(0).batch(0, hour * 1_000_000, 1);
        (batch.names, batch.records) = (names, records);
        // A tracer counts every ten seconds.
        for _ in 0..if whole { 6 } else { 1 } {
            intake.store(std::slice::from_ref(&batch)).await;
        }
    }
    loop {
        let mut tx = Tx::system(&server.db, server.organization).await.unwrap();
        let more = rollup::condense(&mut tx, now_s * 1_000_000).await.unwrap();
        tx.commit().await.unwrap();
        if !more {
            return;
        }
    }
}

fn rollup((minute_s, route, step): (u64, u64, u32), names: &mut Names) -> Rollup {
    let mut durations = Histogram::default();
    for at in 0..20 {
        durations.record(100 + at * at * 50 + route * 7 + u64::from(step) * 31 + minute_s % 900);
    }
    Rollup {
        route: names.intern(&route_name(route)),
        node: (step > 0).then(|| names.intern(&node_name(route, step))),
        minute_s,
        count: 20,
        failed: 1,
        handled: 0,
        duration_sum_us: 20_000,
        duration_max_us: 20_000,
        durations,
    }
}

//! The measuring half of `cargo xtask bench fill|ingest|search`: a durable PostgreSQL of its own, filled and asked.
//!
//! `telemetry FOLDER fill STEPS`, `.. ingest STEPS`, `.. search RUNS`; the last line is JSON. CPU is that of this process and of every
//! process of PostgreSQL, so that the figure is per core whatever else the machine does. The peer is what a table of one row for each
//! step with text columns and two indexes costs on the same server in the same run.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot go on ends")]
#![expect(clippy::print_stdout, reason = "its output is its purpose")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock and mints ids")]
#![expect(clippy::cast_precision_loss, reason = "figures are for reading")]

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use domain::id::{ActorId, OrganizationId, RuntimeId};
use provision::postgres::{
    APPLICATION_ROLE, Account, Binaries, Cluster, DATABASE, OWNER_ROLE, Purpose, Search, Settings,
};
use serde_json::json;
use sqlx::{Connection as _, Executor as _, PgConnection};
use store::telemetry::name::{self, Origin};
use store::telemetry::payload::Squeeze;
use store::telemetry::rollup::{self, Period};
use store::telemetry::rows::{self, Policy};
use store::telemetry::search::{self, Scene};
use store::telemetry::write::Writer;
use store::telemetry::{Agent, DEFAULT_RETENTION, OriginId, partition};
use store::{Db, Door, Tx, Urls};
use telemetry::block::{self, Budget, Class};
use telemetry::id::{MessageId, TracerInstance};
use telemetry::model::{
    Batch, CamelId, Correlation, Fault, Message, MessageFlags, Names, Outcome, Record, Sequence,
    Step, StepFlags,
};

const STEPS_EACH: u32 = 10;
const BATCH: u32 = 1_000;
const ROUTES: u32 = 40;
const ORGANIZATION: OrganizationId = OrganizationId(uuid::Uuid::from_u128(0x7ea));
const RUNTIME: RuntimeId = RuntimeId(uuid::Uuid::from_u128(0x7eb));
const DAY_US: u64 = 86_400_000_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, folder, mode, number] = arguments.as_slice() else {
        println!("telemetry FOLDER fill|ingest|search NUMBER");
        return;
    };
    let number: u64 = number.parse().expect("a number");
    let server = Server::start(Path::new(folder)).await;
    let found = match mode.as_str() {
        "fill" => fill(&server, number, true).await,
        "ingest" => ingest(&server, number).await,
        _ => ask(&server, number).await,
    };
    println!("{found}");
}

struct Server {
    db: Db,
    urls: Urls,
    postmaster: i32,
    _running: provision::postgres::Running,
}

impl Server {
    async fn start(folder: &Path) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let settings = Settings {
            folder: folder.join("postgres"),
            log: folder.join("postgres.log"),
            purpose: Purpose::Control,
            short: None,
        };
        let path = std::env::var_os("PATH");
        let search = Search { path, cache: folder.join("cache"), ..Search::default() };
        let binaries = Binaries::choose(&search, &settings.folder, &|_, _| ()).expect("PostgreSQL");
        let account = Account::for_database().expect("an account");
        let cluster = Cluster::prepare(&binaries, &account, &settings).expect("a cluster");
        let running = cluster.start(Duration::from_secs(60)).expect("a server");
        let url = |role: &str| cluster.address().url(role, DATABASE, None);
        let urls = Urls::parse(&url(OWNER_ROLE), &url(APPLICATION_ROLE)).unwrap();
        store::migrate::migrate(&urls.owner).await.unwrap();
        let db = Db::open(&urls).await.unwrap();
        let postmaster = running.pid();
        let server = Self { db, urls, postmaster, _running: running };
        server.organization().await;
        server
    }

    async fn organization(&self) {
        let mut tx = Tx::system(&self.db, ORGANIZATION).await.unwrap();
        if store::organization::insert(&mut tx, "bench", jiff::Timestamp::now()).await.is_ok() {
            tx.commit().await.unwrap();
        }
    }

    /// Seconds of CPU so far: this process, the postmaster and its children, ended ones too.
    fn cpu_s(&self) -> f64 {
        let mut ticks = ticks(std::process::id().cast_signed(), 2);
        ticks += ticks_of_children(self.postmaster);
        ticks += self::ticks(self.postmaster, 4);
        ticks as f64 / 100.0
    }

    async fn owner(&self) -> PgConnection {
        PgConnection::connect_with(&self.urls.owner).await.unwrap()
    }

    async fn size(&self, pattern: &str) -> f64 {
        let query = "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class WHERE relname ~ $1 AND relkind = 'r'";
        let bytes: i64 = sqlx::query_scalar(query)
            .bind(pattern)
            .fetch_one(&mut self.owner().await)
            .await
            .unwrap();
        bytes as f64
    }
}

/// The first `count` of utime, stime, cutime, cstime.
fn ticks(pid: i32, count: usize) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after = text.rsplit_once(") ").map_or("", |(_, rest)| rest);
    after.split(' ').skip(11).take(count).filter_map(|it| it.parse::<u64>().ok()).sum()
}

fn ticks_of_children(parent: i32) -> u64 {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| {
        let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let after = text.rsplit_once(") ").map_or("", |(_, rest)| rest);
        after.split(' ').nth(1).and_then(|it| it.parse().ok()) == Some(parent)
    })
    .map(|pid| ticks(pid, 2))
    .sum()
}

/// A small generator: the same messages for the same seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

fn batch(first: u32, count: u32, from_us: u64, apart_us: u64, random: &mut Random) -> Batch {
    let mut names = Names::default();
    let records = (first..first + count)
        .map(|at| {
            Record::Message(message(at, from_us + u64::from(at) * apart_us, &mut names, random))
        })
        .collect();
    let origin = telemetry::model::Origin {
        workload: None,
        deployment: None,
        integration: "orders".to_owned(),
        environment: "prod".to_owned(),
        release: "4f2c".to_owned(),
        tracer: TracerInstance(7),
        trace_base: 7,
    };
    Batch { origin, closed_us: from_us, names, records }
}

fn message(count: u32, started_us: u64, names: &mut Names, random: &mut Random) -> Message {
    let route = random.below(u64::from(ROUTES));
    let mut start_us = 0;
    let steps = (1..=STEPS_EACH).map(|sequence| {
        let duration_us = 100 + random.below(900) * (1 + random.below(20) / 19 * 100);
        start_us += duration_us;
        Step {
            sequence,
            parent: 0,
            iteration: 0,
            route: names.intern(&format!("route{route}")),
            node: names.intern(&format!("route{route}-node{sequence}")),
            start_us,
            duration_us,
            flags: StepFlags(0),
            redelivery: 0,
            detail: None,
        }
    });
    let steps: Vec<Step> = steps.collect();
    let is_failed = random.below(50) == 0;
    Message {
        id: MessageId { started_us, tracer: TracerInstance(7), count },
        exchange: CamelId::Counted {
            prefix: names.intern("0123456789ABCDEF"),
            count: u64::from(count),
        },
        route: names.intern(&format!("route{route}")),
        from: Some(names.intern("kafka:orders")),
        structure: route,
        duration_us: start_us,
        outcome: if is_failed { Outcome::Failed } else { Outcome::Completed },
        failed_node: is_failed.then(|| steps[9].node),
        failed_step: is_failed.then_some(STEPS_EACH),
        fault: is_failed.then(|| Fault {
            class: names.intern("java.lang.IllegalStateException"),
            message: format!("no price for sku TEA-{}", random.below(1_000)),
            fingerprint: route,
            outer_class: None,
            outer_message: None,
            stack: None,
        }),
        correlation: Correlation::default(),
        weight_milli: 1_000,
        attributes: Vec::new(),
        flags: MessageFlags(0),
        replay_of: None,
        steps_total: STEPS_EACH,
        steps,
    }
}

/// Where numbers of batches go on: each run is an epoch of its own.
async fn agent(server: &Server) -> Agent {
    let query = "SELECT coalesce(max(epoch), 0) + 1 FROM telemetry_ledger";
    let epoch: i64 = sqlx::query_scalar(query).fetch_one(&mut server.owner().await).await.unwrap();
    Agent { runtime: RUNTIME, epoch: epoch.unsigned_abs() }
}

async fn origin(server: &Server) -> OriginId {
    let origin = Origin {
        runtime: RUNTIME,
        workload: None,
        deployment: None,
        project: None,
        environment_id: None,
        integration: "orders".to_owned(),
        environment: "prod".to_owned(),
        release: "4f2c".to_owned(),
    };
    let mut tx = Tx::system(&server.db, ORGANIZATION).await.unwrap();
    let id = name::ensure_origin(&mut tx, &origin, jiff::Timestamp::now()).await.unwrap();
    tx.commit().await.unwrap();
    id
}

fn now_us() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_microsecond()).unwrap()
}

/// Stores that many steps over the last twelve days (or the last minutes), from wire block to flushed.
async fn fill(server: &Server, steps: u64, over_days: bool) -> serde_json::Value {
    let messages = u32::try_from(steps / u64::from(STEPS_EACH)).unwrap();
    let now = now_us();
    let span_us = if over_days { 12 * DAY_US } else { 600_000_000 };
    let apart_us = (span_us / u64::from(messages.max(1))).max(1);
    let from_us = now - apart_us * u64::from(messages);
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let mut door = Door::begin(&server.db).await.unwrap();
    let first = today.saturating_sub(jiff::Span::new().days(13));
    let last = today.saturating_add(jiff::Span::new().days(1));
    partition::prepare(&mut door, DEFAULT_RETENTION, first, last).await.unwrap();
    door.commit().await.unwrap();
    let (agent, origin) = (agent(server).await, origin(server).await);
    let mut random = Random(steps);
    // Encoded before the clock starts: the edge does that.
    let blocks: Vec<Vec<u8>> = (0..messages.div_ceil(BATCH))
        .map(|at| {
            let first = at * BATCH;
            let batch = batch(first, BATCH.min(messages - first), from_us, apart_us, &mut random);
            let sequence = Sequence { epoch: agent.epoch, number: u64::from(at) + 1 };
            block::encode(Class::Routine, sequence, &batch).unwrap()
        })
        .collect();
    let wire: usize = blocks.iter().map(Vec::len).sum();
    let (cpu, clock) = (server.cpu_s(), Instant::now());
    let mut known = name::Known::new();
    for (at, bytes) in blocks.iter().enumerate() {
        let (_, batch) = block::decode(bytes, Budget::default()).unwrap();
        store(server, &batch, at as u64 + 1, agent, origin, &mut known).await;
    }
    let (cpu, wall) = (server.cpu_s() - cpu, clock.elapsed().as_secs_f64());
    server.owner().await.execute("ANALYZE message").await.unwrap();
    json!({
        "messages": messages, "cpu_s": cpu, "wall_s": wall,
        "steps_per_core_s": steps as f64 / cpu.max(0.01),
        "wire_bytes_per_message": wire as f64 / f64::from(messages.max(1)),
    })
}

async fn store(
    server: &Server,
    batch: &Batch,
    number: u64,
    agent: Agent,
    origin: OriginId,
    known: &mut name::Known,
) {
    let now = jiff::Timestamp::now();
    let wanted = rows::needed(batch);
    if !wanted.iter().all(|key| known.contains_key(key)) {
        let wanted: Vec<_> = wanted.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
        let mut tx = Tx::system(&server.db, ORGANIZATION).await.unwrap();
        known.extend(name::ensure(&mut tx, &wanted).await.unwrap());
        tx.commit().await.unwrap();
    }
    let policy = Policy {
        organization: ORGANIZATION,
        origin,
        retention: DEFAULT_RETENTION,
        index_words: false,
        now_us: now_us(),
    };
    let rows = rows::build(batch, known, policy, &mut Squeeze::new(None).unwrap());
    let mut writer = Writer::begin(&server.db, ORGANIZATION).await.unwrap();
    assert!(writer.take(agent, number, now).await.unwrap());
    writer.insert(agent, origin, DEFAULT_RETENTION, &rows, now).await.unwrap();
    writer.commit().await.unwrap();
}

async fn ingest(server: &Server, steps: u64) -> serde_json::Value {
    let tables = "^(message|message_token|message_payload)_r";
    let before = server.size(tables).await;
    let mut found = fill(server, steps, false).await;
    let bytes = (server.size(tables).await - before) / steps as f64;
    found["bytes_per_step"] = json!(bytes);
    // The peer: what a table of spans costs.
    let mut owner = server.owner().await;
    owner
        .execute(
            "DROP TABLE IF EXISTS sec.naive; CREATE TABLE sec.naive (org_id uuid, trace_id text, span_id text, parent text,
            integration text, route text, node text, started_at timestamptz, duration_us bigint, status text, attributes text);
            CREATE INDEX ON sec.naive (org_id, route, started_at); CREATE INDEX ON sec.naive (trace_id)",
        )
        .await
        .unwrap();
    let peer_steps = (steps / 5).max(1);
    let cpu = server.cpu_s();
    for first in (0..peer_steps).step_by(10_000) {
        sqlx::query(
            "INSERT INTO sec.naive SELECT $1, md5((n / 10)::text), substr(md5(n::text), 1, 16), substr(md5((n - 1)::text), 1, 16),
                'orders', 'route' || n / 10 % 40, 'route' || n / 10 % 40 || '-node' || n % 10, now(), n % 900, 'ok',
                'thread=worker-' || n % 8 FROM generate_series($2::bigint, $3::bigint) AS n",
        )
        .bind(ORGANIZATION.0)
        .bind(i64::try_from(first).unwrap())
        .bind(i64::try_from((first + 10_000).min(peer_steps) - 1).unwrap())
        .execute(&mut owner)
        .await
        .unwrap();
    }
    let naive = peer_steps as f64 / (server.cpu_s() - cpu).max(0.01);
    let naive_bytes: i64 = sqlx::query_scalar("SELECT pg_total_relation_size('sec.naive')")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    owner.execute("DROP TABLE sec.naive").await.unwrap();
    found["naive_steps_per_core_s"] = json!(naive);
    found["naive_bytes_per_step"] = json!(naive_bytes as f64 / peer_steps as f64);
    found
}

async fn ask(server: &Server, runs: u64) -> serde_json::Value {
    let origins =
        name::origins(&mut Tx::system(&server.db, ORGANIZATION).await.unwrap()).await.unwrap();
    let scene = Scene { origins, runtimes: HashMap::new() };
    let ids: Vec<OriginId> = scene.origins.keys().copied().collect();
    let actor = ActorId(ORGANIZATION.0);
    let mut random = Random(runs);
    let mut times: HashMap<&str, Vec<f64>> = HashMap::new();
    for _ in 0..runs {
        let mut tx = Tx::begin(&server.db, ORGANIZATION, actor).await.unwrap();
        search::limit(&mut tx).await.unwrap();
        let route = format!("route{}", random.below(u64::from(ROUTES)));
        let text = format!("route:{route} outcome:failed dur>1ms since:6d");
        let query = telemetry::query::parse(&text, jiff::Timestamp::now()).unwrap();
        let clock = Instant::now();
        let page = search::search(&mut tx, &scene, &query, None, 50).await.unwrap();
        times.entry("newest_p99_ms").or_default().push(ms(clock));
        if let Some(found) = page.found.first() {
            let clock = Instant::now();
            search::find(&mut tx, &scene, found.id, 0, 1_000).await.unwrap().unwrap();
            times.entry("detail_p99_ms").or_default().push(ms(clock));
        }
        let known = name::find(&mut tx, &[(name::Kind::Route, route.as_str())]).await.unwrap();
        if let Some(route) = known.into_values().next() {
            let now = now_us();
            let period = Period { from_us: now - 30 * DAY_US, to_us: now };
            let clock = Instant::now();
            rollup::heat(&mut tx, &ids, route, period, now).await.unwrap();
            times.entry("heatmap_p99_ms").or_default().push(ms(clock));
        }
    }
    let found: serde_json::Map<String, serde_json::Value> = times
        .into_iter()
        .map(|(key, mut all)| {
            all.sort_by(f64::total_cmp);
            (key.to_owned(), json!(all[(all.len() * 99 / 100).min(all.len() - 1)]))
        })
        .collect();
    found.into()
}

fn ms(clock: Instant) -> f64 {
    clock.elapsed().as_secs_f64() * 1_000.0
}

//! What people ask of a filled store, as the application role asks it: a transaction each, policies in force.
//!
//! Each question is another route, message or word, so that nothing is answered from a plan or a page of the question before. The
//! naive table is asked by its owner, without policies.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::Instant;

use domain::id::ActorId;
use serde_json::{Map, Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use store::telemetry::name::{self, Kind};
use store::telemetry::rollup::{self, Period};
use store::telemetry::search::{self, Scene};
use store::telemetry::{NameId, OriginId};
use store::{Db, Tx};
use telemetry::generate::fleet::{ROUTES, rare_word, route_name};

use crate::fill::{BODY_EACH, Filled};
use crate::server::{DAY_US, ORGANIZATION, Server};

/// A slow question of the peer is asked so often: it takes a second each time.
const NAIVE_SLOW: u64 = 8;

/// Questions in an order that looks like chance and is the same in every run.
struct Turn(u64);

impl Turn {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

#[derive(Default)]
struct Times(BTreeMap<&'static str, Vec<f64>>);

impl Times {
    fn add(&mut self, key: &'static str, since: Instant) {
        self.0.entry(key).or_default().push(since.elapsed().as_secs_f64() * 1_000.0);
    }

    /// `<key>_p99_ms` and `<key>_p50_ms` of each.
    fn figures(self) -> Map<String, Value> {
        let mut found = Map::new();
        for (key, mut all) in self.0 {
            all.sort_by(f64::total_cmp);
            for (name, percent) in [("p99_ms", 99), ("p50_ms", 50)] {
                let at = (all.len() * percent / 100).min(all.len() - 1);
                found.insert(format!("{key}_{name}"), json!(all[at]));
            }
        }
        found
    }
}

pub(crate) async fn run(folder: &Path, runs: u64) -> Value {
    let Some(filled) = Filled::read(folder) else { return json!({}) };
    let server = Server::start(folder).await;
    let origins =
        name::origins(&mut Tx::system(&server.db, ORGANIZATION).await.unwrap()).await.unwrap();
    let asker = Asker {
        db: server.db.clone(),
        scene: Scene {
            origins,
            runtimes: HashMap::new(),
            now_us: Some(jiff::Timestamp::now().as_microsecond()),
        },
    };
    let (mut times, mut turn) = (Times::default(), Turn(runs));
    // The first of each kind opens connections and reads catalogues.
    asker.once(&filled, &mut turn, &mut Times::default()).await;
    for _ in 0..runs {
        asker.once(&filled, &mut turn, &mut times).await;
    }
    let mut owner = server.owner().await;
    for run in 0..runs {
        peer(&mut owner, &filled, &mut turn, run < NAIVE_SLOW, &mut times).await;
    }
    owner.close().await.unwrap();
    let mut found = times.figures();
    found.insert("steps".to_owned(), json!(filled.steps));
    found.into()
}

struct Asker {
    db: Db,
    scene: Scene,
}

impl Asker {
    async fn begin(&self) -> Tx {
        let mut tx = Tx::begin(&self.db, ORGANIZATION, ActorId(ORGANIZATION.0)).await.unwrap();
        search::limit(&mut tx).await.unwrap();
        tx
    }

    async fn once(&self, filled: &Filled, turn: &mut Turn, times: &mut Times) {
        let route = route_name(turn.below(ROUTES));
        // The quickest route takes longer than that, most of the time.
        let text = format!("route:{route} outcome:failed dur>300us");
        self.search("newest", &text, 1, times).await;
        let message = 1 + u32::try_from(turn.below(u64::from(filled.messages))).unwrap();
        let id = filled.id(message);
        let clock = Instant::now();
        let mut tx = self.begin().await;
        let found = search::find(&mut tx, &self.scene, id, 0, 1_000).await.unwrap().unwrap();
        assert_eq!(found.detail.steps.len(), 10);
        drop(tx);
        times.add("detail", clock);
        let word = rare_word((message / BODY_EACH).max(1) * BODY_EACH);
        self.search("needle", &format!("body:{word}"), 1, times).await;
        let order = format!("orderId:{}", telemetry::generate::fleet::order(message));
        self.search("attribute", &order, 1, times).await;
        self.heat(&route, times).await;
    }

    async fn search(&self, key: &'static str, text: &str, least: usize, times: &mut Times) {
        let query = telemetry::query::parse(text, jiff::Timestamp::now()).unwrap();
        let clock = Instant::now();
        let mut tx = self.begin().await;
        let page = search::search(&mut tx, &self.scene, &query, None, 50).await.unwrap();
        drop(tx);
        times.add(key, clock);
        assert!(page.found.len() >= least && !page.is_partial, "{text}: {}", page.found.len());
    }

    async fn heat(&self, route: &str, times: &mut Times) {
        let clock = Instant::now();
        let mut tx = self.begin().await;
        let known = name::find(&mut tx, &[(Kind::Route, route)]).await.unwrap();
        let route: NameId = known.into_values().next().unwrap();
        let now = u64::try_from(jiff::Timestamp::now().as_microsecond()).unwrap();
        let period = Period { from_us: now - 30 * DAY_US, to_us: now };
        let ids: Vec<OriginId> = self.scene.origins.keys().copied().collect();
        let heat = rollup::heat(&mut tx, &ids, route, period, now).await.unwrap();
        drop(tx);
        times.add("heatmap", clock);
        assert_eq!(heat.len(), 11);
    }
}

async fn peer(
    owner: &mut PgConnection,
    filled: &Filled,
    turn: &mut Turn,
    slow_too: bool,
    times: &mut Times,
) {
    let message = 1 + u32::try_from(turn.below(u64::from(filled.naive_messages))).unwrap();
    let apart = filled.apart_us * u64::from(filled.messages / filled.naive_messages);
    let mut id = filled.id(message);
    id.started_us = filled.from_us + apart * u64::from(message - 1);
    let trace = format!("{:032x}", id.to_u128());
    let route = route_name(turn.below(ROUTES));
    let mut ask = async |key: &'static str, sql: String| {
        let clock = Instant::now();
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut *owner).await.unwrap();
        times.add(key, clock);
        assert!(!rows.is_empty() && !rows[0].is_empty(), "{key}");
    };
    let of = format!("FROM sec.naive WHERE org_id = '{}'", ORGANIZATION.0);
    ask("naive_detail", format!("SELECT * {of} AND trace_id = '{trace}' ORDER BY span_id")).await;
    ask(
        "naive_newest",
        format!(
            "SELECT * {of} AND route = '{route}' AND parent = '' AND status = 'failed' AND duration_us > 300
            ORDER BY started_at DESC LIMIT 50"
        ),
    )
    .await;
    if slow_too {
        let word = rare_word((message / BODY_EACH).max(1) * BODY_EACH);
        ask("naive_needle", format!("SELECT * {of} AND attributes LIKE '%{word}%' LIMIT 50")).await;
        ask(
            "naive_heatmap",
            format!(
                "SELECT node, count(*), percentile_disc(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY duration_us)
                {of} AND route = '{route}' AND parent <> '' GROUP BY node"
            ),
        )
        .await;
    }
}

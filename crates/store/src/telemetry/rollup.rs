//! Counts by the minute: what charts and heat maps are made of, exact whatever is sampled.
//!
//! A row is what a tracer reported of a route in a minute, with all of its nodes packed. Histograms merge by adding, here in
//! Rust: rows of a month are few when they are hours and days, which [`condense`] adds up. A minute that comes late (a
//! runner was away) marks its hour as stale, and the hour is added up anew.

mod condense;
mod packed;
mod spans;

use std::collections::BTreeMap;

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row as _};
use telemetry::model::{Histogram, Names, RouteModel};

use super::pack::{Damaged, Reader, Writer};
use super::{Instant, NameId, OriginId, unsigned};
use crate::{Error, Tx};
pub use condense::{condense, forget};
use packed::{Gather, Nodes, add_nodes};
pub(super) use packed::{pack, put_node};
pub use spans::{Period, spans};

const ROUTE_VERSION: u8 = 1;

/// The shape of a route, with its texts.
pub fn pack_route(model: &RouteModel, names: &Names) -> Vec<u8> {
    let text = |name| names.text(name);
    let mut out = Writer(vec![ROUTE_VERSION]);
    out.maybe(model.from.map(text));
    out.maybe(model.description.map(text));
    out.number(model.nodes.len() as u64);
    for node in &model.nodes {
        out.text(text(node.node));
        out.text(text(node.kind));
        out.number(u64::from(node.parent));
        out.maybe(node.label.map(text));
        out.number(u64::from(node.line));
    }
    out.0
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    pub from: Option<String>,
    pub description: Option<String>,
    pub nodes: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub node: String,
    pub kind: String,
    /// The place of the parent from 1; 0 at the top.
    pub parent: u32,
    pub label: Option<String>,
    pub line: u32,
}

pub fn unpack_route(bytes: &[u8]) -> Result<Route, Damaged> {
    let mut from = Reader { bytes };
    match from.byte()? {
        ROUTE_VERSION => {}
        other => return Err(Damaged::Version(other)),
    }
    let mut route = Route { from: from.maybe()?, description: from.maybe()?, nodes: Vec::new() };
    for _ in 0..from.number()? {
        route.nodes.push(Node {
            node: from.text()?,
            kind: from.text()?,
            parent: from.small()?,
            label: from.maybe()?,
            line: from.small()?,
        });
    }
    Ok(route)
}

/// The newest shape of a route that these origins ran, or the one with this structure.
pub async fn route(
    tx: &mut Tx,
    origins: &[OriginId],
    route: NameId,
    structure: Option<u64>,
) -> Result<Option<Route>, Error> {
    let origins: Vec<i32> = origins.iter().map(|id| id.0).collect();
    let packed: Option<Vec<u8>> = sqlx::query_scalar(
        "SELECT packed FROM telemetry_route
        WHERE org_id = $1 AND origin = ANY ($2) AND route = $3 AND ($4::bigint IS NULL OR structure = $4)
        ORDER BY seen_at DESC LIMIT 1",
    )
    .bind(tx.organization().0)
    .bind(&origins)
    .bind(route.0)
    .bind(structure.map(super::signed))
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("read the shape of a route"))?;
    packed.map(|bytes| unpack_route(&bytes)).transpose().map_err(unreadable)
}

/// The newest shapes of other routes that a message went through: those of its own origin before those of others.
pub async fn routes(
    tx: &mut Tx,
    own: OriginId,
    origins: &[OriginId],
    routes: &[NameId],
) -> Result<Vec<(NameId, Route)>, Error> {
    let origins: Vec<i32> = origins.iter().map(|id| id.0).collect();
    let routes: Vec<i32> = routes.iter().map(|id| id.0).collect();
    let rows = sqlx::query(
        "SELECT DISTINCT ON (route) route, packed FROM telemetry_route
        WHERE org_id = $1 AND origin = ANY ($2) AND route = ANY ($3)
        ORDER BY route, (origin = $4) DESC, seen_at DESC",
    )
    .bind(tx.organization().0)
    .bind(&origins)
    .bind(&routes)
    .bind(own.0)
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("read the shapes of routes"))?;
    let read = |row: &sqlx::postgres::PgRow| {
        let route = unpack_route(row.get("packed")).map_err(unreadable)?;
        Ok((NameId(row.get("route")), route))
    };
    rows.iter().map(read).collect()
}

fn unreadable(err: Damaged) -> Error {
    Error::Unreadable { what: "counts of a route", value: err.to_string() }
}

/// What went through something in some time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    pub count: u64,
    pub failed: u64,
    pub handled: u64,
    pub sum_us: u64,
    pub max_us: u64,
    pub durations: Histogram,
}

impl Sum {
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.failed += other.failed;
        self.handled += other.handled;
        self.sum_us += other.sum_us;
        self.max_us = self.max_us.max(other.max_us);
        self.durations.merge(&other.durations);
    }
}

const HOUR_US: u64 = 3_600_000_000;
const DAY_US: u64 = 24 * HOUR_US;

/// What is read of a row, in this order.
const COLUMNS: &str = "started_at, origin, route, node, count, failed, handled, duration_sum_us, duration_max_us, histogram";

/// Which rows of a span are read, and how much of each.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    origins: Option<&'a [i32]>,
    route: Option<NameId>,
    with_nodes: bool,
}

/// A row as it is read.
struct Counted<'r>(&'r PgRow);

impl Counted<'_> {
    fn started_us(&self) -> u64 {
        self.0.get::<Instant, _>(0).0
    }

    fn place(&self) -> (OriginId, NameId) {
        (OriginId(self.0.get(1)), NameId(self.0.get(2)))
    }

    /// The route as a whole, or the one node that a row of an earlier version is of.
    fn add_to(&self, gather: &mut Gather) -> Result<(), Error> {
        gather.add([4, 5, 6, 7, 8].map(|at| unsigned(self.0.get(at))));
        gather.add_histogram(self.0.get(9)).map_err(unreadable)
    }

    fn add_with_nodes(&self, nodes: &mut Nodes) -> Result<(), Error> {
        self.add_to(nodes.entry(NameId(self.0.get(3))).or_default())?;
        match self.0.get::<Option<&[u8]>, _>(10) {
            Some(bytes) => add_nodes(bytes, nodes).map_err(unreadable),
            None => Ok(()),
        }
    }
}

/// Rows of one span: minutes as they came, longer ones as they were added up.
async fn rows(
    tx: &mut Tx,
    span: i32,
    part: Period,
    wanted: Wanted<'_>,
) -> Result<Vec<PgRow>, Error> {
    let (table, span_is) = if span == 60 {
        ("telemetry_rollup", "$2::integer IS NOT NULL")
    } else {
        ("telemetry_summary", "span_s = $2")
    };
    let route_is = if wanted.route.is_some() { "route = $5" } else { "$5::integer IS NULL" };
    let (nodes, node_is) = if wanted.with_nodes { (", nodes", "true") } else { ("", "node = 0") };
    let origin_is =
        if wanted.origins.is_some() { "origin = ANY ($6)" } else { "$6::integer[] IS NULL" };
    let sql = format!(
        "SELECT {COLUMNS}{nodes} FROM {table} WHERE org_id = $1 AND {span_is} AND started_at >= $3 AND started_at < $4 \
        AND {route_is} AND {node_is} AND {origin_is}"
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(tx.organization().0)
        .bind(span)
        .bind(Instant(part.from_us))
        .bind(Instant(part.to_us))
        .bind(wanted.route.map(|id| id.0))
        .bind(wanted.origins)
        .fetch_all(tx.connection())
        .await
        .map_err(Error::doing("read counts"))
}

/// What went through each node of a route; `NameId(0)` is the route itself.
pub async fn heat(
    tx: &mut Tx,
    origins: &[OriginId],
    route: NameId,
    period: Period,
    now_us: u64,
) -> Result<BTreeMap<NameId, Sum>, Error> {
    let origins: Vec<i32> = origins.iter().map(|id| id.0).collect();
    let wanted = Wanted { origins: Some(&origins), route: Some(route), with_nodes: true };
    let mut nodes = Nodes::new();
    for (span, part) in spans(period.whole(), now_us) {
        for row in &rows(tx, span, part, wanted).await? {
            Counted(row).add_with_nodes(&mut nodes)?;
        }
    }
    Ok(finished(nodes))
}

/// The sums that counted something: a route has a row when only its nodes did.
fn finished<K: Ord>(gathered: BTreeMap<K, Gather>) -> BTreeMap<K, Sum> {
    let sums = gathered.into_iter().map(|(key, gather)| (key, gather.finish()));
    sums.filter(|(_, sum)| sum.count > 0 || sum.failed > 0 || sum.handled > 0).collect()
}

/// Rate, errors and latency over time: one sum for each `step_us` that counted something, by its start.
pub async fn series(
    tx: &mut Tx,
    origins: &[OriginId],
    route: Option<NameId>,
    period: Period,
    step_us: u64,
    now_us: u64,
) -> Result<BTreeMap<u64, Sum>, Error> {
    let origins: Vec<i32> = origins.iter().map(|id| id.0).collect();
    let wanted = Wanted { origins: Some(&origins), route, with_nodes: false };
    let step_us = step_us.max(60_000_000);
    let mut points: BTreeMap<u64, Gather> = BTreeMap::new();
    for (span, part) in spans(period, now_us) {
        // A day cannot be told apart into hours: what is read is no wider than a point.
        let wide = u64::from(span.unsigned_abs()) * 1_000_000;
        let span = if wide <= step_us {
            span
        } else if step_us >= HOUR_US {
            3_600
        } else {
            60
        };
        for row in &rows(tx, span, part, wanted).await? {
            let row = Counted(row);
            let at = row.started_us();
            row.add_to(points.entry(at - at % step_us).or_default())?;
        }
    }
    Ok(finished(points))
}

/// What went through each route of each of these origins.
pub async fn totals(
    tx: &mut Tx,
    origins: &[OriginId],
    period: Period,
    now_us: u64,
) -> Result<BTreeMap<(OriginId, NameId), Sum>, Error> {
    let origins: Vec<i32> = origins.iter().map(|id| id.0).collect();
    let wanted = Wanted { origins: Some(&origins), route: None, with_nodes: false };
    let mut routes: BTreeMap<(OriginId, NameId), Gather> = BTreeMap::new();
    for (span, part) in spans(period, now_us) {
        for row in &rows(tx, span, part, wanted).await? {
            let row = Counted(row);
            row.add_to(routes.entry(row.place()).or_default())?;
        }
    }
    Ok(finished(routes))
}

/// What went through each route of each origin in a short time.
pub async fn by_route(
    tx: &mut Tx,
    period: Period,
) -> Result<BTreeMap<(OriginId, NameId), Sum>, Error> {
    let wanted = Wanted { origins: None, route: None, with_nodes: false };
    let mut routes: BTreeMap<(OriginId, NameId), Gather> = BTreeMap::new();
    for row in &rows(tx, 60, period, wanted).await? {
        let row = Counted(row);
        row.add_to(routes.entry(row.place()).or_default())?;
    }
    Ok(finished(routes))
}

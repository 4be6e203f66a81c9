//! Counts by the minute: what charts and heat maps are made of, exact whatever is sampled.
//!
//! A row is a minute of a node (or of a whole route) as the tracer counted it. Histograms merge by adding, here in Rust:
//! rows of a month are few when they are hours and days, which [`condense`] adds up. A minute that comes late (a runner
//! was away) marks its hour as stale, and the hour is added up anew.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Row as _};
use telemetry::model::{Histogram, Names, RouteModel};

use super::pack::{Damaged, Reader, Writer};
use super::{Instant, NameId, OriginId, unsigned};
use crate::{Error, Tx};

/// Pairs of bucket and count.
pub fn pack(histogram: &Histogram) -> Vec<u8> {
    let mut out = Writer(Vec::with_capacity(histogram.counts().len() * 2));
    for (bucket, count) in histogram.counts() {
        out.0.push(*bucket);
        out.number(*count);
    }
    out.0
}

pub fn unpack(bytes: &[u8]) -> Result<Histogram, Damaged> {
    let mut from = Reader { bytes };
    let mut histogram = Histogram::default();
    while !from.bytes.is_empty() {
        let bucket = from.byte()?;
        histogram.add(bucket, from.number()?);
    }
    Ok(histogram)
}

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
        other => return Err(Damaged::Newer(other)),
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

    fn add(&mut self, row: &sqlx::postgres::PgRow) -> Result<(), Error> {
        self.count += unsigned(row.get("count"));
        self.failed += unsigned(row.get("failed"));
        self.handled += unsigned(row.get("handled"));
        self.sum_us += unsigned(row.get("duration_sum_us"));
        self.max_us = self.max_us.max(unsigned(row.get("duration_max_us")));
        self.durations.merge(&unpack(row.get("histogram")).map_err(unreadable)?);
        Ok(())
    }
}

/// From where to where, in microseconds; the end is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub from_us: u64,
    pub to_us: u64,
}

const HOUR_US: u64 = 3_600_000_000;
const DAY_US: u64 = 24 * HOUR_US;
/// Hours are condensed when they are this old (see [`condense`]); younger ones are read by the minute.
const SETTLED_US: u64 = 2 * HOUR_US;

/// The spans that cover a period: days where whole days are settled, else hours, else minutes. Each part is (seconds, period).
pub fn spans(period: Period, now_us: u64) -> Vec<(i32, Period)> {
    let Period { from_us, to_us } = period;
    let floor = |us: u64, unit: u64| us - us % unit;
    let ceil = |us: u64, unit: u64| floor(us.saturating_add(unit - 1), unit);
    let settled_hours = floor(now_us.saturating_sub(SETTLED_US), HOUR_US);
    let settled_days = floor(settled_hours, DAY_US);
    // Outward in: minutes, hours, days, hours, minutes.
    let (hours_from, hours_to) = (ceil(from_us, HOUR_US), floor(to_us, HOUR_US).min(settled_hours));
    let mut parts = Vec::new();
    let mut push = |span: i32, from_us: u64, to_us: u64| {
        if from_us < to_us {
            parts.push((span, Period { from_us, to_us }));
        }
    };
    if hours_from >= hours_to {
        push(60, from_us, to_us);
        return parts;
    }
    let (days_from, days_to) =
        (ceil(hours_from, DAY_US), floor(hours_to, DAY_US).min(settled_days));
    push(60, from_us, hours_from);
    if days_from < days_to {
        push(3_600, hours_from, days_from);
        push(86_400, days_from, days_to);
        push(3_600, days_to, hours_to);
    } else {
        push(3_600, hours_from, hours_to);
    }
    push(60, hours_to, to_us);
    parts
}

/// Columns that a [`Sum`] is read from.
const COLUMNS: &str = "node, started_at, origin, route, count, failed, handled, duration_sum_us, duration_max_us, histogram";

/// Rows of one span: minutes as they came, hours and days as they were added up.
async fn rows(
    tx: &mut Tx,
    span: i32,
    part: Period,
    origins: Option<&[i32]>,
    route: Option<NameId>,
    routes_only: bool,
) -> Result<Vec<sqlx::postgres::PgRow>, Error> {
    let (table, span_is) = if span == 60 {
        ("telemetry_rollup", "$2::integer IS NOT NULL")
    } else {
        ("telemetry_summary", "span_s = $2")
    };
    let route_is = if route.is_some() { "route = $5" } else { "$5::integer IS NULL" };
    let node_is = if routes_only { "node = 0" } else { "true" };
    let origin_is = if origins.is_some() { "origin = ANY ($6)" } else { "$6::integer[] IS NULL" };
    let sql = format!(
        "SELECT {COLUMNS} FROM {table} WHERE org_id = $1 AND {span_is} AND started_at >= $3 AND started_at < $4 \
        AND {route_is} AND {node_is} AND {origin_is}"
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(tx.organization().0)
        .bind(span)
        .bind(Instant(part.from_us))
        .bind(Instant(part.to_us))
        .bind(route.map(|id| id.0))
        .bind(origins)
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
    let mut nodes: BTreeMap<NameId, Sum> = BTreeMap::new();
    for (span, part) in spans(period, now_us) {
        for row in rows(tx, span, part, Some(&origins), Some(route), false).await? {
            nodes.entry(NameId(row.get("node"))).or_default().add(&row)?;
        }
    }
    Ok(nodes)
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
    let step_us = step_us.max(60_000_000);
    let mut points: BTreeMap<u64, Sum> = BTreeMap::new();
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
        for row in rows(tx, span, part, Some(&origins), route, true).await? {
            let at = row.get::<Instant, _>("started_at").0;
            points.entry(at - at % step_us).or_default().add(&row)?;
        }
    }
    Ok(points)
}

/// What went through each route of each origin in a short time.
pub async fn by_route(
    tx: &mut Tx,
    period: Period,
) -> Result<BTreeMap<(OriginId, NameId), Sum>, Error> {
    let mut routes: BTreeMap<(OriginId, NameId), Sum> = BTreeMap::new();
    for row in rows(tx, 60, period, None, None, true).await? {
        let key = (OriginId(row.get("origin")), NameId(row.get("route")));
        routes.entry(key).or_default().add(&row)?;
    }
    Ok(routes)
}

/// An hour is added up when it is this old: by then its minutes have usually arrived.
const ADD_UP_AFTER_US: u64 = 75 * 60_000_000;
/// How long hours and days stay: a chart of a month in hours, a year in days.
const HOURS_KEPT_US: u64 = 40 * DAY_US;
const DAYS_KEPT_US: u64 = 400 * DAY_US;

/// Adds up one stale hour or day of the organization; `false` when none is left. Commit after each.
pub async fn condense(tx: &mut Tx, now_us: u64) -> Result<bool, Error> {
    let stale = sqlx::query(
        "SELECT span_s, started_at FROM telemetry_stale
        WHERE org_id = $1 AND started_at <= $2 - make_interval(secs => span_s)
        ORDER BY span_s, started_at LIMIT 1 FOR UPDATE SKIP LOCKED",
    )
    .bind(tx.organization().0)
    .bind(Instant(now_us.saturating_sub(ADD_UP_AFTER_US)))
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("look for hours to add up"))?;
    let Some(stale) = stale else { return Ok(false) };
    let (span, at): (i32, Instant) = (stale.get("span_s"), stale.get("started_at"));
    let part = Period { from_us: at.0, to_us: at.0 + u64::from(span.unsigned_abs()) * 1_000_000 };
    let finer = if span == 3_600 { 60 } else { 3_600 };
    let mut sums: BTreeMap<(i32, i32, i32), Sum> = BTreeMap::new();
    for row in rows(tx, finer, part, None, None, false).await? {
        let key = (row.get("origin"), row.get("route"), row.get("node"));
        sums.entry(key).or_default().add(&row)?;
    }
    replace(tx, span, at, &sums).await?;
    if span == 3_600 {
        let day = Instant(at.0 - at.0 % DAY_US);
        sqlx::query(
            "INSERT INTO telemetry_stale AS s (org_id, span_s, started_at) VALUES ($1, 86400, $2)
            ON CONFLICT ON CONSTRAINT telemetry_stale_pkey DO UPDATE SET touched = s.touched + 1",
        )
        .bind(tx.organization().0)
        .bind(day)
        .execute(tx.connection())
        .await
        .map_err(Error::doing("mark the day"))?;
    }
    sqlx::query("DELETE FROM telemetry_stale WHERE org_id = $1 AND span_s = $2 AND started_at = $3")
        .bind(tx.organization().0)
        .bind(span)
        .bind(at)
        .execute(tx.connection())
        .await
        .map(|_| true)
        .map_err(Error::doing("unmark what was added up"))
}

async fn replace(
    tx: &mut Tx,
    span: i32,
    at: Instant,
    sums: &BTreeMap<(i32, i32, i32), Sum>,
) -> Result<(), Error> {
    sqlx::query(
        "DELETE FROM telemetry_summary WHERE org_id = $1 AND span_s = $2 AND started_at = $3",
    )
    .bind(tx.organization().0)
    .bind(span)
    .bind(at)
    .execute(tx.connection())
    .await
    .map_err(Error::doing("replace a sum"))?;
    let column = |of: fn(&Sum) -> u64| -> Vec<i64> {
        sums.values().map(|sum| super::count(of(sum))).collect()
    };
    let key = |of: fn(&(i32, i32, i32)) -> i32| -> Vec<i32> { sums.keys().map(of).collect() };
    let histograms: Vec<Vec<u8>> = sums.values().map(|sum| pack(&sum.durations)).collect();
    sqlx::query(
        "INSERT INTO telemetry_summary (org_id, span_s, started_at, origin, route, node, count, failed, handled,
            duration_sum_us, duration_max_us, histogram)
        SELECT $1, $2, $3, r.* FROM unnest($4::integer[], $5::integer[], $6::integer[], $7::bigint[], $8::bigint[],
            $9::bigint[], $10::bigint[], $11::bigint[], $12::bytea[]) AS r",
    )
    .bind(tx.organization().0)
    .bind(span)
    .bind(at)
    .bind(key(|key| key.0))
    .bind(key(|key| key.1))
    .bind(key(|key| key.2))
    .bind(column(|sum| sum.count))
    .bind(column(|sum| sum.failed))
    .bind(column(|sum| sum.handled))
    .bind(column(|sum| sum.sum_us))
    .bind(column(|sum| sum.max_us))
    .bind(histograms)
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("insert sums"))
}

/// Forgets hours and days that no chart reaches any more.
pub async fn forget(tx: &mut Tx, now_us: u64) -> Result<u64, Error> {
    sqlx::query(
        "DELETE FROM telemetry_summary WHERE org_id = $1
            AND ((span_s = 3600 AND started_at < $2) OR (span_s = 86400 AND started_at < $3))",
    )
    .bind(tx.organization().0)
    .bind(Instant(now_us.saturating_sub(HOURS_KEPT_US)))
    .bind(Instant(now_us.saturating_sub(DAYS_KEPT_US)))
    .execute(tx.connection())
    .await
    .map(|done| done.rows_affected())
    .map_err(Error::doing("forget old sums"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_US: u64 = 60_000_000;

    #[test]
    fn a_histogram_survives_packing() {
        let mut histogram = Histogram::default();
        for us in [1, 5, 5, 900, 14_000, 1 << 40] {
            histogram.record(us);
        }
        assert_eq!(unpack(&pack(&histogram)).unwrap(), histogram);
        assert!(unpack(&[1]).is_err());
    }

    #[test]
    fn spans_cover_the_period_without_gap_or_overlap() {
        let now = 20_000 * DAY_US + 13 * HOUR_US + 7 * MINUTE_US;
        for (from, to) in [
            (now - 30 * DAY_US, now),
            (now - 3 * HOUR_US, now),
            (now - 5 * MINUTE_US, now),
            (now - 26 * HOUR_US, now - 25 * HOUR_US),
            (now - 3 * DAY_US - 5 * MINUTE_US, now - DAY_US),
        ] {
            let parts = spans(Period { from_us: from, to_us: to }, now);
            let mut at = from;
            for (span, part) in &parts {
                assert_eq!(part.from_us, at, "{parts:?}");
                let unit = u64::from(span.unsigned_abs()) * 1_000_000;
                if *span > 60 {
                    assert_eq!((part.from_us % unit, part.to_us % unit), (0, 0), "{parts:?}");
                }
                at = part.to_us;
            }
            assert_eq!(at, to, "{parts:?}");
        }
        let month = spans(Period { from_us: now - 30 * DAY_US, to_us: now }, now);
        assert!(month.iter().any(|(span, _)| *span == 86_400), "{month:?}");
    }
}

//! Adds minutes up: tens of minutes for the charts of today, hours and days for the others.
//!
//! ```text
//! minutes written -> ten and hour are stale (same transaction) -> condense: ten, hour, then the hour's day
//! ```
//! A stale mark is locked by whoever adds up and touched by whoever writes, so no minute is missed and none counts twice. Hours are
//! added up from minutes, not from tens: a minute may come when its ten is forgotten already.

use std::collections::BTreeMap;

use sqlx::Row as _;

use super::packed::{Nodes, pack, put_node};
use super::spans::TENS_KEPT_US;
use super::{Counted, DAY_US, Period, Wanted, rows};
use crate::telemetry::{Instant, NameId, OriginId, count};
use crate::{Error, Tx};

/// A tracer counts every ten seconds and a runner ships at once: by then what is not late has arrived.
const ADD_UP_AFTER_US: u64 = 12 * 60_000_000;
/// How long hours and days stay: a chart of a month in hours, a year in days.
const HOURS_KEPT_US: u64 = 40 * DAY_US;
const DAYS_KEPT_US: u64 = 400 * DAY_US;

const TEN_S: i32 = 600;
const HOUR_S: i32 = 3_600;

/// What is added up: a route of an origin, with its nodes.
type Sums = BTreeMap<(OriginId, NameId), Nodes>;

/// Adds up one stale span of the organization, the shortest first; `false` when none is left. Commit after each.
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
    .map_err(Error::doing("look for spans to add up"))?;
    let Some(stale) = stale else { return Ok(false) };
    let (span, at): (i32, Instant) = (stale.get("span_s"), stale.get("started_at"));
    // Tens that nobody reads any more are not worth it.
    if span != TEN_S || at.0 + TENS_KEPT_US > now_us {
        let sums = sums(tx, span, at).await?;
        replace(tx, span, at, sums).await?;
    }
    if span == HOUR_S {
        mark_day(tx, Instant(at.0 - at.0 % DAY_US)).await?;
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

async fn sums(tx: &mut Tx, span: i32, at: Instant) -> Result<Sums, Error> {
    let finer = if span <= HOUR_S { 60 } else { HOUR_S };
    let part = Period { from_us: at.0, to_us: at.0 + u64::from(span.unsigned_abs()) * 1_000_000 };
    let wanted = Wanted { origins: None, route: None, with_nodes: true };
    let mut sums = Sums::new();
    for row in &rows(tx, finer, part, wanted).await? {
        let row = Counted(row);
        row.add_with_nodes(sums.entry(row.place()).or_default())?;
    }
    Ok(sums)
}

async fn mark_day(tx: &mut Tx, day: Instant) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO telemetry_stale AS s (org_id, span_s, started_at) VALUES ($1, 86400, $2)
        ON CONFLICT ON CONSTRAINT telemetry_stale_pkey DO UPDATE SET touched = s.touched + 1",
    )
    .bind(tx.organization().0)
    .bind(day)
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("mark the day"))
}

#[derive(Default)]
struct Columns {
    origin: Vec<i32>,
    route: Vec<i32>,
    counts: [Vec<i64>; 5],
    histogram: Vec<Vec<u8>>,
    nodes: Vec<Option<Vec<u8>>>,
}

impl Columns {
    fn add(&mut self, (origin, route): (OriginId, NameId), mut nodes: Nodes) {
        let whole = nodes.remove(&NameId(0)).unwrap_or_default().finish();
        self.origin.push(origin.0);
        self.route.push(route.0);
        let numbers = [whole.count, whole.failed, whole.handled, whole.sum_us, whole.max_us];
        for (column, number) in self.counts.iter_mut().zip(numbers) {
            column.push(count(number));
        }
        self.histogram.push(pack(&whole.durations));
        let mut packed = Vec::new();
        for (node, gather) in nodes {
            put_node(&mut packed, node, &gather.finish());
        }
        self.nodes.push(Some(packed).filter(|packed| !packed.is_empty()));
    }
}

async fn replace(tx: &mut Tx, span: i32, at: Instant, sums: Sums) -> Result<(), Error> {
    sqlx::query(
        "DELETE FROM telemetry_summary WHERE org_id = $1 AND span_s = $2 AND started_at = $3",
    )
    .bind(tx.organization().0)
    .bind(span)
    .bind(at)
    .execute(tx.connection())
    .await
    .map_err(Error::doing("replace a sum"))?;
    let mut columns = Columns::default();
    for (place, nodes) in sums {
        columns.add(place, nodes);
    }
    let Columns { origin, route, counts, histogram, nodes } = columns;
    let [count, failed, handled, sum, max] = counts;
    sqlx::query(
        "INSERT INTO telemetry_summary (org_id, span_s, started_at, node, origin, route, count, failed, handled,
            duration_sum_us, duration_max_us, histogram, nodes)
        SELECT $1, $2, $3, 0, r.* FROM unnest($4::integer[], $5::integer[], $6::bigint[], $7::bigint[], $8::bigint[],
            $9::bigint[], $10::bigint[], $11::bytea[], $12::bytea[]) AS r",
    )
    .bind(tx.organization().0)
    .bind(span)
    .bind(at)
    .bind(origin)
    .bind(route)
    .bind(count)
    .bind(failed)
    .bind(handled)
    .bind(sum)
    .bind(max)
    .bind(histogram)
    .bind(nodes)
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("insert sums"))
}

/// Forgets sums that no chart reaches any more.
pub async fn forget(tx: &mut Tx, now_us: u64) -> Result<u64, Error> {
    sqlx::query(
        "DELETE FROM telemetry_summary WHERE org_id = $1 AND ((span_s = 600 AND started_at < $2)
            OR (span_s = 3600 AND started_at < $3) OR (span_s = 86400 AND started_at < $4))",
    )
    .bind(tx.organization().0)
    .bind(Instant(now_us.saturating_sub(TENS_KEPT_US)))
    .bind(Instant(now_us.saturating_sub(HOURS_KEPT_US)))
    .bind(Instant(now_us.saturating_sub(DAYS_KEPT_US)))
    .execute(tx.connection())
    .await
    .map(|done| done.rows_affected())
    .map_err(Error::doing("forget old sums"))
}

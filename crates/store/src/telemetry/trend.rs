//! How often failures of each kind happened over time, replays left out, from the messages themselves: every failure is kept, whatever the
//! sampling.

use sqlx::Row as _;

use super::rows::{REPLAY_BIT, route_of};
use super::{Instant, NameId, OriginId, unsigned};
use crate::{Error, Tx};

/// The newest so many failures are counted: a group of more is at its worst anyway, and the answer stays quick.
const MOST: i64 = 100_000;

/// Failures of one kind, of one origin and route, in one part of the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    pub fingerprint: u64,
    pub origin: OriginId,
    pub route: NameId,
    /// From 0.
    pub part: usize,
    pub count: u64,
}

/// Counts of `[from, to)` cut into `parts` of the same length.
pub async fn counts(
    tx: &mut Tx,
    from_us: u64,
    to_us: u64,
    parts: u32,
) -> Result<Vec<Count>, Error> {
    let organization = tx.organization();
    let rows = sqlx::query(
        "SELECT m.fingerprint, m.origin, m.route,
            LEAST($4 - 1, floor(extract(epoch FROM m.started_at - $2) / extract(epoch FROM $3 - $2) * $4))::int AS part,
            count(*) AS count
        FROM (
            SELECT fingerprint, origin, route, started_at FROM message
            WHERE org_id = $1 AND started_at >= $2 AND started_at < $3 AND outcome > 0 AND fingerprint IS NOT NULL
                AND (flags & $6) = 0
            ORDER BY started_at DESC LIMIT $5
        ) AS m
        GROUP BY 1, 2, 3, 4",
    )
    .bind(organization.0)
    .bind(Instant(from_us))
    .bind(Instant(to_us))
    .bind(i32::try_from(parts).unwrap_or(i32::MAX))
    .bind(MOST)
    .bind(REPLAY_BIT)
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("count failures over time"))?;
    Ok(rows
        .iter()
        .map(|row| Count {
            fingerprint: unsigned(row.get("fingerprint")),
            origin: OriginId(row.get("origin")),
            route: NameId(route_of(organization, row.get("route"))),
            part: usize::try_from(row.get::<i32, _>("part")).unwrap_or(0),
            count: unsigned(row.get("count")),
        })
        .collect())
}

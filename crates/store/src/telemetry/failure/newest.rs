//! A message of a group that can be tried: its newest failure that is no replay and was not repaired.

use sqlx::Row as _;
use telemetry::id::MessageId;

use super::Key;
use crate::telemetry::rows::{REPLAY_BIT, lane};
use crate::telemetry::{Instant, OriginId, id_of, outcome, signed};
use crate::{Error, Tx};

/// Failures of the route that are looked at; those before them are old.
const MOST: i64 = 2_000;

/// `None`: it is older than `since_us`, or its messages are gone, while their count is still known.
pub async fn open(
    tx: &mut Tx,
    key: &Key,
    origins: &[OriginId],
    since_us: u64,
) -> Result<Option<MessageId>, Error> {
    let origins: Vec<i32> = origins.iter().map(|id| id.0).collect();
    let row = sqlx::query(
        "SELECT m.started_at, m.low FROM (
            SELECT org_id, started_at, low, fingerprint, origin, flags, outcome FROM message
            WHERE org_id = $1 AND route = $2 AND started_at >= $3 AND outcome > 0 ORDER BY started_at DESC LIMIT $4
        ) AS m
        WHERE m.fingerprint = $5 AND m.origin = ANY ($6) AND m.outcome = $7 AND (m.flags & $8) = 0 AND NOT EXISTS (
            SELECT 1 FROM replay AS r WHERE r.org_id = m.org_id AND r.original_at = m.started_at AND r.original_low = m.low
                AND r.outcome IN ('completed', 'handled')
        )
        ORDER BY m.started_at DESC LIMIT 1",
    )
    .bind(tx.organization().0)
    .bind(lane(tx.organization(), key.route.0))
    .bind(Instant(since_us))
    .bind(MOST)
    .bind(signed(key.fingerprint))
    .bind(&origins)
    .bind(outcome::FAILED)
    .bind(REPLAY_BIT)
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("find an open failure"))?;
    Ok(row.map(|row| id_of(row.get("started_at"), row.get("low"))))
}

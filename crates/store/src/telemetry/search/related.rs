//! What belongs to a message: who made or called it, what it made, what shares its breadcrumb or trace.

use std::collections::BTreeSet;

use sqlx::Row as _;
use telemetry::id::MessageId;

use super::found::NO_STEPS;
use super::{Found, Scene, find};
use crate::telemetry::{Instant, id_of, low_of, rows, signed};
use crate::{Error, Tx};

/// Messages tied to this one: its parent, its children, what shares its breadcrumb or trace. Oldest first.
pub async fn correlated(
    tx: &mut Tx,
    scene: &Scene,
    found: &Found,
    most: usize,
) -> Result<Vec<Found>, Error> {
    use telemetry::query::correlation_token as token;
    let detail = &found.detail;
    let own = found.id.to_string();
    let low = low_of(found.id);
    let mut tokens = vec![token(&own), token(&found.exchange()), token(&rows::parent_key(low))];
    tokens.extend(detail.breadcrumb.as_deref().map(token));
    tokens.push(token(&rows::trace_name(found.trace_id())));
    // Whoever made this one made others; itself it is found by its low half.
    let mut lows = Vec::new();
    if let Some(parent) = detail.parent {
        let maker = MessageId { count: parent.count, ..found.id };
        tokens.push(token(&rows::parent_key(low_of(maker))));
        lows.push(low_of(maker));
    }
    // A trace that one of our tracers began is named after its first message.
    if let Some(trace) = detail.trace {
        lows.push(signed(rows::low_of_trace(trace.id)));
    }
    let organization = tx.organization();
    let tokens: Vec<i64> = tokens.into_iter().map(|it| rows::salted(organization, it)).collect();
    let ids = sqlx::query(
        "SELECT DISTINCT t.started_at, t.low FROM message_token AS t
        WHERE t.org_id = $1 AND t.token = ANY ($2) ORDER BY t.started_at DESC LIMIT $3",
    )
    .bind(organization.0)
    .bind(&tokens)
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("find what belongs together"))?;
    let mut ids: BTreeSet<MessageId> =
        ids.iter().map(|row| id_of(row.get("started_at"), row.get("low"))).collect();
    ids.extend(earlier(tx, found.id, &lows).await?);
    ids.extend(detail.replay_of);
    ids.remove(&found.id);
    let mut all = Vec::with_capacity(ids.len());
    for id in ids {
        all.extend(find(tx, scene, id, 0, NO_STEPS).await?);
    }
    Ok(all)
}

/// How long before a message the one that called it may have begun.
const CALLED_WITHIN_US: u64 = 600_000_000;

/// Messages with these low halves that began shortly before `id`.
async fn earlier(tx: &mut Tx, id: MessageId, lows: &[i64]) -> Result<Vec<MessageId>, Error> {
    if lows.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query(
        "SELECT m.started_at, m.low FROM message AS m WHERE m.org_id = $1 AND m.started_at > $2 AND m.started_at <= $3
            AND m.low = ANY ($4) ORDER BY m.started_at DESC LIMIT 10",
    )
    .bind(tx.organization().0)
    .bind(Instant(id.started_us.saturating_sub(CALLED_WITHIN_US)))
    // Clocks of two machines differ a little.
    .bind(Instant(id.started_us + 1_000_000))
    .bind(lows)
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("find who called"))?;
    Ok(rows.iter().map(|row| id_of(row.get("started_at"), row.get("low"))).collect())
}

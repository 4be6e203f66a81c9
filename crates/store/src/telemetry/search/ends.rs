//! Messages by the last characters of their ids, as people type them.
//!
//! Bounded by time, by rows and by the index that is asked: see migration 0113. Whoever has several to choose from says so; there is
//! no guess here which one was meant.

use sqlx::Row as _;
use telemetry::id::MessageId;

use super::Scene;
use crate::telemetry::{Instant, OriginId, signed, unsigned};
use crate::{Error, Tx};

/// Nobody chooses among more; of other organizations' integrations some may be left out again.
const MOST: i32 = 64;

/// The newest messages since `since_us` whose id ends in `bits`, of which `width` count, at least 20.
pub async fn ending(
    tx: &mut Tx,
    scene: &Scene,
    (bits, width): (u128, u32),
    since_us: u64,
) -> Result<Vec<MessageId>, Error> {
    let mask = if width >= 128 { u128::MAX } else { (1 << width) - 1 };
    let rows =
        sqlx::query("SELECT started_at, low, origin FROM sec.telemetry_ends($1, $2, $3, $4)")
            .bind(low_half(bits & mask))
            .bind(low_half(mask))
            .bind(Instant(since_us))
            .bind(MOST)
            .fetch_all(tx.connection())
            .await
            .map_err(Error::doing("find a message by the end of its id"))?;
    let ids = rows.iter().filter(|row| scene.origins.contains_key(&OriginId(row.get("origin"))));
    let ids = ids.map(|row| {
        let started_us = row.get::<Instant, _>("started_at").0;
        MessageId::from_halves(started_us, unsigned(row.get("low")))
    });
    Ok(ids.filter(|id| id.to_u128() & mask == bits).collect())
}

fn low_half(bits: u128) -> i64 {
    signed(u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(0))
}

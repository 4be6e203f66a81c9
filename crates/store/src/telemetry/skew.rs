//! The clock rule: what a workload with a wrong clock says is stored under the time of receipt.
//!
//! A start outside [now - retention, now + 1 h] would fall on a day that is not there. Such a message gets another start, and its id
//! changes with it; what else its batch says of it (payloads, log lines) gets the same. What comes in another batch is received at
//! another time: it is stored under that, and a token made of the half of the id that stays leads from the message to it. Words of
//! such a payload are not found by a search. Nothing is ever rejected for its time.

use sqlx::Row as _;
use telemetry::id::MessageId;
use telemetry::model::MessageFlags;
use telemetry::query::correlation_token;

use super::rows::{Policy, salted};
use super::{Instant, low_of};
use crate::{Error, Tx};

const HOUR_US: u64 = 3_600_000_000;
const DAY_US: u64 = 24 * HOUR_US;

/// Times of receipt that are followed for one message: it comes in at most a handful of batches.
const MOST_PLACES: i64 = 32;

pub(super) fn in_time(policy: Policy, us: u64) -> bool {
    let kept = u64::from(policy.retention.unsigned_abs()) * DAY_US;
    // The oldest day may be dropped while this is written.
    let oldest = policy.now_us.saturating_sub(kept.saturating_sub(HOUR_US));
    us >= oldest && us <= policy.now_us + HOUR_US
}

/// What belongs to the message with this low half and is stored under another time.
pub(super) fn token(low: i64) -> i64 {
    correlation_token(&format!("apart {low:016x}"))
}

/// Every time under which something of the message may be stored, its own first.
pub(super) async fn starts(
    tx: &mut Tx,
    id: MessageId,
    flags: MessageFlags,
) -> Result<Vec<Instant>, Error> {
    let mut starts = vec![Instant(id.started_us)];
    if flags.has(MessageFlags::SKEWED) {
        let rows = sqlx::query(
            "SELECT DISTINCT started_at FROM message_token WHERE org_id = $1 AND token = $2 AND low = $3
            ORDER BY started_at LIMIT $4",
        )
        .bind(tx.organization().0)
        .bind(salted(tx.organization(), token(low_of(id))))
        .bind(low_of(id))
        .bind(MOST_PLACES)
        .fetch_all(tx.connection())
        .await
        .map_err(Error::doing("look for what came apart"))?;
        starts.extend(rows.iter().map(|row| row.get::<Instant, _>("started_at")));
    }
    Ok(starts)
}

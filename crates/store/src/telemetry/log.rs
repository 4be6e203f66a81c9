//! Log lines that were shipped as records, and the accounts of what became of every record.

use sqlx::Row as _;
use telemetry::id::MessageId;
use telemetry::model::{Kind, MessageFlags, Reason};

use super::rollup::Period;
use super::rows::entry;
use super::{Instant, NameId, OriginId, low_of, name, skew, unsigned};
use crate::{Error, Tx};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub at_us: u64,
    pub level: i16,
    pub logger: Option<String>,
    pub thread: Option<String>,
    pub route: Option<String>,
    pub node: Option<String>,
    pub text: String,
    pub stack: Option<String>,
}

/// What was logged while a message was worked on, in order.
pub async fn of_message(
    tx: &mut Tx,
    id: MessageId,
    flags: MessageFlags,
    most: i64,
) -> Result<Vec<Line>, Error> {
    let starts = skew::starts(tx, id, flags).await?;
    let rows = sqlx::query(
        "SELECT started_at, level, logger, thread, route, node, body, stack FROM telemetry_log
        WHERE org_id = $1 AND message_started_at = ANY ($2) AND message_low = $3 AND started_at >= $4 - interval '1 hour'
        ORDER BY started_at LIMIT $5",
    )
    .bind(tx.organization().0)
    .bind(&starts)
    .bind(low_of(id))
    .bind(starts.iter().min().copied())
    .bind(most)
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("read the log of a message"))?;
    let mut ids: Vec<NameId> = Vec::new();
    for row in &rows {
        for column in ["logger", "thread", "route", "node"] {
            ids.extend(row.get::<Option<i32>, _>(column).map(NameId));
        }
    }
    let names = name::texts(tx, &ids).await?;
    Ok(rows
        .iter()
        .map(|row| {
            let named = |column: &str| {
                let id: Option<i32> = row.get(column);
                id.and_then(|id| names.get(&NameId(id)).cloned())
            };
            Line {
                at_us: row.get::<Instant, _>("started_at").0,
                level: row.get("level"),
                logger: named("logger"),
                thread: named("thread"),
                route: named("route"),
                node: named("node"),
                text: row.get("body"),
                stack: row.get("stack"),
            }
        })
        .collect())
}

/// One side of the accounts: how many records of a kind, and for which reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub entry: i16,
    pub kind: i16,
    pub stage: i16,
    pub reason: i16,
    pub count: u64,
}

/// The accounts of a period, added up.
pub async fn accounts(
    tx: &mut Tx,
    origins: &[OriginId],
    period: Period,
) -> Result<Vec<Account>, Error> {
    let origins: Vec<i32> = origins.iter().map(|id| id.0).collect();
    let rows = sqlx::query(
        "SELECT entry, kind, stage, reason, sum(count)::bigint AS count FROM telemetry_account
        WHERE org_id = $1 AND started_at >= $2 AND started_at < $3 AND origin = ANY ($4)
        GROUP BY entry, kind, stage, reason ORDER BY entry, kind, stage, reason",
    )
    .bind(tx.organization().0)
    .bind(Instant(period.from_us))
    .bind(Instant(period.to_us))
    .bind(&origins)
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("add up the accounts"))?;
    Ok(rows
        .iter()
        .map(|row| Account {
            entry: row.get("entry"),
            kind: row.get("kind"),
            stage: row.get("stage"),
            reason: row.get("reason"),
            count: unsigned(row.get("count")),
        })
        .collect())
}

/// How many messages of a period are missing: let go though nobody asked for it, or lost. Upper bounds are not counted.
pub async fn missing(tx: &mut Tx, origins: &[OriginId], period: Period) -> Result<u64, Error> {
    let origins: Vec<i32> = origins.iter().map(|id| id.0).collect();
    let wanted: Vec<i16> = Reason::ALL
        .into_iter()
        .filter(|reason| reason.is_wanted())
        .map(|reason| reason as i16)
        .collect();
    let count: i64 = sqlx::query_scalar(
        "SELECT coalesce(sum(count), 0)::bigint FROM telemetry_account
        WHERE org_id = $1 AND started_at >= $2 AND started_at < $3 AND origin = ANY ($4) AND kind = $5
            AND ((entry = $6 AND reason <> ALL ($7)) OR (entry = $8 AND stage = 1))",
    )
    .bind(tx.organization().0)
    .bind(Instant(period.from_us))
    .bind(Instant(period.to_us))
    .bind(&origins)
    .bind(Kind::Message as i16)
    .bind(entry::DROPPED)
    .bind(&wanted)
    .bind(entry::LOST)
    .fetch_one(tx.connection())
    .await
    .map_err(Error::doing("count what is missing"))?;
    Ok(unsigned(count))
}

//! Messages delivered on request: what was asked, and what became of it.

use std::collections::HashMap;

use domain::id::{CommandId, WorkloadId};
use domain::replay::{Kind, Outcome, Source};
use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use telemetry::id::MessageId;
use telemetry::query::Replays;
use uuid::Uuid;

use crate::telemetry::emit::SETTLED;
use crate::telemetry::{Instant, failure, low_of, signed};
use crate::time::{Time, instant};
use crate::{Error, Tx, bus};

/// The wake-up when one was asked for or ended; its id is the replay's.
pub const TOPIC: &str = "replay";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    pub id: CommandId,
    pub workload: WorkloadId,
    pub kind: Kind,
    pub route: Option<String>,
    pub endpoint: Option<String>,
    pub original: Option<MessageId>,
    pub source: Source,
    /// Who asked for it, as people read it.
    pub by: String,
    pub asked_at: Timestamp,
    pub begin_before: Timestamp,
    pub ended: Option<Ended>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub outcome: Outcome,
    pub code: Option<String>,
    pub reason: Option<String>,
    /// The message that it made, if that is known.
    pub message: Option<MessageId>,
    /// The runner's answer, as JSON.
    pub detail: Option<String>,
    pub at: Timestamp,
}

/// The failures that an original is one of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub group: failure::Key,
    /// It was dealt with by its route already.
    pub was_handled: bool,
}

fn id_of(message: MessageId) -> Uuid {
    Uuid::from_u128(message.to_u128())
}

/// Adds one that was just asked for; `failure` is what it repairs if it goes well.
pub async fn insert(tx: &mut Tx, new: &Replay, failure: Option<&Failure>) -> Result<(), Error> {
    let group = failure.map(|one| &one.group);
    sqlx::query(
        "INSERT INTO replay (org_id, id, workload_id, kind, route, endpoint, original, source, asked_by, asked_by_label,
            asked_at, begin_before, original_at, original_low, failure_fingerprint, failure_integration, failure_environment,
            failure_route, failure_handled)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
    )
    .bind(tx.organization().0)
    .bind(new.id.0)
    .bind(new.workload.0)
    .bind(new.kind.as_str())
    .bind(&new.route)
    .bind(&new.endpoint)
    .bind(new.original.map(id_of))
    .bind(new.source.as_str())
    .bind(tx.actor().0)
    .bind(&new.by)
    .bind(Time::from(new.asked_at))
    .bind(Time::from(new.begin_before))
    .bind(new.original.map(|id| Instant(id.started_us)))
    .bind(new.original.map(low_of))
    .bind(group.map(|key| signed(key.fingerprint)))
    .bind(group.map(|key| &key.integration))
    .bind(group.map(|key| &key.environment))
    .bind(group.map(|key| key.route.0))
    .bind(failure.map(|one| one.was_handled))
    .execute(tx.connection())
    .await
    .map_err(Error::doing("add a replay"))?;
    bus::publish(tx, TOPIC, new.id.0).await
}

/// Notes how it ended, once; what nobody knew for a day (MP-RPL-14) may still become known. False: it is none of ours, or had
/// ended.
pub async fn end(tx: &mut Tx, id: CommandId, ended: &Ended) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE replay SET outcome = $3, code = $4, reason = $5, message = $6, detail = $7, ended_at = $8
        WHERE org_id = $1 AND id = $2 AND (outcome IS NULL OR code = 'MP-RPL-14')",
    )
    .bind(tx.organization().0)
    .bind(id.0)
    .bind(ended.outcome.as_str())
    .bind(&ended.code)
    .bind(&ended.reason)
    .bind(ended.message.map(id_of))
    .bind(&ended.detail)
    .bind(Time::from(ended.at))
    .execute(tx.connection())
    .await
    .map_err(Error::doing("end a replay"))?;
    bus::publish(tx, TOPIC, id.0).await?;
    Ok(done.rows_affected() == 1)
}

const COLUMNS: &str = "id, workload_id, kind, route, endpoint, original, source, asked_by_label, asked_at, begin_before,
    outcome, code, reason, message, detail, ended_at";

pub async fn find(tx: &mut Tx, id: CommandId) -> Result<Option<Replay>, Error> {
    let text = format!("SELECT {COLUMNS} FROM replay WHERE org_id = $1 AND id = $2");
    let row = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tx.organization().0)
        .bind(id.0)
        .fetch_optional(tx.connection())
        .await
        .map_err(Error::doing("find a replay"))?;
    row.as_ref().map(read).transpose()
}

/// Those of one recorded message, the newest first.
pub async fn of_original(
    tx: &mut Tx,
    original: MessageId,
    limit: i64,
) -> Result<Vec<Replay>, Error> {
    let text = format!(
        "SELECT {COLUMNS} FROM replay WHERE org_id = $1 AND original_at = $2 AND original_low = $3 ORDER BY id DESC LIMIT $4"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tx.organization().0)
        .bind(Instant(original.started_us))
        .bind(low_of(original))
        .bind(limit)
        .fetch_all(tx.connection())
        .await
        .map_err(Error::doing("list the replays of a message"))?;
    rows.iter().map(read).collect()
}

/// What became of a message's replays.
pub async fn became_of(tx: &mut Tx, original: MessageId) -> Result<Replays, Error> {
    let text = format!(
        "SELECT bool_or(r.outcome = 'completed') FILTER (WHERE r.outcome IS NOT NULL), coalesce(bool_or({SETTLED}), false)
        FROM replay AS r WHERE r.org_id = $1 AND r.original_at = $2 AND r.original_low = $3"
    );
    let (done, is_settled) = sqlx::query_as(sqlx::AssertSqlSafe(text))
        .bind(tx.organization().0)
        .bind(Instant(original.started_us))
        .bind(low_of(original))
        .fetch_one(tx.connection())
        .await
        .map_err(Error::doing("find how the replays of a message went"))?;
    Ok(Replays { done, is_settled })
}

/// The replay that repaired each of these, as the message that it made; those that nothing repaired are left out.
pub async fn repairs(
    tx: &mut Tx,
    originals: &[MessageId],
) -> Result<HashMap<MessageId, MessageId>, Error> {
    let starts: Vec<_> = originals.iter().map(|id| Instant(id.started_us)).collect();
    let lows: Vec<i64> = originals.iter().map(|id| low_of(*id)).collect();
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "SELECT r.original, r.message FROM unnest($2::timestamptz[], $3::bigint[]) AS o(at, low)
        JOIN replay AS r ON r.original_at = o.at AND r.original_low = o.low
        WHERE r.org_id = $1 AND r.outcome IN ('completed', 'handled') AND r.message IS NOT NULL ORDER BY r.id",
    )
    .bind(tx.organization().0)
    .bind(starts)
    .bind(lows)
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("find what repaired messages"))?;
    let id = |of: Uuid| MessageId::from_u128(of.as_u128());
    Ok(rows.into_iter().map(|(original, message)| (id(original), id(message))).collect())
}

fn read(row: &PgRow) -> Result<Replay, Error> {
    let word = |what: &'static str, column: &str| {
        let value: String = row.get(column);
        (value.clone(), Error::Unreadable { what, value })
    };
    let (kind, bad_kind) = word("kind of a replay", "kind");
    let (source, bad_source) = word("source of a replay", "source");
    let message = |column: &str| {
        row.get::<Option<Uuid>, _>(column).map(|id| MessageId::from_u128(id.as_u128()))
    };
    let outcome: Option<String> = row.get("outcome");
    let ended = match (outcome, instant(row.get("ended_at"))) {
        (Some(outcome), Some(at)) => Some(Ended {
            outcome: Outcome::parse(&outcome)
                .ok_or(Error::Unreadable { what: "outcome of a replay", value: outcome })?,
            code: row.get("code"),
            reason: row.get("reason"),
            message: message("message"),
            detail: row.get("detail"),
            at,
        }),
        _ => None,
    };
    Ok(Replay {
        id: CommandId(row.get("id")),
        workload: WorkloadId(row.get("workload_id")),
        kind: Kind::parse(&kind).ok_or(bad_kind)?,
        route: row.get("route"),
        endpoint: row.get("endpoint"),
        original: message("original"),
        source: Source::parse(&source).ok_or(bad_source)?,
        by: row.get("asked_by_label"),
        asked_at: row.get::<Time, _>("asked_at").into(),
        begin_before: row.get::<Time, _>("begin_before").into(),
        ended,
    })
}

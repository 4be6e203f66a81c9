//! Many messages replayed: the rules, the list, and how far it came.

use domain::bulk_replay::{Progress, Rules, State};
use domain::id::{ActorId, BulkReplayId, CommandId};
use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use telemetry::id::MessageId;
use uuid::Uuid;

use crate::time::{Time, instant};
use crate::{Error, Tx, bus};

/// The wake-up when one changed; its id is the bulk's.
pub const TOPIC: &str = "bulk_replay";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkReplay {
    pub id: BulkReplayId,
    pub query: String,
    pub state: State,
    /// Why it paused.
    pub reason: Option<String>,
    pub rules: Rules,
    pub repeat_effects: bool,
    pub asked_by: ActorId,
    /// The same as people read it.
    pub by: String,
    pub asked_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// A message of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    pub place: i32,
    pub message: MessageId,
}

/// Adds one with its list.
pub async fn insert(tx: &mut Tx, new: &BulkReplay, messages: &[MessageId]) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO bulk_replay (org_id, id, query, state, canary, per_second, stop_after, repeat_effects, since, begun_then,
            failed_then, asked_by, asked_by_label, asked_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(tx.organization().0)
    .bind(new.id.0)
    .bind(&new.query)
    .bind(new.state.as_str())
    .bind(new.rules.canary.map(whole))
    .bind(whole(new.rules.per_second))
    .bind(whole(new.rules.stop_after))
    .bind(new.repeat_effects)
    .bind(Time::from(new.rules.since))
    .bind(whole(new.rules.begun_then))
    .bind(whole(new.rules.failed_then))
    .bind(new.asked_by.0)
    .bind(&new.by)
    .bind(Time::from(new.asked_at))
    .execute(tx.connection())
    .await
    .map_err(Error::doing("add a bulk replay"))?;
    let ids: Vec<Uuid> = messages.iter().map(|id| Uuid::from_u128(id.to_u128())).collect();
    sqlx::query(
        "INSERT INTO bulk_replay_item (org_id, bulk_id, place, message)
        SELECT $1, $2, m.place, m.id FROM unnest($3::uuid[]) WITH ORDINALITY AS m (id, place)",
    )
    .bind(tx.organization().0)
    .bind(new.id.0)
    .bind(&ids)
    .execute(tx.connection())
    .await
    .map_err(Error::doing("add the messages of a bulk replay"))?;
    bus::publish(tx, TOPIC, new.id.0).await
}

fn whole(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

const COLUMNS: &str = "id, query, state, reason, canary, per_second, stop_after, repeat_effects, since, begun_then, failed_then,
    asked_by, asked_by_label, asked_at, ended_at";

pub async fn find(tx: &mut Tx, id: BulkReplayId) -> Result<Option<BulkReplay>, Error> {
    one(tx, id, "").await
}

/// As `find`; whoever else wants to change it waits.
pub async fn lock(tx: &mut Tx, id: BulkReplayId) -> Result<Option<BulkReplay>, Error> {
    one(tx, id, " FOR UPDATE").await
}

async fn one(
    tx: &mut Tx,
    id: BulkReplayId,
    how: &'static str,
) -> Result<Option<BulkReplay>, Error> {
    let text = format!("SELECT {COLUMNS} FROM bulk_replay WHERE org_id = $1 AND id = $2{how}");
    let row = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tx.organization().0)
        .bind(id.0)
        .fetch_optional(tx.connection())
        .await
        .map_err(Error::doing("find a bulk replay"))?;
    row.as_ref().map(read).transpose()
}

/// The newest first.
pub async fn list(tx: &mut Tx, limit: i64) -> Result<Vec<BulkReplay>, Error> {
    let text =
        format!("SELECT {COLUMNS} FROM bulk_replay WHERE org_id = $1 ORDER BY id DESC LIMIT $2");
    let rows = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tx.organization().0)
        .bind(limit)
        .fetch_all(tx.connection())
        .await
        .map_err(Error::doing("list the bulk replays"))?;
    rows.iter().map(read).collect()
}

/// Whoever else wants to go on with, or change, one that runs waits.
pub async fn lock_running(tx: &mut Tx) -> Result<(), Error> {
    sqlx::query(
        "SELECT id FROM bulk_replay WHERE org_id = $1 AND state = 'running' ORDER BY id FOR UPDATE",
    )
    .bind(tx.organization().0)
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("lock the bulk replays that run"))
}

/// Those that somebody has to go on with.
pub async fn list_running(tx: &mut Tx) -> Result<Vec<BulkReplayId>, Error> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "SELECT id FROM bulk_replay WHERE org_id = $1 AND state = 'running' ORDER BY id",
    )
    .bind(tx.organization().0)
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list the bulk replays that run"))?;
    Ok(ids.into_iter().map(BulkReplayId).collect())
}

/// How far it came, from what each of its messages came to.
pub async fn progress(tx: &mut Tx, id: BulkReplayId) -> Result<Progress, Error> {
    let row = sqlx::query(
        "SELECT count(*) AS total, count(*) FILTER (WHERE i.replay_id IS NOT NULL OR i.code IS NOT NULL) AS begun,
            count(*) FILTER (WHERE r.outcome = 'completed') AS completed,
            count(*) FILTER (WHERE r.outcome = 'handled') AS handled,
            count(*) FILTER (WHERE r.outcome = 'failed') AS failed,
            count(*) FILTER (WHERE r.outcome = 'unknown') AS unknown,
            count(*) FILTER (WHERE r.outcome = 'not_done') AS not_done,
            count(*) FILTER (WHERE i.code IS NOT NULL) AS refused
        FROM bulk_replay_item AS i LEFT JOIN replay AS r ON r.org_id = i.org_id AND r.id = i.replay_id
        WHERE i.org_id = $1 AND i.bulk_id = $2",
    )
    .bind(tx.organization().0)
    .bind(id.0)
    .fetch_one(tx.connection())
    .await
    .map_err(Error::doing("count what a bulk replay did"))?;
    let count = |column: &str| u32::try_from(row.get::<i64, _>(column)).unwrap_or(u32::MAX);
    Ok(Progress {
        total: count("total"),
        begun: count("begun"),
        completed: count("completed"),
        handled: count("handled"),
        failed: count("failed"),
        unknown: count("unknown"),
        not_done: count("not_done"),
        refused: count("refused"),
    })
}

/// The next messages that were not begun, in their order.
pub async fn waiting(tx: &mut Tx, id: BulkReplayId, limit: u32) -> Result<Vec<Item>, Error> {
    let rows = sqlx::query(
        "SELECT place, message FROM bulk_replay_item
        WHERE org_id = $1 AND bulk_id = $2 AND replay_id IS NULL AND code IS NULL ORDER BY place LIMIT $3",
    )
    .bind(tx.organization().0)
    .bind(id.0)
    .bind(i64::from(limit))
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list what a bulk replay has to do"))?;
    let item = |row: &PgRow| Item {
        place: row.get("place"),
        message: MessageId::from_u128(row.get::<Uuid, _>("message").as_u128()),
    };
    Ok(rows.iter().map(item).collect())
}

/// Notes that a message was begun, in the transaction that begins it.
pub async fn begin(
    tx: &mut Tx,
    id: BulkReplayId,
    place: i32,
    replay: CommandId,
) -> Result<(), Error> {
    sqlx::query(
        "UPDATE bulk_replay_item SET replay_id = $4 WHERE org_id = $1 AND bulk_id = $2 AND place = $3",
    )
    .bind(tx.organization().0)
    .bind(id.0)
    .bind(place)
    .bind(replay.0)
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("begin a message of a bulk replay"))
}

/// Notes why a message is not begun.
pub async fn refuse(
    tx: &mut Tx,
    id: BulkReplayId,
    place: i32,
    code: &str,
    reason: &str,
) -> Result<(), Error> {
    sqlx::query(
        "UPDATE bulk_replay_item SET code = $4, reason = $5 WHERE org_id = $1 AND bulk_id = $2 AND place = $3",
    )
    .bind(tx.organization().0)
    .bind(id.0)
    .bind(place)
    .bind(code)
    .bind(reason)
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("leave out a message of a bulk replay"))
}

/// Why messages were not begun, each reason once with how often.
pub async fn refusals(tx: &mut Tx, id: BulkReplayId) -> Result<Vec<(String, String, i64)>, Error> {
    sqlx::query_as(
        "SELECT code, reason, count(*) FROM bulk_replay_item
        WHERE org_id = $1 AND bulk_id = $2 AND code IS NOT NULL GROUP BY code, reason ORDER BY 3 DESC LIMIT 20",
    )
    .bind(tx.organization().0)
    .bind(id.0)
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list why messages were left out"))
}

/// Writes state, reason and rules.
pub async fn update(tx: &mut Tx, bulk: &BulkReplay) -> Result<(), Error> {
    sqlx::query(
        "UPDATE bulk_replay SET state = $3, reason = $4, canary = $5, since = $6, begun_then = $7, failed_then = $8, ended_at = $9
        WHERE org_id = $1 AND id = $2",
    )
    .bind(tx.organization().0)
    .bind(bulk.id.0)
    .bind(bulk.state.as_str())
    .bind(&bulk.reason)
    .bind(bulk.rules.canary.map(whole))
    .bind(Time::from(bulk.rules.since))
    .bind(whole(bulk.rules.begun_then))
    .bind(whole(bulk.rules.failed_then))
    .bind(bulk.ended_at.map(Time::from))
    .execute(tx.connection())
    .await
    .map_err(Error::doing("change a bulk replay"))?;
    bus::publish(tx, TOPIC, bulk.id.0).await
}

fn read(row: &PgRow) -> Result<BulkReplay, Error> {
    let state: String = row.get("state");
    let number = |column: &str| row.get::<i32, _>(column).unsigned_abs();
    Ok(BulkReplay {
        id: BulkReplayId(row.get("id")),
        query: row.get("query"),
        state: State::parse(&state)
            .ok_or(Error::Unreadable { what: "state of a bulk replay", value: state })?,
        reason: row.get("reason"),
        rules: Rules {
            canary: row.get::<Option<i32>, _>("canary").map(i32::unsigned_abs),
            per_second: number("per_second"),
            stop_after: number("stop_after"),
            since: row.get::<Time, _>("since").into(),
            begun_then: number("begun_then"),
            failed_then: number("failed_then"),
        },
        repeat_effects: row.get("repeat_effects"),
        asked_by: ActorId(row.get("asked_by")),
        by: row.get("asked_by_label"),
        asked_at: row.get::<Time, _>("asked_at").into(),
        ended_at: instant(row.get("ended_at")),
    })
}

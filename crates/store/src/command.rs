//! Commands: imperative verbs for one runner, numbered per runner, written with their cause.
//!
//! `pending -> acknowledged -> done | failed`, or `expired` when the runner did not take it in time. The number is
//! taken under the runtime's row lock, so that commands become visible in their order and none is skipped.

use domain::id::{CommandId, RuntimeId};
use jiff::Timestamp;

use crate::time::{Time, instant};
use crate::{Error, Tx, bus};

/// The wake-up after a command was acknowledged or ended; its id is the command's.
pub const TOPIC: &str = "command";

/// The wake-up after a command was written; its id is the runtime's. Apart from `desired::TOPIC`, so that a command
/// does not wait until everything that is to run was looked at.
pub const QUEUED: &str = "queued";

#[derive(Clone, Debug)]
pub struct NewCommand<'a> {
    pub id: CommandId,
    pub runtime: RuntimeId,
    pub lane: &'a str,
    pub kind: &'a str,
    /// Begins with `"format"`.
    pub body: &'a serde_json::Value,
    pub deadline: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Pending,
    Acknowledged,
    Done,
    Failed,
    Expired,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Acknowledged => "acknowledged",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }

    fn parse(text: &str) -> Result<Self, Error> {
        [Self::Pending, Self::Acknowledged, Self::Done, Self::Failed, Self::Expired]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| Error::Unreadable { what: "state of a command", value: text.to_owned() })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub id: CommandId,
    pub runtime: RuntimeId,
    pub seq: u64,
    pub lane: String,
    pub kind: String,
    pub body: Vec<u8>,
    pub deadline: Timestamp,
    pub state: State,
    pub created_at: Timestamp,
    pub acknowledged_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub code: Option<String>,
    pub message: Option<String>,
    pub result: Option<Vec<u8>>,
}

struct Row {
    id: uuid::Uuid,
    runtime_id: uuid::Uuid,
    seq: i64,
    lane: String,
    kind: String,
    body: Vec<u8>,
    deadline: Time,
    state: String,
    created_at: Time,
    acknowledged_at: Option<Time>,
    completed_at: Option<Time>,
    code: Option<String>,
    message: Option<String>,
    result: Option<Vec<u8>>,
}

impl TryFrom<Row> for Command {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: CommandId(row.id),
            runtime: RuntimeId(row.runtime_id),
            seq: row.seq.unsigned_abs(),
            lane: row.lane,
            kind: row.kind,
            body: row.body,
            deadline: row.deadline.into(),
            state: State::parse(&row.state)?,
            created_at: row.created_at.into(),
            acknowledged_at: instant(row.acknowledged_at),
            completed_at: instant(row.completed_at),
            code: row.code,
            message: row.message,
            result: row.result,
        })
    }
}

/// How a command ended, as its runner says.
#[derive(Clone, Debug)]
pub struct Completion<'a> {
    pub ok: bool,
    pub code: Option<&'a str>,
    pub message: Option<&'a str>,
    pub result: Option<&'a [u8]>,
    pub at: Timestamp,
}

/// Writes the command and wakes the runtime's link. Returns its number.
pub async fn insert(tx: &mut Tx, new: &NewCommand<'_>) -> Result<u64, Error> {
    let seq = sqlx::query_scalar!(
        "WITH next AS (
            UPDATE runtime SET command_seq = command_seq + 1 WHERE id = $3 RETURNING command_seq
        )
        INSERT INTO command (org_id, id, runtime_id, seq, lane, kind, body, deadline)
        SELECT $1, $2, $3, next.command_seq, $4, $5, $6, $7 FROM next
        RETURNING seq",
        tx.organization().0,
        new.id.0,
        new.runtime.0,
        new.lane,
        new.kind,
        new.body.to_string().into_bytes(),
        Time::from(new.deadline) as _
    )
    .fetch_one(tx.connection())
    .await
    .map_err(Error::doing("insert the command"))?;
    bus::publish(tx, QUEUED, new.runtime.0).await?;
    Ok(seq.unsigned_abs())
}

/// Open commands after `seq`, in order; expired ones are not sent. A session of another epoch than the newest sees none.
pub async fn after(
    tx: &mut Tx,
    runtime: RuntimeId,
    epoch: u64,
    seq: u64,
    limit: u32,
    now: Timestamp,
) -> Result<Vec<Command>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, runtime_id, seq, lane, kind, body, deadline AS "deadline: Time", state,
            created_at AS "created_at: Time", acknowledged_at AS "acknowledged_at: Time",
            completed_at AS "completed_at: Time", code, message, result
        FROM command
        WHERE runtime_id = $1 AND seq > $2 AND state IN ('pending', 'acknowledged') AND deadline > $3
            AND $5 = (SELECT epoch FROM runner_session WHERE runtime_id = $1)
        ORDER BY seq LIMIT $4"#,
        runtime.0,
        i64::try_from(seq).unwrap_or(i64::MAX),
        Time::from(now) as _,
        i64::from(limit),
        i64::try_from(epoch).unwrap_or(i64::MAX)
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("read the open commands"))?;
    rows.into_iter().map(Command::try_from).collect()
}

pub async fn find(tx: &mut Tx, id: CommandId) -> Result<Option<Command>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT id, runtime_id, seq, lane, kind, body, deadline AS "deadline: Time", state,
            created_at AS "created_at: Time", acknowledged_at AS "acknowledged_at: Time",
            completed_at AS "completed_at: Time", code, message, result
        FROM command WHERE id = $1"#,
        id.0
    )
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("find the command"))?;
    row.map(Command::try_from).transpose()
}

/// The runner has every command up to `seq` on disk. Returns those that were new to us.
pub async fn acknowledge(
    tx: &mut Tx,
    runtime: RuntimeId,
    seq: u64,
    at: Timestamp,
) -> Result<Vec<CommandId>, Error> {
    let ids = sqlx::query_scalar!(
        "UPDATE command SET state = 'acknowledged', acknowledged_at = $3
        WHERE runtime_id = $1 AND seq <= $2 AND state = 'pending' RETURNING id",
        runtime.0,
        i64::try_from(seq).unwrap_or(i64::MAX),
        Time::from(at) as _
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("acknowledge commands"))?;
    for id in &ids {
        bus::publish(tx, TOPIC, *id).await?;
    }
    Ok(ids.into_iter().map(CommandId).collect())
}

/// Ends a command of this runtime. Returns its kind; none when it is unknown or ended before.
pub async fn complete(
    tx: &mut Tx,
    runtime: RuntimeId,
    id: CommandId,
    completion: &Completion<'_>,
) -> Result<Option<String>, Error> {
    let state = if completion.ok { State::Done } else { State::Failed };
    let kind = sqlx::query_scalar!(
        "UPDATE command SET state = $3, completed_at = $4, acknowledged_at = coalesce(acknowledged_at, $4),
            code = $5, message = $6, result = $7
        WHERE runtime_id = $1 AND id = $2 AND state IN ('pending', 'acknowledged', 'expired') RETURNING kind",
        runtime.0,
        id.0,
        state.as_str(),
        Time::from(completion.at) as _,
        completion.code,
        completion.message,
        completion.result
    )
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("complete the command"))?;
    if kind.is_some() {
        bus::publish(tx, TOPIC, id.0).await?;
    }
    Ok(kind)
}

/// Empties a command that has ended: what a message carried is not kept here.
pub async fn forget_body(tx: &mut Tx, id: CommandId) -> Result<(), Error> {
    sqlx::query("UPDATE command SET body = '{}' WHERE org_id = $1 AND id = $2")
        .bind(tx.organization().0)
        .bind(id.0)
        .execute(tx.connection())
        .await
        .map(drop)
        .map_err(Error::doing("empty a command"))
}

/// Gives up what no runner took in time. Returns id and kind of each.
pub async fn expire(tx: &mut Tx, now: Timestamp) -> Result<Vec<(CommandId, String)>, Error> {
    let rows = sqlx::query!(
        "UPDATE command SET state = 'expired', completed_at = $1
        WHERE state IN ('pending', 'acknowledged') AND deadline <= $1 RETURNING id, kind",
        Time::from(now) as _
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("expire commands"))?;
    for row in &rows {
        bus::publish(tx, TOPIC, row.id).await?;
    }
    Ok(rows.into_iter().map(|row| (CommandId(row.id), row.kind)).collect())
}

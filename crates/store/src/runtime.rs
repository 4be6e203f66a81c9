//! Runtimes: where workloads run, what was decided about them, what was last heard.
//!
//! A revoked runtime keeps its row for the history and gives up its name.

use std::collections::BTreeMap;

use domain::id::RuntimeId;
use domain::runtime::{Purpose, Standing, State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::time::{Time, instant};
use crate::{Error, Tx, bus, desired};

#[derive(Clone, Debug, PartialEq)]
pub struct Runtime {
    pub id: RuntimeId,
    pub name: String,
    pub purposes: Vec<Purpose>,
    pub standing: Standing,
    pub standing_reason: Option<String>,
    pub created_at: Timestamp,
    pub last_seen_at: Option<Timestamp>,
    pub version: Option<String>,
    pub capabilities: Vec<String>,
    pub conditions: Vec<Condition>,
    pub rss_bytes: Option<u64>,
    /// Of the runner itself, by name.
    pub figures: BTreeMap<String, f64>,
    pub clock_skew_ms: Option<i64>,
    pub address: Option<String>,
    pub certificate_not_after: Option<Timestamp>,
}

impl Runtime {
    pub fn state(&self, now: Timestamp) -> State {
        State::of(self.standing, self.last_seen_at, now)
    }
}

/// One line of a runner's own diagnosis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    pub component: String,
    pub ok: bool,
    pub reason: String,
}

#[derive(Debug, thiserror::Error)]
pub enum InsertError {
    #[error("there is a runtime of that name")]
    NameTaken,
    #[error(transparent)]
    Database(#[from] Error),
}

/// What a heartbeat says about the runtime itself.
#[derive(Clone, Debug)]
pub struct Heard<'a> {
    pub at: Timestamp,
    pub version: &'a str,
    pub capabilities: &'a [String],
    pub conditions: &'a [Condition],
    pub rss_bytes: u64,
    pub figures: &'a BTreeMap<String, f64>,
    pub clock_skew_ms: i64,
    pub address: &'a str,
}

/// What decides whether a certificate may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub standing: Standing,
    pub generation: u64,
    pub boot_id: Option<String>,
}

struct Row {
    id: uuid::Uuid,
    name: String,
    purposes: Vec<String>,
    standing: String,
    standing_reason: Option<String>,
    created_at: Time,
    last_seen_at: Option<Time>,
    version: Option<String>,
    capabilities: Vec<String>,
    conditions: serde_json::Value,
    rss_bytes: Option<i64>,
    figures: serde_json::Value,
    clock_skew_ms: Option<i64>,
    address: Option<String>,
    not_after: Option<Time>,
}

impl TryFrom<Row> for Runtime {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let purpose = |text: String| {
            Purpose::parse(&text).ok_or(Error::Unreadable { what: "purpose", value: text })
        };
        Ok(Self {
            id: RuntimeId(row.id),
            name: row.name,
            purposes: row.purposes.into_iter().map(purpose).collect::<Result<_, _>>()?,
            standing: standing(&row.standing)?,
            standing_reason: row.standing_reason,
            created_at: row.created_at.into(),
            last_seen_at: instant(row.last_seen_at),
            version: row.version,
            capabilities: row.capabilities,
            // Written by us in this shape; an unknown one says nothing rather than hiding the runtime.
            conditions: serde_json::from_value(row.conditions).unwrap_or_default(),
            rss_bytes: row.rss_bytes.map(i64::unsigned_abs),
            figures: serde_json::from_value(row.figures).unwrap_or_default(),
            clock_skew_ms: row.clock_skew_ms,
            address: row.address,
            certificate_not_after: instant(row.not_after),
        })
    }
}

fn standing(text: &str) -> Result<Standing, Error> {
    match text {
        "good" => Ok(Standing::Good),
        "locked" => Ok(Standing::Locked),
        "revoked" => Ok(Standing::Revoked),
        other => Err(Error::Unreadable { what: "standing", value: other.to_owned() }),
    }
}

fn standing_text(standing: Standing) -> &'static str {
    match standing {
        Standing::Good => "good",
        Standing::Locked => "locked",
        Standing::Revoked => "revoked",
    }
}

pub async fn insert(
    tx: &mut Tx,
    id: RuntimeId,
    name: &str,
    purposes: &[Purpose],
    now: Timestamp,
) -> Result<(), InsertError> {
    let purposes: Vec<String> = purposes.iter().map(|p| p.as_str().to_owned()).collect();
    let inserted = sqlx::query!(
        "INSERT INTO runtime (org_id, id, name, purposes, created_at) VALUES ($1, $2, $3, $4, $5)",
        tx.organization().0,
        id.0,
        name,
        &purposes,
        Time::from(now) as _
    )
    .execute(tx.connection())
    .await
    .map_err(Error::doing("insert the runtime"));
    match inserted {
        Ok(_) => Ok(()),
        Err(err) if err.violates("runtime_name_key") => Err(InsertError::NameTaken),
        Err(err) => Err(err.into()),
    }
}

/// Every runtime that is not revoked, by name.
pub async fn list(tx: &mut Tx) -> Result<Vec<Runtime>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT r.id, r.name, r.purposes, r.standing, r.standing_reason, r.created_at AS "created_at: Time",
            r.last_seen_at AS "last_seen_at: Time", r.version, r.capabilities, r.conditions, r.rss_bytes, r.figures,
            r.clock_skew_ms, r.address, e.not_after AS "not_after?: Time"
        FROM runtime AS r LEFT JOIN enrolment AS e ON e.org_id = r.org_id AND e.runtime_id = r.id
        WHERE r.standing <> 'revoked' ORDER BY r.name"#
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list the runtimes"))?;
    rows.into_iter().map(Runtime::try_from).collect()
}

pub async fn find(tx: &mut Tx, id: RuntimeId) -> Result<Option<Runtime>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT r.id, r.name, r.purposes, r.standing, r.standing_reason, r.created_at AS "created_at: Time",
            r.last_seen_at AS "last_seen_at: Time", r.version, r.capabilities, r.conditions, r.rss_bytes, r.figures,
            r.clock_skew_ms, r.address, e.not_after AS "not_after?: Time"
        FROM runtime AS r LEFT JOIN enrolment AS e ON e.org_id = r.org_id AND e.runtime_id = r.id
        WHERE r.id = $1"#,
        id.0
    )
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("find the runtime"))?;
    row.map(Runtime::try_from).transpose()
}

/// The runtime that has this name now.
pub async fn find_by_name(tx: &mut Tx, name: &str) -> Result<Option<Runtime>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT r.id, r.name, r.purposes, r.standing, r.standing_reason, r.created_at AS "created_at: Time",
            r.last_seen_at AS "last_seen_at: Time", r.version, r.capabilities, r.conditions, r.rss_bytes, r.figures,
            r.clock_skew_ms, r.address, e.not_after AS "not_after?: Time"
        FROM runtime AS r LEFT JOIN enrolment AS e ON e.org_id = r.org_id AND e.runtime_id = r.id
        WHERE r.name = $1 AND r.standing <> 'revoked'"#,
        name
    )
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("find the runtime by name"))?;
    row.map(Runtime::try_from).transpose()
}

/// What is asked on every stream; one row, no join.
pub async fn seen(tx: &mut Tx, id: RuntimeId) -> Result<Option<Seen>, Error> {
    let row =
        sqlx::query!("SELECT standing, seen_generation, boot_id FROM runtime WHERE id = $1", id.0)
            .fetch_optional(tx.connection())
            .await
            .map_err(Error::doing("judge the runtime"))?;
    row.map(|row| {
        Ok(Seen {
            standing: standing(&row.standing)?,
            generation: row.seen_generation.unsigned_abs(),
            boot_id: row.boot_id,
        })
    })
    .transpose()
}

/// Decides about a runtime and wakes its link, which closes at once when it is no longer good.
pub async fn set_standing(
    tx: &mut Tx,
    id: RuntimeId,
    standing: Standing,
    reason: &str,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE runtime SET standing = $2, standing_reason = $3 WHERE id = $1",
        id.0,
        standing_text(standing),
        reason
    )
    .execute(tx.connection())
    .await
    .map_err(Error::doing("decide about the runtime"))?;
    bus::publish(tx, desired::TOPIC, id.0).await
}

/// A session was opened with this generation of the certificate.
pub async fn present(
    tx: &mut Tx,
    id: RuntimeId,
    generation: u64,
    boot_id: &str,
    at: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE runtime SET seen_generation = greatest(seen_generation, $2), boot_id = $3, last_seen_at = $4
        WHERE id = $1",
        id.0,
        i64::try_from(generation).unwrap_or(i64::MAX),
        boot_id,
        Time::from(at) as _
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("note the certificate"))
}

pub async fn heard(tx: &mut Tx, id: RuntimeId, heard: &Heard<'_>) -> Result<(), Error> {
    let conditions = serde_json::to_value(heard.conditions).unwrap_or_default();
    let figures = serde_json::to_value(heard.figures).unwrap_or_default();
    sqlx::query!(
        "UPDATE runtime SET last_seen_at = $2, version = $3, capabilities = $4, conditions = $5, rss_bytes = $6,
            clock_skew_ms = $7, address = $8, figures = $9
        WHERE id = $1",
        id.0,
        Time::from(heard.at) as _,
        heard.version,
        heard.capabilities,
        conditions,
        i64::try_from(heard.rss_bytes).unwrap_or(i64::MAX),
        heard.clock_skew_ms,
        heard.address,
        figures
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("note the heartbeat"))
}

pub async fn set_sealing_key(tx: &mut Tx, id: RuntimeId, key: &[u8]) -> Result<(), Error> {
    sqlx::query!("UPDATE runtime SET sealing_key = $2 WHERE id = $1", id.0, key)
        .execute(tx.connection())
        .await
        .map(drop)
        .map_err(Error::doing("keep the sealing key"))
}

/// The public key that secrets for this runtime are sealed to; none before it joined.
pub async fn sealing_key(tx: &mut Tx, id: RuntimeId) -> Result<Option<Vec<u8>>, Error> {
    sqlx::query_scalar!("SELECT sealing_key FROM runtime WHERE id = $1", id.0)
        .fetch_optional(tx.connection())
        .await
        .map(Option::flatten)
        .map_err(Error::doing("read the sealing key"))
}

/// A good runtime of purpose build: the one heard last.
pub async fn builder(tx: &mut Tx) -> Result<Option<RuntimeId>, Error> {
    sqlx::query_scalar!(
        "SELECT id FROM runtime WHERE standing = 'good' AND 'build' = ANY (purposes)
        ORDER BY last_seen_at DESC NULLS LAST LIMIT 1"
    )
    .fetch_optional(tx.connection())
    .await
    .map(|id| id.map(RuntimeId))
    .map_err(Error::doing("find a runtime that builds"))
}

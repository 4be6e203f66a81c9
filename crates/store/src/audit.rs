//! The audit: who changed what, in a chain of hashes, written with the change.
//!
//! `append` takes the organization and the actor from the transaction's signed token, inside the
//! database; no statement of the application role can write or change a row. Appending queues up
//! behind other writers of the same organization until commit, so do it last.
//! [`verify`] is the pure half: it names rows that were changed, deleted, reordered or inserted.

use domain::id::{ActorId, OrganizationId};
use jiff::Timestamp;
use serde_json::Value;

use crate::time::Time;
use crate::{Error, Tx};

mod verify;

pub use verify::{Finding, GENESIS, Head, verify};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub organization: OrganizationId,
    pub seq: i64,
    pub at: Timestamp,
    pub actor: ActorId,
    pub action: String,
    pub target_kind: String,
    pub target_id: String,
    /// JSON in the very bytes that are hashed.
    pub detail: String,
    pub previous: Vec<u8>,
    pub hash: Vec<u8>,
}

struct Row {
    org_id: uuid::Uuid,
    seq: i64,
    at: Time,
    actor_id: uuid::Uuid,
    action: String,
    target_kind: String,
    target_id: String,
    detail: String,
    previous: Vec<u8>,
    hash: Vec<u8>,
}

impl From<Row> for Entry {
    fn from(row: Row) -> Self {
        Self {
            organization: OrganizationId(row.org_id),
            seq: row.seq,
            at: row.at.into(),
            actor: ActorId(row.actor_id),
            action: row.action,
            target_kind: row.target_kind,
            target_id: row.target_id,
            detail: row.detail,
            previous: row.previous,
            hash: row.hash,
        }
    }
}

/// Adds an entry: `action` is a permission-like verb (`runtime.revoke`), the target a kind and an id.
pub async fn append(
    tx: &mut Tx,
    at: Timestamp,
    action: &str,
    target_kind: &str,
    target_id: &str,
    detail: &Value,
) -> Result<i64, Error> {
    sqlx::query_scalar!(
        r#"SELECT sec.append_audit($1, $2, $3, $4, $5) AS "seq!""#,
        Time::from(at) as _,
        action,
        target_kind,
        target_id,
        detail.to_string()
    )
    .fetch_one(tx.connection())
    .await
    .map_err(Error::doing("append to the audit"))
}

/// Entries after `seq`, oldest first.
pub async fn list_after(tx: &mut Tx, seq: i64, most: u32) -> Result<Vec<Entry>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT org_id, seq, at AS "at: Time", actor_id, action, target_kind, target_id, detail,
            previous, hash
        FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2"#,
        seq,
        i64::from(most)
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list the audit"))?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

/// Entries before `seq`, newest first.
pub async fn list_before(tx: &mut Tx, seq: i64, most: u32) -> Result<Vec<Entry>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT org_id, seq, at AS "at: Time", actor_id, action, target_kind, target_id, detail,
            previous, hash
        FROM audit WHERE seq < $1 ORDER BY seq DESC LIMIT $2"#,
        seq,
        i64::from(most)
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list the end of the audit"))?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

/// The last entry as the writers know it; `None` before the first.
pub async fn head(tx: &mut Tx) -> Result<Option<Head>, Error> {
    let row = sqlx::query!("SELECT seq, hash FROM audit_head")
        .fetch_optional(tx.connection())
        .await
        .map_err(Error::doing("find the head of the audit"))?;
    Ok(row.map(|row| Head { seq: row.seq, hash: row.hash }))
}

//! What people said of a failure group: one row beside it, made by whoever speaks first.
//!
//! What is said, whose work it is and the note are written apart, so that two people who do not mean the same do not undo each
//! other.

use domain::failure::Said;
use domain::id::DeploymentId;
use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::Key;
use crate::telemetry::signed;
use crate::time::{Time, instant};
use crate::{Error, Tx};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub said: Said,
    /// When somebody said it, and who, as people read it; `None`: it was only assigned or noted.
    pub said_at: Option<Timestamp>,
    pub by: Option<String>,
    /// What ran when it was resolved.
    pub resolved_on: Option<DeploymentId>,
    pub assignee: Option<String>,
    pub note: Option<String>,
}

/// `None`: the row of a group without a mark.
pub(super) fn read(row: &PgRow) -> Result<Option<Mark>, Error> {
    let Some(word) = row.get::<Option<String>, _>("said") else { return Ok(None) };
    let said_at = instant(row.get::<Option<Time>, _>("said_at"));
    let said = match (word.as_str(), said_at) {
        ("open", _) => Said::Open,
        ("resolved", Some(at)) => Said::Resolved { at },
        ("muted", Some(_)) => {
            Said::Muted { until: instant(row.get::<Option<Time>, _>("muted_until")) }
        }
        _ => return Err(Error::Unreadable { what: "what was said of failures", value: word }),
    };
    Ok(Some(Mark {
        said,
        said_at,
        by: row.get("said_by_label"),
        resolved_on: row.get::<Option<uuid::Uuid>, _>("resolved_deployment_id").map(DeploymentId),
        assignee: row.get("assignee"),
        note: row.get("note"),
    }))
}

/// Writes what somebody says now; `resolved_on` is what runs, where it is resolved.
pub async fn say(
    tx: &mut Tx,
    key: &Key,
    said: Said,
    by: &str,
    resolved_on: Option<DeploymentId>,
    now: Timestamp,
) -> Result<(), Error> {
    let (word, until, on) = match said {
        Said::Open => ("open", None, None),
        Said::Resolved { at: _ } => ("resolved", None, resolved_on),
        Said::Muted { until } => ("muted", until, None),
    };
    sqlx::query(
        "INSERT INTO failure_mark (org_id, fingerprint, integration, environment, route, said, said_at, said_by, said_by_label,
            muted_until, resolved_deployment_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT ON CONSTRAINT failure_mark_pkey DO UPDATE SET said = excluded.said, said_at = excluded.said_at,
            said_by = excluded.said_by, said_by_label = excluded.said_by_label, muted_until = excluded.muted_until,
            resolved_deployment_id = excluded.resolved_deployment_id",
    )
    .bind(tx.organization().0)
    .bind(signed(key.fingerprint))
    .bind(&key.integration)
    .bind(&key.environment)
    .bind(key.route.0)
    .bind(word)
    .bind(Time::from(now))
    .bind(tx.actor().0)
    .bind(by)
    .bind(until.map(Time::from))
    .bind(on.map(|id| id.0))
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("write what was said of failures"))
}

/// `None`: nobody's work.
pub async fn assign(tx: &mut Tx, key: &Key, to: Option<&str>) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO failure_mark (org_id, fingerprint, integration, environment, route, said, assignee)
        VALUES ($1, $2, $3, $4, $5, 'open', $6)
        ON CONFLICT ON CONSTRAINT failure_mark_pkey DO UPDATE SET assignee = excluded.assignee",
    )
    .bind(tx.organization().0)
    .bind(signed(key.fingerprint))
    .bind(&key.integration)
    .bind(&key.environment)
    .bind(key.route.0)
    .bind(to)
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("assign failures"))
}

/// `None` takes the note away.
pub async fn note(tx: &mut Tx, key: &Key, text: Option<&str>) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO failure_mark (org_id, fingerprint, integration, environment, route, said, note)
        VALUES ($1, $2, $3, $4, $5, 'open', $6)
        ON CONFLICT ON CONSTRAINT failure_mark_pkey DO UPDATE SET note = excluded.note",
    )
    .bind(tx.organization().0)
    .bind(signed(key.fingerprint))
    .bind(&key.integration)
    .bind(&key.environment)
    .bind(key.route.0)
    .bind(text)
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("leave a note at failures"))
}

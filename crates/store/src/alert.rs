//! Alerts, the rules that are off, the channel, and what became of each attempt to call it.

use domain::alert::{Known, Rule, Seen};
use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::time::{Time, instant};
use crate::{Error, Tx};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    pub id: Uuid,
    pub rule: Rule,
    pub subject: String,
    pub title: String,
    pub detail: String,
    pub path: String,
    pub raised_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub muted_until: Option<Timestamp>,
}

fn rule(text: String) -> Result<Rule, Error> {
    Rule::parse(&text).ok_or(Error::Unreadable { what: "a rule of alerts", value: text })
}

fn alert(row: &PgRow) -> Result<Alert, Error> {
    Ok(Alert {
        id: row.get("id"),
        rule: rule(row.get("rule"))?,
        subject: row.get("subject"),
        title: row.get("title"),
        detail: row.get("detail"),
        path: row.get("path"),
        raised_at: row.get::<Time, _>("raised_at").into(),
        ended_at: instant(row.get("ended_at")),
        muted_until: instant(row.get("muted_until")),
    })
}

/// Since when the organization is watched; begins now if it was not.
pub async fn watched_since(tx: &mut Tx, now: Timestamp) -> Result<Timestamp, Error> {
    sqlx::query(
        "INSERT INTO alert_watch (org_id, since) VALUES ($1, $2) ON CONFLICT ON CONSTRAINT alert_watch_pkey DO NOTHING",
    )
    .bind(tx.organization().0)
    .bind(Time::from(now))
    .execute(tx.connection())
    .await
    .map_err(Error::doing("begin to watch"))?;
    let row = sqlx::query("SELECT since FROM alert_watch WHERE org_id = $1")
        .bind(tx.organization().0)
        .fetch_one(tx.connection())
        .await
        .map_err(Error::doing("find since when it is watched"))?;
    Ok(row.get::<Time, _>("since").into())
}

/// Rules that somebody turned off; all others are on.
pub async fn list_off(tx: &mut Tx) -> Result<Vec<Rule>, Error> {
    let rows =
        sqlx::query("SELECT rule FROM alert_rule WHERE org_id = $1 AND NOT is_on ORDER BY rule")
            .bind(tx.organization().0)
            .fetch_all(tx.connection())
            .await
            .map_err(Error::doing("list the rules of alerts"))?;
    rows.iter().map(|row| rule(row.get("rule"))).collect()
}

pub async fn put_rule(tx: &mut Tx, rule: Rule, is_on: bool) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO alert_rule (org_id, rule, is_on) VALUES ($1, $2, $3)
        ON CONFLICT ON CONSTRAINT alert_rule_pkey DO UPDATE SET is_on = excluded.is_on",
    )
    .bind(tx.organization().0)
    .bind(rule.as_str())
    .bind(is_on)
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("set the rule of alerts"))
}

/// The open ones, which is all that a decision needs.
pub async fn list_open(tx: &mut Tx) -> Result<Vec<Known<Uuid>>, Error> {
    let rows =
        sqlx::query("SELECT id, rule, subject FROM alert WHERE org_id = $1 AND ended_at IS NULL")
            .bind(tx.organization().0)
            .fetch_all(tx.connection())
            .await
            .map_err(Error::doing("list the open alerts"))?;
    rows.iter()
        .map(|row| {
            Ok(Known {
                id: row.get("id"),
                rule: rule(row.get("rule"))?,
                subject: row.get("subject"),
                is_open: true,
            })
        })
        .collect()
}

/// The last raised first; `before` pages backwards.
pub async fn list(
    tx: &mut Tx,
    is_open: bool,
    before: Option<Timestamp>,
    most: u32,
) -> Result<Vec<Alert>, Error> {
    let rows = sqlx::query(
        "SELECT id, rule, subject, title, detail, path, raised_at, ended_at, muted_until FROM alert
        WHERE org_id = $1 AND (NOT $2 OR ended_at IS NULL) AND ($3::timestamptz IS NULL OR raised_at < $3)
        ORDER BY raised_at DESC LIMIT $4",
    )
    .bind(tx.organization().0)
    .bind(is_open)
    .bind(before.map(Time::from))
    .bind(i64::from(most))
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list the alerts"))?;
    rows.iter().map(alert).collect()
}

/// Opens an alert, or opens it again. `None`: it is open already, and whoever opened it tells of it.
pub async fn raise(
    tx: &mut Tx,
    id: Uuid,
    seen: &Seen,
    now: Timestamp,
) -> Result<Option<Alert>, Error> {
    let row = sqlx::query(
        "INSERT INTO alert (org_id, id, rule, subject, title, detail, path, raised_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT ON CONSTRAINT alert_subject_key DO UPDATE
        SET title = excluded.title, detail = excluded.detail, path = excluded.path, raised_at = excluded.raised_at,
            ended_at = NULL
        WHERE alert.ended_at IS NOT NULL
        RETURNING id, rule, subject, title, detail, path, raised_at, ended_at, muted_until",
    )
    .bind(tx.organization().0)
    .bind(id)
    .bind(seen.rule.as_str())
    .bind(&seen.subject)
    .bind(&seen.title)
    .bind(&seen.detail)
    .bind(&seen.path)
    .bind(Time::from(now))
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("raise the alert"))?;
    row.as_ref().map(alert).transpose()
}

/// `None`: it was over before.
pub async fn end(tx: &mut Tx, id: Uuid, now: Timestamp) -> Result<Option<Alert>, Error> {
    let row = sqlx::query(
        "UPDATE alert SET ended_at = $3 WHERE org_id = $1 AND id = $2 AND ended_at IS NULL
        RETURNING id, rule, subject, title, detail, path, raised_at, ended_at, muted_until",
    )
    .bind(tx.organization().0)
    .bind(id)
    .bind(Time::from(now))
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("end the alert"))?;
    row.as_ref().map(alert).transpose()
}

/// Until when nothing of it is sent; `None` sends again.
pub async fn mute(tx: &mut Tx, id: Uuid, until: Option<Timestamp>) -> Result<Option<Alert>, Error> {
    let row = sqlx::query(
        "UPDATE alert SET muted_until = $3 WHERE org_id = $1 AND id = $2
        RETURNING id, rule, subject, title, detail, path, raised_at, ended_at, muted_until",
    )
    .bind(tx.organization().0)
    .bind(id)
    .bind(until.map(Time::from))
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("mute the alert"))?;
    row.as_ref().map(alert).transpose()
}

/// Where alerts are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    pub url: String,
    /// Sealed.
    pub secret: Vec<u8>,
    pub changed_at: Timestamp,
}

pub async fn channel(tx: &mut Tx) -> Result<Option<Channel>, Error> {
    let row = sqlx::query("SELECT url, secret, changed_at FROM alert_channel WHERE org_id = $1")
        .bind(tx.organization().0)
        .fetch_optional(tx.connection())
        .await
        .map_err(Error::doing("find the channel of alerts"))?;
    Ok(row.map(|row| Channel {
        url: row.get("url"),
        secret: row.get("secret"),
        changed_at: row.get::<Time, _>("changed_at").into(),
    }))
}

pub async fn put_channel(
    tx: &mut Tx,
    url: &str,
    secret: &[u8],
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO alert_channel (org_id, url, secret, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT ON CONSTRAINT alert_channel_pkey DO UPDATE
        SET url = excluded.url, secret = excluded.secret, changed_at = excluded.changed_at, changed_by = excluded.changed_by",
    )
    .bind(tx.organization().0)
    .bind(url)
    .bind(secret)
    .bind(Time::from(now))
    .bind(tx.actor().0)
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("set the channel of alerts"))
}

pub async fn delete_channel(tx: &mut Tx) -> Result<bool, Error> {
    sqlx::query("DELETE FROM alert_channel WHERE org_id = $1")
        .bind(tx.organization().0)
        .execute(tx.connection())
        .await
        .map(|done| done.rows_affected() == 1)
        .map_err(Error::doing("remove the channel of alerts"))
}

/// One attempt to call the channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub id: Uuid,
    /// The same for every attempt at one message.
    pub message: Uuid,
    pub title: String,
    pub attempt: i32,
    pub at: Timestamp,
    pub took_ms: i32,
    pub status: Option<i32>,
    pub error: Option<String>,
    /// When it is tried again; `None`: it arrived, or was given up.
    pub next_at: Option<Timestamp>,
}

/// A page of the settings; older attempts are deleted as new ones are written.
const KEPT_DELIVERIES: i64 = 200;

pub async fn insert_delivery(tx: &mut Tx, delivery: &Delivery) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO alert_delivery (org_id, id, message, title, attempt, at, took_ms, status, error, next_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(tx.organization().0)
    .bind(delivery.id)
    .bind(delivery.message)
    .bind(&delivery.title)
    .bind(delivery.attempt)
    .bind(Time::from(delivery.at))
    .bind(delivery.took_ms)
    .bind(delivery.status)
    .bind(&delivery.error)
    .bind(delivery.next_at.map(Time::from))
    .execute(tx.connection())
    .await
    .map_err(Error::doing("remember the attempt"))?;
    delete_old_deliveries(tx).await
}

async fn delete_old_deliveries(tx: &mut Tx) -> Result<(), Error> {
    sqlx::query(
        "DELETE FROM alert_delivery WHERE org_id = $1 AND id IN (
            SELECT id FROM alert_delivery WHERE org_id = $1 ORDER BY at DESC OFFSET $2
        )",
    )
    .bind(tx.organization().0)
    .bind(KEPT_DELIVERIES)
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("forget old attempts"))
}

/// The newest first.
pub async fn list_deliveries(tx: &mut Tx) -> Result<Vec<Delivery>, Error> {
    let rows = sqlx::query(
        "SELECT id, message, title, attempt, at, took_ms, status, error, next_at FROM alert_delivery
        WHERE org_id = $1 ORDER BY at DESC, attempt DESC LIMIT $2",
    )
    .bind(tx.organization().0)
    .bind(KEPT_DELIVERIES)
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list the attempts"))?;
    Ok(rows
        .iter()
        .map(|row| Delivery {
            id: row.get("id"),
            message: row.get("message"),
            title: row.get("title"),
            attempt: row.get("attempt"),
            at: row.get::<Time, _>("at").into(),
            took_ms: row.get("took_ms"),
            status: row.get("status"),
            error: row.get("error"),
            next_at: instant(row.get("next_at")),
        })
        .collect())
}

//! Jobs: the outbox of every effect beyond the database.
//!
//! ```text
//! enqueue (in the transaction of the cause) -> waiting -claim-> running -finish-> done
//!                                                 ^                | retry at, or the lease passed
//!                                                 +----------------+   give_up -> failed
//! ```
//! A job may run twice (a lease that passed while the worker still worked), so its effect must be
//! idempotent; `attempts` tells how often it was claimed. `finish`, `retry` and `give_up` act only for
//! the worker that holds the job: one that lost its lease is told so and must not commit.

use domain::id::OrganizationId;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use crate::time::Time;
use crate::{Door, Error, Tx};

#[derive(Clone, Debug)]
pub struct New<'a> {
    pub id: Uuid,
    /// Which loop takes it: `gitops.resolve`, `webhook.deliver`.
    pub queue: &'a str,
    /// Asking again with the same key does nothing.
    pub key: &'a str,
    pub body: &'a Value,
    pub run_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimed {
    pub organization: OrganizationId,
    pub id: Uuid,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    pub id: Uuid,
    pub queue: String,
    pub key: String,
    pub body: Value,
    /// Counts from one.
    pub attempts: i32,
}

/// Writes the job with its cause; `false` when the key was asked for before.
pub async fn enqueue(tx: &mut Tx, new: &New<'_>, now: Timestamp) -> Result<bool, Error> {
    sqlx::query!(
        "INSERT INTO job (org_id, id, queue, key, body, run_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT ON CONSTRAINT job_key_key DO NOTHING",
        tx.organization().0,
        new.id,
        new.queue,
        new.key,
        new.body,
        Time::from(new.run_at) as _,
        Time::from(now) as _
    )
    .execute(tx.connection())
    .await
    .map(|done| done.rows_affected() == 1)
    .map_err(Error::doing("enqueue the job"))
}

/// Takes due jobs of any organization for `lease`. Commit the door, then work on each in a
/// transaction of its organization.
pub async fn claim(
    door: &mut Door,
    queue: &str,
    worker: Uuid,
    now: Timestamp,
    lease: SignedDuration,
    most: u16,
) -> Result<Vec<Claimed>, Error> {
    let lease = i32::try_from(lease.as_secs()).unwrap_or(i32::MAX);
    let rows = sqlx::query!(
        r#"SELECT org_id AS "org_id!", id AS "id!"
        FROM sec.claim_jobs($1, $2, $3, make_interval(secs => $4), $5)"#,
        queue,
        worker,
        Time::from(now) as _,
        f64::from(lease),
        i32::from(most)
    )
    .fetch_all(door.connection())
    .await
    .map_err(Error::doing("claim jobs"))?;
    Ok(rows
        .into_iter()
        .map(|row| Claimed { organization: OrganizationId(row.org_id), id: row.id })
        .collect())
}

/// A job that `worker` holds; `None` when somebody else has it by now.
pub async fn find_held(tx: &mut Tx, id: Uuid, worker: Uuid) -> Result<Option<Job>, Error> {
    sqlx::query_as!(
        Job,
        "SELECT id, queue, key, body, attempts FROM job
        WHERE id = $1 AND worker = $2 AND state = 'running' FOR UPDATE",
        id,
        worker
    )
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("find the job"))
}

/// Ends the job with the transaction that holds its effect; `false`: roll that back.
pub async fn finish(tx: &mut Tx, id: Uuid, worker: Uuid, now: Timestamp) -> Result<bool, Error> {
    sqlx::query!(
        "UPDATE job SET state = 'done', finished_at = $3, worker = NULL, lease_until = NULL, error = NULL
        WHERE id = $1 AND worker = $2 AND state = 'running'",
        id,
        worker,
        Time::from(now) as _
    )
    .execute(tx.connection())
    .await
    .map(|done| done.rows_affected() == 1)
    .map_err(Error::doing("finish the job"))
}

/// Puts the job back until `run_at`.
pub async fn retry(
    tx: &mut Tx,
    id: Uuid,
    worker: Uuid,
    run_at: Timestamp,
    error: &str,
) -> Result<bool, Error> {
    sqlx::query!(
        "UPDATE job SET state = 'waiting', run_at = $3, error = $4, worker = NULL, lease_until = NULL
        WHERE id = $1 AND worker = $2 AND state = 'running'",
        id,
        worker,
        Time::from(run_at) as _,
        error
    )
    .execute(tx.connection())
    .await
    .map(|done| done.rows_affected() == 1)
    .map_err(Error::doing("put the job back"))
}

/// Ends the job without its effect.
pub async fn give_up(
    tx: &mut Tx,
    id: Uuid,
    worker: Uuid,
    now: Timestamp,
    error: &str,
) -> Result<bool, Error> {
    sqlx::query!(
        "UPDATE job SET state = 'failed', finished_at = $3, error = $4, worker = NULL, lease_until = NULL
        WHERE id = $1 AND worker = $2 AND state = 'running'",
        id,
        worker,
        Time::from(now) as _,
        error
    )
    .execute(tx.connection())
    .await
    .map(|done| done.rows_affected() == 1)
    .map_err(Error::doing("give the job up"))
}

/// Removes what ended before `before`; the keys of those may then be used again.
pub async fn delete_finished(tx: &mut Tx, before: Timestamp) -> Result<u64, Error> {
    sqlx::query!("DELETE FROM job WHERE finished_at < $1", Time::from(before) as _)
        .execute(tx.connection())
        .await
        .map(|done| done.rows_affected())
        .map_err(Error::doing("delete finished jobs"))
}

//! The one session of each runner: which replica holds it, and how far its events are stored.
//!
//! Opening raises the epoch. Whatever a session writes names its epoch and is refused when a newer one exists: a
//! replica that was cut off cannot write over its successor.

use domain::id::RuntimeId;
use jiff::Timestamp;
use uuid::Uuid;

use crate::time::Time;
use crate::{Error, Tx};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    pub epoch: u64,
    /// Of the journal that was named.
    pub last_event_seq: u64,
}

#[derive(Clone, Debug)]
pub struct Opening<'a> {
    pub runtime: RuntimeId,
    pub replica: Uuid,
    /// Where the other replicas reach this one.
    pub replica_address: &'a str,
    pub journal_id: &'a [u8],
    pub lease_until: Timestamp,
    pub now: Timestamp,
}

/// Where a session is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub replica: Uuid,
    pub address: String,
    pub epoch: u64,
}

pub async fn open(tx: &mut Tx, opening: &Opening<'_>) -> Result<Opened, Error> {
    let row = sqlx::query!(
        "INSERT INTO runner_session AS s
            (org_id, runtime_id, epoch, replica, replica_address, lease_until, journal_id, opened_at)
        VALUES ($1, $2, 1, $3, $4, $5, $6, $7)
        ON CONFLICT ON CONSTRAINT runner_session_pkey DO UPDATE
            SET epoch = s.epoch + 1, replica = excluded.replica, replica_address = excluded.replica_address,
                lease_until = excluded.lease_until, opened_at = excluded.opened_at,
                last_event_seq = CASE WHEN s.journal_id = excluded.journal_id THEN s.last_event_seq ELSE 0 END,
                journal_id = excluded.journal_id
        RETURNING epoch, last_event_seq",
        tx.organization().0,
        opening.runtime.0,
        opening.replica,
        opening.replica_address,
        Time::from(opening.lease_until) as _,
        opening.journal_id,
        Time::from(opening.now) as _
    )
    .fetch_one(tx.connection())
    .await
    .map_err(Error::doing("open the session"))?;
    Ok(Opened {
        epoch: row.epoch.unsigned_abs(),
        last_event_seq: row.last_event_seq.unsigned_abs(),
    })
}

/// Moves the cursor to `seq`, if `epoch` is still the newest and the cursor was below. False: this session writes no more.
pub async fn advance(tx: &mut Tx, runtime: RuntimeId, epoch: u64, seq: u64) -> Result<bool, Error> {
    let moved = sqlx::query!(
        "UPDATE runner_session SET last_event_seq = $3
        WHERE runtime_id = $1 AND epoch = $2 AND last_event_seq < $3",
        runtime.0,
        i64::try_from(epoch).unwrap_or(i64::MAX),
        i64::try_from(seq).unwrap_or(i64::MAX)
    )
    .execute(tx.connection())
    .await
    .map_err(Error::doing("move the cursor of the events"))?;
    Ok(moved.rows_affected() == 1)
}

/// Prolongs the lease. False: a newer session exists.
pub async fn renew(
    tx: &mut Tx,
    runtime: RuntimeId,
    epoch: u64,
    lease_until: Timestamp,
) -> Result<bool, Error> {
    let renewed = sqlx::query!(
        "UPDATE runner_session SET lease_until = $3 WHERE runtime_id = $1 AND epoch = $2",
        runtime.0,
        i64::try_from(epoch).unwrap_or(i64::MAX),
        Time::from(lease_until) as _
    )
    .execute(tx.connection())
    .await
    .map_err(Error::doing("renew the lease"))?;
    Ok(renewed.rows_affected() == 1)
}

pub async fn close(tx: &mut Tx, runtime: RuntimeId, epoch: u64) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE runner_session SET replica = NULL, replica_address = NULL WHERE runtime_id = $1 AND epoch = $2",
        runtime.0,
        i64::try_from(epoch).unwrap_or(i64::MAX)
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("close the session"))
}

/// The newest epoch; what a session of an older one hears is that it was displaced.
pub async fn epoch(tx: &mut Tx, runtime: RuntimeId) -> Result<Option<u64>, Error> {
    sqlx::query_scalar!("SELECT epoch FROM runner_session WHERE runtime_id = $1", runtime.0)
        .fetch_optional(tx.connection())
        .await
        .map(|epoch| epoch.map(i64::unsigned_abs))
        .map_err(Error::doing("read the session's epoch"))
}

/// The replica that holds the session now.
pub async fn holder(
    tx: &mut Tx,
    runtime: RuntimeId,
    now: Timestamp,
) -> Result<Option<Holder>, Error> {
    let row = sqlx::query!(
        "SELECT epoch, replica, replica_address FROM runner_session WHERE runtime_id = $1 AND lease_until > $2",
        runtime.0,
        Time::from(now) as _
    )
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("find the session's replica"))?;
    Ok(row.and_then(|row| {
        let epoch = row.epoch.unsigned_abs();
        Some(Holder { replica: row.replica?, address: row.replica_address?, epoch })
    }))
}

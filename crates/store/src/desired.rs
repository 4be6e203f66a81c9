//! Desired state: one row for each workload that a runtime has to know of.
//!
//! Written in the transaction of the deployment, read whole by the link server. A removal (no specification) stays until
//! the runner no longer reports the workload, so that a lost message removes nothing twice and forgets nothing. When a
//! workload moves to another runtime, the old one keeps a removal.

use domain::digest::Digest;
use domain::id::{RuntimeId, WorkloadId};
use jiff::Timestamp;
use serde_json::Value;

use crate::time::Time;
use crate::{Error, Tx, bus};

/// The wake-up that follows a change; its id is the runtime's.
pub const TOPIC: &str = "runtime";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    pub workload: WorkloadId,
    pub runtime: RuntimeId,
    pub generation: u64,
    /// `None`: remove the workload.
    pub specification: Option<Digest>,
    pub run: bool,
    /// What the release's file says of capture; writing `None` leaves what is known.
    pub capture: Option<Value>,
    pub changed_at: Timestamp,
}

/// Writes the row and wakes the runtime's link.
pub async fn put(tx: &mut Tx, desired: &Desired) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO desired (org_id, workload_id, runtime_id, generation, specification, run, changed_at, capture)
        VALUES ($1, $2, $3, $4, $5, $6, $7, coalesce($8::jsonb, '{}'))
        ON CONFLICT ON CONSTRAINT desired_pkey DO UPDATE
            SET generation = excluded.generation, specification = excluded.specification, run = excluded.run,
                changed_at = excluded.changed_at, capture = coalesce($8::jsonb, desired.capture)
            WHERE desired.generation < excluded.generation",
        tx.organization().0,
        desired.workload.0,
        desired.runtime.0,
        i64::try_from(desired.generation).unwrap_or(i64::MAX),
        desired.specification.map(|digest| digest.to_string()),
        desired.run,
        Time::from(desired.changed_at) as _,
        desired.capture.clone()
    )
    .execute(tx.connection())
    .await
    .map_err(Error::doing("write the desired state"))?;
    bus::publish(tx, TOPIC, desired.runtime.0).await
}

/// Writes what the release that runs says of capture and wakes the runtime's link; nothing else is asked of the runner.
///
/// The change is younger than what is there, whatever clock `at` was read from: a runner takes the younger settings.
pub async fn set_capture(
    tx: &mut Tx,
    workload: WorkloadId,
    runtime: RuntimeId,
    capture: &Value,
    at: Timestamp,
) -> Result<(), Error> {
    let changed = sqlx::query(
        "UPDATE desired SET capture = $3, changed_at = greatest($4, changed_at + interval '1 millisecond')
        WHERE workload_id = $1 AND runtime_id = $2 AND capture <> $3",
    )
    .bind(workload.0)
    .bind(runtime.0)
    .bind(capture)
    .bind(Time::from(at))
    .execute(tx.connection())
    .await
    .map_err(Error::doing("write the desired capture"))?;
    if changed.rows_affected() > 0 {
        bus::publish(tx, TOPIC, runtime.0).await?;
    }
    Ok(())
}

pub async fn of_runtime(tx: &mut Tx, runtime: RuntimeId) -> Result<Vec<Desired>, Error> {
    let rows = sqlx::query!(
        r#"SELECT workload_id, generation, specification, run, capture, changed_at AS "changed_at: Time" FROM desired
        WHERE runtime_id = $1 ORDER BY workload_id"#,
        runtime.0
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("read the desired state"))?;
    rows.into_iter()
        .map(|row| {
            let digest = |text: String| {
                text.parse().map_err(|_| Error::Unreadable { what: "digest", value: text })
            };
            Ok(Desired {
                workload: WorkloadId(row.workload_id),
                runtime,
                generation: row.generation.unsigned_abs(),
                specification: row.specification.map(digest).transpose()?,
                run: row.run,
                capture: Some(row.capture),
                changed_at: row.changed_at.into(),
            })
        })
        .collect()
}

/// Forgets removals that the runner carried out: it reports none of these workloads any more.
pub async fn forget_removed(
    tx: &mut Tx,
    runtime: RuntimeId,
    reported: &[uuid::Uuid],
    before: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "DELETE FROM desired
        WHERE runtime_id = $1 AND specification IS NULL AND changed_at < $3 AND workload_id <> ALL ($2)",
        runtime.0,
        reported,
        Time::from(before) as _
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("forget what was removed"))
}

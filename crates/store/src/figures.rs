//! Counts for the metrics page, each one statement over the organization's rows.

use jiff::Timestamp;

use crate::time::Time;
use crate::{Error, Tx};

#[derive(Clone, Debug, PartialEq)]
pub struct Jobs {
    pub queue: String,
    pub state: String,
    pub count: i64,
    /// Since the oldest of them was due.
    pub oldest_s: f64,
}

pub async fn jobs(tx: &mut Tx, now: Timestamp) -> Result<Vec<Jobs>, Error> {
    sqlx::query_as!(
        Jobs,
        r#"SELECT queue, state, count(*) AS "count!",
            greatest(extract(epoch FROM $1 - min(run_at)), 0)::float8 AS "oldest_s!"
        FROM job WHERE state <> 'done' GROUP BY queue, state ORDER BY queue, state"#,
        Time::from(now) as _
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("count the jobs"))
}

/// How many there are of one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    pub state: String,
    pub count: i64,
}

/// The latest deployment of each workload that is to be there, by phase.
pub async fn deployments(tx: &mut Tx) -> Result<Vec<Count>, Error> {
    sqlx::query_as!(
        Count,
        r#"SELECT d.phase AS state, count(*) AS "count!"
        FROM workload w JOIN deployment d ON d.org_id = w.org_id AND d.id = w.deployment_id
        WHERE w.asked <> 'remove' GROUP BY d.phase"#
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("count the deployments"))
}

/// Workloads by what their runner said last; `unknown` when it said nothing yet.
pub async fn workloads(tx: &mut Tx) -> Result<Vec<Count>, Error> {
    sqlx::query_as!(
        Count,
        r#"SELECT coalesce(seen_state, 'unknown') AS "state!", count(*) AS "count!"
        FROM workload WHERE asked <> 'remove' GROUP BY 1"#
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("count the workloads"))
}

/// Sources by condition: `good` or `failing`.
pub async fn sources(tx: &mut Tx) -> Result<Vec<Count>, Error> {
    sqlx::query_as!(
        Count,
        r#"SELECT CASE WHEN condition_code IS NULL THEN 'good' ELSE 'failing' END AS "state!",
            count(*) AS "count!"
        FROM source GROUP BY 1"#
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("count the sources"))
}

/// Releases that wait for their dependencies, and for how long the oldest does.
pub async fn resolving(tx: &mut Tx, now: Timestamp) -> Result<(i64, f64), Error> {
    sqlx::query!(
        r#"SELECT count(*) AS "count!",
            coalesce(greatest(extract(epoch FROM $1 - min(created_at)), 0), 0)::float8 AS "oldest_s!"
        FROM release WHERE state = 'resolving'"#,
        Time::from(now) as _
    )
    .fetch_one(tx.connection())
    .await
    .map(|row| (row.count, row.oldest_s))
    .map_err(Error::doing("count the releases that wait"))
}

/// Commands that no runner has finished, and the age of the oldest.
pub async fn commands(tx: &mut Tx, now: Timestamp) -> Result<(i64, f64), Error> {
    sqlx::query!(
        r#"SELECT count(*) AS "count!",
            coalesce(greatest(extract(epoch FROM $1 - min(created_at)), 0), 0)::float8 AS "oldest_s!"
        FROM command WHERE state IN ('pending', 'acknowledged')"#,
        Time::from(now) as _
    )
    .fetch_one(tx.connection())
    .await
    .map(|row| (row.count, row.oldest_s))
    .map_err(Error::doing("count the open commands"))
}

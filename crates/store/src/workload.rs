//! Workloads: an integration in an environment, whatever its release. What is asked, what holds it, what was seen.
//!
//! `generation` only rises, through `advance`, and never starts again: a runner ignores anything older than what it has. The `seen_*`
//! columns are the runner's last word and decide nothing; `domain::integration::State::of` reads them together with the
//! latest deployment.

use domain::id::{DeploymentId, EnvironmentId, IntegrationId, ReleaseId, RuntimeId, WorkloadId};
use jiff::Timestamp;

use crate::time::{Time, instant};
use crate::{Error, Tx};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Run,
    Stop,
    Remove,
}

impl Asked {
    pub const ALL: &[Self] = &[Self::Run, Self::Stop, Self::Remove];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Stop => "stop",
            Self::Remove => "remove",
        }
    }

    fn parse(text: String) -> Result<Self, Error> {
        let found = Self::ALL.iter().copied().find(|asked| asked.as_str() == text);
        found.ok_or(Error::Unreadable { what: "what is asked of a workload", value: text })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    pub id: WorkloadId,
    pub integration: IntegrationId,
    pub environment: EnvironmentId,
    pub runtime: RuntimeId,
    pub generation: u64,
    pub asked: Asked,
    pub held: Option<ReleaseId>,
    pub held_at: Option<Timestamp>,
    pub deployment: Option<DeploymentId>,
    pub created_at: Timestamp,
    pub seen: Option<Seen>,
}

/// What the runner said last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// `absent | starting | ready | crashed | stopped`
    pub state: String,
    pub deployment: Option<DeploymentId>,
    pub generation: u64,
    pub pid: Option<u32>,
    pub rss_bytes: Option<u64>,
    /// CPU time of this process since its start.
    pub cpu_ms: Option<u64>,
    pub restarts: u32,
    pub started_at: Option<Timestamp>,
    pub url: Option<String>,
    pub reason: Option<String>,
    pub at: Timestamp,
}

struct Row {
    id: uuid::Uuid,
    integration_id: uuid::Uuid,
    environment_id: uuid::Uuid,
    runtime_id: uuid::Uuid,
    generation: i64,
    asked: String,
    held_release_id: Option<uuid::Uuid>,
    held_at: Option<Time>,
    deployment_id: Option<uuid::Uuid>,
    created_at: Time,
    seen_state: Option<String>,
    seen_deployment_id: Option<uuid::Uuid>,
    seen_generation: Option<i64>,
    seen_pid: Option<i32>,
    seen_rss_bytes: Option<i64>,
    seen_cpu_ms: Option<i64>,
    seen_restarts: Option<i32>,
    seen_started_at: Option<Time>,
    seen_url: Option<String>,
    seen_reason: Option<String>,
    seen_at: Option<Time>,
}

impl TryFrom<Row> for Workload {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let seen = match (row.seen_state, row.seen_at) {
            (Some(state), Some(at)) => Some(Seen {
                state,
                deployment: row.seen_deployment_id.map(DeploymentId),
                generation: row.seen_generation.map_or(0, i64::unsigned_abs),
                pid: row.seen_pid.map(i32::unsigned_abs),
                rss_bytes: row.seen_rss_bytes.map(i64::unsigned_abs),
                cpu_ms: row.seen_cpu_ms.map(i64::unsigned_abs),
                restarts: row.seen_restarts.map_or(0, i32::unsigned_abs),
                started_at: instant(row.seen_started_at),
                url: row.seen_url,
                reason: row.seen_reason,
                at: at.into(),
            }),
            _ => None,
        };
        Ok(Self {
            id: WorkloadId(row.id),
            integration: IntegrationId(row.integration_id),
            environment: EnvironmentId(row.environment_id),
            runtime: RuntimeId(row.runtime_id),
            generation: row.generation.unsigned_abs(),
            asked: Asked::parse(row.asked)?,
            held: row.held_release_id.map(ReleaseId),
            held_at: instant(row.held_at),
            deployment: row.deployment_id.map(DeploymentId),
            created_at: row.created_at.into(),
            seen,
        })
    }
}

/// Finds the workload of a place, or makes it; holds the row until the transaction ends.
pub async fn hold(
    tx: &mut Tx,
    id: WorkloadId,
    integration: IntegrationId,
    environment: EnvironmentId,
    runtime: RuntimeId,
    now: Timestamp,
) -> Result<Workload, Error> {
    sqlx::query!(
        "INSERT INTO workload (org_id, id, integration_id, environment_id, runtime_id, generation, asked, created_at)
        VALUES ($1, $2, $3, $4, $5, 0, 'run', $6)
        ON CONFLICT ON CONSTRAINT workload_place_key DO NOTHING",
        tx.organization().0,
        id.0,
        integration.0,
        environment.0,
        runtime.0,
        Time::from(now) as _
    )
    .execute(tx.connection())
    .await
    .map_err(Error::doing("insert the workload"))?;
    let row = sqlx::query_as!(
        Row,
        r#"SELECT id, integration_id, environment_id, runtime_id, generation, asked, held_release_id,
            held_at AS "held_at: Time", deployment_id, created_at AS "created_at: Time", seen_state, seen_deployment_id,
            seen_generation, seen_pid, seen_rss_bytes, seen_cpu_ms, seen_restarts, seen_started_at AS "seen_started_at: Time",
            seen_url, seen_reason, seen_at AS "seen_at: Time"
        FROM workload WHERE integration_id = $1 AND environment_id = $2 FOR UPDATE"#,
        integration.0,
        environment.0
    )
    .fetch_one(tx.connection())
    .await
    .map_err(Error::doing("hold the workload"))?;
    row.try_into()
}

pub async fn find(tx: &mut Tx, id: WorkloadId) -> Result<Option<Workload>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT id, integration_id, environment_id, runtime_id, generation, asked, held_release_id,
            held_at AS "held_at: Time", deployment_id, created_at AS "created_at: Time", seen_state, seen_deployment_id,
            seen_generation, seen_pid, seen_rss_bytes, seen_cpu_ms, seen_restarts, seen_started_at AS "seen_started_at: Time",
            seen_url, seen_reason, seen_at AS "seen_at: Time"
        FROM workload WHERE id = $1"#,
        id.0
    )
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("find the workload"))?;
    row.map(Workload::try_from).transpose()
}

pub async fn find_for_update(tx: &mut Tx, id: WorkloadId) -> Result<Option<Workload>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT id, integration_id, environment_id, runtime_id, generation, asked, held_release_id,
            held_at AS "held_at: Time", deployment_id, created_at AS "created_at: Time", seen_state, seen_deployment_id,
            seen_generation, seen_pid, seen_rss_bytes, seen_cpu_ms, seen_restarts, seen_started_at AS "seen_started_at: Time",
            seen_url, seen_reason, seen_at AS "seen_at: Time"
        FROM workload WHERE id = $1 FOR UPDATE"#,
        id.0
    )
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("hold the workload"))?;
    row.map(Workload::try_from).transpose()
}

/// Every workload that is not removed, of live integrations.
pub async fn list(tx: &mut Tx) -> Result<Vec<Workload>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, integration_id, environment_id, runtime_id, generation, asked, held_release_id,
            held_at AS "held_at: Time", deployment_id, created_at AS "created_at: Time", seen_state, seen_deployment_id,
            seen_generation, seen_pid, seen_rss_bytes, seen_cpu_ms, seen_restarts, seen_started_at AS "seen_started_at: Time",
            seen_url, seen_reason, seen_at AS "seen_at: Time"
        FROM workload WHERE asked <> 'remove' ORDER BY id"#
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list the workloads"))?;
    rows.into_iter().map(Workload::try_from).collect()
}

pub async fn list_of_integration(
    tx: &mut Tx,
    integration: IntegrationId,
) -> Result<Vec<Workload>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, integration_id, environment_id, runtime_id, generation, asked, held_release_id,
            held_at AS "held_at: Time", deployment_id, created_at AS "created_at: Time", seen_state, seen_deployment_id,
            seen_generation, seen_pid, seen_rss_bytes, seen_cpu_ms, seen_restarts, seen_started_at AS "seen_started_at: Time",
            seen_url, seen_reason, seen_at AS "seen_at: Time"
        FROM workload WHERE integration_id = $1 ORDER BY id FOR UPDATE"#,
        integration.0
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list the integration's workloads"))?;
    rows.into_iter().map(Workload::try_from).collect()
}

/// Writes what was decided about a held row: all of it, so that nothing is half changed.
pub async fn update(tx: &mut Tx, workload: &Workload) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE workload SET runtime_id = $2, generation = $3, asked = $4, held_release_id = $5, held_at = $6,
            deployment_id = $7
        WHERE id = $1",
        workload.id.0,
        workload.runtime.0,
        i64::try_from(workload.generation).unwrap_or(i64::MAX),
        workload.asked.as_str(),
        workload.held.map(|id| id.0),
        workload.held_at.map(Time::from) as _,
        workload.deployment.map(|id| id.0)
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("update the workload"))
}

/// What the runner said. `false`: it is not this runtime's workload.
pub async fn update_seen(
    tx: &mut Tx,
    runtime: RuntimeId,
    id: WorkloadId,
    seen: &Seen,
) -> Result<bool, Error> {
    sqlx::query!(
        "UPDATE workload SET seen_state = $3, seen_deployment_id = $4, seen_generation = $5, seen_pid = $6,
            seen_rss_bytes = $7, seen_restarts = $8, seen_started_at = $9, seen_url = $10, seen_reason = $11, seen_at = $12,
            seen_cpu_ms = $13
        WHERE id = $2 AND runtime_id = $1",
        runtime.0,
        id.0,
        seen.state,
        seen.deployment.map(|id| id.0),
        i64::try_from(seen.generation).unwrap_or(i64::MAX),
        seen.pid.and_then(|pid| i32::try_from(pid).ok()),
        seen.rss_bytes.and_then(|bytes| i64::try_from(bytes).ok()),
        i32::try_from(seen.restarts).unwrap_or(i32::MAX),
        seen.started_at.map(Time::from) as _,
        seen.url,
        seen.reason,
        Time::from(seen.at) as _,
        seen.cpu_ms.and_then(|ms| i64::try_from(ms).ok())
    )
    .execute(tx.connection())
    .await
    .map(|done| done.rows_affected() == 1)
    .map_err(Error::doing("remember what was seen of the workload"))
}

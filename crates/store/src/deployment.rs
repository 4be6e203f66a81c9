//! Deployments: one release asked to run in one environment, with a generation, phases and the reason of each.
//!
//! A row is written once and its phase only moves forward (`domain::deployment::Phase::advance` decides, `advance` here
//! guards with the phase it saw). The history of phases is a table of its own; the same phase twice is one row.

use domain::deployment::Phase;
use domain::digest::Digest;
use domain::id::{ActorId, DeploymentId, ReleaseId, WorkloadId};
use jiff::Timestamp;

use crate::time::{Time, instant};
use crate::{Error, Tx};

/// Why it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    Push,
    Rollback,
    Resume,
    Configuration,
    Start,
    Environment,
    Promotion,
}

impl Cause {
    pub const ALL: &[Self] = &[
        Self::Push,
        Self::Rollback,
        Self::Resume,
        Self::Configuration,
        Self::Start,
        Self::Environment,
        Self::Promotion,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Rollback => "rollback",
            Self::Resume => "resume",
            Self::Configuration => "configuration",
            Self::Start => "start",
            Self::Environment => "environment",
            Self::Promotion => "promotion",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    pub id: DeploymentId,
    pub workload: WorkloadId,
    pub release: ReleaseId,
    pub generation: u64,
    pub configuration_revision: i64,
    pub specification: Option<Digest>,
    pub artifacts: Vec<String>,
    pub cause: Cause,
    pub actor: ActorId,
    pub phase: Phase,
    pub code: Option<String>,
    pub reason: Option<String>,
    pub log: Vec<String>,
    pub url: Option<String>,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhaseAt {
    pub phase: Phase,
    pub at: Timestamp,
    pub code: Option<String>,
    pub reason: Option<String>,
}

struct Row {
    id: uuid::Uuid,
    workload_id: uuid::Uuid,
    release_id: uuid::Uuid,
    generation: i64,
    configuration_revision: i64,
    specification: Option<String>,
    artifacts: Vec<String>,
    cause: String,
    actor_id: uuid::Uuid,
    phase: String,
    code: Option<String>,
    reason: Option<String>,
    log: Vec<String>,
    url: Option<String>,
    created_at: Time,
    ended_at: Option<Time>,
}

fn phase(text: String) -> Result<Phase, Error> {
    Phase::parse(&text).ok_or(Error::Unreadable { what: "phase of a deployment", value: text })
}

impl TryFrom<Row> for Deployment {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let cause = Cause::ALL.iter().copied().find(|cause| cause.as_str() == row.cause);
        let digest = |text: String| {
            text.parse().map_err(|_| Error::Unreadable { what: "digest", value: text })
        };
        Ok(Self {
            id: DeploymentId(row.id),
            workload: WorkloadId(row.workload_id),
            release: ReleaseId(row.release_id),
            generation: row.generation.unsigned_abs(),
            configuration_revision: row.configuration_revision,
            specification: row.specification.map(digest).transpose()?,
            artifacts: row.artifacts,
            cause: cause
                .ok_or(Error::Unreadable { what: "cause of a deployment", value: row.cause })?,
            actor: ActorId(row.actor_id),
            phase: phase(row.phase)?,
            code: row.code,
            reason: row.reason,
            log: row.log,
            url: row.url,
            created_at: row.created_at.into(),
            ended_at: instant(row.ended_at),
        })
    }
}

pub async fn insert(tx: &mut Tx, deployment: &Deployment) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO deployment (org_id, id, workload_id, release_id, generation, configuration_revision,
            specification, artifacts, cause, actor_id, phase, code, reason, created_at, ended_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        tx.organization().0,
        deployment.id.0,
        deployment.workload.0,
        deployment.release.0,
        i64::try_from(deployment.generation).unwrap_or(i64::MAX),
        deployment.configuration_revision,
        deployment.specification.map(|digest| digest.to_string()),
        &deployment.artifacts,
        deployment.cause.as_str(),
        deployment.actor.0,
        deployment.phase.as_str(),
        deployment.code,
        deployment.reason,
        Time::from(deployment.created_at) as _,
        deployment.ended_at.map(Time::from) as _
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("insert the deployment"))
}

pub async fn find(tx: &mut Tx, id: DeploymentId) -> Result<Option<Deployment>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT id, workload_id, release_id, generation, configuration_revision, specification, artifacts, cause,
            actor_id, phase, code, reason, log, url, created_at AS "created_at: Time", ended_at AS "ended_at: Time"
        FROM deployment WHERE id = $1"#,
        id.0
    )
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("find the deployment"))?;
    row.map(Deployment::try_from).transpose()
}

/// Newest first; of one workload, or of all.
pub async fn list(
    tx: &mut Tx,
    workloads: Option<&[uuid::Uuid]>,
    before: Option<DeploymentId>,
    most: u32,
) -> Result<Vec<Deployment>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, workload_id, release_id, generation, configuration_revision, specification, artifacts, cause,
            actor_id, phase, code, reason, log, url, created_at AS "created_at: Time", ended_at AS "ended_at: Time"
        FROM deployment
        WHERE ($1::uuid[] IS NULL OR workload_id = ANY ($1)) AND ($2::uuid IS NULL OR id < $2)
        ORDER BY id DESC LIMIT $3"#,
        workloads,
        before.map(|id| id.0),
        i64::from(most)
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list the deployments"))?;
    rows.into_iter().map(Deployment::try_from).collect()
}

/// The releases of a workload that became ready, the latest first: the first one runs, or would.
pub async fn list_ready_releases(
    tx: &mut Tx,
    workload: WorkloadId,
) -> Result<Vec<ReleaseId>, Error> {
    let ids = sqlx::query_scalar!(
        "SELECT d.release_id FROM deployment AS d
        JOIN deployment_phase AS p ON p.org_id = d.org_id AND p.deployment_id = d.id
        WHERE d.workload_id = $1 AND p.phase = 'ready'
        ORDER BY d.generation DESC LIMIT 200",
        workload.0
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list what ran"))?;
    Ok(ids.into_iter().map(ReleaseId).collect())
}

/// What ran in a place before a generation: the release of the last deployment that became ready.
pub async fn find_ready_before(
    tx: &mut Tx,
    workload: WorkloadId,
    generation: u64,
) -> Result<Option<ReleaseId>, Error> {
    let id: Option<uuid::Uuid> = sqlx::query_scalar(
        "SELECT d.release_id FROM deployment AS d
        JOIN deployment_phase AS p ON p.org_id = d.org_id AND p.deployment_id = d.id
        WHERE d.org_id = $1 AND d.workload_id = $2 AND d.generation < $3 AND p.phase = 'ready'
        ORDER BY d.generation DESC LIMIT 1",
    )
    .bind(tx.organization().0)
    .bind(workload.0)
    .bind(i64::try_from(generation).unwrap_or(i64::MAX))
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("find what ran before"))?;
    Ok(id.map(ReleaseId))
}

/// A workload's last deployment that did not come to run, with the names around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    pub id: DeploymentId,
    pub integration: String,
    pub environment: String,
    pub reason: Option<String>,
    pub author: String,
    /// Of the commit.
    pub subject: String,
}

/// Workloads whose last deployment failed, if it was asked for since.
pub async fn list_failed(tx: &mut Tx, since: Timestamp) -> Result<Vec<Failed>, Error> {
    use sqlx::Row as _;
    let rows = sqlx::query(
        "SELECT d.id, i.name AS integration, e.name AS environment, d.reason, r.author, r.subject
        FROM workload AS w
        JOIN deployment AS d ON d.org_id = w.org_id AND d.id = w.deployment_id
        JOIN integration AS i ON i.org_id = w.org_id AND i.id = w.integration_id
        JOIN environment AS e ON e.org_id = w.org_id AND e.id = w.environment_id
        JOIN release AS r ON r.org_id = w.org_id AND r.id = d.release_id
        WHERE w.org_id = $1 AND d.phase IN ('failed', 'rolled_back') AND d.created_at >= $2 AND i.removed_at IS NULL
        ORDER BY d.id",
    )
    .bind(tx.organization().0)
    .bind(Time::from(since))
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list failed deployments"))?;
    Ok(rows
        .iter()
        .map(|row| Failed {
            id: DeploymentId(row.get("id")),
            integration: row.get("integration"),
            environment: row.get("environment"),
            reason: row.get("reason"),
            author: row.get("author"),
            subject: row.get("subject"),
        })
        .collect())
}

/// How a deployment moved on.
#[derive(Clone, Debug, Default)]
pub struct Moved<'a> {
    pub code: Option<&'a str>,
    pub reason: Option<&'a str>,
    pub log: &'a [String],
    pub url: Option<&'a str>,
}

/// Moves from the phase that was seen; `false` when somebody else moved it first.
pub async fn advance(
    tx: &mut Tx,
    id: DeploymentId,
    from: Phase,
    to: Phase,
    moved: &Moved<'_>,
    at: Timestamp,
) -> Result<bool, Error> {
    let ended = to.is_final().then(|| Time::from(at));
    let done = sqlx::query!(
        "UPDATE deployment SET phase = $3, code = $4, reason = $5, log = $6, url = COALESCE($7, url), ended_at = $8
        WHERE id = $1 AND phase = $2",
        id.0,
        from.as_str(),
        to.as_str(),
        moved.code,
        moved.reason,
        moved.log,
        moved.url,
        ended as _
    )
    .execute(tx.connection())
    .await
    .map_err(Error::doing("advance the deployment"))?;
    if done.rows_affected() == 1 {
        insert_phase(tx, id, to, moved, at).await?;
    }
    Ok(done.rows_affected() == 1)
}

pub async fn insert_phase(
    tx: &mut Tx,
    id: DeploymentId,
    phase: Phase,
    moved: &Moved<'_>,
    at: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO deployment_phase (org_id, deployment_id, phase, at, code, reason)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT ON CONSTRAINT deployment_phase_pkey DO NOTHING",
        tx.organization().0,
        id.0,
        phase.as_str(),
        Time::from(at) as _,
        moved.code,
        moved.reason
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("insert the phase"))
}

pub async fn list_phases(tx: &mut Tx, id: DeploymentId) -> Result<Vec<PhaseAt>, Error> {
    let rows = sqlx::query!(
        r#"SELECT phase, at AS "at: Time", code, reason FROM deployment_phase WHERE deployment_id = $1
        ORDER BY at, phase"#,
        id.0
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list the phases"))?;
    rows.into_iter()
        .map(|row| {
            let (phase, at) = (phase(row.phase)?, row.at.into());
            Ok(PhaseAt { phase, at, code: row.code, reason: row.reason })
        })
        .collect()
}

/// Ends every older deployment of the workload that has not ended; their events are old news from here on.
pub async fn supersede(
    tx: &mut Tx,
    workload: WorkloadId,
    before: u64,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "WITH ended AS (
            UPDATE deployment SET phase = 'superseded', ended_at = $3
            WHERE workload_id = $1 AND generation < $2 AND ended_at IS NULL
            RETURNING org_id, id
        )
        INSERT INTO deployment_phase (org_id, deployment_id, phase, at)
        SELECT org_id, id, 'superseded', $3 FROM ended
        ON CONFLICT ON CONSTRAINT deployment_phase_pkey DO NOTHING",
        workload.0,
        i64::try_from(before).unwrap_or(i64::MAX),
        Time::from(now) as _
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("supersede older deployments"))
}

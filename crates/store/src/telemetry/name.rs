//! Texts that repeat, and where records come from, as numbers of one organization.
//!
//! Numbers are dense and never reused. A writer that meets a new text locks the organization's counter, so two writers
//! that meet it at once give it one number; afterwards both keep it in memory, which is why this is rarely asked.

use std::collections::HashMap;

use domain::id::{DeploymentId, EnvironmentId, ProjectId, RuntimeId, WorkloadId};
use jiff::Timestamp;
use sqlx::Row as _;

use super::{NameId, OriginId};
use crate::time::Time;
use crate::{Error, Tx};

/// Longer texts are cut before they become names: an index entry holds at most a third of a page.
pub const LONGEST: usize = 512;

/// What a name is of. The numbers are stored and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Route = 1,
    Node = 2,
    Class = 3,
    Attribute = 4,
    /// Loggers, threads, types of content, addresses, structures, prefixes of exchange ids.
    Other = 5,
    /// The way of messages through nodes, in hexadecimal.
    Path = 6,
}

impl Kind {
    pub const ALL: &[Self] =
        &[Self::Route, Self::Node, Self::Class, Self::Attribute, Self::Other, Self::Path];

    fn read(number: i16) -> Self {
        Self::ALL.iter().copied().find(|kind| *kind as i16 == number).unwrap_or(Self::Other)
    }
}

pub type Known = HashMap<(Kind, String), NameId>;

/// Cuts between characters.
pub fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}

/// The numbers of `wanted`, new ones where there were none. Commit before using them.
pub async fn ensure(tx: &mut Tx, wanted: &[(Kind, &str)]) -> Result<Known, Error> {
    let mut wanted: Vec<(Kind, &str)> =
        wanted.iter().map(|(kind, text)| (*kind, cut(text))).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let missing = |known: &Known| -> Vec<(Kind, String)> {
        let owned = wanted.iter().map(|(kind, text)| (*kind, (*text).to_owned()));
        owned.filter(|key| !known.contains_key(key)).collect()
    };
    let mut known = find(tx, &wanted).await?;
    if missing(&known).is_empty() {
        return Ok(known);
    }
    lock_counter(tx).await?;
    // Another writer may have added some while this one waited for the lock.
    known = find(tx, &wanted).await?;
    let (kinds, texts): (Vec<i16>, Vec<String>) =
        missing(&known).into_iter().map(|(kind, text)| (kind as i16, text)).unzip();
    if texts.is_empty() {
        return Ok(known);
    }
    let rows = sqlx::query(
        "WITH counted AS (
            UPDATE telemetry_counter SET names = names + $2 WHERE org_id = $1 RETURNING names - $2 AS before
        )
        INSERT INTO telemetry_name (org_id, id, kind, value)
        SELECT $1, counted.before + n.at, n.kind, n.value
        FROM counted, unnest($3::smallint[], $4::text[]) WITH ORDINALITY AS n (kind, value, at)
        RETURNING id, kind, value",
    )
    .bind(tx.organization().0)
    .bind(i32::try_from(texts.len()).unwrap_or(i32::MAX))
    .bind(&kinds)
    .bind(&texts)
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("add names"))?;
    known.extend(rows.iter().map(known_row));
    Ok(known)
}

fn known_row(row: &sqlx::postgres::PgRow) -> ((Kind, String), NameId) {
    ((Kind::read(row.get("kind")), row.get("value")), NameId(row.get("id")))
}

async fn lock_counter(tx: &mut Tx) -> Result<(), Error> {
    sqlx::query("INSERT INTO telemetry_counter (org_id) VALUES ($1) ON CONFLICT DO NOTHING")
        .bind(tx.organization().0)
        .execute(tx.connection())
        .await
        .map_err(Error::doing("make the counter"))?;
    sqlx::query("SELECT names FROM telemetry_counter WHERE org_id = $1 FOR UPDATE")
        .bind(tx.organization().0)
        .fetch_one(tx.connection())
        .await
        .map(drop)
        .map_err(Error::doing("lock the counter"))
}

/// The numbers that `wanted` have already.
pub async fn find(tx: &mut Tx, wanted: &[(Kind, &str)]) -> Result<Known, Error> {
    let (kinds, texts): (Vec<i16>, Vec<&str>) =
        wanted.iter().map(|(kind, text)| (*kind as i16, *text)).unzip();
    let rows = sqlx::query(
        "SELECT n.id, n.kind, n.value FROM unnest($2::smallint[], $3::text[]) AS w (kind, value)
        JOIN telemetry_name AS n ON n.org_id = $1 AND n.kind = w.kind AND n.value = w.value",
    )
    .bind(tx.organization().0)
    .bind(&kinds)
    .bind(&texts)
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("find names"))?;
    Ok(rows.iter().map(known_row).collect())
}

/// Names of a kind that match a pattern, in order; for searches and for completion. At most `most`.
pub async fn matching(
    tx: &mut Tx,
    kind: Kind,
    like: &str,
    most: i64,
) -> Result<Vec<(NameId, String)>, Error> {
    let rows = sqlx::query(
        "SELECT id, value FROM telemetry_name WHERE org_id = $1 AND kind = $2 AND value LIKE $3
        ORDER BY value LIMIT $4",
    )
    .bind(tx.organization().0)
    .bind(kind as i16)
    .bind(like)
    .bind(most)
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("match names"))?;
    Ok(rows.iter().map(|row| (NameId(row.get("id")), row.get("value"))).collect())
}

/// A pattern in the notation of `LIKE`; what the user wrote stays literal.
pub fn like(pattern: &telemetry::query::Pattern) -> String {
    let escape = |part: &String| part.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    pattern.parts().iter().map(escape).collect::<Vec<_>>().join("%")
}

/// The texts of numbers.
pub async fn texts(tx: &mut Tx, ids: &[NameId]) -> Result<HashMap<NameId, String>, Error> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<i32> = ids.iter().map(|id| id.0).collect();
    let rows =
        sqlx::query("SELECT id, value FROM telemetry_name WHERE org_id = $1 AND id = ANY ($2)")
            .bind(tx.organization().0)
            .bind(&ids)
            .fetch_all(tx.connection())
            .await
            .map_err(Error::doing("read names"))?;
    Ok(rows.iter().map(|row| (NameId(row.get("id")), row.get("value"))).collect())
}

/// Where records come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    pub runtime: RuntimeId,
    pub workload: Option<WorkloadId>,
    pub deployment: Option<DeploymentId>,
    pub project: Option<ProjectId>,
    pub environment_id: Option<EnvironmentId>,
    pub integration: String,
    pub environment: String,
    pub release: String,
}

/// The number of an origin, new if it was not seen before.
pub async fn ensure_origin(
    tx: &mut Tx,
    origin: &Origin,
    now: Timestamp,
) -> Result<OriginId, Error> {
    if let Some(known) = find_origin(tx, origin).await? {
        return Ok(known);
    }
    lock_counter(tx).await?;
    if let Some(known) = find_origin(tx, origin).await? {
        return Ok(known);
    }
    sqlx::query_scalar(
        "WITH counted AS (
            UPDATE telemetry_counter SET origins = origins + 1 WHERE org_id = $1 RETURNING origins
        )
        INSERT INTO telemetry_origin (org_id, id, runtime_id, workload_id, deployment_id, project_id, environment_id,
            integration, environment, release, first_at)
        SELECT $1, counted.origins, $2, $3, $4, $5, $6, $7, $8, $9, $10 FROM counted
        RETURNING id",
    )
    .bind(tx.organization().0)
    .bind(origin.runtime.0)
    .bind(origin.workload.map(|id| id.0))
    .bind(origin.deployment.map(|id| id.0))
    .bind(origin.project.map(|id| id.0))
    .bind(origin.environment_id.map(|id| id.0))
    .bind(&origin.integration)
    .bind(&origin.environment)
    .bind(&origin.release)
    .bind(Time::from(now))
    .fetch_one(tx.connection())
    .await
    .map(OriginId)
    .map_err(Error::doing("add the origin"))
}

async fn find_origin(tx: &mut Tx, origin: &Origin) -> Result<Option<OriginId>, Error> {
    let id: Option<i32> = sqlx::query_scalar(
        "SELECT id FROM telemetry_origin
        WHERE org_id = $1 AND runtime_id = $2 AND workload_id IS NOT DISTINCT FROM $3
            AND deployment_id IS NOT DISTINCT FROM $4 AND integration = $5 AND environment = $6 AND release = $7",
    )
    .bind(tx.organization().0)
    .bind(origin.runtime.0)
    .bind(origin.workload.map(|id| id.0))
    .bind(origin.deployment.map(|id| id.0))
    .bind(&origin.integration)
    .bind(&origin.environment)
    .bind(&origin.release)
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("find the origin"))?;
    Ok(id.map(OriginId))
}

/// Every origin of the organization: what a search resolves names of integrations against.
pub async fn origins(tx: &mut Tx) -> Result<HashMap<OriginId, Origin>, Error> {
    let rows = sqlx::query(
        "SELECT id, runtime_id, workload_id, deployment_id, project_id, environment_id, integration, environment, release
        FROM telemetry_origin WHERE org_id = $1",
    )
    .bind(tx.organization().0)
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list the origins"))?;
    Ok(rows
        .iter()
        .map(|row| {
            let optional = |column: &str| row.get::<Option<uuid::Uuid>, _>(column);
            let origin = Origin {
                runtime: RuntimeId(row.get("runtime_id")),
                workload: optional("workload_id").map(WorkloadId),
                deployment: optional("deployment_id").map(DeploymentId),
                project: optional("project_id").map(ProjectId),
                environment_id: optional("environment_id").map(EnvironmentId),
                integration: row.get("integration"),
                environment: row.get("environment"),
                release: row.get("release"),
            };
            (OriginId(row.get("id")), origin)
        })
        .collect())
}

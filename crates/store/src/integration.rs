//! Integrations: the durable inventory of what was found in sources.
//!
//! A removed integration keeps its row. `upsert` brings it back under the same id, so that its history and the generations
//! of its workloads go on; it refuses to take a live one away from another source.

use domain::id::{IntegrationId, ProjectId, SourceId};
use jiff::Timestamp;

use crate::time::{Time, instant};
use crate::{Error, Tx};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integration {
    pub id: IntegrationId,
    pub project: ProjectId,
    pub source: SourceId,
    pub name: String,
    pub folder: String,
    pub created_at: Timestamp,
    pub removed_at: Option<Timestamp>,
}

struct Row {
    id: uuid::Uuid,
    project_id: uuid::Uuid,
    source_id: uuid::Uuid,
    name: String,
    folder: String,
    created_at: Time,
    removed_at: Option<Time>,
}

impl From<Row> for Integration {
    fn from(row: Row) -> Self {
        Self {
            id: IntegrationId(row.id),
            project: ProjectId(row.project_id),
            source: SourceId(row.source_id),
            name: row.name,
            folder: row.folder,
            created_at: row.created_at.into(),
            removed_at: instant(row.removed_at),
        }
    }
}

/// The id under which the integration lives from now on; `None` when another source holds the name.
pub async fn upsert(tx: &mut Tx, new: &Integration) -> Result<Option<IntegrationId>, Error> {
    sqlx::query_scalar!(
        "INSERT INTO integration (org_id, id, project_id, source_id, name, folder, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT ON CONSTRAINT integration_name_key DO UPDATE
            SET source_id = excluded.source_id, folder = excluded.folder, removed_at = NULL
            WHERE integration.source_id = excluded.source_id OR integration.removed_at IS NOT NULL
        RETURNING id",
        tx.organization().0,
        new.id.0,
        new.project.0,
        new.source.0,
        new.name,
        new.folder,
        Time::from(new.created_at) as _
    )
    .fetch_optional(tx.connection())
    .await
    .map(|id| id.map(IntegrationId))
    .map_err(Error::doing("insert the integration"))
}

pub async fn list(tx: &mut Tx) -> Result<Vec<Integration>, Error> {
    sqlx::query_as!(
        Row,
        r#"SELECT id, project_id, source_id, name, folder, created_at AS "created_at: Time",
            removed_at AS "removed_at: Time"
        FROM integration WHERE removed_at IS NULL ORDER BY name, id"#
    )
    .fetch_all(tx.connection())
    .await
    .map(|rows| rows.into_iter().map(Integration::from).collect())
    .map_err(Error::doing("list the integrations"))
}

pub async fn list_of_source(tx: &mut Tx, source: SourceId) -> Result<Vec<Integration>, Error> {
    sqlx::query_as!(
        Row,
        r#"SELECT id, project_id, source_id, name, folder, created_at AS "created_at: Time",
            removed_at AS "removed_at: Time"
        FROM integration WHERE source_id = $1 AND removed_at IS NULL ORDER BY name"#,
        source.0
    )
    .fetch_all(tx.connection())
    .await
    .map(|rows| rows.into_iter().map(Integration::from).collect())
    .map_err(Error::doing("list the source's integrations"))
}

pub async fn find(tx: &mut Tx, id: IntegrationId) -> Result<Option<Integration>, Error> {
    sqlx::query_as!(
        Row,
        r#"SELECT id, project_id, source_id, name, folder, created_at AS "created_at: Time",
            removed_at AS "removed_at: Time"
        FROM integration WHERE id = $1"#,
        id.0
    )
    .fetch_optional(tx.connection())
    .await
    .map(|row| row.map(Integration::from))
    .map_err(Error::doing("find the integration"))
}

pub async fn mark_removed(tx: &mut Tx, id: IntegrationId, now: Timestamp) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE integration SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL",
        id.0,
        Time::from(now) as _
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("mark the integration removed"))
}

//! Configuration set on an environment: for all of it, for a project, for one integration.
//!
//! The nil project and the empty integration name stand for "all" in the rows; `Target` keeps that out of sight. Which
//! row wins is one `ORDER BY`: the most exact comes last and so overwrites.

use std::collections::BTreeMap;

use domain::id::{ActorId, EnvironmentId, ProjectId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::time::Time;
use crate::{Error, Tx};

/// What a value is set for, within an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Everything,
    Project(ProjectId),
    Integration(ProjectId, String),
}

impl Target {
    fn columns(&self) -> (Uuid, &str) {
        match self {
            Self::Everything => (Uuid::nil(), ""),
            Self::Project(project) => (project.0, ""),
            Self::Integration(project, name) => (project.0, name),
        }
    }

    fn of(project: Uuid, integration: String) -> Self {
        if project.is_nil() {
            Self::Everything
        } else if integration.is_empty() {
            Self::Project(ProjectId(project))
        } else {
            Self::Integration(ProjectId(project), integration)
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub target: Target,
    pub key: String,
    pub value: String,
    pub changed_at: Timestamp,
    pub changed_by: ActorId,
}

pub async fn put(
    tx: &mut Tx,
    environment: EnvironmentId,
    target: &Target,
    key: &str,
    value: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let (project, integration) = target.columns();
    sqlx::query!(
        "INSERT INTO configuration
            (org_id, environment_id, project_id, integration, key, value, changed_at, changed_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT ON CONSTRAINT configuration_pkey DO UPDATE
        SET value = excluded.value, changed_at = excluded.changed_at, changed_by = excluded.changed_by",
        tx.organization().0,
        environment.0,
        project,
        integration,
        key,
        value,
        Time::from(now) as _,
        tx.actor().0
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("set configuration"))
}

/// `false`: it was not set.
pub async fn delete(
    tx: &mut Tx,
    environment: EnvironmentId,
    target: &Target,
    key: &str,
) -> Result<bool, Error> {
    let (project, integration) = target.columns();
    sqlx::query!(
        "DELETE FROM configuration
        WHERE environment_id = $1 AND project_id = $2 AND integration = $3 AND key = $4",
        environment.0,
        project,
        integration,
        key
    )
    .execute(tx.connection())
    .await
    .map(|done| done.rows_affected() == 1)
    .map_err(Error::doing("remove configuration"))
}

/// Everything that is set in the environment, the least exact first.
pub async fn list(tx: &mut Tx, environment: EnvironmentId) -> Result<Vec<Entry>, Error> {
    let rows = sqlx::query!(
        r#"SELECT project_id, integration, key, value, changed_at AS "changed_at: Time", changed_by
        FROM configuration WHERE environment_id = $1 ORDER BY key, project_id, integration"#,
        environment.0
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list the configuration"))?;
    Ok(rows
        .into_iter()
        .map(|row| Entry {
            target: Target::of(row.project_id, row.integration),
            key: row.key,
            value: row.value,
            changed_at: row.changed_at.into(),
            changed_by: ActorId(row.changed_by),
        })
        .collect())
}

/// What an integration finds set for it; the most exact value of each key.
pub async fn of(
    tx: &mut Tx,
    environment: EnvironmentId,
    project: ProjectId,
    integration: &str,
) -> Result<BTreeMap<String, String>, Error> {
    let rows = sqlx::query!(
        "SELECT key, value FROM configuration
        WHERE environment_id = $1
            AND (project_id = $4 OR (project_id = $2 AND integration IN ('', $3)))
        ORDER BY project_id <> $4, integration <> ''",
        environment.0,
        project.0,
        integration,
        Uuid::nil()
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("find the configuration of the integration"))?;
    Ok(rows.into_iter().map(|row| (row.key, row.value)).collect())
}

//! Projects: rows with a name that is unique in the organization.

use domain::id::ProjectId;
use jiff::Timestamp;

use crate::time::Time;
use crate::{Error, Tx};

/// The constraint that says the name is taken.
pub const NAME_TAKEN: &str = "project_name_key";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    pub id: ProjectId,
    pub name: String,
    pub created_at: Timestamp,
}

pub async fn insert(tx: &mut Tx, id: ProjectId, name: &str, now: Timestamp) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO project (org_id, id, name, created_at) VALUES ($1, $2, $3, $4)",
        tx.organization().0,
        id.0,
        name,
        Time::from(now) as _
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("insert the project"))
}

pub async fn find(tx: &mut Tx, id: ProjectId) -> Result<Option<Project>, Error> {
    let row = sqlx::query!(
        r#"SELECT id, name, created_at AS "created_at: Time" FROM project WHERE id = $1"#,
        id.0
    )
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("find the project"))?;
    Ok(row.map(|row| Project {
        id: ProjectId(row.id),
        name: row.name,
        created_at: row.created_at.into(),
    }))
}

pub async fn find_named(tx: &mut Tx, name: &str) -> Result<Option<Project>, Error> {
    let row = sqlx::query!(
        r#"SELECT id, name, created_at AS "created_at: Time" FROM project WHERE name = $1"#,
        name
    )
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("find the project by its name"))?;
    Ok(row.map(|row| Project {
        id: ProjectId(row.id),
        name: row.name,
        created_at: row.created_at.into(),
    }))
}

pub async fn list(tx: &mut Tx) -> Result<Vec<Project>, Error> {
    let rows = sqlx::query!(
        r#"SELECT id, name, created_at AS "created_at: Time" FROM project ORDER BY name"#
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list the projects"))?;
    Ok(rows
        .into_iter()
        .map(|row| Project {
            id: ProjectId(row.id),
            name: row.name,
            created_at: row.created_at.into(),
        })
        .collect())
}

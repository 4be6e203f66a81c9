//! Environments: a runtime under a name, ordered for promotion, with a revision of what is set in it.

use domain::id::{EnvironmentId, RuntimeId};
use jiff::Timestamp;

use crate::time::Time;
use crate::{Error, Tx};

/// The constraint that says the name is taken.
pub const NAME_TAKEN: &str = "environment_name_key";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    pub id: EnvironmentId,
    pub name: String,
    /// The order of promotion, lowest first.
    pub rank: i32,
    /// `None`: follows the branch of each source.
    pub branch: Option<String>,
    pub runtime: Option<RuntimeId>,
    /// Counts the changes of configuration and secrets.
    pub revision: i64,
    pub created_at: Timestamp,
}

struct Row {
    id: uuid::Uuid,
    name: String,
    rank: i32,
    branch: Option<String>,
    runtime_id: Option<uuid::Uuid>,
    revision: i64,
    created_at: Time,
}

impl From<Row> for Environment {
    fn from(row: Row) -> Self {
        let Row { id, name, rank, branch, runtime_id, revision, created_at } = row;
        let runtime = runtime_id.map(RuntimeId);
        let created_at = created_at.into();
        Self { id: EnvironmentId(id), name, rank, branch, runtime, revision, created_at }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct New<'a> {
    pub id: EnvironmentId,
    pub name: &'a str,
    pub rank: i32,
    pub branch: Option<&'a str>,
    pub runtime: Option<RuntimeId>,
}

pub async fn insert(tx: &mut Tx, new: New<'_>, now: Timestamp) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO environment (org_id, id, name, rank, branch, runtime_id, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)",
        tx.organization().0,
        new.id.0,
        new.name,
        new.rank,
        new.branch,
        new.runtime.map(|runtime| runtime.0),
        Time::from(now) as _
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("insert the environment"))
}

/// Sets what may change of it.
pub async fn update(tx: &mut Tx, environment: &Environment) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE environment SET rank = $2, branch = $3, runtime_id = $4 WHERE id = $1",
        environment.id.0,
        environment.rank,
        environment.branch,
        environment.runtime.map(|runtime| runtime.0)
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("update the environment"))
}

/// Counts a change of configuration or secrets; the row stays locked until the end of the transaction, so
/// that two changes of one environment follow each other.
pub async fn next_revision(tx: &mut Tx, id: EnvironmentId) -> Result<i64, Error> {
    sqlx::query_scalar!(
        "UPDATE environment SET revision = revision + 1 WHERE id = $1 RETURNING revision",
        id.0
    )
    .fetch_one(tx.connection())
    .await
    .map_err(Error::doing("count a change of the environment"))
}

pub async fn find(tx: &mut Tx, id: EnvironmentId) -> Result<Option<Environment>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT id, name, rank, branch, runtime_id, revision, created_at AS "created_at: Time"
        FROM environment WHERE id = $1"#,
        id.0
    )
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("find the environment"))?;
    Ok(row.map(Environment::from))
}

pub async fn find_named(tx: &mut Tx, name: &str) -> Result<Option<Environment>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT id, name, rank, branch, runtime_id, revision, created_at AS "created_at: Time"
        FROM environment WHERE name = $1"#,
        name
    )
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("find the environment by its name"))?;
    Ok(row.map(Environment::from))
}

pub async fn list(tx: &mut Tx) -> Result<Vec<Environment>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, name, rank, branch, runtime_id, revision, created_at AS "created_at: Time"
        FROM environment ORDER BY rank, name"#
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list the environments"))?;
    Ok(rows.into_iter().map(Environment::from).collect())
}

pub async fn list_of_runtime(tx: &mut Tx, runtime: RuntimeId) -> Result<Vec<Environment>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, name, rank, branch, runtime_id, revision, created_at AS "created_at: Time"
        FROM environment WHERE runtime_id = $1 ORDER BY rank, name"#,
        runtime.0
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list the environments of the runtime"))?;
    Ok(rows.into_iter().map(Environment::from).collect())
}

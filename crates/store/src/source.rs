//! Git sources: where a project's integrations are read from, the commit that was applied last, and what is wrong.
//!
//! `find_for_update` is what serialises two engines on one source: whoever applies a commit holds the row, and compares
//! the commit it started from. The token column is ciphertext; only `control::app::source` can read it.

use domain::id::{ProjectId, SourceId};
use domain::source::Condition;
use jiff::Timestamp;
use serde_json::Value;

use crate::time::{Time, instant};
use crate::{Error, Tx};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    pub id: String,
    pub author: String,
    pub subject: String,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    pub id: SourceId,
    pub project: ProjectId,
    pub name: String,
    pub url: String,
    pub branch: String,
    pub path: String,
    pub token: Option<Vec<u8>>,
    pub commit: Option<Commit>,
    pub checked_at: Option<Timestamp>,
    pub condition: Condition,
    pub prune: Option<Value>,
    pub created_at: Timestamp,
}

/// The constraint that says the name is taken in the organization.
pub const NAME_TAKEN: &str = "source_name_key";

struct Row {
    id: uuid::Uuid,
    project_id: uuid::Uuid,
    name: String,
    url: String,
    branch: String,
    path: String,
    token: Option<Vec<u8>>,
    commit_id: Option<String>,
    commit_author: Option<String>,
    commit_subject: Option<String>,
    commit_at: Option<Time>,
    checked_at: Option<Time>,
    condition_code: Option<String>,
    condition_message: Option<String>,
    condition_since: Option<Time>,
    attempts: i32,
    prune: Option<Value>,
    created_at: Time,
}

impl From<Row> for Source {
    fn from(row: Row) -> Self {
        let commit = match (row.commit_id, row.commit_at) {
            (Some(id), Some(at)) => Some(Commit {
                id,
                author: row.commit_author.unwrap_or_default(),
                subject: row.commit_subject.unwrap_or_default(),
                at: at.into(),
            }),
            _ => None,
        };
        let condition = match (row.condition_code, row.condition_since) {
            (Some(code), Some(since)) => Condition::Failing {
                code,
                message: row.condition_message.unwrap_or_default(),
                since: since.into(),
                attempts: u32::try_from(row.attempts).unwrap_or_default(),
            },
            _ => Condition::Good,
        };
        Self {
            id: SourceId(row.id),
            project: ProjectId(row.project_id),
            name: row.name,
            url: row.url,
            branch: row.branch,
            path: row.path,
            token: row.token,
            commit,
            checked_at: instant(row.checked_at),
            condition,
            prune: row.prune,
            created_at: row.created_at.into(),
        }
    }
}

pub async fn insert(tx: &mut Tx, source: &Source) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO source (org_id, id, project_id, name, url, branch, path, token, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tx.organization().0,
        source.id.0,
        source.project.0,
        source.name,
        source.url,
        source.branch,
        source.path,
        source.token,
        Time::from(source.created_at) as _
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("insert the source"))
}

pub async fn list(tx: &mut Tx) -> Result<Vec<Source>, Error> {
    sqlx::query_as!(
        Row,
        r#"SELECT id, project_id, name, url, branch, path, token, commit_id, commit_author, commit_subject,
            commit_at AS "commit_at: Time", checked_at AS "checked_at: Time", condition_code, condition_message,
            condition_since AS "condition_since: Time", attempts, prune, created_at AS "created_at: Time"
        FROM source ORDER BY name"#
    )
    .fetch_all(tx.connection())
    .await
    .map(|rows| rows.into_iter().map(Source::from).collect())
    .map_err(Error::doing("list the sources"))
}

pub async fn find(tx: &mut Tx, id: SourceId) -> Result<Option<Source>, Error> {
    sqlx::query_as!(
        Row,
        r#"SELECT id, project_id, name, url, branch, path, token, commit_id, commit_author, commit_subject,
            commit_at AS "commit_at: Time", checked_at AS "checked_at: Time", condition_code, condition_message,
            condition_since AS "condition_since: Time", attempts, prune, created_at AS "created_at: Time"
        FROM source WHERE id = $1"#,
        id.0
    )
    .fetch_optional(tx.connection())
    .await
    .map(|row| row.map(Source::from))
    .map_err(Error::doing("find the source"))
}

/// Holds the row until the transaction ends: only one engine applies a commit of a source at a time.
pub async fn find_for_update(tx: &mut Tx, id: SourceId) -> Result<Option<Source>, Error> {
    sqlx::query_as!(
        Row,
        r#"SELECT id, project_id, name, url, branch, path, token, commit_id, commit_author, commit_subject,
            commit_at AS "commit_at: Time", checked_at AS "checked_at: Time", condition_code, condition_message,
            condition_since AS "condition_since: Time", attempts, prune, created_at AS "created_at: Time"
        FROM source WHERE id = $1 FOR UPDATE"#,
        id.0
    )
    .fetch_optional(tx.connection())
    .await
    .map(|row| row.map(Source::from))
    .map_err(Error::doing("hold the source"))
}

/// Changes what is read from where; the next poll applies whatever is there, so the known commit is forgotten.
pub async fn update_address(
    tx: &mut Tx,
    id: SourceId,
    url: &str,
    branch: &str,
    path: &str,
    token: Option<&[u8]>,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE source SET url = $2, branch = $3, path = $4, token = $5, commit_id = NULL, commit_at = NULL,
            prune = NULL, attempts = 0
        WHERE id = $1",
        id.0,
        url,
        branch,
        path,
        token
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("change the source"))
}

pub async fn update_commit(
    tx: &mut Tx,
    id: SourceId,
    commit: &Commit,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE source SET commit_id = $2, commit_author = $3, commit_subject = $4, commit_at = $5,
            checked_at = $6, prune = NULL
        WHERE id = $1",
        id.0,
        commit.id,
        commit.author,
        commit.subject,
        Time::from(commit.at) as _,
        Time::from(now) as _
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("remember the commit"))
}

pub async fn update_condition(
    tx: &mut Tx,
    id: SourceId,
    condition: &Condition,
    now: Timestamp,
) -> Result<(), Error> {
    let (code, message, since, attempts) = match condition {
        Condition::Good => (None, None, None, 0),
        Condition::Failing { code, message, since, attempts } => (
            Some(code.as_str()),
            Some(message.as_str()),
            Some(Time::from(*since)),
            i32::try_from(*attempts).unwrap_or(i32::MAX),
        ),
    };
    sqlx::query!(
        "UPDATE source SET condition_code = $2, condition_message = $3, condition_since = $4, attempts = $5,
            checked_at = $6
        WHERE id = $1",
        id.0,
        code,
        message,
        since as _,
        attempts,
        Time::from(now) as _
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("remember the source's condition"))
}

/// It was looked at, and nothing was new.
pub async fn touch(tx: &mut Tx, id: SourceId, now: Timestamp) -> Result<(), Error> {
    sqlx::query!("UPDATE source SET checked_at = $2 WHERE id = $1", id.0, Time::from(now) as _)
        .execute(tx.connection())
        .await
        .map(drop)
        .map_err(Error::doing("remember that the source was looked at"))
}

/// Keeps the token, encrypted for this source.
pub async fn update_token(tx: &mut Tx, id: SourceId, token: Option<&[u8]>) -> Result<(), Error> {
    sqlx::query!("UPDATE source SET token = $2 WHERE id = $1", id.0, token)
        .execute(tx.connection())
        .await
        .map(drop)
        .map_err(Error::doing("keep the source's token"))
}

pub async fn update_prune(tx: &mut Tx, id: SourceId, prune: Option<&Value>) -> Result<(), Error> {
    sqlx::query!("UPDATE source SET prune = $2 WHERE id = $1", id.0, prune)
        .execute(tx.connection())
        .await
        .map(drop)
        .map_err(Error::doing("remember what to prune"))
}

pub async fn delete(tx: &mut Tx, id: SourceId) -> Result<bool, Error> {
    sqlx::query!("DELETE FROM source WHERE id = $1", id.0)
        .execute(tx.connection())
        .await
        .map(|done| done.rows_affected() == 1)
        .map_err(Error::doing("delete the source"))
}

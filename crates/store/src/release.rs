//! Releases: what commits became, newest first by id.
//!
//! The state column follows `domain::release`; `recipe` is what `control::app::deployment` needs of the bundle without opening it (routes,
//! descriptors, properties). While a release resolves, the row says what was asked of whom, so that a lost command is
//! asked again.

use domain::digest::Digest;
use domain::id::{CommandId, IntegrationId, ReleaseId, SourceId};
use domain::release::Refusal;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::source::Commit;
use crate::time::{Time, instant};
use crate::{Error, Tx};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Drafted,
    Resolving,
    Released,
    Refused,
}

impl State {
    pub const ALL: &[Self] = &[Self::Drafted, Self::Resolving, Self::Released, Self::Refused];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Drafted => "drafted",
            Self::Resolving => "resolving",
            Self::Released => "released",
            Self::Refused => "refused",
        }
    }

    fn parse(text: String) -> Result<Self, Error> {
        let found = Self::ALL.iter().copied().find(|state| state.as_str() == text);
        found.ok_or(Error::Unreadable { what: "state of a release", value: text })
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    pub id: ReleaseId,
    pub integration: IntegrationId,
    pub source: SourceId,
    pub commit: Commit,
    pub created_at: Timestamp,
    pub state: State,
    pub inputs: String,
    pub bundle: Option<Digest>,
    pub lock: Option<Digest>,
    pub base: Digest,
    pub camel: String,
    pub recipe: Value,
    pub problems: Vec<Refusal>,
    pub resolving: Option<Resolving>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolving {
    pub inputs: String,
    /// `None`: no runtime of purpose build was there to ask.
    pub command: Option<CommandId>,
    pub asked_at: Option<Timestamp>,
}

impl Release {
    /// What people type and read.
    pub fn short(&self) -> &str {
        self.commit.id.get(..4).unwrap_or(&self.commit.id)
    }
}

struct Row {
    id: uuid::Uuid,
    integration_id: uuid::Uuid,
    source_id: uuid::Uuid,
    commit_id: String,
    author: String,
    subject: String,
    committed_at: Time,
    created_at: Time,
    state: String,
    inputs: String,
    bundle: Option<String>,
    lock: Option<String>,
    base: String,
    camel: String,
    recipe: Value,
    problems: Value,
    resolve_inputs: Option<String>,
    resolve_command: Option<uuid::Uuid>,
    resolve_asked_at: Option<Time>,
}

fn digest(text: String) -> Result<Digest, Error> {
    text.parse().map_err(|_| Error::Unreadable { what: "digest", value: text })
}

fn problems_from(value: &Value) -> Vec<Refusal> {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let rows = value.as_array().map(Vec::as_slice).unwrap_or_default();
    rows.iter()
        .map(|row| Refusal { code: text(row, "code"), message: text(row, "message") })
        .collect()
}

fn problems_to(problems: &[Refusal]) -> Value {
    let row = |problem: &Refusal| json!({"code": problem.code, "message": problem.message});
    problems.iter().map(row).collect()
}

impl TryFrom<Row> for Release {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: ReleaseId(row.id),
            integration: IntegrationId(row.integration_id),
            source: SourceId(row.source_id),
            commit: Commit {
                id: row.commit_id,
                author: row.author,
                subject: row.subject,
                at: row.committed_at.into(),
            },
            created_at: row.created_at.into(),
            state: State::parse(row.state)?,
            inputs: row.inputs,
            bundle: row.bundle.map(digest).transpose()?,
            lock: row.lock.map(digest).transpose()?,
            base: digest(row.base)?,
            camel: row.camel,
            problems: problems_from(&row.problems),
            recipe: row.recipe,
            resolving: row.resolve_inputs.map(|inputs| Resolving {
                inputs,
                command: row.resolve_command.map(CommandId),
                asked_at: instant(row.resolve_asked_at),
            }),
        })
    }
}

pub async fn insert(tx: &mut Tx, release: &Release) -> Result<(), Error> {
    let resolving = release.resolving.as_ref();
    sqlx::query!(
        "INSERT INTO release (org_id, id, integration_id, source_id, commit_id, author, subject, committed_at,
            created_at, state, inputs, bundle, lock, base, camel, recipe, problems, resolve_inputs)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        tx.organization().0,
        release.id.0,
        release.integration.0,
        release.source.0,
        release.commit.id,
        release.commit.author,
        release.commit.subject,
        Time::from(release.commit.at) as _,
        Time::from(release.created_at) as _,
        release.state.as_str(),
        release.inputs,
        release.bundle.map(|digest| digest.to_string()),
        release.lock.map(|digest| digest.to_string()),
        release.base.to_string(),
        release.camel,
        release.recipe,
        problems_to(&release.problems),
        resolving.map(|resolving| resolving.inputs.clone())
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("insert the release"))
}

pub async fn find(tx: &mut Tx, id: ReleaseId) -> Result<Option<Release>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT id, integration_id, source_id, commit_id, author, subject, committed_at AS "committed_at: Time",
            created_at AS "created_at: Time", state, inputs, bundle, lock, base, camel, recipe, problems,
            resolve_inputs, resolve_command, resolve_asked_at AS "resolve_asked_at: Time"
        FROM release WHERE id = $1"#,
        id.0
    )
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("find the release"))?;
    row.map(Release::try_from).transpose()
}

/// The newest releases of one integration, or of all when it is `None`; `before` pages backwards.
pub async fn list(
    tx: &mut Tx,
    integration: Option<IntegrationId>,
    before: Option<ReleaseId>,
    most: u32,
) -> Result<Vec<Release>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, integration_id, source_id, commit_id, author, subject, committed_at AS "committed_at: Time",
            created_at AS "created_at: Time", state, inputs, bundle, lock, base, camel, recipe, problems,
            resolve_inputs, resolve_command, resolve_asked_at AS "resolve_asked_at: Time"
        FROM release
        WHERE ($1::uuid IS NULL OR integration_id = $1) AND ($2::uuid IS NULL OR id < $2)
        ORDER BY id DESC LIMIT $3"#,
        integration.map(|id| id.0),
        before.map(|id| id.0),
        i64::from(most)
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list the releases"))?;
    rows.into_iter().map(Release::try_from).collect()
}

/// The newest release of each live integration of a source.
pub async fn list_newest(tx: &mut Tx, source: SourceId) -> Result<Vec<Release>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT DISTINCT ON (r.integration_id) r.id, r.integration_id, r.source_id, r.commit_id, r.author, r.subject,
            r.committed_at AS "committed_at: Time", r.created_at AS "created_at: Time", r.state, r.inputs, r.bundle,
            r.lock, r.base, r.camel, r.recipe, r.problems, r.resolve_inputs, r.resolve_command,
            r.resolve_asked_at AS "resolve_asked_at: Time"
        FROM release AS r
        JOIN integration AS i ON i.org_id = r.org_id AND i.id = r.integration_id
        WHERE i.source_id = $1 AND i.removed_at IS NULL
        ORDER BY r.integration_id, r.id DESC"#,
        source.0
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list the newest releases"))?;
    rows.into_iter().map(Release::try_from).collect()
}

/// Newest releases of live integrations that were refused, of commits that came since; with the integration's name.
pub async fn list_refused(tx: &mut Tx, since: Timestamp) -> Result<Vec<(String, Release)>, Error> {
    use sqlx::Row as _;
    let rows = sqlx::query(
        "SELECT i.name, r.id FROM integration AS i
        CROSS JOIN LATERAL (
            SELECT id, state, created_at FROM release
            WHERE org_id = i.org_id AND integration_id = i.id ORDER BY id DESC LIMIT 1
        ) AS r
        WHERE i.org_id = $1 AND i.removed_at IS NULL AND r.state = 'refused' AND r.created_at >= $2
        ORDER BY i.name",
    )
    .bind(tx.organization().0)
    .bind(Time::from(since))
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list the refused releases"))?;
    let mut refused = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(release) = find(tx, ReleaseId(row.get("id"))).await? {
            refused.push((row.get("name"), release));
        }
    }
    Ok(refused)
}

/// Releases whose dependencies are being resolved.
pub async fn list_resolving(tx: &mut Tx) -> Result<Vec<Release>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, integration_id, source_id, commit_id, author, subject, committed_at AS "committed_at: Time",
            created_at AS "created_at: Time", state, inputs, bundle, lock, base, camel, recipe, problems,
            resolve_inputs, resolve_command, resolve_asked_at AS "resolve_asked_at: Time"
        FROM release WHERE state = 'resolving' ORDER BY id FOR UPDATE"#
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list what is being resolved"))?;
    rows.into_iter().map(Release::try_from).collect()
}

pub async fn mark_asked(
    tx: &mut Tx,
    id: ReleaseId,
    command: CommandId,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE release SET resolve_command = $2, resolve_asked_at = $3 WHERE id = $1 AND state = 'resolving'",
        id.0,
        command.0,
        Time::from(now) as _
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("remember who resolves"))
}

/// `false`: it was settled before.
pub async fn mark_released(
    tx: &mut Tx,
    id: ReleaseId,
    lock: Option<&Digest>,
) -> Result<bool, Error> {
    sqlx::query!(
        "UPDATE release SET state = 'released', lock = $2, resolve_command = NULL
        WHERE id = $1 AND state IN ('drafted', 'resolving')",
        id.0,
        lock.map(ToString::to_string)
    )
    .execute(tx.connection())
    .await
    .map(|done| done.rows_affected() == 1)
    .map_err(Error::doing("release the release"))
}

/// `false`: it was settled before.
pub async fn mark_refused(tx: &mut Tx, id: ReleaseId, problems: &[Refusal]) -> Result<bool, Error> {
    sqlx::query!(
        "UPDATE release SET state = 'refused', problems = $2, resolve_command = NULL
        WHERE id = $1 AND state IN ('drafted', 'resolving')",
        id.0,
        problems_to(problems)
    )
    .execute(tx.connection())
    .await
    .map(|done| done.rows_affected() == 1)
    .map_err(Error::doing("refuse the release"))
}

/// How many releases of an integration are newer than `than` and could run.
pub async fn count_newer(
    tx: &mut Tx,
    integration: IntegrationId,
    than: ReleaseId,
) -> Result<u32, Error> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM release WHERE integration_id = $1 AND id > $2 AND state <> 'refused'"#,
        integration.0,
        than.0
    )
    .fetch_one(tx.connection())
    .await
    .map_err(Error::doing("count newer releases"))?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// A lock that was resolved for the same inputs not longer than `age` ago.
pub async fn find_resolution(
    tx: &mut Tx,
    inputs: &str,
    now: Timestamp,
    age: SignedDuration,
) -> Result<Option<Digest>, Error> {
    let lock = sqlx::query_scalar!(
        "SELECT lock FROM resolution WHERE inputs = $1 AND created_at > $2",
        inputs,
        Time::from(now - age) as _
    )
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("find a resolution"))?;
    lock.map(digest).transpose()
}

pub async fn insert_resolution(
    tx: &mut Tx,
    inputs: &str,
    lock: &Digest,
    now: Timestamp,
) -> Result<(), Error> {
    // An older one is replaced: the role may not update.
    sqlx::query!("DELETE FROM resolution WHERE inputs = $1", inputs)
        .execute(tx.connection())
        .await
        .map_err(Error::doing("forget the former resolution"))?;
    sqlx::query!(
        "INSERT INTO resolution (org_id, inputs, lock, created_at) VALUES ($1, $2, $3, $4)",
        tx.organization().0,
        inputs,
        lock.to_string(),
        Time::from(now) as _
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("remember the resolution"))
}

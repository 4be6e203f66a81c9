//! Failures of one kind, counted as they are stored.
//!
//! A group is made by the first failure of its kind and names the release that ran then; later ones move its end. It
//! outlives the messages: after their days are dropped it still says when it began.

use domain::id::{EnvironmentId, ProjectId};
use jiff::Timestamp;
use sqlx::Row as _;
use telemetry::id::MessageId;

use super::{Instant, NameId, OriginId, id_of, name, unsigned};
use crate::{Error, Tx};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub fingerprint: u64,
    pub integration: String,
    pub environment: String,
    pub project: Option<ProjectId>,
    pub environment_id: Option<EnvironmentId>,
    pub route: String,
    pub node: Option<String>,
    pub class: String,
    pub message: String,
    pub count: u64,
    /// How many of them were handled.
    pub handled: u64,
    pub first: MessageId,
    pub first_origin: OriginId,
    pub last: MessageId,
    pub last_origin: OriginId,
}

/// Groups that failed since `since`, the newest first.
pub async fn list(
    tx: &mut Tx,
    since: Timestamp,
    before: Option<MessageId>,
    most: i64,
) -> Result<Vec<Group>, Error> {
    let since = u64::try_from(since.as_microsecond()).unwrap_or(0);
    let before = before.map_or(u64::MAX >> 2, |id| id.started_us);
    let rows = sqlx::query(
        "SELECT fingerprint, integration, environment, project_id, environment_id, route, node, class, message, count,
            handled, first_at, first_low, first_origin, last_at, last_low, last_origin
        FROM failure_group WHERE org_id = $1 AND last_at >= $2 AND last_at < $3 ORDER BY last_at DESC LIMIT $4",
    )
    .bind(tx.organization().0)
    .bind(Instant(since))
    .bind(Instant(before))
    .bind(most)
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list failure groups"))?;
    let mut ids: Vec<NameId> = Vec::new();
    for row in &rows {
        ids.push(NameId(row.get("route")));
        ids.push(NameId(row.get("class")));
        ids.extend(row.get::<Option<i32>, _>("node").map(NameId));
    }
    let names = name::texts(tx, &ids).await?;
    let text = |id: i32| names.get(&NameId(id)).cloned().unwrap_or_default();
    Ok(rows
        .iter()
        .map(|row| Group {
            fingerprint: unsigned(row.get("fingerprint")),
            integration: row.get("integration"),
            environment: row.get("environment"),
            project: row.get::<Option<uuid::Uuid>, _>("project_id").map(ProjectId),
            environment_id: row.get::<Option<uuid::Uuid>, _>("environment_id").map(EnvironmentId),
            route: text(row.get("route")),
            node: row.get::<Option<i32>, _>("node").map(text),
            class: text(row.get("class")),
            message: row.get("message"),
            count: unsigned(row.get("count")),
            handled: unsigned(row.get("handled")),
            first: id_of(row.get("first_at"), row.get("first_low")),
            first_origin: OriginId(row.get("first_origin")),
            last: id_of(row.get("last_at"), row.get("last_low")),
            last_origin: OriginId(row.get("last_origin")),
        })
        .collect())
}

//! Failures of one kind, counted as they are stored, with what people said of them.
//!
//! A group is made by the first failure of its kind and names the release that ran then; later ones move its end. It
//! outlives the messages: after their days are dropped it still says when it began. Only what stores messages writes groups;
//! what people say is a row beside it ([`mark`]), and which of its failures are repaired is counted from the replays.

pub mod mark;
pub mod newest;

use domain::failure::{Said, State, goes_on, state};
use domain::id::{EnvironmentId, ProjectId};
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row as _};
use telemetry::id::MessageId;

use super::{Instant, NameId, OriginId, id_of, name, signed, unsigned};
use crate::time::{Time, instant};
use crate::{Error, Tx};
use mark::Mark;

/// What tells a group from the others of its organization.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub fingerprint: u64,
    pub integration: String,
    pub environment: String,
    pub route: NameId,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub key: Key,
    pub project: Option<ProjectId>,
    pub environment_id: Option<EnvironmentId>,
    pub route: String,
    pub node: Option<String>,
    pub class: String,
    pub message: String,
    pub count: u64,
    /// How many of them were handled.
    pub handled: u64,
    /// How many were replayed and went well then.
    pub repaired: u64,
    /// Those of them that were not handled before.
    pub repaired_failed: u64,
    pub first: MessageId,
    pub first_origin: OriginId,
    pub last: MessageId,
    pub last_origin: OriginId,
    /// When that on which the last one failed was deployed; of an observed application, when it was first heard of.
    pub deployed_at: Option<Timestamp>,
    /// `None`: nobody said anything.
    pub mark: Option<Mark>,
}

impl Group {
    pub fn state(&self, now: Timestamp) -> State {
        let said = self.mark.as_ref().map_or(Said::Open, |mark| mark.said);
        state(said, self.deployed_at, now)
    }

    /// Resolved, and messages fail so on the release that ran then.
    pub fn goes_on(&self, now: Timestamp) -> bool {
        let said = self.mark.as_ref().map_or(Said::Open, |mark| mark.said);
        let began = i64::try_from(self.last.started_us).unwrap_or(i64::MAX);
        let began = Timestamp::from_microsecond(began).unwrap_or(Timestamp::MAX);
        self.state(now) == State::Resolved && goes_on(said, began)
    }

    /// Those that nobody dealt with yet.
    pub fn open(&self) -> u64 {
        self.count.saturating_sub(self.handled).saturating_sub(self.repaired_failed)
    }
}

/// The groups of `chosen`, which selects rows of `failure_group`, with all that is read beside them.
///
/// A replay repairs its original once, however often it went well.
fn read_with(chosen: &str) -> String {
    format!(
        "SELECT g.fingerprint, g.integration, g.environment, g.project_id, g.environment_id, g.route, g.node, g.class, g.message,
            g.count, g.handled, g.first_at, g.first_low, g.first_origin, g.last_at, g.last_low, g.last_origin,
            coalesce(d.created_at, o.first_at) AS deployed_at, r.repaired, r.repaired_failed,
            m.said, m.said_at, m.said_by_label, m.muted_until, m.resolved_deployment_id, m.assignee, m.note
        FROM ({chosen}) AS g
        LEFT JOIN failure_mark AS m ON m.org_id = g.org_id AND m.fingerprint = g.fingerprint
            AND m.integration = g.integration AND m.environment = g.environment AND m.route = g.route
        LEFT JOIN telemetry_origin AS o ON o.org_id = g.org_id AND o.id = g.last_origin
        LEFT JOIN deployment AS d ON d.org_id = o.org_id AND d.id = o.deployment_id AND d.workload_id = o.workload_id
        CROSS JOIN LATERAL (
            SELECT count(DISTINCT (p.original_at, p.original_low)) AS repaired,
                count(DISTINCT (p.original_at, p.original_low)) FILTER (WHERE NOT p.failure_handled) AS repaired_failed
            FROM replay AS p
            WHERE p.org_id = g.org_id AND p.failure_fingerprint = g.fingerprint AND p.failure_integration = g.integration
                AND p.failure_environment = g.environment AND p.failure_route = g.route
                AND p.outcome IN ('completed', 'handled')
        ) AS r
        ORDER BY g.last_at DESC"
    )
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
    let text = read_with(
        "SELECT * FROM failure_group WHERE org_id = $1 AND last_at >= $2 AND last_at < $3 ORDER BY last_at DESC LIMIT $4",
    );
    let rows = sqlx::query(AssertSqlSafe(text))
        .bind(tx.organization().0)
        .bind(Instant(since))
        .bind(Instant(before))
        .bind(most)
        .fetch_all(tx.connection())
        .await
        .map_err(Error::doing("list failure groups"))?;
    groups(tx, &rows).await
}

/// One group.
pub async fn find(tx: &mut Tx, key: &Key) -> Result<Option<Group>, Error> {
    let text = read_with(
        "SELECT * FROM failure_group
        WHERE org_id = $1 AND fingerprint = $2 AND integration = $3 AND environment = $4 AND route = $5",
    );
    let rows = sqlx::query(AssertSqlSafe(text))
        .bind(tx.organization().0)
        .bind(signed(key.fingerprint))
        .bind(&key.integration)
        .bind(&key.environment)
        .bind(key.route.0)
        .fetch_all(tx.connection())
        .await
        .map_err(Error::doing("find a failure group"))?;
    Ok(groups(tx, &rows).await?.pop())
}

async fn groups(tx: &mut Tx, rows: &[PgRow]) -> Result<Vec<Group>, Error> {
    let mut ids: Vec<NameId> = Vec::new();
    for row in rows {
        ids.push(NameId(row.get("route")));
        ids.push(NameId(row.get("class")));
        ids.extend(row.get::<Option<i32>, _>("node").map(NameId));
    }
    let names = name::texts(tx, &ids).await?;
    let text = |id: i32| names.get(&NameId(id)).cloned().unwrap_or_default();
    rows.iter()
        .map(|row| {
            Ok(Group {
                key: Key {
                    fingerprint: unsigned(row.get("fingerprint")),
                    integration: row.get("integration"),
                    environment: row.get("environment"),
                    route: NameId(row.get("route")),
                },
                project: row.get::<Option<uuid::Uuid>, _>("project_id").map(ProjectId),
                environment_id: row
                    .get::<Option<uuid::Uuid>, _>("environment_id")
                    .map(EnvironmentId),
                route: text(row.get("route")),
                node: row.get::<Option<i32>, _>("node").map(text),
                class: text(row.get("class")),
                message: row.get("message"),
                count: unsigned(row.get("count")),
                handled: unsigned(row.get("handled")),
                repaired: unsigned(row.get("repaired")),
                repaired_failed: unsigned(row.get("repaired_failed")),
                first: id_of(row.get("first_at"), row.get("first_low")),
                first_origin: OriginId(row.get("first_origin")),
                last: id_of(row.get("last_at"), row.get("last_low")),
                last_origin: OriginId(row.get("last_origin")),
                deployed_at: instant(row.get::<Option<Time>, _>("deployed_at")),
                mark: mark::read(row)?,
            })
        })
        .collect()
}

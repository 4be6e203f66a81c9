//! Rows as messages, with the names of their numbers.

use std::collections::{BTreeSet, HashMap};

use sqlx::Row as _;
use sqlx::postgres::PgRow;
use telemetry::id::MessageId;
use telemetry::model::MessageFlags;
use telemetry::query::OutcomeIs;

use super::Scene;
use crate::telemetry::pack::{self, Detail, Paths};
use crate::telemetry::rows::{REPLAY_BIT, route_of};
use crate::telemetry::{Instant, NameId, OriginId, id_of, low_of, name, outcome, unsigned};
use crate::{Error, Tx};

#[derive(Clone, Debug)]
pub struct Found {
    pub id: MessageId,
    pub origin: OriginId,
    pub route: String,
    pub duration_us: u64,
    pub outcome: OutcomeIs,
    pub steps: u32,
    pub flags: MessageFlags,
    pub is_replay: bool,
    pub node: Option<String>,
    pub class: Option<String>,
    pub fingerprint: Option<u64>,
    pub detail: Detail,
    /// Names of the detail's numbers.
    pub names: HashMap<NameId, String>,
}

impl Found {
    pub fn name(&self, id: NameId) -> &str {
        self.names.get(&id).map_or("?", String::as_str)
    }

    /// The trace that it belongs to, its own if it began one.
    pub fn trace_id(&self) -> u128 {
        let base = u64::from_str_radix(self.name(self.detail.run.trace_base), 16).unwrap_or(0);
        let own = (u128::from(base) << 64) | u128::from(self.id.count);
        self.detail.trace.map_or(own, |trace| trace.id)
    }

    /// Camel's id of the exchange.
    pub fn exchange(&self) -> String {
        match &self.detail.exchange {
            pack::Exchange::Text(text) => text.clone(),
            pack::Exchange::Counted { prefix, count } => {
                format!("{}-{count:016X}", self.name(*prefix))
            }
        }
    }
}

/// Steps that a list needs: none.
pub(super) const NO_STEPS: usize = 0;

fn damaged(err: pack::Damaged) -> Error {
    Error::Unreadable { what: "a message", value: err.to_string() }
}

pub(super) async fn read(
    tx: &mut Tx,
    rows: &[PgRow],
    skip: usize,
    most: usize,
) -> Result<Vec<Found>, Error> {
    let organization = tx.organization();
    let route = |row: &PgRow| NameId(route_of(organization, row.get("route")));
    let paths = if most > 0 { paths(tx, rows).await? } else { Paths::new() };
    let mut details = Vec::with_capacity(rows.len());
    let mut ids = BTreeSet::new();
    for row in rows {
        let detail = pack::unpack(row.get("packed"), skip, most, &paths).map_err(damaged)?;
        ids.extend(names_of(&detail));
        ids.insert(route(row));
        ids.extend(row.get::<Option<i32>, _>("node").map(NameId));
        ids.extend(row.get::<Option<i32>, _>("class").map(NameId));
        details.push(detail);
    }
    let names = name::texts(tx, &ids.into_iter().collect::<Vec<_>>()).await?;
    let text = |id: NameId| names.get(&id).cloned().unwrap_or_default();
    Ok(rows
        .iter()
        .zip(details)
        .map(|(row, detail)| {
            let flags: i32 = row.get("flags");
            let own = names_of(&detail)
                .into_iter()
                .filter_map(|id| Some((id, names.get(&id)?.clone())))
                .collect();
            Found {
                id: id_of(row.get("started_at"), row.get("low")),
                origin: OriginId(row.get("origin")),
                route: text(route(row)),
                duration_us: unsigned(row.get("duration_us")),
                outcome: read_outcome(row.get("outcome")),
                steps: row.get::<i32, _>("steps").unsigned_abs(),
                flags: MessageFlags((flags & !REPLAY_BIT).unsigned_abs()),
                is_replay: flags & REPLAY_BIT != 0,
                node: row.get::<Option<i32>, _>("node").map(|id| text(NameId(id))),
                class: row.get::<Option<i32>, _>("class").map(|id| text(NameId(id))),
                fingerprint: row.get::<Option<i64>, _>("fingerprint").map(unsigned),
                detail,
                names: own,
            }
        })
        .collect())
}

/// The paths that rows went and do not hold themselves.
async fn paths(tx: &mut Tx, rows: &[PgRow]) -> Result<Paths, Error> {
    let mut ids = BTreeSet::new();
    for row in rows {
        ids.extend(pack::path_of(row.get("packed")).map_err(damaged)?);
    }
    name::texts(tx, &ids.into_iter().collect::<Vec<_>>()).await
}

/// The message of this id if it is of one of the scene's origins, with `most` of its steps after the first `skip`.
pub async fn find(
    tx: &mut Tx,
    scene: &Scene,
    id: MessageId,
    skip: usize,
    most: usize,
) -> Result<Option<Found>, Error> {
    let rows = sqlx::query(
        "SELECT m.started_at, m.low, m.duration_us, m.fingerprint, m.origin, m.route, m.steps, m.flags, m.node, m.class,
            m.outcome, m.packed
        FROM message AS m WHERE m.org_id = $1 AND m.started_at = $2 AND m.low = $3",
    )
    .bind(tx.organization().0)
    .bind(Instant(id.started_us))
    .bind(low_of(id))
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("find a message"))?;
    let mut found = read(tx, &rows, skip, most).await?;
    found.retain(|one| scene.origins.contains_key(&one.origin));
    Ok(found.pop())
}

fn names_of(detail: &Detail) -> BTreeSet<NameId> {
    let mut ids: BTreeSet<NameId> = detail.steps.iter().map(|step| step.node).collect();
    ids.extend(detail.steps.iter().filter_map(|step| step.route));
    ids.extend(detail.from);
    ids.insert(detail.run.structure);
    ids.insert(detail.run.trace_base);
    ids.extend(detail.attributes.iter().map(|(key, _)| *key));
    if let pack::Exchange::Counted { prefix, .. } = detail.exchange {
        ids.insert(prefix);
    }
    ids.extend(detail.fault.as_ref().and_then(|fault| fault.outer_class));
    ids
}

pub(super) fn read_outcome(number: i16) -> OutcomeIs {
    match number {
        outcome::COMPLETED => OutcomeIs::Completed,
        outcome::HANDLED => OutcomeIs::Handled,
        _ => OutcomeIs::Failed,
    }
}

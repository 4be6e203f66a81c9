//! What one may choose by: how many of the newest rows have which outcome, route, integration, class and node.

use std::collections::{HashMap, HashSet};

use sqlx::Row as _;
use sqlx::postgres::PgRow;
use telemetry::query::{OutcomeIs, Query};

use super::found::read_outcome;
use super::{Scene, resolve, run};
use crate::telemetry::{NameId, OriginId, emit, name, rows, unsigned};
use crate::{Error, Tx};

/// Newest rows that facets count.
pub const FACET_ROWS: i64 = 10_000;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    pub outcomes: Vec<(OutcomeIs, u64)>,
    pub routes: Vec<(String, u64)>,
    pub integrations: Vec<(String, u64)>,
    pub classes: Vec<(String, u64)>,
    pub nodes: Vec<(String, u64)>,
    pub total: u64,
    /// Fewer rows matched than are looked at, and each was counted by the database.
    pub is_exact: bool,
}

/// How many of the newest rows have which outcome, route, integration, class and node.
pub async fn facets(tx: &mut Tx, scene: &Scene, query: &Query) -> Result<Facets, Error> {
    let resolved = resolve(tx, scene, query).await?;
    let origins: Vec<i32> = scene.origins.keys().map(|id| id.0).collect();
    let plan = emit::facets(query, &resolved, tx.organization(), &origins, FACET_ROWS);
    let found = run(tx, &plan).await?;
    let mut ids = HashSet::new();
    let organization = tx.organization();
    let id_in = |row: &PgRow, column: &str| {
        let number: i32 = row.get::<Option<i32>, _>(column)?;
        Some(NameId(if column == "route" { rows::route_of(organization, number) } else { number }))
    };
    for row in &found {
        ids.extend(["route", "class", "node"].iter().filter_map(|column| id_in(row, column)));
    }
    let names = name::texts(tx, &ids.into_iter().collect::<Vec<_>>()).await?;
    let mut facets = Facets::default();
    let mut integrations: HashMap<String, u64> = HashMap::new();
    for row in &found {
        let count = unsigned(row.get("count"));
        let named = |column: &str| names.get(&id_in(row, column)?).cloned();
        // One bit for each column, set where it was not grouped by.
        match row.get::<i32, _>("which") {
            0b01111 => facets.outcomes.push((read_outcome(row.get("outcome")), count)),
            0b10111 => facets.routes.extend(named("route").map(|name| (name, count))),
            0b11011 => {
                let origin = OriginId(row.get::<Option<i32>, _>("origin").unwrap_or_default());
                let name = scene.origins.get(&origin).map(|origin| origin.integration.clone());
                *integrations.entry(name.unwrap_or_default()).or_default() += count;
            }
            0b11101 => facets.classes.extend(named("class").map(|name| (name, count))),
            0b11110 => facets.nodes.extend(named("node").map(|name| (name, count))),
            _ => facets.total = count,
        }
    }
    facets.integrations = integrations.into_iter().collect();
    for list in
        [&mut facets.routes, &mut facets.integrations, &mut facets.classes, &mut facets.nodes]
    {
        list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    }
    facets.outcomes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    facets.is_exact = plan.exact && facets.total < unsigned(FACET_ROWS);
    Ok(facets)
}

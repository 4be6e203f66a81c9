//! Which routes there are, as the tracers of workloads told: the shape of each, by who runs it.
//!
//! A row is one structure of a route in one origin (a deployment), written when it was first seen and never changed. What
//! runs now is what the newest origin of an integration in an environment told; older origins stay for their messages.
//! How a shape is packed, and counts of routes, are in [`super::rollup`].

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::Row as _;

use super::rollup::{Route, unpack_route};
use super::{NameId, OriginId, signed};
use crate::time::Time;
use crate::{Error, Tx};

/// More routes than any screen draws; a workload of a thousand routes is one of the largest that Camel users report.
const MOST: i64 = 5_000;

/// When each of these origins last told of a new route; origins that told of none are absent.
pub async fn told_at(
    tx: &mut Tx,
    origins: &[OriginId],
) -> Result<HashMap<OriginId, Timestamp>, Error> {
    let origins: Vec<i32> = origins.iter().map(|id| id.0).collect();
    let rows = sqlx::query(
        "SELECT origin, max(seen_at) AS seen_at FROM telemetry_route
        WHERE org_id = $1 AND origin = ANY ($2) GROUP BY origin",
    )
    .bind(tx.organization().0)
    .bind(&origins)
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("find who told of routes"))?;
    let read = |row: &sqlx::postgres::PgRow| {
        (OriginId(row.get("origin")), Timestamp::from(row.get::<Time, _>("seen_at")))
    };
    Ok(rows.iter().map(read).collect())
}

/// The newest shape of each route of these origins; of `structure`, where that one is among them.
pub async fn shapes(
    tx: &mut Tx,
    origins: &[OriginId],
    structure: Option<u64>,
) -> Result<Vec<(OriginId, NameId, Route)>, Error> {
    let origins: Vec<i32> = origins.iter().map(|id| id.0).collect();
    let rows = sqlx::query(
        "SELECT DISTINCT ON (origin, route) origin, route, packed FROM telemetry_route
        WHERE org_id = $1 AND origin = ANY ($2)
        ORDER BY origin, route, structure IS NOT DISTINCT FROM $3::bigint DESC, seen_at DESC LIMIT $4",
    )
    .bind(tx.organization().0)
    .bind(&origins)
    .bind(structure.map(signed))
    .bind(MOST)
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("read the shapes of routes"))?;
    rows.iter()
        .map(|row| {
            let shape = unpack_route(row.get("packed")).map_err(|err| Error::Unreadable {
                what: "shape of a route",
                value: err.to_string(),
            })?;
            Ok((OriginId(row.get("origin")), NameId(row.get("route")), shape))
        })
        .collect()
}

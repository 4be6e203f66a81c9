//! Routes held back by people, one row for each that was ever touched.

use std::collections::BTreeMap;

use domain::id::WorkloadId;
use domain::route_hold::RouteState;
use jiff::Timestamp;
use sqlx::Row as _;

use crate::time::Time;
use crate::{Error, Tx};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteHold {
    pub workload: WorkloadId,
    pub route: String,
    pub state: RouteState,
    pub revision: u64,
    /// Who asked for it, as people read it.
    pub by: String,
    pub at: Timestamp,
}

/// Sets the state of a route and returns its revision. The caller holds the workload's row.
pub async fn put(
    tx: &mut Tx,
    workload: WorkloadId,
    route: &str,
    state: RouteState,
    by: &str,
    now: Timestamp,
) -> Result<u64, Error> {
    let revision: i64 = sqlx::query_scalar(
        "INSERT INTO route_hold (org_id, workload_id, route, state, revision, changed_by, changed_by_label, changed_at)
        SELECT $1, $2, $3, $4, greatest($8, 1 + coalesce(max(revision), 0)), $5, $6, $7
        FROM route_hold WHERE org_id = $1 AND workload_id = $2
        ON CONFLICT ON CONSTRAINT route_hold_pkey DO UPDATE SET state = excluded.state, revision = excluded.revision,
            changed_by = excluded.changed_by, changed_by_label = excluded.changed_by_label, changed_at = excluded.changed_at
        RETURNING revision",
    )
    .bind(tx.organization().0)
    .bind(workload.0)
    .bind(route)
    .bind(state.as_str())
    .bind(tx.actor().0)
    .bind(by)
    .bind(Time::from(now))
    // Rows are deleted again when there is no such route; time alone keeps the numbers growing then.
    .bind(now.as_microsecond())
    .fetch_one(tx.connection())
    .await
    .map_err(Error::doing("hold a route"))?;
    Ok(revision.unsigned_abs())
}

/// There is no such route. A later word about it stays.
pub async fn forget(
    tx: &mut Tx,
    workload: WorkloadId,
    route: &str,
    revision: u64,
) -> Result<(), Error> {
    sqlx::query(
        "DELETE FROM route_hold WHERE org_id = $1 AND workload_id = $2 AND route = $3 AND revision = $4",
    )
    .bind(tx.organization().0)
    .bind(workload.0)
    .bind(route)
    .bind(i64::try_from(revision).unwrap_or(i64::MAX))
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("forget a route"))
}

/// All of the organization, by workload and by name.
pub async fn list(tx: &mut Tx) -> Result<BTreeMap<WorkloadId, Vec<RouteHold>>, Error> {
    let rows = sqlx::query(
        "SELECT workload_id, route, state, revision, changed_by_label, changed_at FROM route_hold
        WHERE org_id = $1 ORDER BY workload_id, route",
    )
    .bind(tx.organization().0)
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list the routes that are held"))?;
    let mut all: BTreeMap<WorkloadId, Vec<RouteHold>> = BTreeMap::new();
    for row in rows {
        let state: String = row.get("state");
        let hold = RouteHold {
            workload: WorkloadId(row.get("workload_id")),
            route: row.get("route"),
            state: RouteState::parse(&state)
                .ok_or(Error::Unreadable { what: "state of a route", value: state })?,
            revision: row.get::<i64, _>("revision").unsigned_abs(),
            by: row.get("changed_by_label"),
            at: row.get::<Time, _>("changed_at").into(),
        };
        all.entry(hold.workload).or_default().push(hold);
    }
    Ok(all)
}

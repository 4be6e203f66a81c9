//! What is recorded of messages, as each layer says it.
//!
//! Settings are a JSON value here; `control::app::capture` reads and writes it, `domain::capture` says what it means.

use domain::capture::Level;
use domain::id::{EnvironmentId, ProjectId};
use jiff::Timestamp;
use serde_json::Value;
use sqlx::Row as _;

use crate::time::Time;
use crate::{Error, Tx};

/// Which layer; nil ids and empty texts stand for "all".
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    pub environment: EnvironmentId,
    pub project: ProjectId,
    pub integration: String,
    pub route: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    pub place: Place,
    pub settings: Value,
    pub window: Option<(Level, Timestamp)>,
    pub changed_at: Timestamp,
}

/// Every layer of the organization, the least exact first.
pub async fn list(tx: &mut Tx) -> Result<Vec<Layer>, Error> {
    let rows = sqlx::query(
        "SELECT environment_id, project_id, integration, route, settings, window_level, window_until, changed_at FROM capture
        WHERE org_id = $1 ORDER BY route <> '', integration <> '', project_id, environment_id, integration, route",
    )
    .bind(tx.organization().0)
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list what is captured"))?;
    rows.iter()
        .map(|row| {
            let level: Option<String> = row.get("window_level");
            let until: Option<Time> = row.get("window_until");
            let window = match (level, until) {
                (Some(level), Some(until)) => {
                    let level = Level::parse(&level)
                        .ok_or(Error::Unreadable { what: "a level of capture", value: level })?;
                    Some((level, until.into()))
                }
                _ => None,
            };
            Ok(Layer {
                place: Place {
                    environment: EnvironmentId(row.get("environment_id")),
                    project: ProjectId(row.get("project_id")),
                    integration: row.get("integration"),
                    route: row.get("route"),
                },
                settings: row.get("settings"),
                window,
                changed_at: row.get::<Time, _>("changed_at").into(),
            })
        })
        .collect()
}

/// Sets what a layer says, leaving its window alone.
pub async fn put(
    tx: &mut Tx,
    place: &Place,
    settings: &Value,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO capture (org_id, environment_id, project_id, integration, route, settings, changed_at, changed_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT ON CONSTRAINT capture_pkey DO UPDATE
        SET settings = excluded.settings, changed_at = excluded.changed_at, changed_by = excluded.changed_by",
    )
    .bind(tx.organization().0)
    .bind(place.environment.0)
    .bind(place.project.0)
    .bind(&place.integration)
    .bind(&place.route)
    .bind(settings)
    .bind(Time::from(now))
    .bind(tx.actor().0)
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("set what is captured"))
}

/// Opens a window, or closes it with `None`.
pub async fn put_window(
    tx: &mut Tx,
    place: &Place,
    window: Option<(Level, Timestamp)>,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO capture (org_id, environment_id, project_id, integration, route, settings, window_level, window_until,
            changed_at, changed_by)
        VALUES ($1, $2, $3, $4, $5, '{}', $6, $7, $8, $9)
        ON CONFLICT ON CONSTRAINT capture_pkey DO UPDATE
        SET window_level = excluded.window_level, window_until = excluded.window_until,
            changed_at = excluded.changed_at, changed_by = excluded.changed_by",
    )
    .bind(tx.organization().0)
    .bind(place.environment.0)
    .bind(place.project.0)
    .bind(&place.integration)
    .bind(&place.route)
    .bind(window.map(|(level, _)| level.as_str()))
    .bind(window.map(|(_, until)| Time::from(until)))
    .bind(Time::from(now))
    .bind(tx.actor().0)
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("open a window of capture"))
}

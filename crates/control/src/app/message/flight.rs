//! What is being worked on now: asked of the tracers, over the data connection of each runner. Nothing of it is stored.
//!
//! A runtime that does not answer is said beside the list; the others are shown.

use std::time::Duration;

use domain::permission::Permission;
use futures::StreamExt as _;
use serde::Deserialize;

use crate::app::Error;
use crate::ctx::Ctx;
use crate::link_server::LinkServer;

/// Runtimes asked at once; each answers within a second or is left out.
const AT_ONCE: usize = 16;
/// A tracer that works answers in milliseconds.
const PATIENCE: Duration = Duration::from_secs(3);
/// Rows of one answer: the oldest are what one looks for.
const MOST: usize = 200;

/// As a runner writes it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Flight {
    #[serde(skip)]
    pub integration: String,
    #[serde(skip)]
    pub environment: String,
    pub id: String,
    pub route: Option<String>,
    pub node: Option<String>,
    pub started_us: u64,
    pub age_us: u64,
    pub node_age_us: u64,
    pub thread: String,
    pub steps: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    total: u64,
    oldest: Vec<Flight>,
}

#[derive(Clone, Debug, Default)]
pub struct Flights {
    pub list: Vec<Flight>,
    pub total: u64,
    pub notes: Vec<String>,
}

pub async fn list(
    ctx: &Ctx,
    link: &LinkServer,
    integration: Option<String>,
    environment: Option<String>,
) -> Result<Flights, Error> {
    let mut tx = ctx.begin().await?;
    let mut asked = Vec::new();
    for workload in store::workload::list(&mut tx).await? {
        let Some(found) = store::integration::find(&mut tx, workload.integration).await? else {
            continue;
        };
        let Some(place) = store::environment::find(&mut tx, workload.environment).await? else {
            continue;
        };
        let is =
            |wanted: &Option<String>, name: &str| wanted.as_deref().is_none_or(|it| it == name);
        if is(&integration, &found.name)
            && is(&environment, &place.name)
            && ctx.may_in(Permission::ReadMessage, found.project, workload.environment)
        {
            asked.push((workload.runtime, workload.id, found.name, place.name));
        }
    }
    drop(tx);
    let organization = ctx.organization();
    let answers = futures::stream::iter(asked).map(|(runtime, workload, name, place)| async move {
        let asking = link.in_flight(organization, runtime, workload);
        let answer = tokio::time::timeout(PATIENCE, asking).await;
        (
            name,
            place,
            answer.unwrap_or_else(|_| {
                Err(Error::unavailable("MP-LINK-07", "its runtime does not answer"))
            }),
        )
    });
    let mut answers = answers.buffer_unordered(AT_ONCE);
    let mut flights = Flights::default();
    while let Some((name, place, answer)) = answers.next().await {
        match answer {
            Ok(tracers) => {
                for tracer in tracers {
                    let Ok(answer) = serde_json::from_value::<Answer>(tracer) else { continue };
                    flights.total += answer.total;
                    flights.list.extend(answer.oldest.into_iter().map(|flight| Flight {
                        integration: name.clone(),
                        environment: place.clone(),
                        ..flight
                    }));
                }
            }
            Err(err) => flights.notes.push(format!("{name} in {place}: {err} ({})", err.code())),
        }
    }
    flights.list.sort_by_key(|flight| std::cmp::Reverse(flight.age_us));
    flights.list.truncate(MOST);
    flights.notes.sort_unstable();
    Ok(flights)
}

//! Figures of routes: heat of each node, rate, errors and latency over time, accounts.
//!
//! All of them come from counts that are never sampled.

use std::collections::HashMap;

use domain::permission::Permission;
use jiff::{SignedDuration, Timestamp};
use store::Tx;
use store::telemetry::rollup::{self, Period, Sum};
use store::telemetry::search::Scene;
use store::telemetry::{NameId, OriginId, log, name};

use super::{may_see, scene};
use crate::app::Error;
use crate::ctx::Ctx;

/// A chart has no more points than a screen has columns.
const MOST_POINTS: u64 = 2_000;

/// What to look at.
#[derive(Clone, Debug, Default)]
pub struct Of {
    pub environment: Option<String>,
    pub integration: Option<String>,
    pub route: Option<String>,
}

impl Of {
    pub(super) fn origins(&self, scene: &Scene) -> Vec<OriginId> {
        let is =
            |wanted: &Option<String>, text: &str| wanted.as_deref().is_none_or(|it| it == text);
        scene
            .origins
            .iter()
            .filter(|(_, origin)| {
                is(&self.environment, &origin.environment)
                    && is(&self.integration, &origin.integration)
            })
            .map(|(id, _)| *id)
            .collect()
    }
}

pub(super) fn period(from: Timestamp, to: Timestamp) -> Result<Period, Error> {
    let us = |at: Timestamp| u64::try_from(at.as_microsecond()).unwrap_or(0);
    if from >= to {
        return Err(Error::invalid("MP-API-10", "`from` is not before `to`"));
    }
    Ok(Period { from_us: us(from), to_us: us(to) })
}

pub(super) fn now_us(ctx: &Ctx) -> u64 {
    u64::try_from(ctx.now().as_microsecond()).unwrap_or(0)
}

async fn route(tx: &mut Tx, text: &str) -> Result<Option<NameId>, Error> {
    let known = name::find(tx, &[(name::Kind::Route, name::cut(text))]).await?;
    Ok(known.into_values().next())
}

/// A node of a heat map; `node` is `None` for the route as a whole.
#[derive(Clone, Debug)]
pub struct Heat {
    pub node: Option<String>,
    pub kind: Option<String>,
    pub label: Option<String>,
    pub sum: Sum,
}

/// What went through each node of a route, in the order of the route where it is known.
pub async fn heat(ctx: &Ctx, of: &Of, from: Timestamp, to: Timestamp) -> Result<Vec<Heat>, Error> {
    let period = period(from, to)?;
    let mut tx = ctx.begin().await?;
    let scene = scene(ctx, &mut tx).await?;
    let origins = of.origins(&scene);
    let Some(id) = route(&mut tx, of.route.as_deref().unwrap_or_default()).await? else {
        return Ok(Vec::new());
    };
    let sums = rollup::heat(&mut tx, &origins, id, period, now_us(ctx)).await?;
    let names = name::texts(&mut tx, &sums.keys().copied().collect::<Vec<_>>()).await?;
    let shape = rollup::route(&mut tx, &origins, id, None).await?.unwrap_or_default();
    let place: HashMap<&str, usize> =
        shape.nodes.iter().enumerate().map(|(at, node)| (node.node.as_str(), at)).collect();
    let mut heat: Vec<Heat> = sums
        .into_iter()
        .map(|(id, sum)| {
            let node = names.get(&id).cloned();
            let known =
                node.as_deref().and_then(|node| place.get(node)).map(|at| &shape.nodes[*at]);
            Heat {
                kind: known.map(|node| node.kind.clone()),
                label: known.and_then(|node| node.label.clone()),
                node,
                sum,
            }
        })
        .collect();
    heat.sort_by_key(|heat| {
        heat.node
            .as_deref()
            .map(|node| (place.get(node).copied().unwrap_or(usize::MAX), node.to_owned()))
    });
    Ok(heat)
}

/// Rate, errors and latency: one point for each step that counted something.
pub async fn series(
    ctx: &Ctx,
    of: &Of,
    from: Timestamp,
    to: Timestamp,
    step: SignedDuration,
) -> Result<Vec<(Timestamp, Sum)>, Error> {
    let period = period(from, to)?;
    let step_us = u64::try_from(step.as_micros()).unwrap_or(0).max(60_000_000);
    if (period.to_us - period.from_us) / step_us > MOST_POINTS {
        let message = format!("at most {MOST_POINTS} points; ask for a wider step");
        return Err(Error::invalid("MP-API-10", message));
    }
    let mut tx = ctx.begin().await?;
    let scene = scene(ctx, &mut tx).await?;
    let origins = of.origins(&scene);
    let id = match of.route.as_deref() {
        None => None,
        Some(text) => match route(&mut tx, text).await? {
            None => return Ok(Vec::new()),
            known => known,
        },
    };
    let points = rollup::series(&mut tx, &origins, id, period, step_us, now_us(ctx)).await?;
    Ok(points
        .into_iter()
        .filter_map(|(us, sum)| {
            let at = Timestamp::from_microsecond(i64::try_from(us).ok()?).ok()?;
            Some((at, sum))
        })
        .collect())
}

/// What became of the records of a period.
pub async fn accounts(
    ctx: &Ctx,
    of: &Of,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<log::Account>, Error> {
    let period = period(from, to)?;
    let mut tx = ctx.begin().await?;
    let mut scene = scene(ctx, &mut tx).await?;
    scene.origins.retain(|_, origin| may_see(ctx, Permission::ReadMessage, origin));
    Ok(log::accounts(&mut tx, &of.origins(&scene), period).await?)
}

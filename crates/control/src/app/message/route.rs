//! Routes as their tracers told of them: what a diagram draws, and what went through each.
//!
//! ```text
//! routes of an integration -> the newest origin of each (integration, environment) -> shapes + counts of all its origins
//! routes of a message      -> its own origin, its own route in the structure that it ran
//! ```
//! A tracer tells a route's shape once for each structure, in Camel's own order and with Camel's own ids, so it is the same
//! for every language a route can be written in, and for applications that were not deployed from here.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use store::Tx;
use store::telemetry::rollup::{self, Node, Sum};
use store::telemetry::search::Scene;
use store::telemetry::{NameId, OriginId, name, route};

use super::series::{Of, now_us, period};
use super::{found, scene};
use crate::app::Error;
use crate::ctx::Ctx;

/// A route with the nodes that it is made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shape {
    pub name: String,
    pub from: Option<String>,
    pub description: Option<String>,
    pub nodes: Vec<Node>,
}

/// A route of an integration in an environment, with what went through it.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    pub integration: String,
    pub environment: String,
    pub shape: Shape,
    pub sum: Sum,
}

/// Where a route is, for lists: integration, environment, name.
type Place = (String, String, NameId);

/// Routes that run now, or that something went through in the period; by integration, environment and name.
pub async fn list(ctx: &Ctx, of: &Of, from: Timestamp, to: Timestamp) -> Result<Vec<Shown>, Error> {
    let period = period(from, to)?;
    let mut tx = ctx.begin().await?;
    let scene = scene(ctx, &mut tx).await?;
    let origins = of.origins(&scene);
    let newest = newest(&mut tx, &scene, &origins).await?;
    let mut routes: BTreeMap<Place, (rollup::Route, Sum)> = BTreeMap::new();
    for (origin, name, shape) in route::shapes(&mut tx, &newest, None).await? {
        if let Some(place) = place(&scene, origin, name) {
            routes.entry(place).or_default().0 = shape;
        }
    }
    for ((origin, name), sum) in rollup::totals(&mut tx, &origins, period, now_us(ctx)).await? {
        if let Some(place) = place(&scene, origin, name) {
            routes.entry(place).or_default().1.merge(&sum);
        }
    }
    let ids: Vec<NameId> = routes.keys().map(|(_, _, name)| *name).collect();
    let names = name::texts(&mut tx, &ids).await?;
    let mut shown: Vec<Shown> = routes
        .into_iter()
        .filter_map(|((integration, environment, id), (route, sum))| {
            let shape = shape(names.get(&id)?, route);
            Some(Shown { integration, environment, shape, sum })
        })
        .filter(|one| of.route.as_ref().is_none_or(|wanted| *wanted == one.shape.name))
        .collect();
    shown.sort_by(|a, b| {
        let key = |one: &Shown| {
            (one.integration.clone(), one.environment.clone(), one.shape.name.clone())
        };
        key(a).cmp(&key(b))
    });
    Ok(shown)
}

fn place(scene: &Scene, origin: OriginId, name: NameId) -> Option<Place> {
    let origin = scene.origins.get(&origin)?;
    Some((origin.integration.clone(), origin.environment.clone(), name))
}

/// The origin of each integration in each environment that told of a route last.
async fn newest(tx: &mut Tx, scene: &Scene, origins: &[OriginId]) -> Result<Vec<OriginId>, Error> {
    let told_at = route::told_at(tx, origins).await?;
    let mut newest: HashMap<(&str, &str), (Timestamp, OriginId)> = HashMap::new();
    for (id, at) in told_at {
        let Some(origin) = scene.origins.get(&id) else { continue };
        let place = (origin.integration.as_str(), origin.environment.as_str());
        let known = newest.entry(place).or_insert((at, id));
        *known = (*known).max((at, id));
    }
    Ok(newest.into_values().map(|(_, id)| id).collect())
}

/// The routes that a message may have passed: those of the release that it ran on, its own first.
pub async fn of_message(ctx: &Ctx, text: &str) -> Result<Vec<Shape>, Error> {
    let mut tx = ctx.begin().await?;
    let scene = scene(ctx, &mut tx).await?;
    let found = found(ctx, &mut tx, &scene, text, 0, 0).await?;
    let structure = u64::from_str_radix(found.name(found.detail.run.structure), 16).ok();
    let shapes = route::shapes(&mut tx, &[found.origin], structure).await?;
    let ids: Vec<NameId> = shapes.iter().map(|(_, id, _)| *id).collect();
    let names = name::texts(&mut tx, &ids).await?;
    let mut shapes: Vec<Shape> = shapes
        .into_iter()
        .filter_map(|(_, id, route)| Some(shape(names.get(&id)?, route)))
        .collect();
    shapes.sort_by_key(|one| (one.name != found.route, one.name.clone()));
    Ok(shapes)
}

fn shape(name: &str, route: rollup::Route) -> Shape {
    let rollup::Route { from, description, nodes } = route;
    Shape { name: name.to_owned(), from, description, nodes }
}

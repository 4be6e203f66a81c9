//! Routes in the API: their nodes as a tree, and what went through them.

use async_graphql::{Context, Object, SimpleObject};
use domain::permission::Permission as P;

use super::permission::{Fields, fields, whole};
use super::series::{MessageSum, instant};
use super::to_gql;
use crate::app::message::route;
use crate::app::message::series::Of;
use crate::ctx::Ctx;

pub(crate) const FIELDS: &[Fields] = &[
    fields("Query", &["routes", "messageRoutes"], P::ReadMessage),
    whole("Route", P::ReadMessage),
    whole("RouteShape", P::ReadMessage),
    whole("RouteNode", P::ReadMessage),
];

/// A node of a route; in a list, each stands behind the one that it is in.
#[derive(SimpleObject)]
pub struct RouteNode {
    /// As steps and `routeHeat` name it.
    pub node: String,
    pub kind: String,
    pub label: Option<String>,
    /// The place of the node around it, from 1; 0 at the top.
    pub parent: u32,
    /// Where it is written, 0 when nobody knows.
    pub line: u32,
}

/// What a route is made of.
#[derive(SimpleObject)]
pub struct RouteShape {
    pub name: String,
    pub from: Option<String>,
    pub description: Option<String>,
    /// Empty when no tracer told of it.
    pub nodes: Vec<RouteNode>,
}

/// A route of an integration in an environment.
#[derive(SimpleObject)]
pub struct Route {
    pub name: String,
    pub integration: String,
    pub environment: String,
    pub from: Option<String>,
    pub description: Option<String>,
    /// Empty when no tracer told of it.
    pub nodes: Vec<RouteNode>,
    /// What went through it in the period.
    pub sum: MessageSum,
}

impl From<store::telemetry::rollup::Node> for RouteNode {
    fn from(row: store::telemetry::rollup::Node) -> Self {
        let store::telemetry::rollup::Node { node, kind, parent, label, line } = row;
        Self { node, kind, label, parent, line }
    }
}

fn nodes(rows: Vec<store::telemetry::rollup::Node>) -> Vec<RouteNode> {
    rows.into_iter().map(RouteNode::from).collect()
}

impl From<route::Shape> for RouteShape {
    fn from(shape: route::Shape) -> Self {
        let route::Shape { name, from, description, nodes: rows } = shape;
        Self { name, from, description, nodes: nodes(rows) }
    }
}

impl From<route::Shown> for Route {
    fn from(shown: route::Shown) -> Self {
        let route::Shown { integration, environment, shape, sum } = shown;
        let route::Shape { name, from, description, nodes: rows } = shape;
        let sum = MessageSum::from(&sum);
        Self { name, integration, environment, from, description, nodes: nodes(rows), sum }
    }
}

#[derive(Default)]
pub struct RouteQuery;

#[Object]
impl RouteQuery {
    /// Routes that run now, as their tracers told, or that something went through in the period.
    async fn routes(
        &self,
        gql: &Context<'_>,
        integration: Option<String>,
        environment: Option<String>,
        route: Option<String>,
        from: String,
        to: String,
    ) -> async_graphql::Result<Vec<Route>> {
        let ctx = gql.data::<Ctx>()?;
        let of = Of { environment, integration, route };
        let rows = route::list(ctx, &of, instant(&from)?, instant(&to)?).await.map_err(to_gql)?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// The routes of the release that a message ran on, its own first, as they were then.
    async fn message_routes(
        &self,
        gql: &Context<'_>,
        id: String,
    ) -> async_graphql::Result<Vec<RouteShape>> {
        let ctx = gql.data::<Ctx>()?;
        let shapes = route::of_message(ctx, &id).await.map_err(to_gql)?;
        Ok(shapes.into_iter().map(Into::into).collect())
    }
}

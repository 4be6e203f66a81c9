//! Routes stopped, suspended, started and resumed, in the API.

use async_graphql::{Context, Enum, Object, SimpleObject};
use domain::permission::Permission as P;
use domain::route_hold::Action;

use super::permission::{Fields, fields, whole};
use super::to_gql;
use crate::app::deployment::operate::Wanted;
use crate::app::route_hold;
use crate::ctx::Ctx;

pub(crate) const FIELDS: &[Fields] = &[
    fields("Mutation", &["holdRoute"], P::OperateWorkload),
    whole("RouteHold", P::ReadIntegration),
    whole("RouteHoldAsked", P::OperateWorkload),
];

#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub enum RouteAction {
    Stop,
    Start,
    Suspend,
    Resume,
}

impl From<RouteAction> for Action {
    fn from(action: RouteAction) -> Self {
        match action {
            RouteAction::Stop => Self::Stop,
            RouteAction::Start => Self::Start,
            RouteAction::Suspend => Self::Suspend,
            RouteAction::Resume => Self::Resume,
        }
    }
}

/// The state that somebody asked of a route; it is kept until somebody asks for another.
#[derive(SimpleObject)]
pub struct RouteHold {
    pub route: String,
    /// `started`, `stopped` or `suspended`.
    pub state: String,
    pub by: String,
    pub at: String,
}

impl From<store::route_hold::RouteHold> for RouteHold {
    fn from(row: store::route_hold::RouteHold) -> Self {
        let store::route_hold::RouteHold { workload: _, route, state, revision: _, by, at } = row;
        Self { route, state: state.as_str().to_owned(), by, at: at.to_string() }
    }
}

#[derive(SimpleObject)]
pub struct RouteHoldAsked {
    pub hold: RouteHold,
    /// Camel's word for what the route is now; null: its workload does not run, or its runtime did not answer yet.
    pub now: Option<String>,
}

#[derive(Default)]
pub struct RouteHoldMutation;

#[Object]
impl RouteHoldMutation {
    /// Stops, suspends, starts or resumes one route, and keeps it so over restarts and updates.
    async fn hold_route(
        &self,
        gql: &Context<'_>,
        integration: String,
        project: Option<String>,
        environment: Option<String>,
        route: String,
        action: RouteAction,
    ) -> async_graphql::Result<RouteHoldAsked> {
        let ctx = gql.data::<Ctx>()?;
        let (project, environment) = (project.as_deref(), environment.as_deref());
        let wanted = Wanted { project, integration: &integration, environment };
        let asked = route_hold::hold(ctx, wanted, &route, action.into()).await.map_err(to_gql)?;
        Ok(RouteHoldAsked { hold: asked.hold.into(), now: asked.now })
    }
}

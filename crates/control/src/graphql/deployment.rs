//! Deployments in the API: their phases as they happen, and the verbs that ask for one.

use async_graphql::{ComplexObject, Context, ID, Object, SimpleObject, Subscription};
use domain::permission::Permission as P;
use futures::{Stream, StreamExt as _};

use super::changes::changes;
use super::integration::Workload;
use super::permission::{Fields, fields, whole};
use super::release::{MOST, Release, bad_id};
use super::series::number;
use super::to_gql;
use crate::app::deployment::operate::{self, Wanted};
use crate::app::deployment::{TOPIC, open_failures, read};
use crate::app::{Error, integration, release};
use crate::ctx::Ctx;

pub(crate) const FIELDS: &[Fields] = &[
    fields("Query", &["deployments", "deployment"], P::ReadDeployment),
    fields("Mutation", &["rollback", "resume"], P::Deploy),
    fields("Mutation", &["start", "stop", "restart"], P::OperateWorkload),
    fields("Subscription", &["deployments"], P::ReadDeployment),
    whole("Deployment", P::ReadDeployment),
    fields("Deployment", &["openFailures"], P::ReadMessage),
    whole("OpenFailures", P::ReadMessage),
    whole("DeploymentConnection", P::ReadDeployment),
    whole("DeploymentPhase", P::ReadDeployment),
];

/// One step of a deployment.
#[derive(Clone, SimpleObject)]
pub struct DeploymentPhase {
    pub phase: String,
    pub at: String,
    pub code: Option<String>,
    pub reason: Option<String>,
    /// The last lines of a start that failed.
    pub log: Vec<String>,
}

/// Open failures of a route that a deployment changed.
#[derive(SimpleObject)]
pub struct OpenFailures {
    /// Another one than was deployed, where the route calls that.
    pub integration: String,
    pub route: String,
    pub count: i64,
    /// The newest one that can be tried.
    pub last: ID,
    /// The end of its id, as every command takes it.
    pub short: String,
}

impl From<open_failures::OpenFailures> for OpenFailures {
    fn from(open: open_failures::OpenFailures) -> Self {
        let open_failures::OpenFailures { integration, route, count, last, short } = open;
        Self { integration, route, count: number(count), last: ID(last.to_string()), short }
    }
}

/// One release asked to run in one environment.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Deployment {
    #[graphql(skip)]
    row: store::deployment::Deployment,
    pub id: ID,
    pub integration: String,
    pub environment: String,
    pub generation: u64,
    pub release: Release,
    /// `push`, `rollback`, `resume`, `configuration`, `start`, `environment` or `promotion`.
    pub cause: String,
    pub phase: String,
    pub code: Option<String>,
    pub reason: Option<String>,
    pub url: Option<String>,
    pub phases: Vec<DeploymentPhase>,
    pub created_at: String,
    pub ended_at: Option<String>,
}

impl From<read::Shown> for Deployment {
    fn from(shown: read::Shown) -> Self {
        let read::Shown { deployment: row, integration, environment, release, phases } = shown;
        let log = row.log.clone();
        let phases = phases.into_iter().map(|one| DeploymentPhase {
            log: if one.phase == row.phase { log.clone() } else { Vec::new() },
            phase: one.phase.as_str().to_owned(),
            at: one.at.to_string(),
            code: one.code,
            reason: one.reason,
        });
        Self {
            id: ID(row.id.to_string()),
            release: Release::from(release::show_named(release, &integration)),
            integration,
            environment,
            generation: row.generation,
            cause: row.cause.as_str().to_owned(),
            phase: row.phase.as_str().to_owned(),
            code: row.code.clone(),
            reason: row.reason.clone(),
            url: row.url.clone(),
            phases: phases.collect(),
            created_at: row.created_at.to_string(),
            ended_at: row.ended_at.map(|at| at.to_string()),
            row,
        }
    }
}

#[ComplexObject]
impl Deployment {
    /// Of the routes that it changed, or that call what it changed: what may be worth a try now. Empty while it is not ready.
    async fn open_failures(&self, gql: &Context<'_>) -> async_graphql::Result<Vec<OpenFailures>> {
        let ctx = gql.data::<Ctx>()?;
        let open = open_failures::list(ctx, &self.row).await.map_err(to_gql)?;
        Ok(open.into_iter().map(OpenFailures::from).collect())
    }
}

#[derive(SimpleObject)]
pub struct DeploymentConnection {
    pub nodes: Vec<Deployment>,
    /// Give it as `after` for older ones; null at the end.
    pub next: Option<String>,
}

#[derive(Default)]
pub struct DeploymentQuery;

#[Object]
impl DeploymentQuery {
    /// The newest first. `integration` by id, `environment` by name.
    async fn deployments(
        &self,
        gql: &Context<'_>,
        integration: Option<ID>,
        environment: Option<String>,
        #[graphql(default = 50)] first: u32,
        after: Option<String>,
    ) -> async_graphql::Result<DeploymentConnection> {
        let ctx = gql.data::<Ctx>()?;
        let integration = integration.map(|id| id.parse()).transpose().map_err(|_| bad_id())?;
        let before = after.map(|cursor| cursor.parse()).transpose().map_err(|_| bad_id())?;
        let first = first.min(MOST);
        let rows = read::list(ctx, integration, environment.as_deref(), before, first);
        let rows = rows.await.map_err(to_gql)?;
        let next = rows.last().map(|row| row.deployment.id.to_string());
        let full = rows.len() == usize::try_from(first).unwrap_or(usize::MAX);
        let nodes = rows.into_iter().map(Deployment::from).collect();
        Ok(DeploymentConnection { nodes, next: next.filter(|_| full) })
    }

    async fn deployment(
        &self,
        gql: &Context<'_>,
        id: ID,
    ) -> async_graphql::Result<Option<Deployment>> {
        let ctx = gql.data::<Ctx>()?;
        let id = id.parse().map_err(|_| bad_id())?;
        read::find(ctx, id).await.map(|row| row.map(Deployment::from)).map_err(to_gql)
    }
}

async fn made(ctx: &Ctx, id: domain::id::DeploymentId) -> async_graphql::Result<Deployment> {
    let row = read::find(ctx, id).await.map_err(to_gql)?;
    row.map(Deployment::from).ok_or_else(|| to_gql(Error::not_found("deployment")))
}

async fn workload(ctx: &Ctx, id: domain::id::WorkloadId) -> async_graphql::Result<Workload> {
    let found = integration::find_workload(ctx, id).await.map_err(to_gql)?;
    found.map(Workload::from).ok_or_else(|| to_gql(Error::not_found("workload")))
}

#[derive(Default)]
pub struct DeploymentMutation;

#[Object]
impl DeploymentMutation {
    /// Deploys an older release (`to`: the beginning of its commit; else the one that ran before) and holds it.
    async fn rollback(
        &self,
        gql: &Context<'_>,
        integration: String,
        project: Option<String>,
        environment: Option<String>,
        to: Option<String>,
    ) -> async_graphql::Result<Deployment> {
        let ctx = gql.data::<Ctx>()?;
        let wanted = wanted(&integration, project.as_deref(), environment.as_deref());
        let row = operate::rollback(ctx, wanted, to.as_deref()).await.map_err(to_gql)?;
        made(ctx, row.id).await
    }

    /// Ends a hold and deploys the newest release.
    async fn resume(
        &self,
        gql: &Context<'_>,
        integration: String,
        project: Option<String>,
        environment: Option<String>,
    ) -> async_graphql::Result<Deployment> {
        let ctx = gql.data::<Ctx>()?;
        let wanted = wanted(&integration, project.as_deref(), environment.as_deref());
        let row = operate::resume(ctx, wanted).await.map_err(to_gql)?;
        made(ctx, row.id).await
    }

    async fn start(
        &self,
        gql: &Context<'_>,
        integration: String,
        project: Option<String>,
        environment: Option<String>,
    ) -> async_graphql::Result<Deployment> {
        let ctx = gql.data::<Ctx>()?;
        let wanted = wanted(&integration, project.as_deref(), environment.as_deref());
        let row = operate::start(ctx, wanted).await.map_err(to_gql)?;
        made(ctx, row.id).await
    }

    /// Until `start`; commits become releases meanwhile.
    async fn stop(
        &self,
        gql: &Context<'_>,
        integration: String,
        project: Option<String>,
        environment: Option<String>,
    ) -> async_graphql::Result<Workload> {
        let ctx = gql.data::<Ctx>()?;
        let wanted = wanted(&integration, project.as_deref(), environment.as_deref());
        let id = operate::stop(ctx, wanted).await.map_err(to_gql)?;
        workload(ctx, id).await
    }

    /// The same release again, in a new process.
    async fn restart(
        &self,
        gql: &Context<'_>,
        integration: String,
        project: Option<String>,
        environment: Option<String>,
    ) -> async_graphql::Result<Workload> {
        let ctx = gql.data::<Ctx>()?;
        let wanted = wanted(&integration, project.as_deref(), environment.as_deref());
        let id = operate::restart(ctx, wanted).await.map_err(to_gql)?;
        workload(ctx, id).await
    }
}

fn wanted<'a>(
    integration: &'a str,
    project: Option<&'a str>,
    environment: Option<&'a str>,
) -> Wanted<'a> {
    Wanted { project, integration, environment }
}

#[derive(Default)]
pub struct DeploymentSubscription;

#[Subscription]
impl DeploymentSubscription {
    /// Each deployment when it is made and whenever it moves on. `integration` by id, `environment` by name.
    async fn deployments(
        &self,
        gql: &Context<'_>,
        environment: Option<String>,
        integration: Option<ID>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<Deployment>>> {
        let ctx = gql.data::<Ctx>()?.clone();
        let integration = integration.map(|id| id.0);
        let found = changes(&ctx, &[TOPIC]).filter_map(move |(_, id)| {
            let (ctx, environment, integration) =
                (ctx.clone(), environment.clone(), integration.clone());
            async move {
                let row = read::find(&ctx, domain::id::DeploymentId(id)).await;
                let row = match row {
                    Ok(row) => row?,
                    Err(err) => return Some(Err(to_gql(err))),
                };
                let meant = environment.is_none_or(|name| name == row.environment)
                    && integration.is_none_or(|id| id == row.release.integration.to_string());
                meant.then(|| Ok(Deployment::from(row)))
            }
        });
        Ok(found)
    }
}

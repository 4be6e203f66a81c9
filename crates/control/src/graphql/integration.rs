//! Integrations and their workloads in the API: the one state of each, with reason and next action.

use async_graphql::{Context, ID, Object, SimpleObject, Subscription};
use domain::permission::Permission as P;
use futures::{Stream, StreamExt as _};

use super::changes::changes;
use super::permission::{Fields, fields, whole};
use super::release::Release;
use super::route_hold::RouteHold;
use super::to_gql;
use crate::app::{deployment, integration, release, workload};
use crate::ctx::Ctx;

pub(crate) const FIELDS: &[Fields] = &[
    fields("Query", &["integrations", "integration"], P::ReadIntegration),
    fields("Subscription", &["workloads"], P::ReadIntegration),
    whole("Integration", P::ReadIntegration),
    whole("Workload", P::ReadIntegration),
    whole("WorkloadDeployment", P::ReadIntegration),
];

/// One deployable Camel workload, found in a folder of a source.
#[derive(SimpleObject)]
pub struct Integration {
    pub id: ID,
    pub name: String,
    pub project: String,
    /// The folder in the repository.
    pub path: String,
    /// What the newest commit that changed it became.
    pub newest: Option<Release>,
    pub workloads: Vec<Workload>,
}

impl From<integration::Shown> for Integration {
    fn from(shown: integration::Shown) -> Self {
        let integration::Shown { integration: row, project, newest, workloads } = shown;
        let named = |one: store::release::Release| release::show_named(one, &row.name);
        Self {
            id: ID(row.id.to_string()),
            newest: newest.map(named).map(Release::from),
            name: row.name,
            project,
            path: row.folder,
            workloads: workloads.into_iter().map(Workload::from).collect(),
        }
    }
}

/// The latest deployment of a workload, in short.
#[derive(SimpleObject)]
pub struct WorkloadDeployment {
    pub id: ID,
    pub generation: u64,
    pub phase: String,
    pub code: Option<String>,
    pub reason: Option<String>,
    pub created_at: String,
    pub ended_at: Option<String>,
}

/// An integration in an environment.
#[derive(SimpleObject)]
pub struct Workload {
    pub id: ID,
    pub integration: String,
    pub project: String,
    pub environment: String,
    pub runtime: String,
    /// `running`, `updating`, `failed`, `held`, `stopped` or `runtime_lost`.
    pub state: String,
    pub reason: Option<String>,
    pub next_action: Option<String>,
    pub url: Option<String>,
    /// What runs, or is about to.
    pub release: Option<Release>,
    pub deployment: Option<WorkloadDeployment>,
    pub held: bool,
    /// It is failed because its newest commit was refused or its last deployment failed, and what ran before goes on.
    pub keeps_running: bool,
    /// Releases that wait behind a hold.
    pub behind: u32,
    pub pid: Option<u32>,
    pub restarts: u32,
    pub memory_bytes: Option<u64>,
    pub started_at: Option<String>,
    /// Routes that somebody stopped, suspended or started, with who and when.
    pub routes: Vec<RouteHold>,
}

impl From<integration::ShownWorkload> for Workload {
    fn from(shown: integration::ShownWorkload) -> Self {
        let row = shown.workload;
        let seen = row.seen.as_ref();
        let named = |one: store::release::Release| release::show_named(one, &shown.integration);
        Self {
            id: ID(row.id.to_string()),
            release: shown.release.map(named).map(Release::from),
            integration: shown.integration.clone(),
            project: shown.project,
            environment: shown.environment.name,
            runtime: shown.runtime,
            state: shown.state.as_str().to_owned(),
            reason: shown.reason,
            next_action: shown.next_action,
            url: shown.url,
            deployment: shown.deployment.map(|one| WorkloadDeployment {
                id: ID(one.id.to_string()),
                generation: one.generation,
                phase: one.phase.as_str().to_owned(),
                code: one.code,
                reason: one.reason,
                created_at: one.created_at.to_string(),
                ended_at: one.ended_at.map(|at| at.to_string()),
            }),
            held: row.held.is_some(),
            keeps_running: shown.keeps_running,
            behind: shown.behind,
            pid: seen.and_then(|seen| seen.pid),
            restarts: seen.map_or(0, |seen| seen.restarts),
            memory_bytes: seen.and_then(|seen| seen.rss_bytes),
            started_at: seen.and_then(|seen| seen.started_at).map(|at| at.to_string()),
            routes: shown.routes.into_iter().map(RouteHold::from).collect(),
        }
    }
}

#[derive(Default)]
pub struct IntegrationQuery;

#[Object]
impl IntegrationQuery {
    /// By name; `environment` narrows their workloads.
    async fn integrations(
        &self,
        gql: &Context<'_>,
        project: Option<String>,
        environment: Option<String>,
    ) -> async_graphql::Result<Vec<Integration>> {
        let ctx = gql.data::<Ctx>()?;
        let rows = integration::list(ctx, project.as_deref(), environment.as_deref());
        Ok(rows.await.map_err(to_gql)?.into_iter().map(Integration::from).collect())
    }

    async fn integration(
        &self,
        gql: &Context<'_>,
        project: Option<String>,
        name: String,
    ) -> async_graphql::Result<Integration> {
        let ctx = gql.data::<Ctx>()?;
        let row = integration::find(ctx, project.as_deref(), &name).await.map_err(to_gql)?;
        Ok(row.into())
    }
}

#[derive(Default)]
pub struct IntegrationSubscription;

#[Subscription]
impl IntegrationSubscription {
    /// Each workload whenever something was seen of it, or its deployment moved on.
    async fn workloads(
        &self,
        gql: &Context<'_>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<Workload>>> {
        let ctx = gql.data::<Ctx>()?.clone();
        let topics = [workload::TOPIC, deployment::TOPIC];
        let found = changes(&ctx, &topics).filter_map(move |(topic, id)| {
            let ctx = ctx.clone();
            async move {
                let found = if topic == deployment::TOPIC {
                    integration::find_workload_of(&ctx, domain::id::DeploymentId(id)).await
                } else {
                    integration::find_workload(&ctx, domain::id::WorkloadId(id)).await
                };
                match found {
                    Ok(found) => found.map(|one| Ok(one.into())),
                    Err(err) => Some(Err(to_gql(err))),
                }
            }
        });
        Ok(found)
    }
}

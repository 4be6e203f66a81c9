//! Deployments as lists and pages show them, with the names around each.

use domain::id::{DeploymentId, IntegrationId, ReleaseId};
use domain::permission::Permission;
use store::Tx;
use store::deployment::Deployment;
use store::release::Release;

use crate::app::Error;
use crate::ctx::Ctx;

/// A deployment with the names around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    pub deployment: Deployment,
    pub integration: String,
    pub environment: String,
    pub release: Release,
    pub phases: Vec<store::deployment::PhaseAt>,
}

/// The newest deployments that the actor may see.
pub async fn list(
    ctx: &Ctx,
    integration: Option<IntegrationId>,
    environment: Option<&str>,
    before: Option<DeploymentId>,
    most: u32,
) -> Result<Vec<Shown>, Error> {
    let mut tx = ctx.begin().await?;
    let mut wanted = Vec::new();
    let environments = store::environment::list(&mut tx).await?;
    for workload in store::workload::list(&mut tx).await? {
        let place = environments.iter().find(|one| one.id == workload.environment);
        let meant = environment.is_none_or(|name| place.is_some_and(|one| one.name == name));
        if meant && integration.is_none_or(|id| id == workload.integration) {
            wanted.push(workload.id.0);
        }
    }
    let mut out = Vec::new();
    for deployment in store::deployment::list(&mut tx, Some(&wanted), before, most).await? {
        out.extend(show(ctx, &mut tx, deployment).await?);
    }
    Ok(out)
}

/// `None` also when the actor may not see it.
pub async fn find(ctx: &Ctx, id: DeploymentId) -> Result<Option<Shown>, Error> {
    let mut tx = ctx.begin().await?;
    match store::deployment::find(&mut tx, id).await? {
        Some(deployment) => show(ctx, &mut tx, deployment).await,
        None => Ok(None),
    }
}

async fn show(ctx: &Ctx, tx: &mut Tx, deployment: Deployment) -> Result<Option<Shown>, Error> {
    let Some(workload) = store::workload::find(tx, deployment.workload).await? else {
        return Ok(None);
    };
    let Some(integration) = store::integration::find(tx, workload.integration).await? else {
        return Ok(None);
    };
    let Some(environment) = store::environment::find(tx, workload.environment).await? else {
        return Ok(None);
    };
    if !ctx.may_in(Permission::ReadDeployment, integration.project, environment.id) {
        return Ok(None);
    }
    let release = release_of(tx, deployment.release).await?;
    let phases = store::deployment::list_phases(tx, deployment.id).await?;
    Ok(Some(Shown {
        integration: integration.name,
        environment: environment.name,
        release,
        phases,
        deployment,
    }))
}

/// Which release a deployment is of, for callers that only have the id.
pub async fn release_of(tx: &mut Tx, id: ReleaseId) -> Result<Release, Error> {
    store::release::find(tx, id).await?.ok_or_else(|| Error::not_found("release"))
}

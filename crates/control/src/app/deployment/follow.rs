//! What is deployed without anybody asking for it: a change of configuration, of a secret, of an environment, a runtime
//! that joins.
//!
//! Each is called in the transaction of its cause and makes new deployments of releases that exist already. Where nothing
//! would be different, nothing is asked, so that setting a value twice restarts nothing.

use domain::id::{EnvironmentId, IntegrationId, ProjectId, RuntimeId};
use serde_json::json;
use store::Tx;
use store::deployment::Cause;
use store::environment::Environment;
use store::integration::Integration;
use store::release::{Release, State};
use store::workload::Workload;

use super::specify::NEVER_JOINED;
use super::{Deployed, Job, deploy};
use crate::app::Error;
use crate::ctx::Ctx;
use crate::gitops::plan::Recipe;
use crate::gitops::specification;

/// Whose configuration changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Affected<'a> {
    Everything,
    Project(ProjectId),
    Integration(ProjectId, &'a str),
    /// Those that mount the secret of this name.
    Secret(&'a str),
}

impl Affected<'_> {
    fn includes(self, integration: &Integration) -> bool {
        match self {
            Self::Everything | Self::Secret(_) => true,
            Self::Project(project) => project == integration.project,
            Self::Integration(project, name) => {
                project == integration.project && name == integration.name
            }
        }
    }
}

/// A new deployment of the same release wherever a change of configuration makes a difference. Called in the transaction
/// of that change.
pub async fn redeploy_environment(
    ctx: &Ctx,
    tx: &mut Tx,
    environment: EnvironmentId,
    affected: Affected<'_>,
) -> Result<(), Error> {
    let Some(environment) = store::environment::find(tx, environment).await? else {
        return Err(Error::not_found("environment"));
    };
    for workload in store::workload::list(tx).await? {
        if workload.environment != environment.id {
            continue;
        }
        let Some(integration) = store::integration::find(tx, workload.integration).await? else {
            continue;
        };
        if integration.removed_at.is_some() || !affected.includes(&integration) {
            continue;
        }
        let Some(release) = wanted_release(tx, &workload).await? else { continue };
        if differs(tx, &integration, &release, &environment, &workload, affected).await? {
            again(ctx, tx, &integration, &release, &environment, Cause::Configuration).await?;
        }
    }
    Ok(())
}

/// Whether a workload would run with other values than it was last asked to run with.
async fn differs(
    tx: &mut Tx,
    integration: &Integration,
    release: &Release,
    environment: &Environment,
    workload: &Workload,
    affected: Affected<'_>,
) -> Result<bool, Error> {
    let recipe: Recipe = serde_json::from_value(release.recipe.clone()).map_err(Error::internal)?;
    let (project, name) = (integration.project, integration.name.as_str());
    let configuration = store::configuration::of(tx, environment.id, project, name).await?;
    let effective = specification::effective(&recipe, &environment.name, &configuration);
    if let Affected::Secret(secret) = affected {
        return Ok(effective.secrets.iter().any(|won| won.value.secret == secret));
    }
    let Some(last) = workload.deployment else { return Ok(true) };
    let Some(last) = store::deployment::find(tx, last).await? else { return Ok(true) };
    let Some(specification) = last.specification else { return Ok(true) };
    let Some(bytes) = store::artifact::read(tx, &specification).await? else { return Ok(true) };
    let known: serde_json::Value = serde_json::from_slice(&bytes).map_err(Error::internal)?;
    Ok(known["properties"] != json!(effective.property_values()))
}

/// Deploys what an environment follows and does not run there yet: after it was made, or given another runtime or branch.
pub async fn follow_environment(
    ctx: &Ctx,
    tx: &mut Tx,
    environment: EnvironmentId,
) -> Result<(), Error> {
    let Some(environment) = store::environment::find(tx, environment).await? else {
        return Ok(());
    };
    let workloads = store::workload::list(tx).await?;
    for source in store::source::list(tx).await? {
        if environment.branch.as_ref().is_some_and(|branch| *branch != source.branch) {
            continue;
        }
        for integration in store::integration::list_of_source(tx, source.id).await? {
            let known = workloads.iter().find(|workload| {
                workload.integration == integration.id && workload.environment == environment.id
            });
            let there = known.is_some_and(|one| Some(one.runtime) == environment.runtime);
            // What is held stays so on another runtime.
            let release = match known {
                Some(workload) => wanted_release(tx, workload).await?,
                None => newest_released(tx, integration.id).await?,
            };
            if let Some(release) = release.filter(|_| !there) {
                again(ctx, tx, &integration, &release, &environment, Cause::Environment).await?;
            }
        }
    }
    Ok(())
}

/// The release that a workload should run: the held one, or the newest that could run.
pub(super) async fn wanted_release(
    tx: &mut Tx,
    workload: &Workload,
) -> Result<Option<Release>, Error> {
    if let Some(held) = workload.held {
        return Ok(store::release::find(tx, held).await?);
    }
    newest_released(tx, workload.integration).await
}

/// As many releases back as anybody looks for one that can run.
pub(super) const LOOK_BACK: u32 = 200;

pub(super) async fn newest_released(
    tx: &mut Tx,
    integration: IntegrationId,
) -> Result<Option<Release>, Error> {
    let releases = store::release::list(tx, Some(integration), None, LOOK_BACK).await?;
    Ok(releases.into_iter().find(|release| release.state == State::Released))
}

pub(super) async fn again(
    ctx: &Ctx,
    tx: &mut Tx,
    integration: &Integration,
    release: &Release,
    environment: &Environment,
    cause: Cause,
) -> Result<Deployed, Error> {
    let project = store::project::find(tx, integration.project).await?;
    let project = project.ok_or_else(|| Error::not_found("project"))?;
    let job = Job { project: &project.name, integration, release, environment, cause };
    deploy(ctx, tx, &job).await
}

/// Deploys again what was refused only because the runtime had no key to seal secrets to. Called in the transaction that
/// gives it one.
pub(crate) async fn follow_runtime(
    ctx: &Ctx,
    tx: &mut Tx,
    runtime: RuntimeId,
) -> Result<(), Error> {
    for workload in store::workload::list(tx).await? {
        if workload.runtime != runtime {
            continue;
        }
        let last = match workload.deployment {
            Some(id) => store::deployment::find(tx, id).await?,
            None => None,
        };
        if last.is_none_or(|last| last.code.as_deref() != Some(NEVER_JOINED)) {
            continue;
        }
        let Some(environment) = store::environment::find(tx, workload.environment).await? else {
            continue;
        };
        let Some(integration) = store::integration::find(tx, workload.integration).await? else {
            continue;
        };
        let release = wanted_release(tx, &workload).await?;
        if let Some(release) = release.filter(|_| integration.removed_at.is_none()) {
            again(ctx, tx, &integration, &release, &environment, Cause::Environment).await?;
        }
    }
    Ok(())
}

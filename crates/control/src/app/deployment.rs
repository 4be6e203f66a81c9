//! Deployments: asking a release to run somewhere, and following it.
//!
//! ```text
//! deploy: hold the workload -> merge configuration -> seal secrets -> specification -> deployment n+1 -> desired -> wake
//! apply_phase: an event of the runner moves a deployment forward, once
//! ```
//! Everything of one deployment is written in one transaction, and nothing is sent from here: the runner's link looks at
//! the desired state when it is woken, or when it next looks anyway. What cannot be asked of a runner becomes a
//! deployment that has failed already, so that its reason is seen where people look; what runs keeps running.
//!
//! Beside it: `specify` writes what the runner is asked, `follow` deploys after a change of the environment, `operate`
//! holds the verbs of people, `read` what they see, `restore` what a failed one has to undo, `open_failures` what they may want
//! to try next.

pub mod follow;
pub mod open_failures;
pub mod operate;
pub mod read;
mod restore;
mod specify;

use domain::deployment::Phase;
use domain::id::{DeploymentId, IntegrationId, RuntimeId, WorkloadId};
use jiff::Timestamp;
use store::deployment::{Cause, Moved};
use store::desired::Desired;
use store::environment::Environment;
use store::integration::Integration;
use store::release::Release;
use store::workload::{Asked, Workload};
use store::{Tx, bus};

use super::Error;
use crate::ctx::Ctx;

/// The wake-up that follows every change of a deployment.
pub const TOPIC: &str = "deployment";

/// What came of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deployed {
    Asked(DeploymentId),
    /// It failed before a runner was asked; the row says why.
    Failed(DeploymentId),
    /// A roll-back holds an earlier release.
    Held,
    Stopped,
    /// The environment has no runtime yet.
    NoRuntime,
}

/// The place and the thing.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    pub project: &'a str,
    pub integration: &'a Integration,
    pub release: &'a Release,
    pub environment: &'a Environment,
    pub cause: Cause,
}

/// Asks `release` to run in `environment`. A push respects hold and stop; a person's decision does not.
pub(crate) async fn deploy(ctx: &Ctx, tx: &mut Tx, job: &Job<'_>) -> Result<Deployed, Error> {
    let Some(runtime) = job.environment.runtime else { return Ok(Deployed::NoRuntime) };
    let now = ctx.now();
    let place = (job.integration.id, job.environment.id);
    let id = WorkloadId(ctx.new_id());
    let mut workload = store::workload::hold(tx, id, place.0, place.1, runtime, now).await?;
    if matches!(job.cause, Cause::Push | Cause::Configuration | Cause::Environment)
        && workload.asked == Asked::Stop
    {
        return Ok(Deployed::Stopped);
    }
    if job.cause == Cause::Push && workload.held.is_some() {
        return Ok(Deployed::Held);
    }
    workload.generation += 1;
    if workload.runtime != runtime {
        leave(tx, &workload, now).await?;
        workload.runtime = runtime;
    }
    workload.asked = Asked::Run;
    let made = specify::specify(ctx, tx, job, &workload).await?;
    let deployment = made.deployment;
    store::deployment::insert(tx, &deployment).await?;
    let moved = Moved {
        code: deployment.code.as_deref(),
        reason: deployment.reason.as_deref(),
        ..Moved::default()
    };
    store::deployment::insert_phase(tx, deployment.id, Phase::Asked, &Moved::default(), now)
        .await?;
    if deployment.phase != Phase::Asked {
        store::deployment::insert_phase(tx, deployment.id, deployment.phase, &moved, now).await?;
    }
    store::deployment::supersede(tx, workload.id, workload.generation, now).await?;
    workload.deployment = Some(deployment.id);
    store::workload::update(tx, &workload).await?;
    bus::publish(tx, TOPIC, deployment.id.0).await?;
    let Some(specification) = made.specification else {
        return Ok(Deployed::Failed(deployment.id));
    };
    let desired = Desired {
        workload: workload.id,
        runtime,
        generation: workload.generation,
        specification: Some(specification),
        run: true,
        capture: Some(made.capture),
        changed_at: now,
    };
    store::desired::put(tx, &desired).await?;
    Ok(Deployed::Asked(deployment.id))
}

/// The workload moves elsewhere: its former runtime is to remove it.
async fn leave(tx: &mut Tx, workload: &Workload, now: Timestamp) -> Result<(), Error> {
    let gone = Desired {
        workload: workload.id,
        runtime: workload.runtime,
        generation: workload.generation,
        specification: None,
        run: false,
        capture: None,
        changed_at: now,
    };
    Ok(store::desired::put(tx, &gone).await?)
}

/// What a runner says of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhaseEvent {
    pub deployment: DeploymentId,
    pub workload: WorkloadId,
    pub generation: u64,
    pub phase: Phase,
    pub code: Option<String>,
    pub reason: Option<String>,
    pub log: Vec<String>,
    pub url: Option<String>,
    pub at: Timestamp,
}

/// The last lines of a failed start are for reading, not for keeping.
const MOST_LOG_LINES: usize = 20;
/// A runner is not trusted with the size of what it says.
const LONGEST_TEXT: usize = 4096;

/// Moves a deployment forward. An event that is repeated, late, or of another runtime's workload changes nothing. A failure of one that
/// failed before is the end of a restart: its reason and its time are the new ones.
pub async fn apply_phase(tx: &mut Tx, runtime: RuntimeId, event: &PhaseEvent) -> Result<(), Error> {
    let Some(workload) = store::workload::find_for_update(tx, event.workload).await? else {
        return Ok(());
    };
    let Some(deployment) = store::deployment::find(tx, event.deployment).await? else {
        return Ok(());
    };
    let same = deployment.workload == workload.id && workload.runtime == runtime;
    let failed_again = event.phase == Phase::Failed
        && deployment.phase == Phase::Failed
        && deployment.ended_at.is_some_and(|ended| ended < event.at);
    let next =
        if failed_again { Some(Phase::Failed) } else { deployment.phase.advance(event.phase) };
    let Some(phase) = next.filter(|_| same) else { return Ok(()) };
    let cut = |text: &String| text.chars().take(LONGEST_TEXT).collect::<String>();
    let log: Vec<String> = event.log.iter().rev().take(MOST_LOG_LINES).rev().map(cut).collect();
    let (code, reason, url) =
        (event.code.as_ref().map(cut), event.reason.as_ref().map(cut), event.url.as_ref().map(cut));
    let moved =
        Moved { code: code.as_deref(), reason: reason.as_deref(), log: &log, url: url.as_deref() };
    if store::deployment::advance(tx, deployment.id, deployment.phase, phase, &moved, event.at)
        .await?
    {
        bus::publish(tx, TOPIC, deployment.id.0).await?;
        let is_latest = workload.deployment == Some(deployment.id);
        let restarted = deployment.phase == Phase::Failed;
        if is_latest && (restarted || matches!(phase, Phase::Failed | Phase::RolledBack)) {
            restore::capture(tx, &workload, event.at).await?;
        }
    }
    Ok(())
}

/// Takes every workload of an integration off its runtime.
pub(crate) async fn remove(
    ctx: &Ctx,
    tx: &mut Tx,
    integration: IntegrationId,
) -> Result<(), Error> {
    let now = ctx.now();
    for mut workload in store::workload::list_of_integration(tx, integration).await? {
        if workload.asked == Asked::Remove {
            continue;
        }
        workload.asked = Asked::Remove;
        workload.generation += 1;
        workload.held = None;
        workload.held_at = None;
        store::workload::update(tx, &workload).await?;
        store::deployment::supersede(tx, workload.id, workload.generation, now).await?;
        leave(tx, &workload, now).await?;
    }
    Ok(())
}

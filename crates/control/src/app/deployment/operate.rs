//! The verbs of people: go back, resume, stop, start, restart.
//!
//! ```text
//! rollback ──> held ──resume──> newest release          stop ──> stopped ──start──> what it should run
//! ```
//! Each finds the one place that is meant, asks for the permission there, and writes its change, its deployment and its
//! audit row in one transaction. `restart` alone asks for nothing new: it is a command to the runner.

use domain::id::WorkloadId;
use domain::permission::Permission;
use serde_json::json;
use store::Tx;
use store::deployment::{Cause, Deployment};
use store::desired::Desired;
use store::environment::Environment;
use store::integration::Integration;
use store::release::{Release, State};
use store::workload::{Asked, Workload};

use super::Deployed;
use super::follow::{LOOK_BACK, again, newest_released, wanted_release};
use crate::app::{Error, integration};
use crate::ctx::Ctx;

/// Where a verb acts.
#[derive(Clone, Debug)]
pub struct Place {
    pub integration: Integration,
    pub environment: Environment,
    pub workload: Workload,
}

/// Finds an integration in an environment by name, and asks for the permission there.
pub(crate) async fn place(
    ctx: &Ctx,
    tx: &mut Tx,
    permission: Permission,
    wanted: &Wanted<'_>,
) -> Result<Place, Error> {
    let integration = integration::find_named(ctx, tx, wanted.project, wanted.integration).await?;
    let mut found = Vec::new();
    for workload in store::workload::list_of_integration(tx, integration.id).await? {
        let environment = store::environment::find(tx, workload.environment).await?;
        if let Some(environment) = environment
            && wanted.environment.is_none_or(|name| name == environment.name)
        {
            found.push((workload, environment));
        }
    }
    if found.len() > 1 {
        let names: Vec<String> = found.iter().map(|one| format!("`{}`", one.1.name)).collect();
        let text = format!("`{}` is in {}; say which", wanted.integration, names.join(", "));
        return Err(Error::invalid("MP-REL-16", text));
    }
    let Some((workload, environment)) = found.pop() else {
        let place = wanted.environment.map(|name| format!(" in `{name}`")).unwrap_or_default();
        return Err(Error::not_found(&format!("integration `{}`{place}", wanted.integration)));
    };
    ctx.require_in(permission, integration.project, environment.id)?;
    Ok(Place { integration, environment, workload })
}

/// What a person typed.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub project: Option<&'a str>,
    pub integration: &'a str,
    /// Needed only when it is in several.
    pub environment: Option<&'a str>,
}

/// Deploys an older release and holds it: later commits become releases but do not deploy until `resume`.
pub async fn rollback(
    ctx: &Ctx,
    wanted: Wanted<'_>,
    to: Option<&str>,
) -> Result<Deployment, Error> {
    let mut tx = ctx.begin().await?;
    let mut place = place(ctx, &mut tx, Permission::Deploy, &wanted).await?;
    let target = rollback_target(&mut tx, &place, to).await?;
    place.workload.held = Some(target.id);
    place.workload.held_at = Some(ctx.now());
    place.workload.asked = Asked::Run;
    store::workload::update(&mut tx, &place.workload).await?;
    let detail = json!({"release": target.short(), "environment": place.environment.name});
    finish(ctx, tx, &place, &target, Cause::Rollback, "integration.rollback", detail).await
}

async fn rollback_target(tx: &mut Tx, place: &Place, to: Option<&str>) -> Result<Release, Error> {
    let releases = store::release::list(tx, Some(place.integration.id), None, LOOK_BACK).await?;
    if let Some(prefix) = to {
        let mut fitting = releases.iter().filter(|release| release.commit.id.starts_with(prefix));
        let Some(first) = fitting.next().filter(|_| !prefix.is_empty()) else {
            return Err(Error::not_found(&format!("release `{prefix}`")));
        };
        if let Some(second) = fitting.find(|other| other.commit.id != first.commit.id) {
            let text = format!(
                "`{prefix}` may be {} or {}; write more of it",
                &first.commit.id[..12.min(first.commit.id.len())],
                &second.commit.id[..12.min(second.commit.id.len())]
            );
            return Err(Error::invalid("MP-REL-07", text));
        }
        if first.state != State::Released {
            let text = format!("the release `{prefix}` is {} and cannot run", first.state.as_str());
            return Err(Error::conflict("MP-REL-08", text));
        }
        return Ok(first.clone());
    }
    let current = match place.workload.deployment {
        Some(id) => store::deployment::find(tx, id).await?.map(|deployment| deployment.release),
        None => None,
    };
    let ready = store::deployment::list_ready_releases(tx, place.workload.id).await?;
    for id in ready.into_iter().filter(|id| Some(*id) < current) {
        if let Some(release) = releases.iter().find(|release| release.id == id) {
            return Ok(release.clone());
        }
    }
    let text = format!("`{}` has no earlier release that ran", place.integration.name);
    Err(Error::conflict("MP-REL-06", text))
}

/// Ends a hold: the newest release that can run is deployed.
pub async fn resume(ctx: &Ctx, wanted: Wanted<'_>) -> Result<Deployment, Error> {
    let mut tx = ctx.begin().await?;
    let mut place = place(ctx, &mut tx, Permission::Deploy, &wanted).await?;
    if place.workload.held.is_none() {
        let text = format!("`{}` is not held", place.integration.name);
        return Err(Error::conflict("MP-REL-11", text));
    }
    place.workload.held = None;
    place.workload.held_at = None;
    store::workload::update(&mut tx, &place.workload).await?;
    let release = newest_released(&mut tx, place.integration.id).await?;
    let release = release.ok_or_else(|| Error::not_found("release that can run"))?;
    let detail = json!({"release": release.short(), "environment": place.environment.name});
    finish(ctx, tx, &place, &release, Cause::Resume, "integration.resume", detail).await
}

/// Starts a stopped workload: a new deployment of what it should run.
pub async fn start(ctx: &Ctx, wanted: Wanted<'_>) -> Result<Deployment, Error> {
    let mut tx = ctx.begin().await?;
    let mut place = place(ctx, &mut tx, Permission::OperateWorkload, &wanted).await?;
    if place.workload.asked == Asked::Run {
        let text = format!("`{}` is not stopped", place.integration.name);
        return Err(Error::conflict("MP-REL-13", text));
    }
    place.workload.asked = Asked::Run;
    store::workload::update(&mut tx, &place.workload).await?;
    let release = wanted_release(&mut tx, &place.workload).await?;
    let release = release.ok_or_else(|| Error::not_found("release that can run"))?;
    let detail = json!({"environment": place.environment.name});
    finish(ctx, tx, &place, &release, Cause::Start, "integration.start", detail).await
}

async fn finish(
    ctx: &Ctx,
    mut tx: Tx,
    place: &Place,
    release: &Release,
    cause: Cause,
    action: &str,
    detail: serde_json::Value,
) -> Result<Deployment, Error> {
    let made = again(ctx, &mut tx, &place.integration, release, &place.environment, cause).await?;
    let (Deployed::Asked(id) | Deployed::Failed(id)) = made else {
        let text = format!("the environment `{}` has no runtime", place.environment.name);
        return Err(Error::conflict("MP-REL-14", text));
    };
    let deployment = store::deployment::find(&mut tx, id).await?;
    let deployment = deployment.ok_or_else(|| Error::not_found("deployment"))?;
    let target = place.integration.id.to_string();
    ctx.audit(&mut tx, action, "integration", &target, detail).await?;
    ctx.commit(tx).await?;
    Ok(deployment)
}

/// Stops a workload until `start`; commits become releases meanwhile.
pub async fn stop(ctx: &Ctx, wanted: Wanted<'_>) -> Result<WorkloadId, Error> {
    let mut tx = ctx.begin().await?;
    let mut place = place(ctx, &mut tx, Permission::OperateWorkload, &wanted).await?;
    let now = ctx.now();
    place.workload.asked = Asked::Stop;
    place.workload.generation += 1;
    store::workload::update(&mut tx, &place.workload).await?;
    let ids = [place.workload.id.0];
    let last = store::deployment::list(&mut tx, Some(&ids), None, LOOK_BACK).await?;
    let specification = last.into_iter().find_map(|one| one.specification);
    if let Some(specification) = specification {
        let desired = Desired {
            workload: place.workload.id,
            runtime: place.workload.runtime,
            generation: place.workload.generation,
            specification: Some(specification),
            run: false,
            capture: None,
            changed_at: now,
        };
        store::desired::put(&mut tx, &desired).await?;
    }
    let generation = place.workload.generation;
    store::deployment::supersede(&mut tx, place.workload.id, generation, now).await?;
    let target = place.integration.id.to_string();
    let detail = json!({"environment": place.environment.name});
    ctx.audit(&mut tx, "integration.stop", "integration", &target, detail).await?;
    ctx.commit(tx).await?;
    Ok(place.workload.id)
}

/// A command is not worth carrying out long after it was asked.
const RESTART_WITHIN: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);

/// Restarts a workload in place: an imperative verb, so a command and not a generation.
pub async fn restart(ctx: &Ctx, wanted: Wanted<'_>) -> Result<WorkloadId, Error> {
    let mut tx = ctx.begin().await?;
    let place = place(ctx, &mut tx, Permission::OperateWorkload, &wanted).await?;
    if place.workload.asked != Asked::Run {
        let text = format!("`{}` is stopped; start it instead", place.integration.name);
        return Err(Error::conflict("MP-REL-15", text));
    }
    let body = json!({"format": 1, "workload": place.workload.id.to_string()});
    let command = store::command::NewCommand {
        id: domain::id::CommandId(ctx.new_id()),
        runtime: place.workload.runtime,
        lane: "ops",
        kind: "restart",
        body: &body,
        deadline: ctx.now() + RESTART_WITHIN,
    };
    store::command::insert(&mut tx, &command).await?;
    let target = place.integration.id.to_string();
    let detail = json!({"environment": place.environment.name});
    ctx.audit(&mut tx, "integration.restart", "integration", &target, detail).await?;
    ctx.commit(tx).await?;
    Ok(place.workload.id)
}

//! Deployments: asking a release to run somewhere, following it, and the verbs that change what is asked.
//!
//! ```text
//! deploy: hold the workload -> merge configuration -> seal secrets -> specification -> deployment n+1 -> desired -> wake
//! apply_phase: an event of the runner moves a deployment forward, once
//! ```
//! Everything of one deployment is written in one transaction, and nothing is sent from here: the runner's link looks at
//! the desired state when it is woken, or when it next looks anyway. What cannot be asked of a runner (a secret is not
//! set, the runtime never joined) becomes a deployment that has failed already, so that its reason is seen where people
//! look; what runs keeps running. Long because all verbs write the one transaction of `deploy`, and its steps are read
//! together.

use domain::deployment::Phase;
use domain::digest::Digest;
use domain::id::{
    DeploymentId, EnvironmentId, IntegrationId, ProjectId, ReleaseId, RuntimeId, WorkloadId,
};
use domain::permission::Permission;
use jiff::Timestamp;
use serde_json::json;
use store::deployment::{Cause, Deployment, Moved};
use store::desired::Desired;
use store::environment::Environment;
use store::integration::Integration;
use store::release::{Release, State};
use store::workload::{Asked, Workload};
use store::{Tx, bus};

use super::Error;
use crate::ctx::Ctx;
use crate::gitops::plan::Recipe;
use crate::gitops::specification::{self, About, Sealed};

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
    let made = specify(ctx, tx, job, &workload).await?;
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
    };
    store::desired::put(tx, &desired, now).await?;
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
    };
    Ok(store::desired::put(tx, &gone, now).await?)
}

struct Made {
    deployment: Deployment,
    specification: Option<Digest>,
}

/// Writes the specification and its sealed secrets, or says why there is none.
async fn specify(
    ctx: &Ctx,
    tx: &mut Tx,
    job: &Job<'_>,
    workload: &Workload,
) -> Result<Made, Error> {
    let now = ctx.now();
    let release = job.release;
    let recipe: Recipe = serde_json::from_value(release.recipe.clone()).map_err(Error::internal)?;
    let environment = job.environment;
    let (project, name) = (job.integration.project, job.integration.name.as_str());
    let configuration = store::configuration::of(tx, environment.id, project, name).await?;
    let effective = specification::effective(&recipe, &environment.name, &configuration);
    let id = DeploymentId(ctx.new_id());
    let mut deployment = Deployment {
        id,
        workload: workload.id,
        release: release.id,
        generation: workload.generation,
        configuration_revision: environment.revision,
        specification: None,
        artifacts: release.bundle.iter().chain(&release.lock).map(ToString::to_string).collect(),
        cause: job.cause,
        actor: tx.actor(),
        phase: Phase::Asked,
        code: None,
        reason: None,
        log: Vec::new(),
        url: None,
        created_at: now,
        ended_at: None,
    };
    let mounts = effective.secrets.iter().map(|won| &won.value);
    let sealed = match seal(ctx, tx, job, workload, mounts).await? {
        Ok(sealed) => sealed,
        Err((code, reason)) => {
            deployment.phase = Phase::Failed;
            deployment.ended_at = Some(now);
            deployment.code = Some(code.to_owned());
            deployment.reason = Some(reason);
            return Ok(Made { deployment, specification: None });
        }
    };
    let about = About {
        organization: ctx.organization(),
        project: job.project,
        environment: &environment.name,
        integration: name,
        workload: workload.id,
        deployment: id,
        generation: workload.generation,
        release,
    };
    let (digest, bytes) = specification::write(&about, &recipe, &effective, &sealed);
    store::artifact::insert(tx, store::artifact::Kind::Specification, &digest, &bytes, now).await?;
    deployment.specification = Some(digest);
    deployment.artifacts.push(digest.to_string());
    deployment.artifacts.extend(sealed.iter().map(|sealed| sealed.artifact.to_string()));
    Ok(Made { deployment, specification: Some(digest) })
}

type Missing = (&'static str, String);

/// Seals each secret to the workload's runtime; the clear values live only inside this function.
async fn seal<'a>(
    ctx: &Ctx,
    tx: &mut Tx,
    job: &Job<'_>,
    workload: &Workload,
    mounts: impl Iterator<Item = &'a camel::descriptor::SecretMount>,
) -> Result<Result<Vec<Sealed>, Missing>, Error> {
    let environment = job.environment;
    let mut out = Vec::new();
    let mut key = None;
    for mount in mounts {
        let name = specification::name_of(mount);
        let value = super::secret::open(ctx, tx, environment.id, &mount.secret, &mount.key).await?;
        let Some(value) = value else {
            let reason = format!(
                "the secret `{name}` is not set in `{}`; set it with `midplane config set {name}=... --secret --env {}`",
                environment.name, environment.name
            );
            return Ok(Err(("MP-REL-09", reason)));
        };
        if key.is_none() {
            key = store::runtime::sealing_key(tx, workload.runtime).await?;
        }
        let Some(key) = &key else {
            let reason = format!(
                "the runtime of `{}` has never connected, so no secret can be sealed to it",
                environment.name
            );
            return Ok(Err(("MP-REL-12", reason)));
        };
        let associated = link::seal::associated(
            ctx.organization(),
            &environment.name,
            &job.integration.name,
            &name,
            workload.generation,
        );
        let sealed = link::seal::seal(key, &associated, &value).map_err(Error::internal)?;
        let artifact = specification::digest(&sealed);
        let kind = store::artifact::Kind::Secret;
        store::artifact::insert(tx, kind, &artifact, &sealed, ctx.now()).await?;
        out.push(Sealed { mount: mount.clone(), artifact });
    }
    Ok(Ok(out))
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

/// Moves a deployment forward. An event that is repeated, late, or of another runtime's workload changes nothing.
pub async fn apply_phase(tx: &mut Tx, runtime: RuntimeId, event: &PhaseEvent) -> Result<(), Error> {
    let Some(workload) = store::workload::find_for_update(tx, event.workload).await? else {
        return Ok(());
    };
    let Some(deployment) = store::deployment::find(tx, event.deployment).await? else {
        return Ok(());
    };
    let same = deployment.workload == workload.id && workload.runtime == runtime;
    let Some(phase) = deployment.phase.advance(event.phase).filter(|_| same) else {
        return Ok(());
    };
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
    }
    Ok(())
}

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
            let there = workloads.iter().any(|workload| {
                workload.integration == integration.id
                    && workload.environment == environment.id
                    && Some(workload.runtime) == environment.runtime
            });
            let release = newest_released(tx, integration.id).await?;
            if let Some(release) = release.filter(|_| !there) {
                again(ctx, tx, &integration, &release, &environment, Cause::Environment).await?;
            }
        }
    }
    Ok(())
}

/// The release that a workload should run: the held one, or the newest that could run.
async fn wanted_release(tx: &mut Tx, workload: &Workload) -> Result<Option<Release>, Error> {
    if let Some(held) = workload.held {
        return Ok(store::release::find(tx, held).await?);
    }
    newest_released(tx, workload.integration).await
}

/// As many releases back as anybody looks for one that can run.
const LOOK_BACK: u32 = 200;

async fn newest_released(
    tx: &mut Tx,
    integration: IntegrationId,
) -> Result<Option<Release>, Error> {
    let releases = store::release::list(tx, Some(integration), None, LOOK_BACK).await?;
    Ok(releases.into_iter().find(|release| release.state == State::Released))
}

async fn again(
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

/// Where a verb acts.
#[derive(Clone, Debug)]
pub struct Place {
    pub integration: Integration,
    pub environment: Environment,
    pub workload: Workload,
}

/// Finds an integration in an environment by name, and asks for the permission there.
async fn place(
    ctx: &Ctx,
    tx: &mut Tx,
    permission: Permission,
    wanted: &Wanted<'_>,
) -> Result<Place, Error> {
    let integration =
        super::integration::find_named(ctx, tx, wanted.project, wanted.integration).await?;
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
        };
        store::desired::put(&mut tx, &desired, now).await?;
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

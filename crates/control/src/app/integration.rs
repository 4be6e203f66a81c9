//! Integrations as people see them: what was found, what each environment runs, and the one state of each.
//!
//! The state is derived on every read (`domain::integration::State::of`) from the latest deployment, the runner's last
//! word, hold and stop, and the runtime; nothing stores it. The reason says what happened in one line, the next action
//! what a person can do about it.

use std::collections::BTreeMap;

use domain::deployment::Phase;
use domain::id::{
    DeploymentId, EnvironmentId, IntegrationId, ProjectId, ReleaseId, RuntimeId, WorkloadId,
};
use domain::integration::{self as rules, State};
use domain::permission::Permission;
use domain::runtime;
use store::Tx;
use store::deployment::Deployment;
use store::environment::Environment;
use store::integration::Integration;
use store::release::{self, Release};
use store::route_hold::RouteHold;
use store::workload::{Asked, Workload};

use super::{Error, route_hold};
use crate::ctx::Ctx;

/// An integration with all its workloads.
#[derive(Clone, Debug)]
pub struct Shown {
    pub integration: Integration,
    pub project: String,
    /// Of the newest commit that changed it, whatever became of it.
    pub newest: Option<Release>,
    pub workloads: Vec<ShownWorkload>,
}

#[derive(Clone, Debug)]
pub struct ShownWorkload {
    pub workload: Workload,
    pub integration: String,
    pub project: String,
    pub environment: Environment,
    pub runtime: String,
    pub state: State,
    pub reason: Option<String>,
    pub next_action: Option<String>,
    /// What runs, or is about to.
    pub release: Option<Release>,
    pub deployment: Option<Deployment>,
    /// It failed by a commit or a deployment, and what ran before goes on.
    pub keeps_running: bool,
    /// Releases that wait behind a hold.
    pub behind: u32,
    pub url: Option<String>,
    /// Routes that somebody stopped, suspended or started.
    pub routes: Vec<RouteHold>,
}

/// The project meant by a name, for lists.
pub(crate) async fn project_filter(
    tx: &mut Tx,
    name: Option<&str>,
) -> Result<Option<ProjectId>, Error> {
    let Some(name) = name else { return Ok(None) };
    let found = store::project::find_named(tx, name).await?;
    found
        .map(|project| Some(project.id))
        .ok_or_else(|| Error::not_found(&format!("project `{name}`")))
}

/// A live integration by name; a name that several projects use needs the project.
pub(crate) async fn find_named(
    ctx: &Ctx,
    tx: &mut Tx,
    project: Option<&str>,
    name: &str,
) -> Result<Integration, Error> {
    let wanted = project_filter(tx, project).await?;
    let mut found: Vec<Integration> = store::integration::list(tx).await?;
    found.retain(|one| {
        (one.name == name || one.id.to_string() == name)
            && wanted.is_none_or(|project| project == one.project)
            && ctx.may(Permission::ReadIntegration, ctx.project(one.project))
    });
    match found.len() {
        0 => Err(Error::not_found(&format!("integration `{name}`"))),
        1 => Ok(found.remove(0)),
        _ => {
            let mut projects = Vec::new();
            for one in &found {
                let project = store::project::find(tx, one.project).await?;
                projects.extend(project.map(|project| format!("`{}`", project.name)));
            }
            let text = format!("`{name}` is in the projects {}; say which", projects.join(", "));
            Err(Error::invalid("MP-REL-16", text))
        }
    }
}

/// Everything that a page of integrations shows, loaded with one statement for each noun.
struct Loaded {
    environments: BTreeMap<EnvironmentId, Environment>,
    projects: BTreeMap<ProjectId, String>,
    runtimes: BTreeMap<RuntimeId, (String, runtime::State)>,
    workloads: Vec<Workload>,
    holds: BTreeMap<WorkloadId, Vec<RouteHold>>,
}

async fn load(ctx: &Ctx, tx: &mut Tx) -> Result<Loaded, Error> {
    let environments = store::environment::list(tx).await?;
    let projects = store::project::list(tx).await?;
    Ok(Loaded {
        environments: environments.into_iter().map(|one| (one.id, one)).collect(),
        projects: projects.into_iter().map(|one| (one.id, one.name)).collect(),
        runtimes: runtimes(ctx, tx).await?,
        workloads: store::workload::list(tx).await?,
        holds: store::route_hold::list(tx).await?,
    })
}

async fn runtimes(
    ctx: &Ctx,
    tx: &mut Tx,
) -> Result<BTreeMap<RuntimeId, (String, runtime::State)>, Error> {
    let rows = store::runtime::list(tx).await?;
    Ok(rows.into_iter().map(|row| (row.id, (row.name.clone(), row.state(ctx.now())))).collect())
}

pub async fn list(
    ctx: &Ctx,
    project: Option<&str>,
    environment: Option<&str>,
) -> Result<Vec<Shown>, Error> {
    let mut tx = ctx.begin().await?;
    let wanted = project_filter(&mut tx, project).await?;
    let loaded = load(ctx, &mut tx).await?;
    let mut out = Vec::new();
    for integration in store::integration::list(&mut tx).await? {
        let visible = ctx.may(Permission::ReadIntegration, ctx.project(integration.project));
        if visible && wanted.is_none_or(|project| project == integration.project) {
            out.push(show(&mut tx, &loaded, integration, environment).await?);
        }
    }
    Ok(out)
}

pub async fn find(ctx: &Ctx, project: Option<&str>, name: &str) -> Result<Shown, Error> {
    let mut tx = ctx.begin().await?;
    let integration = find_named(ctx, &mut tx, project, name).await?;
    let loaded = load(ctx, &mut tx).await?;
    show(&mut tx, &loaded, integration, None).await
}

/// One workload; `None` also when the actor may not see it.
pub async fn find_workload(ctx: &Ctx, id: WorkloadId) -> Result<Option<ShownWorkload>, Error> {
    let mut tx = ctx.begin().await?;
    let Some(workload) = store::workload::find(&mut tx, id).await? else { return Ok(None) };
    let found = store::integration::find(&mut tx, workload.integration).await?;
    let visible =
        |one: &Integration| ctx.may(Permission::ReadIntegration, ctx.project(one.project));
    let Some(integration) = found.filter(visible) else { return Ok(None) };
    let loaded = load(ctx, &mut tx).await?;
    let shown = show(&mut tx, &loaded, integration, None).await?;
    Ok(shown.workloads.into_iter().find(|one| one.workload.id == id))
}

/// The workload that a deployment is of.
pub async fn find_workload_of(ctx: &Ctx, id: DeploymentId) -> Result<Option<ShownWorkload>, Error> {
    let mut tx = ctx.begin().await?;
    let deployment = store::deployment::find(&mut tx, id).await?;
    drop(tx);
    match deployment {
        Some(deployment) => find_workload(ctx, deployment.workload).await,
        None => Ok(None),
    }
}

async fn show(
    tx: &mut Tx,
    loaded: &Loaded,
    integration: Integration,
    environment: Option<&str>,
) -> Result<Shown, Error> {
    let newest = store::release::list(tx, Some(integration.id), None, 1).await?.pop();
    let mut workloads = Vec::new();
    for workload in loaded.workloads.iter().filter(|one| one.integration == integration.id) {
        let Some(place) = loaded.environments.get(&workload.environment) else { continue };
        if environment.is_none_or(|name| name == place.name) {
            let one = show_workload(tx, loaded, &integration, newest.as_ref(), workload, place);
            workloads.push(one.await?);
        }
    }
    workloads.sort_by_key(|one| one.environment.rank);
    let project = loaded.projects.get(&integration.project).cloned().unwrap_or_default();
    Ok(Shown { integration, project, newest, workloads })
}

async fn show_workload(
    tx: &mut Tx,
    loaded: &Loaded,
    integration: &Integration,
    newest: Option<&Release>,
    workload: &Workload,
    environment: &Environment,
) -> Result<ShownWorkload, Error> {
    let deployment = match workload.deployment {
        Some(id) => store::deployment::find(tx, id).await?,
        None => None,
    };
    let latest = deployment.as_ref().map_or(Phase::Asked, |deployment| deployment.phase);
    let running = running_release(tx, workload, deployment.as_ref()).await?;
    let (runtime, runtime_state) =
        loaded.runtimes.get(&workload.runtime).cloned().unwrap_or_else(unknown_runtime);
    let refused = newest.is_some_and(|newest| {
        newest.state == release::State::Refused
            && deployment.as_ref().is_none_or(|deployment| deployment.release < newest.id)
    });
    let behind = match workload.held {
        Some(held) => store::release::count_newer(tx, workload.integration, held).await?,
        None => 0,
    };
    let seen = seen_of(workload, latest);
    let state = State::of(rules::Seen {
        runtime: runtime_state,
        asked: if workload.asked == Asked::Stop { rules::Asked::Stop } else { rules::Asked::Run },
        latest,
        refused,
        workload: seen,
        held: workload.held.is_some(),
    });
    let url = workload
        .seen
        .as_ref()
        .and_then(|seen| seen.url.clone())
        .or_else(|| deployment.as_ref().and_then(|deployment| deployment.url.clone()));
    let about = About {
        name: &integration.name,
        workload,
        newest,
        deployment: deployment.as_ref(),
        behind,
        runtime: &runtime,
    };
    let routes = loaded.holds.get(&workload.id).cloned().unwrap_or_default();
    let (reason, next_action) = match (state, route_hold::explain(&integration.name, &routes)) {
        (State::Running, Some((reason, next))) => (Some(reason), Some(next)),
        _ => explain(state, &about, running.as_ref()),
    };
    Ok(ShownWorkload {
        workload: workload.clone(),
        integration: integration.name.clone(),
        project: loaded.projects.get(&integration.project).cloned().unwrap_or_default(),
        environment: environment.clone(),
        runtime,
        state,
        reason,
        next_action,
        release: running,
        deployment,
        keeps_running: state == State::Failed && seen == rules::Workload::Ready,
        behind,
        url,
        routes,
    })
}

/// A runtime whose row is gone is as good as lost.
fn unknown_runtime() -> (String, runtime::State) {
    (String::new(), runtime::State::Lost)
}

/// The release that runs: the latest deployment's while it goes on or succeeded, else the last that was ready.
async fn running_release(
    tx: &mut Tx,
    workload: &Workload,
    deployment: Option<&Deployment>,
) -> Result<Option<Release>, Error> {
    let Some(deployment) = deployment else { return Ok(None) };
    let id: Option<ReleaseId> = match deployment.phase {
        Phase::Failed | Phase::RolledBack => {
            store::deployment::list_ready_releases(tx, workload.id).await?.first().copied()
        }
        _ => Some(deployment.release),
    };
    match id {
        Some(id) => Ok(store::release::find(tx, id).await?),
        None => Ok(None),
    }
}

/// The runner's last word. Before its next heartbeat, a deployment that became ready is word enough.
fn seen_of(workload: &Workload, latest: Phase) -> rules::Workload {
    match workload.seen.as_ref() {
        Some(seen) if seen.generation == workload.generation || latest != Phase::Ready => {
            match seen.state.as_str() {
                "ready" => rules::Workload::Ready,
                "starting" => rules::Workload::Starting,
                "crashed" => rules::Workload::Crashed,
                _ if latest == Phase::Ready => rules::Workload::Ready,
                _ => rules::Workload::Absent,
            }
        }
        Some(_) | None if latest == Phase::Ready => rules::Workload::Ready,
        Some(_) | None => rules::Workload::Absent,
    }
}

struct About<'a> {
    name: &'a str,
    workload: &'a Workload,
    newest: Option<&'a Release>,
    deployment: Option<&'a Deployment>,
    behind: u32,
    runtime: &'a str,
}

fn explain(
    state: State,
    about: &About<'_>,
    running: Option<&Release>,
) -> (Option<String>, Option<String>) {
    let keeps = running.map_or_else(
        || "nothing runs".to_owned(),
        |release| format!("{} keeps running", release.short()),
    );
    match state {
        State::Running => (None, None),
        State::Updating => {
            let phase = about.deployment.map_or("asked", |one| one.phase.as_str());
            (Some(phase.to_owned()), None)
        }
        State::Failed => {
            let refused = about.newest.filter(|newest| newest.state == release::State::Refused);
            let refusal = refused.and_then(|newest| newest.problems.first());
            let crashed = about.workload.seen.as_ref().and_then(|seen| seen.reason.clone());
            let failed = about.deployment.and_then(|one| one.reason.clone());
            let reason = match (refusal, failed, crashed) {
                (Some(problem), _, _) => problem.message.clone(),
                (None, Some(reason), _) | (None, None, Some(reason)) => reason,
                (None, None, None) => "it did not start".to_owned(),
            };
            (Some(format!("{reason}; {keeps}")), Some("fix it and push".to_owned()))
        }
        State::Held => {
            let behind = match about.behind {
                0 => "no newer release waits".to_owned(),
                1 => "1 commit behind".to_owned(),
                more => format!("{more} commits behind"),
            };
            (
                Some(format!("rolled back; {behind}")),
                Some(format!("midplane resume {}", about.name)),
            )
        }
        State::Stopped => {
            (Some("by hand".to_owned()), Some(format!("midplane start {}", about.name)))
        }
        State::RuntimeLost => (
            Some(format!("the runtime {} is not connected", about.runtime)),
            Some("midplane doctor".to_owned()),
        ),
    }
}

/// For callers that only need to know whom an integration belongs to.
pub async fn project_of(tx: &mut Tx, id: IntegrationId) -> Result<ProjectId, Error> {
    let found = store::integration::find(tx, id).await?;
    found.map(|one| one.project).ok_or_else(|| Error::not_found("integration"))
}

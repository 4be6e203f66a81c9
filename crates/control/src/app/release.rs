//! Releases: made from a commit's plan, resolved by a runtime of purpose build, deployed where environments follow.
//!
//! ```text
//! plan Draft, nothing to resolve ------------------------------> released -> deployed
//! plan Draft, dependencies -> lock known for these inputs -----> released -> deployed
//!                          -> else resolving -> command -> lock -> released -> deployed
//!                                                       -> code -> refused, by artefact name
//! plan Refused -----------------------------------------------> refused
//! ```
//! The control plane never fetches an artefact: it asks, stores the lock that comes back, and remembers it by the digest of
//! what was asked, so the same dependencies are resolved once. A command that was lost, or asked of a runtime that never
//! answered, is asked again by `sweep`.

pub mod files;

use std::collections::BTreeMap;

use domain::digest::Digest;
use domain::id::{CommandId, IntegrationId, ReleaseId};
use domain::permission::Permission;
use domain::release::Refusal;
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::deployment::Cause;
use store::integration::Integration;
use store::release::{Release, Resolving, State};
use store::source::{Commit, Source};
use store::{Tx, artifact};

use super::deployment::{Deployed, Job, deploy};
use super::{Error, deployment};
use crate::ctx::Ctx;
use crate::gitops::plan::{Outcome, Planned, Recipe};
use crate::gitops::{base, specification};

/// Maven's central repository never changes a version, so a lock could be kept for ever; this bounds a mistake.
const RESOLUTION_AGE: SignedDuration = SignedDuration::from_hours(24 * 30);
/// A cold resolution took 15 s; a slow mirror is given twenty times that.
const RESOLVE_WITHIN: SignedDuration = SignedDuration::from_mins(5);

/// What a commit made of one integration.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    pub release: Release,
    pub integration: Integration,
    pub deployed: Vec<Deployed>,
}

/// Stores the release of one changed integration, and deploys it when it is released at once.
pub(crate) async fn make(
    ctx: &Ctx,
    tx: &mut Tx,
    source: &Source,
    integration: &Integration,
    commit: &Commit,
    planned: &Planned,
) -> Result<Option<Made>, Error> {
    let now = ctx.now();
    let mut release = Release {
        id: ReleaseId(ctx.new_id()),
        integration: integration.id,
        source: source.id,
        commit: commit.clone(),
        created_at: now,
        state: State::Refused,
        inputs: planned.inputs.clone(),
        bundle: None,
        lock: None,
        base: base::base().digest,
        camel: base::CAMEL.to_owned(),
        recipe: Value::Null,
        problems: Vec::new(),
        resolving: None,
    };
    match &planned.outcome {
        Outcome::Unchanged => return Ok(None),
        Outcome::Refused(reasons) => release.problems.clone_from(reasons),
        Outcome::Draft { bundle, recipe } => {
            artifact::insert(tx, artifact::Kind::Bundle, &bundle.digest, &bundle.bytes, now)
                .await?;
            release.bundle = Some(bundle.digest);
            release.recipe = serde_json::to_value(recipe).map_err(Error::internal)?;
            settle(tx, &mut release, recipe, now).await?;
        }
    }
    store::release::insert(tx, &release).await?;
    if release.state == State::Resolving {
        ask(ctx, tx, &release, &recipe_of(&release)?).await?;
    }
    let deployed = match release.state {
        State::Released => deploy_everywhere(ctx, tx, integration, &release).await?,
        State::Drafted | State::Resolving | State::Refused => Vec::new(),
    };
    Ok(Some(Made { release, integration: integration.clone(), deployed }))
}

/// Released when nothing is to be resolved, or when it was resolved before.
async fn settle(
    tx: &mut Tx,
    release: &mut Release,
    recipe: &Recipe,
    now: jiff::Timestamp,
) -> Result<(), Error> {
    if recipe.dependencies.is_empty() {
        release.state = State::Released;
        return Ok(());
    }
    let inputs = resolve_inputs(release, recipe);
    if let Some(lock) = store::release::find_resolution(tx, &inputs, now, RESOLUTION_AGE).await? {
        release.state = State::Released;
        release.lock = Some(lock);
    } else {
        release.state = State::Resolving;
        release.resolving = Some(Resolving { inputs, command: None, asked_at: None });
    }
    Ok(())
}

fn resolve_inputs(release: &Release, recipe: &Recipe) -> String {
    let asked = json!({"camel": release.camel, "base": release.base.to_string(),
        "dependencies": recipe.dependencies});
    specification::digest(&specification::canonical(&asked)).to_string()
}

fn recipe_of(release: &Release) -> Result<Recipe, Error> {
    serde_json::from_value(release.recipe.clone()).map_err(Error::internal)
}

/// Writes the command to a runtime of purpose build; without one, the release waits for `sweep`.
async fn ask(ctx: &Ctx, tx: &mut Tx, release: &Release, recipe: &Recipe) -> Result<(), Error> {
    let Some(runtime) = store::runtime::builder(tx).await? else { return Ok(()) };
    let id = CommandId(ctx.new_id());
    let body = json!({"format": 1, "release": release.id.to_string(), "camel": release.camel,
        "base": release.base.to_string(), "dependencies": recipe.dependencies});
    let command = store::command::NewCommand {
        id,
        runtime,
        lane: "deploy",
        kind: "resolve",
        body: &body,
        deadline: ctx.now() + RESOLVE_WITHIN,
    };
    store::command::insert(tx, &command).await?;
    store::release::mark_asked(tx, release.id, id, ctx.now()).await?;
    Ok(())
}

pub(crate) async fn sweep(ctx: &Ctx) -> Result<(), Error> {
    let mut tx = ctx.begin().await?;
    ask_waiting(ctx, &mut tx).await?;
    ctx.commit(tx).await
}

/// Asks again for every release whose command was never written, or was not answered in time.
pub(crate) async fn ask_waiting(ctx: &Ctx, tx: &mut Tx) -> Result<(), Error> {
    let now = ctx.now();
    for release in store::release::list_resolving(tx).await? {
        let asked_at = release.resolving.as_ref().and_then(|resolving| resolving.asked_at);
        if asked_at.is_none_or(|at| now.duration_since(at) > RESOLVE_WITHIN) {
            let recipe = recipe_of(&release)?;
            ask(ctx, tx, &release, &recipe).await?;
        }
    }
    Ok(())
}

/// What a runtime answered.
#[derive(Clone, Copy, Debug)]
pub enum Resolved<'a> {
    /// The result of the command: `{"format":1,"lock":{…}}`.
    Lock(&'a [u8]),
    Refused {
        code: &'a str,
        message: &'a str,
    },
}

/// Ends the resolving of every release that waits for `command`. Called in the transaction of the command's result; a repeated or
/// late answer changes nothing.
pub async fn resolved(
    ctx: &Ctx,
    tx: &mut Tx,
    command: CommandId,
    answer: Resolved<'_>,
) -> Result<(), Error> {
    let resolving = store::release::list_resolving(tx).await?;
    let asked = |release: &Release| {
        release.resolving.as_ref().is_some_and(|resolving| resolving.command == Some(command))
    };
    let Some(first) = resolving.iter().find(|release| asked(release)) else { return Ok(()) };
    let inputs = first.resolving.as_ref().map(|resolving| resolving.inputs.clone());
    let inputs = inputs.unwrap_or_default();
    let lock = match answer {
        Resolved::Refused { code, message } => {
            let problem = Refusal { code: code.to_owned(), message: message.to_owned() };
            return refuse(tx, first, problem).await;
        }
        Resolved::Lock(bytes) => {
            if let Some(lock) = store_lock(ctx, tx, bytes, &inputs).await? {
                lock
            } else {
                let problem = Refusal {
                    code: "MP-REL-03".to_owned(),
                    message: "the runtime answered with something that is not a lock".to_owned(),
                };
                return refuse(tx, first, problem).await;
            }
        }
    };
    // The same dependencies may have been asked for by several releases.
    let same = |release: &&Release| {
        release.resolving.as_ref().is_some_and(|resolving| resolving.inputs == inputs)
    };
    for release in resolving.iter().filter(same) {
        release_it(ctx, tx, release, &lock).await?;
    }
    Ok(())
}

async fn refuse(tx: &mut Tx, release: &Release, problem: Refusal) -> Result<(), Error> {
    store::release::mark_refused(tx, release.id, &[problem]).await?;
    Ok(store::bus::publish(tx, super::source::TOPIC, release.source.0).await?)
}

async fn store_lock(
    ctx: &Ctx,
    tx: &mut Tx,
    bytes: &[u8],
    inputs: &str,
) -> Result<Option<Digest>, Error> {
    let Ok(answer) = serde_json::from_slice::<Value>(bytes) else { return Ok(None) };
    let lock = &answer["lock"];
    if answer["format"] != 1 || !lock["jars"].is_array() {
        return Ok(None);
    }
    let canonical = specification::canonical(lock);
    let digest = specification::digest(&canonical);
    artifact::insert(tx, artifact::Kind::Lock, &digest, &canonical, ctx.now()).await?;
    store::release::insert_resolution(tx, inputs, &digest, ctx.now()).await?;
    Ok(Some(digest))
}

async fn release_it(ctx: &Ctx, tx: &mut Tx, release: &Release, lock: &Digest) -> Result<(), Error> {
    if !store::release::mark_released(tx, release.id, Some(lock)).await? {
        return Ok(());
    }
    let Some(integration) = store::integration::find(tx, release.integration).await? else {
        return Ok(());
    };
    store::bus::publish(tx, super::source::TOPIC, release.source.0).await?;
    // A commit that came later and could run has taken its place.
    let newer = store::release::count_newer(tx, release.integration, release.id).await?;
    if newer > 0 || integration.removed_at.is_some() {
        return Ok(());
    }
    let released = Release { state: State::Released, lock: Some(*lock), ..release.clone() };
    deploy_everywhere(ctx, tx, &integration, &released).await.map(drop)
}

/// Deploys to each environment that follows the branch of the release's source.
pub(crate) async fn deploy_everywhere(
    ctx: &Ctx,
    tx: &mut Tx,
    integration: &Integration,
    release: &Release,
) -> Result<Vec<Deployed>, Error> {
    let source = store::source::find(tx, release.source).await?;
    let source = source.ok_or_else(|| Error::not_found("source"))?;
    let project = store::project::find(tx, integration.project).await?;
    let project = project.ok_or_else(|| Error::not_found("project"))?;
    let mut out = Vec::new();
    for environment in store::environment::list(tx).await? {
        if environment.branch.as_ref().is_some_and(|branch| *branch != source.branch) {
            continue;
        }
        let job = Job {
            project: &project.name,
            integration,
            release,
            environment: &environment,
            cause: Cause::Push,
        };
        out.push(deploy(ctx, tx, &job).await?);
    }
    Ok(out)
}

/// A release as lists show it.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    pub release: Release,
    pub integration: String,
    pub dependencies: Vec<String>,
    pub warnings: Vec<String>,
}

/// The newest releases that the actor may see.
pub async fn list(
    ctx: &Ctx,
    integration: Option<IntegrationId>,
    project: Option<&str>,
    before: Option<ReleaseId>,
    most: u32,
) -> Result<Vec<Shown>, Error> {
    let mut tx = ctx.begin().await?;
    let project = super::integration::project_filter(&mut tx, project).await?;
    let integrations = store::integration::list(&mut tx).await?;
    let by_id: BTreeMap<IntegrationId, Integration> =
        integrations.into_iter().map(|one| (one.id, one)).collect();
    let releases = store::release::list(&mut tx, integration, before, most).await?;
    let mut out = Vec::new();
    for release in releases {
        let found = match by_id.get(&release.integration) {
            Some(found) => found.clone(),
            None => match store::integration::find(&mut tx, release.integration).await? {
                Some(found) => found,
                None => continue,
            },
        };
        let meant = project.is_none_or(|project| project == found.project);
        if meant && ctx.may(Permission::ReadRelease, ctx.project(found.project)) {
            out.push(show_named(release, &found.name));
        }
    }
    Ok(out)
}

pub async fn find(ctx: &Ctx, id: ReleaseId) -> Result<Shown, Error> {
    let mut tx = ctx.begin().await?;
    let release = deployment::read::release_of(&mut tx, id).await?;
    let found = store::integration::find(&mut tx, release.integration).await?;
    let found = found.ok_or_else(|| Error::not_found("release"))?;
    ctx.require_visible(Permission::ReadRelease, ctx.project(found.project), "release")?;
    Ok(show_named(release, &found.name))
}

/// For callers that asked for the permission already and know the name.
pub(crate) fn show_named(release: Release, integration: &str) -> Shown {
    let recipe: Recipe = serde_json::from_value(release.recipe.clone()).unwrap_or_default();
    Shown {
        integration: integration.to_owned(),
        dependencies: recipe.dependencies,
        warnings: recipe.warnings,
        release,
    }
}

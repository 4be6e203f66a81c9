//! Sources: adding and changing them, and applying what the engine read of a commit.
//!
//! `apply` is one transaction: hold the source's row, compare the commit it was read after, judge what would be pruned,
//! then make releases, deploy, prune, and remember the commit. Two engines on one source are serialised by the row; the
//! one that comes second sees a commit it did not start from and drops its work. When the guard asks, nothing of the
//! commit is applied (`domain::prune`).
//!
//! A token is encrypted before it is stored, and never shown again.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::{IntegrationId, SourceId};
use domain::permission::Permission;
use domain::prune::{self, Change, Verdict};
use domain::release::Refusal as Reason;
use domain::source::{Address, Condition};
use serde_json::json;
use store::integration::Integration;
use store::source::{Commit, Source};
use store::{Tx, bus};
use zeroize::Zeroizing;

use super::release::{self, Made};
use super::{Error, deployment};
use crate::ctx::Ctx;
use crate::gitops::plan::{Outcome, Plan, Planned};
use crate::gitops::refusal::Refusal;

/// A commit was applied, or the condition changed.
pub const TOPIC: &str = "source";
/// Somebody says that there may be a new commit.
pub const HINT: &str = "hint";

#[derive(Clone, Debug)]
pub struct New<'a> {
    pub project: &'a str,
    pub name: &'a str,
    pub url: &'a str,
    pub branch: &'a str,
    pub path: &'a str,
    pub token: Option<&'a str>,
}

pub async fn add(ctx: &Ctx, new: New<'_>) -> Result<Source, Error> {
    let mut tx = ctx.begin().await?;
    let project = store::project::find_named(&mut tx, new.project).await?;
    let what = format!("project `{}`", new.project);
    let project = project.ok_or_else(|| Error::not_found(&what))?;
    ctx.require_visible(Permission::ManageSource, ctx.project(project.id), &what)?;
    let name: domain::name::Name = new.name.parse()?;
    let (branch, path) = (check_branch(new.branch)?, check_path(new.path)?);
    check_url(new.url)?;
    let source = Source {
        id: SourceId(ctx.new_id()),
        project: project.id,
        name: name.to_string(),
        url: new.url.to_owned(),
        branch,
        path,
        token: None,
        commit: None,
        checked_at: None,
        condition: Condition::Good,
        prune: None,
        created_at: ctx.now(),
    };
    if let Err(err) = store::source::insert(&mut tx, &source).await {
        if err.violates(store::source::NAME_TAKEN) {
            let text = format!("there is a source `{name}` already");
            return Err(Error::conflict("MP-GIT-22", text));
        }
        return Err(err.into());
    }
    if let Some(token) = new.token {
        keep_token(ctx, &mut tx, source.id, token).await?;
    }
    bus::publish(&mut tx, HINT, source.id.0).await?;
    let detail = json!({"name": source.name, "url": source.url, "branch": source.branch});
    ctx.audit(&mut tx, "source.add", "source", &source.id.to_string(), detail).await?;
    ctx.commit(tx).await?;
    Ok(source)
}

/// A token is bound to its source, so that the ciphertext of one is of no use to another.
fn bound_to(id: SourceId) -> String {
    format!("source|{id}|token")
}

async fn keep_token(ctx: &Ctx, tx: &mut Tx, id: SourceId, token: &str) -> Result<(), Error> {
    let sealed = super::secret::seal_other(ctx, tx, &bound_to(id), token.as_bytes()).await?;
    Ok(store::source::update_token(tx, id, Some(&sealed)).await?)
}

/// The token in clear, for the engine alone.
pub(crate) async fn token(
    ctx: &Ctx,
    tx: &mut Tx,
    source: &Source,
) -> Result<Option<Zeroizing<String>>, Error> {
    let Some(sealed) = &source.token else { return Ok(None) };
    let clear = super::secret::open_other(ctx, tx, &bound_to(source.id), sealed).await?;
    Ok(Some(Zeroizing::new(String::from_utf8_lossy(&clear).into_owned())))
}

fn check_url(url: &str) -> Result<Address, Error> {
    Address::parse(url).map_err(|err| Error::invalid("MP-GIT-21", err.to_string()))
}

/// What Git allows in a branch's name, without the parts that mean something to a shell or a refspec.
fn check_branch(branch: &str) -> Result<String, Error> {
    let bad = |c: char| c.is_control() || c.is_whitespace() || "~^:?*[\\".contains(c);
    let wrong = branch.is_empty()
        || branch.len() > 200
        || branch.starts_with(['-', '/', '.'])
        || branch.ends_with(['/', '.'])
        || branch.contains("..")
        || branch.contains("@{")
        || branch.chars().any(bad);
    if wrong {
        let text = format!("`{}` is not the name of a branch", branch.escape_debug());
        return Err(Error::invalid("MP-GIT-21", text));
    }
    Ok(branch.to_owned())
}

fn check_path(path: &str) -> Result<String, Error> {
    let path = path.trim_matches('/');
    let plain =
        |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains('\\');
    if path.is_empty() || path.split('/').all(plain) {
        return Ok(path.to_owned());
    }
    let text = format!("`{}` is not a folder of a repository", path.escape_debug());
    Err(Error::invalid("MP-GIT-21", text))
}

pub async fn list(ctx: &Ctx, project: Option<&str>) -> Result<Vec<Source>, Error> {
    let mut tx = ctx.begin().await?;
    let project = super::integration::project_filter(&mut tx, project).await?;
    let mut sources = store::source::list(&mut tx).await?;
    sources.retain(|source| {
        project.is_none_or(|project| project == source.project)
            && ctx.may(Permission::ReadSource, ctx.project(source.project))
    });
    Ok(sources)
}

/// The name of a source's project, for whoever was shown the source.
pub async fn project_name(ctx: &Ctx, source: &Source) -> Result<String, Error> {
    let mut tx = ctx.begin().await?;
    let project = store::project::find(&mut tx, source.project).await?;
    Ok(project.map(|project| project.name).unwrap_or_default())
}

/// By name or id.
pub async fn find(ctx: &Ctx, permission: Permission, wanted: &str) -> Result<Source, Error> {
    let mut tx = ctx.begin().await?;
    find_in(ctx, &mut tx, permission, wanted).await
}

async fn find_in(
    ctx: &Ctx,
    tx: &mut Tx,
    permission: Permission,
    wanted: &str,
) -> Result<Source, Error> {
    let what = format!("source `{wanted}`");
    let sources = store::source::list(tx).await?;
    let found = sources
        .into_iter()
        .find(|source| source.name == wanted || source.id.to_string() == wanted)
        .ok_or_else(|| Error::not_found(&what))?;
    ctx.require_visible(permission, ctx.project(found.project), &what)?;
    Ok(found)
}

#[derive(Clone, Debug, Default)]
pub struct Update<'a> {
    pub url: Option<&'a str>,
    pub branch: Option<&'a str>,
    pub path: Option<&'a str>,
    pub token: Option<&'a str>,
}

/// Points a source elsewhere. What ran keeps running until a commit from there is applied.
pub async fn update(ctx: &Ctx, wanted: &str, update: Update<'_>) -> Result<Source, Error> {
    let mut tx = ctx.begin().await?;
    let found = find_in(ctx, &mut tx, Permission::ManageSource, wanted).await?;
    let url = update.url.unwrap_or(&found.url);
    check_url(url)?;
    let branch = check_branch(update.branch.unwrap_or(&found.branch))?;
    let path = check_path(update.path.unwrap_or(&found.path))?;
    // A token was given for one host; another address must bring its own.
    let token = found.token.as_deref().filter(|_| url == found.url);
    store::source::update_address(&mut tx, found.id, url, &branch, &path, token).await?;
    if let Some(token) = update.token {
        keep_token(ctx, &mut tx, found.id, token).await?;
    }
    bus::publish(&mut tx, HINT, found.id.0).await?;
    let detail = json!({"url": url, "branch": branch, "path": path});
    ctx.audit(&mut tx, "source.update", "source", &found.id.to_string(), detail).await?;
    let source = store::source::find(&mut tx, found.id).await?;
    ctx.commit(tx).await?;
    source.ok_or_else(|| Error::not_found("source"))
}

/// Removes a source and everything that came from it: a person said so, so nothing asks.
pub async fn remove(ctx: &Ctx, wanted: &str) -> Result<Vec<String>, Error> {
    let mut tx = ctx.begin().await?;
    let found = find_in(ctx, &mut tx, Permission::ManageSource, wanted).await?;
    let gone = store::integration::list_of_source(&mut tx, found.id).await?;
    for integration in &gone {
        prune_one(ctx, &mut tx, integration.id).await?;
    }
    store::source::delete(&mut tx, found.id).await?;
    bus::publish(&mut tx, TOPIC, found.id.0).await?;
    let names: Vec<String> = gone.into_iter().map(|integration| integration.name).collect();
    let detail = json!({"name": found.name, "integrations": names});
    ctx.audit(&mut tx, "source.remove", "source", &found.id.to_string(), detail).await?;
    ctx.commit(tx).await?;
    Ok(names)
}

/// Asks every engine to look at the source now.
pub async fn sync(ctx: &Ctx, wanted: &str) -> Result<Source, Error> {
    let mut tx = ctx.begin().await?;
    let found = find_in(ctx, &mut tx, Permission::SyncSource, wanted).await?;
    bus::publish(&mut tx, HINT, found.id.0).await?;
    ctx.commit(tx).await?;
    Ok(found)
}

/// Answers the guard: what is gone from `commit` may go. The commit is read again and applied.
pub async fn confirm_prune(ctx: &Ctx, wanted: &str, commit: &str) -> Result<Vec<String>, Error> {
    let mut tx = ctx.begin().await?;
    let found = find_in(ctx, &mut tx, Permission::ManageSource, wanted).await?;
    let waiting = found.prune.clone().filter(|prune| {
        !commit.is_empty() && prune["commit"].as_str().is_some_and(|id| id.starts_with(commit))
    });
    let Some(mut waiting) = waiting else {
        let text = format!("`{}` asks nothing about the commit `{commit}`", found.name);
        return Err(Error::conflict("MP-GIT-23", text));
    };
    waiting["confirmed"] = json!(true);
    store::source::update_prune(&mut tx, found.id, Some(&waiting)).await?;
    bus::publish(&mut tx, HINT, found.id.0).await?;
    let names: Vec<String> = serde_json::from_value(waiting["gone"].clone()).unwrap_or_default();
    let detail = json!({"name": found.name, "commit": waiting["commit"], "integrations": names});
    ctx.audit(&mut tx, "source.confirm_prune", "source", &found.id.to_string(), detail).await?;
    ctx.commit(tx).await?;
    Ok(names)
}

/// What the engine read.
#[derive(Clone, Debug)]
pub struct Read {
    pub source: SourceId,
    /// The commit that was known when the reading began.
    pub after: Option<String>,
    pub commit: Commit,
    pub path_exists: bool,
    pub plan: Plan,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Applied {
    Done {
        made: Vec<Made>,
        pruned: Vec<String>,
    },
    /// Nothing was applied: the guard asks first.
    Asked {
        gone: Vec<String>,
        why: prune::Why,
    },
    /// Nothing was applied: the source as a whole has problems.
    Refused(Vec<Reason>),
    /// Another engine was faster, or the source is gone.
    Overtaken,
}

/// Makes a commit the desired state, in one transaction.
pub(crate) async fn apply(ctx: &Ctx, read: &Read) -> Result<Applied, Error> {
    let mut tx = ctx.begin().await?;
    let Some(source) = store::source::find_for_update(&mut tx, read.source).await? else {
        return Ok(Applied::Overtaken);
    };
    if source.commit.as_ref().map(|commit| &commit.id) != read.after.as_ref() {
        return Ok(Applied::Overtaken);
    }
    let applied = apply_held(ctx, &mut tx, &source, read).await?;
    bus::publish(&mut tx, TOPIC, source.id.0).await?;
    ctx.commit(tx).await?;
    Ok(applied)
}

async fn apply_held(
    ctx: &Ctx,
    tx: &mut Tx,
    source: &Source,
    read: &Read,
) -> Result<Applied, Error> {
    let now = ctx.now();
    if let Some(first) = read.plan.refused.first() {
        let condition = source.condition.clone().fail(&first.code, &first.message, now);
        store::source::update_condition(tx, source.id, &condition, now).await?;
        return Ok(Applied::Refused(read.plan.refused.clone()));
    }
    let live = store::integration::list_of_source(tx, source.id).await?;
    let here: BTreeSet<&str> =
        read.plan.integrations.iter().map(|planned| planned.name.as_str()).collect();
    let gone: Vec<&Integration> =
        live.iter().filter(|integration| !here.contains(integration.name.as_str())).collect();
    let names: Vec<String> = gone.iter().map(|integration| integration.name.clone()).collect();
    let change = Change { live: live.len(), gone: gone.len(), path_exists: read.path_exists };
    let confirmed = source.prune.as_ref().is_some_and(|prune| {
        prune["confirmed"] == json!(true) && prune["commit"] == json!(read.commit.id)
    });
    if let Verdict::Ask(why) = prune::judge(change, confirmed) {
        return ask(ctx, tx, source, read, names, why).await;
    }
    if let Some(taken) = taken_elsewhere(tx, source, &here).await? {
        let condition = source.condition.clone().fail(&taken.code, &taken.message, now);
        store::source::update_condition(tx, source.id, &condition, now).await?;
        return Ok(Applied::Refused(vec![taken]));
    }
    let mut made = Vec::new();
    for planned in &read.plan.integrations {
        made.extend(apply_one(ctx, tx, source, &read.commit, planned).await?);
    }
    for integration in gone {
        prune_one(ctx, tx, integration.id).await?;
    }
    store::source::update_commit(tx, source.id, &read.commit, now).await?;
    store::source::update_condition(tx, source.id, &Condition::Good, now).await?;
    Ok(Applied::Done { made, pruned: names })
}

/// An integration of the commit that another source of the project has already.
async fn taken_elsewhere(
    tx: &mut Tx,
    source: &Source,
    here: &BTreeSet<&str>,
) -> Result<Option<Reason>, Error> {
    let all = store::integration::list(tx).await?;
    let taken = all.iter().find(|one| {
        one.project == source.project && one.source != source.id && here.contains(one.name.as_str())
    });
    let Some(taken) = taken else { return Ok(None) };
    let owner = store::source::find(tx, taken.source).await?;
    let owner = owner.map(|owner| owner.name).unwrap_or_default();
    Ok(Some(Reason {
        code: "MP-GIT-24".to_owned(),
        message: format!("the source `{owner}` has an integration `{}` already", taken.name),
    }))
}

async fn apply_one(
    ctx: &Ctx,
    tx: &mut Tx,
    source: &Source,
    commit: &Commit,
    planned: &Planned,
) -> Result<Option<Made>, Error> {
    let new = Integration {
        id: IntegrationId(ctx.new_id()),
        project: source.project,
        source: source.id,
        name: planned.name.clone(),
        folder: planned.folder.clone(),
        created_at: ctx.now(),
        removed_at: None,
    };
    let Some(id) = store::integration::upsert(tx, &new).await? else {
        // Two sources were applied at the same moment. The next poll of this one says so.
        return Err(Error::conflict("MP-GIT-24", format!("`{}` is taken", planned.name)));
    };
    let integration = Integration { id, ..new };
    release::make(ctx, tx, source, &integration, commit, planned).await
}

async fn ask(
    ctx: &Ctx,
    tx: &mut Tx,
    source: &Source,
    read: &Read,
    gone: Vec<String>,
    why: prune::Why,
) -> Result<Applied, Error> {
    let now = ctx.now();
    let short = &read.commit.id[..read.commit.id.len().min(12)];
    let (code, what) = match why {
        prune::Why::PathVanished => {
            ("MP-GIT-16", format!("the folder `{}` is not in the commit {short}", source.path))
        }
        prune::Why::NothingLeft => {
            ("MP-GIT-17", format!("the commit {short} holds no integration any more"))
        }
        prune::Why::TooMany => {
            ("MP-GIT-17", format!("the commit {short} removes {} integrations", gone.len()))
        }
    };
    let text = format!(
        "{what}; {} would stop. Nothing was changed. If it is meant: `midplane sync {} --confirm-prune {short}`",
        gone.join(", "),
        source.name
    );
    let waiting = json!({"commit": read.commit.id, "gone": gone, "why": why.as_str()});
    if source.prune.as_ref().is_none_or(|known| known["commit"] != waiting["commit"]) {
        store::source::update_prune(tx, source.id, Some(&waiting)).await?;
    }
    let condition = source.condition.clone().fail(code, &text, now);
    store::source::update_condition(tx, source.id, &condition, now).await?;
    Ok(Applied::Asked { gone, why })
}

/// Takes an integration out of the inventory; its desired state becomes a removal that stays until it is carried out.
async fn prune_one(ctx: &Ctx, tx: &mut Tx, id: IntegrationId) -> Result<(), Error> {
    deployment::remove(ctx, tx, id).await?;
    Ok(store::integration::mark_removed(tx, id, ctx.now()).await?)
}

/// Remembers why a source could not be read; what runs keeps running. How often it failed comes back.
pub(crate) async fn fail(ctx: &Ctx, id: SourceId, refusal: &Refusal) -> Result<u32, Error> {
    let mut tx = ctx.begin().await?;
    let Some(source) = store::source::find_for_update(&mut tx, id).await? else { return Ok(0) };
    let condition = source.condition.fail(refusal.code(), &refusal.to_string(), ctx.now());
    let attempts = match &condition {
        Condition::Failing { attempts, .. } => *attempts,
        Condition::Good => 0,
    };
    store::source::update_condition(&mut tx, id, &condition, ctx.now()).await?;
    if attempts == 1 {
        bus::publish(&mut tx, TOPIC, id.0).await?;
    }
    ctx.commit(tx).await?;
    Ok(attempts)
}

/// The repository answered and has nothing new: a condition that was about reaching it is over.
pub(crate) async fn heal(ctx: &Ctx, id: SourceId) -> Result<(), Error> {
    let mut tx = ctx.begin().await?;
    store::source::update_condition(&mut tx, id, &Condition::Good, ctx.now()).await?;
    bus::publish(&mut tx, TOPIC, id.0).await?;
    ctx.commit(tx).await
}

/// Somebody asked, and there was nothing new: says that it was looked at.
pub(crate) async fn touch(ctx: &Ctx, id: SourceId) -> Result<(), Error> {
    let mut tx = ctx.begin().await?;
    store::source::touch(&mut tx, id, ctx.now()).await?;
    bus::publish(&mut tx, TOPIC, id.0).await?;
    ctx.commit(tx).await
}

/// The inputs of each live integration's newest release, by name: what `plan` compares with.
pub(crate) async fn known_inputs(
    tx: &mut Tx,
    source: SourceId,
) -> Result<BTreeMap<String, String>, Error> {
    let names: BTreeMap<IntegrationId, String> = store::integration::list_of_source(tx, source)
        .await?
        .into_iter()
        .map(|integration| (integration.id, integration.name))
        .collect();
    let newest = store::release::list_newest(tx, source).await?;
    Ok(newest
        .into_iter()
        .filter_map(|release| Some((names.get(&release.integration)?.clone(), release.inputs)))
        .collect())
}

/// Whether a planned integration changes anything, for those who only look.
pub fn changes(planned: &Planned) -> bool {
    planned.outcome != Outcome::Unchanged
}

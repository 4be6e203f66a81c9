//! Failures of one kind as work: which there are, in which state, and what people say of them.
//!
//! ```text
//! groups (store) -> those that the actor may see -> state (domain::failure) -> Shown
//! say: find -> permission where it ran -> mark + audit, one transaction
//! ```
//! A group is named by its id, which says what it is of and is therefore the same for ever. What is written is what somebody
//! said; the state is worked out whenever it is read, so nothing here waits for anything. A group of an application that is only
//! observed belongs to no project: whoever may do it everywhere may do it there.

pub mod id;

use std::collections::HashMap;

use domain::failure::{Said, State};
use domain::id::DeploymentId;
use domain::permission::Permission;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::Tx;
use store::telemetry::failure::{self, Group, Key, mark};
use store::telemetry::search::Scene;
use telemetry::id::MessageId;

use super::Error;
use super::message::{self, Commit};
use crate::ctx::Ctx;

/// A failure that begins this soon after a deployment is probably its doing.
const SOON: SignedDuration = SignedDuration::from_mins(10);
/// One page of the store, and the most that are shown at once.
pub const MOST: u32 = 200;
/// Pages that are looked through for groups of the wanted states.
const MOST_PAGES: u32 = 10;
/// As `failure_mark_assignee_length` and `failure_mark_note_length`.
const LONGEST_NAME: usize = 200;
const LONGEST_NOTE: usize = 4_000;

/// A failure group as people see it.
#[derive(Clone, Debug)]
pub struct Shown {
    pub group: Group,
    pub state: State,
    /// It was resolved, and messages fail so nevertheless.
    pub goes_on: bool,
    /// The release that ran when it began, if it was deployed within ten minutes before.
    pub began_on: Option<Commit>,
    /// What ran when it was resolved.
    pub resolved_on: Option<Commit>,
}

/// Groups that failed since, the newest first; of these states, or of all.
pub async fn list(
    ctx: &Ctx,
    since: Timestamp,
    before: Option<MessageId>,
    states: Option<&[State]>,
    first: u32,
) -> Result<Vec<Shown>, Error> {
    if !(1..=MOST).contains(&first) {
        return Err(Error::invalid("MP-API-10", format!("`first` is between 1 and {MOST}")));
    }
    let mut tx = ctx.begin().await?;
    let mut groups = Vec::new();
    let mut before = before;
    for _ in 0..MOST_PAGES {
        let page = failure::list(&mut tx, since, before, i64::from(MOST)).await?;
        let is_last = page.len() < usize::try_from(MOST).unwrap_or(0);
        before = page.last().map(|group| group.last);
        groups.extend(page.into_iter().filter(|group| {
            let state = group.state(ctx.now());
            may(ctx, Permission::ReadMessage, group)
                && states.is_none_or(|wanted| wanted.contains(&state))
        }));
        if is_last || groups.len() >= usize::try_from(first).unwrap_or(0) {
            break;
        }
    }
    groups.truncate(usize::try_from(first).unwrap_or(0));
    show(ctx, &mut tx, groups).await
}

/// One group; `None` also when the actor may not see it.
pub async fn find(ctx: &Ctx, id: &str) -> Result<Option<Shown>, Error> {
    let Some(key) = id::read(id) else { return Ok(None) };
    let mut tx = ctx.begin().await?;
    let found = failure::find(&mut tx, &key).await?;
    let found = found.filter(|group| may(ctx, Permission::ReadMessage, group));
    Ok(show(ctx, &mut tx, found.into_iter().collect()).await?.pop())
}

/// Somebody has dealt with it: it is work again only when it fails on a release that is deployed later.
pub async fn resolve(ctx: &Ctx, id: &str, note: Option<&str>) -> Result<Shown, Error> {
    let mut tx = ctx.begin().await?;
    let group = managed(ctx, &mut tx, id).await?;
    let runs = running(&mut tx, &group).await?;
    let said = Said::Resolved { at: ctx.now() };
    mark::say(&mut tx, &group.key, said, &ctx.actor.label, runs, ctx.now()).await?;
    leave_note(&mut tx, &group.key, note).await?;
    let detail = json!({"deployment": runs.map(|id| id.to_string()), "note": note.is_some()});
    done(ctx, tx, id, &group, "resolve", detail).await
}

/// Nobody is to hear of it until then, or at all.
pub async fn mute(
    ctx: &Ctx,
    id: &str,
    until: Option<Timestamp>,
    note: Option<&str>,
) -> Result<Shown, Error> {
    if until.is_some_and(|until| until <= ctx.now()) {
        return Err(Error::invalid("MP-API-10", "the end of a mute is not over yet"));
    }
    let mut tx = ctx.begin().await?;
    let group = managed(ctx, &mut tx, id).await?;
    let said = Said::Muted { until };
    mark::say(&mut tx, &group.key, said, &ctx.actor.label, None, ctx.now()).await?;
    leave_note(&mut tx, &group.key, note).await?;
    let detail = json!({"until": until.map(|at| at.to_string()), "note": note.is_some()});
    done(ctx, tx, id, &group, "mute", detail).await
}

/// It is work after all.
pub async fn reopen(ctx: &Ctx, id: &str) -> Result<Shown, Error> {
    let mut tx = ctx.begin().await?;
    let group = managed(ctx, &mut tx, id).await?;
    mark::say(&mut tx, &group.key, Said::Open, &ctx.actor.label, None, ctx.now()).await?;
    done(ctx, tx, id, &group, "reopen", json!({})).await
}

/// Says whose work it is; `None`: nobody's.
pub async fn assign(ctx: &Ctx, id: &str, to: Option<&str>) -> Result<Shown, Error> {
    let to = checked("an assignee", to, LONGEST_NAME)?;
    let mut tx = ctx.begin().await?;
    let group = managed(ctx, &mut tx, id).await?;
    mark::assign(&mut tx, &group.key, to).await?;
    done(ctx, tx, id, &group, "assign", json!({"to": to})).await
}

/// Writes the note anew; `None` takes it away.
pub async fn note(ctx: &Ctx, id: &str, note: Option<&str>) -> Result<Shown, Error> {
    let note = checked("a note", note, LONGEST_NOTE)?;
    let mut tx = ctx.begin().await?;
    let group = managed(ctx, &mut tx, id).await?;
    mark::note(&mut tx, &group.key, note).await?;
    done(ctx, tx, id, &group, "note", json!({"note": note.is_some()})).await
}

/// The note that comes with something else; without one the former stays.
async fn leave_note(tx: &mut Tx, key: &Key, note: Option<&str>) -> Result<(), Error> {
    if let Some(note) = checked("a note", note, LONGEST_NOTE)? {
        mark::note(tx, key, Some(note)).await?;
    }
    Ok(())
}

/// Without space around it; nothing is `None`.
fn checked<'a>(
    what: &str,
    text: Option<&'a str>,
    longest: usize,
) -> Result<Option<&'a str>, Error> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    if text.is_some_and(|text| text.contains('\0') || text.chars().count() > longest) {
        let text = format!("{what} has at most {longest} characters, none of them NUL");
        return Err(Error::invalid("MP-API-10", text));
    }
    Ok(text)
}

/// A group that the actor may say something of.
async fn managed(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<Group, Error> {
    let nothing = || Error::not_found("failure group of that id");
    let key = id::read(id).ok_or_else(nothing)?;
    let found = failure::find(tx, &key).await?;
    let found = found.filter(|group| may(ctx, Permission::ReadMessage, group));
    let group = found.ok_or_else(nothing)?;
    if may(ctx, Permission::ManageFailure, &group) {
        Ok(group)
    } else {
        Err(Error::forbidden(Permission::ManageFailure))
    }
}

/// Writes the audit row with what was said, and reads what is so now.
async fn done(
    ctx: &Ctx,
    mut tx: Tx,
    id: &str,
    group: &Group,
    what: &str,
    mut detail: Value,
) -> Result<Shown, Error> {
    detail["integration"] = group.key.integration.as_str().into();
    detail["environment"] = group.key.environment.as_str().into();
    detail["route"] = group.route.as_str().into();
    detail["fingerprint"] = format!("{:016x}", group.key.fingerprint).into();
    ctx.audit(&mut tx, &format!("failure.{what}"), "failure_group", id, detail).await?;
    ctx.commit(tx).await?;
    find(ctx, id).await?.ok_or_else(|| Error::not_found("failure group of that id"))
}

/// Whether the actor may do something where the group's failures happen.
pub(crate) fn may(ctx: &Ctx, permission: Permission, group: &Group) -> bool {
    match (group.project, group.environment_id) {
        (Some(project), Some(environment)) => ctx.may_in(permission, project, environment),
        _ => ctx.may(permission, ctx.everywhere()),
    }
}

/// What runs now where it failed last: what the runner said, else what was asked of it.
async fn running(tx: &mut Tx, group: &Group) -> Result<Option<DeploymentId>, Error> {
    let origins = store::telemetry::name::origins(tx).await?;
    let workload = origins.get(&group.last_origin).and_then(|origin| origin.workload);
    let Some(workload) = workload else { return Ok(None) };
    let found = store::workload::find(tx, workload).await?;
    Ok(found.and_then(|one| one.seen.and_then(|seen| seen.deployment).or(one.deployment)))
}

async fn show(ctx: &Ctx, tx: &mut Tx, groups: Vec<Group>) -> Result<Vec<Shown>, Error> {
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let scene = message::scene(ctx, tx).await?;
    let mut commits = Commits::default();
    let mut shown = Vec::with_capacity(groups.len());
    for group in groups {
        let began_on = match suspect(tx, &scene, &group).await? {
            Some(id) => commits.of(tx, id).await?,
            None => None,
        };
        let resolved_on = match group.mark.as_ref().and_then(|mark| mark.resolved_on) {
            Some(id) => commits.of(tx, id).await?,
            None => None,
        };
        let (state, goes_on) = (group.state(ctx.now()), group.goes_on(ctx.now()));
        shown.push(Shown { group, state, goes_on, began_on, resolved_on });
    }
    Ok(shown)
}

/// Commits of deployments, each read once: groups of a list share a few.
#[derive(Default)]
struct Commits {
    known: HashMap<DeploymentId, Option<Commit>>,
}

impl Commits {
    async fn of(&mut self, tx: &mut Tx, id: DeploymentId) -> Result<Option<Commit>, Error> {
        if let Some(known) = self.known.get(&id) {
            return Ok(known.clone());
        }
        let commit = message::commit(tx, id).await?;
        self.known.insert(id, commit.clone());
        Ok(commit)
    }
}

/// The deployment that it began on, if that was there for a short time only.
async fn suspect(tx: &mut Tx, scene: &Scene, group: &Group) -> Result<Option<DeploymentId>, Error> {
    let origin = scene.origins.get(&group.first_origin);
    let Some(id) = origin.and_then(|origin| origin.deployment) else { return Ok(None) };
    let Some(deployment) = store::deployment::find(tx, id).await? else { return Ok(None) };
    let first = i64::try_from(group.first.started_us).unwrap_or(i64::MAX);
    let Ok(first) = Timestamp::from_microsecond(first) else { return Ok(None) };
    Ok((first.duration_since(deployment.created_at) <= SOON).then_some(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_trimmed_and_bounded_and_nothing_is_none() {
        let check = |text| checked("a note", text, 4).map_err(|err| err.code());
        assert_eq!(check(None), Ok(None));
        assert_eq!(check(Some(" \n")), Ok(None));
        assert_eq!(check(Some(" ana ")), Ok(Some("ana")));
        assert_eq!(check(Some("äöüß")), Ok(Some("äöüß")));
        assert_eq!(check(Some("maria")), Err("MP-API-10"));
        assert_eq!(check(Some("a\0")), Err("MP-API-10"));
    }
}

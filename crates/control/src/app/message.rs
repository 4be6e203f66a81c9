//! Messages as people look for them: lists, one in full, what it carried, what belongs to it.
//!
//! ```text
//! text -> telemetry::query (tree) -> store::telemetry::search, within the origins that the actor may see -> Row
//! ```
//! Who may see a message follows from where it ran: its project and its environment. An application that is observed has
//! neither, and is seen by readers of the whole organization. What a message carried is a permission of its own, and every
//! look leaves an entry in the audit.

pub mod compare;
pub mod diff;
pub mod flight;
pub mod live;
mod path;
mod repaired;
pub mod route;
pub mod series;
pub mod trend;

use std::collections::HashMap;

use domain::id::DeploymentId;
use domain::permission::Permission;
use jiff::Timestamp;
use serde_json::json;
use store::Tx;
use store::telemetry::name::{self, Origin};
use store::telemetry::payload::{self, Payload};
use store::telemetry::rollup::Period;
use store::telemetry::search::{self, Facets, Found, Scene};
use store::telemetry::{NameId, log};
use telemetry::cause::{self, Cause};
use telemetry::id::{MessageId, SHORT_LEN, parse_end, short_len};
use telemetry::model::{MessageFlags, Point};
use telemetry::query::{self, OutcomeIs, Query};

use super::Error;
use crate::ctx::Ctx;

pub use path::Step;

/// management-api.md: `first` 1..200.
pub const MOST: u32 = 200;
/// Steps of one page; the whole of a usual message.
pub const MOST_STEPS: u32 = 1_000;
/// Messages that belong together, and lines of a log: more are found by a search.
const MOST_RELATED: usize = 50;
const MOST_LINES: i64 = 1_000;
/// As far back as the list speaks of what is missing.
const MISSING_SPAN_US: u64 = 3_600_000_000;
/// A short id is looked for this far back.
const SHORT_ID_REACH: jiff::SignedDuration = jiff::SignedDuration::from_hours(24 * 7);

/// A message in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub id: MessageId,
    pub integration: String,
    pub environment: String,
    pub runtime: String,
    pub release: String,
    pub route: String,
    pub outcome: OutcomeIs,
    pub duration_us: u64,
    pub steps: u32,
    pub node: Option<String>,
    pub class: Option<String>,
    pub error: Option<String>,
    pub fingerprint: Option<u64>,
    pub attributes: Vec<(String, String)>,
    pub flags: MessageFlags,
    pub replay_of: Option<MessageId>,
    /// The message by which a failure was repaired; filled in where a list or one message is read.
    pub repaired_by: Option<MessageId>,
}

/// A page of a list.
#[derive(Clone, Debug, Default)]
pub struct List {
    pub rows: Vec<Row>,
    /// Characters of an id that tell the rows apart.
    pub short: usize,
    pub next: Option<MessageId>,
    /// The search ended before the page was full; `next` goes on.
    pub is_partial: bool,
    pub columns: Vec<String>,
    pub notes: Vec<String>,
}

/// Reads what somebody typed.
pub fn read(ctx: &Ctx, text: &str) -> Result<Query, Error> {
    query::parse(text, ctx.now()).map_err(|err| {
        let code = err.code.as_str();
        Error::invalid(code, err.to_string())
    })
}

/// What the actor may see of messages.
pub async fn scene(ctx: &Ctx, tx: &mut Tx) -> Result<Scene, Error> {
    let mut origins = name::origins(tx).await?;
    origins.retain(|_, origin| may_see(ctx, Permission::ReadMessage, origin));
    let runtimes = store::runtime::list(tx).await?;
    let runtimes = runtimes.into_iter().map(|runtime| (runtime.id, runtime.name)).collect();
    Ok(Scene { origins, runtimes, now_us: Some(ctx.now().as_microsecond()) })
}

fn may_see(ctx: &Ctx, permission: Permission, origin: &Origin) -> bool {
    match (origin.project, origin.environment_id) {
        (Some(project), Some(environment)) => ctx.may_in(permission, project, environment),
        _ => ctx.may(permission, ctx.everywhere()),
    }
}

/// Errors of a search, with what to do when it took too long.
pub(crate) fn searching(err: store::Error) -> Error {
    if search::took_too_long(&err) {
        let message = "the search took too long; give it less time to look at, as in `since:1h`, or name a route";
        return Error::unavailable("MP-QUERY-04", message);
    }
    Error::internal(err)
}

/// The newest messages that `text` asks for.
pub async fn list(
    ctx: &Ctx,
    text: &str,
    first: u32,
    before: Option<MessageId>,
) -> Result<List, Error> {
    if !(1..=MOST).contains(&first) {
        return Err(Error::invalid("MP-API-10", format!("`first` is between 1 and {MOST}")));
    }
    let query = read(ctx, text)?;
    let mut tx = ctx.begin().await?;
    let scene = scene(ctx, &mut tx).await?;
    search::limit(&mut tx).await?;
    let limit = usize::try_from(first).unwrap_or(1);
    let page = search::search(&mut tx, &scene, &query, before, limit).await.map_err(searching)?;
    let mut rows: Vec<Row> = page.found.iter().map(|found| row(&scene, found)).collect();
    repaired::fill(&mut tx, &mut rows).await?;
    let ids: Vec<MessageId> = rows.iter().map(|row| row.id).collect();
    let mut notes = query.notes.clone();
    notes.extend(missing(ctx, &mut tx, &scene, &ids, before).await?);
    Ok(List {
        short: short_len(&ids),
        columns: columns(&query, &rows),
        rows,
        next: page.next,
        is_partial: page.is_partial,
        notes,
    })
}

/// A word about what is missing among the rows, or after the newest of them if it is the first page.
async fn missing(
    ctx: &Ctx,
    tx: &mut Tx,
    scene: &Scene,
    ids: &[MessageId],
    before: Option<MessageId>,
) -> Result<Option<String>, Error> {
    let starts = ids.iter().map(|id| id.started_us);
    let Some(from_us) = starts.clone().min() else { return Ok(None) };
    let now_us = u64::try_from(ctx.now().as_microsecond()).unwrap_or(0);
    let newest = starts.max().unwrap_or(from_us) + 1;
    let to_us = if before.is_none() { now_us.max(newest) } else { newest };
    // Rows that lie far apart are few; nobody reads a sum over months between them.
    let from_us = from_us.max(to_us.saturating_sub(MISSING_SPAN_US));
    let origins: Vec<_> = scene.origins.keys().copied().collect();
    let period = Period { from_us, to_us };
    let count = log::missing(tx, &origins, period).await.map_err(Error::internal)?;
    let said =
        format!("{count} messages of this time are missing; why: midplane messages --missing");
    Ok((count > 0).then_some(said))
}

/// Attributes that were asked for, else the commonest one of the list.
fn columns(query: &Query, rows: &[Row]) -> Vec<String> {
    if !query.columns.is_empty() {
        return query.columns.clone();
    }
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (key, _) in rows.iter().flat_map(|row| &row.attributes) {
        *counts.entry(key).or_default() += 1;
    }
    let commonest = counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0)));
    commonest.map(|(key, _)| key.to_owned()).into_iter().collect()
}

pub async fn facets(ctx: &Ctx, text: &str) -> Result<Facets, Error> {
    let query = read(ctx, text)?;
    let mut tx = ctx.begin().await?;
    let scene = scene(ctx, &mut tx).await?;
    search::limit(&mut tx).await?;
    search::facets(&mut tx, &scene, &query).await.map_err(searching)
}

pub(crate) fn row(scene: &Scene, found: &Found) -> Row {
    let origin = scene.origins.get(&found.origin);
    let runtime = origin.map(|origin| {
        let name = scene.runtimes.get(&origin.runtime).cloned();
        name.unwrap_or_else(|| origin.runtime.to_string())
    });
    let text = |of: fn(&Origin) -> &String| origin.map(of).cloned().unwrap_or_default();
    let detail = &found.detail;
    Row {
        id: found.id,
        integration: text(|origin| &origin.integration),
        environment: text(|origin| &origin.environment),
        release: text(|origin| &origin.release),
        runtime: runtime.unwrap_or_default(),
        route: found.route.clone(),
        outcome: found.outcome,
        duration_us: found.duration_us,
        steps: found.steps,
        node: found.node.clone(),
        class: found.class.clone(),
        error: detail.fault.as_ref().map(|fault| fault.message.clone()),
        fingerprint: found.fingerprint,
        attributes: detail
            .attributes
            .iter()
            .map(|(key, value)| (found.name(*key).to_owned(), value.clone()))
            .collect(),
        flags: found.flags,
        replay_of: detail.replay_of,
        repaired_by: None,
    }
}

/// A release, as a person recognizes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    pub short: String,
    pub author: String,
    pub subject: String,
}

/// How much a message carried, without what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    pub headers: u64,
    /// None if it is not known.
    pub bytes: Option<u64>,
    pub content_type: Option<String>,
    pub class: Option<String>,
}

/// One message in full, but for what it carried.
#[derive(Clone, Debug)]
pub struct Detail {
    pub row: Row,
    pub exchange: String,
    pub breadcrumb: Option<String>,
    pub trace_id: String,
    pub from: Option<String>,
    /// What it carried when it began.
    pub start: Option<Carried>,
    pub commit: Option<Commit>,
    pub steps: Vec<Step>,
    /// How many it made; more than can be paged when it is truncated.
    pub steps_total: u32,
    pub failed_step: Option<u32>,
    /// What the route saw, when the error came wrapped in another.
    pub outer_class: Option<String>,
    pub outer_message: Option<String>,
    pub stack: Option<String>,
    pub likely: Option<Cause>,
    pub claimed_start: Option<Timestamp>,
}

/// The message that `text` names: a whole id, or its last characters when they name one alone.
pub async fn resolve(
    ctx: &Ctx,
    tx: &mut Tx,
    scene: &Scene,
    text: &str,
) -> Result<MessageId, Error> {
    let nothing =
        || Error::not_found(&format!("message `{}`", text.chars().take(40).collect::<String>()));
    if let Ok(id) = text.parse::<MessageId>() {
        return Ok(id);
    }
    let Ok((bits, width)) = parse_end(text) else { return Err(nothing()) };
    if text.chars().count() < SHORT_LEN {
        let message = "an id is named by at least its last four characters";
        return Err(Error::invalid("MP-MSG-01", message));
    }
    let since = (ctx.now() - SHORT_ID_REACH).as_microsecond();
    let since_us = u64::try_from(since).unwrap_or(0);
    search::limit(tx).await?;
    let found = search::ending(tx, scene, (bits, width), since_us).await.map_err(searching)?;
    let mut ids = found.into_iter();
    match (ids.next(), ids.next()) {
        (Some(id), None) => Ok(id),
        (Some(_), Some(_)) => {
            let message = format!("several messages end in `{text}`; give more of its characters");
            Err(Error::conflict("MP-MSG-02", message))
        }
        (None, _) => Err(nothing()),
    }
}

/// The end of an id that [`resolve`] takes for this message alone; the whole id when no short one does.
pub(crate) async fn short(
    ctx: &Ctx,
    tx: &mut Tx,
    scene: &Scene,
    id: MessageId,
) -> Result<String, Error> {
    search::limit(tx).await?;
    for length in [SHORT_LEN, SHORT_LEN + 1, SHORT_LEN + 2, 2 * SHORT_LEN] {
        let end = id.short(length);
        match resolve(ctx, tx, scene, &end).await {
            Ok(found) if found == id => return Ok(end),
            Err(err) if err.kind() == super::Kind::Internal => return Err(err),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(id.to_string())
}

pub(crate) async fn found(
    ctx: &Ctx,
    tx: &mut Tx,
    scene: &Scene,
    text: &str,
    skip: u32,
    most: u32,
) -> Result<Found, Error> {
    let id = resolve(ctx, tx, scene, text).await?;
    let (skip, most) = (usize::try_from(skip).unwrap_or(0), usize::try_from(most).unwrap_or(0));
    let found = search::find(tx, scene, id, skip, most).await?;
    found.ok_or_else(|| {
        Error::not_found(&format!("message `{}`", text.chars().take(40).collect::<String>()))
    })
}

/// One message with its first steps.
pub async fn find(ctx: &Ctx, text: &str, skip: u32, most: u32) -> Result<Detail, Error> {
    if most > MOST_STEPS {
        return Err(Error::invalid("MP-API-10", format!("at most {MOST_STEPS} steps at once")));
    }
    let mut tx = ctx.begin().await?;
    let scene = scene(ctx, &mut tx).await?;
    let found = found(ctx, &mut tx, &scene, text, skip, most).await?;
    detail(&mut tx, &scene, &found).await
}

pub(crate) async fn detail(tx: &mut Tx, scene: &Scene, found: &Found) -> Result<Detail, Error> {
    let mut row = row(scene, found);
    repaired::fill(tx, std::slice::from_mut(&mut row)).await?;
    let steps = path::steps(tx, scene, found).await?;
    let fault = found.detail.fault.as_ref();
    let outer_class = fault.and_then(|fault| fault.outer_class).map(|id| found.name(id).to_owned());
    let failed = found.detail.failed_step;
    let endpoint = steps
        .iter()
        .find(|step| Some(step.sequence) == failed)
        .and_then(|step| step.title.split_once(' ').map(|(_, address)| address.to_owned()));
    let id = row.id.to_string();
    let likely = row.class.as_deref().and_then(|class| {
        cause::likely(&cause::Failure {
            class,
            message: row.error.as_deref().unwrap_or_default(),
            outer_class: outer_class.as_deref(),
            outer_message: fault.and_then(|fault| fault.outer_message.as_deref()),
            integration: &row.integration,
            route: &row.route,
            node: row.node.as_deref().map(telemetry::title::node),
            endpoint: endpoint.as_deref(),
            id: &id,
        })
    });
    let origin = scene.origins.get(&found.origin);
    let commit = match origin.and_then(|origin| origin.deployment) {
        Some(deployment) => commit(tx, deployment).await?,
        None => None,
    };
    let claimed = found.detail.claimed_start_us.and_then(|us| i64::try_from(us).ok());
    Ok(Detail {
        exchange: found.exchange(),
        breadcrumb: found.detail.breadcrumb.clone(),
        trace_id: store::telemetry::rows::trace_name(found.trace_id()),
        from: found.detail.from.map(|id| found.name(id).to_owned()),
        start: carried(tx, found).await?,
        commit,
        steps,
        steps_total: found.detail.steps_total,
        failed_step: failed,
        outer_class,
        outer_message: fault.and_then(|fault| fault.outer_message.clone()),
        stack: fault.and_then(|fault| fault.stack.clone()),
        likely,
        claimed_start: claimed.and_then(|us| Timestamp::from_microsecond(us).ok()),
        row,
    })
}

async fn carried(tx: &mut Tx, found: &Found) -> Result<Option<Carried>, Error> {
    let sizes = payload::sizes(tx, found.id, found.flags).await?;
    let Some(size) = sizes.iter().find(|size| size.point == Point::Start as i16) else {
        return Ok(None);
    };
    let ids: Vec<NameId> = size.content_type.into_iter().chain(size.class).collect();
    let names = name::texts(tx, &ids).await?;
    let text = |id: Option<NameId>| id.and_then(|id| names.get(&id).cloned());
    Ok(Some(Carried {
        headers: size.headers,
        bytes: (size.kind < 2 || size.bytes > 0).then_some(size.bytes),
        content_type: text(size.content_type),
        class: text(size.class),
    }))
}

pub(crate) async fn commit(tx: &mut Tx, deployment: DeploymentId) -> Result<Option<Commit>, Error> {
    let Some(deployment) = store::deployment::find(tx, deployment).await? else { return Ok(None) };
    let release = store::release::find(tx, deployment.release).await?;
    Ok(release.map(|release| Commit {
        short: release.short().to_owned(),
        author: release.commit.author,
        subject: release.commit.subject,
    }))
}

/// What a message carried. The look is in the audit before anything is shown.
pub async fn payloads(ctx: &Ctx, text: &str) -> Result<Vec<Shown>, Error> {
    let mut tx = ctx.begin().await?;
    let scene = scene(ctx, &mut tx).await?;
    let found = found(ctx, &mut tx, &scene, text, 0, 0).await?;
    let origin = scene.origins.get(&found.origin);
    if !origin.is_some_and(|origin| may_see(ctx, Permission::ReadPayload, origin)) {
        return Err(Error::forbidden(Permission::ReadPayload));
    }
    let payloads = payload::of_message(&mut tx, found.id, found.flags).await?;
    let ids: Vec<NameId> = payloads
        .iter()
        .flat_map(|payload| [payload.content_type, payload.class])
        .flatten()
        .collect();
    let names = name::texts(&mut tx, &ids).await?;
    let detail = json!({ "route": found.route, "payloads": payloads.len() });
    ctx.audit(&mut tx, "payload.read", "message", &found.id.to_string(), detail).await?;
    ctx.commit(tx).await?;
    let text = |id: Option<NameId>| id.and_then(|id| names.get(&id).cloned());
    Ok(payloads
        .into_iter()
        .map(|payload| Shown {
            content_type: text(payload.content_type),
            class: text(payload.class),
            payload,
        })
        .collect())
}

/// A payload with its names as texts.
#[derive(Clone, Debug)]
pub struct Shown {
    pub payload: Payload,
    pub content_type: Option<String>,
    pub class: Option<String>,
}

/// How another message belongs to this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It called this one.
    Caller,
    /// A step of this one called or made it.
    Called,
    /// One is the replay of the other.
    Replay,
    /// They share a breadcrumb or a trace.
    Together,
}

#[derive(Clone, Debug)]
pub struct Related {
    pub row: Row,
    pub relation: Relation,
    /// The step of this message that called it, if it is known.
    pub step: Option<u32>,
}

fn relation(mine: &Found, other: &Found) -> (Relation, Option<u32>) {
    let known = |step: u32| (step > 0).then_some(step);
    let is_made_by = |child: &Found, maker: &Found| {
        child
            .detail
            .parent
            .filter(|parent| child.id.tracer == maker.id.tracer && parent.count == maker.id.count)
    };
    let called_by = |child: &Found, caller: &Found| {
        let trace = child.detail.trace?;
        let is =
            trace.id == caller.trace_id() && trace.caller_count() == u64::from(caller.id.count);
        is.then(|| trace.called_at_us().and_then(|at| caller_step(caller, at)))
    };
    if let Some(parent) = is_made_by(other, mine) {
        return (Relation::Called, known(parent.step));
    }
    if let Some(step) = called_by(other, mine) {
        return (Relation::Called, step);
    }
    if is_made_by(mine, other).is_some() || called_by(mine, other).is_some() {
        return (Relation::Caller, None);
    }
    let replays = |a: &Found, b: &Found| a.detail.replay_of == Some(b.id);
    if replays(mine, other) || replays(other, mine) {
        return (Relation::Replay, None);
    }
    (Relation::Together, None)
}

/// The step that began then; of several the last, since those around it began no later.
fn caller_step(caller: &Found, at_us: u64) -> Option<u32> {
    let steps = caller.detail.steps.iter().rev();
    steps.into_iter().find(|step| step.start_us == at_us).map(|step| step.sequence)
}

/// Messages that belong to this one, oldest first.
pub async fn related(ctx: &Ctx, text: &str) -> Result<Vec<Related>, Error> {
    let mut tx = ctx.begin().await?;
    let scene = scene(ctx, &mut tx).await?;
    let found = found(ctx, &mut tx, &scene, text, 0, MOST_STEPS).await?;
    search::limit(&mut tx).await?;
    let related =
        search::correlated(&mut tx, &scene, &found, MOST_RELATED).await.map_err(searching)?;
    Ok(related
        .iter()
        .map(|other| {
            let (relation, step) = relation(&found, other);
            Related { row: row(&scene, other), relation, step }
        })
        .collect())
}

/// What was logged while it was worked on.
pub async fn lines(ctx: &Ctx, text: &str) -> Result<Vec<log::Line>, Error> {
    let mut tx = ctx.begin().await?;
    let scene = scene(ctx, &mut tx).await?;
    let found = found(ctx, &mut tx, &scene, text, 0, 0).await?;
    let origin = scene.origins.get(&found.origin);
    if !origin.is_some_and(|origin| may_see(ctx, Permission::ReadLog, origin)) {
        return Err(Error::forbidden(Permission::ReadLog));
    }
    Ok(log::of_message(&mut tx, found.id, found.flags, MOST_LINES).await?)
}

/// Names offered for one place of a query.
const MOST_NAMES: i64 = 20;

/// What may stand at `cursor`, with the organization's own names.
pub async fn complete(ctx: &Ctx, text: &str, cursor: usize) -> Result<query::Completion, Error> {
    if text.len() > query::LONGEST {
        return Err(Error::invalid(
            "MP-QUERY-03",
            format!("a query has at most {} bytes", query::LONGEST),
        ));
    }
    let mut completion = query::complete(text, cursor);
    let Some((kind, begin)) = completion.values.clone() else { return Ok(completion) };
    let mut tx = ctx.begin().await?;
    let scene = scene(ctx, &mut tx).await?;
    let mut names: Vec<String> = match kind {
        query::Values::Route => named(&mut tx, name::Kind::Route, &begin).await?,
        query::Values::Node => named(&mut tx, name::Kind::Node, &begin).await?,
        query::Values::ErrorClass => named(&mut tx, name::Kind::Class, &begin).await?,
        query::Values::AttributeName => {
            let names = named(&mut tx, name::Kind::Attribute, &begin).await?;
            names.into_iter().map(|name| format!("{name}:")).collect()
        }
        query::Values::Integration => of_origins(&scene, &begin, |origin| &origin.integration),
        query::Values::Environment => of_origins(&scene, &begin, |origin| &origin.environment),
        query::Values::Release => of_origins(&scene, &begin, |origin| &origin.release),
        query::Values::Runtime => {
            scene.runtimes.values().filter(|name| name.starts_with(&begin)).cloned().collect()
        }
    };
    names.sort_unstable();
    let suggestions =
        names.into_iter().map(|text| query::Suggestion { text, explains: String::new() });
    completion.suggestions.extend(suggestions);
    Ok(completion)
}

async fn named(tx: &mut Tx, kind: name::Kind, begin: &str) -> Result<Vec<String>, Error> {
    let like = format!("{}%", name::like(&query::Pattern::exact(begin)));
    let found = name::matching(tx, kind, &like, MOST_NAMES).await?;
    Ok(found.into_iter().map(|(_, name)| name).collect())
}

fn of_origins(scene: &Scene, begin: &str, of: fn(&Origin) -> &String) -> Vec<String> {
    let names: std::collections::BTreeSet<&String> =
        scene.origins.values().map(of).filter(|name| name.starts_with(begin)).collect();
    names.into_iter().cloned().collect()
}

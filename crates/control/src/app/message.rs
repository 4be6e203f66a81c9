//! Messages as people look for them: lists, one in full, what it carried, what belongs to it.
//!
//! ```text
//! text -> telemetry::query (tree) -> store::telemetry::search, within the origins that the actor may see -> Row
//! ```
//! Who may see a message follows from where it ran: its project and its environment. An application that is observed has
//! neither, and is seen by readers of the whole organization. What a message carried is a permission of its own, and every
//! look leaves an entry in the audit.

pub mod diff;
pub mod flight;
pub mod live;
pub mod series;

use std::collections::HashMap;

use domain::id::DeploymentId;
use domain::permission::Permission;
use jiff::Timestamp;
use serde_json::json;
use store::Tx;
use store::telemetry::name::{self, Origin};
use store::telemetry::payload::{self, Payload};
use store::telemetry::search::{self, Facets, Found, Scene};
use store::telemetry::{NameId, log, pack};
use telemetry::cause::{self, Cause};
use telemetry::id::{MessageId, parse_end, short_len};
use telemetry::model::MessageFlags;
use telemetry::query::{self, Condition, OutcomeIs, Query};

use super::Error;
use crate::ctx::Ctx;

/// management-api.md: `first` 1..200.
pub const MOST: u32 = 200;
/// Steps of one page; the whole of a usual message.
pub const MOST_STEPS: u32 = 1_000;
/// Messages that belong together, and lines of a log: more are found by a search.
const MOST_RELATED: usize = 50;
const MOST_LINES: i64 = 1_000;
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
    Ok(Scene { origins, runtimes })
}

fn may_see(ctx: &Ctx, permission: Permission, origin: &Origin) -> bool {
    match (origin.project, origin.environment_id) {
        (Some(project), Some(environment)) => ctx.may_in(permission, project, environment),
        _ => ctx.may(permission, ctx.everywhere()),
    }
}

/// Errors of a search, with what to do when it took too long.
fn searching(err: store::Error) -> Error {
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
    let rows: Vec<Row> = page.found.iter().map(|found| row(&scene, found)).collect();
    let ids: Vec<MessageId> = rows.iter().map(|row| row.id).collect();
    Ok(List {
        short: short_len(&ids),
        columns: columns(&query, &rows),
        rows,
        next: page.next,
        is_partial: page.is_partial,
        notes: query.notes,
    })
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
    }
}

/// A visit of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub sequence: u32,
    pub parent: u32,
    pub iteration: u32,
    pub node: String,
    /// `to`, `split`; from the shape of the route, if it is known.
    pub kind: Option<String>,
    pub label: Option<String>,
    pub start_us: u64,
    pub duration_us: u64,
    pub is_failed: bool,
    pub flags: u32,
    pub redelivery: u32,
    pub detail: Option<String>,
}

/// A release, as a person recognizes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    pub short: String,
    pub author: String,
    pub subject: String,
}

/// One message in full, but for what it carried.
#[derive(Clone, Debug)]
pub struct Detail {
    pub row: Row,
    pub exchange: String,
    pub breadcrumb: Option<String>,
    pub trace_id: String,
    pub from: Option<String>,
    pub commit: Option<Commit>,
    pub steps: Vec<Step>,
    /// How many it made; more than can be paged when it is truncated.
    pub steps_total: u32,
    pub failed_step: Option<u32>,
    pub cause_class: Option<String>,
    pub cause_message: Option<String>,
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
    if text.chars().count() < telemetry::id::SHORT_LEN {
        let message = "an id is named by at least its last four characters";
        return Err(Error::invalid("MP-MSG-01", message));
    }
    let mut query = Query::everything().and(Condition::Text(text.to_owned()));
    query.since_us = Some((ctx.now() - SHORT_ID_REACH).as_microsecond());
    search::limit(tx).await?;
    let page = search::search(tx, scene, &query, None, 10).await.map_err(searching)?;
    let mask = if width >= 128 { u128::MAX } else { (1 << width) - 1 };
    let mut ids = page.found.iter().map(|found| found.id).filter(|id| id.to_u128() & mask == bits);
    match (ids.next(), ids.next()) {
        (Some(id), None) => Ok(id),
        (Some(_), Some(_)) => {
            let message = format!("several messages end in `{text}`; give more of its characters");
            Err(Error::conflict("MP-MSG-02", message))
        }
        (None, _) => Err(nothing()),
    }
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
    let row = row(scene, found);
    let shape = shape(tx, scene, found).await?;
    let steps: Vec<Step> = found.detail.steps.iter().map(|one| step(found, &shape, one)).collect();
    let fault = found.detail.fault.as_ref();
    let cause_class = fault.and_then(|fault| fault.cause_class).map(|id| found.name(id).to_owned());
    let failed = found.detail.failed_step;
    let endpoint = steps
        .iter()
        .find(|step| Some(step.sequence) == failed)
        .and_then(|step| step.label.clone().or_else(|| step.detail.clone()));
    let id = row.id.to_string();
    let likely = row.class.as_deref().and_then(|class| {
        cause::likely(&cause::Failure {
            class,
            message: row.error.as_deref().unwrap_or_default(),
            cause_class: cause_class.as_deref(),
            cause_message: fault.and_then(|fault| fault.cause_message.as_deref()),
            integration: &row.integration,
            route: &row.route,
            node: row.node.as_deref(),
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
        commit,
        steps,
        steps_total: found.detail.steps_total,
        failed_step: failed,
        cause_class,
        cause_message: fault.and_then(|fault| fault.cause_message.clone()),
        stack: fault.and_then(|fault| fault.stack.clone()),
        likely,
        claimed_start: claimed.and_then(|us| Timestamp::from_microsecond(us).ok()),
        row,
    })
}

fn step(
    found: &Found,
    shape: &HashMap<String, (String, Option<String>)>,
    one: &pack::PackedStep,
) -> Step {
    let node = found.name(one.node).to_owned();
    let known = shape.get(&node);
    Step {
        sequence: one.sequence,
        parent: one.parent,
        iteration: one.iteration,
        kind: known.map(|(kind, _)| kind.clone()),
        label: known.and_then(|(_, label)| label.clone()),
        node,
        start_us: one.start_us,
        duration_us: one.duration_us,
        is_failed: one.flags.has(telemetry::model::StepFlags::FAILED),
        flags: one.flags.0,
        redelivery: one.redelivery,
        detail: one.detail.clone(),
    }
}

/// What the nodes of the message's route are, by their keys.
async fn shape(
    tx: &mut Tx,
    scene: &Scene,
    found: &Found,
) -> Result<HashMap<String, (String, Option<String>)>, Error> {
    let known = name::find(tx, &[(name::Kind::Route, found.route.as_str())]).await?;
    let Some(route) = known.into_values().next() else { return Ok(HashMap::new()) };
    let origins: Vec<_> = scene.origins.keys().copied().collect();
    let structure = u64::from_str_radix(found.name(found.detail.run.structure), 16).ok();
    let shape = store::telemetry::rollup::route(tx, &origins, route, structure).await?;
    let nodes = shape.map(|shape| shape.nodes).unwrap_or_default();
    Ok(nodes.into_iter().map(|node| (node.node, (node.kind, node.label))).collect())
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
    let payloads = payload::of_message(&mut tx, found.id).await?;
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
    // The span that called names the low half of the caller's count and its step (`telemetry::model::Trace`).
    let called_by = |child: &Found, caller: &Found| {
        let trace = child.detail.trace?;
        let [count, step] = [trace.caller_span >> 32, trace.caller_span & 0xffff_ffff];
        let is = trace.id == caller.trace_id() && count == u64::from(caller.id.count);
        is.then(|| u32::try_from(step).unwrap_or(0))
    };
    if let Some(parent) = is_made_by(other, mine) {
        return (Relation::Called, known(parent.step));
    }
    if let Some(step) = called_by(other, mine) {
        return (Relation::Called, known(step));
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

/// Messages that belong to this one, oldest first.
pub async fn related(ctx: &Ctx, text: &str) -> Result<Vec<Related>, Error> {
    let mut tx = ctx.begin().await?;
    let scene = scene(ctx, &mut tx).await?;
    let found = found(ctx, &mut tx, &scene, text, 0, 0).await?;
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
    Ok(log::of_message(&mut tx, found.id, MOST_LINES).await?)
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

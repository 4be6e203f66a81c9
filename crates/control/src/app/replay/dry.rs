//! Dry runs: what a message would do, tried in a sandbox of the release that runs now.
//!
//! ```text
//! recorded replies of the original, what the caller chose for some steps -> what each stub is told -> command `dry` -> report
//! ```
//! A command as any other; it makes no message, so there is no row of a replay, and the audit has who asked. A send that failed in
//! the original has no usable reply: a stub that stands for it stops the run instead of pretending, unless the caller says what
//! it answers, takes the reply of another message, or lets a read really be made.

mod answers;
mod report;

use std::collections::HashMap;

use domain::id::{CommandId, WorkloadId};
use domain::permission::Permission;
use jiff::SignedDuration;
use link::channel::Lane;
use serde_json::{Value, json};
use store::Tx;
use store::command::{NewCommand, State};
use store::telemetry::search;
use telemetry::query::{Condition, Field, OutcomeIs, Pattern, Query};

use super::{Choice, Content, Fill, New, Source, Target, again, check, order, plan};
use crate::app::deployment::operate::{self, Wanted};
use crate::app::{Error, Kind, command, message};
use crate::ctx::Ctx;
use answers::{Answers, Chosen, How};
pub use report::{Report, Stub, Visit};

/// The runner gives a start 60 s and a run 30 s; a request waits no longer than clients do.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(55);
const WITHIN: SignedDuration = SignedDuration::from_mins(2);
/// As many as a person names, and some.
const MOST_REPLIES: usize = 100;
/// How far back a success of the same route is looked for.
const REACH: SignedDuration = SignedDuration::from_hours(24 * 7);
/// The newest ones usually went the same way.
const SUGGESTIONS: usize = 3;

/// Why a runner says that nothing was tried.
const KNOWN: &[&str] = &[
    "MP-RPL-01",
    "MP-RPL-06",
    "MP-RPL-08",
    "MP-RPL-10",
    "MP-RPL-20",
    "MP-RPL-21",
    "MP-RPL-22",
    "MP-RPL-30",
    "MP-RPL-31",
];

/// What a stub is to answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The step of the original that it stands for; else `uri` names every call of an address.
    pub step: Option<u32>,
    pub uri: Option<String>,
    pub whence: Whence,
}

#[derive(Clone, Debug)]
pub enum Whence {
    /// From the caller.
    Given(Content),
    /// As another message had it at the same step.
    From(String),
    /// From the system itself; reads only.
    Really,
}

/// Tries a recorded message.
pub async fn replay(
    ctx: &Ctx,
    text: &str,
    choice: Choice,
    replies: Vec<Reply>,
) -> Result<Report, Error> {
    let mut tx = ctx.begin().await?;
    let planned = plan::load(ctx, &mut tx, text).await?;
    let Choice { target, edited, repeat_effects: _ } = choice;
    let New { target, content, source, fill, .. } = again(planned.clone(), target, edited)?;
    let row = &planned.plan.row;
    let chosen = chosen(ctx, &mut tx, replies).await?;
    let answers = answers::of(&planned.steps, &planned.replies, row.outcome, chosen, &[])?;
    let what =
        json!({"message": row.id.to_string(), "asked": answers.hosts, "fills_in": fill.is_some()});
    let given = Given { target, content, source, fill };
    let mut report = run(ctx, tx, planned.workload, given, answers, what).await?;
    report.name_stubs(&planned.steps);
    report.compare_with(planned.failed_with.as_ref());
    if report.stopped_at.is_none() {
        report.differs_at = report::differs(&planned.steps, &report.steps);
    } else if report.stopped_step > 0 {
        report.suggestion = suggestion(ctx, &planned, report.stopped_step).await?;
    }
    report.is_changed = planned.plan.is_changed;
    (report.then, report.now) = (planned.plan.then, planned.plan.now);
    Ok(report)
}

/// Tries a new message.
pub async fn send(
    ctx: &Ctx,
    wanted: Wanted<'_>,
    target: Target,
    content: Content,
    replies: Vec<Reply>,
) -> Result<Report, Error> {
    let mut tx = ctx.begin().await?;
    let place = operate::place(ctx, &mut tx, Permission::OperateWorkload, &wanted).await?;
    drop(tx);
    let route = match &target {
        Target::Route(route) => Some(RouteOf {
            route: route.clone(),
            integration: place.integration.name.clone(),
            environment: place.environment.name.clone(),
        }),
        Target::Endpoint(_) => None,
    };
    // Most need no search: one asks really only after it stopped.
    let asks = |one: &Reply| one.uri.is_some() && matches!(one.whence, Whence::Really);
    let mut before = match &route {
        Some(route) if replies.iter().any(asks) => Some(successes(ctx, route).await?),
        _ => None,
    };
    let known: Vec<String> =
        before.iter().flatten().flat_map(|one| answers::hosts(&one.steps)).collect();
    let mut tx = ctx.begin().await?;
    let chosen = chosen(ctx, &mut tx, replies).await?;
    let answers = answers::of(&[], &HashMap::new(), OutcomeIs::Completed, chosen, &known)?;
    let given = Given { target, content, source: Source::Given, fill: None };
    let what = json!({"asked": answers.hosts});
    let mut report = run(ctx, tx, place.workload.id, given, answers, what).await?;
    if let (Some(route), Some(uri)) = (&route, &report.stopped_at) {
        let before = match before.take() {
            Some(before) => before,
            None => successes(ctx, route).await?,
        };
        let alike = |one: &&plan::Loaded| answers::like(uri, &one.steps, &one.replies).is_some();
        report.suggestion = before.iter().find(alike).map(|one| one.plan.row.id.to_string());
    }
    Ok(report)
}

/// What goes in.
struct Given {
    target: Target,
    content: Content,
    source: Source,
    fill: Option<Fill>,
}

/// Loads what the caller takes from other messages.
async fn chosen(ctx: &Ctx, tx: &mut Tx, replies: Vec<Reply>) -> Result<Vec<Chosen>, Error> {
    if replies.len() > MOST_REPLIES {
        return Err(Error::invalid("MP-RPL-11", "more than 100 replies"));
    }
    let mut all = Vec::new();
    for Reply { step, uri, whence } in replies {
        let how = match whence {
            Whence::Given(content) => How::Given(content),
            Whence::Really => How::Really,
            Whence::From(text) => {
                let other = plan::load(ctx, tx, &text).await?;
                How::From { id: other.plan.row.id, steps: other.steps, replies: other.replies }
            }
        };
        all.push(Chosen { step, uri, how });
    }
    Ok(all)
}

async fn run(
    ctx: &Ctx,
    mut tx: Tx,
    workload: WorkloadId,
    given: Given,
    answers: Answers,
    mut detail: Value,
) -> Result<Report, Error> {
    let Given { target, content, source, fill } = given;
    check(&target, &content)?;
    let Some(found) = store::workload::find(&mut tx, workload).await? else {
        return Err(Error::not_found("such workload any more"));
    };
    let mut changes = ctx.bus().subscribe(store::command::TOPIC);
    let id = CommandId(ctx.new_id());
    let mut asked = order::write(&target, &content, None, true);
    asked["replies"] = answers.told.into();
    let mut body = json!({"format": 1, "workload": workload.to_string(), "hosts": answers.hosts});
    Fill::put(fill, &mut body, asked);
    let new = NewCommand {
        id,
        runtime: found.runtime,
        lane: Lane::Replay.as_str(),
        kind: "dry",
        body: &body,
        deadline: ctx.now() + WITHIN,
    };
    store::command::insert(&mut tx, &new).await?;
    detail["integration"] = found.integration.to_string().into();
    detail["environment"] = found.environment.to_string().into();
    ctx.audit(&mut tx, "message.dry_run", "replay", &id.to_string(), detail).await?;
    ctx.commit(tx).await?;
    let ended = command::ended(ctx, &mut changes, id, PATIENCE).await?;
    let Some(ended) = ended.filter(|ended| ended.state != State::Expired) else {
        let text = "its runtime did not answer in time; nothing was changed";
        return Err(Error::unavailable("MP-LINK-07", text));
    };
    if ended.state == State::Done {
        let bytes = ended.result.unwrap_or_default();
        let mut report: Report = serde_json::from_slice(&bytes).map_err(Error::internal)?;
        report.source.get_or_insert_with(|| source.as_str().to_owned());
        return Ok(report);
    }
    let message = ended.message.unwrap_or_default();
    let code = ended.code.unwrap_or_default();
    let code = KNOWN.iter().copied().find(|one| *one == code).unwrap_or("MP-RPL-21");
    Err(Error::new(Kind::Conflict, code, message))
}

/// The newest success of the same route that has a reply at the same place.
async fn suggestion(ctx: &Ctx, planned: &plan::Loaded, step: u32) -> Result<Option<String>, Error> {
    let Some(wanted) = planned.steps.iter().find(|one| one.sequence == step) else {
        return Ok(None);
    };
    let row = &planned.plan.row;
    let (route, integration) = (row.route.clone(), row.integration.clone());
    let route = RouteOf { route, integration, environment: row.environment.clone() };
    let found = successes(ctx, &route).await?;
    let same = found.iter().find(|one| answers::same(wanted, &one.steps, &one.replies).is_some());
    Ok(same.map(|one| one.plan.row.id.to_string()))
}

/// A route where it runs.
struct RouteOf {
    route: String,
    integration: String,
    environment: String,
}

/// The newest messages of a route that went well, with their replies; those that the actor may not read are left out.
async fn successes(ctx: &Ctx, of: &RouteOf) -> Result<Vec<plan::Loaded>, Error> {
    let named = |field, text: &str| Condition::Named(field, Pattern::exact(text));
    let mut query = Query::everything()
        .and(named(Field::Route, &of.route))
        .and(named(Field::Integration, &of.integration))
        .and(named(Field::Environment, &of.environment))
        .and(Condition::Outcome(OutcomeIs::Completed));
    query.since_us = Some((ctx.now() - REACH).as_microsecond());
    let mut tx = ctx.begin().await?;
    let scene = message::scene(ctx, &mut tx).await?;
    search::limit(&mut tx).await?;
    // A search that takes too long costs a hint, nothing more.
    let Ok(page) = search::search(&mut tx, &scene, &query, None, SUGGESTIONS).await else {
        return Ok(Vec::new());
    };
    let mut loaded = Vec::new();
    for found in page.found {
        if let Ok(one) = plan::load(ctx, &mut tx, &found.id.to_string()).await {
            loaded.push(one);
        }
    }
    Ok(loaded)
}

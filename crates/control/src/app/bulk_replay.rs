//! Many messages replayed: a list made once, worked off by whichever server comes first.
//!
//! ```text
//! start: query -> list (rows) + audit      turn: lock, count, decide (domain), begin some: item + replay + command, one transaction
//! ```
//! Each message is unedited and goes in at the start of its own route. Who asked is looked at when the list is made; the messages are
//! begun in that person's name. A replay is never replayed, nor is what a replay has repaired already, also one that was begun since the
//! list was made: two lists may name the same message.

use std::time::Duration;

use domain::bulk_replay::{Action, Next, Progress, Rules, State, next};
use domain::id::{BulkReplayId, CommandId};
use domain::permission::Permission;
use jiff::SignedDuration;
use serde_json::json;
use store::bulk_replay::BulkReplay;
use store::telemetry::search;
use store::{Door, Tx};
use telemetry::id::MessageId;
use telemetry::query::{Condition, Filter, Flag, ReplayedIs};

use super::{Error, Kind, message, replay};
use crate::ctx::Ctx;
use crate::server::Server;

/// A list that nobody looks through; more are several.
const MOST_MESSAGES: usize = 10_000;
/// A page of the search that makes the list.
const PAGE: usize = 200;
/// Pages that found little cost as much as those that found much.
const MOST_PAGES: usize = 200;
/// Begun in one transaction: with a look each 100 ms, somewhat more than half a thousand a second.
const MOST_AT_ONCE: u32 = 64;
/// A runtime may be away for a while; what was not begun by then is reported as not done.
const WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// Between two looks while something runs.
const BUSY: Duration = Duration::from_millis(100);
/// And while nothing does: whoever starts or resumes one says so, and another server may have been killed at work.
const IDLE: Duration = Duration::from_mins(1);
/// What runs must not wait for a wake that came during the failed look.
const AFTER_AN_ERROR: Duration = Duration::from_secs(5);
const MOST_SHOWN: i64 = 50;
const FASTEST: u32 = 1_000;

#[derive(Clone, Debug)]
pub struct Shown {
    pub bulk: BulkReplay,
    pub progress: Progress,
    /// Code, reason and how often.
    pub refusals: Vec<(String, String, i64)>,
}

/// How it is to be done.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    pub canary: Option<u32>,
    pub per_second: u32,
    pub stop_after: u32,
    pub repeat_effects: bool,
}

pub async fn start(ctx: &Ctx, text: &str, wanted: Wanted) -> Result<Shown, Error> {
    if !(1..=FASTEST).contains(&wanted.per_second) || wanted.canary == Some(0) {
        let text = "a rate is between 1 and 1000 a second, and a canary at least one message";
        return Err(Error::invalid("MP-API-10", text));
    }
    let messages = list(ctx, text).await?;
    if messages.is_empty() {
        let text = "no message to replay matches: replays and what they repaired are left out";
        return Err(Error::new(Kind::NotFound, "MP-RPL-16", text));
    }
    let mut tx = ctx.begin().await?;
    let bulk = BulkReplay {
        id: BulkReplayId(ctx.new_id()),
        query: text.to_owned(),
        state: State::Running,
        reason: None,
        rules: Rules {
            canary: wanted.canary,
            per_second: wanted.per_second,
            stop_after: wanted.stop_after,
            since: ctx.now(),
            begun_then: 0,
            failed_then: 0,
        },
        repeat_effects: wanted.repeat_effects,
        asked_by: ctx.actor.id,
        by: ctx.actor.label.clone(),
        asked_at: ctx.now(),
        ended_at: None,
    };
    store::bulk_replay::insert(&mut tx, &bulk, &messages).await?;
    let detail = json!({"query": text, "messages": messages.len(), "canary": wanted.canary});
    ctx.audit(&mut tx, "message.bulk_replay", "bulk_replay", &bulk.id.to_string(), detail).await?;
    ctx.commit(tx).await?;
    find(ctx, bulk.id).await
}

/// The messages that match, the oldest first: they are replayed in the order in which they came.
async fn list(ctx: &Ctx, text: &str) -> Result<Vec<MessageId>, Error> {
    let mut query = message::read(ctx, text)?.and(Condition::Replayed(ReplayedIs::Open));
    let not_replay = Filter::Not(Box::new(Filter::Is(Condition::Flag(Flag::Replay))));
    query.filter = Filter::All(vec![query.filter, not_replay]);
    let mut tx = ctx.begin().await?;
    let mut scene = message::scene(ctx, &mut tx).await?;
    // What the actor may not replay is not on the list, as what it may not see.
    scene.origins.retain(|_, origin| {
        origin.project.zip(origin.environment_id).is_some_and(|(project, environment)| {
            origin.workload.is_some()
                && ctx.may_in(Permission::OperateWorkload, project, environment)
                && ctx.may_in(Permission::ReadPayload, project, environment)
        })
    });
    search::limit(&mut tx).await?;
    let (mut all, mut before) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let page = search::search(&mut tx, &scene, &query, before, PAGE)
            .await
            .map_err(message::searching)?;
        all.extend(page.found.iter().map(|found| found.id));
        if all.len() > MOST_MESSAGES {
            let text =
                format!("more than {MOST_MESSAGES} messages match; name a route, or less time");
            return Err(Error::invalid("MP-RPL-15", text));
        }
        before = page.next;
        if before.is_none() {
            all.reverse();
            return Ok(all);
        }
    }
    let text = "the search for them took too long; name a route, or less time";
    Err(Error::invalid("MP-RPL-15", text))
}

pub async fn find(ctx: &Ctx, id: BulkReplayId) -> Result<Shown, Error> {
    let mut tx = ctx.begin().await?;
    let bulk = store::bulk_replay::find(&mut tx, id).await?;
    let bulk = bulk.filter(|bulk| may(ctx, Permission::ReadMessage, bulk));
    let bulk = bulk.ok_or_else(|| Error::not_found("such bulk replay"))?;
    let progress = store::bulk_replay::progress(&mut tx, id).await?;
    let refusals = store::bulk_replay::refusals(&mut tx, id).await?;
    Ok(Shown { bulk, progress, refusals })
}

/// Its messages may be of many places, so it is the asker's, and of those who may everywhere.
fn may(ctx: &Ctx, permission: Permission, bulk: &BulkReplay) -> bool {
    bulk.asked_by == ctx.actor.id || ctx.may(permission, ctx.everywhere())
}

/// The newest first.
pub async fn all(ctx: &Ctx) -> Result<Vec<Shown>, Error> {
    let mut tx = ctx.begin().await?;
    let mut shown = Vec::new();
    for bulk in store::bulk_replay::list(&mut tx, MOST_SHOWN).await? {
        if !may(ctx, Permission::ReadMessage, &bulk) {
            continue;
        }
        let progress = store::bulk_replay::progress(&mut tx, bulk.id).await?;
        shown.push(Shown { bulk, progress, refusals: Vec::new() });
    }
    Ok(shown)
}

pub async fn change(ctx: &Ctx, id: BulkReplayId, action: Action) -> Result<Shown, Error> {
    let mut tx = ctx.begin().await?;
    let bulk = store::bulk_replay::lock(&mut tx, id).await?;
    let bulk = bulk.filter(|bulk| may(ctx, Permission::OperateWorkload, bulk));
    let mut bulk = bulk.ok_or_else(|| Error::not_found("such bulk replay"))?;
    let Some(state) = action.apply(bulk.state) else {
        let text = format!("it is {} already", bulk.state.as_str());
        return Err(Error::conflict("MP-RPL-17", text));
    };
    let progress = store::bulk_replay::progress(&mut tx, id).await?;
    bulk.state = state;
    bulk.reason = (state == State::Paused).then(|| format!("paused by {}", ctx.actor.label));
    match state {
        State::Running => {
            // Whoever resumes it has looked at the canary, and at what failed until now.
            let canary = bulk.rules.canary.filter(|canary| progress.begun < *canary);
            bulk.rules = Rules {
                canary,
                since: ctx.now(),
                begun_then: progress.begun,
                failed_then: progress.bad(),
                ..bulk.rules
            };
        }
        State::Cancelled => bulk.ended_at = Some(ctx.now()),
        State::Paused | State::Ended => {}
    }
    store::bulk_replay::update(&mut tx, &bulk).await?;
    let name = format!("bulk_replay.{}", action.as_str());
    ctx.audit(&mut tx, &name, "bulk_replay", &id.to_string(), json!({})).await?;
    ctx.commit(tx).await?;
    find(ctx, id).await
}

/// Works off what runs until the process ends.
pub(crate) async fn keep(server: Server) {
    let mut changes = server.bus.subscribe(store::bulk_replay::TOPIC);
    let shutdown = server.life.soft().clone();
    loop {
        let pause = match turn(&server).await {
            Ok(true) => BUSY,
            Ok(false) => IDLE,
            Err(err) => {
                tracing::warn!(error = &err as &dyn std::error::Error, "go on with bulk replays");
                AFTER_AN_ERROR
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            wake = changes.next(), if pause == IDLE => if wake.is_none() { return },
            () = shutdown.cancelled() => return,
        }
    }
}

/// One look at every organization; whether anything runs.
async fn turn(server: &Server) -> Result<bool, Error> {
    let mut door = Door::begin(&server.db).await.map_err(Error::internal)?;
    let organizations = store::organization::list_ids(&mut door).await.map_err(Error::internal)?;
    drop(door);
    let mut is_busy = false;
    for organization in organizations {
        let ctx = server.engine("replay", organization);
        let mut tx = ctx.begin().await?;
        let running = store::bulk_replay::list_running(&mut tx).await?;
        drop(tx);
        for id in running {
            // One that cannot go on holds up no other.
            match go_on(&ctx, id).await {
                Ok(()) => is_busy = true,
                Err(err) => {
                    tracing::warn!(error = &err as &dyn std::error::Error, bulk = %id, "go on with a bulk replay");
                }
            }
        }
    }
    Ok(is_busy)
}

/// Begins what may be begun now, in one transaction with the count that allowed it.
async fn go_on(ctx: &Ctx, id: BulkReplayId) -> Result<(), Error> {
    let mut tx = ctx.begin().await?;
    // What one begins, another one sees.
    store::bulk_replay::lock_running(&mut tx).await?;
    let found = store::bulk_replay::find(&mut tx, id).await?;
    let Some(mut bulk) = found.filter(|bulk| bulk.state == State::Running) else { return Ok(()) };
    let progress = store::bulk_replay::progress(&mut tx, id).await?;
    match next(&bulk.rules, &progress, ctx.now()) {
        Next::Wait => return Ok(()),
        Next::Begin(count) => {
            let mut ctx = ctx.clone();
            ctx.actor.label.clone_from(&bulk.by);
            let items = store::bulk_replay::waiting(&mut tx, id, count.min(MOST_AT_ONCE)).await?;
            for item in items {
                match begin(&ctx, &mut tx, item.message, bulk.repeat_effects).await {
                    Ok(replay) => {
                        store::bulk_replay::begin(&mut tx, id, item.place, replay).await?;
                    }
                    Err(err) if err.kind() == Kind::Internal => return Err(err),
                    Err(err) => {
                        let (code, text) = (err.code(), err.to_string());
                        store::bulk_replay::refuse(&mut tx, id, item.place, code, &text).await?;
                    }
                }
            }
        }
        Next::Pause(reason) => {
            (bulk.state, bulk.reason) = (State::Paused, Some(reason));
            store::bulk_replay::update(&mut tx, &bulk).await?;
        }
        Next::End => {
            (bulk.state, bulk.ended_at) = (State::Ended, Some(ctx.now()));
            store::bulk_replay::update(&mut tx, &bulk).await?;
        }
    }
    ctx.commit(tx).await
}

async fn begin(
    ctx: &Ctx,
    tx: &mut Tx,
    message: MessageId,
    repeat_effects: bool,
) -> Result<CommandId, Error> {
    if store::replay::became_of(tx, message).await?.is_settled {
        let text = "another replay has repaired it since, or is going on";
        return Err(Error::conflict("MP-RPL-19", text));
    }
    replay::begin(ctx, tx, message, repeat_effects, WITHIN).await
}

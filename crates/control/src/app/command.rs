//! Commands: how they end, and the one that only measures.
//!
//! A command's result is applied in the transaction of the event that brought it, once: a repetition finds it ended.

use std::time::Duration;

use domain::id::{CommandId, RuntimeId};
use domain::permission::Permission;
use jiff::SignedDuration;
use link::channel::Lane;
use link::wire;
use store::bus::{Subscription, Wake};
use store::command::{Command, Completion, NewCommand, State};
use store::{Door, Tx};

use super::Error;
use super::release::Resolved;
use crate::ctx::Ctx;
use crate::server::Server;

/// A runner that does not answer a ping in this time is not there.
const PING: Duration = Duration::from_secs(5);
/// A wake-up may be lost: it is looked at this often besides.
const LOOK: Duration = Duration::from_millis(500);

/// Ends a command with what its runner says. Unknown or ended before: nothing happens.
pub(crate) async fn complete(
    ctx: &Ctx,
    tx: &mut Tx,
    runtime: RuntimeId,
    id: CommandId,
    result: &wire::CommandResult,
) -> Result<(), Error> {
    let some =
        |text: &'_ str| (!text.is_empty()).then(|| text.chars().take(4096).collect::<String>());
    let (code, message) = (some(&result.code), some(&result.message));
    let completion = Completion {
        ok: result.ok,
        code: code.as_deref(),
        message: message.as_deref(),
        result: Some(&result.result),
        at: ctx.now(),
    };
    let kind =
        store::command::complete(tx, runtime, id, &completion).await.map_err(Error::internal)?;
    if let Some(kind) = kind {
        tracing::debug!(%id, kind, ok = result.ok, "a command ended");
        if kind == "resolve" {
            let answer = if result.ok {
                Resolved::Lock(&result.result)
            } else {
                Resolved::Refused { code: &result.code, message: &result.message }
            };
            super::release::resolved(ctx, tx, id, answer).await?;
        } else if kind == "route" {
            super::route_hold::answered(tx, id, result).await?;
        } else if kind == "deliver" {
            super::replay::answered(ctx, tx, id, result).await?;
        } else if kind == "dry" {
            store::command::forget_body(tx, id).await?;
        }
    }
    Ok(())
}

/// Gives up, in every organization, what no runner took before its deadline.
pub(crate) async fn expire(server: &Server) -> Result<(), Error> {
    let mut door = Door::begin(&server.db).await.map_err(Error::internal)?;
    let organizations = store::organization::list_ids(&mut door).await.map_err(Error::internal)?;
    drop(door);
    for organization in organizations {
        let ctx = server.engine("link", organization);
        let mut tx = Tx::system(&server.db, organization).await.map_err(Error::internal)?;
        let late = store::command::expire(&mut tx, ctx.now()).await.map_err(Error::internal)?;
        for (id, kind) in late {
            tracing::info!(%id, kind, "nobody took the command in time");
            match kind.as_str() {
                "deliver" => super::replay::expired(&ctx, &mut tx, id).await?,
                "dry" => store::command::forget_body(&mut tx, id).await.map_err(Error::internal)?,
                _ => {}
            }
        }
        tx.commit().await.map_err(Error::internal)?;
    }
    Ok(())
}

/// Waits until a command has ended; `None`: it has not within `patience`. `changes` was subscribed to before the command
/// was stored, so that no wake-up is missed.
pub(crate) async fn ended(
    ctx: &Ctx,
    changes: &mut Subscription,
    id: CommandId,
    patience: Duration,
) -> Result<Option<Command>, Error> {
    let done = async {
        loop {
            // Woken by its end and not before: a look at once would only take the processor from what it measures.
            let wake = tokio::time::timeout(LOOK, changes.next()).await;
            match wake {
                Ok(None) => return Ok(None),
                Ok(Some(Wake::Changed { id: other, .. })) if other != id.0 => continue,
                Ok(Some(_)) | Err(_) => {}
            }
            let mut tx = ctx.begin().await?;
            let row = store::command::find(&mut tx, id).await.map_err(Error::internal)?;
            drop(tx);
            if let Some(row) = row.filter(|row| row.completed_at.is_some()) {
                return Ok::<_, Error>(Some(row));
            }
        }
    };
    Ok(tokio::time::timeout(patience, done).await.ok().transpose()?.flatten())
}

/// How long a command takes, from before it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ping {
    /// Until the server saw the runner's acknowledgement: both ends have it on disk.
    pub acknowledged: SignedDuration,
    pub completed: SignedDuration,
}

pub async fn ping(ctx: &Ctx, name: &str) -> Result<Ping, Error> {
    ctx.require(Permission::ManageRuntime, ctx.everywhere())?;
    let runtime = super::runtime::find(ctx, name).await?.id;
    let mut changes = ctx.bus().subscribe(store::command::TOPIC);
    let began = ctx.now();
    let id = CommandId(ctx.new_id());
    let mut tx = ctx.begin().await?;
    let new = NewCommand {
        id,
        runtime,
        lane: Lane::Health.as_str(),
        kind: "ping",
        body: &serde_json::json!({ "format": 1 }),
        deadline: began + SignedDuration::try_from(PING).unwrap_or(SignedDuration::ZERO),
    };
    store::command::insert(&mut tx, &new).await.map_err(Error::internal)?;
    ctx.commit(tx).await?;
    let ended = ended(ctx, &mut changes, id, PING).await?;
    let answered = ended.filter(|row| row.state != State::Expired).and_then(|row| {
        Some(Ping {
            acknowledged: row.acknowledged_at?.duration_since(began),
            completed: row.completed_at?.duration_since(began),
        })
    });
    answered.ok_or_else(|| {
        let message = format!("the runtime `{name}` did not answer within 5 s");
        Error::unavailable("MP-LINK-07", message)
    })
}

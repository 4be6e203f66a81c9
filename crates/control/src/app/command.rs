//! Commands: how they end, and the one that only measures.
//!
//! A command's result is applied in the transaction of the event that brought it, once: a repetition finds it ended.

use std::time::Duration;

use domain::id::{CommandId, RuntimeId};
use domain::permission::Permission;
use jiff::SignedDuration;
use link::channel::Lane;
use link::wire;
use store::bus::Wake;
use store::command::{Completion, NewCommand, State};
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
        }
        tx.commit().await.map_err(Error::internal)?;
    }
    Ok(())
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
            if let Some((row, acknowledged, completed)) =
                row.and_then(|row| Some((row.state, row.acknowledged_at?, row.completed_at?)))
            {
                if row == State::Expired {
                    return Ok(None);
                }
                return Ok::<_, Error>(Some(Ping {
                    acknowledged: acknowledged.duration_since(began),
                    completed: completed.duration_since(began),
                }));
            }
        }
    };
    let answered = tokio::time::timeout(PING, done).await.ok().transpose()?.flatten();
    answered.ok_or_else(|| {
        let message = format!("the runtime `{name}` did not answer within 5 s");
        Error::unavailable("MP-LINK-07", message)
    })
}

//! Routes stopped, suspended, started, resumed by people.
//!
//! ```text
//! hold: row + `route` command + audit, one transaction -> the runner answers -> the state Camel has now
//! ```
//! The rows travel with the desired state as one document, so a hold reaches a runner that was away, another runtime, and
//! every start; the command is for the person who waits. A route that turns out not to be there leaves no row.

use std::collections::HashMap;
use std::time::Duration;

use domain::id::{CommandId, WorkloadId};
use domain::permission::Permission;
use domain::route_hold::Action;
use jiff::SignedDuration;
use link::channel::Lane;
use link::wire;
use serde::Deserialize;
use serde_json::json;
use store::Tx;
use store::command::{Command, NewCommand, State};
use store::desired::Desired;
use store::route_hold::RouteHold;

use super::Error;
use super::command;
use super::deployment::operate::{self, Wanted};
use crate::ctx::Ctx;

/// Camel waits 10 s for messages in flight, the runner 15 s for Camel.
const PATIENCE: Duration = Duration::from_secs(20);
/// The row says what is wanted whenever the runner comes back; the command only answers.
const ANSWER_WITHIN: SignedDuration = SignedDuration::from_mins(1);
/// As `route_hold_route_length`.
const LONGEST_NAME: usize = 253;

/// What became of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub hold: RouteHold,
    /// Camel's word for what the route is now; `None`: the workload does not run, or its runtime did not answer yet.
    pub now: Option<String>,
}

pub async fn hold(
    ctx: &Ctx,
    wanted: Wanted<'_>,
    route: &str,
    action: Action,
) -> Result<Asked, Error> {
    if route.is_empty() || route.chars().count() > LONGEST_NAME {
        return Err(Error::invalid("MP-API-10", "a route's name has 1 to 253 characters"));
    }
    let mut changes = ctx.bus().subscribe(store::command::TOPIC);
    let mut tx = ctx.begin().await?;
    let place = operate::place(ctx, &mut tx, Permission::OperateWorkload, &wanted).await?;
    let workload = place.workload.id;
    let state = action.state();
    let by = ctx.actor.label.clone();
    let revision = store::route_hold::put(&mut tx, workload, route, state, &by, ctx.now()).await?;
    let all = store::route_hold::list(&mut tx).await?;
    let id = CommandId(ctx.new_id());
    let body = json!({
        "format": 1,
        "workload": workload.to_string(),
        "route": route,
        "revision": revision,
        "document": document(all.get(&workload).map(Vec::as_slice).unwrap_or_default()),
    });
    let new = NewCommand {
        id,
        runtime: place.workload.runtime,
        lane: Lane::Ops.as_str(),
        kind: "route",
        body: &body,
        deadline: ctx.now() + ANSWER_WITHIN,
    };
    store::command::insert(&mut tx, &new).await?;
    store::bus::publish(&mut tx, super::workload::TOPIC, workload.0).await?;
    let target = format!("{}/{route}", place.integration.id);
    let detail = json!({"environment": place.environment.name});
    ctx.audit(&mut tx, &format!("route.{}", action.as_str()), "route", &target, detail).await?;
    ctx.commit(tx).await?;
    let hold = RouteHold { workload, route: route.to_owned(), state, revision, by, at: ctx.now() };
    let ended = command::ended(ctx, &mut changes, id, PATIENCE).await?;
    let now = ended.map(|command| answer(&command)).transpose()?.flatten();
    Ok(Asked { hold, now })
}

#[derive(Deserialize)]
struct Answer {
    state: Option<String>,
}

fn answer(command: &Command) -> Result<Option<String>, Error> {
    if command.state == State::Done {
        let said = command.result.as_deref().map(serde_json::from_slice::<Answer>);
        return Ok(said.and_then(Result::ok).and_then(|answer| answer.state));
    }
    let message = command.message.clone().unwrap_or_default();
    match command.code.as_deref() {
        Some("MP-ROUTE-01") => Err(Error::new(super::Kind::NotFound, "MP-ROUTE-01", message)),
        Some("MP-ROUTE-02") => Err(Error::conflict("MP-ROUTE-02", message)),
        // Too late, or a runner that does not know the command: the row holds all the same.
        _ => Ok(None),
    }
}

#[derive(Deserialize)]
struct Body {
    workload: uuid::Uuid,
    route: String,
    revision: u64,
}

/// The runner's answer, in the transaction that brought it: what is not there is not held.
pub(super) async fn answered(
    tx: &mut Tx,
    id: CommandId,
    result: &wire::CommandResult,
) -> Result<(), Error> {
    if result.ok || result.code != "MP-ROUTE-01" {
        return Ok(());
    }
    let Some(command) = store::command::find(tx, id).await? else { return Ok(()) };
    let Ok(body) = serde_json::from_slice::<Body>(&command.body) else { return Ok(()) };
    let workload = WorkloadId(body.workload);
    Ok(store::route_hold::forget(tx, workload, &body.route, body.revision).await?)
}

/// What runners are told: the document of each workload that has holds.
pub(crate) async fn documents(
    tx: &mut Tx,
    rows: &[Desired],
) -> Result<HashMap<WorkloadId, String>, store::Error> {
    let all = store::route_hold::list(tx).await?;
    let told =
        rows.iter().filter_map(|row| Some((row.workload, document(all.get(&row.workload)?))));
    Ok(told.collect())
}

fn document(holds: &[RouteHold]) -> String {
    let routes: serde_json::Map<String, serde_json::Value> =
        holds.iter().map(|hold| (hold.route.clone(), hold.state.as_str().into())).collect();
    let revision = holds.iter().map(|hold| hold.revision).max().unwrap_or(0);
    json!({"format": 1, "revision": revision, "routes": routes}).to_string()
}

/// `route `intake` stopped by ana`, and how to undo it; `None` when nothing is held.
pub(super) fn explain(integration: &str, holds: &[RouteHold]) -> Option<(String, String)> {
    use domain::route_hold::RouteState;
    let held: Vec<&RouteHold> =
        holds.iter().filter(|hold| hold.state != RouteState::Started).collect();
    let first = held.first()?;
    let text = |hold: &&RouteHold| {
        format!("route `{}` {} by {}", hold.route, hold.state.as_str(), hold.by)
    };
    let reason = held.iter().map(text).collect::<Vec<_>>().join(", ");
    let verb = if first.state == RouteState::Suspended { "resume" } else { "start" };
    Some((reason, format!("midplane route {verb} {integration}/{}", first.route)))
}

#[cfg(test)]
mod tests {
    use domain::route_hold::RouteState;
    use jiff::Timestamp;

    use super::*;

    fn hold(route: &str, state: RouteState, revision: u64) -> RouteHold {
        let workload = WorkloadId(uuid::Uuid::nil());
        let (by, at) = ("ana".to_owned(), Timestamp::UNIX_EPOCH);
        RouteHold { workload, route: route.to_owned(), state, revision, by, at }
    }

    #[test]
    fn a_document_names_every_route_that_was_touched_and_the_newest_word() {
        let holds = [hold("bulk", RouteState::Started, 9), hold("intake", RouteState::Stopped, 4)];
        let want = r#"{"format":1,"revision":9,"routes":{"bulk":"started","intake":"stopped"}}"#;
        assert_eq!(document(&holds), want);
    }

    #[test]
    fn only_what_is_held_is_told_and_how_to_undo_it() {
        let holds =
            [hold("bulk", RouteState::Started, 9), hold("intake", RouteState::Suspended, 4)];
        let (reason, next) = explain("orders", &holds).unwrap();
        assert_eq!(reason, "route `intake` suspended by ana");
        assert_eq!(next, "midplane route resume orders/intake");
        assert_eq!(explain("orders", &holds[..1]), None);
    }
}

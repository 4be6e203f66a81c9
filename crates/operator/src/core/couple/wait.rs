//! A coupling that cannot go on yet, and is nobody's fault: what the plug's status says meanwhile.

use std::time::Duration;

use serde_json::{Value, json};

use crate::core::couple::Case;
use crate::core::flow::{Flow, Run, Stop};
use crate::core::party::Party;
use crate::core::request::Action;
use crate::core::status::{self, Parts, Reason};

/// A call of this coupling has no answer yet.
pub(super) fn wait_for_apparatus<T>(
    flow: &mut Flow<'_>,
    case: &Case<'_>,
    party: &Party,
    reason: Reason,
    action: Action,
    after: Option<Duration>,
) -> Run<T> {
    let detail = not_answered(party, action, "nothing; it is asked again");
    wait(flow, case.object, case.plug, case.socket, reason, &detail)?;
    if let Some(after) = after {
        flow.look_again_after(after);
    }
    Err(Stop::Done)
}

/// What a plug says while a call of an apparatus has no answer; `explain` reads it back.
pub(crate) fn not_answered(party: &Party, action: Action, next: &str) -> String {
    format!(
        "{} spec.apparatus: its call /{} has not been answered yet. Next: {next}",
        party.reference(),
        action.as_str()
    )
}

/// The socket has not been told of its own creation: it must not hear of a coupling before.
pub(crate) fn wait_for_created(
    flow: &mut Flow<'_>,
    object: &Value,
    plug: &Party,
    socket: &Party,
) -> Run<()> {
    let detail = if socket.spec.apparatus.is_some() {
        not_answered(socket, Action::Created, "nothing; look at the socket if it takes long")
    } else {
        format!(
            "{} spec.resources: what it makes when created is not made yet. Next: nothing; look at the socket if it takes long",
            socket.reference()
        )
    };
    wait(flow, object, plug, socket, Reason::CouplingInProcess, &detail)
}

fn wait(
    flow: &mut Flow<'_>,
    object: &Value,
    plug: &Party,
    socket: &Party,
    reason: Reason,
    detail: &str,
) -> Run<()> {
    let mut parts = Parts::standing(object);
    let socket = socket.reference();
    parts.insert("socket".to_owned(), json!(format!("{}/{}", socket.namespace(), socket.name)));
    status::waiting_plug(flow, object, &plug.identity, reason, detail, parts)
}

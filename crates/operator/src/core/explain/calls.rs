//! The calls of an apparatus, as far as the statuses tell: explaining never calls.
//!
//! ```text
//! apparatus of socket infra/login at http://login-apparatus.infra.svc.cluster.local
//!   Pod infra/login-apparatus: ready
//!   /created: answered
//!   /config: answered
//!   /coupled: failed: http://...: answered 500: no such realm
//! ```
//! The operator writes the whole message of a call that failed into the conditions of whoever waits for it, and what is not answered
//! yet as well; calls before that one in the order of a coupling were answered.

use k8s::apparatus::Apparatus;
use serde::Deserialize as _;
use serde_json::Value;

use crate::apparatus::address;
use crate::core::couple;
use crate::core::effect;
use crate::core::explain::Node;
use crate::core::flow::{Flow, Run};
use crate::core::object::ObjectRef;
use crate::core::party::Party;
use crate::core::request::{Action, Request, Response};
use crate::core::status;
use crate::core::trouble::{Kind, Told};

/// The apparatus of `party`; none when it has none. `waiting` is whose status tells of the calls: the plug for those of its coupling,
/// the owner for `/created`.
pub(super) fn node(
    flow: &mut Flow<'_>,
    party: &Party,
    owner: &Value,
    plug: Option<&Value>,
) -> Run<Option<Node>> {
    if !effect::has_apparatus(party) {
        return Ok(None);
    }
    let read = Apparatus::deserialize(&party.object["spec"]["apparatus"]).ok();
    let address = read.and_then(|one| address::address(&one, party.reference()).ok());
    let at = address.as_ref().map(|address| address::without_user(&address.base));
    let mut below = Vec::new();
    if address.is_some_and(|address| address.on_demand) {
        below.push(pod(flow, party)?);
    }
    below.push(call("created", state(owner, party, Action::Created, has_settled(owner))));
    if let Some(plug) = plug {
        let is_done = status::is_coupled(plug) && is_current(plug);
        let told = [Action::Config, Action::Coupled, Action::Updated];
        let stuck = told.iter().position(|action| stands_at(plug, party, *action).is_some());
        for (index, action) in told.into_iter().enumerate() {
            // A life has one `/coupled`, and an `/updated` only where one waits or failed.
            let is_second = index == 2;
            if is_second != (stuck == Some(2)) && index > 0 {
                continue;
            }
            let is_before = stuck.is_some_and(|stuck| index < stuck);
            below.push(call(action.as_str(), state(plug, party, action, is_done || is_before)));
        }
    }
    let what = match at {
        Some(at) => format!("apparatus of {} at {at}", party.reference()),
        None => format!("apparatus of {}", party.reference()),
    };
    Ok(Some(Node { what, state: String::new(), below }))
}

fn call(action: &str, state: String) -> Node {
    Node { what: format!("/{action}"), state, below: Vec::new() }
}

fn state(teller: &Value, party: &Party, action: Action, is_done: bool) -> String {
    match stands_at(teller, party, action) {
        Some(said) => said,
        None if is_done => "answered".to_owned(),
        None => "not called yet".to_owned(),
    }
}

/// What the conditions of `teller` say of this call, if it is the one that holds everything up.
fn stands_at(teller: &Value, party: &Party, action: Action) -> Option<String> {
    let conditions = teller["status"]["conditions"].as_array()?;
    let texts = conditions.iter().filter_map(|one| one["message"].as_str());
    let waits = couple::not_answered(party, action, "");
    for text in texts {
        if text.contains(waits.trim_end()) {
            return Some("not answered yet".to_owned());
        }
        if let Some(told) = Told::parse(text)
            && told.kind == Kind::ApparatusFailed
            && told.object == party.reference().to_string()
            && let Some(message) = told.what.strip_prefix(&effect::failed_call(action))
        {
            return Some(format!("failed: {message}"));
        }
    }
    None
}

/// Whether a socket or plug got past its own creation: its status counts or couples.
fn has_settled(owner: &Value) -> bool {
    let coupled = status::condition(owner, "Coupled");
    coupled.is_some_and(|condition| condition["reason"] != "Error")
}

fn is_current(object: &Value) -> bool {
    object["status"]["observedGeneration"] == object["metadata"]["generation"]
}

fn pod(flow: &mut Flow<'_>, party: &Party) -> Run<Node> {
    let name = address::pod_name(party.reference());
    let object = ObjectRef::new("v1", "Pod", party.namespace(), &name);
    let what = object.to_string();
    let read = Request::Read { account: party.account.clone(), object };
    let state = match flow.ask(read)? {
        Response::Object(Some(pod)) => {
            let ready = pod["status"]["conditions"].as_array().is_some_and(|all| {
                all.iter().any(|one| one["type"] == "Ready" && one["status"] == "True")
            });
            if ready { "ready".to_owned() } else { waiting(pod) }
        }
        Response::Object(None) => "not there; it is started for the next call".to_owned(),
        _ => "not shown to you".to_owned(),
    };
    Ok(Node { what, state, below: Vec::new() })
}

/// Why a container does not run, in the kubelet's words.
fn waiting(pod: &Value) -> String {
    let containers = pod["status"]["containerStatuses"].as_array();
    let reason = containers.into_iter().flatten().find_map(|one| {
        let waiting = &one["state"]["waiting"];
        let reason = waiting["reason"].as_str()?;
        Some(match waiting["message"].as_str() {
            Some(message) => format!("{reason}: {message}"),
            None => reason.to_owned(),
        })
    });
    reason.map_or_else(|| "not ready yet".to_owned(), |reason| format!("not ready: {reason}"))
}

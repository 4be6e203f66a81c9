//! What a plug's status says at each point, and the one place that writes it.
//!
//! A status is written whole: fields that no longer hold are set to null. Nothing is sent when nothing differs. Secrets never stand
//! here; results are key names and a keyed hash, unless the plug or the settings open them.

use serde_json::{Map, Value, json};

use crate::core::condition::{self, Condition, Standing};
use crate::core::flow::{Flow, Run};
use crate::core::notice;
use crate::core::object::{Identity, ObjectRef};
use crate::core::request::{Cause, Request};
use crate::core::trouble::{Kind, Trouble};

/// The compatible reasons of `Coupled`, with their texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    SocketNotCreated,
    CouplingInProcess,
    UpdatingInProcess,
    CouplingSucceeded,
    /// Ours: between the end of a coupling and the end of the plug.
    Decoupled,
}

impl Reason {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::SocketNotCreated => "SocketNotCreated",
            Self::CouplingInProcess => "CouplingInProcess",
            Self::UpdatingInProcess => "UpdatingInProcess",
            Self::CouplingSucceeded => "CouplingSucceeded",
            Self::Decoupled => "Decoupled",
        }
    }

    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::SocketNotCreated => "waiting for socket to be created",
            Self::CouplingInProcess => "coupling to socket",
            Self::UpdatingInProcess => "updating coupling",
            Self::CouplingSucceeded => "coupling succeeded",
            Self::Decoupled => "decoupled",
        }
    }
}

/// The parts of a plug's status beside its conditions. A field that is none is removed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts {
    pub(crate) socket: Option<ObjectRef>,
    pub(crate) coupled_socket: Option<Identity>,
    pub(crate) coupled_result: Option<Value>,
    pub(crate) phase: Option<&'static str>,
    pub(crate) hash: Option<String>,
    pub(crate) resources: Option<usize>,
    pub(crate) secret_name: Option<String>,
}

impl Parts {
    /// As they stand, for a write that changes conditions only.
    pub(crate) fn standing(plug: &Value) -> Map<String, Value> {
        let mut parts = Map::new();
        for key in FIELDS {
            parts.insert((*key).to_owned(), plug["status"][key].clone());
        }
        parts
    }

    fn map(&self) -> Map<String, Value> {
        let mut parts = Map::new();
        let socket =
            self.socket.as_ref().map(|socket| format!("{}/{}", socket.namespace(), socket.name));
        parts.insert("socket".to_owned(), json!(socket));
        let coupled = self.coupled_socket.as_ref().map(coupled);
        parts.insert("coupledSocket".to_owned(), json!(coupled));
        parts.insert("coupledResult".to_owned(), json!(self.coupled_result));
        parts.insert("phase".to_owned(), json!(self.phase));
        parts.insert("hash".to_owned(), json!(self.hash));
        parts.insert("resources".to_owned(), json!(self.resources));
        parts.insert("secretName".to_owned(), json!(self.secret_name));
        parts
    }
}

const FIELDS: &[&str] =
    &["socket", "coupledSocket", "coupledResult", "phase", "hash", "resources", "secretName"];

/// `{apiVersion, kind, name, namespace, uid}`, as statuses have always named the other side.
pub(crate) fn coupled(identity: &Identity) -> Value {
    let object = &identity.object;
    json!({
        "apiVersion": object.api_version, "kind": object.kind, "name": object.name,
        "namespace": object.namespace(), "uid": identity.uid,
    })
}

/// The plug is coupled.
pub(crate) fn coupled_plug(
    flow: &mut Flow<'_>,
    plug: &Value,
    identity: &Identity,
    parts: &Parts,
) -> Run<()> {
    let reason = Reason::CouplingSucceeded;
    let mut conditions = vec![Condition::new("Coupled", true, reason.as_str(), reason.text())];
    conditions.extend(condition::standard(Standing::Ready, reason.as_str(), reason.text()));
    write(flow, plug, identity, &conditions, parts.map())
}

/// The plug is as coupled as it was; a trouble that stood in its conditions is over.
pub(crate) fn still_coupled(flow: &mut Flow<'_>, plug: &Value, identity: &Identity) -> Run<()> {
    let reason = Reason::CouplingSucceeded;
    let mut conditions = vec![Condition::new("Coupled", true, reason.as_str(), reason.text())];
    conditions.extend(condition::standard(Standing::Ready, reason.as_str(), reason.text()));
    write(flow, plug, identity, &conditions, Parts::standing(plug))
}

/// The plug waits for something that will wake it, or is being worked on. `detail` names object, field and next step.
pub(crate) fn waiting_plug(
    flow: &mut Flow<'_>,
    plug: &Value,
    identity: &Identity,
    reason: Reason,
    detail: &str,
    parts: Map<String, Value>,
) -> Run<()> {
    let message = format!("{}: {detail}", reason.text());
    let mut conditions = vec![Condition::new("Coupled", false, reason.as_str(), &message)];
    conditions.extend(condition::standard(Standing::Working, reason.as_str(), &message));
    write(flow, plug, identity, &conditions, parts)
}

/// Nothing of a coupling is left in the status but the socket that is meant.
pub(crate) fn uncoupled(socket: &ObjectRef) -> Map<String, Value> {
    Parts { socket: Some(socket.clone()), ..Parts::default() }.map()
}

pub(crate) fn nothing_coupled() -> Map<String, Value> {
    Parts::default().map()
}

/// A trouble of a plug: conditions and one Warning event.
pub(crate) fn report_plug(
    flow: &mut Flow<'_>,
    plug: &Value,
    identity: &Identity,
    trouble: &Trouble,
) -> Run<()> {
    if trouble.kind == Kind::SocketMissing {
        let detail = trouble.to_string();
        let parts = standing_with_socket(plug, trouble);
        return waiting_plug(flow, plug, identity, Reason::SocketNotCreated, &detail, parts);
    }
    let message = trouble.to_string();
    let standing = if trouble.passes { Standing::Working } else { Standing::Stuck };
    let text = format!("coupling failed: {message}");
    let mut conditions = vec![
        Condition::new("Coupled", false, "Error", &text),
        Condition::new("Failed", true, "Error", &message),
    ];
    conditions.extend(condition::standard(standing, trouble.kind.reason(), &message));
    warn_once(flow, plug, identity, trouble, &conditions)?;
    flow.outcome.back_off |= trouble.passes;
    let mut parts = Parts::standing(plug);
    if parts.get("socket").is_none_or(Value::is_null) {
        parts.insert("socket".to_owned(), meant(plug));
    }
    write(flow, plug, identity, &conditions, parts)
}

/// The socket that the spec names, for a plug that never got as far as looking for it.
fn meant(plug: &Value) -> Value {
    let socket = &plug["spec"]["socket"];
    let own = plug["metadata"]["namespace"].as_str().unwrap_or_default();
    let namespace = socket["namespace"].as_str().filter(|name| !name.is_empty()).unwrap_or(own);
    socket["name"].as_str().map_or(Value::Null, |name| json!(format!("{namespace}/{name}")))
}

fn standing_with_socket(plug: &Value, trouble: &Trouble) -> Map<String, Value> {
    let mut parts = Parts::standing(plug);
    let missing = trouble.target.as_ref();
    if let Some(socket) = missing {
        parts.insert("socket".to_owned(), json!(format!("{}/{}", socket.namespace(), socket.name)));
    }
    parts
}

/// The Warning, unless the conditions say the same already.
pub(crate) fn warn_once(
    flow: &mut Flow<'_>,
    object: &Value,
    identity: &Identity,
    trouble: &Trouble,
    conditions: &[Condition],
) -> Run<()> {
    let told = conditions.iter().all(|condition| is_told(object, condition));
    if !told {
        flow.ask(Request::Emit(notice::warning(identity, generation(object), trouble)))?;
    }
    Ok(())
}

fn is_told(object: &Value, condition: &Condition) -> bool {
    object["status"]["conditions"].as_array().is_some_and(|before| {
        before.iter().any(|before| {
            before["type"] == condition.kind && before["message"] == condition.message.as_str()
        })
    })
}

pub(crate) fn generation(object: &Value) -> u64 {
    object["metadata"]["generation"].as_u64().unwrap_or(0)
}

/// Writes conditions and parts when they differ from what stands there.
pub(crate) fn write(
    flow: &mut Flow<'_>,
    object: &Value,
    identity: &Identity,
    conditions: &[Condition],
    parts: Map<String, Value>,
) -> Run<()> {
    let generation = object["metadata"]["generation"].as_i64().unwrap_or(0);
    let before = &object["status"];
    let mut status = parts;
    let merged = condition::merge(&before["conditions"], conditions, generation, flow.now);
    status.insert("conditions".to_owned(), merged);
    status.insert("observedGeneration".to_owned(), json!(generation));
    status.retain(|key, value| before[key] != *value);
    if status.is_empty() {
        return Ok(());
    }
    // A map is merged key by key; keys that are gone must be named.
    for (key, value) in &mut status {
        remove_the_rest(&before[key], value);
    }
    let request = Request::PatchStatus { subject: identity.clone(), status: Value::Object(status) };
    match flow.write(request)? {
        Ok(_) => Ok(()),
        // It was deleted meanwhile: there is nobody to tell.
        Err(refusal) if refusal.cause == Cause::NotFound => Ok(()),
        Err(_) => flow.back_off(),
    }
}

fn remove_the_rest(before: &Value, after: &mut Value) {
    let (Some(before), Some(after)) = (before.as_object(), after.as_object_mut()) else { return };
    for (key, before) in before {
        match after.get_mut(key) {
            Some(after) => remove_the_rest(before, after),
            None => {
                after.insert(key.clone(), Value::Null);
            }
        }
    }
}

pub(crate) fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    object["status"]["conditions"].as_array()?.iter().find(|condition| condition["type"] == kind)
}

pub(crate) fn is_coupled(plug: &Value) -> bool {
    condition(plug, "Coupled").is_some_and(|condition| condition["status"] == "True")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_are_gone_are_named_in_a_merge() {
        let mut after = json!({"a": {"x": 1}});
        remove_the_rest(&json!({"a": {"x": 0, "y": 2}, "b": 3}), &mut after);
        assert_eq!(after, json!({"a": {"x": 1, "y": null}, "b": null}));
    }
}

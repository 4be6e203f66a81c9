//! Where results come from and where they go.

use k8s::workload::{DEFAULT_ROOT, Workload};
use serde_json::Value;

use crate::core::couple::Case;
use crate::core::explain::{Explanation, Key};
use crate::core::flow::{Flow, Run};
use crate::core::object::ObjectRef;
use crate::core::outcome::Results;
use crate::core::projection;
use crate::core::request::{Request, Response};

/// Adds the places to the keys that are there.
pub(super) fn note_places(
    flow: &mut Flow<'_>,
    case: &Case<'_>,
    results: &Results,
    seen: &mut Explanation,
) -> Run<()> {
    let Some(secret) = projection::secret_name(case) else { return Ok(()) };
    let place = ObjectRef::secret(case.plug.namespace(), &secret);
    let publish = case.plug_spec.publish_secret.clone().unwrap_or_default();
    let together = results.together();
    let restarted = restarted(flow, case)?;
    for key in seen.results.iter_mut().filter(|key| together.contains_key(&key.key)) {
        let names: Vec<&String> = if publish.keys.is_empty() {
            vec![&key.key]
        } else {
            let published = publish.keys.iter().filter(|(_, from)| **from == key.key);
            published.map(|(name, _)| name).collect()
        };
        let mut notes: Vec<String> =
            names.iter().map(|name| format!("{place} key {name}")).collect();
        if let Some(workload) = &case.plug_spec.workload {
            let (namespace, socket) = (case.plug.namespace(), case.socket.name());
            notes.extend(in_workload(workload, namespace, socket, &names, &restarted));
        }
        key.notes.extend(notes);
    }
    Ok(())
}

/// Where the workload finds a result that is published under `names`.
fn in_workload(
    workload: &Workload,
    namespace: &str,
    socket: &str,
    names: &[&String],
    restarted: &str,
) -> Vec<String> {
    if names.is_empty() {
        return Vec::new();
    }
    let kind = workload.kind.as_deref().unwrap_or("Deployment");
    let name = match workload.name.as_deref() {
        Some(name) => format!("{namespace}/{name}"),
        None => format!("of namespace {namespace} selected by labels"),
    };
    let mut notes = Vec::new();
    let files = workload.files.as_ref();
    if files.is_some() || workload.env.is_empty() {
        let root = files.and_then(|files| files.root.as_deref()).unwrap_or(DEFAULT_ROOT);
        let folder = files.and_then(|files| files.name.as_deref()).unwrap_or(socket);
        notes.push(format!("{kind} {name} at {root}/{folder}{restarted}"));
    }
    let variables = workload.env.iter().filter(|one| names.contains(&&one.key));
    notes.extend(variables.map(|one| format!("{kind} {name} as ${}{restarted}", one.name)));
    notes
}

/// ` (restarted TIME)`: when the workload's pods last got another result.
fn restarted(flow: &mut Flow<'_>, case: &Case<'_>) -> Run<String> {
    let Some(workload) = &case.plug_spec.workload else { return Ok(String::new()) };
    let Some(name) = workload.name.as_deref() else { return Ok(String::new()) };
    let api_version = workload.api_version.as_deref().unwrap_or("apps/v1");
    let kind = workload.kind.as_deref().unwrap_or("Deployment");
    let object = ObjectRef::new(api_version, kind, case.plug.namespace(), name);
    let read = Request::Read { account: case.plug.account.clone(), object };
    let Response::Object(Some(object)) = flow.ask(read)? else { return Ok(String::new()) };
    let entries = object["metadata"]["managedFields"].as_array();
    let manager = projection::manager(case);
    let ours = entries.into_iter().flatten().find(|entry| entry["manager"] == manager.as_str());
    let time = ours.and_then(|entry| entry["time"].as_str());
    Ok(time.map(|time| format!(" (restarted {time})")).unwrap_or_default())
}

/// What the plug's status says of results, for somebody who may not see what they are made from.
pub(super) fn from_status(plug: &Value, seen: &mut Explanation) {
    let secret = plug["status"]["secretName"].as_str();
    let namespace = plug["metadata"]["namespace"].as_str().unwrap_or_default();
    let socket = plug["status"]["coupledSocket"]["name"].as_str().unwrap_or_default();
    let workload: Option<Workload> =
        serde_json::from_value(plug["spec"]["workload"].clone()).unwrap_or_default();
    for (side, keys) in [("plug", "plugKeys"), ("socket", "socketKeys")] {
        let names = plug["status"]["coupledResult"][keys].as_array();
        for name in names.into_iter().flatten().filter_map(Value::as_str) {
            if seen.results.iter().any(|key| key.side == side && key.key == name) {
                continue;
            }
            let published = published_as(plug, name);
            let mut notes = Vec::new();
            if let Some((secret, published)) = secret.zip(published) {
                notes.push(format!("{} key {published}", ObjectRef::secret(namespace, secret)));
                let names = [&published.to_owned()];
                let workload = workload.as_ref();
                notes.extend(
                    workload
                        .into_iter()
                        .flat_map(|workload| in_workload(workload, namespace, socket, &names, "")),
                );
            }
            seen.results.push(Key {
                side,
                key: name.to_owned(),
                origin: format!("given by the {side}"),
                line: None,
                over: Vec::new(),
                notes,
            });
        }
    }
}

/// Under which name the plug publishes a result; none when it leaves it out.
fn published_as<'a>(plug: &'a Value, result: &'a str) -> Option<&'a str> {
    match plug["spec"]["publishSecret"]["keys"].as_object() {
        Some(keys) if !keys.is_empty() => {
            keys.iter().find(|(_, from)| *from == result).map(|(name, _)| name.as_str())
        }
        _ => Some(result),
    }
}

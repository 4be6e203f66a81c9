//! Where results come from and where they go.

use k8s::workload::DEFAULT_ROOT;
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
        if let (Some(workload), false) = (&case.plug_spec.workload, names.is_empty()) {
            let kind = workload.kind.as_deref().unwrap_or("Deployment");
            let name = match workload.name.as_deref() {
                Some(name) => format!("{}/{name}", case.plug.namespace()),
                None => format!("of namespace {} selected by labels", case.plug.namespace()),
            };
            let files = workload.files.clone();
            let root = files.as_ref().and_then(|files| files.root.as_deref());
            let folder = files.as_ref().and_then(|files| files.name.clone());
            let folder = folder.unwrap_or_else(|| case.socket.name().to_owned());
            let root = root.unwrap_or(DEFAULT_ROOT);
            if files.is_some() || workload.env.is_empty() {
                notes.push(format!("{kind} {name} at {root}/{folder}{restarted}"));
            }
            let variables = workload.env.iter().filter(|one| names.contains(&&one.key));
            notes.extend(variables.map(|one| format!("{kind} {name} as ${}{restarted}", one.name)));
        }
        key.notes.extend(notes);
    }
    Ok(())
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
    for (side, keys) in [("plug", "plugKeys"), ("socket", "socketKeys")] {
        let names = plug["status"]["coupledResult"][keys].as_array();
        for name in names.into_iter().flatten().filter_map(Value::as_str) {
            if seen.results.iter().any(|key| key.side == side && key.key == name) {
                continue;
            }
            let published = published_as(plug, name);
            let notes = secret.zip(published).map(|(secret, published)| {
                format!("{} key {published}", ObjectRef::secret(namespace, secret))
            });
            seen.results.push(Key {
                side,
                key: name.to_owned(),
                origin: format!("given by the {side}"),
                line: None,
                over: Vec::new(),
                notes: notes.into_iter().collect(),
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

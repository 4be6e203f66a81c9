//! The explanation of a plug: the steps of its coupling, up to the first that fails.

use k8s::resource::When;
use serde_json::{Value, json};

use crate::core::couple::{self, Case, Configs};
use crate::core::explain::{Cause, Explanation, Node, keys};
use crate::core::flow::{Flow, Run, Stop};
use crate::core::gather;
use crate::core::interface::{self, Declared, Half};
use crate::core::layers::Layered;
use crate::core::object::ObjectRef;
use crate::core::outcome::{self, Results};
use crate::core::party::{self, Party};
use crate::core::projection;
use crate::core::request::{Request, Response};
use crate::core::resources::{self, List, Rendered};
use crate::core::settings::Settings;
use crate::core::target;

pub(super) fn explain(
    flow: &mut Flow<'_>,
    settings: &Settings,
    object: &Value,
    mut seen: Explanation,
) -> Run<Explanation> {
    match look(flow, settings, object, &mut seen) {
        Err(Stop::Trouble(trouble)) => {
            let cause = Cause::from(&*trouble);
            let what = format!("{} {}", trouble.kind.reason(), trouble.what);
            seen.tree.insert(0, Node { what, state: "first cause".to_owned(), below: Vec::new() });
            seen.cause = Some(cause);
        }
        other => other?,
    }
    Ok(seen)
}

fn look(
    flow: &mut Flow<'_>,
    settings: &Settings,
    object: &Value,
    seen: &mut Explanation,
) -> Run<()> {
    let generation = &object["metadata"]["generation"];
    let observed = &object["status"]["observedGeneration"];
    if !object["metadata"]["deletionTimestamp"].is_null() {
        seen.would_change.push("it is being deleted: it decouples and goes".to_owned());
    } else if observed.is_null() {
        seen.would_change.push("no operator has looked at it yet".to_owned());
    } else if observed != generation {
        seen.would_change.push("the last edit has not been looked at yet".to_owned());
    }
    let (plug, plug_spec) = party::plug(object, settings)?;
    let target = target::find(flow, settings, &plug, object, &plug_spec)?;
    if seen.socket.is_none() {
        let reference = &target.reference;
        seen.socket = Some(format!("{}/{}", reference.namespace(), reference.name));
    }
    let Some(socket_object) = &target.object else {
        if seen.coupled {
            // The status names it, so it is there; this reader may not look into it.
            let state = "not shown to you: what comes from it is left out".to_owned();
            let what = target.reference.to_string();
            seen.tree.push(Node { what, state, below: Vec::new() });
            return Ok(());
        }
        return Err(target::missing(&plug, &target).into());
    };
    let (socket, socket_spec) = party::socket(socket_object, settings)?;
    if !seen.coupled {
        if !target::is_consented(flow, settings, &plug, &socket, &socket_spec)? {
            return Err(target::missing(&plug, &target).into());
        }
        if let Some(others) = target::is_full(flow, &plug, &socket, socket_spec.limit)? {
            return Err(crate::core::plug::full(&plug, &socket, others).into());
        }
    }
    let case = Case {
        settings,
        object,
        plug: &plug,
        plug_spec: &plug_spec,
        socket: &socket,
        socket_spec: &socket_spec,
        name: couple::journal_name(&plug, &socket),
    };
    config_and_result(flow, &case, seen)
}

fn config_and_result(flow: &mut Flow<'_>, case: &Case<'_>, seen: &mut Explanation) -> Run<()> {
    let (plug_inputs, socket_inputs) = gather::inputs(flow, case.plug, case.socket)?;
    let sides = [(case.plug, &plug_inputs.config), (case.socket, &socket_inputs.config)];
    for (party, given) in sides {
        note_crossing(case, party, Half::Config, given.clone(), seen);
    }
    // The first missing key is the cause; the keys above are shown all the same.
    let mut configs = Configs::default();
    for (party, given) in sides {
        if calls(party) {
            seen.tree.push(Node {
                what: format!("apparatus of {} /config", party.reference()),
                state: "not asked here: its keys are not shown".to_owned(),
                below: Vec::new(),
            });
            continue;
        }
        let (kept, _) = couple::cross(case, party, Half::Config, given.clone())?;
        *(if party.identity == case.plug.identity {
            &mut configs.plug
        } else {
            &mut configs.socket
        }) = kept.values();
    }
    if calls(case.plug) || calls(case.socket) {
        return Ok(());
    }
    let mut below = Vec::new();
    for party in [case.plug, case.socket] {
        let context = couple::context(case, party.which, &configs).value();
        let entries = render(case, party, List::Resources, &context)?;
        below.push(made(flow, party, entries, seen)?);
    }
    let journal = couple::begin(case, 1);
    let inputs = (&plug_inputs, &socket_inputs);
    let (results, given) = outcome::attempt(flow, case, inputs, &journal, &configs)?;
    note_results(case, &results, given, seen);
    for party in [case.socket, case.plug] {
        let context = outcome::result_context(case, party, &configs, &results);
        let entries = render(case, party, List::ResultResources, &context)?;
        below.push(made(flow, party, entries, seen)?);
    }
    below.retain(|node| !node.below.is_empty());
    seen.tree.extend(below);
    Ok(())
}

fn calls(party: &Party) -> bool {
    party.spec.apparatus.is_some()
}

fn note_crossing(
    case: &Case<'_>,
    party: &Party,
    half: Half,
    given: Layered,
    seen: &mut Explanation,
) {
    let side = party.which.as_str();
    let declared = interface::declared(case.socket_spec.interface.as_ref(), half, party.which);
    let crossing = interface::cross(given, declared);
    let note = |key: &str| match declared {
        Declared::Keys(keys) => keys
            .get(key)
            .filter(|property| property.required)
            .map(|_| "required by the interface".to_owned())
            .into_iter()
            .collect(),
        Declared::Everything | Declared::Nothing => Vec::new(),
    };
    let keys = keys(side, &crossing.kept, &note);
    match half {
        Half::Config => seen.config.extend(keys),
        Half::Result => seen.results.extend(keys),
    }
    let dropped = crossing
        .dropped
        .iter()
        .map(|key| format!("{}.{key} of the {side}: not declared by the interface", half.as_str()));
    seen.dropped.extend(dropped);
}

/// Results with the places they go to.
fn note_results(case: &Case<'_>, results: &Results, given: [Layered; 2], seen: &mut Explanation) {
    for (party, given) in [case.plug, case.socket].into_iter().zip(given) {
        note_crossing(case, party, Half::Result, given, seen);
    }
    let Some(secret) = projection::secret_name(case) else { return };
    let place = ObjectRef::secret(case.plug.namespace(), &secret);
    let publish = case.plug_spec.publish_secret.clone().unwrap_or_default();
    let together = results.together();
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
            let name = workload.name.as_deref().unwrap_or("(selected by labels)");
            let files = workload.files.clone();
            let root = files.as_ref().and_then(|files| files.root.as_deref());
            let folder = files.as_ref().and_then(|files| files.name.clone());
            let folder = folder.unwrap_or_else(|| case.socket.name().to_owned());
            let root = root.unwrap_or(k8s::workload::DEFAULT_ROOT);
            if files.is_some() || workload.env.is_empty() {
                notes.push(format!("{kind} {name} at {root}/{folder}"));
            }
            let variables = workload.env.iter().filter(|one| names.contains(&&one.key));
            notes.extend(variables.map(|one| format!("{kind} {name} as ${}", one.name)));
        }
        key.notes.extend(notes);
    }
}

fn render(
    case: &Case<'_>,
    party: &Party,
    list: List,
    context: &Value,
) -> Result<Vec<Rendered>, crate::core::trouble::Trouble> {
    let steps = [When::Coupled, When::Updated];
    resources::render(party, list, &steps, &case.name, context)
}

/// What the templates of one side make, compared with what is there.
fn made(
    flow: &mut Flow<'_>,
    party: &Party,
    entries: Vec<Rendered>,
    seen: &mut Explanation,
) -> Run<Node> {
    let mut below = Vec::new();
    for entry in entries {
        let reference = &entry.reference;
        let read = Request::Read { account: party.account.clone(), object: reference.clone() };
        let wants_it = entry.what != k8s::resource::Do::Delete;
        let (state, change) = match flow.ask(read)? {
            Response::Object(None) if wants_it => {
                ("missing".to_owned(), Some(format!("make {reference}")))
            }
            Response::Object(None) => ("gone, as asked".to_owned(), None),
            Response::Object(Some(_)) if !wants_it => {
                ("there".to_owned(), Some(format!("delete {reference}")))
            }
            Response::Object(Some(there)) => {
                let mut paths = Vec::new();
                differences(&entry.object, there, "", &mut paths);
                if paths.is_empty() {
                    ("as wanted".to_owned(), None)
                } else {
                    let at = paths.join(", ");
                    (format!("differs at {at}"), Some(format!("change {reference} at {at}")))
                }
            }
            _ => ("not shown to you".to_owned(), None),
        };
        if entry.what == k8s::resource::Do::Apply {
            seen.would_change.extend(change);
        }
        let what = format!("{reference} (from {})", entry.field);
        below.push(Node { what, state, below: Vec::new() });
    }
    let what = format!("made by {}", party.reference());
    Ok(Node { what, state: String::new(), below })
}

/// As many as a line holds.
const SHOWN_DIFFERENCES: usize = 5;

/// Paths at which what is wanted is not there.
fn differences(wanted: &Value, there: &Value, path: &str, paths: &mut Vec<String>) {
    if paths.len() >= SHOWN_DIFFERENCES {
        return;
    }
    match (wanted, there) {
        (Value::Object(wanted), Value::Object(_)) => {
            for (key, wanted) in wanted {
                // Our own label says whose it is, not what it is.
                if key == crate::core::names::COUPLING_LABEL {
                    continue;
                }
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                differences(wanted, &there[key], &path, paths);
            }
        }
        (wanted, there) if wanted == there => {}
        // An empty map or list is stored as none.
        (Value::Object(_) | Value::Array(_), Value::Null) if is_empty(wanted) => {}
        // `stringData` is taken into `data` by the API server.
        _ if path.starts_with("stringData") => {}
        _ => paths.push(path.to_owned()),
    }
}

fn is_empty(value: &Value) -> bool {
    *value == json!({})
        || *value == json!([])
        || value
            .as_object()
            .is_some_and(|map| map.keys().all(|key| key == crate::core::names::COUPLING_LABEL))
}

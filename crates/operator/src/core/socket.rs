//! One reconcile of a socket: `created` and `deleted` of its own, and a status that counts its plugs.
//!
//! A socket that is being deleted wakes its plugs, which decouple and go on waiting; it goes when no journal names it any more. No
//! plug of a user is ever deleted. Couplings whose plug is gone are undone here, because nobody else will. A plug of a namespace that is
//! not served is neither seen nor taken for gone: it is counted as the status knew it, and waited for unless the deletion is forced.

use std::collections::BTreeSet;
use std::sync::Arc;

use k8s::names::FORCE;
use serde_json::{Map, Value, json};

use crate::core::alone;
use crate::core::condition::{self, Condition, Standing};
use crate::core::consent::bad_expressions;
use crate::core::decouple::{self, Owner};
use crate::core::flow::{Flow, Run, Stop};
use crate::core::journal::Head;
use crate::core::names;
use crate::core::object::{Identity, ObjectRef};
use crate::core::party;
use crate::core::plug::journals;
use crate::core::request::{Find, Found, Request, Response};
use crate::core::settings::Settings;
use crate::core::status;
use crate::core::trouble::{Kind, Trouble};

/// 1,000 entries of 149 bytes; etcd's limit is near 10,500, and a reader wants the total.
const LISTED_PLUGS: usize = 1_000;
/// A plug that cannot decouple is told by itself; the socket only must not miss the moment it can go.
const DELETION_CHECK: std::time::Duration = std::time::Duration::from_secs(5);

pub(crate) fn decide(flow: &mut Flow<'_>, settings: &Settings, object: &Arc<Value>) -> Run<()> {
    let Some(identity) = Identity::of(object) else { return Ok(()) };
    if alone::is_paused(object) {
        return Ok(());
    }
    let decided = if alone::is_deleting(object) {
        delete(flow, settings, object, &identity)
    } else {
        settle(flow, settings, object, &identity)
    };
    match decided {
        Err(Stop::Trouble(trouble)) => report(flow, settings, object, &identity, &trouble),
        other => other,
    }
}

/// Those that are seen, and those of namespaces that are not served: the status knew them when they were, and their journals are there.
fn coupled_plugs(
    flow: &mut Flow<'_>,
    settings: &Settings,
    object: &Value,
    identity: &Identity,
) -> Run<Vec<Identity>> {
    let find = Find::CoupledPlugs { socket: identity.clone() };
    let mut plugs = match flow.ask(Request::Find(find))? {
        Response::Coupled(plugs) => plugs.clone(),
        _ => Vec::new(),
    };
    let mut unserved = listed(object);
    unserved.retain(|plug| !settings.serves(plug.object.namespace()));
    if !unserved.is_empty() {
        let heads = journals(flow, &identity.uid)?;
        unserved.retain(|plug| heads.iter().any(|head| head.plug_uid.as_ref() == Some(&plug.uid)));
        plugs.extend(unserved);
    }
    Ok(plugs)
}

/// What the status says is coupled.
fn listed(object: &Value) -> Vec<Identity> {
    let entries = object["status"]["coupledPlugs"].as_array().into_iter().flatten();
    entries
        .filter_map(|entry| {
            let text = |field: &str| entry[field].as_str();
            let object = ObjectRef::plug(text("namespace")?, text("name")?);
            Some(Identity { object, uid: text("uid")?.to_owned() })
        })
        .collect()
}

fn settle(
    flow: &mut Flow<'_>,
    settings: &Settings,
    object: &Arc<Value>,
    identity: &Identity,
) -> Run<()> {
    let (party, spec) = party::socket(object, settings)?;
    // Only a socket without our finalizer, or with an unfinished `created`, needs its journal.
    let heads = journals(flow, &identity.uid)?;
    let was_created = alone::create(flow, object, &party, &heads)?;
    let plugs = coupled_plugs(flow, settings, object, identity)?;
    // Those that came earlier wait for it, or for room.
    let has_room = spec
        .limit
        .is_some_and(|limit| usize::try_from(limit).is_ok_and(|limit| plugs.len() < limit));
    if was_created || has_room {
        wake_plugs(flow, identity, &plugs)?;
    }
    if let Some((field, expression)) = bad_expressions(&spec).first() {
        let trouble = Trouble::new(
            Kind::ExpressionBad,
            &identity.object,
            field,
            format!("`{expression}` is no regular expression; it admits nobody"),
            "correct the expression",
        );
        return Err(trouble.into());
    }
    let (reason, message) = counted(plugs.len());
    let mut conditions = vec![Condition::new("Coupled", !plugs.is_empty(), reason, &message)];
    conditions.extend(condition::standard(Standing::Ready, reason, &message));
    status::write(flow, object, identity, &conditions, parts(object, &plugs))
}

fn counted(total: usize) -> (&'static str, String) {
    let plugs = if total == 1 { "plug" } else { "plugs" };
    let reason = if total == 0 { "SocketEmpty" } else { "SocketCoupled" };
    (reason, format!("{total} {plugs} coupled"))
}

fn parts(object: &Value, plugs: &[Identity]) -> Map<String, Value> {
    let mut parts = Map::new();
    let listed: Vec<Value> = plugs.iter().take(LISTED_PLUGS).map(status::coupled).collect();
    // A missing list and an empty one are the same.
    if !(listed.is_empty() && object["status"]["coupledPlugs"].is_null()) {
        parts.insert("coupledPlugs".to_owned(), Value::Array(listed));
    }
    parts.insert("coupledPlugsTotal".to_owned(), json!(plugs.len()));
    parts
}

/// Those that wait look again.
fn wake_plugs(flow: &mut Flow<'_>, identity: &Identity, coupled: &[Identity]) -> Run<()> {
    let (namespace, name) = (identity.object.namespace().to_owned(), identity.object.name.clone());
    if let Response::Refs(plugs) = flow.ask(Request::Find(Find::PlugsNaming { namespace, name }))? {
        let coupled: BTreeSet<&ObjectRef> = coupled.iter().map(|plug| &plug.object).collect();
        let waiting = plugs.iter().filter(|plug| !coupled.contains(plug));
        flow.outcome.wakes.extend(waiting.cloned());
    }
    Ok(())
}

fn delete(
    flow: &mut Flow<'_>,
    settings: &Settings,
    object: &Arc<Value>,
    identity: &Identity,
) -> Run<()> {
    if !alone::has_finalizer(object) {
        return Ok(());
    }
    let heads = journals(flow, &identity.uid)?;
    let own = names::alone(&identity.uid);
    let couplings: Vec<&Head> = heads.iter().filter(|head| head.name != own).collect();
    let plugs = coupled_plugs(flow, settings, object, identity)?;
    let mut left = 0;
    let mut unserved = BTreeSet::new();
    let known: BTreeSet<&str> = plugs
        .iter()
        .filter(|plug| settings.serves(plug.object.namespace()))
        .map(|plug| plug.uid.as_str())
        .collect();
    for head in couplings {
        // Its plug is there and decouples by itself; a journal is read only when nobody else will undo it.
        let is_known = head.plug_uid.as_deref().is_some_and(|uid| known.contains(uid));
        if is_known {
            left += 1;
            continue;
        }
        match undo_without_plug(flow, settings, object, identity, head)? {
            Undone::Yes => {}
            Undone::ByItsPlug => left += 1,
            Undone::NotServed(namespace) => {
                unserved.insert(namespace);
                left += 1;
            }
        }
    }
    // A plug of an earlier operator has no journal yet, and decouples when it sees the socket go.
    let unjournaled = plugs
        .iter()
        .filter(|plug| !heads.iter().any(|head| head.plug_uid.as_ref() == Some(&plug.uid)))
        .count();
    flow.outcome.wakes.extend(plugs.iter().map(|plug| plug.object.clone()));
    if left + unjournaled > 0 {
        flow.look_again_after(DELETION_CHECK);
        let next = if unserved.is_empty() {
            "nothing; look at the plugs if it takes long".to_owned()
        } else {
            let namespaces: Vec<String> = unserved.into_iter().collect();
            format!(
                "some are in namespaces that are not served: add {} to --namespaces; or annotate it with {FORCE}=\"60\" to undo what they had without them",
                namespaces.join(", ")
            )
        };
        let message = format!(
            "{} metadata.deletionTimestamp: it is being deleted, and {} plugs decouple first. Next: {next}",
            identity.object,
            left + unjournaled
        );
        let mut conditions =
            vec![Condition::new("Coupled", !plugs.is_empty(), "SocketCoupled", &message)];
        conditions.extend(condition::standard(Standing::Working, "Decoupling", &message));
        return status::write(flow, object, identity, &conditions, parts(object, &plugs));
    }
    let (party, _) = party::socket(object, settings)?;
    let going = alone::namespace_is_going(flow, &party)?;
    alone::delete(flow, object, &party, &heads, going)
}

enum Undone {
    Yes,
    /// The plug is there and has to do it.
    ByItsPlug,
    /// Nobody sees whether the plug is there: its namespace.
    NotServed(String),
}

/// Undoes a coupling whose plug is gone, or, by force, that of one that nobody sees.
fn undo_without_plug(
    flow: &mut Flow<'_>,
    settings: &Settings,
    object: &Value,
    identity: &Identity,
    head: &Head,
) -> Run<Undone> {
    let journal = match flow.journal(&head.name)? {
        Ok(Found::Absent) => return Ok(Undone::Yes),
        Ok(Found::Open { journal, .. }) => journal,
        _ => return Ok(Undone::ByItsPlug),
    };
    let Some(plug) = &journal.plug else { return Ok(Undone::Yes) };
    let (namespace, name) = (plug.object.namespace().to_owned(), plug.object.name.clone());
    let owner = Owner { object, identity, socket: None };
    if settings.serves(&namespace) {
        let there = flow.find(Find::Plug { namespace, name })?;
        if there.is_some_and(|there| there["metadata"]["uid"] == plug.uid.as_str()) {
            flow.outcome.wakes.insert(plug.object.clone());
            return Ok(Undone::ByItsPlug);
        }
    } else if owner.deadline(settings).is_none_or(|at| at > flow.now) {
        return Ok(Undone::NotServed(namespace));
    }
    decouple::run(flow, settings, &owner, head)?;
    Ok(Undone::Yes)
}

fn report(
    flow: &mut Flow<'_>,
    settings: &Settings,
    object: &Value,
    identity: &Identity,
    trouble: &Trouble,
) -> Run<()> {
    let message = trouble.to_string();
    let plugs = coupled_plugs(flow, settings, object, identity)?;
    let standing = if trouble.passes { Standing::Working } else { Standing::Stuck };
    let text = format!("{} plugs coupled; {message}", plugs.len());
    let mut conditions = vec![
        Condition::new("Coupled", !plugs.is_empty(), "Error", &text),
        Condition::new("Failed", true, "Error", &message),
    ];
    conditions.extend(condition::standard(standing, trouble.kind.reason(), &message));
    status::warn_once(flow, object, identity, trouble, &conditions)?;
    flow.outcome.back_off |= trouble.passes;
    status::write(flow, object, identity, &conditions, parts(object, &plugs))
}

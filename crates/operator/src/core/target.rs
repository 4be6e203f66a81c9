//! Which socket a plug means.
//!
//! By name, or by labels: then the one it is coupled to as long as that one fits, else the oldest that consents and has room. A
//! socket that may not be coupled reads exactly like one that is not there.

use std::sync::Arc;

use k8s::plug::PlugSpec;
use serde_json::Value;

use crate::core::consent::consent;
use crate::core::flow::{Flow, Run};
use crate::core::object::ObjectRef;
use crate::core::party::{self, Party};
use crate::core::request::{Find, Request, Response};
use crate::core::settings::Settings;
use crate::core::trouble::{Kind, Trouble};

/// The socket that is meant, there or not.
pub(crate) struct Target {
    pub(crate) reference: ObjectRef,
    pub(crate) object: Option<Arc<Value>>,
    /// Where the plug says so.
    pub(crate) field: &'static str,
    /// Whether its namespace is served: only then is what was not found not there.
    pub(crate) is_served: bool,
}

pub(crate) fn find(
    flow: &mut Flow<'_>,
    settings: &Settings,
    plug: &Party,
    object: &Value,
    spec: &PlugSpec,
) -> Run<Target> {
    let own = plug.namespace();
    if let Some(socket) = &spec.socket {
        let namespace = filled(socket.namespace.as_ref()).unwrap_or(own).to_owned();
        let reference = ObjectRef::socket(&namespace, &socket.name);
        let is_served = settings.serves(&namespace);
        let object = flow.find(Find::Socket { namespace, name: socket.name.clone() })?;
        flow.outcome.watches.insert(reference.clone());
        return Ok(Target { reference, object, field: "spec.socket.name", is_served });
    }
    let Some(selector) = &spec.socket_selector else {
        return Err(Trouble::new(
            Kind::SpecUnreadable,
            plug.reference(),
            "spec.socket",
            "it names no socket",
            "set spec.socket.name or spec.socketSelector",
        )
        .into());
    };
    let namespace = filled(selector.namespace.as_ref()).unwrap_or(own).to_owned();
    let labels = selector.labels.clone();
    let mut sockets =
        flow.find_all(Find::SocketsSelected { namespace: namespace.clone(), selector: labels })?;
    sockets.sort_by_key(|socket| {
        let metadata = &socket["metadata"];
        let text = |key: &str| metadata[key].as_str().unwrap_or_default().to_owned();
        (text("creationTimestamp"), text("name"))
    });
    let coupled_to = object["status"]["coupledSocket"]["uid"].as_str();
    let current = sockets
        .iter()
        .find(|one| coupled_to.is_some() && one["metadata"]["uid"].as_str() == coupled_to);
    let chosen = if let Some(socket) = current {
        Some(socket.clone())
    } else {
        first_fitting(flow, settings, plug, &sockets)?
    };
    let field = "spec.socketSelector";
    let reference = chosen
        .as_deref()
        .map_or_else(|| ObjectRef::socket(&namespace, "(selected by labels)"), party::reference);
    Ok(Target { reference, object: chosen, field, is_served: settings.serves(&namespace) })
}

fn first_fitting(
    flow: &mut Flow<'_>,
    settings: &Settings,
    plug: &Party,
    sockets: &[Arc<Value>],
) -> Run<Option<Arc<Value>>> {
    for socket in sockets {
        if !socket["metadata"]["deletionTimestamp"].is_null() {
            continue;
        }
        let Ok((party, spec)) = party::socket(socket, settings) else { continue };
        if !is_consented(flow, settings, plug, &party, &spec)? {
            continue;
        }
        if is_full(flow, plug, &party, spec.limit)?.is_none() {
            return Ok(Some(socket.clone()));
        }
    }
    Ok(None)
}

pub(crate) fn is_consented(
    flow: &mut Flow<'_>,
    settings: &Settings,
    plug: &Party,
    socket: &Party,
    spec: &k8s::socket::SocketSpec,
) -> Run<bool> {
    if plug.namespace() == socket.namespace() {
        return Ok(true);
    }
    let namespace = socket.namespace().to_owned();
    let given = |grants: &[Arc<Value>]| {
        let (from, open) = (plug.namespace(), settings.open_consent);
        consent(from, &namespace, socket.name(), spec, grants, open).is_given()
    };
    // Grants are looked at only where they decide: most clusters have none, and asking costs a discovery.
    if given(&[]) {
        return Ok(true);
    }
    let grants = flow.find_all(Find::Grants { namespace: namespace.clone() })?;
    Ok(given(&grants))
}

/// How many others hold the socket, when there is no room.
pub(crate) fn is_full(
    flow: &mut Flow<'_>,
    plug: &Party,
    socket: &Party,
    limit: Option<i32>,
) -> Run<Option<usize>> {
    let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) else {
        return Ok(None);
    };
    let others = holders(flow, plug, socket)?;
    Ok((others.len() >= limit).then_some(others.len()))
}

/// The uids of other plugs that are coupled to the socket or about to be.
pub(crate) fn holders(
    flow: &mut Flow<'_>,
    plug: &Party,
    socket: &Party,
) -> Run<std::collections::BTreeSet<String>> {
    let mut holders = std::collections::BTreeSet::new();
    let find = Find::Journals { uid: socket.identity.uid.clone() };
    if let Response::Journals(heads) = flow.ask(Request::Find(find))? {
        holders.extend(heads.iter().filter_map(|head| head.plug_uid.clone()));
    }
    let find = Find::CoupledPlugs { socket: socket.identity.clone() };
    if let Response::Coupled(plugs) = flow.ask(Request::Find(find))? {
        holders.extend(plugs.iter().map(|identity| identity.uid.clone()));
    }
    holders.remove(&plug.identity.uid);
    Ok(holders)
}

/// The one text for absent and for refused.
pub(crate) fn missing(plug: &Party, target: &Target) -> Trouble {
    let reference = &target.reference;
    if !target.is_served {
        let namespace = reference.namespace();
        let what = format!("namespace {namespace} of {reference} is not served by this operator");
        let next = format!(
            "start the operator with {namespace} among its --namespaces, or correct {}",
            target.field
        );
        let kind = Kind::SocketMissing;
        return Trouble::new(kind, plug.reference(), target.field, what, next).about(reference);
    }
    let next = if reference.namespace() == plug.namespace() {
        format!("create {reference}, or correct {}", target.field)
    } else {
        format!(
            "create {reference}, or let it admit namespace {} (spec.validation or a ReferenceGrant), or correct {}",
            plug.namespace(),
            target.field
        )
    };
    let what = if reference.namespace() == plug.namespace() {
        format!("{reference} is not there")
    } else {
        format!("{reference} is not there, or does not admit namespace {}", plug.namespace())
    };
    Trouble::new(Kind::SocketMissing, plug.reference(), target.field, what, next).about(reference)
}

fn filled(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.is_empty())
}

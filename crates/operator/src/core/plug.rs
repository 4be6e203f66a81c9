//! One reconcile of a plug: which socket it means, what it is coupled to, and the way from the one to the other.
//!
//! ```text
//! paused                         nothing
//! being deleted                  decouple all, `deleted`, finalizer off
//! coupled where nobody looks     nothing: its socket's namespace is not served
//! journals of other sockets      decouple, whatever comes next
//! no socket, or no consent       SocketNotCreated
//! a socket                       `couple`
//! ```
//! The plug's reconcile is the only one that couples, updates and decouples; a socket only wakes its plugs.

use std::sync::Arc;

use k8s::plug::PlugSpec;
use serde_json::Value;

use crate::core::alone;
use crate::core::couple::{self, Case};
use crate::core::decouple::{self, Owner};
use crate::core::flow::{Flow, Run, Stop};
use crate::core::journal::{Head, Phase};
use crate::core::names;
use crate::core::notice;
use crate::core::object::Identity;
use crate::core::party::{self, Party};
use crate::core::request::{Find, Request, Response};
use crate::core::settings::Settings;
use crate::core::status;
use crate::core::target::{self, Target};
use crate::core::trouble::{Kind, Trouble};

/// How long a plug that chose its socket by labels may oversleep the end of the socket's `created`.
const CREATED_SOON: std::time::Duration = std::time::Duration::from_secs(1);

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
        Err(Stop::Trouble(trouble)) => status::report_plug(flow, object, &identity, &trouble),
        other => other,
    }
}

pub(crate) fn journals(flow: &mut Flow<'_>, uid: &str) -> Run<Vec<Head>> {
    Ok(match flow.ask(Request::Find(Find::Journals { uid: uid.to_owned() }))? {
        Response::Journals(heads) => heads.clone(),
        _ => Vec::new(),
    })
}

fn delete(
    flow: &mut Flow<'_>,
    settings: &Settings,
    object: &Value,
    identity: &Identity,
) -> Run<()> {
    if !alone::has_finalizer(object) {
        return Ok(());
    }
    let heads = journals(flow, &identity.uid)?;
    let owner = Owner { object, identity, socket: None };
    let own = names::alone(&identity.uid);
    let couplings: Vec<&Head> = heads.iter().filter(|head| head.name != own).collect();
    if couplings.is_empty() && !object["status"]["coupledSocket"].is_null() {
        take_over_to_delete(flow, settings, object, identity)?;
    }
    for head in &couplings {
        decouple::undo(flow, settings, &owner, head)?;
        let parts = status::nothing_coupled();
        let detail = format!(
            "{} metadata.deletionTimestamp: it is being deleted. Next: nothing; wait",
            identity.object
        );
        let reason = status::Reason::Decoupled;
        status::waiting_plug(flow, object, identity, reason, &detail, parts)?;
        decouple::forget(flow, head)?;
    }
    // A spec that cannot be read has no `deleted` entries that could be run.
    let Ok((party, _)) = party::plug(object, settings) else {
        return release(flow, object, identity);
    };
    let going = alone::namespace_is_going(flow, &party)?;
    alone::delete(flow, object, &party, &heads, going)
}

/// A coupling without a journal, left by the Go operator or by a lost Secret: it is journaled first, then undone at the next look.
/// When that cannot be, what it made is not known and stays, which a Warning tells.
fn take_over_to_delete(
    flow: &mut Flow<'_>,
    settings: &Settings,
    object: &Value,
    identity: &Identity,
) -> Run<()> {
    let coupled = &object["status"]["coupledSocket"];
    let text = |key: &str| coupled[key].as_str().unwrap_or_default().to_owned();
    let find = Find::Socket { namespace: text("namespace"), name: text("name") };
    let socket = flow.find(find)?.filter(|socket| socket["metadata"]["uid"] == coupled["uid"]);
    let unknown = |why: &str| {
        Trouble::new(
            Kind::JournalLost,
            &identity.object,
            "status.coupledSocket",
            format!("what its coupling made is not known: {why}"),
            "remove by hand what is left of it",
        )
    };
    let trouble = match socket {
        None => unknown("the socket is gone"),
        Some(socket) => match adopt(flow, settings, object, &socket) {
            Ok(()) => {
                flow.look_again_after(std::time::Duration::ZERO);
                return Err(Stop::Done);
            }
            Err(Stop::Trouble(trouble)) if trouble.kind != Kind::ClusterUnavailable => {
                unknown(&trouble.what)
            }
            Err(other) => return Err(other),
        },
    };
    flow.ask(Request::Emit(notice::warning(identity, 0, &trouble)))?;
    Ok(())
}

fn adopt(
    flow: &mut Flow<'_>,
    settings: &Settings,
    object: &Value,
    socket_object: &Value,
) -> Run<()> {
    let (plug, plug_spec) = party::plug(object, settings)?;
    let (socket, socket_spec) = party::socket(socket_object, settings)?;
    let case = Case {
        settings,
        object,
        plug: &plug,
        plug_spec: &plug_spec,
        socket: &socket,
        socket_spec: &socket_spec,
        name: couple::journal_name(&plug, &socket),
    };
    couple::take_over(flow, &case)
}

fn release(flow: &mut Flow<'_>, object: &Value, identity: &Identity) -> Run<()> {
    let empty = serde_json::json!({
        "apiVersion": object["apiVersion"], "kind": object["kind"],
        "metadata": {"name": identity.object.name, "namespace": identity.object.namespace(), "uid": identity.uid},
    });
    match party::plug(&empty, &Settings::new("", [0; 32])) {
        Ok((party, _)) => alone::release(flow, object, &party),
        Err(_) => Ok(()),
    }
}

fn settle(
    flow: &mut Flow<'_>,
    settings: &Settings,
    object: &Arc<Value>,
    identity: &Identity,
) -> Run<()> {
    let (plug, spec) = party::plug(object, settings)?;
    let heads = journals(flow, &identity.uid)?;
    let own = names::alone(&identity.uid);
    let target = target::find(flow, settings, &plug, object, &spec)?;
    let is_begun = heads.iter().any(|head| head.name != own);
    if is_coupled_elsewhere(settings, object) || (is_begun && !target.is_served) {
        // Nobody sees whether its socket is there: what is coupled stays as it is.
        return Ok(());
    }
    let alive = target.object.as_ref().filter(|socket| !alone::is_deleting(socket));
    let wanted = alive
        .and_then(|socket| socket["metadata"]["uid"].as_str())
        .map(|uid| names::coupling(&identity.uid, uid));
    let going = target.object.as_deref().filter(|socket| alone::is_deleting(socket));
    let owner = Owner { object, identity, socket: going };
    let mut decoupled = false;
    for head in heads.iter().filter(|head| head.name != own) {
        if Some(&head.name) != wanted.as_ref() || head.phase == Phase::Decoupling {
            decouple::undo(flow, settings, &owner, head)?;
            // The status must say so before the journal goes: it tells a coupling that lost its journal from none at all.
            missing(flow, object, identity, &plug, &target)?;
            decouple::forget(flow, head)?;
            decoupled = true;
        }
    }
    if decoupled {
        flow.look_again_after(std::time::Duration::ZERO);
        return Ok(());
    }
    alone::create(flow, object, &plug, &heads)?;
    let Some(socket_object) = alive else {
        return missing(flow, object, identity, &plug, &target);
    };
    let head = heads.iter().find(|head| Some(&head.name) == wanted.as_ref());
    couple(flow, settings, object, (&plug, &spec), socket_object, &target, head)
}

/// Coupled to a socket of a namespace that this operator does not serve: another one does, or served it before.
fn is_coupled_elsewhere(settings: &Settings, object: &Value) -> bool {
    let namespace = object["status"]["coupledSocket"]["namespace"].as_str();
    namespace.is_some_and(|namespace| !settings.serves(namespace))
}

/// Nothing is coupled and nothing can be: only the socket that is meant stands in the status.
fn missing(
    flow: &mut Flow<'_>,
    object: &Value,
    identity: &Identity,
    plug: &Party,
    target: &Target,
) -> Run<()> {
    let trouble = target::missing(plug, target);
    let parts = status::uncoupled(&target.reference);
    let reason = status::Reason::SocketNotCreated;
    status::waiting_plug(flow, object, identity, reason, &trouble.to_string(), parts)
}

fn couple(
    flow: &mut Flow<'_>,
    settings: &Settings,
    object: &Arc<Value>,
    (plug, plug_spec): (&Party, &PlugSpec),
    socket_object: &Arc<Value>,
    target: &Target,
    head: Option<&Head>,
) -> Run<()> {
    let (socket, socket_spec) = party::socket(socket_object, settings)?;
    let coupled_here = object["status"]["coupledSocket"]["uid"] == socket.identity.uid.as_str();
    if head.is_none() && !coupled_here {
        if !target::is_consented(flow, settings, plug, &socket, &socket_spec)? {
            return missing(flow, object, &plug.identity, plug, target);
        }
        if let Some(others) = target::is_full(flow, plug, &socket, socket_spec.limit)? {
            flow.outcome.watches.insert(socket.reference().clone());
            return Err(full(plug, &socket, others).into());
        }
        if !alone::is_created(flow, socket_object, &socket)? {
            // The socket wakes those that name it when it is done.
            if plug_spec.socket.is_none() {
                flow.look_again_after(CREATED_SOON);
            }
            return couple::wait_for_created(flow, object, plug, &socket);
        }
    }
    let case = Case {
        settings,
        object,
        plug,
        plug_spec,
        socket: &socket,
        socket_spec: &socket_spec,
        name: couple::journal_name(plug, &socket),
    };
    couple::run(flow, &case, head)
}

pub(crate) fn full(plug: &Party, socket: &Party, others: usize) -> Trouble {
    Trouble::new(
        Kind::LimitReached,
        plug.reference(),
        "spec.socket",
        format!("{} takes no more plugs: {others} are coupled (spec.limit)", socket.reference()),
        format!(
            "raise spec.limit of {}, delete another plug, or use another socket",
            socket.reference()
        ),
    )
    .about(socket.reference())
}

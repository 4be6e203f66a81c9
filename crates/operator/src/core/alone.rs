//! What a plug or socket does on its own: `created` when it comes, `deleted` when it goes, and our finalizer in between.
//!
//! The finalizer tells whether `created` was done: it is set before the Event and after the journal, so a crash in between repeats
//! and does not lose. A resource that has the finalizer and no journal was created by an earlier operator, or has nothing to do;
//! either way nothing is fired. Without `created` or `deleted` entries and without an apparatus there is no journal. Nothing couples to
//! a socket whose `created` is not done (`is_created`).

use k8s::resource::When;
use serde_json::Value;

use crate::core::context::Context;
use crate::core::effect::{self, Called, Held};
use crate::core::flow::{Flow, Run, Stop};
use crate::core::journal::{FORMAT, Head, Journal, Phase, Side, Snapshot};
use crate::core::names;
use crate::core::notice;
use crate::core::object::FINALIZER;
use crate::core::party::Party;
use crate::core::request::{Action, Call, Cause, Find, Found, Request, Response, Severity};
use crate::core::resources::{self, List, Rendered};
use crate::core::trouble::Trouble;
use crate::core::undo;

pub(crate) fn has_finalizer(object: &Value) -> bool {
    finalizers(object).iter().any(|finalizer| finalizer == FINALIZER)
}

fn finalizers(object: &Value) -> Vec<String> {
    let list = object["metadata"]["finalizers"].as_array();
    list.into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

fn entries(party: &Party, when: When) -> Result<Vec<Rendered>, Trouble> {
    let context = Context::alone(party).value();
    let label = names::alone(&party.identity.uid);
    resources::render(party, List::Resources, &[when], &label, &context)
}

/// `created`, once. True when somebody may have waited for it (`is_created`) and it is done now.
pub(crate) fn create(
    flow: &mut Flow<'_>,
    object: &Value,
    party: &Party,
    heads: &[Head],
) -> Run<bool> {
    let name = names::alone(&party.identity.uid);
    let head = heads.iter().find(|head| head.name == name);
    let fresh = !has_finalizer(object);
    if !fresh && head.is_none_or(|head| head.phase == Phase::Created) {
        return Ok(false);
    }
    let entries = entries(party, When::Created)?;
    let needed = !entries.is_empty() || party.spec.apparatus.is_some();
    let mut held = None;
    if needed || head.is_some() {
        let mut open = open(flow, party, &name, head)?;
        if open.journal.phase == Phase::Creating && open.resource_version.is_none() {
            open.plan(party.which, &party.account, &entries);
            open.save(flow, party.reference())?;
        }
        held = Some(open);
    }
    if fresh {
        announce(flow, party, "created", reason(party, "PlugCreated", "SocketCreated"))?;
        let mut wanted = finalizers(object);
        wanted.push(FINALIZER.to_owned());
        set_finalizers(flow, object, party, wanted)?;
    }
    let Some(mut held) = held else { return Ok(false) };
    if held.journal.phase == Phase::Created {
        return Ok(true);
    }
    let done = tell(flow, &mut held, party, Action::Created)
        .and_then(|()| held.perform(flow, party, &entries));
    if let Err(Stop::Trouble(_)) = done {
        held.settle(flow, party.reference())?;
    }
    done?;
    held.journal.phase = Phase::Created;
    held.journal.done.clear();
    held.save(flow, party.reference())?;
    Ok(true)
}

/// Whether `created` of `party` is done, or is nothing that anybody could miss. Costs no API request.
pub(crate) fn is_created(flow: &mut Flow<'_>, object: &Value, party: &Party) -> Run<bool> {
    let spec = &party.spec;
    let makes = spec.resources.iter().any(|resource| resource.when().contains(&When::Created));
    if spec.apparatus.is_none() && !makes {
        return Ok(true);
    }
    if !has_finalizer(object) {
        return Ok(false);
    }
    let find = Find::Journal { name: names::alone(&party.identity.uid) };
    Ok(match flow.ask(Request::Find(find))? {
        Response::Journals(heads) => heads.iter().all(|head| head.phase == Phase::Created),
        _ => true,
    })
}

/// `deleted`, then removal of what `created` made, then the finalizer goes.
pub(crate) fn delete(
    flow: &mut Flow<'_>,
    object: &Value,
    party: &Party,
    heads: &[Head],
    going: bool,
) -> Run<()> {
    let name = names::alone(&party.identity.uid);
    let head = heads.iter().find(|head| head.name == name);
    let entries = if going { Vec::new() } else { entries(party, When::Deleted)? };
    let needed = head.is_some() || !entries.is_empty() || party.spec.apparatus.is_some();
    if needed && !(going && head.is_none()) {
        let mut held = open(flow, party, &name, head)?;
        if held.journal.phase != Phase::Deleting {
            held.journal.phase = Phase::Deleting;
            held.journal.done.clear();
            held.save(flow, party.reference())?;
        }
        if !going {
            tell(flow, &mut held, party, Action::Deleted)?;
            held.perform(flow, party, &entries)?;
        }
        remove(flow, &mut held, party, going)?;
    }
    if !going {
        announce(flow, party, "deleted", reason(party, "PlugDeleted", "SocketDeleted"))?;
    }
    if needed && !(going && head.is_none()) {
        flow.ask(Request::DeleteJournal { name })?;
    }
    release(flow, object, party)
}

/// Takes our finalizer away.
pub(crate) fn release(flow: &mut Flow<'_>, object: &Value, party: &Party) -> Run<()> {
    let left = finalizers(object).into_iter().filter(|one| one != FINALIZER).collect();
    set_finalizers(flow, object, party, left)
}

fn reason(party: &Party, plug: &'static str, socket: &'static str) -> &'static str {
    match party.which {
        Side::Plug => plug,
        Side::Socket => socket,
    }
}

fn open(flow: &mut Flow<'_>, party: &Party, name: &str, head: Option<&Head>) -> Run<Held> {
    if head.is_some() {
        match flow.journal(name)? {
            Ok(Found::Open { resource_version, journal }) => {
                return Ok(Held::new(name, Some(resource_version), *journal));
            }
            Ok(Found::Unreadable { resource_version, .. }) => {
                return Ok(Held::new(name, Some(resource_version), begin(party)));
            }
            Ok(Found::Absent) => {}
            Err(_) => return flow.back_off(),
        }
    }
    Ok(Held::new(name, None, begin(party)))
}

fn begin(party: &Party) -> Journal {
    let mut snapshot = Snapshot::default();
    let (mut plug, mut socket) = (None, None);
    match party.which {
        Side::Plug => {
            plug = Some(party.identity.clone());
            snapshot.plug = (*party.object).clone();
        }
        Side::Socket => {
            socket = Some(party.identity.clone());
            snapshot.socket = (*party.object).clone();
        }
    }
    Journal {
        format: FORMAT,
        plug,
        socket,
        phase: Phase::Creating,
        pass: 1,
        hash: String::new(),
        result_hash: String::new(),
        done: std::collections::BTreeMap::new(),
        waiting_since: None,
        inventory: Vec::new(),
        snapshot,
    }
}

fn tell(flow: &mut Flow<'_>, held: &mut Held, party: &Party, action: Action) -> Run<()> {
    let step = action.as_str();
    if held.journal.done.contains_key(step) {
        return Ok(());
    }
    // Once in a life: the uid is enough to tell repetitions from events.
    let event_id = format!("{}.{}.{step}", party.identity.uid, party.which.as_str());
    let own = Some(party.object.clone());
    let fill = |call: Call| match party.which {
        Side::Plug => Call { plug: own, ..call },
        Side::Socket => Call { socket: own, ..call },
    };
    match effect::call(flow, party, fill, action, event_id)? {
        Called::Nobody => Ok(()),
        Called::Done(_) => {
            held.journal.done.insert(step.to_owned(), String::new());
            held.save(flow, party.reference())
        }
        Called::Later(after) => {
            if let Some(after) = after {
                flow.look_again_after(after);
            }
            Err(Stop::Done)
        }
    }
}

fn remove(flow: &mut Flow<'_>, held: &mut Held, party: &Party, going: bool) -> Run<()> {
    for made in held.journal.inventory.clone().iter().rev() {
        if made.retain || (going && made.object.namespace() == party.namespace()) {
            continue;
        }
        if let Err(refusal) = undo::undo(flow, &held.name, made, Some(&party.account))? {
            match refusal.cause {
                Cause::NotFound | Cause::Conflict | Cause::UnknownKind | Cause::Terminating => {}
                _ => {
                    let trouble = Trouble::refused(
                        party.reference(),
                        "metadata.finalizers",
                        "delete",
                        &made.object,
                        &made.account,
                        &refusal,
                    );
                    return Err(trouble.passing().into());
                }
            }
        }
    }
    Ok(())
}

fn announce(flow: &mut Flow<'_>, party: &Party, verb: &str, reason: &'static str) -> Run<()> {
    let side = party.which.as_str();
    let message = format!("{side} {}/{} {verb}", party.name(), party.namespace());
    let notice = notice::about(&party.identity, verb, Severity::Normal, reason, message);
    flow.ask(Request::Emit(notice))?;
    Ok(())
}

fn set_finalizers(
    flow: &mut Flow<'_>,
    object: &Value,
    party: &Party,
    finalizers: Vec<String>,
) -> Run<()> {
    let resource_version = object["metadata"]["resourceVersion"].as_str().unwrap_or_default();
    let request = Request::SetFinalizers {
        subject: party.identity.clone(),
        resource_version: resource_version.to_owned(),
        finalizers,
    };
    match flow.write(request)? {
        Ok(_) => Ok(()),
        Err(refusal) if refusal.cause == Cause::NotFound => Err(Stop::Done),
        Err(_) => flow.back_off(),
    }
}

/// Whether a person asked us to keep our hands off.
pub(crate) fn is_paused(object: &Value) -> bool {
    object["metadata"]["annotations"][k8s::names::PAUSED]
        .as_str()
        .is_some_and(|value| value != "false")
}

pub(crate) fn is_deleting(object: &Value) -> bool {
    !object["metadata"]["deletionTimestamp"].is_null()
}

/// The namespace of `party` is being deleted, as far as we may know.
pub(crate) fn namespace_is_going(flow: &mut Flow<'_>, party: &Party) -> Run<bool> {
    let find = Find::Namespace { name: party.namespace().to_owned() };
    Ok(match flow.ask(Request::Find(find))? {
        Response::Object(namespace) => {
            namespace.as_ref().is_none_or(|namespace| is_deleting(namespace))
        }
        // Not ours to see: the API server will say so when it matters.
        _ => false,
    })
}

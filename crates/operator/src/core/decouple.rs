//! Undoing a coupling from its journal alone: no source has to be there any more.
//!
//! ```text
//! journal: Decoupling
//! plug: /decoupled, `decoupled` resources      from the snapshot
//! socket: the same
//! remove what was made and is not retained     last made first
//! Events, then the journal goes
//! ```
//! What lives in a namespace that is being deleted goes with it, and what cannot be made there is not needed: neither is waited for.
//! `midplane.io/force` on the object that is being deleted gives up what still fails after that many seconds (`true`: ten minutes),
//! in a Warning that names it. Without it a failure is told and tried again for ever, because giving up leaks. An account that never
//! had the right to make something needs none to let it go (`undo`).

use jiff::Timestamp;
use k8s::names::FORCE;
use k8s::resource::When;
use serde_json::Value;

use crate::core::couple::{self, Configs};
use crate::core::effect::{self, Called, Held};
use crate::core::flow::{Flow, Run, Stop};
use crate::core::journal::{Head, Journal, Made, Phase, Side};
use crate::core::notice;
use crate::core::object::{Account, Identity, ObjectRef};
use crate::core::party::{self, Party};
use crate::core::request::{Action, Call, Cause, Find, Found, Request, Severity};
use crate::core::resources::{self, List};
use crate::core::settings::Settings;
use crate::core::trouble::{Kind, Trouble};
use crate::core::undo::undo as take_back;

/// Whose reconcile this is: its object carries the force annotation and hears of troubles.
pub(crate) struct Owner<'a> {
    pub(crate) object: &'a Value,
    pub(crate) identity: &'a Identity,
    /// A socket that is being deleted: its force annotation counts as well.
    pub(crate) socket: Option<&'a Value>,
}

impl Owner<'_> {
    /// When the person who deletes wants to be done, whatever is left.
    pub(crate) fn deadline(&self, settings: &Settings) -> Option<Timestamp> {
        std::iter::once(self.object)
            .chain(self.socket)
            .filter_map(|object| deadline(object, settings))
            .min()
    }
}

/// Namespaces that are being deleted, among those of one coupling.
struct Going(Vec<String>);

impl Going {
    fn find(flow: &mut Flow<'_>, journal: &Journal) -> Run<Self> {
        let mut names: Vec<String> = [&journal.plug, &journal.socket]
            .into_iter()
            .flatten()
            .map(|identity| identity.object.namespace().to_owned())
            .chain(journal.inventory.iter().map(|made| made.object.namespace().to_owned()))
            .filter(|name| !name.is_empty())
            .collect();
        names.sort();
        names.dedup();
        let finds = names
            .iter()
            .map(|name| Request::Find(Find::Namespace { name: name.clone() }))
            .collect();
        let mut going = Vec::new();
        for (name, response) in names.iter().zip(flow.ask_all(finds)?) {
            let crate::core::request::Response::Object(namespace) = response else { continue };
            // A namespace that is not there any more takes nothing with it that still exists.
            let is_going = namespace
                .as_ref()
                .is_none_or(|namespace| !namespace["metadata"]["deletionTimestamp"].is_null());
            if is_going {
                going.push(name.clone());
            }
        }
        Ok(Self(going))
    }

    fn has(&self, namespace: &str) -> bool {
        self.0.iter().any(|name| name == namespace)
    }
}

/// Undoes the coupling of `head`, and forgets it.
pub(crate) fn run(
    flow: &mut Flow<'_>,
    settings: &Settings,
    owner: &Owner<'_>,
    head: &Head,
) -> Run<()> {
    undo(flow, settings, owner, head)?;
    forget(flow, head)
}

/// Removes the journal: nothing is left to undo.
pub(crate) fn forget(flow: &mut Flow<'_>, head: &Head) -> Run<()> {
    match flow.write(Request::DeleteJournal { name: head.name.clone() })? {
        Ok(_) => Ok(()),
        Err(refusal) if refusal.cause == Cause::NotFound => Ok(()),
        Err(_) => flow.back_off(),
    }
}

/// Undoes the coupling of `head`; its journal stays. Ends the reconcile early when it has to wait.
pub(crate) fn undo(
    flow: &mut Flow<'_>,
    settings: &Settings,
    owner: &Owner<'_>,
    head: &Head,
) -> Run<()> {
    let (resource_version, journal) = match flow.journal(&head.name)? {
        // Deleted already; the index lags behind.
        Ok(Found::Absent) => return Ok(()),
        Ok(Found::Open { resource_version, journal }) => (resource_version, *journal),
        Ok(Found::Unreadable { why, .. }) => return unreadable(flow, settings, owner, head, &why),
        Err(_) => return flow.back_off(),
    };
    let mut held = Held::new(&head.name, Some(resource_version), journal);
    if held.journal.phase != Phase::Decoupling {
        held.journal.phase = Phase::Decoupling;
        held.journal.done.clear();
        held.save(flow, &owner.identity.object)?;
    }
    let going = Going::find(flow, &held.journal)?;
    let mut left = Vec::new();
    let parties = parties(settings, &held.journal);
    if let Some((plug, socket)) = &parties {
        for party in [plug, socket] {
            match tell(flow, owner, &mut held, plug, socket, party, &going) {
                Err(Stop::Trouble(trouble)) if trouble.kind == Kind::NamespaceGoing => {}
                Err(Stop::Trouble(trouble)) => left.push(*trouble),
                other => other?,
            }
        }
    }
    for made in held.journal.inventory.clone().iter().rev() {
        let now = parties.as_ref().map(|(plug, socket)| match made.side {
            Side::Plug => &plug.account,
            Side::Socket => &socket.account,
        });
        if let Some(trouble) = remove(flow, owner, &head.name, (made, now), &going)? {
            left.push(trouble);
        }
    }
    if let Some(first) = left.first() {
        give_up_or_wait(flow, settings, owner, first, left.len())?;
    }
    if let Some((plug, socket)) = &parties {
        announce(flow, &held, plug, socket, &going)?;
    }
    for identity in [&held.journal.plug, &held.journal.socket].into_iter().flatten() {
        flow.outcome.wakes.insert(identity.object.clone());
    }
    flow.outcome.wakes.remove(&owner.identity.object);
    Ok(())
}

/// Both sides as the snapshot has them; none when it cannot be read, which leaves removal only.
fn parties(settings: &Settings, journal: &Journal) -> Option<(Party, Party)> {
    let (plug, _) = party::plug(&journal.snapshot.plug, settings).ok()?;
    let (socket, _) = party::socket(&journal.snapshot.socket, settings).ok()?;
    Some((plug, socket))
}

/// `/decoupled` and the `decoupled` resources of one side.
fn tell(
    flow: &mut Flow<'_>,
    owner: &Owner<'_>,
    held: &mut Held,
    plug: &Party,
    socket: &Party,
    party: &Party,
    going: &Going,
) -> Run<()> {
    let snapshot = &held.journal.snapshot;
    let configs =
        Configs { plug: snapshot.plug_config.clone(), socket: snapshot.socket_config.clone() };
    let step = format!("{}/decoupled", party.which.as_str());
    if !held.journal.done.contains_key(&step) && !going.has(party.namespace()) {
        let event_id = couple::event_id(plug, &held.journal, party.which, Action::Decoupled);
        let fill = |call: Call| Call {
            plug: Some(plug.object.clone()),
            socket: Some(socket.object.clone()),
            plug_config: Some(configs.plug.clone()),
            socket_config: Some(configs.socket.clone()),
            ..call
        };
        match effect::call(flow, party, fill, Action::Decoupled, event_id)? {
            Called::Nobody => {}
            Called::Done(_) => {
                held.journal.done.insert(step, String::new());
                held.save(flow, &owner.identity.object)?;
            }
            Called::Later(after) => {
                if let Some(after) = after {
                    flow.look_again_after(after);
                }
                return Err(Stop::Done);
            }
        }
    }
    let context = crate::core::context::Context::of(party.which, plug, socket)
        .with("plugConfig", &configs.plug)
        .with("socketConfig", &configs.socket)
        .value();
    let when = [When::Decoupled];
    let entries = resources::render(party, List::Resources, &when, &held.name, &context)?;
    for entry in entries {
        if going.has(entry.reference.namespace()) {
            continue;
        }
        held.perform(flow, party, std::slice::from_ref(&entry))?;
    }
    Ok(())
}

fn remove(
    flow: &mut Flow<'_>,
    owner: &Owner<'_>,
    name: &str,
    (made, now): (&Made, Option<&Account>),
    going: &Going,
) -> Run<Option<Trouble>> {
    if made.retain || going.has(made.object.namespace()) {
        return Ok(None);
    }
    Ok(match take_back(flow, name, made, now)? {
        Ok(()) => None,
        Err(refusal) => match refusal.cause {
            // Not there, another object of that name, or a kind that is gone with all its objects.
            Cause::NotFound | Cause::Conflict | Cause::UnknownKind | Cause::Terminating => None,
            _ => Some(Trouble::refused(
                &owner.identity.object,
                "metadata.finalizers",
                "delete",
                &made.object,
                &made.account,
                &refusal,
            )),
        },
    })
}

/// What failed is tried again, unless its time is over.
fn give_up_or_wait(
    flow: &mut Flow<'_>,
    settings: &Settings,
    owner: &Owner<'_>,
    first: &Trouble,
    count: usize,
) -> Run<()> {
    let more = if count > 1 { format!(" (and {} more)", count - 1) } else { String::new() };
    let forced = match owner.deadline(settings) {
        None => None,
        Some(at) if at <= flow.now => Some(()),
        Some(at) => {
            if let Ok(left) = std::time::Duration::try_from(at.duration_since(flow.now)) {
                flow.look_again_after(left);
            }
            None
        }
    };
    let object = &owner.identity.object;
    if forced.is_some() {
        let trouble = Trouble::new(
            Kind::DeletionForced,
            object,
            &format!("metadata.annotations.{FORCE}"),
            format!("given up: {}{more}", first.what),
            "remove by hand what is left",
        );
        flow.ask(Request::Emit(notice::warning(owner.identity, 0, &trouble)))?;
        return Ok(());
    }
    let mut trouble = Trouble::new(
        Kind::DecoupleStuck,
        object,
        &first.field,
        format!("decoupling does not come to an end: {}{more}", first.what),
        format!("{}; or annotate it with {FORCE}=\"60\" to give up what is left", first.next),
    );
    trouble.passes = true;
    Err(trouble.into())
}

fn deadline(object: &Value, settings: &Settings) -> Option<Timestamp> {
    let metadata = &object["metadata"];
    let text = metadata["annotations"][FORCE].as_str()?.trim();
    if text == "false" {
        return None;
    }
    let default = i64::try_from(settings.force_after.as_secs()).unwrap_or(i64::MAX);
    let seconds: i64 = text.parse().unwrap_or(default);
    let deleted: Timestamp = metadata["deletionTimestamp"].as_str()?.parse().ok()?;
    deleted.checked_add(jiff::SignedDuration::from_secs(seconds.clamp(0, 86_400))).ok()
}

fn announce(
    flow: &mut Flow<'_>,
    held: &Held,
    plug: &Party,
    socket: &Party,
    going: &Going,
) -> Run<()> {
    let about = format!("{}.{}", held.name, held.journal.pass);
    let mut events = Vec::new();
    for (party, reason) in [(plug, "PlugDecoupled"), (socket, "SocketDecoupled")] {
        if going.has(party.namespace()) {
            continue;
        }
        let side = party.which.as_str();
        let message = format!("{side} {}/{} decoupled", party.name(), party.namespace());
        let notice = notice::about(&party.identity, &about, Severity::Normal, reason, message);
        events.push(Request::Emit(notice));
    }
    flow.ask_all(events)?;
    Ok(())
}

/// Without its journal nobody knows what a coupling made.
fn unreadable(
    flow: &mut Flow<'_>,
    settings: &Settings,
    owner: &Owner<'_>,
    head: &Head,
    why: &str,
) -> Run<()> {
    let journal = ObjectRef::secret(&settings.namespace, &head.name);
    let trouble = Trouble::new(
        Kind::JournalLost,
        &owner.identity.object,
        "status.hash",
        format!("{journal} cannot be opened: {why}"),
        format!(
            "bring the key back into Secret {}/midplane-operator-key; or remove by hand what has the label {}={} and delete the Secret",
            settings.namespace,
            crate::core::names::COUPLING_LABEL,
            head.name
        ),
    );
    match owner.deadline(settings) {
        Some(at) if at <= flow.now => {
            flow.ask(Request::Emit(notice::warning(owner.identity, 0, &trouble)))?;
            Ok(())
        }
        _ => Err(trouble.passing().into()),
    }
}

/// For a journal that nobody's reconcile owns: its plug is gone without our finalizer, or never came back.
pub(crate) fn orphan(flow: &mut Flow<'_>, settings: &Settings, head: &Head) -> Run<()> {
    let journal = match flow.journal(&head.name)? {
        Ok(Found::Open { journal, .. }) => *journal,
        _ => return Ok(()),
    };
    let Some(identity) = journal.plug.clone().or_else(|| journal.socket.clone()) else {
        return Ok(());
    };
    let (namespace, name) = (identity.object.namespace().to_owned(), identity.object.name.clone());
    if !settings.serves(&namespace) {
        // Nobody sees whether it is there.
        return Ok(());
    }
    let find = if journal.plug.is_some() {
        Find::Plug { namespace, name }
    } else {
        Find::Socket { namespace, name }
    };
    let there = flow.find(find)?;
    if there.is_some_and(|there| there["metadata"]["uid"] == identity.uid.as_str()) {
        return Ok(());
    }
    let snapshot = &journal.snapshot;
    let object = if journal.plug.is_some() { &snapshot.plug } else { &snapshot.socket };
    let owner = Owner { object, identity: &identity, socket: None };
    run(flow, settings, &owner, head)
}

//! Coupling and updating: one pass over both sides.
//!
//! ```text
//! configs of both sides, everything rendered      no effect yet; a trouble here changes nothing
//! journal: pass, hash, snapshot, inventory        before the first effect, always
//! plug: /coupled, resources                       or /updated
//! socket: /coupled, resources
//! results, resultResources, Secret, workload      (`outcome`)
//! prune what is no longer rendered
//! journal: Coupled, then Events, then status      the status is the last word: what it says is done
//! ```
//! A crash resumes the pass: its number, and the calls that were answered, are in the journal. When the hash changes in the middle
//! of the first pass, a side that was already told `/coupled` is told `/updated` afterwards, by keeping the hash it was told with.

mod wait;

use std::time::Duration;

use k8s::plug::PlugSpec;
use k8s::resource::When;
use k8s::socket::SocketSpec;
use serde_json::{Value, json};

use crate::core::context::Context;
use crate::core::effect::{self, Called, Held};
use crate::core::flow::{Flow, Run, Stop};
use crate::core::gather::{self, Inputs};
use crate::core::hash;
use crate::core::interface::{self, Declared, Half};
use crate::core::journal::{FORMAT, Head, Journal, Phase, Side, Snapshot};
use crate::core::layers::{Layered, Origin};
use crate::core::names;
use crate::core::notice;
use crate::core::object::{Account, ObjectRef};
use crate::core::outcome;
use crate::core::party::Party;
use crate::core::plug;
use crate::core::request::{Action, Call, Find, Found, Request, Response, Severity, Values};
use crate::core::resources::{self, List, Rendered};
use crate::core::settings::Settings;
use crate::core::status::{self, Reason};
use crate::core::trouble::{Kind, Trouble};

pub(crate) use self::wait::{not_answered, wait_for_created};

use self::wait::wait_for_apparatus;

/// In `done` of a finished pass: which Events it is told by.
const TOLD: &str = "told";

/// Everything that stays the same in one reconcile of a coupling.
pub(crate) struct Case<'a> {
    pub(crate) settings: &'a Settings,
    /// The plug as stored, with its status.
    pub(crate) object: &'a Value,
    pub(crate) plug: &'a Party,
    pub(crate) plug_spec: &'a PlugSpec,
    pub(crate) socket: &'a Party,
    pub(crate) socket_spec: &'a SocketSpec,
    /// The name of the journal.
    pub(crate) name: String,
}

/// What crosses in each direction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Configs {
    pub(crate) plug: Values,
    pub(crate) socket: Values,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pass {
    Couple,
    Update,
}

impl Pass {
    fn when(self) -> When {
        match self {
            Self::Couple => When::Coupled,
            Self::Update => When::Updated,
        }
    }

    fn action(self) -> Action {
        match self {
            Self::Couple => Action::Coupled,
            Self::Update => Action::Updated,
        }
    }

    fn reason(self) -> Reason {
        match self {
            Self::Couple => Reason::CouplingInProcess,
            Self::Update => Reason::UpdatingInProcess,
        }
    }
}

pub(crate) fn run(flow: &mut Flow<'_>, case: &Case<'_>, head: Option<&Head>) -> Run<()> {
    let (plug_inputs, socket_inputs) = gather::inputs(flow, case.plug, case.socket)?;
    let hash = hash_of(case, &plug_inputs, &socket_inputs);
    let before = &case.object["status"];
    let coupled_here = before["coupledSocket"]["uid"] == case.socket.identity.uid.as_str();
    let inputs = (&plug_inputs, &socket_inputs);

    let Some(head) = head else {
        // A status without our hash is the Go operator's; one with it lost its journal.
        if coupled_here && (status::is_coupled(case.object) || !before["hash"].is_null()) {
            let lost = !before["hash"].is_null();
            be_certain(flow, case)?;
            return adopt(flow, case, inputs, &hash, None, lost);
        }
        let journal = begin(case, flow.now.as_second().unsigned_abs());
        let held = Held::new(&case.name, None, journal);
        return pass(flow, case, inputs, &hash, held, Pass::Couple);
    };
    if head.phase == Phase::Coupled
        && coupled_here
        && before["phase"] == Phase::Coupled.as_str()
        && before["hash"] == hash.as_str()
    {
        return outcome::settled(flow, case, inputs, &hash);
    }
    let held = match flow.journal(&case.name)? {
        Ok(Found::Absent) | Err(_) => return flow.back_off(),
        Ok(Found::Unreadable { resource_version, why }) => {
            warn_lost(flow, case, &why)?;
            if coupled_here {
                be_certain(flow, case)?;
                return adopt(flow, case, inputs, &hash, Some(resource_version), true);
            }
            let journal = begin(case, flow.now.as_second().unsigned_abs());
            Held::new(&case.name, Some(resource_version), journal)
        }
        Ok(Found::Open { resource_version, journal }) => {
            Held::new(&case.name, Some(resource_version), *journal)
        }
    };
    // The index may lag behind what an earlier look already used.
    let generation = |object: &Value| object["metadata"]["generation"].as_i64().unwrap_or(0);
    let snapshot = &held.journal.snapshot;
    if generation(&snapshot.plug) > case.plug.generation()
        || generation(&snapshot.socket) > case.socket.generation()
    {
        return flow.back_off();
    }
    match held.journal.phase {
        Phase::Coupled if held.journal.hash == hash => conclude(flow, case, &held),
        Phase::Coupled | Phase::Updating => pass(flow, case, inputs, &hash, held, Pass::Update),
        _ => pass(flow, case, inputs, &hash, held, Pass::Couple),
    }
}

/// Journals a coupling that has no journal, whatever its conditions say: it is about to be undone.
pub(crate) fn take_over(flow: &mut Flow<'_>, case: &Case<'_>) -> Run<()> {
    let (plug, socket) = gather::inputs(flow, case.plug, case.socket)?;
    let hash = hash_of(case, &plug, &socket);
    let lost = !case.object["status"]["hash"].is_null();
    be_certain(flow, case)?;
    adopt(flow, case, (&plug, &socket), &hash, None, lost)
}

/// Passes count from the second in which the journal began, so that a later life of the same pair has other event ids.
pub(crate) fn begin(case: &Case<'_>, pass: u64) -> Journal {
    Journal {
        format: FORMAT,
        plug: Some(case.plug.identity.clone()),
        socket: Some(case.socket.identity.clone()),
        phase: Phase::Config,
        pass,
        hash: String::new(),
        result_hash: String::new(),
        done: std::collections::BTreeMap::new(),
        waiting_since: None,
        inventory: Vec::new(),
        snapshot: Snapshot::default(),
    }
}

/// Over everything the coupling is made from, before the apparatus is asked.
fn hash_of(case: &Case<'_>, plug: &Inputs, socket: &Inputs) -> String {
    let side = |inputs: &Inputs| json!([inputs.data.values(), inputs.vars, inputs.config.values()]);
    let value = json!([
        case.plug.object["spec"],
        case.socket.object["spec"],
        side(plug),
        side(socket),
        case.plug.identity.uid,
        case.socket.identity.uid,
    ]);
    hash::keyed(&case.settings.hash_key, &value)
}

/// Asks the apparatus of each side, then lets the interface decide what crosses.
pub(crate) fn configs(
    flow: &mut Flow<'_>,
    case: &Case<'_>,
    (plug, socket): (&Inputs, &Inputs),
    hash: &str,
) -> Run<(Configs, Vec<Trouble>)> {
    let mut crossed = Vec::new();
    let mut dropped = Vec::new();
    for (party, inputs) in [(case.plug, plug), (case.socket, socket)] {
        let mut given = inputs.config.clone();
        let event_id = format!("{}.{}.{hash}.config", case.plug.identity.uid, party.which.as_str());
        let fill = |call: Call| Call {
            plug: Some(case.plug.object.clone()),
            socket: Some(case.socket.object.clone()),
            plug_data: Some(plug.data.values()),
            socket_data: Some(socket.data.values()),
            vars: Some(inputs.vars.clone()),
            ..call
        };
        match effect::call(flow, party, fill, Action::Config, event_id)? {
            Called::Nobody | Called::Done(None) => {}
            Called::Done(Some(values)) => given.lay(&Origin::field("apparatus /config"), &values),
            Called::Later(after) => {
                let reason = Reason::CouplingInProcess;
                return wait_for_apparatus(flow, case, party, reason, Action::Config, after);
            }
        }
        let (kept, warning) = cross(case, party, Half::Config, given)?;
        crossed.push(kept.values());
        dropped.extend(warning);
    }
    let socket = crossed.pop().unwrap_or_default();
    let plug = crossed.pop().unwrap_or_default();
    Ok((Configs { plug, socket }, dropped))
}

/// The interface, with its troubles in words.
pub(crate) fn cross(
    case: &Case<'_>,
    party: &Party,
    half: Half,
    given: Layered,
) -> Result<(Layered, Option<Trouble>), Trouble> {
    let names: Vec<_> = given.0.keys().cloned().collect();
    let declared = interface::declared(case.socket_spec.interface.as_ref(), half, party.which);
    let crossing = interface::cross(given, declared);
    let (half, side) = (half.as_str(), party.which.as_str());
    if let Some(key) = crossing.missing.first() {
        let described = match declared {
            Declared::Keys(keys) => keys.get(key).and_then(|one| one.description.as_deref()),
            Declared::Everything | Declared::Nothing => None,
        };
        let described = described.map(|text| format!(" ({text})")).unwrap_or_default();
        let sets = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        return Err(Trouble::new(
            Kind::KeyMissing,
            party.reference(),
            &format!("spec.{half}"),
            format!(
                "{} requires {half} `{}` of the {side}; {} sets {sets}",
                case.socket.reference(),
                crossing.missing.join("`, `"),
                party.reference()
            ),
            format!("add spec.{half}.{key} to {}{described}", party.reference()),
        ));
    }
    let warning = (!crossing.dropped.is_empty()).then(|| {
        Trouble::new(
            Kind::KeysDropped,
            party.reference(),
            &format!("spec.{half}"),
            format!(
                "{half} `{}` is dropped: {} spec.interface.{half}.{side} does not declare it",
                crossing.dropped.join("`, `"),
                case.socket.reference()
            ),
            "remove the key, or declare it in the interface",
        )
    });
    Ok((crossing.kept, warning))
}

/// The configurations and everything that the templates of both sides make of them.
pub(crate) struct Plan {
    pub(crate) configs: Configs,
    pub(crate) plug: Vec<Rendered>,
    pub(crate) socket: Vec<Rendered>,
    /// What must exist while coupled, whichever step made it: everything else is pruned.
    pub(crate) keep: Vec<ObjectRef>,
}

pub(crate) fn context(case: &Case<'_>, viewer: Side, configs: &Configs) -> Context {
    Context::of(viewer, case.plug, case.socket)
        .with("plugConfig", &configs.plug)
        .with("socketConfig", &configs.socket)
}

fn plan(case: &Case<'_>, configs: Configs, when: When) -> Result<Plan, Trouble> {
    let mut sides = Vec::new();
    let mut keep = Vec::new();
    for party in [case.plug, case.socket] {
        let context = context(case, party.which, &configs).value();
        let render =
            |when: &[When]| resources::render(party, List::Resources, when, &case.name, &context);
        sides.push(render(&[when])?);
        let lasting = render(&[When::Coupled, When::Updated])?;
        keep.extend(outcome::lasting(lasting));
    }
    let socket = sides.pop().unwrap_or_default();
    let plug = sides.pop().unwrap_or_default();
    Ok(Plan { configs, plug, socket, keep })
}

fn pass(
    flow: &mut Flow<'_>,
    case: &Case<'_>,
    inputs: (&Inputs, &Inputs),
    hash: &str,
    mut held: Held,
    pass: Pass,
) -> Run<()> {
    let (configs, dropped) = configs(flow, case, inputs, hash)?;
    let plan = plan(case, configs, pass.when())?;
    let started = held.journal.phase != Phase::Coupled && !held.journal.hash.is_empty();
    let resumed = started && held.journal.hash == hash;

    let before = held.journal.clone();
    if !resumed {
        // The first pass goes on under the new hash; an update that is overtaken is another update.
        if !started || pass == Pass::Update {
            held.journal.pass += 1;
            held.journal.done.clear();
        }
        held.journal.waiting_since = None;
        hash.clone_into(&mut held.journal.hash);
        if pass == Pass::Update {
            held.journal.phase = Phase::Updating;
        }
    }
    let snapshot = &mut held.journal.snapshot;
    snapshot.plug = (*case.plug.object).clone();
    snapshot.socket = (*case.socket.object).clone();
    snapshot.plug_config.clone_from(&plan.configs.plug);
    snapshot.socket_config.clone_from(&plan.configs.socket);
    held.plan(Side::Plug, &case.plug.account, &plan.plug);
    held.plan(Side::Socket, &case.socket.account, &plan.socket);
    if held.resource_version.is_none() {
        held.save(flow, case.plug.reference())?;
        keep_limit(flow, case, &held)?;
    } else if held.journal != before {
        held.save(flow, case.plug.reference())?;
    }
    if !resumed {
        for trouble in &dropped {
            let identity = &case.plug.identity;
            flow.ask(Request::Emit(notice::warning(identity, held.journal.pass, trouble)))?;
        }
    }
    let done = effects(flow, case, inputs, &mut held, plan, pass);
    if let Err(Stop::Trouble(_) | Stop::Done) = done
        && !flow.outcome.back_off
    {
        held.settle(flow, case.plug.reference())?;
    }
    done?;

    // Told with an older hash: that hash stays, and the next look sees a change.
    let older = held
        .journal
        .done
        .iter()
        .find(|(step, told)| step.as_str() != TOLD && told.as_str() != hash)
        .map(|(_, told)| told.clone())
        .filter(|_| pass == Pass::Couple);
    if let Some(older) = older {
        held.journal.hash = older;
        flow.look_again_after(Duration::ZERO);
    }
    held.journal.phase = Phase::Coupled;
    held.journal.waiting_since = None;
    held.journal.done.clear();
    held.journal.done.insert(TOLD.to_owned(), pass.action().as_str().to_owned());
    held.save(flow, case.plug.reference())?;
    conclude(flow, case, &held)
}

/// Everything of a pass that is seen outside, in its order.
fn effects(
    flow: &mut Flow<'_>,
    case: &Case<'_>,
    inputs: (&Inputs, &Inputs),
    held: &mut Held,
    plan: Plan,
    pass: Pass,
) -> Run<()> {
    for party in [case.plug, case.socket] {
        tell(flow, case, held, party, &plan.configs, pass)?;
        let entries = if party.which == Side::Plug { &plan.plug } else { &plan.socket };
        held.perform(flow, party, entries)?;
    }
    let results = outcome::results(flow, case, inputs, held, &plan.configs, pass.reason())?;
    let mut keep = plan.keep;
    keep.extend(outcome::deliver(flow, case, held, &plan.configs, &results, pass.when())?);
    outcome::prune(flow, case, held, &keep)
}

/// Calls the apparatus of one side once in this pass.
fn tell(
    flow: &mut Flow<'_>,
    case: &Case<'_>,
    held: &mut Held,
    party: &Party,
    configs: &Configs,
    pass: Pass,
) -> Run<()> {
    let action = pass.action();
    let step = format!("{}/{}", party.which.as_str(), action.as_str());
    if held.journal.done.contains_key(&step) {
        return Ok(());
    }
    let event_id = event_id(case.plug, &held.journal, party.which, action);
    let fill = |call: Call| Call {
        plug: Some(case.plug.object.clone()),
        socket: Some(case.socket.object.clone()),
        plug_config: Some(configs.plug.clone()),
        socket_config: Some(configs.socket.clone()),
        ..call
    };
    match effect::call(flow, party, fill, action, event_id)? {
        Called::Nobody => Ok(()),
        Called::Done(result) => {
            let snapshot = &mut held.journal.snapshot;
            let given = match party.which {
                Side::Plug => &mut snapshot.plug_given,
                Side::Socket => &mut snapshot.socket_given,
            };
            *given = result.unwrap_or_default();
            let hash = held.journal.hash.clone();
            held.journal.done.insert(step, hash);
            if pass == Pass::Couple {
                held.journal.phase = match party.which {
                    Side::Plug => Phase::PlugCoupled,
                    Side::Socket => Phase::SocketCoupled,
                };
            }
            held.save(flow, case.plug.reference())
        }
        Called::Later(after) => wait_for_apparatus(flow, case, party, pass.reason(), action, after),
    }
}

/// The same for each repetition of one event, and for nothing else.
pub(crate) fn event_id(plug: &Party, journal: &Journal, side: Side, action: Action) -> String {
    format!(
        "{}.{}.{}.{}.{}",
        plug.identity.uid,
        plug.generation(),
        journal.pass,
        side.as_str(),
        action.as_str()
    )
}

/// Tells what the journal says is done: Events, then the status. Repeating it changes nothing.
fn conclude(flow: &mut Flow<'_>, case: &Case<'_>, held: &Held) -> Run<()> {
    let journal = &held.journal;
    let told = match journal.done.get(TOLD).map(String::as_str) {
        Some("coupled") => Some(("coupled", "PlugCoupled", "SocketCoupled")),
        Some("updated") => Some(("updated", "PlugUpdated", "SocketUpdated")),
        _ => None,
    };
    if let Some((verb, plug_reason, socket_reason)) = told {
        // Events of one socket tell its couplings apart by their journals.
        let about = format!("{}.{}", held.name, journal.pass);
        let sides = [(case.plug, plug_reason), (case.socket, socket_reason)];
        let events = sides.map(|(party, reason)| {
            let message =
                format!("{} {}/{} {verb}", party.which.as_str(), party.name(), party.namespace());
            let identity = &party.identity;
            Request::Emit(notice::about(identity, &about, Severity::Normal, reason, message))
        });
        flow.ask_all(events.into())?;
    }
    let parts = outcome::parts(case, journal);
    flow.outcome.wakes.insert(case.socket.reference().clone());
    status::coupled_plug(flow, case.object, &case.plug.identity, &parts)
}

/// Takes a coupling over as it stands: nothing is fired, nothing applied; inventory and hash are made from the sources.
fn adopt(
    flow: &mut Flow<'_>,
    case: &Case<'_>,
    inputs: (&Inputs, &Inputs),
    hash: &str,
    over: Option<String>,
    lost: bool,
) -> Run<()> {
    if lost && over.is_none() {
        warn_lost(flow, case, "it was deleted")?;
    }
    let (configs, _) = configs(flow, case, inputs, hash)?;
    let mut journal = begin(case, flow.now.as_second().unsigned_abs().max(1));
    journal.done.insert(TOLD.to_owned(), "adopted".to_owned());
    hash.clone_into(&mut journal.hash);
    journal.snapshot.plug = (*case.plug.object).clone();
    journal.snapshot.socket = (*case.socket.object).clone();
    journal.snapshot.plug_config.clone_from(&configs.plug);
    journal.snapshot.socket_config.clone_from(&configs.socket);
    let mut held = Held::new(&case.name, over, journal);
    for party in [case.plug, case.socket] {
        let context = context(case, party.which, &configs).value();
        let steps = [When::Coupled, When::Updated];
        let made = resources::render(party, List::Resources, &steps, &case.name, &context)?;
        held.plan(party.which, &party.account, &made);
    }
    let results = outcome::known(flow, case, inputs, &held.journal, &configs)?;
    outcome::plan_results(case, &mut held, &configs, &results)?;
    held.journal.phase = Phase::Coupled;
    held.save(flow, case.plug.reference())?;
    conclude(flow, case, &held)
}

/// Taking over trusts the status, so it must be the newest: the index may still show a coupling that was just undone.
fn be_certain(flow: &mut Flow<'_>, case: &Case<'_>) -> Run<()> {
    let read = Request::Read { account: Account::Operator, object: case.plug.reference().clone() };
    let version = |object: &Value| object["metadata"]["resourceVersion"].clone();
    match flow.ask(read)? {
        Response::Object(Some(newest)) if version(newest) == version(case.object) => Ok(()),
        _ => flow.back_off(),
    }
}

/// Another worker may have taken the last place of a limited socket at the same time: the journal that came first stays.
fn keep_limit(flow: &mut Flow<'_>, case: &Case<'_>, held: &Held) -> Run<()> {
    let Some(limit) = case.socket_spec.limit.and_then(|limit| usize::try_from(limit).ok()) else {
        return Ok(());
    };
    let order = |version: &str| version.parse::<u64>().unwrap_or(u64::MAX);
    let ours = held.resource_version.as_deref().map_or(u64::MAX, order);
    let find = Find::Journals { uid: case.socket.identity.uid.clone() };
    let Response::Journals(heads) = flow.ask(Request::Find(find))? else { return Ok(()) };
    let own = names::alone(&case.socket.identity.uid);
    let earlier = heads
        .iter()
        .filter(|head| head.name != held.name && head.name != own)
        .filter(|head| head.phase != Phase::Config || order(&head.resource_version) < ours)
        .count();
    if earlier < limit {
        return Ok(());
    }
    flow.ask(Request::DeleteJournal { name: held.name.clone() })?;
    flow.outcome.watches.insert(case.socket.reference().clone());
    Err(plug::full(case.plug, case.socket, earlier).into())
}

fn warn_lost(flow: &mut Flow<'_>, case: &Case<'_>, why: &str) -> Run<()> {
    let trouble = Trouble::new(
        Kind::JournalLost,
        case.plug.reference(),
        "status.hash",
        format!(
            "the journal Secret {}/{} of its coupling to {} cannot be used: {why}",
            case.settings.namespace,
            case.name,
            case.socket.reference()
        ),
        "nothing; it is made anew from the sources. Objects whose templates were renamed in between must be removed by hand",
    );
    let identity = &case.plug.identity;
    flow.ask(Request::Emit(notice::warning(identity, 0, &trouble)))?;
    Ok(())
}

/// The name of the journal of two parties.
pub(crate) fn journal_name(plug: &Party, socket: &Party) -> String {
    names::coupling(&plug.identity.uid, &socket.identity.uid)
}

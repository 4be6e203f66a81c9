//! After both sides are done: results, what is made from them, where they go, and what is no longer wanted.
//!
//! Results may take time: an object to appear, a Job to complete, a field to be filled. Then the coupling waits by watch, at most
//! for the time of `resultWait`. A result that changes later is delivered again (Secret, workload, resultResources) without telling
//! anybody `updated`.

use std::time::Duration;

use k8s::resource::{Do, When};
use k8s::side::DEFAULT_RESULT_TIMEOUT_SECONDS;
use serde_json::{Value, json};

use crate::core::couple::{self, Case, Configs};
use crate::core::effect::Held;
use crate::core::flow::{Flow, Run, Stop, refusal};
use crate::core::gather::{self, Inputs};
use crate::core::hash;
use crate::core::interface::Half;
use crate::core::journal::{Journal, Phase, Side};
use crate::core::layers::{Layered, Origin};
use crate::core::names;
use crate::core::object::ObjectRef;
use crate::core::party::Party;
use crate::core::projection;
use crate::core::render;
use crate::core::request::{Cause, Find, Found, Request, Response, Values};
use crate::core::resources::{self, List, Rendered};
use crate::core::status::{self, Parts, Reason};
use crate::core::trouble::{Kind, Trouble};
use crate::core::undo;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Results {
    pub(crate) plug: Values,
    pub(crate) socket: Values,
}

impl Results {
    pub(crate) fn hash(&self, key: &[u8; 32]) -> String {
        hash::keyed(key, &json!([self.plug, self.socket]))
    }

    /// What the plug's application gets: both results, the socket's wins.
    pub(crate) fn together(&self) -> Values {
        let mut together = self.plug.clone();
        together.extend(self.socket.clone());
        together
    }
}

/// What of `rendered` exists after it is done.
pub(crate) fn lasting(rendered: Vec<Rendered>) -> Vec<ObjectRef> {
    rendered
        .into_iter()
        .filter(|rendered| rendered.what != Do::Delete)
        .map(|rendered| rendered.reference)
        .collect()
}

/// The results of both sides, or a wait.
pub(crate) fn results(
    flow: &mut Flow<'_>,
    case: &Case<'_>,
    inputs: (&Inputs, &Inputs),
    held: &mut Held,
    configs: &Configs,
    reason: Reason,
) -> Run<Results> {
    match attempt(flow, case, inputs, &held.journal, configs).map(|(results, _)| results) {
        Err(Stop::Trouble(trouble)) if trouble.passes && waits(&trouble) => {
            let since = if let Some(since) = held.journal.waiting_since {
                since
            } else {
                let now = flow.now.as_second();
                held.journal.waiting_since = Some(now);
                if held.journal.phase != Phase::Updating {
                    held.journal.phase = Phase::Result;
                }
                held.save(flow, case.plug.reference())?;
                now
            };
            wait(flow, case, &trouble, since, reason)
        }
        other => other,
    }
}

/// The results as far as they are there: none when something is missing.
pub(crate) fn known(
    flow: &mut Flow<'_>,
    case: &Case<'_>,
    inputs: (&Inputs, &Inputs),
    journal: &Journal,
    configs: &Configs,
) -> Run<Results> {
    match attempt(flow, case, inputs, journal, configs).map(|(results, _)| results) {
        Err(Stop::Trouble(trouble)) if waits(&trouble) => Ok(Results::default()),
        other => other,
    }
}

fn waits(trouble: &Trouble) -> bool {
    matches!(trouble.kind, Kind::ObjectMissing | Kind::FieldMissing | Kind::ResultLate)
}

fn wait<T>(
    flow: &mut Flow<'_>,
    case: &Case<'_>,
    trouble: &Trouble,
    since: i64,
    reason: Reason,
) -> Run<T> {
    let timeout = [case.plug, case.socket]
        .iter()
        .filter_map(|party| party.spec.result_wait.as_ref()?.timeout_seconds)
        .max()
        .unwrap_or(DEFAULT_RESULT_TIMEOUT_SECONDS);
    let left = since + timeout - flow.now.as_second();
    if left <= 0 {
        // Its watch still wakes the plug when it appears after all.
        let mut late = Trouble::new(
            Kind::ResultLate,
            &trouble.object,
            &trouble.field,
            format!("no result after {timeout} s: {}", trouble.what),
            format!("{}; or allow more time in spec.resultWait.timeoutSeconds", trouble.next),
        );
        late.target.clone_from(&trouble.target);
        return Err(late.into());
    }
    flow.look_again_after(Duration::from_secs(left.unsigned_abs()));
    let mut parts = Parts::standing(case.object);
    parts.insert("phase".to_owned(), json!(Phase::Result.as_str()));
    let socket = case.socket.reference();
    parts.insert("socket".to_owned(), json!(format!("{}/{}", socket.namespace(), socket.name)));
    let detail = trouble.to_string();
    status::waiting_plug(flow, case.object, &case.plug.identity, reason, &detail, parts)?;
    Err(Stop::Done)
}

/// The results, and what each side gave before the interface.
pub(crate) fn attempt(
    flow: &mut Flow<'_>,
    case: &Case<'_>,
    (plug_inputs, socket_inputs): (&Inputs, &Inputs),
    journal: &Journal,
    configs: &Configs,
) -> Run<(Results, [Layered; 2])> {
    let mut found = Vec::new();
    for party in [case.plug, case.socket] {
        await_objects(flow, case, party)?;
        let vars = result_vars(flow, case, party)?;
        let sources = sources(flow, party)?;
        let context = couple::context(case, party.which, configs)
            .with_data(
                party.which,
                (case.plug, &plug_inputs.data.values()),
                (case.socket, &socket_inputs.data.values()),
            )
            .with("resultVars", &vars)
            .with("vars", &vars)
            .value();
        let mut given = Layered::default();
        if let Some((origin, values)) = &sources.0 {
            given.lay(origin, values);
        }
        given.lay(&Origin::field("spec.result"), &party.spec.result);
        let field = "spec.resultTemplate";
        let templates = &party.spec.result_template;
        let rendered = render::values(party.reference(), field, templates, &context)?;
        given.lay(&Origin::field(field), &rendered);
        if let Some((origin, values)) = &sources.1 {
            given.lay(origin, values);
        }
        let answered = match party.which {
            Side::Plug => &journal.snapshot.plug_given,
            Side::Socket => &journal.snapshot.socket_given,
        };
        given.lay(&Origin::field("answer of the apparatus"), answered);
        let crossed = couple::cross(case, party, Half::Result, given.clone())?.0.values();
        found.push((crossed, given));
    }
    let (socket, socket_given) = found.pop().unwrap_or_default();
    let (plug, plug_given) = found.pop().unwrap_or_default();
    Ok((Results { plug, socket }, [plug_given, socket_given]))
}

type Source = Option<(Origin, Values)>;

fn sources(flow: &mut Flow<'_>, party: &Party) -> Run<(Source, Source)> {
    let spec = &party.spec;
    let mut read = Vec::new();
    for (field, kind, name) in [
        ("spec.resultSecretName", "Secret", &spec.result_secret_name),
        ("spec.resultConfigMapName", "ConfigMap", &spec.result_config_map_name),
    ] {
        let Some(named) = gather::named(party, field, kind, name.as_ref()) else {
            read.push(None);
            continue;
        };
        let response = read_watched(flow, party, named.object())?;
        read.push(Some(gather::content(party, &named, Some(response))?));
    }
    let map = read.pop().flatten();
    let secret = read.pop().flatten();
    Ok((secret, map))
}

fn read_watched<'a>(flow: &mut Flow<'a>, party: &Party, object: &ObjectRef) -> Run<&'a Response> {
    flow.outcome.watches.insert(object.clone());
    flow.ask(Request::Read { account: party.account.clone(), object: object.clone() })
}

fn result_vars(flow: &mut Flow<'_>, case: &Case<'_>, party: &Party) -> Run<Values> {
    let list = "spec.resultVars";
    let vars = &party.spec.result_vars;
    let targets = gather::targets(party, list, vars, case.plug, case.socket)?;
    let mut values = Values::new();
    for (index, (var, target)) in vars.iter().zip(&targets).enumerate() {
        let response = read_watched(flow, party, target)?;
        let field = format!("{list}[{index}]");
        if let Some(value) = gather::looked_up(party, &field, var, target, Some(response))? {
            values.insert(var.name.clone(), value);
        }
    }
    Ok(values)
}

/// Objects that must exist or hold a condition before there are results.
fn await_objects(flow: &mut Flow<'_>, case: &Case<'_>, party: &Party) -> Run<()> {
    let Some(wait) = &party.spec.result_wait else { return Ok(()) };
    for (index, awaited) in wait.objects.iter().enumerate() {
        let field = format!("spec.resultWait.objects[{index}]");
        let context =
            crate::core::context::Context::of(party.which, case.plug, case.socket).value();
        let objref_field = format!("{field}.objref");
        let target = gather::target(party, &objref_field, &awaited.objref, &context)?;
        let object = match read_watched(flow, party, &target)? {
            Response::Object(object) => object.clone(),
            other => {
                return Err(Trouble::refused(
                    party.reference(),
                    &objref_field,
                    "get",
                    &target,
                    &party.account,
                    &refusal(other),
                )
                .into());
            }
        };
        let late = |what: String| {
            Trouble::new(
                Kind::ResultLate,
                party.reference(),
                &field,
                what,
                format!("look at {target}"),
            )
            .about(&target)
            .passing()
        };
        let Some(object) = object else {
            return Err(late(format!("{target} is not there yet")).into());
        };
        let Some(condition) = awaited.condition.as_deref().filter(|name| !name.is_empty()) else {
            continue;
        };
        let holds = |name: &str| {
            object["status"]["conditions"].as_array().is_some_and(|conditions| {
                conditions.iter().any(|held| held["type"] == name && held["status"] == "True")
            })
        };
        if holds(condition) {
            continue;
        }
        if target.kind == "Job" && holds("Failed") {
            // It will never complete; a new Job of the same name wakes the plug.
            let mut failed = late(format!("{target} failed"));
            failed.passes = false;
            return Err(failed.into());
        }
        return Err(late(format!("{target} does not hold the condition {condition} yet")).into());
    }
    Ok(())
}

pub(crate) fn result_context(
    case: &Case<'_>,
    party: &Party,
    configs: &Configs,
    results: &Results,
) -> Value {
    let own = match party.which {
        Side::Plug => &results.plug,
        Side::Socket => &results.socket,
    };
    couple::context(case, party.which, configs)
        .with("plugResult", &results.plug)
        .with("socketResult", &results.socket)
        .with("result", own)
        .value()
}

/// Does what follows from the results; returns what must stay.
pub(crate) fn deliver(
    flow: &mut Flow<'_>,
    case: &Case<'_>,
    held: &mut Held,
    configs: &Configs,
    results: &Results,
    when: When,
) -> Run<Vec<ObjectRef>> {
    held.journal.snapshot.plug_result.clone_from(&results.plug);
    held.journal.snapshot.socket_result.clone_from(&results.socket);
    held.journal.result_hash = results.hash(&case.settings.hash_key);
    let mut keep = Vec::new();
    let mut entries = Vec::new();
    for party in [case.socket, case.plug] {
        let context = result_context(case, party, configs, results);
        let render = |steps: &[When]| {
            resources::render(party, List::ResultResources, steps, &case.name, &context)
        };
        entries.push((party, render(&[when])?));
        keep.extend(lasting(render(&[When::Coupled, When::Updated])?));
    }
    let mut grown = false;
    for (party, entries) in &entries {
        grown |= held.plan(party.which, &party.account, entries);
    }
    let projection = projection::plan(flow, case, results)?;
    grown |= projection.remember(case, held);
    if grown {
        held.save(flow, case.plug.reference())?;
    }
    for (party, entries) in &entries {
        held.perform(flow, party, entries)?;
    }
    projection.perform(flow, case, held)?;
    keep.extend(projection.keep());
    Ok(keep)
}

/// For a coupling that is taken over: what its results make, without making it.
pub(crate) fn plan_results(
    case: &Case<'_>,
    held: &mut Held,
    configs: &Configs,
    results: &Results,
) -> Result<(), Trouble> {
    held.journal.snapshot.plug_result.clone_from(&results.plug);
    held.journal.snapshot.socket_result.clone_from(&results.socket);
    held.journal.result_hash = results.hash(&case.settings.hash_key);
    for party in [case.socket, case.plug] {
        let context = result_context(case, party, configs, results);
        let steps = [When::Coupled, When::Updated];
        let made = resources::render(party, List::ResultResources, &steps, &case.name, &context)?;
        held.plan(party.which, &party.account, &made);
    }
    Ok(())
}

/// Removes what the inventory has and nobody wants any more.
pub(crate) fn prune(
    flow: &mut Flow<'_>,
    case: &Case<'_>,
    held: &mut Held,
    keep: &[ObjectRef],
) -> Run<()> {
    let gone: Vec<_> = held
        .journal
        .inventory
        .iter()
        .filter(|made| !keep.contains(&made.object))
        .cloned()
        .collect();
    for made in gone {
        if !made.retain {
            let party = if made.side == Side::Plug { case.plug } else { case.socket };
            let refused = match undo::undo(flow, &held.name, &made, Some(&party.account))? {
                Ok(()) => None,
                Err(refusal) if refusal.cause == Cause::NotFound => None,
                // Another object took the name: it is not ours.
                Err(refusal) if refusal.cause == Cause::Conflict => None,
                Err(refusal) => Some(refusal),
            };
            if let Some(refusal) = refused {
                return Err(Trouble::refused(
                    party.reference(),
                    "spec.resources",
                    "delete",
                    &made.object,
                    &made.account,
                    &refusal,
                )
                .into());
            }
        }
        held.journal.inventory.retain(|known| *known != made);
    }
    Ok(())
}

/// Nothing it was made from changed. What was made may have, and so may results that live elsewhere.
pub(crate) fn settled(
    flow: &mut Flow<'_>,
    case: &Case<'_>,
    inputs: (&Inputs, &Inputs),
    hash: &str,
) -> Run<()> {
    let drifted = match flow.ask(Request::Find(Find::Drifted { journal: case.name.clone() }))? {
        Response::Refs(drifted) => drifted.clone(),
        _ => Vec::new(),
    };
    let moving = [case.plug, case.socket].iter().any(|party| moves(party));
    if drifted.is_empty() && !moving {
        return standing(flow, case);
    }
    let (resource_version, journal) = match flow.journal(&case.name)? {
        Ok(Found::Open { resource_version, journal }) => (resource_version, *journal),
        _ => return flow.back_off(),
    };
    if journal.phase != Phase::Coupled || journal.hash != hash {
        return flow.back_off();
    }
    let configs = Configs {
        plug: journal.snapshot.plug_config.clone(),
        socket: journal.snapshot.socket_config.clone(),
    };
    let mut held = Held::new(&case.name, Some(resource_version), journal);
    // A result that went missing is told; the coupling itself stays what it is, and so does its journal.
    let (results, _) = attempt(flow, case, inputs, &held.journal, &configs)?;
    let changed = results.hash(&case.settings.hash_key) != held.journal.result_hash;
    if !changed && drifted.is_empty() {
        return standing(flow, case);
    }
    for made in held.journal.inventory.iter_mut().filter(|made| drifted.contains(&made.object)) {
        made.uid = None;
    }
    if !drifted.is_empty() {
        held.save(flow, case.plug.reference())?;
    }
    let mut keep = Vec::new();
    for party in [case.plug, case.socket] {
        let context = couple::context(case, party.which, &configs).value();
        let steps = [When::Coupled, When::Updated];
        let mut entries = resources::render(party, List::Resources, &steps, &case.name, &context)?;
        keep.extend(lasting(entries.clone()));
        entries.retain(|entry| entry.what == Do::Apply && drifted.contains(&entry.reference));
        held.perform(flow, party, &entries)?;
    }
    let delivered = deliver(flow, case, &mut held, &configs, &results, When::Updated);
    if let Err(Stop::Trouble(_)) = delivered {
        held.settle(flow, case.plug.reference())?;
    }
    keep.extend(delivered?);
    prune(flow, case, &mut held, &keep)?;
    held.save(flow, case.plug.reference())?;
    let parts = parts(case, &held.journal);
    status::coupled_plug(flow, case.object, &case.plug.identity, &parts)
}

/// Conditions of a coupled plug, its other fields as they stand: a trouble that passed leaves them.
fn standing(flow: &mut Flow<'_>, case: &Case<'_>) -> Run<()> {
    status::still_coupled(flow, case.object, &case.plug.identity)
}

fn moves(party: &Party) -> bool {
    let spec = &party.spec;
    let named = |name: &Option<String>| name.as_deref().is_some_and(|name| !name.is_empty());
    !spec.result_vars.is_empty()
        || named(&spec.result_config_map_name)
        || named(&spec.result_secret_name)
}

/// The fields of a coupled plug's status.
pub(crate) fn parts(case: &Case<'_>, journal: &Journal) -> Parts {
    let snapshot = &journal.snapshot;
    let (plug, socket) = (&snapshot.plug_result, &snapshot.socket_result);
    let open = case.settings.plain_results
        || case
            .plug_spec
            .compat
            .as_ref()
            .is_some_and(|compat| compat.status == Some(k8s::plug::Openness::Open));
    let mut result = json!({"observedGeneration": case.plug.generation()});
    if !plug.is_empty() || !socket.is_empty() {
        result["hash"] = json!(journal.result_hash);
    }
    for (name, keys, values) in [("plug", "plugKeys", plug), ("socket", "socketKeys", socket)] {
        if values.is_empty() {
            continue;
        }
        result[keys] = json!(values.keys().collect::<Vec<_>>());
        if open {
            result[name] = json!(values);
        }
    }
    Parts {
        socket: Some(case.socket.reference().clone()),
        coupled_socket: Some(case.socket.identity.clone()),
        coupled_result: Some(result),
        phase: Some(journal.phase.as_str()),
        hash: Some(journal.hash.clone()),
        resources: Some(journal.inventory.len()),
        secret_name: projection::secret_name(case),
    }
}

/// The name under which the plug publishes its result.
pub(crate) fn published_name(case: &Case<'_>) -> String {
    case.plug_spec
        .publish_secret
        .as_ref()
        .and_then(|publish| publish.name.clone())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| names::published(case.plug.name(), case.socket.name()))
}

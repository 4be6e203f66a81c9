//! The explanation of a plug: the steps of its coupling, up to the first that fails.
//!
//! Where an apparatus gives keys, or something may not be seen, the way goes on without what is not known: objects are looked for and
//! not compared, and a required key may come from there. When this reader finds nothing wrong, what the operator wrote into the
//! conditions is the cause: it acts with other rights than the reader's, and it called the apparatus.

use k8s::resource::When;
use serde_json::Value;

use crate::core::couple::{self, Case, Configs};
use crate::core::effect;
use crate::core::explain::{Cause, Explanation, Key, Node, calls, keys, made, recorded, results};
use crate::core::flow::{Flow, Run, Stop};
use crate::core::gather::{self, Inputs};
use crate::core::interface::{self, Declared, Half};
use crate::core::layers::Layered;
use crate::core::outcome;
use crate::core::party::{self, Party};
use crate::core::resources::{self, List, Rendered};
use crate::core::settings::Settings;
use crate::core::status;
use crate::core::target;
use crate::core::trouble::{Kind, Trouble};

pub(super) fn explain(
    flow: &mut Flow<'_>,
    settings: &Settings,
    object: &Value,
    mut seen: Explanation,
) -> Run<Explanation> {
    match look(flow, settings, object, &mut seen) {
        Err(Stop::Trouble(trouble)) => seen.cause = Some(Cause::from(&*trouble)),
        other => other?,
    }
    if seen.cause.is_none() {
        seen.cause = recorded(object);
    }
    if status::is_coupled(object) {
        results::from_status(object, &mut seen);
    }
    if let Some(cause) = &seen.cause {
        let what = format!("{} {} {}: {}", cause.reason, cause.object, cause.field, cause.message);
        seen.tree.insert(0, Node { what, state: "first cause".to_owned(), below: Vec::new() });
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
    Walk { case: &case, sides: [(&plug, object), (&socket, socket_object)] }.all(flow, seen)
}

/// A coupling that is looked through.
struct Walk<'a> {
    case: &'a Case<'a>,
    /// Plug and socket, each with the object as stored.
    sides: [(&'a Party, &'a Value); 2],
}

impl Walk<'_> {
    fn all(&self, flow: &mut Flow<'_>, seen: &mut Explanation) -> Run<()> {
        let case = self.case;
        for (party, owner) in self.sides {
            seen.tree.extend(calls::node(flow, party, owner, Some(case.object))?);
        }
        let inputs = match gather::inputs(flow, case.plug, case.socket) {
            Err(Stop::Trouble(trouble)) if trouble.kind == Kind::ObjectForbidden => {
                hide(&trouble, seen);
                return Ok(());
            }
            other => other?,
        };
        let (configs, is_partial) = self.config(&inputs, seen)?;
        let mut below = Vec::new();
        for (party, owner) in self.sides {
            let context = couple::context(case, party.which, &configs).value();
            let entries = render(case, party, List::Resources, &context);
            let Some(entries) = bear(entries, is_partial, party, seen)? else { continue };
            below.push(made::node(flow, party, owner, entries, is_partial, seen)?);
        }
        let result = self.result(flow, &inputs, &configs, is_partial, &mut below, seen);
        // While results are waited for, what was made is where to look.
        below.retain(|node| !node.below.is_empty());
        seen.tree.extend(below);
        result
    }

    /// What crosses, and whether keys of an apparatus are missing in it.
    fn config(&self, inputs: &(Inputs, Inputs), seen: &mut Explanation) -> Run<(Configs, bool)> {
        let given = [&inputs.0.config, &inputs.1.config];
        for ((party, owner), given) in self.sides.into_iter().zip(given) {
            note_crossing(self.case, party, owner, Half::Config, given.clone(), seen);
        }
        // The first missing key is the cause; the keys above are shown all the same.
        let mut crossed = Vec::new();
        for ((party, _), given) in self.sides.into_iter().zip(given) {
            if effect::has_apparatus(party) {
                crossed.push(may_come(self.case, party, given.clone(), seen).values());
            } else {
                let (kept, _) = couple::cross(self.case, party, Half::Config, given.clone())?;
                crossed.push(kept.values());
            }
        }
        let socket = crossed.pop().unwrap_or_default();
        let plug = crossed.pop().unwrap_or_default();
        let is_partial = self.sides.iter().any(|(party, _)| effect::has_apparatus(party));
        Ok((Configs { plug, socket }, is_partial))
    }

    fn result(
        &self,
        flow: &mut Flow<'_>,
        inputs: &(Inputs, Inputs),
        configs: &Configs,
        is_partial: bool,
        below: &mut Vec<Node>,
        seen: &mut Explanation,
    ) -> Run<()> {
        let case = self.case;
        let journal = couple::begin(case, 1);
        let attempted = outcome::attempt(flow, case, (&inputs.0, &inputs.1), &journal, configs);
        let (results, given) = match attempted {
            Err(Stop::Trouble(trouble)) if trouble.kind == Kind::ObjectForbidden => {
                hide(&trouble, seen);
                return Ok(());
            }
            // An apparatus may give it in its answer.
            Err(Stop::Trouble(trouble)) if is_partial && depends_on_keys(&trouble) => return Ok(()),
            other => other?,
        };
        for ((party, owner), given) in self.sides.into_iter().zip(given) {
            note_crossing(case, party, owner, Half::Result, given, seen);
        }
        results::note_places(flow, case, &results, seen)?;
        for (party, owner) in [self.sides[1], self.sides[0]] {
            let context = outcome::result_context(case, party, configs, &results);
            let entries = render(case, party, List::ResultResources, &context);
            let Some(entries) = bear(entries, is_partial, party, seen)? else { continue };
            below.push(made::node(flow, party, owner, entries, is_partial, seen)?);
        }
        Ok(())
    }
}

/// The reader's own rights end here; the operator has others.
fn hide(trouble: &Trouble, seen: &mut Explanation) {
    let what = trouble.target.as_ref().unwrap_or(&trouble.object).to_string();
    let state = format!("not shown to you: what comes from it ({}) is left out", trouble.field);
    seen.tree.push(Node { what, state, below: Vec::new() });
}

fn depends_on_keys(trouble: &Trouble) -> bool {
    matches!(trouble.kind, Kind::KeyMissing | Kind::TemplateRefused | Kind::SpecUnreadable)
}

/// A template that fails for want of keys that an apparatus gives is no fault.
fn bear(
    entries: Result<Vec<Rendered>, Trouble>,
    is_partial: bool,
    party: &Party,
    seen: &mut Explanation,
) -> Run<Option<Vec<Rendered>>> {
    match entries {
        Ok(entries) => Ok(Some(entries)),
        Err(trouble) if is_partial && depends_on_keys(&trouble) => {
            let what = format!("made by {} {}", party.reference(), trouble.field);
            let state = "not known here: it depends on the apparatus".to_owned();
            seen.tree.push(Node { what, state, below: Vec::new() });
            Ok(None)
        }
        Err(trouble) => Err(trouble.into()),
    }
}

/// What is known of a configuration to which an apparatus adds.
fn may_come(case: &Case<'_>, party: &Party, given: Layered, seen: &mut Explanation) -> Layered {
    let declared =
        interface::declared(case.socket_spec.interface.as_ref(), Half::Config, party.which);
    let crossing = interface::cross(given, declared);
    seen.config.extend(crossing.missing.into_iter().map(|key| Key {
        side: party.which.as_str(),
        key,
        origin: "apparatus /config, which is not asked here".to_owned(),
        line: None,
        over: Vec::new(),
        notes: vec!["required by the interface".to_owned()],
    }));
    crossing.kept
}

fn note_crossing(
    case: &Case<'_>,
    party: &Party,
    owner: &Value,
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
    let keys = keys(side, owner, &crossing.kept, &note);
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

fn render(
    case: &Case<'_>,
    party: &Party,
    list: List,
    context: &Value,
) -> Result<Vec<Rendered>, Trouble> {
    let steps = [When::Coupled, When::Updated];
    resources::render(party, list, &steps, &case.name, context)
}

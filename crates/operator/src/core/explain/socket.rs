//! The explanation of a socket: its contract, who may couple, who does.

use serde_json::Value;

use crate::core::consent::bad_expressions;
use crate::core::explain::{Cause, Explanation, Key, Node, calls, places, recorded};
use crate::core::flow::{Flow, Run};
use crate::core::interface::{Declared, Half, declared};
use crate::core::journal::Side;
use crate::core::object::Identity;
use crate::core::party;
use crate::core::request::{Find, Request, Response};
use crate::core::settings::Settings;
use crate::core::trouble::{Kind, Trouble};

pub(super) fn explain(
    flow: &mut Flow<'_>,
    settings: &Settings,
    object: &Value,
    mut seen: Explanation,
) -> Run<Explanation> {
    let (party, spec) = party::socket(object, settings)?;
    for half in [Half::Config, Half::Result] {
        for side in [Side::Plug, Side::Socket] {
            let field = |half: Half, side: Side| {
                format!("spec.interface.{}.{}", half.as_str(), side.as_str())
            };
            let Declared::Keys(keys) = declared(spec.interface.as_ref(), half, side) else {
                continue;
            };
            let described = keys.iter().map(|(key, property)| Key {
                side: side.as_str(),
                key: key.clone(),
                origin: "spec.interface".to_owned(),
                line: places::line(object, &field(half, side), Some(key)),
                over: Vec::new(),
                notes: [
                    property.required.then(|| "required".to_owned()),
                    property.default.as_ref().map(|_| "has a default".to_owned()),
                    property.description.clone(),
                ]
                .into_iter()
                .flatten()
                .collect(),
            });
            match half {
                Half::Config => seen.config.extend(described),
                Half::Result => seen.results.extend(described),
            }
        }
    }
    if let Some((field, expression)) = bad_expressions(&spec).first() {
        seen.cause = Some(Cause::from(&Trouble::new(
            Kind::ExpressionBad,
            party.reference(),
            field,
            format!("`{expression}` is no regular expression; it admits nobody"),
            "correct the expression",
        )));
    } else {
        // An apparatus that does not answer, a right that is missing: the operator met it, this reader does not.
        seen.cause = recorded(object);
    }
    seen.tree.extend(calls::node(flow, &party, object, None)?);
    let coupled =
        match flow.ask(Request::Find(Find::CoupledPlugs { socket: party.identity.clone() }))? {
            Response::Coupled(plugs) => plugs.clone(),
            _ => Vec::new(),
        };
    let find = Find::PlugsNaming {
        namespace: party.namespace().to_owned(),
        name: party.name().to_owned(),
    };
    let naming = match flow.ask(Request::Find(find))? {
        Response::Refs(plugs) => plugs.clone(),
        _ => Vec::new(),
    };
    seen.tree.extend(coupled.iter().map(|plug: &Identity| Node {
        what: plug.object.to_string(),
        state: "coupled".to_owned(),
        below: Vec::new(),
    }));
    let waiting = naming.iter().filter(|plug| !coupled.iter().any(|other| other.object == **plug));
    seen.tree.extend(waiting.map(|plug| Node {
        what: plug.to_string(),
        state: "not coupled: explain it to see why".to_owned(),
        below: Vec::new(),
    }));
    if let Some(limit) = spec.limit {
        seen.tree.push(Node {
            what: "spec.limit".to_owned(),
            state: format!("{} of {limit}", coupled.len()),
            below: Vec::new(),
        });
    }
    Ok(seen)
}

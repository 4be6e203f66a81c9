//! `render`: what the operator would make of these files, and from where each thing came.
//!
//! The whole life up to coupled is run in memory. Keys of the configuration carry the field that gave them, and the fields it won over;
//! objects carry the template they came from. Values that came from a Secret, and the data of Secrets that are made, are hidden unless
//! asked for.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s::resource::When;
use serde_json::{Map, Value, json};
use template::{Options, Template};

use super::manifest::Set;
use super::stage::{self, Made};
use crate::core::context::Context;
use crate::core::gather;
use crate::core::interface::{self, Half};
use crate::core::journal::{Journal, Side};
use crate::core::layers::{Layered, Sourced};
use crate::core::names;
use crate::core::object::ObjectRef;
use crate::core::party::{self, Party};
use crate::core::request::{Notice, Severity};
use crate::core::resources::{self, List};
use crate::core::status;
use crate::world::World;

pub struct Rendering {
    pub plugs: Vec<Plug>,
    pub objects: Vec<Object>,
    /// Calls that an apparatus would get: `POST socket infra/pg /coupled`.
    pub calls: Vec<String>,
    /// What the operator would warn of.
    pub warnings: Vec<String>,
    /// False when the files never come to rest: two plugs, say, that change each other.
    pub settled: bool,
}

pub struct Plug {
    pub plug: ObjectRef,
    pub coupled: bool,
    /// What the condition `Ready` says.
    pub message: String,
    pub keys: Vec<Key>,
    /// Given and not declared by the interface.
    pub dropped: Vec<(Side, String)>,
}

/// One key that crosses.
pub struct Key {
    pub side: Side,
    pub name: String,
    /// None where it is hidden.
    pub value: Option<String>,
    /// `spec.configTemplate`, and `plug.yaml:12` where the files say it.
    pub from: String,
    pub place: Option<String>,
    pub over: Vec<String>,
}

pub struct Object {
    pub made: Made,
    /// `socket infra/pg spec.resources[0].template`
    pub from: Option<String>,
    pub place: Option<String>,
}

/// A value that is not shown.
const HIDDEN: &str = "(hidden)";

pub fn render(set: &Set, now: Timestamp, show_secrets: bool) -> Rendering {
    let before = stage::world(set, now);
    let mut world = before.clone();
    let settled = stage::settle(&mut world);
    let origins = origins(&world);
    let objects = stage::made(&world).into_iter().map(|mut made| {
        made.object = std::sync::Arc::new(shown(&made.object, show_secrets));
        let origin = origins.get(&made.reference);
        let place = origin.and_then(|(owner, field)| place(set, owner, field));
        Object { made, from: origin.map(|(owner, field)| format!("{owner} {field}")), place }
    });
    let mut calls: Vec<String> = Vec::new();
    for (_, call) in &world.calls {
        let shown = format!("POST {} /{}", call.owner.object, call.action.as_str());
        if !calls.contains(&shown) {
            calls.push(shown);
        }
    }
    let is_warning = |notice: &&Notice| notice.severity == Severity::Warning;
    let warnings = world.events.values().filter(is_warning).map(|notice| notice.message.clone());
    Rendering {
        plugs: set
            .of_kind("Plug")
            .map(|manifest| plug(set, &before, &world, &manifest.reference, show_secrets))
            .collect(),
        objects: objects.collect(),
        calls,
        warnings: warnings.collect(),
        settled,
    }
}

fn plug(set: &Set, before: &World, world: &World, reference: &ObjectRef, show: bool) -> Plug {
    let object = world.objects.get(reference);
    let coupled = object.is_some_and(|object| status::is_coupled(object));
    let message = world.conditions(reference).remove("Ready").map(|(_, _, text)| text);
    let mut found = Plug {
        plug: reference.clone(),
        coupled,
        message: message.unwrap_or_else(|| "nothing was decided".to_owned()),
        keys: Vec::new(),
        dropped: Vec::new(),
    };
    let journal = journal_of(world, reference);
    let Some((plug, socket, interface)) = journal.and_then(parties) else { return found };
    let question = |flow: &mut crate::core::flow::Flow<'_>| gather::inputs(flow, &plug, &socket);
    let Some((plug_inputs, socket_inputs)) = stage::ask(before, question) else { return found };
    for (party, given) in [(&plug, plug_inputs.config), (&socket, socket_inputs.config)] {
        let declared = interface::declared(interface.as_ref(), Half::Config, party.which);
        let crossing = interface::cross(given, declared);
        found.dropped.extend(crossing.dropped.into_iter().map(|key| (party.which, key)));
        keys(set, party, &crossing.kept, show, &mut found.keys);
    }
    found
}

fn keys(set: &Set, party: &Party, layered: &Layered, show: bool, keys: &mut Vec<Key>) {
    for (name, Sourced { value, origin, over }) in &layered.0 {
        let secret = origin.object.as_ref().is_some_and(|object| object.kind == "Secret")
            || (origin.field == "spec.configTemplate" && is_derived(party, name));
        let field = format!("{}.{name}", origin.field);
        keys.push(Key {
            side: party.which,
            name: name.clone(),
            value: (show || !secret).then(|| value.clone()),
            from: origin.to_string(),
            place: place(set, party.reference(), &field),
            over: over.iter().map(ToString::to_string).collect(),
        });
    }
}

/// Whether a template makes this key from something that may be secret: a var, or data that a Secret gives.
fn is_derived(party: &Party, key: &str) -> bool {
    let Some(source) = party.spec.config_template.get(key) else { return false };
    let Ok(template) = Template::parse(key, source, &Options::default()) else { return true };
    let secret_data = party.spec.data_secret_name.is_some();
    template.references().iter().any(|reference| {
        reference.keys.first().is_some_and(|name| {
            name == "vars" || (secret_data && matches!(name.as_str(), "plugData" | "socketData"))
        })
    })
}

/// `plug.yaml:12`, for a field that is written there.
fn place(set: &Set, owner: &ObjectRef, field: &str) -> Option<String> {
    let manifest = set.find(owner).filter(|_| field.starts_with("spec."))?;
    Some(format!("{}:{}", manifest.file, manifest.place(field).line))
}

pub(super) fn journal_of<'w>(world: &'w World, plug: &ObjectRef) -> Option<&'w Journal> {
    let names = |journal: &&Journal| {
        journal.socket.is_some()
            && journal.plug.as_ref().is_some_and(|identity| identity.object == *plug)
    };
    world.journals.values().map(|(_, journal)| journal).find(names)
}

type Parties = (Party, Party, Option<k8s::socket::Interface>);

fn parties(journal: &Journal) -> Option<Parties> {
    let settings = stage::settings();
    let (plug, _) = party::plug(&journal.snapshot.plug, &settings).ok()?;
    let (socket, spec) = party::socket(&journal.snapshot.socket, &settings).ok()?;
    Some((plug, socket, spec.interface))
}

/// Which template each object comes from: everything is rendered once more, by the same functions.
fn origins(world: &World) -> BTreeMap<ObjectRef, (ObjectRef, String)> {
    let mut origins = BTreeMap::new();
    for (_, journal) in world.journals.values() {
        if let Some((plug, socket, _)) = parties(journal) {
            let secret = published(&plug, &socket);
            let field = "spec.publishSecret".to_owned();
            origins.insert(secret, (plug.reference().clone(), field));
        }
    }
    let mut take = |party: &Party, list, when: &[When], context: &Value| {
        let rendered = resources::render(party, list, when, "", context).unwrap_or_default();
        for one in rendered {
            origins.insert(one.reference, (party.reference().clone(), one.field));
        }
    };
    for (_, journal) in world.journals.values() {
        let snapshot = &journal.snapshot;
        let Some((plug, socket, _)) = parties(journal) else { continue };
        for party in [&plug, &socket] {
            let context = Context::of(party.which, &plug, &socket)
                .with("plugConfig", &snapshot.plug_config)
                .with("socketConfig", &snapshot.socket_config);
            let steps = [When::Coupled, When::Updated];
            take(party, List::Resources, &steps, &context.value());
            let own = match party.which {
                Side::Plug => &snapshot.plug_result,
                Side::Socket => &snapshot.socket_result,
            };
            let context = Context::of(party.which, &plug, &socket)
                .with("plugConfig", &snapshot.plug_config)
                .with("socketConfig", &snapshot.socket_config)
                .with("plugResult", &snapshot.plug_result)
                .with("socketResult", &snapshot.socket_result)
                .with("result", own);
            take(party, List::ResultResources, &steps, &context.value());
        }
    }
    let settings = stage::settings();
    for (reference, object) in &world.objects {
        let party = match reference.kind.as_str() {
            "Plug" => party::plug(object, &settings).map(|(party, _)| party),
            "Socket" => party::socket(object, &settings).map(|(party, _)| party),
            _ => continue,
        };
        if let Ok(party) = party {
            let context = Context::alone(&party).value();
            take(&party, List::Resources, &[When::Created], &context);
        }
    }
    origins
}

/// The Secret that the plug publishes its result in, if it does.
fn published(plug: &Party, socket: &Party) -> ObjectRef {
    let named = plug.object["spec"]["publishSecret"]["name"].as_str().unwrap_or_default();
    let name = match named {
        "" => names::published(plug.name(), socket.name()),
        name => name.to_owned(),
    };
    ObjectRef::secret(plug.namespace(), &name)
}

/// An object without what says only when it was made, and the data of a Secret hidden unless asked for.
fn shown(object: &Value, show_secrets: bool) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut)
        && let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut)
    {
        annotations.remove(names::PASS_ANNOTATION);
        if annotations.is_empty() {
            metadata.remove("annotations");
        }
    }
    let is_secret = object["kind"] == "Secret" && object["apiVersion"] == "v1";
    if is_secret && !show_secrets {
        for field in ["data", "stringData"] {
            for value in object.get_mut(field).and_then(Value::as_object_mut).into_iter().flatten()
            {
                *value.1 = json!(HIDDEN);
            }
        }
    }
    object
}

impl Rendering {
    /// Whether every plug is coupled and nothing is warned of.
    pub fn is_whole(&self) -> bool {
        self.settled && self.plugs.iter().all(|plug| plug.coupled)
    }

    pub fn json(&self) -> Value {
        let key = |key: &Key| {
            json!({
                "side": key.side.as_str(), "key": key.name, "value": key.value, "hidden": key.value.is_none(),
                "from": key.from, "place": key.place, "over": key.over,
            })
        };
        let plugs: Vec<_> = self
            .plugs
            .iter()
            .map(|plug| {
                let dropped = plug.dropped.iter();
                let dropped: Vec<_> =
                    dropped.map(|(side, key)| json!({"side": side.as_str(), "key": key})).collect();
                json!({
                    "plug": plug.plug.to_string(), "coupled": plug.coupled, "message": plug.message,
                    "config": plug.keys.iter().map(key).collect::<Vec<_>>(), "dropped": dropped,
                })
            })
            .collect();
        let objects: Vec<_> = self
            .objects
            .iter()
            .map(|object| {
                json!({
                    "from": object.from, "place": object.place, "account": object.made.account,
                    "patch": object.made.is_patch, "object": *object.made.object,
                })
            })
            .collect();
        let mut whole = Map::new();
        whole.insert("plugs".to_owned(), json!(plugs));
        whole.insert("objects".to_owned(), json!(objects));
        whole.insert("calls".to_owned(), json!(self.calls));
        whole.insert("warnings".to_owned(), json!(self.warnings));
        whole.insert("settled".to_owned(), json!(self.settled));
        Value::Object(whole)
    }

    /// A YAML stream that could be applied, with everything else as comments.
    pub fn text(&self) -> Result<String, serde_saphyr::ser_error::Error> {
        let mut text = String::new();
        let mut comment = |line: &str| {
            for line in line.lines() {
                text.push_str(&format!("# {line}\n"));
            }
        };
        for plug in &self.plugs {
            comment(&format!("{}: {}", plug.plug, plug.message));
            for key in &plug.keys {
                let value = key.value.as_deref().unwrap_or(HIDDEN);
                let place = key.place.iter().map(|place| format!(" ({place})")).collect::<String>();
                let over = match key.over.as_slice() {
                    [] => String::new(),
                    over => format!(", over {}", over.join(", ")),
                };
                // A value of several lines is shown as one.
                let value = value.escape_debug().collect::<String>();
                let (side, name) = (key.side.as_str(), &key.name);
                comment(&format!(
                    "  {side} config.{name} = {value}  from {}{place}{over}",
                    key.from
                ));
            }
            for (side, key) in &plug.dropped {
                comment(&format!(
                    "  dropped {} config.{key}: not declared by the interface",
                    side.as_str()
                ));
            }
        }
        for call in &self.calls {
            comment(&format!("call {call}"));
        }
        for warning in &self.warnings {
            comment(&format!("warning: {warning}"));
        }
        if !self.settled {
            comment("this never comes to rest: the files change each other again and again");
        }
        if self.objects.is_empty() {
            comment("nothing would be made");
        }
        for object in &self.objects {
            let from = object.from.as_deref().unwrap_or("the operator itself");
            let place = object.place.iter().map(|place| format!(" ({place})")).collect::<String>();
            let patch = if object.made.is_patch { "a patch, " } else { "" };
            text.push_str(&format!(
                "---\n# {patch}from {from}{place}, as {}\n",
                object.made.account
            ));
            text.push_str(&serde_saphyr::to_string(&*object.made.object)?);
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests;

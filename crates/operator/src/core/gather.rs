//! What a side says before anything is done: its data, its vars, its configuration layer by layer.
//!
//! Everything is read at once and on behalf of each side's own service account. What was read is watched, found or not. The
//! apparatus is not asked here: the hash of a coupling is made from what is here, so that looking again costs no call.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use k8s::reference::Var;
use serde_json::Value;

use crate::core::context::Context;
use crate::core::flow::{Flow, Run, refusal};
use crate::core::journal::Side;
use crate::core::layers::{Layered, Origin};
use crate::core::object::ObjectRef;
use crate::core::party::Party;
use crate::core::render;
use crate::core::request::{Request, Response, Values};
use crate::core::trouble::{Kind, Trouble};

#[derive(Clone, Debug, Default)]
pub(crate) struct Inputs {
    pub(crate) data: Layered,
    pub(crate) vars: Values,
    /// Without the interface and the apparatus.
    pub(crate) config: Layered,
}

/// A `ConfigMap` or Secret that a field names.
pub(crate) struct Named<'a> {
    field: &'a str,
    object: ObjectRef,
}

impl Named<'_> {
    pub(crate) fn object(&self) -> &ObjectRef {
        &self.object
    }
}

pub(crate) fn named<'a>(
    party: &Party,
    field: &'a str,
    kind: &str,
    name: Option<&String>,
) -> Option<Named<'a>> {
    let name = name.filter(|name| !name.is_empty())?;
    Some(Named { field, object: ObjectRef::new("v1", kind, party.namespace(), name) })
}

/// Inputs of plug and socket.
pub(crate) fn inputs(flow: &mut Flow<'_>, plug: &Party, socket: &Party) -> Run<(Inputs, Inputs)> {
    let mut plans = Vec::new();
    for party in [plug, socket] {
        let spec = &party.spec;
        let sources: Vec<_> = [
            ("spec.dataSecretName", "Secret", &spec.data_secret_name),
            ("spec.dataConfigMapName", "ConfigMap", &spec.data_config_map_name),
            ("spec.configSecretName", "Secret", &spec.config_secret_name),
            ("spec.configConfigMapName", "ConfigMap", &spec.config_config_map_name),
        ]
        .into_iter()
        .map(|(field, kind, name)| named(party, field, kind, name.as_ref()))
        .collect();
        let targets = targets(party, "spec.vars", &spec.vars, plug, socket)?;
        plans.push((party, sources, targets));
    }
    let mut requests = Vec::new();
    for (party, sources, targets) in &plans {
        let sources = sources.iter().flatten().map(|named| &named.object);
        for object in sources.chain(targets) {
            flow.outcome.watches.insert(object.clone());
            requests.push(Request::Read { account: party.account.clone(), object: object.clone() });
        }
    }
    let mut responses = flow.ask_all(requests)?.into_iter();
    let mut gathered = Vec::new();
    for (party, sources, targets) in &plans {
        let mut read = Vec::new();
        for source in sources {
            read.push(match source {
                Some(source) => Some(content(party, source, responses.next())?),
                None => None,
            });
        }
        let mut vars = Values::new();
        for (index, (var, target)) in party.spec.vars.iter().zip(targets).enumerate() {
            let field = format!("spec.vars[{index}]");
            if let Some(value) = looked_up(party, &field, var, target, responses.next())? {
                vars.insert(var.name.clone(), value);
            }
        }
        gathered.push((read, vars));
    }
    let (socket_read, socket_vars) = gathered.pop().unwrap_or_default();
    let (plug_read, plug_vars) = gathered.pop().unwrap_or_default();
    let plug_data = data(plug, &plug_read);
    let socket_data = data(socket, &socket_read);
    let (plug_values, socket_values) = (plug_data.values(), socket_data.values());
    let context = |viewer, vars: &Values| {
        Context::of(viewer, plug, socket)
            .with_data(viewer, (plug, &plug_values), (socket, &socket_values))
            .with("vars", vars)
            .value()
    };
    let plug_config = config(plug, &plug_read, &context(Side::Plug, &plug_vars))?;
    let socket_config = config(socket, &socket_read, &context(Side::Socket, &socket_vars))?;
    Ok((
        Inputs { data: plug_data, vars: plug_vars, config: plug_config },
        Inputs { data: socket_data, vars: socket_vars, config: socket_config },
    ))
}

fn data(party: &Party, read: &[Option<(Origin, Values)>]) -> Layered {
    let mut data = Layered::default();
    if let Some(Some((origin, values))) = read.first() {
        data.lay(origin, values);
    }
    data.lay(&Origin::field("spec.data"), &party.spec.data);
    if let Some(Some((origin, values))) = read.get(1) {
        data.lay(origin, values);
    }
    data
}

fn config(
    party: &Party,
    read: &[Option<(Origin, Values)>],
    context: &Value,
) -> Result<Layered, Trouble> {
    let mut config = Layered::default();
    if let Some(Some((origin, values))) = read.get(2) {
        config.lay(origin, values);
    }
    config.lay(&Origin::field("spec.config"), &party.spec.config);
    let field = "spec.configTemplate";
    let rendered = render::values(party.reference(), field, &party.spec.config_template, context)?;
    config.lay(&Origin::field(field), &rendered);
    if let Some(Some((origin, values))) = read.get(3) {
        config.lay(origin, values);
    }
    Ok(config)
}

/// The objects that `vars` look into, their names rendered.
pub(crate) fn targets(
    party: &Party,
    list: &str,
    vars: &[Var],
    plug: &Party,
    socket: &Party,
) -> Result<Vec<ObjectRef>, Trouble> {
    let context = Context::of(party.which, plug, socket).value();
    vars.iter()
        .enumerate()
        .map(|(index, var)| {
            target(party, &format!("{list}[{index}].objref"), &var.objref, &context)
        })
        .collect()
}

pub(crate) fn target(
    party: &Party,
    field: &str,
    objref: &k8s::reference::ObjectReference,
    context: &Value,
) -> Result<ObjectRef, Trouble> {
    let text = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
    let rendered = |plain: &Option<String>, template: &Option<String>, name: &str| match template {
        Some(template) if !template.is_empty() => {
            let field = format!("{field}.{name}");
            render::text(party.reference(), &field, template, context)
                .map(|text| Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
        }
        _ => Ok(text(plain)),
    };
    let name = rendered(&objref.name, &objref.template_name, "templateName")?;
    let namespace = rendered(&objref.namespace, &objref.template_namespace, "templateNamespace")?
        .unwrap_or_else(|| party.namespace().to_owned());
    match (objref.api_version(), text(&objref.kind), name) {
        (Some(api_version), Some(kind), Some(name)) => {
            Ok(ObjectRef::new(&api_version, &kind, &namespace, &name))
        }
        _ => Err(Trouble::new(
            Kind::SpecUnreadable,
            party.reference(),
            field,
            "it has no apiVersion (or group and version), kind or name",
            "give it all three",
        )),
    }
}

/// The values of a `ConfigMap` or Secret that must be there.
pub(crate) fn content(
    party: &Party,
    source: &Named<'_>,
    response: Option<&Response>,
) -> Result<(Origin, Values), Trouble> {
    let (field, target) = (source.field, &source.object);
    let owner = party.reference();
    let object = match response {
        Some(Response::Object(Some(object))) => object,
        Some(Response::Object(None)) | None => {
            return Err(Trouble::new(
                Kind::ObjectMissing,
                owner,
                field,
                format!("{target} is not there"),
                "create it, or correct the name",
            )
            .passing());
        }
        Some(other) => {
            let refusal = refusal(other);
            return Err(Trouble::refused(owner, field, "get", target, &party.account, &refusal));
        }
    };
    let mut values = Values::new();
    for (key, value) in object["data"].as_object().into_iter().flatten() {
        let Some(text) = value.as_str() else { continue };
        let text = if target.kind == "Secret" { decoded(text) } else { Some(text.to_owned()) };
        let text = text.ok_or_else(|| {
            Trouble::new(
                Kind::ValueNotText,
                owner,
                field,
                format!("key `{key}` of {target} is not UTF-8 text"),
                "encode it as base64 text in the Secret, or leave the key out",
            )
        })?;
        values.insert(key.clone(), text);
    }
    Ok((Origin::object(field, target), values))
}

fn decoded(base64: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(base64).ok()?).ok()
}

/// The value of a var; none when it may be absent and is.
pub(crate) fn looked_up(
    party: &Party,
    field: &str,
    var: &Var,
    target: &ObjectRef,
    response: Option<&Response>,
) -> Result<Option<String>, Trouble> {
    let owner = party.reference();
    let object = match response {
        Some(Response::Object(object)) => object.as_deref(),
        None => None,
        Some(other) => {
            let refusal = refusal(other);
            let field = format!("{field}.objref");
            return Err(Trouble::refused(owner, &field, "get", target, &party.account, &refusal));
        }
    };
    let Some(object) = object else {
        if var.optional {
            return Ok(None);
        }
        return Err(Trouble::new(
            Kind::ObjectMissing,
            owner,
            &format!("{field}.objref"),
            format!("var `{}` looks into {target}, which is not there", var.name),
            "create it, correct the reference, or mark the var optional",
        )
        .passing());
    };
    let path = var.fieldref.as_ref().and_then(|fieldref| fieldref.field_path.as_deref());
    match render::at(object, path.unwrap_or_default()) {
        Some(value) => Ok(Some(value)),
        None if var.optional => Ok(None),
        None => Err(Trouble::new(
            Kind::FieldMissing,
            owner,
            &format!("{field}.fieldref.fieldPath"),
            format!(
                "var `{}`: {target} has nothing at `{}`",
                var.name,
                path.unwrap_or_default()
            ),
            "correct the path (a dot in a key is written `\\.`), wait for the field, or mark the var optional",
        )
        .passing()),
    }
}

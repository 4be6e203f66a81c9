//! How a result reaches the application: a Secret in the plug's namespace, and a workload that reads it.
//!
//! The Secret carries the result's keys and the `type` and `provider` of the Service Binding layout. A workload gets them as
//! environment or as files below `/bindings`, by a server-side apply under a field manager of its own: an empty apply of the same
//! manager takes back exactly that and nothing of its owner's. The keyed hash of the result stands in an annotation of the pods, so
//! a new result rolls them out. Both are made on behalf of the plug's service account.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use k8s::workload::{DEFAULT_ROOT, PublishSecret, Workload};
use serde_json::{Value, json};

use crate::core::couple::Case;
use crate::core::effect::Held;
use crate::core::flow::{Flow, Run, refusal};
use crate::core::journal::{Made, Side};
use crate::core::names;
use crate::core::object::ObjectRef;
use crate::core::outcome::{self, Results};
use crate::core::request::{Private, Refusal, Request, Response, Values};
use crate::core::trouble::{Kind, Trouble};

const SECRET_FIELD: &str = "spec.publishSecret";
const WORKLOAD_FIELD: &str = "spec.workload";

#[derive(Default)]
pub(crate) struct Projection {
    secret: Option<(ObjectRef, Value)>,
    workloads: Vec<(ObjectRef, Value)>,
    manager: String,
}

/// The Secret a plug publishes into, if it does.
pub(crate) fn secret_name(case: &Case<'_>) -> Option<String> {
    let publishes = case.plug_spec.publish_secret.is_some() || case.plug_spec.workload.is_some();
    publishes.then(|| outcome::published_name(case))
}

pub(crate) fn plan(flow: &mut Flow<'_>, case: &Case<'_>, results: &Results) -> Run<Projection> {
    let Some(name) = secret_name(case) else { return Ok(Projection::default()) };
    let publish = case.plug_spec.publish_secret.clone().unwrap_or_default();
    let data = chosen(case, &publish, results)?;
    let reference = ObjectRef::secret(case.plug.namespace(), &name);
    let secret = secret(case, &publish, &reference, &data);
    let mut projection = Projection {
        secret: Some((reference, secret)),
        workloads: Vec::new(),
        manager: manager(case),
    };
    if let Some(workload) = &case.plug_spec.workload {
        let hash = results.hash(&case.settings.hash_key);
        for object in workloads(flow, case, workload)? {
            let Some(reference) = ObjectRef::of(&object) else { continue };
            let patch = patch(case, workload, &object, &name, &hash)?;
            projection.workloads.push((reference, patch));
        }
    }
    Ok(projection)
}

/// One field manager for each coupling, so that two plugs can give to one workload.
pub(crate) fn manager(case: &Case<'_>) -> String {
    format!("midplane-{}", case.name)
}

fn chosen(case: &Case<'_>, publish: &PublishSecret, results: &Results) -> Result<Values, Trouble> {
    let together = results.together();
    if publish.keys.is_empty() {
        return Ok(together);
    }
    let mut data = Values::new();
    for (key, from) in &publish.keys {
        let Some(value) = together.get(from) else {
            return Err(Trouble::new(
                Kind::ResultUnknown,
                case.plug.reference(),
                &format!("{SECRET_FIELD}.keys.{key}"),
                format!("there is no result `{from}` (there is {})", listed(&together)),
                "name a result that there is",
            ));
        };
        data.insert(key.clone(), value.clone());
    }
    Ok(data)
}

fn listed(values: &Values) -> String {
    if values.is_empty() {
        return "none".to_owned();
    }
    values.keys().cloned().collect::<Vec<_>>().join(", ")
}

fn secret(case: &Case<'_>, publish: &PublishSecret, reference: &ObjectRef, data: &Values) -> Value {
    let mut encoded: BTreeMap<String, String> =
        data.iter().map(|(key, value)| (key.clone(), STANDARD.encode(value))).collect();
    let kind = publish.type_.clone().unwrap_or_else(|| case.socket.name().to_owned());
    encoded.entry("type".to_owned()).or_insert_with(|| STANDARD.encode(&kind));
    if let Some(provider) = &publish.provider {
        encoded.entry("provider".to_owned()).or_insert_with(|| STANDARD.encode(provider));
    }
    json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {
            "name": reference.name, "namespace": reference.namespace(),
            "labels": {names::COUPLING_LABEL: case.name},
        },
        "type": format!("servicebinding.io/{kind}"),
        "data": encoded,
    })
}

fn workloads(flow: &mut Flow<'_>, case: &Case<'_>, workload: &Workload) -> Run<Vec<Arc<Value>>> {
    let api_version = workload.api_version.as_deref().unwrap_or("apps/v1");
    let kind = workload.kind.as_deref().unwrap_or("Deployment");
    let namespace = case.plug.namespace();
    let account = case.plug.account.clone();
    let refused = |field: &str, target: &ObjectRef, response: &Response| {
        let refusal = refusal(response);
        Trouble::refused(case.plug.reference(), field, "get", target, &case.plug.account, &refusal)
    };
    if let Some(selector) = &workload.selector {
        let request = Request::List {
            account,
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.to_owned(),
            selector: selector.clone(),
        };
        return match flow.ask(request)? {
            Response::Objects(objects) => Ok(objects.clone()),
            other => {
                let target = ObjectRef::new(api_version, kind, namespace, "(selected)");
                Err(refused(&format!("{WORKLOAD_FIELD}.selector"), &target, other).into())
            }
        };
    }
    let name = workload.name.as_deref().unwrap_or_default();
    let target = ObjectRef::new(api_version, kind, namespace, name);
    let field = format!("{WORKLOAD_FIELD}.name");
    flow.outcome.watches.insert(target.clone());
    match flow.ask(Request::Read { account, object: target.clone() })? {
        Response::Object(Some(object)) => Ok(vec![object.clone()]),
        Response::Object(None) => Err(Trouble::new(
            Kind::ObjectMissing,
            case.plug.reference(),
            &field,
            format!("{target} is not there"),
            "create it, or correct the name",
        )
        .about(&target)
        .passing()
        .into()),
        other => Err(refused(&field, &target, other).into()),
    }
}

fn patch(
    case: &Case<'_>,
    workload: &Workload,
    object: &Value,
    secret: &str,
    hash: &str,
) -> Result<Value, Trouble> {
    let reference = ObjectRef::of(object).unwrap_or_else(|| case.plug.reference().clone());
    let empty = Vec::new();
    let containers = object["spec"]["template"]["spec"]["containers"].as_array().unwrap_or(&empty);
    let there: Vec<&str> = containers.iter().filter_map(|one| one["name"].as_str()).collect();
    if let Some(stranger) = workload.containers.iter().find(|name| !there.contains(&name.as_str()))
    {
        return Err(Trouble::new(
            Kind::FieldMissing,
            case.plug.reference(),
            &format!("{WORKLOAD_FIELD}.containers"),
            format!("{reference} has no container `{stranger}`"),
            format!("name one of {}", there.join(", ")),
        ));
    }
    let chosen = there.iter().filter(|name| {
        workload.containers.is_empty() || workload.containers.iter().any(|w| w == *name)
    });
    let files = workload.files.clone().or_else(|| workload.env.is_empty().then(Default::default));
    let volume = names::bounded(&format!("binding-{}", case.plug.name()));
    let folder = files.as_ref().map(|files| {
        let root = files.root.as_deref().unwrap_or(DEFAULT_ROOT).trim_end_matches('/').to_owned();
        let name = files.name.clone().unwrap_or_else(|| case.socket.name().to_owned());
        (root.clone(), format!("{root}/{name}"))
    });
    let patched: Vec<Value> = chosen
        .map(|name| {
            let mut container = json!({"name": name});
            let mut env: Vec<Value> = workload
                .env
                .iter()
                .map(|variable| {
                    let key = json!({"secretKeyRef": {"name": secret, "key": variable.key}});
                    json!({"name": variable.name, "valueFrom": key})
                })
                .collect();
            if let Some((root, folder)) = &folder {
                env.push(json!({"name": "SERVICE_BINDING_ROOT", "value": root}));
                container["volumeMounts"] =
                    json!([{"name": volume, "mountPath": folder, "readOnly": true}]);
            }
            container["env"] = Value::Array(env);
            container
        })
        .collect();
    let mut template = json!({"spec": {"containers": patched}});
    if folder.is_some() {
        template["spec"]["volumes"] = json!([{"name": volume, "secret": {"secretName": secret}}]);
    }
    if workload.restart.unwrap_or(true) {
        // One annotation for each coupling: two plugs may give to one workload.
        let key =
            format!("{}-{}", names::RESULT_ANNOTATION, case.name.trim_start_matches("coupling-"));
        template["metadata"] = json!({"annotations": {key: hash}});
    }
    let mut patch = skeleton(&reference);
    patch["spec"] = json!({"template": template});
    Ok(patch)
}

pub(crate) fn skeleton(reference: &ObjectRef) -> Value {
    json!({
        "apiVersion": reference.api_version, "kind": reference.kind,
        "metadata": {"name": reference.name, "namespace": reference.namespace()},
    })
}

impl Projection {
    /// Puts everything into the inventory; true when something was new.
    pub(crate) fn remember(&self, case: &Case<'_>, held: &mut Held) -> bool {
        let made = |object: &ObjectRef, manager: Option<String>| Made {
            object: object.clone(),
            side: Side::Plug,
            account: case.plug.account.clone(),
            retain: false,
            uid: None,
            manager,
            untouched: false,
        };
        let mut grown = false;
        if let Some((reference, _)) = &self.secret {
            grown |= held.remember(made(reference, None));
        }
        for (reference, _) in &self.workloads {
            grown |= held.remember(made(reference, Some(self.manager.clone())));
        }
        grown
    }

    pub(crate) fn keep(&self) -> Vec<ObjectRef> {
        let secret = self.secret.iter().map(|(reference, _)| reference.clone());
        secret.chain(self.workloads.iter().map(|(reference, _)| reference.clone())).collect()
    }

    pub(crate) fn perform(&self, flow: &mut Flow<'_>, case: &Case<'_>, held: &mut Held) -> Run<()> {
        let account = &case.plug.account;
        if let Some((reference, object)) = &self.secret {
            let object = Private(Arc::new(object.clone()));
            let written = flow.write(Request::Apply { account: account.clone(), object })?;
            told(case, held, SECRET_FIELD, (reference, None), written.map(drop))?;
        }
        for (reference, object) in &self.workloads {
            let request = Request::Project {
                account: account.clone(),
                manager: self.manager.clone(),
                object: Private(Arc::new(object.clone())),
            };
            let written = flow.write(request)?;
            let entry = (reference, Some(self.manager.as_str()));
            told(case, held, WORKLOAD_FIELD, entry, written.map(drop))?;
        }
        Ok(())
    }
}

fn told(
    case: &Case<'_>,
    held: &mut Held,
    field: &str,
    (target, manager): (&ObjectRef, Option<&str>),
    written: Result<(), Refusal>,
) -> Result<(), Trouble> {
    let (owner, account) = (case.plug.reference(), &case.plug.account);
    match written {
        Ok(()) => {
            held.made(target, manager, account, "");
            Ok(())
        }
        Err(refusal) => {
            let trouble = Trouble::refused(owner, field, "apply", target, account, &refusal);
            if trouble.kind == Kind::ClusterUnavailable {
                held.doubt(target, manager);
            }
            Err(trouble)
        }
    }
}

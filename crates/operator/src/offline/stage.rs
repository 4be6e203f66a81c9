//! Files put into a world in memory, and questions to the core about them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::manifest::Set;
use crate::core::flow::{Flow, Run};
use crate::core::object::ObjectRef;
use crate::core::request::Request;
use crate::core::settings::Settings;
use crate::core::{Answer, Step};
use crate::world::{Driver, World};

/// A question asks for a handful of objects; this ends one that would ask for ever.
const MOST_STEPS: usize = 100;
/// The namespace that journals would be in; it does not show in what is rendered.
const NAMESPACE: &str = "midplane-system";

/// Hashes are compared within one run only, so their key needs no secret.
pub(super) fn settings() -> Settings {
    Settings::new(NAMESPACE, [0; 32])
}

/// The files as they would lie in a new cluster: nothing is coupled yet.
pub(super) fn world(set: &Set, now: Timestamp) -> World {
    let mut world = World::new(now);
    add(&mut world, set);
    world
}

pub(super) fn add(world: &mut World, set: &Set) {
    for manifest in &set.manifests {
        world.write(fresh(&manifest.object));
    }
}

/// A workload takes what a coupling gives and gives nothing back: without it the rest is the same.
pub(super) fn leave_out_absent_workloads(world: &mut World) {
    let absent = |object: &Value| {
        let workload = &object["spec"]["workload"];
        let text = |key: &str, default: &str| {
            workload[key].as_str().filter(|text| !text.is_empty()).unwrap_or(default).to_owned()
        };
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
        let (version, kind) = (text("apiVersion", "apps/v1"), text("kind", "Deployment"));
        let reference = ObjectRef::new(&version, &kind, namespace, &text("name", ""));
        workload["name"].is_string() && !world.objects.contains_key(&reference)
    };
    let plugs = world.objects.iter().filter(|(reference, _)| reference.kind == "Plug");
    let plugs = plugs.filter(|(_, object)| absent(object)).map(|(reference, _)| reference.clone());
    for plug in plugs.collect::<Vec<_>>() {
        world.edit(&plug, |object| {
            if let Some(spec) = object["spec"].as_object_mut() {
                spec.remove("workload");
                // It publishes the Secret that the workload reads.
                spec.entry("publishSecret").or_insert_with(|| json!({}));
            }
        });
    }
}

/// Without what only a cluster writes, and with the text of Secrets encoded as it would be stored.
fn fresh(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for key in
            ["managedFields", "resourceVersion", "generation", "deletionTimestamp", "finalizers"]
        {
            metadata.remove(key);
        }
    }
    let is_ours = object["apiVersion"] == crate::core::object::API_VERSION;
    let Some(fields) = object.as_object_mut() else { return object };
    if is_ours {
        fields.remove("status");
    }
    if let Some(Value::Object(plain)) = fields.remove("stringData") {
        use base64::Engine as _;
        let encode = base64::engine::general_purpose::STANDARD;
        let data = fields.entry("data").or_insert_with(|| json!({}));
        for (key, value) in plain {
            if let (Some(data), Some(text)) = (data.as_object_mut(), value.as_str()) {
                data.insert(key, json!(encode.encode(text)));
            }
        }
    }
    object
}

/// Runs the operator in the world until nothing changes; false when that does not happen. What a cluster would do in between is
/// done for the one kind that couplings wait for most: a Job completes.
pub(super) fn settle(world: &mut World) -> bool {
    let mut settled = Driver::new(settings()).settle(world);
    let is_open = |(reference, object): &(&ObjectRef, &Arc<Value>)| {
        reference.kind == "Job" && object["status"]["conditions"].is_null()
    };
    let jobs: Vec<_> =
        world.objects.iter().filter(is_open).map(|(reference, _)| reference.clone()).collect();
    for job in &jobs {
        world.edit(job, |object| {
            object["status"] = json!({"conditions": [{"type": "Complete", "status": "True"}]});
        });
    }
    if !jobs.is_empty() {
        settled = Driver::new(settings()).settle(world);
    }
    settled
}

/// Asks the core one thing, with the world as what answers.
pub(super) fn ask<T>(world: &World, question: impl Fn(&mut Flow<'_>) -> Run<T>) -> Option<T> {
    let mut world = world.clone();
    let mut answers: Vec<Answer> = Vec::new();
    for _ in 0..MOST_STEPS {
        let mut found = None;
        let step = Flow::new(&answers, world.now).run(|flow| {
            found = Some(question(flow)?);
            Ok(())
        });
        let Step::Ask(requests) = step else { return found };
        for request in requests {
            let response = world.perform(&request);
            answers.push(Answer { request, response });
        }
    }
    None
}

/// An object that the operator would make or change.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    pub object: Arc<Value>,
    pub reference: ObjectRef,
    /// As whom: `service account infra/default`.
    pub account: String,
    /// Only fields of somebody else's object are set.
    pub is_patch: bool,
}

/// What was applied and not deleted again, in the order in which it was first made.
pub(super) fn made(world: &World) -> Vec<Made> {
    let mut order: Vec<(ObjectRef, bool)> = Vec::new();
    let mut last: BTreeMap<(ObjectRef, bool), Made> = BTreeMap::new();
    for request in &world.requests {
        let (account, object, is_patch) = match request {
            Request::Apply { account, object } | Request::Create { account, object } => {
                (account, &object.0, false)
            }
            Request::Project { account, object, .. } => (account, &object.0, true),
            Request::Delete { object, .. } => {
                let key = (object.clone(), false);
                last.remove(&key);
                order.retain(|known| *known != key);
                continue;
            }
            _ => continue,
        };
        let Some(reference) = ObjectRef::of(object) else { continue };
        let key = (reference.clone(), is_patch);
        if !last.contains_key(&key) {
            order.push(key.clone());
        }
        let account = account.to_string();
        last.insert(key, Made { object: object.clone(), reference, account, is_patch });
    }
    order.iter().filter_map(|key| last.get(key).cloned()).collect()
}

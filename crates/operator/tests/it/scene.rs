//! A plug, a socket and a cluster to put them into.

use std::collections::BTreeMap;

use jiff::Timestamp;
use operator::core::object::{API_VERSION, ObjectRef};
use operator::core::{Request, Settings};
use operator::world::{Driver, World};
use serde_json::{Value, json};

pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) driver: Driver,
}

pub(crate) fn settings() -> Settings {
    Settings::new("midplane-system", [7; 32])
}

impl Scene {
    pub(crate) fn new() -> Self {
        let now = Timestamp::from_second(1_000_000).unwrap();
        Self { world: World::new(now), driver: Driver::new(settings()) }
    }

    /// A plug `app/orders` and a socket `app/db`, one template each side, settled.
    pub(crate) fn coupled() -> Self {
        let mut scene = Self::new();
        scene.world.write(socket(json!({"resources": [made("for-socket", "plugConfig")]})));
        scene.world.write(plug(json!({
            "config": {"database": "orders"}, "resources": [made("for-plug", "socketConfig")]
        })));
        scene.settle();
        scene
    }

    #[track_caller]
    pub(crate) fn settle(&mut self) {
        assert!(self.driver.settle(&mut self.world), "it does not settle");
    }

    /// Forgets what was asked for so far.
    pub(crate) fn forget(&mut self) {
        self.world.requests.clear();
        self.world.calls.clear();
        self.driver.reconciles = 0;
    }

    pub(crate) fn later(&mut self, seconds: i64) {
        self.world.now = Timestamp::from_second(self.world.now.as_second() + seconds).unwrap();
    }

    pub(crate) fn edit(&mut self, reference: &ObjectRef, spec: Value) {
        self.world.edit(reference, |object| object["spec"] = spec);
    }

    pub(crate) fn object(&self, reference: &ObjectRef) -> &Value {
        self.world.objects.get(reference).unwrap_or_else(|| panic!("{reference} is not there"))
    }

    pub(crate) fn has(&self, reference: &ObjectRef) -> bool {
        self.world.objects.contains_key(reference)
    }

    /// Status, reason and message of a condition.
    pub(crate) fn condition(&self, reference: &ObjectRef, kind: &str) -> (String, String, String) {
        self.world.conditions(reference).remove(kind).unwrap_or_default()
    }

    pub(crate) fn is_coupled(&self) -> bool {
        self.condition(&orders(), "Coupled").0 == "True"
    }

    /// How often each reason was told by an Event.
    pub(crate) fn told(&self) -> BTreeMap<&'static str, usize> {
        let mut told = BTreeMap::new();
        for event in self.world.events.values() {
            *told.entry(event.reason).or_default() += 1;
        }
        told
    }

    pub(crate) fn writes(&self) -> Vec<&Request> {
        self.world.requests.iter().filter(|request| request.is_write()).collect()
    }
}

pub(crate) fn orders() -> ObjectRef {
    ObjectRef::plug("app", "orders")
}

pub(crate) fn db() -> ObjectRef {
    ObjectRef::socket("app", "db")
}

pub(crate) fn config_map(name: &str) -> ObjectRef {
    ObjectRef::config_map("app", name)
}

pub(crate) fn plug(spec: Value) -> Value {
    named("Plug", "app", "orders", with(json!({"socket": {"name": "db"}}), spec))
}

pub(crate) fn socket(spec: Value) -> Value {
    named("Socket", "app", "db", spec)
}

pub(crate) fn named(kind: &str, namespace: &str, name: &str, spec: Value) -> Value {
    json!({
        "apiVersion": API_VERSION, "kind": kind,
        "metadata": {"name": name, "namespace": namespace}, "spec": spec,
    })
}

pub(crate) fn with(mut base: Value, more: Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        base[key] = value.clone();
    }
    base
}

/// A resource that makes a `ConfigMap` holding one value of a context.
pub(crate) fn made(name: &str, from: &str) -> Value {
    json!({"template": {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name},
        "data": {"database": format!("{{% .{from}.database %}}")},
    }})
}

pub(crate) fn map(name: &str, data: Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "app"}, "data": data,
    })
}

pub(crate) fn secret(name: &str, data: &[(&str, &str)]) -> Value {
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::STANDARD;
    let data: BTreeMap<_, _> =
        data.iter().map(|(key, value)| (*key, engine.encode(value))).collect();
    json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": name, "namespace": "app"}, "data": data,
    })
}

//! A crash after any write and a stale answer at any look, for couple, update, decouple, delete: it always converges to the same
//! cluster, and every event is told once.

use std::collections::{BTreeMap, BTreeSet};

use operator::core::Request;
use operator::core::object::ObjectRef;
use operator::world::{Driver, Faults, World};
use serde_json::{Value, json};

use crate::contract::PAGE;
use crate::scene::{Scene, db, made, named, orders, plug, settings, socket, with};

/// What happens to a settled scene before the operator is disturbed.
type Change = fn(&mut World);

fn start() -> Scene {
    let mut scene = Scene::new();
    scene.world.write(socket(json!({
        "config": {"host": "h"}, "apparatus": {"endpoint": "http://socket"},
        "resultTemplate": {"url": "{% .socketConfig.host %}/{% .plugConfig.database %}"},
        "resources": [
            made("for-socket", "plugConfig"),
            with(made("again", "plugConfig"), json!({"do": "recreate"})),
            with(made("farewell", "plugConfig"), json!({"when": ["decoupled"]})),
        ],
    })));
    scene.world.write(named(
        "Socket",
        "app",
        "other",
        json!({
            "resources": [made("for-other", "plugConfig")]
        }),
    ));
    scene.world.write(json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "shop", "namespace": "app"},
        "spec": {"template": {"spec": {"containers": [{"name": "web"}]}}},
    }));
    scene
}

fn shop() -> ObjectRef {
    ObjectRef::new("apps/v1", "Deployment", "app", "shop")
}

/// Whether the plug's fields are in the Deployment.
fn is_bound(world: &World) -> bool {
    world.objects[&shop()]["projections"].as_object().is_some_and(|given| !given.is_empty())
}

fn asked() -> Value {
    plug(json!({
        "config": {"database": "one"}, "apparatus": {"endpoint": "http://plug"},
        "publishSecret": {}, "workload": {"name": "shop", "files": {}},
        "resources": [
            made("for-plug", "plugConfig"),
            json!({"when": ["created"], "template": {
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "hello"}
            }}),
        ],
        "resultResources": [{"template": {
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "result"},
            "data": {"url": "{% .socketResult.url %}"}
        }}],
    }))
}

fn couple(world: &mut World) {
    world.write(asked());
}

fn update(world: &mut World) {
    world.edit(&orders(), |object| object["spec"]["config"] = json!({"database": "two"}));
}

fn rename(world: &mut World) {
    world.edit(&db(), |object| {
        object["spec"]["resources"] = json!([made("renamed", "plugConfig")]);
    });
}

fn move_away(world: &mut World) {
    world.edit(&orders(), |object| object["spec"]["socket"] = json!({"name": "other"}));
}

fn delete_plug(world: &mut World) {
    world.delete(&orders());
}

fn delete_socket(world: &mut World) {
    world.delete(&db());
}

/// What must be the same whatever happened on the way: objects without versions and times, journals, events by reason.
fn picture(world: &World) -> (BTreeMap<ObjectRef, Value>, usize, BTreeMap<&'static str, usize>) {
    let objects = world
        .objects
        .iter()
        .map(|(reference, object)| {
            let mut object = (**object).clone();
            for key in ["resourceVersion", "uid", "creationTimestamp", "generation"] {
                object["metadata"].as_object_mut().unwrap().remove(key);
            }
            object["metadata"]["annotations"] = Value::Null;
            object["status"]["hash"] = Value::Null;
            for name in ["coupledSocket", "coupledPlugs", "coupledResult"] {
                let text = object["status"][name].to_string();
                object["status"][name] = json!(text.is_empty());
            }
            (reference.clone(), object)
        })
        .collect();
    let mut told = BTreeMap::new();
    for event in world.events.values() {
        *told.entry(event.reason).or_default() += 1;
    }
    (objects, world.journals.len(), told)
}

/// One change, undisturbed: how many writes and looks it takes, and where it ends.
fn undisturbed(before: &World, change: Change) -> (World, usize, usize) {
    let mut world = before.clone();
    change(&mut world);
    let mut driver = Driver::new(settings());
    assert!(driver.settle(&mut world), "undisturbed, it does not settle");
    (world, driver.writes, driver.looks)
}

fn disturbed(before: &World, change: Change, faults: Faults) -> World {
    let mut world = before.clone();
    change(&mut world);
    let mut driver = Driver::new(settings());
    driver.faults = faults;
    assert!(driver.settle(&mut world), "{faults:?}: it does not settle");
    world
}

fn check_calls(world: &World, wanted: &World, faults: Faults) {
    // A call may be repeated, under its own id only.
    let ids = |world: &World| -> BTreeSet<String> {
        world.calls.iter().map(|(id, _)| id.clone()).collect()
    };
    let shapes = |world: &World| -> BTreeMap<String, usize> {
        let mut shapes = BTreeMap::new();
        for id in &ids(world) {
            let mut parts = id.rsplit('.');
            let (action, side) = (parts.next().unwrap(), parts.next().unwrap());
            if action != "config" {
                *shapes.entry(format!("{side}.{action}")).or_default() += 1;
            }
        }
        shapes
    };
    assert_eq!(shapes(world), shapes(wanted), "{faults:?}");
}

/// What a write is, as the contract's page names it.
fn named_write(request: &Request) -> Option<&'static str> {
    Some(match request {
        Request::Apply { .. } => "apply",
        Request::Project { .. } => "project",
        Request::Create { .. } => "create",
        Request::Delete { .. } => "delete",
        Request::WriteJournal { .. } => "journal",
        Request::DeleteJournal { .. } => "journal gone",
        Request::SetFinalizers { .. } => "finalizer",
        Request::PatchStatus { .. } => "status",
        Request::Emit(_) => "event",
        Request::Call(_) => "call",
        Request::Find(_)
        | Request::Read { .. }
        | Request::List { .. }
        | Request::ReadJournal { .. } => return None,
    })
}

fn enumerate(name: &str, before: &World, change: Change) -> (World, usize) {
    let (wanted, writes, looks) = undisturbed(before, change);
    let done = &wanted.requests[before.requests.len()..];
    let kinds: BTreeSet<&str> = done.iter().filter_map(named_write).collect();
    let kinds = kinds.into_iter().collect::<Vec<_>>().join(", ");
    let row = format!("| {name} | {kinds} |");
    assert!(PAGE.contains(&row), "the contract's page lacks `{row}`");
    let crashes =
        (1..=writes).map(|write| Faults { crash_after_write: Some(write), ..Faults::default() });
    let stale = (1..=looks).map(|look| Faults { stale_at_look: Some(look), ..Faults::default() });
    let mut points = 0;
    for faults in crashes.chain(stale) {
        let world = disturbed(before, change, faults);
        let (got, want) = (picture(&world), picture(&wanted));
        assert_eq!(got.2, want.2, "{name}, {faults:?}: events");
        assert_eq!(got.1, want.1, "{name}, {faults:?}: journals");
        assert_eq!(got.0, want.0, "{name}, {faults:?}: objects");
        check_calls(&world, &wanted, faults);
        points += 1;
    }
    assert!(points > writes && writes > 0, "{name}: {writes} writes");
    (wanted, points)
}

#[test]
fn every_life_converges_after_any_crash_and_any_stale_look() {
    let mut scene = start();
    scene.settle();
    let fresh = scene.world.clone();
    let (coupled, _) = enumerate("couple", &fresh, couple);
    assert!(coupled.objects.contains_key(&ObjectRef::config_map("app", "result")));
    assert!(coupled.objects.contains_key(&ObjectRef::secret("app", "orders-db")));
    assert!(is_bound(&coupled));
    let (updated, _) = enumerate("update", &coupled, update);
    enumerate("rename", &updated, rename);
    let (moved, _) = enumerate("change the socket", &coupled, move_away);
    assert!(moved.objects.contains_key(&ObjectRef::config_map("app", "for-other")));
    let (gone, _) = enumerate("delete the plug", &updated, delete_plug);
    assert!(!gone.objects.contains_key(&orders()) && gone.journals.len() == 1);
    assert!(!is_bound(&gone));
    let (waiting, _) = enumerate("delete the socket", &coupled, delete_socket);
    assert!(waiting.objects.contains_key(&orders()) && !waiting.objects.contains_key(&db()));
}

/// Runs the change until it crashes after `write`, then lets somebody change something else before the operator is back.
fn crashed_then(before: &World, change: Change, write: usize, next: Change) -> World {
    let mut world = before.clone();
    change(&mut world);
    let mut driver = Driver::new(settings());
    driver.faults.crash_after_write = Some(write);
    'life: for _ in 0..10 {
        for subject in world.subjects() {
            if driver.reconcile(&mut world, &subject) == operator::world::End::Crashed {
                break 'life;
            }
        }
    }
    next(&mut world);
    assert!(Driver::new(settings()).settle(&mut world), "after {write}: it does not settle");
    world
}

#[test]
fn a_plug_that_is_deleted_after_any_crash_leaves_nothing_of_its_own() {
    let mut scene = start();
    scene.settle();
    let fresh = scene.world.clone();
    let (coupled, writes, _) = undisturbed(&fresh, couple);
    let mut lives = vec![(fresh, couple as Change, writes)];
    for change in [update as Change, rename as Change, move_away as Change] {
        let (_, writes, _) = undisturbed(&coupled, change);
        lives.push((coupled.clone(), change, writes));
    }
    for (before, change, writes) in lives {
        for write in 1..=writes {
            let world = crashed_then(&before, change, write, delete_plug);
            let left: Vec<_> = world
                .objects
                .keys()
                .filter(|one| one.kind != "Socket" && one.name != "farewell" && **one != shop())
                .collect();
            assert!(left.is_empty(), "after write {write}: {left:?}");
            assert!(!is_bound(&world), "after write {write}: the Deployment is still bound");
            let journals = world.journals.values().all(|(_, journal)| journal.plug.is_none());
            assert!(journals, "after write {write}: a journal is left");
        }
    }
}

#[test]
fn two_crashes_in_a_row_converge_as_well() {
    let mut scene = start();
    scene.settle();
    let before = scene.world.clone();
    let (wanted, writes, _) = undisturbed(&before, couple);
    for first in 1..=writes {
        // The start of the second life is where it reads what the first one left.
        for second in 1..=3 {
            let mut world = before.clone();
            couple(&mut world);
            for write in [first, second] {
                let mut driver = Driver::new(settings());
                driver.faults.crash_after_write = Some(write);
                'life: for _ in 0..10 {
                    for subject in world.subjects() {
                        let end = driver.reconcile(&mut world, &subject);
                        if end == operator::world::End::Crashed {
                            break 'life;
                        }
                    }
                }
            }
            assert!(Driver::new(settings()).settle(&mut world));
            assert_eq!(picture(&world).2, picture(&wanted).2, "crashes after {first}, {second}");
            assert_eq!(picture(&world).0, picture(&wanted).0, "crashes after {first}, {second}");
        }
    }
}

//! A cluster that the Go operator ran: it is adopted as it stands, and nothing is fired again.

use operator::core::object::{FINALIZER, ObjectRef};
use operator::core::request::Request;
use serde_json::{Value, json};

use crate::scene::{Scene, config_map, db, made, map, orders, plug, socket};

/// As the Go operator leaves it: finalizers, conditions, references, plain results, objects without our label.
fn left_behind() -> Scene {
    let mut scene = Scene::new();
    let condition = |reason: &str, message: &str| {
        json!([{
            "type": "Coupled", "status": "True", "reason": reason, "message": message,
            "lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": 1
        }])
    };
    scene.world.write(socket(json!({
        "apparatus": {"endpoint": "http://somewhere", "containers": []},
        "resources": [made("for-socket", "plugConfig")]
    })));
    scene.world.write(plug(json!({
        "config": {"database": "orders"},
        "resources": [made("for-plug", "plugConfig"), json!({"when": ["created"], "template": {
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "hello"}
        }})]
    })));
    for name in ["for-socket", "for-plug", "hello"] {
        scene.world.write(map(name, json!({"database": "orders"})));
    }
    let reference = |scene: &Scene, kind: &str, name: &str, of: &ObjectRef| {
        json!({
            "apiVersion": "integration.rock8s.com/v1beta1", "kind": kind, "name": name,
            "namespace": "app", "uid": scene.object(of)["metadata"]["uid"]
        })
    };
    let to_socket = reference(&scene, "Socket", "db", &db());
    let to_plug = reference(&scene, "Plug", "orders", &orders());
    let finalize = |object: &mut Value| object["metadata"]["finalizers"] = json!([FINALIZER]);
    scene.world.edit(&orders(), |object| {
        finalize(object);
        object["status"] = json!({
            "conditions": condition("CouplingSucceeded", "coupling succeeded"),
            "coupledSocket": to_socket,
            "coupledResult": {"plug": {}, "socket": {"password": "hunter2"}, "observedGeneration": 1}
        });
    });
    scene.world.edit(&db(), |object| {
        finalize(object);
        object["status"] = json!({
            "conditions": condition("SocketCoupled", "1 plug coupled"), "coupledPlugs": [to_plug]
        });
    });
    scene
}

#[test]
fn a_coupling_is_adopted_without_firing_or_applying_anything() {
    let mut scene = left_behind();
    scene.settle();
    assert!(scene.is_coupled());
    assert!(scene.world.events.is_empty(), "{:?}", scene.told());
    let effects: Vec<_> = scene
        .world
        .requests
        .iter()
        .filter(|request| {
            matches!(
                request,
                Request::Apply { .. } | Request::Delete { .. } | Request::Create { .. }
            )
        })
        .collect();
    assert!(effects.is_empty(), "{effects:#?}");
    let actions: Vec<_> = scene.world.calls.iter().map(|(_, call)| call.action.as_str()).collect();
    assert!(actions.iter().all(|action| *action == "config"), "{actions:?}");
    let status = &scene.object(&orders())["status"];
    assert_eq!(status["conditions"][0]["lastTransitionTime"], "2026-01-01T00:00:00Z");
    assert!(!status.to_string().contains("hunter2"), "plain results go: {status}");
    assert_eq!(status["resources"], 2);
    scene.forget();
    scene.settle();
    assert!(scene.writes().is_empty(), "{:#?}", scene.writes());
}

#[test]
fn what_was_adopted_is_updated_and_decoupled_like_any_other() {
    let mut scene = left_behind();
    scene.settle();
    scene.world.edit(&orders(), |object| object["spec"]["config"]["database"] = json!("new"));
    scene.settle();
    assert_eq!(scene.object(&config_map("for-socket"))["data"]["database"], "new");
    assert_eq!(scene.told()["PlugUpdated"], 1);
    scene.world.delete(&orders());
    scene.settle();
    for name in ["for-socket", "for-plug"] {
        assert!(!scene.has(&config_map(name)), "{name}");
    }
}

#[test]
fn an_adopted_plug_can_be_deleted_before_it_was_looked_at() {
    let mut scene = left_behind();
    scene.world.delete(&orders());
    scene.settle();
    assert!(!scene.has(&orders()), "{:?}", scene.condition(&orders(), "Ready"));
    assert!(!scene.has(&config_map("for-socket")) && !scene.has(&config_map("for-plug")));
    assert_eq!(scene.told()["PlugDecoupled"], 1);
}

#[test]
fn a_lost_journal_is_made_anew_with_a_warning_and_without_an_update() {
    for delete in [false, true] {
        let mut scene = Scene::coupled();
        let name = scene.world.journals.keys().next().unwrap().clone();
        if delete {
            scene.world.journals.clear();
        } else {
            scene.world.lose_key_of(&name);
            // Something has to make it look.
            scene.world.edit(&orders(), |object| object["spec"]["epoch"] = json!("2"));
        }
        scene.settle();
        assert!(scene.is_coupled());
        let told = scene.told();
        assert_eq!(told["JournalLost"], 1);
        assert!(!told.contains_key("PlugUpdated"));
        scene.world.delete(&orders());
        scene.settle();
        assert!(!scene.has(&config_map("for-socket")));
    }
}

#[test]
fn a_dry_run_says_what_would_be_adopted_and_writes_nothing() {
    use operator::core::preview::{Does, preview};
    use operator::core::{Answer, Response, Step, Subject, step};

    let scene = left_behind();
    let mut world = scene.world.clone();
    let before = world.objects.clone();
    let mut answers: Vec<Answer> = Vec::new();
    let subject = Subject::Plug(world.objects[&orders()].clone());
    while let Step::Ask(requests) = step(&subject, &crate::scene::settings(), world.now, &answers) {
        for request in requests {
            let is_call = matches!(request, operator::core::Request::Call(_));
            let response = if request.is_write() && !is_call {
                Response::Written { uid: String::new(), resource_version: "0".to_owned() }
            } else {
                world.perform(&request)
            };
            answers.push(Answer { request, response });
        }
    }
    assert_eq!(world.objects, before);
    let writes: Vec<_> =
        answers.into_iter().map(|answer| answer.request).filter(Request::is_write).collect();
    let seen = preview(&orders(), &writes);
    assert_eq!(seen.does, Does::Adopt);
    assert!(seen.objects.is_empty() && seen.calls.is_empty());
    assert_eq!(seen.lines(), ["plug app/orders: adopt the coupling as it stands"]);
}

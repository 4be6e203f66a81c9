//! What crosses from one side to the other, and what nobody may learn.

use operator::core::object::ObjectRef;
use serde_json::json;

use crate::scene::{Scene, config_map, made, named, orders, plug, socket};

fn peeking() -> serde_json::Value {
    json!({"template": {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "peek"},
        "data": {
            "spec": "{% .plug.spec.data.password %}", "name": "{% .plug.metadata.name %}",
            "config": "{% .plugConfig.debug %}", "data": "{% .plugData.password %}"
        }
    }})
}

#[test]
fn templates_see_of_the_other_side_only_what_the_interface_lets_through() {
    let mut scene = Scene::new();
    let interface = json!({"config": {"plug": {"database": {}}}});
    scene.world.write(socket(json!({"interface": interface, "resources": [peeking()]})));
    scene.world.write(plug(json!({
        "data": {"password": "hunter2"}, "config": {"database": "d", "debug": "yes"}
    })));
    scene.settle();
    let seen = &scene.object(&config_map("peek"))["data"];
    let nothing = "<no value>";
    assert_eq!(
        *seen,
        json!({"spec": nothing, "name": "orders", "config": nothing, "data": nothing})
    );
    let warnings: Vec<_> =
        scene.world.events.values().filter(|event| event.reason == "KeysDropped").collect();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].message.contains("config `debug` is dropped"), "{}", warnings[0].message);
    assert!(scene.is_coupled());
}

#[test]
fn an_object_can_be_opened_by_its_owner() {
    let mut scene = Scene::new();
    scene.world.write(socket(json!({"resources": [peeking()]})));
    scene
        .world
        .write(plug(json!({"data": {"password": "hunter2"}, "compat": {"templates": "open"}})));
    scene.settle();
    assert_eq!(scene.object(&config_map("peek"))["data"]["spec"], "hunter2");
}

#[test]
fn a_socket_that_refuses_reads_like_one_that_is_not_there() {
    let asked = |name: &str| {
        named("Plug", "app", "orders", json!({"socket": {"name": name, "namespace": "infra"}}))
    };
    let message = |name: &str, offered: Option<serde_json::Value>| {
        let mut scene = Scene::new();
        if let Some(spec) = offered {
            scene.world.write(named("Socket", "infra", name, spec));
        }
        scene.world.write(asked(name));
        scene.settle();
        assert!(scene.world.journals.is_empty());
        let status = scene.object(&orders())["status"].clone();
        let warnings: Vec<_> = scene.world.events.values().map(|event| event.reason).collect();
        (status, warnings)
    };
    let absent = message("db", None);
    let (refused, told) = message("db", Some(json!({})));
    assert_eq!(absent.0, refused);
    assert_eq!(told.iter().filter(|reason| reason.starts_with("Plug")).count(), absent.1.len());
    let (blocked, _) =
        message("db", Some(json!({"validation": {"namespaceBlacklist": ["^app$"]}})));
    assert_eq!(absent.0, blocked);
    let full = json!({"limit": 0});
    assert_eq!(
        message("db", Some(full)).0,
        absent.0,
        "who may not couple does not learn of limits"
    );
}

#[test]
fn across_namespaces_a_list_or_a_grant_allows() {
    let couples = |spec: serde_json::Value, grant: bool| {
        let mut scene = Scene::new();
        scene.world.write(named("Socket", "infra", "db", spec));
        if grant {
            let group = "integration.rock8s.com";
            scene.world.write(json!({
                "apiVersion": "gateway.networking.k8s.io/v1beta1", "kind": "ReferenceGrant",
                "metadata": {"name": "grant", "namespace": "infra"},
                "spec": {
                    "from": [{"group": group, "kind": "Plug", "namespace": "app"}],
                    "to": [{"group": group, "kind": "Socket"}]
                }
            }));
        }
        let spec = json!({"socket": {"name": "db", "namespace": "infra"}});
        scene.world.write(named("Plug", "app", "orders", spec));
        scene.settle();
        scene.is_coupled()
    };
    assert!(!couples(json!({}), false));
    assert!(couples(json!({}), true));
    assert!(couples(json!({"validation": {"namespaceWhitelist": ["^app$"]}}), false));
    assert!(couples(json!({"compat": {"consent": "open"}}), false));
}

#[test]
fn a_value_cannot_break_out_of_its_place() {
    let mut scene = Scene::new();
    let evil = "\", \"injected\": \"yes\n---\nkind: Secret";
    scene.world.write(socket(json!({"resources": [made("safe", "plugConfig")]})));
    scene.world.write(plug(json!({"config": {"database": evil}})));
    scene.settle();
    let object = scene.object(&config_map("safe"));
    assert_eq!(object["data"], json!({"database": evil}));
    assert!(!scene.has(&ObjectRef::secret("app", "safe")));
}

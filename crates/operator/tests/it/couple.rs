//! Coupling: order, budget, what the statuses say, and that looking again does nothing.

use operator::core::Request;
use operator::core::object::{FINALIZER, ObjectRef};
use serde_json::json;

use crate::scene::{Scene, config_map, db, made, map, named, orders, plug, secret, socket};

#[test]
fn a_plug_and_a_socket_couple() {
    let scene = Scene::coupled();
    let (status, reason, message) = scene.condition(&orders(), "Coupled");
    assert_eq!((status.as_str(), reason.as_str()), ("True", "CouplingSucceeded"), "{message}");
    assert_eq!(scene.condition(&orders(), "Ready").0, "True");
    assert_eq!(scene.condition(&orders(), "Reconciling").0, "False");
    let plug = scene.object(&orders());
    assert_eq!(plug["metadata"]["finalizers"], json!([FINALIZER]));
    assert_eq!(plug["status"]["coupledSocket"]["uid"], scene.object(&db())["metadata"]["uid"]);
    assert_eq!(plug["status"]["phase"], "Coupled");
    assert_eq!(plug["status"]["resources"], 2);
    assert_eq!(scene.object(&config_map("for-socket"))["data"]["database"], "orders");
    let socket = scene.object(&db());
    assert_eq!(socket["status"]["coupledPlugsTotal"], 1);
    assert_eq!(socket["status"]["coupledPlugs"][0]["name"], "orders");
    let (status, reason, message) = scene.condition(&db(), "Coupled");
    assert_eq!((status.as_str(), reason.as_str()), ("True", "SocketCoupled"));
    assert_eq!(message, "1 plug coupled");
}

#[test]
fn one_coupling_costs_six_requests_three_events_and_two_reconciles() {
    let mut scene = Scene::new();
    scene.world.write(socket(json!({"resources": [made("for-socket", "plugConfig")]})));
    scene.settle();
    scene.forget();
    let events = scene.world.events.len();
    scene.world.write(plug(json!({"resources": [made("for-plug", "socketConfig")]})));
    let find = |scene: &Scene| {
        let subjects = scene.world.subjects();
        subjects.into_iter().find(|one| matches!(one, operator::core::Subject::Plug(_))).unwrap()
    };
    for _ in 0..2 {
        let subject = find(&scene);
        scene.driver.reconcile(&mut scene.world, &subject);
    }
    let requests = &scene.world.requests;
    let besides: Vec<_> =
        requests.iter().filter(|request| !matches!(request, Request::Emit(_))).collect();
    assert!(besides.len() <= 6, "{besides:#?}");
    assert!(scene.world.events.len() - events <= 3, "{:?}", scene.told());
    assert!(scene.is_coupled());
}

#[test]
fn the_journal_comes_before_the_first_effect_and_the_status_last() {
    let scene = Scene::coupled();
    let at = |fits: &dyn Fn(&Request) -> bool| scene.world.requests.iter().position(fits).unwrap();
    let journal = at(&|one| matches!(one, Request::WriteJournal { .. }));
    let applied = at(&|one| matches!(one, Request::Apply { .. }));
    let status = scene
        .world
        .requests
        .iter()
        .rposition(
            |one| matches!(one, Request::PatchStatus { subject, .. } if subject.object == orders()),
        )
        .unwrap();
    let last_journal = scene
        .world
        .requests
        .iter()
        .rposition(|one| matches!(one, Request::WriteJournal { .. }))
        .unwrap();
    assert!(journal < applied && applied < last_journal && last_journal < status);
    // Plug side first.
    let Request::Apply { object, .. } = &scene.world.requests[applied] else { panic!() };
    assert_eq!(object.0["metadata"]["name"], "for-plug");
}

#[test]
fn looking_again_writes_nothing() {
    let mut scene = Scene::coupled();
    scene.forget();
    scene.later(3_600);
    // A new driver is a restarted operator.
    scene.driver = operator::world::Driver::new(crate::scene::settings());
    scene.settle();
    assert!(scene.writes().is_empty(), "{:#?}", scene.writes());
    assert!(scene.world.requests.is_empty(), "{:#?}", scene.world.requests);
}

#[test]
fn an_edit_that_changes_nothing_writes_nothing() {
    let mut scene = Scene::coupled();
    scene.forget();
    for reference in [orders(), db()] {
        scene.world.edit(&reference, |object| object["metadata"]["labels"] = json!({"a": "b"}));
    }
    scene.settle();
    assert!(scene.writes().is_empty(), "{:#?}", scene.writes());
}

#[test]
fn both_configurations_are_checked_before_any_effect() {
    let mut scene = Scene::new();
    let interface = json!({"config": {"plug": {"database": {"required": true}}}});
    scene.world.write(socket(
        json!({"interface": interface, "resources": [made("for-socket", "plugConfig")]}),
    ));
    scene.world.write(plug(
        json!({"config": {"schema": "s"}, "resources": [made("for-plug", "socketConfig")]}),
    ));
    scene.settle();
    assert!(!scene.has(&config_map("for-plug")) && !scene.has(&config_map("for-socket")));
    assert!(scene.world.journals.is_empty());
    let (status, _, message) = scene.condition(&orders(), "Stalled");
    assert_eq!(status, "True");
    assert!(
        message.contains("socket app/db requires config `database`")
            && message.contains("plug app/orders sets schema")
            && message.contains("add spec.config.database"),
        "{message}"
    );
}

#[test]
fn configuration_comes_from_every_layer_and_the_later_one_wins() {
    let mut scene = Scene::new();
    let data = [("a", "secret"), ("b", "secret"), ("c", "secret"), ("d", "secret")];
    scene.world.write(secret("layers", &data));
    scene.world.write(map("layers", json!({"d": "map"})));
    scene.world.write(map("looked", json!({"x.y": "found"})));
    scene.world.write(socket(json!({"resources": [{"template": {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "seen"},
        "data": {"all": "{% .plugConfig.a %} {% .plugConfig.b %} {% .plugConfig.c %} {% .plugConfig.d %}"}
    }}]})));
    scene.world.write(plug(json!({
        "configSecretName": "layers", "config": {"b": "inline", "c": 5},
        "configTemplate": {"c": "{% .vars.v %}"}, "configConfigMapName": "layers",
        "vars": [{
            "name": "v",
            "objref": {"apiVersion": "v1", "kind": "ConfigMap", "templateName": "{% \"looked\" %}"},
            "fieldref": {"fieldPath": "data.x\\.y"}
        }],
    })));
    scene.settle();
    assert_eq!(scene.object(&config_map("seen"))["data"]["all"], "secret inline found map");
}

#[test]
fn a_socket_that_comes_late_is_noticed() {
    let mut scene = Scene::new();
    scene.world.write(plug(json!({})));
    scene.settle();
    let (status, reason, message) = scene.condition(&orders(), "Coupled");
    assert_eq!((status.as_str(), reason.as_str()), ("False", "SocketNotCreated"));
    assert!(message.starts_with("waiting for socket to be created: "), "{message}");
    assert!(message.contains("create socket app/db"), "{message}");
    scene.world.write(socket(json!({})));
    scene.settle();
    assert!(scene.is_coupled());
}

#[test]
fn a_template_that_renders_to_nothing_skips_its_resource() {
    let mut scene = Scene::new();
    scene.world.write(socket(json!({"resources": [{"stringTemplate":
        "{%- if .plugConfig.schedule %}\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: job}\n{%- end %}\n"
    }]})));
    scene.world.write(plug(json!({})));
    scene.settle();
    assert!(scene.is_coupled());
    assert!(!scene.has(&config_map("job")));
    scene.edit(&orders(), json!({"socket": {"name": "db"}, "config": {"schedule": "daily"}}));
    scene.settle();
    assert!(scene.has(&config_map("job")));
}

#[test]
fn a_selector_chooses_the_oldest_socket_with_room() {
    let mut scene = Scene::new();
    let mut first = named("Socket", "app", "full", json!({"limit": 0}));
    first["metadata"]["labels"] = json!({"tier": "db"});
    scene.world.write(first);
    scene.later(10);
    let mut second = socket(json!({}));
    second["metadata"]["labels"] = json!({"tier": "db"});
    scene.world.write(second);
    scene.later(10);
    let mut third = named("Socket", "app", "a-newer", json!({}));
    third["metadata"]["labels"] = json!({"tier": "db"});
    scene.world.write(third);
    let spec = json!({"socketSelector": {"matchLabels": {"tier": "db"}}});
    scene.world.write(named("Plug", "app", "orders", spec));
    scene.settle();
    assert!(scene.is_coupled());
    assert_eq!(scene.object(&orders())["status"]["coupledSocket"]["name"], "db");
}

#[test]
fn a_limit_is_kept_and_a_freed_place_is_taken() {
    let mut scene = Scene::new();
    scene.world.write(socket(json!({"limit": 1})));
    scene.world.write(plug(json!({})));
    scene.settle();
    let spec = json!({"socket": {"name": "db"}});
    scene.world.write(named("Plug", "app", "late", spec));
    scene.settle();
    let late = ObjectRef::plug("app", "late");
    let (status, _, message) = scene.condition(&late, "Ready");
    assert_eq!(status, "False");
    assert!(message.contains("socket app/db takes no more plugs"), "{message}");
    scene.world.delete(&orders());
    scene.settle();
    assert_eq!(scene.condition(&late, "Coupled").0, "True");
}

#[test]
fn a_paused_plug_is_left_alone() {
    let mut scene = Scene::new();
    scene.world.write(socket(json!({})));
    let mut paused = plug(json!({}));
    paused["metadata"]["annotations"] = json!({"midplane.io/paused": "true"});
    scene.world.write(paused);
    scene.settle();
    assert!(scene.object(&orders())["status"].is_null());
    scene.world.edit(&orders(), |object| object["metadata"]["annotations"] = json!({}));
    scene.settle();
    assert!(scene.is_coupled());
}

#[test]
fn two_plugs_of_one_socket_get_their_own_values() {
    let mut scene = Scene::new();
    let name = json!({"template": {
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "for-{% .plug.metadata.name %}"},
        "data": {"url": "{% .plugConfig.name %}@{% .plug.metadata.name %}"}
    }});
    scene.world.write(socket(json!({"resources": [name]})));
    for plug in ["one", "two"] {
        let spec = json!({"socket": {"name": "db"}, "config": {"name": plug}});
        scene.world.write(named("Plug", "app", plug, spec));
    }
    scene.settle();
    assert_eq!(scene.object(&config_map("for-one"))["data"]["url"], "one@one");
    assert_eq!(scene.object(&config_map("for-two"))["data"]["url"], "two@two");
    assert_eq!(scene.object(&db())["status"]["coupledPlugsTotal"], 2);
}

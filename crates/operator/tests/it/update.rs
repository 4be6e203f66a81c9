//! Updates: what fires them, what they make and remove, and what they leave alone.

use serde_json::json;

use crate::scene::{Scene, config_map, db, made, map, orders, plug, socket, with};

#[test]
fn a_changed_configuration_updates_both_sides_once() {
    let mut scene = Scene::coupled();
    let spec =
        with(scene.object(&orders())["spec"].clone(), json!({"config": {"database": "new"}}));
    scene.edit(&orders(), spec);
    scene.settle();
    assert_eq!(scene.object(&config_map("for-socket"))["data"]["database"], "new");
    let told = scene.told();
    assert_eq!((told["PlugUpdated"], told["SocketUpdated"]), (1, 1));
    assert_eq!((told["PlugCoupled"], told["SocketCoupled"]), (1, 1));
    scene.edit(&db(), with(scene.object(&db())["spec"].clone(), json!({"config": {"host": "h"}})));
    scene.settle();
    assert_eq!(scene.told()["PlugUpdated"], 2);
}

#[test]
fn a_changed_epoch_and_a_changed_source_update() {
    let mut scene = Scene::new();
    scene.world.write(map("source", json!({"database": "one"})));
    scene.world.write(socket(json!({"resources": [made("for-socket", "plugConfig")]})));
    scene.world.write(plug(json!({"configConfigMapName": "source"})));
    scene.settle();
    scene.world.write(map("source", json!({"database": "two"})));
    scene.settle();
    assert_eq!(scene.object(&config_map("for-socket"))["data"]["database"], "two");
    assert_eq!(scene.told()["PlugUpdated"], 1);
    let spec = with(scene.object(&orders())["spec"].clone(), json!({"epoch": "2"}));
    scene.edit(&orders(), spec);
    scene.settle();
    assert_eq!(scene.told()["PlugUpdated"], 2);
}

#[test]
fn a_renamed_template_orphans_nothing() {
    let mut scene = Scene::coupled();
    scene.edit(&db(), json!({"resources": [made("renamed", "plugConfig")]}));
    scene.settle();
    assert!(scene.has(&config_map("renamed")) && !scene.has(&config_map("for-socket")));
    assert!(scene.has(&config_map("for-plug")));
    assert_eq!(scene.object(&orders())["status"]["resources"], 2);
}

#[test]
fn what_only_coupling_makes_outlives_an_update() {
    let mut scene = Scene::new();
    let once = with(made("once", "plugConfig"), json!({"when": ["coupled"]}));
    scene.world.write(socket(json!({"resources": [once]})));
    scene.world.write(plug(json!({"config": {"database": "one"}})));
    scene.settle();
    let spec = json!({"socket": {"name": "db"}, "config": {"database": "two"}});
    scene.edit(&orders(), spec);
    scene.settle();
    assert_eq!(scene.object(&config_map("once"))["data"]["database"], "one");
}

#[test]
fn recreate_makes_a_new_object_once_for_each_pass() {
    let mut scene = Scene::new();
    let again = with(made("again", "plugConfig"), json!({"do": "recreate"}));
    scene.world.write(socket(json!({"resources": [again]})));
    scene.world.write(plug(json!({"config": {"database": "one"}})));
    scene.settle();
    let first = scene.object(&config_map("again"))["metadata"]["uid"].clone();
    scene.settle();
    assert_eq!(scene.object(&config_map("again"))["metadata"]["uid"], first);
    scene.edit(&orders(), json!({"socket": {"name": "db"}, "config": {"database": "two"}}));
    scene.settle();
    assert_ne!(scene.object(&config_map("again"))["metadata"]["uid"], first);
    assert_eq!(scene.object(&config_map("again"))["data"]["database"], "two");
}

#[test]
fn delete_removes_what_it_names() {
    let mut scene = Scene::new();
    scene.world.write(map("old", json!({"a": "b"})));
    let gone = with(made("old", "plugConfig"), json!({"do": "delete"}));
    scene.world.write(socket(json!({"resources": [gone]})));
    scene.world.write(plug(json!({})));
    scene.settle();
    assert!(scene.is_coupled() && !scene.has(&config_map("old")));
}

#[test]
fn an_object_that_somebody_removed_is_made_again_without_an_update() {
    let mut scene = Scene::coupled();
    scene.world.delete(&config_map("for-socket"));
    scene.settle();
    assert_eq!(scene.object(&config_map("for-socket"))["data"]["database"], "orders");
    assert!(!scene.told().contains_key("PlugUpdated"));
}

#[test]
fn an_update_that_cannot_be_valid_leaves_what_is_there() {
    let mut scene = Scene::coupled();
    let interface = json!({"config": {"plug": {"must": {"required": true}}}});
    let spec = with(scene.object(&db())["spec"].clone(), json!({"interface": interface}));
    scene.edit(&db(), spec);
    scene.settle();
    assert_eq!(scene.condition(&orders(), "Stalled").0, "True");
    assert_eq!(scene.object(&config_map("for-socket"))["data"]["database"], "orders");
    scene.edit(&db(), json!({"resources": [made("for-socket", "plugConfig")]}));
    scene.settle();
    assert!(scene.is_coupled());
    assert_eq!(scene.condition(&orders(), "Failed").0, "");
}

#[test]
fn changing_the_socket_decouples_from_the_old_one_first() {
    let mut scene = Scene::coupled();
    let other = crate::scene::named(
        "Socket",
        "app",
        "other",
        json!({"resources": [made("for-other", "plugConfig")]}),
    );
    scene.world.write(other);
    scene.settle();
    let spec = with(scene.object(&orders())["spec"].clone(), json!({"socket": {"name": "other"}}));
    scene.edit(&orders(), spec);
    scene.settle();
    assert!(scene.has(&config_map("for-other")) && !scene.has(&config_map("for-socket")));
    assert_eq!(scene.object(&orders())["status"]["coupledSocket"]["name"], "other");
    assert_eq!(scene.object(&db())["status"]["coupledPlugsTotal"], 0);
    let told = scene.told();
    assert_eq!((told["PlugDecoupled"], told["SocketDecoupled"], told["PlugCoupled"]), (1, 1, 2));
    let away = with(scene.object(&orders())["spec"].clone(), json!({"socket": {"name": "none"}}));
    scene.edit(&orders(), away);
    scene.settle();
    assert_eq!(scene.condition(&orders(), "Coupled").1, "SocketNotCreated");
    assert!(!scene.has(&config_map("for-other")) && !scene.has(&config_map("for-plug")));
    assert!(scene.world.journals.is_empty());
}

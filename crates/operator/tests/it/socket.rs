//! Sockets on their own: counting, bounded lists, bad expressions.

use serde_json::json;

use crate::scene::{Scene, db, named, orders, plug, socket};

#[test]
fn a_status_lists_at_most_a_thousand_plugs_and_counts_all() {
    let mut scene = Scene::new();
    scene.world.write(socket(json!({})));
    scene.settle();
    let uid = scene.object(&db())["metadata"]["uid"].clone();
    for number in 0..1_100 {
        let mut coupled = named("Plug", "app", &format!("p{number}"), json!({}));
        coupled["status"] = json!({"coupledSocket": {"uid": uid}});
        coupled["metadata"]["annotations"] = json!({"midplane.io/paused": "true"});
        scene.world.write(coupled);
    }
    scene.settle();
    let status = &scene.object(&db())["status"];
    assert_eq!(status["coupledPlugsTotal"], 1_100);
    assert_eq!(status["coupledPlugs"].as_array().unwrap().len(), 1_000);
    assert_eq!(scene.condition(&db(), "Coupled").2, "1100 plugs coupled");
}

#[test]
fn an_expression_that_cannot_be_read_stalls_the_socket_and_not_its_plugs() {
    let mut scene = Scene::new();
    scene.world.write(socket(json!({"validation": {"namespaceWhitelist": ["("]}})));
    scene.world.write(plug(json!({})));
    scene.settle();
    assert!(scene.is_coupled());
    let (status, reason, message) = scene.condition(&db(), "Stalled");
    assert_eq!((status.as_str(), reason.as_str()), ("True", "ExpressionBad"));
    assert!(message.contains("socket app/db spec.validation.namespaceWhitelist[0]"), "{message}");
    assert_eq!(scene.object(&db())["status"]["coupledPlugsTotal"], 1);
}

#[test]
fn an_empty_socket_says_so_and_goes_at_once() {
    let mut scene = Scene::new();
    scene.world.write(socket(json!({})));
    scene.settle();
    assert_eq!(scene.condition(&db(), "Coupled").1, "SocketEmpty");
    assert_eq!(scene.condition(&db(), "Ready").0, "True");
    assert_eq!(scene.told()["SocketCreated"], 1);
    scene.world.delete(&db());
    scene.settle();
    assert!(!scene.has(&db()) && !scene.has(&orders()));
    assert_eq!(scene.told()["SocketDeleted"], 1);
}

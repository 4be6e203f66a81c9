//! `explain`: where keys come from, the first cause, what would change, and what stays hidden.

use operator::core::explain::{Explanation, explain};
use operator::core::flow::{Answer, Look};
use operator::core::object::ObjectRef;
use operator::core::request::{Cause, Find, Refusal, Request, Response};
use serde_json::json;

use crate::scene::{Scene, config_map, db, made, map, named, orders, plug, settings, socket};

/// Explains with the rights of somebody who may not see `hidden`.
fn explained(scene: &Scene, reference: &ObjectRef, hidden: Option<&ObjectRef>) -> Explanation {
    let object = scene.object(reference).clone();
    let mut world = scene.world.clone();
    let mut answers: Vec<Answer> = Vec::new();
    loop {
        match explain(&object, &settings(), world.now, &answers) {
            Look::Seen(explanation) => return explanation,
            Look::Ask(requests) => answers.extend(requests.into_iter().map(|request| {
                assert!(!request.is_write(), "explaining writes: {request:?}");
                let is_hidden = match (&request, hidden) {
                    (Request::Read { object, .. }, Some(hidden)) => object == hidden,
                    (Request::Find(Find::Socket { namespace, name }), Some(hidden)) => {
                        ObjectRef::socket(namespace, name) == *hidden
                    }
                    _ => false,
                };
                let response = if is_hidden {
                    let message = "forbidden".to_owned();
                    Response::Refused(Refusal { cause: Cause::Forbidden, message })
                } else {
                    world.perform(&request)
                };
                Answer { request, response }
            })),
        }
    }
}

fn database() -> Scene {
    let mut scene = Scene::new();
    scene.world.write(map("more", json!({"database": "lost"})));
    scene.world.write(socket(json!({
        "interface": {"config": {
            "plug": {"database": {"required": true}, "schema": {"default": "public"}},
            "socket": {"host": {}}
        }},
        "config": {"host": "h"}, "resultTemplate": {"url": "{% .plugConfig.database %}"},
        "resources": [made("for-socket", "plugConfig")]
    })));
    scene.world.write(plug(json!({
        "config": {"database": "inline", "debug": true},
        "configTemplate": {"database": "{% .plug.metadata.name %}"},
        "publishSecret": {}, "resources": [made("for-plug", "plugConfig")]
    })));
    scene.settle();
    scene
}

#[test]
fn a_coupled_plug_shows_where_each_key_came_from_and_where_results_go() {
    let scene = database();
    let lines = explained(&scene, &orders(), None).lines(true);
    let hash = scene.object(&orders())["status"]["hash"].as_str().unwrap()[..8].to_owned();
    assert_eq!(
        lines,
        [
            &*format!("coupled to socket app/db since 1970-01-12T13:46:40Z (hash {hash})"),
            "config.database    from spec.configTemplate of the plug (over spec.config) -> required by the interface",
            "config.schema      default of the interface",
            "config.host        from spec.config of the socket",
            "result.url         from spec.resultTemplate of the socket -> Secret app/orders-db key url",
            "dropped            config.debug of the plug: not declared by the interface",
            "would change       nothing",
            "made by plug app/orders",
            "  ConfigMap app/for-plug (from spec.resources[0].template): as wanted",
            "made by socket app/db",
            "  ConfigMap app/for-socket (from spec.resources[0].template): as wanted",
        ]
    );
}

#[test]
fn what_would_change_is_found_by_comparing() {
    let mut scene = database();
    scene.world.edit(&config_map("for-plug"), |object| object["data"]["database"] = json!("x"));
    scene.world.delete(&config_map("for-socket"));
    let seen = explained(&scene, &orders(), None);
    assert_eq!(
        seen.would_change,
        ["change ConfigMap app/for-plug at data.database", "make ConfigMap app/for-socket"]
    );
    scene.edit(&orders(), json!({"socket": {"name": "db"}, "config": {"database": "x"}}));
    let seen = explained(&scene, &orders(), None);
    assert_eq!(seen.would_change[0], "the last edit has not been looked at yet");
}

#[test]
fn a_plug_that_is_not_coupled_names_the_cause_and_the_next_step() {
    let mut scene = database();
    scene.world.write(named(
        "Plug",
        "app",
        "reports",
        json!({
            "socket": {"name": "db"}, "config": {"schema": "s", "debug": "1"}
        }),
    ));
    scene.settle();
    let reports = ObjectRef::plug("app", "reports");
    let lines = explained(&scene, &reports, None).lines(false);
    assert_eq!(
        lines[..3],
        [
            "not coupled: socket app/db requires config `database` of the plug; plug app/reports sets debug, schema",
            "  at plug app/reports spec.config (MP-OP-10)",
            "  next: add spec.config.database to plug app/reports",
        ]
    );
}

#[test]
fn what_the_caller_may_not_see_reads_like_what_is_not_there() {
    let mut scene = Scene::new();
    let asked =
        named("Plug", "app", "orders", json!({"socket": {"name": "db", "namespace": "infra"}}));
    scene.world.write(asked);
    scene.settle();
    let absent = explained(&scene, &orders(), None);
    scene.world.write(named("Socket", "infra", "db", json!({})));
    let hidden = explained(&scene, &orders(), Some(&ObjectRef::socket("infra", "db")));
    assert_eq!(absent, hidden);
    let refused = explained(&scene, &orders(), None);
    assert_eq!(absent.cause, refused.cause);

    let scene = database();
    let seen = explained(&scene, &orders(), Some(&db()));
    assert_eq!(seen.cause, None);
    assert!(
        seen.lines(true).contains(
            &"socket app/db: not shown to you: what comes from it is left out".to_owned()
        )
    );
    let seen = explained(&scene, &orders(), Some(&config_map("for-socket")));
    assert!(seen.would_change.is_empty());
    assert!(seen.lines(true).iter().any(|line| line.ends_with(": not shown to you")));
}

#[test]
fn a_socket_shows_its_contract_and_its_plugs() {
    let mut scene = database();
    scene.world.write(named("Plug", "app", "reports", json!({"socket": {"name": "db"}})));
    scene.settle();
    let lines = explained(&scene, &db(), None).lines(true);
    assert_eq!(lines[0], "socket app/db: 1 coupled");
    assert!(
        lines
            .contains(&"config.database    from spec.interface of the plug -> required".to_owned()),
        "{lines:#?}"
    );
    assert!(lines.contains(&"plug app/orders: coupled".to_owned()));
    assert!(lines.contains(&"plug app/reports: not coupled: explain it to see why".to_owned()));
}

#[test]
fn no_value_is_ever_shown() {
    let mut scene = Scene::new();
    scene.world.write(crate::scene::secret("s", &[("password", "hunter2")]));
    scene.world.write(socket(json!({"resources": [made("x", "plugConfig")]})));
    scene.world.write(plug(json!({"configSecretName": "s", "result": {"r": "hunter2"}})));
    scene.settle();
    let seen = explained(&scene, &orders(), None);
    assert!(seen.config.iter().any(|key| key.key == "password"));
    assert!(!serde_json::to_string(&seen).unwrap().contains("hunter2"));
    assert!(!seen.lines(true).join("\n").contains("hunter2"));
}

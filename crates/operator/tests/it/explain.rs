//! `explain`: where keys come from, the first cause, what would change, and what stays hidden.

use operator::core::explain::{Explanation, explain};
use operator::core::flow::{Answer, Look};
use operator::core::object::ObjectRef;
use operator::core::request::{Action, Cause, Find, Refusal, Reply, Request, Response};
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
            "config.database    from spec.configTemplate (line 17) of the plug (over spec.config) -> required by the interface",
            "config.schema      default of the interface",
            "config.host        from spec.config (line 14) of the socket",
            "result.url         from spec.resultTemplate (line 33) of the socket -> Secret app/orders-db key url",
            "dropped            config.debug of the plug: not declared by the interface",
            "would change       nothing",
            "made by plug app/orders",
            "  ConfigMap app/for-plug (from spec.resources[0].template, line 20): as wanted",
            "made by socket app/db",
            "  ConfigMap app/for-socket (from spec.resources[0].template, line 25): as wanted",
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
        lines.contains(
            &"config.database    from spec.interface (line 18) of the plug -> required".to_owned()
        ),
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

fn with_apparatus() -> Scene {
    let mut scene = Scene::new();
    scene.world.write(socket(json!({
        "interface": {"config": {"plug": {"realm": {}}, "socket": {"issuer": {"required": true}}}},
        "apparatus": {"endpoint": "http://door.example/socket"},
        "resources": [made("for-socket", "socketConfig")]
    })));
    scene.world.write(plug(json!({
        "config": {"realm": "r"}, "resources": [made("for-plug", "plugConfig")], "publishSecret": {}
    })));
    let issuer = std::collections::BTreeMap::from([("issuer".to_owned(), "i".to_owned())]);
    scene.world.replies.insert((db(), Action::Config), Reply::Config(issuer));
    scene
}

#[test]
fn behind_an_apparatus_calls_and_objects_are_shown_all_the_same() {
    let mut scene = with_apparatus();
    let result = std::collections::BTreeMap::from([("id".to_owned(), "7".to_owned())]);
    scene.world.replies.insert((db(), Action::Coupled), Reply::Done { result: Some(result) });
    scene.settle();
    let seen = explained(&scene, &orders(), None);
    assert_eq!(seen.cause, None);
    let lines = seen.lines(true);
    for line in [
        "config.issuer      from apparatus /config, which is not asked here of the socket -> required by the interface",
        "result.id          given by the socket -> Secret app/orders-db key id",
        "apparatus of socket app/db at http://door.example/socket",
        "  /created: answered",
        "  /config: answered",
        "  /coupled: answered",
        "made by socket app/db",
    ] {
        assert!(lines.contains(&line.to_owned()), "{line}: {lines:#?}");
    }
    assert!(
        lines
            .iter()
            .any(|line| line.contains("ConfigMap app/for-socket") && line.ends_with(": there")),
        "{lines:#?}"
    );
}

#[test]
fn a_call_that_fails_is_the_first_cause_with_its_whole_message() {
    for (action, before) in [(Action::Created, 0), (Action::Config, 1), (Action::Coupled, 2)] {
        let mut scene = with_apparatus();
        let message =
            format!("http://door.example/socket/{}: answered 500: no such realm", action.as_str());
        let failed = Reply::Failed { message: message.clone(), passes: true };
        scene.world.replies.insert((db(), action), failed);
        scene.settle();
        let seen = explained(&scene, &db(), None);
        if action == Action::Created {
            assert_eq!(seen.cause.expect("a cause").code, "MP-OP-15");
        }
        let seen = explained(&scene, &orders(), None);
        let lines = seen.lines(true);
        let state = |name: &str| {
            let at = format!("  /{name}: ");
            let line = lines.iter().find(|line| line.starts_with(&at));
            line.map(|line| line[at.len()..].to_owned()).unwrap_or_default()
        };
        let calls = ["created", "config", "coupled"].map(state);
        assert_eq!(calls[before], format!("failed: {message}"), "{lines:#?}");
        assert!(calls[..before].iter().all(|state| state == "answered"), "{lines:#?}");
        assert!(calls[before + 1..].iter().all(|state| state == "not called yet"), "{lines:#?}");
        if action != Action::Created {
            let cause = seen.cause.expect("a cause");
            assert_eq!((cause.code, cause.object.as_str()), ("MP-OP-15", "socket app/db"));
            assert_eq!(seen.tree[0].state, "first cause");
            assert!(seen.tree[0].what.ends_with(&message), "{:?}", seen.tree[0]);
        }
    }
}

#[test]
fn what_the_operator_met_is_the_cause_when_the_reader_meets_nothing() {
    let mut scene = Scene::new();
    let account = operator::core::object::Account::service("app", "default");
    scene.world.refuse(account, config_map("x"), Cause::Forbidden);
    scene.world.write(socket(json!({"resources": [made("x", "plugConfig")]})));
    scene.world.write(plug(json!({})));
    scene.settle();
    scene.world.forgive();
    let seen = explained(&scene, &orders(), None);
    let cause = seen.cause.expect("a cause");
    assert_eq!((cause.code, cause.reason), ("MP-OP-04", "ObjectForbidden"));
    assert_eq!(cause.field, "spec.resources[0].template");
    // An edit that nobody has looked at may have cured it.
    scene.edit(&orders(), json!({"socket": {"name": "db"}, "epoch": "2"}));
    assert_eq!(explained(&scene, &orders(), None).cause, None);
}

#[test]
fn a_reader_without_rights_to_the_sources_is_not_told_of_a_fault() {
    let mut scene = Scene::new();
    scene.world.write(crate::scene::secret("seed", &[("password", "p")]));
    scene.world.write(socket(json!({
        "configSecretName": "seed", "resultTemplate": {"url": "{% .socketConfig.password %}"}
    })));
    scene.world.write(plug(json!({"publishSecret": {}})));
    scene.settle();
    let hidden = ObjectRef::secret("app", "seed");
    let seen = explained(&scene, &orders(), Some(&hidden));
    assert_eq!(seen.cause, None);
    let lines = seen.lines(true);
    assert!(
        lines.contains(
            &"result.url         given by the socket -> Secret app/orders-db key url".to_owned()
        ),
        "{lines:#?}"
    );
    assert!(
        lines.iter().any(|line| line.starts_with("Secret app/seed: not shown to you")),
        "{lines:#?}"
    );
}

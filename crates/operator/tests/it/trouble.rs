//! Every False condition and every Warning names kind, namespace/name, field and next step.

use operator::core::object::{Account, ObjectRef};
use operator::core::request::{Action, Cause, Reply, Request, Severity};
use operator::core::trouble::Kind;
use serde_json::{Value, json};

use crate::scene::{Scene, config_map, db, made, map, named, orders, plug, socket};

/// Worlds that go wrong, by the kind of trouble that must be told.
#[expect(clippy::too_many_lines, reason = "a table with one entry for each kind")]
fn wrong() -> Vec<(Kind, Scene)> {
    let mut all = Vec::new();
    let mut add = |kind: Kind, prepare: &dyn Fn(&mut Scene)| {
        let mut scene = Scene::new();
        prepare(&mut scene);
        scene.settle();
        all.push((kind, scene));
    };
    let simple = |kind: Kind, offered: Value, asked: Value| {
        let mut scene = Scene::new();
        scene.world.write(socket(offered));
        scene.world.write(plug(asked));
        scene.settle();
        (kind, scene)
    };
    let account = Account::service("app", "default");

    add(Kind::ObjectForbidden, &|scene| {
        scene.world.refuse(account.clone(), config_map("x"), Cause::Forbidden);
        scene.world.write(socket(json!({"resources": [made("x", "plugConfig")]})));
        scene.world.write(plug(json!({})));
    });
    add(Kind::ObjectRefused, &|scene| {
        scene.world.refuse(account.clone(), config_map("x"), Cause::Invalid);
        scene.world.write(socket(json!({"resources": [made("x", "plugConfig")]})));
        scene.world.write(plug(json!({})));
    });
    add(Kind::ClusterUnavailable, &|scene| {
        scene.world.refuse(account.clone(), config_map("x"), Cause::Unavailable);
        scene.world.write(socket(json!({"resources": [made("x", "plugConfig")]})));
        scene.world.write(plug(json!({})));
    });
    add(Kind::ValueNotText, &|scene| {
        scene.world.write(json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "raw", "namespace": "app"},
            "data": {"k": "//79"}
        }));
        scene.world.write(socket(json!({})));
        scene.world.write(plug(json!({"configSecretName": "raw"})));
    });
    add(Kind::FieldMissing, &|scene| {
        scene.world.write(map("there", json!({})));
        scene.world.write(socket(json!({})));
        let objref = json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "there"});
        let var = json!({"name": "v", "objref": objref, "fieldref": {"fieldPath": "data.k"}});
        scene.world.write(plug(json!({"vars": [var]})));
    });
    add(Kind::LimitReached, &|scene| {
        scene.world.write(socket(json!({"limit": 0})));
        scene.world.write(plug(json!({})));
    });
    add(Kind::ApparatusFailed, &|scene| {
        let failed = Reply::Failed { message: "status 500".to_owned(), passes: true };
        scene.world.replies.insert((db(), Action::Coupled), failed);
        scene.world.write(socket(json!({"apparatus": {"endpoint": "http://x"}})));
        scene.world.write(plug(json!({})));
    });
    add(Kind::DecoupleStuck, &|scene| {
        scene.world.write(socket(json!({"resources": [made("x", "plugConfig")]})));
        scene.world.write(plug(json!({})));
        scene.settle();
        scene.world.refuse(account.clone(), config_map("x"), Cause::Forbidden);
        scene.world.delete(&orders());
    });
    add(Kind::DeletionForced, &|scene| {
        scene.world.write(socket(json!({"resources": [made("x", "plugConfig")]})));
        let mut asked = plug(json!({}));
        asked["metadata"]["annotations"] = json!({"midplane.io/force": "0"});
        scene.world.write(asked);
        scene.settle();
        scene.world.refuse(account.clone(), config_map("x"), Cause::Forbidden);
        scene.world.delete(&orders());
    });
    add(Kind::JournalLost, &|scene| {
        scene.world.write(socket(json!({})));
        scene.world.write(plug(json!({})));
        scene.settle();
        scene.world.journals.clear();
    });
    add(Kind::NamespaceGoing, &|scene| {
        scene.world.write(socket(json!({"resources": [{"template": {
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "gone"}
        }}]})));
        scene.world.going.insert("gone".to_owned());
        scene.world.write(plug(json!({})));
    });
    add(Kind::SocketMissing, &|scene| {
        scene.world.write(plug(json!({})));
    });
    add(Kind::ResultLate, &|scene| {
        let objref = json!({"apiVersion": "batch/v1", "kind": "Job", "name": "j"});
        let wait = json!({"timeoutSeconds": 1, "objects": [{"objref": objref}]});
        scene.world.write(socket(json!({"resultWait": wait})));
        scene.world.write(plug(json!({})));
        scene.settle();
        scene.later(2);
    });

    let required = json!({"config": {"plug": {"k": {"required": true}}}});
    let declared = json!({"config": {"plug": {}}});
    all.extend([
        simple(Kind::KeyMissing, json!({"interface": required}), json!({})),
        simple(Kind::KeysDropped, json!({"interface": declared}), json!({"config": {"a": "b"}})),
        simple(Kind::SpecUnreadable, json!({}), json!({"config": {"a": []}})),
        simple(Kind::SpecUnreadable, json!({"resources": [{"do": "explode"}]}), json!({})),
        simple(Kind::AccountRefused, json!({}), json!({"serviceAccountName": "system:admin"})),
        simple(Kind::ObjectMissing, json!({}), json!({"configSecretName": "none"})),
        simple(Kind::TemplateRefused, json!({}), json!({"configTemplate": {"a": "{% nope %}"}})),
        simple(
            Kind::TemplateRefused,
            json!({"resources": [{"stringTemplate": "a: [", "when": ["coupled"]}]}),
            json!({}),
        ),
        simple(
            Kind::ExpressionBad,
            json!({"validation": {"namespaceBlacklist": ["("]}}),
            json!({}),
        ),
        simple(Kind::ResultUnknown, json!({}), json!({"publishSecret": {"keys": {"a": "none"}}})),
    ]);
    all
}

/// The parts that a reader needs.
#[track_caller]
fn check_text(text: &str, kind: Kind) {
    let names_an_object = ["plug app/", "socket app/", "DeferredResource app/"]
        .iter()
        .any(|name| text.contains(name));
    let field = ["spec", "status.", "metadata."].iter().any(|field| text.contains(field));
    let next =
        text.split_once("Next: ").is_some_and(|(_, next)| next.split_whitespace().next().is_some());
    assert!(names_an_object && field && next, "{kind:?}: {text}");
}

/// Everything that was ever written or told in a scene, not only what stands at its end.
#[track_caller]
fn walk(scene: &Scene, kind: Kind) {
    for request in &scene.world.requests {
        let Request::PatchStatus { status, .. } = request else { continue };
        for condition in status["conditions"].as_array().into_iter().flatten() {
            let text = |key: &str| condition[key].as_str().unwrap_or_default();
            // What is settled or counted needs no next step.
            let good = match text("reason") {
                "CouplingSucceeded" | "SocketEmpty" | "Success" => true,
                "SocketCoupled" => text("message").ends_with(" coupled"),
                _ => false,
            };
            let opposite = matches!(text("type"), "Stalled" | "Reconciling");
            if !good && (text("status") == "False" || text("type") == "Failed" || opposite) {
                check_text(text("message"), kind);
            }
        }
    }
    for event in scene.world.events.values() {
        if event.severity == Severity::Warning {
            check_text(&event.message, kind);
            assert!(event.message.contains("(MP-OP-"), "{}", event.message);
        }
    }
}

/// Lives that go well also have moments at which something is not so yet.
#[test]
fn every_condition_of_a_whole_life_names_object_field_and_next_step() {
    let mut scene = Scene::new();
    scene.world.replies.insert((db(), Action::Coupled), Reply::Later { seconds: 5 });
    scene.world.replies.insert((db(), Action::Created), Reply::Starting);
    let objref = json!({"apiVersion": "batch/v1", "kind": "Job", "name": "j"});
    let wait = json!({"objects": [{"objref": objref}]});
    scene.world.write(plug(json!({"config": {"database": "a"}})));
    scene.settle();
    scene.world.write(socket(json!({
        "apparatus": {"endpoint": "http://x"}, "resultWait": wait, "resources": [made("x", "plugConfig")]
    })));
    scene.settle();
    scene.world.replies.remove(&(db(), Action::Created));
    scene.settle();
    scene.world.replies.clear();
    scene.settle();
    scene.world.write(json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j", "namespace": "app"}
    }));
    scene.settle();
    assert!(scene.is_coupled());
    scene.world.replies.insert((db(), Action::Updated), Reply::Later { seconds: 5 });
    scene.edit(&orders(), json!({"socket": {"name": "db"}, "config": {"database": "b"}}));
    scene.settle();
    scene.world.replies.clear();
    scene.settle();
    scene.edit(&orders(), json!({"socket": {"name": "other"}}));
    scene.settle();
    scene.edit(&orders(), json!({"socket": {"name": "db"}}));
    scene.settle();
    assert!(scene.is_coupled());
    scene.world.replies.insert((db(), Action::Decoupled), Reply::Later { seconds: 5 });
    scene.world.delete(&db());
    scene.settle();
    scene.world.replies.clear();
    scene.settle();
    assert!(!scene.has(&db()));
    scene.world.write(socket(json!({})));
    scene.settle();
    assert!(scene.is_coupled());
    scene.world.delete(&orders());
    scene.settle();
    assert!(!scene.has(&orders()));
    scene.world.write(named(
        "DeferredResource",
        "app",
        "later",
        json!({
            "timeout": 60, "waitFor": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "none"}],
            "resource": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "later"}},
        }),
    ));
    scene.settle();
    walk(&scene, Kind::SocketMissing);
    let reasons: std::collections::BTreeSet<String> = scene
        .world
        .requests
        .iter()
        .filter_map(|request| match request {
            Request::PatchStatus { status, .. } => Some(&status["conditions"]),
            _ => None,
        })
        .flat_map(|conditions| conditions.as_array().into_iter().flatten())
        .filter_map(|condition| condition["reason"].as_str().map(str::to_owned))
        .collect();
    let waiting = [
        "SocketNotCreated",
        "CouplingInProcess",
        "UpdatingInProcess",
        "Decoupling",
        "Decoupled",
        "Pending",
    ];
    for reason in waiting {
        assert!(reasons.contains(reason), "{reason} never stood in a status: {reasons:?}");
    }
}

#[test]
fn every_trouble_names_object_field_and_next_step() {
    let mut seen = Vec::new();
    for (kind, scene) in wrong() {
        let warnings: Vec<_> =
            scene.world.events.values().filter(|event| event.reason == kind.reason()).collect();
        if kind != Kind::SocketMissing {
            assert!(!warnings.is_empty(), "{kind:?} is not told: {:?}", scene.told());
        }
        for warning in warnings {
            check_text(&warning.message, kind);
            assert!(warning.message.ends_with(&format!("({})", kind.code())));
        }
        walk(&scene, kind);
        seen.push(kind);
    }
    for kind in Kind::ALL {
        assert!(seen.contains(kind), "{kind:?} has no world that shows it");
    }
}

#[test]
fn a_trouble_is_told_once_and_clears_when_it_passes() {
    let mut scene = Scene::new();
    scene.world.write(socket(json!({})));
    scene.world.write(plug(json!({"configSecretName": "none"})));
    scene.settle();
    scene.forget();
    assert_eq!(scene.object(&orders())["status"]["socket"], "app/db");
    let told = scene.world.events.len();
    scene.settle();
    assert_eq!(scene.world.events.len(), told);
    assert!(scene.writes().is_empty(), "{:#?}", scene.writes());
    scene.world.write(crate::scene::secret("none", &[("a", "b")]));
    scene.settle();
    assert!(scene.is_coupled());
    assert!(!scene.world.conditions(&orders()).contains_key("Failed"));
}

#[test]
fn one_bad_coupling_leaves_the_others_alone() {
    let mut scene = Scene::new();
    scene.world.write(socket(json!({"resources": [{"template": {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "of-{% .plug.metadata.name %}"}
    }}]})));
    let bad = json!({"socket": {"name": "db"}, "configTemplate": {"a": "{% fail \"x\" %}"}});
    scene.world.write(named("Plug", "app", "bad", bad));
    scene.world.write(plug(json!({})));
    scene.settle();
    assert!(scene.is_coupled() && scene.has(&config_map("of-orders")));
    assert_eq!(scene.condition(&ObjectRef::plug("app", "bad"), "Stalled").0, "True");
}

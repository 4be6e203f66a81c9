//! Results: where they come from, how they wait, where they go, and that they are secret.

use operator::core::Request;
use operator::core::object::ObjectRef;
use operator::core::request::{Action, Reply};
use serde_json::{Value, json};

use crate::scene::{Scene, config_map, db, orders, plug, secret, socket, with};

fn decoded(object: &Value, key: &str) -> String {
    use base64::Engine as _;
    let text = object["data"][key].as_str().unwrap();
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(text).unwrap()).unwrap()
}

fn url_socket() -> Value {
    socket(json!({
        "config": {"host": "h"},
        "resultTemplate": {"url": "{% .socketConfig.host %}/{% .plugConfig.database %}"},
    }))
}

#[test]
fn a_result_sees_both_configurations_and_reaches_the_result_resources_of_both_sides() {
    let mut scene = Scene::new();
    let seen = |name: &str| {
        json!({"template": {
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name},
            "data": {
                "socket": "{% .socketResult.url %}", "plug": "{% .plugResult.id %}",
                "own": "{% .result.url | default .result.id %}", "host": "{% .socketConfig.host %}",
            }
        }})
    };
    let offered = url_socket();
    let spec = with(offered["spec"].clone(), json!({"resultResources": [seen("at-socket")]}));
    scene.world.write(socket(spec));
    scene.world.write(plug(json!({
        "config": {"database": "d"}, "result": {"id": 7}, "resultResources": [seen("at-plug")]
    })));
    scene.settle();
    for (name, own) in [("at-socket", "h/d"), ("at-plug", "7")] {
        let data = &scene.object(&config_map(name))["data"];
        let want = json!({"socket": "h/d", "plug": "7", "own": own, "host": "h"});
        assert_eq!(*data, want, "{name}");
    }
    // The socket's side is made first.
    let made: Vec<_> = scene
        .world
        .requests
        .iter()
        .filter_map(|request| match request {
            Request::Apply { object, .. } => object.0["metadata"]["name"].as_str(),
            _ => None,
        })
        .collect();
    assert_eq!(made, ["at-socket", "at-plug"]);
}

#[test]
fn a_result_is_published_to_the_application_and_never_stands_in_the_status() {
    let mut scene = Scene::new();
    scene.world.write(secret("credentials", &[("password", "hunter2")]));
    let spec = with(url_socket()["spec"].clone(), json!({"resultSecretName": "credentials"}));
    scene.world.write(socket(spec));
    scene.world.write(plug(json!({
        "config": {"database": "d"},
        "publishSecret": {"keys": {"DATABASE_URL": "url", "pass": "password"}, "type": "postgresql"},
    })));
    scene.settle();
    let published = scene.object(&ObjectRef::secret("app", "orders-db")).clone();
    assert_eq!(decoded(&published, "DATABASE_URL"), "h/d");
    assert_eq!(decoded(&published, "pass"), "hunter2");
    assert_eq!(decoded(&published, "type"), "postgresql");
    assert_eq!(published["type"], "servicebinding.io/postgresql");
    let status = &scene.object(&orders())["status"];
    assert_eq!(status["coupledResult"]["socketKeys"], json!(["password", "url"]));
    assert_eq!(status["secretName"], "orders-db");
    let everything: String = [orders(), db()]
        .iter()
        .map(|one| scene.object(one)["status"].to_string())
        .chain(scene.world.events.values().map(|event| event.message.clone()))
        .chain([format!("{:?}", scene.world.requests)])
        .collect();
    assert!(!everything.contains("hunter2") && !everything.contains("h/d"));
    scene.world.delete(&orders());
    scene.settle();
    assert!(!scene.has(&ObjectRef::secret("app", "orders-db")));
}

#[test]
fn plain_results_are_a_choice_of_the_plug() {
    let mut scene = Scene::new();
    scene.world.write(url_socket());
    let spec = json!({"config": {"database": "d"}, "compat": {"status": "open"}});
    scene.world.write(plug(spec));
    scene.settle();
    assert_eq!(scene.object(&orders())["status"]["coupledResult"]["socket"]["url"], "h/d");
}

#[test]
fn a_result_that_takes_time_is_waited_for_by_watch_and_not_for_ever() {
    let mut scene = Scene::new();
    let job = json!({"apiVersion": "batch/v1", "kind": "Job", "name": "setup"});
    scene.world.write(socket(json!({
        "resultWait": {"timeoutSeconds": 60, "objects": [{"objref": job, "condition": "Complete"}]},
        "resultVars": [{
            "name": "token", "objref": {"apiVersion": "v1", "kind": "Secret", "name": "made"},
            "fieldref": {"fieldPath": "data.token"}
        }],
        "resultTemplate": {"token": "{% .resultVars.token | b64dec %}"},
    })));
    scene.world.write(plug(json!({"publishSecret": {}})));
    scene.settle();
    let (status, reason, message) = scene.condition(&orders(), "Coupled");
    assert_eq!((status.as_str(), reason.as_str()), ("False", "CouplingInProcess"));
    assert!(message.contains("Job app/setup is not there yet"), "{message}");
    scene.forget();
    scene.settle();
    assert!(scene.writes().is_empty(), "waiting writes nothing: {:#?}", scene.writes());

    scene.later(61);
    scene.settle();
    let (stalled, reason, message) = scene.condition(&orders(), "Stalled");
    assert_eq!((stalled.as_str(), reason.as_str()), ("True", "ResultLate"), "{message}");
    assert!(message.contains("spec.resultWait.timeoutSeconds"), "{message}");

    // It comes after all.
    scene.world.write(json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "setup", "namespace": "app"},
        "status": {"conditions": [{"type": "Complete", "status": "True"}]}
    }));
    scene.settle();
    assert!(!scene.is_coupled());
    scene.world.write(secret("made", &[("token", "t1")]));
    scene.settle();
    assert!(scene.is_coupled(), "{:?}", scene.condition(&orders(), "Ready"));
    let published = ObjectRef::secret("app", "orders-db");
    assert_eq!(decoded(scene.object(&published), "token"), "t1");

    // A rotation is delivered without an update.
    scene.world.write(secret("made", &[("token", "t2")]));
    scene.settle();
    assert_eq!(decoded(scene.object(&published), "token"), "t2");
    assert!(!scene.told().contains_key("PlugUpdated"));
    assert_eq!(scene.told()["PlugCoupled"], 1);
}

#[test]
fn a_result_that_goes_missing_is_told_and_couples_nothing_anew() {
    let mut scene = Scene::new();
    scene.world.write(secret("made", &[("token", "t1")]));
    scene.world.write(socket(json!({
        "apparatus": {"endpoint": "http://somewhere"},
        "resultVars": [{
            "name": "token", "objref": {"apiVersion": "v1", "kind": "Secret", "name": "made"},
            "fieldref": {"fieldPath": "data.token"}
        }],
        "resultTemplate": {"token": "{% .resultVars.token | b64dec %}"},
    })));
    scene.world.write(plug(json!({"publishSecret": {}})));
    scene.settle();
    scene.forget();
    scene.world.delete(&ObjectRef::secret("app", "made"));
    scene.settle();
    let (status, _, message) = scene.condition(&orders(), "Ready");
    assert_eq!(status, "False");
    assert!(message.contains("Secret app/made, which is not there"), "{message}");
    scene.later(10_000);
    scene.settle();
    scene.world.write(secret("made", &[("token", "t2")]));
    scene.settle();
    assert!(scene.is_coupled());
    assert_eq!(decoded(scene.object(&ObjectRef::secret("app", "orders-db")), "token"), "t2");
    assert!(scene.world.calls.is_empty(), "{:?}", scene.world.calls);
    assert_eq!(scene.told()["PlugCoupled"], 1);
}

#[test]
fn a_failed_job_stalls_at_once() {
    let mut scene = Scene::new();
    scene.world.write(json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "setup", "namespace": "app"},
        "status": {"conditions": [{"type": "Failed", "status": "True"}]}
    }));
    let job = json!({"apiVersion": "batch/v1", "kind": "Job", "name": "setup"});
    scene.world.write(socket(
        json!({"resultWait": {"objects": [{"objref": job, "condition": "Complete"}]}}),
    ));
    scene.world.write(plug(json!({})));
    scene.settle();
    assert_eq!(scene.condition(&orders(), "Stalled").0, "True");
    assert!(scene.condition(&orders(), "Stalled").2.contains("Job app/setup failed"));
}

fn deployment() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "shop", "namespace": "app"},
        "spec": {"template": {"spec": {"containers": [{"name": "web"}, {"name": "sidecar"}]}}}
    })
}

#[test]
fn a_workload_gets_files_and_environment_and_is_rolled_out_when_the_result_changes() {
    let mut scene = Scene::new();
    let shop = ObjectRef::new("apps/v1", "Deployment", "app", "shop");
    scene.world.write(url_socket());
    scene.world.write(plug(json!({
        "config": {"database": "one"},
        "workload": {
            "name": "shop", "containers": ["web"], "files": {},
            "env": [{"name": "DATABASE_URL", "key": "url"}]
        },
    })));
    scene.settle();
    let (_, _, message) = scene.condition(&orders(), "Ready");
    assert!(message.contains("Deployment app/shop is not there"), "{message}");
    scene.world.write(deployment());
    scene.settle();
    assert!(scene.is_coupled(), "{:?}", scene.condition(&orders(), "Ready"));
    let patch = |scene: &Scene| {
        let projections = scene.object(&shop)["projections"].as_object().unwrap().clone();
        assert_eq!(projections.len(), 1);
        projections.values().next().unwrap()["spec"]["template"].clone()
    };
    let first = patch(&scene);
    let web = &first["spec"]["containers"][0];
    assert_eq!(web["name"], "web");
    assert_eq!(first["spec"]["containers"].as_array().unwrap().len(), 1);
    assert_eq!(web["env"][0]["valueFrom"]["secretKeyRef"]["name"], "orders-db");
    assert_eq!(web["env"][1], json!({"name": "SERVICE_BINDING_ROOT", "value": "/bindings"}));
    assert_eq!(web["volumeMounts"][0]["mountPath"], "/bindings/db");
    assert_eq!(first["spec"]["volumes"][0]["secret"]["secretName"], "orders-db");

    scene.edit(
        &orders(),
        with(scene.object(&orders())["spec"].clone(), json!({"config": {"database": "two"}})),
    );
    scene.settle();
    assert_ne!(patch(&scene)["metadata"]["annotations"], first["metadata"]["annotations"]);

    scene.world.delete(&orders());
    scene.settle();
    assert!(scene.has(&shop), "a workload is its owner's");
    assert_eq!(scene.object(&shop)["projections"], json!({}));
}

#[test]
fn an_apparatus_may_answer_with_a_result_and_ask_to_be_asked_again() {
    let mut scene = Scene::new();
    let later = Reply::Later { seconds: 5 };
    scene.world.replies.insert((db(), Action::Coupled), later);
    scene.world.write(socket(json!({"apparatus": {"endpoint": "http://somewhere"}})));
    scene.world.write(plug(json!({"publishSecret": {}})));
    scene.settle();
    assert_eq!(scene.condition(&orders(), "Coupled").1, "CouplingInProcess");
    let result = [("url".to_owned(), "given".to_owned())].into();
    let done = Reply::Done { result: Some(result) };
    scene.world.replies.insert((db(), Action::Coupled), done);
    scene.settle();
    assert!(scene.is_coupled());
    assert_eq!(decoded(scene.object(&ObjectRef::secret("app", "orders-db")), "url"), "given");
    let ids: std::collections::BTreeSet<_> = scene
        .world
        .calls
        .iter()
        .filter(|(_, call)| call.action == Action::Coupled)
        .map(|(id, _)| id)
        .collect();
    assert_eq!(ids.len(), 1, "every repetition has the same id");
}

#[test]
fn configuration_of_an_apparatus_wins_and_is_asked_for_only_when_something_changed() {
    let mut scene = Scene::new();
    let config = Reply::Config([("database".to_owned(), "asked".to_owned())].into());
    scene.world.replies.insert((orders(), Action::Config), config);
    scene.world.write(socket(json!({"resources": [crate::scene::made("seen", "plugConfig")]})));
    scene.world.write(plug(json!({
        "config": {"database": "inline"}, "apparatus": {"endpoint": "http://own"},
    })));
    scene.settle();
    assert_eq!(scene.object(&config_map("seen"))["data"]["database"], "asked");
    let asked = |scene: &Scene| {
        scene.world.calls.iter().filter(|(_, call)| call.action == Action::Config).count()
    };
    assert!(asked(&scene) > 0);
    scene.forget();
    scene.settle();
    assert_eq!(asked(&scene), 0);
}

//! The numbered behaviours of the contract, each on the real API server. `docs/reference/operator-contract.md` lists every row with its
//! tests; those that the life of a coupling shows anyway are in `couple` (2, 14), `consent` (6), `explain` (16) and `lead` (1).

use kube_testkit::cluster::wait_for;
use operator::core::{ObjectRef, Settings};
use operator::kube::ask::Asker;
use serde_json::{Value, json};

use super::support::{INTEGRATION, Place, place, template};

fn object(kind: &str, namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": INTEGRATION, "kind": kind, "metadata": { "name": name, "namespace": namespace },
    })
}

fn map(namespace: &str, name: &str, data: Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": name, "namespace": namespace }, "data": data,
    })
}

async fn edit(place: &Place, kind: &str, namespace: &str, name: &str, patch: Value) {
    let target = object(kind, namespace, name);
    place.cluster.merge(&target, &patch).await.expect("an edit");
}

/// Waits until the message of a condition of the plug has this text.
async fn says(place: &Place, plug: &str, condition: &str, text: &str) {
    wait_for(&format!("plug {plug} says `{text}`"), || async {
        let plug = place.cluster.get(INTEGRATION, "Plug", &place.app, plug).await?;
        let conditions = plug["status"]["conditions"].as_array()?.clone();
        let held = conditions.iter().find(|one| one["type"] == condition)?;
        held["message"].as_str()?.contains(text).then_some(())
    })
    .await;
}

async fn value(place: &Place, namespace: &str, name: &str, want: &str) {
    wait_for(&format!("ConfigMap {name} has `{want}`"), || async {
        let made = place.config_map(namespace, name).await?;
        (made["data"]["value"] == want).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_1_a_coupling_of_the_go_operator_is_adopted_and_nothing_fires() {
    let place = place().await;
    place.socket("db", json!({ "resources": template("db", "{% .plugConfig.schema %}") })).await;
    place.plug("orders", "db", json!({ "config": { "schema": "s" } })).await;
    place.cluster.apply(&map(&place.infra, "db", json!({ "value": "s" }))).await;
    let socket = place.cluster.get(INTEGRATION, "Socket", &place.infra, "db").await.expect("there");
    let plug = place.cluster.get(INTEGRATION, "Plug", &place.app, "orders").await.expect("there");
    let finalizers = json!({ "metadata": { "finalizers": ["integration.rock8s.com/finalizer"] } });
    let condition = |reason: &str, message: &str| {
        json!([{
            "type": "Coupled", "status": "True", "reason": reason, "message": message,
            "lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": 1,
        }])
    };
    let other = |kind: &str, object: &Value| {
        json!({
            "apiVersion": INTEGRATION, "kind": kind, "name": object["metadata"]["name"],
            "namespace": object["metadata"]["namespace"], "uid": object["metadata"]["uid"],
        })
    };
    for (object, status) in [
        (
            &plug,
            json!({
                "conditions": condition("CouplingSucceeded", "coupling succeeded"),
                "coupledSocket": other("Socket", &socket),
                "coupledResult": { "socket": { "password": "hunter2" }, "observedGeneration": 1 },
            }),
        ),
        (
            &socket,
            json!({
                "conditions": condition("SocketCoupled", "1 plug coupled"),
                "coupledPlugs": [other("Plug", &plug)],
            }),
        ),
    ] {
        place.cluster.merge(object, &finalizers).await.expect("finalizers");
        place.cluster.merge_status(object, &json!({ "status": status })).await.expect("a status");
    }

    let operator = place.start();
    let adopted = place.coupled("orders").await;
    assert_eq!(adopted["status"]["phase"], "Coupled");
    assert!(!adopted["status"].to_string().contains("hunter2"), "{}", adopted["status"]);
    assert!(place.events(&place.app, "orders").await.is_empty());
    assert!(place.events(&place.infra, "db").await.is_empty());

    place.cluster.delete(INTEGRATION, "Plug", &place.app, "orders").await;
    place.gone(INTEGRATION, "Plug", &place.app, "orders").await;
    place.gone("v1", "ConfigMap", &place.infra, "db").await;
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_2_what_a_var_looks_into_is_watched() {
    let place = place().await;
    let operator = place.start();
    place.socket("db", json!({ "resources": template("db", "{% .plugConfig.ip %}") })).await;
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": "front", "namespace": place.app },
        "spec": { "ports": [{ "port": 80 }], "externalName": "one", "type": "ExternalName" },
    });
    place.cluster.apply(&service).await;
    let objref = json!({ "version": "v1", "kind": "Service", "name": "front" });
    place
        .plug(
            "orders",
            "db",
            json!({
                "vars": [{ "name": "ip", "objref": objref, "fieldref": { "fieldPath": "spec.externalName" } }],
                "configTemplate": { "ip": "{% .vars.ip %}" },
            }),
        )
        .await;
    place.coupled("orders").await;
    value(&place, &place.infra, "db", "one").await;
    let patch = json!({ "spec": { "externalName": "two" } });
    place.cluster.merge(&service, &patch).await.expect("an edit");
    value(&place, &place.infra, "db", "two").await;
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_3_renamed_templates_and_result_resources_leave_nothing() {
    let place = place().await;
    let operator = place.start();
    place
        .socket("db", json!({ "resources": template("before", "x"), "resultResources": template("result", "y") }))
        .await;
    place.plug("orders", "db", json!({})).await;
    place.coupled("orders").await;
    let renamed = json!({ "spec": { "resources": template("after", "x") } });
    edit(&place, "Socket", &place.infra, "db", renamed).await;
    value(&place, &place.infra, "after", "x").await;
    place.gone("v1", "ConfigMap", &place.infra, "before").await;
    place.cluster.delete(INTEGRATION, "Plug", &place.app, "orders").await;
    place.gone("v1", "ConfigMap", &place.infra, "after").await;
    place.gone("v1", "ConfigMap", &place.infra, "result").await;
    place.gone(INTEGRATION, "Plug", &place.app, "orders").await;
    assert_eq!(place.journals().await, 0);
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_4_a_deletion_ends_without_its_sources_and_in_a_namespace_that_goes() {
    let place = place().await;
    let operator = place.start();
    place.socket("db", json!({ "resources": template("db", "{% .plugConfig.schema %}") })).await;
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "source", "namespace": place.app },
        "stringData": { "schema": "s" },
    });
    place.cluster.apply(&secret).await;
    place.plug("orders", "db", json!({ "configSecretName": "source" })).await;
    place.coupled("orders").await;
    place.cluster.delete("v1", "Namespace", "", &place.app).await;
    place.cluster.delete("v1", "Secret", &place.app, "source").await;
    place.cluster.delete(INTEGRATION, "Plug", &place.app, "orders").await;
    place.gone(INTEGRATION, "Plug", &place.app, "orders").await;
    place.gone("v1", "ConfigMap", &place.infra, "db").await;
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_4_what_cannot_be_undone_is_told_and_can_be_forced() {
    let place = place().await;
    let operator = place.start();
    place.socket("db", json!({ "resources": template("db", "x") })).await;
    place.plug("orders", "db", json!({})).await;
    place.coupled("orders").await;
    let group = "rbac.authorization.k8s.io/v1";
    place.cluster.delete(group, "RoleBinding", &place.infra, "default-edits").await;
    wait_for("the right is gone", || async {
        place
            .cluster
            .get(group, "RoleBinding", &place.infra, "default-edits")
            .await
            .is_none()
            .then_some(())
    })
    .await;
    place.cluster.delete(INTEGRATION, "Plug", &place.app, "orders").await;
    says(&place, "orders", "Ready", "decoupling does not come to an end").await;
    let force = json!({ "metadata": { "annotations": { "midplane.io/force": "0" } } });
    edit(&place, "Plug", &place.app, "orders", force).await;
    place.gone(INTEGRATION, "Plug", &place.app, "orders").await;
    let events = place.events(&place.app, "orders").await;
    assert!(events.contains(&"DeletionForced".to_owned()), "{events:?}");
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_5_every_event_is_told_once_over_a_restart() {
    let place = place().await;
    let operator = place.start();
    place.socket("db", json!({})).await;
    place.plug("orders", "db", json!({})).await;
    place.coupled("orders").await;
    operator.kill().await;
    let operator = place.start();
    let epoch = json!({ "spec": { "epoch": "2" } });
    edit(&place, "Plug", &place.app, "orders", epoch).await;
    wait_for("the update is told", || async {
        place.events(&place.app, "orders").await.contains(&"PlugUpdated".to_owned()).then_some(())
    })
    .await;
    place.cluster.delete(INTEGRATION, "Plug", &place.app, "orders").await;
    place.gone(INTEGRATION, "Plug", &place.app, "orders").await;
    let told = place.events(&place.app, "orders").await;
    let want = ["PlugCoupled", "PlugCreated", "PlugDecoupled", "PlugDeleted", "PlugUpdated"];
    assert_eq!(told, want);
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_6_another_namespace_needs_consent_and_learns_nothing_without() {
    let place = place().await;
    let operator = place.start();
    let nobody = json!({ "validation": { "namespaceBlacklist": ["."] } });
    place.socket("db", nobody).await;
    place.plug("orders", "db", json!({})).await;
    place.plug("lost", "none", json!({})).await;
    let message = |plug: Value, name: &str| {
        let conditions = plug["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let coupled = conditions.iter().find(|one| one["type"] == "Coupled").cloned();
        coupled.unwrap_or_default()["message"].to_string().replace(name, "NAME")
    };
    let refused = place.condition("Plug", &place.app, "orders", "Coupled", "False").await;
    let absent = place.condition("Plug", &place.app, "lost", "Coupled", "False").await;
    let same = |text: String| text.replace("app/orders", "app/X").replace("app/lost", "app/X");
    assert_eq!(
        same(message(refused, "db")).replace("/orders", "/X"),
        same(message(absent, "none")).replace("/lost", "/X")
    );
    let admit = json!({ "spec": { "validation": {
        "namespaceBlacklist": [], "namespaceWhitelist": [place.app]
    } } });
    edit(&place, "Socket", &place.infra, "db", admit).await;
    place.coupled("orders").await;
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_7_templates_see_only_what_the_interface_lets_through() {
    let place = place().await;
    let operator = place.start();
    let peek =
        "{% .plug.spec.config.password %}/{% .plugConfig.password %}/{% .plugConfig.schema %}";
    place
        .socket(
            "db",
            json!({
                "interface": { "config": { "plug": { "schema": {} } } },
                "resources": template("peek", peek),
            }),
        )
        .await;
    place.plug("orders", "db", json!({ "config": { "schema": "s", "password": "hunter2" } })).await;
    place.coupled("orders").await;
    value(&place, &place.infra, "peek", "<no value>/<no value>/s").await;
    let events = place.events(&place.app, "orders").await;
    assert!(events.contains(&"KeysDropped".to_owned()), "{events:?}");
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_rows_8_and_13_results_go_to_a_secret_and_not_into_the_status() {
    let place = place().await;
    let operator = place.start();
    place
        .socket("db", json!({ "resultTemplate": { "url": "hunter2@{% .plugConfig.schema %}" } }))
        .await;
    place.plug("orders", "db", json!({ "config": { "schema": "s" }, "publishSecret": {} })).await;
    let plug = place.coupled("orders").await;
    assert!(!plug["status"].to_string().contains("hunter2"), "{}", plug["status"]);
    assert_eq!(plug["status"]["coupledResult"]["socketKeys"], json!(["url"]));
    assert_eq!(plug["status"]["secretName"], "orders-db");
    let secret =
        place.cluster.get("v1", "Secret", &place.app, "orders-db").await.expect("published");
    // hunter2@s
    assert_eq!(secret["data"]["url"], "aHVudGVyMkBz");
    place.cluster.delete(INTEGRATION, "Plug", &place.app, "orders").await;
    place.gone("v1", "Secret", &place.app, "orders-db").await;
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_9_sources_are_read_as_the_service_account() {
    let place = place().await;
    let operator = place.start();
    place.socket("db", json!({})).await;
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "source", "namespace": place.app },
        "stringData": { "schema": "s" },
    });
    place.cluster.apply(&secret).await;
    place
        .plug(
            "orders",
            "db",
            json!({ "configSecretName": "source", "serviceAccountName": "powerless" }),
        )
        .await;
    says(&place, "orders", "Ready", "as service account").await;
    says(&place, "orders", "Ready", "give service account").await;
    let events = place.events(&place.app, "orders").await;
    assert!(events.contains(&"ObjectForbidden".to_owned()), "{events:?}");
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_10_a_limit_is_kept_and_a_free_place_is_taken() {
    let place = place().await;
    let operator = place.start();
    place.socket("db", json!({ "limit": 1 })).await;
    place.plug("one", "db", json!({})).await;
    place.coupled("one").await;
    place.plug("two", "db", json!({})).await;
    says(&place, "two", "Stalled", "takes no more plugs").await;
    place.cluster.delete(INTEGRATION, "Plug", &place.app, "one").await;
    place.coupled("two").await;
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_10_dropped_keys_are_told_and_everything_is_counted() {
    let place = place().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let options = operator::kube::Options { listen: Some(address), ..place.options() };
    let operator = super::support::start(place.cluster.config.clone(), options);
    let interface = json!({ "config": { "plug": { "schema": {} } } });
    place.socket("db", json!({ "interface": interface })).await;
    place.plug("orders", "db", json!({ "config": { "schema": "s", "debug": "1" } })).await;
    place.coupled("orders").await;
    let warned = wait_for("a Warning names the key", || async {
        let events = place.cluster.list("v1", "Event", &place.app).await;
        events.into_iter().find(|event| event["reason"] == "KeysDropped")
    })
    .await;
    assert_eq!(warned["type"], "Warning");
    let message = warned["message"].as_str().unwrap_or_default();
    assert!(
        message.contains("config `debug` is dropped") && message.contains("Next: "),
        "{message}"
    );
    let asked = ["get", "plugs,sockets", "-A", "--no-headers"];
    let shown = wait_for("the columns say so", || async {
        let shown = place.cluster.kubectl(&asked).await;
        let ours = |line: &str| line.starts_with(&place.infra) && line.contains("SocketCoupled");
        shown.lines().any(ours).then_some(shown)
    })
    .await;
    let words = |name: &str| -> Vec<String> {
        let ours = |line: &&str| {
            line.contains(name) && (line.starts_with(&place.app) || line.starts_with(&place.infra))
        };
        let line = shown.lines().find(ours).unwrap_or_default();
        line.split_whitespace().take(6).map(str::to_owned).collect()
    };
    let socket = format!("{}/db", place.infra);
    assert_eq!(
        words(".com/orders")[1..],
        ["plug.integration.rock8s.com/orders", &socket, "True", "True", "CouplingSucceeded"],
        "{shown}"
    );
    assert_eq!(words(".com/db")[2..5], ["1", "True", "SocketCoupled"], "{shown}");
    let metrics = http(address, "/metrics").await;
    for line in
        ["midplane_operator_plugs 1", "midplane_operator_couplings 1", "midplane_operator_leader 1"]
    {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    assert!(http(address, "/readyz").await.contains("200 OK"));
    operator.stop().await;
}

/// A GET by hand.
async fn http(address: std::net::SocketAddr, path: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("connect");
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("ask");
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("an answer");
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_11_a_result_that_comes_late_is_waited_for_and_its_rotation_delivered() {
    let place = place().await;
    let operator = place.start();
    let objref = json!({ "version": "v1", "kind": "ConfigMap", "name": "token" });
    place
        .socket(
            "db",
            json!({
                "resultVars": [{ "name": "t", "objref": objref, "fieldref": { "fieldPath": "data.value" } }],
                "resultTemplate": { "token": "{% .resultVars.t %}" },
                "resultResources": template("seen", "{% .result.token %}"),
            }),
        )
        .await;
    place.plug("orders", "db", json!({})).await;
    says(&place, "orders", "Coupled", "which is not there").await;
    place.cluster.apply(&map(&place.infra, "token", json!({ "value": "one" }))).await;
    place.coupled("orders").await;
    value(&place, &place.infra, "seen", "one").await;
    place.cluster.apply(&map(&place.infra, "token", json!({ "value": "two" }))).await;
    value(&place, &place.infra, "seen", "two").await;
    let events = place.events(&place.app, "orders").await;
    assert!(!events.contains(&"PlugUpdated".to_owned()), "{events:?}");
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_12_a_workload_gets_its_binding_and_loses_it_again() {
    let place = place().await;
    let operator = place.start();
    let labels = json!({ "app": "shop" });
    let pod = json!({
        "metadata": { "labels": labels },
        "spec": { "containers": [{ "name": "web", "image": "web", "env": [{ "name": "OWN", "value": "1" }] }] },
    });
    place
        .cluster
        .apply(&json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": { "name": "shop", "namespace": place.app },
            "spec": { "selector": { "matchLabels": labels }, "template": pod },
        }))
        .await;
    place.socket("db", json!({ "resultTemplate": { "url": "{% .plugConfig.schema %}" } })).await;
    let workload = json!({ "name": "shop", "files": {}, "env": [{ "name": "URL", "key": "url" }] });
    place
        .plug("orders", "db", json!({ "config": { "schema": "one" }, "workload": workload }))
        .await;
    place.coupled("orders").await;
    let shop = || async {
        place.cluster.get("apps/v1", "Deployment", &place.app, "shop").await.expect("there")
    };
    let before = shop().await;
    let web = &before["spec"]["template"]["spec"]["containers"][0];
    let names: Vec<_> =
        web["env"].as_array().expect("env").iter().map(|one| one["name"].clone()).collect();
    assert!(names.contains(&json!("OWN")) && names.contains(&json!("URL")), "{names:?}");
    assert_eq!(web["volumeMounts"][0]["mountPath"], "/bindings/db");
    let config = json!({ "spec": { "config": { "schema": "two" } } });
    edit(&place, "Plug", &place.app, "orders", config).await;
    wait_for("the pods are rolled out", || async {
        let now = shop().await;
        let annotations = |one: &Value| one["spec"]["template"]["metadata"]["annotations"].clone();
        (annotations(&now) != annotations(&before)).then_some(())
    })
    .await;
    place.cluster.delete(INTEGRATION, "Plug", &place.app, "orders").await;
    place.gone(INTEGRATION, "Plug", &place.app, "orders").await;
    let after = shop().await;
    let web = &after["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(web["env"], json!([{ "name": "OWN", "value": "1" }]));
    assert!(web["volumeMounts"].is_null(), "{web}");
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_13_a_selector_finds_its_socket() {
    let place = place().await;
    let operator = place.start();
    place.socket("db", json!({})).await;
    let labels = json!({ "metadata": { "labels": { "tier": "db" } } });
    edit(&place, "Socket", &place.infra, "db", labels).await;
    let mut plug = object("Plug", &place.app, "orders");
    plug["spec"] =
        json!({ "socketSelector": { "namespace": place.infra, "matchLabels": { "tier": "db" } } });
    place.cluster.apply(&plug).await;
    let plug = place.coupled("orders").await;
    assert_eq!(plug["status"]["coupledSocket"]["name"], "db");
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_15_another_socket_is_coupled_after_the_first_let_go() {
    let place = place().await;
    let operator = place.start();
    for name in ["first", "second"] {
        place.socket(name, json!({ "resources": template(name, name) })).await;
    }
    place.plug("orders", "first", json!({})).await;
    place.coupled("orders").await;
    place.plug("orders", "second", json!({})).await;
    value(&place, &place.infra, "second", "second").await;
    place.gone("v1", "ConfigMap", &place.infra, "first").await;
    wait_for("it is coupled to the second", || async {
        let plug = place.cluster.get(INTEGRATION, "Plug", &place.app, "orders").await?;
        (plug["status"]["coupledSocket"]["name"] == "second").then_some(())
    })
    .await;
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_16_explain_says_why_and_where_from() {
    let place = place().await;
    let operator = place.start();
    place
        .socket(
            "db",
            json!({
                "interface": { "config": { "plug": { "schema": { "required": true } } } },
                "resources": template("db", "{% .plugConfig.schema %}"),
            }),
        )
        .await;
    place.plug("orders", "db", json!({ "config": { "schema": "s" } })).await;
    place.plug("reports", "db", json!({ "config": { "other": "o" } })).await;
    place.coupled("orders").await;
    says(&place, "reports", "Stalled", "requires config `schema`").await;
    let asker =
        Asker::new(place.cluster.config.clone(), Settings::new("", [0; 32])).expect("a client");
    let now = super::support::now();
    let orders = ObjectRef::plug(&place.app, "orders");
    let seen = asker.explain(&orders, now).await.expect("answers").expect("there").lines(false);
    assert!(seen[0].starts_with("coupled to socket"), "{seen:#?}");
    assert!(
        seen.iter().any(|line| line.starts_with("config.schema      from spec.config (line ")
            && line.ends_with(") of the plug -> required by the interface")),
        "{seen:#?}"
    );
    assert_eq!(seen.last().map(String::as_str), Some("would change       nothing"));
    let reports = ObjectRef::plug(&place.app, "reports");
    let seen = asker.explain(&reports, now).await.expect("answers").expect("there");
    assert_eq!(seen.cause.expect("a cause").code, "MP-OP-10");
    let none = ObjectRef::plug(&place.app, "none");
    assert_eq!(asker.explain(&none, now).await.expect("answers"), None);
    operator.stop().await;
}

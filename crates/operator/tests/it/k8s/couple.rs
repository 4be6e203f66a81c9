//! The life of a coupling, and what does not happen in it.

use kube_testkit::audit;
use kube_testkit::cluster::wait_for;
use serde_json::json;

use super::support::{INTEGRATION, place, start, template};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_a_plug_couples_updates_and_decouples() {
    let place = place().await;
    let operator = place.start();
    place
        .socket(
            "db",
            json!({
                "interface": { "config": { "plug": { "schema": { "required": true } }, "socket": { "host": {} } } },
                "config": { "host": "h", "port": 5432 },
                "resources": template("db-{% .plug.metadata.name %}", "{% .plugConfig.schema %}"),
            }),
        )
        .await;
    place
        .plug(
            "orders",
            "db",
            json!({ "config": { "schema": "app" }, "resources": template("orders", "{% .socketConfig.host %}") }),
        )
        .await;
    let plug = place.coupled("orders").await;
    assert_eq!(plug["status"]["socket"], format!("{}/db", place.infra));
    let made = place.config_map(&place.infra, "db-orders").await.expect("the socket's object");
    assert_eq!(made["data"]["value"], "app");
    let made = place.config_map(&place.app, "orders").await.expect("the plug's object");
    assert_eq!(made["data"]["value"], "h");
    let socket = place.condition("Socket", &place.infra, "db", "Coupled", "True").await;
    assert_eq!(socket["status"]["coupledPlugsTotal"], 1);

    let plug = json!({ "apiVersion": INTEGRATION, "kind": "Plug", "metadata": { "name": "orders", "namespace": place.app } });
    let edit = json!({ "spec": { "config": { "schema": "other" } } });
    place.cluster.merge(&plug, &edit).await.expect("an edit");
    wait_for("the update is done", || async {
        let made = place.config_map(&place.infra, "db-orders").await?;
        (made["data"]["value"] == "other").then_some(())
    })
    .await;

    place.cluster.delete(INTEGRATION, "Plug", &place.app, "orders").await;
    place.gone(INTEGRATION, "Plug", &place.app, "orders").await;
    place.gone("v1", "ConfigMap", &place.infra, "db-orders").await;
    place.gone("v1", "ConfigMap", &place.app, "orders").await;
    wait_for("the socket counts none", || async {
        let socket = place.cluster.get(INTEGRATION, "Socket", &place.infra, "db").await?;
        (socket["status"]["coupledPlugsTotal"] == 0).then_some(())
    })
    .await;
    let events = place.events(&place.app, "orders").await;
    for reason in ["PlugCoupled", "PlugCreated", "PlugDecoupled", "PlugDeleted", "PlugUpdated"] {
        let told = events.iter().filter(|event| *event == reason).count();
        assert_eq!(told, 1, "{reason} in {events:?}");
    }
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_a_late_socket_is_noticed() {
    let place = place().await;
    let operator = place.start();
    place.plug("early", "late", json!({})).await;
    place.condition("Plug", &place.app, "early", "Coupled", "False").await;
    place.socket("late", json!({})).await;
    let since = std::time::Instant::now();
    place.coupled("early").await;
    // The goal is a second; a busy machine gets five.
    assert!(since.elapsed().as_secs() < 5, "{:?}", since.elapsed());
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_14_deleting_a_socket_leaves_its_plugs_waiting() {
    let place = place().await;
    let operator = place.start();
    place.socket("db", json!({ "resources": template("db-{% .plug.metadata.name %}", "x") })).await;
    for plug in ["one", "two"] {
        place.plug(plug, "db", json!({})).await;
    }
    for plug in ["one", "two"] {
        place.coupled(plug).await;
    }
    place.cluster.delete(INTEGRATION, "Socket", &place.infra, "db").await;
    place.gone(INTEGRATION, "Socket", &place.infra, "db").await;
    for plug in ["one", "two"] {
        let plug = place.condition("Plug", &place.app, plug, "Coupled", "False").await;
        let conditions = plug["status"]["conditions"].to_string();
        assert!(conditions.contains("SocketNotCreated"), "{conditions}");
    }
    place.gone("v1", "ConfigMap", &place.infra, "db-one").await;
    place.gone("v1", "ConfigMap", &place.infra, "db-two").await;
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_a_source_that_changes_updates_its_plug() {
    let place = place().await;
    let operator = place.start();
    let source = |value: &str| {
        json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": { "name": "source", "namespace": place.app }, "data": { "schema": value },
        })
    };
    place.cluster.apply(&source("one")).await;
    place.socket("db", json!({ "resources": template("db", "{% .plugConfig.schema %}") })).await;
    place.plug("orders", "db", json!({ "configConfigMapName": "source" })).await;
    place.coupled("orders").await;
    place.cluster.apply(&source("two")).await;
    wait_for("the new value arrives", || async {
        let made = place.config_map(&place.infra, "db").await?;
        (made["data"]["value"] == "two").then_some(())
    })
    .await;
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_2_what_was_made_and_then_deleted_is_made_again() {
    let place = place().await;
    let operator = place.start();
    place.socket("db", json!({ "resources": template("db", "x") })).await;
    place.plug("orders", "db", json!({})).await;
    place.coupled("orders").await;
    let made = place.config_map(&place.infra, "db").await.expect("made");
    place.cluster.delete("v1", "ConfigMap", &place.infra, "db").await;
    let again = wait_for("it is there again", || async {
        let again = place.config_map(&place.infra, "db").await?;
        (again["metadata"]["uid"] != made["metadata"]["uid"]).then_some(again)
    })
    .await;
    assert_eq!(again["data"]["value"], "x");
    let edit = json!({ "data": { "value": "stranger" } });
    place.cluster.merge(&again, &edit).await.expect("an edit");
    wait_for("the edit is undone", || async {
        let made = place.config_map(&place.infra, "db").await?;
        (made["data"]["value"] == "x").then_some(())
    })
    .await;
    operator.stop().await;
}

/// A restart, an edit without effect, and time that passes write nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_2_nothing_is_written_that_is_already_so() {
    let cluster = kube_testkit::cluster::own_cluster(kube_testkit::Options::default()).await;
    let log = cluster.server.clone().expect("a server of ours").audit_log();
    let place = super::support::Place::of(cluster).await;
    let operator = place.start();
    place.socket("db", json!({ "resources": template("db-{% .plug.metadata.name %}", "x") })).await;
    for plug in ["one", "two", "three"] {
        place.plug(plug, "db", json!({ "resources": template(plug, "y") })).await;
    }
    for plug in ["one", "two", "three"] {
        place.coupled(plug).await;
    }
    wait_for("the socket counts three", || async {
        let socket = place.cluster.get(INTEGRATION, "Socket", &place.infra, "db").await?;
        (socket["status"]["coupledPlugsTotal"] == 3).then_some(())
    })
    .await;
    operator.stop().await;
    let (_, from) = audit::requests(&log, "midplane-operator", 0).expect("read");

    let options = place.options();
    let metrics = options.metrics.clone();
    let operator = start(place.cluster.config.clone(), options);
    let plug = json!({ "apiVersion": INTEGRATION, "kind": "Plug", "metadata": { "name": "one", "namespace": place.app } });
    wait_for("all were looked at", || async { (metrics.reconciles() >= 4).then_some(()) }).await;
    let looked = metrics.reconciles();
    let edit = json!({ "metadata": { "annotations": { "note": "nothing" } } });
    place.cluster.merge(&plug, &edit).await.expect("an edit");
    wait_for("the edit was looked at", || async { (metrics.reconciles() > looked).then_some(()) })
        .await;
    operator.stop().await;
    let (requests, _) = audit::requests(&log, "midplane-operator", from).expect("read");
    let writes: Vec<_> = requests.iter().filter(|entry| entry.is_write()).collect();
    assert!(writes.is_empty(), "{writes:#?}");
    assert!(requests.iter().any(audit::Entry::is_watch), "{requests:#?}");
}

/// Once when the plug comes and once when its socket does; the socket itself once a second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_a_coupling_is_looked_at_twice() {
    const PLUGS: u64 = 20;
    let place = place().await;
    let options = place.options();
    let metrics = options.metrics.clone();
    let operator = start(place.cluster.config.clone(), options);
    for number in 0..PLUGS {
        place.plug(&format!("p{number}"), "db", json!({})).await;
    }
    for number in 0..PLUGS {
        place.condition("Plug", &place.app, &format!("p{number}"), "Coupled", "False").await;
    }
    let since = std::time::Instant::now();
    place.socket("db", json!({})).await;
    wait_for("the socket counts them", || async {
        let socket = place.cluster.get(INTEGRATION, "Socket", &place.infra, "db").await?;
        (socket["status"]["coupledPlugsTotal"] == PLUGS).then_some(())
    })
    .await;
    operator.stop().await;
    let looked = metrics.reconciles();
    assert!(looked <= 2 * PLUGS + since.elapsed().as_secs() + 3, "{looked} looks");
}

/// Without a controller manager the plug itself is never deleted: the operator goes by its namespace.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_a_namespace_that_is_deleted_is_left_at_once() {
    let cluster = kube_testkit::cluster::own_cluster(kube_testkit::Options::default()).await;
    let place = super::support::Place::of(cluster).await;
    let options = operator::kube::Options { namespaces: Vec::new(), ..place.options() };
    let operator = start(place.cluster.config.clone(), options);
    place.socket("db", json!({ "resources": template("db-orders", "x") })).await;
    place.plug("orders", "db", json!({ "resources": template("orders", "y") })).await;
    place.coupled("orders").await;
    place.cluster.delete("v1", "Namespace", "", &place.app).await;
    wait_for("the plug is free to go", || async {
        let plug = place.cluster.get(INTEGRATION, "Plug", &place.app, "orders").await?;
        assert!(plug["metadata"]["deletionTimestamp"].is_null(), "nobody deletes it here");
        plug["metadata"]["finalizers"].is_null().then_some(())
    })
    .await;
    place.gone("v1", "ConfigMap", &place.infra, "db-orders").await;
    assert_eq!(place.journals().await, 0);
    let socket = place.condition("Socket", &place.infra, "db", "Coupled", "False").await;
    assert_eq!(socket["status"]["coupledPlugsTotal"], 0);
    operator.stop().await;
}

/// While no operator ran, one object was edited, one was deleted, and one of a kind that only the cluster knows was changed as well. The
/// one that nobody touched is not written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_2_what_changed_while_no_operator_ran_is_put_back() {
    let cluster = kube_testkit::cluster::own_cluster(kube_testkit::Options::default()).await;
    let log = cluster.server.clone().expect("a server of ours").audit_log();
    let place = super::support::Place::of(cluster).await;
    place.cluster.define(&[widgets()]).await;
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
        "metadata": { "name": "default-edits", "namespace": place.infra },
        "rules": [{ "apiGroups": ["", "example.io"], "resources": ["configmaps", "widgets"], "verbs": ["*"] }],
    });
    place.cluster.apply(&role).await;
    let operator = place.start();
    place
        .socket("maps", json!({ "resources": template("map-{% .plug.metadata.name %}", "x") }))
        .await;
    let widget = json!([{ "template": {
        "apiVersion": "example.io/v1", "kind": "Widget",
        "metadata": { "name": "widget" }, "spec": { "value": "x" },
    } }]);
    place.socket("widgets", json!({ "resources": widget })).await;
    for plug in ["edited", "deleted", "untouched"] {
        place.plug(plug, "maps", json!({})).await;
    }
    place.plug("custom", "widgets", json!({})).await;
    for plug in ["edited", "deleted", "untouched", "custom"] {
        place.coupled(plug).await;
    }
    operator.stop().await;

    let edited = place.config_map(&place.infra, "map-edited").await.expect("made");
    let patch = json!({ "data": { "value": "stranger" } });
    place.cluster.merge(&edited, &patch).await.expect("an edit");
    place.cluster.delete("v1", "ConfigMap", &place.infra, "map-deleted").await;
    let widget = || place.cluster.get("example.io/v1", "Widget", &place.infra, "widget");
    let made = widget().await.expect("made");
    place.cluster.merge(&made, &json!({ "spec": { "value": "stranger" } })).await.expect("an edit");
    let (_, from) = audit::requests(&log, "midplane-operator", 0).expect("read");

    let operator = place.start();
    for name in ["map-edited", "map-deleted"] {
        wait_for(&format!("{name} is as it was"), || async {
            let map = place.config_map(&place.infra, name).await?;
            (map["data"]["value"] == "x").then_some(())
        })
        .await;
    }
    wait_for("the widget is as it was", || async {
        (widget().await?["spec"]["value"] == "x").then_some(())
    })
    .await;
    // Watched again, not only looked at once.
    let made = widget().await.expect("made");
    place.cluster.merge(&made, &json!({ "spec": { "value": "again" } })).await.expect("an edit");
    wait_for("the widget is as it was again", || async {
        (widget().await?["spec"]["value"] == "x").then_some(())
    })
    .await;
    operator.stop().await;
    let (asked, _) = audit::requests(&log, "midplane-operator", from).expect("read");
    let about = |entry: &audit::Entry, name: &str| {
        entry.object_ref.as_ref().is_some_and(|object| object.name.contains(name))
    };
    let touched: Vec<_> =
        asked.iter().filter(|entry| entry.is_write() && about(entry, "untouched")).collect();
    assert!(touched.is_empty(), "{touched:#?}");
    for plug in ["edited", "deleted", "untouched", "custom"] {
        let events = place.events(&place.app, plug).await;
        assert!(!events.contains(&"PlugUpdated".to_owned()), "{plug}: {events:?}");
    }
}

/// A kind that no program was built with.
fn widgets() -> serde_json::Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": { "name": "widgets.example.io" },
        "spec": {
            "group": "example.io", "scope": "Namespaced",
            "names": { "kind": "Widget", "listKind": "WidgetList", "plural": "widgets", "singular": "widget" },
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": { "openAPIV3Schema": {
                    "type": "object",
                    "properties": { "spec": { "type": "object", "x-kubernetes-preserve-unknown-fields": true } },
                } },
            }],
        },
    })
}

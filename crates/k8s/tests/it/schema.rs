//! What a person meets: explanations, columns, scalars, refusals.

use kube_testkit::cluster::wait_for;
use kube_testkit::{Cluster, cluster};
use serde_json::{Value, json};

async fn defined() -> Cluster {
    let cluster = cluster().await;
    cluster.define(&k8s::crd::definitions()).await;
    cluster
}

fn plug(namespace: &str, name: &str, spec: Value) -> Value {
    json!({
        "apiVersion": "integration.rock8s.com/v1beta1", "kind": "Plug",
        "metadata": { "name": name, "namespace": namespace }, "spec": spec,
    })
}

#[tokio::test]
async fn k8s_fields_are_explained() {
    let cluster = defined().await;
    // The description of an API follows its definition after a moment.
    let explained = wait_for("plugs are explained", || async {
        let explained = cluster.kubectl(&["explain", "plug.spec"]).await;
        explained.contains("FIELDS").then_some(explained)
    })
    .await;
    assert!(explained.contains("socket\t<Object>"), "{explained}");
    assert!(explained.contains("Changing it decouples from the old one"), "{explained}");
    let deeper = cluster.kubectl(&["explain", "plug.spec.resources.do"]).await;
    assert!(deeper.contains("recreate"), "{deeper}");
}

#[tokio::test]
async fn k8s_columns_show_what_matters() {
    let cluster = defined().await;
    let namespace = cluster.namespace("columns").await;
    let orders = plug(&namespace, "orders", json!({ "socket": { "name": "postgres" } }));
    cluster.apply(&orders).await;
    let condition = |kind: &str, reason: &str| json!({ "type": kind, "status": "True", "reason": reason, "message": "m", "lastTransitionTime": "2026-01-01T00:00:00Z" });
    let status = json!({
        "conditions": [condition("Coupled", "CouplingSucceeded"), condition("Ready", "CouplingSucceeded")],
        "socket": "infra/postgres", "observedGeneration": 1,
    });
    cluster.merge_status(&orders, &json!({ "status": status })).await.expect("a status");
    let shown = cluster.kubectl(&["get", "plg", "-n", &namespace]).await;
    let words: Vec<&str> = shown.split_whitespace().collect();
    assert_eq!(words[..6], ["NAME", "SOCKET", "COUPLED", "READY", "REASON", "AGE"], "{shown}");
    assert_eq!(words[6..11], ["orders", "infra/postgres", "True", "True", "CouplingSucceeded"]);
    let waited = cluster
        .kubectl(&[
            "wait",
            "--for=condition=Ready",
            "plug/orders",
            "-n",
            &namespace,
            "--timeout=5s",
        ])
        .await;
    assert!(waited.contains("condition met"), "{waited}");
}

#[tokio::test]
async fn k8s_scalars_are_values_and_lists_are_not() {
    let cluster = defined().await;
    let namespace = cluster.namespace("scalars").await;
    let config = |value: Value| {
        plug(&namespace, "p", json!({ "socket": { "name": "s" }, "config": { "key": value } }))
    };
    for value in [json!("text"), json!(5432), json!(true), json!(1.5)] {
        let stored = cluster.apply(&config(value.clone())).await;
        let read: k8s::Plug = serde_json::from_value(stored).expect("a plug");
        let expected = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        assert_eq!(read.spec.side.config["key"], expected);
    }
    for value in [json!(["a"]), json!({ "a": "b" })] {
        let err = cluster.try_apply(&config(value)).await.expect_err("refused");
        assert!(err.to_string().contains("spec.config.key"), "{err}");
    }
}

#[tokio::test]
async fn k8s_nonsense_is_refused_with_what_to_do() {
    let cluster = defined().await;
    let namespace = cluster.namespace("nonsense").await;
    let cases = [
        (json!({}), "name a socket (spec.socket.name)"),
        (
            json!({ "socket": { "name": "s" }, "socketSelector": { "matchLabels": { "a": "b" } } }),
            "not both",
        ),
        (json!({ "socket": { "name": "s" }, "workload": {} }), "exactly one of name and selector"),
        (json!({ "socket": { "name": "s" }, "resources": [{ "do": "make" }] }), "\"apply\""),
        (json!({ "socket": { "name": "s" }, "resources": [{ "when": ["never"] }] }), "\"coupled\""),
        (json!({ "socket": {} }), "spec.socket.name"),
    ];
    for (spec, expected) in cases {
        let err = cluster.try_apply(&plug(&namespace, "p", spec.clone())).await;
        let err = err.expect_err("refused").to_string();
        assert!(err.contains(expected), "{spec}: {err}");
    }
}

#[tokio::test]
async fn k8s_unknown_fields_are_pruned() {
    let cluster = defined().await;
    let namespace = cluster.namespace("pruned").await;
    let orders = plug(&namespace, "p", json!({ "socket": { "name": "s" } }));
    cluster.apply(&orders).await;
    let patched = cluster.merge(&orders, &json!({ "spec": { "scoket": 1, "epoch": "2" } })).await;
    let spec = patched.expect("patched")["spec"].clone();
    assert_eq!(spec["epoch"], "2");
    assert!(spec["scoket"].is_null());
}

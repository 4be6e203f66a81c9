//! Consent across namespaces, beyond a list: grants of the Gateway API, and sockets that open themselves.

use kube_testkit::cluster::own_cluster;
use serde_json::{Value, json};

use super::support::Place;

/// As much of the Gateway API as a grant needs; the real definition belongs to whoever installs gateways.
fn grants() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {
            "name": "referencegrants.gateway.networking.k8s.io",
            "annotations": { "api-approved.kubernetes.io": "unapproved, for a test" },
        },
        "spec": {
            "group": "gateway.networking.k8s.io", "scope": "Namespaced",
            "names": {
                "kind": "ReferenceGrant", "listKind": "ReferenceGrantList",
                "plural": "referencegrants", "singular": "referencegrant",
            },
            "versions": [{
                "name": "v1beta1", "served": true, "storage": true,
                "schema": { "openAPIV3Schema": {
                    "type": "object",
                    "properties": { "spec": { "type": "object", "x-kubernetes-preserve-unknown-fields": true } },
                } },
            }],
        },
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_6_a_grant_of_the_sockets_namespace_allows_and_compat_opens() {
    let place = Place::of(own_cluster(kube_testkit::Options::default()).await).await;
    place.cluster.define(&[grants()]).await;
    let operator = place.start();
    for (name, compat) in [("granted", json!({})), ("open", json!({ "consent": "open" }))] {
        place.socket(name, json!({ "validation": {}, "compat": compat })).await;
        place.plug(name, name, json!({})).await;
    }
    place.coupled("open").await;
    let waits = place.condition("Plug", &place.app, "granted", "Coupled", "False").await;
    assert!(waits["status"]["conditions"].to_string().contains("SocketNotCreated"), "{waits}");
    let grant = json!({
        "apiVersion": "gateway.networking.k8s.io/v1beta1", "kind": "ReferenceGrant",
        "metadata": { "name": "plugs", "namespace": place.infra },
        "spec": {
            "from": [{ "group": "integration.rock8s.com", "kind": "Plug", "namespace": place.app }],
            "to": [{ "group": "integration.rock8s.com", "kind": "Socket", "name": "granted" }],
        },
    });
    place.cluster.apply(&grant).await;
    place.coupled("granted").await;
    operator.stop().await;
}

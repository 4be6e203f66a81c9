//! A cluster that has objects of the Go operator gets our definitions.

use kube_testkit::cluster::own_cluster;
use kube_testkit::{Cluster, Options};
use serde_json::{Value, json};

use crate::old;

/// Stored under the old definitions, edited under ours: nothing may be lost or refused that nobody touched.
#[tokio::test]
async fn k8s_every_old_object_survives_the_new_definitions() {
    let cluster = own_cluster(Options::default()).await;
    cluster.define(&old::definitions()).await;
    let namespace = cluster.namespace("old").await;
    let mut stored = Vec::new();
    for (object, status) in old::objects(&namespace) {
        cluster.apply(&object).await;
        let whole = cluster.merge_status(&object, &json!({ "status": status })).await;
        stored.push(whole.expect("the old definitions take the status"));
    }

    cluster.define(&k8s::crd::definitions()).await;

    for before in stored {
        let name = format!("{} {}", before["kind"], before["metadata"]["name"]);
        wait_until_ours(&cluster, &before).await;
        let edited = cluster
            .merge(&before, &json!({ "metadata": { "labels": { "edited": "yes" } } }))
            .await
            .unwrap_or_else(|err| panic!("edit a label of {name}: {err}"));
        assert_eq!(edited["spec"], before["spec"], "{name}");
        assert_eq!(edited["status"], before["status"], "{name}");

        let patch = match before["kind"].as_str() {
            Some("DeferredResource") => json!({ "spec": { "serviceAccountName": "other" } }),
            _ => json!({ "spec": { "serviceAccountName": "other", "config": { "added": "x" } } }),
        };
        let edited = cluster.merge(&before, &patch).await;
        edited.unwrap_or_else(|err| panic!("edit another field of {name}: {err}"));
        let again = json!({ "status": { "observedGeneration": 2 } });
        cluster
            .merge_status(&before, &again)
            .await
            .unwrap_or_else(|err| panic!("write the status of {name}: {err}"));
    }
}

/// The types read what the old definitions stored.
#[test]
fn every_old_object_is_read() {
    for (mut object, status) in old::objects("any") {
        object["status"] = status;
        let name = object["metadata"]["name"].clone();
        let read = match object["kind"].as_str() {
            Some("Plug") => serde_json::from_value::<k8s::Plug>(object).map(|_| ()),
            Some("Socket") => serde_json::from_value::<k8s::Socket>(object).map(|_| ()),
            _ => serde_json::from_value::<k8s::DeferredResource>(object).map(|_| ()),
        };
        read.unwrap_or_else(|err| panic!("read {name}: {err}"));
    }
}

/// A definition that was changed is served a moment later; ours knows the status field `observedGeneration`.
async fn wait_until_ours(cluster: &Cluster, object: &Value) {
    kube_testkit::cluster::wait_for("the new definition is served", || async {
        let patched = cluster
            .merge_status(object, &json!({ "status": { "observedGeneration": 1 } }))
            .await
            .expect("write the status");
        let taken = patched["status"]["observedGeneration"] == 1;
        let back = json!({ "status": { "observedGeneration": null } });
        cluster.merge_status(object, &back).await.expect("write the status");
        taken.then_some(())
    })
    .await;
}

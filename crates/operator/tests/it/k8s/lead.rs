//! Who works: the lease, and operators of another kind.

use std::sync::Arc;
use std::time::Duration;

use kube_testkit::cluster::{own_cluster, wait_for};
use operator::kube::rights::{ACCOUNT, Scope, objects};
use operator::kube::{Error, Options, Term};
use serde_json::{Value, json};

use super::support::{INTEGRATION, Place, Real, place, start, template};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_one_leads_and_the_next_takes_over() {
    let place = place().await;
    let options = |name: &str| {
        let term = Some(Term { duration: Duration::from_secs(3) });
        operator::kube::Options { term, seams: Arc::new(Real(name.to_owned())), ..place.options() }
    };
    let holder = || async {
        let lease = place
            .cluster
            .get("coordination.k8s.io/v1", "Lease", &place.system, "midplane-operator")
            .await?;
        lease["spec"]["holderIdentity"].as_str().map(str::to_owned)
    };
    let wait_for_holder = async |name: &str| {
        kube_testkit::cluster::wait_for(&format!("{name} leads"), || async {
            (holder().await.as_deref() == Some(name)).then_some(())
        })
        .await;
    };
    let first = start(place.cluster.config.clone(), options("first"));
    wait_for_holder("first").await;
    let second = start(place.cluster.config.clone(), options("second"));
    place.socket("db", json!({})).await;
    place.plug("one", "db", json!({})).await;
    place.coupled("one").await;
    assert_eq!(holder().await.as_deref(), Some("first"));
    assert!(second.is_running());
    first.kill().await;
    wait_for_holder("second").await;
    place.plug("two", "db", json!({})).await;
    place.coupled("two").await;

    let lease = json!({ "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": { "name": "midplane-operator", "namespace": place.system } });
    let stolen = json!({ "spec": { "holderIdentity": "thief" } });
    place.cluster.merge(&lease, &stolen).await.expect("steal it");
    let ended = second.ended().await;
    assert!(matches!(ended, Err(Error::LeaseLost { .. })), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_1_the_go_operator_at_work_is_not_disturbed() {
    // The lease would stop the operators of other tests as well.
    let cluster = own_cluster(kube_testkit::Options::default()).await;
    let place = Place::of(cluster).await;
    let lease = json!({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": { "name": "cb0904ca.rock8s.com", "namespace": place.infra },
        "spec": { "holderIdentity": "go", "renewTime": Real(String::new()).micros() },
    });
    place.cluster.apply(&lease).await;
    let ended = place.start().ended().await;
    let Err(err @ Error::OtherManager { .. }) = ended else { panic!("{ended:?}") };
    assert_eq!(err.code(), "MP-OP-40");
    assert!(err.to_string().contains("cb0904ca.rock8s.com"), "{err}");
}

/// Without a lease it is told by what it writes: the field manager of its last status.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_1_a_fresh_write_of_the_go_operator_is_noticed() {
    let place = place().await;
    place.socket("db", json!({})).await;
    let api = place.cluster.api(INTEGRATION, "Socket", Some(&place.infra));
    let status = json!({ "status": { "conditions": [{
        "type": "Coupled", "status": "False", "reason": "SocketEmpty", "message": "0 plugs coupled",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }] } });
    let params = kube::api::PatchParams {
        field_manager: Some("integration-operator".to_owned()),
        ..kube::api::PatchParams::default()
    };
    let patch = kube::api::Patch::Merge(&status);
    api.patch_status("db", &params, &patch).await.expect("a status");
    let ended = place.start().ended().await;
    let Err(err @ Error::OtherManager { .. }) = ended else { panic!("{ended:?}") };
    assert!(err.to_string().contains("integration-operator"), "{err}");
    assert!(place.events(&place.infra, "db").await.is_empty(), "nothing was done before");
}

/// The cluster as the operator's own account, without any right but those that were given.
async fn as_operator(place: &Place) -> kube::Config {
    let path = format!("/api/v1/namespaces/{}/serviceaccounts/{ACCOUNT}/token", place.system);
    let body =
        json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {} });
    let request = http::Request::post(path)
        .header("content-type", "application/json")
        .body(body.to_string().into_bytes())
        .expect("a request");
    let answer: Value = place.cluster.client.request(request).await.expect("a token");
    let token = answer["status"]["token"].as_str().expect("a token").to_owned();
    let mut config = place.cluster.config.clone();
    config.auth_info = kube::config::AuthInfo { token: Some(token.into()), ..Default::default() };
    config
}

/// What is missing is named before anything begins, each right with its place and purpose.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_missing_rights_are_named_before_the_start() {
    let place = place().await;
    let scope = Scope::Namespaces(vec![place.app.clone(), place.infra.clone()]);
    for (_, mut object) in objects(&place.system, &scope) {
        let is_of_app = object["metadata"]["namespace"] == place.app.as_str();
        if object["kind"] == "Role" && is_of_app {
            // As an earlier version may have printed it: without the finalizer's rule and without Events.
            let rules = object["rules"].as_array_mut().expect("rules");
            rules.retain(|rule| {
                let resources = rule["resources"].to_string();
                !resources.contains("events") && resources != "[\"plugs\",\"sockets\"]"
            });
        }
        place.cluster.apply(&object).await;
    }
    let config = as_operator(&place).await;
    let ended = start(config.clone(), place.options()).ended().await;
    let Err(err @ Error::Rights { .. }) = ended else { panic!("{ended:?}") };
    assert_eq!(err.code(), "MP-OP-47");
    let text = err.to_string();
    for right in [
        format!("patch plugs.integration.rock8s.com in namespace {}: the finalizer", place.app),
        format!("create events in namespace {}: Events that people read", place.app),
        format!(
            "--print-rbac --namespaces {},{} --namespace {}",
            place.app, place.infra, place.system
        ),
    ] {
        assert!(text.contains(&right), "{right} is not in {text}");
    }
    assert!(!text.contains(&format!("in namespace {}:", place.infra)), "{text}");

    // Other namespaces, and all of them, are another question.
    let infra = Options { namespaces: vec![place.infra.clone()], ..place.options() };
    let operator = start(config.clone(), infra);
    place.socket("db", json!({})).await;
    place.condition("Socket", &place.infra, "db", "Ready", "True").await;
    operator.stop().await;
    let all = Options { namespaces: Vec::new(), ..place.options() };
    let ended = start(config, all).ended().await;
    let Err(err @ Error::Rights { .. }) = ended else { panic!("{ended:?}") };
    assert!(
        err.to_string().contains("list plugs.integration.rock8s.com in every namespace"),
        "{err}"
    );
}

/// The printed roles do not let the operator watch Jobs. The account that the socket names may, so nobody waits for the next look.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_11_what_only_the_account_may_watch_is_watched_as_the_account() {
    let place = place().await;
    let scope = Scope::Namespaces(vec![place.app.clone(), place.infra.clone()]);
    for (_, object) in objects(&place.system, &scope) {
        place.cluster.apply(&object).await;
    }
    let operator = start(as_operator(&place).await, place.options());
    let objref = json!({ "apiVersion": "batch/v1", "kind": "Job", "name": "migrate" });
    let wait = json!({ "objects": [{ "objref": objref, "condition": "Complete" }] });
    place.socket("db", json!({ "resultWait": wait })).await;
    place.plug("orders", "db", json!({})).await;
    wait_for("it waits for the Job", || async {
        let plug = place.cluster.get(INTEGRATION, "Plug", &place.app, "orders").await?;
        plug["status"]["conditions"].to_string().contains("Job").then_some(())
    })
    .await;
    let job = json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": { "name": "migrate", "namespace": place.infra },
        "spec": { "template": { "spec": {
            "restartPolicy": "Never", "containers": [{ "name": "psql", "image": "postgres" }],
        } } },
    });
    place.cluster.apply(&job).await;
    let done = json!({ "status": {
        "startTime": "2026-01-01T00:00:00Z", "completionTime": "2026-01-01T00:00:09Z", "succeeded": 1,
        "conditions": [
            { "type": "SuccessCriteriaMet", "status": "True" }, { "type": "Complete", "status": "True" },
        ],
    } });
    place.cluster.merge_status(&job, &done).await.expect("the Job is done");
    let since = std::time::Instant::now();
    place.coupled("orders").await;
    assert!(since.elapsed() < Duration::from_secs(15), "{:?}", since.elapsed());
    operator.stop().await;
}

/// With the printed roles and nothing else: list, watch, couple, repair, decouple.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_the_printed_roles_suffice() {
    let place = place().await;
    let scope = Scope::Namespaces(vec![place.app.clone(), place.infra.clone()]);
    for (_, object) in objects(&place.system, &scope) {
        place.cluster.apply(&object).await;
    }
    let config = as_operator(&place).await;
    let options = Options { term: Some(Term::default()), ..place.options() };
    let operator = start(config, options);
    place.socket("db", json!({ "resources": template("db", "x") })).await;
    let source = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": "source", "namespace": place.app }, "data": { "schema": "one" },
    });
    place.cluster.apply(&source).await;
    place.plug("orders", "db", json!({ "configConfigMapName": "source" })).await;
    place.coupled("orders").await;
    place.cluster.delete("v1", "ConfigMap", &place.infra, "db").await;
    wait_for("it is made again", || place.config_map(&place.infra, "db")).await;
    place.cluster.delete(INTEGRATION, "Plug", &place.app, "orders").await;
    place.gone(INTEGRATION, "Plug", &place.app, "orders").await;
    place.gone("v1", "ConfigMap", &place.infra, "db").await;
    operator.stop().await;
}

//! The kit itself, on a real API server.

use std::time::{Duration, Instant};

use kube_testkit::audit;
use kube_testkit::cluster::{cluster, own_cluster, wait_for};
use kube_testkit::proxy::{Fault, FaultProxy, Rule};
use kube_testkit::{Cluster, Options};

use futures::StreamExt as _;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, ObjectMeta, PostParams, WatchEvent, WatchParams};

async fn through_a_proxy(name: &str) -> (Cluster, FaultProxy, Api<ConfigMap>) {
    let shared = cluster().await;
    // The cluster that `KUBECONFIG` may name is not ours to stand in front of.
    let is_ours = shared.server.is_some();
    let cluster = if is_ours { shared } else { own_cluster(Options::default()).await };
    let namespace = cluster.namespace(name).await;
    let server = cluster.server.clone().expect("a server of ours");
    let proxy = FaultProxy::start(&server).await;
    let api = Api::namespaced(cluster.client_at(&proxy.url), &namespace);
    (cluster, proxy, api)
}

fn map(name: &str) -> ConfigMap {
    ConfigMap {
        metadata: ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() },
        ..ConfigMap::default()
    }
}

fn code(outcome: kube::Result<ConfigMap>) -> u16 {
    match outcome {
        Ok(_) => 200,
        Err(kube::Error::Api(status)) => status.code,
        Err(_) => 0,
    }
}

#[tokio::test]
async fn k8s_a_fault_is_injected_as_often_as_asked() {
    let (_, proxy, api) = through_a_proxy("faults").await;
    let create = async || code(api.create(&PostParams::default(), &map("a")).await);
    for (fault, expected) in
        [(Fault::Conflict, 409), (Fault::Internal, 500), (Fault::Gone, 410), (Fault::Refuse, 0)]
    {
        proxy.inject(Rule::writes(fault, 1));
        assert_eq!(create().await, expected, "{fault:?}");
    }
    assert!(proxy.writes().is_empty(), "none of them reached the server");
    assert_eq!(create().await, 200);
    assert_eq!(proxy.writes().len(), 1);
}

#[tokio::test]
async fn k8s_a_lost_reply_is_a_write_that_happened() {
    let (_, proxy, api) = through_a_proxy("lost").await;
    for (name, fault) in [("lost", Fault::LoseReply), ("half", Fault::HalfReply)] {
        proxy.inject(Rule::writes(fault, 1));
        assert_eq!(code(api.create(&PostParams::default(), &map(name)).await), 0, "{fault:?}");
        assert!(api.get_opt(name).await.expect("ask").is_some(), "{fault:?}");
    }
    proxy.inject(Rule::new(Fault::Delay(Duration::from_millis(300)), 1, |_, _| true));
    let since = Instant::now();
    assert!(api.get_opt("lost").await.expect("ask").is_some());
    assert!(since.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn k8s_after_its_last_write_a_client_is_dead() {
    let (_, proxy, api) = through_a_proxy("dead").await;
    proxy.kill_after(2);
    assert_eq!(code(api.create(&PostParams::default(), &map("one")).await), 200);
    assert_eq!(code(api.create(&PostParams::default(), &map("two")).await), 0);
    assert!(proxy.is_dead());
    assert!(api.get_opt("one").await.is_err());
    proxy.revive();
    assert!(api.get_opt("two").await.expect("ask").is_some(), "the last write happened");
}

#[tokio::test]
async fn k8s_a_cut_ends_a_watch() {
    let (_, proxy, api) = through_a_proxy("cut").await;
    let mut events = api.watch(&WatchParams::default(), "0").await.expect("watch").boxed();
    api.create(&PostParams::default(), &map("seen")).await.expect("create");
    let shown = tokio::time::timeout(Duration::from_secs(10), async {
        while let Some(Ok(event)) = events.next().await {
            if matches!(event, WatchEvent::Added(map) if map.metadata.name.as_deref() == Some("seen"))
            {
                return true;
            }
        }
        false
    });
    assert!(shown.await.expect("in time"), "the watch shows it");
    proxy.cut();
    let rest = tokio::time::timeout(Duration::from_secs(10), async {
        while let Some(Ok(_)) = events.next().await {}
    });
    rest.await.expect("the watch ended");
}

#[tokio::test]
async fn k8s_requests_are_counted_by_user_agent() {
    let cluster = own_cluster(Options::default()).await;
    let server = cluster.server.clone().expect("a server of ours");
    let mut config = cluster.config.clone();
    config.headers.push((http::header::USER_AGENT, http::HeaderValue::from_static("counted/1")));
    let client = kube::Client::try_from(config).expect("a client");
    let api: Api<ConfigMap> = Api::namespaced(client, "default");
    api.create(&PostParams::default(), &map("a")).await.expect("create");
    let _ = api.get_opt("b").await.expect("ask");
    let seen = wait_for("both requests are in the log", || async {
        let (seen, _) = audit::requests(&server.audit_log(), "counted/1", 0).expect("read");
        (seen.len() == 2).then_some(seen)
    })
    .await;
    assert!(seen[0].is_write() && seen[0].resource() == "configmaps");
    assert!(!seen[1].is_write());
    assert_eq!(seen[1].response_status.as_ref().map(|status| status.code), Some(404));
}

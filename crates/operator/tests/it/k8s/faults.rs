//! An API server that fails, and an operator that dies.

use std::time::Duration;

use http::Method;
use kube_testkit::cluster::{own_cluster, wait_for};
use kube_testkit::proxy::{Fault, FaultProxy, Rule};
use serde_json::json;

use super::support::{INTEGRATION, Place, start, template};

/// More than the writes of the longest of the four lives below; the enumeration ends by itself before.
const MOST_WRITES: usize = 60;

/// On a server of its own: the one that `KUBECONFIG` may name is not ours to stand in front of.
async fn with_proxy() -> (Place, FaultProxy) {
    let place = Place::of(own_cluster(kube_testkit::Options::default()).await).await;
    let server = place.cluster.server.clone().expect("a server of ours");
    (place, FaultProxy::start(&server).await)
}

async fn couple(place: &Place, number: usize) {
    place
        .socket(
            &format!("db{number}"),
            json!({
                "config": { "host": "h" },
                "resources": template(&format!("db{number}"), "{% .plugConfig.schema %}"),
            }),
        )
        .await;
    place
        .plug(
            &format!("p{number}"),
            &format!("db{number}"),
            json!({ "config": { "schema": "app" }, "resources": template(&format!("p{number}"), "{% .socketConfig.host %}") }),
        )
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_every_fault_is_survived() {
    let (place, proxy) = with_proxy().await;
    let operator = start(place.cluster.config_at(&proxy.url), place.options());
    let faults = [
        Fault::Conflict,
        Fault::TooManyRequests,
        Fault::Internal,
        Fault::Gone,
        Fault::Refuse,
        Fault::LoseReply,
        Fault::HalfReply,
        Fault::Delay(Duration::from_millis(200)),
    ];
    for (number, fault) in faults.into_iter().enumerate() {
        proxy.inject(Rule::writes(fault, 2));
        proxy.inject(Rule::new(fault, 1, |method, path| {
            *method == Method::GET && !path.contains("watch=true")
        }));
        couple(&place, number).await;
        place.coupled(&format!("p{number}")).await;
        proxy.heal();
    }
    assert!(proxy.injected() >= 16, "{}", proxy.injected());
    for number in 0..faults.len() {
        let made = place.config_map(&place.infra, &format!("db{number}")).await.expect("made");
        assert_eq!(made["data"]["value"], "app");
        let events = place.events(&place.app, &format!("p{number}")).await;
        let told = events.iter().filter(|event| *event == "PlugCoupled").count();
        assert_eq!(told, 1, "{events:?}");
    }
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_watches_that_end_or_are_too_old_miss_nothing() {
    let (place, proxy) = with_proxy().await;
    let operator = start(place.cluster.config_at(&proxy.url), place.options());
    couple(&place, 0).await;
    place.coupled("p0").await;
    proxy.cut();
    couple(&place, 1).await;
    place.coupled("p1").await;
    proxy.inject(Rule::watches(Fault::Gone, 8));
    proxy.cut();
    couple(&place, 2).await;
    place.cluster.delete(INTEGRATION, "Plug", &place.app, "p0").await;
    place.coupled("p2").await;
    place.gone(INTEGRATION, "Plug", &place.app, "p0").await;
    place.gone("v1", "ConfigMap", &place.infra, "db0").await;
    operator.stop().await;
}

/// The answer to the operator's own write may be the first that tells of somebody else's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_a_deletion_that_the_answer_to_a_write_tells_is_noticed() {
    let (place, proxy) = with_proxy().await;
    let operator = start(place.cluster.config_at(&proxy.url), place.options());
    couple(&place, 0).await;
    place.coupled("p0").await;
    proxy.inject(Rule::new(Fault::Delay(Duration::from_secs(5)), 8, |_, path| {
        path.contains("/plugs?") && path.contains("watch=true")
    }));
    proxy.cut();
    proxy.inject(Rule::new(Fault::Delay(Duration::from_secs(2)), 1, |method, path| {
        *method == Method::PATCH && path.contains("/plugs/p0/status")
    }));
    let socket = json!({ "apiVersion": INTEGRATION, "kind": "Socket", "metadata": { "name": "db0", "namespace": place.infra } });
    let edit = json!({ "spec": { "config": { "host": "other" } } });
    place.cluster.merge(&socket, &edit).await.expect("an edit");
    wait_for("the edit reaches the plug's side", || async {
        let made = place.config_map(&place.app, "p0").await?;
        (made["data"]["value"] == "other").then_some(())
    })
    .await;
    place.cluster.delete(INTEGRATION, "Plug", &place.app, "p0").await;
    place.gone(INTEGRATION, "Plug", &place.app, "p0").await;
    place.gone("v1", "ConfigMap", &place.infra, "db0").await;
    operator.stop().await;
}

/// Dies after each write in turn, of coupling, updating, decoupling and deleting; starts again; everything is as if it had not died.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_death_after_any_write_loses_and_repeats_nothing() {
    let cluster = own_cluster(kube_testkit::Options::default()).await;
    let server = cluster.server.clone().expect("a server of ours");
    let place = Place::of(cluster).await;
    let mut points = 0;
    for number in 1..MOST_WRITES {
        let proxy = FaultProxy::start(&server).await;
        let config = place.cluster.config_at(&proxy.url);
        proxy.kill_after(number);
        let mut operator = start(config.clone(), place.options());
        couple(&place, number).await;
        let (plug, socket) = (format!("p{number}"), format!("db{number}"));
        operator = survive(&place, &proxy, operator, "Ready", &plug, number).await;
        let object = json!({ "apiVersion": INTEGRATION, "kind": "Plug", "metadata": { "name": plug, "namespace": place.app } });
        let edit = json!({ "spec": { "config": { "schema": "other" } } });
        place.cluster.merge(&object, &edit).await.expect("an edit");
        operator = survive(&place, &proxy, operator, "other", &plug, number).await;
        place.cluster.delete(INTEGRATION, "Plug", &place.app, &plug).await;
        operator = survive(&place, &proxy, operator, "gone", &plug, number).await;
        place.cluster.delete(INTEGRATION, "Socket", &place.infra, &socket).await;
        operator = survive(&place, &proxy, operator, "gone socket", &plug, number).await;
        operator.stop().await;
        for (namespace, name) in [(&place.app, &plug), (&place.infra, &socket)] {
            assert!(place.config_map(namespace, name).await.is_none(), "{name} leaked at {number}");
        }
        assert_eq!(place.journals().await, 0, "a journal leaked at {number}");
        let events = place.events(&place.app, &plug).await;
        for reason in ["PlugCreated", "PlugCoupled", "PlugUpdated", "PlugDecoupled", "PlugDeleted"]
        {
            let told = events.iter().filter(|event| *event == reason).count();
            assert_eq!(told, 1, "{reason} at {number}: {events:?}");
        }
        if !proxy.died() {
            break;
        }
        points = number;
    }
    println!("crash points: {points}");
    assert!(points >= 12, "only {points} writes were enumerated");
}

/// The same for decoupling alone: its socket goes while the plug stays, and waits for another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_death_after_any_write_of_a_decoupling_leaves_a_plug_that_waits() {
    let cluster = own_cluster(kube_testkit::Options::default()).await;
    let server = cluster.server.clone().expect("a server of ours");
    let place = Place::of(cluster).await;
    let mut points = 0;
    for number in 1..MOST_WRITES {
        let proxy = FaultProxy::start(&server).await;
        let mut operator = start(place.cluster.config_at(&proxy.url), place.options());
        couple(&place, number).await;
        let (plug, socket) = (format!("p{number}"), format!("db{number}"));
        place.coupled(&plug).await;
        place.condition("Socket", &place.infra, &socket, "Coupled", "True").await;
        proxy.kill_after(number);
        place.cluster.delete(INTEGRATION, "Socket", &place.infra, &socket).await;
        operator = survive(&place, &proxy, operator, "gone socket", &plug, number).await;
        operator = survive(&place, &proxy, operator, "waiting", &plug, number).await;
        operator.stop().await;
        for (namespace, name) in [(&place.app, &plug), (&place.infra, &socket)] {
            assert!(place.config_map(namespace, name).await.is_none(), "{name} leaked at {number}");
        }
        assert_eq!(place.journals().await, 0, "a journal leaked at {number}");
        let told = place.events(&place.app, &plug).await;
        assert_eq!(told, ["PlugCoupled", "PlugCreated", "PlugDecoupled"], "at {number}");
        let told = place.events(&place.infra, &socket).await;
        let want = ["SocketCoupled", "SocketCreated", "SocketDecoupled", "SocketDeleted"];
        assert_eq!(told, want, "at {number}");
        if !proxy.died() {
            break;
        }
        points = number;
    }
    println!("crash points: {points}");
    assert!(points >= 6, "only {points} writes were enumerated");
}

/// Waits for what is wanted; when the proxy killed the operator, starts another.
async fn survive(
    place: &Place,
    proxy: &FaultProxy,
    operator: super::support::Operator,
    wanted: &str,
    plug: &str,
    number: usize,
) -> super::support::Operator {
    let operator = std::cell::RefCell::new(Some(operator));
    wait_for(&format!("{wanted} of {plug}"), || async {
        if proxy.is_dead() {
            let dead = operator.borrow_mut().take();
            if let Some(dead) = dead {
                dead.kill().await;
            }
            proxy.revive();
            let next = start(place.cluster.config_at(&proxy.url), place.options());
            *operator.borrow_mut() = Some(next);
        }
        let done = match wanted {
            "Ready" => {
                let object = place.cluster.get(INTEGRATION, "Plug", &place.app, plug).await?;
                let conditions = object["status"]["conditions"].as_array()?;
                conditions.iter().any(|one| one["type"] == "Ready" && one["status"] == "True")
            }
            "other" => {
                let made = place.config_map(&place.infra, &format!("db{number}")).await?;
                let object = place.cluster.get(INTEGRATION, "Plug", &place.app, plug).await?;
                let conditions = object["status"]["conditions"].as_array()?;
                let ready = conditions.iter().any(|one| {
                    one["type"] == "Ready"
                        && one["status"] == "True"
                        && one["observedGeneration"] == object["metadata"]["generation"]
                });
                made["data"]["value"] == "other" && ready
            }
            "gone" => place.cluster.get(INTEGRATION, "Plug", &place.app, plug).await.is_none(),
            "waiting" => {
                let object = place.cluster.get(INTEGRATION, "Plug", &place.app, plug).await?;
                object["status"]["coupledSocket"].is_null()
                    && object["status"]["conditions"].to_string().contains("SocketNotCreated")
            }
            _ => {
                let socket = format!("db{number}");
                place.cluster.get(INTEGRATION, "Socket", &place.infra, &socket).await.is_none()
            }
        };
        (done && !proxy.is_dead()).then_some(())
    })
    .await;
    operator.into_inner().expect("an operator")
}

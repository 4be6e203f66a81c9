//! Pods on demand, and services that hang. There is no kubelet: the test says when a pod is ready, and every name is a server of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use kube_testkit::cluster::wait_for;
use operator::apparatus::guard::Guard;
use operator::kube::Options;
use serde_json::json;

use super::support::{INTEGRATION, Place, place, start};

/// Answers every request at once, except those of a path that hangs.
struct Service {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    relents: Arc<AtomicBool>,
}

impl Service {
    fn start(hangs: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let told = seen.clone();
        let relents = Arc::<AtomicBool>::default();
        let relented = relents.clone();
        std::thread::spawn(move || {
            let mut held = Vec::new();
            for stream in listener.incoming().flatten() {
                let Some(line) = head(&stream) else { continue };
                let is_held =
                    !hangs.is_empty() && line.contains(hangs) && !relented.load(Ordering::Relaxed);
                told.lock().expect("seen").push(line);
                if is_held {
                    held.push(stream);
                    continue;
                }
                let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
                let _ = (&stream).write_all(answer.as_bytes());
            }
        });
        Self { address, seen, relents }
    }

    /// Nothing hangs any more.
    fn relent(&self) {
        self.relents.store(true, Ordering::Relaxed);
    }

    fn count(&self, line: &str) -> usize {
        self.seen.lock().expect("seen").iter().filter(|seen| seen.contains(line)).count()
    }

    /// Every name leads here.
    fn options(&self, place: &Place) -> Options {
        let address = self.address;
        let mut guard = Guard::new(true);
        guard.lookup = Arc::new(move |_| Box::pin(async move { Ok(vec![address]) }));
        Options { guard, ..place.options() }
    }
}

/// Reads one request; returns its first line.
fn head(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(first.trim().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_an_apparatus_runs_on_demand_and_goes_when_idle() {
    let place = place().await;
    let service = Service::start("");
    let operator = start(place.cluster.config.clone(), service.options(&place));
    let container = json!({
        "name": "main", "image": "apparatus",
        "ports": [{ "name": "container", "containerPort": 3000 }],
    });
    place
        .socket("db", json!({ "apparatus": { "containers": [container], "idleTimeout": 3 } }))
        .await;
    place.plug("orders", "db", json!({})).await;
    let pod = wait_for("the pod is made", || async {
        place.cluster.get("v1", "Pod", &place.infra, "db-apparatus").await
    })
    .await;
    assert_eq!(pod["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"], false);
    assert!(place.cluster.get("v1", "Service", &place.infra, "db-apparatus").await.is_some());
    assert_eq!(service.count("POST"), 0, "it is not ready");

    let ready = json!({ "status": { "conditions": [{ "type": "Ready", "status": "True" }] } });
    place.cluster.merge_status(&pod, &ready).await.expect("the pod is ready");
    place.coupled("orders").await;
    assert!(service.count("GET /ping") >= 1);
    wait_for("the socket is told of its creation", || async {
        (service.count("POST /created ") == 1).then_some(())
    })
    .await;
    assert_eq!(service.count("POST /coupled "), 1);
    place.gone("v1", "Pod", &place.infra, "db-apparatus").await;
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_an_apparatus_that_hangs_holds_nobody_up() {
    let place = place().await;
    let service = Service::start("/coupled");
    let options = Options { workers: 1, ..service.options(&place) };
    let operator = start(place.cluster.config.clone(), options);
    place
        .socket(
            "slow",
            json!({ "apparatus": { "containers": [], "endpoint": "http://slow.example" } }),
        )
        .await;
    place.socket("fast", json!({})).await;
    place.plug("stuck", "slow", json!({})).await;
    wait_for("the call hangs", || async { (service.count("POST /coupled ") == 1).then_some(()) })
        .await;
    place.plug("orders", "fast", json!({})).await;
    place.coupled("orders").await;
    let stuck = place.condition("Plug", &place.app, "stuck", "Ready", "False").await;
    assert_ne!(stuck["status"]["phase"], "Coupled");
    assert_eq!(service.count("POST /coupled "), 1, "it is not called twice at the same time");
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_a_paused_plug_is_left_alone() {
    let place = place().await;
    let operator = start(place.cluster.config.clone(), place.options());
    place.socket("db", json!({})).await;
    let mut plug = json!({
        "apiVersion": INTEGRATION, "kind": "Plug",
        "metadata": { "name": "paused", "namespace": place.app, "annotations": { "midplane.io/paused": "true" } },
        "spec": { "socket": { "name": "db", "namespace": place.infra } },
    });
    place.cluster.apply(&plug).await;
    place.plug("orders", "db", json!({})).await;
    place.coupled("orders").await;
    let paused = place.cluster.get(INTEGRATION, "Plug", &place.app, "paused").await;
    let paused = paused.expect("it is there");
    assert!(paused["status"].is_null() && paused["metadata"]["finalizers"].is_null(), "{paused}");
    plug["metadata"]["annotations"] = json!({});
    place.cluster.apply(&plug).await;
    place.coupled("paused").await;
    operator.stop().await;
}

/// A pod that is ready and whose program is not is not called. The idle time counts in seconds: milliseconds would remove it at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_disagree_9_and_10_ping_is_asked_first_and_idle_times_are_seconds() {
    let place = place().await;
    let service = Service::start("/ping");
    let operator = start(place.cluster.config.clone(), service.options(&place));
    let container = json!({
        "name": "main", "image": "apparatus", "ports": [{ "name": "container", "containerPort": 3000 }],
    });
    let apparatus = json!({ "containers": [container], "idleTimeout": 4 });
    place.socket("db", json!({ "apparatus": apparatus })).await;
    let pod = wait_for("the pod is made", || async {
        place.cluster.get("v1", "Pod", &place.infra, "db-apparatus").await
    })
    .await;
    assert!(pod["metadata"]["annotations"]["midplane.io/last-call"].is_string(), "{pod}");
    let ready = json!({ "status": { "conditions": [{ "type": "Ready", "status": "True" }] } });
    place.cluster.merge_status(&pod, &ready).await.expect("the pod is ready");
    wait_for("it is asked twice", || async { (service.count("GET /ping ") >= 2).then_some(()) })
        .await;
    assert_eq!(service.count("POST"), 0, "it does not answer /ping");
    service.relent();
    wait_for("it is called", || async { (service.count("POST /created ") == 1).then_some(()) })
        .await;
    let called = std::time::Instant::now();
    place.gone("v1", "Pod", &place.infra, "db-apparatus").await;
    let idle = called.elapsed().as_millis();
    assert!((2_000..20_000).contains(&idle), "removed after {idle} ms, idleTimeout is 4");
    operator.stop().await;
}

//! Deploying: a first release, a second one, and the ways in which a second one does not become what runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::bench::{Bench, Wish, get, hello, port_of, unchanged};

fn wish<'a>(generation: u64, files: &'a [(&'a str, String)]) -> Wish<'a> {
    Wish { integration: "orders", generation, files, change: &unchanged }
}

/// Asks every 2 ms on a thread of its own; returns the longest time without an answer.
fn watch_gap(port: u16, stop: Arc<AtomicBool>) -> std::thread::JoinHandle<Duration> {
    std::thread::spawn(move || {
        let mut longest = Duration::ZERO;
        let mut last = Instant::now();
        while !stop.load(Ordering::Relaxed) {
            if get(port, "/hello").is_some() {
                longest = longest.max(last.elapsed());
                last = Instant::now();
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        longest
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_a_release_is_deployed_updated_and_kept_when_the_next_is_broken() {
    let bench = Bench::start().await;
    bench.deploy(&wish(1, &[("orders.camel.yaml", hello("one"))]));
    let ready = bench.phase("orders", 1, "ready").await;
    let port = port_of(&ready.url);
    assert!(ready.url.ends_with("/hello"), "{}", ready.url);
    assert_eq!(get(port, "/hello").as_deref(), Some("one"));
    let state = bench.state("orders", "ready", |state| state.state == "ready").await;
    assert!(state.pid > 0 && state.rss_bytes > 10_000_000, "{state:?}");

    let stop = Arc::new(AtomicBool::new(false));
    let gap = watch_gap(port, stop.clone());
    bench.deploy(&wish(2, &[("orders.camel.yaml", hello("two"))]));
    bench.phase("orders", 2, "ready").await;
    assert_eq!(get(port, "/hello").as_deref(), Some("two"));
    stop.store(true, Ordering::Relaxed);
    let gap = gap.join().unwrap();
    println!("gap {gap:?}");
    assert!(gap < Duration::from_secs(10), "{gap:?}");

    let broken = hello("three").replace("platform-http:", "htpp:");
    bench.deploy(&wish(3, &[("orders.camel.yaml", broken)]));
    let failed = bench.phase("orders", 3, "failed").await;
    assert_eq!(failed.code, "MP-RUN-40", "{failed:?}");
    assert!(failed.reason.contains("htpp"), "{}", failed.reason);
    assert!(!failed.log.is_empty() && failed.log.len() <= 20);
    assert_eq!(get(port, "/hello").as_deref(), Some("two"));
    let state = bench.state("orders", "kept", |state| !state.reason.is_empty()).await;
    assert_eq!((state.generation, state.state.as_str()), (2, "ready"));
    let phases = bench.plane.look(|known| known.events.len());
    assert!(phases >= 15, "every phase is an event: {phases}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_one_that_is_not_ready_in_time_is_rolled_back() {
    let bench = Bench::start().await;
    bench.deploy(&wish(1, &[("orders.camel.yaml", hello("one"))]));
    let port = port_of(&bench.phase("orders", 1, "ready").await.url);
    // The route's consumer cannot be started: its port is the workload's own, checked only at go.
    let slow = hello("two").replace("platform-http:/hello", "netty-http-is-not-there:x");
    let files = [("orders.camel.yaml", slow)];
    bench.deploy(&wish(2, &files));
    bench.phase("orders", 2, "failed").await;

    // A service of this route blocks its start for longer than the start may take.
    let stuck = "- route:\n    id: stuck\n    from:\n      uri: file:inbox?startingDirectoryMustExist=true&autoCreate=false\n      steps:\n        - log: x\n";
    let files = [("orders.camel.yaml", hello("three")), ("stuck.camel.yaml", stuck.to_owned())];
    bench.deploy(&wish(3, &files));
    let rolled = bench.phase("orders", 3, "rolled_back").await;
    assert!(!rolled.reason.is_empty() && !rolled.log.is_empty(), "{rolled:?}");
    assert_eq!(get(port, "/hello").as_deref(), Some("one"));
    bench.state("orders", "back", |state| state.state == "ready" && state.generation == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_secrets_arrive_as_variable_and_as_file_and_nowhere_else() {
    let bench = Bench::start().await;
    let variable = bench.seal("orders", "db.password", 1, "hunter2");
    let file = bench.seal("orders", "partner.key", 1, "-----KEY-----");
    let route = hello("{{env:DB_PASSWORD}} ${bodyAs(String)}").replace(
        "- setBody:\n            simple: \"{{env:DB_PASSWORD}} ${bodyAs(String)}\"",
        "- pollEnrich:\n            constant: \"file:certs?fileName=partner.pem&noop=true&idempotent=false\"\n            timeout: 2000\n        - setBody:\n            simple: \"{{env:DB_PASSWORD}} ${bodyAs(String)} {{own.key}}\"",
    );
    let change = move |specification: &mut serde_json::Value| {
        specification["secrets"] = json!([
            {"env":"DB_PASSWORD","file":null,"name":"db.password","sealed":variable},
            {"env":null,"file":"certs/partner.pem","name":"partner.key","sealed":file},
        ]);
        specification["properties"] = json!({"own.key": "plain"});
    };
    let files = [("orders.camel.yaml", route)];
    bench.deploy(&Wish { integration: "orders", generation: 1, files: &files, change: &change });
    let port = port_of(&bench.phase("orders", 1, "ready").await.url);
    assert_eq!(get(port, "/hello").as_deref(), Some("hunter2 -----KEY----- plain"));
    let launch = std::fs::read_to_string(bench.workload("orders").join("instances/1/launch.json"));
    assert!(!launch.unwrap().contains("hunter2"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_a_workload_waits_for_what_it_uses_and_finds_it_by_name() {
    let bench = Bench::start().await;
    let asks = "- route:\n    id: hello\n    from:\n      uri: platform-http:/hello\n      steps:\n        - toD: \"{{midplane.url.prices}}/hello?bridgeEndpoint=true\"\n";
    let uses = |specification: &mut serde_json::Value| {
        specification["uses"] = json!(["prices"]);
    };
    let files = [("orders.camel.yaml", asks.to_owned())];
    let orders = Wish { integration: "orders", generation: 1, files: &files, change: &uses };
    bench.deploy(&orders);
    let files = [("prices.camel.yaml", hello("17.90"))];
    bench.deploy(&Wish { integration: "prices", generation: 2, files: &files, change: &unchanged });
    let port = port_of(&bench.phase("orders", 1, "ready").await.url);
    assert_eq!(get(port, "/hello").as_deref(), Some("17.90"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_stop_start_restart_and_removal_do_what_they_say() {
    let bench = Bench::start().await;
    bench.deploy(&wish(1, &[("orders.camel.yaml", hello("one"))]));
    let port = port_of(&bench.phase("orders", 1, "ready").await.url);
    let first = bench.state("orders", "ready", |state| state.state == "ready").await;
    let id = Bench::id("orders");

    bench.command(1, "restart", json!({"format": 1, "workload": id}));
    assert!(bench.result(1).await.ok);
    let again =
        |state: &link::wire::WorkloadState| state.state == "ready" && state.pid != first.pid;
    let second = bench.state("orders", "restarted", again).await;
    assert_eq!(second.restarts, 1);
    bench.command(2, "ping", json!({"format": 1}));
    assert!(bench.result(2).await.ok);
    bench.command(3, "fly", json!({"format": 1}));
    assert_eq!(bench.result(3).await.code, "MP-RUN-50");

    let spec = bench.spec(id);
    bench.want(id, 2, spec.clone(), false);
    bench.state("orders", "stopped", |state| state.state == "stopped").await;
    assert_eq!(get(port, "/hello"), None);
    bench.want(id, 3, spec, true);
    bench.state("orders", "started", |state| state.state == "ready").await;
    assert_eq!(get(port, "/hello").as_deref(), Some("one"));

    bench.want(id, 4, String::new(), false);
    bench.until("gone", |known| known.beat.as_ref()?.workloads.is_empty().then_some(())).await;
    assert!(!bench.workload("orders").exists());
    assert_eq!(get(port, "/hello"), None);

    bench.forget(id);
    bench.deploy(&wish(5, &[("orders.camel.yaml", hello("five"))]));
    bench.phase("orders", 5, "ready").await;
    bench.forget(id);
    bench.until("gone", |known| known.beat.as_ref()?.workloads.is_empty().then_some(())).await;
    assert!(!bench.workload("orders").exists(), "what is no longer listed is removed");
}

//! What survives: workloads their runner, the runner its workloads.

use std::time::Duration;

use crate::bench::{Bench, Wish, get, hello, port_of, unchanged};

fn deploy(bench: &Bench, generation: u64, text: &str) {
    let files = [("orders.camel.yaml", hello(text))];
    bench.deploy(&Wish { integration: "orders", generation, files: &files, change: &unchanged });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_a_killed_runner_finds_its_workload_again() {
    let mut bench = Bench::start().await;
    deploy(&bench, 1, "one");
    let port = port_of(&bench.phase("orders", 1, "ready").await.url);
    let before = bench.state("orders", "ready", |state| state.state == "ready").await;
    bench.kill_runner().await;
    assert_eq!(get(port, "/hello").as_deref(), Some("one"), "it runs without a runner");
    let count = bench.plane.look(|known| known.events.len());
    bench.start_runner();
    bench.forget_beat();
    let after = bench.state("orders", "adopted", |state| state.state == "ready").await;
    assert_eq!((after.pid, after.started_ms, after.restarts), (before.pid, before.started_ms, 0));
    assert_eq!(bench.plane.look(|known| known.events.len()), count, "nothing happened");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_a_killed_workload_is_started_again_also_when_it_was_adopted() {
    let mut bench = Bench::start().await;
    deploy(&bench, 1, "one");
    let port = port_of(&bench.phase("orders", 1, "ready").await.url);
    let mut pid = bench.state("orders", "ready", |state| state.state == "ready").await.pid;
    for round in 1..=2 {
        let raw = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
        rustix::process::kill_process(raw, rustix::process::Signal::KILL).unwrap();
        let back =
            |state: &link::wire::WorkloadState| state.state == "ready" && state.restarts == round;
        let state = bench.state("orders", "started again", back).await;
        assert_ne!(state.pid, pid);
        pid = state.pid;
        assert_eq!(get(port, "/hello").as_deref(), Some("one"));
        bench.kill_runner().await;
        bench.start_runner();
    }
    let exits = bench.plane.look(|known| {
        let exit = |event: &&link::wire::Event| {
            matches!(&event.event, Some(link::wire::event::Event::Exit(_)))
        };
        known.events.iter().filter(exit).count()
    });
    assert_eq!(exits, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_a_deployment_goes_on_wherever_the_runner_is_killed() {
    let mut bench = Bench::start().await;
    deploy(&bench, 1, "release 1");
    let port = port_of(&bench.phase("orders", 1, "ready").await.url);
    let phases = ["accepted", "resolved", "checked", "starting"];
    for (generation, phase) in (2..).zip(phases) {
        deploy(&bench, generation, &format!("release {generation}"));
        bench.phase("orders", generation, phase).await;
        bench.kill_runner().await;
        bench.start_runner();
        bench.phase("orders", generation, "ready").await;
        let want = format!("release {generation}");
        assert_eq!(get(port, "/hello").as_deref(), Some(want.as_str()), "killed after {phase}");
    }
    assert_eq!(bench.live("orders"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_stopping_all_leaves_what_is_wanted_wanted() {
    let mut bench = Bench::start().await;
    deploy(&bench, 1, "one");
    let port = port_of(&bench.phase("orders", 1, "ready").await.url);
    let data = bench.data.clone();
    let refused = runner::stop_workloads(&data, Duration::from_secs(30)).unwrap_err();
    assert_eq!(refused.code(), "MP-RUN-65");
    bench.kill_runner().await;
    let stop = move || runner::stop_workloads(&data, Duration::from_secs(30));
    let stopped = tokio::task::spawn_blocking(stop).await.unwrap().unwrap();
    assert_eq!(stopped, ["orders"]);
    assert_eq!(get(port, "/hello"), None);
    bench.start_runner();
    bench.forget_beat();
    bench.state("orders", "ready again", |state| state.state == "ready").await;
    assert_eq!(get(port, "/hello").as_deref(), Some("one"));
}

//! A machine in trouble: what runs keeps running, the heartbeat says what is wrong, and it goes on by itself afterwards.

use std::fs;
use std::io::Write as _;
use std::time::Duration;

use jiff::SignedDuration;

use crate::bench::{Bench, Wish, get, hello, port_of, unchanged};

fn deploy(bench: &Bench, generation: u64, text: &str) {
    let files = [("orders.camel.yaml", hello(text))];
    bench.deploy(&Wish { integration: "orders", generation, files: &files, change: &unchanged });
}

/// Waits until the runner says this of itself.
async fn says(bench: &Bench, component: &str, words: &str) {
    bench
        .until(&format!("{component}: {words}"), |known| {
            let conditions = &known.beat.as_ref()?.conditions;
            let found = conditions.iter().find(|found| found.component == component)?;
            (!found.ok && found.reason.contains(words)).then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_on_a_full_disk_what_runs_keeps_running_and_the_deployment_waits_for_room() {
    let Some(bench) = Bench::on_small_disk(24).await else {
        // Not through a macro, whose words a passing test would keep to itself.
        let _ = writeln!(std::io::stderr(), "skipped: a full disk needs root and `mount`");
        return;
    };
    deploy(&bench, 1, "one");
    let port = port_of(&bench.phase("orders", 1, "ready").await.url);
    let filler = bench.data.join("filler");
    let mut file = fs::File::create(&filler).unwrap();
    while file.write_all(&[7; 4096]).is_ok() {}
    drop(file);

    deploy(&bench, 2, "two");
    says(&bench, "disk", "MP-RUN-24").await;
    assert_eq!(get(port, "/hello").as_deref(), Some("one"));
    fs::remove_file(&filler).unwrap();
    bench.phase("orders", 2, "ready").await;
    assert_eq!(get(port, "/hello").as_deref(), Some("two"));
    bench
        .until("a disk that is well again", |known| {
            let conditions = &known.beat.as_ref()?.conditions;
            let disk = conditions.iter().find(|found| found.component == "disk")?;
            (!disk.reason.contains("MP-RUN-24")).then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_a_clock_an_hour_off_is_said_and_stops_nothing() {
    let mut bench = Bench::start().await;
    for (generation, hours, side) in [(1, 1, "ahead of"), (2, -1, "behind")] {
        bench.kill_runner().await;
        bench.shift_clock(SignedDuration::from_hours(hours));
        bench.forget_beat();
        bench.start_runner();
        says(&bench, "clock", side).await;
        deploy(&bench, generation, side);
        let port = port_of(&bench.phase("orders", generation, "ready").await.url);
        assert_eq!(get(port, "/hello").as_deref(), Some(side));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_java_that_is_missing_or_too_old_is_said() {
    let mut bench = Bench::start().await;
    let folder = tempfile::tempdir().unwrap();
    let eleven = folder.path().join("eleven");
    fs::create_dir_all(eleven.join("bin")).unwrap();
    for program in ["java", "javac"] {
        fs::write(eleven.join("bin").join(program), "").unwrap();
    }
    fs::write(eleven.join("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"11.0.1\"\n").unwrap();
    for java in [folder.path().join("nothing"), eleven] {
        bench.kill_runner().await;
        bench.use_java(&java);
        bench.forget_beat();
        bench.start_runner();
        says(&bench, "java", "MP-RUN-02").await;
        says(&bench, "java", java.to_str().unwrap()).await;
    }
    // Nothing waits for its JVM: the deployment is accepted and says what it waits for.
    deploy(&bench, 1, "one");
    bench.phase("orders", 1, "fetched").await;
    bench.state("orders", "waiting for Java", |state| state.reason.contains("MP-RUN-02")).await;
    tokio::time::timeout(Duration::from_secs(60), bench.kill_runner()).await.unwrap();
}

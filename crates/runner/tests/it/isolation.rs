//! What a workload cannot do.

use crate::bench::{Bench, Wish, get, hello, port_of, unchanged};

/// A route that tries to read a file and answers with what it got.
fn reader(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap();
    hello("").replace(
        "- setBody:\n            simple: \"\"",
        &format!(
            "- doTry:\n            steps:\n              - pollEnrich:\n                  constant: \"file:{folder}?fileName={name}&noop=true&idempotent=false&autoCreate=false\"\n                  timeout: 500\n              - setBody:\n                  simple: \"got ${{bodyAs(String)}}\"\n            doCatch:\n              - exception: [java.lang.Exception]\n                steps:\n                  - setBody:\n                      constant: refused\n"
        ),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_a_workload_cannot_read_the_runners_keys_and_knows_little_of_its_environment() {
    let bench = Bench::start().await;
    let key = bench.data.join("key.pem");
    assert!(key.is_file());
    let files = [("orders.camel.yaml", reader(key.to_str().unwrap()))];
    bench.deploy(&Wish { integration: "orders", generation: 1, files: &files, change: &unchanged });
    let port = port_of(&bench.phase("orders", 1, "ready").await.url);
    let state = bench.state("orders", "ready", |state| state.state == "ready").await;
    let environment = std::fs::read_to_string(format!("/proc/{}/environ", state.pid)).unwrap();
    let mut names: Vec<&str> =
        environment.split('\0').filter_map(|pair| Some(pair.split_once('=')?.0)).collect();
    names.sort_unstable();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", state.pid)).unwrap();
    let data = limits.lines().find(|line| line.starts_with("Max data size")).unwrap();
    assert!(data.contains(&(264 << 20).to_string()), "the system's limit: {data}");
    assert_eq!(
        names,
        ["HOME", "LANG", "MALLOC_ARENA_MAX", "MIDPLANE_TRACER", "MIDPLANE_URL_ORDERS", "PATH"]
    );

    let condition = bench
        .until("a condition", |known| {
            let conditions = &known.beat.as_ref()?.conditions;
            conditions.iter().find(|found| found.component == "privilege_separation").cloned()
        })
        .await;
    let answer = get(port, "/hello").unwrap_or_default();
    if rustix::process::geteuid().is_root() {
        use std::os::unix::fs::MetadataExt;
        let owner = std::fs::metadata(format!("/proc/{}", state.pid)).unwrap();
        assert_ne!((owner.uid(), owner.gid()), (0, 0));
        let status = std::fs::read_to_string(format!("/proc/{}/status", state.pid)).unwrap();
        let groups = status.lines().find(|line| line.starts_with("Groups:")).unwrap();
        assert_eq!(groups.trim_start_matches("Groups:").trim(), "", "no supplementary groups");
        assert!(!answer.contains("PRIVATE KEY"), "{answer}");
        assert!(condition.ok, "{condition:?}");
    } else {
        assert!(!condition.ok && condition.reason.contains("as root"), "{condition:?}");
    }
}

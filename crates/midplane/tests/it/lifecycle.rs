//! `up` again, down, a second `up`, a killed `up`: what is kept, what is adopted, what is left alone.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::jvms;
use super::support::product::Product;
use super::support::{text, until};

#[test]
fn e2e_a_later_start_adopts_what_runs() {
    let mut product = Product::start();
    let pids = jvms::live(&product.home);
    assert_eq!(pids.len(), 4, "{pids:?}");

    // A second `up` on the folder names the first.
    let second = product.up_command().arg("--json").output().unwrap();
    assert_eq!(second.status.code(), Some(6), "{}", text(&second));
    assert!(
        text(&second).contains(&format!(
            "MP-UP-01: `midplane up` runs already on `{}`, as PID {}",
            product.home.data().display(),
            product.pid()
        )),
        "{}",
        text(&second)
    );

    // SIGTERM leaves the workloads; the next start takes them up, under the same addresses.
    let ready = product.ready.clone();
    product.end(Signal::TERM);
    assert_eq!(jvms::live(&product.home), pids);
    let began = Instant::now();
    product.up(&["--json"]);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert_eq!(product.ready, ready);
    assert_eq!(jvms::live(&product.home), pids, "no workload was restarted");
    assert_eq!(
        product.json(&["get", "runtimes", "-o", "json"]).as_array().map(Vec::len),
        Some(1),
        "enrolled once"
    );

    // kill -9: server and runner leave by themselves, workloads stay, the next start takes everything up.
    let (server, runner) = (product.child("server").unwrap(), product.child("runner").unwrap());
    product.end(Signal::KILL);
    until("server and runner see that they are alone", Duration::from_secs(20), || {
        let left = [server, runner]
            .into_iter()
            .filter(|pid| std::path::Path::new(&format!("/proc/{pid}")).exists())
            .count();
        if left == 0 { Ok(()) } else { Err(format!("{left} left")) }
    });
    assert_eq!(jvms::live(&product.home), pids);
    product.up(&["--json"]);
    assert_eq!(jvms::live(&product.home), pids);

    // The control plane away: workloads go on serving.
    let url = product.url("orders");
    product.end(Signal::TERM);
    let order = r#"{"id":"AWAY-1","customer":"Ada","lines":[{"sku":"TEA-01","qty":2}]}"#;
    let answer = super::support::http(&url, Some(order));
    assert_eq!(answer.map(|(status, _)| status), Some(202));
    product.up(&["--json"]);

    // Ctrl-C ends all of it and says what is kept; `down` then finds nothing; the data is still there.
    product.end(Signal::INT);
    assert!(jvms::live(&product.home).is_empty());
    let data = product.home.data();
    let down = product.midplane(&["down", "--data", data.to_str().unwrap()]);
    assert!(text(&down).contains("nothing ran"), "{}", text(&down));
    product.up(&["--json"]);
    product.until_state("orders", "RUNNING");
    assert!(product.order("AGAIN-1").is_some());
}

#[test]
fn e2e_a_detached_one_is_ended_and_purged_by_down() {
    let mut product = Product::with(super::support::home::Home::new(), &["--no-demo", "--json"]);
    product.end(Signal::INT);
    let detached = product.up_command().args(["--no-demo", "--detach", "--json"]).output().unwrap();
    assert!(detached.status.success(), "{}", text(&detached));
    let line: serde_json::Value = serde_json::from_slice(&detached.stdout).unwrap();
    assert_eq!(line["git"], serde_json::Value::Null);
    product.must(&["status"]);
    let data = product.home.data();

    // A backup is taken while all runs, and fills a folder that nobody made yet.
    let file = product.home.path().join("backup");
    let (file, from) = (file.to_str().unwrap(), data.to_str().unwrap());
    let said = product.must(&["admin", "backup", file, "--data", from]);
    assert!(said.contains("rows") && said.contains("keys are not in it"), "{said}");
    let onto = product.midplane(&["admin", "restore", file, "--data", from]);
    assert!(text(&onto).contains("MP-UP-01"), "{}", text(&onto));
    let restored = product.home.path().join("restored");
    let into = restored.to_str().unwrap();
    let said = product.must(&["admin", "restore", file, "--data", into]);
    assert!(said.contains("rows restored"), "{said}");
    let said = product.must(&["admin", "audit", "verify", "--data", into]);
    assert!(said.contains("is whole"), "{said}");
    let again = product.midplane(&["admin", "restore", file, "--data", into]);
    assert!(text(&again).contains("MP-PG-14"), "{}", text(&again));

    let down = product.must(&["down", "--purge", "--yes", "--data", data.to_str().unwrap()]);
    assert!(down.contains("deleted"), "{down}");
    assert!(!data.exists());
    assert_eq!(product.midplane(&["status"]).status.code(), Some(5));
}

#[expect(clippy::disallowed_methods, reason = "a test is where time begins")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// The server hangs for a minute, as a machine does that swaps or a network that drops everything: nothing is refused, nothing answers.
#[test]
fn e2e_workloads_serve_while_the_control_plane_is_away_for_a_minute() {
    let product = Product::start();
    product.tea();
    let pids = jvms::live(&product.home);
    let url = product.url("orders");
    let server = product.child("server").expect("a server runs");
    product.signal(server, Signal::STOP);
    let (began, since) = (Instant::now(), now());
    let mut taken = 0;
    while began.elapsed() < Duration::from_mins(1) {
        let order = format!(
            r#"{{"id":"ALONE-{taken}","customer":"Ada","lines":[{{"sku":"TEA-01","qty":1}}]}}"#
        );
        let answer = super::support::http(&url, Some(&order));
        assert_eq!(answer.map(|(status, _)| status), Some(202), "order {taken}");
        taken += 1;
        std::thread::sleep(Duration::from_secs(1));
    }
    product.signal(server, Signal::CONT);
    // What happened in that minute is told afterwards, and a push arrives as ever.
    let minute = format!("integration:orders since:{since} until:{}", now());
    until("the messages of that minute are found", Duration::from_secs(60), || {
        let found = product.midplane(&["messages", &minute, "-n", "200", "-o", "json"]);
        let page: serde_json::Value = serde_json::from_slice(&found.stdout).unwrap_or_default();
        let count = page["nodes"].as_array().map_or(0, Vec::len);
        if count >= taken { Ok(()) } else { Err(format!("{count} of {taken}: {}", text(&found))) }
    });
    assert_eq!(jvms::live(&product.home), pids, "no workload was restarted");
    let said =
        product.in_tea("git merge -q origin/try/new-text -m 'merge new text' && git push 2>&1");
    assert!(said.contains("remote: orders"), "{said}");
    until("the pushed text is served", Duration::from_secs(60), || {
        let answer = product.order("BACK-1").unwrap_or_default();
        if answer.contains("on its way") { Ok(()) } else { Err(answer) }
    });
}

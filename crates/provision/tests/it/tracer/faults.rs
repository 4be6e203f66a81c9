//! A runner that is away, dies, says nonsense or takes nothing: the routes go on, and every message is accounted for.

use std::io::Write;
use std::os::unix::net::UnixListener;

use telemetry::frame::{Down, Level, Settings, Welcome};

use super::peer::Peer;
use crate::camel::workload::{Workload, count, eventually};

/// Writes down how many messages ran, so that the test can count them without the tracer.
const BUSY: &str = r"
- route:
    id: busy
    from:
      uri: timer:busy
      parameters: {period: 2, delay: 0}
      steps:
        - setBody: {simple: '${random(1000000)}'}
        - log: many
";

fn ready(workload: Workload, address: String) -> Workload {
    let workload = workload.traced(address).start();
    workload.wait_for("checked");
    workload.go();
    workload.wait_for("ready");
    let log = workload.path("log/orders.log");
    assert!(eventually(|| count(&log, "\"many\"") > 20), "{}", workload.output());
    workload
}

#[test]
fn camel_a_workload_runs_without_a_runner_and_with_one_that_comes_late() {
    let workload = Workload::new(&[("busy.camel.yaml", BUSY)]);
    let socket = workload.path("tracer.sock");
    let mut workload = ready(workload, format!("unix:{},token=t", socket.display()));
    let folder = workload.path(".");
    let peer = Peer::listen(&folder, Settings::default());
    // What waited in the ring comes first.
    peer.wait("the first message", |heard| heard.messages.first().is_some_and(|m| m.counter == 1));
    peer.hang_up();
    peer.wait("a second connection", |heard| heard.connections >= 2);
    let seen = peer.with(|heard| heard.messages.len());
    peer.wait("more messages", |heard| heard.messages.len() > seen);
    // Bytes that are no frame end the connection; the next one works.
    peer.say_bytes(&[0xff; 64]);
    peer.wait("a third connection", |heard| heard.connections >= 3);
    let lowered = Settings { revision: 2, level: Level::Off, ..Settings::default() };
    peer.say(&Down::Config(lowered));
    workload.signal(rustix::process::Signal::TERM);
    assert_eq!(workload.ended(), Some(0));
    peer.wait("the last account", |heard| {
        let drops = heard.drops;
        let heard_of = u64::try_from(heard.messages.len()).unwrap();
        drops.finished > 0
            && drops.waiting == 0
            && heard_of <= drops.sent
            && heard_of + drops.uncertain >= drops.sent
    });
    let counters = peer.with(|heard| {
        let route = heard.structures.values().find(|route| &*route.id == "busy").unwrap();
        heard.counters.get(&route.nodes[0].number.0).cloned().unwrap_or_default()
    });
    let counted: u64 = counters.histogram.iter().map(|(_, count)| count).sum();
    assert_eq!(counted, peer.with(|heard| heard.drops.finished));
    assert!(!workload.output().contains("\"level\":\"ERROR\""), "{}", workload.output());
}

#[test]
fn camel_a_runner_that_takes_nothing_costs_messages_and_no_more() {
    let text = "x".repeat(60_000);
    let routes = format!(
        "- route:\n    id: full\n    from:\n      uri: timer:full\n      parameters: {{period: 1, delay: -1, repeatCount: 6000, includeMetadata: true}}\n      steps:\n        - setBody: {{constant: '{text}'}}\n        - to: direct:next\n- route: {{id: next, from: {{uri: 'direct:next', steps: [{{filter: {{simple: '${{exchangeProperty.CamelTimerCounter}} == 6000', steps: [{{log: all done}}]}}}}]}}}}\n"
    );
    let workload = Workload::new(&[("full.camel.yaml", &routes)]);
    let path = workload.path("tracer.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let workload = workload.traced(format!("unix:{},token=t", path.display())).start();
    let (mut stream, _) = listener.accept().unwrap();
    let mut bytes = Vec::new();
    Down::Welcome(Welcome { version: 1, credit: 1 }).encode(&mut bytes);
    stream.write_all(&bytes).unwrap();
    workload.wait_for("checked");
    workload.go();
    let log = workload.path("log/orders.log");
    assert!(eventually(|| count(&log, "all done") == 1), "{}", workload.output());
    drop((stream, listener));
    let folder = workload.path(".");
    let peer = Peer::listen(&folder, Settings::default());
    peer.wait("what was dropped", |heard| {
        let drops = heard.drops;
        drops.finished == 6000 && drops.dropped_successes > 0 && drops.waiting == 0
    });
    peer.with(|heard| {
        let sent = u64::try_from(heard.messages.len()).unwrap();
        assert_eq!(sent + heard.drops.dropped_successes, 6000);
    });
    assert!(!workload.output().contains("tracing:"), "{}", workload.output());
}

#[test]
fn camel_a_workload_without_an_address_has_no_tracer() {
    let workload = Workload::new(&[("busy.camel.yaml", BUSY)]).start();
    workload.wait_for("checked");
    workload.go();
    let log = workload.path("log/orders.log");
    assert!(eventually(|| count(&log, "\"many\"") > 1));
    assert!(!workload.output().contains("midplane.tracer"));
    assert!(!workload.output().contains("message_id"));
}

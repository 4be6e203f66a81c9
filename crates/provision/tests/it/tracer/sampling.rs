//! What is kept: a share of the successes, all failures, all that was slow; counted is everything.

use std::collections::BTreeMap;

use rustix::process::Signal;
use telemetry::frame::{Level, MessageFlags, Outcome, RouteSettings, Settings};

use super::peer::Peer;
use crate::camel::workload::{Workload, eventually};

const ROUTES: &str = r"
- route:
    id: good
    from:
      uri: timer:good
      parameters: {delay: -1, repeatCount: 2000}
      steps: [{setBody: {constant: x}}]
- route:
    id: bad
    from:
      uri: timer:bad
      parameters: {period: 1, delay: 0, repeatCount: 40}
      steps: [{throwException: {exceptionType: java.io.IOException, message: on purpose}}]
- route:
    id: slow
    from:
      uri: timer:slow
      parameters: {period: 1, delay: 0, repeatCount: 10}
      steps: [{delay: {constant: '20'}}]
- route:
    id: silent
    from:
      uri: timer:silent
      parameters: {period: 1, delay: 0, repeatCount: 20}
      steps: [{setBody: {constant: x}}]
";

#[test]
fn camel_failures_and_slow_messages_are_kept_whatever_the_rate() {
    let of = |level, rate, slow_us| RouteSettings { level, rate, slow_us };
    let settings = Settings {
        rate: 0.25,
        routes: BTreeMap::from([
            ("bad".to_owned(), of(None, Some(0.0), None)),
            ("slow".to_owned(), of(Some(Level::Timings), Some(0.0), Some(10_000))),
            ("silent".to_owned(), of(Some(Level::Off), None, None)),
        ]),
        ..Settings::default()
    };
    let workload = Workload::new(&[("sampling.camel.yaml", ROUTES)]);
    // In the file as well: it holds from the first message on.
    let file = workload.path("capture.conf");
    std::fs::write(&file, settings.to_text()).unwrap();
    let peer = Peer::listen(&workload.path("."), settings);
    let address = format!("{},config={}", peer.address(), file.display());
    let mut workload = workload.traced(address).start();
    workload.wait_for("checked");
    workload.go();
    workload.wait_for("ready");
    peer.wait("the end of all messages", |heard| heard.drops.finished == 2050);
    workload.signal(Signal::TERM);
    assert_eq!(workload.ended(), Some(0));
    peer.wait("the last account", |heard| heard.drops.finished == 2050 && heard.drops.waiting == 0);
    peer.with(|heard| {
        for message in heard.of_route("bad") {
            assert_eq!(message.outcome, Outcome::Failed);
            assert!(message.flags.contains(MessageFlags::KEPT) && message.payloads.len() == 2);
            assert_eq!(heard.path(message), "bad!(throwException#1!)");
        }
        for message in heard.of_route("slow") {
            assert!(message.flags.contains(MessageFlags::KEPT) && message.payloads.is_empty());
        }
        let good = heard.of_route("good");
        assert!((300..700).contains(&good.len()), "{} of 2000", good.len());
        assert!(good.iter().all(|message| (message.weight - 4.0).abs() < 0.01));
        assert!(heard.of_route("silent").is_empty());
        let kept = u64::try_from(heard.messages.len()).unwrap();
        assert_eq!(heard.drops.sampled_out + kept, 2050);
        for (route, total, failed) in [("good", 2000, 0), ("bad", 40, 40), ("slow", 10, 0)] {
            let from = heard.structures.values().find(|known| &*known.id == route).unwrap();
            for node in &from.nodes {
                let counters = &heard.counters[&node.number.0];
                let counted: u64 = counters.histogram.iter().map(|(_, count)| count).sum();
                assert_eq!((counted, counters.failed), (total, failed), "{route} {}", node.key);
            }
        }
    });
}

#[test]
fn camel_a_tracer_that_costs_too_much_keeps_less_and_says_so() {
    let flood = "- route:\n    id: flood\n    from:\n      uri: timer:flood\n      parameters: {delay: -1, repeatCount: 5000000}\n      steps: [{setBody: {constant: x}}, {setHeader: {name: a, constant: b}}]\n";
    let workload = Workload::new(&[("flood.camel.yaml", flood)]);
    let settings = Settings { governor_percent: 0.001, ..Settings::default() };
    let peer = Peer::listen(&workload.path("."), settings);
    let workload = workload.traced(peer.address()).start();
    workload.wait_for("checked");
    workload.go();
    peer.wait("that less is kept", |heard| {
        heard.lines.iter().any(|line| line.contains("50.0 % of the successful messages are kept"))
    });
    peer.wait("messages that stand for others", |heard| {
        heard.messages.last().is_some_and(|message| {
            message.weight > 1.9 && message.flags.contains(MessageFlags::GOVERNED)
        })
    });
    assert!(eventually(|| workload.output().contains("successful messages are kept")));
}

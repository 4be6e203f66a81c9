//! Log lines say which message they belong to, and what is in work can be asked for.

use telemetry::frame::{Down, Settings};
use telemetry::id::{MessageId, TracerInstance};

use super::peer::Peer;
use crate::camel::workload::Workload;

const ROUTES: &str = r"
- route:
    id: talks
    from:
      uri: timer:talks
      parameters: {repeatCount: 1, delay: 0}
      steps:
        - setBody: {constant: 'a,b'}
        - split:
            tokenize: ','
            steps:
              - log: {id: says, message: 'says ${body}'}
        - delay: {constant: '1', asyncDelayed: true}
        - log: after
        - to: direct:waits
- route:
    id: waits
    from:
      uri: direct:waits
      steps:
        - delay: {id: long, constant: '30000'}
";

#[test]
fn camel_a_log_line_names_its_message() {
    let workload = Workload::new(&[("talks.camel.yaml", ROUTES)]);
    let peer = Peer::listen(&workload.path("."), Settings::default());
    let workload = workload.traced(peer.address()).start();
    workload.wait_for("checked");
    workload.go();
    workload.wait_for("ready");
    // The message hangs in `long`, which the answer says.
    let request = Down::GetInFlight { request: 7 };
    peer.wait("where the message is", |heard| {
        let at = heard.flights.as_ref().and_then(|flights| flights.oldest.first());
        at.and_then(|flight| flight.node).is_some_and(|node| heard.key(node) == "long") || {
            peer.say(&request);
            false
        }
    });
    let (flight, instance) = peer.with(|heard| {
        let flights = heard.flights.clone().unwrap();
        assert_eq!((flights.request, flights.total), (7, 1));
        let instance = heard.hello.as_ref().unwrap().instance;
        (flights.oldest[0].clone(), instance)
    });
    assert!(flight.thread.contains("Delay") || flight.thread.contains("timer"), "{flight:?}");
    let low = |number: u64| u32::try_from(number & 0xffff_ffff).unwrap();
    let id = MessageId {
        started_us: flight.start_us,
        tracer: TracerInstance(low(instance.0)),
        count: low(flight.counter),
    };
    let lines = workload.lines();
    let said = |text: &str| lines.iter().find(|line| line["message"] == text).unwrap();
    for (text, node) in [("says a", "says"), ("says b", "says")] {
        let line = said(text);
        assert_eq!(line["message_id"], id.to_string(), "{line}");
        assert_eq!((line["route"].as_str(), line["node"].as_str()), (Some("talks"), Some(node)));
    }
    assert_eq!(said("after")["message_id"], id.to_string());
    assert_eq!(said("after")["exchange"], flight.exchange_id.as_ref());
    let start = lines.iter().find(|line| line["logger"] == "org.apache.camel.main.MainSupport");
    assert!(start.unwrap().get("message_id").is_none());
}

/// Written after the node has been left: by the inner route for a child of a split, and by a route alone.
const FAILS: &str = r"
- route:
    id: fails
    from:
      uri: timer:fails
      parameters: {repeatCount: 1, delay: 0}
      steps:
        - setBody: {constant: 'a'}
        - split:
            expression: {tokenize: ','}
            stopOnException: true
            steps:
              - to: direct:inner
- route:
    id: inner
    from:
      uri: direct:inner
      steps:
        - throwException: {id: throws, exceptionType: java.lang.IllegalStateException, message: not today}
- route:
    id: alone
    from:
      uri: timer:alone
      parameters: {repeatCount: 1, delay: 0}
      steps:
        - to: direct:next
- route:
    id: next
    from:
      uri: direct:next
      steps:
        - throwException: {id: refuses, exceptionType: java.lang.IllegalStateException, message: nor tomorrow}
";

#[test]
fn camel_the_line_of_a_failure_names_its_message() {
    let workload = Workload::new(&[("fails.camel.yaml", FAILS)]);
    let peer = Peer::listen(&workload.path("."), Settings::default());
    let workload = workload.traced(peer.address()).start();
    workload.wait_for("checked");
    workload.go();
    peer.wait("both failures", |heard| heard.messages.len() >= 2);
    let lines = workload.lines();
    for (cause, node) in [("not today", "throws"), ("nor tomorrow", "refuses")] {
        let is = |line: &&serde_json::Value| {
            let text = line["message"].as_str().unwrap_or_default();
            text.starts_with("Failed delivery") && text.contains(cause)
        };
        let line = lines.iter().find(is).unwrap_or_else(|| panic!("{cause}: {lines:?}"));
        assert_eq!(line["node"], node, "{line}");
        assert!(line["message_id"].is_string() && line["exchange"].is_string(), "{line}");
    }
}

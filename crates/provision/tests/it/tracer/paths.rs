//! Every pattern against the path it is expected to leave.

use telemetry::frame::{MessageFlags, Settings};

use super::peer::{Heard, Peer};
use crate::camel::workload::Workload;

const ROUTES: &str = include_str!("paths.camel.yaml");

/// Route and what its message looks like; where the order of two is left open, both stand there.
const PATHS: &[(&str, &str)] = &[
    (
        "nesting",
        "completed nesting(split#1(0:choice#1(log#1) 1:choice#1(to#1(sub(log#1))) 2:choice#1(log#1)) to#2(sub(log#1)))",
    ),
    ("keys", "completed keys(mine log#2 choice#1(log#3 four))"),
    (
        "redelivery",
        "completed redelivery(to#1!(flaky!(bean#1 filter#1!(throwException#1!))) to#1~1!(flaky!(bean#1 filter#1!(throwException#1!))) to#1~2(flaky(bean#1 filter#1-)) log#1)",
    ),
    (
        "given-up",
        "failed given-up!(log#1 to#1!(fails!(throwException#1!)) to#1~1!(fails!(throwException#1!)))",
    ),
    (
        "handled",
        "handled handled(log#1 to#1!(fails!(throwException#1!)) onException#1/log#1 onException#1/to#1(other(log#1)))",
    ),
    (
        "dead",
        "handled dead(to#1!(fails!(throwException#1!)) to#1~1!(fails!(throwException#1!)) other(log#1))",
    ),
    ("caught", "handled caught(log#1 throwException#1! log#2 log#3 to#1(sub(log#1)))"),
    (
        "parallel",
        "completed parallel(split#1(0:log#1 0:to#1(sub(log#1)) 1:log#1 1:to#1(sub(log#1)) 2:log#1 2:to#1(sub(log#1))) log#2)",
    ),
    ("aggregate", "completed aggregate(split#1(0:three 1:three 2:three))"),
    ("multicast", "completed multicast(multicast#1(0:to#1(sub(log#1)) 1:to#2(other(log#1))))"),
    ("together", "completed together(multicast#1(0:to#1(sub(log#1)) 1:to#2(other(log#1))))"),
    ("loop", "completed loop(loop#1(0:log#1 0:to#1(sub(log#1)) 1:log#1 1:to#1(sub(log#1))) log#2)"),
    ("loop-copy", "completed loop-copy(loop#1(0:log#1 1:log#1) log#2)"),
    ("recipients", "completed recipients(recipientList#1(0:sub(log#1) 1:other(log#1)) log#1)"),
    ("dynamic", "completed dynamic(toD#1(sub(log#1)))"),
    ("tap", "completed tap(wireTap#1 log#1)"),
    ("tapped", "completed tapped(delay#1 log#1)"),
    ("enrich", "completed enrich(enrich#1(0:sub(log#1)) log#1)"),
    ("poll", "completed poll(pollEnrich#1 log#1)"),
    ("kamelet", "completed kamelet(to#1(0:log-sink-1(to#1 to#2)) log#1)"),
    ("queue", "completed queue(to#1 log#1)"),
    ("later", "completed later(to#1(sub(log#1)))"),
    ("async", "completed async(delay#1 to#1(sub(log#1)) log#1)"),
    ("threads", "completed threads(threads#1 to#1(sub(log#1)))"),
    ("transacted", "completed transacted(transacted#1(log#1 to#1(sub(log#1))))"),
    ("rolled-back", "failed rolled-back!(transacted#1!(log#1 to#1!(fails!(throwException#1!))))"),
    ("filtered", "completed filtered(filter#1- idempotentConsumer#1(log#2) idempotentConsumer#2-)"),
    ("failed", "failed failed!(log#1 to#1!(fails!(throwException#1!)))"),
];

#[test]
fn camel_every_pattern_leaves_its_path() {
    let workload = Workload::new(&[("paths.camel.yaml", ROUTES)]);
    let peer = Peer::listen(&workload.path("."), Settings::default());
    let workload = workload.traced(peer.address()).start();
    workload.wait_for("checked");
    workload.go();
    // `drive`, its 26 cases, and what `tap`, `queue` and `aggregate` send on.
    peer.wait("30 messages", |heard| heard.messages.len() >= 30);
    peer.with(|heard| {
        for (route, wanted) in PATHS {
            let lines: Vec<_> =
                heard.of_route(route).into_iter().map(|message| heard.line(message)).collect();
            if *route == "aggregate" {
                assert!(lines.contains(&(*wanted).to_owned()), "{lines:#?}");
            } else {
                assert_eq!(lines, [*wanted], "route {route}");
            }
        }
        of_others(heard);
    });
    let log = workload.output();
    assert!(!log.contains("tracing:"), "{log}");
}

/// What is not in a path.
fn of_others(heard: &Heard) {
    let only = |route: &str| heard.of_route(route)[0];
    let drive = only("drive").counter;
    for (from, to) in [("tap", "tapped"), ("queue", "later"), ("drive", "async")] {
        assert_eq!(only(to).parent.map(|parent| parent.counter), Some(only(from).counter), "{to}");
    }
    assert!(
        heard.messages.iter().all(|message| message.counter == drive || message.parent.is_some())
    );
    let together = heard.of_route("aggregate").into_iter();
    let paths: Vec<_> = together.map(|message| heard.path(message)).collect();
    assert!(paths.contains(&"together-now to#1(sub(log#1))".to_owned()), "{paths:?}");
    assert!(only("dead").flags.contains(MessageFlags::DEAD_LETTER));
    assert!(only("redelivery").flags.contains(MessageFlags::REDELIVERED));
    for (route, class, node) in [
        ("failed", "java.io.IOException", "throwException#1"),
        ("handled", "java.io.IOException", "throwException#1"),
        ("caught", "java.lang.IllegalStateException", "throwException#1"),
    ] {
        let error = only(route).error.as_ref().unwrap();
        assert_eq!(&*error.causes[0].class, class);
        assert_eq!(heard.key(error.node.unwrap()), node);
        let step = usize::try_from(error.step.unwrap()).unwrap();
        assert_eq!(Some(only(route).steps[step].node), error.node, "{route}");
        assert!(!error.stack.is_empty());
    }
    assert!(only("redelivery").error.is_none());
    let nesting = heard.structures.values().find(|known| &*known.id == "nesting").unwrap();
    let tree: Vec<_> = nesting
        .nodes
        .iter()
        .map(|node| {
            let above = node.parent.map(|at| &*nesting.nodes[usize::try_from(at).unwrap()].key);
            format!("{} in {}", node.key, above.unwrap_or("route"))
        })
        .collect();
    assert_eq!(
        tree,
        [
            "from in route",
            "split#1 in from",
            "choice#1 in split#1",
            "when#1 in choice#1",
            "to#1 in when#1",
            "otherwise#1 in choice#1",
            "log#1 in otherwise#1",
            "to#2 in from",
        ]
    );
}

use super::*;
use crate::block::{self, Class};
use crate::capture::Tail;
use crate::frame::{
    Body, Cause, Counters, Drops, ErrorReport, Header, HeaderValue, Message, MessageFlags, Node,
    NodeNumber, Outcome, Parent, Payload, Point, RouteNumber, Stats, Step, StepFlags, Trace,
};
use crate::ledger::Ledger;
use crate::model::{self, Batch, Origin, Reason, Sequence};
use crate::redact::Additions;

const NOW: u64 = 1_800_000_000_000_000;

struct World {
    admission: Admission,
    redactor: Redactor,
    sampler: Sampler,
    pending: Pending,
}

impl World {
    fn new(known: Known) -> Self {
        let instance = Instance(0xABCD_0000_0007);
        let mut world = Self {
            admission: Admission::new(instance, known, NOW),
            redactor: Redactor::new(&Additions::default(), None).unwrap(),
            sampler: Sampler::default(),
            pending: Pending::new(Origin {
                workload: None,
                deployment: None,
                integration: "orders".to_owned(),
                environment: String::new(),
                release: String::new(),
                tracer: TracerInstance(7),
                trace_base: instance.0,
            }),
        };
        world.take(Up::Structure(structure()));
        world
    }

    fn take(&mut self, up: Up) {
        let mut with = With { redactor: &self.redactor, sampler: &mut self.sampler, now_us: NOW };
        self.admission.take(up, &mut with, &mut self.pending);
    }

    /// What was admitted, through the codec.
    fn close(&mut self) -> Vec<(Class, Batch)> {
        let at = Sequence { epoch: 1, number: 1 };
        let through = |(class, batch): (Class, Batch)| {
            let bytes = block::encode(class, at, &batch).unwrap();
            let (head, read) = block::decode(&bytes, block::Budget::default()).unwrap();
            assert_eq!(read, batch);
            (head.class, read)
        };
        self.pending.close(NOW).into_iter().map(through).collect()
    }

    fn records(&mut self) -> Vec<Record> {
        self.close().into_iter().flat_map(|(_, batch)| batch.records).collect()
    }
}

fn structure() -> Structure {
    let node = |number, parent, kind: &str, key: &str| Node {
        number: NodeNumber(number),
        parent,
        kind: kind.into(),
        key: key.into(),
        id: key.into(),
        text: "sql:insert".into(),
        line: 3,
    };
    Structure {
        route: RouteNumber(1),
        id: "intake".into(),
        hash: 99,
        from: "direct:in".into(),
        group: "".into(),
        description: "".into(),
        location: "".into(),
        made: false,
        nodes: vec![node(1, None, "from", "from"), node(2, Some(0), "to", "insert")],
    }
}

fn message(counter: u64, outcome: Outcome) -> Message {
    let step = |node, parent| Step {
        node: NodeNumber(node),
        flags: StepFlags::default(),
        parent,
        offset_us: 1,
        duration_us: 14,
        iteration: None,
        redelivery: 0,
        detail: "http://ann:hunter2@prices/TEA-10".into(),
    };
    Message {
        flags: MessageFlags::default(),
        counter,
        start_us: NOW - 100,
        duration_us: 20,
        route: RouteNumber(1),
        outcome,
        weight: 1.0,
        exchange_id: format!("5B1E0A64F9C7D21-{counter:016X}").into(),
        trace: Trace::Own,
        parent: Some(Parent { counter: 3, step: Some(4) }),
        breadcrumb: "".into(),
        error: None,
        attributes: vec![
            ("orderId".into(), "A-17".to_owned()),
            ("mail".into(), "ann@example.com".to_owned()),
        ],
        steps_total: 2,
        steps: vec![step(1, None), step(2, Some(0))],
        payloads: Vec::new(),
    }
}

fn failed(counter: u64) -> Message {
    let cause = |class: &str, message: &str| Cause { class: class.into(), message: message.into() };
    Message {
        error: Some(ErrorReport {
            node: Some(NodeNumber(2)),
            step: Some(1),
            causes: vec![
                cause("CamelExecutionException", "failed"),
                cause("SQLException", "no row 7, password=hunter2"),
            ],
            stack: "at insert".into(),
        }),
        payloads: vec![Payload {
            point: Point::Failure,
            step: Some(1),
            body: Body::Captured {
                bytes: br#"{"password":"hunter2","sku":"TEA-10"}"#.to_vec(),
                text: true,
                view: false,
                truncated: false,
                size: 37,
                hash: 5,
            },
            content_type: "application/json".into(),
            class: "java.lang.String".into(),
            headers: vec![
                (
                    "Authorization".into(),
                    Header {
                        value: HeaderValue::Text("Bearer hunter2hunter2".to_owned()),
                        truncated: false,
                    },
                ),
                ("n".into(), Header { value: HeaderValue::Long(5), truncated: false }),
            ],
            headers_total: 9,
            hidden_size: 0,
        }],
        ..message(counter, Outcome::Failed)
    }
}

fn drops(finished: u64, sent: u64) -> Drops {
    Drops { at_us: NOW, finished, sent, ..Drops::default() }
}

fn ledger(batches: &[(Class, Batch)]) -> Ledger {
    let mut ledger = Ledger::default();
    for (_, batch) in batches {
        ledger.add(batch);
    }
    ledger
}

#[test]
fn a_message_is_named_and_counted_by_class() {
    let mut world = World::new(Known::default());
    world.take(Up::Traces(vec![message(1, Outcome::Completed), failed(2)]));
    let closed = world.close();
    let classes: Vec<_> = closed.iter().map(|(class, _)| *class).collect();
    assert_eq!(classes, [Class::Essential, Class::Failed, Class::Routine]);
    let (_, batch) = &closed[2];
    let Record::Message(kept) = &batch.records[0] else { panic!("no message") };
    assert_eq!(kept.id, MessageId { started_us: NOW - 100, tracer: TracerInstance(7), count: 1 });
    assert_eq!((batch.names.text(kept.route), kept.structure), ("intake", 99));
    assert_eq!(kept.trace_id(&batch.origin), (0xABCD_0000_0007 << 64) | 1);
    assert_eq!(kept.correlation.parent, Some(model::Parent { count: 3, step: 5 }));
    let steps: Vec<_> = kept
        .steps
        .iter()
        .map(|step| (step.sequence, step.parent, batch.names.text(step.node)))
        .collect();
    assert_eq!(steps, [(1, 0, "from"), (2, 1, "insert")]);
    assert!(matches!(kept.exchange, model::CamelId::Counted { count: 1, .. }));
}

#[test]
fn a_step_says_which_route_its_node_is_of() {
    let mut world = World::new(Known::default());
    let mut inner = structure();
    (inner.route, inner.id) = (RouteNumber(2), "line".into());
    inner.nodes.iter_mut().for_each(|node| node.number.0 += 10);
    world.take(Up::Structure(inner));
    let mut called = message(1, Outcome::Completed);
    for (node, parent) in [(11, 1), (12, 2)] {
        called.steps.push(Step {
            node: NodeNumber(node),
            parent: Some(parent),
            ..called.steps[1].clone()
        });
    }
    world.take(Up::Traces(vec![called]));
    let (_, batch) = world.close().pop().unwrap();
    let Record::Message(kept) = &batch.records[0] else { panic!("no message") };
    let text = |name| batch.names.text(name);
    let steps: Vec<_> = kept.steps.iter().map(|it| (text(it.route), text(it.node))).collect();
    let inner = [("line", "from"), ("line", "insert")];
    assert_eq!(steps, [&[("intake", "from"), ("intake", "insert")][..], &inner].concat());
}

#[test]
fn nothing_that_is_secret_is_in_what_is_kept() {
    let mut world = World::new(Known::default());
    world.take(Up::Traces(vec![message(1, Outcome::Completed), failed(2)]));
    for (_, batch) in world.close() {
        let mut all: String = batch.names.iter().map(|(_, text)| text.to_owned()).collect();
        for record in &batch.records {
            match record {
                Record::Message(message) => all += &format!("{message:?}"),
                Record::Payload(payload) => {
                    let model::Body::Bytes(bytes) = &payload.body else { panic!("no body") };
                    all += &String::from_utf8_lossy(bytes);
                    assert!(payload.flags.has(model::PayloadFlags::MASKED));
                    assert!(payload.flags.has(model::PayloadFlags::HEADERS_LEFT_OUT));
                    assert!(matches!(payload.headers[0].value, model::HeaderValue::Masked(_)));
                }
                _ => {}
            }
        }
        assert!(!all.contains("hunter2") && !all.contains("ann@"), "{all}");
    }
}

fn start(body: &str) -> Payload {
    Payload {
        point: Point::Start,
        step: None,
        body: Body::Captured {
            bytes: body.as_bytes().to_vec(),
            text: true,
            view: false,
            truncated: false,
            size: 1,
            hash: 0,
        },
        content_type: "application/json".into(),
        class: "java.lang.String".into(),
        headers: vec![
            ("Authorization".into(), Header { value: HeaderValue::Masked, truncated: false }),
            ("n".into(), Header { value: HeaderValue::Long(5), truncated: false }),
        ],
        headers_total: 2,
        hidden_size: 0,
    }
}

#[test]
fn what_was_masked_is_had_as_it_was_and_only_that_and_only_when_asked_for() {
    let masked = r#"{"password":"hunter2"}"#;
    let mut world = World::new(Known::default());
    let say = |world: &mut World, counter, payload| {
        let said = Message { payloads: vec![payload], ..message(counter, Outcome::Completed) };
        world.take(Up::Traces(vec![said]));
        world.pending.originals()
    };
    assert_eq!(say(&mut world, 1, start(masked)), [], "nobody asked");
    world.pending.want_originals(Wanted::Masked);
    let kept = say(&mut world, 2, start(masked));
    assert_eq!(kept[0].body.as_deref(), Some(masked.as_bytes()));
    assert_eq!(kept[0].masks.as_ref().unwrap()[0].token, "[masked password]");
    let names: Vec<&str> = kept[0].headers.iter().map(|header| &*header.name).collect();
    assert_eq!(names, ["n"], "what the tracer masked never came");
    assert!(!format!("{kept:?}").contains("hunter2"));
    assert_eq!(say(&mut world, 3, start("{}")), [], "the record is exact");
    let mut mail = start("{}");
    let value = HeaderValue::Text("ann@example.com".to_owned());
    mail.headers.push(("from".into(), Header { value, truncated: false }));
    let kept = say(&mut world, 4, mail);
    let recorded = model::HeaderValue::Text("[masked email]".to_owned());
    assert_eq!(kept[0].headers[1].recorded, Some(recorded));
    let mut view = start(masked);
    if let Body::Captured { view, .. } = &mut view.body {
        *view = true;
    }
    assert_eq!(say(&mut world, 5, view), [], "a picture cannot go in again");
    let end = Payload { point: Point::End, ..start(masked) };
    assert_eq!(say(&mut world, 6, end), []);

    world.close();
    world.pending.want_originals(Wanted::All);
    let kept = say(&mut world, 7, start("{}"));
    assert_eq!((kept[0].body.as_deref(), &kept[0].masks), (Some(&b"{}"[..]), &None));
    let unrecorded = world.records().into_iter().filter_map(|record| match record {
        Record::Payload(payload) => Some(payload.body),
        _ => None,
    });
    let hidden = model::Body::Unavailable(model::Unavailable::Redaction);
    assert_eq!(unrecorded.collect::<Vec<_>>(), [hidden], "no record has it");
}

#[test]
fn the_root_cause_is_what_makes_a_fault_the_same() {
    let mut world = World::new(Known::default());
    let mut other = failed(3);
    if let Some(error) = &mut other.error {
        error.causes[0].class = "OtherWrapper".into();
        error.causes[1].message = "no row 8, password=hunter2".into();
    }
    world.take(Up::Traces(vec![failed(2), other]));
    let (_, batch) = world.close().pop().unwrap();
    let faults: Vec<_> = batch
        .records
        .iter()
        .filter_map(|record| match record {
            Record::Message(message) => message.fault.as_ref(),
            _ => None,
        })
        .collect();
    assert_eq!(faults.len(), 2);
    assert_eq!(faults[0].fingerprint, faults[1].fingerprint);
    assert_eq!(batch.names.text(faults[0].class), "SQLException");
    assert!(faults[0].message.starts_with("no row 7"), "{}", faults[0].message);
    let outer = faults[0].outer_class.map(|name| batch.names.text(name));
    assert_eq!(outer, Some("CamelExecutionException"));
}

#[test]
fn totals_become_differences_over_a_restart_of_the_runner() {
    let counters = |count| Counters {
        failed: 1,
        handled: 0,
        sum_us: 10 * count,
        histogram: vec![(12, count)],
    };
    let stats = |count| {
        Up::Stats(Stats {
            at_us: NOW,
            in_flight: 0,
            rate_millionths: 1_000_000,
            counters: vec![(1, counters(count)), (2, counters(count))],
        })
    };
    let counts = |world: &mut World| -> Vec<(bool, u64, u64)> {
        let rollups = world.records().into_iter().filter_map(|record| match record {
            Record::Rollup(rollup) => Some((rollup.node.is_some(), rollup.count, rollup.failed)),
            _ => None,
        });
        rollups.collect()
    };
    let mut world = World::new(Known::default());
    world.take(stats(5));
    assert_eq!(counts(&mut world), [(false, 5, 1), (true, 5, 1)]);
    world.take(stats(5));
    assert_eq!(counts(&mut world), []);
    let known = Known::from_bytes(&world.admission.known().to_bytes()).unwrap();
    assert_eq!(&known, world.admission.known());
    let mut world = World::new(known);
    world.take(stats(7));
    assert_eq!(counts(&mut world), [(false, 2, 0), (true, 2, 0)]);
    assert!(world.records().iter().all(|record| record.kind() != Kind::Route), "told once");
}

#[test]
fn everything_made_is_accounted_for() {
    let mut world = World::new(Known::default());
    world.take(Up::Traces((1..=6).map(|counter| message(counter, Outcome::Completed)).collect()));
    let now = Drops { sampled_out: 3, dropped_successes: 2, broken: 1, ..drops(14, 8) };
    world.take(Up::Drops(now));
    world.take(Up::Drops(now));
    let closed = world.close();
    let ledger = ledger(&closed);
    assert_eq!(ledger.check(Kind::Message, 0), Ok(()));
    let entry = ledger.entry(Kind::Message);
    assert_eq!((entry.produced, entry.stored, entry.dropped, entry.lost), (14, 6, 6, 2));
}

#[test]
fn a_killed_process_leaves_one_loss_and_a_balanced_ledger() {
    let mut world = World::new(Known::default());
    world.take(Up::Traces((1..=4).map(|counter| message(counter, Outcome::Completed)).collect()));
    world.take(Up::Drops(drops(4, 4)));
    world.take(Up::Traces((5..=9).map(|counter| message(counter, Outcome::Completed)).collect()));
    world.admission.died(NOW + 9, &mut world.pending);
    let closed = world.close();
    let ledger = ledger(&closed);
    assert_eq!(ledger.check(Kind::Message, 0), Ok(()));
    let entry = ledger.entry(Kind::Message);
    assert_eq!((entry.produced, entry.stored, entry.perhaps_lost), (9, 9, RING_SLOTS));
}

#[test]
fn what_sampling_leaves_out_is_counted() {
    let mut world = World::new(Known::default());
    world.sampler.set(Tail { only_notable: true, next: Vec::new() });
    world.take(Up::Traces(
        (1..=9).map(|counter| message(counter, Outcome::Completed)).chain([failed(10)]).collect(),
    ));
    world.take(Up::Drops(drops(10, 10)));
    let closed = world.close();
    let ledger = ledger(&closed);
    assert_eq!(ledger.check(Kind::Message, 0), Ok(()));
    assert_eq!((ledger.entry(Kind::Message).stored, ledger.entry(Kind::Message).dropped), (2, 8));
    let all_wanted =
        closed.iter().flat_map(|(_, batch)| &batch.records).all(|record| match record {
            Record::Dropped(report) => {
                report.reason == Reason::SampledTail && report.reason.is_wanted()
            }
            _ => true,
        });
    assert!(all_wanted);
}

#[test]
fn a_message_of_a_route_that_was_never_described_is_kept_all_the_same() {
    let mut world = World::new(Known::default());
    let mut stray = message(1, Outcome::Completed);
    stray.route = RouteNumber(77);
    stray.steps[1].node = NodeNumber(1_000);
    world.take(Up::Traces(vec![stray]));
    assert!(world.records().iter().any(|record| record.kind() == Kind::Message));
}

#[test]
fn damaged_knowledge_is_not_believed() {
    let mut world = World::new(Known::default());
    world.take(Up::Drops(drops(5, 0)));
    let bytes = world.admission.known().to_bytes();
    for place in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[place] ^= 1;
        assert_eq!(Known::from_bytes(&damaged), None, "{place}");
    }
    assert_eq!(Known::from_bytes(&[]), None);
}

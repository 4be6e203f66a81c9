//! What is written is read again, and nothing that can be received does harm.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use super::*;

/// Splits and decodes everything that was written.
fn read_up(bytes: &[u8], chunk: usize) -> Result<Vec<Up>, Malformed> {
    let (mut splitter, mut words, mut all) = (Splitter::default(), Dictionary::default(), vec![]);
    for piece in bytes.chunks(chunk.max(1)) {
        splitter.push(piece);
        while let Some(frame) = splitter.next_frame()? {
            match Up::decode(&frame, &mut words)? {
                Up::Dict => {}
                up => all.push(up),
            }
        }
    }
    assert_eq!(splitter.pending_bytes(), 0);
    Ok(all)
}

fn word() -> impl Strategy<Value = std::sync::Arc<str>> {
    "[a-zé]{0,6}".prop_map(Into::into)
}

prop_compose! {
    fn step()(
        node in 1_u32..9999, flags in 0_u8..16, offset_us in any::<u32>(), duration_us in any::<u64>(),
        iteration in option::of(any::<u32>()), redelivery in 0_u32..4, detail in word(),
    ) -> Step {
        Step {
            node: NodeNumber(node), flags: StepFlags(flags), parent: None, offset_us: offset_us.into(),
            duration_us, iteration, redelivery, detail,
        }
    }
}

prop_compose! {
    fn payload()(
        point in prop_oneof![Just(Point::Start), Just(Point::Failure), Just(Point::End)],
        step in option::of(0_u32..500),
        body in prop_oneof![
            Just(Body::None),
            (vec(any::<u8>(), 0..64), any::<[bool; 3]>(), any::<u64>(), any::<u32>()).prop_map(
                |(bytes, [text, view, truncated], size, hash)| Body::Captured {
                    bytes, text, view, truncated, size, hash
                }
            ),
            Just(Body::Unavailable(Unavailable::Stream)),
            Just(Body::Unavailable(Unavailable::Level)),
        ],
        content_type in word(), class in word(), (headers_total, hidden_size) in any::<(u32, u64)>(),
        headers in vec((word(), header()), 0..6),
    ) -> Payload {
        Payload { point, step, body, content_type, class, headers, headers_total, hidden_size }
    }
}

fn header() -> impl Strategy<Value = Header> {
    let value = prop_oneof![
        Just(HeaderValue::Null),
        ".{0,9}".prop_map(HeaderValue::Text),
        any::<i64>().prop_map(HeaderValue::Long),
        (-1e9..1e9).prop_map(HeaderValue::Double),
        any::<bool>().prop_map(HeaderValue::Bool),
        vec(any::<u8>(), 0..9).prop_map(HeaderValue::Bytes),
        any::<i64>().prop_map(HeaderValue::InstantUs),
        Just(HeaderValue::Masked),
        word().prop_map(HeaderValue::Dropped),
    ];
    (value, any::<bool>()).prop_map(|(value, truncated)| Header { value, truncated })
}

fn error_report() -> impl Strategy<Value = ErrorReport> {
    let cause = (word(), word()).prop_map(|(class, message)| Cause { class, message });
    let place = (option::of(1_u32..99), option::of(0_u32..99));
    (place, vec(cause, 0..4), word()).prop_map(|((node, step), causes, stack)| ErrorReport {
        node: node.map(NodeNumber),
        step,
        causes,
        stack,
    })
}

fn trace() -> impl Strategy<Value = Trace> {
    let given = (any::<u128>(), any::<u64>());
    prop_oneof![
        Just(Trace::Own),
        given.prop_map(|(id, parent_span)| Trace::Given { id, parent_span })
    ]
}

prop_compose! {
    fn message()(
        (flags, counter, start_us, duration_us) in (any::<u64>(), 1_u64.., any::<u64>(), any::<u64>()),
        outcome in prop_oneof![
            Just(Outcome::Completed), Just(Outcome::Handled), Just(Outcome::Failed)
        ],
        weight in 1_u32..5000, exchange_id in word(), trace in trace(),
        parent in option::of((1_u64.., option::of(0_u32..99))), breadcrumb in word(),
        error in option::of(error_report()), attributes in vec((word(), ".{0,9}"), 0..4),
        steps_total in any::<u64>(), steps in vec((step(), 0_u32..4), 0..20),
        payloads in vec(payload(), 0..3),
    ) -> Message {
        let with_parent = |(place, (step, back)): (u32, (Step, u32))| {
            let parent = if back == 0 { None } else { place.checked_sub(back) };
            Step { parent, ..step }
        };
        Message {
            flags: MessageFlags(flags), counter, start_us, duration_us, route: RouteNumber(7), outcome,
            weight: f64::from(weight), exchange_id, trace,
            parent: parent.map(|(counter, step)| Parent { counter, step }), breadcrumb, error,
            attributes, steps_total, steps: (0..).zip(steps).map(with_parent).collect(), payloads,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn messages_come_back_in_any_slices(
        messages in vec(message(), 0..5), chunk in 1_usize..300,
    ) {
        let (mut words, mut bytes) = (Interner::default(), Vec::new());
        let up = Up::Traces(messages);
        up.encode(&mut words, &mut bytes);
        up.encode(&mut words, &mut bytes);
        prop_assert_eq!(read_up(&bytes, chunk), Ok(vec![up.clone(), up]));
    }

    #[test]
    fn garbage_is_refused_and_never_panics(bytes in vec(any::<u8>(), 0..400)) {
        let mut splitter = Splitter::default();
        splitter.push(&bytes);
        let mut words = Dictionary::default();
        while let Ok(Some(frame)) = splitter.next_frame() {
            let _ = Up::decode(&frame, &mut words);
            let _ = Down::decode(&frame);
        }
        for kind in 0..=255 {
            let frame = Frame { kind, version: 1, body: bytes.clone() };
            let _ = Up::decode(&frame, &mut words);
            let _ = Down::decode(&frame);
        }
    }

    #[test]
    fn a_flipped_bit_never_panics(messages in vec(message(), 1..3), at in any::<prop::sample::Index>()) {
        let (mut words, mut bytes) = (Interner::default(), Vec::new());
        Up::Traces(messages).encode(&mut words, &mut bytes);
        let bit = at.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let (mut splitter, mut words) = (Splitter::default(), Dictionary::default());
        splitter.push(&bytes);
        while let Ok(Some(frame)) = splitter.next_frame() {
            let _ = Up::decode(&frame, &mut words);
        }
    }

    #[test]
    fn settings_come_back(
        (revision, rate, slow_us) in (any::<u64>(), 0.0..=1.0_f64, option::of(any::<u64>())),
        masked_headers in vec("[a-z\\\\*\n=]{0,6}", 0..3),
        attributes in btree_map("[a-z=\\\\]{1,4}", "[a-z=\\\\\r]{0,5}".prop_map(AttributeRule::Header), 0..3),
        routes in btree_map("[a-z=\\\\]{1,4}", 0.0..=1.0_f64, 0..3),
    ) {
        let of_route = |rate| RouteSettings { rate: Some(rate), level: Some(Level::Off), slow_us: None };
        let routes: BTreeMap<_, _> = routes.into_iter().map(|(id, rate)| (id, of_route(rate))).collect();
        let settings = Settings {
            revision, rate, slow_us, masked_headers, attributes, routes, ..Settings::default()
        };
        prop_assert_eq!(Settings::parse(&settings.to_text()), settings.clone());
        let mut bytes = Vec::new();
        Down::Config(settings.clone()).encode(&mut bytes);
        let mut splitter = Splitter::default();
        splitter.push(&bytes);
        let frame = splitter.next_frame().unwrap().unwrap();
        prop_assert_eq!(Down::decode(&frame), Ok(Down::Config(settings)));
    }
}

#[track_caller]
fn check_up(up: Up) {
    let (mut words, mut bytes) = (Interner::default(), Vec::new());
    up.encode(&mut words, &mut bytes);
    assert_eq!(read_up(&bytes, 3), Ok(vec![up]));
}

#[test]
fn every_kind_that_a_tracer_sends_comes_back() {
    let facts = BTreeMap::from([("name".to_owned(), "orders".to_owned())]);
    check_up(Up::Hello(Hello {
        oldest: 1,
        newest: 2,
        instance: Instance(u64::MAX),
        pid: 77,
        started_us: 1,
        token: "t".to_owned(),
        facts,
    }));
    let node = |number, parent| Node {
        number: NodeNumber(number),
        parent,
        kind: "to".into(),
        key: "to#1".into(),
        id: "to4".into(),
        text: "log:x".into(),
        line: 12,
    };
    check_up(Up::Structure(Structure {
        route: RouteNumber(3),
        id: "intake".into(),
        hash: 1 << 63,
        from: "direct:a".into(),
        group: "".into(),
        description: "takes orders".into(),
        location: "a.camel.yaml:3".into(),
        made: true,
        nodes: vec![node(9, None), node(10, Some(0))],
    }));
    let counters = Counters { failed: 1, handled: 2, sum_us: 3, histogram: vec![(0, 4), (9, 5)] };
    check_up(Up::Stats(Stats {
        at_us: 5,
        in_flight: 6,
        rate_millionths: 500_000,
        counters: vec![(9, counters)],
    }));
    check_up(Up::RouteState(RouteStatus {
        route: RouteNumber(3),
        state: RouteState::Stopped,
        at_us: 9,
    }));
    check_up(Up::Log(LogLine {
        at_us: 9,
        level: 30,
        logger: "midplane".into(),
        thread: "main".into(),
        message: "sampling halved".to_owned(),
        counter: None,
        node: Some(NodeNumber(10)),
    }));
    check_up(Up::Drops(Drops {
        at_us: 1,
        finished: 10,
        sent: 8,
        uncertain: 2,
        ..Drops::default()
    }));
    let flight = Flight {
        counter: 4,
        start_us: 5,
        age_us: 6,
        route: RouteNumber(3),
        node: None,
        node_age_us: 0,
        exchange_id: "x".into(),
        thread: "t".into(),
        steps: 8,
    };
    check_up(Up::InFlight(Flights { request: 1, total: 2, oldest: vec![flight] }));
    check_up(Up::Ping);
}

#[test]
fn every_kind_that_a_runner_sends_comes_back() {
    let all = [
        Down::Welcome(Welcome { version: 1, credit: 1 << 40 }),
        Down::Refuse { code: "MP-X".to_owned(), reason: "another workload's token".to_owned() },
        Down::Credit { total: 12 },
        Down::GetInFlight { request: 3 },
        Down::Dump { request: 4 },
    ];
    let mut bytes = Vec::new();
    for down in &all {
        down.encode(&mut bytes);
    }
    let mut splitter = Splitter::default();
    splitter.push(&bytes);
    let read = std::iter::from_fn(|| splitter.next_frame().unwrap());
    let read: Vec<_> = read.map(|frame| Down::decode(&frame).unwrap()).collect();
    assert_eq!(read, all);
}

#[test]
fn an_unknown_kind_is_skipped_by_its_length() {
    let mut bytes = vec![5, 0, 0, 0, 99, 9, 0, 1, 2, 3, 4, 5];
    Up::Ping.encode(&mut Interner::default(), &mut bytes);
    assert_eq!(read_up(&bytes, 1), Ok(vec![Up::Unknown(99), Up::Ping]));
}

#[test]
fn a_count_is_not_believed_beyond_the_bytes() {
    let body = vec![0xff, 0xff, 0x7f]; // two million messages in three bytes
    let frame = Frame { kind: 4, version: 1, body };
    let err = Up::decode(&frame, &mut Dictionary::default()).unwrap_err();
    assert!(matches!(err, Malformed::OutOfRange { kind: 4, field: "messages", .. }), "{err}");
    let mut splitter = Splitter::default();
    splitter.push(&[0xff, 0xff, 0xff, 0xff, 4, 1, 0]);
    assert_eq!(splitter.next_frame(), Err(Malformed::FrameTooLong { bytes: u32::MAX as usize }));
}

#[test]
fn fields_of_a_newer_tracer_are_ignored() {
    let (mut words, mut bytes) = (Interner::default(), Vec::new());
    Up::Stats(Stats { at_us: 1, in_flight: 0, rate_millionths: 1, counters: vec![] })
        .encode(&mut words, &mut bytes);
    bytes.extend_from_slice(&[7, 7, 7]);
    bytes[0] += 3;
    bytes[5] = 2;
    assert!(matches!(&read_up(&bytes, 64).unwrap()[..], [Up::Stats(_)]));
}

#[test]
fn versions_are_agreed_or_not() {
    let hello = |oldest, newest| Hello {
        oldest,
        newest,
        instance: Instance(1),
        pid: 1,
        started_us: 1,
        token: "secret".to_owned(),
        facts: BTreeMap::new(),
    };
    assert_eq!(hello(1, 1).agree(1, 1), Some(1));
    assert_eq!(hello(1, 2).agree(1, 1), Some(1));
    assert_eq!(hello(1, 2).agree(2, 3), Some(2));
    assert_eq!(hello(2, 3).agree(1, 1), None);
    assert_eq!(hello(1, 1).agree(2, 2), None);
    assert!(!format!("{:?}", hello(1, 1)).contains("secret"));
}

/// The same bytes stand in the protocol's description; a tracer of another build reads them too.
#[test]
fn the_bytes_of_version_1_stay() {
    let step = |node, parent, offset_us, duration_us| Step {
        node: NodeNumber(node),
        flags: StepFlags::default(),
        parent,
        offset_us,
        duration_us,
        iteration: None,
        redelivery: 0,
        detail: "".into(),
    };
    let message = Message {
        flags: MessageFlags::default(),
        counter: 1,
        start_us: 300,
        duration_us: 14,
        route: RouteNumber(1),
        outcome: Outcome::Completed,
        weight: 1.0,
        exchange_id: "E1".into(),
        trace: Trace::Own,
        parent: None,
        breadcrumb: "".into(),
        error: None,
        attributes: vec![("orderId".into(), "A-17".to_owned())],
        steps_total: 2,
        steps: vec![step(1, None, 0, 14), step(2, Some(0), 3, 9)],
        payloads: vec![],
    };
    let mut bytes = Vec::new();
    Up::Traces(vec![message]).encode(&mut Interner::default(), &mut bytes);
    let want = "0a00000003010000\
                01076f726465724964\
                2700000004010001\
                2500 01 ac02 0e 01 01 e807 00 024531 00 00 00 00\
                01 02 04412d3137 02 02 00 01 00 00 0e 00 02 01 06 09 00";
    let want: String = want.split_whitespace().collect();
    assert_eq!(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>(), want);
}

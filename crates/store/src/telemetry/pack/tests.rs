use proptest::prelude::*;
use telemetry::id::TracerInstance;
use telemetry::model::{
    Correlation, Fault as ModelFault, HeaderValue, MessageFlags, Names, Outcome, Step, StepFlags,
};

use super::*;

/// Names are numbered as the batch numbers them.
struct Same<'n>(&'n Names);

impl<'n> Naming<'n> for Same<'n> {
    fn number(&self, _: Kind, name: Name) -> NameId {
        NameId(i32::try_from(name.0).unwrap())
    }

    fn text(&self, name: Name) -> &'n str {
        self.0.text(name)
    }
}

fn message(names: &mut Names, steps: Vec<Step>) -> Message {
    Message {
        id: MessageId { started_us: 1_764_158_651_000_000, tracer: TracerInstance(7), count: 9 },
        exchange: CamelId::Counted { prefix: names.intern("A1B2C3"), count: 77 },
        route: names.intern("intake"),
        from: Some(names.intern("rest:post:/orders")),
        structure: 0xfeed,
        duration_us: 14_000,
        outcome: Outcome::Failed,
        failed_node: Some(names.intern("throwException1")),
        failed_step: Some(3),
        fault: Some(ModelFault {
            class: names.intern("java.lang.IllegalArgumentException"),
            message: "no price".to_owned(),
            fingerprint: 5,
            outer_class: None,
            outer_message: Some(String::new()),
            stack: Some(names.intern("at a\nat b")),
        }),
        correlation: Correlation {
            breadcrumb: Some("b-1".to_owned()),
            trace: Some(Trace { id: 1 << 100, caller_span: 9 }),
            parent: Some(Parent { count: 3, step: 2 }),
        },
        weight_milli: 4_000,
        attributes: vec![(names.intern("orderId"), "A-17".to_owned())],
        flags: MessageFlags(0),
        replay_of: None,
        steps_total: u32::try_from(steps.len()).unwrap(),
        steps,
    }
}

fn step() -> impl Strategy<Value = Step> {
    let small = prop_oneof![Just(0_u32), 0..50_u32, any::<u32>()];
    (
        (small.clone(), small.clone(), small.clone()),
        (0..4_u32, 0..30_u32),
        (any::<u64>(), any::<u32>()),
        (small.clone(), small),
    )
        .prop_map(
            |(
                (sequence, parent, iteration),
                (route, node),
                (start_us, duration),
                (flags, redelivery),
            )| Step {
                sequence,
                parent,
                iteration,
                route: Name(route),
                node: Name(node),
                start_us,
                duration_us: u64::from(duration),
                flags: StepFlags(flags),
                redelivery,
                detail: (node % 3 == 0).then_some(Name(node)),
            },
        )
}

const RUN: Run = Run { structure: NameId(3), trace_base: NameId(4) };
const PATH: NameId = NameId(700);

fn packed(message: &Message, names: &Names) -> Vec<u8> {
    pack(message, RUN, None, Some(5), &Same(names))
}

/// With the path elsewhere.
fn packed_apart(message: &Message, names: &Names) -> (Vec<u8>, Paths) {
    let mut path = Writer::default();
    let number = |name: Name| NameId(i32::try_from(name.0).unwrap());
    put_path(&mut path, message.route, &message.steps, number, number);
    let bytes = pack(message, RUN, Some(PATH), Some(5), &Same(names));
    (bytes, Paths::from([(PATH, hex::encode(path.0))]))
}

proptest! {
    #[test]
    fn what_was_packed_is_unpacked(steps in prop::collection::vec(step(), 0..40)) {
        let mut names = Names::default();
        let message = message(&mut names, steps);
        let inline = unpack(&packed(&message, &names), 0, usize::MAX, &Paths::new()).unwrap();
        let (apart, paths) = packed_apart(&message, &names);
        let detail = unpack(&apart, 0, usize::MAX, &paths).unwrap();
        prop_assert_eq!(path_of(&apart), Ok(Some(PATH)));
        prop_assert_eq!(&inline, &detail);
        prop_assert_eq!(detail.steps.len(), message.steps.len());
        for (packed, step) in detail.steps.iter().zip(&message.steps) {
            let whole = (packed.sequence, packed.parent, packed.iteration, packed.start_us, packed.duration_us);
            prop_assert_eq!(whole, (step.sequence, step.parent, step.iteration, step.start_us, step.duration_us));
            prop_assert_eq!(packed.node.0.unsigned_abs(), step.node.0);
            let other = (step.route != message.route).then_some(step.route.0);
            prop_assert_eq!(packed.route.map(|route| route.0.unsigned_abs()), other);
            prop_assert_eq!((packed.flags, packed.redelivery), (step.flags, step.redelivery));
            prop_assert_eq!(packed.detail.as_deref(), step.detail.map(|name| names.text(name)));
        }
        prop_assert_eq!(detail.fault.unwrap().stack.unwrap(), "at a\nat b");
        prop_assert_eq!((detail.parent, detail.trace), (message.correlation.parent, message.correlation.trace));
        prop_assert_eq!((detail.claimed_start_us, detail.weight_milli), (Some(5), 4_000));
    }

    #[test]
    fn what_is_damaged_is_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in 0..200_usize) {
        let mut whole = vec![VERSION];
        whole.extend(&bytes);
        for bytes in [&bytes, &whole] {
            let _ = unpack(bytes, 0, 10, &Paths::new());
        }
        let _ = unpack_headers(&bytes);
        let mut names = Names::default();
        let whole = packed(&message(&mut names, vec![plain(1)]), &names);
        if cut < whole.len() {
            prop_assert!(unpack(&whole[..cut], 0, 10, &Paths::new()).is_err());
        }
    }
}

fn plain(sequence: u32) -> Step {
    Step {
        sequence,
        parent: 0,
        iteration: 0,
        route: Name(2),
        node: Name(5),
        start_us: u64::from(sequence) * 900,
        duration_us: 800,
        flags: StepFlags(0),
        redelivery: 0,
        detail: None,
    }
}

#[test]
fn a_usual_step_takes_six_bytes_and_four_when_its_path_is_known() {
    let mut names = Names::default();
    let message = message(&mut names, (1..=100).map(plain).collect());
    let mut empty = message.clone();
    (empty.steps, empty.steps_total) = (Vec::new(), 0);
    let each = |bytes: Vec<u8>| (bytes.len() - packed(&empty, &names).len()) / 100;
    assert!(each(packed(&message, &names)) <= 6);
    assert!(each(packed_apart(&message, &names).0) <= 4);
}

#[test]
fn steps_are_read_by_the_page_with_their_own_details() {
    let mut names = Names::default();
    let detail = names.intern("404");
    let mut steps: Vec<Step> = (1..=1_000).map(plain).collect();
    for at in [3, 991, 992] {
        steps[at].detail = Some(detail);
    }
    let message = message(&mut names, steps);
    let page = unpack(&packed(&message, &names), 990, 5, &Paths::new()).unwrap();
    let found: Vec<_> =
        page.steps.iter().map(|step| (step.sequence, step.detail.is_some())).collect();
    let want = [(991, false), (992, true), (993, true), (994, false), (995, false)];
    assert_eq!((found.as_slice(), page.steps_total), (&want[..], 1_000));
    let none = unpack(&packed(&message, &names), 0, 0, &Paths::new()).unwrap();
    assert!(none.steps.is_empty());
}

#[test]
fn a_path_that_is_not_there_is_missed_only_by_who_reads_steps() {
    let mut names = Names::default();
    let message = message(&mut names, vec![plain(1)]);
    let (bytes, _) = packed_apart(&message, &names);
    assert_eq!(unpack(&bytes, 0, 1, &Paths::new()), Err(Damaged::Path));
    assert!(unpack(&bytes, 0, 0, &Paths::new()).is_ok());
}

#[test]
fn another_version_is_refused() {
    for version in [0, VERSION - 1, VERSION + 1] {
        assert_eq!(unpack(&[version], 0, 1, &Paths::new()), Err(Damaged::Version(version)));
    }
}

#[test]
fn headers_survive_packing() {
    let mut names = Names::default();
    let name = names.intern("a");
    let values = [
        HeaderValue::Null,
        HeaderValue::Text("tea".to_owned()),
        HeaderValue::Long(-7),
        HeaderValue::Bool(true),
        HeaderValue::Bytes(vec![0, 255]),
    ];
    let headers: Vec<_> = values
        .iter()
        .map(|value| telemetry::model::Header { name, value: value.clone() })
        .collect();
    let found = unpack_headers(&pack_headers(&headers, |name| names.text(name))).unwrap();
    assert!(found.iter().map(|(_, value)| value).eq(&values));
}

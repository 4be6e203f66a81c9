use proptest::prelude::*;
use telemetry::id::TracerInstance;
use telemetry::model::{Correlation, Fault as ModelFault, MessageFlags, Names, Outcome};

use super::*;

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
        small.clone(),
        small.clone(),
        small.clone(),
        0..4_u32,
        0..30_u32,
        0..1_u64 << 40,
        any::<u32>(),
        small.clone(),
        small,
    )
        .prop_map(
            |(sequence, parent, iteration, route, node, start_us, duration, flags, redelivery)| {
                Step {
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
                }
            },
        )
}

fn packed(message: &Message, names: &Names) -> Vec<u8> {
    let number = |_: Kind, name: Name| NameId(i32::try_from(name.0).unwrap());
    pack(message, Run { structure: NameId(3), trace_base: NameId(4) }, Some(5), number, |name| {
        names.text(name)
    })
}

proptest! {
    #[test]
    fn what_was_packed_is_unpacked(steps in prop::collection::vec(step(), 0..40)) {
        let mut names = Names::default();
        let message = message(&mut names, steps);
        let detail = unpack(&packed(&message, &names), 0, usize::MAX).unwrap();
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
        prop_assert_eq!(detail.claimed_start_us, Some(5));
    }

    #[test]
    fn what_is_damaged_is_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in 0..200_usize) {
        let _ = unpack(&bytes, 0, 10);
        let _ = unpack_headers(&bytes);
        let mut names = Names::default();
        let whole = packed(&message(&mut names, Vec::new()), &names);
        if cut < whole.len() {
            prop_assert!(unpack(&whole[..cut], 0, 10).is_err());
        }
    }
}

#[test]
fn a_usual_step_takes_seven_bytes() {
    let mut names = Names::default();
    let steps = (0..100).map(|at| Step {
        sequence: at + 1,
        parent: 0,
        iteration: 0,
        route: Name(2),
        node: Name(5),
        start_us: u64::from(at) * 900,
        duration_us: 800,
        flags: StepFlags(0),
        redelivery: 0,
        detail: None,
    });
    let mut message = message(&mut names, steps.collect());
    let with = packed(&message, &names).len();
    message.steps.clear();
    let each = (with - packed(&message, &names).len()) / 100;
    assert!(each <= 7, "{each}");
}

#[test]
fn steps_are_read_by_the_page() {
    let mut names = Names::default();
    let steps = (0..1_000).map(|at| Step {
        sequence: at + 1,
        parent: 0,
        iteration: 0,
        route: Name(2),
        node: Name(1),
        start_us: u64::from(at),
        duration_us: 1,
        flags: StepFlags(0),
        redelivery: 0,
        detail: None,
    });
    let message = message(&mut names, steps.collect());
    let page = unpack(&packed(&message, &names), 990, 5).unwrap();
    let found: Vec<_> = page.steps.iter().map(|step| step.sequence).collect();
    assert_eq!(found, [991, 992, 993, 994, 995]);
    assert_eq!(page.steps_total, 1_000);
}

#[test]
fn a_newer_version_is_refused() {
    assert_eq!(unpack(&[3], 0, 1), Err(Damaged::Newer(3)));
}

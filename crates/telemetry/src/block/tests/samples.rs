//! Batches of every shape, for property tests.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::id::{MessageId, TracerInstance};
use crate::model::*;

const NAMES: u32 = 12;

fn a_name() -> impl Strategy<Value = Name> {
    (0..NAMES).prop_map(Name)
}

fn an_id() -> impl Strategy<Value = MessageId> {
    any::<u128>().prop_map(MessageId::from_u128)
}

fn a_step() -> impl Strategy<Value = Step> {
    let small = prop_oneof![0_u32..20, any::<u32>()];
    let time = prop_oneof![0_u64..5_000, any::<u64>()];
    (
        (small.clone(), small.clone(), small.clone(), a_name(), a_name()),
        (time.clone(), time, any::<u32>(), small, option::of(a_name())),
    )
        .prop_map(
            |(
                (sequence, parent, iteration, route, node),
                (start_us, duration_us, flags, redelivery, detail),
            )| Step {
                sequence,
                parent,
                iteration,
                route,
                node,
                start_us,
                duration_us,
                flags: StepFlags(flags),
                redelivery,
                detail,
            },
        )
}

fn a_fault() -> impl Strategy<Value = Fault> {
    (
        a_name(),
        ".{0,20}",
        any::<u64>(),
        option::of(a_name()),
        option::of(".{0,20}"),
        option::of(a_name()),
    )
        .prop_map(|(class, message, fingerprint, outer_class, outer_message, stack)| Fault {
            class,
            message,
            fingerprint,
            outer_class,
            outer_message,
            stack,
        })
}

fn a_message() -> impl Strategy<Value = Message> {
    let exchange = prop_oneof![
        (a_name(), any::<u64>()).prop_map(|(prefix, count)| CamelId::Counted { prefix, count }),
        ".{0,12}".prop_map(CamelId::Text),
    ];
    let trace =
        (any::<u128>(), any::<u64>()).prop_map(|(id, caller_span)| Trace { id, caller_span });
    let parent = (any::<u32>(), any::<u32>()).prop_map(|(count, step)| Parent { count, step });
    let correlation = (option::of(".{0,9}"), option::of(trace), option::of(parent))
        .prop_map(|(breadcrumb, trace, parent)| Correlation { breadcrumb, trace, parent });
    (
        (an_id(), exchange, a_name(), option::of(a_name()), any::<u64>(), any::<u64>()),
        (
            select(&Outcome::ALL[..]),
            option::of(a_name()),
            option::of(any::<u32>()),
            option::of(a_fault()),
            correlation,
        ),
        (
            any::<u32>(),
            vec((a_name(), ".{0,8}"), 0..4),
            any::<u32>(),
            option::of(an_id()),
            any::<u32>(),
            vec(a_step(), 0..12),
        ),
    )
        .prop_map(
            |(
                (id, exchange, route, from, structure, duration_us),
                (outcome, failed_node, failed_step, fault, correlation),
                (weight_milli, attributes, flags, replay_of, steps_total, steps),
            )| Message {
                id,
                exchange,
                route,
                from,
                structure,
                duration_us,
                outcome,
                failed_node,
                failed_step,
                fault,
                correlation,
                weight_milli,
                attributes,
                flags: MessageFlags(flags),
                replay_of,
                steps_total,
                steps,
            },
        )
}

fn a_payload() -> impl Strategy<Value = Payload> {
    let value = prop_oneof![
        Just(HeaderValue::Null),
        ".{0,9}".prop_map(HeaderValue::Text),
        any::<i64>().prop_map(HeaderValue::Long),
        (-1e9..1e9).prop_map(HeaderValue::Double),
        any::<bool>().prop_map(HeaderValue::Bool),
        vec(any::<u8>(), 0..9).prop_map(HeaderValue::Bytes),
        any::<i64>().prop_map(HeaderValue::Instant),
        ".{0,9}".prop_map(HeaderValue::Masked),
        ".{0,9}".prop_map(HeaderValue::Opaque),
    ];
    let header = (a_name(), value).prop_map(|(name, value)| Header { name, value });
    let body = prop_oneof![
        Just(Body::None),
        vec(any::<u8>(), 0..40).prop_map(Body::Bytes),
        select(&Unavailable::ALL[..]).prop_map(Body::Unavailable),
    ];
    (
        (
            an_id(),
            any::<u32>(),
            select(&Point::ALL[..]),
            option::of(a_name()),
            option::of(a_name()),
        ),
        (vec(header, 0..5), body, any::<u64>(), any::<u64>(), any::<u32>()),
    )
        .prop_map(
            |(
                (message, step, point, content_type, class),
                (headers, body, full_size, hash, flags),
            )| Payload {
                message,
                step,
                point,
                content_type,
                class,
                headers,
                body,
                full_size,
                hash,
                flags: PayloadFlags(flags),
            },
        )
}

fn a_log() -> impl Strategy<Value = Log> {
    (
        (
            any::<u64>(),
            select(&Level::ALL[..]),
            select(&LogSource::ALL[..]),
            option::of(an_id()),
            ".{0,20}",
        ),
        vec(option::of(a_name()), 5),
    )
        .prop_map(|((at_us, level, source, message, text), names)| Log {
            at_us,
            level,
            source,
            logger: names[0],
            thread: names[1],
            message,
            route: names[2],
            node: names[3],
            text,
            stack: names[4],
        })
}

fn a_route() -> impl Strategy<Value = RouteModel> {
    let node = (a_name(), a_name(), any::<u32>(), option::of(a_name()), any::<u32>()).prop_map(
        |(node, kind, parent, label, line)| RouteNode { node, kind, parent, label, line },
    );
    (a_name(), any::<u64>(), option::of(a_name()), option::of(a_name()), vec(node, 0..6)).prop_map(
        |(route, structure, from, description, nodes)| RouteModel {
            route,
            structure,
            from,
            description,
            nodes,
        },
    )
}

fn a_number() -> impl Strategy<Value = Record> {
    let rollup = (
        (a_name(), option::of(a_name()), any::<u64>()),
        vec(any::<u64>(), 5),
        vec((any::<u8>(), 1_u64..99), 0..9),
    )
        .prop_map(|((route, node, minute_s), n, pairs)| {
            Record::Rollup(Rollup {
                route,
                node,
                minute_s,
                count: n[0],
                failed: n[1],
                handled: n[2],
                duration_sum_us: n[3],
                duration_max_us: n[4],
                durations: Histogram::from_counts(pairs),
            })
        });
    let span = (any::<u64>(), any::<u64>(), select(&Kind::ALL[..]), any::<u64>());
    let produced = span.clone().prop_map(|(from_us, to_us, kind, count)| {
        Record::Produced(Produced { from_us, to_us, kind, count })
    });
    let dropped =
        (span.clone(), option::of(a_name()), select(&Stage::ALL[..]), select(&Reason::ALL[..]))
            .prop_map(|((from_us, to_us, kind, count), route, stage, reason)| {
                Record::Dropped(DropReport { from_us, to_us, route, kind, stage, reason, count })
            });
    let lost = (span, select(&LossReason::ALL[..]), any::<bool>()).prop_map(
        |((from_us, to_us, kind, at_most), reason, is_exact)| {
            Record::Lost(Lost { from_us, to_us, kind, reason, at_most, is_exact })
        },
    );
    prop_oneof![rollup, produced, dropped, lost]
}

fn a_record() -> impl Strategy<Value = Record> {
    prop_oneof![
        4 => a_message().prop_map(Record::Message),
        1 => a_payload().prop_map(Record::Payload),
        1 => a_log().prop_map(Record::Log),
        1 => a_route().prop_map(Record::Route),
        2 => a_number(),
    ]
}

pub(super) fn a_batch() -> impl Strategy<Value = Batch> {
    let text = || "[a-z]{0,9}";
    let ids = (option::of(any::<u128>()), option::of(any::<u128>()));
    (ids, (text(), text(), text()), any::<u32>(), any::<u64>(), vec(a_record(), 0..12)).prop_map(
        |(
            (workload, deployment),
            (integration, environment, release),
            tracer,
            closed_us,
            records,
        )| {
            let mut names = Names::default();
            for number in 1..NAMES {
                names.intern(&format!("name {number}"));
            }
            let id = |number: u128| uuid::Uuid::from_u128(number);
            let origin = Origin {
                workload: workload.map(id).map(domain::id::WorkloadId),
                deployment: deployment.map(id).map(domain::id::DeploymentId),
                integration,
                environment,
                release,
                tracer: TracerInstance(tracer),
                trace_base: u64::from(tracer) << 9,
            };
            Batch { origin, closed_us, names, records }
        },
    )
}

//! Batches as a busy route makes them, for benches and tests.
//!
//! The same count gives the same batch, on every machine.

pub mod fleet;

use domain::id::{DeploymentId, WorkloadId};

use crate::id::{MessageId, TracerInstance};
use crate::model::{
    Batch, Body, CamelId, Correlation, Message, MessageFlags, Names, Origin, Outcome, Payload,
    PayloadFlags, Point, Record, Step, StepFlags,
};

/// Numbers that look like chance and are always the same.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Ten steps each, as a busy route makes them; durations vary as a generator that knows no pattern varies them.
pub fn busy(count: u32) -> Batch {
    let mut names = Names::default();
    let route = names.intern("intake");
    let from = Some(names.intern("platform-http:/orders"));
    let prefix = names.intern("5B1E0A64F9C7D21");
    let attribute = names.intern("orderId");
    let nodes: Vec<_> = (1..=10).map(|node| names.intern(&format!("step{node}"))).collect();
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    let mut random = |below: u64| numbers.below(below);
    let mut started_us = 1_800_000_000_000_000;
    let records = (0..count)
        .map(|count| {
            started_us += 300 + random(900);
            let mut start_us = 0;
            let steps = (1..)
                .zip(&nodes)
                .map(|(sequence, node)| {
                    start_us += random(4);
                    let duration_us = 20 + random(60) + random(2) * random(400);
                    let step = Step {
                        sequence,
                        route,
                        node: *node,
                        start_us,
                        duration_us,
                        iteration: 0,
                        flags: StepFlags(0),
                        redelivery: 0,
                        detail: None,
                        parent: 0,
                    };
                    start_us += duration_us;
                    step
                })
                .collect();
            Record::Message(Message {
                id: MessageId { started_us, tracer: TracerInstance(7), count },
                exchange: CamelId::Counted { prefix, count: u64::from(count) },
                route,
                from,
                structure: 0x1234_5678_9ABC_DEF0,
                duration_us: start_us + 3,
                outcome: Outcome::Completed,
                failed_node: None,
                failed_step: None,
                fault: None,
                correlation: Correlation::default(),
                weight_milli: 1_000,
                attributes: vec![(attribute, format!("A-{}", 1000 + count))],
                flags: MessageFlags(0),
                replay_of: None,
                steps_total: 10,
                steps,
            })
        })
        .collect();
    let origin = Origin {
        workload: Some(WorkloadId(uuid::Uuid::from_u128(1))),
        deployment: Some(DeploymentId(uuid::Uuid::from_u128(2))),
        integration: "orders".to_owned(),
        environment: "production".to_owned(),
        release: "4f2c".repeat(16),
        tracer: TracerInstance(7),
        trace_base: (5 << 32) + 7,
    };
    Batch { origin, closed_us: started_us, names, records }
}

/// Payloads that do not compress: `count` bodies of `bytes` each.
pub fn bodies(count: u32, bytes: usize) -> Batch {
    let mut batch = busy(1);
    let mut numbers = Numbers(u64::from(count) + 1);
    let first = batch.records.pop();
    let Some(Record::Message(message)) = first else { return batch };
    batch.records = (0..count)
        .map(|step| {
            let body = (0..bytes).map(|_| u8::try_from(numbers.below(256)).unwrap_or(0)).collect();
            Record::Payload(Payload {
                message: message.id,
                step,
                point: Point::Start,
                content_type: None,
                class: None,
                headers: Vec::new(),
                body: Body::Bytes(body),
                full_size: bytes as u64,
                hash: 0,
                flags: PayloadFlags(0),
            })
        })
        .collect();
    batch
}

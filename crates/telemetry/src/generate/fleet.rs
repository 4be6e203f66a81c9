//! Messages of a whole integration: forty routes, failures, attributes, bodies. For benches of the store.
//!
//! A route's nodes take what such nodes take: each has a usual duration of its own (20 us to 5 ms) that varies by a third, and one
//! in a hundred is ten times slower. Steps follow each other with a gap of up to three microseconds. 2 % fail, 1 % is handled. The
//! same seed gives the same messages.

use super::Numbers;
use crate::fingerprint::fingerprint;
use crate::id::{MessageId, TracerInstance};
use crate::model::{
    Batch, Body, CamelId, Correlation, Fault, Header, HeaderValue, Message, MessageFlags, Name,
    Names, Origin, Outcome, Payload, PayloadFlags, Point, Record, Step, StepFlags,
};

pub const ROUTES: u64 = 40;
/// What every figure of the store is told for: a message of ten steps.
pub const STEPS: u32 = 10;

const CLASSES: [&str; 3] = [
    "java.lang.IllegalStateException",
    "java.net.SocketTimeoutException",
    "org.apache.camel.ValidationException",
];
const TEAS: [&str; 6] = ["assam", "ceylon", "darjeeling", "keemun", "oolong", "sencha"];

/// What messages have beside their steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carries {
    /// Every message has an order's id and a customer.
    pub attributes: bool,
    /// One in so many has a body and headers; 0: none.
    pub body_each: u64,
}

/// Makes messages one after the other.
pub struct Fleet {
    numbers: Numbers,
    carries: Carries,
    /// Messages so far.
    count: u32,
}

/// The name of a route by its number.
pub fn route_name(route: u64) -> String {
    format!("route{route}")
}

/// A word that the body of this message alone has.
pub fn rare_word(count: u32) -> String {
    format!("c{count:07}")
}

/// The order's id of a message.
pub fn order(count: u32) -> String {
    format!("A-{count}")
}

impl Fleet {
    /// After `count` messages that others made.
    pub fn new(seed: u64, carries: Carries, count: u32) -> Self {
        Self { numbers: Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1), carries, count }
    }

    /// The next `count` messages, the first of which starts at `from_us` and each `apart_us` after the one before.
    pub fn batch(&mut self, count: u32, from_us: u64, apart_us: u64) -> Batch {
        let mut names = Names::default();
        let mut records = Vec::with_capacity(count as usize);
        for at in 0..u64::from(count) {
            self.count += 1;
            let message = self.message(from_us + at * apart_us, &mut names);
            if self.carries.body_each > 0
                && u64::from(self.count).is_multiple_of(self.carries.body_each)
            {
                records.push(Record::Payload(self.payload(&message, &mut names)));
            }
            records.push(Record::Message(message));
        }
        let closed_us = from_us + u64::from(count) * apart_us;
        Batch { origin: origin(), closed_us, names, records }
    }

    fn message(&mut self, started_us: u64, names: &mut Names) -> Message {
        let route_number = self.numbers.below(ROUTES);
        let route = names.intern(&route_name(route_number));
        let mut start_us = 0;
        let mut steps = Vec::with_capacity(STEPS as usize);
        for sequence in 1..=STEPS {
            start_us += self.numbers.below(4);
            let duration_us = self.duration(route_number, u64::from(sequence));
            let node = names.intern(&node_name(route_number, sequence));
            steps.push(Step {
                sequence,
                parent: 0,
                iteration: 0,
                route,
                node,
                start_us,
                duration_us,
                flags: StepFlags(0),
                redelivery: 0,
                detail: None,
            });
            start_us += duration_us;
        }
        let outcome = match self.numbers.below(100) {
            0 | 1 => Outcome::Failed,
            2 => Outcome::Handled,
            _ => Outcome::Completed,
        };
        let failed = (outcome != Outcome::Completed).then(|| steps[STEPS as usize - 1].node);
        let fault = failed.map(|node| self.fault(names, route, node));
        let attributes = if self.carries.attributes {
            let customer = format!("C-{}", self.numbers.below(20_000));
            vec![(names.intern("orderId"), order(self.count)), (names.intern("customer"), customer)]
        } else {
            Vec::new()
        };
        Message {
            id: MessageId { started_us, tracer: TracerInstance(7), count: self.count },
            exchange: CamelId::Counted {
                prefix: names.intern("5B1E0A64F9C7D21"),
                count: u64::from(self.count),
            },
            route,
            from: Some(names.intern(&format!("kafka:topic{route_number}"))),
            structure: 0x1234_5678_9ABC_0000 + route_number,
            duration_us: start_us + 3,
            outcome,
            failed_node: failed,
            failed_step: failed.map(|_| STEPS),
            fault,
            correlation: Correlation::default(),
            weight_milli: 1_000,
            attributes,
            flags: MessageFlags(0),
            replay_of: None,
            steps_total: STEPS,
            steps,
        }
    }

    fn duration(&mut self, route: u64, step: u64) -> u64 {
        // 20, 40, .. 5120 us, by a scramble of route and step that spreads evenly.
        let usual = 20 << ((route * 7 + step * 5 + route * step) % 9);
        let varied = usual * 2 / 3 + self.numbers.below(usual * 2 / 3 + 1);
        if self.numbers.below(100) == 0 { varied * 10 } else { varied }
    }

    fn fault(&mut self, names: &mut Names, route: Name, node: Name) -> Fault {
        let class = CLASSES[usize::try_from(self.numbers.below(3)).unwrap_or(0)];
        let message = format!("no price for sku `TEA-{}`", self.numbers.below(1_000));
        Fault {
            class: names.intern(class),
            fingerprint: fingerprint(class, names.text(route), names.text(node), &message),
            message,
            outer_class: None,
            outer_message: None,
            stack: None,
        }
    }

    fn payload(&mut self, message: &Message, names: &mut Names) -> Payload {
        let mut body = format!(
            r#"{{"orderId":"{}","reference":"{}","customer":{{"name":"Ana","city":"Leipzig"}},"lines":["#,
            order(self.count),
            rare_word(self.count)
        );
        for line in 0..=self.numbers.below(4) {
            let tea = TEAS[usize::try_from(self.numbers.below(6)).unwrap_or(0)];
            let comma = if line > 0 { "," } else { "" };
            body += &format!(
                r#"{comma}{{"sku":"{tea}","quantity":{},"price":{}}}"#,
                self.numbers.below(50),
                self.numbers.below(900)
            );
        }
        body += "]}";
        Payload {
            message: message.id,
            step: 0,
            point: Point::Start,
            content_type: Some(names.intern("application/json")),
            class: None,
            headers: vec![Header {
                name: names.intern("kafka.TOPIC"),
                value: HeaderValue::Text("orders".to_owned()),
            }],
            full_size: body.len() as u64,
            hash: u64::from(self.count),
            body: Body::Bytes(body.into_bytes()),
            flags: PayloadFlags(0),
        }
    }
}

/// The name of a node by its place in its route.
pub fn node_name(route: u64, step: u32) -> String {
    format!("route{route}-node{step}")
}

fn origin() -> Origin {
    Origin {
        workload: None,
        deployment: None,
        integration: "orders".to_owned(),
        environment: "production".to_owned(),
        release: "4f2c".repeat(16),
        tracer: TracerInstance(7),
        trace_base: (5 << 32) + 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_messages_and_some_of_everything() {
        let carries = Carries { attributes: true, body_each: 10 };
        let make = || {
            let mut fleet = Fleet::new(7, carries, 0);
            [fleet.batch(400, 1_000_000, 10), fleet.batch(600, 1_004_000, 10)]
        };
        assert_eq!(make(), make());
        let batches = make();
        let records = || batches.iter().flat_map(|batch| &batch.records);
        let messages: Vec<&Message> = records()
            .filter_map(|record| match record {
                Record::Message(message) => Some(message),
                _ => None,
            })
            .collect();
        assert_eq!((messages.len(), records().count()), (1_000, 1_100));
        let bad = messages.iter().filter(|message| message.outcome != Outcome::Completed).count();
        assert!((10..60).contains(&bad), "{bad}");
        assert_eq!(messages[999].id.started_us, 1_004_000 + 5_990);
    }
}

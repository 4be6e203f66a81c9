//! Counters that are exact whatever is sampled or dropped.
//!
//! Everything here counts from the start of the tracer and only grows, so a lost frame or a new connection
//! costs nothing: the receiver takes the difference to what it knew of the same instance.

use super::wire::{Malformed, Reader, Writer};

/// Routes and nodes of a large application; the tracer sends only those that changed.
const ENTRIES_MAX: usize = 65_536;
/// `floor(4 * log2(us + 1))` of 24 days.
const BUCKETS_MAX: usize = 168;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    pub at_us: u64,
    /// Messages in work now.
    pub in_flight: u64,
    /// The share of messages that sampling keeps, in millionths, after the self-governor.
    pub rate_millionths: u32,
    /// By node number; a route is counted under the number of its `from`.
    pub counters: Vec<(u32, Counters)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    pub failed: u64,
    /// Routes only.
    pub handled: u64,
    pub sum_us: u64,
    /// `(bucket, count)`, ascending; bucket = `floor(4 * log2(us + 1))`. The counts sum up to all of them.
    pub histogram: Vec<(u8, u64)>,
}

impl Stats {
    pub(super) fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            at_us: r.varint("at")?,
            in_flight: r.varint("in flight")?,
            rate_millionths: r.number("rate")?,
            counters: r.many(ENTRIES_MAX, "counters", |r| {
                let number = r.number("node")?;
                let counters = Counters {
                    failed: r.varint("failed")?,
                    handled: r.varint("handled")?,
                    sum_us: r.varint("sum")?,
                    histogram: r.many(BUCKETS_MAX, "buckets", |r| {
                        Ok((r.byte("bucket")?, r.varint("count")?))
                    })?,
                };
                Ok((number, counters))
            })?,
        })
    }

    pub(super) fn encode(&self, w: &mut Writer<'_>) {
        w.varint(self.at_us);
        w.varint(self.in_flight);
        w.varint(self.rate_millionths.into());
        w.count(self.counters.len());
        for (number, counters) in &self.counters {
            w.varint((*number).into());
            w.varint(counters.failed);
            w.varint(counters.handled);
            w.varint(counters.sum_us);
            w.count(counters.histogram.len());
            for (bucket, count) in &counters.histogram {
                w.byte(*bucket);
                w.varint(*count);
            }
        }
    }
}

/// Where every message of this instance went. At each frame
/// `finished = sent + waiting + sampled_out + dropped_successes + dropped_failures + broken`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drops {
    pub at_us: u64,
    pub finished: u64,
    /// In TRACES frames of this instance, on this connection or an earlier one.
    pub sent: u64,
    /// In the ring.
    pub waiting: u64,
    /// Left out by rate: not a loss, weights make up for it.
    pub sampled_out: u64,
    pub dropped_successes: u64,
    pub dropped_failures: u64,
    /// Could not be encoded: a defect of the tracer.
    pub broken: u64,
    /// Sent without their payloads; these are not missing above.
    pub dropped_success_bodies: u64,
    pub dropped_failure_bodies: u64,
    /// In frames that were being written when a connection ended: perhaps received, never sent again.
    pub uncertain: u64,
}

impl Drops {
    pub(super) fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            at_us: r.varint("at")?,
            finished: r.varint("finished")?,
            sent: r.varint("sent")?,
            waiting: r.varint("waiting")?,
            sampled_out: r.varint("sampled out")?,
            dropped_successes: r.varint("dropped")?,
            dropped_failures: r.varint("dropped")?,
            broken: r.varint("broken")?,
            dropped_success_bodies: r.varint("dropped bodies")?,
            dropped_failure_bodies: r.varint("dropped bodies")?,
            uncertain: r.varint("uncertain")?,
        })
    }

    pub(super) fn encode(&self, w: &mut Writer<'_>) {
        for value in self.numbers() {
            w.varint(value);
        }
    }

    /// In the order of the frame.
    pub(crate) fn numbers(&self) -> [u64; 11] {
        let Self {
            at_us,
            finished,
            sent,
            waiting,
            sampled_out,
            dropped_successes,
            dropped_failures,
            broken,
            dropped_success_bodies,
            dropped_failure_bodies,
            uncertain,
        } = *self;
        [
            at_us,
            finished,
            sent,
            waiting,
            sampled_out,
            dropped_successes,
            dropped_failures,
            broken,
            dropped_success_bodies,
            dropped_failure_bodies,
            uncertain,
        ]
    }

    pub(crate) fn from_numbers(numbers: [u64; 11]) -> Self {
        let [
            at_us,
            finished,
            sent,
            waiting,
            sampled_out,
            dropped_successes,
            dropped_failures,
            broken,
            dropped_success_bodies,
            dropped_failure_bodies,
            uncertain,
        ] = numbers;
        Self {
            at_us,
            finished,
            sent,
            waiting,
            sampled_out,
            dropped_successes,
            dropped_failures,
            broken,
            dropped_success_bodies,
            dropped_failure_bodies,
            uncertain,
        }
    }
}

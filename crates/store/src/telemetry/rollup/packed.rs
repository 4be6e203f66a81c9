//! Counts as bytes: the histogram of a route, and all nodes of it in one value.
//!
//! ```text
//! histogram  ( u8 bucket  varint count )*
//! nodes      u8 version  ( varint node, count, failed, handled, sum, max, length  histogram )*
//! ```
//! Whoever reads adds up hundreds of them, so they are added into an array of all buckets.

use std::collections::BTreeMap;

use telemetry::model::Histogram;
use telemetry::model::histogram::BUCKETS;

use super::Sum;
use crate::telemetry::NameId;
use crate::telemetry::pack::{Damaged, Reader, Writer};

const NODES_VERSION: u8 = 1;

/// Pairs of bucket and count.
pub(in crate::telemetry) fn pack(histogram: &Histogram) -> Vec<u8> {
    let mut out = Writer(Vec::with_capacity(histogram.counts().len() * 2));
    for (bucket, count) in histogram.counts() {
        out.0.push(*bucket);
        out.number(*count);
    }
    out.0
}

/// Adds a node to the others of its route.
pub(in crate::telemetry) fn put_node(out: &mut Vec<u8>, node: NameId, sum: &Sum) {
    if out.is_empty() {
        out.push(NODES_VERSION);
    }
    let mut writer = Writer(std::mem::take(out));
    let numbers = [sum.count, sum.failed, sum.handled, sum.sum_us, sum.max_us];
    for number in [u64::from(node.0.unsigned_abs())].into_iter().chain(numbers) {
        writer.number(number);
    }
    let durations = pack(&sum.durations);
    writer.number(durations.len() as u64);
    writer.0.extend_from_slice(&durations);
    *out = writer.0;
}

/// What adds up.
pub(super) struct Gather {
    sum: Sum,
    buckets: Box<[u64; BUCKETS]>,
}

impl Default for Gather {
    fn default() -> Self {
        Self { sum: Sum::default(), buckets: Box::new([0; BUCKETS]) }
    }
}

impl Gather {
    /// Count, failed, handled, sum and maximum.
    pub(super) fn add(&mut self, [count, failed, handled, sum_us, max_us]: [u64; 5]) {
        let sum = &mut self.sum;
        sum.count = sum.count.saturating_add(count);
        sum.failed = sum.failed.saturating_add(failed);
        sum.handled = sum.handled.saturating_add(handled);
        sum.sum_us = sum.sum_us.saturating_add(sum_us);
        sum.max_us = sum.max_us.max(max_us);
    }

    pub(super) fn add_histogram(&mut self, bytes: &[u8]) -> Result<(), Damaged> {
        let mut from = Reader { bytes };
        while !from.bytes.is_empty() {
            let bucket = usize::from(from.byte()?);
            let count = from.number()?;
            let held = self.buckets.get_mut(bucket).ok_or(Damaged::Wrong)?;
            *held = held.saturating_add(count);
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Sum {
        let counts = (0..=u8::MAX).zip(self.buckets.iter().copied());
        Sum { durations: Histogram::from_counts(counts), ..self.sum }
    }
}

/// What is gathered of a route and its nodes; `NameId(0)` is the route itself.
pub(super) type Nodes = BTreeMap<NameId, Gather>;

/// Adds each node of a value to what is gathered of it.
pub(super) fn add_nodes(bytes: &[u8], nodes: &mut Nodes) -> Result<(), Damaged> {
    let mut from = Reader { bytes };
    match from.byte()? {
        NODES_VERSION => {}
        other => return Err(Damaged::Version(other)),
    }
    while !from.bytes.is_empty() {
        let node = i32::try_from(from.number()?).map_err(|_| Damaged::Wrong)?;
        let gather = nodes.entry(NameId(node)).or_default();
        let mut number = || from.number();
        gather.add([number()?, number()?, number()?, number()?, number()?]);
        gather.add_histogram(from.part()?.bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(durations: &[u64]) -> Sum {
        let mut histogram = Histogram::default();
        for us in durations {
            histogram.record(*us);
        }
        let count = durations.len() as u64;
        let max_us = durations.iter().copied().max().unwrap_or(0);
        Sum { count, failed: 1, handled: 0, sum_us: 70, max_us, durations: histogram }
    }

    #[test]
    fn sums_survive_packing_and_add_up() {
        let (slow, fast) = (sum(&[900, 14_000, 1 << 40]), sum(&[1, 5, 5]));
        let mut bytes = Vec::new();
        for (node, sum) in [(7, &slow), (9, &fast), (7, &fast)] {
            put_node(&mut bytes, NameId(node), sum);
        }
        let mut nodes = Nodes::new();
        add_nodes(&bytes, &mut nodes).unwrap();
        let found: Vec<_> = nodes.into_iter().map(|(id, gather)| (id.0, gather.finish())).collect();
        let mut both = slow;
        both.merge(&fast);
        assert_eq!(found, [(7, both), (9, fast)]);
    }

    #[test]
    fn what_is_damaged_is_an_error() {
        assert!(Gather::default().add_histogram(&[1]).is_err());
        let mut bytes = Vec::new();
        put_node(&mut bytes, NameId(7), &sum(&[5]));
        for cut in 2..bytes.len() {
            assert!(add_nodes(&bytes[..cut], &mut Nodes::new()).is_err(), "{cut}");
        }
        assert_eq!(add_nodes(&[9], &mut Nodes::new()), Err(Damaged::Version(9)));
    }
}

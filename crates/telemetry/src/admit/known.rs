//! What a runner must remember of a tracer over its own restart.
//!
//! A tracer counts from its start; without what was known before, a runner that restarts would count everything again. Whoever writes
//! it does so together with the block that holds the reports made from it, and keeps beside it how many messages blocks hold.

use std::collections::BTreeMap;

use crate::block::varint;
use crate::frame::{Counters, Drops};

/// 1 had no `ended`.
const VERSION: u8 = 2;
/// Nodes and routes of a large application.
const MAX_ENTRIES: u64 = 100_000;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Messages that came in TRACES.
    pub(super) received: u64,
    /// Of those the ones that the runner left out.
    pub(super) missing: u64,
    pub(super) drops: Drops,
    pub(super) counters: BTreeMap<u32, Counters>,
    /// Versions of routes that were told.
    pub(super) routes: BTreeMap<String, u64>,
    /// How many messages were reported as made.
    pub(super) produced: u64,
    /// Its process is gone, and that was said.
    pub(super) ended: bool,
}

impl Known {
    /// Of messages that came, only those count over a restart that are in a block which was written.
    pub fn received(self, written: u64) -> Self {
        Self { received: written, ..self }
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        let drops = self.drops.numbers();
        for number in [self.received, self.missing, self.produced].into_iter().chain(drops) {
            varint::put(&mut out, number);
        }
        varint::put(&mut out, self.counters.len() as u64);
        for (node, counters) in &self.counters {
            let Counters { failed, handled, sum_us, histogram } = counters;
            for number in [u64::from(*node), *failed, *handled, *sum_us, histogram.len() as u64] {
                varint::put(&mut out, number);
            }
            for (bucket, count) in histogram {
                out.push(*bucket);
                varint::put(&mut out, *count);
            }
        }
        varint::put(&mut out, self.routes.len() as u64);
        for (route, hash) in &self.routes {
            varint::put(&mut out, route.len() as u64);
            out.extend_from_slice(route.as_bytes());
            out.extend_from_slice(&hash.to_le_bytes());
        }
        out.push(u8::from(self.ended));
        out.extend(crc32c::crc32c(&out).to_le_bytes());
        out
    }

    /// None: it is not what [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(4)?)?;
        if sum.first_chunk().map(|sum| u32::from_le_bytes(*sum))? != crc32c::crc32c(body) {
            return None;
        }
        let (version, mut rest) = body.split_first()?;
        if !(1..=VERSION).contains(version) {
            return None;
        }
        let number = |rest: &mut &[u8]| {
            let (number, after) = varint::take(rest)?;
            *rest = after;
            Some(number)
        };
        let (received, missing) = (number(&mut rest)?, number(&mut rest)?);
        let produced = number(&mut rest)?;
        let mut numbers = [0; 11];
        for one in &mut numbers {
            *one = number(&mut rest)?;
        }
        let mut counters = BTreeMap::new();
        for _ in 0..number(&mut rest).filter(|count| *count <= MAX_ENTRIES)? {
            let node = u32::try_from(number(&mut rest)?).ok()?;
            let (failed, handled) = (number(&mut rest)?, number(&mut rest)?);
            let sum_us = number(&mut rest)?;
            let mut histogram = Vec::new();
            for _ in 0..number(&mut rest).filter(|count| *count <= 256)? {
                let (bucket, after) = rest.split_first()?;
                rest = after;
                histogram.push((*bucket, number(&mut rest)?));
            }
            counters.insert(node, Counters { failed, handled, sum_us, histogram });
        }
        let mut routes = BTreeMap::new();
        for _ in 0..number(&mut rest).filter(|count| *count <= MAX_ENTRIES)? {
            let length = usize::try_from(number(&mut rest)?).ok()?;
            let (name, after) = rest.split_at_checked(length)?;
            let (hash, after) = after.split_first_chunk::<8>()?;
            routes.insert(String::from_utf8(name.to_vec()).ok()?, u64::from_le_bytes(*hash));
            rest = after;
        }
        let mut ended = false;
        if *version > 1 {
            let (flag, after) = rest.split_first()?;
            (ended, rest) = (*flag == 1, after);
        }
        let drops = Drops::from_numbers(numbers);
        let known = Self { received, missing, drops, counters, routes, produced, ended };
        rest.is_empty().then_some(known)
    }
}

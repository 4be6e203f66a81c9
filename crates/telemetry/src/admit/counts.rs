//! Totals of a tracer become what happened since the last time.

use super::{Admission, Pending, With};
use crate::frame::{Counters, Drops, Stats};
use crate::model::{
    DropReport, Histogram, Kind, LossReason, Lost, Produced, Reason, Record, Rollup, Stage,
    histogram,
};

impl Admission {
    pub(super) fn stats(&mut self, stats: &Stats, with: &mut With<'_>, pending: &mut Pending) {
        for (number, now) in &stats.counters {
            let before = self.known.counters.get(number).cloned().unwrap_or_default();
            let Some(rollup) = self.rollup(*number, stats.at_us, now, &before, pending) else {
                continue;
            };
            if rollup.node.is_none()
                && let Some(node) = self.nodes.get(number)
                && let Some(route) = self.routes.get(&node.route)
            {
                with.sampler.learn(&route.id, &rollup.durations);
            }
            self.known.counters.insert(*number, now.clone());
            pending.essential(Record::Rollup(rollup));
        }
    }

    /// None: nothing happened, or the node was never described, and then its total waits for that.
    fn rollup(
        &self,
        number: u32,
        at_us: u64,
        now: &Counters,
        before: &Counters,
        pending: &mut Pending,
    ) -> Option<Rollup> {
        let node = self.nodes.get(&number)?;
        let route = self.routes.get(&node.route)?;
        let known = |bucket: u8| {
            let place = before.histogram.iter().find(|(is, _)| *is == bucket);
            place.map_or(0, |(_, count)| *count)
        };
        let grown = now
            .histogram
            .iter()
            .map(|(bucket, count)| (*bucket, count.saturating_sub(known(*bucket))));
        let durations = Histogram::from_counts(grown);
        let count = durations.total();
        let (failed, handled) =
            (now.failed.saturating_sub(before.failed), now.handled.saturating_sub(before.handled));
        if count == 0 && failed == 0 && handled == 0 {
            return None;
        }
        let names = pending.essential_names();
        let minute_s = at_us / 60_000_000 * 60;
        Some(Rollup {
            route: names.intern(&route.id),
            node: (!node.is_route).then(|| names.intern(&node.key)),
            minute_s,
            count,
            failed,
            handled,
            duration_sum_us: now.sum_us.saturating_sub(before.sum_us),
            duration_max_us: durations
                .counts()
                .last()
                .map_or(0, |(top, _)| histogram::upper_us(*top)),
            durations,
        })
    }

    pub(super) fn drops(&mut self, now: &Drops, pending: &mut Pending) {
        let before = self.known.drops;
        let span = (before.at_us.min(now.at_us), now.at_us);
        let mut dropped = |kind, reason, was: u64, is: u64| {
            let count = is.saturating_sub(was);
            if count > 0 {
                pending.essential(drop_report(span, kind, Stage::Tracer, reason, count));
            }
        };
        use Kind::{Message, Payload};
        dropped(Message, Reason::SampledHead, before.sampled_out, now.sampled_out);
        let rings = |drops: &Drops| drops.dropped_successes + drops.dropped_failures;
        dropped(Message, Reason::RingFull, rings(&before), rings(now));
        dropped(Message, Reason::Malformed, before.broken, now.broken);
        let bodies = |drops: &Drops| drops.dropped_success_bodies + drops.dropped_failure_bodies;
        dropped(Payload, Reason::RingFull, bodies(&before), bodies(now));
        self.known.drops = Drops { at_us: now.at_us.max(before.at_us), ..*now };
        // Frames come in order: what was sent before this one and did not come never will.
        let missing = now.sent.saturating_sub(self.known.received);
        if missing > self.known.missing {
            pending.essential(Record::Lost(Lost {
                from_us: span.0,
                to_us: span.1,
                kind: Message,
                reason: LossReason::Connection,
                at_most: missing - self.known.missing,
                is_exact: true,
            }));
            self.known.missing = missing;
        }
        let waiting = now.waiting;
        self.produced(span, now.finished.saturating_sub(waiting), pending);
    }

    /// Nothing more will come: what was received counts as made even if no report said so, and what was reported and is in no block
    /// is lost with the runner that held it.
    pub(super) fn settle(&mut self, now_us: u64, pending: &mut Pending) {
        let Drops { at_us, sampled_out, dropped_successes, dropped_failures, broken, .. } =
            self.known.drops;
        let dropped = sampled_out + dropped_successes + dropped_failures + broken;
        let total = self.known.received + self.known.missing + dropped;
        let lost = self.known.produced.saturating_sub(total);
        if lost > 0 {
            self.known.missing += lost;
            pending.essential(Record::Lost(Lost {
                from_us: at_us.min(now_us),
                to_us: now_us,
                kind: Kind::Message,
                reason: LossReason::RunnerDied,
                at_most: lost,
                is_exact: true,
            }));
        }
        self.produced((at_us.min(now_us), now_us), total, pending);
    }

    fn produced(&mut self, (from_us, to_us): (u64, u64), total: u64, pending: &mut Pending) {
        let count = total.saturating_sub(self.known.produced);
        if count > 0 {
            self.known.produced = total;
            let kind = Kind::Message;
            pending.essential(Record::Produced(Produced { from_us, to_us, kind, count }));
        }
    }
}

pub(super) fn drop_report(
    (from_us, to_us): (u64, u64),
    kind: Kind,
    stage: Stage,
    reason: Reason,
    count: u64,
) -> Record {
    Record::Dropped(DropReport { from_us, to_us, route: None, kind, stage, reason, count })
}

//! The ledger: whether everything that was made is somewhere.
//!
//! `produced = stored + dropped + lost + in flight`, for each kind of record. It is fed with what was stored; nothing else is asked, so
//! it holds over any number of restarts, and a batch that was stored twice shows at once.

use std::collections::BTreeMap;

use crate::model::{Batch, Kind, Record};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    pub produced: u64,
    pub stored: u64,
    pub dropped: u64,
    pub lost: u64,
    /// Of losses that are known only by their upper bound: how many more it may have been.
    pub perhaps_lost: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger(BTreeMap<Kind, Entry>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind:?}: produced {produced}, accounted for {accounted}")]
pub struct Imbalance {
    pub kind: Kind,
    pub produced: u64,
    pub accounted: u64,
}

impl Ledger {
    pub fn add(&mut self, batch: &Batch) {
        for record in &batch.records {
            match record {
                Record::Produced(made) => self.of(made.kind).produced += made.count,
                Record::Dropped(gone) => self.of(gone.kind).dropped += gone.count,
                Record::Lost(lost) if lost.is_exact => self.of(lost.kind).lost += lost.at_most,
                Record::Lost(lost) => self.of(lost.kind).perhaps_lost += lost.at_most,
                Record::Route(_)
                | Record::Message(_)
                | Record::Payload(_)
                | Record::Log(_)
                | Record::Rollup(_) => self.of(record.kind()).stored += 1,
            }
        }
    }

    fn of(&mut self, kind: Kind) -> &mut Entry {
        self.0.entry(kind).or_default()
    }

    pub fn entry(&self, kind: Kind) -> Entry {
        self.0.get(&kind).copied().unwrap_or_default()
    }

    /// Compares both sides for a kind whose production is counted. `in_flight`: what still waits somewhere.
    pub fn check(&self, kind: Kind, in_flight: u64) -> Result<(), Imbalance> {
        let Entry { produced, stored, dropped, lost, perhaps_lost: _ } = self.entry(kind);
        let accounted = stored + dropped + lost + in_flight;
        if produced == accounted { Ok(()) } else { Err(Imbalance { kind, produced, accounted }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::busy;
    use crate::model::{DropReport, LossReason, Lost, Produced, Reason, Stage};

    fn with(records: impl IntoIterator<Item = Record>) -> Batch {
        let mut batch = busy(10);
        batch.records.extend(records);
        batch
    }

    fn produced(count: u64) -> Record {
        Record::Produced(Produced { from_us: 0, to_us: 1, kind: Kind::Message, count })
    }

    fn dropped(count: u64) -> Record {
        let (stage, reason) = (Stage::Tracer, Reason::RingFull);
        Record::Dropped(DropReport {
            from_us: 0,
            to_us: 1,
            route: None,
            kind: Kind::Message,
            stage,
            reason,
            count,
        })
    }

    fn lost(at_most: u64, is_exact: bool) -> Record {
        let reason = LossReason::ProcessDied;
        Record::Lost(Lost { from_us: 0, to_us: 1, kind: Kind::Message, reason, at_most, is_exact })
    }

    #[test]
    fn what_was_made_is_stored_dropped_lost_or_on_its_way() {
        let mut ledger = Ledger::default();
        ledger.add(&with([produced(20), dropped(4), lost(1, true), lost(400, false)]));
        assert_eq!(ledger.check(Kind::Message, 5), Ok(()));
        let imbalance = Imbalance { kind: Kind::Message, produced: 20, accounted: 15 };
        assert_eq!(ledger.check(Kind::Message, 0), Err(imbalance));
        assert_eq!(ledger.entry(Kind::Message).perhaps_lost, 400);
    }

    #[test]
    fn a_batch_that_is_stored_twice_shows() {
        let mut ledger = Ledger::default();
        ledger.add(&with([produced(20)]));
        ledger.add(&with([]));
        assert_eq!(ledger.check(Kind::Message, 0), Ok(()));
        ledger.add(&with([]));
        assert!(ledger.check(Kind::Message, 0).is_err());
    }
}

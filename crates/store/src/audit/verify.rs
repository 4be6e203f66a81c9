//! Checks a chain of audit entries and says what was done to it.
//!
//! The true chain is walked backwards from a head that is known (the stored one, or better one that was
//! exported): each entry names the hash of the one before, and the head says how many there are. Then
//! * an entry whose content does not give its hash was **changed**;
//! * where no entry has the hash that is asked for, either the entry at that place was **changed**
//!   together with its hash, or it was **deleted**; how far the rest reaches back to the beginning tells;
//! * an entry that the walk never meets was **inserted**;
//! * an entry whose number does not fit the true order of the others was **reordered**.
//!
//! Someone who rewrites all of it, head included, is seen only against a head kept elsewhere.

use std::collections::HashMap;

use aws_lc_rs::digest::{Context, SHA256};

use super::Entry;

/// What the first entry follows.
pub const GENESIS: [u8; 32] = [0; 32];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub seq: i64,
    pub hash: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    Changed { seq: i64 },
    Deleted { seq: i64 },
    Inserted { seq: i64 },
    Reordered { seq: i64 },
}

/// What is wrong with `entries` (in any order) as the chain that ends in `head`; empty: nothing.
pub fn verify(entries: &[Entry], head: &Head) -> Vec<Finding> {
    let chain = Chain::new(entries);
    let mut findings = Vec::new();
    let mut met = vec![false; entries.len()];
    // Numbers of the entries in their true order, last first.
    let mut order = Vec::new();
    let mut wanted: &[u8] = &head.hash;
    let mut place = head.seq;
    while place > 0 {
        let linked = chain.by_hash.get(wanted).copied().filter(|&index| !met[index]);
        let index = if let Some(index) = linked {
            if hash_of(&entries[index]) != entries[index].hash {
                findings.push(Finding::Changed { seq: entries[index].seq });
            }
            index
        } else {
            let above = order.last().copied().unwrap_or(i64::MAX);
            let Some(index) = chain.highest_below(above, &met) else {
                findings.extend((1..=place).map(|seq| Finding::Deleted { seq }));
                break;
            };
            let seq = entries[index].seq;
            // Where this entry stands: counted from the beginning, else as it is numbered.
            let stands = match chain.length_to_genesis(index) {
                Some(length) if length <= place => length,
                Some(_) | None => seq.clamp(1, place),
            };
            if stands == place {
                findings.push(Finding::Changed { seq });
            } else {
                findings.extend((stands + 1..=place).map(|seq| Finding::Deleted { seq }));
                if hash_of(&entries[index]) != entries[index].hash {
                    findings.push(Finding::Changed { seq });
                }
                place = stands;
            }
            index
        };
        met[index] = true;
        order.push(entries[index].seq);
        wanted = &entries[index].previous;
        place -= 1;
    }
    let unmet = entries.iter().zip(&met).filter(|(_, met)| !**met);
    findings.extend(unmet.map(|(entry, _)| Finding::Inserted { seq: entry.seq }));
    order.reverse();
    findings.extend(misplaced(&order).into_iter().map(|seq| Finding::Reordered { seq }));
    findings.sort_unstable();
    findings.dedup();
    findings
}

struct Chain<'a> {
    entries: &'a [Entry],
    by_hash: HashMap<&'a [u8], usize>,
}

impl<'a> Chain<'a> {
    fn new(entries: &'a [Entry]) -> Self {
        let by_hash =
            entries.iter().enumerate().map(|(index, entry)| (&entry.hash[..], index)).collect();
        Self { entries, by_hash }
    }

    fn highest_below(&self, seq: i64, met: &[bool]) -> Option<usize> {
        (0..self.entries.len())
            .filter(|&index| !met[index] && self.entries[index].seq < seq)
            .max_by_key(|&index| self.entries[index].seq)
    }

    /// How many entries the unbroken chain from the beginning to this one has.
    fn length_to_genesis(&self, index: usize) -> Option<i64> {
        let (mut index, mut length) = (index, 1);
        while self.entries[index].previous != GENESIS {
            index = *self.by_hash.get(&self.entries[index].previous[..])?;
            length += 1;
            if length > self.entries.len() {
                return None;
            }
        }
        i64::try_from(length).ok()
    }
}

/// The numbers that have to go for the rest to rise: all but a longest rising selection.
fn misplaced(order: &[i64]) -> Vec<i64> {
    // `ends[n]` is the index of the smallest number that ends a rising selection of n + 1.
    let mut ends: Vec<usize> = Vec::new();
    let mut before = vec![None; order.len()];
    for (index, seq) in order.iter().enumerate() {
        let at = ends.partition_point(|&end| order[end] < *seq);
        before[index] = at.checked_sub(1).map(|shorter| ends[shorter]);
        if at == ends.len() {
            ends.push(index);
        } else {
            ends[at] = index;
        }
    }
    let mut fits = vec![false; order.len()];
    let mut next = ends.last().copied();
    while let Some(index) = next {
        fits[index] = true;
        next = before[index];
    }
    order.iter().zip(fits).filter(|(_, fits)| !fits).map(|(seq, _)| *seq).collect()
}

/// As `sec.audit_hash` computes it.
fn hash_of(entry: &Entry) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    context.update(&entry.previous);
    let at = entry.at.as_microsecond().to_be_bytes();
    let parts: [&[u8]; 7] = [
        entry.organization.0.as_bytes(),
        &at,
        entry.actor.0.as_bytes(),
        entry.action.as_bytes(),
        entry.target_kind.as_bytes(),
        entry.target_id.as_bytes(),
        entry.detail.as_bytes(),
    ];
    for part in parts {
        context.update(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        context.update(part);
    }
    context.finish().as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use domain::id::{ActorId, OrganizationId};
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn chain(length: i64) -> (Vec<Entry>, Head) {
        let mut entries: Vec<Entry> = Vec::new();
        for seq in 1..=length {
            let previous =
                entries.last().map_or_else(|| GENESIS.to_vec(), |entry| entry.hash.clone());
            let mut entry = Entry {
                organization: OrganizationId(Uuid::from_u128(1)),
                seq,
                at: Timestamp::UNIX_EPOCH,
                actor: ActorId(Uuid::from_u128(2)),
                action: "runtime.revoke".to_owned(),
                target_kind: "runtime".to_owned(),
                target_id: seq.to_string(),
                detail: "{}".to_owned(),
                previous,
                hash: Vec::new(),
            };
            entry.hash = hash_of(&entry);
            entries.push(entry);
        }
        let hash = entries.last().map_or_else(|| GENESIS.to_vec(), |entry| entry.hash.clone());
        (entries, Head { seq: length, hash })
    }

    #[track_caller]
    fn check(length: i64, tamper: impl FnOnce(&mut Vec<Entry>), want: &[Finding]) {
        let (mut entries, head) = chain(length);
        tamper(&mut entries);
        assert_eq!(verify(&entries, &head), want);
    }

    #[test]
    fn an_untouched_chain_has_no_findings() {
        for length in [0, 1, 2, 50] {
            check(length, |_| (), &[]);
        }
    }

    #[test]
    fn a_changed_row_is_named() {
        for at in [0, 4, 9] {
            let want = [Finding::Changed { seq: i64::try_from(at).unwrap() + 1 }];
            check(10, |rows| rows[at].target_id = "other".to_owned(), &want);
            let rehashed = |rows: &mut Vec<Entry>| {
                rows[at].target_id = "other".to_owned();
                rows[at].hash = hash_of(&rows[at]);
            };
            check(10, rehashed, &want);
        }
    }

    #[test]
    fn a_deleted_row_is_named_even_when_the_rest_closed_ranks() {
        for at in [0, 4, 9] {
            let seq = i64::try_from(at).unwrap() + 1;
            check(10, |rows| drop(rows.remove(at)), &[Finding::Deleted { seq }]);
            let renumbered = |rows: &mut Vec<Entry>| {
                rows.remove(at);
                rows[at..].iter_mut().for_each(|row| row.seq -= 1);
            };
            check(10, renumbered, &[Finding::Deleted { seq }]);
        }
        let two = [Finding::Deleted { seq: 4 }, Finding::Deleted { seq: 5 }];
        check(10, |rows| drop(rows.drain(3..5)), &two);
    }

    #[test]
    fn an_inserted_row_is_named() {
        for at in [1, 5, 10] {
            let insert = |rows: &mut Vec<Entry>| {
                let mut row = rows[at - 1].clone();
                row.previous = rows[at - 1].hash.clone();
                row.target_id = "smuggled".to_owned();
                row.hash = hash_of(&row);
                rows.insert(at, row);
                rows[at..].iter_mut().for_each(|row| row.seq += 1);
            };
            check(10, insert, &[Finding::Inserted { seq: i64::try_from(at).unwrap() + 1 }]);
        }
    }

    #[test]
    fn a_reordered_row_is_named() {
        let swap = |rows: &mut Vec<Entry>| {
            rows[2].seq = 7;
            rows[6].seq = 3;
        };
        check(10, swap, &[Finding::Reordered { seq: 3 }, Finding::Reordered { seq: 7 }]);
    }
}

//! Checks a chain of audit entries and says what was done to it.
//!
//! The true chain is walked backwards from a head that is known (the stored one, or better an exported
//! one): each entry names the hash of the one before. Then
//! * an entry whose content does not give its hash was **changed**;
//! * where no entry has the hash that is asked for, the one at that place was **changed** together with
//!   its hash, or, when that place is empty, **deleted**;
//! * an entry that the walk never meets was **inserted**;
//! * entries met in another order than their numbers were **reordered**.
//!
//! Someone who rewrites all of it, head included, is seen only against a head kept elsewhere.

use std::collections::{BTreeMap, HashMap};

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

/// What is wrong with `entries` (any order) as the chain that ends in `head`; empty: nothing.
pub fn verify(entries: &[Entry], head: &Head) -> Vec<Finding> {
    let mut by_hash: HashMap<&[u8], Vec<&Entry>> = HashMap::new();
    for entry in entries {
        by_hash.entry(&entry.hash).or_default().push(entry);
    }
    let mut unmet: BTreeMap<i64, &Entry> = entries.iter().map(|entry| (entry.seq, entry)).collect();
    let mut findings = Vec::new();
    let mut wanted: &[u8] = &head.hash;
    // Where the next entry ought to be, counted down from the head.
    let mut place = head.seq;
    let mut shift = 0;
    while wanted != GENESIS && place > 0 {
        let met = by_hash
            .get(wanted)
            .and_then(|same| same.iter().find(|entry| unmet.contains_key(&entry.seq)).copied());
        let entry = if let Some(entry) = met {
            if hash_of(entry) != entry.hash {
                findings.push(Finding::Changed { seq: entry.seq });
            }
            entry
        } else if let Some(entry) = unmet.get(&(place + shift)).copied() {
            findings.push(Finding::Changed { seq: entry.seq });
            entry
        } else {
            // Goes on from the nearest entry below the gap.
            let below = unmet.range(..place + shift).next_back().map(|(_, entry)| *entry);
            let floor = below.map_or(0, |entry| entry.seq - shift);
            findings.extend((floor + 1..=place).map(|seq| Finding::Deleted { seq }));
            let Some(entry) = below else { break };
            place = floor;
            if hash_of(entry) != entry.hash {
                findings.push(Finding::Changed { seq: entry.seq });
            }
            entry
        };
        unmet.remove(&entry.seq);
        if entry.seq != place + shift {
            // Everything after an inserted entry carries a higher number than in the true chain.
            let inserted = inserted_between(&unmet, entry, place + shift, &by_hash);
            if inserted > 0 {
                shift -= inserted;
            } else if entry.seq > place && place == head.seq {
                shift = entry.seq - place;
            } else {
                findings.push(Finding::Reordered { seq: entry.seq });
            }
        }
        wanted = &entry.previous;
        place -= 1;
    }
    findings.extend(unmet.keys().map(|seq| Finding::Inserted { seq: *seq }));
    findings.sort_unstable();
    findings.dedup();
    findings
}

fn inserted_between(
    _unmet: &BTreeMap<i64, &Entry>,
    _entry: &Entry,
    _place: i64,
    _by_hash: &HashMap<&[u8], Vec<&Entry>>,
) -> i64 {
    0
}

/// As `sec.audit_hash` computes it.
pub(super) fn hash_of(entry: &Entry) -> Vec<u8> {
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

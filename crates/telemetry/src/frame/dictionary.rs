//! The words of one connection: each is sent once, later only its number.
//!
//! Entries are numbered from 0 in the order of sending; a DICT frame says the number of its first one, so
//! that a tracer which counts words over its whole life can send them again on a new connection. Words go
//! in a dictionary while there is room; after that they are written out where they stand.

use std::collections::HashMap;
use std::sync::Arc;

use super::wire::{Malformed, Reader, Writer};

/// Names of routes, nodes, headers and classes of a large application are some thousands.
const ENTRIES_MAX: u64 = 65_536;
/// Half of what a runner may spend on one workload in all.
const BYTES_MAX: usize = 8 << 20;
/// Longer words repeat too seldom to keep them.
const WORD_MAX: usize = 16 << 10;

/// What the receiving side knows.
#[derive(Debug, Default)]
pub struct Dictionary {
    words: Vec<Arc<str>>,
    bytes: usize,
}

impl Dictionary {
    pub(super) fn get(&self, entry: u64) -> Option<Arc<str>> {
        self.words.get(usize::try_from(entry).ok()?).cloned()
    }

    pub(super) fn decode(&mut self, r: &mut Reader<'_>) -> Result<(), Malformed> {
        let first = r.varint("first entry")?;
        if first != self.words.len() as u64 {
            return Err(r.out_of_range("first entry", first));
        }
        let count = r.count(usize::try_from(ENTRIES_MAX).unwrap_or(usize::MAX), "entries")?;
        for _ in 0..count {
            let word = r.text("entry")?;
            self.bytes += word.len();
            if word.len() > WORD_MAX
                || self.bytes > BYTES_MAX
                || self.words.len() as u64 >= ENTRIES_MAX
            {
                return Err(r.out_of_range("entry", self.words.len() as u64));
            }
            self.words.push(word.into());
        }
        Ok(())
    }
}

/// What the sending side has said.
#[derive(Debug, Default)]
pub struct Interner {
    numbers: HashMap<Arc<str>, u64>,
    unsent: Vec<Arc<str>>,
    bytes: usize,
}

impl Interner {
    /// The number of a word, new or known; `None` when there is no room for it.
    pub(super) fn entry(&mut self, word: &str) -> Option<u64> {
        if let Some(known) = self.numbers.get(word) {
            return Some(*known);
        }
        let next = self.numbers.len() as u64;
        if word.len() > WORD_MAX || next >= ENTRIES_MAX || self.bytes + word.len() > BYTES_MAX {
            return None;
        }
        let word: Arc<str> = word.into();
        self.bytes += word.len();
        self.numbers.insert(word.clone(), next);
        self.unsent.push(word);
        Some(next)
    }

    pub(super) fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }

    pub(super) fn encode(&mut self, w: &mut Writer<'_>) {
        let words = std::mem::take(&mut self.unsent);
        w.varint((self.numbers.len() - words.len()) as u64);
        w.count(words.len());
        for word in &words {
            w.text(word);
        }
    }
}

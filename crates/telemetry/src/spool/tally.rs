//! What left the spool unsent and is not reported yet, exact over `kill -9`.
//!
//! ```text
//! let a segment go:  write its counts and its name ──> delete the file      a start that finds the file deletes it, and counts nothing
//! report:            write the number of the block ──> append the block     a start that does not find the block reports again
//! ```
//! Each arrow is one write in place, into one of two slots by turns: a full disk cannot refuse it, because the slots were there
//! before, and a torn one leaves the other slot. It is not flushed, as the mark is not: what a kill of the process leaves is right.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::Gone;
use super::segment::Segment;
use crate::block::varint;
use crate::model::{Kind, Reason, Sequence};

/// Twice all kinds by all reasons, at twelve bytes each, is 2.8 KiB.
const SLOT: usize = 4096;
/// CRC32C, length, generation.
const HEAD: usize = 16;
const START: Sequence = Sequence { epoch: 0, number: 0 };

#[derive(Debug)]
pub(super) struct Tally {
    file: File,
    generation: u64,
    state: State,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct State {
    waiting: Gone,
    /// In the block with this number, if that was written.
    telling: Gone,
    telling_at: Sequence,
    /// Counted already; its file may still be there.
    leaving: Option<(u64, Sequence)>,
    /// The last block that was refused, and the last that did not read back: each counts once, however often it is met.
    refused: Sequence,
    damaged: Sequence,
}

impl Tally {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file =
            File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut bytes = Vec::new();
        Read::by_ref(&mut file).take(2 * SLOT as u64).read_to_end(&mut bytes)?;
        let newest = bytes.chunks(SLOT).filter_map(parse).max_by_key(|(generation, _)| *generation);
        if bytes.len() < 2 * SLOT {
            file.seek(SeekFrom::Start(bytes.len() as u64))?;
            file.write_all(&vec![0; 2 * SLOT - bytes.len()])?;
        }
        let (generation, state) = newest.unwrap_or_else(|| (0, State::default()));
        Ok(Self { file, generation, state })
    }

    /// At a start: whether the segment was counted when an earlier start let it go.
    pub(super) fn has_counted(&self, segment: &Segment) -> bool {
        self.state.leaving == Some((segment.class as u64, segment.first))
    }

    /// At a start: a report whose block `is_there` needs no other.
    pub(super) fn resolve(&mut self, is_there: impl FnOnce(Sequence) -> bool) -> io::Result<()> {
        let telling = std::mem::take(&mut self.state.telling);
        if !telling.is_empty() && !is_there(self.state.telling_at) {
            self.state.waiting.add(&telling);
        }
        self.state.leaving = None;
        self.write()
    }

    pub(super) fn waiting(&self) -> &Gone {
        &self.state.waiting
    }

    /// Before the segment's file is deleted.
    pub(super) fn let_go(&mut self, segment: &Segment, counts: &Gone) -> io::Result<()> {
        let before = self.state.clone();
        self.state.waiting.add(counts);
        self.state.leaving = Some((segment.class as u64, segment.first));
        self.write_or(before)
    }

    /// A block that was refused for good.
    pub(super) fn refuse(&mut self, at: Sequence, counts: &[(Kind, u64)]) -> io::Result<()> {
        if at <= self.state.refused {
            return Ok(());
        }
        let before = self.state.clone();
        self.state.refused = at;
        self.state.waiting.drop_counts(counts, Reason::Rejected);
        self.write_or(before)
    }

    /// Bytes that do not read back. `at`: the block they were, where its number is known.
    pub(super) fn damage(&mut self, bytes: u64, at: Option<Sequence>) {
        if at.is_some_and(|at| at <= self.state.damaged) || bytes == 0 {
            return;
        }
        self.state.damaged = at.unwrap_or(self.state.damaged);
        self.state.waiting.damaged_bytes += bytes;
        // An upper bound of what nobody can count: told twice after a kill, it is still one.
        let _ = self.write();
    }

    /// Before the block with the report is appended.
    pub(super) fn telling(&mut self, at: Sequence) -> io::Result<()> {
        let before = self.state.clone();
        self.state.telling = std::mem::take(&mut self.state.waiting);
        self.state.telling_at = at;
        self.write_or(before)
    }

    /// It was appended.
    pub(super) fn told(&mut self) {
        self.state.telling = Gone::default();
    }

    /// It was not, and its number is given to another block.
    pub(super) fn not_told(&mut self) -> io::Result<()> {
        let telling = std::mem::take(&mut self.state.telling);
        self.state.waiting.add(&telling);
        self.write()
    }

    fn write_or(&mut self, before: State) -> io::Result<()> {
        let written = self.write();
        if written.is_err() {
            self.state = before;
        }
        written
    }

    fn write(&mut self) -> io::Result<()> {
        self.generation += 1;
        let body = self.state.to_bytes();
        let mut slot = vec![0; HEAD];
        slot[4..8].copy_from_slice(&u32::try_from(body.len()).unwrap_or(0).to_le_bytes());
        slot[8..HEAD].copy_from_slice(&self.generation.to_le_bytes());
        slot.extend(body);
        let sum = crc32c::crc32c(&slot[4..]);
        slot[..4].copy_from_slice(&sum.to_le_bytes());
        self.file.seek(SeekFrom::Start(self.generation % 2 * SLOT as u64))?;
        self.file.write_all(&slot)
    }
}

impl Default for State {
    fn default() -> Self {
        let (waiting, telling) = (Gone::default(), Gone::default());
        Self { waiting, telling, telling_at: START, leaving: None, refused: START, damaged: START }
    }
}

impl State {
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for at in [self.telling_at, self.refused, self.damaged] {
            varint::put(&mut out, at.epoch);
            varint::put(&mut out, at.number);
        }
        let (class, first) = self.leaving.map_or((0, START), |(class, first)| (class + 1, first));
        for number in [class, first.epoch, first.number] {
            varint::put(&mut out, number);
        }
        for gone in [&self.waiting, &self.telling] {
            varint::put(&mut out, gone.damaged_bytes);
            varint::put(&mut out, gone.dropped.len() as u64);
            for ((kind, reason), count) in &gone.dropped {
                for number in [*kind as u64, *reason as u64, *count] {
                    varint::put(&mut out, number);
                }
            }
        }
        out
    }

    fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let mut number = || {
            let (number, rest) = varint::take(bytes)?;
            bytes = rest;
            Some(number)
        };
        let mut sequence = || Some(Sequence { epoch: number()?, number: number()? });
        let (telling_at, refused, damaged) = (sequence()?, sequence()?, sequence()?);
        let class = number()?;
        let first = Sequence { epoch: number()?, number: number()? };
        let leaving = class.checked_sub(1).map(|class| (class, first));
        let mut gone = || {
            let damaged_bytes = number()?;
            let mut dropped = BTreeMap::new();
            for _ in 0..number()? {
                let kind = Kind::from_number(number()?)?;
                let reason = *Reason::ALL.get(usize::try_from(number()?).ok()?)?;
                dropped.insert((kind, reason), number()?);
            }
            Some(Gone { dropped, damaged_bytes })
        };
        let (waiting, telling) = (gone()?, gone()?);
        Some(Self { waiting, telling, telling_at, leaving, refused, damaged })
    }
}

fn parse(slot: &[u8]) -> Option<(u64, State)> {
    let length = u32::from_le_bytes(*slot.get(4..8)?.first_chunk()?) as usize;
    let end = HEAD.checked_add(length)?;
    let sum = u32::from_le_bytes(*slot.first_chunk()?);
    if length == 0 || crc32c::crc32c(slot.get(4..end)?) != sum {
        return None;
    }
    let generation = u64::from_le_bytes(*slot.get(8..HEAD)?.first_chunk()?);
    Some((generation, State::from_bytes(&slot[HEAD..end])?))
}

//! The spool: blocks on the runner's disk until the control plane has stored them.
//!
//! ```text
//! append ──> lane of its class ──> segments of 8 MiB ──> next, in the order of numbers ──> stored: whole segments are deleted
//!            essential, failed, routine, bodies
//! ```
//! Each class of blocks has segments of its own, so room is made in the order in which things may be missed: bodies of what went well
//! first, then what went well, then what failed, never counts and reports. What goes is counted to the record, on the disk, before its
//! segment is deleted. A block that was sent and not yet answered for is never dropped: it may be stored already.
//!
//! Appended bytes are flushed every 100 ms or 1 MiB, by whoever owns the spool. After a crash only a segment that was still open can
//! end in half a block; that half is cut off. A new start is a new epoch, so a number is never used twice.
//!
//! It knows no link and no clock; it is used by one task.

mod lane;
mod mark;
mod segment;
mod tally;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::block::{self, Class, Unencodable};
use crate::model::{Batch, Kind, Reason, Sequence};
use lane::Lane;
use mark::Mark;
use segment::Segment;
use tally::Tally;

/// How much may wait for a flush.
pub const FLUSH_BYTES: u64 = 1 << 20;

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// All segments together.
    pub bytes: u64,
    pub segment_bytes: u64,
    /// What waited longer is dropped, but for the essential.
    pub age_s: u64,
}

impl Default for Limits {
    fn default() -> Self {
        // A quarter of a GiB holds a day of 20 messages a second; three days bridge a weekend.
        Self { bytes: 256 << 20, segment_bytes: 8 << 20, age_s: 3 * 24 * 3600 }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    #[error("use the spool `{path}`")]
    Io { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Encode(#[from] Unencodable),
}

impl SpoolError {
    pub fn code(&self) -> &'static str {
        "MP-TEL-04"
    }

    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::Io { path, source }
    }
}

/// A batch that was not kept. Whoever appended it counts it.
#[derive(Debug, thiserror::Error)]
#[error("keep a batch: {}", reason.name())]
pub struct Unkept {
    pub reason: Reason,
    /// None: the spool is full, which is how it should be when nobody takes what it holds.
    #[source]
    pub error: Option<SpoolError>,
}

impl Unkept {
    pub fn disk(path: &Path, source: io::Error) -> Self {
        let error = SpoolError::Io { path: path.to_owned(), source };
        Self { reason: Reason::DiskFull, error: Some(error) }
    }
}

/// What left the spool unsent and is not reported yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    pub dropped: BTreeMap<(Kind, Reason), u64>,
    /// Bytes that could not be read back. How many records they held is not known.
    pub damaged_bytes: u64,
}

impl Gone {
    pub fn is_empty(&self) -> bool {
        self.dropped.is_empty() && self.damaged_bytes == 0
    }

    fn drop_counts(&mut self, counts: &[(Kind, u64)], reason: Reason) {
        for (kind, count) in counts {
            *self.dropped.entry((*kind, reason)).or_default() += count;
        }
    }

    fn add(&mut self, other: &Self) {
        for (key, count) in &other.dropped {
            *self.dropped.entry(*key).or_default() += count;
        }
        self.damaged_bytes += other.damaged_bytes;
    }
}

pub struct Spool {
    dir: PathBuf,
    limits: Limits,
    epoch: u64,
    number: u64,
    lanes: [Lane; 4],
    mark: Mark,
    tally: Tally,
    unflushed: u64,
    /// Messages that were dropped from it since it was opened.
    let_go: u64,
}

impl std::fmt::Debug for Spool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spool")
            .field("epoch", &self.epoch)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

impl Spool {
    /// Opens or makes the spool of a folder. `now_ms` becomes the epoch, unless an earlier start had a later one.
    pub fn open(dir: &Path, limits: Limits, now_ms: u64) -> Result<Self, SpoolError> {
        std::fs::create_dir_all(dir).map_err(SpoolError::io(dir))?;
        let mark = Mark::open(&dir.join("mark")).map_err(SpoolError::io(dir))?;
        let tally = Tally::open(&dir.join("gone")).map_err(SpoolError::io(dir))?;
        let mut epoch = mark.newest_epoch();
        let mut damaged = 0;
        let found = segment::list(dir, now_ms / 1000, |bytes| damaged += bytes);
        let lanes = Class::ALL.map(Lane::new);
        let mut spool = Self {
            dir: dir.to_owned(),
            limits,
            epoch,
            number: 0,
            lanes,
            mark,
            tally,
            unflushed: 0,
            let_go: 0,
        };
        for segment in found.map_err(SpoolError::io(dir))? {
            epoch = epoch.max(segment.first.epoch);
            if spool.tally.has_counted(&segment) {
                segment.delete();
            } else {
                spool.lanes[segment.class as usize].adopt(segment);
            }
        }
        let (lanes, sent) = (&spool.lanes, spool.mark.sent);
        let told = spool.tally.resolve(|at| is_written(lanes, sent, at));
        told.map_err(SpoolError::io(dir))?;
        spool.tally.damage(damaged, None);
        spool.epoch = now_ms.max(epoch + 1);
        spool.forget();
        spool.rewind();
        Ok(spool)
    }

    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The number that the next block will have.
    pub fn next_sequence(&self) -> Sequence {
        Sequence { epoch: self.epoch, number: self.number + 1 }
    }

    /// Whether a block of an earlier start was written. Only before anything of this start is sent: numbers are written in order.
    pub fn has(&self, at: Sequence) -> bool {
        is_written(&self.lanes, self.mark.sent, at)
    }

    /// What is on the disk.
    pub fn bytes(&self) -> u64 {
        self.lanes.iter().map(Lane::bytes).sum()
    }

    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// How many messages were dropped since it was opened.
    pub fn let_go(&self) -> u64 {
        self.let_go
    }

    /// Writes a batch as a block.
    pub fn append(&mut self, class: Class, batch: &Batch, now_s: u64) -> Result<Sequence, Unkept> {
        let sequence = self.next_sequence();
        let bytes = block::encode(class, sequence, batch)
            .map_err(|err| Unkept { reason: Reason::TooLarge, error: Some(err.into()) })?;
        if !self
            .make_room(bytes.len() as u64, class, now_s)
            .map_err(|source| Unkept::disk(&self.dir, source))?
        {
            return Err(Unkept { reason: Reason::SpoolFull, error: None });
        }
        let mut written = self.write(class, sequence, &bytes, now_s);
        if written.is_err() && self.give_way(class) {
            written = self.write(class, sequence, &bytes, now_s);
        }
        written.map_err(|source| Unkept::disk(&self.dir, source))?;
        self.number = sequence.number;
        Ok(sequence)
    }

    /// The disk is full, also for what is written beside the spool: makes room on it at the cost of the least, but of nothing better
    /// than `class`. Whether there was something.
    pub fn give_way(&mut self, class: Class) -> bool {
        self.evict_from(Class::Failed.max(class) as usize, Reason::DiskFull).unwrap_or(false)
    }

    /// Reports what left unsent, in an essential block that `of` makes of it. It is reported once, whenever a kill comes.
    pub fn tell(&mut self, now_s: u64, of: impl FnOnce(&Gone) -> Batch) -> Result<bool, Unkept> {
        if self.tally.waiting().is_empty() {
            return Ok(false);
        }
        let batch = of(self.tally.waiting());
        let next = self.next_sequence();
        self.tally.telling(next).map_err(|source| Unkept::disk(&self.dir, source))?;
        match self.append(Class::Essential, &batch, now_s) {
            Ok(_) => {
                self.tally.told();
                Ok(true)
            }
            Err(err) => {
                self.tally.not_told().map_err(|source| Unkept::disk(&self.dir, source))?;
                Err(err)
            }
        }
    }

    /// A block that was refused for good, with what it held.
    pub fn refused(&mut self, at: Sequence, counts: &[(Kind, u64)]) -> Result<(), SpoolError> {
        self.tally.refuse(at, counts).map_err(SpoolError::io(&self.dir))
    }

    /// What left unsent and is not reported.
    pub fn gone(&self) -> &Gone {
        self.tally.waiting()
    }

    fn write(&mut self, class: Class, at: Sequence, bytes: &[u8], now_s: u64) -> io::Result<()> {
        let lane = &mut self.lanes[class as usize];
        lane.append(&self.dir, at, bytes, self.limits.segment_bytes, now_s)?;
        self.unflushed += bytes.len() as u64;
        Ok(())
    }

    /// Whether more waits for a flush than may.
    pub fn is_due(&self) -> bool {
        self.unflushed >= FLUSH_BYTES
    }

    /// The files to flush for everything appended so far, for a caller that does not want to wait for the disk while it holds the spool.
    pub fn to_flush(&mut self) -> Result<Vec<File>, SpoolError> {
        if self.unflushed == 0 {
            return Ok(Vec::new());
        }
        self.unflushed = 0;
        let open = self.lanes.iter().filter_map(Lane::open_file);
        open.map(File::try_clone).collect::<io::Result<_>>().map_err(SpoolError::io(&self.dir))
    }

    /// Everything appended is on the disk when this returns.
    pub fn flush(&mut self) -> Result<(), SpoolError> {
        for file in self.to_flush()? {
            file.sync_data().map_err(SpoolError::io(&self.dir))?;
        }
        Ok(())
    }

    /// The next block to send, the lowest number first.
    pub fn next_block(&mut self) -> Result<Option<(Sequence, Vec<u8>)>, SpoolError> {
        loop {
            let stored = self.mark.stored;
            let mut first: Option<(Sequence, usize)> = None;
            for (place, lane) in self.lanes.iter_mut().enumerate() {
                let peeked = lane.peek(stored, |bytes| self.tally.damage(bytes, None));
                if let Some(sequence) = peeked.map_err(SpoolError::io(&self.dir))?
                    && first.is_none_or(|(lowest, _)| sequence < lowest)
                {
                    first = Some((sequence, place));
                }
            }
            let Some((sequence, place)) = first else { return Ok(None) };
            let bytes = self.lanes[place].take().map_err(SpoolError::io(&self.dir))?;
            if block::peek(&bytes).is_err() {
                self.tally.damage(bytes.len() as u64, Some(sequence));
                continue;
            }
            self.mark.sent(sequence).map_err(SpoolError::io(&self.dir))?;
            return Ok(Some((sequence, bytes)));
        }
    }

    /// Sends again from the first block that is not stored.
    pub fn rewind(&mut self) {
        for lane in &mut self.lanes {
            lane.rewind();
        }
    }

    /// Everything up to here is stored elsewhere.
    pub fn stored(&mut self, up_to: Sequence) -> Result<(), SpoolError> {
        self.mark.stored(up_to).map_err(SpoolError::io(&self.dir))?;
        self.forget();
        Ok(())
    }

    /// Drops what waited too long.
    pub fn expire(&mut self, now_s: u64) -> Result<(), SpoolError> {
        let before = now_s.saturating_sub(self.limits.age_s);
        let sent = self.mark.sent;
        for place in Class::Failed as usize..self.lanes.len() {
            let old = |one: &Segment| one.touched_s < before && one.first > sent;
            while self.drop_first(place, old, Reason::TooOld).map_err(SpoolError::io(&self.dir))? {}
        }
        Ok(())
    }

    fn forget(&mut self) {
        let stored = self.mark.stored;
        for lane in &mut self.lanes {
            while let Some(segment) = lane.remove_if(|one| one.is_sealed() && one.last <= stored) {
                segment.delete();
            }
        }
    }

    /// Makes room for a block of this class at the cost of no better one. Reports have room whatever it costs.
    fn make_room(&mut self, bytes: u64, class: Class, now_s: u64) -> io::Result<bool> {
        // What cannot be let go now stays until it can.
        let _ = self.expire(now_s);
        while self.bytes() + bytes > self.limits.bytes {
            let lowest = Class::Failed.max(class) as usize;
            if !self.evict_from(lowest, Reason::SpoolFull)? {
                return Ok(class == Class::Essential);
            }
        }
        Ok(true)
    }

    /// Drops the oldest segment of the highest class that has one, down to `lowest`.
    fn evict_from(&mut self, lowest: usize, reason: Reason) -> io::Result<bool> {
        let sent = self.mark.sent;
        for place in (lowest..self.lanes.len()).rev() {
            if self.drop_first(place, |one| one.first > sent, reason)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Counts the oldest such segment of a lane, then deletes it.
    fn drop_first(
        &mut self,
        place: usize,
        is: impl Fn(&Segment) -> bool,
        reason: Reason,
    ) -> io::Result<bool> {
        let Some(segment) = self.lanes[place].find(&is) else { return Ok(false) };
        let mut gone = Gone::default();
        let stored = self.mark.stored;
        gone.damaged_bytes = segment.each_head(|head| {
            if head.sequence > stored {
                gone.drop_counts(&head.counts, reason);
            }
        });
        self.tally.let_go(segment, &gone)?;
        self.let_go += gone.dropped.get(&(Kind::Message, reason)).copied().unwrap_or(0);
        if let Some(segment) = self.lanes[place].remove_if(is) {
            segment.delete();
        }
        Ok(true)
    }
}

fn is_written(lanes: &[Lane], sent: Sequence, at: Sequence) -> bool {
    at <= sent || lanes.iter().any(|lane| lane.reaches(at))
}

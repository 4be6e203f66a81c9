//! The spool: blocks on the runner's disk until the control plane has stored them.
//!
//! ```text
//! append ──> lane of its class ──> segments of 8 MiB ──> next, in the order of numbers ──> stored: whole segments are deleted
//!            essential, failed, routine, bodies
//! ```
//! Each class of blocks has segments of its own, so room is made in the order in which things may be missed: bodies of what went well
//! first, then what went well, then what failed, never counts and reports. What goes is counted to the record, before its segment
//! is deleted. A block that was sent and not yet answered for is never dropped: it may be stored already.
//!
//! Appended bytes are flushed every 200 ms or 1 MiB, by whoever owns the spool. After a crash only a segment that was still open can
//! end in half a block; that half is cut off. A new start is a new epoch, so a number is never used twice.
//!
//! It knows no link and no clock; it is used by one task.

mod lane;
mod mark;
mod segment;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::block::{self, Class, Unencodable};
use crate::model::{Batch, Kind, LossReason, Reason, Sequence};
use lane::Lane;
use mark::Mark;
use segment::Segment;

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

/// What left the spool unsent, since it was last asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    pub dropped: BTreeMap<(Kind, Reason), u64>,
    /// Bytes that could not be read back, and why. How many records they held is not known.
    pub damaged: BTreeMap<LossReasonKey, u64>,
}

/// [`LossReason`], as a key.
pub type LossReasonKey = LossReason;

impl Gone {
    pub fn is_empty(&self) -> bool {
        self.dropped.is_empty() && self.damaged.is_empty()
    }

    fn drop_counts(&mut self, counts: &[(Kind, u64)], reason: Reason) {
        for (kind, count) in counts {
            *self.dropped.entry((*kind, reason)).or_default() += count;
        }
    }

    fn damage(&mut self, bytes: u64) {
        if bytes > 0 {
            *self.damaged.entry(LossReason::SpoolDamaged).or_default() += bytes;
        }
    }
}

pub struct Spool {
    dir: PathBuf,
    limits: Limits,
    epoch: u64,
    number: u64,
    lanes: [Lane; 4],
    mark: Mark,
    unflushed: u64,
    gone: Gone,
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
        let mut gone = Gone::default();
        let mut lanes = Class::ALL.map(Lane::new);
        let mut epoch = mark.newest_epoch();
        let found = segment::list(dir, now_ms / 1000, |bytes| gone.damage(bytes));
        for segment in found.map_err(SpoolError::io(dir))? {
            epoch = epoch.max(segment.first.epoch);
            lanes[segment.class as usize].adopt(segment);
        }
        let epoch = now_ms.max(epoch + 1);
        let mut spool =
            Self { dir: dir.to_owned(), limits, epoch, number: 0, lanes, mark, unflushed: 0, gone };
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

    /// Whether a block with this number was written, now or by an earlier start: numbers are written in order.
    pub fn has(&self, at: Sequence) -> bool {
        at <= self.mark.sent || self.lanes.iter().any(|lane| lane.reaches(at))
    }

    /// What is on the disk.
    pub fn bytes(&self) -> u64 {
        self.lanes.iter().map(Lane::bytes).sum()
    }

    /// Writes a batch as a block. If the disk does not take it, it is counted as dropped and the error says why.
    pub fn append(
        &mut self,
        class: Class,
        batch: &Batch,
        now_s: u64,
    ) -> Result<Sequence, SpoolError> {
        let sequence = Sequence { epoch: self.epoch, number: self.number + 1 };
        let bytes = match block::encode(class, sequence, batch) {
            Ok(bytes) => bytes,
            Err(err) => {
                self.gone.drop_counts(&block::counts(&batch.records), Reason::TooLarge);
                return Err(err.into());
            }
        };
        self.make_room(bytes.len() as u64, class, now_s);
        let full =
            class != Class::Essential && self.bytes() + bytes.len() as u64 > self.limits.bytes;
        let mut written = Ok(());
        if !full {
            written = self.write(class, sequence, &bytes, now_s);
            if written.is_err() && self.evict(Reason::DiskFull) {
                written = self.write(class, sequence, &bytes, now_s);
            }
        }
        if full || written.is_err() {
            let reason = if full { Reason::SpoolFull } else { Reason::DiskFull };
            self.gone.drop_counts(&block::counts(&batch.records), reason);
        }
        written.map_err(SpoolError::io(&self.dir))?;
        self.number = sequence.number;
        Ok(sequence)
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
                let peeked = lane.peek(stored, |bytes| self.gone.damage(bytes));
                if let Some(sequence) = peeked.map_err(SpoolError::io(&self.dir))?
                    && first.is_none_or(|(lowest, _)| sequence < lowest)
                {
                    first = Some((sequence, place));
                }
            }
            let Some((sequence, place)) = first else { return Ok(None) };
            let bytes = self.lanes[place].take().map_err(SpoolError::io(&self.dir))?;
            if block::peek(&bytes).is_err() {
                self.gone.damage(bytes.len() as u64);
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

    /// What left the spool unsent since the last call.
    pub fn take_gone(&mut self) -> Gone {
        std::mem::take(&mut self.gone)
    }

    /// Drops what waited too long.
    pub fn expire(&mut self, now_s: u64) {
        let before = now_s.saturating_sub(self.limits.age_s);
        let sent = self.mark.sent;
        for lane in &mut self.lanes[Class::Failed as usize..] {
            while let Some(segment) =
                lane.remove_if(|one| one.touched_s < before && one.first > sent)
            {
                drop_segment(&mut self.gone, &segment, self.mark.stored, Reason::TooOld);
            }
        }
    }

    fn forget(&mut self) {
        let stored = self.mark.stored;
        for lane in &mut self.lanes {
            while let Some(segment) = lane.remove_if(|one| one.is_sealed() && one.last <= stored) {
                segment.delete();
            }
        }
    }

    /// Makes room for a block of this class at the cost of no better one.
    fn make_room(&mut self, bytes: u64, class: Class, now_s: u64) {
        self.expire(now_s);
        while self.bytes() + bytes > self.limits.bytes {
            let lowest = Class::Failed.max(class) as usize;
            if !self.evict_from(lowest, Reason::SpoolFull) {
                return;
            }
        }
    }

    fn evict(&mut self, reason: Reason) -> bool {
        self.evict_from(Class::Failed as usize, reason)
    }

    /// Drops the oldest segment of the highest class that has one, down to `lowest`.
    fn evict_from(&mut self, lowest: usize, reason: Reason) -> bool {
        let sent = self.mark.sent;
        for lane in self.lanes[lowest..].iter_mut().rev() {
            if let Some(segment) = lane.remove_if(|one| one.first > sent) {
                drop_segment(&mut self.gone, &segment, self.mark.stored, reason);
                return true;
            }
        }
        false
    }
}

fn drop_segment(gone: &mut Gone, segment: &Segment, stored: Sequence, reason: Reason) {
    let damaged = segment.each_head(|head| {
        if head.sequence > stored {
            gone.drop_counts(&head.counts, reason);
        }
    });
    gone.damage(damaged);
    segment.delete();
}

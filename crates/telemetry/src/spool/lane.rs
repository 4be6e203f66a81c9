//! The segments of one class, where they are written and where they are read.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::segment::{self, Segment};
use crate::block::Class;
use crate::model::Sequence;

#[derive(Debug)]
pub(super) struct Lane {
    class: Class,
    segments: VecDeque<Segment>,
    /// Which segment is read, and how far.
    at: usize,
    offset: u64,
    reading: Option<File>,
    /// The block that stands there.
    peeked: Option<(Sequence, usize)>,
}

impl Lane {
    pub(super) fn new(class: Class) -> Self {
        Self { class, segments: VecDeque::new(), at: 0, offset: 0, reading: None, peeked: None }
    }

    /// A segment of an earlier start; they come oldest first.
    pub(super) fn adopt(&mut self, segment: Segment) {
        self.segments.push_back(segment);
    }

    pub(super) fn reaches(&self, at: Sequence) -> bool {
        let same = |one: &Segment| one.first.epoch == at.epoch && at.number <= one.last.number;
        self.segments.iter().any(same)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes).sum()
    }

    pub(super) fn append(
        &mut self,
        dir: &Path,
        at: Sequence,
        bytes: &[u8],
        segment_bytes: u64,
        now_s: u64,
    ) -> io::Result<()> {
        let length = bytes.len() as u64;
        let fits = |one: &Segment| !one.is_sealed() && one.bytes + length <= segment_bytes;
        if !self.segments.back().is_some_and(fits) {
            if let Some(last) = self.segments.back_mut() {
                last.seal()?;
            }
            self.segments.push_back(Segment::create(dir, self.class, at, now_s)?);
        }
        let Some(segment) = self.segments.back_mut() else { return Ok(()) };
        let Some(file) = &mut segment.file else { return Ok(()) };
        if let Err(err) = file.write_all(bytes) {
            // Half a block must not stay before the next one.
            file.set_len(segment.bytes)?;
            file.seek(SeekFrom::Start(segment.bytes))?;
            if segment.bytes == 0 {
                segment.delete();
                self.segments.pop_back();
            }
            return Err(err);
        }
        segment.bytes += length;
        segment.last = at;
        segment.touched_s = now_s;
        Ok(())
    }

    /// What is still written to; a sealed segment is flushed already.
    pub(super) fn open_file(&self) -> Option<&File> {
        self.segments.back().and_then(|segment| segment.file.as_ref())
    }

    pub(super) fn rewind(&mut self) {
        (self.at, self.offset, self.reading, self.peeked) = (0, 0, None, None);
    }

    /// The number of the next block that is not stored.
    pub(super) fn peek(
        &mut self,
        stored: Sequence,
        mut damaged: impl FnMut(u64),
    ) -> io::Result<Option<Sequence>> {
        if let Some((sequence, _)) = self.peeked.filter(|(sequence, _)| *sequence > stored) {
            return Ok(Some(sequence));
        }
        self.skip_peeked();
        while let Some(segment) = self.segments.get(self.at) {
            if self.offset >= segment.bytes || segment.is_sealed() && segment.last <= stored {
                if self.at + 1 == self.segments.len() && !segment.is_sealed() {
                    return Ok(None);
                }
                (self.at, self.offset, self.reading) = (self.at + 1, 0, None);
                continue;
            }
            if self.reading.is_none() {
                self.reading = Some(File::open(&segment.path)?);
            }
            let Some(file) = &mut self.reading else { return Ok(None) };
            file.seek(SeekFrom::Start(self.offset))?;
            let left = segment.bytes - self.offset;
            match segment::read_head(file).ok().flatten() {
                Some((sequence, len)) if len as u64 <= left => {
                    self.peeked = Some((sequence, len));
                    if sequence > stored {
                        return Ok(Some(sequence));
                    }
                    self.skip_peeked();
                }
                _ => {
                    // Where the next block begins is not known any more.
                    damaged(left);
                    if let Some(segment) = self.segments.get_mut(self.at) {
                        segment.cut(self.offset);
                    }
                }
            }
        }
        Ok(None)
    }

    fn skip_peeked(&mut self) {
        if let Some((_, len)) = self.peeked.take() {
            self.offset += len as u64;
        }
    }

    /// The block that was peeked at.
    pub(super) fn take(&mut self) -> io::Result<Vec<u8>> {
        let Some((_, len)) = self.peeked else { return Ok(Vec::new()) };
        let mut bytes = vec![0; len];
        if let Some(file) = &mut self.reading {
            file.seek(SeekFrom::Start(self.offset))?;
            file.read_exact(&mut bytes)?;
        }
        self.skip_peeked();
        Ok(bytes)
    }

    /// The oldest segment that is such a one.
    pub(super) fn find(&self, is: impl Fn(&Segment) -> bool) -> Option<&Segment> {
        self.segments.iter().find(|segment| is(segment))
    }

    /// Takes it out.
    pub(super) fn remove_if(&mut self, is: impl Fn(&Segment) -> bool) -> Option<Segment> {
        let place = self.segments.iter().position(is)?;
        let segment = self.segments.remove(place)?;
        match self.at.cmp(&place) {
            std::cmp::Ordering::Greater => self.at -= 1,
            std::cmp::Ordering::Equal => (self.offset, self.reading, self.peeked) = (0, None, None),
            std::cmp::Ordering::Less => {}
        }
        Some(segment)
    }
}

//! How far blocks were sent and stored, over restarts.
//!
//! Written in place and not flushed: after a crash of the process it is right, after a crash of the machine it may be behind. Then
//! some blocks are sent again, which harms nobody, because whoever stores them knows their numbers.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::model::Sequence;

const LEN: usize = 36;
const START: Sequence = Sequence { epoch: 0, number: 0 };

#[derive(Debug)]
pub(super) struct Mark {
    file: File,
    pub(super) stored: Sequence,
    pub(super) sent: Sequence,
}

impl Mark {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file =
            File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut bytes = Vec::new();
        Read::by_ref(&mut file).take(LEN as u64).read_to_end(&mut bytes)?;
        let (stored, sent) = parse(&bytes).unwrap_or((START, START));
        Ok(Self { file, stored, sent })
    }

    pub(super) fn newest_epoch(&self) -> u64 {
        self.stored.epoch.max(self.sent.epoch)
    }

    pub(super) fn stored(&mut self, up_to: Sequence) -> io::Result<()> {
        self.stored = self.stored.max(up_to);
        self.sent = self.sent.max(self.stored);
        self.write()
    }

    pub(super) fn sent(&mut self, up_to: Sequence) -> io::Result<()> {
        if up_to <= self.sent {
            return Ok(());
        }
        self.sent = up_to;
        self.write()
    }

    fn write(&mut self) -> io::Result<()> {
        let numbers = [self.stored.epoch, self.stored.number, self.sent.epoch, self.sent.number];
        let mut bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&bytes)
    }
}

fn parse(bytes: &[u8]) -> Option<(Sequence, Sequence)> {
    let (numbers, sum) = bytes.split_at_checked(LEN - 4)?;
    if sum.first_chunk().map(|sum| u32::from_le_bytes(*sum))? != crc32c::crc32c(numbers) {
        return None;
    }
    let number = |at: usize| numbers[at..].first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
    let stored = Sequence { epoch: number(0)?, number: number(8)? };
    Some((stored, Sequence { epoch: number(16)?, number: number(24)? }))
}

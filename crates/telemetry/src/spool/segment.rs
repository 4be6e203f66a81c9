//! A file of blocks.
//!
//! `{class}-{epoch}-{first}.open` while it grows, `{class}-{epoch}-{first}-{last}.seg` when it is full and flushed, all numbers in hexadecimal.
//! So a start reads names, and the content of the few that were open.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::block::{self, BlockHead, Class, HEADER_LEN};
use crate::model::Sequence;

#[derive(Debug)]
pub(super) struct Segment {
    pub(super) class: Class,
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) first: Sequence,
    /// The last block that was appended.
    pub(super) last: Sequence,
    pub(super) touched_s: u64,
    /// While it grows.
    pub(super) file: Option<File>,
}

impl Segment {
    pub(super) fn create(
        dir: &Path,
        class: Class,
        first: Sequence,
        now_s: u64,
    ) -> io::Result<Self> {
        let Sequence { epoch, number } = first;
        let path = dir.join(format!("{}-{epoch:016x}-{number:016x}.open", class as u8));
        let file = File::options().write(true).create_new(true).open(&path)?;
        Ok(Self { class, path, bytes: 0, first, last: first, touched_s: now_s, file: Some(file) })
    }

    pub(super) fn is_sealed(&self) -> bool {
        self.file.is_none()
    }

    /// Flushes and gives it its final name.
    pub(super) fn seal(&mut self) -> io::Result<()> {
        if let Some(file) = &self.file {
            file.sync_data()?;
            let Sequence { epoch, number } = self.first;
            let last = self.last.number;
            let name = format!("{}-{epoch:016x}-{number:016x}-{last:016x}.seg", self.class as u8);
            let sealed = self.path.with_file_name(name);
            fs::rename(&self.path, &sealed)?;
            sync_parent(&sealed)?;
            self.path = sealed;
            self.file = None;
        }
        Ok(())
    }

    /// A file that is already gone is as deleted as it can be; one that stays is found again at the next start.
    pub(super) fn delete(&self) {
        let _ = fs::remove_file(&self.path);
    }

    /// Ends here from now on: what follows does not read. If the disk does not do it, the next start finds it again.
    pub(super) fn cut(&mut self, bytes: u64) {
        self.bytes = bytes;
        let _ = File::options().write(true).open(&self.path).and_then(|file| file.set_len(bytes));
        if let Some(file) = &mut self.file {
            let _ = file.seek(SeekFrom::Start(bytes));
        }
    }

    /// Visits the heads of all blocks; gives how many bytes could not be read as blocks.
    pub(super) fn each_head(&self, mut visit: impl FnMut(BlockHead)) -> u64 {
        let Ok(bytes) = fs::read(&self.path) else { return self.bytes };
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            match block::peek(rest) {
                Ok(head) => {
                    rest = &rest[head.len..];
                    visit(head);
                }
                Err(_) => return rest.len() as u64,
            }
        }
        0
    }
}

pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
}

/// All segments of a folder, oldest first. What is half a block at the end of an open one is cut off and told to `damaged`.
pub(super) fn list(
    dir: &Path,
    now_s: u64,
    mut damaged: impl FnMut(u64),
) -> io::Result<Vec<Segment>> {
    let mut segments = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(mut segment) = name.to_str().and_then(|name| named(&entry.path(), name)) else {
            continue;
        };
        let data = entry.metadata()?;
        segment.bytes = data.len();
        let age =
            data.modified().ok().and_then(|at| at.elapsed().ok()).map_or(0, |age| age.as_secs());
        segment.touched_s = now_s.saturating_sub(age);
        if segment.path.extension().is_some_and(|end| end == "open") {
            damaged(repair(&mut segment)?);
            if segment.bytes == 0 {
                segment.delete();
                continue;
            }
            segment.file = Some(File::options().write(true).open(&segment.path)?);
            segment.seal()?;
        }
        segments.push(segment);
    }
    segments.sort_by_key(|segment| segment.first);
    Ok(segments)
}

fn named(path: &Path, name: &str) -> Option<Segment> {
    let (stem, end) = name.rsplit_once('.')?;
    let mut parts = stem.split('-');
    let class = *Class::ALL.get(parts.next()?.parse::<usize>().ok()?)?;
    let mut number = || u64::from_str_radix(parts.next()?, 16).ok();
    let first = Sequence { epoch: number()?, number: number()? };
    let last = match end {
        "open" => first,
        "seg" => Sequence { number: number()?, ..first },
        _ => return None,
    };
    Some(Segment { class, path: path.to_owned(), bytes: 0, first, last, touched_s: 0, file: None })
}

/// Cuts an open segment after its last whole block. Gives how many bytes went.
fn repair(segment: &mut Segment) -> io::Result<u64> {
    let mut good = 0;
    let bytes = segment.bytes;
    let bad = {
        let mut last = segment.last;
        let bad = segment.each_head(|head| {
            good += head.len as u64;
            last = head.sequence;
        });
        segment.last = last;
        bad
    };
    if bad > 0 {
        let file = File::options().write(true).open(&segment.path)?;
        file.set_len(good)?;
        file.sync_all()?;
    }
    segment.bytes = good;
    Ok(bytes - good)
}

/// The announced length and number of the block at the start of `file`'s rest.
pub(super) fn read_head(file: &mut File) -> io::Result<Option<(Sequence, usize)>> {
    let mut header = [0; HEADER_LEN];
    file.read_exact(&mut header)?;
    let Ok(len) = block::announced_len(&header) else { return Ok(None) };
    let number =
        |at: usize| header[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    Ok(Some((Sequence { epoch: number(8), number: number(16) }, len)))
}

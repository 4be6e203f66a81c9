//! All logs of one workload as one stream, oldest first.
//!
//! Every kept instance has three files (log, stdout, stderr); the entry with the earliest time among their heads comes
//! next. An instance that appears while the stream is followed joins it, one whose folder is deleted leaves: a redeploy
//! does not cut a reader off. One entry of each file is in memory, no more.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use super::entry::{Entry, Output};
use super::lines::{Lines, tail_offset};
use super::query::Query;
use super::rolling::Rolling;
use crate::folder::{InstancePlace, Place};
use crate::launch::log_file;
use crate::record::Number;
use crate::status::open_plain;

pub(crate) struct Merge {
    place: Place,
    integration: String,
    query: Query,
    /// Read this instance alone.
    only: Option<Number>,
    sources: BTreeMap<Number, [Source; 3]>,
}

struct Source {
    kind: Kind,
    head: Option<Entry>,
}

enum Kind {
    Log(Rolling),
    Printed { path: PathBuf, output: Output, lines: Option<Lines>, tail: Option<usize> },
}

impl Merge {
    /// `running` is the instance that serves now, if any.
    pub(crate) fn new(
        place: Place,
        integration: String,
        query: Query,
        running: Option<Number>,
    ) -> Self {
        let numbers = place.numbers();
        let only = query.previous.then(|| {
            let newest = running.or_else(|| numbers.last().copied()).unwrap_or(0);
            numbers.iter().copied().rfind(|number| *number < newest).unwrap_or(0)
        });
        let mut merge = Self { place, integration, query, only, sources: BTreeMap::new() };
        merge.refresh(true);
        merge
    }

    /// Takes up new instances and lets go of deleted ones. Only those of the beginning may be read from their end.
    pub(crate) fn refresh(&mut self, first: bool) {
        let numbers = self.place.numbers();
        self.sources.retain(|number, _| numbers.contains(number));
        for number in numbers {
            if self.only.is_none_or(|only| only == number) && !self.sources.contains_key(&number) {
                let place = self.place.instance(number);
                let sources = self.open(&place, first);
                self.sources.insert(number, sources);
            }
        }
    }

    fn open(&self, place: &InstancePlace, first: bool) -> [Source; 3] {
        let tail = self.query.tail.filter(|_| first && self.query.is_plain());
        let since = self.query.since_ms.filter(|_| first);
        let log = place.log_folder().join(log_file(&self.integration));
        let printed = |path, output| Source {
            kind: Kind::Printed { path, output, lines: None, tail },
            head: None,
        };
        [
            Source { kind: Kind::Log(Rolling::new(log, since, tail)), head: None },
            printed(place.stdout(), Output::Out),
            printed(place.stderr(), Output::Err),
        ]
    }

    /// The earliest entry that is there and wanted; `None` when there is no more now.
    pub(crate) fn next(&mut self, now_ms: i64) -> io::Result<Option<Entry>> {
        loop {
            for (number, sources) in &mut self.sources {
                for source in sources {
                    if source.head.is_none() {
                        source.head = source.kind.next(*number, now_ms)?;
                    }
                }
            }
            let heads = self.sources.values_mut().flatten();
            let earliest = heads
                .filter(|source| source.head.is_some())
                .min_by_key(|source| source.head.as_ref().map(|entry| entry.time_ms));
            match earliest.and_then(|source| source.head.take()) {
                Some(entry) if self.query.wants(&entry) => return Ok(Some(entry)),
                Some(_) => {}
                None => return Ok(None),
            }
        }
    }
}

impl Kind {
    fn next(&mut self, number: Number, now_ms: i64) -> io::Result<Option<Entry>> {
        match self {
            Self::Log(rolling) => {
                let line = rolling.next()?;
                Ok(line.map(|(line, modified_ms)| Entry::logged(&line, number, modified_ms)))
            }
            Self::Printed { path, output, lines, tail } => {
                if lines.is_none() {
                    *lines = start(path, tail.take())?;
                }
                let Some(lines) = lines else { return Ok(None) };
                let Some(line) = lines.next()? else { return Ok(None) };
                // When it was printed is not known: the file's last change is close, and never in the future.
                let modified_ms = lines.file().metadata().map_or(now_ms, |found| {
                    use std::os::unix::fs::MetadataExt;
                    found.mtime() * 1000 + found.mtime_nsec() / 1_000_000
                });
                Ok(Some(Entry::printed(&line, *output, number, modified_ms)))
            }
        }
    }
}

/// From the first byte that was not given back, or from the last `tail` lines.
fn start(path: &std::path::Path, tail: Option<usize>) -> io::Result<Option<Lines>> {
    let mut file = match open_plain(path) {
        Ok(file) => file,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(err) => return Err(err),
    };
    let length = file.metadata()?.len();
    let first = first_data(&file);
    let offset = match tail {
        Some(0) => length,
        Some(count) => tail_offset(&mut file, length, count)?.0.max(first),
        None => first,
    };
    Lines::new(file, offset).map(Some)
}

#[cfg(target_os = "linux")]
fn first_data(file: &std::fs::File) -> u64 {
    rustix::fs::seek(file, rustix::fs::SeekFrom::Data(0)).unwrap_or(0)
}

#[cfg(not(target_os = "linux"))]
fn first_data(_file: &std::fs::File) -> u64 {
    0
}

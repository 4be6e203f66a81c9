//! Reads a log that is rolled by somebody else, without losing a line at the seams.
//!
//! `orders.log` is renamed to `orders.log.1`, that one to `.2`, and so on; the last one is deleted. An open file goes on
//! being the same file under its new name, so: read it to its end, look where it is now, and only when it has a number
//! go on with the next younger one. If it is gone altogether (the reader was slower than the whole depth of the log) the
//! oldest that is left comes next.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::lines::{Lines, tail_offset};
use crate::status::open_plain;

/// More than the launcher is ever told to keep.
const MAX_FILES: usize = 16;

#[derive(Debug)]
pub(crate) struct Rolling {
    path: PathBuf,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    lines: Lines,
    inode: u64,
    modified_ms: i64,
    /// Seen under a number: nothing is appended to it any more.
    rolled: bool,
}

impl Rolling {
    /// From the oldest line that may be of `since_ms`, or from the last `tail` lines.
    pub(crate) fn new(path: PathBuf, since_ms: Option<i64>, tail: Option<usize>) -> Self {
        let mut rolling = Self { path, open: None };
        rolling.open = match tail {
            Some(count) => rolling.open_tail(count),
            None => rolling.oldest(since_ms),
        };
        rolling
    }

    /// The next line and a time for it if it has none; `None` when there is no more now.
    pub(crate) fn next(&mut self) -> io::Result<Option<(Vec<u8>, i64)>> {
        loop {
            let Some(open) = &mut self.open else {
                self.open = self.oldest(None);
                if self.open.is_none() {
                    return Ok(None);
                }
                continue;
            };
            if let Some(line) = open.lines.next()? {
                return Ok(Some((line, open.modified_ms)));
            }
            if !open.rolled {
                let inode = open.inode;
                let number = self.number_of(inode);
                if number == Some(0) {
                    return Ok(None);
                }
                // Something may have been written between the last read and the renaming.
                if let Some(open) = &mut self.open {
                    open.rolled = true;
                }
                continue;
            }
            if let Some(rest) = open.lines.rest() {
                return Ok(Some((rest, open.modified_ms)));
            }
            let inode = open.inode;
            match self.younger(inode) {
                Some(next) => self.open = Some(next),
                None => return Ok(None),
            }
        }
    }

    fn numbered(&self, number: usize) -> PathBuf {
        if number == 0 {
            return self.path.clone();
        }
        let mut name = self.path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        name.into()
    }

    fn number_of(&self, inode: u64) -> Option<usize> {
        (0..MAX_FILES).find(|number| {
            fs::symlink_metadata(self.numbered(*number)).is_ok_and(|found| found.ino() == inode)
        })
    }

    /// The file after the one with this inode; `None` while it cannot be had, which is for a moment only.
    fn younger(&self, inode: u64) -> Option<Open> {
        for _ in 0..MAX_FILES {
            let Some(number) = self.number_of(inode) else { return self.oldest(None) };
            let next = open(&self.numbered(number.checked_sub(1)?), 0)?;
            // Another roll in between would have moved both: then the opened one may be one too young.
            if self.number_of(inode) == Some(number) {
                return Some(next);
            }
        }
        None
    }

    fn oldest(&self, since_ms: Option<i64>) -> Option<Open> {
        (0..MAX_FILES).rev().find_map(|number| {
            let open = open(&self.numbered(number), 0)?;
            let old = since_ms.is_some_and(|since| open.modified_ms < since);
            (!old || number == 0).then_some(open)
        })
    }

    fn open_tail(&self, count: usize) -> Option<Open> {
        let mut left = count;
        let mut best = None;
        for number in 0..MAX_FILES {
            let path = self.numbered(number);
            let Ok(mut file) = open_plain(&path) else { break };
            let length = file.metadata().map_or(0, |found| found.len());
            let Ok((offset, found)) = tail_offset(&mut file, length, left.max(1)) else { break };
            let offset = if left == 0 { length } else { offset };
            best = open(&path, offset).or(best);
            left = left.saturating_sub(found);
            if left == 0 {
                break;
            }
        }
        best
    }
}

fn open(path: &Path, offset: u64) -> Option<Open> {
    let file: File = open_plain(path).ok()?;
    let found = file.metadata().ok()?;
    let modified_ms = found.mtime() * 1000 + found.mtime_nsec() / 1_000_000;
    let lines = Lines::new(file, offset).ok()?;
    Some(Open { lines, inode: found.ino(), modified_ms, rolled: false })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// Writes numbered lines as the launcher does, rolling after every `roll` lines.
    fn write(path: &Path, range: std::ops::Range<u32>, roll: u32) {
        for number in range {
            if number > 0 && number % roll == 0 {
                for from in (0..3).rev() {
                    let name = |n: u32| match n {
                        0 => path.to_owned(),
                        n => PathBuf::from(format!("{}.{n}", path.display())),
                    };
                    let _ = fs::rename(name(from), name(from + 1));
                }
            }
            let mut file = fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
            writeln!(file, "{number}").unwrap();
        }
    }

    fn all(rolling: &mut Rolling) -> Vec<u32> {
        let mut numbers = Vec::new();
        while let Some((line, _)) = rolling.next().unwrap() {
            numbers.push(String::from_utf8(line).unwrap().parse().unwrap());
        }
        numbers
    }

    #[test]
    fn nothing_is_lost_or_read_twice_over_rolls() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("orders.log");
        let mut rolling = Rolling::new(path.clone(), None, None);
        assert_eq!(all(&mut rolling), Vec::<u32>::new());
        let mut seen = Vec::new();
        for step in 0..40 {
            write(&path, step * 7..(step + 1) * 7, 10);
            seen.extend(all(&mut rolling));
        }
        assert_eq!(seen, (0..280).collect::<Vec<_>>());
    }

    #[test]
    fn a_reader_slower_than_the_whole_log_goes_on_with_what_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("orders.log");
        write(&path, 0..5, 10);
        let mut rolling = Rolling::new(path.clone(), None, None);
        assert_eq!(rolling.next().unwrap().unwrap().0, b"0");
        write(&path, 5..95, 10);
        let seen = all(&mut rolling);
        assert_eq!(seen[..4], [1, 2, 3, 4], "what was open is read to its end");
        assert_eq!(seen.last(), Some(&94));
        assert!(seen.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn the_last_lines_are_found_across_a_roll() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("orders.log");
        write(&path, 0..25, 10);
        let tail = |count| all(&mut Rolling::new(path.clone(), None, Some(count)));
        assert_eq!(tail(3), [22, 23, 24]);
        assert_eq!(tail(12), (13..25).collect::<Vec<_>>());
        assert_eq!(tail(0), Vec::<u32>::new());
        assert_eq!(tail(1000), (0..25).collect::<Vec<_>>());
    }
}

//! Lines out of a file that grows: whole lines only, of bounded length, without ever waiting.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// One read.
const CHUNK: usize = 64 << 10;
/// A stack trace is a few KiB; a longer line is cut into pieces of this size, so that memory stays bounded.
const MAX_LINE: usize = 1 << 20;

#[derive(Debug)]
pub(crate) struct Lines {
    file: File,
    buffer: Vec<u8>,
    /// Where unread bytes begin in `buffer`.
    start: usize,
}

impl Lines {
    /// From `offset` on.
    pub(crate) fn new(mut file: File, offset: u64) -> io::Result<Self> {
        file.seek(SeekFrom::Start(offset))?;
        Ok(Self { file, buffer: Vec::new(), start: 0 })
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// The next line without its end; `None` when there is no whole line now.
    pub(crate) fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let unread = &self.buffer[self.start..];
            if let Some(end) = unread.iter().position(|byte| *byte == b'\n') {
                let line = trim_zeros(&unread[..end]).to_vec();
                self.start += end + 1;
                return Ok(Some(line));
            }
            if unread.len() >= MAX_LINE {
                let piece = unread.to_vec();
                self.start = self.buffer.len();
                return Ok(Some(piece));
            }
            self.buffer.drain(..self.start);
            self.start = 0;
            let before = self.buffer.len();
            self.buffer.resize(before + CHUNK, 0);
            let read = self.file.read(&mut self.buffer[before..]);
            self.buffer.truncate(before + read.as_ref().copied().unwrap_or(0));
            if read? == 0 {
                return Ok(None);
            }
        }
    }

    /// What stands after the last line end, when nothing more will come.
    pub(crate) fn rest(&mut self) -> Option<Vec<u8>> {
        let rest = trim_zeros(&self.buffer[self.start..]).to_vec();
        self.start = self.buffer.len();
        (!rest.is_empty()).then_some(rest)
    }
}

/// A hole that was punched into an output file reads as zeros.
fn trim_zeros(line: &[u8]) -> &[u8] {
    let first = line.iter().position(|byte| *byte != 0).unwrap_or(line.len());
    &line[first..]
}

/// The offset at which the last `count` lines of the first `length` bytes begin, and how many lines there are from it.
pub(crate) fn tail_offset(file: &mut File, length: u64, count: usize) -> io::Result<(u64, usize)> {
    let mut found = 0;
    let mut end = length;
    let mut block = vec![0; CHUNK];
    while end > 0 {
        let size = end.min(CHUNK as u64);
        let start = end - size;
        let block = &mut block[..usize::try_from(size).unwrap_or(CHUNK)];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(block)?;
        for (index, byte) in block.iter().enumerate().rev() {
            let at = start + index as u64;
            // The end of the last line does not begin another one.
            if *byte == b'\n' && at + 1 < length {
                found += 1;
                if found == count {
                    return Ok((at + 1, found));
                }
            }
        }
        end = start;
    }
    Ok((0, if length > 0 { found + 1 } else { 0 }))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_line_that_is_not_finished_waits() {
        let mut out = tempfile::NamedTempFile::new().unwrap();
        let mut lines = Lines::new(out.reopen().unwrap(), 0).unwrap();
        out.write_all(b"one\ntw").unwrap();
        assert_eq!(lines.next().unwrap().as_deref(), Some(&b"one"[..]));
        assert_eq!(lines.next().unwrap(), None);
        out.write_all(b"o\n").unwrap();
        assert_eq!(lines.next().unwrap().as_deref(), Some(&b"two"[..]));
        assert_eq!(lines.rest(), None);
    }

    #[test]
    fn the_last_lines_are_found_from_the_end() {
        let mut out = tempfile::NamedTempFile::new().unwrap();
        let text = (0..50_000).fold(String::new(), |text, n| text + &n.to_string() + "\n");
        out.write_all(text.as_bytes()).unwrap();
        let length = text.len() as u64;
        for (count, first) in [(1, 49_999), (2, 49_998), (30_000, 20_000)] {
            let mut file = out.reopen().unwrap();
            let (offset, found) = tail_offset(&mut file, length, count).unwrap();
            let mut lines = Lines::new(file, offset).unwrap();
            assert_eq!(lines.next().unwrap().unwrap(), first.to_string().into_bytes());
            assert_eq!(found, count);
        }
        assert_eq!(tail_offset(&mut out.reopen().unwrap(), length, 60_000).unwrap(), (0, 50_000));
    }
}

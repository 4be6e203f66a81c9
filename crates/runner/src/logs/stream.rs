//! A log stream as bytes: newline-delimited JSON, for as long as somebody reads.
//!
//! It runs on a thread of the blocking pool and hands over through a bounded channel: a slow reader stops this thread and
//! nothing else, least of all the workload, which writes to its own files. New lines are looked for every 150 ms; a
//! reader that went away is noticed then.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::entry::Entry;
use super::merge::Merge;
use super::query::Query;
use crate::clock::Seams;

/// Often enough for a person who watches.
const LOOK: Duration = Duration::from_millis(150);
/// What is handed over at once.
const CHUNK: usize = 32 << 10;
/// Chunks on their way to the reader: 256 KiB for each stream.
pub(crate) const QUEUE: usize = 8;
/// Last lines held before they are sent; long ones count by their bytes.
const TAIL_BYTES: usize = 8 << 20;

/// Blocks until the stream is over or its reader is gone.
pub(crate) fn run(
    mut merge: Merge,
    query: &Query,
    seams: &Seams,
    out: &mpsc::Sender<std::io::Result<Bytes>>,
    shutdown: &CancellationToken,
) {
    let mut sink = Sink { out, buffer: Vec::new() };
    if let Err(err) = history(&mut merge, query, seams, &mut sink).and_then(|()| sink.flush()) {
        sink.fail(err);
        return;
    }
    while query.follow && !shutdown.is_cancelled() && !out.is_closed() {
        std::thread::sleep(LOOK);
        merge.refresh(false);
        let mut send_all = || {
            while let Some(entry) = merge.next(seams.now().as_millisecond())? {
                sink.send(&entry)?;
            }
            sink.flush()
        };
        if let Err(err) = send_all() {
            sink.fail(err);
            return;
        }
    }
}

/// Everything that is there already; with a tail only the end of it.
fn history(
    merge: &mut Merge,
    query: &Query,
    seams: &Seams,
    sink: &mut Sink<'_>,
) -> std::io::Result<()> {
    let now_ms = seams.now().as_millisecond();
    let Some(tail) = query.tail else {
        while let Some(entry) = merge.next(now_ms)? {
            sink.send(&entry)?;
        }
        return Ok(());
    };
    let mut last: VecDeque<Entry> = VecDeque::new();
    let mut bytes = 0;
    while let Some(entry) = merge.next(now_ms)? {
        bytes += entry.line.len();
        last.push_back(entry);
        while last.len() > tail || bytes > TAIL_BYTES {
            bytes -= last.pop_front().map_or(0, |entry| entry.line.len());
        }
    }
    last.iter().try_for_each(|entry| sink.send(entry))
}

struct Sink<'a> {
    out: &'a mpsc::Sender<std::io::Result<Bytes>>,
    buffer: Vec<u8>,
}

impl Sink<'_> {
    fn send(&mut self, entry: &Entry) -> std::io::Result<()> {
        self.buffer.extend_from_slice(entry.line.as_bytes());
        self.buffer.push(b'\n');
        if self.buffer.len() >= CHUNK { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let chunk = Bytes::from(std::mem::take(&mut self.buffer));
        self.out.blocking_send(Ok(chunk)).map_err(|_| std::io::ErrorKind::BrokenPipe.into())
    }

    /// Tells the reader why it ends; one that is gone hears nothing.
    fn fail(&self, err: std::io::Error) {
        let _ = self.out.blocking_send(Err(err));
    }
}

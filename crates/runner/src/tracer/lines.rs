//! Lines of a workload's logs, as records.
//!
//! They are read from the same files that `midplane logs` reads. What was read is remembered by time and by how many lines had that
//! time, so a runner that restarts goes on behind the last one. At most a handful of lines is taken at a time: a workload that logs
//! without end costs itself, and what rolled away before it was read is counted by nobody, as it is with any log file.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;
use telemetry::admit::Pending;
use telemetry::model::{Level, Log, LogSource, Record};
use telemetry::redact::Redactor;

use super::Fact;
use crate::folder::Place;
use crate::logs::{Merge, Query};

/// At one time; five times a second.
const MOST: usize = 500;
/// Longer texts are cut; the file has all of them.
const TEXT: usize = 16 << 10;

pub(super) struct Lines {
    merge: Merge,
    pending: Pending,
    path: PathBuf,
    /// The time of the last line, and how many lines had it.
    last: (i64, u64),
    /// Lines of that time that were read before the runner restarted.
    skip: u64,
}

#[derive(Deserialize)]
struct Line {
    time: Option<Timestamp>,
    level: Option<String>,
    logger: Option<String>,
    thread: Option<String>,
    message: Option<String>,
    stack: Option<String>,
    message_id: Option<String>,
    route: Option<String>,
    node: Option<String>,
}

impl Lines {
    pub(super) fn new(place: Place, fact: &Fact, path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_default();
        let read = text.split_once(' ').and_then(|(time, count)| {
            Some((time.parse::<i64>().ok()?, count.trim().parse::<u64>().ok()?))
        });
        let query =
            Query { since_ms: read.map(|(time, _)| time), follow: true, ..Query::default() };
        let merge = Merge::new(place, fact.integration.clone(), query, None);
        let (last, skip) = read.map_or(((i64::MIN, 0), 0), |(time, count)| ((time, 0), count));
        Self { merge, pending: Pending::new(fact.origin(0)), path: path.to_owned(), last, skip }
    }

    /// Another release runs now.
    pub(super) fn runs(&mut self, fact: &Fact) {
        if *self.pending.origin() != fact.origin(0) && self.pending.is_empty() {
            self.pending = Pending::new(fact.origin(0));
        }
    }

    pub(super) fn pending(&mut self) -> &mut Pending {
        &mut self.pending
    }

    /// Takes new lines; gives how many.
    pub(super) fn read(&mut self, redactor: &Redactor, now_us: u64) -> usize {
        self.merge.refresh(false);
        let now_ms = i64::try_from(now_us / 1_000).unwrap_or(i64::MAX);
        let mut count = 0;
        while count < MOST {
            let Ok(Some(entry)) = self.merge.next(now_ms) else { break };
            if entry.time_ms == self.last.0 {
                self.last.1 += 1;
                if self.last.1 <= self.skip {
                    continue;
                }
            } else {
                self.last = (entry.time_ms, 1);
                self.skip = 0;
            }
            self.add(&entry.line, entry.time_ms, redactor);
            count += 1;
        }
        count
    }

    /// Behind the block that holds them.
    pub(super) fn remember(&self) {
        let (time, count) = self.last;
        let _ = fs::write(&self.path, format!("{time} {count}\n"));
    }

    fn add(&mut self, text: &str, time_ms: i64, redactor: &Redactor) {
        let Ok(line) = serde_json::from_str::<Line>(text) else { return };
        let (level, source) = match line.level.as_deref() {
            Some("OUT") => (Level::Info, LogSource::Output),
            Some("ERR") => (Level::Warn, LogSource::Output),
            Some("TRACE") => (Level::Trace, LogSource::Logger),
            Some("DEBUG") => (Level::Debug, LogSource::Logger),
            Some("WARN") => (Level::Warn, LogSource::Logger),
            Some("ERROR") => (Level::Error, LogSource::Logger),
            _ => (Level::Info, LogSource::Logger),
        };
        let masked = |text: String| redactor.text(&text).unwrap_or(text);
        let cut = |text: String| telemetry::model::names::cut(&text, TEXT).to_owned();
        let at_us =
            line.time.map_or_else(|| time_ms.saturating_mul(1_000), Timestamp::as_microsecond);
        let text = masked(cut(line.message.unwrap_or_default()));
        let stack = line.stack.map(cut).map(masked);
        let batch = self.pending.log(level);
        let names = &mut batch.names;
        let mut maybe = |text: Option<String>| text.map(|text| names.intern(&text));
        let log = Log {
            at_us: u64::try_from(at_us).unwrap_or(0),
            level,
            source,
            logger: maybe(line.logger),
            thread: maybe(line.thread.filter(|thread| !thread.is_empty())),
            message: line.message_id.and_then(|id| id.parse().ok()),
            route: maybe(line.route),
            node: maybe(line.node),
            text,
            stack: maybe(stack),
        };
        batch.records.push(Record::Log(log));
    }
}

//! What is known of a tracer, exact over `kill -9`: it holds if, and only if, the block it belongs to was written.
//!
//! ```text
//! write X.next with the number of the block ──> append the block ──> rename X.next to X
//! ```
//! When a runner starts, an `X.next` whose block is in the spool (or was sent from it) takes the place of `X`; one whose block is not
//! there is thrown away. That is decided before this start sends anything: numbers of later blocks would speak for all before them.
//!
//! There are three X: `total`, how many messages blocks hold, small and written with every block; `known`, the totals of the tracer,
//! written with blocks of reports; and `who`, written once: whose tracer it is and which process, so that one that ends while no
//! runner looks is missed all the same.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use telemetry::admit::Known;
use telemetry::frame::Instance;
use telemetry::model::Sequence;
use telemetry::spool::{Spool, Unkept};

use super::place::Place;
use super::{Fact, Name};
use crate::durable;

/// Epoch and number.
const TAG: usize = 16;
const FORMAT: u32 = 1;

/// A process, told apart from a later one with its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Process {
    pub(super) pid: i32,
    pub(super) start: String,
}

/// Whose tracer an instance is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Who {
    format: u32,
    pub(super) name: Name,
    /// Without its token.
    pub(super) fact: Fact,
    pub(super) process: Process,
}

impl Who {
    pub(super) fn new(name: Name, fact: Fact, process: Process) -> Self {
        Self { format: FORMAT, name, fact: Fact { token: String::new(), ..fact }, process }
    }
}

pub(super) struct Memory {
    total: PathBuf,
    known: PathBuf,
    written: u64,
    /// What holds once the block is there.
    next: Option<(u64, bool)>,
}

impl Memory {
    /// What earlier runners wrote down of this tracer; nothing if it is new.
    pub(super) fn recall(place: &Place, instance: Instance) -> (Self, Known) {
        let total = place.known_of(instance.0, "total");
        let known = place.known_of(instance.0, "known");
        let written = recall(&total)
            .and_then(|bytes| bytes.first_chunk().map(|bytes| u64::from_le_bytes(*bytes)))
            .unwrap_or(0);
        let remembered = recall(&known).and_then(|bytes| Known::from_bytes(&bytes));
        let remembered = remembered.unwrap_or_default().received(written);
        (Self { total, known, written, next: None }, remembered)
    }

    /// Before a block is appended. What a full disk does not take is not done.
    pub(super) fn prepare(
        &mut self,
        at: Sequence,
        settled: u64,
        known: Option<&Known>,
    ) -> io::Result<()> {
        let written = self.written + settled;
        write_next(&self.total, at, &written.to_le_bytes())?;
        if let Some(known) = known {
            write_next(&self.known, at, &known.to_bytes())?;
        }
        self.next = Some((written, known.is_some()));
        Ok(())
    }

    pub(super) fn at_fault(&self, source: io::Error) -> Unkept {
        Unkept::disk(&self.total, source)
    }

    /// After it was appended.
    pub(super) fn commit(&mut self) {
        let Some((written, with_known)) = self.next.take() else { return };
        self.written = written;
        // What is not renamed now is at the next start.
        let _ = fs::rename(next(&self.total), &self.total);
        if with_known {
            let _ = fs::rename(next(&self.known), &self.known);
        }
    }

    /// The block could not be written, and its number is given to another.
    pub(super) fn abandon(&mut self) {
        self.next = None;
        for path in [&self.total, &self.known] {
            let _ = fs::remove_file(next(path));
        }
    }
}

/// At the start of a runner: which of what was written down holds, and whose tracers there are.
pub(super) fn settle(place: &Place, spool: &Spool) -> Vec<(Instance, Who)> {
    let entries = fs::read_dir(place.known_folder()).into_iter().flatten().flatten();
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.path()) {
        let end = path.extension().and_then(|end| end.to_str());
        if end == Some("next") {
            let at = fs::read(&path).ok().and_then(|bytes| split(&bytes)).map(|(at, _)| at);
            let _ = match at {
                Some(at) if spool.has(at) => fs::rename(&path, path.with_extension("")),
                _ => fs::remove_file(&path),
            };
        } else if end == Some("who")
            && let Some(instance) = path.file_stem().and_then(|name| name.to_str())
            && let Ok(instance) = u64::from_str_radix(instance, 16)
            && let Ok(Some(who)) = durable::read::<Who>(&path, FORMAT)
        {
            found.push((Instance(instance), who));
        }
    }
    found
}

/// Nothing more is to be remembered of a tracer.
pub(super) fn forget(place: &Place, instance: Instance) {
    // The last one says that there is something to clear away.
    for part in ["total", "known", "who"] {
        let _ = fs::remove_file(place.known_of(instance.0, part));
    }
}

/// Without it the end of the process goes unnoticed when no runner looks; that is no reason to refuse a tracer.
pub(super) fn introduce(place: &Place, instance: Instance, who: &Who) {
    let path = place.known_of(instance.0, "who");
    let text = serde_json::to_vec(who).unwrap_or_default();
    if let Err(err) = write_beside(&path, &text) {
        tracing::warn!(error = %err, "write down a tracer");
    }
}

fn next(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".next");
    name.into()
}

fn write_next(path: &Path, at: Sequence, content: &[u8]) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(TAG + content.len());
    bytes.extend(at.epoch.to_le_bytes());
    bytes.extend(at.number.to_le_bytes());
    bytes.extend(content);
    fs::write(next(path), bytes)
}

/// A reader sees all of it or nothing.
fn write_beside(path: &Path, content: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    fs::write(&beside, content)?;
    fs::rename(&beside, path)
}

fn recall(path: &Path) -> Option<Vec<u8>> {
    split(&fs::read(path).ok()?).map(|(_, content)| content)
}

fn split(bytes: &[u8]) -> Option<(Sequence, Vec<u8>)> {
    let (epoch, rest) = bytes.split_first_chunk::<8>()?;
    let (number, content) = rest.split_first_chunk::<8>()?;
    let at = Sequence { epoch: u64::from_le_bytes(*epoch), number: u64::from_le_bytes(*number) };
    Some((at, content.to_vec()))
}

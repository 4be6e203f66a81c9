//! What is known of a tracer, exact over `kill -9`: it holds if, and only if, the block it belongs to was written.
//!
//! ```text
//! write X.next with the number of the block ──> append the block ──> rename X.next to X
//! ```
//! At a start, an `X.next` whose block is in the spool (or was sent from it) takes the place of `X`; one whose block is not there is
//! thrown away. There are two X: `total`, how many messages blocks hold, small and written with every block; and `known`, the totals
//! of the tracer, written with blocks of reports.

use std::fs;
use std::path::{Path, PathBuf};

use telemetry::admit::Known;
use telemetry::frame::Instance;
use telemetry::model::Sequence;
use telemetry::spool::Spool;

use super::place::Place;

/// Epoch and number.
const TAG: usize = 16;

pub(super) struct Memory {
    total: PathBuf,
    known: PathBuf,
    written: u64,
    /// What holds once the block is there.
    next: Option<(u64, bool)>,
}

impl Memory {
    /// What earlier runners wrote down of this tracer; nothing if it is new.
    pub(super) fn recall(place: &Place, instance: Instance, spool: &Spool) -> (Self, Known) {
        let total = place.known_of(instance.0, "total");
        let known = place.known_of(instance.0, "known");
        let written = recall(&total, spool)
            .and_then(|bytes| bytes.first_chunk().map(|bytes| u64::from_le_bytes(*bytes)))
            .unwrap_or(0);
        let remembered = recall(&known, spool).and_then(|bytes| Known::from_bytes(&bytes));
        let remembered = remembered.unwrap_or_default().received(written);
        (Self { total, known, written, next: None }, remembered)
    }

    /// Before a block is appended. A disk that does not take it does not take the block either.
    pub(super) fn prepare(&mut self, at: Sequence, settled: u64, known: Option<&Known>) {
        let written = self.written + settled;
        write_next(&self.total, at, &written.to_le_bytes());
        if let Some(known) = known {
            write_next(&self.known, at, &known.to_bytes());
        }
        self.next = Some((written, known.is_some()));
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

fn next(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".next");
    name.into()
}

fn write_next(path: &Path, at: Sequence, content: &[u8]) {
    let mut bytes = Vec::with_capacity(TAG + content.len());
    bytes.extend(at.epoch.to_le_bytes());
    bytes.extend(at.number.to_le_bytes());
    bytes.extend(content);
    let _ = fs::write(next(path), bytes);
}

fn recall(path: &Path, spool: &Spool) -> Option<Vec<u8>> {
    if let Some((at, _)) = fs::read(next(path)).ok().and_then(|bytes| split(&bytes)) {
        let _ =
            if spool.has(at) { fs::rename(next(path), path) } else { fs::remove_file(next(path)) };
    }
    split(&fs::read(path).ok()?).map(|(_, content)| content)
}

fn split(bytes: &[u8]) -> Option<(Sequence, Vec<u8>)> {
    let (epoch, rest) = bytes.split_first_chunk::<8>()?;
    let (number, content) = rest.split_first_chunk::<8>()?;
    let at = Sequence { epoch: u64::from_le_bytes(*epoch), number: u64::from_le_bytes(*number) };
    Some((at, content.to_vec()))
}

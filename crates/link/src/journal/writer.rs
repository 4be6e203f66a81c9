//! The thread that writes: takes all that waits, appends it as one frame, syncs, answers.
//!
//! After a failed write the file is cut back to where it was good, so that a full disk costs an answer and no journal.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;

use tokio::sync::oneshot;

use super::frame::{self, Damage, Read};
use super::state::{Entry, State};
use super::{JournalError, Shared};
use crate::wire;

/// Below this a rewrite saves nothing worth an fsync.
const REWRITE_FROM: u64 = 1 << 20;
/// A rewrite when three quarters are garbage keeps the cost per append constant.
const GARBAGE: u64 = 4;
/// One frame for everything that waited, within reason.
const BATCH: usize = 256;

pub(super) enum Job {
    Event { event: wire::Event, done: oneshot::Sender<Result<u64, JournalError>> },
    Command { command: wire::Command, done: oneshot::Sender<Result<bool, JournalError>> },
    Trim(u64),
}

/// Tells one who waits how the write went.
type Answer = Box<dyn FnOnce(Result<(), JournalError>)>;

pub(super) struct Log {
    dir: PathBuf,
    path: PathBuf,
    file: File,
    id: [u8; 16],
    good: u64,
    rewrite_at: u64,
}

pub(super) fn open(dir: &Path) -> Result<(Log, [u8; 16], State), JournalError> {
    let path = dir.join("journal.log");
    std::fs::create_dir_all(dir).map_err(JournalError::io("make the folder of", &path))?;
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(JournalError::io("open", &path))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(JournalError::io("read", &path))?;
    let log = |file, id, good| Log {
        dir: dir.to_owned(),
        path: path.clone(),
        file,
        id,
        good,
        rewrite_at: REWRITE_FROM,
    };
    match frame::read(&bytes) {
        Read::Newer(version) => Err(JournalError::Newer { path, version }),
        Read::Journal { id, state, good, damage: Damage::None } => {
            Ok((log(file, id, good as u64), id, state))
        }
        Read::Journal { id, state, good, damage: Damage::Torn } if good > 0 => {
            tracing::info!(cut = bytes.len() - good, "cut a torn frame off the journal");
            file.set_len(good as u64)
                .and_then(|()| file.sync_data())
                .map_err(JournalError::io("cut", &path))?;
            Ok((log(file, id, good as u64), id, state))
        }
        Read::Journal { state, good, damage: Damage::Corrupt, .. } => {
            tracing::warn!(
                lost = bytes.len() - good,
                "the journal is damaged; it starts anew with what reads"
            );
            anew(log(file, new_id(), 0), state.renumbered())
        }
        Read::Empty | Read::Journal { .. } => anew(log(file, new_id(), 0), State::default()),
    }
}

fn anew(mut log: Log, state: State) -> Result<(Log, [u8; 16], State), JournalError> {
    log.rewrite(&state)?;
    let id = log.id;
    Ok((log, id, state))
}

fn new_id() -> [u8; 16] {
    let mut id = [0; 16];
    // Without randomness there is no TLS either; an id of zeros then does no harm.
    let _ = aws_lc_rs::rand::fill(&mut id);
    id
}

/// Ends when every handle is gone.
pub(super) fn run(mut log: Log, shared: &Shared, jobs: &Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let mut batch = vec![first];
        batch.extend(jobs.try_iter().take(BATCH));
        write(&mut log, shared, batch);
    }
}

fn write(log: &mut Log, shared: &Shared, batch: Vec<Job>) {
    let (mut command_seq, mut event_seq) = {
        let state = shared.state();
        (state.last_command_seq, state.last_event_seq)
    };
    let mut entries = Vec::new();
    let mut answers: Vec<Answer> = Vec::new();
    let mut sync = false;
    for job in batch {
        match job {
            Job::Event { mut event, done } => {
                event_seq += 1;
                let seq = event_seq;
                event.seq = seq;
                entries.push(Entry::Event(event));
                sync = true;
                answers.push(Box::new(move |written| drop(done.send(written.map(|()| seq)))));
            }
            Job::Command { command, done } => {
                let fresh = command.seq > command_seq;
                if fresh {
                    command_seq = command.seq;
                    entries.push(Entry::Command(command));
                    sync = true;
                }
                answers.push(Box::new(move |written| drop(done.send(written.map(|()| fresh)))));
            }
            // Forgetting needs no sync: what comes back is recognised by the server.
            Job::Trim(seq) => entries.push(Entry::Trim(seq)),
        }
    }
    let written = log.append(&entries, sync);
    shared.trouble().clone_from(&written.as_ref().err().cloned());
    if written.is_ok() {
        let mut state = shared.state();
        for entry in entries {
            state.apply(entry);
        }
        let newest = state.last_event_seq;
        drop(state);
        shared.newest.send_if_modified(|known| std::mem::replace(known, newest) != newest);
        shared.trimmed.notify_waiters();
    }
    for answer in answers {
        answer(written.clone());
    }
    if log.good >= log.rewrite_at {
        let state = shared.state().clone();
        if let Err(err) = log.rewrite(&state) {
            tracing::warn!(error = &err as &dyn std::error::Error, "rewrite the journal");
            log.rewrite_at = log.good * 2;
        }
    }
}

impl Log {
    fn append(&mut self, entries: &[Entry], sync: bool) -> Result<(), JournalError> {
        if entries.is_empty() {
            return Ok(());
        }
        let bytes = frame::frame(entries);
        let written = self
            .file
            .seek(SeekFrom::Start(self.good))
            .and_then(|_| self.file.write_all(&bytes))
            .and_then(|()| if sync { self.file.sync_data() } else { Ok(()) });
        match written {
            Ok(()) => {
                self.good += bytes.len() as u64;
                Ok(())
            }
            Err(err) => {
                let _ = self.file.set_len(self.good);
                Err(JournalError::io("append to", &self.path)(err))
            }
        }
    }

    /// Writes a new file with only what counts, and puts it in the place of the old one.
    fn rewrite(&mut self, state: &State) -> Result<(), JournalError> {
        let next = self.dir.join("journal.next");
        let mut bytes = frame::header(self.id);
        bytes.extend_from_slice(&frame::frame(&state.entries()));
        let failed = |err| JournalError::io("rewrite", &next)(err);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&next)
            .map_err(failed)?;
        file.write_all(&bytes)
            .and_then(|()| file.sync_data())
            .and_then(|()| std::fs::rename(&next, &self.path))
            .and_then(|()| File::open(&self.dir)?.sync_all())
            .map_err(failed)?;
        self.file = file;
        self.good = bytes.len() as u64;
        self.rewrite_at = REWRITE_FROM.max(self.good * GARBAGE);
        Ok(())
    }
}

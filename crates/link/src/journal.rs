//! The runner's journal: what it acknowledged and what it still has to tell, on disk before it says so.
//!
//! One append-only file, `journal.log`: a header (version, journal id) and frames with a checksum, one frame for each
//! fsync. It holds accepted commands until their result is journaled, and events until the server says that they are
//! stored (cumulative). One thread writes; whatever waits while it syncs goes into the next frame, so that many
//! appends cost one fsync. When most of the file is garbage it is rewritten and renamed.
//!
//! A torn last frame was never acknowledged and is cut off. Damage before the end is something else: numbers might be
//! used twice, so the journal then takes a new id and numbers its events anew, and the server forgets what it knew
//! of the old one.

mod frame;
mod state;
#[cfg(test)]
mod tests;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::{Notify, oneshot, watch};

use crate::wire;
use state::State;
use writer::Job;

/// A day of one event every ten seconds without a control plane; each has a few hundred bytes.
pub const MAX_UNSENT: usize = 10_000;
/// One session, one supervisor: more waiting appends than this only wait in another place.
const QUEUE: usize = 256;

/// A handle; all clones are one journal. The writing thread ends with the last of them.
#[derive(Clone)]
pub struct Journal {
    shared: Arc<Shared>,
    jobs: std::sync::mpsc::SyncSender<Job>,
}

struct Shared {
    id: [u8; 16],
    state: Mutex<State>,
    /// The newest event that is on disk.
    newest: watch::Sender<u64>,
    trimmed: Notify,
    dropped: AtomicU64,
    /// Why the newest write failed.
    trouble: Mutex<Option<JournalError>>,
}

#[derive(Clone, Debug, thiserror::Error)]
pub enum JournalError {
    #[error("{doing} the journal `{path}`")]
    Io { doing: &'static str, path: PathBuf, source: Arc<std::io::Error> },
    #[error("the journal `{path}` is of format {version}; this version reads format 1")]
    Newer { path: PathBuf, version: u32 },
    #[error("the journal's writer has ended")]
    Ended,
}

impl JournalError {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Newer { .. } => "MP-LINK-11",
            Self::Io { .. } | Self::Ended => "MP-LINK-12",
        }
    }

    fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source: Arc::new(source) }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn trouble(&self) -> MutexGuard<'_, Option<JournalError>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal {
    /// Opens or creates the journal in `dir`. Blocks.
    pub fn open(dir: &Path) -> Result<Self, JournalError> {
        let (file, id, state) = writer::open(dir)?;
        let shared = Arc::new(Shared {
            id,
            newest: watch::Sender::new(state.last_event_seq),
            state: Mutex::new(state),
            trimmed: Notify::new(),
            dropped: AtomicU64::new(0),
            trouble: Mutex::new(None),
        });
        let (jobs, queue) = std::sync::mpsc::sync_channel(QUEUE);
        let writing = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("link.journal".to_owned())
            .spawn(move || writer::run(file, &writing, &queue))
            .map_err(JournalError::io("start the writer of", dir))?;
        Ok(Self { shared, jobs })
    }

    /// Journals an event; it is on disk when this returns its number, and stays there until the server stored it.
    ///
    /// With `MAX_UNSENT` of them waiting, an `Exit` is dropped and counted (a crash loop without a control plane) and
    /// anything else waits.
    pub async fn event(
        &self,
        at: Timestamp,
        event: wire::event::Event,
    ) -> Result<u64, JournalError> {
        loop {
            let trimmed = self.shared.trimmed.notified();
            if self.shared.state().events.len() < MAX_UNSENT {
                break;
            }
            if matches!(event, wire::event::Event::Exit(_)) {
                self.shared.dropped.fetch_add(1, Ordering::Relaxed);
                return Ok(self.last_event_seq());
            }
            trimmed.await;
        }
        let at_ms = at.as_millisecond();
        self.write(|done| Job::Event {
            event: wire::Event { seq: 0, at_ms, event: Some(event) },
            done,
        })
        .await
    }

    /// Journals a command; it may be acknowledged when this returns. False: it was there already.
    pub async fn command(&self, command: wire::Command) -> Result<bool, JournalError> {
        self.write(|done| Job::Command { command, done }).await
    }

    /// The server stored every event up to `seq`.
    pub(crate) fn stored(&self, seq: u64) {
        // A lost trim costs a repetition, which the server recognises: not worth waiting for a full queue.
        let _ = self.jobs.try_send(Job::Trim(seq));
    }

    /// Commands that were accepted and have no journaled result yet, oldest first.
    pub fn pending_commands(&self) -> Vec<wire::Command> {
        self.shared.state().commands.values().cloned().collect()
    }

    /// At most `limit` unsent events after `seq`, oldest first.
    pub(crate) fn events_after(&self, seq: u64, limit: usize) -> Vec<wire::Event> {
        let state = self.shared.state();
        state.events.range(seq + 1..).take(limit).map(|(_, event)| event.clone()).collect()
    }

    pub fn last_command_seq(&self) -> u64 {
        self.shared.state().last_command_seq
    }

    pub fn last_event_seq(&self) -> u64 {
        self.shared.state().last_event_seq
    }

    /// `Exit` events that were dropped because nobody took the others.
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }

    /// Why the newest write failed; `None` when it did not.
    pub fn trouble(&self) -> Option<JournalError> {
        self.shared.trouble().clone()
    }

    pub(crate) fn id(&self) -> [u8; 16] {
        self.shared.id
    }

    /// Changes when an event reaches the disk.
    pub(crate) fn newest(&self) -> watch::Receiver<u64> {
        self.shared.newest.subscribe()
    }

    async fn write<T>(
        &self,
        job: impl FnOnce(oneshot::Sender<Result<T, JournalError>>) -> Job,
    ) -> Result<T, JournalError> {
        let (done, written) = oneshot::channel();
        match self.jobs.try_send(job(done)) {
            Ok(()) => {}
            Err(std::sync::mpsc::TrySendError::Full(job)) => {
                let jobs = self.jobs.clone();
                tokio::task::spawn_blocking(move || jobs.send(job).is_ok())
                    .await
                    .map_err(|_| JournalError::Ended)?;
            }
            Err(std::sync::mpsc::TrySendError::Disconnected(_)) => return Err(JournalError::Ended),
        }
        written.await.map_err(|_| JournalError::Ended)?
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal")
            .field("last_event_seq", &self.last_event_seq())
            .finish_non_exhaustive()
    }
}

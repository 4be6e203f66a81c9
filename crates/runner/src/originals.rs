//! Messages as they were before they were masked: kept on this machine only, sealed, for a while, for replays.
//!
//! ```text
//! tracer -> admission -> original -> sealed file of its workload       (beside the record, which is masked)
//! command with `original` -> found, opened -> order for the launcher   (fill)
//! ```
//! The control plane never has one: a command names the message, and what is masked is filled in here. Nothing of them is in a log, an
//! answer or a description; what a workload answers is searched for their values before it leaves (`hide`). The key lies in the
//! runner's folder, readable by its user alone.
//!
//! Values of headers that the tracer masks by their names never leave the JVM, so they are not here either.

mod codec;
mod fill;
mod gone;
mod hide;
mod order;
mod store;

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use telemetry::admit::{Original, Wanted};
use telemetry::capture::Originals as Limits;
use telemetry::id::MessageId;
use uuid::Uuid;

use crate::{durable, folder};
use codec::Key;
pub(crate) use gone::Missing;
pub(crate) use hide::Hidden;
pub(crate) use order::{Asked, Filled};
use store::Store;

pub(crate) struct Originals {
    root: PathBuf,
    key: Key,
    stores: Mutex<HashMap<Uuid, Store>>,
    /// Whether the last write went well; a disk that is full is told of once.
    trouble: AtomicBool,
}

impl Originals {
    /// Makes the folder and its key, or finds them.
    pub(crate) fn open(root: &Path) -> io::Result<Self> {
        folder::make(root, 0o700)?;
        let key = key(&root.join("key"))?;
        let found = fs::read_dir(root)?.flatten();
        let stores = found
            .filter_map(|entry| entry.file_name().to_str()?.parse::<Uuid>().ok())
            .map(|workload| (workload, Store::open(root, workload)))
            .collect();
        Ok(Self {
            root: root.to_owned(),
            key,
            stores: Mutex::new(stores),
            trouble: AtomicBool::new(false),
        })
    }

    fn with<T>(&self, workload: Uuid, work: impl FnOnce(&mut Store) -> T) -> T {
        let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        work(stores.entry(workload).or_insert_with(|| Store::open(&self.root, workload)))
    }

    /// Settings of a workload.
    pub(crate) fn set(&self, workload: Uuid, limits: Limits, now_us: u64) {
        let set = self.with(workload, |store| store.set(limits, now_us));
        self.told(set);
    }

    pub(crate) fn wanted(&self, workload: Uuid) -> Wanted {
        match self.with(workload, |store| store.limits()) {
            limits if limits.is_off() => Wanted::None,
            Limits { only: true, .. } => Wanted::All,
            _ => Wanted::Masked,
        }
    }

    /// Keeps what was masked; what cannot be kept is not, and holds nobody up.
    pub(crate) fn keep(&self, workload: Uuid, all: &[Original], now_us: u64) {
        if !all.is_empty() {
            let kept = self.with(workload, |store| store.keep(&self.key, all, now_us));
            self.told(kept);
        }
    }

    /// What is in memory only goes to the disk, and what is past its time goes altogether.
    pub(crate) fn tidy(&self, now_us: u64) {
        let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        let mut files = Vec::new();
        let done = stores.values_mut().try_for_each(|store| {
            files.extend(store.take_unflushed()?);
            store.expire(now_us)
        });
        drop(stores);
        let flushed = files.into_iter().try_for_each(|file| file.sync_data());
        self.told(done.and(flushed));
    }

    fn told(&self, done: io::Result<()>) {
        let before = self.trouble.swap(done.is_err(), Ordering::Relaxed);
        if let Err(err) = &done
            && !before
        {
            tracing::warn!(error = %err, "keep messages as they were");
        }
    }

    /// The workload is removed, and what it carried with it.
    pub(crate) fn forget(&self, workload: Uuid) {
        let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        stores.remove(&workload);
        match fs::remove_dir_all(self.root.join(workload.to_string())) {
            Err(err) if err.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(error = %err, "delete messages as they were");
            }
            _ => {}
        }
    }

    pub(crate) fn find(
        &self,
        workload: Uuid,
        message: MessageId,
        now_us: u64,
    ) -> Result<Original, Missing> {
        let search = self.with(workload, |store| store.search(message, now_us));
        search.run(&self.key)
    }
}

/// 32 random bytes, made once.
fn key(path: &Path) -> io::Result<Key> {
    match fs::read(path) {
        Ok(bytes) => match <[u8; 32]>::try_from(bytes) {
            Ok(bytes) => return Ok(Key::new(bytes)),
            Err(_) => {
                tracing::warn!("the key of originals is damaged; those that were kept are lost");
            }
        },
        Err(err) if err.kind() == io::ErrorKind::NotFound => {}
        Err(err) => return Err(err),
    }
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| io::Error::other("no randomness"))?;
    durable::write_bytes(path, &bytes, 0o600)?;
    Ok(Key::new(bytes))
}

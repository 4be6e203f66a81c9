//! What is connected to this server: by runtime, its one session and all its connections.
//!
//! A wake-up is a level, not a message: many of them before a task looks count as one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use domain::id::RuntimeId;
use hyper::client::conn::http2::SendRequest;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::data::RequestBody;
use crate::wire;

pub(super) type Nonce = [u8; 32];
pub(super) type Outbound = mpsc::Sender<Result<wire::ServerFrame, Status>>;

#[derive(Default)]
pub(super) struct Registry {
    inner: Mutex<Inner>,
    next: AtomicU64,
}

#[derive(Default)]
struct Inner {
    connections: HashMap<RuntimeId, Vec<(u64, Arc<Notify>)>>,
    sessions: HashMap<RuntimeId, SessionEntry>,
    /// Data connections that a runner was asked for.
    awaited: HashMap<Nonce, (RuntimeId, oneshot::Sender<SendRequest<RequestBody>>)>,
    data: HashMap<RuntimeId, Arc<tokio::sync::Mutex<Option<DataSlot>>>>,
}

#[derive(Clone)]
pub(super) struct SessionEntry {
    pub(super) epoch: u64,
    pub(super) out: Outbound,
    pub(super) wake: Arc<Wakes>,
    /// Cancelled when a newer session took its place.
    pub(super) displaced: CancellationToken,
}

/// What a session is woken for.
#[derive(Default)]
pub(super) struct Wakes {
    pub(super) anything: Notify,
    pub(super) commands: Notify,
}

/// An open data connection.
pub(super) struct DataSlot {
    pub(super) sender: SendRequest<RequestBody>,
    pub(super) used: Instant,
}

/// A connection's place in the registry; leaving is dropping it.
pub(super) struct Place<'a> {
    registry: &'a Registry,
    runtime: RuntimeId,
    id: u64,
    pub(super) wake: Arc<Notify>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut inner = self.registry.lock();
        if let Some(places) = inner.connections.get_mut(&self.runtime) {
            places.retain(|(id, _)| *id != self.id);
            if places.is_empty() {
                inner.connections.remove(&self.runtime);
            }
        }
    }
}

impl Registry {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn connected(&self, runtime: RuntimeId) -> Place<'_> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let wake = Arc::new(Notify::new());
        self.lock().connections.entry(runtime).or_default().push((id, Arc::clone(&wake)));
        Place { registry: self, runtime, id, wake }
    }

    /// Puts a session in its place; an older one is told that it was displaced.
    pub(super) fn session_opened(&self, runtime: RuntimeId, entry: SessionEntry) {
        let mut inner = self.lock();
        match inner.sessions.get(&runtime) {
            Some(newer) if newer.epoch > entry.epoch => entry.displaced.cancel(),
            _ => {
                if let Some(older) = inner.sessions.insert(runtime, entry) {
                    older.displaced.cancel();
                }
                // Its data connection may be a dead one of the session before.
                inner.data.remove(&runtime);
            }
        }
    }

    pub(super) fn session_closed(&self, runtime: RuntimeId, epoch: u64) {
        let mut inner = self.lock();
        if inner.sessions.get(&runtime).is_some_and(|entry| entry.epoch == epoch) {
            inner.sessions.remove(&runtime);
            inner.data.remove(&runtime);
        }
    }

    pub(super) fn session(&self, runtime: RuntimeId) -> Option<SessionEntry> {
        self.lock().sessions.get(&runtime).cloned()
    }

    pub(super) fn wake(&self, runtime: RuntimeId) {
        let inner = self.lock();
        let places = inner.connections.get(&runtime).into_iter().flatten();
        places.for_each(|(_, wake)| wake.notify_one());
        if let Some(session) = inner.sessions.get(&runtime) {
            session.wake.anything.notify_one();
        }
    }

    pub(super) fn wake_for_commands(&self, runtime: RuntimeId) {
        if let Some(session) = self.lock().sessions.get(&runtime) {
            session.wake.commands.notify_one();
        }
    }

    pub(super) fn wake_all(&self) {
        let inner = self.lock();
        inner.connections.values().flatten().for_each(|(_, wake)| wake.notify_one());
        inner.sessions.values().for_each(|session| session.wake.anything.notify_one());
    }

    pub(super) fn data_slot(
        &self,
        runtime: RuntimeId,
    ) -> Arc<tokio::sync::Mutex<Option<DataSlot>>> {
        Arc::clone(self.lock().data.entry(runtime).or_default())
    }

    pub(super) fn await_data(
        &self,
        runtime: RuntimeId,
        nonce: Nonce,
    ) -> oneshot::Receiver<SendRequest<RequestBody>> {
        let (sender, receiver) = oneshot::channel();
        self.lock().awaited.insert(nonce, (runtime, sender));
        receiver
    }

    /// A nonce is good once, and only for the runtime that it was sent to.
    pub(super) fn take_awaited(
        &self,
        runtime: RuntimeId,
        nonce: &Nonce,
    ) -> Option<oneshot::Sender<SendRequest<RequestBody>>> {
        let mut inner = self.lock();
        match inner.awaited.remove(nonce) {
            Some((wanted, sender)) if wanted == runtime => Some(sender),
            _ => None,
        }
    }
}

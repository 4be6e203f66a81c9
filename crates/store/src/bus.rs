//! Wake-ups within a process and between processes: a topic and ids, carried by LISTEN/NOTIFY.
//!
//! ```text
//! publish (in the transaction of its cause) ──commit──> subscribers of this process, at once
//!                                                └─NOTIFY──> every other process (its own are skipped: heard before)
//! ```
//! A wake-up says "look", never what to see: one that is lost costs latency, because each listener also looks by a timer.
//! When the connection breaks, when nobody knows whether a commit happened, or when a listener is too slow, it is told
//! [`Wake::Everything`].
//!
//! [`Bus::run`] is the one listening connection of a process; the caller spawns it and decides when it ends.

use std::borrow::Cow;
use std::future::Future;
use std::time::Duration;

use domain::id::OrganizationId;
use sqlx::postgres::PgListener;
use tokio::sync::broadcast::{self, error::RecvError};
use uuid::Uuid;

use crate::{Error, Tx, Urls};

const CHANNEL: &str = "midplane";

/// A listener this far behind does better to look at everything once.
const BEHIND: usize = 1024;

/// Between attempts to listen again; the listeners' timers work meanwhile.
const RECONNECT: Duration = Duration::from_millis(250);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Note {
    /// `None`: every topic.
    topic: Option<Cow<'static, str>>,
    organization: OrganizationId,
    id: Uuid,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    Changed {
        organization: OrganizationId,
        id: Uuid,
    },
    /// Something may have been missed.
    Everything,
}

#[derive(Clone, Debug)]
pub struct Bus {
    notes: broadcast::Sender<Note>,
    /// Marks what this process publishes, so that it does not hear it twice.
    process: Uuid,
}

#[derive(Debug)]
pub struct Subscription {
    topic: &'static str,
    notes: broadcast::Receiver<Note>,
}

/// Tells every process, once this transaction is committed, that `id` changed in the sense of `topic`. It goes with the
/// commit and costs no round trip of its own.
pub async fn publish(tx: &mut Tx, topic: &'static str, id: Uuid) -> Result<(), Error> {
    tx.announce(topic, id);
    Ok(())
}

/// What a transaction publishes when it commits.
#[derive(Debug)]
pub(crate) struct Announcements {
    bus: Bus,
    /// Each once, as NOTIFY has it too.
    notes: Vec<Note>,
}

impl Announcements {
    pub(crate) fn new(bus: &Bus) -> Self {
        Self { bus: bus.clone(), notes: Vec::new() }
    }

    pub(crate) fn add(&mut self, topic: &'static str, organization: OrganizationId, id: Uuid) {
        let note = Note { topic: Some(topic.into()), organization, id };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// One NOTIFY each. Nothing in them was ever typed by anybody: a word of ours and ids.
    pub(crate) fn statements(&self) -> String {
        self.notes.iter().map(|note| note.statement(self.bus.process)).collect()
    }

    /// To this process, after the commit.
    pub(crate) fn announce(self, committed: &Result<(), sqlx::Error>) {
        match committed {
            Ok(()) => {
                for note in self.notes {
                    // No receiver is fine: nobody waits in this process.
                    let _ = self.bus.notes.send(note);
                }
            }
            // The database refused: it did not happen.
            Err(sqlx::Error::Database(_)) => {}
            Err(_) if self.notes.is_empty() => {}
            // The answer was lost, and with it whether it happened.
            Err(_) => self.bus.announce_everything(),
        }
    }
}

impl Note {
    fn statement(&self, process: Uuid) -> String {
        let Self { topic, organization, id } = self;
        let topic = topic.as_deref().unwrap_or_default();
        format!("NOTIFY {CHANNEL}, '{topic} {organization} {id} {process}';")
    }
}

impl Bus {
    /// `process` is an id that no other process has.
    pub fn new(process: Uuid) -> Self {
        Self { notes: broadcast::Sender::new(BEHIND), process }
    }

    pub fn subscribe(&self, topic: &'static str) -> Subscription {
        Subscription { topic, notes: self.notes.subscribe() }
    }

    /// Listens until `shutdown`, connecting again for ever.
    pub async fn run(&self, urls: Urls, shutdown: impl Future<Output = ()>) {
        let listening = async {
            loop {
                if let Err(err) = self.listen(&urls).await {
                    tracing::warn!(error = &err as &dyn std::error::Error, "wake-ups interrupted");
                }
                self.announce_everything();
                tokio::time::sleep(RECONNECT).await;
            }
        };
        tokio::select! {
            () = listening => {}
            () = shutdown => {}
        }
    }

    async fn listen(&self, urls: &Urls) -> Result<(), Error> {
        let pool = sqlx::postgres::PgPoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(urls.application.clone());
        let mut listener =
            PgListener::connect_with(&pool).await.map_err(Error::doing("connect to listen"))?;
        listener.listen(CHANNEL).await.map_err(Error::doing("listen"))?;
        // What was published before this moment was not heard.
        self.announce_everything();
        while let Some(note) = listener.try_recv().await.map_err(Error::doing("hear a wake-up"))? {
            if let Some(note) = parse(note.payload(), self.process) {
                // No receiver is fine: nobody waits in this process.
                let _ = self.notes.send(note);
            }
        }
        Ok(())
    }

    fn announce_everything(&self) {
        let organization = OrganizationId(Uuid::nil());
        let _ = self.notes.send(Note { topic: None, organization, id: Uuid::nil() });
    }
}

impl Subscription {
    /// The next wake-up. Cancel-safe. `None` when the bus is gone.
    pub async fn next(&mut self) -> Option<Wake> {
        loop {
            match self.notes.recv().await {
                Ok(Note { topic: None, .. }) | Err(RecvError::Lagged(_)) => {
                    return Some(Wake::Everything);
                }
                Ok(Note { topic: Some(topic), organization, id }) if topic == self.topic => {
                    return Some(Wake::Changed { organization, id });
                }
                Ok(_) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

/// `topic organization id process` of another process; anything else is somebody else's, or was heard before. Older
/// versions name no process.
fn parse(payload: &str, own: Uuid) -> Option<Note> {
    let mut words = payload.split(' ');
    let (topic, organization, id) = (words.next()?, words.next()?, words.next()?);
    if words.next().is_some_and(|process| process.parse() == Ok(own)) {
        return None;
    }
    Some(Note {
        topic: Some(topic.to_owned().into()),
        organization: organization.parse().ok()?,
        id: id.parse().ok()?,
    })
}

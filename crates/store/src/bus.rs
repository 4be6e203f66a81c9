//! Wake-ups between processes: a topic and ids, carried by LISTEN/NOTIFY.
//!
//! A wake-up is published in the transaction of its cause and arrives after the commit, in every
//! process, the publishing one too. It says "look", never what to see: one that is lost costs latency,
//! because each listener also looks by a timer. When the connection breaks, or a listener is too slow,
//! it is told [`Wake::Everything`].
//!
//! [`Bus::run`] is the one connection of a process; the caller spawns it and decides when it ends.

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
    topic: Option<String>,
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
}

#[derive(Debug)]
pub struct Subscription {
    topic: &'static str,
    notes: broadcast::Receiver<Note>,
}

/// Tells every process, once this transaction is committed, that `id` changed in the sense of `topic`.
pub async fn publish(tx: &mut Tx, topic: &'static str, id: Uuid) -> Result<(), Error> {
    let payload = format!("{topic} {} {id}", tx.organization());
    sqlx::query!("SELECT pg_notify($1, $2)", CHANNEL, payload)
        .fetch_one(tx.connection())
        .await
        .map(drop)
        .map_err(Error::doing("publish a wake-up"))
}

impl Bus {
    #[expect(clippy::new_without_default, reason = "a bus nobody runs is a mistake, not a default")]
    pub fn new() -> Self {
        Self { notes: broadcast::Sender::new(BEHIND) }
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
            if let Some(note) = parse(note.payload()) {
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

/// `topic organization id`; anything else is somebody else's.
fn parse(payload: &str) -> Option<Note> {
    let mut words = payload.split(' ');
    let (topic, organization, id) = (words.next()?, words.next()?, words.next()?);
    Some(Note {
        topic: Some(topic.to_owned()),
        organization: organization.parse().ok()?,
        id: id.parse().ok()?,
    })
}

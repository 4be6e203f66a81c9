//! One session with one runner: the loop that tells it what to do and hears what it did.
//!
//! Every wake-up is answered by looking: at commands after the last one sent, and, unless it is for commands alone, at the
//! desired state. What arrives is stored before it is confirmed. An error of the handler ends the session; the runner comes back and both sides say
//! where they stand, so there is one way to recover and it is used every day.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tonic::Streaming;

use super::peer::Peer;
use super::registry::{Outbound, SessionEntry, Wakes};
use super::services::Connection;
use super::{Handler, Opened, Server};
use crate::channel::{Channel, Lane};
use crate::refused::Refused;
use crate::wire::{self, runner_frame, server_frame};

/// Commands read at a time.
const COMMANDS: u32 = 64;
/// Events stored in one transaction.
const EVENTS: usize = 256;
/// A peer that takes no frame for this long is not there.
const STUCK: Duration = Duration::from_secs(30);
/// What the runner gets for leaving after Drain before the connection is closed.
const LEAVE: Duration = Duration::from_secs(5);
/// Runners of a stopped server come back spread over this.
const SPREAD_MS: u64 = 2000;

pub(super) struct Session<H> {
    server: Arc<Server<H>>,
    peer: Peer,
    epoch: u64,
    connection: Connection,
    out: Outbound,
    wake: Arc<Wakes>,
    displaced: CancellationToken,
    /// The newest command that was sent.
    sent: u64,
    /// The newest event that is stored.
    stored: u64,
    /// Before the first event: a server that was restored from a backup knows less than it once confirmed.
    begun: bool,
    desired: Option<wire::Desired>,
}

/// Why a session ends.
enum End {
    /// The stream is over, or nobody reads it.
    Gone,
    Refused(Refused),
}

impl From<Refused> for End {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl<H: Handler> Session<H> {
    pub(super) fn new(
        server: Arc<Server<H>>,
        peer: Peer,
        opened: Opened,
        hello: &wire::RunnerHello,
        connection: Connection,
        out: Outbound,
    ) -> Self {
        Self {
            server,
            peer,
            epoch: opened.epoch,
            connection,
            out,
            wake: Arc::default(),
            displaced: CancellationToken::new(),
            sent: hello.last_command_seq,
            stored: opened.last_event_seq,
            begun: false,
            desired: None,
        }
    }

    /// From here on others find the session. After Welcome, because they may send frames of their own.
    fn register(&self) {
        let entry = SessionEntry {
            epoch: self.epoch,
            out: self.out.clone(),
            wake: Arc::clone(&self.wake),
            displaced: self.displaced.clone(),
        };
        self.server.registry.session_opened(self.peer.runtime, entry);
    }

    pub(super) async fn run(mut self, inbound: Streaming<wire::RunnerFrame>) {
        let (runtime, epoch) = (self.peer.runtime, self.epoch);
        tracing::debug!(%runtime, epoch, "session opened");
        if let Err(End::Refused(refused)) = self.serve(inbound).await {
            tracing::info!(%runtime, epoch, code = refused.code, reason = refused.message, "session ended");
            let frame = server_frame::Frame::Refused(refused.frame());
            // Best effort: the stream may be what failed.
            let _ = self.out.try_send(Ok(wire::ServerFrame { frame: Some(frame) }));
        }
        self.server.registry.session_closed(runtime, epoch);
        self.server.handler.closed(&self.peer, epoch).await;
    }

    async fn serve(&mut self, mut inbound: Streaming<wire::RunnerFrame>) -> Result<(), End> {
        let ours = wire::Hello::ours(&self.server.build, &[]);
        let clock_ms = self.server.seams.now().as_millisecond();
        let welcome = wire::Welcome { hello: Some(ours), session_epoch: self.epoch, clock_ms };
        self.send(server_frame::Frame::Welcome(welcome)).await?;
        self.send(server_frame::Frame::EventsStored(wire::EventsStored { seq: self.stored }))
            .await?;
        self.register();
        self.pump().await?;
        let limits = self.server.limits;
        let mut heard = Instant::now();
        let mut ends = heard + self.age();
        let mut leaving = false;
        loop {
            let mut refused = self.connection.refused.clone();
            tokio::select! {
                frame = inbound.message() => match frame {
                    Ok(Some(frame)) => {
                        heard = Instant::now();
                        self.frame(frame, &mut inbound).await?;
                    }
                    Ok(None) | Err(_) => return Err(End::Gone),
                },
                () = self.wake.commands.notified() => self.commands().await?,
                () = self.wake.anything.notified() => self.pump().await?,
                no = async { refused.wait_for(Option::is_some).await.ok().and_then(|no| no.clone()) } => {
                    return Err(no.map_or(End::Gone, End::Refused));
                }
                () = self.displaced.cancelled() => {
                    return Err(Refused::new("MP-LINK-06", "a newer session took the place of this one").into());
                }
                () = self.server.stop.cancelled(), if !leaving => {
                    leaving = true;
                    let wait = self.server.seams.random() % SPREAD_MS;
                    self.drain(wait, "the server stops").await?;
                    ends = Instant::now() + LEAVE;
                }
                () = sleep_until(heard + limits.silence) => return Err(End::Gone),
                () = sleep_until(ends) => {
                    if leaving {
                        return Err(End::Gone);
                    }
                    leaving = true;
                    self.drain(0, "the connection is old").await?;
                    self.connection.aged.cancel();
                    ends = Instant::now() + LEAVE;
                }
            }
        }
    }

    /// 80 to 120 % of the limit, so that runners that came together do not leave together.
    fn age(&self) -> Duration {
        let part = u32::try_from(self.server.seams.random() % 401).unwrap_or(200);
        self.server.limits.age * (800 + part) / 1000
    }

    async fn drain(&self, wait_ms: u64, reason: &str) -> Result<(), End> {
        let retry_after_ms = i64::try_from(wait_ms).unwrap_or(0);
        let drain = wire::Drain { retry_after_ms, reason: reason.to_owned() };
        self.send(server_frame::Frame::Drain(drain)).await
    }

    async fn send(&self, frame: server_frame::Frame) -> Result<(), End> {
        let frame = wire::ServerFrame { frame: Some(frame) };
        match tokio::time::timeout(STUCK, self.out.send(Ok(frame))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }

    /// Sends what there is to do, and what is to run.
    async fn pump(&mut self) -> Result<(), End> {
        self.commands().await?;
        let desired = self.server.handler.desired(&self.peer, self.epoch).await?;
        if self.desired.as_ref() != Some(&desired) {
            self.desired = Some(desired.clone());
            self.send(server_frame::Frame::Desired(desired)).await?;
        }
        Ok(())
    }

    async fn commands(&mut self) -> Result<(), End> {
        let handler = Arc::clone(&self.server.handler);
        loop {
            let commands =
                handler.commands_after(&self.peer, self.epoch, self.sent, COMMANDS).await?;
            let more = commands.len() == COMMANDS as usize;
            for command in commands {
                let lane = Lane::parse(&command.lane)
                    .ok_or_else(|| Refused::new("MP-LINK-04", "a command on an unknown lane"))?;
                let (organization, runtime) = (self.peer.organization, self.peer.runtime);
                tracing::trace!(channel = %Channel { organization, runtime, lane }, seq = command.seq, "command");
                self.sent = command.seq;
                self.send(server_frame::Frame::Command(command)).await?;
            }
            if !more {
                return Ok(());
            }
        }
    }

    async fn frame(
        &mut self,
        frame: wire::RunnerFrame,
        inbound: &mut Streaming<wire::RunnerFrame>,
    ) -> Result<(), End> {
        let handler = Arc::clone(&self.server.handler);
        let mut next = Some(frame);
        while let Some(frame) = next.take() {
            match frame.frame {
                Some(runner_frame::Frame::Event(event)) => {
                    let mut events = vec![event];
                    next = ready_events(inbound, &mut events).await;
                    self.events(events).await?;
                }
                Some(runner_frame::Frame::Ack(ack)) => {
                    let seq = ack.command_seq.min(self.sent);
                    handler.acknowledged(&self.peer, self.epoch, seq).await?;
                }
                Some(runner_frame::Frame::Heartbeat(beat)) => {
                    handler.heartbeat(&self.peer, self.epoch, beat).await?;
                    // The answer is what the runner's watchdog waits for.
                    let seq = self.stored;
                    self.send(server_frame::Frame::EventsStored(wire::EventsStored { seq }))
                        .await?;
                    // A wake-up may have been lost: this is the timer beside it.
                    self.pump().await?;
                }
                Some(runner_frame::Frame::Hello(_)) => {
                    return Err(Refused::new("MP-LINK-09", "hello comes once").into());
                }
                // A frame of a newer minor version: additive, hence skipped.
                None => {}
            }
        }
        Ok(())
    }

    /// Repetitions are skipped; a gap means that the two sides do not speak of the same journal.
    async fn events(&mut self, mut events: Vec<wire::Event>) -> Result<(), End> {
        if let Some(first) = events.first().filter(|first| first.seq > self.stored && !self.begun) {
            self.stored = first.seq - 1;
        }
        self.begun = true;
        let mut expected = self.stored;
        let mut gap = false;
        events.retain(|event| {
            let fresh = event.seq > expected && !gap;
            gap |= fresh && event.seq != expected + 1;
            expected += u64::from(fresh && !gap);
            fresh && !gap
        });
        if gap {
            let message = format!("events go on with {}, another one came", self.stored + 1);
            return Err(Refused::new("MP-LINK-09", message).into());
        }
        if !events.is_empty() {
            let handler = Arc::clone(&self.server.handler);
            handler.events(&self.peer, self.epoch, events).await?;
            self.stored = expected;
        }
        let seq = self.stored;
        self.send(server_frame::Frame::EventsStored(wire::EventsStored { seq })).await
    }
}

/// Takes the events that already arrived; the first frame that is none is handed back.
async fn ready_events(
    inbound: &mut Streaming<wire::RunnerFrame>,
    events: &mut Vec<wire::Event>,
) -> Option<wire::RunnerFrame> {
    while events.len() < EVENTS {
        let polled = std::future::poll_fn(|cx| {
            std::task::Poll::Ready(futures::Stream::poll_next(
                std::pin::Pin::new(&mut *inbound),
                cx,
            ))
        });
        match polled.await {
            std::task::Poll::Ready(Some(Ok(frame))) => match frame.frame {
                Some(runner_frame::Frame::Event(event)) => events.push(event),
                _ => return Some(frame),
            },
            // An end or an error is seen again by the loop.
            std::task::Poll::Ready(None | Some(Err(_))) | std::task::Poll::Pending => break,
        }
    }
    None
}

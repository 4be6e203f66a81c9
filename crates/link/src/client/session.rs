//! One session, from dialling to its end.
//!
//! Reading and writing are two loops. The reader never waits for the writer: acknowledgements are a watched number,
//! events are read from the journal, so nothing that arrives can be held up by something that does not leave.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, sleep_until, timeout};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::Streaming;

use super::dial::{DialError, Link};
use super::{Client, Handler, IdentityError, LinkState};
use crate::channel::{Channel, Lane};
use crate::journal::JournalError;
use crate::refused::Heard;
use crate::tls::{ALPN_LINK, Trust, client_config};
use crate::wire::{self, runner_frame, server_frame, session_client::SessionClient};

const HEARTBEAT: Duration = Duration::from_secs(15);
/// Every heartbeat is answered: three unanswered ones mean that nobody is there.
const SILENCE: Duration = Duration::from_secs(45);
/// From the call to Welcome.
const WELCOME: Duration = Duration::from_secs(20);
/// Frames between us and HTTP/2.
const FRAMES: usize = 32;
/// Events copied out of the journal at a time.
const EVENTS: usize = 128;
/// How often the clock is compared with the certificate.
const LOOK_AT_CLOCK: Duration = Duration::from_secs(30);

/// How a session ended and what that means for the next.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) code: String,
    pub(super) message: String,
    pub(super) retry_after: Option<Duration>,
    /// Nothing failed: connect again without waiting.
    pub(super) at_once: bool,
}

impl Ended {
    fn lost(message: impl Into<String>) -> Self {
        Self {
            code: "MP-LINK-18".to_owned(),
            message: message.into(),
            retry_after: None,
            at_once: false,
        }
    }

    fn renewed() -> Self {
        Self { at_once: true, ..Self::lost("the certificate was renewed") }
    }
}

impl From<Heard> for Ended {
    fn from(heard: Heard) -> Self {
        let Heard { code, message, retry_after } = heard;
        Self { code, message, retry_after, at_once: false }
    }
}

impl From<tonic::Status> for Ended {
    fn from(status: tonic::Status) -> Self {
        match Heard::from_status(&status) {
            Some(heard) => heard.into(),
            None => Self::lost(status.message().to_owned()),
        }
    }
}

impl From<DialError> for Ended {
    fn from(err: DialError) -> Self {
        let cause = std::error::Error::source(&err).map(|source| format!(": {source}"));
        let message = format!("{err}{}", cause.unwrap_or_default());
        Self { code: err.code().to_owned(), ..Self::lost(message) }
    }
}

impl From<IdentityError> for Ended {
    fn from(err: IdentityError) -> Self {
        Self { code: err.code().to_owned(), ..Self::lost(err.to_string()) }
    }
}

impl From<JournalError> for Ended {
    fn from(err: JournalError) -> Self {
        Self { code: err.code().to_owned(), ..Self::lost(err.to_string()) }
    }
}

pub(super) async fn once<H: Handler>(
    client: &Arc<Client>,
    handler: &Arc<H>,
    shutdown: &CancellationToken,
) -> Ended {
    match connected(client, handler, shutdown).await {
        Ok(never) => match never {},
        Err(ended) => ended,
    }
}

async fn connected<H: Handler>(
    client: &Arc<Client>,
    handler: &Arc<H>,
    shutdown: &CancellationToken,
) -> Result<std::convert::Infallible, Ended> {
    let identity = client.identity();
    let config = client_config(
        Trust::Roots(identity.roots.clone()),
        Some((identity.chain.clone(), &identity.key)),
        ALPN_LINK,
        &client.settings.seams,
    )
    .map_err(DialError::Setup)?;
    let link =
        Link::open(&client.address(), &client.settings.network, config, &client.tasks).await?;
    if client.renewal_due() {
        let expired = client.settings.seams.now() >= identity.not_after;
        match client.renew(link.clone()).await {
            // The old connection is closed before the new certificate is shown.
            Ok(()) => return Err(Ended::renewed()),
            Err(ended) if expired => return Err(ended),
            Err(ended) => {
                tracing::warn!(code = ended.code, reason = ended.message, "renew the certificate");
            }
        }
    }
    let (out, frames) = mpsc::channel(FRAMES);
    let hello = wire::RunnerHello {
        hello: Some(wire::Hello::ours(&client.settings.build, &client.settings.capabilities)),
        boot_id: client.boot_id.clone(),
        last_command_seq: client.journal.last_command_seq(),
        last_event_seq: client.journal.last_event_seq(),
        generations: handler.generations().await,
        journal_id: client.journal.id().to_vec(),
    };
    // The channel is empty: this does not wait.
    let _ = out.send(runner(runner_frame::Frame::Hello(hello))).await;
    let mut request = tonic::Request::new(ReceiverStream::new(frames));
    let channel = Channel {
        organization: identity.organization,
        runtime: identity.runtime,
        lane: Lane::Deploy,
    };
    if let Ok(name) = channel.to_string().parse() {
        request.metadata_mut().insert("midplane-channel", name);
    }
    let mut service = SessionClient::with_origin(link.clone(), Link::origin());
    let mut inbound = timeout(WELCOME, service.session(request))
        .await
        .map_err(|_| Ended::lost("the control plane did not answer hello"))??
        .into_inner();
    let first = timeout(WELCOME, inbound.message())
        .await
        .map_err(|_| Ended::lost("the control plane did not say welcome"))??;
    let welcome = match first.and_then(|frame| frame.frame) {
        Some(server_frame::Frame::Welcome(welcome)) => welcome,
        Some(server_frame::Frame::Refused(refused)) => return Err(Heard::from(refused).into()),
        _ => return Err(Ended::lost("the control plane did not say welcome")),
    };
    let theirs = welcome.hello.unwrap_or_default();
    if let Err(err) = wire::negotiate((wire::PROTOCOL_MIN, wire::PROTOCOL), &theirs) {
        return Err(Ended { code: err.code().to_owned(), ..Ended::lost(err.to_string()) });
    }
    client.current.send_replace(Some(link.clone()));
    let since = client.settings.seams.now();
    client.state.send_replace(LinkState::Connected { since });
    client.skew_ms.send_replace(Some(since.as_millisecond().saturating_sub(welcome.clock_ms)));
    let acknowledged = watch::Sender::new(0);
    let stored = watch::Sender::new(None);
    let reader = Reader { client, handler, shutdown, acknowledged: &acknowledged, stored: &stored };
    tokio::select! {
        ended = reader.run(inbound) => ended,
        ended = write(client, handler, &out, acknowledged.subscribe(), stored.subscribe()) => ended,
        ended = watch_certificate(client, &link) => ended,
    }
}

fn runner(frame: runner_frame::Frame) -> wire::RunnerFrame {
    wire::RunnerFrame { frame: Some(frame) }
}

async fn watch_certificate(
    client: &Client,
    link: &Link,
) -> Result<std::convert::Infallible, Ended> {
    let mut clock = tokio::time::interval(LOOK_AT_CLOCK);
    clock.tick().await;
    loop {
        clock.tick().await;
        if !client.renewal_due() {
            continue;
        }
        match client.renew(link.clone()).await {
            Ok(()) => return Err(Ended::renewed()),
            Err(ended) => {
                tracing::warn!(code = ended.code, reason = ended.message, "renew the certificate");
            }
        }
    }
}

struct Reader<'a, H> {
    client: &'a Arc<Client>,
    handler: &'a Arc<H>,
    shutdown: &'a CancellationToken,
    acknowledged: &'a watch::Sender<u64>,
    stored: &'a watch::Sender<Option<u64>>,
}

impl<H: Handler> Reader<'_, H> {
    async fn run(
        self,
        mut inbound: Streaming<wire::ServerFrame>,
    ) -> Result<std::convert::Infallible, Ended> {
        loop {
            let watchdog = sleep_until(Instant::now() + SILENCE);
            let frame = tokio::select! {
                frame = inbound.message() => frame?,
                () = watchdog => return Err(Ended::lost("the control plane was silent for 45 s")),
            };
            let frame = frame.ok_or_else(|| Ended::lost("the control plane closed the session"))?;
            match frame.frame {
                Some(server_frame::Frame::Command(command)) => self.command(command).await?,
                Some(server_frame::Frame::Desired(desired)) => self.handler.desired(desired).await,
                Some(server_frame::Frame::EventsStored(stored)) => {
                    self.client.journal.stored(stored.seq);
                    self.stored.send_replace(Some(stored.seq));
                }
                Some(server_frame::Frame::OpenData(open)) => {
                    let (client, handler) = (Arc::clone(self.client), Arc::clone(self.handler));
                    let shutdown = self.shutdown.clone();
                    self.client.tasks.spawn(client.serve_data(handler, open.nonce, shutdown));
                }
                Some(server_frame::Frame::Drain(drain)) => {
                    let wait = u64::try_from(drain.retry_after_ms).unwrap_or(0);
                    let retry_after = Some(Duration::from_millis(wait));
                    return Err(Ended { retry_after, ..Ended::lost(drain.reason) });
                }
                Some(server_frame::Frame::Refused(refused)) => {
                    return Err(Heard::from(refused).into());
                }
                // A frame of a newer minor version: additive, hence skipped.
                Some(server_frame::Frame::Welcome(_)) | None => {}
            }
        }
    }

    async fn command(&self, command: wire::Command) -> Result<(), Ended> {
        let seq = command.seq;
        let fresh = self.client.journal.command(command.clone()).await?;
        self.acknowledged.send_modify(|known| *known = seq.max(*known));
        if fresh {
            self.handler.command(command).await;
        }
        Ok(())
    }
}

async fn write<H: Handler>(
    client: &Client,
    handler: &Arc<H>,
    out: &mpsc::Sender<wire::RunnerFrame>,
    mut acknowledged: watch::Receiver<u64>,
    mut stored: watch::Receiver<Option<u64>>,
) -> Result<std::convert::Infallible, Ended> {
    let send = async |frame| {
        let sent = out.send(runner(frame)).await;
        sent.map_err(|_| Ended::lost("the connection closed"))
    };
    let mut newest = client.journal.newest();
    newest.mark_changed();
    let mut sent: Option<u64> = None;
    let mut beat = tokio::time::interval(HEARTBEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let ended = || Ended::lost("the session ended");
        tokio::select! {
            biased;
            changed = acknowledged.changed() => {
                changed.map_err(|_| ended())?;
                let command_seq = *acknowledged.borrow_and_update();
                send(runner_frame::Frame::Ack(wire::Ack { command_seq })).await?;
            }
            // Where to begin is what the server says first; later ones only trim.
            changed = stored.changed(), if sent.is_none() => {
                changed.map_err(|_| ended())?;
                sent = *stored.borrow_and_update();
            }
            changed = newest.changed(), if sent.is_some() => {
                changed.map_err(|_| ended())?;
                newest.borrow_and_update();
                loop {
                    let events = client.journal.events_after(sent.unwrap_or(0), EVENTS);
                    let Some(last) = events.last().map(|event| event.seq) else { break };
                    for event in events {
                        send(runner_frame::Frame::Event(event)).await?;
                    }
                    sent = Some(last);
                }
            }
            () = async {
                tokio::select! { _ = beat.tick() => {}, () = client.nudge.notified() => beat.reset() }
            } => {
                let now = handler.heartbeat().await;
                send(runner_frame::Frame::Heartbeat(wire::Heartbeat {
                    hello: Some(wire::Hello::ours(&client.settings.build, &client.settings.capabilities)),
                    workloads: now.workloads,
                    conditions: now.conditions,
                    clock_ms: client.settings.seams.now().as_millisecond(),
                    rss_bytes: now.rss_bytes,
                    figures: now.figures,
                })).await?;
            }
        }
    }
}

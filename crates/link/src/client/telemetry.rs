//! Shipping telemetry: blocks from a source to the control plane, on a stream of their own.
//!
//! It shares the connection with the session and takes what that leaves: a block is begun only while there is credit, and HTTP/2
//! takes turns frame by frame, so a command waits for one frame and not for a block. After anything the stream begins again at
//! the first block without a verdict; the control plane knows which of them it has.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

use super::Client;
use super::dial::Link;
use crate::refused::Heard;
use crate::seams::telemetry::{Block, BlockId};
use crate::wire::{self, telemetry_client::TelemetryClient, telemetry_down};

/// One block between us and HTTP/2: more would be memory without speed.
const FRAMES: usize = 1;
/// From the call to its first answer.
const OPENED: Duration = Duration::from_secs(20);
/// Between two attempts, up to twice that by chance.
const PAUSE_MS: u64 = 1_000;
/// Longer than any wait that a control plane would ask for.
const LONGEST_PAUSE: Duration = Duration::from_mins(10);

/// What is to be shipped. It keeps each block until it hears of it.
pub trait Source: Send {
    /// The next block; waits until there is one. May be cancelled while it waits.
    fn next(&mut self) -> impl Future<Output = Block> + Send;

    /// Begins again with the first block that has no verdict.
    fn rewind(&mut self);

    /// Everything up to here is stored and may be forgotten.
    fn stored(&mut self, id: BlockId) -> impl Future<Output = ()> + Send;

    /// This one is refused for good: to be counted and forgotten.
    fn rejected(
        &mut self,
        id: BlockId,
        code: String,
        reason: String,
    ) -> impl Future<Output = ()> + Send;
}

impl Client {
    /// Ships until `shutdown`, whenever the link is up.
    pub async fn ship<S: Source>(self: Arc<Self>, mut source: S, shutdown: CancellationToken) -> S {
        let mut current = self.current.subscribe();
        loop {
            let link = tokio::select! {
                () = shutdown.cancelled() => return source,
                up = current.wait_for(Option::is_some) => match up {
                    Ok(link) => link.clone(),
                    Err(_) => return source,
                },
            };
            let Some(link) = link else { continue };
            let wait = tokio::select! {
                () = shutdown.cancelled() => return source,
                wait = stream(link, &mut source) => wait,
            };
            let spread = Duration::from_millis(PAUSE_MS + self.settings.seams.random() % PAUSE_MS);
            let wait = wait.unwrap_or(spread).min(LONGEST_PAUSE);
            tokio::select! {
                () = shutdown.cancelled() => return source,
                () = sleep(wait) => {}
            }
        }
    }
}

/// One stream to its end. Gives how long the control plane wants us to wait.
async fn stream<S: Source>(link: Link, source: &mut S) -> Option<Duration> {
    source.rewind();
    let (out, frames) = mpsc::channel(FRAMES);
    let mut client =
        TelemetryClient::with_origin(link, Link::origin()).max_decoding_message_size(64 << 10);
    let mut inbound = match timeout(OPENED, client.ship(ReceiverStream::new(frames))).await {
        Ok(Ok(reply)) => reply.into_inner(),
        Ok(Err(status)) => return refused(&status),
        Err(_) => return None,
    };
    let (mut sent, mut credit) = (0_u64, 0_u64);
    loop {
        tokio::select! {
            biased;
            down = inbound.message() => match down {
                Ok(Some(down)) => match down.frame {
                    Some(telemetry_down::Frame::Credit(more)) => credit = credit.max(more.bytes),
                    Some(telemetry_down::Frame::Stored(wire::TelemetryStored { epoch, number })) => {
                        source.stored(BlockId { epoch, number }).await;
                    }
                    Some(telemetry_down::Frame::Rejected(no)) => {
                        let id = BlockId { epoch: no.epoch, number: no.number };
                        source.rejected(id, no.code, no.reason).await;
                    }
                    Some(telemetry_down::Frame::Retry(retry)) => {
                        tracing::info!(reason = retry.reason, wait_ms = retry.after_ms, "telemetry waits");
                        return u64::try_from(retry.after_ms).ok().map(Duration::from_millis);
                    }
                    // A frame of a newer minor version: additive, hence skipped.
                    None => {}
                },
                Ok(None) => return None,
                Err(status) => return refused(&status),
            },
            (permit, block) = async {
                // Room first: a block that was taken from the source is sent.
                let permit = out.reserve().await;
                (permit, source.next().await)
            }, if sent < credit => {
                let Ok(permit) = permit else { return None };
                sent += block.bytes.len() as u64;
                permit.send(up(block));
            }
        }
    }
}

fn up(Block { id, bytes }: Block) -> wire::TelemetryUp {
    let bytes: Bytes = bytes;
    let BlockId { epoch, number } = id;
    wire::TelemetryUp { block: Some(wire::TelemetryBlock { epoch, number, bytes: bytes.into() }) }
}

fn refused(status: &tonic::Status) -> Option<Duration> {
    if let Some(Heard { code, message, retry_after }) = Heard::from_status(status) {
        tracing::info!(code, reason = message, "telemetry was refused");
        return retry_after;
    }
    // An older control plane does not know the call at all.
    (status.code() == tonic::Code::Unimplemented).then_some(LONGEST_PAUSE)
}

//! One stream of telemetry at the server's end: blocks in, verdicts out, credit for both.
//!
//! Credit is a total of bytes since the stream began: a first window, and then what verdicts free. So the memory that one runner
//! can take here is the window and one block, whatever it sends; a runner that sends more is cut off.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tonic::{Status, Streaming};

use crate::refused::Refused;
use crate::seams::telemetry::{Block, BlockId, Verdict};
use crate::wire::{self, telemetry_down};

/// The largest block of the spool is a segment of 8 MiB; beside it stand its number and lengths.
pub(super) const MESSAGE: usize = (8 << 20) + 1024;
/// A second of 20,000 steps with default capture, twice over.
const WINDOW: u64 = 4 << 20;
/// A runner whose control plane stores nothing asks again after this.
const NOBODY: Duration = Duration::from_mins(1);

pub(super) fn nobody() -> Refused {
    Refused::new("MP-LINK-24", "this control plane takes no telemetry").retry_after(NOBODY)
}

pub(super) struct Intake {
    blocks: mpsc::Sender<Block>,
    verdicts: mpsc::Receiver<Verdict>,
    out: mpsc::Sender<Result<wire::TelemetryDown, Status>>,
    refused: watch::Receiver<Option<Refused>>,
    stop: CancellationToken,
    /// What came and has no verdict, with its size.
    pending: VecDeque<(BlockId, u64)>,
    received: u64,
    credit: u64,
}

/// The stream is over; nobody is told more than the last frame said.
struct Over;

impl Intake {
    pub(super) fn new(
        blocks: mpsc::Sender<Block>,
        verdicts: mpsc::Receiver<Verdict>,
        out: mpsc::Sender<Result<wire::TelemetryDown, Status>>,
        refused: watch::Receiver<Option<Refused>>,
        stop: CancellationToken,
    ) -> Self {
        let pending = VecDeque::new();
        Self { blocks, verdicts, out, refused, stop, pending, received: 0, credit: WINDOW }
    }

    pub(super) async fn run(mut self, mut inbound: Streaming<wire::TelemetryUp>) {
        let first = wire::TelemetryCredit { bytes: self.credit };
        if self.send(telemetry_down::Frame::Credit(first)).await.is_err() {
            return;
        }
        let (stop, mut refused) = (self.stop.clone(), self.refused.clone());
        loop {
            let step = tokio::select! {
                verdict = self.verdicts.recv() => match verdict {
                    Some(verdict) => self.verdict(verdict).await,
                    None => Err(Over),
                },
                frame = inbound.message() => match frame {
                    Ok(Some(frame)) => self.block(frame).await,
                    Ok(None) | Err(_) => Err(Over),
                },
                () = async { drop(refused.wait_for(Option::is_some).await) } => Err(Over),
                () = stop.cancelled() => Err(Over),
            };
            if step.is_err() {
                return;
            }
        }
    }

    async fn block(&mut self, frame: wire::TelemetryUp) -> Result<(), Over> {
        // A frame of a newer minor version: additive, hence skipped.
        let Some(wire::TelemetryBlock { epoch, number, bytes }) = frame.block else {
            return Ok(());
        };
        let id = BlockId { epoch, number };
        let size = bytes.len() as u64;
        if self.received >= self.credit {
            return self.cut("more telemetry than there was credit for").await;
        }
        if self.pending.back().is_some_and(|(last, _)| id <= *last) {
            return self.cut("telemetry out of order").await;
        }
        self.received += size;
        self.pending.push_back((id, size));
        let block = Block { id, bytes: bytes.into() };
        // The receiver's room is what the runner waits for; verdicts go on meanwhile.
        let blocks = self.blocks.clone();
        let mut room = std::pin::pin!(blocks.reserve());
        loop {
            tokio::select! {
                permit = &mut room => {
                    permit.map_err(|_| Over)?.send(block);
                    return Ok(());
                }
                verdict = self.verdicts.recv() => self.verdict(verdict.ok_or(Over)?).await?,
                () = self.stop.cancelled() => return Err(Over),
            }
        }
    }

    async fn cut(&self, reason: &str) -> Result<(), Over> {
        let _ = self.out.send(Err(Refused::new("MP-LINK-09", reason).into())).await;
        Err(Over)
    }

    async fn verdict(&mut self, verdict: Verdict) -> Result<(), Over> {
        match verdict {
            Verdict::Stored(BlockId { epoch, number }) => {
                self.free(|id| id <= BlockId { epoch, number });
                self.send(telemetry_down::Frame::Stored(wire::TelemetryStored { epoch, number }))
                    .await?;
            }
            Verdict::Rejected { id, code, reason } => {
                self.free(|one| one == id);
                let BlockId { epoch, number } = id;
                let rejected = wire::TelemetryRejected { epoch, number, code, reason };
                self.send(telemetry_down::Frame::Rejected(rejected)).await?;
            }
            Verdict::RetryAfter { ms, reason } => {
                let after_ms = i64::try_from(ms).unwrap_or(i64::MAX);
                let retry = wire::TelemetryRetry { after_ms, reason };
                self.send(telemetry_down::Frame::Retry(retry)).await?;
                return Err(Over);
            }
        }
        let bytes = self.credit;
        self.send(telemetry_down::Frame::Credit(wire::TelemetryCredit { bytes })).await
    }

    fn free(&mut self, is_done: impl Fn(BlockId) -> bool) {
        let credit = &mut self.credit;
        self.pending.retain(|(id, size)| {
            let done = is_done(*id);
            *credit += if done { *size } else { 0 };
            !done
        });
    }

    async fn send(&self, frame: telemetry_down::Frame) -> Result<(), Over> {
        let frame = wire::TelemetryDown { frame: Some(frame) };
        self.out.send(Ok(frame)).await.map_err(|_| Over)
    }
}

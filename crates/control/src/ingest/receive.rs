//! The link's seam: one task for each runner's stream, which stores what has piled up and answers.

use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::time::Duration;

use link::refused::Refused;
use link::seams::telemetry::{Block, BlockId, Receiver, Verdict};
use link::server::Peer;
use tokio::sync::mpsc;

use super::{Ingest, Numbered};
use crate::lifecycle::chain;

/// Blocks that wait for the one that is being stored. Each is at most 8 MiB and usually some hundred kilobytes.
const WAITING: usize = 8;
/// A store that does not answer is asked again after this: a restart of PostgreSQL takes about as long.
const AGAIN_AFTER: Duration = Duration::from_secs(2);
/// The wait is over when the runner is told.
const AT_ONCE: Duration = Duration::from_millis(50);

impl Receiver for Ingest {
    fn open<'a>(
        &'a self,
        peer: &'a Peer,
        verdicts: mpsc::Sender<Verdict>,
    ) -> Pin<Box<dyn Future<Output = Result<mpsc::Sender<Block>, Refused>> + Send + 'a>> {
        let (sender, blocks) = mpsc::channel(WAITING);
        let (ingest, peer) = (self.clone(), peer.clone());
        self.inner.server.life.spawn("ingest", async move {
            ingest.receive(&peer, blocks, verdicts).await;
        });
        Box::pin(std::future::ready(Ok(sender)))
    }
}

impl Ingest {
    async fn receive(
        &self,
        peer: &Peer,
        mut blocks: mpsc::Receiver<Block>,
        verdicts: mpsc::Sender<Verdict>,
    ) {
        while let Some(first) = blocks.recv().await {
            let mut group = vec![first];
            // What came while the last group was flushed is one transaction.
            while group.len() < WAITING
                && let Ok(more) = blocks.try_recv()
            {
                group.push(more);
            }
            let Some(last) = group.last().map(|block| block.id) else { continue };
            let numbered: Vec<Numbered> = group.into_iter().map(numbered).collect();
            let answer = match self.store(peer.organization, peer.runtime, &numbered).await {
                Ok(rejected) => {
                    for no in rejected {
                        let id = BlockId { epoch: no.epoch, number: no.number };
                        let (code, reason) = (no.code.to_owned(), no.reason);
                        if verdicts.send(Verdict::Rejected { id, code, reason }).await.is_err() {
                            return;
                        }
                    }
                    Verdict::Stored(last)
                }
                Err(err) => {
                    self.counters().retried.fetch_add(1, Ordering::Relaxed);
                    tracing::warn!(runtime = %peer.runtime, error = chain(&err), "telemetry waits for the store");
                    self.show_meanwhile(peer, &mut blocks).await;
                    let ms = u64::try_from(AT_ONCE.as_millis()).unwrap_or(0);
                    let reason = "the store does not answer".to_owned();
                    let _ = verdicts.send(Verdict::RetryAfter { ms, reason }).await;
                    return;
                }
            };
            if verdicts.send(answer).await.is_err() {
                return;
            }
        }
    }
}

impl Ingest {
    /// Until the store is asked again, what comes is shown to whoever watches: as much as the stream has credit for. It is sent
    /// again to be stored, and not shown again.
    async fn show_meanwhile(&self, peer: &Peer, blocks: &mut mpsc::Receiver<Block>) {
        let wait = tokio::time::sleep(AGAIN_AFTER);
        tokio::pin!(wait);
        loop {
            tokio::select! {
                () = &mut wait => return,
                block = blocks.recv() => match block {
                    Some(block) => {
                        let blocks = [numbered(block)];
                        self.show_blocks(peer.organization, peer.runtime, &blocks).await;
                    }
                    None => return,
                },
            }
        }
    }
}

fn numbered(block: Block) -> Numbered {
    let BlockId { epoch, number } = block.id;
    Numbered { epoch, number, bytes: block.bytes }
}

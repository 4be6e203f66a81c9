//! The spool as the link's source of blocks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use link::client::Source;
use link::seams::telemetry::{Block, BlockId};
use telemetry::block;
use telemetry::model::{Kind, Sequence};
use telemetry::spool::SpoolError;
use tokio::sync::Notify;

use super::keeper::Keeper;
use super::lock;

/// A wake-up may be lost between a look and a wait; and a disk that failed is tried again.
const LOOK: Duration = Duration::from_secs(1);

type Taken = (Sequence, Vec<u8>);

pub(crate) struct Shipper {
    keeper: Arc<Mutex<Keeper>>,
    grown: Arc<Notify>,
    /// What is in blocks that have no verdict: bounded by the stream's credit.
    sent: BTreeMap<BlockId, Vec<(Kind, u64)>>,
    /// A block that a thread took from the spool and that is not handed to the link yet.
    taken: Arc<Mutex<Option<Taken>>>,
    /// Counts the streams; each begins with what has no verdict.
    stream: u64,
}

impl Shipper {
    pub(super) fn new(keeper: Arc<Mutex<Keeper>>, grown: Arc<Notify>) -> Self {
        let (sent, taken) = (BTreeMap::new(), Arc::default());
        Self { keeper, grown, sent, taken, stream: 1 }
    }

    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Keeper) -> Result<T, SpoolError> + Send + 'static,
    ) -> Option<T> {
        let keeper = Arc::clone(&self.keeper);
        match tokio::task::spawn_blocking(move || work(&mut lock(&keeper))).await {
            Ok(Ok(done)) => Some(done),
            Ok(Err(err)) => {
                tracing::warn!(code = err.code(), error = %err, "read the spool");
                None
            }
            Err(_) => None,
        }
    }
}

impl Source for Shipper {
    async fn next(&mut self) -> Block {
        loop {
            // Taken by a thread and handed over here, so that being dropped in between loses nothing.
            let (taken, stream) = (Arc::clone(&self.taken), self.stream);
            self.with(move |keeper| {
                if keeper.stream < stream {
                    keeper.stream = stream;
                    keeper.spool().rewind();
                }
                let mut taken = lock(&taken);
                if keeper.stream == stream && taken.is_none() {
                    *taken = keeper.spool().next_block()?;
                }
                Ok(())
            })
            .await;
            let taken = lock(&self.taken).take();
            if let Some((Sequence { epoch, number }, bytes)) = taken {
                let id = BlockId { epoch, number };
                let counts = block::peek(&bytes).map(|head| head.counts).unwrap_or_default();
                self.sent.insert(id, counts);
                return Block { id, bytes: Bytes::from(bytes) };
            }
            let _ = tokio::time::timeout(LOOK, self.grown.notified()).await;
        }
    }

    fn rewind(&mut self) {
        self.sent.clear();
        self.taken = Arc::default();
        self.stream += 1;
    }

    async fn stored(&mut self, id: BlockId) {
        self.sent = self.sent.split_off(&BlockId { number: id.number + 1, ..id });
        let up_to = Sequence { epoch: id.epoch, number: id.number };
        self.with(move |keeper| keeper.spool().stored(up_to)).await;
    }

    async fn rejected(&mut self, id: BlockId, code: String, reason: String) {
        tracing::warn!(
            epoch = id.epoch,
            number = id.number,
            code,
            reason,
            "telemetry was rejected"
        );
        let counts = self.sent.remove(&id).unwrap_or_default();
        let at = Sequence { epoch: id.epoch, number: id.number };
        self.with(move |keeper| keeper.refused(at, &counts)).await;
    }
}

//! Where telemetry goes: what the link promises to whoever stores it, and what that one answers.
//!
//! ```text
//! runner ──blocks, in order──> link ──Block──> Receiver      (bounded: a full channel stops the runner's credit)
//! runner <──stored, rejected── link <──Verdict── Receiver    (after the flush, in any grouping)
//! ```
//! A block is bytes here; the link looks at its number and nothing else. Blocks of one stream come in the order of their numbers,
//! with holes where a runner let some go. A stream that ends without a verdict sends the same blocks again on the next one, so
//! whoever stores remembers (runtime, epoch, number) beside the rows.

use std::pin::Pin;

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::refused::Refused;
use crate::server::Peer;

/// One start of a runner, and a count in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockId {
    pub epoch: u64,
    pub number: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub id: BlockId,
    pub bytes: Bytes,
}

/// What became of blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every block of this stream up to here is flushed, except those that were rejected.
    Stored(BlockId),
    /// This one never will be; it is counted as dropped and not sent again.
    Rejected { id: BlockId, code: String, reason: String },
    /// Nothing more for now. The stream ends; what has no verdict comes again after the wait.
    RetryAfter { ms: u64, reason: String },
}

type Opening<'a> = Pin<Box<dyn Future<Output = Result<mpsc::Sender<Block>, Refused>> + Send + 'a>>;

/// Takes telemetry. Implemented over the store; in this crate's tests by a plain type.
pub trait Receiver: Send + Sync + 'static {
    /// A runner's stream begins. Blocks go into the sender that comes back; when it is dropped, the stream has ended.
    fn open<'a>(&'a self, peer: &'a Peer, verdicts: mpsc::Sender<Verdict>) -> Opening<'a>;
}

//! A line the tracer has to say about itself, or a log line of an application that has no log file of ours.

use std::sync::Arc;

use super::dictionary::{Dictionary, Interner};
use super::structure::NodeNumber;
use super::wire::{Malformed, Reader, Writer};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    pub at_us: u64,
    /// As SLF4J counts: 0 trace, 10 debug, 20 info, 30 warn, 40 error.
    pub level: u8,
    pub logger: Arc<str>,
    pub thread: Arc<str>,
    pub message: String,
    /// The message it belongs to, where there is one.
    pub counter: Option<u64>,
    pub node: Option<NodeNumber>,
}

impl LogLine {
    pub(super) fn decode(r: &mut Reader<'_>, words: &Dictionary) -> Result<Self, Malformed> {
        Ok(Self {
            at_us: r.varint("at")?,
            level: r.byte("level")?,
            logger: r.word(words, "logger")?,
            thread: r.word(words, "thread")?,
            message: r.text("message")?,
            counter: Some(r.varint("counter")?).filter(|counter| *counter > 0),
            node: Some(r.number("node")?).filter(|node| *node > 0).map(NodeNumber),
        })
    }

    pub(super) fn encode(&self, w: &mut Writer<'_>, words: &mut Interner) {
        w.varint(self.at_us);
        w.byte(self.level);
        w.word(words, &self.logger);
        w.word(words, &self.thread);
        w.text(&self.message);
        w.varint(self.counter.unwrap_or(0));
        w.varint(self.node.map_or(0, |node| node.0.into()));
    }
}

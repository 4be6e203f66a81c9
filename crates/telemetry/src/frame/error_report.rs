//! Why a message failed, or why it had to be handled.

use std::sync::Arc;

use super::dictionary::{Dictionary, Interner};
use super::structure::NodeNumber;
use super::wire::{Malformed, Reader, Writer};

/// The tracer stops at eight; chains that lead back to themselves exist.
const CAUSES_MAX: usize = 8;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorReport {
    /// `None`: it failed before the first node.
    pub node: Option<NodeNumber>,
    /// Place of the failing step in the message's list.
    pub step: Option<u32>,
    /// From the outermost exception to the root cause.
    pub causes: Vec<Cause>,
    /// Frames of the root cause, the first 40, one a line.
    pub stack: Arc<str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    pub class: Arc<str>,
    pub message: Arc<str>,
}

impl ErrorReport {
    pub(super) fn decode(r: &mut Reader<'_>, words: &Dictionary) -> Result<Self, Malformed> {
        Ok(Self {
            node: Some(r.number("failing node")?).filter(|node| *node > 0).map(NodeNumber),
            step: r.number("failing step")?.checked_sub(1),
            causes: r.many(CAUSES_MAX, "causes", |r| {
                Ok(Cause {
                    class: r.word(words, "error class")?,
                    message: r.word(words, "error message")?,
                })
            })?,
            stack: r.word(words, "stack")?,
        })
    }

    pub(super) fn encode(&self, w: &mut Writer<'_>, words: &mut Interner) {
        w.varint(self.node.map_or(0, |node| node.0.into()));
        w.varint(self.step.map_or(0, |step| u64::from(step) + 1));
        w.count(self.causes.len());
        for cause in &self.causes {
            w.word(words, &cause.class);
            w.varint(u64::from(!cause.message.is_empty()));
            if !cause.message.is_empty() {
                w.text(&cause.message); // it holds ids and numbers: no word of a dictionary
            }
        }
        w.word(words, &self.stack);
    }
}

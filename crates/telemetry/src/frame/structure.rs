//! What a route is made of, as the tracer found it, and whether it runs.
//!
//! A node has a number that is unique in one tracer instance and stands in every step; its key (explicit id,
//! else type and ordinal within the route) is what survives a restart. `when`, `otherwise`, `doTry`, `doCatch`,
//! `doFinally` are nodes here although they never appear as steps: the tree needs them.

use std::sync::Arc;

use super::dictionary::{Dictionary, Interner};
use super::wire::{Malformed, Reader, Writer};

/// Steps carry it; 0 is never given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeNumber(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RouteNumber(pub u32);

/// A generated route of this many nodes was seen nowhere; the tracer sends no more.
const NODES_MAX: usize = 10_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Structure {
    pub route: RouteNumber,
    pub id: Arc<str>,
    /// Of keys, types, nesting and texts, without generated ids.
    pub hash: u64,
    pub from: Arc<str>,
    pub group: Arc<str>,
    pub description: Arc<str>,
    /// File and line of the source, empty where Camel does not know it.
    pub location: Arc<str>,
    /// Whether Camel made it (a Kamelet or a template) rather than the user.
    pub made: bool,
    /// The first is the route's `from`.
    pub nodes: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub number: NodeNumber,
    /// Place of the parent in the list of nodes; the first node has none.
    pub parent: Option<u32>,
    /// Camel's short name: `to`, `split`, `when`.
    pub kind: Arc<str>,
    pub key: Arc<str>,
    /// The id of the node within Camel in this start; it stands in log lines.
    pub id: Arc<str>,
    /// Endpoint or expression, shortened, credentials masked.
    pub text: Arc<str>,
    pub line: u32,
}

impl Structure {
    pub(super) fn decode(r: &mut Reader<'_>, words: &Dictionary) -> Result<Self, Malformed> {
        Ok(Self {
            route: RouteNumber(r.number("route")?),
            id: r.word(words, "route id")?,
            hash: r.u64("hash")?,
            from: r.word(words, "from")?,
            group: r.word(words, "group")?,
            description: r.word(words, "description")?,
            location: r.word(words, "location")?,
            made: r.byte("route flags")? & 1 != 0,
            nodes: r.many(NODES_MAX, "nodes", |r| Node::decode(r, words))?,
        })
    }

    pub(super) fn encode(&self, w: &mut Writer<'_>, words: &mut Interner) {
        w.varint(self.route.0.into());
        w.word(words, &self.id);
        w.bytes(&self.hash.to_le_bytes());
        for text in [&self.from, &self.group, &self.description, &self.location] {
            w.word(words, text);
        }
        w.byte(self.made.into());
        w.count(self.nodes.len());
        for node in &self.nodes {
            w.varint(node.number.0.into());
            w.varint(node.parent.map_or(0, |parent| u64::from(parent) + 1));
            for text in [&node.kind, &node.key, &node.id, &node.text] {
                w.word(words, text);
            }
            w.varint(node.line.into());
        }
    }
}

impl Node {
    fn decode(r: &mut Reader<'_>, words: &Dictionary) -> Result<Self, Malformed> {
        Ok(Self {
            number: NodeNumber(r.number("node")?),
            parent: r.number("parent")?.checked_sub(1),
            kind: r.word(words, "node kind")?,
            key: r.word(words, "node key")?,
            id: r.word(words, "node id")?,
            text: r.word(words, "node text")?,
            line: r.number("line")?,
        })
    }
}

/// That a route started, stopped or was taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteStatus {
    pub route: RouteNumber,
    pub state: RouteState,
    pub at_us: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteState {
    Added,
    Started,
    Stopped,
    Removed,
}

impl RouteStatus {
    pub(super) fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let route = RouteNumber(r.number("route")?);
        let state = match r.byte("route state")? {
            0 => RouteState::Added,
            1 => RouteState::Started,
            2 => RouteState::Stopped,
            3 => RouteState::Removed,
            other => return Err(r.out_of_range("route state", other.into())),
        };
        Ok(Self { route, state, at_us: r.varint("at")? })
    }

    pub(super) fn encode(&self, w: &mut Writer<'_>) {
        w.varint(self.route.0.into());
        w.byte(match self.state {
            RouteState::Added => 0,
            RouteState::Started => 1,
            RouteState::Stopped => 2,
            RouteState::Removed => 3,
        });
        w.varint(self.at_us);
    }
}

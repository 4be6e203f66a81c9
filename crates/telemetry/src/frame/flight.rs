//! What is in work right now: the answer to a question, never stored.

use std::sync::Arc;

use super::dictionary::{Dictionary, Interner};
use super::structure::{NodeNumber, RouteNumber};
use super::wire::{Malformed, Reader, Writer};

/// The 100 oldest are what a person reads.
pub(super) const FLIGHTS_MAX: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flights {
    /// The number of the question.
    pub request: u64,
    /// All of them, listed or not.
    pub total: u64,
    /// Oldest first.
    pub oldest: Vec<Flight>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flight {
    pub counter: u64,
    pub start_us: u64,
    pub age_us: u64,
    pub route: RouteNumber,
    /// Where it is; `None` between two nodes.
    pub node: Option<NodeNumber>,
    /// How long it has been there.
    pub node_age_us: u64,
    pub exchange_id: Arc<str>,
    /// The thread that entered that node.
    pub thread: Arc<str>,
    pub steps: u64,
}

impl Flights {
    pub(super) fn decode(r: &mut Reader<'_>, words: &Dictionary) -> Result<Self, Malformed> {
        Ok(Self {
            request: r.varint("request")?,
            total: r.varint("in flight")?,
            oldest: r.many(FLIGHTS_MAX, "oldest", |r| {
                Ok(Flight {
                    counter: r.varint("counter")?,
                    start_us: r.varint("start")?,
                    age_us: r.varint("age")?,
                    route: RouteNumber(r.number("route")?),
                    node: Some(r.number("node")?).filter(|node| *node > 0).map(NodeNumber),
                    node_age_us: r.varint("age")?,
                    exchange_id: r.text("exchange id")?.into(),
                    thread: r.word(words, "thread")?,
                    steps: r.varint("steps")?,
                })
            })?,
        })
    }

    pub(super) fn encode(&self, w: &mut Writer<'_>, words: &mut Interner) {
        w.varint(self.request);
        w.varint(self.total);
        w.count(self.oldest.len());
        for flight in &self.oldest {
            w.varint(flight.counter);
            w.varint(flight.start_us);
            w.varint(flight.age_us);
            w.varint(flight.route.0.into());
            w.varint(flight.node.map_or(0, |node| node.0.into()));
            w.varint(flight.node_age_us);
            w.text(&flight.exchange_id);
            w.word(words, &flight.thread);
            w.varint(flight.steps);
        }
    }
}

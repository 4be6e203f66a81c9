//! What a tracer says.

use super::dictionary::{Dictionary, Interner};
use super::flight::Flights;
use super::hello::Hello;
use super::log::LogLine;
use super::message::{MESSAGES_MAX, Message};
use super::stats::{Drops, Stats};
use super::structure::{RouteStatus, Structure};
use super::wire::{Malformed, Reader};
use super::{Frame, put};

#[derive(Clone, Debug, PartialEq)]
pub enum Up {
    Hello(Hello),
    Structure(Structure),
    /// Taken into the dictionary that was given.
    Dict,
    Traces(Vec<Message>),
    Stats(Stats),
    RouteState(RouteStatus),
    Log(LogLine),
    Drops(Drops),
    InFlight(Flights),
    Ping,
    /// A kind of a newer tracer, or one that is reserved.
    Unknown(u8),
}

mod kind {
    pub(super) const HELLO: u8 = 1;
    pub(super) const STRUCTURE: u8 = 2;
    pub(super) const DICT: u8 = 3;
    pub(super) const TRACES: u8 = 4;
    pub(super) const STATS: u8 = 5;
    pub(super) const ROUTE_STATE: u8 = 6;
    pub(super) const LOG: u8 = 7;
    pub(super) const DROPS: u8 = 8;
    pub(super) const IN_FLIGHT: u8 = 9;
    pub(super) const PING: u8 = 10;
}

impl Up {
    pub fn decode(frame: &Frame, words: &mut Dictionary) -> Result<Self, Malformed> {
        let mut r = Reader::new(frame.kind, &frame.body);
        let r = &mut r;
        Ok(match frame.kind {
            kind::HELLO => Self::Hello(Hello::decode(r)?),
            kind::STRUCTURE => Self::Structure(Structure::decode(r, words)?),
            kind::DICT => {
                words.decode(r)?;
                Self::Dict
            }
            kind::TRACES => Self::Traces(r.many(MESSAGES_MAX, "messages", |r| {
                r.part("message", |r| Message::decode(r, words))
            })?),
            kind::STATS => Self::Stats(Stats::decode(r)?),
            kind::ROUTE_STATE => Self::RouteState(RouteStatus::decode(r)?),
            kind::LOG => Self::Log(LogLine::decode(r, words)?),
            kind::DROPS => Self::Drops(Drops::decode(r)?),
            kind::IN_FLIGHT => Self::InFlight(Flights::decode(r, words)?),
            kind::PING => Self::Ping,
            unknown => Self::Unknown(unknown),
        })
    }

    /// Whether a frame of this kind costs credit.
    pub fn costs_credit(frame: &Frame) -> bool {
        matches!(frame.kind, kind::DICT | kind::TRACES | kind::LOG)
    }

    /// Appends the frame, and before it one with the words that it uses for the first time.
    pub fn encode(&self, words: &mut Interner, out: &mut Vec<u8>) {
        let mut frame = Vec::new();
        match self {
            Self::Hello(hello) => put(&mut frame, kind::HELLO, |w| hello.encode(w)),
            Self::Structure(structure) => {
                put(&mut frame, kind::STRUCTURE, |w| structure.encode(w, words));
            }
            Self::Traces(messages) => put(&mut frame, kind::TRACES, |w| {
                w.count(messages.len());
                for message in messages {
                    w.part(|w| message.encode(w, words));
                }
            }),
            Self::Stats(stats) => put(&mut frame, kind::STATS, |w| stats.encode(w)),
            Self::RouteState(status) => put(&mut frame, kind::ROUTE_STATE, |w| status.encode(w)),
            Self::Log(line) => put(&mut frame, kind::LOG, |w| line.encode(w, words)),
            Self::Drops(drops) => put(&mut frame, kind::DROPS, |w| drops.encode(w)),
            Self::InFlight(flights) => {
                put(&mut frame, kind::IN_FLIGHT, |w| flights.encode(w, words));
            }
            Self::Ping => put(&mut frame, kind::PING, |_| {}),
            Self::Unknown(kind) => put(&mut frame, *kind, |_| {}),
            Self::Dict => {}
        }
        if words.has_unsent() {
            put(out, kind::DICT, |w| words.encode(w));
        }
        out.extend_from_slice(&frame);
    }
}

//! The frames between a tracer and its runner: bytes to values and back.
//!
//! A frame is a header of 7 bytes (`u32` length of the body, `u8` kind, `u16` version, little endian) and
//! a body; `docs/reference/tracer-protocol.md` is the description of every byte. [`Splitter`] cuts a stream of
//! bytes into [`Frame`]s, [`Up::decode`] and [`Down::decode`] read the bodies, and the `encode` beside each
//! writes what the other side reads. Both directions exist in Rust: a generator speaks as a tracer does.
//!
//! What surprises: a kind that is not known is not an error, it is skipped by its length; bytes after the
//! last known field of a body are ignored, so that fields can be added at the end. The peer is not trusted:
//! nothing here panics, and nothing is allocated that the received bytes do not pay for.
//!
//! It reads no socket and keeps no clock. Conversion to records is the runner's (`runner/src/tracer`).

mod dictionary;
mod down;
mod error_report;
mod flight;
mod hello;
mod log;
mod message;
mod payload;
mod settings;
mod stats;
mod structure;
mod up;
mod wire;

#[cfg(test)]
mod tests;

pub use dictionary::{Dictionary, Interner};
pub use down::{Down, Welcome};
pub use error_report::{Cause, ErrorReport};
pub use flight::{Flight, Flights};
pub use hello::{Hello, Instance};
pub use log::LogLine;
pub use message::{Message, MessageFlags, Outcome, Parent, Step, StepFlags, Trace};
pub use payload::{Body, Header, HeaderValue, Payload, Point, Unavailable};
pub use settings::{AttributeRule, Level, RouteSettings, Settings};
pub use stats::{Counters, Drops, Stats};
pub use structure::{Node, NodeNumber, RouteNumber, RouteState, RouteStatus, Structure};
pub use up::Up;
pub use wire::Malformed;

/// The version that this build speaks; both sides say which they can in HELLO and WELCOME.
pub const VERSION: u16 = 1;
/// The oldest version that this build still reads.
pub const OLDEST: u16 = 1;

pub const HEADER_BYTES: usize = 7;

/// A TRACES frame aims at 256 KiB, and one message with two payloads and 10,000 steps stays below 1 MiB.
pub const BODY_MAX: usize = 1 << 20;

/// A whole frame whose body is not yet read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub kind: u8,
    pub version: u16,
    pub body: Vec<u8>,
}

impl Frame {
    /// What this frame costs of a credit.
    pub fn cost(&self) -> u64 {
        (HEADER_BYTES + self.body.len()) as u64
    }
}

/// Cuts a stream into frames. Holds at most one unfinished frame and what was pushed with it.
#[derive(Debug, Default)]
pub struct Splitter {
    pending: Vec<u8>,
    start: usize,
}

impl Splitter {
    /// Takes bytes as they come from the socket; call [`Self::next_frame`] until it has nothing more.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.pending.drain(..self.start);
            self.start = 0;
        }
        self.pending.extend_from_slice(bytes);
    }

    /// The next whole frame. After an error the stream has no more frame borders: close it.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, Malformed> {
        let rest = self.pending.get(self.start..).unwrap_or_default();
        let Some((header, rest)) = rest.split_first_chunk::<HEADER_BYTES>() else {
            return Ok(None);
        };
        let [length @ .., kind, low, high] = *header;
        let length = u32::from_le_bytes(length) as usize;
        if length > BODY_MAX {
            return Err(Malformed::FrameTooLong { bytes: length });
        }
        let Some(body) = rest.get(..length) else { return Ok(None) };
        let frame = Frame { kind, version: u16::from_le_bytes([low, high]), body: body.to_vec() };
        self.start += HEADER_BYTES + length;
        Ok(Some(frame))
    }

    /// How many bytes wait for the rest of their frame.
    pub fn pending_bytes(&self) -> usize {
        self.pending.len() - self.start
    }
}

/// Appends a frame: the header, and the body that `write` makes.
fn put(out: &mut Vec<u8>, kind: u8, write: impl FnOnce(&mut wire::Writer<'_>)) {
    let start = out.len();
    out.extend_from_slice(&[0, 0, 0, 0, kind]);
    out.extend_from_slice(&VERSION.to_le_bytes());
    write(&mut wire::Writer::new(out));
    let length = u32::try_from(out.len() - start - HEADER_BYTES).unwrap_or(u32::MAX);
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
}

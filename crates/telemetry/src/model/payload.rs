//! What a message carried at one point: headers and a body.
//!
//! Payloads are records of their own, so that timings never wait for bodies and bodies can be forbidden, dropped or thrown away first.
//! A payload is redacted before it is in a batch; what was masked is flagged, and a body that could not be had says why.

use crate::id::MessageId;

use super::Name;

/// Why a payload was taken. The numbers are those of the block and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Point {
    /// As it came to the route.
    Start = 0,
    /// As it was when a step failed.
    Failure = 1,
    /// Before a step (capture level `bodies`).
    Before = 2,
    /// As it left the route; with a step, as it left that: what a question to another system was answered.
    End = 3,
}

impl Point {
    pub const ALL: [Self; 4] = [Self::Start, Self::Failure, Self::Before, Self::End];
}

/// A set of facts about a payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PayloadFlags(pub u32);

impl PayloadFlags {
    /// A part was replaced by a mask.
    pub const MASKED: Self = Self(1);
    /// The body is longer than what is kept.
    pub const TRUNCATED: Self = Self(1 << 1);
    /// Some headers are left out: too many, or of a type that cannot be kept.
    pub const HEADERS_LEFT_OUT: Self = Self(1 << 2);
    /// The bytes are not valid text of their kind.
    pub const BINARY: Self = Self(1 << 3);
    /// Masks are keyed hashes, so equal values have equal masks.
    pub const HASHED: Self = Self(1 << 4);
    /// A JSON view of an object: readable, and not what could be given back to Camel.
    pub const JSON_VIEW: Self = Self(1 << 5);

    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Why there is no body. The numbers are those of the block and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unavailable {
    /// A raw stream: reading it would have taken it from the route.
    Stream = 0,
    /// An object that no converter turns into text or bytes.
    Object = 1,
    /// It was let go because memory was short.
    Dropped = 2,
    /// Redaction could not finish, so nothing is kept.
    Redaction = 3,
    /// The level of capture does not ask for bodies.
    NotAsked = 4,
    /// A file: it may be larger than memory.
    File = 5,
    /// The conversion to bytes failed.
    Error = 6,
}

impl Unavailable {
    pub const ALL: [Self; 7] = [
        Self::Stream,
        Self::Object,
        Self::Dropped,
        Self::Redaction,
        Self::NotAsked,
        Self::File,
        Self::Error,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Object => "object",
            Self::Dropped => "dropped",
            Self::Redaction => "redaction",
            Self::NotAsked => "not asked",
            Self::File => "file",
            Self::Error => "error",
        }
    }
}

#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// The message had none.
    None,
    Bytes(Vec<u8>),
    Unavailable(Unavailable),
}

/// A header's value with the type that a replay needs.
#[derive(Clone, PartialEq)]
pub enum HeaderValue {
    Null,
    Text(String),
    Long(i64),
    Double(f64),
    Bool(bool),
    Bytes(Vec<u8>),
    /// Milliseconds since 1970.
    Instant(i64),
    /// Masked; the type it had is not kept.
    Masked(String),
    /// Text of an object that cannot be given back to Camel.
    Opaque(String),
}

#[derive(Clone, PartialEq)]
pub struct Header {
    pub name: Name,
    pub value: HeaderValue,
}

#[derive(Clone, PartialEq)]
pub struct Payload {
    pub message: MessageId,
    /// The sequence of the step it belongs to.
    pub step: u32,
    pub point: Point,
    /// As Camel or the content says (`application/json`).
    pub content_type: Option<Name>,
    /// The Java class of the body.
    pub class: Option<Name>,
    pub headers: Vec<Header>,
    pub body: Body,
    /// The whole body's length, whatever is kept of it.
    pub full_size: u64,
    /// Of the body before redaction, by the tracer: equal for equal bodies; 0 if it was not made.
    pub hash: u64,
    pub flags: PayloadFlags,
}

/// What a message carried is for those who may read it, not for logs: `Debug` says how much, never what.
impl std::fmt::Debug for Payload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Payload")
            .field("message", &self.message)
            .field("step", &self.step)
            .field("point", &self.point)
            .field("headers", &self.headers.len())
            .field("body", &self.body)
            .field("full_size", &self.full_size)
            .field("flags", &self.flags)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::Unavailable(why) => write!(f, "Unavailable({why:?})"),
        }
    }
}

impl std::fmt::Debug for Header {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Header({:?})", self.name)
    }
}

impl std::fmt::Debug for HeaderValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HeaderValue(..)")
    }
}

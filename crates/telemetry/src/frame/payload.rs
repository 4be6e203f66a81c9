//! Headers and body of a message at one point of its way.

use std::fmt;
use std::sync::Arc;

use super::dictionary::{Dictionary, Interner};
use super::wire::{Malformed, Reader, Writer};

/// The tracer sends 256 and says how many there were.
const HEADERS_MAX: usize = 1024;

#[derive(Clone, Debug, PartialEq)]
pub struct Payload {
    pub point: Point,
    /// Place of the step it belongs to.
    pub step: Option<u32>,
    pub body: Body,
    pub content_type: Arc<str>,
    /// Class of the body in the JVM; empty for no body.
    pub class: Arc<str>,
    pub headers: Vec<(Arc<str>, Header)>,
    /// How many headers there were, sent or not.
    pub headers_total: u32,
    /// The size of a body that was not captured; 0 where it is not known.
    pub hidden_size: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// As the route got it.
    Start,
    /// As the failing node got it.
    Failure,
    /// As the route left it.
    End,
}

#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// There was none (null).
    None,
    /// The first bytes of a text or of a binary body.
    Captured {
        bytes: Vec<u8>,
        /// UTF-8, as far as the JVM knew.
        text: bool,
        /// A rendering of an object (JSON): to look at, not to send again.
        view: bool,
        /// Not all of it.
        truncated: bool,
        /// Whole length: bytes of a binary body, characters of a text; 0 where it could not be known.
        size: u64,
        /// CRC-32C of the captured bytes, then of the size.
        hash: u32,
    },
    Unavailable(Unavailable),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unavailable {
    /// A stream that only the route may read.
    Stream,
    /// An object without a form that could be kept.
    Object,
    /// A file, whose content is not read.
    File,
    /// The level of capture leaves bodies out.
    Level,
    /// Reading it failed.
    Error,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    pub value: HeaderValue,
    pub truncated: bool,
}

#[derive(Clone, PartialEq)]
pub enum HeaderValue {
    Null,
    Text(String),
    Long(i64),
    Double(f64),
    Bool(bool),
    Bytes(Vec<u8>),
    InstantUs(i64),
    /// Its name is on the list of secrets: the value never left the JVM.
    Masked,
    /// An object of this class, left out.
    Dropped(Arc<str>),
}

/// Not yet redacted: says how much, never what.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Captured { bytes, size, .. } => write!(f, "Captured({} of {size})", bytes.len()),
            Self::Unavailable(why) => write!(f, "Unavailable({why:?})"),
        }
    }
}

impl fmt::Debug for HeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HeaderValue(..)")
    }
}

mod flag {
    pub(super) const TEXT: u8 = 1;
    pub(super) const VIEW: u8 = 1 << 1;
    pub(super) const TRUNCATED: u8 = 1 << 2;
}

impl Payload {
    pub(super) fn decode(r: &mut Reader<'_>, words: &Dictionary) -> Result<Self, Malformed> {
        let point = match r.byte("point")? {
            1 => Point::Start,
            2 => Point::Failure,
            3 => Point::End,
            other => return Err(r.out_of_range("point", other.into())),
        };
        let step = r.number("payload step")?.checked_sub(1);
        let class = r.word(words, "body class")?;
        let content_type = r.word(words, "content type")?;
        let body = decode_body(r)?;
        let headers_total = r.number("headers in all")?;
        let headers = r.many(HEADERS_MAX, "headers", |r| {
            Ok((r.word(words, "header")?, Header::decode(r, words)?))
        })?;
        // Earlier tracers end here.
        let hidden_size = if r.is_empty() { 0 } else { r.varint("hidden size")? };
        Ok(Self { point, step, body, content_type, class, headers, headers_total, hidden_size })
    }

    pub(super) fn encode(&self, w: &mut Writer<'_>, words: &mut Interner) {
        w.byte(match self.point {
            Point::Start => 1,
            Point::Failure => 2,
            Point::End => 3,
        });
        w.varint(self.step.map_or(0, |step| u64::from(step) + 1));
        w.word(words, &self.class);
        w.word(words, &self.content_type);
        encode_body(&self.body, w);
        w.varint(self.headers_total.into());
        w.count(self.headers.len());
        for (name, header) in &self.headers {
            w.word(words, name);
            header.encode(w, words);
        }
        w.varint(self.hidden_size);
    }
}

fn decode_body(r: &mut Reader<'_>) -> Result<Body, Malformed> {
    Ok(match r.byte("body")? {
        0 => Body::None,
        1 => {
            let flags = r.byte("body flags")?;
            let size = r.varint("body size")?;
            let hash = u32::from_le_bytes(r.array("body hash")?);
            let has = |flag: u8| flags & flag != 0;
            let (text, view) = (has(flag::TEXT), has(flag::VIEW));
            let truncated = has(flag::TRUNCATED);
            let bytes = r.blob("body bytes")?.to_vec();
            Body::Captured { bytes, text, view, truncated, size, hash }
        }
        2 => Body::Unavailable(match r.byte("reason")? {
            1 => Unavailable::Stream,
            2 => Unavailable::Object,
            3 => Unavailable::File,
            4 => Unavailable::Level,
            _ => Unavailable::Error,
        }),
        other => return Err(r.out_of_range("body", other.into())),
    })
}

fn encode_body(body: &Body, w: &mut Writer<'_>) {
    match body {
        Body::None => w.byte(0),
        Body::Captured { bytes, text, view, truncated, size, hash } => {
            w.byte(1);
            let set = |on: bool, flag: u8| if on { flag } else { 0 };
            w.byte(
                set(*text, flag::TEXT) | set(*view, flag::VIEW) | set(*truncated, flag::TRUNCATED),
            );
            w.varint(*size);
            w.bytes(&hash.to_le_bytes());
            w.blob(bytes);
        }
        Body::Unavailable(reason) => {
            w.byte(2);
            w.byte(match reason {
                Unavailable::Stream => 1,
                Unavailable::Object => 2,
                Unavailable::File => 3,
                Unavailable::Level => 4,
                Unavailable::Error => 5,
            });
        }
    }
}

/// Set in the type byte of a header whose value was cut.
const CUT: u8 = 0x80;

impl Header {
    fn decode(r: &mut Reader<'_>, words: &Dictionary) -> Result<Self, Malformed> {
        let kind = r.byte("header type")?;
        let value = match kind & !CUT {
            0 => HeaderValue::Null,
            1 => HeaderValue::Text(r.text("header value")?),
            2 => HeaderValue::Long(r.zigzag("header value")?),
            3 => HeaderValue::Double(f64::from_bits(r.u64("header value")?)),
            4 => HeaderValue::Bool(r.byte("header value")? != 0),
            5 => HeaderValue::Bytes(r.blob("header value")?.to_vec()),
            6 => HeaderValue::InstantUs(r.zigzag("header value")?),
            7 => HeaderValue::Masked,
            8 => HeaderValue::Dropped(r.word(words, "header class")?),
            other => return Err(r.out_of_range("header type", other.into())),
        };
        Ok(Self { value, truncated: kind & CUT != 0 })
    }

    fn encode(&self, w: &mut Writer<'_>, words: &mut Interner) {
        let cut = if self.truncated { CUT } else { 0 };
        match &self.value {
            HeaderValue::Null => w.byte(cut),
            HeaderValue::Text(text) => {
                w.byte(1 | cut);
                w.text(text);
            }
            HeaderValue::Long(value) => {
                w.byte(2 | cut);
                w.zigzag(*value);
            }
            HeaderValue::Double(value) => {
                w.byte(3 | cut);
                w.bytes(&value.to_bits().to_le_bytes());
            }
            HeaderValue::Bool(value) => w.bytes(&[4 | cut, u8::from(*value)]),
            HeaderValue::Bytes(bytes) => {
                w.byte(5 | cut);
                w.blob(bytes);
            }
            HeaderValue::InstantUs(value) => {
                w.byte(6 | cut);
                w.zigzag(*value);
            }
            HeaderValue::Masked => w.byte(7 | cut),
            HeaderValue::Dropped(class) => {
                w.byte(8 | cut);
                w.word(words, class);
            }
        }
    }
}

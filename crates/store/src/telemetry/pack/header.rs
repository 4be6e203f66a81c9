//! Headers of a payload as bytes, in their order: name, tag, value.
//!
//! Names stand in full: whole sets of headers are compressed.

use telemetry::model::{Header, HeaderValue, Name};

use super::Damaged;
use super::bytes::{Reader, Writer};

const VERSION: u8 = 1;

pub fn pack_headers<'n>(headers: &[Header], text: impl Fn(Name) -> &'n str) -> Vec<u8> {
    let mut out = Writer(vec![VERSION]);
    out.number(headers.len() as u64);
    for Header { name, value } in headers {
        out.text(text(*name));
        let (tag, bytes): (u8, &[u8]) = match value {
            HeaderValue::Null => (0, &[]),
            HeaderValue::Text(text) => (1, text.as_bytes()),
            HeaderValue::Long(number) => (2, &number.to_be_bytes()),
            HeaderValue::Double(number) => (3, &number.to_be_bytes()),
            HeaderValue::Bool(truth) => (4, &[u8::from(*truth)]),
            HeaderValue::Bytes(bytes) => (5, bytes),
            HeaderValue::Instant(ms) => (6, &ms.to_be_bytes()),
            HeaderValue::Masked(text) => (7, text.as_bytes()),
            HeaderValue::Opaque(text) => (8, text.as_bytes()),
        };
        out.0.push(tag);
        out.number(bytes.len() as u64);
        out.0.extend_from_slice(bytes);
    }
    out.0
}

/// How many headers there are.
pub fn count_headers(bytes: &[u8]) -> Result<u64, Damaged> {
    open(bytes).map(|(count, _)| count)
}

fn open(bytes: &[u8]) -> Result<(u64, Reader<'_>), Damaged> {
    let mut from = Reader { bytes };
    match from.byte()? {
        VERSION => Ok((from.number()?, from)),
        other => Err(Damaged::Version(other)),
    }
}

pub fn unpack_headers(bytes: &[u8]) -> Result<Vec<(String, HeaderValue)>, Damaged> {
    let (count, mut from) = open(bytes)?;
    let mut headers = Vec::new();
    for _ in 0..count {
        let name = from.text()?;
        let tag = from.byte()?;
        let length = from.number()?;
        let bytes = from.take(length)?;
        let text = || String::from_utf8(bytes.to_vec()).map_err(|_| Damaged::Wrong);
        let number = || bytes.try_into().map(i64::from_be_bytes).map_err(|_| Damaged::Wrong);
        let value = match tag {
            0 => HeaderValue::Null,
            1 => HeaderValue::Text(text()?),
            2 => HeaderValue::Long(number()?),
            3 => HeaderValue::Double(f64::from_bits(number()?.cast_unsigned())),
            4 => HeaderValue::Bool(bytes == [1]),
            5 => HeaderValue::Bytes(bytes.to_vec()),
            6 => HeaderValue::Instant(number()?),
            7 => HeaderValue::Masked(text()?),
            8 => HeaderValue::Opaque(text()?),
            _ => return Err(Damaged::Wrong),
        };
        headers.push((name, value));
    }
    Ok(headers)
}

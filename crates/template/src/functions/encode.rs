//! Base64, base32 and checksums.
//!
//! Decoding garbage is an error: sprig would put the text of the error where the value belongs. Decoded bytes must be UTF-8, because a
//! value is text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::Digest;

use super::{Function, Kind};
use crate::error::Fault;
use crate::value::Value;

use Kind::Text;

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

pub(super) const TABLE: &[Function] = &[
    Function::fixed("b64enc", &[Text], |meter, given| meter.made(STANDARD.encode(given.text(0)))),
    Function::fixed("b64dec", &[Text], |meter, given| {
        let plain = given.text(0).replace(['\r', '\n'], "");
        let bytes = STANDARD.decode(plain).map_err(|_| Fault::from("this is not base64"))?;
        meter.made(utf8(bytes)?)
    }),
    Function::fixed("b32enc", &[Text], |meter, given| meter.made(base32(given.text(0)))),
    Function::fixed("b32dec", &[Text], |meter, given| {
        let bytes = unbase32(given.text(0)).ok_or_else(|| Fault::from("this is not base32"))?;
        meter.made(utf8(bytes)?)
    }),
    Function::fixed("sha1sum", &[Text], |meter, given| {
        meter.steps(given.text(0).len() / 64)?;
        Ok(Value::from(hex::encode(sha1::Sha1::digest(given.text(0).as_bytes()))))
    }),
    Function::fixed("sha256sum", &[Text], |meter, given| {
        meter.steps(given.text(0).len() / 64)?;
        Ok(Value::from(hex::encode(sha2::Sha256::digest(given.text(0).as_bytes()))))
    }),
    Function::fixed("adler32sum", &[Text], |meter, given| {
        meter.steps(given.text(0).len() / 64)?;
        Ok(Value::from(adler32(given.text(0).as_bytes()).to_string()))
    }),
];

fn utf8(bytes: Vec<u8>) -> Result<String, Fault> {
    String::from_utf8(bytes).map_err(|_| "the decoded bytes are not UTF-8".into())
}

fn base32(text: &str) -> String {
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(5) {
        let mut group = [0_u8; 8];
        group[3..3 + chunk.len()].copy_from_slice(chunk);
        let bits = u64::from_be_bytes(group);
        let digits = (chunk.len() * 8).div_ceil(5);
        for index in 0..8 {
            if index < digits {
                let digit = usize::try_from(bits >> (35 - 5 * index) & 31).unwrap_or(0);
                out.push(char::from(BASE32[digit]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

fn unbase32(text: &str) -> Option<Vec<u8>> {
    let plain = text.replace(['\r', '\n'], "");
    if !plain.len().is_multiple_of(8) {
        return None;
    }
    let digits = plain.trim_end_matches('=');
    let padding = plain.len() - digits.len();
    if !matches!(padding, 0 | 1 | 3 | 4 | 6) {
        return None;
    }
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u64, 0_u32);
    for digit in digits.bytes() {
        let value = BASE32.iter().position(|known| *known == digit)?;
        bits = bits << 5 | u64::try_from(value).ok()?;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    Some(bytes)
}

fn adler32(bytes: &[u8]) -> u32 {
    let (low, high) = bytes.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    high << 16 | low
}

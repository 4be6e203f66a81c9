//! An original as bytes, and sealed. Pure.
//!
//! ```text
//! plain    u32 length of the head | head (JSON, `format` 1) | body
//! segment  "MPO1" | salt (32) | record | record | ..
//! record   u32 length | message (16) | AES-256-GCM of plain, with its tag
//! ```
//! Each segment has a key of its own, made of the runner's key and the segment's salt, so that where a record begins may be its nonce:
//! nothing is ever written over within a segment, and one that could not be written to its end is given up. What a record is bound to
//! (workload and message) is its associated data, so one that was moved does not open.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use serde::{Deserialize, Serialize};
use telemetry::admit::{Original, OriginalHeader};
use telemetry::id::MessageId;
use telemetry::model::HeaderValue;
use telemetry::redact::Mask;
use uuid::Uuid;
use zeroize::Zeroizing;

const FORMAT: u32 = 1;
const MAGIC: [u8; 4] = *b"MPO1";
pub(super) const SALT: usize = 32;
/// What a segment begins with.
pub(super) const START: usize = MAGIC.len() + SALT;
/// Length and message.
pub(super) const RECORD: usize = 4 + 16;
/// A tracer sends 64 KiB of a body and as much of headers, some of them escaped.
const LARGEST: usize = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Broken {
    #[error("it is of another format")]
    Format,
    #[error("it does not open: another key, another place, or damaged")]
    Sealed,
}

/// The runner's key.
pub(super) struct Key(Zeroizing<[u8; 32]>);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

impl Key {
    pub(super) fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    fn of_segment(&self, salt: &[u8; SALT]) -> Result<LessSafeKey, Broken> {
        struct Length;
        impl KeyType for Length {
            fn len(&self) -> usize {
                32
            }
        }
        let mut derived = Zeroizing::new([0; 32]);
        Salt::new(HKDF_SHA256, salt)
            .extract(&self.0[..])
            .expand(&[b"midplane original 1"], Length)
            .and_then(|okm| okm.fill(&mut derived[..]))
            .map_err(|_| Broken::Sealed)?;
        let key = UnboundKey::new(&AES_256_GCM, &derived[..]).map_err(|_| Broken::Sealed)?;
        Ok(LessSafeKey::new(key))
    }
}

pub(super) fn start(salt: [u8; SALT]) -> Vec<u8> {
    [&MAGIC[..], &salt].concat()
}

/// Seals and opens the records of one segment.
pub(super) struct Segment {
    key: LessSafeKey,
    workload: Uuid,
}

impl Segment {
    pub(super) fn new(key: &Key, salt: &[u8; SALT], workload: Uuid) -> Result<Self, Broken> {
        Ok(Self { key: key.of_segment(salt)?, workload })
    }

    /// Of the bytes that it begins with.
    pub(super) fn read(key: &Key, start: &[u8; START], workload: Uuid) -> Result<Self, Broken> {
        let salt = start.strip_prefix(&MAGIC).and_then(|salt| salt.try_into().ok());
        Self::new(key, salt.ok_or(Broken::Format)?, workload)
    }

    fn place(&self, message: MessageId) -> Aad<String> {
        Aad::from(format!("original|1|{}|{message}", self.workload))
    }

    /// A record that is to lie at `at`.
    pub(super) fn seal(&self, original: &Original, at: u64) -> Result<Vec<u8>, Broken> {
        let mut sealed = encode(original)?;
        self.key
            .seal_in_place_append_tag(nonce(at), self.place(original.message), &mut *sealed)
            .map_err(|_| Broken::Sealed)?;
        let length = u32::try_from(sealed.len()).map_err(|_| Broken::Format)?;
        let mut record = Vec::with_capacity(RECORD + sealed.len());
        record.extend_from_slice(&length.to_le_bytes());
        record.extend_from_slice(&original.message.to_u128().to_be_bytes());
        record.extend_from_slice(&sealed);
        Ok(record)
    }

    /// The record that lies at `at`; `sealed` is what follows its head.
    pub(super) fn open(
        &self,
        message: MessageId,
        at: u64,
        sealed: Vec<u8>,
    ) -> Result<Original, Broken> {
        let mut plain = Zeroizing::new(sealed);
        let plain = self
            .key
            .open_in_place(nonce(at), self.place(message), &mut plain)
            .map_err(|_| Broken::Sealed)?;
        decode(message, plain)
    }
}

/// Length of what follows, and whose it is. None: this is no record, but what a crash left.
pub(super) fn head(bytes: &[u8; RECORD]) -> Option<(usize, MessageId)> {
    let (length, message) = bytes.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let message = u128::from_be_bytes(message.try_into().ok()?);
    let possible = AES_256_GCM.tag_len()..=LARGEST;
    possible.contains(&length).then(|| (length, MessageId::from_u128(message)))
}

fn nonce(at: u64) -> Nonce {
    let mut nonce = [0; NONCE_LEN];
    nonce[..8].copy_from_slice(&at.to_le_bytes());
    Nonce::assume_unique_for_key(nonce)
}

#[derive(Serialize, Deserialize)]
struct Head {
    format: u32,
    content_type: Option<String>,
    has_body: bool,
    masks: Option<Vec<WireMask>>,
    headers: Vec<WireHeader>,
}

#[derive(Serialize, Deserialize)]
struct WireMask {
    start: usize,
    end: usize,
    token: String,
    #[serde(default)]
    quoted: bool,
}

#[derive(Serialize, Deserialize)]
struct WireHeader {
    name: String,
    value: WireValue,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recorded: Option<WireValue>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WireValue {
    Null,
    Text(String),
    Long(i64),
    /// As bits: JSON knows no infinity.
    Double(u64),
    Bool(bool),
    Bytes(Vec<u8>),
    Instant(i64),
    Masked(String),
    Opaque(String),
}

impl From<&HeaderValue> for WireValue {
    fn from(value: &HeaderValue) -> Self {
        match value {
            HeaderValue::Null => Self::Null,
            HeaderValue::Text(text) => Self::Text(text.clone()),
            HeaderValue::Long(number) => Self::Long(*number),
            HeaderValue::Double(number) => Self::Double(number.to_bits()),
            HeaderValue::Bool(is) => Self::Bool(*is),
            HeaderValue::Bytes(bytes) => Self::Bytes(bytes.clone()),
            HeaderValue::Instant(ms) => Self::Instant(*ms),
            HeaderValue::Masked(text) => Self::Masked(text.clone()),
            HeaderValue::Opaque(text) => Self::Opaque(text.clone()),
        }
    }
}

impl From<WireValue> for HeaderValue {
    fn from(value: WireValue) -> Self {
        match value {
            WireValue::Null => Self::Null,
            WireValue::Text(text) => Self::Text(text),
            WireValue::Long(number) => Self::Long(number),
            WireValue::Double(bits) => Self::Double(f64::from_bits(bits)),
            WireValue::Bool(is) => Self::Bool(is),
            WireValue::Bytes(bytes) => Self::Bytes(bytes),
            WireValue::Instant(ms) => Self::Instant(ms),
            WireValue::Masked(text) => Self::Masked(text),
            WireValue::Opaque(text) => Self::Opaque(text),
        }
    }
}

fn encode(original: &Original) -> Result<Zeroizing<Vec<u8>>, Broken> {
    let Original { message: _, content_type, body, masks, headers } = original;
    let mask = |Mask { range, token, is_quoted }: &Mask| WireMask {
        start: range.start,
        end: range.end,
        token: token.clone(),
        quoted: *is_quoted,
    };
    let header = |OriginalHeader { name, value, recorded }: &OriginalHeader| WireHeader {
        name: name.clone(),
        value: value.into(),
        recorded: recorded.as_ref().map(WireValue::from),
    };
    let head = Head {
        format: FORMAT,
        content_type: content_type.clone(),
        has_body: body.is_some(),
        masks: masks.as_ref().map(|masks| masks.iter().map(mask).collect()),
        headers: headers.iter().map(header).collect(),
    };
    let head = Zeroizing::new(serde_json::to_vec(&head).map_err(|_| Broken::Format)?);
    let length = u32::try_from(head.len()).map_err(|_| Broken::Format)?;
    let body = body.as_deref().unwrap_or_default();
    let whole = 4 + head.len() + body.len() + AES_256_GCM.tag_len();
    if whole > LARGEST {
        return Err(Broken::Format);
    }
    let mut plain = Zeroizing::new(Vec::with_capacity(whole));
    plain.extend_from_slice(&length.to_le_bytes());
    plain.extend_from_slice(&head);
    plain.extend_from_slice(body);
    Ok(plain)
}

fn decode(message: MessageId, plain: &[u8]) -> Result<Original, Broken> {
    let (length, rest) = plain.split_first_chunk::<4>().ok_or(Broken::Format)?;
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| Broken::Format)?;
    let (head, body) = rest.split_at_checked(length).ok_or(Broken::Format)?;
    let head: Head = serde_json::from_slice(head).map_err(|_| Broken::Format)?;
    let Head { format, content_type, has_body, masks, headers } = head;
    let fits = |mask: &WireMask| mask.start <= mask.end && mask.end <= body.len();
    if format != FORMAT || masks.as_ref().is_some_and(|masks| !masks.iter().all(fits)) {
        return Err(Broken::Format);
    }
    let mask = |WireMask { start, end, token, quoted }: WireMask| Mask {
        range: start..end,
        token,
        is_quoted: quoted,
    };
    let header = |WireHeader { name, value, recorded }: WireHeader| OriginalHeader {
        name,
        value: value.into(),
        recorded: recorded.map(HeaderValue::from),
    };
    Ok(Original {
        message,
        content_type,
        body: has_body.then(|| body.to_vec()),
        masks: masks.map(|masks| masks.into_iter().map(mask).collect()),
        headers: headers.into_iter().map(header).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn original() -> Original {
        let header =
            |name: &str, value, recorded| OriginalHeader { name: name.to_owned(), value, recorded };
        Original {
            message: MessageId::from_u128(7 << 64 | 9),
            content_type: Some("application/json".to_owned()),
            body: Some(br#"{"password":"hunter2"}"#.to_vec()),
            masks: Some(vec![Mask {
                range: 13..20,
                token: "[masked password]".to_owned(),
                is_quoted: false,
            }]),
            headers: vec![
                header("n", HeaderValue::Long(5), None),
                header("d", HeaderValue::Double(f64::INFINITY), None),
                header(
                    "X-Auth-Key",
                    HeaderValue::Bytes(vec![0, 255]),
                    Some(HeaderValue::Masked("[masked header]".to_owned())),
                ),
            ],
        }
    }

    fn segment(key: u8, workload: u128) -> Segment {
        Segment::new(&Key::new([key; 32]), &[3; SALT], Uuid::from_u128(workload)).unwrap()
    }

    #[test]
    fn it_opens_where_it_was_sealed_and_nowhere_else() {
        let original = original();
        let record = segment(1, 1).seal(&original, 36).unwrap();
        let (first, sealed) = record.split_first_chunk::<RECORD>().unwrap();
        assert_eq!(head(first), Some((sealed.len(), original.message)));
        let open = |by: Segment, message, at| by.open(message, at, sealed.to_vec());
        assert_eq!(open(segment(1, 1), original.message, 36).as_ref(), Ok(&original));
        let other = MessageId::from_u128(8);
        for refused in [
            open(segment(2, 1), original.message, 36),
            open(segment(1, 2), original.message, 36),
            open(segment(1, 1), other, 36),
            open(segment(1, 1), original.message, 37),
        ] {
            assert_eq!(refused.unwrap_err(), Broken::Sealed);
        }
        let text = String::from_utf8_lossy(&record).into_owned();
        assert!(!text.contains("hunter2") && !text.contains("password"), "{text}");
    }

    #[test]
    fn a_flipped_bit_anywhere_is_noticed() {
        let original = original();
        let segment = segment(1, 1);
        let record = segment.seal(&original, 36).unwrap();
        for at in RECORD..record.len() {
            let mut sealed = record[RECORD..].to_vec();
            sealed[at - RECORD] ^= 1;
            assert!(segment.open(original.message, 36, sealed).is_err(), "byte {at}");
        }
    }

    #[test]
    fn what_a_crash_leaves_is_no_record() {
        assert_eq!(head(&[0; RECORD]), None);
        assert_eq!(head(&[0xFF; RECORD]), None);
        let key = Key::new([1; 32]);
        assert!(Segment::read(&key, &[0; START], Uuid::nil()).is_err());
        let start: [u8; START] = start([3; SALT]).try_into().unwrap();
        assert!(Segment::read(&key, &start, Uuid::nil()).is_ok());
    }

    #[test]
    fn a_body_too_large_to_be_read_back_is_not_written() {
        let large = Original { body: Some(vec![0; LARGEST]), ..original() };
        assert_eq!(segment(1, 1).seal(&large, 36).unwrap_err(), Broken::Format);
    }
}

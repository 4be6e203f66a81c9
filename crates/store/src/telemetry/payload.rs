//! What messages carried: compressed when it is written, read one at a time.
//!
//! A body is alone in its row, so it compresses badly by itself; with a dictionary of what the organization's bodies have
//! in common it takes less than a quarter. A dictionary is trained on bodies that are in the store, which are redacted,
//! and belongs to one organization: nothing of one can show up in another's rows. A row names the dictionary it needs;
//! dictionaries are never deleted while rows may need them.

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::Row as _;
use telemetry::id::MessageId;
use telemetry::model::HeaderValue;

use super::{Instant, NameId, low_of, pack, unsigned};
use crate::time::Time;
use crate::{Error, Tx};

/// telemetry-store: a dictionary of 64 KB compresses single bodies 4.5 times, one of 8 KB 4.3 times; this is between.
pub const DICTIONARY_BYTES: usize = 32 * 1024;
/// zstd wants a hundred times as much sample as dictionary at best; ten times is enough to gain.
pub const SAMPLE_BYTES: usize = 10 * DICTIONARY_BYTES;
/// Bodies of a hundred bytes reach the sample's size with so many.
const MOST_SAMPLES: i64 = 4_000;
/// Fewer bodies say too little of the next ones.
pub const FEWEST_SAMPLES: usize = 64;

/// What a body may grow to; a tracer keeps at most 64 KiB by default, this is the most that a setting may ask for.
pub const LARGEST: usize = 16 * 1024 * 1024;

/// Fast enough to be no part of the cost of a row.
const LEVEL: i32 = 3;
/// Below this the frame costs more than it saves.
const SMALLEST: usize = 48;

const RAW: u8 = 0;
const ZSTD: u8 = 1;

/// Compresses the payloads of one batch.
pub struct Squeeze {
    dictionary: i32,
    compressor: zstd::bulk::Compressor<'static>,
    plain: zstd::bulk::Compressor<'static>,
}

impl Squeeze {
    /// With a dictionary of the organization, if it has one.
    pub fn new(dictionary: Option<(i32, &[u8])>) -> Result<Self, Error> {
        Self::make(dictionary)
            .map_err(|err| Error::Unreadable { what: "a dictionary", value: err.to_string() })
    }

    fn make(dictionary: Option<(i32, &[u8])>) -> std::io::Result<Self> {
        let plain = zstd::bulk::Compressor::new(LEVEL)?;
        Ok(match dictionary {
            None => Self { dictionary: 0, compressor: zstd::bulk::Compressor::new(LEVEL)?, plain },
            Some((id, bytes)) => Self {
                dictionary: id,
                compressor: zstd::bulk::Compressor::with_dictionary(LEVEL, bytes)?,
                plain,
            },
        })
    }

    /// The bytes to store, and the dictionary that reads them (0: none).
    pub fn body(&mut self, bytes: &[u8]) -> (Vec<u8>, i32) {
        match squeezed(&mut self.compressor, bytes) {
            Some(smaller) => (smaller, self.dictionary),
            None => (raw(bytes), 0),
        }
    }

    pub fn headers(&mut self, bytes: &[u8]) -> Vec<u8> {
        squeezed(&mut self.plain, bytes).unwrap_or_else(|| raw(bytes))
    }
}

fn raw(bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::with_capacity(bytes.len() + 1);
    all.push(RAW);
    all.extend_from_slice(bytes);
    all
}

fn squeezed(compressor: &mut zstd::bulk::Compressor<'_>, bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() < SMALLEST {
        return None;
    }
    let mut smaller = compressor.compress(bytes).ok().filter(|it| it.len() < bytes.len())?;
    smaller.insert(0, ZSTD);
    Some(smaller)
}

fn unsqueezed(bytes: &[u8], dictionary: Option<&[u8]>) -> Result<Vec<u8>, Error> {
    let damaged = || Error::Unreadable {
        what: "a payload",
        value: "bytes that do not decompress".to_owned(),
    };
    match bytes.split_first() {
        Some((&RAW, rest)) => Ok(rest.to_vec()),
        Some((&ZSTD, rest)) => {
            let read = match dictionary {
                None => zstd::bulk::decompress(rest, LARGEST),
                Some(dictionary) => zstd::bulk::Decompressor::with_dictionary(dictionary)
                    .and_then(|mut reader| reader.decompress(rest, LARGEST)),
            };
            read.map_err(|_| damaged())
        }
        _ => Err(damaged()),
    }
}

/// Trains a dictionary on bodies; `None` when they have too little in common or are too few.
pub fn train(bodies: &[Vec<u8>]) -> Option<Vec<u8>> {
    if bodies.len() < FEWEST_SAMPLES {
        return None;
    }
    zstd::dict::from_samples(bodies, DICTIONARY_BYTES).ok()
}

/// Bodies to learn from: the newest ones that were stored without a dictionary, up to [`SAMPLE_BYTES`].
pub async fn samples(tx: &mut Tx) -> Result<Vec<Vec<u8>>, Error> {
    let rows = sqlx::query(
        "SELECT body FROM message_payload WHERE org_id = $1 AND kind = 1 AND dictionary = 0 AND body IS NOT NULL
        ORDER BY started_at DESC LIMIT $2",
    )
    .bind(tx.organization().0)
    .bind(MOST_SAMPLES)
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("read bodies to learn from"))?;
    let mut samples = Vec::new();
    let mut size = 0;
    for row in rows {
        let body = unsqueezed(row.get("body"), None)?;
        size += body.len();
        samples.push(body);
        if size >= SAMPLE_BYTES {
            break;
        }
    }
    Ok(samples)
}

/// The newest dictionary.
pub async fn dictionary(tx: &mut Tx) -> Result<Option<(i32, Vec<u8>)>, Error> {
    let row = sqlx::query(
        "SELECT id, bytes FROM telemetry_dictionary WHERE org_id = $1 ORDER BY id DESC LIMIT 1",
    )
    .bind(tx.organization().0)
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("read the dictionary"))?;
    Ok(row.map(|row| (row.get("id"), row.get("bytes"))))
}

/// Adds a dictionary after `before`; `false` when somebody else did meanwhile.
pub async fn add_dictionary(
    tx: &mut Tx,
    before: i32,
    bytes: &[u8],
    now: Timestamp,
) -> Result<bool, Error> {
    sqlx::query(
        "INSERT INTO telemetry_dictionary (org_id, id, created_at, bytes) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING",
    )
    .bind(tx.organization().0)
    .bind(before + 1)
    .bind(Time::from(now))
    .bind(bytes)
    .execute(tx.connection())
    .await
    .map(|done| done.rows_affected() == 1)
    .map_err(Error::doing("add a dictionary"))
}

#[derive(Clone, PartialEq)]
pub struct Payload {
    pub step: u32,
    pub point: i16,
    pub content_type: Option<NameId>,
    pub class: Option<NameId>,
    pub headers: Vec<(String, HeaderValue)>,
    /// 0 none, 1 bytes, 2 + n: not to be had for reason n.
    pub kind: i16,
    pub body: Option<Vec<u8>>,
    pub full_size: u64,
    pub flags: u32,
}

impl std::fmt::Debug for Payload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Payload(step {}, {} bytes)", self.step, self.full_size)
    }
}

/// Everything that a message carried, in the order of its steps.
pub async fn of_message(tx: &mut Tx, id: MessageId) -> Result<Vec<Payload>, Error> {
    let rows = sqlx::query(
        "SELECT step, point, content_type, class, headers, kind, body, full_size, flags, dictionary
        FROM message_payload WHERE org_id = $1 AND started_at = $2 AND low = $3 ORDER BY step, point",
    )
    .bind(tx.organization().0)
    .bind(Instant(id.started_us))
    .bind(low_of(id))
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("read payloads"))?;
    let mut dictionaries: HashMap<i32, Vec<u8>> = HashMap::new();
    let mut payloads = Vec::with_capacity(rows.len());
    for row in rows {
        let number: i32 = row.get("dictionary");
        if number > 0 && !dictionaries.contains_key(&number) {
            dictionaries.insert(number, named_dictionary(tx, number).await?);
        }
        let body: Option<Vec<u8>> = row.get("body");
        let dictionary = dictionaries.get(&number).map(Vec::as_slice);
        let body = body.map(|bytes| unsqueezed(&bytes, dictionary)).transpose()?;
        let headers = unsqueezed(row.get::<&[u8], _>("headers"), None)?;
        let headers = pack::unpack_headers(&headers)
            .map_err(|err| Error::Unreadable { what: "headers", value: err.to_string() })?;
        payloads.push(Payload {
            step: row.get::<i32, _>("step").unsigned_abs(),
            point: row.get("point"),
            content_type: row.get::<Option<i32>, _>("content_type").map(NameId),
            class: row.get::<Option<i32>, _>("class").map(NameId),
            headers,
            kind: row.get("kind"),
            body,
            full_size: unsigned(row.get("full_size")),
            flags: row.get::<i32, _>("flags").unsigned_abs(),
        });
    }
    Ok(payloads)
}

/// What a message carried at one point, without what it said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub step: u32,
    pub point: i16,
    pub content_type: Option<NameId>,
    pub class: Option<NameId>,
    pub headers: u64,
    /// As in [`Payload::kind`].
    pub kind: i16,
    /// 0 if it is not known.
    pub bytes: u64,
}

/// How much a message carried, in the order of its steps; the content stays where it is.
pub async fn sizes(tx: &mut Tx, id: MessageId) -> Result<Vec<Size>, Error> {
    let rows = sqlx::query(
        "SELECT step, point, content_type, class, headers, kind, full_size FROM message_payload
        WHERE org_id = $1 AND started_at = $2 AND low = $3 ORDER BY step, point",
    )
    .bind(tx.organization().0)
    .bind(Instant(id.started_us))
    .bind(low_of(id))
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("read sizes of payloads"))?;
    rows.iter()
        .map(|row| {
            let headers = unsqueezed(row.get::<&[u8], _>("headers"), None)?;
            let headers = pack::count_headers(&headers)
                .map_err(|err| Error::Unreadable { what: "headers", value: err.to_string() })?;
            Ok(Size {
                step: row.get::<i32, _>("step").unsigned_abs(),
                point: row.get("point"),
                content_type: row.get::<Option<i32>, _>("content_type").map(NameId),
                class: row.get::<Option<i32>, _>("class").map(NameId),
                headers,
                kind: row.get("kind"),
                bytes: unsigned(row.get("full_size")),
            })
        })
        .collect()
}

async fn named_dictionary(tx: &mut Tx, id: i32) -> Result<Vec<u8>, Error> {
    sqlx::query_scalar("SELECT bytes FROM telemetry_dictionary WHERE org_id = $1 AND id = $2")
        .bind(tx.organization().0)
        .bind(id)
        .fetch_one(tx.connection())
        .await
        .map_err(Error::doing("read the dictionary of a payload"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies() -> Vec<Vec<u8>> {
        let body = |n: u32| {
            format!(
                r#"{{"orderId":"A-{n}","customer":{{"name":"Ana {n}","city":"Leipzig"}},"lines":[{{"sku":"TEA-{}","quantity":{}}}]}}"#,
                n % 17,
                n % 5
            )
        };
        (0..2_000).map(|n| body(n).into_bytes()).collect()
    }

    #[test]
    fn a_dictionary_makes_one_body_small_and_is_needed_to_read_it() {
        let bodies = bodies();
        let dictionary = train(&bodies).unwrap();
        let mut squeeze = Squeeze::new(Some((3, &dictionary))).unwrap();
        let (stored, number) = squeeze.body(&bodies[7]);
        assert_eq!(number, 3);
        assert!(stored.len() * 3 < bodies[7].len(), "{} of {}", stored.len(), bodies[7].len());
        assert_eq!(unsqueezed(&stored, Some(&dictionary)).unwrap(), bodies[7]);
        assert!(unsqueezed(&stored, None).is_err());
    }

    #[test]
    fn what_does_not_shrink_is_stored_as_it_is() {
        let mut squeeze = Squeeze::new(None).unwrap();
        assert_eq!(squeeze.body(b"tea"), (b"\0tea".to_vec(), 0));
        assert_eq!(unsqueezed(b"\0tea", None).unwrap(), b"tea");
        assert!(unsqueezed(b"", None).is_err());
        assert!(unsqueezed(&[9, 1], None).is_err());
        assert!(train(&[b"a".to_vec()]).is_none());
    }
}

//! How what messages carried is compressed: zstd with a dictionary of the organization.
//!
//! ```text
//! bodies in the store --samples--> train --better than the newest? --add--> the next dictionary   Squeeze(newest) --> rows
//! ```
//! A body is alone in its row, so it compresses badly by itself; with a dictionary of what the organization's bodies have
//! in common it takes less than a quarter. A dictionary is trained on bodies that are in the store, which are redacted,
//! and belongs to one organization: nothing of one can show up in another's rows. Bodies change, so a dictionary that has
//! aged is compared with a fresh one now and then, on bodies that neither has seen, and replaced when that is worth it.
//! A row names the dictionary it needs; dictionaries are never deleted while rows may need them, so they are few.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use sqlx::Row as _;
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::EncoderDictionary;

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
/// A release changes what bodies look like, and releases are days apart.
pub const OLD_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// 8 MiB of dictionaries; one a day, if each is so much better, for the better part of a year.
pub const MOST_DICTIONARIES: i32 = 256;
/// A new dictionary pays when it saves at least a tenth of what the newest leaves.
const WORTH_OF_TEN: usize = 9;

/// What a body may grow to; a tracer keeps at most 64 KiB by default, this is the most that a setting may ask for.
pub const LARGEST: usize = 16 * 1024 * 1024;

/// Fast enough to be no part of the cost of a row.
const LEVEL: i32 = 3;
/// Below this the frame costs more than it saves.
const SMALLEST: usize = 48;

const RAW: u8 = 0;
const ZSTD: u8 = 1;

/// A dictionary of an organization, ready to be used again and again.
pub struct Dictionary {
    pub id: i32,
    pub created_at: Timestamp,
    bytes: Vec<u8>,
    prepared: EncoderDictionary<'static>,
}

impl std::fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Dictionary({}, {} bytes)", self.id, self.bytes.len())
    }
}

impl Dictionary {
    pub fn new(id: i32, created_at: Timestamp, bytes: Vec<u8>) -> Self {
        let prepared = EncoderDictionary::copy(&bytes, LEVEL);
        Self { id, created_at, bytes, prepared }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Compresses the payloads of one batch. Costs nothing until there is one.
pub struct Squeeze<'a> {
    dictionary: Option<&'a Dictionary>,
    with: Option<Compressor<'a>>,
    plain: Option<Compressor<'static>>,
}

impl<'a> Squeeze<'a> {
    /// With a dictionary of the organization, if it has one.
    pub fn new(dictionary: Option<&'a Dictionary>) -> Self {
        Self { dictionary, with: None, plain: None }
    }

    /// The bytes to store, and the dictionary that reads them (0: none).
    pub fn body(&mut self, bytes: &[u8]) -> (Vec<u8>, i32) {
        let Some(dictionary) = self.dictionary else { return (self.headers(bytes), 0) };
        if self.with.is_none() {
            self.with = Compressor::with_prepared_dictionary(&dictionary.prepared).ok();
        }
        match squeezed(self.with.as_mut(), bytes) {
            Some(smaller) => (smaller, dictionary.id),
            None => (raw(bytes), 0),
        }
    }

    pub fn headers(&mut self, bytes: &[u8]) -> Vec<u8> {
        if self.plain.is_none() {
            self.plain = Compressor::new(LEVEL).ok();
        }
        squeezed(self.plain.as_mut(), bytes).unwrap_or_else(|| raw(bytes))
    }
}

fn raw(bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::with_capacity(bytes.len() + 1);
    all.push(RAW);
    all.extend_from_slice(bytes);
    all
}

/// What does not shrink, or cannot be compressed because memory is short, is stored as it is.
fn squeezed(compressor: Option<&mut Compressor<'_>>, bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() < SMALLEST {
        return None;
    }
    let mut smaller = compressor?.compress(bytes).ok().filter(|it| it.len() < bytes.len())?;
    smaller.insert(0, ZSTD);
    Some(smaller)
}

pub(super) fn unsqueezed(bytes: &[u8], dictionary: Option<&[u8]>) -> Result<Vec<u8>, Error> {
    let damaged = || Error::Unreadable {
        what: "a payload",
        value: "bytes that do not decompress".to_owned(),
    };
    match bytes.split_first() {
        Some((&RAW, rest)) => Ok(rest.to_vec()),
        Some((&ZSTD, rest)) => {
            let read = match dictionary {
                None => zstd::bulk::decompress(rest, LARGEST),
                Some(dictionary) => Decompressor::with_dictionary(dictionary)
                    .and_then(|mut reader| reader.decompress(rest, LARGEST)),
            };
            read.map_err(|_| damaged())
        }
        _ => Err(damaged()),
    }
}

/// A dictionary for bodies like these, if it is worth having one instead of `newest`. `None` too when they are few or have too
/// little in common. Takes a tenth of a second of CPU: not for a thread that others wait for.
pub fn train(bodies: &[Vec<u8>], newest: Option<&Dictionary>) -> Option<Vec<u8>> {
    if bodies.len() < FEWEST_SAMPLES {
        return None;
    }
    let Some(newest) = newest else { return trained(bodies) };
    let unseen = || bodies.iter().skip(1).step_by(2);
    let learned: Vec<&Vec<u8>> = bodies.iter().step_by(2).collect();
    let fresh = Dictionary::new(0, newest.created_at, trained(&learned)?);
    let size = |dictionary| {
        let mut squeeze = Squeeze::new(Some(dictionary));
        unseen().map(|body| squeeze.body(body).0.len()).sum::<usize>()
    };
    (size(&fresh) * 10 < size(newest) * WORTH_OF_TEN).then_some(fresh.bytes)
}

fn trained<S: AsRef<[u8]>>(bodies: &[S]) -> Option<Vec<u8>> {
    zstd::dict::from_samples(bodies, DICTIONARY_BYTES).ok()
}

/// Bodies to learn from: the newest ones, up to [`SAMPLE_BYTES`].
pub async fn samples(tx: &mut Tx) -> Result<Vec<Vec<u8>>, Error> {
    let rows = sqlx::query(
        "SELECT body, dictionary FROM message_payload WHERE org_id = $1 AND kind = 1 AND body IS NOT NULL
        ORDER BY started_at DESC LIMIT $2",
    )
    .bind(tx.organization().0)
    .bind(MOST_SAMPLES)
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("read bodies to learn from"))?;
    let mut dictionaries: HashMap<i32, Vec<u8>> = HashMap::new();
    let mut samples = Vec::new();
    let mut size = 0;
    for row in rows {
        let number: i32 = row.get("dictionary");
        if number > 0 && !dictionaries.contains_key(&number) {
            dictionaries.insert(number, bytes_of(tx, number).await?);
        }
        let body = unsqueezed(row.get("body"), dictionaries.get(&number).map(Vec::as_slice))?;
        size += body.len();
        samples.push(body);
        if size >= SAMPLE_BYTES {
            break;
        }
    }
    Ok(samples)
}

/// The newest dictionary.
pub async fn newest(tx: &mut Tx) -> Result<Option<Dictionary>, Error> {
    let row = sqlx::query(
        "SELECT id, created_at, bytes FROM telemetry_dictionary WHERE org_id = $1 ORDER BY id DESC LIMIT 1",
    )
    .bind(tx.organization().0)
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("read the dictionary"))?;
    Ok(row.map(|row| {
        let created_at: Time = row.get("created_at");
        Dictionary::new(row.get("id"), created_at.into(), row.get("bytes"))
    }))
}

/// Adds a dictionary after `before`; `false` when somebody else did meanwhile.
pub async fn add(tx: &mut Tx, before: i32, bytes: &[u8], now: Timestamp) -> Result<bool, Error> {
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

pub(super) async fn bytes_of(tx: &mut Tx, id: i32) -> Result<Vec<u8>, Error> {
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

    fn orders() -> Vec<Vec<u8>> {
        let body = |n: u32| {
            format!(
                r#"{{"orderId":"A-{n}","customer":{{"name":"Ana {n}","city":"Leipzig"}},"lines":[{{"sku":"TEA-{}","quantity":{}}}]}}"#,
                n % 17,
                n % 5
            )
        };
        (0..2_000).map(|n| body(n).into_bytes()).collect()
    }

    fn invoices() -> Vec<Vec<u8>> {
        let body = |n: u32| {
            format!(
                "<invoice xmlns='urn:example:billing'><number>R{n}</number><currency>EUR</currency><total>{}</total></invoice>",
                n * 31 % 997
            )
        };
        (0..2_000).map(|n| body(n).into_bytes()).collect()
    }

    fn dictionary(id: i32, bytes: Vec<u8>) -> Dictionary {
        Dictionary::new(id, Timestamp::UNIX_EPOCH, bytes)
    }

    #[test]
    fn a_dictionary_makes_one_body_small_and_is_needed_to_read_it() {
        let bodies = orders();
        let dictionary = dictionary(3, train(&bodies, None).unwrap());
        let mut squeeze = Squeeze::new(Some(&dictionary));
        let (stored, number) = squeeze.body(&bodies[7]);
        assert_eq!(number, 3);
        assert!(stored.len() * 3 < bodies[7].len(), "{} of {}", stored.len(), bodies[7].len());
        assert_eq!(unsqueezed(&stored, Some(dictionary.bytes())).unwrap(), bodies[7]);
        assert!(unsqueezed(&stored, None).is_err());
    }

    #[test]
    fn what_does_not_shrink_is_stored_as_it_is() {
        let mut squeeze = Squeeze::new(None);
        assert_eq!(squeeze.body(b"tea"), (b"\0tea".to_vec(), 0));
        assert_eq!(unsqueezed(b"\0tea", None).unwrap(), b"tea");
        assert!(unsqueezed(b"", None).is_err());
        assert!(unsqueezed(&[9, 1], None).is_err());
        assert!(train(&[b"a".to_vec()], None).is_none());
    }

    #[test]
    fn a_dictionary_is_replaced_when_bodies_have_changed_and_only_then() {
        let newest = dictionary(1, train(&orders(), None).unwrap());
        assert!(train(&orders(), Some(&newest)).is_none(), "nothing is gained");
        let better = dictionary(2, train(&invoices(), Some(&newest)).unwrap());
        let (old, _) = Squeeze::new(Some(&newest)).body(&invoices()[77]);
        let (new, number) = Squeeze::new(Some(&better)).body(&invoices()[77]);
        assert_eq!(number, 2);
        assert!(new.len() * 10 < old.len() * 9, "{} of {}", new.len(), old.len());
    }
}

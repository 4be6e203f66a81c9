//! The block: a batch as bytes, the same on the disk, on the wire and at rest.
//!
//! ```text
//! "MPTB"  u16 version  u16 class  u64 epoch  u64 number  u32 body length  u32 raw length  u32 CRC32C     little endian, 36 bytes
//! body:   how many records of each kind, then zstd( origin, time, names, columns )
//! ```
//!
//! The counts stand before the compressed part, so that whoever has to let a block go can say what went with it. The checksum
//! covers all but itself. Decoding has a budget and never panics; what it gives back was checked against the block's own tables.
//! A newer version is refused with a code and is not guessed at; an older one is read for ever. Version 2 says of a step which route
//! its node is of, and names the root cause of a fault first.
//!
//! It does not redact, and it knows nothing of files or streams.

mod columns;
mod decode;
mod encode;
mod memory;
mod parts;
pub mod varint;

#[cfg(test)]
mod tests;

use crate::id::MessageId;
use crate::model::{Batch, Kind, Name, Record, Sequence};
use columns::Reader;
use decode::{Decoder, Head};
use encode::Encoder;

pub const VERSION: u16 = 2;
/// The oldest version that is read.
const OLDEST: u16 = 1;
/// Bytes before the body.
pub const HEADER_LEN: usize = 36;
/// A block is at most a segment of the spool, so that every segment holds at least one.
pub const MAX_BODY: usize = 8 << 20;
/// Above this a batch is to be split: 16 times a block that compresses as text does.
pub const MAX_RAW: usize = 64 << 20;
const MAGIC: &[u8; 4] = b"MPTB";
const VERSION_AT: usize = 4;
const CRC_AT: usize = 32;
/// Level 1 costs a third of level 3's time for 6 % more bytes on timings; bodies gain more from their own dictionary.
const ZSTD_LEVEL: i32 = 3;

/// What is let go first when room is short: the highest class goes first, the lowest never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Counts, reports and routes: small, and never let go.
    Essential = 0,
    /// What failed or was handled, its payloads, and lines from `warn` up.
    Failed = 1,
    /// Messages that went well and other lines.
    Routine = 2,
    /// Payloads of messages that went well.
    Bodies = 3,
}

impl Class {
    pub const ALL: [Self; 4] = [Self::Essential, Self::Failed, Self::Routine, Self::Bodies];
}

/// What a block says before it is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockHead {
    pub class: Class,
    pub sequence: Sequence,
    pub counts: Vec<(Kind, u64)>,
    /// Header and body together.
    pub len: usize,
}

/// What decoding may cost.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    pub raw: usize,
    pub steps: usize,
}

impl Default for Budget {
    fn default() -> Self {
        // 64 bytes of memory for each step: a million of them are as much as the largest raw block.
        Self { raw: MAX_RAW, steps: 1_000_000 }
    }
}

/// Which part could not be read; wrapped with what to do about it in [`BadBlock`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Damaged(pub(crate) &'static str);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBlock {
    #[error("not a telemetry block")]
    NotABlock,
    #[error("the block ends before its end")]
    Short,
    #[error("the block's checksum does not match")]
    Checksum,
    #[error("the block is damaged: {0}")]
    Damaged(&'static str),
    #[error("the block would cost more than it may: {0}")]
    Budget(&'static str),
    #[error("the block has version {0}, this version of midplane reads {VERSION}")]
    Newer(u16),
}

impl BadBlock {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Newer(_) => "MP-TEL-02",
            Self::NotABlock | Self::Short | Self::Checksum | Self::Damaged(_) | Self::Budget(_) => {
                "MP-TEL-01"
            }
        }
    }
}

impl From<Damaged> for BadBlock {
    fn from(Damaged(what): Damaged) -> Self {
        Self::Damaged(what)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Unencodable {
    #[error("a record uses name {0:?}, which its batch does not hold")]
    UnknownName(Name),
    #[error("the batch has more than {MAX_RAW} bytes before compression or {MAX_BODY} after it")]
    TooLarge,
    #[error("compress the block")]
    Compress(#[source] std::io::Error),
}

/// A batch as a block. A batch that is too large is refused; its records may be tried in halves.
pub fn encode(class: Class, sequence: Sequence, batch: &Batch) -> Result<Vec<u8>, Unencodable> {
    let mut counts = [0_u64; Kind::ALL.len()];
    let mut raw = Vec::new();
    encode::origin(&mut raw, &batch.origin);
    varint::put(&mut raw, batch.closed_us);
    varint::put(&mut raw, batch.records.len() as u64);
    encode::names(&mut raw, &batch.names);
    let mut encoder = Encoder::new(batch.names.len(), first_id(batch));
    for record in &batch.records {
        let highest = encode::highest_name(record);
        if highest.0 as usize >= batch.names.len() {
            return Err(Unencodable::UnknownName(highest));
        }
        counts[record.kind() as usize - 1] += 1;
        encoder.record(record);
    }
    encoder.finish(&mut raw);
    let raw_len = u32::try_from(raw.len()).ok().filter(|_| raw.len() <= MAX_RAW);
    let raw_len = raw_len.ok_or(Unencodable::TooLarge)?;
    let packed = zstd::bulk::compress(&raw, ZSTD_LEVEL).map_err(Unencodable::Compress)?;
    let mut out = Vec::with_capacity(HEADER_LEN + 32 + packed.len());
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(&(class as u16).to_le_bytes());
    out.extend_from_slice(&sequence.epoch.to_le_bytes());
    out.extend_from_slice(&sequence.number.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&raw_len.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    let kinds = Kind::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0);
    varint::put(&mut out, kinds.clone().count() as u64);
    for (kind, count) in kinds {
        varint::put(&mut out, kind as u64);
        varint::put(&mut out, count);
    }
    out.extend_from_slice(&packed);
    let body = u32::try_from(out.len() - HEADER_LEN).ok().filter(|len| *len as usize <= MAX_BODY);
    out[24..28].copy_from_slice(&body.ok_or(Unencodable::TooLarge)?.to_le_bytes());
    seal(&mut out);
    Ok(out)
}

/// The whole length of the block that begins with these [`HEADER_LEN`] bytes, before anything of it is believed.
pub fn announced_len(header: &[u8]) -> Result<usize, BadBlock> {
    let header = header.first_chunk::<HEADER_LEN>().ok_or(BadBlock::Short)?;
    if &header[..4] != MAGIC {
        return Err(BadBlock::NotABlock);
    }
    let body = u32_at(header, 24) as usize;
    if body > MAX_BODY { Err(BadBlock::Budget("its length")) } else { Ok(HEADER_LEN + body) }
}

/// Checks the checksum and reads what stands before the compressed part. `bytes` may go on after the block.
pub fn peek(bytes: &[u8]) -> Result<BlockHead, BadBlock> {
    open(bytes).map(|(head, _, _)| head)
}

/// All that a block holds. `bytes` may go on after the block.
pub fn decode(bytes: &[u8], budget: Budget) -> Result<(BlockHead, Batch), BadBlock> {
    let (head, packed, raw_len) = open(bytes)?;
    let version = u16_at(bytes, VERSION_AT);
    if raw_len > budget.raw {
        return Err(BadBlock::Budget("its content"));
    }
    let raw = zstd::bulk::decompress(packed, raw_len)
        .ok()
        .filter(|raw| raw.len() == raw_len)
        .ok_or(BadBlock::Damaged("the compressed part"))?;
    let mut parts = Head(&raw);
    let origin = parts.origin()?;
    let closed_us = parts.number()?;
    let count = usize::try_from(parts.number()?).map_err(|_| Damaged("a count"))?;
    let names = parts.names()?;
    let mut batch = Batch { origin, closed_us, names, records: Vec::new() };
    let input = Reader::open(parts.0, &batch.names, version)?;
    let mut decoder = Decoder::new(input, batch.names.len(), first_id(&batch), budget.steps);
    batch.records = decoder.records(count)?;
    let kept = head.counts.iter().filter(|(kind, _)| *kind != Kind::Metric);
    if !kept.eq(&counts(&batch.records)) {
        return Err(BadBlock::Damaged("its counts"));
    }
    Ok((head, batch))
}

/// Gives a block another number, without opening it.
pub fn renumber(block: &mut [u8], sequence: Sequence) -> Result<(), BadBlock> {
    let len = announced_len(block)?;
    if block.len() != len {
        return Err(BadBlock::Short);
    }
    block[8..16].copy_from_slice(&sequence.epoch.to_le_bytes());
    block[16..24].copy_from_slice(&sequence.number.to_le_bytes());
    seal(block);
    Ok(())
}

/// How many records of each kind there are, those that there are.
pub fn counts(records: &[Record]) -> Vec<(Kind, u64)> {
    let mut counts = [0_u64; Kind::ALL.len()];
    for record in records {
        counts[record.kind() as usize - 1] += 1;
    }
    Kind::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0).collect()
}

fn open(bytes: &[u8]) -> Result<(BlockHead, &[u8], usize), BadBlock> {
    let len = announced_len(bytes)?;
    let block = bytes.get(..len).ok_or(BadBlock::Short)?;
    if checksum(block) != u32_at(block, CRC_AT) {
        return Err(BadBlock::Checksum);
    }
    let version = u16_at(block, VERSION_AT);
    if !(OLDEST..=VERSION).contains(&version) {
        return Err(BadBlock::Newer(version));
    }
    let class = Class::ALL.get(usize::from(u16_at(block, 6))).copied();
    let class = class.ok_or(BadBlock::Damaged("its class"))?;
    let sequence = Sequence { epoch: u64_at(block, 8), number: u64_at(block, 16) };
    let raw_len = u32_at(block, 28) as usize;
    let mut body = Head(&block[HEADER_LEN..]);
    let kinds = body.number()?;
    let mut counts = Vec::new();
    // More entries than kinds would be a repetition.
    if kinds > Kind::ALL.len() as u64 {
        return Err(BadBlock::Damaged("its counts"));
    }
    for _ in 0..kinds {
        let kind = Kind::from_number(body.number()?).ok_or(BadBlock::Damaged("a kind"))?;
        counts.push((kind, body.number()?));
    }
    Ok((BlockHead { class, sequence, counts, len }, body.0, raw_len))
}

/// What the first id of a block is told apart from.
fn first_id(batch: &Batch) -> MessageId {
    MessageId { started_us: batch.closed_us, tracer: batch.origin.tracer, count: 0 }
}

fn seal(block: &mut [u8]) {
    let sum = checksum(block);
    block[CRC_AT..HEADER_LEN].copy_from_slice(&sum.to_le_bytes());
}

fn checksum(block: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&block[..CRC_AT]), &block[HEADER_LEN..])
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes[at..].first_chunk().map_or(0, |bytes| u16::from_le_bytes(*bytes))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes[at..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

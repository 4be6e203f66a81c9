//! The bytes of a journal: header, frames, entries. Pure.
//!
//! `MPJL | u32 version | 16 byte id | u32 checksum`, then frames `u32 length | u32 checksum | entries`, an entry being
//! `u8 kind | u32 length | bytes`; numbers are big endian, checksums CRC-32 (IEEE).

use bytes::{Buf, BufMut};
use prost::Message;

use super::state::{Entry, Mark, State};
use crate::wire;

const MAGIC: &[u8; 4] = b"MPJL";
pub(super) const VERSION: u32 = 1;
pub(super) const HEADER: usize = 4 + 4 + 16 + 4;

/// What a file says.
#[derive(Debug, PartialEq)]
pub(super) enum Read {
    /// Nothing, or less than a header: a journal that was never used.
    Empty,
    Newer(u32),
    Journal {
        id: [u8; 16],
        state: State,
        good: usize,
        damage: Damage,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Damage {
    None,
    /// The last frame is incomplete: it was never acknowledged.
    Torn,
    /// Something before the end does not read.
    Corrupt,
}

pub(super) fn header(id: [u8; 16]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER);
    bytes.put_slice(MAGIC);
    bytes.put_u32(VERSION);
    bytes.put_slice(&id);
    bytes.put_u32(crc32(&bytes));
    bytes
}

pub(super) fn frame<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<u8> {
    let mut payload = Vec::new();
    for entry in entries {
        let (kind, bytes) = match entry {
            Entry::Command(command) => (1, command.encode_to_vec()),
            Entry::Event(event) => (2, event.encode_to_vec()),
            Entry::Trim(seq) => (3, seq.to_be_bytes().to_vec()),
            Entry::Mark(mark) => (4, mark.encode_to_vec()),
        };
        payload.put_u8(kind);
        payload.put_u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        payload.extend_from_slice(&bytes);
    }
    let mut framed = Vec::with_capacity(payload.len() + 8);
    framed.put_u32(u32::try_from(payload.len()).unwrap_or(u32::MAX));
    framed.put_u32(crc32(&payload));
    framed.extend_from_slice(&payload);
    framed
}

pub(super) fn read(bytes: &[u8]) -> Read {
    let Some((mut header, frames)) = bytes.split_at_checked(HEADER) else { return Read::Empty };
    let sum = crc32(&header[..HEADER - 4]);
    let mut magic = [0; 4];
    header.copy_to_slice(&mut magic);
    let version = header.get_u32();
    if &magic == MAGIC && version > VERSION {
        return Read::Newer(version);
    }
    let mut id = [0; 16];
    header.copy_to_slice(&mut id);
    let mut state = State::default();
    if &magic != MAGIC || header.get_u32() != sum {
        // The header is synced before the first frame: only a file without frames can have a torn one.
        let damage = if frames.is_empty() { Damage::Torn } else { Damage::Corrupt };
        return Read::Journal { id, state, good: 0, damage };
    }
    let mut rest = frames;
    let damage = loop {
        if rest.is_empty() {
            break Damage::None;
        }
        match split_frame(rest) {
            Split::Good(entries, after) => {
                for entry in entries {
                    state.apply(entry);
                }
                rest = after;
            }
            Split::Short => break Damage::Torn,
            Split::Bad => break Damage::Corrupt,
        }
    };
    Read::Journal { id, state, good: bytes.len() - rest.len(), damage }
}

enum Split<'a> {
    Good(Vec<Entry>, &'a [u8]),
    /// Ends before it is complete, or is the last one and does not match its checksum.
    Short,
    Bad,
}

fn split_frame(mut bytes: &[u8]) -> Split<'_> {
    let whole = bytes;
    if bytes.len() < 8 {
        return Split::Short;
    }
    let length = bytes.get_u32() as usize;
    let sum = bytes.get_u32();
    let Some((payload, after)) = bytes.split_at_checked(length) else { return Split::Short };
    // Some file systems leave zeros behind after a crash.
    if whole.iter().all(|&byte| byte == 0) {
        return Split::Short;
    }
    match (crc32(payload) == sum, entries(payload)) {
        (true, Some(entries)) if length > 0 => Split::Good(entries, after),
        _ if after.is_empty() => Split::Short,
        _ => Split::Bad,
    }
}

fn entries(mut payload: &[u8]) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    while !payload.is_empty() {
        let kind = payload.try_get_u8().ok()?;
        let length = payload.try_get_u32().ok()? as usize;
        let (bytes, rest) = payload.split_at_checked(length)?;
        entries.push(match kind {
            1 => Entry::Command(wire::Command::decode(bytes).ok()?),
            2 => Entry::Event(wire::Event::decode(bytes).ok()?),
            3 => Entry::Trim(u64::from_be_bytes(bytes.try_into().ok()?)),
            4 => Entry::Mark(Mark::decode(bytes).ok()?),
            _ => return None,
        });
        payload = rest;
    }
    Some(entries)
}

/// CRC-32 (IEEE 802.3), a table of 256.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let (mut index, mut number) = (0, 0_u32);
        while index < 256 {
            let mut value = number;
            let mut bit = 0;
            while bit < 8 {
                value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
                bit += 1;
            }
            table[index] = value;
            index += 1;
            number += 1;
        }
        table
    };
    !bytes
        .iter()
        .fold(!0, |sum: u32, &byte| TABLE[usize::from(sum.to_le_bytes()[0] ^ byte)] ^ (sum >> 8))
}

//! Numbers and text as they stand in a body.
//!
//! Numbers are unsigned varints of seven bits a byte (at most 10 bytes), signed ones zigzag first. Text is
//! UTF-8 behind its length in bytes; what is not UTF-8 becomes replacement characters, because a broken
//! character must not cost a message. A count is believed only as far as bytes remain.

use std::sync::Arc;

use super::dictionary::Dictionary;

/// Longer text is cut by the tracer; a longer one on the wire is a peer that is not ours.
pub(super) const TEXT_MAX: usize = 64 << 10;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("a frame of {bytes} bytes is longer than frames may be")]
    FrameTooLong { bytes: usize },
    #[error("a frame of kind {kind} ends within `{field}`")]
    Short { kind: u8, field: &'static str },
    #[error("`{field}` in a frame of kind {kind} is {value}, beyond what it can be")]
    OutOfRange { kind: u8, field: &'static str, value: u64 },
    #[error("a frame of kind {kind} names the dictionary entry {entry}, which was never sent")]
    UnknownEntry { kind: u8, entry: u64 },
}

pub(super) struct Reader<'a> {
    kind: u8,
    rest: &'a [u8],
}

type Read<T> = Result<T, Malformed>;

impl<'a> Reader<'a> {
    pub(super) fn new(kind: u8, body: &'a [u8]) -> Self {
        Self { kind, rest: body }
    }

    /// Whether nothing follows: fields that were added later are not there.
    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn bytes(&mut self, count: usize, field: &'static str) -> Read<&'a [u8]> {
        let short = Malformed::Short { kind: self.kind, field };
        let (bytes, rest) = self.rest.split_at_checked(count).ok_or(short)?;
        self.rest = rest;
        Ok(bytes)
    }

    pub(super) fn array<const N: usize>(&mut self, field: &'static str) -> Read<[u8; N]> {
        let short = Malformed::Short { kind: self.kind, field };
        let (bytes, rest) = self.rest.split_first_chunk::<N>().ok_or(short)?;
        self.rest = rest;
        Ok(*bytes)
    }

    pub(super) fn byte(&mut self, field: &'static str) -> Read<u8> {
        self.array::<1>(field).map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self, field: &'static str) -> Read<u16> {
        self.array(field).map(u16::from_le_bytes)
    }

    pub(super) fn u64(&mut self, field: &'static str) -> Read<u64> {
        self.array(field).map(u64::from_le_bytes)
    }

    pub(super) fn varint(&mut self, field: &'static str) -> Read<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte(field)?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(self.out_of_range(field, bits));
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.out_of_range(field, value))
    }

    pub(super) fn number(&mut self, field: &'static str) -> Read<u32> {
        let value = self.varint(field)?;
        u32::try_from(value).map_err(|_| self.out_of_range(field, value))
    }

    pub(super) fn zigzag(&mut self, field: &'static str) -> Read<i64> {
        let value = self.varint(field)?;
        Ok((value >> 1).cast_signed() ^ -((value & 1).cast_signed()))
    }

    /// A count of things of which each takes at least one byte.
    pub(super) fn count(&mut self, most: usize, field: &'static str) -> Read<usize> {
        let value = self.varint(field)?;
        match usize::try_from(value) {
            Ok(count) if count <= most && count <= self.rest.len() => Ok(count),
            Ok(count) if count <= most => Err(Malformed::Short { kind: self.kind, field }),
            _ => Err(self.out_of_range(field, value)),
        }
    }

    pub(super) fn many<T>(
        &mut self,
        most: usize,
        field: &'static str,
        mut one: impl FnMut(&mut Self) -> Read<T>,
    ) -> Read<Vec<T>> {
        let count = self.count(most, field)?;
        // A value in memory is larger than its bytes: grow as they prove to be there.
        let mut all = Vec::with_capacity(count.min(64));
        for _ in 0..count {
            all.push(one(self)?);
        }
        Ok(all)
    }

    pub(super) fn blob(&mut self, field: &'static str) -> Read<&'a [u8]> {
        let length = self.varint(field)?;
        let length = usize::try_from(length).map_err(|_| self.out_of_range(field, length))?;
        self.bytes(length, field)
    }

    pub(super) fn text(&mut self, field: &'static str) -> Read<String> {
        let bytes = self.blob(field)?;
        if bytes.len() > TEXT_MAX {
            return Err(self.out_of_range(field, bytes.len() as u64));
        }
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }

    /// 0: none; 1: text follows; else entry `n - 2` of the dictionary.
    pub(super) fn shared(
        &mut self,
        dictionary: &Dictionary,
        field: &'static str,
    ) -> Read<Option<Arc<str>>> {
        match self.varint(field)? {
            0 => Ok(None),
            1 => Ok(Some(self.text(field)?.into())),
            entry => match dictionary.get(entry - 2) {
                Some(text) => Ok(Some(text)),
                None => Err(Malformed::UnknownEntry { kind: self.kind, entry: entry - 2 }),
            },
        }
    }

    /// Like `shared` where none is the same as empty.
    pub(super) fn word(&mut self, dictionary: &Dictionary, field: &'static str) -> Read<Arc<str>> {
        Ok(self.shared(dictionary, field)?.unwrap_or_else(|| "".into()))
    }

    /// 0 and text, or an entry `n - 1` of which the caller reads the rest; says which.
    pub(super) fn shared_or_text(
        &mut self,
        dictionary: &Dictionary,
        field: &'static str,
    ) -> Read<(Arc<str>, bool)> {
        match self.varint(field)? {
            0 => Ok((self.text(field)?.into(), false)),
            entry => match dictionary.get(entry - 1) {
                Some(text) => Ok((text, true)),
                None => Err(Malformed::UnknownEntry { kind: self.kind, entry: entry - 1 }),
            },
        }
    }

    /// A part with its own length: what `read` leaves of it belongs to a newer version and is skipped.
    pub(super) fn part<T>(
        &mut self,
        field: &'static str,
        read: impl FnOnce(&mut Self) -> Read<T>,
    ) -> Read<T> {
        let mut part = Self::new(self.kind, self.blob(field)?);
        read(&mut part)
    }

    pub(super) fn out_of_range(&self, field: &'static str, value: u64) -> Malformed {
        Malformed::OutOfRange { kind: self.kind, field, value }
    }
}

pub(super) struct Writer<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out }
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.out.push(byte);
    }

    pub(super) fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.out.push(value.to_le_bytes()[0]);
    }

    pub(super) fn zigzag(&mut self, value: i64) {
        self.varint(((value << 1) ^ (value >> 63)).cast_unsigned());
    }

    pub(super) fn count(&mut self, count: usize) {
        self.varint(count as u64);
    }

    pub(super) fn blob(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.bytes(bytes);
    }

    /// Cut at [`TEXT_MAX`], at a character.
    pub(super) fn text(&mut self, text: &str) {
        let end = text.floor_char_boundary(TEXT_MAX);
        self.blob(&text.as_bytes()[..end]);
    }

    pub(super) fn word(&mut self, words: &mut super::Interner, text: &str) {
        if text.is_empty() {
            self.varint(0);
        } else if let Some(entry) = words.entry(text) {
            self.varint(entry + 2);
        } else {
            self.varint(1);
            self.text(text);
        }
    }

    pub(super) fn part(&mut self, write: impl FnOnce(&mut Writer<'_>)) {
        let mut part = Vec::new();
        write(&mut Writer::new(&mut part));
        self.blob(&part);
    }
}

//! Numbers, texts and names as bytes, one after the other.
//!
//! Numbers are varints. A reader believes nothing: every length is compared with what is left, and a damaged value is an error.

use telemetry::block::varint;
use telemetry::id::MessageId;

use super::Damaged;
use crate::telemetry::NameId;

#[derive(Default)]
pub(in crate::telemetry) struct Writer(pub(in crate::telemetry) Vec<u8>);

impl Writer {
    pub(in crate::telemetry) fn number(&mut self, number: u64) {
        varint::put(&mut self.0, number);
    }

    /// A number of either sign, small when it is near zero.
    pub(super) fn signed(&mut self, number: i64) {
        self.number(varint::fold(number));
    }

    pub(in crate::telemetry) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Length plus one, so that none and empty differ.
    pub(in crate::telemetry) fn maybe(&mut self, text: Option<&str>) {
        match text {
            None => self.number(0),
            Some(text) => {
                self.number(text.len() as u64 + 1);
                self.0.extend_from_slice(text.as_bytes());
            }
        }
    }

    pub(super) fn id_of(&mut self, name: NameId) {
        self.number(u64::from(name.0.unsigned_abs()));
    }

    pub(super) fn name(&mut self, name: Option<NameId>) {
        self.number(name.map_or(0, |name| u64::from(name.0.unsigned_abs()) + 1));
    }

    /// A part that can be read over: its length, then it.
    pub(super) fn part(&mut self, part: &Self) {
        self.number(part.0.len() as u64);
        self.0.extend_from_slice(&part.0);
    }

    pub(super) fn message(&mut self, id: MessageId) {
        self.number(id.started_us);
        self.number(id.low());
    }
}

pub(in crate::telemetry) struct Reader<'a> {
    pub(in crate::telemetry) bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(in crate::telemetry) fn byte(&mut self) -> Result<u8, Damaged> {
        let (first, rest) = self.bytes.split_first().ok_or(Damaged::Short)?;
        self.bytes = rest;
        Ok(*first)
    }

    pub(in crate::telemetry) fn number(&mut self) -> Result<u64, Damaged> {
        let (number, rest) = varint::take(self.bytes).ok_or(Damaged::Short)?;
        self.bytes = rest;
        Ok(number)
    }

    pub(super) fn signed(&mut self) -> Result<i64, Damaged> {
        self.number().map(varint::unfold)
    }

    pub(in crate::telemetry) fn small(&mut self) -> Result<u32, Damaged> {
        u32::try_from(self.number()?).map_err(|_| Damaged::Wrong)
    }

    pub(super) fn take(&mut self, length: u64) -> Result<&'a [u8], Damaged> {
        let length = usize::try_from(length).map_err(|_| Damaged::Short)?;
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or(Damaged::Short)?;
        self.bytes = rest;
        Ok(taken)
    }

    pub(in crate::telemetry) fn part(&mut self) -> Result<Self, Damaged> {
        let length = self.number()?;
        self.take(length).map(|bytes| Self { bytes })
    }

    pub(super) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Damaged> {
        self.take(N as u64)?.try_into().map_err(|_| Damaged::Short)
    }

    fn text_of(&mut self, length: u64) -> Result<String, Damaged> {
        let bytes = self.take(length)?;
        std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Damaged::Wrong)
    }

    pub(in crate::telemetry) fn text(&mut self) -> Result<String, Damaged> {
        let length = self.number()?;
        self.text_of(length)
    }

    pub(in crate::telemetry) fn maybe(&mut self) -> Result<Option<String>, Damaged> {
        match self.number()? {
            0 => Ok(None),
            more => self.text_of(more - 1).map(Some),
        }
    }

    pub(super) fn id_of(&mut self) -> Result<NameId, Damaged> {
        i32::try_from(self.number()?).map(NameId).map_err(|_| Damaged::Wrong)
    }

    pub(super) fn name(&mut self) -> Result<Option<NameId>, Damaged> {
        match self.number()? {
            0 => Ok(None),
            more => i32::try_from(more - 1).map(|id| Some(NameId(id))).map_err(|_| Damaged::Wrong),
        }
    }

    pub(super) fn message(&mut self) -> Result<MessageId, Damaged> {
        Ok(MessageId::from_halves(self.number()?, self.number()?))
    }
}

//! The columns of a block: one run of bytes for each thing that records say.
//!
//! Equal things next to each other compress far better than a row at a time. Their order never changes; a version adds columns at
//! the end, and a reader of an older one finds them empty.

use super::{Damaged, varint};
use crate::model::{Name, Names};

macro_rules! columns {
    ($($(#[$doc:meta])* $name:ident)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Column { $($(#[$doc])* $name,)* }

        impl Column {
            pub(super) const COUNT: usize = [$(Self::$name),*].len();
        }
    };
}

columns! {
    Kind
    /// Ids of messages, wherever they stand.
    IdStart IdTracer IdCount
    ExchangePrefix ExchangeCount ExchangeText
    Route Shape ShapeValue
    Duration
    /// Outcome and which optional parts follow, as bits.
    Parts
    FailedNode FailedStep
    FaultName FaultText FaultPrint
    Breadcrumb TraceId Parent
    Weight
    AttributeNames AttributeValue
    Flags
    StepCount StepSequence StepParent StepIteration StepNode StepGap StepDuration StepFlags StepDetail
    PayloadPlace PayloadSize PayloadHash HeaderShape HeaderName HeaderType HeaderValue Body
    LogTime LogParts LogName LogText
    Model
    /// Read and not written any more.
    MetricTime MetricName MetricValue
    RollupName RollupTime RollupCount RollupDuration RollupHistogram
    Account
    /// Since version 2.
    StepRoute
}

/// How many columns a block of this version has.
fn count_of(version: u16) -> usize {
    if version < 2 { Column::StepRoute as usize } else { Column::COUNT }
}

/// Collects columns.
pub(super) struct Writer {
    columns: Vec<Vec<u8>>,
}

impl Writer {
    pub(super) fn new() -> Self {
        Self { columns: vec![Vec::new(); Column::COUNT] }
    }

    pub(super) fn put(&mut self, column: Column, number: impl Into<u64>) {
        varint::put(&mut self.columns[column as usize], number.into());
    }

    /// The difference of two numbers, however they lie.
    pub(super) fn put_from(&mut self, column: Column, base: u64, number: u64) {
        self.put(column, varint::fold(number.wrapping_sub(base).cast_signed()));
    }

    pub(super) fn put_bytes(&mut self, column: Column, bytes: &[u8]) {
        self.put(column, bytes.len() as u64);
        self.columns[column as usize].extend_from_slice(bytes);
    }

    pub(super) fn put_fixed(&mut self, column: Column, number: u64) {
        self.columns[column as usize].extend_from_slice(&number.to_le_bytes());
    }

    pub(super) fn put_name(&mut self, column: Column, name: Name) {
        self.put(column, name.0);
    }

    pub(super) fn put_maybe_name(&mut self, column: Column, name: Option<Name>) {
        self.put(column, name.map_or(0, |name| u64::from(name.0) + 1));
    }

    /// All columns, each after its length.
    pub(super) fn finish(self, out: &mut Vec<u8>) {
        varint::put(out, Column::COUNT as u64);
        for column in &self.columns {
            varint::put(out, column.len() as u64);
        }
        for column in &self.columns {
            out.extend_from_slice(column);
        }
    }
}

/// Hands out what [`Writer`] collected; every shortage is [`Damaged`].
pub(super) struct Reader<'a> {
    columns: Vec<&'a [u8]>,
    /// Columns that the block's version has.
    known: usize,
    names: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn open(bytes: &'a [u8], names: &Names, version: u16) -> Result<Self, Damaged> {
        let (count, mut rest) = varint::take(bytes).ok_or(Damaged("the columns"))?;
        let known = count_of(version);
        if count != known as u64 {
            return Err(Damaged("the number of columns"));
        }
        let mut lengths = [0_usize; Column::COUNT];
        for length in &mut lengths[..known] {
            let (number, after) = varint::take(rest).ok_or(Damaged("the columns"))?;
            *length = usize::try_from(number).map_err(|_| Damaged("the columns"))?;
            rest = after;
        }
        let mut columns = Vec::with_capacity(Column::COUNT);
        for length in lengths {
            let (column, after) = rest.split_at_checked(length).ok_or(Damaged("the columns"))?;
            columns.push(column);
            rest = after;
        }
        if !rest.is_empty() {
            return Err(Damaged("the end"));
        }
        Ok(Self { columns, known, names: names.len() })
    }

    /// Whether the block's version has this column.
    pub(super) fn has(&self, column: Column) -> bool {
        (column as usize) < self.known
    }

    pub(super) fn is_done(&self) -> bool {
        self.columns.iter().all(|column| column.is_empty())
    }

    /// No column can hold more things than it has bytes: what bounds every list before it is made.
    pub(super) fn left(&self, column: Column) -> usize {
        self.columns[column as usize].len()
    }

    pub(super) fn take(&mut self, column: Column) -> Result<u64, Damaged> {
        let rest = &mut self.columns[column as usize];
        let (number, after) = varint::take(rest).ok_or(Damaged("a number"))?;
        *rest = after;
        Ok(number)
    }

    pub(super) fn take_u32(&mut self, column: Column) -> Result<u32, Damaged> {
        u32::try_from(self.take(column)?).map_err(|_| Damaged("a small number"))
    }

    pub(super) fn take_from(&mut self, column: Column, base: u64) -> Result<u64, Damaged> {
        Ok(base.wrapping_add(varint::unfold(self.take(column)?).cast_unsigned()))
    }

    /// A count of things that lie in `column`, at least one byte each.
    pub(super) fn take_count(&mut self, column: Column, of: Column) -> Result<usize, Damaged> {
        let count = self.take(column)?;
        usize::try_from(count)
            .ok()
            .filter(|count| *count <= self.left(of))
            .ok_or(Damaged("a count"))
    }

    pub(super) fn take_bytes(&mut self, column: Column) -> Result<&'a [u8], Damaged> {
        let length = usize::try_from(self.take(column)?).map_err(|_| Damaged("a length"))?;
        let rest = &mut self.columns[column as usize];
        let (bytes, after) = rest.split_at_checked(length).ok_or(Damaged("a length"))?;
        *rest = after;
        Ok(bytes)
    }

    pub(super) fn take_text(&mut self, column: Column) -> Result<String, Damaged> {
        let bytes = self.take_bytes(column)?;
        str::from_utf8(bytes).map(str::to_owned).map_err(|_| Damaged("a text"))
    }

    pub(super) fn take_fixed(&mut self, column: Column) -> Result<u64, Damaged> {
        let rest = &mut self.columns[column as usize];
        let (bytes, after) = rest.split_first_chunk::<8>().ok_or(Damaged("a number"))?;
        *rest = after;
        Ok(u64::from_le_bytes(*bytes))
    }

    pub(super) fn name(&self, number: u64) -> Result<Name, Damaged> {
        match u32::try_from(number) {
            Ok(small) if (small as usize) < self.names => Ok(Name(small)),
            _ => Err(Damaged("a name")),
        }
    }

    pub(super) fn maybe_name(&self, number: u64) -> Result<Option<Name>, Damaged> {
        number.checked_sub(1).map(|number| self.name(number)).transpose()
    }

    pub(super) fn take_name(&mut self, column: Column) -> Result<Name, Damaged> {
        let number = self.take(column)?;
        self.name(number)
    }

    pub(super) fn take_maybe_name(&mut self, column: Column) -> Result<Option<Name>, Damaged> {
        let number = self.take(column)?;
        self.maybe_name(number)
    }
}

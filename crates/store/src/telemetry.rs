//! Messages and all that is known of them: written by the hundred thousand, read by the page.
//!
//! ```text
//! Batch --rows--> columns --write--> one transaction of the ingest role: ledger, rows, failure groups
//! Query --emit--> one statement --search, facet, series--> Tx
//! ```
//! A message is one row with its steps packed ([`pack`]); what it carried, its look-up tokens and its log lines are rows
//! of their own. Texts that repeat are numbers ([`name`]). Days are partitions ([`partition`]): made ahead, dropped whole.
//!
//! Statements of this folder are not checked when they are compiled, unlike all others of the store: most are built (a
//! query's conditions), or pass whole columns as arrays, for which the checker has to be told every type anyway. Each
//! runs in a test on a real PostgreSQL. All values are bound; text of a user never becomes part of a statement.

pub mod dictionary;
pub mod emit;
pub mod failure;
pub mod log;
pub mod name;
pub mod pack;
pub mod partition;
pub mod payload;
pub mod rollup;
pub mod route;
pub mod rows;
pub mod search;
pub mod trend;
pub mod write;

mod skew;

use domain::id::RuntimeId;
use telemetry::id::MessageId;

/// The numbers of `message.outcome`; never change one.
pub mod outcome {
    pub const COMPLETED: i16 = 0;
    pub const HANDLED: i16 = 1;
    pub const FAILED: i16 = 2;
}

/// How long days are kept. Few, because each is a set of partitions of its own.
pub const RETENTION_CLASSES: &[i16] = &[1, 7, 14, 30, 90, 365, 1095];

/// What is kept when nobody has chosen: two weeks hold the last release and the one before.
pub const DEFAULT_RETENTION: i16 = 14;

/// The smallest class that keeps at least `days`.
pub fn class_of(days: u32) -> i16 {
    RETENTION_CLASSES
        .iter()
        .copied()
        .find(|class| u32::from(class.unsigned_abs()) >= days)
        .unwrap_or(1095)
}

/// A row's number in `telemetry_name`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameId(pub i32);

/// A row's number in `telemetry_origin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OriginId(pub i32);

/// Which agent numbers batches; the epoch and number are the batch's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Agent {
    pub runtime: RuntimeId,
    pub epoch: u64,
}

/// The id of a row: its start and its low half.
pub(crate) fn id_of(started_at: Instant, low: i64) -> MessageId {
    MessageId::from_halves(started_at.0, unsigned(low))
}

pub(crate) fn low_of(id: MessageId) -> i64 {
    signed(id.low())
}

/// PostgreSQL has no unsigned numbers; the bits stay.
pub(crate) fn signed(number: u64) -> i64 {
    i64::from_ne_bytes(number.to_ne_bytes())
}

pub(crate) fn unsigned(number: i64) -> u64 {
    u64::from_ne_bytes(number.to_ne_bytes())
}

/// Microseconds since 1970 as a `timestamptz`, alone and in arrays; `jiff-sqlx` has no arrays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(pub(crate) u64);

/// PostgreSQL counts from 2000.
const EPOCH_US: i64 = 946_684_800_000_000;

impl sqlx::Type<sqlx::Postgres> for Instant {
    fn type_info() -> sqlx::postgres::PgTypeInfo {
        sqlx::postgres::PgTypeInfo::with_name("TIMESTAMPTZ")
    }
}

impl sqlx::postgres::PgHasArrayType for Instant {
    fn array_type_info() -> sqlx::postgres::PgTypeInfo {
        sqlx::postgres::PgTypeInfo::with_name("TIMESTAMPTZ[]")
    }
}

impl sqlx::Encode<'_, sqlx::Postgres> for Instant {
    fn encode_by_ref(
        &self,
        buffer: &mut sqlx::postgres::PgArgumentBuffer,
    ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
        let us = i64::try_from(self.0)?.saturating_sub(EPOCH_US);
        <i64 as sqlx::Encode<'_, sqlx::Postgres>>::encode_by_ref(&us, buffer)
    }
}

impl sqlx::Decode<'_, sqlx::Postgres> for Instant {
    fn decode(value: sqlx::postgres::PgValueRef<'_>) -> Result<Self, sqlx::error::BoxDynError> {
        // Binary, as everything that is fetched with parameters or prepared.
        let us = i64::from_be_bytes(value.as_bytes()?.try_into()?);
        Ok(Self(u64::try_from(us.saturating_add(EPOCH_US)).unwrap_or(0)))
    }
}

/// A count as the database holds it.
pub(crate) fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

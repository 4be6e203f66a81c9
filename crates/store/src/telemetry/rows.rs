//! From a batch to rows: pure, so that what is stored of a record can be read here and in [`build`] alone.
//!
//! ```text
//! needed(batch) -> names to number   Draft::new(batch, numbers) -> paths to number   draft.build(numbers, policy) -> Rows
//! ```
//! Rows are one vector for each column of six tables, because that is how they are sent.

mod build;
mod numbers;

use domain::id::OrganizationId;
use telemetry::model::{HeaderValue, Reason, Stage};

use super::{OriginId, signed};
pub use build::Draft;
pub use numbers::{hash_name, needed};

/// What a batch's rows depend on beside the batch.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    pub organization: OrganizationId,
    pub origin: OriginId,
    pub retention: i16,
    /// Whether words of bodies and headers can be looked up.
    pub index_words: bool,
    pub now_us: u64,
}

/// What a message is looked up by that another of the same tracer made: the low half of the maker's id.
pub fn parent_key(low: i64) -> String {
    format!("parent {low:016x}")
}

/// The low half of the id of the message that began a trace: tracer and count (`Message::trace_id`).
pub fn low_of_trace(id: u128) -> u64 {
    let [tracer, count] = [(id >> 64) & 0xffff_ffff, id & 0xffff_ffff];
    u64::try_from((tracer << 32) | count).unwrap_or(0)
}

/// The W3C form of a trace's id.
pub fn trace_name(id: u128) -> String {
    format!("{id:032x}")
}

#[derive(Debug, Default)]
pub struct Rows {
    pub messages: Messages,
    pub payloads: Payloads,
    pub tokens: Tokens,
    pub logs: Logs,
    pub rollups: Rollups,
    pub accounts: Accounts,
    pub routes: Routes,
    pub failures: Vec<Failure>,
}

#[derive(Debug, Default)]
pub struct Messages {
    pub started_us: Vec<u64>,
    pub low: Vec<i64>,
    pub duration_us: Vec<i64>,
    pub fingerprint: Vec<Option<i64>>,
    pub route: Vec<i32>,
    pub steps: Vec<i32>,
    pub flags: Vec<i32>,
    pub node: Vec<Option<i32>>,
    pub class: Vec<Option<i32>>,
    pub outcome: Vec<i16>,
    pub packed: Vec<Vec<u8>>,
}

#[derive(Debug, Default)]
pub struct Payloads {
    pub started_us: Vec<u64>,
    pub low: Vec<i64>,
    pub full_size: Vec<i64>,
    pub hash: Vec<i64>,
    pub step: Vec<i32>,
    pub flags: Vec<i32>,
    pub content_type: Vec<Option<i32>>,
    pub class: Vec<Option<i32>>,
    pub dictionary: Vec<i32>,
    pub point: Vec<i16>,
    pub kind: Vec<i16>,
    pub headers: Vec<Vec<u8>>,
    pub body: Vec<Option<Vec<u8>>>,
}

#[derive(Debug, Default)]
pub struct Tokens {
    pub started_us: Vec<u64>,
    pub low: Vec<i64>,
    pub token: Vec<i64>,
}

#[derive(Debug, Default)]
pub struct Logs {
    pub at_us: Vec<u64>,
    pub message_us: Vec<Option<u64>>,
    pub message_low: Vec<Option<i64>>,
    pub logger: Vec<Option<i32>>,
    pub thread: Vec<Option<i32>>,
    pub route: Vec<Option<i32>>,
    pub node: Vec<Option<i32>>,
    pub level: Vec<i16>,
    pub source: Vec<i16>,
    pub body: Vec<String>,
    pub stack: Vec<Option<String>>,
}

#[derive(Debug, Default)]
pub struct Rollups {
    pub started_us: Vec<u64>,
    pub count: Vec<i64>,
    pub failed: Vec<i64>,
    pub handled: Vec<i64>,
    pub sum_us: Vec<i64>,
    pub max_us: Vec<i64>,
    pub route: Vec<i32>,
    /// Of the route as a whole.
    pub histogram: Vec<Vec<u8>>,
    pub nodes: Vec<Option<Vec<u8>>>,
}

#[derive(Clone, Debug, Default)]
pub struct Accounts {
    pub from_us: Vec<u64>,
    pub to_us: Vec<u64>,
    pub count: Vec<i64>,
    pub route: Vec<Option<i32>>,
    pub entry: Vec<i16>,
    pub kind: Vec<i16>,
    pub stage: Vec<i16>,
    pub reason: Vec<i16>,
}

#[derive(Debug, Default)]
pub struct Routes {
    pub route: Vec<i32>,
    pub structure: Vec<i64>,
    pub packed: Vec<Vec<u8>>,
}

impl Rows {
    /// The books of rows that the database does not take: all of them were let go.
    #[must_use]
    pub fn unstorable(&self) -> Self {
        let mut accounts = self.accounts.clone();
        let places = accounts.entry.iter_mut().zip(&mut accounts.stage).zip(&mut accounts.reason);
        for ((entry, stage), reason) in places.filter(|((entry, _), _)| **entry == entry::STORED) {
            *entry = entry::DROPPED;
            (*stage, *reason) = (Stage::Store as i16, Reason::Rejected as i16);
        }
        Self { accounts, ..Self::default() }
    }
}

/// What one batch adds to a failure group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub fingerprint: i64,
    pub route: i32,
    pub node: Option<i32>,
    pub class: i32,
    pub message: String,
    pub count: i64,
    pub handled: i64,
    pub first_us: u64,
    pub first_low: i64,
    pub last_us: u64,
    pub last_low: i64,
}

/// The numbers of `telemetry_account.entry`; never change one.
pub mod entry {
    pub const PRODUCED: i16 = 0;
    pub const STORED: i16 = 1;
    pub const DROPPED: i16 = 2;
    pub const LOST: i16 = 3;
}

/// A token as it is stored: the organization is part of it, so equal words of two organizations differ.
pub fn salted(organization: OrganizationId, token: i64) -> i64 {
    let (_, salt) = organization.0.as_u64_pair();
    token ^ signed(salt)
}

/// A route as `message.route` holds it: moved by something of the organization, so that its index does without the organization and
/// is half as large. Routes of two organizations may share a number; the policy tells their rows apart.
pub fn lane(organization: OrganizationId, route: i32) -> i32 {
    route.wrapping_add(shift(organization))
}

/// What [`lane`] moved.
pub fn route_of(organization: OrganizationId, lane: i32) -> i32 {
    lane.wrapping_sub(shift(organization))
}

fn shift(organization: OrganizationId) -> i32 {
    let (_, low) = organization.0.as_u64_pair();
    // The last bytes of an id are random.
    let [.., a, b, c, d] = low.to_be_bytes();
    i32::from_be_bytes([a, b, c, d])
}

/// A bit of `message.flags` that no flag of the model uses: the row is a replay.
pub const REPLAY_BIT: i32 = 1 << 30;

/// PostgreSQL's text has no NUL.
fn clean(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// As people write it in a query; bytes have no such form.
pub(crate) fn header_text(value: &HeaderValue) -> Option<String> {
    match value {
        HeaderValue::Null | HeaderValue::Bytes(_) => None,
        HeaderValue::Text(text) | HeaderValue::Masked(text) | HeaderValue::Opaque(text) => {
            Some(text.clone())
        }
        HeaderValue::Long(number) => Some(number.to_string()),
        HeaderValue::Double(number) => Some(number.to_string()),
        HeaderValue::Bool(truth) => Some(truth.to_string()),
        HeaderValue::Instant(ms) => Some(ms.to_string()),
    }
}

//! A query as one statement of PostgreSQL: the only place that turns a question into SQL.
//!
//! ```text
//! Filter + Resolved (names as numbers) --emit--> Condition { sql, exact }   values only as $n
//! ```
//! A condition may be *inexact*: true of more rows than were asked for, never of fewer. What is left to check is checked
//! on the rows themselves (`Query::matches`). So the negation of an inexact condition is `true`, and a query is exact
//! when all its parts are.
//!
//! Every text of a statement is a constant of this file; what a user wrote is bound. Tokens are looked up first when all
//! of the query hangs on one ([`Driver`]): the rows that have it are few, the rows of a period are not.

use std::collections::HashMap;

use domain::id::OrganizationId;
use telemetry::id::{MessageId, parse_end};
use telemetry::query::{
    self, Comparison, Condition, Field, Filter, Flag, OutcomeIs, Pattern, Query, ReplayedIs,
};

use super::rows::{REPLAY_BIT, lane, salted};
use super::{Instant, count, low_of, outcome, signed};

/// Names of the query as numbers of the organization, looked up before.
#[derive(Clone, Debug, Default)]
pub struct Resolved {
    /// Whether a text may be the end of an id: then every row of the period is looked at.
    pub ends_of_ids: bool,
    pub named: HashMap<(Field, Pattern), Vec<i32>>,
    /// Every name that an attribute of the organization has.
    pub attributes: Vec<String>,
}

/// A value that stands for `$n`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Organization(OrganizationId),
    Big(i64),
    Small(i32),
    Bigs(Vec<i64>),
    Smalls(Vec<i32>),
    Instant(Instant),
}

/// Tokens that every row of the answer has one of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Driver {
    pub(crate) tokens: Vec<i64>,
}

#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value>,
    pub(crate) driver: Option<Driver>,
    pub exact: bool,
}

/// Newest first, from before this message on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor(pub MessageId);

/// How many rows with the driving token are looked at for one page.
pub(crate) const HITS: i64 = 2_000;

struct Emitter<'a> {
    organization: OrganizationId,
    resolved: &'a Resolved,
    values: Vec<Value>,
}

#[derive(Debug)]
struct Emitted {
    sql: String,
    exact: bool,
}

impl Emitted {
    fn exact(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), exact: true }
    }

    fn inexact(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), exact: false }
    }
}

/// The columns of a row, in the order in which `search` reads them.
const COLUMNS: &str = "m.started_at, m.low, m.duration_us, m.fingerprint, m.origin, m.route, m.steps, m.flags, m.node, \
    m.class, m.outcome, m.packed";

/// A page of rows of `query`, of these origins, newest first.
pub fn page(
    query: &Query,
    resolved: &Resolved,
    organization: OrganizationId,
    origins: &[i32],
    before: Option<Cursor>,
    limit: i64,
) -> Plan {
    let driver = driver(&query.filter, resolved, organization);
    let mut emitter = Emitter { organization, resolved, values: Vec::new() };
    let org = emitter.bind(Value::Organization(organization));
    let filter = emitter.filter(&query.filter);
    let bounds = emitter.bounds(query, before, "m");
    let origins = emitter.bind(Value::Smalls(origins.to_vec()));
    let source = match &driver {
        None => "message AS m".to_owned(),
        Some(driver) => {
            let tokens = emitter.bind(Value::Bigs(driver.tokens.clone()));
            let bounds = emitter.bounds(query, before, "t");
            // Distinct, because a message may have two of the tokens.
            format!(
                "(SELECT DISTINCT h.started_at, h.low FROM (SELECT t.started_at, t.low FROM message_token AS t \
                WHERE t.org_id = {org} AND t.token = ANY ({tokens}){bounds} \
                ORDER BY t.started_at DESC LIMIT {HITS}) AS h) AS hit \
                JOIN message AS m ON m.started_at = hit.started_at AND m.low = hit.low"
            )
        }
    };
    let limit = emitter.bind(Value::Big(limit));
    let sql = format!(
        "SELECT {COLUMNS} FROM {source} WHERE m.org_id = {org} AND m.origin = ANY ({origins}){bounds} AND ({}) \
        ORDER BY m.started_at DESC, m.low DESC LIMIT {limit}",
        filter.sql
    );
    Plan { sql, values: emitter.values, driver, exact: filter.exact }
}

/// Where the hits of a page's driving token end, if there are more: the start of the last one looked at.
pub fn last_hit(
    query: &Query,
    organization: OrganizationId,
    driver: &Driver,
    before: Option<Cursor>,
) -> Plan {
    let nothing = Resolved::default();
    let mut emitter = Emitter { organization, resolved: &nothing, values: Vec::new() };
    let org = emitter.bind(Value::Organization(organization));
    let tokens = emitter.bind(Value::Bigs(driver.tokens.clone()));
    let bounds = emitter.bounds(query, before, "t");
    let sql = format!(
        "SELECT t.started_at FROM message_token AS t WHERE t.org_id = {org} AND t.token = ANY ({tokens}){bounds} \
        ORDER BY t.started_at DESC OFFSET {} LIMIT 1",
        HITS - 1
    );
    Plan { sql, values: emitter.values, driver: None, exact: true }
}

/// Counts for each value of the columns that one chooses by, over the newest `most` rows.
pub fn facets(
    query: &Query,
    resolved: &Resolved,
    organization: OrganizationId,
    origins: &[i32],
    most: i64,
) -> Plan {
    let rows = page(query, resolved, organization, origins, None, most);
    let sql = format!(
        "SELECT outcome, route, origin, class, node, count(*) AS count, grouping(outcome, route, origin, class, node) AS which \
        FROM ({}) AS found GROUP BY GROUPING SETS ((outcome), (route), (origin), (class), (node), ())",
        rows.sql
    );
    Plan { sql, ..rows }
}

/// One token that the whole query hangs on: a top-level condition that is looked up.
pub(super) fn driver(
    filter: &Filter,
    resolved: &Resolved,
    organization: OrganizationId,
) -> Option<Driver> {
    match filter {
        Filter::All(all) => all.iter().find_map(|one| driver(one, resolved, organization)),
        Filter::Is(condition) => {
            let tokens = tokens(condition, resolved)?;
            let tokens = tokens.into_iter().map(|token| salted(organization, token)).collect();
            Some(Driver { tokens })
        }
        Filter::Any(_) | Filter::Not(_) => None,
    }
}

/// The tokens one of which a row must have for the condition to be true; `None` when there is no such set.
fn tokens(condition: &Condition, resolved: &Resolved) -> Option<Vec<i64>> {
    match condition {
        Condition::Attribute { name, value } => {
            value.as_exact().map(|value| vec![query::attribute_token(name, value)])
        }
        Condition::Header { name, value } => Some(vec![query::header_token(name, value)]),
        Condition::Body(text) => {
            // The longest word is the rarest guess; the others are verified on the body.
            let longest = query::words(text).max_by_key(String::len)?;
            Some(vec![query::word_token(&longest)])
        }
        Condition::Text(text) if text.parse::<MessageId>().is_err() => {
            let may_be_end = resolved.ends_of_ids && end_of_id(text).is_some();
            (!may_be_end).then(|| text_tokens(text, resolved))
        }
        _ => None,
    }
}

fn text_tokens(text: &str, resolved: &Resolved) -> Vec<i64> {
    let trace = text.split('-').nth(1).filter(|id| id.len() == 32);
    let mut tokens = vec![query::correlation_token(text)];
    tokens.extend(trace.map(query::correlation_token));
    tokens.extend(resolved.attributes.iter().map(|name| query::attribute_token(name, text)));
    tokens
}

/// The low bits that an id with this end has; fewer than four characters tell nothing.
pub(crate) fn end_of_id(text: &str) -> Option<(u128, u32)> {
    let length = text.chars().count();
    if !(telemetry::id::SHORT_LEN..=26).contains(&length) {
        return None;
    }
    parse_end(text).ok()
}

impl Emitter<'_> {
    fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    fn bounds(&mut self, query: &Query, before: Option<Cursor>, table: &str) -> String {
        let mut sql = String::new();
        let us = |us: i64| Value::Instant(Instant(u64::try_from(us).unwrap_or(0)));
        if let Some(since) = query.since_us {
            let at = self.bind(us(since));
            sql += &format!(" AND {table}.started_at >= {at}");
        }
        if let Some(until) = query.until_us {
            let at = self.bind(us(until));
            sql += &format!(" AND {table}.started_at < {at}");
        }
        if let Some(Cursor(id)) = before {
            let at = self.bind(Value::Instant(Instant(id.started_us)));
            let low = self.bind(Value::Big(low_of(id)));
            // The first condition is the index's, the second tells apart what started in the same microsecond.
            sql += &format!(
                " AND {table}.started_at <= {at} AND ({table}.started_at, {table}.low) < ({at}, {low})"
            );
        }
        sql
    }

    fn filter(&mut self, filter: &Filter) -> Emitted {
        match filter {
            Filter::All(all) => self.join(all, " AND ", "true"),
            Filter::Any(any) => self.join(any, " OR ", "false"),
            Filter::Not(inside) => {
                let inside = self.filter(inside);
                if inside.exact {
                    Emitted::exact(format!("NOT ({})", inside.sql))
                } else {
                    Emitted::inexact("true")
                }
            }
            Filter::Is(condition) => self.condition(condition),
        }
    }

    fn join(&mut self, parts: &[Filter], with: &str, empty: &str) -> Emitted {
        let parts: Vec<Emitted> = parts.iter().map(|part| self.filter(part)).collect();
        let exact = parts.iter().all(|part| part.exact);
        let sql = if parts.is_empty() {
            empty.to_owned()
        } else {
            parts.iter().map(|part| format!("({})", part.sql)).collect::<Vec<_>>().join(with)
        };
        Emitted { sql, exact }
    }

    fn condition(&mut self, condition: &Condition) -> Emitted {
        match condition {
            Condition::Named(field, pattern) => self.named(*field, pattern),
            Condition::Outcome(outcome) => {
                let number = match outcome {
                    OutcomeIs::Completed => outcome::COMPLETED,
                    OutcomeIs::Handled => outcome::HANDLED,
                    OutcomeIs::Failed => outcome::FAILED,
                    // What runs is in no table.
                    OutcomeIs::InFlight => return Emitted::exact("false"),
                };
                // A constant, which shows that the partial index of failures serves. `> 0` beside it would count twice in the
                // planner's guess, which then expects too few rows to walk an index until there are enough.
                Emitted::exact(format!("m.outcome = {number}"))
            }
            Condition::Duration(comparison, us) => {
                let us = self.bind(Value::Big(count(*us)));
                Emitted::exact(format!("m.duration_us {} {us}", sign(*comparison)))
            }
            Condition::Steps(comparison, steps) => {
                let steps = self.bind(Value::Big(count(*steps)));
                Emitted::exact(format!("m.steps {} {steps}", sign(*comparison)))
            }
            Condition::Fingerprint(fingerprint) => {
                let fingerprint = self.bind(Value::Big(signed(*fingerprint)));
                Emitted::exact(format!("m.outcome > 0 AND m.fingerprint = {fingerprint}"))
            }
            Condition::Replayed(replayed) => Emitted::exact(replays(*replayed)),
            Condition::Flag(Flag::Replay) => self.flag(REPLAY_BIT, true),
            Condition::Flag(Flag::Skewed) => {
                self.flag(flag_bit(telemetry::model::MessageFlags::SKEWED), true)
            }
            Condition::Flag(Flag::Truncated) => {
                self.flag(flag_bit(telemetry::model::MessageFlags::TRUNCATED), true)
            }
            Condition::Attribute { .. } | Condition::Header { .. } | Condition::Body(_) => {
                match tokens(condition, self.resolved) {
                    Some(tokens) => self.tokens(tokens),
                    // A pattern: only the rows themselves can tell.
                    None => Emitted::inexact("true"),
                }
            }
            Condition::Text(text) => self.text(text),
        }
    }

    fn flag(&mut self, bit: i32, is_set: bool) -> Emitted {
        let bit = self.bind(Value::Small(bit));
        Emitted::exact(format!("(m.flags & {bit}) {} 0", if is_set { "<>" } else { "=" }))
    }

    fn named(&mut self, field: Field, pattern: &Pattern) -> Emitted {
        let numbers = self.resolved.named.get(&(field, pattern.clone())).cloned();
        let column = match field {
            Field::Integration | Field::Environment | Field::Runtime | Field::Release => "m.origin",
            Field::Route => "m.route",
            Field::Node => "m.node",
            Field::ErrorClass => "m.class",
            // The message is inside the row.
            Field::Error => return Emitted::inexact("m.class IS NOT NULL"),
        };
        let Some(mut numbers) = numbers else { return Emitted::inexact("true") };
        if field == Field::Route {
            for number in &mut numbers {
                *number = lane(self.organization, *number);
            }
        }
        let is = match numbers.as_slice() {
            [] => return Emitted::exact("false"),
            [one] => {
                let one = self.bind(Value::Small(*one));
                format!("{column} = {one}")
            }
            _ => {
                let many = self.bind(Value::Smalls(numbers));
                format!("{column} = ANY ({many})")
            }
        };
        Emitted::exact(match field {
            // `NOT` of it must be true of rows without a failure.
            Field::Node | Field::ErrorClass => format!("{column} IS NOT NULL AND {is}"),
            _ => is,
        })
    }

    /// A hash may stand for two texts, so the row is verified.
    fn tokens(&mut self, tokens: Vec<i64>) -> Emitted {
        let organization = self.organization;
        let tokens = tokens.into_iter().map(|token| salted(organization, token)).collect();
        let tokens = self.bind(Value::Bigs(tokens));
        Emitted::inexact(format!(
            "EXISTS (SELECT 1 FROM message_token AS k WHERE k.org_id = m.org_id AND k.token = ANY ({tokens}) \
            AND k.started_at = m.started_at AND k.low = m.low)"
        ))
    }

    fn text(&mut self, text: &str) -> Emitted {
        let by_token = self.tokens(text_tokens(text, self.resolved)).sql;
        let by_id = if let Ok(id) = text.parse::<MessageId>() {
            let at = self.bind(Value::Instant(Instant(id.started_us)));
            let low = self.bind(Value::Big(low_of(id)));
            format!(" OR (m.started_at = {at} AND m.low = {low})")
        } else if let Some((bits, width)) = end_of_id(text).filter(|_| self.resolved.ends_of_ids) {
            let mask = if width >= 64 { u64::MAX } else { (1 << width) - 1 };
            let mask_value = self.bind(Value::Big(signed(mask)));
            #[expect(clippy::cast_possible_truncation, reason = "the low half is what is compared")]
            let bits = self.bind(Value::Big(signed(bits as u64 & mask)));
            format!(" OR (m.low & {mask_value}) = {bits}")
        } else {
            String::new()
        };
        Emitted::inexact(format!("{by_token}{by_id}"))
    }
}

/// A replay that has not ended says nothing yet.
/// Of a replay `r`: it repaired its original, or may have, or is going on.
pub(crate) const SETTLED: &str =
    "(r.outcome IS NULL OR r.outcome IN ('completed', 'handled', 'unknown'))";

fn replays(wanted: ReplayedIs) -> String {
    let some = |outcome: &str| {
        format!(
            "EXISTS (SELECT 1 FROM replay AS r WHERE r.org_id = m.org_id AND r.original_at = m.started_at \
            AND r.original_low = m.low AND {outcome})"
        )
    };
    let (any, done) = (some("r.outcome IS NOT NULL"), some("r.outcome = 'completed'"));
    match wanted {
        ReplayedIs::No => format!("NOT {any}"),
        ReplayedIs::Yes => any,
        ReplayedIs::Ok => done,
        ReplayedIs::Failed => format!("{any} AND NOT {done}"),
        ReplayedIs::Open => format!("NOT {}", some(SETTLED)),
    }
}

fn flag_bit(flag: telemetry::model::MessageFlags) -> i32 {
    i32::try_from(flag.0).unwrap_or(0)
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Equal => "=",
        Comparison::GreaterOrEqual => ">=",
        Comparison::Greater => ">",
    }
}

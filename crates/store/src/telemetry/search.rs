//! Finds messages: resolves names, runs the statement, checks what SQL could not, page by page.
//!
//! ```text
//! resolve -> page -> verify each row -> enough? else the next page, until the budget is used up
//! ```
//! Only rows of the origins that the caller passes are looked at; who may see which is the caller's rule. A search that
//! must look at rows one by one stops after [`BUDGET`] of them and says where, so that the next page goes on from there:
//! a question never costs more than that at once, and a statement never runs longer than [`TIMEOUT`].

mod ends;
mod facets;
mod found;
mod related;
mod seen;
mod window;

use std::collections::{HashMap, HashSet};

use domain::id::RuntimeId;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query as SqlQuery;
use sqlx::{AssertSqlSafe, Postgres, Row as _};
use telemetry::id::MessageId;
use telemetry::query::{Condition, Field, Filter, Pattern, Query, Replays};

use super::emit::{self, Cursor, Plan, Resolved, Value};
use super::name::{self, Kind, Origin};
use super::{Instant, OriginId, payload};
use crate::{Error, Tx, replay};
pub use ends::ending;
pub use facets::{FACET_ROWS, Facets, facets};
pub use found::{Found, find};
use found::{NO_STEPS, read};
pub use related::correlated;
use seen::Seen;
use window::Window;

/// Rows looked at one by one for one page: about a tenth of a second of work.
const BUDGET: usize = 20_000;
/// Rows of one statement when rows must be verified.
const STRIDE: i64 = 500;
/// Names that one pattern may stand for; more say nothing.
const MOST_NAMES: i64 = 1_000;
/// Longer than any answer should take, shorter than a person waits.
const TIMEOUT: &str = "8s";

/// What may be seen, and what it is called.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    pub origins: HashMap<OriginId, Origin>,
    pub runtimes: HashMap<RuntimeId, String>,
    /// When it is asked, in microseconds since 1970: the newest rows lie just before. `None`: nobody knows.
    pub now_us: Option<i64>,
}

#[derive(Clone, Debug, Default)]
pub struct Page {
    pub found: Vec<Found>,
    /// Where the next page begins, if there may be more.
    pub next: Option<MessageId>,
    /// The budget ended before the page was full.
    pub is_partial: bool,
}

/// Bounds what a statement of this transaction may cost.
pub async fn limit(tx: &mut Tx) -> Result<(), Error> {
    sqlx::query("SELECT set_config('statement_timeout', $1, true), set_config('jit', 'off', true)")
        .bind(TIMEOUT)
        .execute(tx.connection())
        .await
        .map(drop)
        .map_err(Error::doing("bound a search"))
}

/// Whether the statement was ended because it took too long.
pub fn took_too_long(err: &Error) -> bool {
    match err {
        Error::Database { source: sqlx::Error::Database(err), .. } => {
            err.code().as_deref() == Some("57014")
        }
        _ => false,
    }
}

/// A page of what `query` asks for, newest first.
///
/// A text without a key is looked up first; only when nothing is found, and it could be the end of an id, is the period
/// searched for that.
pub async fn search(
    tx: &mut Tx,
    scene: &Scene,
    query: &Query,
    before: Option<MessageId>,
    limit: usize,
) -> Result<Page, Error> {
    let mut resolved = resolve(tx, scene, query).await?;
    let page = pages(tx, scene, query, &resolved, before, limit).await?;
    let may_be_end = asks(
        &query.filter,
        &|condition| matches!(condition, Condition::Text(text) if emit::end_of_id(text).is_some()),
    );
    if !page.found.is_empty() || !may_be_end {
        return Ok(page);
    }
    resolved.ends_of_ids = true;
    pages(tx, scene, query, &resolved, before, limit).await
}

async fn pages(
    tx: &mut Tx,
    scene: &Scene,
    query: &Query,
    resolved: &Resolved,
    before: Option<MessageId>,
    limit: usize,
) -> Result<Page, Error> {
    let organization = tx.organization();
    let origins: Vec<i32> = scene.origins.keys().map(|id| id.0).collect();
    let asks_payloads = asks(&query.filter, &|condition| {
        matches!(condition, Condition::Body(_) | Condition::Header { .. })
    });
    let asks_replays =
        asks(&query.filter, &|condition| matches!(condition, Condition::Replayed(_)));
    let mut page = Page::default();
    let mut before = before;
    let mut seen = 0;
    let few = i64::try_from(limit + 1).unwrap_or(STRIDE);
    // Rows with a token are few and anywhere: they are looked for at once.
    let hangs_on_token = emit::driver(&query.filter, resolved, organization).is_some();
    let begun = before.and_then(|id| i64::try_from(id.started_us).ok());
    let newest = begun.or(query.until_us).or(scene.now_us).filter(|_| !hangs_on_token);
    let mut window = Window::first(query, newest);
    loop {
        let cursor = before.map(Cursor);
        let part = window.of(query);
        // A question that the database answers alone needs the page and one more; one that hangs on a token meets few others.
        let mut plan = emit::page(&part, resolved, organization, &origins, cursor, few);
        let mut take = few;
        if !plan.exact && plan.driver.is_none() {
            take = STRIDE.max(few);
            plan = emit::page(&part, resolved, organization, &origins, cursor, take);
        }
        let rows = run(tx, &plan).await?;
        let is_full = i64::try_from(rows.len()).unwrap_or(take) >= take;
        seen += rows.len();
        for one in read(tx, &rows, 0, NO_STEPS).await? {
            before = Some(one.id);
            let payloads = if asks_payloads && !plan.exact {
                payload::of_message(tx, one.id, one.flags).await?
            } else {
                Vec::new()
            };
            if !plan.exact {
                let replays = if asks_replays {
                    replay::became_of(tx, one.id).await?
                } else {
                    Replays::default()
                };
                let seen = Seen { found: &one, scene, payloads: &payloads, replays };
                if !query.matches(&seen) {
                    continue;
                }
            }
            if page.found.len() == limit {
                page.next = page.found.last().map(|last| last.id);
                return Ok(page);
            }
            page.found.push(one);
        }
        if !is_full {
            match (&plan.driver, next_hit(tx, query, &plan, cursor).await?) {
                // More rows have the token than one statement looks at.
                (Some(_), Some(next)) => {
                    seen += usize::try_from(emit::HITS).unwrap_or(0);
                    before = Some(next);
                }
                _ => match window.before(query) {
                    Some(earlier) => window = earlier,
                    None => return Ok(page),
                },
            }
        }
        if seen >= BUDGET {
            page.next = before;
            page.is_partial = true;
            return Ok(page);
        }
    }
}

/// Where the hits after those of `plan` begin, if its token has more.
async fn next_hit(
    tx: &mut Tx,
    query: &Query,
    plan: &Plan,
    before: Option<Cursor>,
) -> Result<Option<MessageId>, Error> {
    let Some(driver) = &plan.driver else { return Ok(None) };
    let rows = run(tx, &emit::last_hit(query, tx.organization(), driver, before)).await?;
    Ok(rows.first().map(|row| MessageId::from_halves(row.get::<Instant, _>("started_at").0, 0)))
}

fn asks(filter: &Filter, what: &impl Fn(&Condition) -> bool) -> bool {
    match filter {
        Filter::All(filters) | Filter::Any(filters) => filters.iter().any(|one| asks(one, what)),
        Filter::Not(filter) => asks(filter, what),
        Filter::Is(condition) => what(condition),
    }
}

async fn run(tx: &mut Tx, plan: &Plan) -> Result<Vec<PgRow>, Error> {
    let mut query: SqlQuery<'_, Postgres, PgArguments> =
        sqlx::query(AssertSqlSafe(plan.sql.clone()));
    for value in &plan.values {
        query = match value {
            Value::Organization(id) => query.bind(id.0),
            Value::Big(number) => query.bind(*number),
            Value::Small(number) => query.bind(*number),
            Value::Bigs(numbers) => query.bind(numbers.clone()),
            Value::Smalls(numbers) => query.bind(numbers.clone()),
            Value::Instant(at) => query.bind(*at),
        };
    }
    // Not kept as a prepared statement: there are as many as there are questions.
    query
        .persistent(false)
        .fetch_all(tx.connection())
        .await
        .map_err(Error::doing("search messages"))
}

async fn resolve(tx: &mut Tx, scene: &Scene, query: &Query) -> Result<Resolved, Error> {
    let mut wanted: HashSet<(Field, Pattern)> = HashSet::new();
    collect(&query.filter, &mut wanted);
    let mut resolved = Resolved::default();
    for (field, pattern) in wanted {
        let numbers = match field {
            Field::Route => numbers(tx, Kind::Route, &pattern).await?,
            Field::Node => {
                let mut ids = numbers(tx, Kind::Node, &pattern).await?;
                if pattern.as_exact().is_some() {
                    // `throwException` means `throwException#1` too, as lists call it.
                    let like = format!("{}#%", name::like(&pattern));
                    let more = name::matching(tx, Kind::Node, &like, MOST_NAMES).await?;
                    ids.extend(more.into_iter().map(|(id, _)| id.0));
                }
                ids
            }
            Field::ErrorClass => {
                let mut ids = numbers(tx, Kind::Class, &pattern).await?;
                // `SQLException` means `java.sql.SQLException` too.
                let like = format!("%.{}", name::like(&pattern));
                let more = name::matching(tx, Kind::Class, &like, MOST_NAMES).await?;
                ids.extend(more.into_iter().map(|(id, _)| id.0));
                ids
            }
            Field::Error => continue,
            Field::Integration | Field::Environment | Field::Runtime | Field::Release => scene
                .origins
                .iter()
                .filter(|(_, origin)| scene.is(origin, field, &pattern))
                .map(|(id, _)| id.0)
                .collect(),
        };
        resolved.named.insert((field, pattern), numbers);
    }
    if asks(&query.filter, &|condition| matches!(condition, Condition::Text(_))) {
        let names = name::matching(tx, Kind::Attribute, "%", MOST_NAMES).await?;
        resolved.attributes = names.into_iter().map(|(_, name)| name).collect();
    }
    Ok(resolved)
}

async fn numbers(tx: &mut Tx, kind: Kind, pattern: &Pattern) -> Result<Vec<i32>, Error> {
    if let Some(exact) = pattern.as_exact() {
        let known = name::find(tx, &[(kind, name::cut(exact))]).await?;
        return Ok(known.into_values().map(|id| id.0).collect());
    }
    let found = name::matching(tx, kind, &name::like(pattern), MOST_NAMES).await?;
    Ok(found.into_iter().map(|(id, _)| id.0).collect())
}

fn collect(filter: &Filter, into: &mut HashSet<(Field, Pattern)>) {
    match filter {
        Filter::All(filters) | Filter::Any(filters) => {
            for filter in filters {
                collect(filter, into);
            }
        }
        Filter::Not(filter) => collect(filter, into),
        Filter::Is(Condition::Named(field, pattern)) => {
            into.insert((*field, pattern.clone()));
        }
        Filter::Is(_) => {}
    }
}

impl Scene {
    fn is(&self, origin: &Origin, field: Field, pattern: &Pattern) -> bool {
        match field {
            Field::Integration => pattern.matches(&origin.integration),
            Field::Environment => pattern.matches(&origin.environment),
            Field::Runtime => {
                self.runtimes.get(&origin.runtime).is_some_and(|name| pattern.matches(name))
                    || pattern.matches(&origin.runtime.to_string())
            }
            // People write the first characters of a release.
            Field::Release => match pattern.as_exact() {
                Some(start) => !start.is_empty() && origin.release.starts_with(start),
                None => pattern.matches(&origin.release),
            },
            Field::Route | Field::Node | Field::ErrorClass | Field::Error => false,
        }
    }
}

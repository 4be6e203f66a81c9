//! Finds messages: resolves names, runs the statement, checks what SQL could not, page by page.
//!
//! ```text
//! resolve -> page -> verify each row -> enough? else the next page, until the budget is used up
//! ```
//! Long because a row as the query's words ask about it (`Seen`) belongs beside the search that verifies it.
//! Only rows of the origins that the caller passes are looked at; who may see which is the caller's rule. A search that
//! must look at rows one by one stops after [`BUDGET`] of them and says where, so that the next page goes on from there:
//! a question never costs more than that at once, and a statement never runs longer than [`TIMEOUT`].

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::id::RuntimeId;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query as SqlQuery;
use sqlx::{AssertSqlSafe, Postgres, Row as _};
use telemetry::id::MessageId;
use telemetry::model::MessageFlags;
use telemetry::query::{Condition, Field, Filter, Flag, OutcomeIs, Pattern, Query, Subject};

use super::emit::{self, Cursor, Plan, Resolved, Value};
use super::name::{self, Kind, Origin};
use super::pack::{self, Detail};
use super::payload::{self, Payload};
use super::rows::{self, REPLAY_BIT, header_text};
use super::{Instant, NameId, OriginId, id_of, outcome, unsigned};
use crate::{Error, Tx};

/// Rows looked at one by one for one page: about a tenth of a second of work.
const BUDGET: usize = 20_000;
/// Rows of one statement when rows must be verified.
const STRIDE: i64 = 500;
/// Names that one pattern may stand for; more say nothing.
const MOST_NAMES: i64 = 1_000;
/// Longer than any answer should take, shorter than a person waits.
const TIMEOUT: &str = "8s";
/// Newest rows that facets count.
pub const FACET_ROWS: i64 = 10_000;

/// What may be seen, and what it is called.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    pub origins: HashMap<OriginId, Origin>,
    pub runtimes: HashMap<RuntimeId, String>,
}

#[derive(Clone, Debug)]
pub struct Found {
    pub id: MessageId,
    pub origin: OriginId,
    pub route: String,
    pub duration_us: u64,
    pub outcome: OutcomeIs,
    pub steps: u32,
    pub flags: MessageFlags,
    pub is_replay: bool,
    pub node: Option<String>,
    pub class: Option<String>,
    pub fingerprint: Option<u64>,
    pub detail: Detail,
    /// Names of the detail's numbers.
    pub names: HashMap<NameId, String>,
}

#[derive(Clone, Debug, Default)]
pub struct Page {
    pub found: Vec<Found>,
    /// Where the next page begins, if there may be more.
    pub next: Option<MessageId>,
    /// The budget ended before the page was full.
    pub is_partial: bool,
}

impl Found {
    pub fn name(&self, id: NameId) -> &str {
        self.names.get(&id).map_or("?", String::as_str)
    }

    /// The trace that it belongs to, its own if it began one.
    pub fn trace_id(&self) -> u128 {
        let base = u64::from_str_radix(self.name(self.detail.run.trace_base), 16).unwrap_or(0);
        let own = (u128::from(base) << 64) | u128::from(self.id.count);
        self.detail.trace.map_or(own, |trace| trace.id)
    }

    /// Camel's id of the exchange.
    pub fn exchange(&self) -> String {
        match &self.detail.exchange {
            pack::Exchange::Text(text) => text.clone(),
            pack::Exchange::Counted { prefix, count } => {
                format!("{}-{count:016X}", self.name(*prefix))
            }
        }
    }
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
    let mut page = Page::default();
    let mut before = before;
    let mut seen = 0;
    let few = i64::try_from(limit + 1).unwrap_or(STRIDE);
    loop {
        let cursor = before.map(Cursor);
        // A question that the database answers alone needs the page and one more; one that hangs on a token meets few others.
        let mut plan = emit::page(query, resolved, organization, &origins, cursor, few);
        let mut take = few;
        if !plan.exact && plan.driver.is_none() {
            take = STRIDE.max(few);
            plan = emit::page(query, resolved, organization, &origins, cursor, take);
        }
        let rows = run(tx, &plan).await?;
        let is_full = i64::try_from(rows.len()).unwrap_or(take) >= take;
        seen += rows.len();
        for one in read(tx, &rows, 0, NO_STEPS).await? {
            before = Some(one.id);
            let payloads = if asks_payloads && !plan.exact {
                payload::of_message(tx, one.id).await?
            } else {
                Vec::new()
            };
            if !plan.exact && !query.matches(&Seen { found: &one, scene, payloads: &payloads }) {
                continue;
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
                _ => return Ok(page),
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

/// Messages tied to this one: its parent, its children, what shares its breadcrumb or trace. Oldest first.
pub async fn correlated(
    tx: &mut Tx,
    scene: &Scene,
    found: &Found,
    most: usize,
) -> Result<Vec<Found>, Error> {
    use telemetry::query::correlation_token as token;
    let detail = &found.detail;
    let own = found.id.to_string();
    let low = super::low_of(found.id);
    let mut tokens = vec![token(&own), token(&found.exchange()), token(&rows::parent_key(low))];
    tokens.extend(detail.breadcrumb.as_deref().map(token));
    tokens.push(token(&rows::trace_name(found.trace_id())));
    // Whoever made this one made others; itself it is found by its low half.
    let mut lows = Vec::new();
    if let Some(parent) = detail.parent {
        let maker = MessageId { count: parent.count, ..found.id };
        tokens.push(token(&rows::parent_key(super::low_of(maker))));
        lows.push(super::low_of(maker));
    }
    // A trace that one of our tracers began is named after its first message.
    if let Some(trace) = detail.trace {
        lows.push(super::signed(rows::low_of_trace(trace.id)));
    }
    let organization = tx.organization();
    let tokens: Vec<i64> = tokens.into_iter().map(|it| rows::salted(organization, it)).collect();
    let ids = sqlx::query(
        "SELECT DISTINCT t.started_at, t.low FROM message_token AS t
        WHERE t.org_id = $1 AND t.token = ANY ($2) ORDER BY t.started_at DESC LIMIT $3",
    )
    .bind(organization.0)
    .bind(&tokens)
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("find what belongs together"))?;
    let mut ids: BTreeSet<MessageId> =
        ids.iter().map(|row| id_of(row.get("started_at"), row.get("low"))).collect();
    ids.extend(earlier(tx, found.id, &lows).await?);
    ids.extend(detail.replay_of);
    ids.remove(&found.id);
    let mut all = Vec::with_capacity(ids.len());
    for id in ids {
        all.extend(find(tx, scene, id, 0, NO_STEPS).await?);
    }
    Ok(all)
}

/// How long before a message the one that called it may have begun.
const CALLED_WITHIN_US: u64 = 600_000_000;

/// Messages with these low halves that began shortly before `id`.
async fn earlier(tx: &mut Tx, id: MessageId, lows: &[i64]) -> Result<Vec<MessageId>, Error> {
    if lows.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query(
        "SELECT m.started_at, m.low FROM message AS m WHERE m.org_id = $1 AND m.started_at > $2 AND m.started_at <= $3
            AND m.low = ANY ($4) ORDER BY m.started_at DESC LIMIT 10",
    )
    .bind(tx.organization().0)
    .bind(Instant(id.started_us.saturating_sub(CALLED_WITHIN_US)))
    // Clocks of two machines differ a little.
    .bind(Instant(id.started_us + 1_000_000))
    .bind(lows)
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("find who called"))?;
    Ok(rows.iter().map(|row| id_of(row.get("started_at"), row.get("low"))).collect())
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    pub outcomes: Vec<(OutcomeIs, u64)>,
    pub routes: Vec<(String, u64)>,
    pub integrations: Vec<(String, u64)>,
    pub classes: Vec<(String, u64)>,
    pub nodes: Vec<(String, u64)>,
    pub total: u64,
    /// Fewer rows matched than are looked at, and each was counted by the database.
    pub is_exact: bool,
}

/// How many of the newest rows have which outcome, route, integration, class and node.
pub async fn facets(tx: &mut Tx, scene: &Scene, query: &Query) -> Result<Facets, Error> {
    let resolved = resolve(tx, scene, query).await?;
    let origins: Vec<i32> = scene.origins.keys().map(|id| id.0).collect();
    let plan = emit::facets(query, &resolved, tx.organization(), &origins, FACET_ROWS);
    let rows = run(tx, &plan).await?;
    let mut ids = HashSet::new();
    for row in &rows {
        for column in ["route", "class", "node"] {
            ids.extend(row.get::<Option<i32>, _>(column).map(NameId));
        }
    }
    let names = name::texts(tx, &ids.into_iter().collect::<Vec<_>>()).await?;
    let mut facets = Facets::default();
    let mut integrations: HashMap<String, u64> = HashMap::new();
    for row in &rows {
        let count = unsigned(row.get("count"));
        let named = |column: &str| {
            let id = row.get::<Option<i32>, _>(column)?;
            names.get(&NameId(id)).cloned()
        };
        // One bit for each column, set where it was not grouped by.
        match row.get::<i32, _>("which") {
            0b01111 => facets.outcomes.push((read_outcome(row.get("outcome")), count)),
            0b10111 => facets.routes.extend(named("route").map(|name| (name, count))),
            0b11011 => {
                let origin = OriginId(row.get::<Option<i32>, _>("origin").unwrap_or_default());
                let name = scene.origins.get(&origin).map(|origin| origin.integration.clone());
                *integrations.entry(name.unwrap_or_default()).or_default() += count;
            }
            0b11101 => facets.classes.extend(named("class").map(|name| (name, count))),
            0b11110 => facets.nodes.extend(named("node").map(|name| (name, count))),
            _ => facets.total = count,
        }
    }
    facets.integrations = integrations.into_iter().collect();
    for list in
        [&mut facets.routes, &mut facets.integrations, &mut facets.classes, &mut facets.nodes]
    {
        list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    }
    facets.outcomes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    facets.is_exact = plan.exact && facets.total < unsigned(FACET_ROWS);
    Ok(facets)
}

fn read_outcome(number: i16) -> OutcomeIs {
    match number {
        outcome::COMPLETED => OutcomeIs::Completed,
        outcome::HANDLED => OutcomeIs::Handled,
        _ => OutcomeIs::Failed,
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

/// Steps that a list needs: none.
const NO_STEPS: usize = 0;

async fn read(tx: &mut Tx, rows: &[PgRow], skip: usize, most: usize) -> Result<Vec<Found>, Error> {
    let damaged =
        |err: pack::Damaged| Error::Unreadable { what: "a message", value: err.to_string() };
    let mut details = Vec::with_capacity(rows.len());
    let mut ids = BTreeSet::new();
    for row in rows {
        let detail = pack::unpack(row.get("packed"), skip, most).map_err(damaged)?;
        ids.extend(names_of(&detail));
        ids.insert(NameId(row.get("route")));
        ids.extend(row.get::<Option<i32>, _>("node").map(NameId));
        ids.extend(row.get::<Option<i32>, _>("class").map(NameId));
        details.push(detail);
    }
    let names = name::texts(tx, &ids.into_iter().collect::<Vec<_>>()).await?;
    let text = |id: NameId| names.get(&id).cloned().unwrap_or_default();
    Ok(rows
        .iter()
        .zip(details)
        .map(|(row, detail)| {
            let flags: i32 = row.get("flags");
            let own = names_of(&detail)
                .into_iter()
                .filter_map(|id| Some((id, names.get(&id)?.clone())))
                .collect();
            Found {
                id: id_of(row.get("started_at"), row.get("low")),
                origin: OriginId(row.get("origin")),
                route: text(NameId(row.get("route"))),
                duration_us: unsigned(row.get("duration_us")),
                outcome: read_outcome(row.get("outcome")),
                steps: row.get::<i32, _>("steps").unsigned_abs(),
                flags: MessageFlags((flags & !REPLAY_BIT).unsigned_abs()),
                is_replay: flags & REPLAY_BIT != 0,
                node: row.get::<Option<i32>, _>("node").map(|id| text(NameId(id))),
                class: row.get::<Option<i32>, _>("class").map(|id| text(NameId(id))),
                fingerprint: row.get::<Option<i64>, _>("fingerprint").map(unsigned),
                detail,
                names: own,
            }
        })
        .collect())
}

/// The message of this id if it is of one of the scene's origins, with `most` of its steps after the first `skip`.
pub async fn find(
    tx: &mut Tx,
    scene: &Scene,
    id: MessageId,
    skip: usize,
    most: usize,
) -> Result<Option<Found>, Error> {
    let rows = sqlx::query(
        "SELECT m.started_at, m.low, m.duration_us, m.fingerprint, m.origin, m.route, m.steps, m.flags, m.node, m.class,
            m.outcome, m.packed
        FROM message AS m WHERE m.org_id = $1 AND m.started_at = $2 AND m.low = $3",
    )
    .bind(tx.organization().0)
    .bind(Instant(id.started_us))
    .bind(super::low_of(id))
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("find a message"))?;
    let mut found = read(tx, &rows, skip, most).await?;
    found.retain(|one| scene.origins.contains_key(&one.origin));
    Ok(found.pop())
}

fn names_of(detail: &Detail) -> BTreeSet<NameId> {
    let mut ids: BTreeSet<NameId> = detail.steps.iter().map(|step| step.node).collect();
    ids.extend(detail.steps.iter().filter_map(|step| step.route));
    ids.extend(detail.from);
    ids.insert(detail.run.structure);
    ids.insert(detail.run.trace_base);
    ids.extend(detail.attributes.iter().map(|(key, _)| *key));
    if let pack::Exchange::Counted { prefix, .. } = detail.exchange {
        ids.insert(prefix);
    }
    ids.extend(detail.fault.as_ref().and_then(|fault| fault.outer_class));
    ids
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

/// A row as the query's own words ask about it.
struct Seen<'a> {
    found: &'a Found,
    scene: &'a Scene,
    payloads: &'a [Payload],
}

impl Subject for Seen<'_> {
    fn started_us(&self) -> i64 {
        i64::try_from(self.found.id.started_us).unwrap_or(i64::MAX)
    }

    fn outcome(&self) -> OutcomeIs {
        self.found.outcome
    }

    fn duration_us(&self) -> u64 {
        self.found.duration_us
    }

    fn steps(&self) -> u64 {
        u64::from(self.found.steps)
    }

    fn is(&self, field: Field, pattern: &Pattern) -> bool {
        let found = self.found;
        match field {
            Field::Route => pattern.matches(&found.route),
            Field::Node => {
                found.node.as_deref().is_some_and(|node| telemetry::query::is_node(pattern, node))
            }
            Field::ErrorClass | Field::Error => telemetry::query::is_error(
                field,
                pattern,
                found.class.as_deref(),
                found.detail.fault.as_ref().map(|fault| fault.message.as_str()),
            ),
            Field::Integration | Field::Environment | Field::Runtime | Field::Release => {
                let origin = self.scene.origins.get(&found.origin);
                origin.is_some_and(|origin| self.scene.is(origin, field, pattern))
            }
        }
    }

    fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        let detail = &self.found.detail;
        detail.attributes.iter().map(|(key, value)| (self.found.name(*key), value.as_str()))
    }

    fn fingerprint(&self) -> Option<u64> {
        self.found.fingerprint
    }

    fn is_replay(&self) -> bool {
        self.found.is_replay
    }

    fn has(&self, flag: Flag) -> bool {
        self.found.flags.has(match flag {
            Flag::Skewed => MessageFlags::SKEWED,
            Flag::Truncated => MessageFlags::TRUNCATED,
        })
    }

    fn has_id(&self, text: &str) -> bool {
        let detail = &self.found.detail;
        let id = self.found.id.to_string();
        let ends = emit::end_of_id(text).is_some_and(|(bits, width)| {
            let mask = if width >= 128 { u128::MAX } else { (1 << width) - 1 };
            self.found.id.to_u128() & mask == bits
        });
        ends || id.eq_ignore_ascii_case(text)
            || self.found.exchange() == text
            || detail.breadcrumb.as_deref() == Some(text)
            || detail.trace.is_some_and(|trace| {
                let id = rows::trace_name(trace.id);
                id == text || text.split('-').nth(1) == Some(&id)
            })
    }

    fn header_is(&self, name: &str, value: &str) -> bool {
        self.payloads.iter().flat_map(|payload| &payload.headers).any(|(known, found)| {
            known.eq_ignore_ascii_case(name) && header_text(found).as_deref() == Some(value)
        })
    }

    fn body_has(&self, words: &str) -> bool {
        let wanted: Vec<String> = telemetry::query::words(words).collect();
        self.payloads.iter().filter_map(|payload| payload.body.as_deref()).any(|body| {
            let text = String::from_utf8_lossy(body);
            let found: Vec<String> = telemetry::query::words(&text).collect();
            found.windows(wanted.len().max(1)).any(|window| window == wanted)
        })
    }
}

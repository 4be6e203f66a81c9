//! Messages in the API: search, detail, what they carried, what belongs together, the live tail.
//!
//! What a message carried is behind a permission of its own (`MessagePayload`), so a client that lists messages asks for nothing that
//! it may not have.

mod change;
mod detail;
mod diff;
mod payload;

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject, Subscription};
use domain::permission::Permission as P;
use futures::{Stream, StreamExt as _};
use jiff::Timestamp;
use store::telemetry::log;
use telemetry::id::MessageId;
use telemetry::model::MessageFlags;
use telemetry::query::OutcomeIs;

pub use change::MessageChange;
pub use detail::{MessageCommit, MessageDetail, MessageStep};
pub use diff::MessageDiff;
pub use payload::MessagePayload;

use super::permission::{Fields, fields, whole};
use super::to_gql;
use crate::app::{Error, message};
use crate::ctx::Ctx;
use crate::ingest::Ingest;
use crate::link_server::LinkServer;

pub(crate) const FIELDS: &[Fields] = &[
    fields(
        "Query",
        &[
            "messages",
            "messageFacets",
            "message",
            "messageSteps",
            "relatedMessages",
            "messageDiff",
            "completeQuery",
            "messagesInFlight",
        ],
        P::ReadMessage,
    ),
    fields("Query", &["messagePayloads", "messageChanges"], P::ReadPayload),
    fields("Query", &["messageLog"], P::ReadLog),
    fields("Subscription", &["messages"], P::ReadMessage),
    whole("Message", P::ReadMessage),
    whole("MessageAttribute", P::ReadMessage),
    whole("MessageConnection", P::ReadMessage),
    whole("MessageDetail", P::ReadMessage),
    whole("MessageStep", P::ReadMessage),
    whole("MessageSize", P::ReadMessage),
    whole("MessageCommit", P::ReadMessage),
    whole("MessageCause", P::ReadMessage),
    whole("MessageFacets", P::ReadMessage),
    whole("FacetCount", P::ReadMessage),
    whole("MessageDiff", P::ReadMessage),
    whole("MessageDiffLine", P::ReadMessage),
    whole("MessageDifference", P::ReadMessage),
    whole("MessageEvent", P::ReadMessage),
    whole("RelatedMessage", P::ReadMessage),
    whole("MessagesInFlight", P::ReadMessage),
    whole("MessageInFlight", P::ReadMessage),
    whole("QueryCompletion", P::ReadMessage),
    whole("QuerySuggestion", P::ReadMessage),
    whole("MessagePayload", P::ReadPayload),
    whole("MessageChange", P::ReadPayload),
    whole("MessageHeader", P::ReadPayload),
    whole("MessageLogLine", P::ReadLog),
];

#[derive(SimpleObject)]
pub struct MessageAttribute {
    pub name: String,
    pub value: String,
}

/// A message in a list.
#[derive(SimpleObject)]
pub struct Message {
    pub id: ID,
    /// The last characters of the id, as many as tell the rows of this list apart.
    pub short: String,
    pub started_at: String,
    pub integration: String,
    pub environment: String,
    pub runtime: String,
    pub release: String,
    pub route: String,
    /// `completed`, `handled`, `failed` or `inflight`.
    pub outcome: String,
    pub duration_us: i64,
    pub steps: i64,
    /// Where it failed.
    pub node: Option<String>,
    pub error_class: Option<String>,
    pub error: Option<String>,
    /// Hexadecimal; equal for failures of one kind.
    pub fingerprint: Option<String>,
    pub attributes: Vec<MessageAttribute>,
    /// `skewed`, `truncated`, `filtered`, `transacted`, `slow`, `deadLetter`, `redelivered`.
    pub flags: Vec<String>,
    pub replay_of: Option<ID>,
    /// The message by which this failure was repaired: a replay of it that completed or was handled.
    pub repaired_by: Option<ID>,
}

fn outcome(outcome: OutcomeIs) -> String {
    outcome.as_str().to_owned()
}

pub(super) fn started_at(id: MessageId) -> String {
    let us = i64::try_from(id.started_us).unwrap_or(i64::MAX);
    Timestamp::from_microsecond(us).unwrap_or_default().to_string()
}

fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

const FLAGS: &[(MessageFlags, &str)] = &[
    (MessageFlags::SKEWED, "skewed"),
    (MessageFlags::TRUNCATED, "truncated"),
    (MessageFlags::FILTERED, "filtered"),
    (MessageFlags::TRANSACTED, "transacted"),
    (MessageFlags::SLOW, "slow"),
    (MessageFlags::DEAD_LETTER, "deadLetter"),
    (MessageFlags::REDELIVERED, "redelivered"),
];

impl Message {
    fn of(row: message::Row, short: usize) -> Self {
        let flags = FLAGS.iter().filter(|(flag, _)| row.flags.has(*flag));
        Self {
            id: ID(row.id.to_string()),
            short: row.id.short(short),
            started_at: started_at(row.id),
            integration: row.integration,
            environment: row.environment,
            runtime: row.runtime,
            release: row.release,
            route: row.route,
            outcome: outcome(row.outcome),
            duration_us: number(row.duration_us),
            steps: i64::from(row.steps),
            node: row.node,
            error_class: row.class,
            error: row.error,
            fingerprint: row.fingerprint.map(|it| format!("{it:016x}")),
            attributes: row
                .attributes
                .into_iter()
                .map(|(name, value)| MessageAttribute { name, value })
                .collect(),
            flags: flags.map(|(_, name)| (*name).to_owned()).collect(),
            replay_of: row.replay_of.map(|id| ID(id.to_string())),
            repaired_by: row.repaired_by.map(|id| ID(id.to_string())),
        }
    }
}

#[derive(SimpleObject)]
pub struct MessageConnection {
    pub nodes: Vec<Message>,
    /// Give it as `after` for older ones; null at the end.
    pub next: Option<String>,
    /// The search ended before the page was full: `next` goes on.
    pub partial: bool,
    /// Attributes to show as columns.
    pub columns: Vec<String>,
    /// What the reader of the query should know.
    pub notes: Vec<String>,
}

#[derive(SimpleObject)]
pub struct FacetCount {
    pub value: String,
    pub count: i64,
}

#[derive(SimpleObject)]
pub struct MessageFacets {
    pub outcomes: Vec<FacetCount>,
    pub routes: Vec<FacetCount>,
    pub integrations: Vec<FacetCount>,
    pub error_classes: Vec<FacetCount>,
    pub nodes: Vec<FacetCount>,
    pub total: i64,
    /// False: these are of the newest rows only, or some of them were not verified.
    pub exact: bool,
}

/// A line that was logged while a message was worked on.
#[derive(SimpleObject)]
pub struct MessageLogLine {
    pub at: String,
    pub level: String,
    pub logger: Option<String>,
    pub thread: Option<String>,
    pub route: Option<String>,
    pub node: Option<String>,
    pub text: String,
    pub stack: Option<String>,
}

impl From<log::Line> for MessageLogLine {
    fn from(line: log::Line) -> Self {
        let level = usize::try_from(line.level).ok();
        let level = level.and_then(|at| telemetry::model::Level::ALL.get(at));
        Self {
            at: started_at(MessageId::from_halves(line.at_us, 0)),
            level: level.map_or("info", |level| level.name()).to_owned(),
            logger: line.logger,
            thread: line.thread,
            route: line.route,
            node: line.node,
            text: line.text,
            stack: line.stack,
        }
    }
}

/// A message that belongs to another.
#[derive(SimpleObject)]
pub struct RelatedMessage {
    /// `caller`, `called`, `replay` or `together` (they share a breadcrumb or a trace).
    pub relation: String,
    /// The step that called it, if it is known.
    pub step: Option<i64>,
    pub message: Message,
}

/// One entry of the live tail: a message, or how many a slow reader did not get.
#[derive(SimpleObject)]
pub struct MessageEvent {
    pub message: Option<Message>,
    pub missed: Option<i64>,
}

#[derive(SimpleObject)]
pub struct QuerySuggestion {
    pub text: String,
    pub explains: String,
}

#[derive(SimpleObject)]
pub struct QueryCompletion {
    /// Characters before the place that a suggestion replaces.
    pub at: i64,
    pub suggestions: Vec<QuerySuggestion>,
}

/// A message that is being worked on.
#[derive(SimpleObject)]
pub struct MessageInFlight {
    pub id: ID,
    pub short: String,
    pub started_at: String,
    pub integration: String,
    pub environment: String,
    pub route: String,
    /// Where it is; null between two nodes.
    pub node: Option<String>,
    pub age_us: i64,
    /// How long it has been at that node.
    pub node_age_us: i64,
    pub thread: String,
    pub steps: i64,
}

#[derive(SimpleObject)]
pub struct MessagesInFlight {
    /// The oldest of each workload.
    pub nodes: Vec<MessageInFlight>,
    /// All of them, listed or not.
    pub total: i64,
    /// Workloads that could not be asked, and why.
    pub notes: Vec<String>,
}

fn cursor(after: Option<String>) -> async_graphql::Result<Option<MessageId>> {
    after
        .map(|text| text.parse())
        .transpose()
        .map_err(|_| to_gql(Error::invalid("MP-API-10", "`after` is no cursor of ours")))
}

#[derive(Default)]
pub struct MessageQuery;

#[Object]
impl MessageQuery {
    /// Messages, the newest first: `route:intake outcome:failed dur>2s since:1h`.
    async fn messages(
        &self,
        gql: &Context<'_>,
        #[graphql(default)] query: String,
        #[graphql(default = 50)] first: u32,
        after: Option<String>,
    ) -> async_graphql::Result<MessageConnection> {
        let ctx = gql.data::<Ctx>()?;
        let list = message::list(ctx, &query, first, cursor(after)?).await.map_err(to_gql)?;
        Ok(MessageConnection {
            next: list.next.map(|id| id.to_string()),
            partial: list.is_partial,
            columns: list.columns,
            notes: list.notes,
            nodes: list.rows.into_iter().map(|row| Message::of(row, list.short)).collect(),
        })
    }

    /// How many of the newest messages have which outcome, route, integration, error and node.
    async fn message_facets(
        &self,
        gql: &Context<'_>,
        #[graphql(default)] query: String,
    ) -> async_graphql::Result<MessageFacets> {
        let ctx = gql.data::<Ctx>()?;
        let facets = message::facets(ctx, &query).await.map_err(to_gql)?;
        let counts = |list: Vec<(String, u64)>| {
            list.into_iter().map(|(value, n)| FacetCount { value, count: number(n) }).collect()
        };
        Ok(MessageFacets {
            outcomes: facets
                .outcomes
                .into_iter()
                .map(|(value, n)| FacetCount { value: outcome(value), count: number(n) })
                .collect(),
            routes: counts(facets.routes),
            integrations: counts(facets.integrations),
            error_classes: counts(facets.classes),
            nodes: counts(facets.nodes),
            total: number(facets.total),
            exact: facets.is_exact,
        })
    }

    /// One message by its id, or by the last characters of it; with its first steps.
    async fn message(
        &self,
        gql: &Context<'_>,
        id: String,
        #[graphql(default = 1000)] steps: u32,
    ) -> async_graphql::Result<MessageDetail> {
        let ctx = gql.data::<Ctx>()?;
        Ok(message::find(ctx, &id, 0, steps).await.map_err(to_gql)?.into())
    }

    /// Steps of a message after the first `skip`.
    async fn message_steps(
        &self,
        gql: &Context<'_>,
        id: String,
        skip: u32,
        #[graphql(default = 1000)] first: u32,
    ) -> async_graphql::Result<Vec<MessageStep>> {
        let ctx = gql.data::<Ctx>()?;
        let detail = message::find(ctx, &id, skip, first).await.map_err(to_gql)?;
        Ok(detail.steps.into_iter().map(MessageStep::from).collect())
    }

    /// What a message carried; the look is in the audit.
    async fn message_payloads(
        &self,
        gql: &Context<'_>,
        id: String,
    ) -> async_graphql::Result<Vec<MessagePayload>> {
        let ctx = gql.data::<Ctx>()?;
        let payloads = message::payloads(ctx, &id).await.map_err(to_gql)?;
        Ok(payloads.into_iter().map(MessagePayload::from).collect())
    }

    /// Messages that belong to it: who called, whom it called, what shares its breadcrumb or trace, its replays.
    async fn related_messages(
        &self,
        gql: &Context<'_>,
        id: String,
    ) -> async_graphql::Result<Vec<RelatedMessage>> {
        let ctx = gql.data::<Ctx>()?;
        let related = message::related(ctx, &id).await.map_err(to_gql)?;
        let ids: Vec<MessageId> = related.iter().map(|one| one.row.id).collect();
        let short = telemetry::id::short_len(&ids);
        Ok(related
            .into_iter()
            .map(|one| RelatedMessage {
                relation: match one.relation {
                    message::Relation::Caller => "caller",
                    message::Relation::Called => "called",
                    message::Relation::Replay => "replay",
                    message::Relation::Together => "together",
                }
                .to_owned(),
                step: one.step.map(i64::from),
                message: Message::of(one.row, short),
            })
            .collect())
    }

    /// What was logged while it was worked on.
    async fn message_log(
        &self,
        gql: &Context<'_>,
        id: String,
    ) -> async_graphql::Result<Vec<MessageLogLine>> {
        let ctx = gql.data::<Ctx>()?;
        let lines = message::lines(ctx, &id).await.map_err(to_gql)?;
        Ok(lines.into_iter().map(MessageLogLine::from).collect())
    }

    /// A message beside another, or beside the last success of its route.
    async fn message_diff(
        &self,
        gql: &Context<'_>,
        left: String,
        right: Option<String>,
    ) -> async_graphql::Result<MessageDiff> {
        let ctx = gql.data::<Ctx>()?;
        let diff = message::diff::diff(ctx, &left, right.as_deref()).await.map_err(to_gql)?;
        Ok(diff.into())
    }

    /// What two messages carried where it differs, at the points that are recorded of both: the start, and where they failed.
    async fn message_changes(
        &self,
        gql: &Context<'_>,
        left: String,
        right: String,
    ) -> async_graphql::Result<Vec<MessageChange>> {
        let ctx = gql.data::<Ctx>()?;
        let changes = message::compare::of_messages(ctx, &left, &right).await.map_err(to_gql)?;
        Ok(changes.into_iter().map(MessageChange::from).collect())
    }

    /// What is being worked on now, the oldest first, as the tracers say it.
    async fn messages_in_flight(
        &self,
        gql: &Context<'_>,
        integration: Option<String>,
        environment: Option<String>,
    ) -> async_graphql::Result<MessagesInFlight> {
        let ctx = gql.data::<Ctx>()?;
        let Some(link) = gql.data_opt::<Arc<LinkServer>>() else {
            let message = "this server does not serve the link";
            return Err(to_gql(Error::unavailable("MP-LINK-07", message)));
        };
        let flights =
            message::flight::list(ctx, link, integration, environment).await.map_err(to_gql)?;
        let ids: Vec<MessageId> = flights.list.iter().filter_map(|it| it.id.parse().ok()).collect();
        let short = telemetry::id::short_len(&ids);
        let nodes = flights.list.into_iter().map(|flight| MessageInFlight {
            short: flight
                .id
                .chars()
                .skip(flight.id.chars().count().saturating_sub(short))
                .collect(),
            started_at: started_at(MessageId::from_halves(flight.started_us, 0)),
            id: ID(flight.id),
            integration: flight.integration,
            environment: flight.environment,
            route: flight.route.unwrap_or_default(),
            node: flight.node,
            age_us: number(flight.age_us),
            node_age_us: number(flight.node_age_us),
            thread: flight.thread,
            steps: number(flight.steps),
        });
        Ok(MessagesInFlight {
            nodes: nodes.collect(),
            total: number(flights.total),
            notes: flights.notes,
        })
    }

    /// What may stand at a place of a query.
    async fn complete_query(
        &self,
        gql: &Context<'_>,
        query: String,
        cursor: u32,
    ) -> async_graphql::Result<QueryCompletion> {
        let ctx = gql.data::<Ctx>()?;
        let cursor = usize::try_from(cursor).unwrap_or(usize::MAX);
        let completion = message::complete(ctx, &query, cursor).await.map_err(to_gql)?;
        Ok(QueryCompletion {
            at: i64::try_from(completion.at).unwrap_or(0),
            suggestions: completion
                .suggestions
                .into_iter()
                .map(|one| QuerySuggestion { text: one.text, explains: one.explains })
                .collect(),
        })
    }
}

#[derive(Default)]
pub struct MessageSubscription;

#[Subscription]
impl MessageSubscription {
    /// Messages as they arrive, before they are stored.
    async fn messages(
        &self,
        gql: &Context<'_>,
        #[graphql(default)] query: String,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<MessageEvent>> + use<>>
    {
        let ctx = gql.data::<Ctx>()?;
        let Some(ingest) = gql.data_opt::<Ingest>() else {
            let message = "this server takes no telemetry in";
            return Err(to_gql(Error::unavailable("MP-MSG-04", message)));
        };
        let events = message::live::watch(ctx, ingest, &query).map_err(to_gql)?;
        Ok(events.map(|event| match event {
            Ok(message::live::Event::Row(row)) => {
                let row = Message::of(*row, telemetry::id::SHORT_LEN);
                Ok(MessageEvent { message: Some(row), missed: None })
            }
            Ok(message::live::Event::Missed(count)) => {
                Ok(MessageEvent { message: None, missed: Some(number(count)) })
            }
            Err(err) => Err(to_gql(err)),
        }))
    }
}

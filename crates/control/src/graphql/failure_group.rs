//! Failure groups in the API: failures of one kind on one route, in which state they are, and what people say of them.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use domain::failure::State;
use domain::permission::Permission as P;
use jiff::Timestamp;
use store::telemetry::failure::Group;
use telemetry::id::MessageId;

use super::message::MessageCommit;
use super::permission::{Fields, fields, whole};
use super::series::{instant, number};
use super::to_gql;
use crate::app::message::trend;
use crate::app::{Error, failure_group};
use crate::ctx::Ctx;

pub(crate) const FIELDS: &[Fields] = &[
    fields("Query", &["failureGroups", "failureGroup", "failureTrends"], P::ReadMessage),
    fields(
        "Mutation",
        &[
            "resolveFailureGroup",
            "muteFailureGroup",
            "reopenFailureGroup",
            "assignFailureGroup",
            "noteFailureGroup",
        ],
        P::ManageFailure,
    ),
    whole("FailureGroup", P::ReadMessage),
    whole("FailureTrend", P::ReadMessage),
];

#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub enum FailureState {
    Open,
    /// Somebody dealt with it.
    Resolved,
    /// Nobody is to hear of it, for a while or for good.
    Muted,
    /// It was resolved, and failed again on a release that was deployed after that.
    Returned,
}

impl From<State> for FailureState {
    fn from(state: State) -> Self {
        match state {
            State::Open => Self::Open,
            State::Resolved => Self::Resolved,
            State::Muted => Self::Muted,
            State::Returned => Self::Returned,
        }
    }
}

impl From<FailureState> for State {
    fn from(state: FailureState) -> Self {
        match state {
            FailureState::Open => Self::Open,
            FailureState::Resolved => Self::Resolved,
            FailureState::Muted => Self::Muted,
            FailureState::Returned => Self::Returned,
        }
    }
}

/// Failures of one kind on one route.
#[derive(SimpleObject)]
pub struct FailureGroup {
    /// The same for ever.
    pub id: ID,
    /// As `fingerprint:` takes it.
    pub fingerprint: String,
    pub integration: String,
    pub environment: String,
    pub route: String,
    pub node: Option<String>,
    pub error_class: String,
    /// Of the last one.
    pub error: String,
    pub count: i64,
    pub handled: i64,
    /// Those whose replay completed or was handled.
    pub repaired: i64,
    /// Those that were neither handled nor repaired.
    pub open: i64,
    pub first: ID,
    pub first_at: String,
    pub last: ID,
    pub last_at: String,
    /// The release it began on; null: no deployment within ten minutes before.
    pub began_on: Option<MessageCommit>,
    pub state: FailureState,
    /// It is resolved, and messages that began after that failed so nevertheless, on the release that ran then: what was to mend it
    /// is not deployed yet, or does not mend it.
    pub still_failing: bool,
    /// When somebody resolved, muted or reopened it last; null: nobody did.
    pub state_at: Option<String>,
    pub state_by: Option<String>,
    /// Of a muted one; null: for good.
    pub muted_until: Option<String>,
    /// The release that ran when it was resolved.
    pub resolved_on: Option<MessageCommit>,
    /// Whose work it is.
    pub assignee: Option<String>,
    pub note: Option<String>,
}

impl From<failure_group::Shown> for FailureGroup {
    fn from(shown: failure_group::Shown) -> Self {
        let failure_group::Shown { group, state, goes_on, began_on, resolved_on } = shown;
        let open = number(group.open());
        let Group { key, mark, first, last, .. } = group;
        let at = |id: MessageId| {
            let us = i64::try_from(id.started_us).unwrap_or(i64::MAX);
            Timestamp::from_microsecond(us).unwrap_or_default().to_string()
        };
        let said = mark.as_ref().map(|mark| mark.said);
        let until = match said {
            Some(domain::failure::Said::Muted { until }) if state == State::Muted => until,
            _ => None,
        };
        Self {
            id: ID(failure_group::id::write(&key)),
            fingerprint: format!("{:016x}", key.fingerprint),
            integration: key.integration,
            environment: key.environment,
            route: group.route,
            node: group.node,
            error_class: group.class,
            error: group.message,
            count: number(group.count),
            handled: number(group.handled),
            repaired: number(group.repaired),
            open,
            first: ID(first.to_string()),
            first_at: at(first),
            last: ID(last.to_string()),
            last_at: at(last),
            began_on: began_on.map(MessageCommit::from),
            state: state.into(),
            still_failing: goes_on,
            state_at: mark.as_ref().and_then(|mark| mark.said_at).map(|at| at.to_string()),
            state_by: mark.as_ref().and_then(|mark| mark.by.clone()),
            muted_until: until.map(|at| at.to_string()),
            resolved_on: resolved_on.map(MessageCommit::from),
            assignee: mark.as_ref().and_then(|mark| mark.assignee.clone()),
            note: mark.and_then(|mark| mark.note),
        }
    }
}

/// How often failures of one kind happened in each part of a period.
#[derive(SimpleObject)]
pub struct FailureTrend {
    pub fingerprint: String,
    pub integration: String,
    pub environment: String,
    pub route: String,
    /// The oldest part first.
    pub counts: Vec<i64>,
}

#[derive(Default)]
pub struct FailureGroupQuery;

#[Object]
impl FailureGroupQuery {
    /// Failures by kind that happened since, the newest first; `state`: of these alone.
    async fn failure_groups(
        &self,
        gql: &Context<'_>,
        since: String,
        before: Option<ID>,
        state: Option<Vec<FailureState>>,
        #[graphql(default = 200)] first: u32,
    ) -> async_graphql::Result<Vec<FailureGroup>> {
        let ctx = gql.data::<Ctx>()?;
        let before = before
            .map(|id| id.parse())
            .transpose()
            .map_err(|_| to_gql(Error::invalid("MP-API-10", "`before` is no message's id")))?;
        let states: Option<Vec<State>> =
            state.map(|all| all.into_iter().map(State::from).collect());
        let groups =
            failure_group::list(ctx, instant(&since)?, before, states.as_deref(), first).await;
        Ok(groups.map_err(to_gql)?.into_iter().map(FailureGroup::from).collect())
    }

    async fn failure_group(
        &self,
        gql: &Context<'_>,
        id: ID,
    ) -> async_graphql::Result<Option<FailureGroup>> {
        let ctx = gql.data::<Ctx>()?;
        let found = failure_group::find(ctx, &id).await.map_err(to_gql)?;
        Ok(found.map(FailureGroup::from))
    }

    /// When failures of each kind happened: the period in `parts` of the same length.
    async fn failure_trends(
        &self,
        gql: &Context<'_>,
        from: String,
        to: String,
        #[graphql(default = 24)] parts: u32,
    ) -> async_graphql::Result<Vec<FailureTrend>> {
        let ctx = gql.data::<Ctx>()?;
        let kinds = trend::list(ctx, instant(&from)?, instant(&to)?, parts).await;
        Ok(kinds
            .map_err(to_gql)?
            .into_iter()
            .map(|(kind, counts)| FailureTrend {
                fingerprint: format!("{:016x}", kind.fingerprint),
                integration: kind.integration,
                environment: kind.environment,
                route: kind.route,
                counts: counts.into_iter().map(number).collect(),
            })
            .collect())
    }
}

#[derive(Default)]
pub struct FailureGroupMutation;

#[Object]
impl FailureGroupMutation {
    /// Somebody has dealt with it: it comes back when it fails on a release that is deployed later.
    async fn resolve_failure_group(
        &self,
        gql: &Context<'_>,
        id: ID,
        note: Option<String>,
    ) -> async_graphql::Result<FailureGroup> {
        let ctx = gql.data::<Ctx>()?;
        Ok(failure_group::resolve(ctx, &id, note.as_deref()).await.map_err(to_gql)?.into())
    }

    /// Nobody is to hear of it; `until` is a time (RFC 3339), null for good.
    async fn mute_failure_group(
        &self,
        gql: &Context<'_>,
        id: ID,
        until: Option<String>,
        note: Option<String>,
    ) -> async_graphql::Result<FailureGroup> {
        let ctx = gql.data::<Ctx>()?;
        let until = until.as_deref().map(instant).transpose()?;
        Ok(failure_group::mute(ctx, &id, until, note.as_deref()).await.map_err(to_gql)?.into())
    }

    /// Ends a resolution or a mute.
    async fn reopen_failure_group(
        &self,
        gql: &Context<'_>,
        id: ID,
    ) -> async_graphql::Result<FailureGroup> {
        let ctx = gql.data::<Ctx>()?;
        Ok(failure_group::reopen(ctx, &id).await.map_err(to_gql)?.into())
    }

    /// Says whose work it is, in at most 200 characters; null: nobody's.
    async fn assign_failure_group(
        &self,
        gql: &Context<'_>,
        id: ID,
        to: Option<String>,
    ) -> async_graphql::Result<FailureGroup> {
        let ctx = gql.data::<Ctx>()?;
        Ok(failure_group::assign(ctx, &id, to.as_deref()).await.map_err(to_gql)?.into())
    }

    /// Writes its note anew, in at most 4,000 characters; null takes it away.
    async fn note_failure_group(
        &self,
        gql: &Context<'_>,
        id: ID,
        note: Option<String>,
    ) -> async_graphql::Result<FailureGroup> {
        let ctx = gql.data::<Ctx>()?;
        Ok(failure_group::note(ctx, &id, note.as_deref()).await.map_err(to_gql)?.into())
    }
}

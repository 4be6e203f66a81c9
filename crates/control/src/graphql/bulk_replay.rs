//! Many messages replayed, in the API.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use domain::bulk_replay::Action;
use domain::permission::Permission as P;

use super::permission::{Fields, fields, whole};
use super::release::bad_id;
use super::to_gql;
use crate::app::bulk_replay::{self, Wanted};
use crate::ctx::Ctx;

pub(crate) const FIELDS: &[Fields] = &[
    fields("Query", &["bulkReplay", "bulkReplays"], P::ReadMessage),
    fields("Mutation", &["startBulkReplay", "changeBulkReplay"], P::OperateWorkload),
    whole("BulkReplay", P::ReadMessage),
    whole("BulkReplayRefusal", P::ReadMessage),
];

#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub enum BulkReplayAction {
    Pause,
    /// Also after a canary, or after too many failures: somebody has looked at them.
    Resume,
    /// What was begun comes to its end; nothing more is begun.
    Cancel,
}

impl From<BulkReplayAction> for Action {
    fn from(action: BulkReplayAction) -> Self {
        match action {
            BulkReplayAction::Pause => Self::Pause,
            BulkReplayAction::Resume => Self::Resume,
            BulkReplayAction::Cancel => Self::Cancel,
        }
    }
}

/// Why messages of a bulk replay were not begun.
#[derive(SimpleObject)]
pub struct BulkReplayRefusal {
    pub code: String,
    pub reason: String,
    pub count: i64,
}

/// Many messages replayed, and how far that came.
#[derive(SimpleObject)]
pub struct BulkReplay {
    pub id: ID,
    pub query: String,
    /// `running`, `paused`, `ended` or `cancelled`.
    pub state: String,
    /// Why it paused.
    pub reason: Option<String>,
    /// So many first; null: none, or they were looked at.
    pub canary: Option<u32>,
    pub per_second: u32,
    pub stop_after: u32,
    pub by: String,
    pub asked_at: String,
    pub ended_at: Option<String>,
    pub total: u32,
    pub begun: u32,
    pub completed: u32,
    pub handled: u32,
    pub failed: u32,
    /// Done, and how it ended is not known.
    pub unknown: u32,
    pub not_done: u32,
    pub refused: u32,
    pub refusals: Vec<BulkReplayRefusal>,
}

impl From<bulk_replay::Shown> for BulkReplay {
    fn from(shown: bulk_replay::Shown) -> Self {
        let bulk_replay::Shown { bulk, progress, refusals } = shown;
        let refusal = |(code, reason, count)| BulkReplayRefusal { code, reason, count };
        Self {
            id: ID(bulk.id.to_string()),
            query: bulk.query,
            state: bulk.state.as_str().to_owned(),
            reason: bulk.reason,
            canary: bulk.rules.canary,
            per_second: bulk.rules.per_second,
            stop_after: bulk.rules.stop_after,
            by: bulk.by,
            asked_at: bulk.asked_at.to_string(),
            ended_at: bulk.ended_at.map(|at| at.to_string()),
            total: progress.total,
            begun: progress.begun,
            completed: progress.completed,
            handled: progress.handled,
            failed: progress.failed,
            unknown: progress.unknown,
            not_done: progress.not_done,
            refused: progress.refused,
            refusals: refusals.into_iter().map(refusal).collect(),
        }
    }
}

#[derive(Default)]
pub struct BulkReplayQuery;

#[Object]
impl BulkReplayQuery {
    async fn bulk_replay(&self, gql: &Context<'_>, id: ID) -> async_graphql::Result<BulkReplay> {
        let ctx = gql.data::<Ctx>()?;
        let id = id.parse().map_err(|_| bad_id())?;
        Ok(bulk_replay::find(ctx, id).await.map_err(to_gql)?.into())
    }

    /// The newest first.
    async fn bulk_replays(&self, gql: &Context<'_>) -> async_graphql::Result<Vec<BulkReplay>> {
        let ctx = gql.data::<Ctx>()?;
        let all = bulk_replay::all(ctx).await.map_err(to_gql)?;
        Ok(all.into_iter().map(BulkReplay::from).collect())
    }
}

#[derive(Default)]
pub struct BulkReplayMutation;

#[Object]
impl BulkReplayMutation {
    /// Replays every message that a query finds, unedited, each once; replays and what they repaired are left out.
    async fn start_bulk_replay(
        &self,
        gql: &Context<'_>,
        query: String,
        canary: Option<u32>,
        #[graphql(default = 10)] per_second: u32,
        #[graphql(default = 3)] stop_after: u32,
        #[graphql(default)] repeat_effects: bool,
    ) -> async_graphql::Result<BulkReplay> {
        let ctx = gql.data::<Ctx>()?;
        let wanted = Wanted { canary, per_second, stop_after, repeat_effects };
        Ok(bulk_replay::start(ctx, &query, wanted).await.map_err(to_gql)?.into())
    }

    async fn change_bulk_replay(
        &self,
        gql: &Context<'_>,
        id: ID,
        action: BulkReplayAction,
    ) -> async_graphql::Result<BulkReplay> {
        let ctx = gql.data::<Ctx>()?;
        let id = id.parse().map_err(|_| bad_id())?;
        Ok(bulk_replay::change(ctx, id, action.into()).await.map_err(to_gql)?.into())
    }
}

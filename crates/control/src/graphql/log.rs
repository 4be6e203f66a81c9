//! Logs in the API: a subscription, because there is nothing to ask twice for.

use std::sync::Arc;

use async_graphql::{Context, ID, SimpleObject, Subscription};
use domain::id::WorkloadId;
use domain::permission::Permission as P;
use futures::{Stream, StreamExt as _};

use super::permission::{Fields, fields, whole};
use super::to_gql;
use crate::app::{Error, log};
use crate::ctx::Ctx;
use crate::link_server::{LinkServer, LogQuery};

pub(crate) const FIELDS: &[Fields] =
    &[fields("Subscription", &["logs"], P::ReadLog), whole("LogLine", P::ReadLog)];

/// One entry of a workload's log; a stack trace belongs to its entry.
#[derive(SimpleObject)]
pub struct LogLine {
    pub workload: ID,
    pub integration: String,
    pub time: String,
    pub level: String,
    pub logger: String,
    pub thread: String,
    pub message: String,
    pub stack: Option<String>,
}

impl From<log::Line> for LogLine {
    fn from(line: log::Line) -> Self {
        let log::Line { workload, integration, time, level, logger, thread, message, stack } = line;
        Self { workload: ID(workload), integration, time, level, logger, thread, message, stack }
    }
}

#[derive(Default)]
pub struct LogSubscription;

#[Subscription]
impl LogSubscription {
    /// Lines as they come. `sinceMs` looks that many milliseconds back, `tail` begins with so many last lines, `previous`
    /// reads what ran before.
    #[expect(clippy::too_many_arguments, reason = "each is one flag of `midplane logs`")]
    async fn logs(
        &self,
        gql: &Context<'_>,
        workloads: Option<Vec<ID>>,
        follow: Option<bool>,
        since_ms: Option<i64>,
        tail: Option<u32>,
        level: Option<String>,
        grep: Option<String>,
        previous: Option<bool>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<LogLine>> + use<>> {
        let ctx = gql.data::<Ctx>()?.clone();
        let Some(link) = gql.data_opt::<Arc<LinkServer>>() else {
            let message = "this server does not serve the link";
            return Err(to_gql(Error::unavailable("MP-LINK-07", message)));
        };
        let ids: Option<Vec<WorkloadId>> = workloads
            .map(|ids| ids.iter().map(|id| id.parse()).collect::<Result<_, _>>())
            .transpose()
            .map_err(|_| to_gql(Error::not_found("workload of that id")))?;
        let query = LogQuery {
            follow: follow.unwrap_or(false),
            since_ms: since_ms.map(|back| ctx.now().as_millisecond().saturating_sub(back)),
            tail,
            previous: previous.unwrap_or(false),
            level,
            grep,
        };
        let lines = log::tail(&ctx, link, ids.as_deref(), &query).await.map_err(to_gql)?;
        Ok(lines.map(|line| line.map(LogLine::from).map_err(to_gql)))
    }
}

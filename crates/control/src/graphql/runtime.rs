//! Runtimes: list, one, live; add, revoke, ping.

use std::time::Duration;

use async_graphql::{Context, ID, Object, SimpleObject, Subscription};
use domain::permission::Permission as P;
use domain::runtime::Purpose;
use futures::Stream;
use jiff::Timestamp;
use store::runtime as row;

use super::permission::{Fields, fields, whole};
use super::to_gql;
use crate::app::{Error, command, enrolment, runtime};
use crate::ctx::Ctx;

pub(crate) const FIELDS: &[Fields] = &[
    fields("Query", &["runtimes", "runtime"], P::ReadRuntime),
    fields("Mutation", &["addRuntime", "revokeRuntime", "pingRuntime"], P::ManageRuntime),
    fields("Subscription", &["runtimes"], P::ReadRuntime),
    whole("Runtime", P::ReadRuntime),
    whole("RuntimeCondition", P::ReadRuntime),
    whole("AddRuntimePayload", P::ManageRuntime),
    whole("Ping", P::ManageRuntime),
];

/// Silence changes a runtime's state without any event: the live list looks this often.
const LOOK: Duration = Duration::from_secs(5);

/// Where workloads run.
#[derive(Clone, Debug, PartialEq, SimpleObject)]
pub struct Runtime {
    id: ID,
    name: String,
    /// run, build, shared.
    purposes: Vec<String>,
    /// awaited, connected, late, lost, locked, revoked.
    state: String,
    /// Why it is locked or revoked.
    reason: Option<String>,
    last_seen_at: Option<String>,
    version: Option<String>,
    certificate_not_after: Option<String>,
    /// What the runner says of itself.
    conditions: Vec<RuntimeCondition>,
    capabilities: Vec<String>,
    /// How far its clock is ahead of ours.
    clock_skew_ms: Option<f64>,
    memory_bytes: Option<f64>,
    created_at: String,
}

#[derive(Clone, Debug, PartialEq, SimpleObject)]
pub struct RuntimeCondition {
    component: String,
    ok: bool,
    reason: String,
}

#[derive(SimpleObject)]
pub struct AddRuntimePayload {
    runtime: Runtime,
    /// Shown once; good for 15 minutes and one machine.
    token: String,
    /// What to run on the machine.
    command: String,
    /// What the runner will be allowed to do.
    permissions: Vec<String>,
}

#[derive(SimpleObject)]
pub struct Ping {
    acknowledged_ms: f64,
    completed_ms: f64,
}

#[expect(
    clippy::cast_precision_loss,
    reason = "GraphQL has no 64 bit integer; 2^53 bytes or ms are enough"
)]
fn number(value: i64) -> f64 {
    value as f64
}

impl Runtime {
    fn of(row: row::Runtime, now: Timestamp) -> Self {
        let state = row.state(now).as_str().to_owned();
        Self {
            id: ID(row.id.to_string()),
            name: row.name,
            purposes: row.purposes.iter().map(|purpose| purpose.as_str().to_owned()).collect(),
            state,
            reason: row.standing_reason,
            last_seen_at: row.last_seen_at.map(|at| at.to_string()),
            version: row.version,
            certificate_not_after: row.certificate_not_after.map(|at| at.to_string()),
            conditions: row
                .conditions
                .into_iter()
                .map(|row::Condition { component, ok, reason }| RuntimeCondition {
                    component,
                    ok,
                    reason,
                })
                .collect(),
            capabilities: row.capabilities,
            clock_skew_ms: row.clock_skew_ms.map(number),
            memory_bytes: row
                .rss_bytes
                .map(|bytes| number(i64::try_from(bytes).unwrap_or(i64::MAX))),
            created_at: row.created_at.to_string(),
        }
    }
}

async fn all(ctx: &Ctx) -> Result<Vec<Runtime>, Error> {
    let now = ctx.now();
    Ok(runtime::list(ctx).await?.into_iter().map(|row| Runtime::of(row, now)).collect())
}

#[derive(Default)]
pub struct RuntimeQuery;

#[Object]
impl RuntimeQuery {
    /// Every runtime that is not revoked.
    async fn runtimes(&self, gql: &Context<'_>) -> async_graphql::Result<Vec<Runtime>> {
        all(gql.data::<Ctx>()?).await.map_err(to_gql)
    }

    async fn runtime(
        &self,
        gql: &Context<'_>,
        name: String,
    ) -> async_graphql::Result<Option<Runtime>> {
        let ctx = gql.data::<Ctx>()?;
        let row = runtime::find(ctx, &name).await.map_err(to_gql)?;
        Ok(Some(Runtime::of(row, ctx.now())))
    }
}

#[derive(Default)]
pub struct RuntimeMutation;

#[Object]
impl RuntimeMutation {
    /// Registers a runtime and returns the one line that enrols a machine as it.
    async fn add_runtime(
        &self,
        gql: &Context<'_>,
        name: String,
        #[graphql(
            desc = "run, build or shared; several with a comma between them",
            default_with = "\"run\".to_owned()"
        )]
        purpose: String,
    ) -> async_graphql::Result<AddRuntimePayload> {
        let ctx = gql.data::<Ctx>()?;
        let purposes = purpose.split(',').map(|text| {
            Purpose::parse(text.trim()).ok_or_else(|| {
                Error::invalid(
                    "MP-ENROL-15",
                    format!("`{}` is not a purpose: run, build or shared", text.trim()),
                )
            })
        });
        let purposes: Vec<_> = purposes.collect::<Result<_, _>>().map_err(to_gql)?;
        let offered = enrolment::offer(ctx, &name, &purposes).await.map_err(to_gql)?;
        let row = runtime::find(ctx, &name).await.map_err(to_gql)?;
        Ok(AddRuntimePayload {
            runtime: Runtime::of(row, ctx.now()),
            command: format!("midplane runner join {}", offered.token),
            token: offered.token,
            permissions: offered.permissions,
        })
    }

    /// Ends the runtime's certificate for good and closes its link.
    async fn revoke_runtime(
        &self,
        gql: &Context<'_>,
        name: String,
    ) -> async_graphql::Result<Runtime> {
        let ctx = gql.data::<Ctx>()?;
        let row = runtime::revoke(ctx, &name).await.map_err(to_gql)?;
        Ok(Runtime::of(row, ctx.now()))
    }

    /// Sends a command that does nothing and says how long it took.
    async fn ping_runtime(&self, gql: &Context<'_>, name: String) -> async_graphql::Result<Ping> {
        let ctx = gql.data::<Ctx>()?;
        let ping = command::ping(ctx, &name).await.map_err(to_gql)?;
        Ok(Ping {
            acknowledged_ms: ping.acknowledged.as_secs_f64() * 1000.0,
            completed_ms: ping.completed.as_secs_f64() * 1000.0,
        })
    }
}

#[derive(Default)]
pub struct RuntimeSubscription;

#[Subscription]
impl RuntimeSubscription {
    /// Each runtime now, and again whenever it is another than before.
    async fn runtimes(
        &self,
        gql: &Context<'_>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<Runtime>>> {
        let ctx = gql.data::<Ctx>()?.clone();
        // Refused at once, not with the first item.
        let first = all(&ctx).await.map_err(to_gql)?;
        let wakes = ctx.bus().subscribe(store::desired::TOPIC);
        let state = (ctx, wakes, Vec::<Runtime>::new(), std::collections::VecDeque::from(first));
        Ok(futures::stream::unfold(state, |(ctx, mut wakes, mut known, mut ready)| async move {
            loop {
                if let Some(next) = ready.pop_front() {
                    known.retain(|runtime| runtime.id != next.id);
                    known.push(next.clone());
                    return Some((Ok(next), (ctx, wakes, known, ready)));
                }
                // A wake-up or the timer: both only say "look".
                let _ = tokio::time::timeout(LOOK, wakes.next()).await;
                match all(&ctx).await {
                    Ok(now) => {
                        ready.extend(now.into_iter().filter(|runtime| !known.contains(runtime)));
                    }
                    Err(err) => return Some((Err(to_gql(err)), (ctx, wakes, known, ready))),
                }
            }
        }))
    }
}

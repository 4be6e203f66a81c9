//! Figures of messages in the API: heat of routes, series, accounts.

use async_graphql::{Context, Object, SimpleObject};
use domain::permission::Permission as P;
use jiff::{SignedDuration, Timestamp};
use store::telemetry::rollup::Sum;

use super::permission::{Fields, fields, whole};
use super::to_gql;
use crate::app::Error;
use crate::app::message::series::{self, Of};
use crate::ctx::Ctx;

pub(crate) const FIELDS: &[Fields] = &[
    fields("Query", &["routeHeat", "messageSeries", "telemetryAccounts"], P::ReadMessage),
    whole("RouteHeat", P::ReadMessage),
    whole("MessageSum", P::ReadMessage),
    whole("MessagePoint", P::ReadMessage),
    whole("TelemetryAccount", P::ReadMessage),
];

/// What went through something: counts that are never sampled.
#[derive(SimpleObject)]
pub struct MessageSum {
    pub count: i64,
    pub failed: i64,
    pub handled: i64,
    pub mean_us: Option<i64>,
    pub p50_us: Option<i64>,
    pub p95_us: Option<i64>,
    pub p99_us: Option<i64>,
    pub max_us: i64,
}

pub(super) fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl From<&Sum> for MessageSum {
    fn from(sum: &Sum) -> Self {
        let quantile = |share| sum.durations.quantile_us(share).map(number);
        Self {
            count: number(sum.count),
            failed: number(sum.failed),
            handled: number(sum.handled),
            mean_us: sum.sum_us.checked_div(sum.count).map(number),
            p50_us: quantile(0.5),
            p95_us: quantile(0.95),
            p99_us: quantile(0.99),
            max_us: number(sum.max_us),
        }
    }
}

#[derive(SimpleObject)]
pub struct RouteHeat {
    /// Null for the route as a whole.
    pub node: Option<String>,
    pub kind: Option<String>,
    pub label: Option<String>,
    pub sum: MessageSum,
}

#[derive(SimpleObject)]
pub struct MessagePoint {
    pub at: String,
    pub sum: MessageSum,
}

/// One side of `produced = stored + dropped + lost + in flight`.
#[derive(SimpleObject)]
pub struct TelemetryAccount {
    /// `produced`, `stored`, `dropped` or `lost`.
    pub entry: String,
    pub kind: String,
    pub stage: Option<String>,
    pub reason: Option<String>,
    /// False where the count is only an upper bound: such losses are in no sum.
    pub is_exact: bool,
    /// A setting asked for it; nothing is missing.
    pub is_wanted: bool,
    pub count: i64,
}

impl From<store::telemetry::log::Account> for TelemetryAccount {
    fn from(row: store::telemetry::log::Account) -> Self {
        use store::telemetry::rows::entry;
        use telemetry::model::{Kind, LossReason, Reason, Stage};
        let at = |number: i16| usize::try_from(number).unwrap_or(usize::MAX);
        let (name, stage, reason) = match row.entry {
            entry::PRODUCED => ("produced", None, None),
            entry::STORED => ("stored", None, None),
            entry::DROPPED => (
                "dropped",
                Stage::ALL.get(at(row.stage)).map(|it| it.name()),
                Reason::ALL.get(at(row.reason)).map(|it| it.name()),
            ),
            _ => ("lost", None, LossReason::ALL.get(at(row.reason)).map(|it| it.name())),
        };
        let kind = u64::try_from(row.kind).ok().and_then(Kind::from_number);
        let is_drop = row.entry == entry::DROPPED;
        let wanted = Reason::ALL.get(at(row.reason)).is_some_and(|reason| reason.is_wanted());
        Self {
            entry: name.to_owned(),
            kind: kind.map_or("unknown", |kind| kind.name()).to_owned(),
            stage: stage.map(str::to_owned),
            reason: reason.map(str::to_owned),
            is_exact: row.entry != entry::LOST || row.stage != 0,
            is_wanted: is_drop && wanted,
            count: number(row.count),
        }
    }
}

pub(super) fn instant(text: &str) -> async_graphql::Result<Timestamp> {
    text.parse().map_err(|_| {
        let shown: String = text.chars().take(40).collect();
        to_gql(Error::invalid("MP-API-10", format!("`{shown}` is no time (RFC 3339)")))
    })
}

#[derive(Default)]
pub struct SeriesQuery;

#[Object]
impl SeriesQuery {
    /// What went through each node of a route.
    async fn route_heat(
        &self,
        gql: &Context<'_>,
        integration: Option<String>,
        environment: Option<String>,
        route: String,
        from: String,
        to: String,
    ) -> async_graphql::Result<Vec<RouteHeat>> {
        let ctx = gql.data::<Ctx>()?;
        let of = Of { environment, integration, route: Some(route) };
        let heat = series::heat(ctx, &of, instant(&from)?, instant(&to)?).await.map_err(to_gql)?;
        Ok(heat
            .into_iter()
            .map(|heat| RouteHeat {
                sum: MessageSum::from(&heat.sum),
                node: heat.node,
                kind: heat.kind,
                label: heat.label,
            })
            .collect())
    }

    /// Rate, errors and latency over time; a step that counted nothing has no point.
    #[expect(clippy::too_many_arguments, reason = "a chart's axes and its filters")]
    async fn message_series(
        &self,
        gql: &Context<'_>,
        integration: Option<String>,
        environment: Option<String>,
        route: Option<String>,
        from: String,
        to: String,
        #[graphql(default = 60)] step_s: u32,
    ) -> async_graphql::Result<Vec<MessagePoint>> {
        let ctx = gql.data::<Ctx>()?;
        let of = Of { environment, integration, route };
        let step = SignedDuration::from_secs(i64::from(step_s));
        let points =
            series::series(ctx, &of, instant(&from)?, instant(&to)?, step).await.map_err(to_gql)?;
        Ok(points
            .into_iter()
            .map(|(at, sum)| MessagePoint { at: at.to_string(), sum: MessageSum::from(&sum) })
            .collect())
    }

    /// What became of every record of a period.
    async fn telemetry_accounts(
        &self,
        gql: &Context<'_>,
        integration: Option<String>,
        environment: Option<String>,
        from: String,
        to: String,
    ) -> async_graphql::Result<Vec<TelemetryAccount>> {
        let ctx = gql.data::<Ctx>()?;
        let of = Of { environment, integration, route: None };
        let accounts =
            series::accounts(ctx, &of, instant(&from)?, instant(&to)?).await.map_err(to_gql)?;
        Ok(accounts.into_iter().map(TelemetryAccount::from).collect())
    }
}

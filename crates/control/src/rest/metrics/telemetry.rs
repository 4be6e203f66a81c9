//! Figures of messages, routes and workloads, and what this process took in.
//!
//! Routes are gauges over the last five whole minutes, read from counts that are never sampled: a total that survives
//! restarts would have to be added up from the beginning at each scrape. Labels are names of the organization's own
//! integrations and routes, so their number is bounded by what it deployed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use store::Tx;
use store::telemetry::rollup::{self, Period, Sum};
use store::telemetry::{NameId, name};

use super::head;
use crate::ctx::Ctx;
use crate::ingest::Counters;

const MINUTE_US: u64 = 60_000_000;
/// Long enough for a rate that does not jump, short enough to see what happens.
const WINDOW_US: u64 = 5 * MINUTE_US;
/// Series of one scrape; an organization with more routes looks at them in the console.
const MOST_ROUTES: usize = 2_000;

pub(super) fn counters(counters: &Counters, text: &mut String) {
    let mut one = |name: &str, help: &str, value: &AtomicU64| {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} counter");
        let _ = writeln!(text, "{name} {}", value.load(Ordering::Relaxed));
    };
    one("midplane_ingest_blocks_total", "Blocks of telemetry that arrived.", &counters.blocks);
    one("midplane_ingest_bytes_total", "Bytes of them.", &counters.bytes);
    one("midplane_ingest_messages_total", "Messages in them.", &counters.messages);
    one("midplane_ingest_steps_total", "Steps in them.", &counters.steps);
    let help = "Blocks that had been stored before.";
    one("midplane_ingest_repeated_total", help, &counters.repeated);
    let help = "Blocks that will never be stored.";
    one("midplane_ingest_rejected_total", help, &counters.rejected);
    let help = "Times that runners were asked to wait for the store.";
    one("midplane_ingest_retried_total", help, &counters.retried);
}

struct Measured {
    integration: String,
    environment: String,
    route: String,
    sum: Sum,
}

#[expect(clippy::cast_precision_loss, reason = "rates and seconds are for reading")]
pub(super) async fn figures(
    ctx: &Ctx,
    tx: &mut Tx,
    text: &mut String,
) -> Result<(), crate::app::Error> {
    let routes = routes(ctx, tx).await?;
    let minutes = (WINDOW_US / MINUTE_US) as f64;
    let mut each = |name: &str, help: &str, of: &dyn Fn(&Sum) -> Option<f64>| {
        head(text, name, help);
        for Measured { integration, environment, route, sum } in &routes {
            if let Some(value) = of(sum) {
                let [integration, environment, route] =
                    [integration, environment, route].map(|it| escaped(it));
                let _ = writeln!(
                    text,
                    "{name}{{integration=\"{integration}\",environment=\"{environment}\",route=\"{route}\"}} {value}"
                );
            }
        }
    };
    let per_minute = |count: u64| Some(count as f64 / minutes);
    let help = "Messages a minute, over the last five whole minutes.";
    each("midplane_route_messages_per_minute", help, &|sum| per_minute(sum.count));
    let help = "Failed messages a minute, over the same time.";
    each("midplane_route_failed_per_minute", help, &|sum| per_minute(sum.failed));
    let help = "Messages with a failure that was handled, a minute.";
    each("midplane_route_handled_per_minute", help, &|sum| per_minute(sum.handled));
    for (name, share) in [("midplane_route_p50_seconds", 0.5), ("midplane_route_p95_seconds", 0.95)]
    {
        let help = "What this share of the messages took at most.";
        each(name, help, &|sum| sum.durations.quantile_us(share).map(|us| us as f64 / 1e6));
    }
    workloads(tx, text).await
}

async fn routes(ctx: &Ctx, tx: &mut Tx) -> Result<Vec<Measured>, crate::app::Error> {
    let now_us = u64::try_from(ctx.now().as_microsecond()).unwrap_or(0);
    // The minute that is running is not whole, and the one before may still be on its way.
    let to_us = (now_us / MINUTE_US).saturating_sub(1) * MINUTE_US;
    let period = Period { from_us: to_us.saturating_sub(WINDOW_US), to_us };
    let origins = name::origins(tx).await?;
    let sums = rollup::by_route(tx, period).await?;
    let ids: Vec<NameId> = sums.keys().map(|(_, route)| *route).collect();
    let names = name::texts(tx, &ids).await?;
    let mut routes: BTreeMap<(String, String, String), Sum> = BTreeMap::new();
    for ((origin, route), sum) in sums {
        let Some(origin) = origins.get(&origin) else { continue };
        let route = names.get(&route).cloned().unwrap_or_default();
        let key = (origin.integration.clone(), origin.environment.clone(), route);
        routes.entry(key).or_default().merge(&sum);
    }
    Ok(routes
        .into_iter()
        .take(MOST_ROUTES)
        .map(|((integration, environment, route), sum)| Measured {
            integration,
            environment,
            route,
            sum,
        })
        .collect())
}

type OfWorkload<'a> = &'a dyn Fn(&store::workload::Seen) -> Option<f64>;

#[expect(clippy::cast_precision_loss, reason = "bytes and seconds are for reading")]
async fn workloads(tx: &mut Tx, text: &mut String) -> Result<(), crate::app::Error> {
    let mut rows = Vec::new();
    for workload in store::workload::list(tx).await? {
        let integration = store::integration::find(tx, workload.integration).await?;
        let environment = store::environment::find(tx, workload.environment).await?;
        if let (Some(integration), Some(environment), Some(seen)) =
            (integration, environment, workload.seen)
        {
            rows.push((integration.name, environment.name, seen));
        }
    }
    let mut each = |kind: &str, name: &str, help: &str, of: OfWorkload<'_>| {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (integration, environment, seen) in &rows {
            if let Some(value) = of(seen) {
                let [integration, environment] = [integration, environment].map(|it| escaped(it));
                let _ = writeln!(
                    text,
                    "{name}{{integration=\"{integration}\",environment=\"{environment}\"}} {value}"
                );
            }
        }
    };
    each("gauge", "midplane_workload_up", "Whether the workload is ready.", &|seen| {
        Some(u8::from(seen.state == "ready").into())
    });
    let help = "Resident memory of the workload's process.";
    let memory: OfWorkload<'_> = &|seen| seen.rss_bytes.map(|bytes| bytes as f64);
    each("gauge", "midplane_workload_resident_memory_bytes", help, memory);
    let help = "CPU time of the workload's process; begins again with each process.";
    let cpu: OfWorkload<'_> = &|seen| seen.cpu_ms.map(|ms| ms as f64 / 1e3);
    each("counter", "midplane_workload_cpu_seconds_total", help, cpu);
    let help = "Times that its runner started it again after it ended.";
    each("gauge", "midplane_workload_restarts", help, &|seen| Some(seen.restarts.into()));
    Ok(())
}

/// A label's value as the text format wants it.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

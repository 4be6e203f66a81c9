//! Counters of this process and figures of the organization, in Prometheus' text format.
//!
//! Counting a request is one addition under a short lock; the route is the pattern, never the path, so the number of
//! series is bounded by the router. The figures are read from the database at each scrape, a few statements over indexed
//! rows, so that every replica says the same and a restart loses nothing. `docs/operations/metrics.md` explains each.

mod telemetry;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::deployment::Phase;
use domain::permission::Permission;
use domain::runtime;
use http::header::{self, HeaderMap};
use http::{Method, StatusCode};

use store::figures::{Count, Jobs};
use store::runtime::Runtime;

use super::App;
use super::access::to_http;
use crate::ctx::Ctx;
use crate::ingest::Counters;

type Series = (String, String, u16);

#[derive(Debug, Default)]
pub struct Metrics {
    pub(crate) ingest: Counters,
    requests: Mutex<BTreeMap<Series, u64>>,
}

impl Metrics {
    pub(crate) fn request(&self, method: &Method, route: &str, status: StatusCode) {
        let series = (method.to_string(), route.to_owned(), status.as_u16());
        if let Ok(mut requests) = self.requests.lock() {
            *requests.entry(series).or_default() += 1;
        }
    }

    fn write(&self, text: &mut String) {
        text.push_str("# HELP midplane_http_requests_total Requests answered by this process.\n");
        text.push_str("# TYPE midplane_http_requests_total counter\n");
        let Ok(requests) = self.requests.lock() else { return };
        for ((method, route, status), count) in requests.iter() {
            let _ = writeln!(
                text,
                "midplane_http_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}} {count}"
            );
        }
    }
}

pub(super) async fn page(State(app): State<App>, headers: HeaderMap) -> Response {
    let ctx = match app.caller(&Method::GET, &headers).await {
        Ok(ctx) => ctx,
        Err(refused) => return refused,
    };
    let required = [Permission::ReadRuntime, Permission::ReadDeployment];
    for permission in required {
        if let Err(err) = ctx.require(permission, ctx.everywhere()) {
            return to_http(&err);
        }
    }
    let mut text = String::new();
    head(&mut text, "midplane_build_info", "The version of this process.");
    let version = env!("CARGO_PKG_VERSION");
    let _ = writeln!(text, "midplane_build_info{{version=\"{version}\"}} 1");
    app.server.metrics.write(&mut text);
    telemetry::counters(&app.server.metrics.ingest, &mut text);
    if let Err(err) = figures(&ctx, &mut text).await {
        return to_http(&err);
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

/// What the database says of the caller's organization.
async fn figures(ctx: &Ctx, text: &mut String) -> Result<(), crate::app::Error> {
    let mut tx = ctx.begin().await?;
    let now = ctx.now();
    let all = store::runtime::list(&mut tx).await?;
    runtimes(&all, now, text);
    runners(&all, text);
    let phases: Vec<&str> = Phase::ALL.iter().map(|phase| phase.as_str()).collect();
    let deployments = store::figures::deployments(&mut tx).await?;
    let help = "Latest deployment of each workload, by phase.";
    by(text, "midplane_deployments", help, "phase", &phases, &deployments);
    let workloads = store::figures::workloads(&mut tx).await?;
    let help = "Workloads by what their runner said last.";
    by(text, "midplane_workloads", help, "state", WORKLOAD_STATES, &workloads);
    let sources = store::figures::sources(&mut tx).await?;
    let help = "Git sources by condition.";
    by(text, "midplane_sources", help, "condition", &["good", "failing"], &sources);
    let (count, oldest_s) = store::figures::resolving(&mut tx, now).await?;
    one(text, "midplane_releases_resolving", "Releases that wait for dependencies.", count);
    let help = "Age of the oldest of them.";
    one(text, "midplane_release_resolving_oldest_seconds", help, oldest_s);
    let (count, oldest_s) = store::figures::commands(&mut tx, now).await?;
    one(text, "midplane_commands_open", "Commands that no runner has finished.", count);
    one(text, "midplane_command_open_oldest_seconds", "Age of the oldest of them.", oldest_s);
    jobs(&store::figures::jobs(&mut tx, now).await?, text);
    telemetry::figures(ctx, &mut tx, text).await
}

/// As `store::workload::Seen` lists them, and `unknown` before the first word.
const WORKLOAD_STATES: &[&str] = &["absent", "starting", "ready", "crashed", "stopped", "unknown"];

fn head(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
}

fn one(text: &mut String, name: &str, help: &str, value: impl std::fmt::Display) {
    head(text, name, help);
    let _ = writeln!(text, "{name} {value}");
}

/// One line for each known state, also where nothing is in it: an alert on a series that is absent never fires.
fn by(text: &mut String, name: &str, help: &str, label: &str, known: &[&str], counts: &[Count]) {
    head(text, name, help);
    for state in known {
        let count = counts.iter().find(|one| one.state == *state).map_or(0, |one| one.count);
        let _ = writeln!(text, "{name}{{{label}=\"{state}\"}} {count}");
    }
}

fn runtimes(rows: &[Runtime], now: jiff::Timestamp, text: &mut String) {
    let count = |state: runtime::State| Count {
        state: state.as_str().to_owned(),
        count: rows.iter().map(|row| i64::from(row.state(now) == state)).sum(),
    };
    let counts: Vec<Count> = runtime::State::ALL.iter().copied().map(count).collect();
    let known: Vec<&str> = runtime::State::ALL.iter().map(|state| state.as_str()).collect();
    by(text, "midplane_runtimes", "Runtimes by state.", "state", &known, &counts);
    let name = "midplane_runtime_last_seen_timestamp_seconds";
    head(text, name, "When the runtime's runner was heard last.");
    for row in rows {
        if let Some(at) = row.last_seen_at {
            let _ = writeln!(text, "{name}{{runtime=\"{}\"}} {}", row.name, at.as_second());
        }
    }
}

/// Figures that a runner may say of itself: name, kind, help.
pub(crate) const RUNNER: &[(&str, &str, &str)] = &[
    ("cpu_seconds_total", "counter", "CPU time of the runner's process."),
    ("messages_total", "counter", "Messages that tracers gave to it since its start."),
    ("messages_let_go_total", "counter", "Of those, the ones it could not keep."),
    ("unsent_bytes", "gauge", "Telemetry that waits on its disk."),
    ("unsent_limit_bytes", "gauge", "How much may wait there."),
    ("tracers", "gauge", "Tracers that are connected to it."),
];

fn runners(rows: &[Runtime], text: &mut String) {
    let name = "midplane_runner_resident_memory_bytes";
    head(text, name, "Resident memory of the runner's process.");
    for row in rows {
        if let Some(bytes) = row.rss_bytes {
            let _ = writeln!(text, "{name}{{runtime=\"{}\"}} {bytes}", row.name);
        }
    }
    for (figure, kind, help) in RUNNER {
        let name = format!("midplane_runner_{figure}");
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for row in rows {
            if let Some(value) = row.figures.get(*figure) {
                let _ = writeln!(text, "{name}{{runtime=\"{}\"}} {value}", row.name);
            }
        }
    }
}

fn jobs(jobs: &[Jobs], text: &mut String) {
    head(text, "midplane_jobs", "Jobs by queue and state.");
    for Jobs { queue, state, count, oldest_s: _ } in jobs {
        let _ = writeln!(text, "midplane_jobs{{queue=\"{queue}\",state=\"{state}\"}} {count}");
    }
    head(text, "midplane_job_oldest_seconds", "Age of the oldest job that waits.");
    for Jobs { queue, oldest_s, .. } in jobs.iter().filter(|job| job.state == "waiting") {
        let _ = writeln!(text, "midplane_job_oldest_seconds{{queue=\"{queue}\"}} {oldest_s}");
    }
}

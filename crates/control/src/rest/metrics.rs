//! Counters of this process and figures of the organization, in Prometheus' text format.
//!
//! Counting a request is one addition under a short lock; the route is the pattern, never the path, so the number of
//! series is bounded by the router.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::permission::Permission;
use http::header::{self, HeaderMap};
use http::{Method, StatusCode};

use super::App;
use super::access::to_http;
use crate::ctx::Ctx;

type Series = (String, String, u16);

#[derive(Debug, Default)]
pub struct Metrics {
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
    app.server.metrics.write(&mut text);
    if let Err(err) = figures(&ctx, &mut text).await {
        return to_http(&err);
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

/// What the database says of the caller's organization.
async fn figures(ctx: &Ctx, text: &mut String) -> Result<(), crate::app::Error> {
    let mut tx = ctx.begin().await?;
    let jobs =
        store::figures::jobs(&mut tx, ctx.now()).await.map_err(crate::app::Error::internal)?;
    text.push_str("# HELP midplane_jobs Jobs by queue and state.\n# TYPE midplane_jobs gauge\n");
    for job in &jobs {
        let _ = writeln!(
            text,
            "midplane_jobs{{queue=\"{}\",state=\"{}\"}} {}",
            job.queue, job.state, job.count
        );
    }
    text.push_str("# HELP midplane_job_oldest_seconds Age of the oldest job that waits.\n");
    text.push_str("# TYPE midplane_job_oldest_seconds gauge\n");
    for job in jobs.iter().filter(|job| job.state == "waiting") {
        let _ = writeln!(
            text,
            "midplane_job_oldest_seconds{{queue=\"{}\"}} {}",
            job.queue, job.oldest_s
        );
    }
    Ok(())
}

//! The runner's side of the link: hands over what arrives, tells what is asked.

use std::sync::Arc;

use http::{Request, Response};
use hyper::body::Incoming;
use link::client::{Beat, DataBody, Handler};
use link::wire;
use tokio::sync::{mpsc, watch};
use uuid::Uuid;

use crate::board::Line;
use crate::condition::{self, Facts};
use crate::desk::Troubles;
use crate::logs::Logs;
use crate::process::inspect;
use crate::shared::Shared;
use crate::tracer::Tracers;

pub(crate) struct Uplink {
    pub(crate) shared: Arc<Shared>,
    pub(crate) logs: Logs,
    pub(crate) commands: mpsc::Sender<wire::Command>,
    pub(crate) desired: watch::Sender<Option<wire::Desired>>,
    pub(crate) troubles: watch::Receiver<Troubles>,
    /// Our clock minus the control plane's.
    pub(crate) skew_ms: watch::Receiver<Option<i64>>,
}

impl Handler for Uplink {
    async fn heartbeat(&self) -> Beat {
        let lines = self.shared.board.all();
        let workloads = lines.into_iter().map(|(id, line)| state(id, line)).collect();
        let own = i32::try_from(std::process::id()).unwrap_or_default();
        let rss_bytes = inspect::rss_bytes(own).unwrap_or_default();
        let mut figures = vec![figure("cpu_seconds_total", inspect::cpu_ms(own), 1e3)];
        if let Some(tracers) = &self.shared.tracers {
            let told = tracers.figures().await.into_iter();
            figures.extend(told.map(|(name, value)| figure(name, Some(value), 1.0)));
        }
        Beat { workloads, conditions: self.conditions(), rss_bytes, figures }
    }

    async fn generations(&self) -> Vec<wire::Generation> {
        let lines = self.shared.board.all().into_iter();
        lines
            .map(|(id, line)| wire::Generation {
                workload_id: id.to_string(),
                generation: line.newest,
            })
            .collect()
    }

    async fn command(&self, command: wire::Command) {
        // Closed only when the runner stops; then it comes again at the next start.
        let _ = self.commands.send(command).await;
    }

    async fn desired(&self, desired: wire::Desired) {
        if let Some(tracers) = &self.shared.tracers {
            tracers.capture(&desired);
        }
        self.desired.send_replace(Some(desired));
    }

    async fn data(&self, request: Request<Incoming>) -> Response<DataBody> {
        let uri = request.uri();
        if let Some(id) = uri.path().strip_prefix("/in-flight/") {
            return crate::tracer::answer_in_flight(self.shared.tracers.as_ref(), id).await;
        }
        self.logs.answer(request.method(), uri.path(), uri.query())
    }
}

impl Uplink {
    fn conditions(&self) -> Vec<wire::Condition> {
        let shared = &self.shared;
        let disk = shared.disk.borrow().clone().or_else(|| shared.outlet.trouble());
        let barrier = condition::barrier(&shared.folder.workloads(), shared.account);
        let mut all = condition::all(&Facts {
            library: &shared.library.borrow(),
            troubles: &self.troubles.borrow(),
            disk_error: disk.as_deref(),
            free_bytes: condition::free_bytes(shared.folder.root()),
            skew_ms: *self.skew_ms.borrow(),
            account: shared.account,
            barrier: barrier.as_deref(),
        });
        all.push(Tracers::condition(shared.tracers.as_ref()));
        all
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures are for reading")]
fn figure(name: &str, value: Option<u64>, unit: f64) -> wire::Figure {
    wire::Figure { name: name.to_owned(), value: value.unwrap_or_default() as f64 / unit }
}

fn state(id: Uuid, line: Line) -> wire::WorkloadState {
    let pid = line.pid.and_then(|pid| u32::try_from(pid).ok()).unwrap_or_default();
    wire::WorkloadState {
        workload_id: id.to_string(),
        deployment_id: line.deployment.map(|id| id.to_string()).unwrap_or_default(),
        generation: line.generation,
        state: line.state.as_str().to_owned(),
        pid,
        rss_bytes: line.pid.and_then(inspect::rss_bytes).unwrap_or_default(),
        cpu_ms: line.pid.and_then(inspect::cpu_ms).unwrap_or_default(),
        restarts: line.restarts,
        started_ms: line.started_ms,
        url: line.url.unwrap_or_default(),
        reason: line.reason,
    }
}

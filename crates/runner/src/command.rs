//! Commands: the imperative verbs. `resolve`, `restart`, `route`, `deliver`, `ping`; each ends with a journaled result.
//!
//! A command may come twice (the runner died before the result was journaled) and must then do no harm: resolving again
//! gives the same lock, restarting again is one more restart, answering again is an answer. What this version does not
//! know is answered with a code. Resolving takes seconds to minutes and runs beside everything else, one at a time; a message
//! that is delivered, and a route that is stopped, wait for the workload and run beside everything else as well.

use std::sync::Arc;
use std::time::Duration;

use link::wire;
use provision::base_library;
use provision::resolver::{self, ResolveError, ResolveRequest};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::{Semaphore, mpsc, oneshot};
use uuid::Uuid;

use crate::chain::chain;
use crate::desk::Request;
use crate::sandbox::{self, Sandboxes};
use crate::shared::Shared;
use crate::{deliver, library, route};

/// Commands handed over and not yet begun. The control plane sends at most a window of them unacknowledged.
pub(crate) const QUEUE: usize = 64;
/// A resolver is a JVM of its own; two of them at once would only slow each other down.
const RESOLVERS: usize = 1;
/// Messages that are being delivered at once; a launcher works on four at a time, and a runner has some workloads.
const DELIVERIES: usize = 64;
/// A sandbox is a JVM of its own beside the workloads.
const DRY_RUNS: usize = 2;
/// A cold cache and a slow mirror: kafka takes 15 s, large closures some minutes.
const RESOLVE_DEADLINE: Duration = Duration::from_secs(600);
/// Within this a workload's task answers; it is at most writing a file.
const RESTART_DEADLINE: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
struct Resolve {
    camel: String,
    #[serde(default)]
    base: String,
    #[serde(default)]
    dependencies: Vec<String>,
}

#[derive(Deserialize)]
struct Restart {
    workload: Uuid,
}

#[derive(Clone)]
pub(crate) struct Commands {
    shared: Arc<Shared>,
    desk: mpsc::Sender<Request>,
    resolvers: Arc<Semaphore>,
    deliveries: Arc<Semaphore>,
    dry_runs: Arc<Semaphore>,
    sandboxes: Arc<Sandboxes>,
}

/// The result's bytes, or code and message.
pub(crate) type Answer = Result<Vec<u8>, (String, String)>;

impl Commands {
    pub(crate) fn new(shared: Arc<Shared>, desk: mpsc::Sender<Request>) -> Self {
        Self {
            shared,
            desk,
            resolvers: Arc::new(Semaphore::new(RESOLVERS)),
            deliveries: Arc::new(Semaphore::new(DELIVERIES)),
            dry_runs: Arc::new(Semaphore::new(DRY_RUNS)),
            sandboxes: Arc::default(),
        }
    }

    /// Does every command that comes; the long ones each in a task of their own.
    pub(crate) async fn run(self, mut queue: mpsc::Receiver<wire::Command>) {
        sandbox::sweep(&self.shared);
        deliver::sweep(&self.shared, &self.shared.outlet.pending_commands());
        while let Some(command) = queue.recv().await {
            let commands = self.clone();
            match command.kind.as_str() {
                "resolve" => drop(self.shared.tasks.spawn("runner.resolve", async move {
                    let answer = commands.resolve(&command.body).await;
                    commands.finish(command, answer).await;
                })),
                "route" => drop(self.shared.tasks.spawn("runner.route", async move {
                    let answer = route::run(&commands.shared, &commands.desk, &command.body).await;
                    commands.finish(command, answer).await;
                })),
                "deliver" => drop(self.shared.tasks.spawn("runner.deliver", async move {
                    let Ok(_permit) = commands.deliveries.acquire().await else { return };
                    let answer = deliver::run(&commands.shared, &command).await;
                    if commands.finish(command.clone(), answer).await {
                        deliver::forget(&commands.shared, &command);
                    }
                })),
                "dry" => drop(self.shared.tasks.spawn("runner.dry", async move {
                    let Ok(_permit) = commands.dry_runs.acquire().await else { return };
                    let answer = commands.sandboxes.run(&commands.shared, &command).await;
                    commands.finish(command, answer).await;
                })),
                _ => {
                    let answer = self.quick(&command).await;
                    self.finish(command, answer).await;
                }
            }
        }
    }

    async fn quick(&self, command: &wire::Command) -> Answer {
        match command.kind.as_str() {
            "ping" => Ok(b"{}".to_vec()),
            "restart" => self.restart(&command.body).await,
            other => refuse("MP-RUN-50", format!("this version of midplane cannot `{other}`")),
        }
    }

    /// False: it comes again at the next start.
    async fn finish(&self, command: wire::Command, answer: Answer) -> bool {
        let (ok, result, (code, message)) = match answer {
            Ok(result) => (true, result, Default::default()),
            Err(cause) => (false, Vec::new(), cause),
        };
        tracing::info!(kind = command.kind, ok, code, message, "command");
        let command_id = command.id;
        let result = wire::CommandResult { command_id, ok, code, message, result };
        let journaled = self.shared.outlet.result(result).await;
        if let Err(err) = &journaled {
            tracing::error!(error = %err, "journal a command's result");
        }
        journaled.is_ok()
    }

    async fn restart(&self, body: &[u8]) -> Answer {
        let Restart { workload } = parse(body)?;
        let (answer, answered) = oneshot::channel();
        let _ = self.desk.send(Request::Restart { workload, answer }).await;
        match tokio::time::timeout(RESTART_DEADLINE, answered).await {
            Ok(Ok(true)) => Ok(b"{}".to_vec()),
            Ok(Ok(false) | Err(_)) => {
                refuse("MP-RUN-52", "there is nothing here that could be restarted".to_owned())
            }
            Err(_) => refuse("MP-RUN-53", "the workload does not answer".to_owned()),
        }
    }

    async fn resolve(&self, body: &[u8]) -> Answer {
        let request: Resolve = parse(body)?;
        let base = base_library::digest();
        if !request.base.is_empty() && request.base.trim_start_matches("sha256:") != base {
            let text =
                format!("this runtime has another base library (Camel {})", base_library::CAMEL);
            return refuse("MP-RUN-26", text);
        }
        let Ok(_permit) = self.resolvers.acquire().await else {
            return refuse("MP-RUN-53", "the runner stops".to_owned());
        };
        let mut library = self.shared.library.clone();
        let waited = library.wait_for(|state| state.ready().is_some()).await;
        let Some(library) = waited.ok().and_then(|state| state.ready()) else {
            return refuse("MP-RUN-53", "the runner stops".to_owned());
        };
        let fetcher = library::fetcher(&self.shared.settings);
        let camel = request.camel;
        let account = self.shared.settings.workload_user.builder();
        let request = ResolveRequest { camel, coordinates: request.dependencies, account };
        let work = tokio::task::spawn_blocking(move || {
            resolver::resolve(
                &library.java,
                &library.jars,
                &library.resolver_class_path,
                base_library::lock(),
                &fetcher,
                &request,
                RESOLVE_DEADLINE,
            )
        });
        match work.await {
            Ok(Ok(lock)) => {
                let lock: serde_json::Value = serde_json::from_slice(&lock.canonical())
                    .map_err(|err| ("MP-RUN-12".to_owned(), err.to_string()))?;
                Ok(json!({"format": 1, "lock": lock}).to_string().into_bytes())
            }
            Ok(Err(err)) => Err((err.code().to_owned(), tell(&err))),
            Err(err) => refuse("MP-RUN-12", err.to_string()),
        }
    }
}

fn tell(err: &ResolveError) -> String {
    chain(err)
}

pub(crate) fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, (String, String)> {
    serde_json::from_slice(body)
        .map_err(|err| ("MP-RUN-51".to_owned(), format!("the command cannot be read: {err}")))
}

pub(crate) fn refuse(code: &str, message: String) -> Answer {
    Err((code.to_owned(), message))
}

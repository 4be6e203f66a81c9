//! The body of `up`: brings everything up in order, stays, and takes it down again.
//!
//! The order is chosen for time: downloads side by side, the demo's database and repository while the server migrates. Whatever
//! fails or whichever signal comes, the stack built so far is taken down before the process ends.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use provision::postgres::{Account, Binaries, Cluster, Purpose, Settings};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::data::DataFolder;
use super::database::{self, blocking};
use super::plan::Plan;
use super::running::Running;
use super::signals::Signals;
use super::stack::{Extent, Stack};
use super::supervise::{self, Note};
use super::transcript::Transcript;
use super::{enrol, leftovers, lock, next, parts, ports, programs};
use crate::arguments::up::UpArguments;
use crate::client::Client;
use crate::context::{Context, Contexts};
use crate::demo;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::table::human;
use crate::output::time::elapsed;
use crate::output::{Output, Tone};
use crate::process::Identity;

/// Migrations of a large database included.
const SERVER_READY: Duration = Duration::from_mins(2);
/// The first start compiles the launcher and makes the class-data archive.
const DEMO_READY: Duration = Duration::from_mins(3);
/// The first heartbeat of a runner that was just started replaces what an earlier one said of the workloads.
const SETTLED: Duration = Duration::from_millis(300);
const LOOK_AGAIN: Duration = Duration::from_millis(25);
/// So often a program may end before it is ready; then something is wrong that waiting will not heal.
const MOST_CRASHES: u32 = 3;

struct Up<'a> {
    plan: Plan,
    data: DataFolder,
    arguments: UpArguments,
    environment: &'a Environment,
    output: &'a Output,
    transcript: Arc<Transcript>,
    http: SocketAddr,
    link: SocketAddr,
    context: String,
    notes: mpsc::Sender<Note>,
}

pub async fn run(
    arguments: UpArguments,
    plan: Plan,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let mut signals = Signals::new()?;
    let data = plan.data();
    crate::files::folder(data.root(), if environment.root { 0o711 } else { 0o700 })?;
    data.check_format()?;
    let _lock = lock::take(&data)?;
    data.prepare(environment)?;
    leftovers::end(&data).await;
    let last = data.last();
    let address = |text: &str| text.parse::<SocketAddr>().ok();
    let last_http = last.as_ref().and_then(|last| address(last.http.trim_start_matches("http://")));
    let http = ports::settle(ports::parse(&plan.http.value, ports::HTTP)?, last_http, ports::HTTP)?;
    let link = ports::settle(
        ports::parse(&plan.link.value, ports::LINK)?,
        last.as_ref().and_then(|it| address(&it.link)),
        ports::LINK,
    )?;
    let contexts = Contexts::load(&crate::context::file(&environment.config_home()))?;
    let transcript = Arc::new(Transcript::new(*output, arguments.json));
    let (notes, mut heard) = supervise::notes();
    let context = contexts.name_for(data.root());
    let up =
        Up { plan, data, arguments, environment, output, transcript, http, link, context, notes };
    let mut stack = Stack { runner_data: up.data.runner(), ..Stack::default() };
    let (outcome, extent) = tokio::select! {
        outcome = up.bring_up(&mut stack, &mut heard) => match outcome {
            Ok(()) => {
                let extent = up.stay(&stack, &mut heard, &mut signals).await;
                (Ok(Exit::Done), extent)
            }
            // What runs is left as it was found: a workload does not stop because an upgrade went wrong.
            Err(failure) => (Err(failure), Extent::KeepWorkloads),
        },
        // Nothing that ran before this start is ended by breaking it off.
        _ = signals.next() => (Ok(Exit::Interrupted), Extent::KeepWorkloads),
    };
    let keep = up.arguments.keep_workloads || extent == Extent::KeepWorkloads;
    let stopping = async {
        let extent = if keep { Extent::KeepWorkloads } else { Extent::Everything };
        stack.stop(extent).await
    };
    let ended = tokio::select! {
        ended = stopping => ended,
        // The second signal does not wait.
        _ = signals.next() => Err("cut short; `midplane down` clears away what is left".to_owned()),
    };
    up.farewell(&ended, keep);
    outcome
}

impl Up<'_> {
    async fn bring_up(&self, stack: &mut Stack, heard: &mut mpsc::Receiver<Note>) -> Outcome {
        let began = Instant::now();
        let shown = self.arguments.prepared;
        self.say(stack, false)?;
        let java = parts::find_java(&self.plan, self.environment)?;
        if !shown {
            self.transcript.step(
                "java",
                &format!("{:<9} {}", java.full, java.home.display()),
                None,
            );
        }
        let postgres = self.data.postgres();
        let (binaries, ()) = tokio::try_join!(
            parts::postgresql(&self.plan, self.environment, &postgres, &self.transcript, shown),
            parts::base_library(&self.plan, self.environment, &self.transcript, shown),
        )?;
        let cluster = self.cluster(&binaries, "postgres", Purpose::Control).await?;
        let database = database::start("postgresql", cluster, self.notes.clone()).await?;
        let cluster = database.cluster.clone();
        stack.database = Some(database);
        let program = programs::server(
            &self.plan,
            &self.data,
            self.environment,
            self.http,
            self.link,
            &cluster,
        );
        stack.server = Some(supervise::start(program, self.notes.clone()));
        if !self.arguments.no_demo {
            let cluster = self.cluster(&binaries, "demo-postgres", demo_purpose()).await?;
            stack.demo_database =
                Some(database::start("demo-postgresql", cluster, self.notes.clone()).await?);
            let (repository, program, root) = (
                self.data.demo_repository(),
                self.environment.executable.clone(),
                self.data.root().to_path_buf(),
            );
            blocking(move || {
                demo::repository::ensure(&repository)?;
                demo::repository::write_hook(&repository, &program, &root)
            })
            .await??;
        }
        let client = self.server_ready(heard).await?;
        self.say(stack, false)?;
        self.control_plane(&client, began).await;
        self.runtime(&client, stack).await?;
        self.say(stack, false)?;
        let workloads =
            if self.arguments.no_demo { Vec::new() } else { self.demo(&client, stack).await? };
        self.ready(stack, &workloads)
    }

    async fn cluster(
        &self,
        binaries: &Binaries,
        name: &'static str,
        purpose: Purpose,
    ) -> Outcome<Cluster> {
        let short =
            crate::environment::variable("XDG_RUNTIME_DIR").unwrap_or_else(|| "/tmp".to_owned());
        let settings = Settings {
            folder: self.data.root().join(name),
            log: self.data.log(name),
            purpose,
            short: Some(short.into()),
        };
        let binaries = binaries.clone();
        let prepared = blocking(move || {
            let account = Account::for_database()?;
            Cluster::prepare(&binaries, &account, &settings)
        })
        .await?;
        prepared.map_err(|err| database::failure(&err))
    }

    /// Waits for the server, writes the context, and returns a client with the administrator's token.
    async fn server_ready(&self, heard: &mut mpsc::Receiver<Note>) -> Outcome<Client> {
        let began = Instant::now();
        let server = format!("http://{}", self.http);
        let probe = Client::new(&server, None)?;
        let mut crashes = 0;
        while !(probe.is_ready().await && self.data.admin_token().exists()) {
            while let Ok(note) = heard.try_recv() {
                crashes += u32::from(note.name == "server");
            }
            if crashes >= MOST_CRASHES || began.elapsed() > SERVER_READY {
                let log = self.data.log("server");
                let what = if crashes >= MOST_CRASHES {
                    "ends as soon as it is started"
                } else {
                    "does not become ready"
                };
                let mut failure =
                    Failure::new("MP-UP-12", Exit::Internal, format!("the control plane {what}"));
                for line in supervise::last_lines(&log, 5) {
                    failure = failure.because_text(line);
                }
                return Err(failure
                    .next(format!("look at {}; `midplane doctor` tells more", log.display())));
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        let path = crate::context::file(&self.environment.config_home());
        let mut contexts = Contexts::load(&path)?;
        let context = Context {
            server: server.clone(),
            token_file: Some(self.data.admin_token()),
            project: (!self.arguments.no_demo).then(|| demo::PROJECT.to_owned()),
            environment: (!self.arguments.no_demo).then(|| demo::ENVIRONMENT.to_owned()),
            data: Some(self.data.root().to_path_buf()),
            token: None,
        };
        let token = context.token()?;
        contexts.put_local(&self.context, context);
        contexts.store(&path)?;
        let mut client = Client::new(&server, token)?;
        if !self.arguments.no_demo {
            client.project = Some(demo::PROJECT.to_owned());
            client.environment = Some(demo::ENVIRONMENT.to_owned());
        }
        Ok(client)
    }

    async fn control_plane(&self, client: &Client, began: Instant) {
        let link = client.request("mutation { createLoginLink { url } }", json!({})).await;
        let url =
            link.ok().and_then(|data| data["createLoginLink"]["url"].as_str().map(str::to_owned));
        let sign_in = url.map_or_else(String::new, |url| format!(", sign in once: {url}"));
        let detail = format!("http://{}      GraphQL at /graphql{sign_in}", self.http);
        self.transcript.step("control plane", &detail, Some(began.elapsed()));
    }

    async fn runtime(&self, client: &Client, stack: &mut Stack) -> Outcome {
        let began = Instant::now();
        if !enrol::is_joined(&self.data) {
            enrol::join(client, &self.data, self.environment).await?;
        }
        let program = programs::runner(&self.plan, &self.data, self.environment, self.link);
        let log = program.log.clone();
        let before = enrol::last_seen(client).await?;
        stack.runner = Some(supervise::start(program, self.notes.clone()));
        enrol::connected(client, before.as_deref(), &log).await?;
        self.transcript.step(
            "runtime",
            &format!("{:<9} connected", enrol::RUNTIME),
            Some(began.elapsed()),
        );
        Ok(())
    }

    async fn demo(&self, client: &Client, stack: &Stack) -> Outcome<Vec<Value>> {
        let began = Instant::now();
        let Some(database) = &stack.demo_database else { return Ok(Vec::new()) };
        let password = database.cluster.password().map_err(|err| database::failure(&err))?;
        let port = match database.cluster.address() {
            provision::postgres::Address::Loopback { port } => *port,
            provision::postgres::Address::Socket { .. } => 0,
        };
        demo::setup::run(client, &self.data, enrol::RUNTIME, port, &password).await?;
        let mut settled_since: Option<Instant> = None;
        loop {
            let workloads = client.workloads().await?;
            let state = |workload: &Value| human(workload["state"].as_str().unwrap_or_default());
            let settled = |workload: &Value| {
                matches!(state(workload).as_str(), "Running" | "Held" | "Stopped" | "Failed")
            };
            let expected = demo::repository::integrations();
            let late = began.elapsed() > DEMO_READY;
            let all = workloads.len() >= expected && workloads.iter().all(settled);
            let since =
                if all { *settled_since.get_or_insert_with(Instant::now) } else { Instant::now() };
            if !all {
                settled_since = None;
            }
            if late || (all && since.elapsed() >= SETTLED) {
                let names: Vec<&str> =
                    workloads.iter().filter_map(|it| it["integration"].as_str()).collect();
                let bad: Vec<&Value> = workloads
                    .iter()
                    .filter(|it| !matches!(state(it).as_str(), "Running" | "Held"))
                    .collect();
                if bad.is_empty() && !late {
                    let detail =
                        format!("{}   ready in {}", names.join(" "), elapsed(began.elapsed()));
                    self.transcript.step("demo", &detail, None);
                } else {
                    self.transcript.step(
                        "demo",
                        &self.output.paint("not all of it runs", Tone::Bad),
                        Some(began.elapsed()),
                    );
                    for workload in bad {
                        let reason = workload["reason"].as_str().unwrap_or("no reason given yet");
                        let name = workload["integration"].as_str().unwrap_or_default();
                        self.transcript.line(&format!(
                            "                {name} is {}: {reason}",
                            state(workload).to_lowercase()
                        ));
                    }
                }
                return Ok(workloads);
            }
            tokio::time::sleep(LOOK_AGAIN * 2).await;
        }
    }

    /// Prints how to go on, and lets `--detach`, `down` and the hook know.
    fn ready(&self, stack: &Stack, workloads: &[Value]) -> Outcome {
        let contexts = Contexts::load(&crate::context::file(&self.environment.config_home()))?;
        let current = contexts.current.as_deref() == Some(self.context.as_str());
        let prefix = if current { String::new() } else { format!(" --context {}", self.context) };
        self.transcript.line("  Next:");
        for line in
            next::lines(self.environment, &self.data, workloads, &prefix, !self.arguments.no_demo)
        {
            self.transcript.line(&format!("    {line}"));
        }
        if self.arguments.json {
            let git = (!self.arguments.no_demo)
                .then(|| self.data.demo_repository().display().to_string());
            let line = json!({"http": format!("http://{}", self.http), "link": self.link.to_string(), "git": git, "context": self.context});
            self.output.line(&line.to_string())?;
        }
        self.say(stack, true)
    }

    fn say(&self, stack: &Stack, ready: bool) -> Outcome {
        let running = Running {
            format: 1,
            up: Identity::own(),
            http: format!("http://{}", self.http),
            link: self.link.to_string(),
            git: (!self.arguments.no_demo)
                .then(|| self.data.demo_repository().display().to_string()),
            context: self.context.clone(),
            ready,
            detached: self.arguments.background,
            children: stack.children(),
        };
        let text = serde_json::to_vec_pretty(&running)
            .map_err(|err| Failure::internal("write up.json", &err))?;
        crate::files::replace(&self.data.up_json(), &text, 0o600)
    }

    /// Tells of children that ended and came back, until a signal.
    async fn stay(
        &self,
        stack: &Stack,
        heard: &mut mpsc::Receiver<Note>,
        signals: &mut Signals,
    ) -> Extent {
        let mut refresh = tokio::time::interval(Duration::from_secs(1));
        let mut written = stack.children();
        loop {
            tokio::select! {
                extent = signals.next() => return extent,
                Some(note) = heard.recv() => {
                    let again = if note.again_in.is_zero() { String::new() } else { format!("; again in {}", elapsed(note.again_in)) };
                    self.transcript.step(note.name, &self.output.paint(&format!("{}{again}", note.status), Tone::Waiting), None);
                    for line in &note.last_lines {
                        self.transcript.line(&format!("                {line}"));
                    }
                }
                _ = refresh.tick() => {
                    let now = stack.children();
                    if now != written && self.say(stack, true).is_ok() {
                        written = now;
                    }
                }
            }
        }
    }

    fn farewell(&self, ended: &Result<Vec<String>, String>, keep: bool) {
        let root = self.data.root().display();
        match ended {
            Ok(_) if keep => self.transcript.line(&format!(
                "  stopped; workloads run on, data is kept in {root}; `{} up` takes them up again",
                self.environment.command()
            )),
            Ok(names) => {
                let stopped = if names.is_empty() {
                    String::new()
                } else {
                    format!(" with {}", names.join(" "))
                };
                self.transcript.line(&format!("  stopped{stopped}; data is kept in {root}"));
                self.transcript.line(&format!(
                    "  start again: {} up      delete: {} down --purge",
                    self.environment.command(),
                    self.environment.command()
                ));
            }
            Err(why) => self.transcript.line(&format!("  stopped, but not all: {why}")),
        }
    }
}

/// 144 random bits; kept by PostgreSQL's folder from the first start on.
fn demo_purpose() -> Purpose {
    #[expect(clippy::disallowed_methods, reason = "the process's source of randomness for `up`")]
    let password = format!(
        "{}{}",
        uuid::Uuid::new_v4().simple(),
        &uuid::Uuid::new_v4().simple().to_string()[..8]
    );
    Purpose::Loopback { name: demo::DATABASE.to_owned(), new_password: password }
}

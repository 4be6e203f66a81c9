//! One organization with a project, a runtime and the environment `dev`; the engine runs.

use std::time::Duration;

use control::app::deployment::{self, PhaseEvent};
use control::app::integration::{Shown, ShownWorkload};
use control::app::source::{self, New};
use control::ctx::Ctx;
use control::ingest::Ingest;
use control::server::start;
use control::settings::{Settings, Sources};
use control::system::System;
use domain::deployment::Phase;
use domain::id::{EnvironmentId, ProjectId, RuntimeId};
use domain::runtime::Purpose;
use domain::source::Condition;
use store::Door;
use store::desired::Desired;
use store::release::Release;
use store::source::Source;
use testkit::git::Repository;
use testkit::wait_until;
use tokio_util::sync::CancellationToken;

pub(super) const SOON: Duration = Duration::from_secs(20);

pub(super) const ROUTE: &str = "- route:\n    id: intake\n    from:\n      uri: timer:tick\n      steps:\n        - log: hello\n";

pub(super) struct World {
    pub(super) ctx: Ctx,
    pub(super) runtime: RuntimeId,
    pub(super) repository: Repository,
    pub(super) ingest: Ingest,
    stop: CancellationToken,
    _postgres: testkit::Postgres,
    _data: tempfile::TempDir,
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with(Sources::default()).await
    }

    pub(super) async fn with(sources: Sources) -> Self {
        let postgres = testkit::postgres().await;
        let data = tempfile::tempdir().unwrap();
        let stop = CancellationToken::new();
        let settings = Settings { sources, ..settings(&postgres, data.path()) };
        let running = start(settings, System::real(), stop.clone()).await.unwrap();
        let mut door = Door::begin(&running.server.db).await.unwrap();
        let organization = store::organization::list_ids(&mut door).await.unwrap()[0];
        drop(door);
        let ctx = running.server.engine("test", organization);
        let runtime = place(&ctx).await;
        let repository = Repository::new();
        let ingest = running.ingest;
        Self { ctx, runtime, repository, ingest, stop, _postgres: postgres, _data: data }
    }

    pub(super) async fn add_source(&self) -> Source {
        self.add_source_at(&self.repository.url(), None).await
    }

    pub(super) async fn add_source_at(&self, url: &str, token: Option<&str>) -> Source {
        let new = New { project: "demo", name: "demo", url, branch: "main", path: "", token };
        source::add(&self.ctx, new).await.unwrap()
    }

    pub(super) async fn source(&self) -> Source {
        source::list(&self.ctx, None).await.unwrap().remove(0)
    }

    /// Asks for a look and waits until `commit` was applied.
    pub(super) async fn applied(&self, commit: &str) {
        source::sync(&self.ctx, "demo").await.unwrap();
        let is = async || self.source().await.commit.is_some_and(|known| known.id == commit);
        wait_until(SOON, is).await;
    }

    /// Asks for a look and waits for a condition with this code.
    pub(super) async fn failing(&self, code: &str) -> String {
        source::sync(&self.ctx, "demo").await.unwrap();
        let is = async || matches!(&self.source().await.condition, Condition::Failing { code: is, .. } if is == code);
        wait_until(SOON, is).await;
        match self.source().await.condition {
            Condition::Failing { message, .. } => message,
            Condition::Good => String::new(),
        }
    }

    pub(super) async fn desired(&self) -> Vec<Desired> {
        let mut tx = self.ctx.begin().await.unwrap();
        store::desired::of_runtime(&mut tx, self.runtime).await.unwrap()
    }

    pub(super) async fn integrations(&self) -> Vec<Shown> {
        control::app::integration::list(&self.ctx, None, None).await.unwrap()
    }

    pub(super) async fn workload(&self, name: &str) -> ShownWorkload {
        let found = control::app::integration::find(&self.ctx, None, name).await.unwrap();
        found.workloads.into_iter().next().unwrap()
    }

    pub(super) async fn newest(&self, name: &str) -> Release {
        control::app::integration::find(&self.ctx, None, name).await.unwrap().newest.unwrap()
    }

    /// What the runner of the runtime would say of the latest deployment of `name`.
    pub(super) async fn say(&self, name: &str, phase: Phase) {
        let workload = self.workload(name).await;
        let deployment = workload.deployment.unwrap();
        let event = PhaseEvent {
            deployment: deployment.id,
            workload: workload.workload.id,
            generation: deployment.generation,
            phase,
            code: None,
            reason: (phase == Phase::Failed).then(|| "no bean `till`".to_owned()),
            log: Vec::new(),
            url: Some(format!("http://127.0.0.1:20080/{name}")),
            at: self.ctx.now(),
        };
        let mut tx = self.ctx.begin().await.unwrap();
        deployment::apply_phase(&mut tx, self.runtime, &event).await.unwrap();
        // Events arrive at least once.
        deployment::apply_phase(&mut tx, self.runtime, &event).await.unwrap();
        self.ctx.commit(tx).await.unwrap();
    }
}

fn settings(postgres: &testkit::Postgres, data: &std::path::Path) -> Settings {
    Settings {
        owner_url: postgres.url("midplane_owner"),
        application_url: postgres.url("midplane_app"),
        data: data.to_owned(),
        http: ([127, 0, 0, 1], 0).into(),
        link: ([127, 0, 0, 1], 0).into(),
        public_url: None,
        link_address: None,
        instance: "test".to_owned(),
        bootstrap_token_file: None,
        allowed_hosts: Vec::new(),
        one_port: None,
        replica_address: None,
        sources: Sources::default(),
        console: &[],
    }
}

async fn place(ctx: &Ctx) -> RuntimeId {
    let mut tx = ctx.begin().await.unwrap();
    let now = ctx.now();
    let runtime = RuntimeId(ctx.new_id());
    let purposes = [Purpose::Run, Purpose::Build];
    store::runtime::insert(&mut tx, runtime, "laptop", &purposes, now).await.unwrap();
    store::project::insert(&mut tx, ProjectId(ctx.new_id()), "demo", now).await.unwrap();
    let dev = store::environment::New {
        id: EnvironmentId(ctx.new_id()),
        name: "dev",
        rank: 0,
        branch: None,
        runtime: Some(runtime),
    };
    store::environment::insert(&mut tx, dev, now).await.unwrap();
    ctx.commit(tx).await.unwrap();
    runtime
}

//! Runners and the control plane: real TLS, a real store, the link's own client.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use control::app::{command, enrolment, runtime};
use control::ctx::Ctx;
use domain::enrolment::LEAF_LIFETIME;
use domain::runtime::{Purpose, State};
use http::{Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use jiff::SignedDuration;
use link::Seams;
use link::client::{Beat, Client, DataBody, JoinError, LinkState, Network, Settings, join};
use link::journal::Journal;
use link::token::JoinToken;
use link::wire;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::stand::{Stand, stand};

pub(crate) struct Runner {
    client: Arc<Client>,
    _stop: DropGuard,
}

/// Answers every command with success.
struct Obedient {
    journal: Journal,
    seams: Seams,
    told: Mutex<Vec<String>>,
}

impl link::client::Handler for Obedient {
    async fn heartbeat(&self) -> Beat {
        let condition = wire::Condition { component: "java".into(), ok: true, reason: "17".into() };
        Beat { conditions: vec![condition], ..Beat::default() }
    }

    async fn generations(&self) -> Vec<wire::Generation> {
        Vec::new()
    }

    async fn command(&self, command: wire::Command) {
        self.told.lock().unwrap().push(command.kind);
        let command_id = command.id;
        let result = wire::CommandResult { command_id, ok: true, ..wire::CommandResult::default() };
        let result = wire::event::Event::Result(result);
        self.journal.event(self.seams.now(), result).await.unwrap();
    }

    async fn desired(&self, _: wire::Desired) {}

    async fn data(&self, request: Request<Incoming>) -> Response<DataBody> {
        let lines = format!("{{\"asked\":\"{}\"}}\nsecond\n", request.uri());
        Response::new(http_body_util::Full::from(lines).map_err(|never| match never {}).boxed())
    }
}

fn seams(stand: &Stand, ahead: SignedDuration) -> Seams {
    let (clock, random) = (stand.server().system.clone(), stand.server().system.clone());
    Seams::new(move || clock.now() + ahead, move || u64::from_le_bytes(random.random()))
}

pub(crate) async fn offer(ctx: &Ctx, name: &str) -> JoinToken {
    let offered = enrolment::offer(ctx, name, &[Purpose::Run, Purpose::Build]).await.unwrap();
    offered.token.parse().unwrap()
}

pub(crate) async fn joined(stand: &Stand, token: &JoinToken, dir: &Path) -> Result<(), JoinError> {
    let seams = seams(stand, SignedDuration::ZERO);
    join(token, dir, &Network::default(), "0.1.0", &[], &seams).await.map(drop)
}

#[expect(clippy::disallowed_methods, reason = "a test has no lifecycle")]
pub(crate) fn run(
    stand: &Stand,
    dir: &Path,
    address: Option<String>,
    ahead: SignedDuration,
) -> Runner {
    let journal = Journal::open(&dir.join("journal")).unwrap();
    let seams = seams(stand, ahead);
    let settings = Settings {
        dir: dir.to_owned(),
        build: "0.1.0".to_owned(),
        capabilities: vec!["logs".to_owned()],
        network: Network::default(),
        seams: seams.clone(),
    };
    let client = Client::new(settings, journal.clone()).unwrap().at(address);
    let client = Arc::new(client);
    let handler = Arc::new(Obedient { journal, seams, told: Mutex::default() });
    let stop = CancellationToken::new();
    tokio::spawn(Arc::clone(&client).run(handler, stop.clone()));
    Runner { client, _stop: stop.drop_guard() }
}

pub(crate) async fn reaches(runner: &Runner, what: impl Fn(&LinkState) -> bool) {
    let mut state = runner.client.state();
    let reached =
        tokio::time::timeout(Duration::from_secs(10), state.wait_for(|now| what(now))).await;
    assert!(reached.is_ok(), "still {:?}", runner.client.state().borrow());
}

pub(crate) fn connected(state: &LinkState) -> bool {
    matches!(state, LinkState::Connected { .. })
}

fn refused(code: &'static str) -> impl Fn(&LinkState) -> bool {
    move |state| matches!(state, LinkState::Waiting { code: heard, .. } if heard == code)
}

async fn state_of(ctx: &Ctx, name: &str) -> State {
    runtime::find(ctx, name).await.unwrap().state(ctx.now())
}

#[tokio::test]
async fn pg_a_runtime_is_added_joins_and_answers() {
    let stand = stand().await;
    let ctx = stand.owner().await;
    let token = offer(&ctx, "laptop").await;
    assert_eq!(state_of(&ctx, "laptop").await, State::Awaited);
    let dir = tempfile::tempdir().unwrap();
    joined(&stand, &token, dir.path()).await.unwrap();
    let runner = run(&stand, dir.path(), None, SignedDuration::ZERO);
    reaches(&runner, connected).await;
    let ping = command::ping(&ctx, "laptop").await.unwrap();
    assert!(ping.acknowledged <= ping.completed && !ping.acknowledged.is_zero(), "{ping:?}");
    let conditions = async || runtime::find(&ctx, "laptop").await.unwrap().conditions;
    testkit::wait_until(Duration::from_secs(10), || async { !conditions().await.is_empty() }).await;
    assert_eq!(state_of(&ctx, "laptop").await, State::Connected);
    let taken = enrolment::offer(&ctx, "laptop", &[Purpose::Run]).await.unwrap_err();
    assert_eq!(taken.code(), "MP-ENROL-12");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pg_of_a_thousand_machines_with_one_token_exactly_one_joins() {
    let stand = stand().await;
    let token = offer(&stand.owner().await, "laptop").await;
    let raw = crate::raw::Raw::open(&stand, &token).await;
    let attempts = (0..1000).map(|_| {
        let raw = raw.clone();
        let secret = token.secret.expose().to_vec();
        async move { raw.enroll(secret).await }
    });
    let answers = futures::future::join_all(attempts).await;
    let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(good.len(), 1);
    for answer in bad {
        let status = answer.unwrap_err();
        let code = status.metadata().get("midplane-code").map(|code| code.to_str().unwrap());
        assert_eq!(code, Some("MP-ENROL-03"), "{status:?}");
    }
}

#[tokio::test]
async fn pg_revoking_closes_the_link_within_a_second() {
    let stand = stand().await;
    let ctx = stand.owner().await;
    let token = offer(&ctx, "laptop").await;
    let dir = tempfile::tempdir().unwrap();
    joined(&stand, &token, dir.path()).await.unwrap();
    let runner = run(&stand, dir.path(), None, SignedDuration::ZERO);
    reaches(&runner, connected).await;
    let began = Instant::now();
    runtime::revoke(&ctx, "laptop").await.unwrap();
    reaches(&runner, refused("MP-ENROL-04")).await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert!(runtime::find(&ctx, "laptop").await.is_err(), "the name is free again");
    offer(&ctx, "laptop").await;
    let err = joined(&stand, &token, tempfile::tempdir().unwrap().path()).await.unwrap_err();
    assert_eq!(err.code(), "MP-ENROL-04");
}

#[tokio::test]
async fn pg_a_copied_identity_locks_the_runtime() {
    let stand = stand().await;
    let ctx = stand.owner().await;
    let token = offer(&ctx, "laptop").await;
    let (dir, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    joined(&stand, &token, dir.path()).await.unwrap();
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    // Past half life by its own clock, so it renews at once.
    let first = run(&stand, dir.path(), None, LEAF_LIFETIME * 2 / 3);
    reaches(&first, connected).await;
    assert_eq!(first.client.identity().generation, 2);
    let second = run(&stand, copy.path(), None, SignedDuration::ZERO);
    reaches(&second, refused("MP-ENROL-08")).await;
    reaches(&first, refused("MP-ENROL-05")).await;
    assert_eq!(state_of(&ctx, "laptop").await, State::Locked);
}

#[tokio::test]
async fn pg_a_log_comes_over_the_data_connection() {
    let stand = stand().await;
    let ctx = stand.owner().await;
    let token = offer(&ctx, "laptop").await;
    let dir = tempfile::tempdir().unwrap();
    joined(&stand, &token, dir.path()).await.unwrap();
    let runtime = runtime::find(&ctx, "laptop").await.unwrap().id;
    let workload = domain::id::WorkloadId(ctx.new_id());
    let query = control::link_server::LogQuery { tail: Some(2), ..Default::default() };
    let link = &stand.running.link_server;
    let none = link.logs(ctx.organization(), runtime, workload, &query).await.err().unwrap();
    assert_eq!(none.code(), "MP-LINK-07");
    let runner = run(&stand, dir.path(), None, SignedDuration::ZERO);
    reaches(&runner, connected).await;
    let lines = link.logs(ctx.organization(), runtime, workload, &query).await.unwrap();
    let lines: Vec<_> = futures::StreamExt::collect(lines).await;
    let lines: Vec<_> = lines.into_iter().map(|line| line.unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert!(String::from_utf8_lossy(&lines[0]).contains("tail=2"), "{lines:?}");
}

#[tokio::test]
async fn pg_a_log_is_read_by_way_of_the_server_that_holds_the_runner() {
    let stand = stand().await;
    let ctx = stand.owner().await;
    let token = offer(&ctx, "laptop").await;
    let dir = tempfile::tempdir().unwrap();
    joined(&stand, &token, dir.path()).await.unwrap();
    let runtime = runtime::find(&ctx, "laptop").await.unwrap().id;
    let other = stand.another().await;
    let runner =
        run(&stand, dir.path(), Some(other.running.link.to_string()), SignedDuration::ZERO);
    reaches(&runner, connected).await;
    let workload = domain::id::WorkloadId(ctx.new_id());
    let query = control::link_server::LogQuery { tail: Some(2), ..Default::default() };
    let link = &stand.running.link_server;
    let read = async || link.logs(ctx.organization(), runtime, workload, &query).await;
    let lines: Vec<_> = futures::StreamExt::collect(read().await.unwrap()).await;
    assert_eq!(lines.len(), 2);
    let first = lines[0].as_ref().unwrap();
    assert!(String::from_utf8_lossy(first).contains("tail=2"), "{lines:?}");
    // The server is gone and its lease is not over: nobody says that it is still connected there.
    drop((runner, other));
    testkit::wait_until(Duration::from_secs(10), || async { read().await.is_err() }).await;
    let code = read().await.err().unwrap().code();
    assert!(["MP-LINK-07", "MP-LINK-23"].contains(&code), "{code}");
}

#[tokio::test]
async fn pg_a_command_of_one_server_reaches_a_runner_on_another() {
    let stand = stand().await;
    let ctx = stand.owner().await;
    let token = offer(&ctx, "laptop").await;
    let dir = tempfile::tempdir().unwrap();
    joined(&stand, &token, dir.path()).await.unwrap();
    let other = stand.another().await;
    let runner =
        run(&stand, dir.path(), Some(other.running.link.to_string()), SignedDuration::ZERO);
    reaches(&runner, connected).await;
    command::ping(&ctx, "laptop").await.unwrap();
    // The first takes over: its epoch displaces the session there.
    let dir_again = dir.path().join("again");
    std::fs::create_dir(&dir_again).unwrap();
    drop(runner);
    let runner = run(&stand, dir.path(), None, SignedDuration::ZERO);
    reaches(&runner, connected).await;
    drop(other);
    command::ping(&ctx, "laptop").await.unwrap();
}

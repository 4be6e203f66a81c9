//! Joining, renewing, revoking.

use std::time::{Duration, Instant};

use domain::enrolment::Enrolment;
use jiff::SignedDuration;
use link::client::LinkState;
use link::wire::{
    self, artifact_client::ArtifactClient, enroll_client::EnrollClient, renew_client::RenewClient,
    session_client::SessionClient,
};
use tokio::io::AsyncReadExt;

use crate::memory::runtime;
use crate::raw::{self, Raw, code, origin};
use crate::world::{World, until};

fn hello() -> wire::Hello {
    wire::Hello::ours("test", &[])
}

fn runner_hello() -> wire::RunnerFrame {
    let hello = wire::RunnerHello { hello: Some(hello()), ..wire::RunnerHello::default() };
    wire::RunnerFrame { frame: Some(wire::runner_frame::Frame::Hello(hello)) }
}

#[tokio::test]
async fn the_same_machine_may_repeat_a_lost_reply_and_another_may_not() {
    let world = World::new().await;
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = world.join(dir.path()).await.unwrap();
    assert_eq!((first.generation, first.name.as_str()), (1, "laptop"));
    // The reply is lost: the keys are there, the certificate is not.
    std::fs::remove_file(dir.path().join("cert.pem")).unwrap();
    let again = world.join(dir.path()).await.unwrap();
    assert_eq!(again.runtime, first.runtime);
    assert_eq!(world.join(other.path()).await.unwrap_err().code(), "MP-ENROL-03");
}

#[tokio::test]
async fn a_server_that_is_not_the_pinned_one_gets_no_token() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let mut token = world.token();
    token.pin[0] ^= 1;
    let seams = crate::world::seams(&world.memory);
    let network = link::client::Network::default();
    let err =
        link::client::join(&token, dir.path(), &network, "test", &[], &seams).await.unwrap_err();
    assert_eq!(err.code(), "MP-ENROL-07");
}

#[tokio::test]
async fn private_files_are_their_owners() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    world.join(dir.path()).await.unwrap();
    for name in ["key.pem", "sealing.pem", "cert.pem", "ca.pem", "runner.json"] {
        let mode = std::fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_certificate_is_renewed_at_half_life_and_the_session_goes_on() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    world.join(dir.path()).await.unwrap();
    world.memory.state().ahead = SignedDuration::from_hours(13);
    let runner = world.start(dir.path());
    until("the second generation", || runner.client.identity().generation == 2).await;
    world.memory.command("restart");
    until("the session", || world.server.holds(runtime())).await;
    world.server.wake(runtime());
    until("the command", || world.memory.state().acknowledged == 1).await;
}

#[tokio::test]
async fn a_runner_that_slept_for_a_month_renews_and_can_call_nothing_else() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    world.join(dir.path()).await.unwrap();
    world.memory.state().ahead = SignedDuration::from_hours(30 * 24);
    let certificate = world.memory.intermediate.server(world.memory.now()).unwrap();
    let root = &world.memory.root.certificate;
    let shown = link::tls::ServerCertificate::new(
        &certificate,
        &world.memory.intermediate.certificate,
        root,
    );
    world.tls.replace(&shown.unwrap());

    let expired = Raw::open(&world, Some(dir.path())).await;
    let frames = tokio_stream::iter([runner_hello()]);
    let session = SessionClient::with_origin(expired.clone(), origin()).session(frames).await;
    assert_eq!(code(session.map(drop)), "MP-LINK-03");
    let fetch = wire::FetchRequest::default();
    let fetched = ArtifactClient::with_origin(expired.clone(), origin()).fetch(fetch).await;
    assert_eq!(code(fetched.map(drop)), "MP-LINK-03");

    let runner = world.start(dir.path());
    until("the session", || matches!(*runner.client.state().borrow(), LinkState::Connected { .. }))
        .await;
    assert_eq!(runner.client.identity().generation, 2);
}

#[tokio::test]
async fn revoking_closes_the_live_link_within_a_second_and_for_good() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let runner = world.runner(dir.path()).await;
    until("the session", || world.server.holds(runtime())).await;
    // A client of another make, that would resume a session if it were given the means.
    let mut resuming = (*raw::config(&world, Some(dir.path()))).clone();
    resuming.resumption = rustls::client::Resumption::in_memory_sessions(8);
    let resuming = std::sync::Arc::new(resuming);
    let mut idle = raw::tls(&world, resuming.clone()).await.unwrap();
    let other = Raw::open(&world, Some(dir.path())).await;

    let began = Instant::now();
    world.memory.state().enrolments.insert(runtime(), Enrolment::Revoked);
    world.server.wake(runtime());
    until("the session closed", || !world.server.holds(runtime())).await;
    until("the other connection closed", || other.is_closed()).await;
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(1), idle.read_to_end(&mut rest)).await;
    assert!(closed.is_ok(), "an idle connection stays open");
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());

    let state = runner.client.state();
    let refused =
        || matches!(&*state.borrow(), LinkState::Waiting { code, .. } if code == "MP-ENROL-04");
    until("the runner knows why", refused).await;

    let again = raw::tls(&world, resuming).await.unwrap();
    assert_eq!(again.get_ref().1.handshake_kind(), Some(rustls::HandshakeKind::Full));
    let raw = Raw::open(&world, Some(dir.path())).await;
    let renewed =
        RenewClient::with_origin(raw, origin()).renew(wire::RenewRequest::default()).await;
    assert_eq!(code(renewed), "MP-ENROL-04");
}

#[tokio::test]
async fn two_machines_with_one_identity_are_noticed_when_they_renew() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    world.join(dir.path()).await.unwrap();
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    world.memory.state().ahead = SignedDuration::from_hours(13);
    let first = world.start(dir.path());
    until("the first renewed", || first.client.identity().generation == 2).await;
    drop(first);
    let second = world.start(copy.path());
    let state = second.client.state();
    let refused =
        || matches!(&*state.borrow(), LinkState::Waiting { code, .. } if code == "MP-ENROL-05");
    until("both are locked out", refused).await;
}

#[tokio::test]
async fn without_a_certificate_one_may_only_enrol() {
    let world = World::new().await;
    let raw = Raw::open(&world, None).await;
    let frames = tokio_stream::iter([runner_hello()]);
    let session = SessionClient::with_origin(raw.clone(), origin()).session(frames).await;
    assert_eq!(code(session.map(drop)), "MP-LINK-02");
    let renewed =
        RenewClient::with_origin(raw.clone(), origin()).renew(wire::RenewRequest::default()).await;
    assert_eq!(code(renewed), "MP-LINK-02");
    let enrol = wire::EnrollRequest { hello: Some(hello()), ..wire::EnrollRequest::default() };
    let enrolled = EnrollClient::with_origin(raw, origin()).enroll(enrol).await;
    assert_eq!(code(enrolled), "MP-ENROL-06");
}

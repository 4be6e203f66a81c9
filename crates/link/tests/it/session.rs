//! The session: commands, events, desired state, refusals.

use domain::digest::Digest;
use jiff::Timestamp;
use link::bundle::{self, Entry, Mode};
use link::wire::{self, runner_frame, server_frame, session_client::SessionClient};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

use crate::memory::runtime;
use crate::raw::{Raw, code, origin};
use crate::world::{World, until};

#[tokio::test]
async fn a_command_is_acknowledged_done_and_its_result_stored() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    world.memory.command("restart");
    let runner = world.runner(dir.path()).await;
    until("the result", || world.memory.state().events.len() == 1).await;
    world.memory.command("restart");
    world.server.wake(runtime());
    until("the second result", || world.memory.state().events.len() == 2).await;
    assert_eq!(runner.heard.commands(), [1, 2]);
    assert_eq!(world.memory.state().acknowledged, 2);
    assert!(runner.journal.pending_commands().is_empty());
    until("a heartbeat", || world.memory.state().beats > 0).await;
}

#[tokio::test]
async fn a_restarted_runner_goes_on_where_its_journal_stands() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    world.memory.command("restart");
    let runner = world.runner(dir.path()).await;
    until("the result", || world.memory.state().events.len() == 1).await;
    drop(runner);
    until("the session closed", || !world.server.holds(runtime())).await;
    world.memory.command("restart");
    let runner = world.start(dir.path());
    until("the second result", || world.memory.state().events.len() == 2).await;
    assert_eq!(runner.heard.commands(), [2], "the first is not done again");
}

#[tokio::test]
async fn what_happened_while_away_is_told_once_and_in_order() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    world.join(dir.path()).await.unwrap();
    let journal = link::journal::Journal::open(&dir.path().join("journal")).unwrap();
    for restarts in 0..300 {
        let exit = wire::Exit { restarts, ..wire::Exit::default() };
        journal.event(Timestamp::UNIX_EPOCH, wire::event::Event::Exit(exit)).await.unwrap();
    }
    drop(journal);
    let _runner = world.start(dir.path());
    until("all events", || world.memory.state().events.len() >= 300).await;
    let seqs: Vec<_> = world.memory.state().events.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..=300).collect::<Vec<_>>());
}

#[tokio::test]
async fn desired_state_is_sent_when_it_changes_and_only_then() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let runner = world.runner(dir.path()).await;
    until("the first", || runner.heard.desired().is_some()).await;
    let workload =
        wire::DesiredWorkload { generation: 7, run: true, ..wire::DesiredWorkload::default() };
    let desired = wire::Desired { whole: true, workloads: vec![workload] };
    world.memory.state().desired = desired.clone();
    world.server.wake(runtime());
    until("the change", || runner.heard.desired() == Some(desired.clone())).await;
}

#[tokio::test]
async fn an_artifact_goes_on_where_it_broke_off_and_is_verified() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let runner = world.runner(dir.path()).await;
    let bytes: Vec<u8> = (0..300_000_u32).map(|index| index.to_le_bytes()[1]).collect();
    let digest = Digest(Sha256::digest(&bytes).into());
    world.memory.state().artifacts.insert(digest, bytes.clone().into());
    let into = dir.path().join("artifact");
    std::fs::write(dir.path().join("artifact.part"), &bytes[..123_456]).unwrap();
    runner.client.fetch(&digest, &into).await.unwrap();
    assert_eq!(std::fs::read(&into).unwrap(), bytes);
    // A part of something else is thrown away.
    let again = dir.path().join("again");
    std::fs::write(dir.path().join("again.part"), b"nonsense").unwrap();
    runner.client.fetch(&digest, &again).await.unwrap();
    assert_eq!(std::fs::read(&again).unwrap(), bytes);
    let none = runner.client.fetch(&Digest([9; 32]), &into).await.unwrap_err();
    assert_eq!(none.code(), "MP-LINK-05");
}

#[tokio::test]
async fn a_bundle_is_fetched_by_the_digest_of_its_manifest() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let runner = world.runner(dir.path()).await;
    let file = Entry { path: "a.camel.yaml", mode: Mode::Plain, bytes: b"- route: {}" };
    let good = bundle::encode(&[file]).unwrap();
    let bad = Digest([3; 32]);
    for digest in [good.digest, bad] {
        world.memory.state().artifacts.insert(digest, good.bytes.clone().into());
    }
    runner.client.fetch_bundle(&good.digest, &dir.path().join("good")).await.unwrap();
    let err = runner.client.fetch_bundle(&bad, &dir.path().join("bad")).await.unwrap_err();
    assert_eq!(err.code(), "MP-LINK-20");
    assert!(!dir.path().join("bad").exists());
}

/// A session by hand: what is sent in `hello`, then whatever the test sends.
async fn by_hand(
    world: &World,
    dir: &std::path::Path,
    change: impl FnOnce(&mut wire::RunnerHello),
    channel: Option<&str>,
) -> Result<(mpsc::Sender<wire::RunnerFrame>, Streaming<wire::ServerFrame>), tonic::Status> {
    world.join(dir).await.unwrap();
    let raw = Raw::open(world, Some(dir)).await;
    let mut hello = wire::RunnerHello {
        hello: Some(wire::Hello::ours("test", &[])),
        ..wire::RunnerHello::default()
    };
    change(&mut hello);
    let (sender, frames) = mpsc::channel(32);
    let hello = runner_frame::Frame::Hello(hello);
    sender.send(wire::RunnerFrame { frame: Some(hello) }).await.unwrap();
    let mut request = tonic::Request::new(ReceiverStream::new(frames));
    if let Some(channel) = channel {
        request.metadata_mut().insert("midplane-channel", channel.parse().unwrap());
    }
    let reply = SessionClient::with_origin(raw, origin()).session(request).await?;
    Ok((sender, reply.into_inner()))
}

#[tokio::test]
async fn a_runner_two_versions_away_is_refused_by_code() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let newer = |hello: &mut wire::RunnerHello| {
        let versions = hello.hello.as_mut().unwrap();
        (versions.protocol_min, versions.protocol_max) = (wire::PROTOCOL + 2, wire::PROTOCOL + 3);
    };
    let refused = by_hand(&world, dir.path(), newer, None).await;
    assert_eq!(code(refused.map(drop)), "MP-LINK-01");
}

#[tokio::test]
async fn a_runner_cannot_name_the_channel_of_another() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let other = "01890a5d-ac96-774b-bcce-b302099a8059";
    for channel in
        [format!("{other}/{}/deploy", runtime()), format!("{other}/{other}/deploy"), "x".to_owned()]
    {
        let refused = by_hand(&world, dir.path(), |_| {}, Some(&channel)).await;
        assert_eq!(code(refused.map(drop)), "MP-LINK-04", "{channel}");
    }
}

fn event(seq: u64) -> wire::RunnerFrame {
    let exit = wire::event::Event::Exit(wire::Exit::default());
    let event = wire::Event { seq, at_ms: 0, event: Some(exit) };
    wire::RunnerFrame { frame: Some(runner_frame::Frame::Event(event)) }
}

#[tokio::test]
async fn repeated_events_are_stored_once_and_a_gap_is_refused() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let (sender, mut inbound) = by_hand(&world, dir.path(), |_| {}, None).await.unwrap();
    for seq in [1, 2, 1, 2, 3, 3, 2, 4] {
        sender.send(event(seq)).await.unwrap();
    }
    until("four events", || world.memory.state().last_event_seq == 4).await;
    sender.send(event(6)).await.unwrap();
    let refused = loop {
        match inbound.message().await.unwrap().and_then(|frame| frame.frame) {
            Some(server_frame::Frame::Refused(refused)) => break refused,
            Some(_) => {}
            None => panic!("closed without a word"),
        }
    };
    assert_eq!(refused.code, "MP-LINK-09");
    let seqs: Vec<_> = world.memory.state().events.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_newer_session_displaces_the_older() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let (_older, mut inbound) = by_hand(&world, dir.path(), |_| {}, None).await.unwrap();
    let _newer = by_hand(&world, dir.path(), |_| {}, None).await.unwrap();
    let last = loop {
        match inbound.message().await {
            Ok(Some(frame)) => {
                if let Some(server_frame::Frame::Refused(refused)) = frame.frame {
                    break refused.code;
                }
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(last, "MP-LINK-06");
}

//! The journal under every possible tear, and through its file.

use super::frame::{self, Damage, Read};
use super::state::{Entry, State};
use super::*;
use wire::event::Event;

fn command(seq: u64) -> wire::Command {
    wire::Command {
        seq,
        id: format!("command-{seq}"),
        lane: "ops".to_owned(),
        kind: "restart".to_owned(),
        body: b"{}".to_vec(),
        deadline_ms: 0,
    }
}

fn result(command: u64) -> Event {
    Event::Result(wire::CommandResult {
        command_id: format!("command-{command}"),
        ok: true,
        ..wire::CommandResult::default()
    })
}

fn event(seq: u64) -> Entry {
    Entry::Event(wire::Event { seq, at_ms: 5, event: Some(result(seq)) })
}

#[test]
fn a_crash_at_every_byte_loses_only_the_frame_that_was_being_written() {
    let frames: Vec<Vec<Entry>> = vec![
        vec![Entry::Command(command(1)), Entry::Command(command(2))],
        vec![event(1)],
        vec![event(2), Entry::Trim(1), Entry::Command(command(3))],
        vec![Entry::Trim(2)],
        vec![event(3)],
    ];
    let mut bytes = frame::header([7; 16]);
    let mut states = vec![(bytes.len(), State::default())];
    for entries in &frames {
        let mut state = states[states.len() - 1].1.clone();
        entries.iter().cloned().for_each(|entry| state.apply(entry));
        bytes.extend_from_slice(&frame::frame(entries));
        states.push((bytes.len(), state));
    }
    for cut in 0..=bytes.len() {
        let read = frame::read(&bytes[..cut]);
        let Some((good, state)) = states.iter().rev().find(|(end, _)| *end <= cut) else {
            assert_eq!(read, Read::Empty, "cut at {cut}");
            continue;
        };
        let damage = if *good == cut { Damage::None } else { Damage::Torn };
        let want = Read::Journal { id: [7; 16], state: state.clone(), good: *good, damage };
        assert_eq!(read, want, "cut at {cut}");
        // Zeros after the cut are what some file systems leave behind.
        let zeros = [&bytes[..cut], &[0; 40]].concat();
        let Read::Journal { state: after, .. } = frame::read(&zeros) else {
            panic!("cut at {cut}")
        };
        assert_eq!(after, *state, "zeros at {cut}");
    }
}

#[test]
fn damage_before_the_end_is_told_from_a_tear() {
    let mut bytes = frame::header([7; 16]);
    bytes.extend_from_slice(&frame::frame(&[event(1)]));
    let end = bytes.len();
    bytes.extend_from_slice(&frame::frame(&[event(2)]));
    bytes[end - 1] ^= 1;
    let Read::Journal { damage, .. } = frame::read(&bytes) else { panic!() };
    assert_eq!(damage, Damage::Corrupt);
}

#[tokio::test]
async fn what_was_appended_is_there_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let id = journal.id();
    assert!(journal.command(command(4)).await.unwrap());
    assert!(journal.command(command(9)).await.unwrap());
    assert!(!journal.command(command(4)).await.unwrap(), "a repetition is recognised");
    let at = Timestamp::UNIX_EPOCH;
    assert_eq!(journal.event(at, result(4)).await.unwrap(), 1);
    assert_eq!(journal.event(at, result(77)).await.unwrap(), 2);
    journal.stored(1);
    assert_eq!(journal.event(at, result(78)).await.unwrap(), 3);
    drop(journal);

    let journal = Journal::open(dir.path()).unwrap();
    assert_eq!(journal.id(), id);
    assert_eq!(journal.last_command_seq(), 9);
    assert_eq!(journal.pending_commands(), [command(9)], "4 has its result");
    let unsent: Vec<_> = journal.events_after(0, 10).iter().map(|event| event.seq).collect();
    assert_eq!(unsent, [2, 3]);
}

#[tokio::test]
async fn many_appends_at_once_share_an_fsync_and_keep_their_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let appends = (0..1000).map(|index| journal.event(Timestamp::UNIX_EPOCH, result(index)));
    let mut seqs: Vec<_> =
        futures::future::join_all(appends).await.into_iter().map(Result::unwrap).collect();
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=1000).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_file_full_of_garbage_is_rewritten_and_says_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let long = || Event::Exit(wire::Exit { reason: "x".repeat(4000), ..wire::Exit::default() });
    for _ in 0..400 {
        let seq = journal.event(Timestamp::UNIX_EPOCH, long()).await.unwrap();
        journal.stored(seq);
    }
    let size = std::fs::metadata(dir.path().join("journal.log")).unwrap().len();
    assert!(size < 1_200_000, "{size}");
    drop(journal);
    let journal = Journal::open(dir.path()).unwrap();
    assert_eq!(journal.last_event_seq(), 400);
}

#[tokio::test]
async fn a_damaged_journal_goes_on_under_another_id() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let id = journal.id();
    for seq in 1..=5 {
        journal.command(command(seq)).await.unwrap();
        journal.event(Timestamp::UNIX_EPOCH, result(90 + seq)).await.unwrap();
    }
    journal.stored(2);
    journal.event(Timestamp::UNIX_EPOCH, result(99)).await.unwrap();
    drop(journal);
    let path = dir.path().join("journal.log");
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 60;
    bytes[last] ^= 0xff;
    bytes.extend_from_slice(&frame::frame(&[event(100)]));
    std::fs::write(&path, &bytes).unwrap();

    let journal = Journal::open(dir.path()).unwrap();
    assert_ne!(journal.id(), id);
    let events = journal.events_after(0, 100);
    let seqs: Vec<_> = events.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..=events.len() as u64).collect::<Vec<_>>());
}

#[test]
fn a_journal_from_a_newer_version_is_refused_by_code() {
    let dir = tempfile::tempdir().unwrap();
    let mut header = frame::header([1; 16]);
    header[7] = 2;
    std::fs::write(dir.path().join("journal.log"), header).unwrap();
    assert_eq!(Journal::open(dir.path()).unwrap_err().code(), "MP-LINK-11");
}

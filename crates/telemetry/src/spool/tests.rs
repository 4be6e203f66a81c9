use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::block::{Budget, decode};
use crate::generate::busy;

const SMALL: Limits = Limits { bytes: 64 << 10, segment_bytes: 8 << 10, age_s: 3_600 };

fn open(dir: &TempDir) -> Spool {
    Spool::open(dir.path(), SMALL, 1_000).unwrap()
}

fn fill(spool: &mut Spool, class: Class, blocks: u64, messages: u32) {
    for _ in 0..blocks {
        spool.append(class, &busy(messages), 1).unwrap();
    }
}

fn numbers(spool: &mut Spool) -> Vec<u64> {
    std::iter::from_fn(|| spool.next_block().unwrap()).map(|(at, _)| at.number).collect()
}

fn dropped(spool: &Spool, reason: Reason) -> u64 {
    spool.gone().dropped.get(&(Kind::Message, reason)).copied().unwrap_or(0)
}

/// Appends, and counts by reason what is not kept.
fn offer(spool: &mut Spool, class: Class, blocks: u64, messages: u32) -> u64 {
    let unkept = |spool: &mut Spool| match spool.append(class, &busy(messages), 1) {
        Ok(_) => 0,
        Err(Unkept { reason, error }) => {
            assert!(reason == Reason::SpoolFull && error.is_none());
            u64::from(messages)
        }
    };
    (0..blocks).map(|_| unkept(spool)).sum()
}

#[test]
fn blocks_come_in_the_order_of_their_numbers_over_all_classes() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(&dir);
    for class in [Class::Bodies, Class::Essential, Class::Routine, Class::Bodies, Class::Failed] {
        fill(&mut spool, class, 1, 3);
    }
    assert_eq!(numbers(&mut spool), [1, 2, 3, 4, 5]);
    fill(&mut spool, Class::Essential, 1, 3);
    assert_eq!(numbers(&mut spool), [6]);
    spool.rewind();
    assert_eq!(numbers(&mut spool).len(), 6);
    spool.stored(Sequence { epoch: spool.epoch(), number: 4 }).unwrap();
    spool.rewind();
    let (at, bytes) = spool.next_block().unwrap().unwrap();
    let (head, batch) = decode(&bytes, Budget::default()).unwrap();
    assert_eq!((at.number, head.class, batch), (5, Class::Failed, busy(3)));
}

#[test]
fn what_is_stored_is_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(&dir);
    fill(&mut spool, Class::Routine, 40, 30);
    let all = spool.bytes();
    assert!(all > 3 * SMALL.segment_bytes, "several segments");
    assert_eq!(numbers(&mut spool).len(), 40);
    spool.stored(Sequence { epoch: spool.epoch(), number: 40 }).unwrap();
    assert!(spool.bytes() <= SMALL.segment_bytes);
    assert!(spool.gone().is_empty(), "nothing was dropped");
}

#[test]
fn a_restart_goes_on_where_it_stood_in_a_new_epoch() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(&dir);
    fill(&mut spool, Class::Routine, 12, 30);
    let first = spool.epoch();
    spool.next_block().unwrap();
    spool.stored(Sequence { epoch: first, number: 5 }).unwrap();
    drop(spool);
    let mut spool = open(&dir);
    assert!(spool.epoch() > first);
    let at = |number| Sequence { epoch: first, number };
    assert!(spool.has(at(1)) && spool.has(at(12)) && !spool.has(at(13)));
    fill(&mut spool, Class::Failed, 1, 1);
    let all: Vec<_> =
        std::iter::from_fn(|| spool.next_block().unwrap()).map(|(at, _)| at).collect();
    let expected: Vec<_> = (6..=12).map(|number| Sequence { epoch: first, number }).collect();
    assert_eq!(all[..7], expected);
    assert_eq!(all[7..], [Sequence { epoch: spool.epoch(), number: 1 }]);
}

#[test]
fn bodies_go_first_then_what_went_well_and_the_essential_never() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(&dir);
    fill(&mut spool, Class::Essential, 2, 30);
    fill(&mut spool, Class::Bodies, 10, 30);
    fill(&mut spool, Class::Routine, 10, 30);
    let unkept = offer(&mut spool, Class::Failed, 60, 30);
    assert!(spool.bytes() <= SMALL.bytes);
    let left: Vec<_> = std::iter::from_fn(|| spool.next_block().unwrap())
        .map(|(_, bytes)| block::peek(&bytes).unwrap().class)
        .collect();
    let count = |class| left.iter().filter(|one| **one == class).count() as u64;
    assert_eq!((count(Class::Essential), count(Class::Bodies), count(Class::Routine)), (2, 0, 0));
    let gone = dropped(&spool, Reason::SpoolFull) + unkept;
    assert_eq!(gone + 30 * left.len() as u64, 30 * 82, "every message is here or counted");
}

#[test]
fn a_lesser_block_does_not_push_out_a_better_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(&dir);
    offer(&mut spool, Class::Failed, 90, 30);
    let before = dropped(&spool, Reason::SpoolFull);
    let full = spool.bytes();
    let unkept = offer(&mut spool, Class::Bodies, 60, 7);
    let gone = dropped(&spool, Reason::SpoolFull) - before + unkept;
    assert!(gone > 0 && gone.is_multiple_of(7) && gone <= 420, "only bodies went: {gone}");
    assert!(spool.bytes() >= full);
}

#[test]
fn what_was_sent_is_not_dropped_before_its_answer() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(&dir);
    fill(&mut spool, Class::Bodies, 4, 30);
    assert_eq!(numbers(&mut spool), [1, 2, 3, 4]);
    offer(&mut spool, Class::Bodies, 80, 30);
    spool.rewind();
    assert_eq!(numbers(&mut spool)[..4], [1, 2, 3, 4]);
}

#[test]
fn what_waited_too_long_is_counted_and_gone() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(&dir);
    fill(&mut spool, Class::Routine, 3, 10);
    fill(&mut spool, Class::Essential, 1, 10);
    spool.expire(1 + SMALL.age_s).unwrap();
    assert_eq!(dropped(&spool, Reason::TooOld), 0);
    spool.expire(2 + SMALL.age_s).unwrap();
    assert_eq!(dropped(&spool, Reason::TooOld), 30);
    assert_eq!(numbers(&mut spool), [4]);
}

#[test]
fn a_disk_that_takes_nothing_costs_what_was_appended_and_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(&dir.path().join("spool"), SMALL, 1_000).unwrap();
    fs::remove_dir_all(dir.path().join("spool")).unwrap();
    let err = spool.append(Class::Failed, &busy(7), 1).unwrap_err();
    assert_eq!((err.reason, err.error.unwrap().code()), (Reason::DiskFull, "MP-TEL-04"));
    fs::create_dir(dir.path().join("spool")).unwrap();
    fill(&mut spool, Class::Failed, 1, 7);
    assert_eq!(numbers(&mut spool), [1], "a number that was not written is used again");
}

/// A report of what left; the test reads the counts from the spool.
fn tell(spool: &mut Spool) -> bool {
    spool.tell(1, |_| busy(0)).unwrap()
}

#[test]
fn what_left_is_reported_once_whenever_the_kill_comes() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(&dir);
    fill(&mut spool, Class::Bodies, 4, 30);
    spool.expire(2 + SMALL.age_s).unwrap();
    drop(spool);
    let mut spool = open(&dir);
    assert_eq!(dropped(&spool, Reason::TooOld), 120, "killed before the report");
    assert!(tell(&mut spool));
    assert!(!tell(&mut spool));
    drop(spool);
    assert!(open(&dir).gone().is_empty(), "killed after it");
}

#[test]
fn a_report_whose_block_is_not_there_comes_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(&dir);
    fill(&mut spool, Class::Bodies, 4, 30);
    spool.expire(2 + SMALL.age_s).unwrap();
    assert!(tell(&mut spool));
    drop(spool);
    let report = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path());
    let report = report.into_iter().find(|path| path.to_string_lossy().contains("/0-")).unwrap();
    fs::remove_file(report).unwrap();
    let mut spool = open(&dir);
    assert_eq!(dropped(&spool, Reason::TooOld), 120);
    fs::remove_dir_all(dir.path()).unwrap();
    assert!(spool.tell(1, |_| busy(0)).is_err());
    assert_eq!(dropped(&spool, Reason::TooOld), 120, "the disk did not take it");
}

#[test]
fn a_segment_that_was_counted_and_not_deleted_is_not_counted_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(&dir);
    fill(&mut spool, Class::Bodies, 4, 30);
    let segment = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path());
    let segment =
        segment.into_iter().find(|path| path.extension().is_some_and(|end| end == "open")).unwrap();
    let bytes = fs::read(&segment).unwrap();
    spool.expire(2 + SMALL.age_s).unwrap();
    drop(spool);
    fs::write(&segment, bytes).unwrap();
    let mut spool = open(&dir);
    assert_eq!((dropped(&spool, Reason::TooOld), spool.bytes()), (120, 0));
    assert_eq!(numbers(&mut spool), [0; 0]);
}

#[test]
fn a_refusal_counts_once_however_often_it_comes() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(&dir);
    let at = |number| Sequence { epoch: 1, number };
    for number in [1, 1, 2, 1] {
        spool.refused(at(number), &[(Kind::Message, 5)]).unwrap();
    }
    drop(spool);
    let mut spool = open(&dir);
    spool.refused(at(2), &[(Kind::Message, 5)]).unwrap();
    assert_eq!(dropped(&spool, Reason::Rejected), 10);
}

#[test]
fn what_does_not_read_back_counts_once_however_often_it_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(&dir);
    fill(&mut spool, Class::Routine, 3, 30);
    let segment = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path());
    let segment =
        segment.into_iter().find(|path| path.extension().is_some_and(|end| end == "open")).unwrap();
    let mut bytes = fs::read(&segment).unwrap();
    let last = bytes.len() - 1;
    let each = bytes.len() as u64 / 3;
    bytes[last] ^= 1;
    fs::write(&segment, bytes).unwrap();
    for _ in 0..3 {
        assert_eq!(numbers(&mut spool), [1, 2]);
        assert_eq!(spool.gone().damaged_bytes, each);
        spool.rewind();
    }
    fill(&mut spool, Class::Routine, 1, 30);
    assert_eq!(numbers(&mut spool), [1, 2, 4]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_cut_anywhere_costs_only_what_follows_it(cut in any::<prop::sample::Index>(), flip in any::<bool>()) {
        let dir = tempfile::tempdir().unwrap();
        let mut spool = open(&dir);
        fill(&mut spool, Class::Routine, 6, 5);
        drop(spool);
        let open_file = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path())
            .find(|path| path.extension().is_some_and(|end| end == "open")).unwrap();
        let mut bytes = fs::read(&open_file).unwrap();
        let place = cut.index(bytes.len());
        if flip { bytes[place] ^= 1 } else { bytes.truncate(place) }
        fs::write(&open_file, &bytes).unwrap();
        let mut spool = open(&dir);
        let read = numbers(&mut spool);
        let expected: Vec<_> = (1..).take(read.len()).collect();
        prop_assert_eq!(&read, &expected);
        prop_assert!(read.len() < 6);
        // A cut exactly between two blocks leaves nothing to see.
        let damaged = spool.gone().damaged_bytes;
        prop_assert!(damaged > 0 || !flip);
    }
}

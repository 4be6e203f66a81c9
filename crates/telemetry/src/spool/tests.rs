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

fn dropped(spool: &mut Spool, reason: Reason) -> u64 {
    spool.take_gone().dropped.get(&(Kind::Message, reason)).copied().unwrap_or(0)
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
    assert!(spool.take_gone().is_empty(), "nothing was dropped");
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
    fill(&mut spool, Class::Failed, 60, 30);
    assert!(spool.bytes() <= SMALL.bytes);
    let left: Vec<_> = std::iter::from_fn(|| spool.next_block().unwrap())
        .map(|(_, bytes)| block::peek(&bytes).unwrap().class)
        .collect();
    let count = |class| left.iter().filter(|one| **one == class).count() as u64;
    assert_eq!((count(Class::Essential), count(Class::Bodies), count(Class::Routine)), (2, 0, 0));
    let gone = dropped(&mut spool, Reason::SpoolFull);
    assert_eq!(gone + 30 * left.len() as u64, 30 * 82, "every message is here or counted");
}

#[test]
fn a_lesser_block_does_not_push_out_a_better_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(&dir);
    fill(&mut spool, Class::Failed, 90, 30);
    dropped(&mut spool, Reason::SpoolFull);
    let full = spool.bytes();
    fill(&mut spool, Class::Bodies, 60, 7);
    let gone = dropped(&mut spool, Reason::SpoolFull);
    assert!(gone > 0 && gone.is_multiple_of(7) && gone <= 420, "only bodies went: {gone}");
    assert!(spool.bytes() >= full);
}

#[test]
fn what_was_sent_is_not_dropped_before_its_answer() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(&dir);
    fill(&mut spool, Class::Bodies, 4, 30);
    assert_eq!(numbers(&mut spool), [1, 2, 3, 4]);
    fill(&mut spool, Class::Bodies, 80, 30);
    spool.rewind();
    assert_eq!(numbers(&mut spool)[..4], [1, 2, 3, 4]);
}

#[test]
fn what_waited_too_long_is_counted_and_gone() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(&dir);
    fill(&mut spool, Class::Routine, 3, 10);
    fill(&mut spool, Class::Essential, 1, 10);
    spool.expire(1 + SMALL.age_s);
    assert_eq!(dropped(&mut spool, Reason::TooOld), 0);
    spool.expire(2 + SMALL.age_s);
    assert_eq!(dropped(&mut spool, Reason::TooOld), 30);
    assert_eq!(numbers(&mut spool), [4]);
}

#[test]
fn a_disk_that_takes_nothing_costs_what_was_appended_and_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(&dir.path().join("spool"), SMALL, 1_000).unwrap();
    fs::remove_dir_all(dir.path().join("spool")).unwrap();
    let err = spool.append(Class::Failed, &busy(7), 1).unwrap_err();
    assert_eq!(err.code(), "MP-TEL-04");
    assert_eq!(dropped(&mut spool, Reason::DiskFull), 7);
    fs::create_dir(dir.path().join("spool")).unwrap();
    fill(&mut spool, Class::Failed, 1, 7);
    assert_eq!(numbers(&mut spool), [1], "a number that was not written is used again");
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
        let damaged: u64 = spool.take_gone().damaged.values().sum();
        prop_assert!(damaged > 0 || !flip);
    }
}

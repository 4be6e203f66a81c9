//! What is let go of a workload's originals, and what is said of one that is not there. Pure.
//!
//! Age needs no note: whoever asks later than `keep` after a message began is told so. What went earlier than that is remembered, as the
//! span of time in which it came.

use serde::{Deserialize, Serialize};
use telemetry::capture::Originals;

/// Hours of a week; older ones are past every sensible `keep`, and become one with their neighbour.
const MOST_NOTES: usize = 168;
/// A record comes when its message ended; most have ended by then.
const ENDS_WITHIN_US: u64 = 60_000_000;
/// Notes of one hour are one.
const TOGETHER_US: u64 = 3_600_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Why {
    /// There was no room for it any more.
    Cap,
    /// Somebody switched it off.
    Off,
}

/// Originals of this span went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    pub(super) from_us: u64,
    pub(super) to_us: u64,
    pub(super) at_us: u64,
    pub(super) why: Why,
}

pub(super) fn add(notes: &mut Vec<Note>, note: Note) {
    if let Some(last) = notes.last_mut()
        && last.why == note.why
        && last.to_us <= note.from_us
        && note.to_us.saturating_sub(last.from_us) <= TOGETHER_US
    {
        (last.to_us, last.at_us) = (note.to_us, note.at_us);
        return;
    }
    notes.push(note);
    if notes.len() > MOST_NOTES {
        let oldest = notes.remove(0);
        notes[0].from_us = notes[0].from_us.min(oldest.from_us);
    }
}

/// Why there is no original.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Older than they are kept, since then.
    Expired {
        at_us: u64,
        keep_s: u64,
    },
    /// Let go before that.
    Dropped {
        at_us: u64,
        cap_bytes: u64,
    },
    SwitchedOff {
        at_us: u64,
    },
    /// It is damaged, or the runner's key is another one.
    Unreadable,
    /// Nothing is kept of this workload.
    NotKept,
    /// It never was here.
    Never,
}

pub(super) fn missing(notes: &[Note], limits: Originals, started_us: u64, now_us: u64) -> Missing {
    let of_then = |note: &&Note| {
        note.from_us.saturating_sub(ENDS_WITHIN_US) <= started_us && started_us <= note.to_us
    };
    if let Some(note) = notes.iter().rev().find(of_then) {
        return match note.why {
            Why::Cap => Missing::Dropped { at_us: note.at_us, cap_bytes: limits.cap_bytes },
            Why::Off => Missing::SwitchedOff { at_us: note.at_us },
        };
    }
    if limits.is_off() {
        return Missing::NotKept;
    }
    let ends_us = started_us.saturating_add(limits.keep_s.saturating_mul(1_000_000));
    if now_us > ends_us {
        return Missing::Expired { at_us: ends_us, keep_s: limits.keep_s };
    }
    Missing::Never
}

/// A file of originals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// When its first record came.
    pub(super) first_us: u64,
    /// Tells apart those of one instant.
    pub(super) number: u32,
    pub(super) bytes: u64,
}

/// When the last record of a part came, at the latest.
pub(super) fn last_us(parts: &[Part], at: usize, now_us: u64) -> u64 {
    parts.get(at + 1).map_or(now_us, |next| next.first_us)
}

/// How many of the oldest parts are let go, because of their age and because of the cap. The last part is written to.
pub(super) fn over(parts: &[Part], limits: Originals, now_us: u64) -> (usize, usize) {
    let oldest_us = now_us.saturating_sub(limits.keep_s.saturating_mul(1_000_000));
    let expired = (0..parts.len().saturating_sub(1))
        .take_while(|at| last_us(parts, *at, now_us) < oldest_us)
        .count();
    let mut bytes: u64 = parts[expired..].iter().map(|part| part.bytes).sum();
    let capped = parts[expired..parts.len().saturating_sub(1).max(expired)]
        .iter()
        .take_while(|part| {
            let is_over = bytes > limits.cap_bytes;
            bytes = bytes.saturating_sub(part.bytes);
            is_over
        })
        .count();
    (expired, capped)
}

/// In which parts a message that began then is looked for, the likeliest first: its record came when it ended, usually at once.
pub(super) fn likeliest(parts: &[Part], started_us: u64) -> Vec<usize> {
    let first = parts.partition_point(|part| part.first_us <= started_us).saturating_sub(1);
    // A clock that was set back may have put it anywhere.
    (first..parts.len()).chain((0..first).rev()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000_000;

    fn parts(all: &[(u64, u64)]) -> Vec<Part> {
        let part =
            |(hour, bytes): &(u64, u64)| Part { first_us: hour * HOUR, number: 0, bytes: *bytes };
        all.iter().map(part).collect()
    }

    fn limits(keep_h: u64, cap_bytes: u64) -> Originals {
        Originals { keep_s: keep_h * 3_600, cap_bytes, only: false }
    }

    #[test]
    fn the_oldest_go_first_by_age_and_then_by_size() {
        let all = parts(&[(0, 10), (1, 10), (2, 10), (3, 10)]);
        assert_eq!(over(&all, limits(24, 40), 4 * HOUR), (0, 0));
        assert_eq!(over(&all, limits(24, 39), 4 * HOUR), (0, 1));
        assert_eq!(over(&all, limits(24, 15), 4 * HOUR), (0, 3));
        assert_eq!(over(&all, limits(24, 5), 4 * HOUR), (0, 3), "the last one is written to");
        assert_eq!(over(&all, limits(2, 40), 4 * HOUR), (1, 0), "the second ended at its limit");
        assert_eq!(over(&all, limits(2, 20), 4 * HOUR), (1, 1));
        assert_eq!(over(&[], limits(2, 20), 4 * HOUR), (0, 0));
    }

    #[test]
    fn a_message_is_looked_for_where_it_most_likely_is() {
        let all = parts(&[(1, 1), (2, 1), (3, 1)]);
        assert_eq!(likeliest(&all, 2 * HOUR + 1), [1, 2, 0]);
        assert_eq!(likeliest(&all, 0), [0, 1, 2]);
        assert_eq!(likeliest(&all, 9 * HOUR), [2, 1, 0]);
        assert_eq!(likeliest(&[], 0), [] as [usize; 0]);
    }

    #[test]
    fn it_is_said_when_it_went_and_why() {
        let mut notes = Vec::new();
        let note = |from, to, why| Note { from_us: from, to_us: to, at_us: to + 5, why };
        add(&mut notes, note(HOUR, HOUR + 10, Why::Cap));
        add(&mut notes, note(HOUR + 10, HOUR + 20, Why::Cap));
        add(&mut notes, note(3 * HOUR, 4 * HOUR, Why::Off));
        assert_eq!(notes.len(), 2);
        let said = |started, now| missing(&notes, limits(24, 9), started, now);
        let dropped = Missing::Dropped { at_us: HOUR + 25, cap_bytes: 9 };
        assert_eq!(said(HOUR + 15, 5 * HOUR), dropped);
        assert_eq!(said(3 * HOUR + 1, 5 * HOUR), Missing::SwitchedOff { at_us: 4 * HOUR + 5 });
        assert_eq!(said(2 * HOUR, 5 * HOUR), Missing::Never);
        let expired = Missing::Expired { at_us: 26 * HOUR, keep_s: 24 * 3_600 };
        assert_eq!(said(2 * HOUR, 27 * HOUR), expired);
        assert_eq!(missing(&notes, Originals::OFF, 2 * HOUR, 5 * HOUR), Missing::NotKept);
    }

    #[test]
    fn notes_are_bounded_and_forget_no_span() {
        let mut notes = Vec::new();
        for hour in 0..1_000 {
            let (from_us, to_us) = (hour * 2 * HOUR, hour * 2 * HOUR + HOUR);
            add(&mut notes, Note { from_us, to_us, at_us: to_us, why: Why::Cap });
        }
        assert_eq!((notes.len(), notes[0].from_us), (MOST_NOTES, 0));
    }
}

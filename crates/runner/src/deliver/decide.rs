//! What to do next about one message that is to be delivered. Pure.

use crate::record::Number;

/// What may pass between a claim and our seeing it: the launcher looks at the deadline after it claimed.
const GRACE_MS: i64 = 2_000;

/// Where the workload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Where {
    Nowhere,
    Stopped,
    /// It starts, or was killed and starts again.
    NotYet,
    Ready(Number),
}

/// What the files say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// No instance was given it.
    Fresh,
    /// An instance was, and this is what it did. `is_alive` was looked at before the rest.
    Handed { is_alive: bool, is_ordered: bool, is_taken: bool, is_answered: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// There is an answer.
    Answer,
    /// Note down the instance, then write the order.
    Hand(Number),
    /// Write the order: it was noted down, and the runner was killed before it could.
    Order,
    Look,
    Refuse(&'static str, &'static str),
}

const NEVER_BEGUN: Next = Next::Refuse("MP-RPL-03", "it was not begun in time, and will not be");

pub(crate) fn decide(place: Where, seen: Seen, now_ms: i64, begin_before_ms: i64) -> Next {
    let is_late = now_ms > begin_before_ms;
    match seen {
        Seen::Handed { is_answered: true, .. } => Next::Answer,
        Seen::Handed { is_alive: true, is_taken: true, .. } => Next::Look,
        Seen::Handed { is_alive: true, is_ordered, .. } => {
            if now_ms > begin_before_ms.saturating_add(GRACE_MS) || is_late && !is_ordered {
                NEVER_BEGUN
            } else if is_ordered {
                Next::Look
            } else {
                Next::Order
            }
        }
        Seen::Handed { is_taken: true, .. } => Next::Refuse(
            "MP-RPL-04",
            "the workload ended while it worked on it; it is not tried again",
        ),
        // Without a claim the one that died never made the exchange.
        Seen::Fresh | Seen::Handed { .. } => match place {
            _ if is_late => NEVER_BEGUN,
            Where::Ready(number) => Next::Hand(number),
            Where::NotYet => Next::Look,
            Where::Nowhere => Next::Refuse("MP-RPL-10", "this runtime has no such workload"),
            Where::Stopped => Next::Refuse("MP-RPL-10", "the workload is stopped"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEAD: (bool, bool, bool, bool) = (false, true, false, false);

    #[track_caller]
    fn check(place: Where, handed: Option<(bool, bool, bool, bool)>, now_ms: i64, want: Next) {
        let seen = match handed {
            None => Seen::Fresh,
            Some((is_alive, is_ordered, is_taken, is_answered)) => {
                Seen::Handed { is_alive, is_ordered, is_taken, is_answered }
            }
        };
        assert_eq!(decide(place, seen, now_ms, 1_000), want, "{place:?} {handed:?} at {now_ms}");
    }

    #[test]
    fn it_waits_for_a_workload_and_gives_up_at_the_deadline() {
        check(Where::NotYet, None, 500, Next::Look);
        check(Where::Ready(3), None, 500, Next::Hand(3));
        check(Where::Ready(3), None, 1_001, NEVER_BEGUN);
        check(Where::NotYet, None, 1_001, NEVER_BEGUN);
    }

    #[test]
    fn a_claim_is_waited_for_a_moment_longer_than_it_can_take() {
        let waiting = Some((true, true, false, false));
        check(Where::Ready(3), waiting, 1_500, Next::Look);
        check(Where::Ready(3), waiting, 3_001, NEVER_BEGUN);
        check(Where::Ready(3), Some((true, true, true, false)), 99_999, Next::Look);
        check(Where::Ready(3), Some((true, false, false, false)), 500, Next::Order);
    }

    #[test]
    fn what_died_unclaimed_goes_to_the_next_and_what_died_claimed_never_does() {
        check(Where::Ready(4), Some(DEAD), 500, Next::Hand(4));
        check(Where::NotYet, Some(DEAD), 500, Next::Look);
        let claimed = decide(
            Where::Ready(4),
            Seen::Handed { is_alive: false, is_ordered: true, is_taken: true, is_answered: false },
            500,
            1_000,
        );
        assert!(matches!(claimed, Next::Refuse("MP-RPL-04", _)), "{claimed:?}");
    }

    #[test]
    fn an_answer_counts_whatever_else_is_so() {
        for alive in [true, false] {
            check(Where::Nowhere, Some((alive, false, true, true)), 99_999, Next::Answer);
        }
    }
}

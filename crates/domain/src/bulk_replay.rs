//! Many messages replayed, one decision at a time.
//!
//! ```text
//! running ──canary ended, or too many failed──> paused ──resume──> running ── all ended ──> ended
//!    └────────────────────────── cancel ──────────────────────────> cancelled
//! ```
//! What is done next follows from counts alone, so whoever is killed goes on from what is stored. Messages that were begun
//! are never begun again, whatever becomes of them.

use jiff::{SignedDuration, Timestamp};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Running,
    /// Nothing more is begun until somebody resumes it.
    Paused,
    Ended,
    Cancelled,
}

impl State {
    pub const ALL: [Self; 4] = [Self::Running, Self::Paused, Self::Ended, Self::Cancelled];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Ended => "ended",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// What a person asks of one that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Pause,
    Resume,
    Cancel,
}

impl Action {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Cancel => "cancel",
        }
    }

    /// The state that it leads to; `None`: it is over.
    pub fn apply(self, state: State) -> Option<State> {
        match (self, state) {
            (_, State::Ended | State::Cancelled) => None,
            (Self::Pause, _) => Some(State::Paused),
            (Self::Resume, _) => Some(State::Running),
            (Self::Cancel, _) => Some(State::Cancelled),
        }
    }
}

/// How it is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// This many first; the others when somebody has looked at them.
    pub canary: Option<u32>,
    pub per_second: u32,
    /// Pause when this many did not complete; 0: never.
    pub stop_after: u32,
    /// When it was last set running, how many were begun and how many had failed by then.
    pub since: Timestamp,
    pub begun_then: u32,
    pub failed_then: u32,
}

/// What is known of its messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub total: u32,
    /// Refused ones are begun and ended at once.
    pub begun: u32,
    pub completed: u32,
    pub handled: u32,
    pub failed: u32,
    /// Done, and nobody knows how.
    pub unknown: u32,
    pub not_done: u32,
    pub refused: u32,
}

impl Progress {
    pub fn ended(&self) -> u32 {
        self.completed + self.handled + self.bad()
    }

    /// Those that did not come to a good end, or to one that is known.
    pub fn bad(&self) -> u32 {
        self.failed + self.unknown + self.not_done + self.refused
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    Begin(u32),
    Wait,
    Pause(String),
    End,
}

/// At once; a workload works on four of them at a time.
const IN_FLIGHT: u32 = 32;

pub fn next(rules: &Rules, progress: &Progress, now: Timestamp) -> Next {
    let flying = progress.begun.saturating_sub(progress.ended());
    let bad = progress.bad().saturating_sub(rules.failed_then);
    if rules.stop_after > 0 && bad >= rules.stop_after {
        // What flies is counted before anybody decides.
        return if flying > 0 {
            Next::Wait
        } else {
            Next::Pause(format!("{bad} did not complete"))
        };
    }
    if progress.begun >= progress.total {
        return if flying > 0 { Next::Wait } else { Next::End };
    }
    let until = match rules.canary {
        Some(canary) if progress.begun >= canary => {
            if flying > 0 {
                return Next::Wait;
            }
            let text = format!("canary: {} of {canary} completed", progress.completed);
            return Next::Pause(text);
        }
        Some(canary) => canary.min(progress.total),
        None => progress.total,
    };
    let elapsed = now.duration_since(rules.since).max(SignedDuration::ZERO);
    let seconds = u64::try_from(elapsed.as_millis()).unwrap_or(0);
    let allowed = seconds * u64::from(rules.per_second) / 1000 + 1;
    let since = u64::from(progress.begun.saturating_sub(rules.begun_then));
    let room = u32::try_from(allowed.saturating_sub(since)).unwrap_or(u32::MAX);
    let count = room.min(IN_FLIGHT.saturating_sub(flying)).min(until - progress.begun);
    if count > 0 { Next::Begin(count) } else { Next::Wait }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Rules = Rules {
        canary: None,
        per_second: 10,
        stop_after: 0,
        since: Timestamp::UNIX_EPOCH,
        begun_then: 0,
        failed_then: 0,
    };

    #[track_caller]
    fn check(rules: Rules, progress: Progress, after_ms: i64, want: Next) {
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_millis(after_ms);
        assert_eq!(next(&rules, &progress, now), want, "{progress:?} after {after_ms} ms");
    }

    fn of(total: u32, begun: u32, completed: u32, failed: u32) -> Progress {
        Progress { total, begun, completed, failed, ..Progress::default() }
    }

    #[test]
    fn no_more_than_the_rate_is_begun() {
        check(RULES, of(100, 0, 0, 0), 0, Next::Begin(1));
        check(RULES, of(100, 1, 0, 0), 0, Next::Wait);
        check(RULES, of(100, 1, 0, 0), 1_000, Next::Begin(10));
        check(RULES, of(100, 40, 8, 0), 60_000, Next::Wait);
        check(RULES, of(100, 95, 95, 0), 60_000, Next::Begin(5));
    }

    #[test]
    fn a_canary_is_looked_at_before_the_others_begin() {
        let rules = Rules { canary: Some(5), per_second: 1_000, ..RULES };
        check(rules, of(100, 0, 0, 0), 1_000, Next::Begin(5));
        check(rules, of(100, 5, 4, 0), 1_000, Next::Wait);
        let text = "canary: 5 of 5 completed".to_owned();
        check(rules, of(100, 5, 5, 0), 1_000, Next::Pause(text));
        check(rules, of(3, 3, 3, 0), 1_000, Next::End);
    }

    #[test]
    fn it_stops_after_some_failures_and_counts_anew_when_resumed() {
        let rules = Rules { stop_after: 3, per_second: 1_000, ..RULES };
        check(rules, of(100, 10, 6, 3), 9_000, Next::Wait);
        check(rules, of(100, 9, 6, 3), 9_000, Next::Pause("3 did not complete".to_owned()));
        let resumed = Rules { failed_then: 3, begun_then: 9, ..rules };
        assert!(matches!(next(&resumed, &of(100, 9, 6, 3), Timestamp::UNIX_EPOCH), Next::Begin(_)));
    }

    #[test]
    fn an_end_that_nobody_can_read_is_an_end_and_no_good_one() {
        let progress = Progress { unknown: 3, ..of(9, 9, 6, 0) };
        check(RULES, progress, 9_000, Next::End);
        let rules = Rules { stop_after: 3, ..RULES };
        check(rules, progress, 9_000, Next::Pause("3 did not complete".to_owned()));
    }

    #[test]
    fn what_is_over_stays_over() {
        for state in [State::Ended, State::Cancelled] {
            assert_eq!(Action::Resume.apply(state), None);
        }
        assert_eq!(Action::Resume.apply(State::Paused), Some(State::Running));
        assert!(State::ALL.iter().all(|state| State::parse(state.as_str()) == Some(*state)));
    }
}

//! Failures of one kind as work: what a person said of them, and what that means now.
//!
//! ```text
//! Open ──resolve──> Resolved ──fails on a release deployed after that──> Returned
//!   ^                                                                        │
//!   ├── reopen, or the time of a mute is over ── Muted <── mute ──────────── ┘  (from any state)
//! ```
//! Only what people say is stored; the state follows from it, from when the release of the last failure was deployed, and from
//! the time. So nothing has to run for a failure to return or a mute to end. A late failure of the release that was there when
//! somebody resolved it is no news: only another deployment can bring it back. The same release deployed anew counts, because
//! whoever resolved it did not see that one run.

use jiff::Timestamp;

/// What a person said last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Said {
    /// That it is work, or nothing.
    #[default]
    Open,
    Resolved {
        at: Timestamp,
    },
    /// `None`: for good.
    Muted {
        until: Option<Timestamp>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    Open,
    /// It was resolved, and is here again.
    Returned,
    Muted,
    Resolved,
}

impl State {
    pub const ALL: [Self; 4] = [Self::Open, Self::Returned, Self::Muted, Self::Resolved];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Returned => "returned",
            Self::Muted => "muted",
            Self::Resolved => "resolved",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Somebody has to do something about it.
    pub fn is_work(self) -> bool {
        matches!(self, Self::Open | Self::Returned)
    }
}

/// `deployed_at`: when that on which it failed last was deployed; `None`: nobody knows.
pub fn state(said: Said, deployed_at: Option<Timestamp>, now: Timestamp) -> State {
    match said {
        Said::Open => State::Open,
        Said::Muted { until: Some(until) } if until <= now => State::Open,
        Said::Muted { .. } => State::Muted,
        Said::Resolved { at } if deployed_at.is_some_and(|deployed| deployed > at) => {
            State::Returned
        }
        Said::Resolved { .. } => State::Resolved,
    }
}

/// Whether messages that began after somebody resolved it failed nevertheless, `last_began` the newest: what was to mend it is not
/// deployed yet, or does not mend it. Whatever the state: on another release it is back anyway.
pub fn goes_on(said: Said, last_began: Timestamp) -> bool {
    matches!(said, Said::Resolved { at } if last_began > at)
}

/// What whoever deployed something else may want to try: the failures of a route that it changed.
pub fn hint(count: u64, place: &str, message: &str) -> String {
    let failures = if count == 1 { "open failure" } else { "open failures" };
    format!("{count} {failures} on {place}; try one: midplane replay {message} --dry-run")
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn minute(minute: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
    }

    #[track_caller]
    fn check(said: Said, deployed: Option<i64>, now: i64, want: State) {
        assert_eq!(state(said, deployed.map(minute), minute(now)), want);
    }

    #[test]
    fn what_nobody_spoke_of_is_open_on_every_release() {
        check(Said::Open, None, 10, State::Open);
        check(Said::Open, Some(5), 10, State::Open);
    }

    #[test]
    fn only_a_release_deployed_after_the_resolution_brings_it_back() {
        let resolved = Said::Resolved { at: minute(10) };
        check(resolved, Some(9), 20, State::Resolved);
        check(resolved, Some(10), 20, State::Resolved);
        check(resolved, Some(11), 20, State::Returned);
        check(resolved, None, 20, State::Resolved);
        // Somebody looked at what came back, and resolved it again.
        check(Said::Resolved { at: minute(12) }, Some(11), 20, State::Resolved);
    }

    #[test]
    fn only_messages_that_began_after_the_resolution_say_that_it_goes_on() {
        let resolved = Said::Resolved { at: minute(10) };
        assert_eq!([9, 10, 11].map(|began| goes_on(resolved, minute(began))), [false, false, true]);
        assert!(!goes_on(Said::Open, minute(11)));
        assert!(!goes_on(Said::Muted { until: None }, minute(11)));
    }

    #[test]
    fn a_mute_ends_by_itself_or_never() {
        let muted = |until| Said::Muted { until };
        check(muted(Some(minute(10))), Some(5), 9, State::Muted);
        check(muted(Some(minute(10))), Some(5), 10, State::Open);
        check(muted(None), Some(99), 100, State::Muted);
    }

    #[test]
    fn every_state_is_read_back_and_two_of_them_are_work() {
        assert!(State::ALL.iter().all(|state| State::parse(state.as_str()) == Some(*state)));
        let work: Vec<_> = State::ALL.into_iter().filter(|state| state.is_work()).collect();
        assert_eq!(work, [State::Open, State::Returned]);
    }

    #[test]
    fn a_hint_is_a_command_to_copy() {
        let want = "17 open failures on intake; try one: midplane replay 8A1F --dry-run";
        assert_eq!(hint(17, "intake", "8A1F"), want);
        assert!(hint(1, "intake", "8A1F").starts_with("1 open failure on intake;"));
    }
}

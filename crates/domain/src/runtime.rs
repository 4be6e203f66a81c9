//! A runtime's state, from when its runner was last heard.
//!
//! `Connected -> Late (45 s) -> Lost (5 min)` follow from silence and heal by themselves; `Locked` (a clone was seen) and
//! `Revoked` are decisions and do not. A new runtime that never called is `Awaited`.

use jiff::{SignedDuration, Timestamp};

/// Three missed heartbeats of 15 s.
pub const LATE_AFTER: SignedDuration = SignedDuration::from_secs(45);
/// Long enough for a reboot.
pub const LOST_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// What a runtime is used for. The one of `midplane up` has run and build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    Run,
    Build,
    Shared,
}

impl Purpose {
    pub const ALL: &[Self] = &[Self::Run, Self::Build, Self::Shared];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Build => "build",
            Self::Shared => "shared",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|purpose| purpose.as_str() == text)
    }
}

/// What an administrator or the clone detection decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Good,
    Locked,
    Revoked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Awaited,
    Connected,
    Late,
    Lost,
    Locked,
    Revoked,
}

impl State {
    pub const ALL: &[Self] =
        &[Self::Awaited, Self::Connected, Self::Late, Self::Lost, Self::Locked, Self::Revoked];

    pub fn of(standing: Standing, last_seen_at: Option<Timestamp>, now: Timestamp) -> Self {
        match (standing, last_seen_at) {
            (Standing::Revoked, _) => Self::Revoked,
            (Standing::Locked, _) => Self::Locked,
            (Standing::Good, None) => Self::Awaited,
            (Standing::Good, Some(seen)) => {
                let silence = now.duration_since(seen);
                if silence >= LOST_AFTER {
                    Self::Lost
                } else if silence >= LATE_AFTER {
                    Self::Late
                } else {
                    Self::Connected
                }
            }
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Awaited => "awaited",
            Self::Connected => "connected",
            Self::Late => "late",
            Self::Lost => "lost",
            Self::Locked => "locked",
            Self::Revoked => "revoked",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(standing: Standing, silence_s: Option<i64>, want: State) {
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1);
        let seen = silence_s.map(|secs| now - SignedDuration::from_secs(secs));
        assert_eq!(State::of(standing, seen, now), want);
    }

    #[test]
    fn silence_makes_a_runtime_late_then_lost() {
        check(Standing::Good, None, State::Awaited);
        check(Standing::Good, Some(44), State::Connected);
        check(Standing::Good, Some(45), State::Late);
        check(Standing::Good, Some(299), State::Late);
        check(Standing::Good, Some(300), State::Lost);
    }

    #[test]
    fn a_decision_outlasts_any_heartbeat() {
        check(Standing::Locked, Some(0), State::Locked);
        check(Standing::Revoked, Some(0), State::Revoked);
    }
}

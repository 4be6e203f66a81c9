//! Which versions of the protocol may talk to each other.
//!
//! Each end names the range it speaks; the highest common one is used. The range spans one minor version back, so that
//! either end can be upgraded first. No overlap is refused with both ranges in the message, because the way out
//! depends on which end is behind.

use super::Hello;

/// The newest minor version of `midplane.link.v1` that this build speaks.
pub const PROTOCOL: u32 = 1;
/// The oldest: one before the newest, and there is none before 1.
pub const PROTOCOL_MIN: u32 = if PROTOCOL > 1 { PROTOCOL - 1 } else { 1 };

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "version `{build}` speaks link protocol {min} to {max}, this side speaks {ours_min} to {ours_max}; upgrade the older one"
)]
pub struct Incompatible {
    build: String,
    min: u32,
    max: u32,
    ours_min: u32,
    ours_max: u32,
}

impl Incompatible {
    pub fn code(&self) -> &'static str {
        "MP-LINK-01"
    }
}

impl Hello {
    /// What this build says of itself.
    pub fn ours(build: &str, capabilities: &[String]) -> Self {
        Self {
            protocol_min: PROTOCOL_MIN,
            protocol_max: PROTOCOL,
            build: build.to_owned(),
            capabilities: capabilities.to_vec(),
        }
    }
}

/// The highest version that both sides speak.
pub fn negotiate(ours: (u32, u32), theirs: &Hello) -> Result<u32, Incompatible> {
    let common = ours.1.min(theirs.protocol_max);
    if common < ours.0 || common < theirs.protocol_min || common == 0 {
        return Err(Incompatible {
            build: theirs.build.chars().take(40).collect(),
            min: theirs.protocol_min,
            max: theirs.protocol_max,
            ours_min: ours.0,
            ours_max: ours.1,
        });
    }
    Ok(common)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ours: (u32, u32), theirs: (u32, u32), want: Option<u32>) {
        let hello = Hello { protocol_min: theirs.0, protocol_max: theirs.1, ..Hello::default() };
        assert_eq!(negotiate(ours, &hello).ok(), want);
    }

    #[test]
    fn one_minor_version_apart_works_and_two_do_not() {
        check((4, 5), (4, 5), Some(5));
        check((4, 5), (5, 6), Some(5));
        check((4, 5), (3, 4), Some(4));
        check((4, 5), (6, 7), None);
        check((4, 5), (2, 3), None);
    }

    #[test]
    fn an_end_that_says_nothing_is_refused() {
        check((0, 5), (0, 0), None);
    }
}

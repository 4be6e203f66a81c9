//! Prune: what happens to integrations that a commit no longer holds.
//!
//! ```text
//! live integrations of the source - found in the commit = gone
//! gone is small -> Prune      gone is large, all, or the folder itself vanished -> Ask
//! ```
//! The guard looks at the durable inventory (what the store says is live), never at the previous commit: a source that
//! was away, was repointed or was rewritten by force push meets the same question. While it asks, *nothing* of the commit
//! is applied: a folder that was renamed would otherwise run twice, under two names, on the same inputs.
//! A confirmation is for one commit; the next commit asks anew.

/// Removing up to five is what a person does in one clean-up.
const ALWAYS_ALLOWED: usize = 5;
/// Beyond that, a fifth of what is live.
const SHARE_PERCENT: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Prune,
    Ask(Why),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The commit holds no integration at all.
    NothingLeft,
    /// The folder that the source names is not in the commit.
    PathVanished,
    /// More than max(5, 20 %) would go.
    TooMany,
}

impl Why {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NothingLeft => "nothing_left",
            Self::PathVanished => "path_vanished",
            Self::TooMany => "too_many",
        }
    }
}

/// What the guard looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    pub live: usize,
    pub gone: usize,
    pub path_exists: bool,
}

pub fn judge(change: Change, confirmed: bool) -> Verdict {
    let limit = ALWAYS_ALLOWED.max(change.live * SHARE_PERCENT / 100);
    match change {
        _ if confirmed => Verdict::Prune,
        Change { gone: 0, .. } => Verdict::Prune,
        Change { path_exists: false, .. } => Verdict::Ask(Why::PathVanished),
        Change { live, gone, .. } if gone >= live => Verdict::Ask(Why::NothingLeft),
        Change { gone, .. } if gone > limit => Verdict::Ask(Why::TooMany),
        Change { .. } => Verdict::Prune,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(live: usize, gone: usize, path_exists: bool, want: Verdict) {
        assert_eq!(judge(Change { live, gone, path_exists }, false), want);
        assert_eq!(judge(Change { live, gone, path_exists }, true), Verdict::Prune);
    }

    #[test]
    fn a_few_go_without_a_question() {
        check(4, 0, true, Verdict::Prune);
        check(6, 5, true, Verdict::Prune);
        check(100, 20, true, Verdict::Prune);
    }

    #[test]
    fn many_or_all_are_asked_about() {
        check(7, 6, true, Verdict::Ask(Why::TooMany));
        check(100, 21, true, Verdict::Ask(Why::TooMany));
        check(4, 4, true, Verdict::Ask(Why::NothingLeft));
        check(1, 1, true, Verdict::Ask(Why::NothingLeft));
        check(2, 2, false, Verdict::Ask(Why::PathVanished));
    }

    #[test]
    fn a_source_that_never_had_anything_prunes_nothing() {
        check(0, 0, true, Verdict::Prune);
        check(0, 0, false, Verdict::Prune);
    }
}

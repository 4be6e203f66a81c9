//! Exit codes: what a script may rely on.
//!
//! They are part of the interface and listed in `docs/reference/cli.md`; a number never changes its meaning.

use std::process::ExitCode;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Done,
    /// The command worked, and what it looked at is not right: `check` found errors, `doctor` found a fault, a deployment failed.
    Fault,
    Usage,
    /// The thing named is not there, or the name fits several.
    NotFound,
    /// Not signed in, or not allowed.
    Refused,
    /// The control plane or runtime does not answer.
    Unreachable,
    /// The state of things forbids it: a second `up`, a taken port or name, newer data.
    Conflict,
    Internal,
    Interrupted,
}

impl Exit {
    pub const ALL: &[Self] = &[
        Self::Done,
        Self::Fault,
        Self::Usage,
        Self::NotFound,
        Self::Refused,
        Self::Unreachable,
        Self::Conflict,
        Self::Internal,
        Self::Interrupted,
    ];

    pub fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Fault => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Refused => 4,
            Self::Unreachable => 5,
            Self::Conflict => 6,
            Self::Internal => 70,
            Self::Interrupted => 130,
        }
    }

    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Fault => {
                "the command worked and what it looked at is not right (`check`, `doctor`, a failed deployment)"
            }
            Self::Usage => "the command line was not understood",
            Self::NotFound => "the thing named does not exist, or the name fits several",
            Self::Refused => "not signed in, or not allowed",
            Self::Unreachable => "the control plane or the runtime does not answer",
            Self::Conflict => {
                "the state of things forbids it: a second `up`, a taken port or name, newer data"
            }
            Self::Internal => "a fault of this machine or of Midplane",
            Self::Interrupted => "interrupted",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

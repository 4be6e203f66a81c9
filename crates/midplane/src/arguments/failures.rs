//! Arguments of `failures`: failure groups as work.

use clap::{Args, Subcommand, ValueEnum};

use super::client::ClientArguments;
use crate::output::Format;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum State {
    Open,
    /// Resolved, and failed again on a release deployed after that
    Returned,
    Muted,
    Resolved,
    All,
}

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  midplane failures\n  midplane failures --state muted,resolved --since 30d\n  midplane failures resolve 7f3a --note 'price list'\n  \
                  midplane failures mute 7f3a --for 2d\n  midplane failures assign 7f3a ana"
)]
pub struct FailuresArguments {
    #[command(subcommand)]
    pub verb: Option<FailuresVerb>,
    /// In which state: several with commas, or `all`
    #[arg(
        long,
        value_enum,
        value_name = "STATE",
        value_delimiter = ',',
        default_value = "open,returned"
    )]
    pub state: Vec<State>,
    /// Only those that failed within this time: 2h, 1d
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = crate::output::time::parse_span)]
    pub since: u64,
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    #[command(flatten)]
    pub client: ClientArguments,
}

#[derive(Debug, Subcommand)]
pub enum FailuresVerb {
    /// Say that they are dealt with; they return when they happen on a release that is deployed later
    Resolve {
        #[command(flatten)]
        group: GroupArguments,
        /// What was done about them
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Hear no more of them, for a while or for good
    Mute {
        #[command(flatten)]
        group: GroupArguments,
        /// For this long: 2h, 2d; without it for good
        #[arg(long = "for", value_name = "TIME", value_parser = crate::output::time::parse_span)]
        span: Option<u64>,
        /// Why
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// End a resolution or a mute
    Reopen {
        #[command(flatten)]
        group: GroupArguments,
    },
    /// Say whose work they are
    Assign {
        #[command(flatten)]
        group: GroupArguments,
        /// Somebody's name
        #[arg(value_name = "WHO", required_unless_present = "nobody")]
        to: Option<String>,
        /// Take them from whoever has them
        #[arg(long, conflicts_with = "to")]
        nobody: bool,
    },
    /// Leave a note, instead of the one that is there
    Note {
        #[command(flatten)]
        group: GroupArguments,
        #[arg(value_name = "TEXT", required_unless_present = "remove")]
        text: Option<String>,
        /// Take the note away
        #[arg(long, conflicts_with = "text")]
        remove: bool,
    },
}

/// Which group.
#[derive(Debug, Args)]
pub struct GroupArguments {
    /// The first characters of its fingerprint, as lists show them
    #[arg(value_name = "GROUP")]
    pub group: String,
    /// Where, if it happens in several places
    #[arg(long, value_name = "INTEGRATION/ROUTE")]
    pub at: Option<String>,
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    #[command(flatten)]
    pub client: ClientArguments,
}

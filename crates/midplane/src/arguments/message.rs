//! Arguments of the verbs about messages.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::ClientArguments;
use crate::output::Format;

#[derive(Debug, Args)]
pub struct MessagesArguments {
    /// What to look for: `route:intake outcome:failed dur>2s orderId:A-17 body:"green tea" since:1h`
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
    /// Show messages as they arrive
    #[arg(short, long)]
    pub live: bool,
    /// Show what is being worked on now, the oldest first
    #[arg(long, conflicts_with_all = ["live", "query", "before"])]
    pub in_flight: bool,
    /// Say what became of every message: how many are missing, where they went and why; of one integration, or of all
    #[arg(long, value_name = "INTEGRATION", num_args = 0..=1, require_equals = true, conflicts_with_all = ["live", "in_flight", "before"])]
    #[expect(clippy::option_option, reason = "whether it was asked for, and then of which")]
    pub missing: Option<Option<String>>,
    /// How many
    #[arg(short = 'n', long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub first: u32,
    /// Older ones than this message (a row of the last list, an id)
    #[arg(long, value_name = "ID", conflicts_with = "live")]
    pub before: Option<String>,
    /// `table` is for people; `json` prints one object a line with --live
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    #[command(flatten)]
    pub client: ClientArguments,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that asks for more")]
pub struct MessageArguments {
    #[command(subcommand)]
    pub verb: Option<MessageVerb>,
    /// `@1` for the first row of the last list, the last characters of an id, or a whole one
    #[arg(value_name = "ID", required = true)]
    pub id: Option<String>,
    /// What it carried, too; the look is in the audit
    #[arg(long)]
    pub payload: bool,
    /// What was logged while it was worked on, too
    #[arg(long)]
    pub log: bool,
    /// All rounds of splits and loops, also those that went as another
    #[arg(long)]
    pub steps: bool,
    /// The whole stack trace
    #[arg(long)]
    pub stack: bool,
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    #[command(flatten)]
    pub client: ClientArguments,
}

#[derive(Debug, Subcommand)]
pub enum MessageVerb {
    /// Compare two messages, or one with the last success of its route
    Diff {
        #[arg(value_name = "A")]
        left: String,
        #[arg(value_name = "B")]
        right: Option<String>,
        #[arg(short, long, value_enum, default_value_t)]
        output: Format,
        #[command(flatten)]
        client: ClientArguments,
    },
    /// Write the body that a message began with to a file, as `send --body @FILE` takes it
    Save {
        #[arg(value_name = "ID")]
        id: String,
        /// A file that is not there yet, as samples/a17.json
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        client: ClientArguments,
    },
}

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag; clap sees to what excludes what"
)]
pub struct CaptureArguments {
    /// The integration; without one, every setting is listed
    #[arg(value_name = "INTEGRATION")]
    pub name: Option<String>,
    /// One of its routes only
    #[arg(long, requires = "name")]
    pub route: Option<String>,
    /// Record bodies, headers and timings
    #[arg(long, group = "level", requires = "name")]
    pub bodies: bool,
    /// Record headers and timings
    #[arg(long, group = "level", requires = "name")]
    pub headers: bool,
    /// Record timings only
    #[arg(long, group = "level", requires = "name")]
    pub timings: bool,
    /// Record nothing but counts
    #[arg(long, group = "level", requires = "name")]
    pub off: bool,
    /// For this long, then as before: 10m, 2h; without it the level stays
    #[arg(long = "for", value_name = "TIME", requires = "level", value_parser = crate::output::time::parse_span)]
    pub window: Option<u64>,
    /// End a window now
    #[arg(long, requires = "name", conflicts_with_all = ["level", "window"])]
    pub close: bool,
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    #[command(flatten)]
    pub client: ClientArguments,
}

#[derive(Debug, Subcommand)]
pub enum RedactVerb {
    /// Show what would be kept of a body, and which rule hides what
    Test(RedactArguments),
}

#[derive(Debug, Args)]
pub struct RedactArguments {
    /// A body as it would be captured
    pub file: PathBuf,
    /// With the rules that this integration's settings add
    #[arg(long, value_name = "NAME")]
    pub integration: Option<String>,
    /// What the body says it is: application/json, text/xml
    #[arg(long, value_name = "TYPE")]
    pub content_type: Option<String>,
    /// One more path of JSON to hide: $.card.number
    #[arg(long, value_name = "PATH")]
    pub json: Vec<String>,
    /// One more path of XML to hide: /order/card
    #[arg(long, value_name = "PATH")]
    pub xml: Vec<String>,
    /// One more regular expression to hide
    #[arg(long, value_name = "REGEX")]
    pub pattern: Vec<String>,
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    #[command(flatten)]
    pub client: ClientArguments,
}

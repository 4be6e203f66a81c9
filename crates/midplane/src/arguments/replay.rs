//! Arguments of `send` and `replay`: messages delivered on request.

use clap::{Args, Subcommand};

use super::client::ClientArguments;
use crate::output::Format;

/// What goes in.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Content")]
pub struct ContentArguments {
    /// The body: text, `@FILE`, or `@-` for standard input
    #[arg(long, value_name = "TEXT|@FILE")]
    pub body: Option<String>,
    /// A header; with a type as in `count:long=5` (long, double, bool, bytes, instant); may be given several times
    #[arg(long = "header", value_name = "NAME=VALUE")]
    pub headers: Vec<String>,
}

/// Trying instead of doing.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Dry run")]
pub struct DryArguments {
    /// Try it in a sandbox from which nothing gets out, and say what it would do
    #[arg(long, conflicts_with = "endpoint")]
    pub dry_run: bool,
    /// What a send that is kept back is answered: `5.2.1=FILE`, `5.2.1=text:TEXT`, or `5.2.1=from:ID` as another message had
    /// it; with an address instead of a step for every call of it; may be given several times
    #[arg(long = "reply", value_name = "STEP=from:ID|FILE", requires = "dry_run")]
    pub replies: Vec<String>,
    /// Really ask at this step of the original; reads over HTTP only; with an address instead of a step for every call of it, at a host
    /// that messages of this route asked in the last days
    #[arg(long, value_name = "STEP", requires = "dry_run")]
    pub allow: Vec<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  midplane send orders/intake --body @samples/one-order.json --header X-Test=1\n  \
                        midplane send orders --endpoint seda:bulk --body text"
)]
pub struct SendArguments {
    /// The integration and the route at whose start the message goes in; with --endpoint the integration alone
    #[arg(value_name = "INTEGRATION/ROUTE")]
    pub target: String,
    /// Send to this endpoint of the integration instead
    #[arg(long, value_name = "URI")]
    pub endpoint: Option<String>,
    #[command(flatten)]
    pub content: ContentArguments,
    #[command(flatten)]
    pub dry: DryArguments,
    /// Ask for what the route answers, and print it
    #[arg(long)]
    pub answer: bool,
    /// How long it may wait for the runtime before it is not sent at all: 30s, 5m
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = crate::output::time::parse_span)]
    pub within: u64,
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    #[command(flatten)]
    pub client: ClientArguments,
}

/// How many messages are replayed.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Many messages")]
pub struct BulkArguments {
    /// This many first; the others after you have looked at them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub canary: Option<u32>,
    /// At most so many a second: 10/s
    #[arg(long, value_name = "N/s", default_value = "10/s", value_parser = rate)]
    pub rate: u32,
    /// Pause when this many did not complete; 0: never
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub stop_after: u32,
}

fn rate(text: &str) -> Result<u32, String> {
    let number = text.strip_suffix("/s").unwrap_or(text);
    let rate = number.parse().ok().filter(|rate| (1..=1_000).contains(rate));
    rate.ok_or_else(|| "a rate is between 1/s and 1000/s".to_owned())
}

/// Bulk replays that are under way, or were.
#[derive(Debug, Subcommand)]
pub enum ReplaysVerb {
    /// The newest first
    List {
        #[arg(short, long, value_enum, default_value_t)]
        output: Format,
        #[command(flatten)]
        client: ClientArguments,
    },
    /// One, and why messages were left out
    Show(ReplaysArguments),
    /// Begin nothing more until it is resumed
    Pause(ReplaysArguments),
    /// Go on, also after a canary or after too many failures
    Resume(ReplaysArguments),
    /// Begin nothing more at all
    Cancel(ReplaysArguments),
}

#[derive(Debug, Args)]
pub struct ReplaysArguments {
    /// Its id, or the end of it
    #[arg(value_name = "ID")]
    pub id: String,
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    #[command(flatten)]
    pub client: ClientArguments,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  midplane replay @1\n  midplane replay 8A1F --edit\n  midplane replay 8A1F --body @fixed.json --yes\n  \
                        midplane replay @1 --dry-run --reply 5=price.json\n  midplane replay @1 --dry-run --allow 5\n  \
                        midplane replay 'fingerprint:00000000000000a1 route:intake' --canary 5 --rate 10/s --stop-after 3"
)]
pub struct ReplayArguments {
    /// The recorded message: its id, the end of it, or `@N` for a row of the last list; or a query, as of `messages`, for all
    /// that it finds
    #[arg(value_name = "ID|QUERY")]
    pub id: String,
    /// Change body and headers in an editor first ($VISUAL, $EDITOR)
    #[arg(long, conflicts_with_all = ["body", "headers"])]
    pub edit: bool,
    #[command(flatten)]
    pub content: ContentArguments,
    #[command(flatten)]
    pub dry: DryArguments,
    /// At the start of this route instead of the one it began on
    #[arg(long, value_name = "ROUTE")]
    pub route: Option<String>,
    /// To this endpoint of the integration, as a new message
    #[arg(long, value_name = "URI", conflicts_with = "route")]
    pub endpoint: Option<String>,
    #[command(flatten)]
    pub bulk: BulkArguments,
    /// Do again what the original has done already, without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Ask for what the route answers, and print it
    #[arg(long)]
    pub answer: bool,
    /// How long it may wait for the runtime before it is not done at all: 30s, 5m
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = crate::output::time::parse_span)]
    pub within: u64,
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    #[command(flatten)]
    pub client: ClientArguments,
}

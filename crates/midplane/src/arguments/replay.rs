//! Arguments of `send` and `replay`: messages delivered on request.

use clap::Args;

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
    /// What a send that is kept back answers: `STEP=@FILE` for a step of the original, `ADDRESS=@FILE` for every call of an
    /// address; may be given several times
    #[arg(long = "answer", value_name = "STEP|ADDRESS=@FILE", requires = "dry_run")]
    pub answers: Vec<String>,
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
    /// Print what the route answers
    #[arg(long)]
    pub reply: bool,
    /// How long it may wait for the runtime before it is not sent at all: 30s, 5m
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = crate::output::time::parse_span)]
    pub within: u64,
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    #[command(flatten)]
    pub client: ClientArguments,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  midplane replay @1\n  midplane replay 8A1F --edit\n  midplane replay 8A1F --body @fixed.json --yes\n  \
                        midplane replay @1 --dry-run --answer 5=@price.json"
)]
pub struct ReplayArguments {
    /// The recorded message: its id, the end of it, or `@N` for a row of the last list
    #[arg(value_name = "ID")]
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
    /// Do again what the original has done already, without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Print what the route answers
    #[arg(long)]
    pub reply: bool,
    /// How long it may wait for the runtime before it is not done at all: 30s, 5m
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = crate::output::time::parse_span)]
    pub within: u64,
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    #[command(flatten)]
    pub client: ClientArguments,
}

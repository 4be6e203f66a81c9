//! Arguments of `route`: single routes of a workload, held back and let go.

use clap::{Args, Subcommand};

use super::client::ClientArguments;
use crate::output::Format;

#[derive(Debug, Subcommand)]
pub enum RouteVerb {
    /// Stop a route and keep it stopped, over restarts and updates, until `route start`
    Stop(RouteArguments),
    /// Start a route that was stopped, or that does not start by itself
    Start(RouteArguments),
    /// Let a route take nothing more, with its connection kept, until `route resume`
    Suspend(RouteArguments),
    /// Let a suspended route go on
    Resume(RouteArguments),
}

#[derive(Debug, Args)]
#[command(after_help = "Example: midplane route stop orders/intake")]
pub struct RouteArguments {
    /// The integration and one of its routes
    #[arg(value_name = "INTEGRATION/ROUTE")]
    pub target: String,
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    #[command(flatten)]
    pub client: ClientArguments,
}

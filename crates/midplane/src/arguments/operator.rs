//! Arguments of `midplane operator`.

pub mod run;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::output::Format;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct OperatorArguments {
    #[command(subcommand)]
    pub verb: Option<OperatorVerb>,
    #[command(flatten)]
    pub run: run::RunArguments,
}

#[derive(Debug, Subcommand)]
pub enum OperatorVerb {
    /// Show what the operator would make of these files, and from where, without a cluster
    Render(RenderArguments),
    /// Check plugs and sockets as files: schema, templates, interface, expressions
    Lint(LintArguments),
    /// Show what another socket or plug would change for those that are coupled
    Diff(DiffArguments),
}

#[derive(Debug, Args)]
pub struct RenderArguments {
    /// YAML files with sockets, plugs and what they refer to; `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Show values that come from Secrets
    #[arg(long)]
    pub show_secrets: bool,
    /// `table` is a YAML stream with comments
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
}

#[derive(Debug, Args)]
pub struct LintArguments {
    /// YAML files; `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
}

#[derive(Debug, Args)]
pub struct DiffArguments {
    /// The new sockets and plugs
    #[arg(short = 'f', long = "file", required = true, value_name = "NEW")]
    pub new: Vec<PathBuf>,
    /// What is there now: files, or `-` for what `kubectl get plugs,sockets,configmaps,secrets -A -o yaml` prints
    #[arg(required = true, value_name = "STATE")]
    pub state: Vec<PathBuf>,
    /// Leave with 1 when something would change
    #[arg(long)]
    pub exit_code: bool,
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
}

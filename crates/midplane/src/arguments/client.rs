//! Arguments of the verbs that talk to a control plane.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::output::Format;

/// Which control plane, project and environment.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Where")]
pub struct ClientArguments {
    /// Context to use (default: the current one of the contexts file)
    #[arg(long, env = "MIDPLANE_CONTEXT", value_name = "NAME", hide_env = true)]
    pub context: Option<String>,
    /// Address of the control plane; the token then comes from `MIDPLANE_TOKEN`
    #[arg(long, env = "MIDPLANE_SERVER", value_name = "URL", hide_env = true)]
    pub server: Option<String>,
    /// Project (default: the context's)
    #[arg(short, long, env = "MIDPLANE_PROJECT", value_name = "NAME", hide_env = true)]
    pub project: Option<String>,
    /// Environment (default: the context's)
    #[arg(short, long = "env", env = "MIDPLANE_ENVIRONMENT", value_name = "NAME", hide_env = true)]
    pub environment: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    #[value(aliases = ["integrations", "int", "workload", "workloads"])]
    Integration,
    #[value(aliases = ["releases", "rel"])]
    Release,
    #[value(aliases = ["deployments", "dep"])]
    Deployment,
    #[value(aliases = ["environments", "env"])]
    Environment,
    #[value(aliases = ["runtimes", "rt"])]
    Runtime,
    #[value(aliases = ["projects"])]
    Project,
    #[value(aliases = ["sources"])]
    Source,
    #[value(aliases = ["tokens"])]
    Token,
}

#[derive(Debug, Args)]
pub struct GetArguments {
    /// What to list
    #[arg(value_enum)]
    pub kind: Kind,
    /// Only this one
    pub name: Option<String>,
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    /// Go on, and print what changes
    #[arg(short, long)]
    pub watch: bool,
    #[command(flatten)]
    pub client: ClientArguments,
}

#[derive(Debug, Args)]
pub struct DescribeArguments {
    /// What kind of thing
    #[arg(value_enum)]
    pub kind: Kind,
    /// Which one; may be left out when there is only one
    pub name: Option<String>,
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    /// Print again at every change
    #[arg(short, long)]
    pub watch: bool,
    #[command(flatten)]
    pub client: ClientArguments,
}

#[derive(Debug, Args)]
pub struct StatusArguments {
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    #[command(flatten)]
    pub client: ClientArguments,
}

#[derive(Debug, Args)]
pub struct LoginArguments {
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    #[command(flatten)]
    pub client: ClientArguments,
}

#[derive(Debug, Args)]
pub struct LogsArguments {
    /// Integrations; none means all
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Go on as lines are written
    #[arg(short, long)]
    pub follow: bool,
    /// Only lines younger than this: 30s, 5m, 2h, 1d
    #[arg(long, value_name = "TIME", value_parser = crate::output::time::parse_span)]
    pub since: Option<u64>,
    /// Only lines of this level or a graver one
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub level: Option<Level>,
    /// Only lines that contain this text
    #[arg(long, value_name = "TEXT")]
    pub grep: Option<String>,
    /// How many lines of each workload to begin with [default: 100, or all with --since]
    #[arg(long, value_name = "N")]
    pub tail: Option<u32>,
    /// The instance before the running one
    #[arg(long, conflicts_with = "follow")]
    pub previous: bool,
    /// `table` is for people; `json` prints one object a line
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    #[command(flatten)]
    pub client: ClientArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

impl Level {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

#[derive(Debug, Args)]
pub struct SyncArguments {
    /// The source; may be left out when there is only one
    pub source: Option<String>,
    /// Let go what this commit removes, after the guard asked
    #[arg(long, value_name = "COMMIT")]
    pub confirm_prune: Option<String>,
    #[command(flatten)]
    pub client: ClientArguments,
}

#[derive(Debug, Args)]
pub struct CheckArguments {
    /// A repository's root or one integration's folder
    #[arg(default_value = ".")]
    pub folder: PathBuf,
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
}

#[derive(Debug, Args)]
pub struct RollbackArguments {
    /// The integration
    pub name: String,
    /// Release to go back to, by its short id [default: the one before]
    #[arg(long, value_name = "RELEASE")]
    pub to: Option<String>,
    /// Return at once instead of when it is ready or failed
    #[arg(long)]
    pub no_wait: bool,
    #[command(flatten)]
    pub client: ClientArguments,
}

#[derive(Debug, Args)]
pub struct WorkloadArguments {
    /// The integration
    pub name: String,
    /// Return at once instead of when it is done
    #[arg(long)]
    pub no_wait: bool,
    #[command(flatten)]
    pub client: ClientArguments,
}

#[derive(Debug, Subcommand)]
pub enum ConfigVerb {
    /// Every key of the environment, and the integrations' keys with the layer that won
    List {
        /// Keys as this integration sees them
        #[arg(long, value_name = "NAME")]
        integration: Option<String>,
        #[arg(short, long, value_enum, default_value_t)]
        output: Format,
        #[command(flatten)]
        client: ClientArguments,
    },
    /// Set KEY=VALUE; with --secret SECRET.KEY (the value is asked for when it is left out)
    Set {
        #[arg(required = true, value_name = "KEY[=VALUE]")]
        entries: Vec<String>,
        /// Seal the value; it is never shown again
        #[arg(long)]
        secret: bool,
        /// For this integration only
        #[arg(long, value_name = "NAME", conflicts_with = "secret")]
        integration: Option<String>,
        #[command(flatten)]
        client: ClientArguments,
    },
    /// Remove keys
    Unset {
        #[arg(required = true, value_name = "KEY")]
        keys: Vec<String>,
        /// The keys are secrets (SECRET.KEY)
        #[arg(long)]
        secret: bool,
        /// Of this integration only
        #[arg(long, value_name = "NAME", conflicts_with = "secret")]
        integration: Option<String>,
        #[command(flatten)]
        client: ClientArguments,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Purpose {
    Run,
    Build,
    Shared,
}

#[derive(Debug, Subcommand)]
pub enum RuntimeVerb {
    /// Register a runtime; prints the one command to run on that machine, and what it will be allowed to do
    Add {
        name: String,
        /// What it is used for; may be given several times [default: run]
        #[arg(long, value_enum, value_name = "PURPOSE")]
        purpose: Vec<Purpose>,
        #[arg(short, long, value_enum, default_value_t)]
        output: Format,
        #[command(flatten)]
        client: ClientArguments,
    },
    /// Send a runtime a command that does nothing, and say how long that took
    Ping {
        name: String,
        #[arg(short, long, value_enum, default_value_t)]
        output: Format,
        #[command(flatten)]
        client: ClientArguments,
    },
    /// Shut a runtime out, at once and for good; its workloads run on until somebody stops them there
    Revoke {
        name: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
        #[command(flatten)]
        client: ClientArguments,
    },
}

#[derive(Debug, Subcommand)]
pub enum DemoVerb {
    /// Stop the demo's workloads
    Pause {
        #[command(flatten)]
        client: ClientArguments,
    },
    /// Start them again
    Resume {
        #[command(flatten)]
        client: ClientArguments,
    },
    /// Put the repository back to its first state (a forced update of `main`) and empty the tea shop's tables
    Reset {
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
        #[command(flatten)]
        client: ClientArguments,
    },
}

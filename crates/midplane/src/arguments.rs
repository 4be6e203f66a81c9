//! The command line: every verb, flag and help text, and nothing else.
//!
//! `arguments` describes, `verbs` and `up` do. Values that are *settings* (they may also come from a variable or a file)
//! are optional here and get their default in `settings`, which can then tell where each came from.

pub mod client;
pub mod context;
pub mod explain;
pub mod failures;
pub mod message;
pub mod operate;
pub mod operator;
pub mod replay;
pub mod route;
pub mod source;
pub mod up;

pub use client::ClientArguments;

use clap::{Parser, Subcommand};

use crate::output::Colour;

#[derive(Debug, Parser)]
#[command(
    name = "midplane",
    version,
    about = "From a Git push to a running Apache Camel integration",
    long_about = "Midplane takes Apache Camel integrations from Git to running workloads on runtimes that you own.\n\n\
                  Start everything on this machine with `midplane up`; each command prints what to do next.",
    disable_help_subcommand = true,
    propagate_version = true,
    max_term_width = 110
)]
pub struct Arguments {
    /// Colours: on terminals only, unless told otherwise
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Colour,
    #[command(subcommand)]
    pub verb: Verb,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Start everything on this machine: PostgreSQL, control plane, a runtime, a demo
    Up(up::UpArguments),
    /// Stop what `up` started
    Down(up::DownArguments),
    /// Print a one-time link that signs a browser in
    Login(client::LoginArguments),
    /// One screen: integrations with state, release, commit, URL and last deployment
    Status(client::StatusArguments),
    /// List things of one kind
    Get(client::GetArguments),
    /// Show one thing in full
    Describe(client::DescribeArguments),
    /// Show what workloads log
    Logs(client::LogsArguments),
    /// Find messages: what went through the routes
    Messages(message::MessagesArguments),
    /// One message, step by step; `diff` compares two
    Message(message::MessageArguments),
    /// Deliver a new message to a route or an endpoint
    Send(replay::SendArguments),
    /// Deliver a recorded message again, edited or not
    Replay(replay::ReplayArguments),
    /// Bulk replays: list, pause, resume, cancel
    #[command(subcommand)]
    Replays(replay::ReplaysVerb),
    /// Failures by kind, as work: list, resolve, mute, assign
    Failures(failures::FailuresArguments),
    /// What is recorded of messages; opens a window with `--for`
    Capture(message::CaptureArguments),
    /// Masks: what is never kept of a message
    #[command(subcommand)]
    Redact(message::RedactVerb),
    /// Git sources: which repositories are deployed
    #[command(subcommand)]
    Source(source::SourceVerb),
    /// Fetch a Git source now instead of at its next poll
    Sync(client::SyncArguments),
    /// Check a folder exactly as a deployment would, without any connection
    Check(client::CheckArguments),
    /// Go back to an earlier release, and hold it
    Rollback(client::RollbackArguments),
    /// End a hold: the newest release is deployed again
    Resume(client::WorkloadArguments),
    /// Start a workload anew, same release
    Restart(client::WorkloadArguments),
    /// Stop a workload until `start`
    Stop(client::WorkloadArguments),
    /// Start a stopped workload
    Start(client::WorkloadArguments),
    /// Single routes: stop, start, suspend, resume
    #[command(subcommand)]
    Route(route::RouteVerb),
    /// Configuration and secrets of an environment
    #[command(subcommand)]
    Config(client::ConfigVerb),
    /// Runtimes: where workloads run
    #[command(subcommand)]
    Runtime(client::RuntimeVerb),
    /// Control planes that are known here
    #[command(subcommand)]
    Context(context::ContextVerb),
    /// The demo that `up` made
    #[command(subcommand)]
    Demo(client::DemoVerb),
    /// Check this machine and the control plane, and say what to do about each fault
    Doctor(operate::DoctorArguments),
    /// Say why a plug or socket is as it is: where each key came from, what is in the way, what would change
    Explain(explain::ExplainArguments),
    /// Run the control plane
    Server(operate::ServerArguments),
    /// The program on a runtime
    #[command(subcommand)]
    Runner(operate::RunnerVerb),
    /// Couple plugs and sockets in a Kubernetes cluster
    Operator(operator::OperatorArguments),
    /// Print the definitions of plugs and sockets, for `kubectl apply -f -`
    Crds,
    /// The jar that tells what happens to each message
    #[command(subcommand)]
    Tracer(operate::TracerVerb),
    /// Backup, settings, audit
    #[command(subcommand)]
    Admin(operate::AdminVerb),
    /// Print a completion script for a shell
    Completion {
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Called by Git hooks
    #[command(subcommand, hide = true)]
    Hook(operate::HookVerb),
    /// Print the reference of this command line (Markdown)
    #[command(hide = true)]
    Reference,
}

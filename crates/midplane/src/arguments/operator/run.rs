//! Arguments of `midplane operator` itself: how it runs.

use std::net::SocketAddr;

use clap::Args;

use crate::output::Format;

#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub struct RunArguments {
    /// Namespaces whose plugs and sockets are served, separated by commas [default: all]
    #[arg(
        long,
        env = "MIDPLANE_OPERATOR_NAMESPACES",
        value_name = "NAMESPACE,..",
        hide_env = true
    )]
    #[arg(value_delimiter = ',')]
    pub namespaces: Vec<String>,
    /// Serve every namespace; with --print-rbac this asks for rights in the whole cluster
    #[arg(long, conflicts_with = "namespaces")]
    pub all_namespaces: bool,
    /// The operator's own namespace: journals of couplings, key, lease
    #[arg(long, env = "MIDPLANE_OPERATOR_NAMESPACE", value_name = "NAMESPACE", hide_env = true)]
    #[arg(default_value = "midplane-system")]
    pub namespace: String,
    /// Print the roles that the operator needs, with the reason for each rule, and end
    #[arg(long)]
    pub print_rbac: bool,
    /// Say in a line for each plug and socket what it would do, write nothing, and end
    #[arg(long, conflicts_with = "print_rbac")]
    pub dry_run: bool,
    /// The form of --dry-run
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    /// Address of metrics (/metrics) and readiness (/readyz)
    #[arg(long, env = "MIDPLANE_OPERATOR_LISTEN", value_name = "ADDR", hide_env = true)]
    #[arg(default_value = "127.0.0.1:7090")]
    pub listen: SocketAddr,
    /// Objects that are worked on at the same time
    #[arg(long, value_name = "N", default_value_t = operator::kube::DEFAULT_WORKERS)]
    pub workers: usize,
    /// As the Go operator: plugs of other namespaces couple unless the socket's validation forbids it
    #[arg(long)]
    pub open_consent: bool,
    /// As the Go operator: templates see the whole spec of the other side
    #[arg(long)]
    pub open_templates: bool,
    /// As the Go operator: results stand in the status in clear, secrets included
    #[arg(long)]
    pub plain_results: bool,
    /// Call apparatuses on this machine
    #[arg(long)]
    pub allow_loopback_apparatus: bool,
    /// What goes into the log
    #[arg(long, env = "MIDPLANE_LOG", value_name = "FILTER", hide_env = true)]
    #[arg(default_value = "info")]
    pub log: String,
}

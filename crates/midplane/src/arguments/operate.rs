//! Arguments of the verbs that run or repair parts of Midplane itself.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, Subcommand};

use super::client::ClientArguments;
use super::up::UpSettings;
use crate::output::Format;

#[derive(Clone, Debug, Args)]
pub struct ServerArguments {
    /// PostgreSQL to use, as `postgres://user@host/database`
    #[arg(long, env = "MIDPLANE_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// The same database as the role that owns the schema; used once, to migrate [default: --database-url]
    #[arg(long, env = "MIDPLANE_DATABASE_OWNER_URL", value_name = "URL", hide_env_values = true)]
    pub database_owner_url: Option<String>,
    /// Address of console and API [default: 127.0.0.1:7080]
    #[arg(long, env = "MIDPLANE_HTTP", value_name = "ADDR", hide_env = true)]
    pub http: Option<String>,
    /// Address that runners dial [default: 127.0.0.1:7443]
    #[arg(long, env = "MIDPLANE_LINK", value_name = "ADDR", hide_env = true)]
    pub link: Option<String>,
    /// Folder for keys and Git mirrors
    #[arg(long, env = "MIDPLANE_DATA", value_name = "DIR", hide_env = true)]
    pub data: Option<PathBuf>,
    /// Address of the console as users reach it [default: http://, with --one-port https://, and --http]
    #[arg(long, env = "MIDPLANE_PUBLIC_URL", value_name = "URL", hide_env = true)]
    pub public_url: Option<String>,
    /// Address of the link as runners reach it, host:port [default: --link]
    #[arg(long, env = "MIDPLANE_PUBLIC_LINK", value_name = "ADDR", hide_env = true)]
    pub public_link: Option<String>,
    /// Console, API and link on --http alone, over TLS, told apart by ALPN; --link is not listened on
    #[arg(long, env = "MIDPLANE_ONE_PORT", hide_env = true, value_parser = FalseyValueParser::new())]
    pub one_port: bool,
    /// With --one-port: PEM file with the console's certificates [default: one of our own authority]
    #[arg(long, env = "MIDPLANE_TLS_CHAIN", value_name = "FILE", hide_env = true)]
    pub tls_chain: Option<PathBuf>,
    /// With --one-port: PEM file with the key of the first of them
    #[arg(long, env = "MIDPLANE_TLS_KEY", value_name = "FILE", hide_env = true)]
    pub tls_key: Option<PathBuf>,
    /// Address of this server's link as other servers on the same database reach it [default: --link]
    #[arg(long, env = "MIDPLANE_REPLICA_ADDRESS", value_name = "ADDR", hide_env = true)]
    pub replica_address: Option<String>,
    /// Hosts that Git sources may use although their address is private, separated by commas
    #[arg(long, env = "MIDPLANE_ALLOW_PRIVATE_HOST", value_name = "HOST,..", hide_env = true)]
    pub allow_private_host: Option<String>,
    /// Name of this installation in the browser's cookie, the same for all its servers [default: --public-url, else --http]
    #[arg(long, env = "MIDPLANE_INSTANCE", value_name = "NAME", hide_env = true)]
    pub instance: Option<String>,
    /// What goes into the log
    #[arg(long, env = "MIDPLANE_LOG", value_name = "FILTER", hide_env = true)]
    pub log: Option<String>,
    /// Settings file
    #[arg(long, env = "MIDPLANE_SETTINGS", value_name = "FILE", hide_env = true)]
    pub settings: Option<PathBuf>,
    /// End when standard input ends: the supervisor is gone
    #[arg(long, hide = true)]
    pub supervised: bool,
}

#[derive(Debug, Subcommand)]
pub enum RunnerVerb {
    /// Trade a one-time token for this machine's certificate
    Join {
        /// The token as `runtime add` printed it; `-` reads it from standard input
        token: String,
        /// Folder for the runner's keys and state
        #[arg(long, env = "MIDPLANE_RUNNER_DATA", value_name = "DIR", hide_env = true)]
        data: Option<PathBuf>,
    },
    /// Connect, and run the workloads that belong here
    Run(RunnerArguments),
    /// Say what an application needs that Midplane did not start, so that its messages are seen
    Observe {
        /// The name under which the application appears
        name: String,
        #[arg(short, long, value_enum, default_value_t)]
        output: Format,
        /// Folder for the runner's keys and state
        #[arg(long, env = "MIDPLANE_RUNNER_DATA", value_name = "DIR", hide_env = true)]
        data: Option<PathBuf>,
    },
    /// End the workloads of a runner that does not run
    StopWorkloads {
        /// Folder for the runner's keys and state
        #[arg(long, env = "MIDPLANE_RUNNER_DATA", value_name = "DIR", hide_env = true)]
        data: Option<PathBuf>,
    },
}

#[derive(Clone, Debug, Args)]
pub struct RunnerArguments {
    /// Folder for the runner's keys and state
    #[arg(long, env = "MIDPLANE_RUNNER_DATA", value_name = "DIR", hide_env = true)]
    pub data: Option<PathBuf>,
    /// Folder for downloads
    #[arg(long, env = "MIDPLANE_CACHE", value_name = "DIR", hide_env = true)]
    pub cache: Option<PathBuf>,
    /// Java program or home for workloads
    #[arg(long, env = "MIDPLANE_JAVA", value_name = "PATH", hide_env = true)]
    pub java: Option<PathBuf>,
    /// Dial this address instead of the one that the token named
    #[arg(long, value_name = "ADDR")]
    pub link: Option<String>,
    /// Loopback ports for workloads [default: 20080-20999]
    #[arg(long, env = "MIDPLANE_PORTS", value_name = "FIRST-LAST", hide_env = true)]
    pub ports: Option<String>,
    /// Maven repositories, separated by commas
    #[arg(long, env = "MIDPLANE_MAVEN_MIRRORS", value_name = "URL,..", hide_env = true)]
    pub maven_mirrors: Option<String>,
    /// Bytes of telemetry that may wait for the control plane [default: 268435456]
    #[arg(long, env = "MIDPLANE_SPOOL_BYTES", value_name = "BYTES", hide_env = true)]
    pub spool_bytes: Option<u64>,
    /// What goes into the log
    #[arg(long, env = "MIDPLANE_LOG", value_name = "FILTER", hide_env = true)]
    pub log: Option<String>,
    /// Settings file
    #[arg(long, env = "MIDPLANE_SETTINGS", value_name = "FILE", hide_env = true)]
    pub settings: Option<PathBuf>,
    /// End when standard input ends: the supervisor is gone
    #[arg(long, hide = true)]
    pub supervised: bool,
}

#[derive(Debug, Subcommand)]
pub enum TracerVerb {
    /// Write the tracer's jar, for an application that Midplane does not start
    #[command(after_help = "Example: midplane tracer jar > tracer.jar")]
    Jar {
        /// Folder for downloads
        #[arg(long, env = "MIDPLANE_CACHE", value_name = "DIR", hide_env = true)]
        cache: Option<PathBuf>,
        /// Java program or home to compile it with
        #[arg(long, env = "MIDPLANE_JAVA", value_name = "PATH", hide_env = true)]
        java: Option<PathBuf>,
        /// Maven repositories, separated by commas
        #[arg(long, env = "MIDPLANE_MAVEN_MIRRORS", value_name = "URL,..", hide_env = true)]
        maven_mirrors: Option<String>,
    },
}

#[derive(Debug, Args)]
pub struct DoctorArguments {
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    #[command(flatten)]
    pub settings: UpSettings,
    #[command(flatten)]
    pub client: ClientArguments,
}

#[derive(Debug, Subcommand)]
pub enum AdminVerb {
    /// Write all of the control plane's database to a file
    Backup {
        /// File to write; it must not exist
        file: PathBuf,
        #[command(flatten)]
        settings: UpSettings,
        /// PostgreSQL to read instead of the one of `up`
        #[arg(long, env = "MIDPLANE_DATABASE_URL", value_name = "URL", hide_env_values = true)]
        database_url: Option<String>,
    },
    /// Fill an empty database from a backup
    Restore {
        file: PathBuf,
        #[command(flatten)]
        settings: UpSettings,
        /// PostgreSQL to fill instead of the one of `up`
        #[arg(long, env = "MIDPLANE_DATABASE_URL", value_name = "URL", hide_env_values = true)]
        database_url: Option<String>,
    },
    /// Every setting, its value, and where that came from
    Config {
        #[arg(short, long, value_enum, default_value_t)]
        output: Format,
        #[command(flatten)]
        settings: UpSettings,
    },
    /// The audit trail
    #[command(subcommand)]
    Audit(AuditVerb),
}

#[derive(Debug, Subcommand)]
pub enum AuditVerb {
    /// Recompute the hash chain; names a changed, deleted, reordered or inserted row
    Verify {
        #[command(flatten)]
        settings: UpSettings,
        /// PostgreSQL to read instead of the one of `up`
        #[arg(long, env = "MIDPLANE_DATABASE_URL", value_name = "URL", hide_env_values = true)]
        database_url: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub enum HookVerb {
    /// Tell the control plane that a branch moved, and print what becomes of it; never fails a push
    PostReceive {
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        #[arg(long, value_name = "NAME")]
        source: String,
    },
}

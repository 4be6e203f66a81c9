//! Arguments of `up` and `down`. The settings among them are shared with `admin config` and `doctor`.

use std::path::PathBuf;

use clap::Args;

#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Settings")]
pub struct UpSettings {
    /// Folder for everything that is kept
    #[arg(long, env = "MIDPLANE_DATA", value_name = "DIR", hide_env = true)]
    pub data: Option<PathBuf>,
    /// Address of console and API [default: 127.0.0.1:7080]
    #[arg(long, env = "MIDPLANE_HTTP", value_name = "ADDR", hide_env = true)]
    pub http: Option<String>,
    /// Address that runners dial [default: 127.0.0.1:7443]
    #[arg(long, env = "MIDPLANE_LINK", value_name = "ADDR", hide_env = true)]
    pub link: Option<String>,
    /// Loopback ports for workloads [default: 20080-20999]
    #[arg(long, env = "MIDPLANE_PORTS", value_name = "FIRST-LAST", hide_env = true)]
    pub ports: Option<String>,
    /// Java program or home for workloads [default: the lowest of 17 to 25 found]
    #[arg(long, env = "MIDPLANE_JAVA", value_name = "PATH", hide_env = true)]
    pub java: Option<PathBuf>,
    /// Folder for downloads, shared by all data folders
    #[arg(long, env = "MIDPLANE_CACHE", value_name = "DIR", hide_env = true)]
    pub cache: Option<PathBuf>,
    /// Maven repositories to use instead of those of ~/.m2/settings.xml, separated by commas
    #[arg(long, env = "MIDPLANE_MAVEN_MIRRORS", value_name = "URL,..", hide_env = true)]
    pub maven_mirrors: Option<String>,
    /// Hosts that Git sources may use although their address is private, separated by commas
    #[arg(long, env = "MIDPLANE_ALLOW_PRIVATE_HOST", value_name = "HOST,..", hide_env = true)]
    pub allow_private_host: Option<String>,
    /// What goes into the logs (`info`, or as `control=debug,info`)
    #[arg(long, env = "MIDPLANE_LOG", value_name = "FILTER", hide_env = true)]
    pub log: Option<String>,
    /// Settings file [default: midplane.toml in the user's configuration folder]
    #[arg(long, env = "MIDPLANE_SETTINGS", value_name = "FILE", hide_env = true)]
    pub settings: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line are independent")]
pub struct UpArguments {
    /// Leave out the demo, its repository and its database
    #[arg(long)]
    pub no_demo: bool,
    /// Return when everything is ready; `midplane down` ends it
    #[arg(short, long)]
    pub detach: bool,
    /// Print one line of JSON when ready: {"http":..,"link":..,"git":..,"context":..}
    #[arg(long)]
    pub json: bool,
    /// Leave the workloads running at Ctrl-C
    #[arg(long)]
    pub keep_workloads: bool,
    #[command(flatten)]
    pub settings: UpSettings,
    /// Versions and downloads were shown by the caller
    #[arg(long, hide = true)]
    pub prepared: bool,
    /// This is the process that `--detach` leaves behind
    #[arg(long, hide = true)]
    pub background: bool,
}

#[derive(Clone, Debug, Default, Args)]
pub struct DownArguments {
    /// Folder of the `up` to end
    #[arg(long, env = "MIDPLANE_DATA", value_name = "DIR", hide_env = true)]
    pub data: Option<PathBuf>,
    /// Leave the workloads running
    #[arg(long, conflicts_with = "purge")]
    pub keep_workloads: bool,
    /// Delete the data folder as well; names what goes, and asks
    #[arg(long)]
    pub purge: bool,
    /// Do not ask
    #[arg(short, long, requires = "purge")]
    pub yes: bool,
}

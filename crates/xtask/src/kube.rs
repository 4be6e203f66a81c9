//! `cargo xtask kube up|down|status|build`: a real API server for a person.
//!
//! ```text
//! eval "$(cargo xtask kube up)"      builds what is missing, starts etcd and kube-apiserver, prints `export KUBECONFIG=...`
//! kubectl get namespaces             kubectl is built as well; its folder is put on the PATH by the same line
//! cargo xtask kube down              ends them by their own pids
//! ```
//! The servers stay when the command ends. Their files are below the cache, so there is one of them on a machine. Tests do not use it
//! unless `KUBECONFIG` says so; they start their own.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use kube_testkit::server::Life;
use kube_testkit::{Options, Server, Tool, Tools};

use crate::{machine, say};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Start an API server and print the line that makes kubectl use it.
    Up {
        /// Start kube-controller-manager as well: namespaces finish, owners are collected.
        #[arg(long)]
        controller_manager: bool,
    },
    /// End it and remove its data.
    Down,
    /// Say whether it runs, and where.
    Status,
    /// Build its programs, so that the first test need not.
    Build,
}

const EVERY_TOOL: [Tool; 4] = [Tool::Etcd, Tool::ApiServer, Tool::Kubectl, Tool::ControllerManager];

pub(crate) fn run(arguments: Arguments) -> Result<()> {
    let folder = machine::cache().join("kubernetes/up");
    match arguments.verb {
        Verb::Up { controller_manager } => up(&folder, controller_manager),
        Verb::Down => down(&folder),
        Verb::Status => {
            if running(&folder).is_empty() {
                say::line("not running; `cargo xtask kube up` starts it");
            } else {
                say::line(export(&folder, &tools(&[])?));
            }
            Ok(())
        }
        Verb::Build => build_parts(),
    }
}

/// Builds what the tests need, unless `KUBECONFIG` names a cluster.
pub(crate) fn build_parts() -> Result<()> {
    if let Some(given) = machine::variable("KUBECONFIG") {
        say::step("kubernetes", format_args!("the cluster of KUBECONFIG={given}"));
        return Ok(());
    }
    let tools = tools(&EVERY_TOOL)?;
    say::step("kubernetes", format_args!("{} built from source, cached", tools.version));
    Ok(())
}

/// Finds or builds them, with progress on this terminal.
pub(crate) fn tools(wanted: &[Tool]) -> Result<Tools> {
    Ok(Tools::find_or_build(&machine::cache(), wanted, &|name, text| say::step(name, text))?)
}

fn up(folder: &Path, controller_manager: bool) -> Result<()> {
    let mut wanted = vec![Tool::Etcd, Tool::ApiServer, Tool::Kubectl];
    if controller_manager {
        wanted.push(Tool::ControllerManager);
    }
    let tools = tools(&wanted)?;
    if running(folder).is_empty() {
        let _ = fs::remove_dir_all(folder);
        let options = Options {
            controller_manager,
            life: Life::Detached,
            folder: Some(folder.to_path_buf()),
            ..Options::default()
        };
        let server = Server::start(&tools, options)?;
        say::step("kubernetes", format_args!("{} at {}", tools.version, server.url));
        say::step("", "`cargo xtask kube down` ends it");
    }
    say::line(export(folder, &tools));
    Ok(())
}

fn export(folder: &Path, tools: &Tools) -> String {
    let kubectl = tools.path(Tool::Kubectl);
    let programs = kubectl.parent().unwrap_or_else(|| Path::new("/"));
    format!(
        "export KUBECONFIG='{}' PATH='{}':\"$PATH\"",
        folder.join("kubeconfig").display(),
        programs.display()
    )
}

fn down(folder: &Path) -> Result<()> {
    // The API server first: without its etcd it would wait for it.
    for (pid, name) in running(folder) {
        let killed = std::process::Command::new("kill")
            .args(["-KILL", &pid.to_string()])
            .status()
            .context("start kill")?;
        if !killed.success() {
            bail!("{name} (pid {pid}) cannot be ended");
        }
        say::step("ended", format_args!("{name} (pid {pid})"));
    }
    match fs::remove_dir_all(folder) {
        Ok(()) => Ok(()),
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(err) => Err(err).with_context(|| format!("remove {}", folder.display())),
    }
}

/// Pids of our own programs, as their files say and `/proc` confirms.
fn running(folder: &Path) -> Vec<(u32, &'static str)> {
    [Tool::ControllerManager, Tool::ApiServer, Tool::Etcd]
        .into_iter()
        .filter_map(|tool| {
            let text = fs::read_to_string(folder.join(format!("{}.pid", tool.name()))).ok()?;
            let pid: u32 = text.trim().parse().ok()?;
            let program: PathBuf = fs::read_link(format!("/proc/{pid}/exe")).ok()?;
            (program.file_name()? == tool.name()).then_some((pid, tool.name()))
        })
        .collect()
}

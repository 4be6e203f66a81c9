//! `down`: ends the `up` of a data folder, also what a crashed one left behind; `--purge` deletes the folder.
//!
//! A living `up` is asked by signal and ends its own parts. Without one, this does the same work itself: leftover processes, workloads,
//! databases. Deleting names what goes and asks; the cache is never deleted, because other folders use it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;

use super::data::DataFolder;
use super::stack;
use crate::arguments::up::DownArguments;
use crate::context::Contexts;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Output;

/// Longer than all graces of the stack together.
const PATIENCE: Duration = Duration::from_secs(75);

pub async fn run(
    arguments: DownArguments,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let root = folder(&arguments, environment)?;
    let data = DataFolder::at(root);
    if !data.up_json().exists() && !data.root().join("format").exists() {
        return Err(Failure::new(
            "MP-UP-20",
            Exit::NotFound,
            format!("`{}` is not a data folder of `midplane up`", data.root().display()),
        )
        .next("name it: midplane down --data DIR"));
    }
    if arguments.purge {
        ask(&data, arguments.yes)?;
    }
    let ended = end(&data, arguments.keep_workloads).await?;
    if arguments.purge {
        purge(&data, environment)?;
        output.line(&format!(
            "deleted {}; downloads stay in {}",
            data.root().display(),
            environment.cache_home().display()
        ))?;
    } else if ended {
        let workloads = if arguments.keep_workloads { "workloads run on; " } else { "" };
        output.line(&format!("stopped; {workloads}data is kept in {}", data.root().display()))?;
    } else {
        output.line("nothing ran")?;
    }
    Ok(Exit::Done)
}

/// The folder named, else the one of the current context, else the usual one.
fn folder(arguments: &DownArguments, environment: &Environment) -> Outcome<PathBuf> {
    if let Some(data) = &arguments.data {
        return Ok(environment.folder.join(data));
    }
    let contexts = Contexts::load(&crate::context::file(&environment.config_home()))?;
    let current = contexts.current.as_ref().and_then(|name| contexts.named.get(name));
    Ok(current.and_then(|context| context.data.clone()).unwrap_or_else(|| environment.data_home()))
}

/// Ends everything of the folder; false when nothing ran.
async fn end(data: &DataFolder, keep_workloads: bool) -> Outcome<bool> {
    if let Some(running) = data.running() {
        let signal = if keep_workloads { Signal::TERM } else { Signal::INT };
        running.up.signal(signal);
        if !running.up.ended(PATIENCE).await {
            return Err(Failure::new(
                "MP-UP-21",
                Exit::Internal,
                format!("PID {} (midplane up) does not end", running.up.pid),
            )
            .next(format!(
                "look at {}, or end it hard: kill -9 {}",
                data.log("up").display(),
                running.up.pid
            )));
        }
        return Ok(true);
    }
    let _lock = super::lock::take(data)?;
    let mut ended = super::leftovers::end(data).await;
    if !keep_workloads {
        let workloads = stack::stop_workloads(data.runner()).await;
        ended |= workloads.is_ok_and(|names| !names.is_empty());
        ended |= super::leftovers::end_databases(data).await;
    }
    Ok(ended)
}

fn ask(data: &DataFolder, yes: bool) -> Outcome {
    let mut question = format!("this deletes {} with\n", data.root().display());
    for (what, path) in [
        ("the control plane's database", data.postgres()),
        ("its keys and tokens", data.server()),
        ("the runtime's keys, state and work folders", data.runner()),
        ("the demo's database", data.demo_postgres()),
        ("the demo's repository", data.demo_repository()),
        ("logs", data.root().join("log")),
    ] {
        if path.exists() {
            let _ = writeln!(question, "  {what:<44} {}", path.display());
        }
    }
    question.push_str("Delete?");
    crate::verbs::runtime::confirm(&question, yes)
}

fn purge(data: &DataFolder, environment: &Environment) -> Outcome {
    let path = crate::context::file(&environment.config_home());
    let mut contexts = Contexts::load(&path)?;
    let names: Vec<String> = contexts
        .named
        .iter()
        .filter(|(_, it)| it.data.as_deref() == Some(data.root()))
        .map(|(name, _)| name.clone())
        .collect();
    remove(data.root())?;
    for name in &names {
        contexts.remove(name);
    }
    if names.is_empty() { Ok(()) } else { contexts.store(&path) }
}

fn remove(path: &Path) -> Outcome {
    // Bundles of releases lie in folders that nobody may write to, their owner neither.
    open_folders(path).map_err(|err| Failure::file("delete", path, &err))?;
    match std::fs::remove_dir_all(path) {
        Ok(()) => Ok(()),
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(err) => Err(Failure::file("delete", path, &err)),
    }
}

/// Lets the owner delete what is in the folders under `path`; links are not followed.
fn open_folders(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let Ok(about) = std::fs::symlink_metadata(path) else { return Ok(()) };
    if !about.is_dir() {
        return Ok(());
    }
    let mode = about.permissions().mode();
    if mode & 0o700 != 0o700 {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode | 0o700))?;
    }
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            open_folders(&entry.path())?;
        }
    }
    Ok(())
}

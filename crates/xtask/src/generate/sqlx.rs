//! `cargo xtask generate sqlx`: what each SQL query takes and returns, checked in under `.sqlx`.
//!
//! A throw-away PostgreSQL gets all migrations, then `cargo check` runs with its address: the
//! macros ask the database about every query and write one file each. No `sqlx-cli` and no database
//! client are needed. Files of queries that are gone are deleted.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use provision::postgres::{Account, Binaries, Cluster, Purpose, Search, Settings};

use crate::cargo;

const START_WITHIN: Duration = Duration::from_mins(1);

pub(crate) fn run() -> Result<()> {
    let root = cargo::root();
    let (migrations, into) = (root.join("crates/store/migrations"), root.join(".sqlx"));
    let folder = tempfile::Builder::new().prefix("mpg-").tempdir_in("/tmp")?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711))?;
    let cluster = cluster(folder.path())?;
    cluster.execute_alone("midplane", &script(&migrations)?).context("migrate")?;
    let mut server = cluster.start(START_WITHIN)?;
    let fresh = tempfile::tempdir()?;
    let url = cluster.address().url("postgres", "midplane", None);
    let checked = check(&url, fresh.path());
    server.stop(START_WITHIN);
    checked?;
    fs::create_dir_all(&into)?;
    prune(fresh.path(), &into)
}

/// All migrations in order, as the role that owns the schema.
fn script(folder: &Path) -> Result<String> {
    let mut files: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.sort();
    let mut script = "SET ROLE midplane_owner;\n".to_owned();
    for file in files.iter().filter(|file| file.extension().is_some_and(|end| end == "sql")) {
        script += &fs::read_to_string(file)?;
    }
    Ok(script)
}

fn cluster(folder: &Path) -> Result<Cluster> {
    let path = std::env::var_os("PATH");
    let cache = cargo::metadata()?.target_directory.join("cache");
    let search = Search { path, cache, ..Search::default() };
    let settings = Settings {
        folder: folder.join("postgres"),
        log: folder.join("postgres.log"),
        purpose: Purpose::Test,
        short: None,
    };
    let binaries = Binaries::choose(&search, &settings.folder, &|_, _| ())?;
    Ok(Cluster::prepare(&binaries, &Account::for_database()?, &settings)?)
}

fn check(url: &str, into: &Path) -> Result<()> {
    // The macros run when the crate is compiled again, so its root is written anew.
    let touched = cargo::root().join("crates/store/src/lib.rs");
    fs::write(&touched, fs::read(&touched)?)?;
    // The whole workspace, so that dependencies are those of every other command; crates above may be half written.
    let output = cargo::command(&[
        "check",
        "--workspace",
        "--all-targets",
        "--keep-going",
        "--message-format",
        "json",
    ])
    .env("DATABASE_URL", url)
    .env("SQLX_OFFLINE", "false")
    .env("SQLX_OFFLINE_DIR", into)
    .stderr(Stdio::inherit())
    .output()
    .context("start cargo")?;
    let compiled = output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Message>(line).ok())
        .any(|message| message.is_store());
    if !compiled {
        bail!("the crate `store` does not compile against its own migrations");
    }
    Ok(())
}

/// One line of what cargo says: a unit was compiled.
#[derive(serde::Deserialize)]
struct Message {
    reason: String,
    target: Target,
}

#[derive(serde::Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

impl Message {
    fn is_store(&self) -> bool {
        self.reason == "compiler-artifact"
            && self.target.name == "store"
            && self.target.kind == ["lib"]
    }
}

/// Makes `into` hold exactly the files of `fresh`.
fn prune(fresh: &Path, into: &Path) -> Result<()> {
    let names = |folder: &Path| -> Result<BTreeSet<_>> {
        Ok(fs::read_dir(folder)?
            .map(|entry| entry.map(|e| e.file_name()))
            .collect::<Result<_, _>>()?)
    };
    let (wanted, had) = (names(fresh)?, names(into)?);
    for name in had.difference(&wanted) {
        fs::remove_file(into.join(name))?;
    }
    for name in &wanted {
        fs::copy(fresh.join(name), into.join(name))?;
    }
    Ok(())
}

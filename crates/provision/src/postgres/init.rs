//! Makes a cluster once: `initdb`, then roles and database in single-user mode.
//!
//! All of it happens in `cluster.new`, which is renamed at the end: a crash in between leaves
//! something that the next start throws away. Roles are made by the stand-alone backend, so that no
//! rule that lets a superuser connect ever exists. Passwords reach it on standard input only.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use super::{Cluster, PostgresError, Purpose, ROLES};

pub(super) fn init(cluster: &Cluster) -> Result<(), PostgresError> {
    let folder = &cluster.settings.folder;
    let (fresh, data) = (folder.join("cluster.new"), cluster.data());
    if data.exists() {
        return Ok(());
    }
    if fresh.exists() {
        fs::remove_dir_all(&fresh).map_err(PostgresError::io("remove", &fresh))?;
    }
    let mut maker = cluster.clone();
    maker.account = cluster.account.for_init()?;
    // The folder is entered by whoever makes the cluster, and given back below.
    maker.account.give(folder)?;
    let made = make(&maker, &fresh);
    cluster.account.give(folder)?;
    made?;
    cluster.account.give_tree(&fresh)?;
    fs::rename(&fresh, &data).map_err(PostgresError::io("rename to", data))
}

fn make(maker: &Cluster, fresh: &Path) -> Result<(), PostgresError> {
    let failed = |output: String| PostgresError::Init { folder: fresh.to_owned(), output };
    let is_test = maker.settings.purpose == Purpose::Test;
    let mut initdb = maker.tool("initdb");
    initdb.arg("-D").arg(fresh);
    initdb.args(["-U", "postgres", "-E", "UTF8", "--no-locale", "--no-instructions"]);
    // Never used (hba.conf is ours), but the default of initdb would be `trust`.
    initdb.args(["--auth-local=peer", "--auth-host=scram-sha-256", "--wal-segsize=4"]);
    if is_test {
        initdb.arg("--no-sync");
    } else {
        initdb.arg("--data-checksums");
    }
    let output = initdb.output().map_err(PostgresError::io("run", "initdb"))?;
    if !output.status.success() {
        return Err(failed(last_words(&output.stderr)));
    }
    let statements: Vec<String> = match &maker.settings.purpose {
        Purpose::Control | Purpose::Test => ROLES.iter().map(ToString::to_string).collect(),
        Purpose::Loopback { name, .. } => vec![
            format!(
                "CREATE ROLE \"{name}\" LOGIN PASSWORD '{}'",
                maker.password()?.replace('\'', "''")
            ),
            format!("CREATE DATABASE \"{name}\" OWNER \"{name}\" TEMPLATE template0"),
            "REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC".to_owned(),
        ],
    };
    let mut single = maker.tool("postgres");
    single.arg("--single").arg("-D").arg(fresh);
    single.args(["-c", "log_checkpoints=off", "-c", "password_encryption=scram-sha-256"]);
    single.args(["-c", "exit_on_error=on", "-c", "log_min_error_statement=panic"]);
    if is_test {
        single.args(["-c", "fsync=off"]);
    }
    // One statement a line; that is how this mode reads.
    single.arg("postgres").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut single = single.spawn().map_err(PostgresError::io("run", "postgres"))?;
    if let Some(mut input) = single.stdin.take() {
        let text = statements.join("\n") + "\n";
        input.write_all(text.as_bytes()).map_err(PostgresError::io("write to", "postgres"))?;
    }
    let output = single.wait_with_output().map_err(PostgresError::io("run", "postgres"))?;
    let words = last_words(&output.stderr);
    if output.status.success() && !words.contains("ERROR") {
        return Ok(());
    }
    Err(failed(words))
}

/// The end of what a program said: enough for a person to see the cause.
pub(super) fn last_words(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(8)..].join("\n")
}

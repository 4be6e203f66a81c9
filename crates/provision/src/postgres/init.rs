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
    alone(maker, fresh, "postgres", &statements)
}

impl Cluster {
    /// Runs SQL in `database` as the superuser while no server is up, in one transaction. For tools
    /// that prepare a database without a client; the server refuses no statement here.
    pub fn execute_alone(&self, database: &str, script: &str) -> Result<(), PostgresError> {
        let (folder, data) = (&self.settings.folder, self.data());
        let mut maker = self.clone();
        maker.account = self.account.for_init()?;
        maker.account.give(folder)?;
        maker.account.give_tree(&data)?;
        let done = alone(&maker, &data, database, &[script.to_owned()]);
        self.account.give_tree(&data)?;
        self.account.give(folder)?;
        done
    }
}

/// The stand-alone backend. With `-j` it ends a command at `;` and an empty line, so there may be none
/// inside; each command is a transaction.
fn alone(
    cluster: &Cluster,
    data: &Path,
    database: &str,
    commands: &[String],
) -> Result<(), PostgresError> {
    let mut input = String::new();
    for command in commands {
        let lines = command.lines().filter(|line| !line.trim().is_empty());
        input.extend(lines.flat_map(|line| [line, "\n"]));
        input.truncate(input.trim_end_matches([';', '\n']).len());
        input.push_str(";\n\n");
    }
    let mut single = cluster.tool("postgres");
    single.args(["--single", "-j"]).arg("-D").arg(data);
    single.args(["-c", "log_checkpoints=off", "-c", "password_encryption=scram-sha-256"]);
    single.args(["-c", "exit_on_error=on", "-c", "log_min_error_statement=panic"]);
    if cluster.settings.purpose == Purpose::Test {
        single.args(["-c", "fsync=off"]);
    }
    single.arg(database).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut single = single.spawn().map_err(PostgresError::io("run", "postgres"))?;
    let written = single.stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes()));
    let output = single.wait_with_output().map_err(PostgresError::io("run", "postgres"))?;
    let words = last_words(&output.stderr);
    if output.status.success() && matches!(written, Some(Ok(()))) && !words.contains("ERROR") {
        return Ok(());
    }
    Err(PostgresError::Init { folder: data.to_owned(), output: words })
}

/// The end of what a program said: enough for a person to see the cause.
pub(super) fn last_words(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(8)..].join("\n")
}

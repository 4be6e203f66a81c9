//! A user's home folder for one test, with a short path, and commands run in it as from a fresh shell.
//!
//! The `java` handed to Midplane is a JDK folder of links whose `bin/java` is a script: it notes time, pid and launch file of each
//! workload's JVM beside the data folder, then becomes the real one. The folder is the same for all tests, so that the
//! class-data archive is made once.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::binary;

pub(crate) struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("mp").tempdir_in("/tmp").unwrap();
        // Workloads of another user write into it.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let starts = folder.path().join("jvm-starts");
        std::fs::write(&starts, "").unwrap();
        std::fs::set_permissions(&starts, std::fs::Permissions::from_mode(0o666)).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// A command with the variables of a fresh shell and nothing else.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LANG", "C.UTF-8")
            .env("XDG_CONFIG_HOME", self.path().join("config"))
            .env("MIDPLANE_CACHE", cache())
            .current_dir(self.path());
        command
    }

    pub(crate) fn midplane(&self, arguments: &[&str]) -> Output {
        self.command(binary()).args(arguments).output().unwrap()
    }

    /// Runs a line as printed, in a fresh shell.
    pub(crate) fn shell(&self, line: &str) -> Output {
        self.command("/bin/sh")
            .args(["-c", line])
            .env("GIT_AUTHOR_NAME", "Grace")
            .env("GIT_AUTHOR_EMAIL", "grace@tea.example")
            .env("GIT_COMMITTER_NAME", "Grace")
            .env("GIT_COMMITTER_EMAIL", "grace@tea.example")
            .output()
            .unwrap()
    }
}

/// The machine's cache, so that nothing is fetched twice.
pub(crate) fn cache() -> PathBuf {
    if let Some(cache) = std::env::var_os("MIDPLANE_CACHE") {
        return cache.into();
    }
    if rustix::process::geteuid().is_root() {
        return "/var/cache/midplane".into();
    }
    std::env::home_dir().unwrap().join(".cache/midplane")
}

/// The JDK folder whose `java` keeps a record.
pub(crate) fn recording_java() -> PathBuf {
    static FOLDER: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    FOLDER.get_or_init(make_recording_java).clone()
}

fn make_recording_java() -> PathBuf {
    let search = provision::java::JavaSearch {
        java_home: std::env::var_os("JAVA_HOME").map(Into::into),
        path: std::env::var_os("PATH"),
        home: std::env::home_dir(),
        ..provision::java::JavaSearch::default()
    };
    let real = provision::java::find(&search).unwrap().home;
    let folder = cache().join("e2e-jdk");
    if folder.join("bin/java").exists() {
        return folder;
    }
    let fresh = cache().join(format!("e2e-jdk.{}", std::process::id()));
    std::fs::create_dir_all(fresh.join("bin")).unwrap();
    for entry in std::fs::read_dir(&real).unwrap().flatten() {
        if entry.file_name() != "bin" {
            symlink(entry.path(), fresh.join(entry.file_name())).unwrap();
        }
    }
    for entry in std::fs::read_dir(real.join("bin")).unwrap().flatten() {
        if entry.file_name() != "java" {
            symlink(entry.path(), fresh.join("bin").join(entry.file_name())).unwrap();
        }
    }
    // data/runner/workloads/<folder>/instances/<n>/launch.json -> the folder that holds `data`.
    let script = format!(
        "#!/bin/sh\nfor last; do :; done\ncase $last in\n*/launch.json) starts=\"${{last%/launch.json}}/../../../../../../jvm-starts\"\n\
         [ -w \"$starts\" ] && echo \"$(date +%s%N) $$ $last\" >> \"$starts\" ;;\nesac\nexec {}/bin/java \"$@\"\n",
        real.display()
    );
    std::fs::write(fresh.join("bin/java"), script).unwrap();
    std::fs::set_permissions(fresh.join("bin/java"), std::fs::Permissions::from_mode(0o755))
        .unwrap();
    if std::fs::rename(&fresh, &folder).is_err() {
        // Another test process was first.
        let _ = std::fs::remove_dir_all(&fresh);
    }
    folder
}

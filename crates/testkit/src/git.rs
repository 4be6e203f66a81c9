//! Git repositories made by the real `git`, with commits that are the same every time.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A bare repository in a folder that goes away with this value.
#[derive(Debug)]
pub struct Repository {
    folder: tempfile::TempDir,
}

/// What a commit does to one path.
#[derive(Clone, Copy, Debug)]
pub enum Change<'a> {
    Write { path: &'a str, bytes: &'a [u8] },
    Link { path: &'a str, target: &'a str },
    Delete { path: &'a str },
}

/// `("orders/a.yaml", "text")` as a change.
pub fn write<'a>(path: &'a str, text: &'a str) -> Change<'a> {
    Change::Write { path, bytes: text.as_bytes() }
}

impl Repository {
    /// Bare, with the default branch `main` that does not exist yet.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("make a folder");
        run(folder.path(), &["init", "--quiet", "--bare", "--initial-branch=main", "repo.git"]);
        run(folder.path(), &["init", "--quiet", "--initial-branch=main", "work"]);
        let bare = folder.path().join("repo.git");
        let work = folder.path().join("work");
        run(&work, &["remote", "add", "origin", &bare.to_string_lossy()]);
        Self { folder }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("repo.git")
    }

    /// `file:///...`
    pub fn url(&self) -> String {
        format!("file://{}", self.path().display())
    }

    /// The work tree that commits are made in.
    pub fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Commits the changes on `main` and pushes; returns the commit's id.
    pub fn commit(&self, subject: &str, changes: &[Change<'_>]) -> String {
        let work = self.work();
        for change in changes {
            match change {
                Change::Write { path, bytes } => {
                    let path = work.join(path);
                    std::fs::create_dir_all(path.parent().expect("a parent"))
                        .expect("make folders");
                    std::fs::write(path, bytes).expect("write a file");
                }
                Change::Link { path, target } => {
                    let path = work.join(path);
                    std::fs::create_dir_all(path.parent().expect("a parent"))
                        .expect("make folders");
                    std::os::unix::fs::symlink(target, path).expect("make a link");
                }
                Change::Delete { path } => {
                    run(&work, &["rm", "--quiet", "-r", path]);
                }
            }
        }
        run(&work, &["add", "--all"]);
        run(&work, &["commit", "--quiet", "--allow-empty", "-m", subject]);
        self.push(&["HEAD:refs/heads/main"])
    }

    /// Pushes from the work tree with these arguments; returns the id of its HEAD.
    pub fn push(&self, arguments: &[&str]) -> String {
        let mut all = vec!["push", "--quiet", "origin"];
        all.extend(arguments);
        run(&self.work(), &all);
        run(&self.work(), &["rev-parse", "HEAD"])
    }

    /// Any other command of git in the work tree; returns what it printed, trimmed.
    pub fn git(&self, arguments: &[&str]) -> String {
        run(&self.work(), arguments)
    }
}

impl Default for Repository {
    fn default() -> Self {
        Self::new()
    }
}

/// Runs `git` with nobody's configuration; panics with its words when it fails.
pub fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"])
        .args(["-c", "commit.gpgsign=false", "-c", "protocol.file.allow=always"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .output()
        .expect("run git");
    assert!(
        output.status.success(),
        "git {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

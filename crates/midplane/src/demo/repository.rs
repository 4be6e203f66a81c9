//! The demo's bare repository: made with real `git`, from the files embedded in this program.
//!
//! `demo/main/**` is the tree of `main`; `demo/try/NAME/**` is laid over it as branch `try/NAME` (`COMMIT` holds the subject). One
//! `git fast-import` writes all branches with a fixed author and date, so that ids are the same everywhere; with `--force` it is also the
//! way back to the first state. The user's Git configuration is kept out.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::environment::quote;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

const AUTHOR: &str = "Ada <ada@tea.example>";
/// 2026-01-01: commits of the demo look alike on every machine.
const FIRST_COMMIT_S: u64 = 1_767_225_600;
const SUBJECT: &str = "Open the tea shop";

/// Makes the repository unless it is there; true when it was made.
pub fn ensure(folder: &Path) -> Outcome<bool> {
    if folder.join("HEAD").exists() {
        return Ok(false);
    }
    let parent = folder.parent().unwrap_or(folder);
    let fresh = parent.join(".demo.git.new");
    let _ = std::fs::remove_dir_all(&fresh);
    run(git().arg("init").arg("--quiet").arg("--bare").arg("--template=").arg(&fresh), b"")?;
    run(git().arg("-C").arg(&fresh).args(["symbolic-ref", "HEAD", "refs/heads/main"]), b"")?;
    fill(&fresh)?;
    std::fs::rename(&fresh, folder).map_err(|err| Failure::file("put in place", folder, &err))?;
    Ok(true)
}

/// Puts every branch of the demo to its first state.
pub fn fill(folder: &Path) -> Outcome {
    run(
        git().arg("-C").arg(folder).args([
            "fast-import",
            "--quiet",
            "--force",
            "--date-format=raw",
        ]),
        &stream(super::FILES),
    )
}

/// How many integrations `main` holds: one in each folder.
pub fn integrations() -> usize {
    let inside =
        super::FILES.iter().filter_map(|(path, _)| path.strip_prefix("main/")?.split_once('/'));
    inside.map(|(folder, _)| folder).collect::<std::collections::BTreeSet<_>>().len()
}

/// Writes the hook; at each start, because the program may have moved.
pub fn write_hook(folder: &Path, program: &Path, data: &Path) -> Outcome {
    let script = format!(
        "#!/bin/sh\n# Made by `midplane up`: tells Midplane that a branch moved. A push never fails because of it.\n\
         program={}\n[ -x \"$program\" ] || program=$(command -v midplane) || exit 0\n\
         \"$program\" hook post-receive --data {} --source {} || true\nexit 0\n",
        quote(&program.display().to_string()),
        quote(&data.display().to_string()),
        super::SOURCE
    );
    crate::files::replace(&folder.join("hooks/post-receive"), script.as_bytes(), 0o755)
}

fn git() -> Command {
    let mut command = Command::new("git");
    command
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE");
    command
}

fn run(command: &mut Command, input: &[u8]) -> Outcome {
    let broken = |err: std::io::Error| {
        if err.kind() == std::io::ErrorKind::NotFound {
            Failure::new(
                "MP-UP-06",
                Exit::Internal,
                "`git` is not installed; the demo's repository needs it",
            )
            .next("install git, or start without the demo: midplane up --no-demo")
        } else {
            Failure::internal("run git", &err)
        }
    };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(broken)?;
    let written = child.stdin.take().map(|mut stdin| stdin.write_all(input));
    let output = child.wait_with_output().map_err(broken)?;
    if output.status.success() && !matches!(written, Some(Err(_))) {
        return Ok(());
    }
    Err(Failure::new("MP-UP-07", Exit::Internal, "git could not make the demo's repository")
        .because_text(String::from_utf8_lossy(&output.stderr).trim().to_owned())
        .next("run `midplane doctor`; start without the demo: midplane up --no-demo"))
}

/// The input of `git fast-import`.
fn stream(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut branches: BTreeMap<&str, Vec<(&str, &[u8])>> = BTreeMap::new();
    let mut main = Vec::new();
    for &(path, content) in files {
        if let Some(inside) = path.strip_prefix("main/") {
            main.push((inside, content));
        } else if let Some((branch, inside)) =
            path.strip_prefix("try/").and_then(|rest| rest.split_once('/'))
        {
            branches.entry(branch).or_default().push((inside, content));
        }
    }
    let mut text = Vec::new();
    commit(&mut text, "main", 1, SUBJECT, FIRST_COMMIT_S, &main);
    for (at, (branch, files)) in (1_u64..).zip(&branches) {
        let subject = files
            .iter()
            .find(|(path, _)| *path == "COMMIT")
            .map(|(_, content)| String::from_utf8_lossy(content));
        let subject =
            subject.as_deref().and_then(|text| text.lines().next()).unwrap_or(branch).to_owned();
        let files: Vec<_> = files.iter().copied().filter(|(path, _)| *path != "COMMIT").collect();
        commit(
            &mut text,
            &format!("try/{branch}"),
            1 + at,
            &subject,
            FIRST_COMMIT_S + 60 * at,
            &files,
        );
    }
    text
}

fn commit(
    text: &mut Vec<u8>,
    branch: &str,
    mark: u64,
    subject: &str,
    at_s: u64,
    files: &[(&str, &[u8])],
) {
    let head = format!(
        "commit refs/heads/{branch}\nmark :{mark}\nauthor {AUTHOR} {at_s} +0000\ncommitter {AUTHOR} {at_s} +0000\ndata {}\n{subject}\n",
        subject.len()
    );
    text.extend_from_slice(head.as_bytes());
    if mark > 1 {
        text.extend_from_slice(b"from :1\n");
    }
    for (path, content) in files {
        text.extend_from_slice(
            format!("M 100644 inline {path}\ndata {}\n", content.len()).as_bytes(),
        );
        text.extend_from_slice(content);
        text.push(b'\n');
    }
    text.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::{git, run, stream};

    #[test]
    fn git_every_branch_is_one_commit_on_main() {
        let folder = tempfile::tempdir().unwrap();
        run(git().args(["init", "--quiet", "--bare"]).arg(folder.path()), b"").unwrap();
        let files: &[(&str, &[u8])] = &[
            ("main/orders/orders.camel.yaml", b"- route:\n"),
            ("try/broken/COMMIT", b"Break it\n"),
            ("try/broken/orders/orders.camel.yaml", b"- roote:\n"),
        ];
        for _ in 0..2 {
            run(
                git().arg("-C").arg(folder.path()).args([
                    "fast-import",
                    "--quiet",
                    "--force",
                    "--date-format=raw",
                ]),
                &stream(files),
            )
            .unwrap();
        }
        let output = git()
            .arg("-C")
            .arg(folder.path())
            .args(["log", "--format=%s %an", "refs/heads/try/broken"])
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "Break it Ada\nOpen the tea shop Ada\n"
        );
    }
}

//! A process that can reach nothing: no network, none of this machine's files, no privileges, no process but its own.
//!
//! `unshare` makes user, mount, network, process and name spaces; a script fills a new root with what Java needs, read-only,
//! leaves the old one, and gives up every capability. It works for root and, where the system allows user namespaces, for
//! everybody. Sockets in the file system (a database's, a container engine's) are out of reach because their folders are.
//! Nothing here decides whether it worked: a script that fails never comes to the program.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};

use crate::folder;
use crate::privilege::{Account, give};

const SCRIPT: &str = include_str!("jail.sh");
/// Programs and libraries of the system; all of it readable by everybody anyway.
const SYSTEM: &[&str] = &[
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/localtime",
];

pub(super) struct Jail {
    /// An empty folder that becomes `/`.
    pub(super) root: PathBuf,
    pub(super) readable: Vec<PathBuf>,
    pub(super) writable: Vec<PathBuf>,
    pub(super) folder: PathBuf,
}

impl Jail {
    /// What to start instead of `program`.
    pub(super) fn wrap(
        &self,
        unshare: &Path,
        program: &Path,
        arguments: Vec<OsString>,
    ) -> (PathBuf, Vec<OsString>) {
        let fixed = ["--user", "--map-root-user", "--mount", "--net", "--pid", "--ipc", "--uts"];
        let mut all: Vec<OsString> = fixed.iter().map(OsString::from).collect();
        all.extend(["--fork", "--kill-child", "/bin/sh", "-c", SCRIPT, "jail"].map(OsString::from));
        let system = SYSTEM.iter().map(PathBuf::from).chain(java_settings());
        all.push(self.root.clone().into());
        all.push(lines(self.writable.iter().cloned()));
        all.push(lines(system.chain(self.readable.iter().cloned())));
        all.push(self.folder.clone().into());
        all.push(program.into());
        all.extend(arguments);
        (unshare.to_owned(), all)
    }
}

/// Makes a jail around a program that does nothing; what went wrong, if something did.
pub(super) fn obstacle(
    unshare: &Path,
    sandboxes: &Path,
    account: Option<Account>,
) -> Option<String> {
    let tried = || -> std::io::Result<std::process::Output> {
        let mode = if account.is_some() { 0o711 } else { 0o700 };
        folder::make(sandboxes, mode)?;
        let place = sandboxes.join("probe");
        let (root, work) = (place.join("root"), place.join("work"));
        folder::make(&place, mode)?;
        folder::make(&root, 0o755)?;
        folder::make(&work, 0o700)?;
        give(&work, account)?;
        let readable = Vec::new();
        let jail = Jail { root, readable, writable: vec![work.clone()], folder: work.clone() };
        let (program, arguments) = jail.wrap(unshare, Path::new("/bin/true"), Vec::new());
        let mut command = std::process::Command::new(program);
        command.args(arguments).current_dir("/").stdin(std::process::Stdio::null());
        if let Some(account) = account {
            command.gid(account.gid).uid(account.uid);
        }
        let output = command.output();
        let _ = std::fs::remove_dir_all(&place);
        output
    };
    match tried() {
        Ok(output) if output.status.success() => None,
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            // Programs follow their message with an indented hint.
            let is_message = |line: &&str| !line.is_empty() && !line.starts_with(' ');
            let last = said.lines().rfind(is_message);
            Some(
                last.map_or_else(
                    || output.status.to_string(),
                    |line| line.chars().take(200).collect(),
                ),
            )
        }
        Err(err) => Some(format!("{}: {err}", unshare.display())),
    }
}

fn lines(paths: impl Iterator<Item = PathBuf>) -> OsString {
    let mut text = OsString::new();
    for path in paths {
        text.push(path);
        text.push("\n");
    }
    text
}

/// Distributions keep Java's settings in `/etc/java-17-openjdk`.
fn java_settings() -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir("/etc").into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| {
        path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"java"))
    })
}

/// Where the JDK lies when that is not below `/usr`, and the link that leads there.
pub(super) fn java_home(java: &Path) -> Vec<PathBuf> {
    let home = |java: &Path| Some(java.parent()?.parent()?.to_owned());
    let real = java.canonicalize().ok();
    let homes = [home(java), real.as_deref().and_then(home)];
    homes
        .into_iter()
        .flatten()
        .filter(|home| !home.starts_with("/usr") && home != Path::new("/"))
        .collect()
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::process::Command;

    use super::*;

    /// Runs a shell script in a jail; its output, or what the jail said.
    fn run(script: &str) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let (root, work) = (folder.path().join("root"), folder.path().join("work"));
        std::fs::create_dir(&root).unwrap();
        std::fs::create_dir(&work).unwrap();
        std::fs::write(folder.path().join("secret"), "hunter2").unwrap();
        let jail = Jail { root, readable: Vec::new(), writable: vec![work.clone()], folder: work };
        let arguments = vec!["-c".into(), script.into()];
        let (program, arguments) = jail.wrap(Path::new("unshare"), Path::new("/bin/sh"), arguments);
        let output = Command::new(program).args(arguments).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (folder, String::from_utf8(text).unwrap())
    }

    #[test]
    fn nothing_of_this_machine_can_be_reached() {
        let (folder, text) = run(
            "echo in > kept; id -u; ls /; cat ../secret; echo x > /usr/planted; echo x > /planted",
        );
        assert!(text.contains("No such file"), "{text}");
        assert!(!text.contains("hunter2") && text.contains("Read-only"), "{text}");
        assert!(!text.contains("home") && !text.contains("root\n"), "{text}");
        let kept = std::fs::read_to_string(folder.path().join("work/kept")).unwrap();
        assert_eq!(kept, "in\n", "its own folder is its own");
        assert!(!Path::new("/usr/planted").exists() && !Path::new("/planted").exists());
    }

    #[test]
    fn what_stands_against_a_jail_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let sandboxes = folder.path().join("sandboxes");
        assert_eq!(obstacle(Path::new("unshare"), &sandboxes, None), None);
        assert!(obstacle(Path::new("/bin/false"), &sandboxes, None).is_some());
        let absent = obstacle(Path::new("/nowhere/unshare"), &sandboxes, None).unwrap();
        assert!(absent.contains("/nowhere/unshare"), "{absent}");
    }

    #[test]
    fn there_is_no_network_and_no_other_process() {
        let (_folder, text) =
            run("cat /proc/net/dev; ls /proc | grep -c '^[0-9]'; kill -0 1 && echo one");
        let links: Vec<&str> = text.lines().filter(|line| line.contains(':')).collect();
        assert!(links.len() == 1 && links[0].trim_start().starts_with("lo:"), "{text}");
        let (_folder, text) =
            run("grep CapEff /proc/self/status; mount -t tmpfs x /tmp || echo no mounts");
        assert!(text.contains("0000000000000000") && text.contains("no mounts"), "{text}");
    }
}

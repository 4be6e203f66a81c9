//! What the process is given from outside: variables, user, clock, terminal. The only file that reads them.
//!
//! Everything else takes an `Environment` (or a value out of it) as an argument, so that tests can hand in their own.
//! Variables that are set to the empty string count as absent, as the XDG rules say.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

#[derive(Clone, Debug)]
pub struct Environment {
    pub home: Option<PathBuf>,
    pub root: bool,
    pub path: Option<OsString>,
    /// The running executable, links resolved.
    pub executable: PathBuf,
    pub folder: PathBuf,
}

impl Environment {
    pub fn of_process() -> std::io::Result<Self> {
        let executable = std::env::current_exe()?;
        Ok(Self {
            home: path("HOME"),
            root: rustix::process::geteuid().is_root(),
            path: std::env::var_os("PATH"),
            // After an upgrade in place Linux says `/path/midplane (deleted)`: the new file of that name is meant.
            executable: executable
                .to_str()
                .and_then(|text| text.strip_suffix(" (deleted)"))
                .map_or_else(|| executable.clone(), PathBuf::from),
            folder: std::env::current_dir()?,
        })
    }

    /// Where data lives unless told otherwise (see `up::data`).
    pub fn data_home(&self) -> PathBuf {
        if self.root {
            return PathBuf::from("/var/lib/midplane");
        }
        self.under("XDG_DATA_HOME", ".local/share")
    }

    /// Downloads, shared by all data folders.
    pub fn cache_home(&self) -> PathBuf {
        if self.root {
            return PathBuf::from("/var/cache/midplane");
        }
        self.under("XDG_CACHE_HOME", ".cache")
    }

    pub fn config_home(&self) -> PathBuf {
        self.under("XDG_CONFIG_HOME", ".config")
    }

    fn under(&self, name: &str, otherwise: &str) -> PathBuf {
        path(name)
            .filter(|path| path.is_absolute())
            .unwrap_or_else(|| {
                self.home.clone().unwrap_or_else(|| PathBuf::from("/")).join(otherwise)
            })
            .join("midplane")
    }

    /// How a user starts this very program: `midplane` when the PATH leads here, else the full path.
    pub fn command(&self) -> String {
        let here = self.executable.canonicalize().unwrap_or_else(|_| self.executable.clone());
        let found = find_in_path(self.path.as_deref(), "midplane")
            .and_then(|path| path.canonicalize().ok());
        if found.as_deref() == Some(here.as_path()) {
            "midplane".to_owned()
        } else {
            quote(&here.display().to_string())
        }
    }
}

/// The first executable file called `name` on `path`.
pub fn find_in_path(path: Option<&std::ffi::OsStr>, name: &str) -> Option<PathBuf> {
    std::env::split_paths(path?).map(|folder| folder.join(name)).find(|file| is_executable(file))
}

pub fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// Quotes for a POSIX shell, only when that is needed.
pub fn quote(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "/._-+:=@%,".contains(c);
    if !text.is_empty() && text.chars().all(safe) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where variables come in")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn path(name: &str) -> Option<PathBuf> {
    variable(name).map(PathBuf::from)
}

#[expect(clippy::disallowed_methods, reason = "this is where the clock comes in")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

pub fn stdout_is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

pub fn stderr_is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

pub fn stdin_is_terminal() -> bool {
    std::io::stdin().is_terminal()
}

/// The width to fit lines into; `None` when the output is not a terminal.
pub fn terminal_width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn only_what_a_shell_would_split_is_quoted() {
        assert_eq!(quote("/home/me/.local/share/midplane"), "/home/me/.local/share/midplane");
        assert_eq!(quote("/home/my tea/it's"), r"'/home/my tea/it'\''s'");
        assert_eq!(quote(""), "''");
    }
}

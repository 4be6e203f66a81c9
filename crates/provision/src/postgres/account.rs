//! Which operating-system account a PostgreSQL server runs as.
//!
//! An ordinary user runs it as themselves. Root must not: then it is the system user `midplane-db`
//! if the machine has one, else the bare number [`DATABASE_UID`], which needs no passwd entry. Only
//! `initdb` insists on an account with a name, so for the bare number it runs as `nobody` inside a
//! folder that nobody else can enter, and the result is handed over before any server starts.

use std::fmt;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::PostgresError;

/// Free of any distribution's ranges for system, user and container accounts.
pub const DATABASE_UID: u32 = 64_101;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// The account that we run as.
    Own { name: String },
    /// We are root, the server is not.
    Other { uid: u32, gid: u32, name: Option<String> },
}

impl Account {
    /// The account for the database server on this machine.
    pub fn for_database() -> Result<Self, PostgresError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Own { name: own_name()? });
        }
        Ok(match named("midplane-db") {
            Some((uid, gid)) => Self::Other { uid, gid, name: Some("midplane-db".to_owned()) },
            None => Self::Other { uid: DATABASE_UID, gid: DATABASE_UID, name: None },
        })
    }

    /// Who runs `initdb`: the same account if it has a name.
    pub(super) fn for_init(&self) -> Result<Self, PostgresError> {
        match self {
            Self::Other { uid, name: None, .. } => {
                let (nobody, group) =
                    named("nobody").ok_or(PostgresError::Nameless { uid: *uid })?;
                Ok(Self::Other { uid: nobody, gid: group, name: Some("nobody".to_owned()) })
            }
            Self::Own { .. } | Self::Other { name: Some(_), .. } => Ok(self.clone()),
        }
    }

    /// Makes `command` run as this account, with none of our groups.
    pub fn apply(&self, command: &mut Command) {
        if let Self::Other { uid, gid, .. } = self {
            // Setting a uid as root also empties the supplementary groups (std does).
            command.uid(*uid).gid(*gid);
        }
    }

    /// Hands a file or folder over, without looking inside.
    pub fn give(&self, path: &Path) -> Result<(), PostgresError> {
        match self {
            Self::Own { .. } => Ok(()),
            Self::Other { uid, gid, .. } => chown(path, Some(*uid), Some(*gid))
                .map_err(PostgresError::io("change the owner of", path)),
        }
    }

    /// Hands a whole tree over; links are not followed.
    pub(super) fn give_tree(&self, path: &Path) -> Result<(), PostgresError> {
        let Self::Other { uid, gid, .. } = self else { return Ok(()) };
        std::os::unix::fs::lchown(path, Some(*uid), Some(*gid))
            .map_err(PostgresError::io("change the owner of", path))?;
        if !path.is_dir() || path.is_symlink() {
            return Ok(());
        }
        for entry in std::fs::read_dir(path).map_err(PostgresError::io("read", path))? {
            let entry = entry.map_err(PostgresError::io("read", path))?;
            self.give_tree(&entry.path())?;
        }
        Ok(())
    }

    /// Fails with the first folder on the way to `path` that this account may not pass.
    pub fn check_reaches(&self, path: &Path) -> Result<(), PostgresError> {
        let Self::Other { uid, gid, .. } = self else { return Ok(()) };
        let real = path.canonicalize().map_err(PostgresError::io("find", path))?;
        let folders: Vec<_> = real.ancestors().collect();
        for folder in folders.into_iter().rev() {
            let meta = folder.metadata().map_err(PostgresError::io("look at", folder))?;
            let bit = match (meta.uid() == *uid, meta.gid() == *gid) {
                (true, _) => 0o100,
                (false, true) => 0o010,
                (false, false) => 0o001,
            };
            if meta.mode() & bit == 0 {
                let (account, folder) = (self.to_string(), folder.to_owned());
                return Err(PostgresError::Unreachable { account, folder });
            }
        }
        Ok(())
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own { name } | Self::Other { name: Some(name), .. } => write!(f, "`{name}`"),
            Self::Other { uid, name: None, .. } => write!(f, "with uid {uid}"),
        }
    }
}

/// The name under which `peer` sees our own connections.
pub(super) fn own_name() -> Result<String, PostgresError> {
    let uid = rustix::process::geteuid().as_raw();
    id(&["-un"]).ok_or(PostgresError::Nameless { uid })
}

fn named(name: &str) -> Option<(u32, u32)> {
    Some((id(&["-u", name])?.parse().ok()?, id(&["-g", name])?.parse().ok()?))
}

/// `id` rather than /etc/passwd: it also knows directory services, and macOS.
fn id(arguments: &[&str]) -> Option<String> {
    let output = Command::new("id").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}

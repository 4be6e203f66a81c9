//! Under which users workloads and the resolver run.
//!
//! Started as root, every workload runs under an unprivileged user of its own kind: `midplane-work` when the system has
//! such a user, else the number 64102, which needs no entry in `/etc/passwd`. The resolver is `midplane-build` or 64103: it
//! holds the logins of Maven repositories, which a workload must not read. Not root: the same user as the runner, and
//! the runtime says that this separation is missing. Supplementary groups are cleared by the standard library whenever a
//! user is set. Nothing here raises a privilege.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, lchown};
use std::path::{Path, PathBuf};

/// Above what distributions give to people, below what containers map to; `midplane-db` would be 64101.
const WORK_ID: u32 = 64_102;
const WORK_NAME: &str = "midplane-work";
const BUILD_ID: u32 = 64_103;
const BUILD_NAME: &str = "midplane-build";

/// The setting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WorkloadUser {
    /// As root the dedicated user, else the same.
    #[default]
    Auto,
    Id {
        uid: u32,
        gid: u32,
    },
    /// The runner's own user, also as root.
    Same,
}

/// The user that workloads run under; `None`: the runner's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl WorkloadUser {
    pub(crate) fn account(self) -> Option<Account> {
        let root = rustix::process::geteuid().is_root();
        self.choose(root, &fs::read_to_string("/etc/passwd").unwrap_or_default())
    }

    /// Whom the resolver runs as. Where workloads run as the runner's own user so does it.
    pub(crate) fn builder(self) -> Option<provision::resolver::Account> {
        self.account()?;
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let Account { uid, gid } = named(&passwd, BUILD_NAME, BUILD_ID);
        Some(provision::resolver::Account { uid, gid })
    }

    fn choose(self, root: bool, passwd: &str) -> Option<Account> {
        match self {
            _ if !root => None,
            Self::Same => None,
            Self::Id { uid, gid } => Some(Account { uid, gid }),
            Self::Auto => Some(named(passwd, WORK_NAME, WORK_ID)),
        }
    }
}

/// The system's user of that name, or the bare number.
fn named(passwd: &str, name: &str, id: u32) -> Account {
    let known = passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let found = fields.next()?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        (found == name).then_some(Account { uid, gid })
    });
    known.unwrap_or(Account { uid: id, gid: id })
}

/// Gives `path` to the workload; never follows a link.
pub(crate) fn give(path: &Path, account: Option<Account>) -> io::Result<()> {
    match account {
        Some(account) => lchown(path, Some(account.uid), Some(account.gid)),
        None => Ok(()),
    }
}

/// The first folder above `path` that the workload's user cannot pass through.
pub(crate) fn barrier(path: &Path, account: Option<Account>) -> Option<PathBuf> {
    let account = account?;
    let mut above: Vec<&Path> = path.ancestors().collect();
    above.reverse();
    above.into_iter().find_map(|folder| {
        let found = fs::metadata(folder).ok()?;
        let mode = found.mode();
        let passes = if found.uid() == account.uid {
            mode & 0o100 != 0
        } else if found.gid() == account.gid {
            mode & 0o010 != 0
        } else {
            mode & 0o001 != 0
        };
        (!passes).then(|| folder.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(user: WorkloadUser, root: bool, passwd: &str, want: Option<u32>) {
        assert_eq!(user.choose(root, passwd).map(|account| account.uid), want);
    }

    #[test]
    fn root_never_runs_a_workload_unless_told_so() {
        let passwd = "root:x:0:0::/root:/bin/sh\nmidplane-work:x:991:992::/:/bin/false\n";
        check(WorkloadUser::Auto, true, passwd, Some(991));
        check(WorkloadUser::Auto, true, "", Some(64_102));
        check(WorkloadUser::Auto, false, passwd, None);
        check(WorkloadUser::Id { uid: 5, gid: 6 }, true, passwd, Some(5));
        check(WorkloadUser::Same, true, passwd, None);
    }
}

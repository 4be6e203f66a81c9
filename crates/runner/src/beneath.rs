//! Writes into a folder that belongs to a workload, without trusting anything in it.
//!
//! The runner may be root and the folder is the workload's own, so every name in it may be a link to somewhere else by
//! the time it is used. Each step is taken from an open folder, refuses links, and the file comes by rename.

use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::{Component, Path};

use rustix::fs::{
    AtFlags, CWD, Gid, Mode, OFlags, Uid, chownat, fchown, mkdirat, openat, readlinkat, renameat,
    symlinkat, unlinkat,
};

use crate::privilege::Account;

const FOLDER: OFlags =
    OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC).union(OFlags::RDONLY);

/// Makes `name` in `folder` a symbolic link to `to`, whatever link it was.
pub(crate) fn link(folder: &Path, name: &str, to: &Path) -> io::Result<()> {
    let folder = openat(CWD, folder, FOLDER, Mode::empty())?;
    if readlinkat(&folder, name, Vec::new())
        .is_ok_and(|found| found.as_bytes() == to.as_os_str().as_encoded_bytes())
    {
        return Ok(());
    }
    let beside = format!(".{name}.new");
    let _ = unlinkat(&folder, &beside, AtFlags::empty());
    symlinkat(to, &folder, &beside)?;
    renameat(&folder, &beside, &folder, name)?;
    Ok(())
}

/// Writes a file of mode 0400 that belongs to `account`, making the folders on the way.
pub(crate) fn write(
    folder: &Path,
    path: &Path,
    bytes: &[u8],
    account: Option<Account>,
) -> io::Result<()> {
    let mut at = openat(CWD, folder, FOLDER, Mode::empty())?;
    let (parents, name) = split(path)?;
    for part in parents {
        at = enter(&at, part, account)?;
    }
    let beside = format!(".{name}.new");
    let _ = unlinkat(&at, &beside, AtFlags::empty());
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = openat(&at, &beside, flags, Mode::from_raw_mode(0o400))?;
    if let Some(account) = account {
        fchown(&file, Some(Uid::from_raw(account.uid)), Some(Gid::from_raw(account.gid)))?;
    }
    let mut file = std::fs::File::from(file);
    file.write_all(bytes)?;
    drop(file);
    renameat(&at, &beside, &at, name)?;
    Ok(())
}

/// Deletes a file below `folder`; one that is not there is fine.
pub(crate) fn remove(folder: &Path, path: &Path) -> io::Result<()> {
    let mut at = openat(CWD, folder, FOLDER, Mode::empty())?;
    let (parents, name) = split(path)?;
    for part in parents {
        at = match openat(&at, part, FOLDER, Mode::empty()) {
            Ok(next) => next,
            Err(rustix::io::Errno::NOENT) => return Ok(()),
            Err(err) => return Err(err.into()),
        };
    }
    match unlinkat(&at, name, AtFlags::empty()) {
        Ok(()) | Err(rustix::io::Errno::NOENT) => Ok(()),
        Err(err) => Err(err.into()),
    }
}

fn enter(at: &OwnedFd, part: &str, account: Option<Account>) -> io::Result<OwnedFd> {
    match mkdirat(at, part, Mode::from_raw_mode(0o700)) {
        Ok(()) => {
            if let Some(account) = account {
                let (uid, gid) = (Uid::from_raw(account.uid), Gid::from_raw(account.gid));
                chownat(at, part, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW)?;
            }
        }
        Err(rustix::io::Errno::EXIST) => {}
        Err(err) => return Err(err.into()),
    }
    Ok(openat(at, part, FOLDER, Mode::empty())?)
}

fn split(path: &Path) -> io::Result<(Vec<&str>, &str)> {
    let bad = || io::Error::new(io::ErrorKind::InvalidInput, "not a path inside the folder");
    let mut parts = Vec::new();
    for part in path.components() {
        let Component::Normal(part) = part else { return Err(bad()) };
        parts.push(part.to_str().ok_or_else(bad)?);
    }
    let name = parts.pop().ok_or_else(bad)?;
    Ok((parts, name))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_planted_link_is_not_followed() {
        let (work, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        symlink(elsewhere.path(), work.path().join("certs")).unwrap();
        assert!(write(work.path(), Path::new("certs/a.pem"), b"x", None).is_err());
        assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
        let secret = elsewhere.path().join("secret");
        std::fs::write(&secret, b"mine").unwrap();
        symlink(&secret, work.path().join("b.pem")).unwrap();
        write(work.path(), Path::new("b.pem"), b"x", None).unwrap();
        assert_eq!(std::fs::read(&secret).unwrap(), b"mine");
        assert_eq!(std::fs::read(work.path().join("b.pem")).unwrap(), b"x");
        write(work.path(), Path::new("a/b/c.pem"), b"y", None).unwrap();
        remove(work.path(), Path::new("a/b/c.pem")).unwrap();
        remove(work.path(), Path::new("a/x/c.pem")).unwrap();
    }

    #[test]
    fn a_link_is_replaced_only_when_it_differs() {
        let work = tempfile::tempdir().unwrap();
        link(work.path(), "lib", Path::new("/a")).unwrap();
        link(work.path(), "lib", Path::new("/a")).unwrap();
        link(work.path(), "lib", Path::new("/b")).unwrap();
        assert_eq!(std::fs::read_link(work.path().join("lib")).unwrap(), Path::new("/b"));
    }
}

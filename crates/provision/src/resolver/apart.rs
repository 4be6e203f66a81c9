//! The resolver as another user: what it may read and write, and what of it is kept.
//!
//! ```text
//! cache/m2 --hard links--> work/repository (its own) --by digest, never through a link--> cache/m2
//! ```
//! The program talks to hosts and reads files that a release names, so as root it runs under an account of its own. It gets
//! a repository of its own in which it can read what the cache has and change nothing of it: the links' files belong to us.
//! Afterwards the jars of its answer are taken over by their digests, and the POMs that were not known, so that the next
//! resolving is as quick. Nothing that it left behind is followed, and nothing known is replaced.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, Dir, FileType, Mode, OFlags, openat};

use crate::download::digest_of;
use crate::lock::Jar;

/// Who the program runs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    pub uid: u32,
    pub gid: u32,
}

/// A repository is `group/parts/artifact/version/file`; groups have at most some ten parts.
const MAX_DEPTH: usize = 32;
/// The largest POMs (of Spring and Netty) have a tenth of this.
const MAX_POM_BYTES: u64 = 4 << 20;

const FOLDER: OFlags =
    OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC).union(OFlags::RDONLY);
const FILE: OFlags =
    OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::CLOEXEC).union(OFlags::RDONLY);

/// Makes the program's repository below `work` and fills it with what `store` has.
pub(super) fn prepare(work: &Path, store: &Path, account: Account) -> io::Result<PathBuf> {
    let repository = work.join("repository");
    fs::create_dir(&repository)?;
    if store.is_dir() {
        link_all(store, &repository, account)?;
    }
    give(&repository, account)?;
    fs::set_permissions(work, Permissions::from_mode(0o700))?;
    give(work, account)?;
    Ok(repository)
}

pub(super) fn give(path: &Path, account: Account) -> io::Result<()> {
    chown(path, Some(account.uid), Some(account.gid))
}

fn link_all(from: &Path, to: &Path, account: Account) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let dest = to.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            fs::create_dir(&dest)?;
            link_all(&entry.path(), &dest, account)?;
            give(&dest, account)?;
        } else if kind.is_file() {
            fs::hard_link(entry.path(), &dest)?;
        }
    }
    Ok(())
}

/// Takes over what the program fetched. A jar whose digest is not the one of the answer is an error of the program's.
pub(super) fn take_over(repository: &Path, store: &Path, jars: &[Jar]) -> io::Result<()> {
    let root = openat(CWD, repository, FOLDER, Mode::empty())?;
    for jar in jars {
        let path = jar.path();
        let dest = store.join(&path);
        if digest_of(&dest).is_none_or(|digest| digest != jar.sha256) {
            keep(open_beneath(&root, Path::new(&path))?, &dest, Some(&jar.sha256))?;
        }
    }
    keep_poms(&root, store, MAX_DEPTH)
}

fn keep_poms(folder: &OwnedFd, store: &Path, depth: usize) -> io::Result<()> {
    if depth == 0 {
        return Ok(());
    }
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().to_str() else { continue };
        let dest = store.join(name);
        match entry.file_type() {
            FileType::Directory if name != "." && name != ".." => {
                let inner = openat(folder, name, FOLDER, Mode::empty())?;
                keep_poms(&inner, &dest, depth - 1)?;
            }
            FileType::RegularFile
                if Path::new(name).extension().is_some_and(|end| end == "pom")
                    && !dest.exists() =>
            {
                keep(File::from(openat(folder, name, FILE, Mode::empty())?), &dest, None)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Copies an open file to its place in the cache, whole or not at all.
fn keep(mut from: File, dest: &Path, sha256: Option<&str>) -> io::Result<()> {
    let meta = from.metadata()?;
    if !meta.is_file() || (sha256.is_none() && meta.len() > MAX_POM_BYTES) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not what the resolver fetched"));
    }
    let folder = dest.parent().unwrap_or(dest);
    fs::create_dir_all(folder)?;
    let mut to = tempfile::NamedTempFile::new_in(folder)?;
    io::copy(&mut from, &mut to)?;
    if let Some(sha256) = sha256
        && digest_of(to.path()).is_none_or(|digest| digest != sha256)
    {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a jar changed its content"));
    }
    to.as_file().set_permissions(Permissions::from_mode(0o644))?;
    to.persist(dest).map_err(|err| err.error)?;
    Ok(())
}

/// Opens a file step by step, so that no link on the way is followed.
fn open_beneath(root: &OwnedFd, path: &Path) -> io::Result<File> {
    let mut at = root.try_clone()?;
    let mut parts = path.components().peekable();
    while let Some(Component::Normal(part)) = parts.next() {
        if parts.peek().is_none() {
            return Ok(File::from(openat(at.as_fd(), part, FILE, Mode::empty())?));
        }
        at = openat(at.as_fd(), part, FOLDER, Mode::empty())?;
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "not a path below the repository"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_taken_through_a_link_and_nothing_known_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (repository, store) = (folder.path().join("repository"), folder.path().join("store"));
        let secret = folder.path().join("secret");
        for path in [&repository, &store, &secret] {
            fs::create_dir_all(path.join("1")).unwrap();
        }
        fs::write(secret.join("1/a.pom"), "secret").unwrap();
        fs::write(secret.join("key.pem"), "secret").unwrap();
        std::os::unix::fs::symlink(&secret, repository.join("linked")).unwrap();
        std::os::unix::fs::symlink(secret.join("key.pem"), repository.join("1/link.pom")).unwrap();
        fs::write(repository.join("1/new.pom"), "new").unwrap();
        fs::write(repository.join("1/known.pom"), "changed").unwrap();
        fs::write(store.join("1/known.pom"), "known").unwrap();
        take_over(&repository, &store, &[]).unwrap();
        let read = |name: &str| fs::read_to_string(store.join(name)).ok();
        assert_eq!(read("1/new.pom").as_deref(), Some("new"));
        assert_eq!(read("1/known.pom").as_deref(), Some("known"));
        assert!(read("linked/1/a.pom").is_none() && read("1/link.pom").is_none());
        let stolen = Jar {
            coordinates: "linked:key:1".into(),
            sha256: digest_of(&secret.join("key.pem")).unwrap(),
            size: 6,
        };
        assert!(take_over(&repository, &store, &[stolen]).is_err());
    }
}
